import { ask, link, path, query as toQuery, useData } from "../api.js";
import { Value } from "../form/value.js";
import { Field } from "../form/field.js";
import { Fields } from "../form/fields.js";
import { Loaded, Page } from "../ui/page.js";
import { moment } from "../ui/time.js";
import { html, useEffect, useRef, useState } from "../vendor/preact.js";
import { KINDS } from "../words.js";
import { Controls } from "./controls.js";
import { Preview } from "./preview.js";

const PERSON = { properties: {
  locale: { type: "string", title: "Language" }, timezone: { type: "string", title: "Time zone" },
  firstName: { type: "string", title: "First name" }, email: { type: "string", title: "E-mail" },
} };
const NUMBER = { type: "integer" };
const STORED = { type: "string", description: "The id of a stored one, or nothing and the fields below." };

// What the step would say, asked a moment after the last key. Only the newest question is answered.
function usePreview(at, body) {
  const [state, setState] = useState({});
  const text = JSON.stringify(body);
  useEffect(() => {
    const stop = new AbortController();
    const timer = setTimeout(async () => {
      try {
        const { data } = await ask(at, { method: "POST", body, signal: stop.signal });
        if (!stop.signal.aborted) setState({ data, of: text });
      } catch (error) {
        if (!stop.signal.aborted) setState((old) => ({ ...old, error, of: text }));
      }
    }, state.data || state.error ? 120 : 0);
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [at, text]);
  return { ...state, busy: state.of !== text };
}

export function Step({ ids: [id, step], session }) {
  const workflow = useData(path("workflows", id));
  const definition = workflow.data?.steps.find((found) => found.step_id === step);
  const all = session.role === "all" && session.dispatch !== "cloud";
  const lead = html`<a href="#/workflows">Workflows</a> / <a href=${link("workflows", id)}>${id}</a>`;
  return html`<${Page} title=${`${workflow.data?.name ?? id}: ${definition?.name ?? step}`} lead=${lead}>
    <${Loaded} of=${workflow}>${(found) => (definition
      ? html`<${Editor} workflow=${found} step=${definition} all=${all} />`
      : html`<p role="alert" class="fault">The workflow has no step of this id. It has:</p>
        <ul>${found.steps.map((one) => html`<li><a href=${link("workflows", id, one.step_id)}>${one.step_id}</a>
        </li>`)}</ul>`)}</${Loaded}></${Page}>`;
}

function Editor({ workflow, step, all }) {
  const id = workflow.workflow_id, at = path("workflows", id, "steps", step.step_id);
  const [payload, setPayload] = useState();
  const [person, setPerson] = useState({});
  const [stored, setStored] = useState("");
  const [events, setEvents] = useState();
  const [results, setResults] = useState({});
  const [controls, setControls] = useState({});
  const before = workflow.steps.slice(0, workflow.steps.findIndex((found) => found.step_id === step.step_id));
  const to = stored || (Object.keys(person).length ? { subscriberId: "preview", ...person } : undefined);
  const preview = usePreview(`${at}/preview`, { payload, to, controls: controls.all, events, results });
  const errors = preview.error?.errors ?? [];
  // Fields wait for the example: what somebody types is never put in the place of a value that comes late.
  const begun = payload ?? preview.data?.payload ?? (preview.data || preview.error ? {} : undefined);
  const customs = before.filter((found) => found.type === "custom");
  return html`<div class="step"><div class="inputs">
      <section><h2>Payload</h2>${all && html`<${Runs} id=${id} choose=${setPayload} />`}
        ${begun === undefined ? html`<p class="quiet">Loading …</p>` : html`<${Value} label="Payload" value=${begun}
          schema=${workflow.payload_schema ?? {}} change=${setPayload} errors=${errors} path="/payload" />`}</section>
      <section><h2>Subscriber</h2>${all && html`<${Field} label="Subscriber" path="/to" schema=${STORED}
          value=${stored} change=${(next) => setStored(next ?? "")} errors=${errors} />`}
        ${!stored && html`<${Fields} schema=${PERSON} value=${person} change=${setPerson}
          errors=${errors.filter((found) => found.path !== "/to")} path="/to" />`}</section>
      ${before.some((found) => found.type === "digest") && html`<section><h2>Events</h2>
        <${Events} id=${id} all=${all} value=${events} change=${setEvents} errors=${errors} /></section>`}
      ${customs.length > 0 && html`<section><h2>Earlier results</h2>${customs.map(({ step_id: name }) => html`<${Field}
        key=${name} label=${name} schema=${{}} path=${`/results/${name}`} value=${results[name]} errors=${errors}
        change=${(next) => setResults({ ...results, [name]: next })} />`)}</section>`}
      <${Controls} at=${`${at}/controls`} errors=${errors} draft=${controls.draft}
        change=${(draft, given) => setControls({ draft, all: given })} /></div>
    <${Preview} of=${preview} who=${stored || person.firstName || "the subscriber"} kind=${KINDS[step.type]} /></div>`;
}

// Begin with what a run had.
function Runs({ id, choose }) {
  const runs = useData(`/executions${toQuery({ workflow_id: id, limit: 10 })}`);
  if (!runs.data?.items.length) return null;
  const begin = (event) => choose(runs.data.items[event.target.value]?.payload);
  return html`<div class="field"><label for="begin">Begin with</label><select id="begin" onChange=${begin}>
    <option value="">an example</option>${runs.data.items.map((run, index) => html`<option value=${index}>
      ${run.subscriber.subscriberId}, ${moment(run.created_at)}</option>`)}</select></div>`;
}

// How many made-up ones a digest has, or those of a window that is open now.
function Events({ id, all, value, change, errors }) {
  const waiting = toQuery({ workflow_id: id, waiting_for: "digest", view: "summary", limit: 20 });
  const open = useData(all ? `/executions${waiting}` : null);
  const [run, setRun] = useState("");
  const [fault, setFault] = useState("");
  const newest = useRef();
  const choose = async (event) => {
    const chosen = newest.current = event.target.value;
    setRun(chosen);
    setFault("");
    if (!chosen) return change(undefined);
    try {
      const { data } = await ask(`${path("executions", chosen, "events")}?limit=100`);
      return newest.current === chosen && change(data.items);
    } catch (error) {
      return newest.current === chosen && setFault(error.message);
    }
  };
  return html`${open.data?.items.length > 0 && html`<div class="field"><label for="window">Events of</label>
    <select id="window" onChange=${choose}><option value="">made up</option>
      ${open.data.items.map((found) => html`<option value=${found.execution_id}>
        ${found.subscriber_id}, since ${moment(found.created_at)}</option>`)}</select></div>`}
    ${fault && html`<p class="fault">${fault}</p>`}
    ${!run && html`<${Field} label="Number of events" schema=${NUMBER} path="/events" errors=${errors} value=${value}
      change=${change} />`}`;
}
