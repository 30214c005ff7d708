// Novu's own headless client, live: node inbox.mjs MODULES BACKEND ORIGIN PATH SUBSCRIBER HASH
const [modules, backendUrl, socketUrl, path, subscriber, subscriberHash] = process.argv.slice(2);
const { Novu } = await import(`${modules}/node_modules/@novu/js/dist/esm/index.mjs`);
const tell = (name, data) => console.log(JSON.stringify([name, data ?? null]));

const novu = new Novu({
  applicationIdentifier: "app", subscriber, subscriberHash, backendUrl, socketUrl, socketOptions: { path },
});
novu.on("notifications.notification_received", ({ result }) => tell("received", result));
novu.on("notifications.unread_count_changed", ({ result }) => tell("unread", result));
novu.on("notifications.unseen_count_changed", ({ result }) => tell("unseen", result));
novu.on("socket.connect.resolved", () => tell("connected"));
