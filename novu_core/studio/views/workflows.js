import { link, useData } from "../api.js";
import { Badge } from "../ui/badge.js";
import { Empty, Loaded, Page } from "../ui/page.js";
import { html } from "../vendor/preact.js";
import { KINDS, plural } from "../words.js";

const FIRST = `from flask_novu import Novu

novu = Novu(app)

@novu.workflow("welcome")
def welcome(payload, step):
    step.email("mail", {"subject": "Welcome", "body": "Hello"})`;

export function Workflows({ session }) {
  const workflows = useData("/workflows?limit=100", { every: 10 });
  const stats = useData(session.role === "all" && session.dispatch !== "cloud" ? "/stats" : null, { every: 30 });
  return html`<${Page} title="Workflows"><${Loaded} of=${workflows}>${({ items }) => items.length === 0
    ? html`<${Empty}><p>There is no workflow yet. The first one in a few lines:</p>
        <pre tabindex="0">${FIRST}</pre></${Empty}>`
    : html`<ul class="cards" aria-label="Workflows">${items.map((found) => html`<${Card} key=${found.workflow_id}
        workflow=${found} stats=${stats.data} />`)}</ul>`}</${Loaded}></${Page}>`;
}

function Card({ workflow, stats }) {
  const counted = stats?.workflows.find((found) => found.workflow_id === workflow.workflow_id);
  return html`<li class="card"><h2><a data-row href=${link("workflows", workflow.workflow_id)}>
      ${workflow.name}</a></h2>
    <p class="quiet"><code>${workflow.workflow_id}</code> <${Badge} word=${workflow.status} />
      ${workflow.tags?.map((tag) => html` <span class="tag">${tag}</span>`)}</p>
    ${workflow.description && html`<p>${workflow.description}</p>`}
    ${workflow.error && html`<p class="fault">It cannot be read: ${workflow.error}</p>`}
    <${Chain} steps=${workflow.steps ?? []} />
    ${stats && html`<p class="quiet">${counted ? html`${plural(counted.runs, "run")} in 24 hours${counted.failed > 0
      && html`, <a href=${`#/runs?status=failed&workflow=${encodeURIComponent(workflow.workflow_id)}`}>${counted.failed}
      ${" "}failed</a>`}` : "No run in 24 hours"}</p>`}</li>`;
}

export const Chain = ({ steps }) => html`<ol class="chain" aria-label="Steps">${steps.map((step) => html`<li>
  <span class="kind">${KINDS[step.type] ?? step.type}</span> ${step.name ?? step.step_id}</li>`)}</ol>`;
