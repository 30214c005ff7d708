import { link } from "../api.js";
import { StepBadge } from "../ui/badge.js";
import { Json, brief, secret } from "../ui/json.js";
import { duration, moment, relative, Time } from "../ui/time.js";
import { html } from "../vendor/preact.js";
import { KINDS, fault as said, gate, nameOf, plural } from "../words.js";

// Every step of the definition in order, with what closed it, what it tried, and for what it waits.
export const Timeline = ({ run, events }) => html`<h2 id="timeline">Timeline</h2>
  <ol class="timeline" aria-labelledby="timeline">${run.steps.map((step) => html`<${Step} key=${step.step_id}
    step=${step} run=${run} events=${events?.step_id === step.step_id ? events : null} />`)}</ol>`;

function Step({ step, run, events }) {
  const attempts = step.attempts ?? [];
  const result = run.step_results[step.step_id];
  const told = result && step.outcome !== "skipped" && step.type !== "digest" ? result : null;
  const trace = step.error?.trace;
  const renamed = step.name && step.name !== step.step_id;
  const took = step.started_at && step.completed_at && duration(step.started_at, step.completed_at);
  return html`<li class=${step.status}><div class="row"><span class="kind">${KINDS[step.type] ?? step.type}</span>
      <strong>${step.name ?? step.step_id}</strong> ${renamed && html`<code>${step.step_id}</code>`}
      <${StepBadge} step=${step} />
      ${took && html`<span class="quiet">${took}</span>`}
      ${step.outcome === "delivered" && step.provider && html`<span class="quiet">by ${step.provider}</span>`}</div>
    ${step.outcome === "skipped" && html`<p class="gate">${gate(step, nameOf(run.subscriber))}</p>`}
    ${step.condition && html`<${Condition} of=${step.condition} />`}
    ${step.unreadable && html`<p class="fault">${step.unreadable}</p>`}
    <${Attempts} attempts=${attempts} step=${step} />
    <${Wait} step=${step} run=${run} events=${events} />
    ${step.error && attempts.length === 0 && html`<p class="fault">${said(step.error)}</p>`}
    ${trace && html`<details open><summary>Trace</summary><pre tabindex="0">${trace}</pre></details>`}
    ${told && html`<details><summary>${step.outcome === "delivered" ? "As sent" : "Result"}</summary>
      <${Json} value=${told} /></details>`}
    ${step.feedback?.map((each) => html`<p class="fault">Reported ${moment(each.at)}: ${each.kind.replace("_", " ")} of
      ${" "}${each.address}: ${each.reason}</p>`)}
    ${step.message_id && html`<p><a href=${link("messages", step.message_id)}>Message</a></p>`}</li>`;
}

// Earlier tries of a run that was retried stand above a line.
function Attempts({ attempts, step }) {
  if (!attempts.length) return null;
  const last = attempts.findLastIndex((attempt) => attempt.final);
  const ended = last >= 0 && (last < attempts.length - 1 || step.status !== "failed");
  return html`<ol class="attempts" aria-label="Attempts">${attempts.flatMap((attempt, index) => {
    const before = attempts[index - 1]?.error?.provider, provider = attempt.error?.provider;
    return [
      before && provider && before !== provider && html`<li class="quiet">Changed from ${before} to ${provider}.</li>`,
      html`<li><${Time} at=${attempt.at} /> <strong>${provider}</strong> ${said(attempt.error)}</li>`,
      attempt.final && ended && index <= last && html`<li class="line">Retried</li>`,
    ];
  })}${step.outcome === "delivered" && step.provider && html`<li>${step.provider} took it.</li>`}</ol>`;
}

function Wait({ step, run, events }) {
  const waits = step.status === "executing" && step.resume_at;
  if (!waits && !events) return null;
  const since = step.started_at, part = waits && progress(since, step.resume_at);
  return html`<div class="wait">${waits && html`<p>${run.waiting_for === "retry" ? "Tries again" : "Waits until"}
      ${" "}${moment(step.resume_at)} (${relative(step.resume_at)})${since && `, since ${moment(since)}`}.</p>
      <progress aria-label="Time waited" max="1" value=${part}></progress>`}
    ${events?.count > 0 && html`<details open=${Boolean(waits)}><summary>${plural(events.count, "event")}
      ${events.key && html` of <code>${events.key}</code>`}</summary><ul class="events">${events.items.map((event) =>
      html`<li key=${event.id}><${Time} at=${event.time} /> <code>${short(event.payload)}</code>${" "}
        ${event.id !== run.execution_id && html`<a href=${link("runs", event.id)}>its run</a>`}</li>`)}</ul></details>`}
  </div>`;
}

function progress(from, to) {
  const [since, end] = [new Date(from), new Date(to)];
  return Math.min(1, Math.max(0, (Date.now() - since) / (end - since) || 0));
}

function short(payload) {
  const text = brief(payload);
  return text.length > 100 ? `${text.slice(0, 99)}…` : text;
}

// A condition with the values that it read when it held.
function Condition({ of: { source, values } }) {
  const told = (name, value) => (name.match(/\w+/g).some(secret) ? "••••" : value === null ? "absent" : brief(value));
  const read = Object.entries(values ?? {});
  return html`<p><code>${source}</code></p>${read.length > 0 && html`<ul class="values">${read.map(([name, value]) =>
    html`<li><code>${name}</code> was <code>${told(name, value)}</code></li>`)}</ul>`}`;
}
