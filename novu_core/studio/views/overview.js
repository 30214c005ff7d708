import { query as toQuery, send, useAction, useData } from "../api.js";
import { Bars, Stacks } from "../charts.js";
import { Button, Empty, Fault, Loaded, Page } from "../ui/page.js";
import { Cell, Table } from "../ui/table.js";
import { Time, moment } from "../ui/time.js";
import { html, useState } from "../vendor/preact.js";
import { KINDS, OUTCOMES, START, plural } from "../words.js";

export function Overview() {
  const stats = useData("/stats", { every: 10 });
  const status = useData("/status", { every: 10 });
  return html`<${Page} title="Overview"><${Loaded} of=${stats}>${(found) => html`
      <h2>Needs attention</h2><${Failures} of=${found.failures} refresh=${stats.refresh} />
      <${Waiting} of=${found.waiting} />`}</${Loaded}>
    <${Loaded} of=${status}>${(found) => html`<${Health} of=${found} />`}</${Loaded}>
    ${stats.data && html`<${Charts} of=${stats.data} />`}</${Page}>`;
}

function Failures({ of: failures, refresh }) {
  const [told, tell] = useState(""); // stays when its row goes
  return html`<p role="status">${told}</p>${failures.length === 0
    ? html`<${Empty}><p>Nothing failed. Trigger a workflow to see it here.</p></${Empty}>`
    : html`<${Table} label="Needs attention" columns=${["Workflow", "Step", "Error", "Runs", "Since", "Repair"]}>
      ${failures.map((found) => html`<${Failure} key=${[found.workflow_id, found.step_id, found.error_type].join(" ")}
        of=${found} refresh=${refresh} tell=${tell} />`)}</${Table}>`}`;
}

function Failure({ of, refresh, tell }) {
  const { workflow_id: workflow, step_id: step, error_type: error, count, first_at: first } = of;
  const retry = useAction(async () => {
    const filter = { workflow_id: workflow, error_type: error, ...(step ? { failed_step: step } : {}) };
    const { retried } = (await send("POST", "/executions/retry", filter)).data;
    tell(`${plural(retried, "run")} will run again.`);
    refresh();
  });
  const runs = `#/runs${toQuery({ workflow, error, step })}`;
  return html`<tr><${Cell} of="Workflow"><a data-row href=${runs}>${workflow}</a></${Cell}>
    <${Cell} of="Step">${step}</${Cell}><${Cell} of="Error">${error}</${Cell}><${Cell} of="Runs">${count}</${Cell}>
    <${Cell} of="Since"><${Time} at=${first} /></${Cell}>
    <${Cell} of="Repair"><${Button} action=${retry}>Retry all</${Button}>
      <${Fault} error=${retry.error} /></${Cell}></tr>`;
}

function Waiting({ of: waiting }) {
  const rows = waiting.map((found) => ({
    key: found.waiting_for, name: `waits for ${found.waiting_for}`, value: found.count,
    tone: found.late ? "bad" : "waits",
    href: `#/runs${toQuery({ status: `waits for ${found.waiting_for}` })}`,
    note: html`next at <${Time} at=${found.next_at} />; ${found.within_an_hour} within an hour, ${found.within_a_day}
      ${" "}within a day${found.late > 0 && html`, <strong class="bad">${found.late} late</strong>`}`,
  }));
  return html`<h2>Waiting now</h2>${rows.length ? html`<${Bars} label="Waiting now" columns=${["For", "Runs", "Due"]}
    rows=${rows} />` : html`<p>No run waits.</p>`}`;
}

function Health({ of: { alive, worker, workers, overdue, findings, dispatch, server } }) {
  return html`<h2>Worker</h2>${dispatch === "cloud" ? html`<p>Novu runs the workflows.</p>` : alive
      ? html`<p>${plural(workers.filter((found) => found.alive).length, "worker")} alive.</p>`
      : html`<p>${worker === "none" ? "No worker was seen: what waits rests until one runs." : "No worker was seen."}
        ${" "}Start one: <code>${START[server] ?? START.other}</code></p>`}
    ${overdue.length > 0 && html`<ul class="fault">${overdue.map((found) => html`<li>${plural(found.runs, "run")} of
      ${" "}<a href=${`#/runs${toQuery({ workflow: found.workflow_id })}`}>${found.workflow_id}</a> overdue since
      ${" "}<${Time} at=${found.since} /></li>`)}</ul>`}
    ${findings.length > 0 && html`<h2>Findings</h2><ul>${findings.map((found) => html`<li><code>${found.where}</code>
      ${" "}${found.problem} <span class="quiet">${found.note}</span></li>`)}</ul>`}`;
}

function Charts({ of: { runs, digests, delivery } }) {
  const within = ({ at }) => `#/runs${toQuery({ from: at })}`;
  const seconds = (value) => (value < 10 ? `${Math.round(value * 100) / 100} s` : `${Math.round(value)} s`);
  const providers = delivery.providers.map((found) => ({
    key: found.channel + found.provider, name: `${KINDS[found.channel]} by ${found.provider}`, value: found.count,
  }));
  return html`<h2>The last day</h2>${runs.length > 0 && html`<${Stacks} label="Runs by hour" runs=${runs} href=${within}
      told=${moment} words=${OUTCOMES} />`}
    ${digests.events > 0 && html`<p>Digests: ${plural(digests.events, "event")} in
      ${" "}${plural(digests.digests, "digest")}.</p>`}
    ${delivery.sampled > 0 && html`<p>From trigger to delivery: half within ${seconds(delivery.p50)}, 95 % within
      ${" "}${seconds(delivery.p95)}.</p>
      <${Bars} label="Delivered by" columns=${["Provider", "Messages"]} rows=${providers} />`}`;
}
