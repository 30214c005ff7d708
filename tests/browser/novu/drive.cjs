// Drives the headless client of @novu/js against a served app, and prints what it is answered.
const [modules, origin, subscriber, hash] = process.argv.slice(2);
const { Novu } = require(`${modules}/node_modules/@novu/js`);

const novu = new Novu({
  applicationIdentifier: "shop", subscriber: { subscriberId: subscriber, firstName: "Ada" }, subscriberHash: hash,
  backendUrl: `${origin}/api/novu`, socketUrl: origin, socketOptions: { path: "/api/novu/socket.io" },
});
const told = {};
const ask = async (promise) => {
  const { data, error } = await promise;
  if (error) throw error;
  return data;
};
const bodies = async (filter) => (await ask(novu.notifications.list({ ...filter, useCache: false }))).notifications.map(({ body }) => body);
const heard = (name) => new Promise((resolve) => novu.on(name, ({ result }) => resolve(result)));

(async () => {
  const received = heard("notifications.notification_received"), counted = heard("notifications.unread_count_changed");
  told.counted = (await counted).total;
  const { notifications, hasMore } = await ask(novu.notifications.list({ limit: 2 }));
  told.first = [notifications.map(({ body }) => body), hasMore];
  told.next = await bodies({ limit: 2, after: notifications[1].id });
  const [newest, second] = notifications;
  const { id: notificationId } = newest;
  told.counts = (await ask(novu.notifications.count({ filters: [{ read: false }, { severity: "none", read: false }, { tags: ["other"] }] })))
    .counts.map(({ count, filter }) => [count, filter]);
  told.read = (await ask(novu.notifications.read({ notificationId }))).isRead;
  told.unread = (await ask(novu.notifications.unread({ notificationId }))).isRead;
  told.completed = (await ask(novu.notifications.completePrimary({ notificationId }))).primaryAction.isCompleted;
  told.reverted = (await ask(novu.notifications.revertPrimary({ notificationId }))).primaryAction.isCompleted;
  told.archived = (await ask(novu.notifications.archive({ notificationId }))).isArchived;
  told.archive = await bodies({ archived: true });
  told.unarchived = (await ask(novu.notifications.unarchive({ notificationId }))).isArchived;
  const snoozeUntil = new Date(Date.now() + 3600e3).toISOString();
  told.snoozed = (await ask(novu.notifications.snooze({ notificationId, snoozeUntil }))).snoozedUntil === snoozeUntil;
  told.asleep = await bodies({ snoozed: true });
  told.unsnoozed = (await ask(novu.notifications.unsnooze({ notificationId }))).isSnoozed;
  await ask(novu.notifications.seenAll({ notificationIds: [second.id] }));
  told.seen = (await ask(novu.notifications.count({ seen: true }))).count;
  await ask(novu.notifications.delete({ notificationId: second.id }));
  await ask(novu.notifications.readAll());
  told.left = (await ask(novu.notifications.count({ read: false }))).count;
  const preferences = await ask(novu.preferences.list());
  told.preferences = preferences.map(({ level, channels, workflow }) => [level, channels, workflow?.identifier ?? null]);
  const changed = await ask(novu.preferences.update({ channels: { in_app: false }, preference: preferences[1] }));
  told.changed = changed.channels.in_app;
  told.back = (await ask(novu.preferences.bulkUpdate([{ channels: { in_app: true }, preference: preferences[1] }])))[0].channels;
  const weeklySchedule = { monday: { isEnabled: true, hours: [{ start: "09:00 AM", end: "05:00 PM" }] } };
  told.schedule = (await ask(novu.preferences.schedule.update({ isEnabled: true, weeklySchedule }))).isEnabled;
  await ask(novu.preferences.schedule.update({ isEnabled: false }));
  console.log("ready");
  const live = await received;
  told.live = [live.body, live.isRead, (await bodies({ limit: 1 }))[0]];
  console.log(JSON.stringify(told));
  process.exit(0);
})().catch((error) => {
  console.error(error);
  process.exit(1);
});
