import { link, path, query as toQuery, send, useAction, useData } from "../api.js";
import { Badge } from "../ui/badge.js";
import { Json } from "../ui/json.js";
import { Button, Fault, Loaded, Page, lazy } from "../ui/page.js";
import { Table } from "../ui/table.js";
import { html, useState } from "../vendor/preact.js";
import { KINDS, does, plural } from "../words.js";
import { COLUMNS, Row } from "./runs.js";

const Trigger = lazy(() => import("./trigger.js"), "Trigger");

export function Workflow({ ids: [id], session }) {
  const workflow = useData(path("workflows", id), { every: 10 });
  const found = workflow.data, all = session.role === "all";
  const [open, setOpen] = useState(false);
  const actions = found && all && html`${found.status === "active" && html`<button type="button" class="main"
      onClick=${() => setOpen(true)}>Trigger</button>`}<${Status} of=${found} refresh=${workflow.refresh} />
    ${open && html`<${Trigger} workflow=${found} close=${() => setOpen(false)} />`}`;
  return html`<${Page} title=${found?.name ?? id} lead=${html`<a href="#/workflows">Workflows</a> / <code>${id}</code>`}
    actions=${actions}><${Loaded} of=${workflow}>${(told) => html`<${About} of=${told} />`}</${Loaded}>
    ${workflow.error?.status === 404 && html`<${Others} />`}
    ${found && all && session.dispatch !== "cloud" && html`<${LastRuns} id=${id} />`}</${Page}>`;
}

function Others() {
  const workflows = useData("/workflows?limit=100");
  return html`<ul>${workflows.data?.items.map(({ workflow_id: id }) => html`<li>
    <a href=${link("workflows", id)}>${id}</a></li>`)}</ul>`;
}

const NEXT = { draft: ["Activate", "active"], active: ["Archive", "archived"] };
const FOR_EVER = "An archived workflow takes no trigger any more, for ever; open runs go on. Archive it?";

function Status({ of: { workflow_id: id, status }, refresh }) {
  const [word, next] = NEXT[status] ?? [];
  const change = useAction(async () => {
    if (next === "archived" && !confirm(FOR_EVER)) return;
    await send("POST", path("workflows", id, "status"), { status: next });
    refresh();
  });
  return html`${word && html`<${Button} action=${change}>${word}</${Button}>`}<${Fault} error=${change.error} />`;
}

function About({ of: workflow }) {
  return html`<p><${Badge} word=${workflow.status} /> ${workflow.critical && "Critical: nobody can switch it off. "}
      ${workflow.tags.map((tag) => html`<span class="tag">${tag}</span> `)}</p>
    ${workflow.description && html`<p>${workflow.description}</p>`}
    ${workflow.error && html`<p class="fault">It cannot be read: ${workflow.error}</p>`}
    <h2 id="steps">Steps</h2><ol class="timeline" aria-labelledby="steps">${workflow.steps.map((step) => html`<li
      key=${step.step_id}><div class="row"><span class="kind">${KINDS[step.type] ?? step.type}</span>
      <a data-row href=${link("workflows", workflow.workflow_id, step.step_id)}>${step.name}</a>
      ${step.name !== step.step_id && html`<code>${step.step_id}</code>`}<span class="quiet">${does(step)}</span></div>
      ${step.skip_condition && html`<p class="quiet">Skipped where <code>${step.skip_condition}</code></p>`}
      <${Changeable} schema=${step.control_schema} /></li>`)}</ol>
    <details><summary>Schema of the payload</summary><${Json} value=${workflow.payload_schema} /></details>`;
}

function Changeable({ schema }) {
  const names = Object.entries(schema?.properties ?? {}).map(([name, { title }]) => title ?? name);
  return names.length > 0 && html`<p class="quiet">${plural(names.length, "control")}: ${names.join(", ")}</p>`;
}

function LastRuns({ id }) {
  const runs = useData(`/executions${toQuery({ workflow_id: id, view: "summary", limit: 10 })}`, { every: 2 });
  return html`<h2>Last runs</h2><${Loaded} of=${runs}>${({ items }) => items.length === 0
    ? html`<p>No run yet. Trigger it to see one here.</p>`
    : html`<${Table} label="Runs" columns=${COLUMNS}>${items.map((run) => html`<${Row} key=${run.execution_id}
      run=${run} />`)}</${Table}><p><a href=${`#/runs${toQuery({ workflow: id })}`}>All runs</a></p>`}</${Loaded}>`;
}
