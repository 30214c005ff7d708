import { link, path, send, useAction, useData } from "../api.js";
import { RunBadge } from "../ui/badge.js";
import { Json } from "../ui/json.js";
import { Button, Fault, Loaded, Page, lazy } from "../ui/page.js";
import { duration, moment, relative, Time } from "../ui/time.js";
import { html, useState } from "../vendor/preact.js";
import { fault, nameOf, plural, runState } from "../words.js";
import { Timeline } from "./timeline.js";

const Trigger = lazy(() => import("./trigger.js"), "Trigger");

const until = (at) => `${moment(at)} (${relative(at)})`;

// What became of a run, in one sentence.
function sentence(run, events) {
  const failed = run.steps.find((step) => step.status === "failed");
  const delivered = run.steps.filter((step) => step.outcome === "delivered").length;
  const sent = delivered ? `${plural(delivered, "message")} delivered` : "no message delivered";
  const why = run.error && fault(run.error);
  switch (runState(run)) {
    case "waits for digest":
      return `Waits for its digest until ${until(run.resume_at)}, ${plural(events?.count ?? 1, "event")} so far.`;
    case "waits for delay": return `Waits until ${until(run.resume_at)}.`;
    case "waits for retry": return `Failed at ${run.current_step}, and tries again at ${until(run.resume_at)}.`;
    case "merged": return "Its event went into the digest of another run.";
    case "throttled": return "Stopped by its throttle.";
    case "canceled": return `Canceled; ${sent} before.`;
    case "queued": return "Queued: it has not begun yet.";
    case "running": return "Running now.";
    case "failed": return `Failed${failed ? ` at ${failed.step_id}` : ""}${why ? `: ${why}` : "."}`;
    case "partly delivered": {
      const at = failed?.step_id ?? "a step";
      return delivered ? `Partly delivered: ${at} failed; ${sent}.` : `Failed at ${at}; ${sent}.`;
    }
    default: return `Done in ${duration(run.created_at, run.completed_at ?? run.created_at)}, ${sent}.`;
  }
}

function asPython(run) {
  const who = JSON.stringify(run.subscriber.subscriberId);
  return `client.trigger(${JSON.stringify(run.workflow_id)}, ${who}, ${python(run.payload, "")})\n`;
}

function python(value, indent) {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value !== "object") return JSON.stringify(value);
  const deeper = `${indent}    `, list = Array.isArray(value);
  const items = Object.keys(value).map((key) => {
    return `${deeper}${list ? "" : `${JSON.stringify(key)}: `}${python(value[key], deeper)}`;
  });
  const [open, close] = list ? "[]" : "{}";
  return items.length ? `${open}\n${items.join(",\n")},\n${indent}${close}` : open + close;
}

export function Run({ ids: [id] }) {
  const at = path("executions", id);
  const run = useData(at, { every: 2 });
  const workflow = useData(run.data ? path("workflows", run.data.workflow_id) : null);
  const digests = run.data?.steps.some((step) => step.type === "digest");
  const every = run.data?.waiting_for === "digest" ? 2 : 0;
  const events = useData(digests ? `${at}/events?limit=100` : null, { every });
  const actions = run.data && html`<${Actions} at=${at} run=${run.data} refresh=${run.refresh}
    workflow=${workflow.data} />`;
  const lead = html`<a href="#/runs">Runs</a> / <code>${id}</code>`;
  return html`<${Page} title=${run.data ? `Run of ${run.data.workflow_id}` : "Run"} lead=${lead} actions=${actions}>
    <${Loaded} of=${run}>${(found) => html`<p class="said" role="status"><${RunBadge} run=${found} />
        ${" "}${sentence(found, events.data)}${" "}
        ${found.merged_into && html`<a href=${link("runs", found.merged_into)}>To the run with the digest</a>`}</p>
      <${Timeline} run=${found} events=${events.data} />
      <${About} run=${found} />`}</${Loaded}></${Page}>`;
}

function Actions({ at, run, refresh, workflow }) {
  const act = (verb) => useAction(async () => {
    try {
      await send("POST", `${at}/${verb}`);
    } finally {
      refresh();
    }
  });
  const retry = act("retry"), cancel = act("cancel"), wake = act("wake");
  const [again, setAgain] = useState(false);
  const [copied, copy] = useState(false);
  const take = async () => {
    await navigator.clipboard.writeText(asPython(run));
    copy(true);
  };
  const open = ["pending", "running"].includes(run.status);
  const failed = run.steps.some((step) => step.status === "failed") || run.status === "failed";
  return html`${failed && !open && html`<${Button} action=${retry} kind="main">Retry</${Button}>`}
    ${run.waiting_for && html`<${Button} action=${wake} kind="main">Run now</${Button}>`}
    ${open && html`<${Button} action=${cancel}>Cancel</${Button}>`}
    ${workflow?.status === "active" && html`<button type="button" onClick=${() => setAgain(true)}>Run again</button>`}
    ${again && html`<${Trigger} workflow=${workflow} run=${run} close=${() => setAgain(false)} />`}
    <button type="button" onClick=${take}>${copied ? "Copied" : "Copy as Python"}</button>
    <${Fault} error=${retry.error ?? cancel.error ?? wake.error} />`;
}

const About = ({ run }) => html`<div class="two"><section><h2>Payload</h2><${Json} value=${run.payload} /></section>
  <section><h2>Subscriber</h2><p>${nameOf(run.subscriber)} (<a
    href=${link("subscribers", run.subscriber.subscriberId)}>${run.subscriber.subscriberId}</a>), as it
    was when the run began.</p><${Json} value=${run.subscriber} /></section></div>
  <dl class="facts"><dt>Workflow</dt>
    <dd><a href=${link("workflows", run.workflow_id)}>${run.workflow_id}</a></dd>
    <dt>Triggered</dt><dd><${Time} at=${run.created_at} /></dd><dt>Transaction</dt>
    <dd><a href=${`#/runs?transaction=${encodeURIComponent(run.transaction_id)}`}>${run.transaction_id}</a></dd></dl>`;
