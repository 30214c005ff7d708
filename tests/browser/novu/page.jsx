// A page with Novu's <Inbox/>, as docs/inbox.md says to write it.
import { Inbox } from "@novu/react";
import { createRoot } from "react-dom/client";

const root = document.getElementById("root"), { subscriber, hash } = root.dataset;
createRoot(root).render(
  <Inbox
    applicationIdentifier="shop"
    subscriber={subscriber}
    subscriberHash={hash}
    backendUrl={location.origin + "/api/novu"}
    socketUrl={location.origin}
    socketOptions={{ path: "/api/novu/socket.io" }}
    routerPush={(path) => { location.hash = path; }}
    renderBell={(unread) => <b>{unread.total} unread</b>}
  />,
);
