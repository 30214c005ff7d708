import { link, query as toQuery, send, useAction, useData } from "../api.js";
import { Dots, RunBadge } from "../ui/badge.js";
import { Button, Empty, Fault, Loaded, Page } from "../ui/page.js";
import { Cell, Filter, Table, narrow } from "../ui/table.js";
import { Time } from "../ui/time.js";
import { html, useState } from "../vendor/preact.js";
import { FILTERS, STATES, plural } from "../words.js";

const SINCE = { "the last hour": 1, "the last day": 24, "the last week": 168 };
export const COLUMNS = ["State", "Workflow", "Subscriber", "Steps", "Started", "Goes on"];

// What the API is asked for by the filters of the address; times are whole minutes, so that the address stays.
export function asked({ status, workflow, subscriber, error, step, since, from: hour, transaction }) {
  const end = hour && new Date(new Date(hour).getTime() + 3600000).toISOString();
  const minute = Math.floor(Date.now() / 60000) * 60000;
  const from = hour ?? (SINCE[since] && new Date(minute - SINCE[since] * 3600000).toISOString());
  return {
    ...FILTERS[status], workflow_id: workflow, subscriber_id: subscriber, error_type: error, failed_step: step,
    since: from, until: end, transaction_id: transaction,
  };
}

export function go(query) {
  location.hash = `#/runs${toQuery(query)}`;
}

export function Runs({ query, session }) {
  const { cursor, ...filters } = query;
  const runs = useData(`/executions${toQuery({ ...asked(filters), view: "summary", limit: 50, cursor })}`,
    { every: cursor ? 0 : 2 });
  const retry = useAction(async () => {
    const { status, ...found } = asked(filters);
    return (await send("POST", "/executions/retry", found)).data;
  });
  const [told, tell] = useState("");
  const again = async () => {
    const done = await retry.run();
    if (done) tell(`${plural(done.retried, "run")} will run again${done.more ? "; there are more" : ""}.`);
    runs.refresh();
  };
  const retriable = ["failed", "partly delivered"].includes(filters.status);
  const actions = retriable && html`<${Button} action=${{ ...retry, run: again }}>Retry all</${Button}>`;
  return html`<${Page} title="Runs" actions=${actions}>
    <${Filters} filters=${filters} /><p role="status">${told}</p><${Fault} error=${retry.error} />
    <${Loaded} of=${runs}>${({ items, next_cursor: next }) => html`
      ${items.length === 0 ? html`<${Nothing} filters=${filters} />`
        : html`<${List} items=${items} />`}
      <p class="pages">${cursor && html`<a href=${`#/runs${toQuery(filters)}`}>Newest</a>`} ${next && html`<a
        href=${`#/runs${toQuery({ ...filters, cursor: next })}`}>Older</a>`}</p>`}</${Loaded}></${Page}>`;
}

function Nothing({ filters }) {
  return html`<${Empty}><p>No runs match.</p>${Object.keys(filters).length > 0
    ? html`<button type="button" onClick=${() => go({})}>Clear the filters</button>`
    : html`<p>Trigger a workflow to see its run here.</p>`}</${Empty}>`;
}

function Filters({ filters }) {
  const workflows = useData("/workflows?limit=100");
  const text = (name, label) => html`<${Filter} name=${name} label=${label} value=${filters[name]} />`;
  const choice = (name, label, words) => html`<span class="field"><label for=${name}>${label}</label><select id=${name}
    onChange=${(event) => narrow(name, event.target.value)}><option value="">all</option>${words.map((word) => html`
    <option value=${word} selected=${filters[name] === word}>${word}</option>`)}</select></span>`;
  const ids = new Set(workflows.data?.items.map((found) => found.workflow_id));
  if (filters.workflow) ids.add(filters.workflow);
  return html`<form class="filters" aria-label="Filters" onSubmit=${(event) => event.preventDefault()}>
    ${choice("status", "Status", STATES)}${choice("workflow", "Workflow", [...ids])}${text("subscriber", "Subscriber")}
    ${text("error", "Error")}${filters.step && text("step", "Failed step")}
    ${choice("since", "Since", Object.keys(SINCE))}</form>`;
}

// Runs that went into the digest of another one of the list stand below that one, once they are asked for.
function List({ items }) {
  const [open, setOpen] = useState({});
  const ids = new Set(items.map((run) => run.execution_id));
  const below = Object.groupBy(items.filter((run) => ids.has(run.merged_into)), (run) => run.merged_into);
  const rows = items.filter((run) => !ids.has(run.merged_into));
  return html`<${Table} label="Runs" columns=${COLUMNS}>${rows.flatMap((run) => {
    const merged = below[run.execution_id] ?? [], id = run.execution_id;
    const toggle = merged.length > 0 && html`<button type="button" class="small" aria-expanded=${String(!!open[id])}
      onClick=${() => setOpen({ ...open, [id]: !open[id] })}>+${merged.length} merged</button>`;
    return [html`<${Row} key=${id} run=${run}>${toggle}</${Row}>`,
      ...(open[id] ? merged : []).map((one) => html`<${Row} key=${one.execution_id} run=${one} under />`)];
  })}</${Table}>`;
}

export const Row = ({ run, under, children }) => html`<tr class=${under ? "under" : null}>
  <${Cell} of="State"><a data-row href=${link("runs", run.execution_id)}><${RunBadge} run=${run} /></a>
    ${" "}${children}</${Cell}>
  <${Cell} of="Workflow">${run.workflow_id}</${Cell}><${Cell} of="Subscriber">${run.subscriber_id}</${Cell}>
  <${Cell} of="Steps"><${Dots} steps=${run.steps} /></${Cell}>
  <${Cell} of="Started"><${Time} at=${run.created_at} /></${Cell}>
  <${Cell} of="Goes on"><${Time} at=${run.resume_at} /></${Cell}></tr>`;
