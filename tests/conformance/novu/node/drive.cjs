// Drives a served app with Novu's own JavaScript clients: node drive.cjs MODULES ADDRESS KEY; prints what they answered.
const path = require("path");
const [modules, address, key] = process.argv.slice(2);
const load = (name) => require(require.resolve(name, { paths: [path.join(modules, "node_modules")] }));
const told = {};

const until = async (ask, enough) => {
  for (let tries = 0; tries < 200; tries += 1) {
    const got = await ask();
    if (enough(got)) return got;
    await new Promise((done) => setTimeout(done, 25));
  }
  throw new Error("it did not happen in time");
};
const refused = async (call) => {
  try {
    await call();
  } catch (error) {
    const data = error.data$ || error.response?.data || {};
    return { kind: error.constructor.name, status: error.statusCode || error.response?.status, message: data.message || error.message };
  }
  return { kind: "nothing was refused" };
};

async function api() {
  const { Novu } = load("@novu/api");
  const retryConfig = { strategy: "backoff", backoff: { initialInterval: 10, maxInterval: 50, exponent: 1.5, maxElapsedTime: 500 } };
  const novu = new Novu({ secretKey: key, serverURL: address, retryConfig });
  const ada = (await novu.subscribers.create({ subscriberId: "ada", firstName: "Ada", lastName: null, email: "ada@example.org" })).result;
  told.created = [ada.subscriberId, ada.firstName];
  told.slash = (await novu.subscribers.create({ subscriberId: "js/1" })).result.subscriberId;
  told.slashed = (await novu.subscribers.retrieve("js/1")).result.subscriberId;
  told.patched = (await novu.subscribers.patch({ phone: "+1" }, "ada")).result.phone;
  told.bulk = (await novu.subscribers.createBulk({ subscribers: [{ subscriberId: "bob" }] })).result.created.length;
  told.found = (await novu.subscribers.search({ name: "Ada", limit: 2 })).result.data.map((each) => each.subscriberId);
  const channel = { providerId: "expo", credentials: { deviceTokens: ["one"] } };
  await novu.subscribers.credentials.update(channel, "ada");
  told.tokens = (await novu.subscribers.credentials.append({ ...channel, credentials: { deviceTokens: ["two"] } }, "ada")).result.channels[0].credentials.deviceTokens;
  await novu.subscribers.credentials.delete("ada", "expo");
  const trigger = { workflowId: "welcome", to: ["ada", { subscriberId: "eve", email: "eve@example.org" }], payload: { firstName: "You" }, transactionId: "tx-js" };
  for (let tries = 0; tries < 2; tries += 1) told.trigger = (await novu.trigger(trigger)).result.status;
  told.bulkTrigger = (await novu.triggerBulk({ events: [{ workflowId: "none", to: "ada" }, { workflowId: "weekly", to: "ada", payload: {}, transactionId: "tx-w" }] })).result.map((each) => each.status);
  told.broadcast = (await novu.triggerBroadcast({ name: "weekly", payload: { n: 1 }, transactionId: "tx-all" })).result.status;
  const done = (page) => page.result.data.length === 2 && page.result.data.every((run) => run.jobs.every((job) => job.status === "completed"));
  const page = await until(() => novu.notifications.list({ transactionId: "tx-js" }), done);
  told.runs = page.result.data.map((run) => run.jobs.map((job) => [job.type, job.status])).flat().length;
  told.run = (await novu.notifications.retrieve(page.result.data[0].id)).result.transactionId;
  told.canceled = [(await novu.cancel("tx-w")).result, (await novu.cancel("tx-none")).result];
  told.messages = (await novu.messages.retrieve({ transactionId: ["tx-js", "none"], limit: 10 })).result.totalCount;
  const [message] = (await novu.subscribers.notifications.list({ subscriberId: "ada" })).result.data;
  const one = { subscriberId: "ada", notificationId: message.id };
  told.read = (await novu.subscribers.notifications.markAsRead(one)).result.isRead;
  told.counts = (await novu.subscribers.notifications.count("ada", JSON.stringify([{ read: true }, { read: false }]))).result.map((each) => each.count);
  told.feed = (await novu.subscribers.notifications.feed({ subscriberId: "ada" })).result.data.length;
  await novu.subscribers.notifications.delete(one);
  told.preferences = (await novu.subscribers.preferences.update({ workflowId: "welcome", channels: { email: false } }, "ada")).result.workflows[0].channels;
  told.global = (await novu.subscribers.preferences.list({ subscriberId: "ada" })).result.global.enabled;
  told.topic = (await novu.topics.create({ key: "readers", name: "Readers" })).result.name;
  told.joined = (await novu.topics.subscriptions.create({ subscriptions: ["ada", "nobody"] }, "readers")).result.meta;
  told.members = (await novu.topics.subscriptions.list({ topicKey: "readers" })).result.data.length;
  told.left = (await novu.topics.subscriptions.delete({ subscriptions: [{ subscriberId: "ada" }] }, "readers")).result.meta.successful;
  await novu.topics.delete("readers");
  told.workflows = (await novu.workflows.list({ query: "we" })).result.workflows.map((each) => each.workflowId);
  told.workflow = (await novu.workflows.get("welcome")).result.steps.map((each) => each.type);
  told.integrations = (await novu.integrations.listActive()).result.map((each) => each.providerId);
  told.unknownWorkflow = await refused(() => novu.trigger({ workflowId: "none", to: "ada" }));
  told.badPayload = await refused(() => novu.trigger({ workflowId: "welcome", to: "ada", payload: { firstName: 7 } }));
  told.notFound = await refused(() => novu.subscribers.retrieve("nobody"));
  told.notAvailable = await refused(() => novu.workflows.delete("welcome"));
  told.wrongKey = await refused(() => new Novu({ secretKey: "wrong", serverURL: address }).subscribers.retrieve("ada"));
  told.deleted = (await novu.subscribers.delete("ada")).result.acknowledged;
}

async function node() {
  const { Novu } = load("@novu/node");
  const novu = new Novu(key, { backendUrl: address });
  told.node = {
    identify: (await novu.subscribers.identify("fay", { firstName: "Fay" })).data.data.firstName,
    update: (await novu.subscribers.update("fay", { lastName: "W" })).data.data.firstName,
    list: (await novu.subscribers.list(0, 50)).data.data.some((each) => each.subscriberId === "fay"),
    trigger: (await novu.trigger("welcome", { to: "fay", payload: { firstName: "F" }, transactionId: "tx-node" })).data.data.status,
    bulk: (await novu.bulkTrigger([{ name: "weekly", to: "fay", payload: {} }])).data.data[0].status,
    broadcast: (await novu.broadcast("weekly", { payload: {}, transactionId: "tx-node-all" })).data.data.status,
    topic: (await novu.topics.create({ key: "old", name: "Old" })).data.data.key,
    added: (await novu.topics.addSubscribers("old", { subscribers: ["fay", "nobody"] })).data.data,
    got: (await novu.topics.get("old")).data.data.subscribers,
    removed: (await novu.topics.removeSubscribers("old", { subscribers: ["fay"] })).status,
    credentials: (await novu.subscribers.setCredentials("fay", "slack", { webhookUrl: "https://x" })).data.data.channels.length,
    messages: (await until(() => novu.messages.list({ subscriberId: "fay", transactionIds: ["tx-node"] }), (got) => got.data.totalCount === 2)).data.page,
    feed: (await novu.subscribers.getNotificationsFeed("fay", { page: 0 })).data.totalCount,
    unseen: (await novu.subscribers.getUnseenCount("fay", false)).data.data.count,
    preference: (await novu.subscribers.updatePreference("fay", "welcome", { channel: { type: "email", enabled: false } })).data.data.preference.channels,
    global: (await novu.subscribers.getGlobalPreference("fay")).data.data[0].preference.enabled,
    seen: (await novu.subscribers.getNotificationsFeed("fay", { page: 0 }).then(({ data }) => novu.subscribers.markMessageSeen("fay", data.data[0]._id))).data.data[0].seen,
    marked: (await novu.subscribers.markAllMessagesAs("fay", "read")).data.data,
    cancel: (await novu.events.cancel("tx-nothing")).data.data,
    unknown: await refused(() => novu.subscribers.get("nobody")),
    tenants: await refused(() => novu.tenants.list()),
  };
}

api().then(node).then(
  () => console.log(JSON.stringify(told)),
  (error) => {
    console.error(told, error);
    process.exit(1);
  },
);
