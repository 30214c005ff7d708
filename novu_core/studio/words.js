// Every word that stands for what the server knows.
export const NAV = [
  ["overview", "Overview", "o"], ["workflows", "Workflows", "w"], ["runs", "Runs", "r"], ["messages", "Messages", "m"],
  ["subscribers", "Subscribers", "s"],
];
export const KINDS = {
  in_app: "In-app", email: "E-mail", sms: "SMS", push: "Push", chat: "Chat", tool: "Tool", digest: "Digest",
  delay: "Delay", throttle: "Throttle", custom: "Custom", http_request: "HTTP request",
};
const CHANNELS = {
  in_app: "in-app messages", email: "e-mail", sms: "SMS", push: "push", chat: "chat", tool: "tools",
};
const ADDRESSES = {
  email: "no e-mail address", sms: "no phone number", push: "no device for push", chat: "no chat address",
};
export const STATES = [
  "done", "running", "queued", "failed", "partly delivered", "waits for digest", "waits for delay", "waits for retry",
  "merged", "throttled", "canceled",
];
export const FILTERS = {
  done: { status: "completed", outcome: "none" }, running: { status: "running", waiting_for: "none" },
  queued: { status: "pending" }, failed: { status: "failed", outcome: "none" },
  "partly delivered": { outcome: "partial" },
  "waits for digest": { waiting_for: "digest" }, "waits for delay": { waiting_for: "delay" },
  "waits for retry": { waiting_for: "retry" }, merged: { outcome: "merged" }, throttled: { outcome: "throttled" },
  canceled: { outcome: "canceled" },
};

// Messages of errors are told to whoever may see them.
export const fault = (error) => [error?.type ?? "no error was recorded", error?.message].filter(Boolean).join(": ");

export function runState({ status, outcome, waiting_for: waits }) {
  if (waits) return `waits for ${waits}`;
  if (outcome) return outcome === "partial" ? "partly delivered" : outcome;
  return { pending: "queued", running: "running", completed: "done", failed: "failed" }[status] ?? status;
}

export function stepState({ status, outcome }) {
  return outcome ?? STEPS[status] ?? status;
}
export const STEPS = {
  pending: "not reached", executing: "running", completed: "done", failed: "failed", delivered: "delivered",
  skipped: "skipped",
};

export function nameOf({ firstName, lastName, subscriberId }) {
  return [firstName, lastName].filter(Boolean).join(" ") || subscriberId;
}

// One sentence for each gate that can close, and for each rule by which it may.
export function gate({ reason, rule, type }, who) {
  const channel = CHANNELS[type] ?? type;
  switch (reason?.split(":")[0]) {
    case "skip": return "Skipped: its skip function returned true.";
    case "condition": return "Skipped: its skip condition was true.";
    case "preference": return `Skipped: ${preference(rule, channel, who)}.`;
    case "schedule": return `Skipped: it was outside the hours in which ${who} wants messages.`;
    case "no_address": return `Skipped: ${who} has ${ADDRESSES[type] ?? "no address for this channel"}.`;
    case "subscriber_deleted": return "Skipped: the subscriber had been deleted.";
    case "throttled": return "Skipped: the throttle before it had reached its limit.";
    case "merged": return "Skipped: its event went into the digest of another run.";
    case "past": return "Skipped: its time was already in the past.";
    case "canceled": return "Skipped: the run was canceled.";
    case "suppressed": return `Skipped: ${who}'s address is ${reason}.`; // a colon, why and since when follow
    default: return `Skipped: ${reason ?? "no reason was recorded"}.`;
  }
}

function preference(rule, channel, who) {
  switch (rule) {
    case "subscriber_workflow": return `${who} switched ${channel} off for this workflow`;
    case "subscriber_global": return `${who} switched ${channel} off for everything`;
    case "workflow": return `the workflow has ${channel} switched off, and ${who} did not switch it on`;
    case "read_only": return `the workflow has ${channel} switched off, and nobody can switch it on`;
    case "default": return `${channel} is off unless it is switched on`;
    default: return `${who} does not want ${channel} for this workflow`;
  }
}

export const plural = (count, one, many = `${one}s`) => `${count} ${count === 1 ? one : many}`;

// What a step does, for somebody who has never seen the code.
export function does({ type }) {
  return {
    in_app: "puts a message into the inbox", email: "sends an e-mail", sms: "sends an SMS",
    push: "sends a push message", chat: "sends a chat message", tool: "calls a tool",
    digest: "collects events", delay: "waits",
    throttle: "limits how many runs go on", custom: "runs your code", http_request: "calls a URL",
  }[type] ?? type;
}

// Why a channel is on or off for somebody.
export function wish(rule, who) {
  return {
    critical: "since the workflow is critical", read_only: "which the workflow lets nobody change",
    subscriber_workflow: `as ${who} chose for this workflow`, subscriber_global: `as ${who} chose for everything`,
    workflow: "as the workflow says", default: "which is the default",
  }[rule] ?? rule;
}

export const OUTCOMES = {
  completed: "done", failed: "failed", partial: "partly delivered", merged: "merged", throttled: "throttled",
  canceled: "canceled", waiting: "waiting", running: "running", pending: "queued",
};
export const START = {
  flask: "flask novu worker", django: "manage.py novu worker", other: "python -m novu_core worker",
};
