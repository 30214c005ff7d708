// The shell: who is logged in, which view the address names, and what stands around it.
import { LOGGED_OUT, ask, send, useAction } from "./api.js";
import { html, render, useEffect, useLayoutEffect, useRef, useState } from "./vendor/preact.js";
import { Keys } from "./ui/keys.js";
import { Button, Fault, lazy, leaving } from "./ui/page.js";
import { Login } from "./views/login.js";
import { Overview } from "./views/overview.js";
import { Run } from "./views/run.js";
import { Runs } from "./views/runs.js";
import { Workflow } from "./views/workflow.js";
import { Workflows } from "./views/workflows.js";
import { NAV } from "./words.js";

const Messages = lazy(() => import("./views/messages.js"), "Messages");
const Step = lazy(() => import("./views/step.js"), "Step");
const Subscriber = lazy(() => import("./views/subscriber.js"), "Subscriber");
const Subscribers = lazy(() => import("./views/subscribers.js"), "Subscribers");

const VIEWS = {
  overview: { list: Overview },
  workflows: { list: Workflows, one: Workflow, deeper: Step, edit: true },
  runs: { list: Runs, one: Run },
  messages: { list: Messages, one: Messages },
  subscribers: { list: Subscribers, one: Subscriber },
};

// `#/runs/ID?status=failed` as parts and query.
function place() {
  const [at, search = ""] = location.hash.slice(1).split("?");
  const decode = (part) => { try { return decodeURIComponent(part); } catch { return part; } };
  return { parts: at.split("/").filter(Boolean).map(decode), query: Object.fromEntries(new URLSearchParams(search)) };
}

function usePlace() {
  const [at, setAt] = useState(place);
  useLayoutEffect(() => {
    let hash = location.hash;
    const moved = () => {
      if (location.hash === hash) return;
      if (leaving.ask && !confirm(leaving.ask)) {
        history.replaceState(null, "", hash);
        return;
      }
      hash = location.hash;
      setAt(place());
    };
    addEventListener("hashchange", moved);
    return () => removeEventListener("hashchange", moved);
  }, []);
  return at;
}

function useSession() {
  const [found, setFound] = useState({});
  const newest = useRef(0); // an answer that comes late tells of a session that may be another by now
  const look = async () => {
    const mine = newest.current += 1;
    const heard = await ask("/studio/session").then(({ data: session }) => ({ session }), (error) => ({ error }));
    if (mine === newest.current) setFound((old) => ({ ...(heard.error && old), ...heard }));
  };
  useEffect(() => {
    look();
    addEventListener(LOGGED_OUT, look);
    return () => removeEventListener(LOGGED_OUT, look);
  }, []);
  const set = (session) => {
    newest.current += 1;
    setFound({ session });
  };
  return { ...found, set };
}

function Bar({ session, view, leave }) {
  const links = NAV.filter(([name]) => VIEWS[name] && (session.role === "all" || VIEWS[name].edit));
  return html`<header class="bar"><strong>Studio</strong>
    ${session.role && html`<nav aria-label="Studio">${links.map(([name, word]) => html`<a href=${`#/${name}`}
      aria-current=${name === view ? "page" : null}>${word}</a>`)}</nav>`}
    ${session.role && session.login === "password" && html`<${Button} action=${leave}>Log out</${Button}>`}
  </header>`;
}

function Missing({ home }) {
  return html`<h1 tabindex="-1">Nothing is here</h1><p><a href=${`#/${home}`}>To the start</a></p>`;
}

function App() {
  const { session, error, set } = useSession();
  const { parts, query } = usePlace();
  const home = session?.role === "all" && session.dispatch !== "cloud" ? "overview" : "workflows";
  const entering = parts[0] === "login";
  const [view = home, ...ids] = entering ? [] : parts;
  const leave = useAction(async () => set((await send("DELETE", "/studio/session")).data));
  const at = parts.join("/");
  useEffect(() => scrollTo(0, 0), [at]);
  useEffect(() => { if (session && entering) location.replace("#/"); }, [session, entering]);
  if (!session) {
    return html`<header class="bar"><strong>Studio</strong></header><main><${Fault} error=${error} /></main>`;
  }
  const found = VIEWS[view];
  const View = ids.length === 0 ? found?.list : ids.length === 1 ? found?.one : found?.deeper;
  const allowed = session.role === "all" || found?.edit;
  return html`<a class="skip" href="#main" onClick=${skip}>Skip to the content</a>
    <${Bar} session=${session} view=${view} leave=${leave} />
    ${session.role && html`<${Keys} />`}
    <main id="main" tabindex="-1">${leave.error && html`<${Fault} error=${stillIn(leave.error)} />`}
    ${session.role === null ? html`<${Login} session=${session} entered=${set} code=${entering ? parts[1] : null} />`
    : View && allowed ? html`<${View} key=${found.list === found.one ? view : at} ids=${ids} query=${query}
      session=${session} />`
    : html`<${Missing} home=${home} />`}</main>`;
}

// What the view below tells of the same server has the same words: this is about who is logged in.
const stillIn = ({ message, errors, id }) => ({ message: `You are still logged in. ${message}`, errors, id });

function skip(event) {
  event.preventDefault();
  document.getElementById("main").focus();
}

const shell = document.getElementById("app");
shell.textContent = "";
render(html`<${App} />`, shell);
