import { ask, send, useAction } from "../api.js";
import { Fields } from "../form/fields.js";
import { Json, brief } from "../ui/json.js";
import { Button, Fault, leaving } from "../ui/page.js";
import { Time } from "../ui/time.js";
import { html, useEffect, useRef, useState } from "../vendor/preact.js";

const defaultsOf = (schema) => Object.fromEntries(Object.entries(schema?.properties ?? {})
  .filter(([, found]) => "default" in found).map(([name, found]) => [name, found.default]));
const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

// What is stored of a step's controls, raw, and what somebody makes of it. Whoever previews it is given both the draft,
// which leaves out what is as by default, and all values: a preview lays them over what is stored.
export function Controls({ at, draft, change, errors }) {
  const [stored, setStored] = useState();
  const [told, tell] = useState("");
  const newest = useRef();
  newest.current = draft;
  // `asked`: the draft when it was asked for. What somebody typed since then stays.
  const take = ({ data, etag }, asked) => {
    setStored({ ...data, etag });
    if (newest.current === asked) change(data.values, { ...defaultsOf(data.schema), ...data.values });
  };
  const load = useAction(async (asked = newest.current) => take(await ask(at), asked));
  const save = useAction(async (values, asked = newest.current) => {
    tell("");
    take(await send("PUT", at, values, { match: stored.etag }), asked);
    tell("Saved. The next run uses it.");
  });
  const rebase = useAction(async () => {
    const { data, etag } = await ask(at);
    setStored({ ...data, etag });
    save.clear();
  });
  useEffect(() => { load.run(); }, [at]);
  const changed = stored && !same(stored.values, draft);
  useEffect(() => {
    leaving.ask = changed ? "What you changed in the controls is not saved. Leave it?" : null;
    return () => { leaving.ask = null; };
  }, [changed]);
  if (!stored) return html`<section><h2>Controls</h2><${Fault} error=${load.error} />
    ${!load.error && html`<p class="quiet">Loading …</p>`}</section>`;
  const properties = stored.schema?.properties ?? {};
  if (!Object.keys(properties).length) {
    return html`<section><h2>Controls</h2>
      <p class="quiet">This step has no controls: its code says all of it.</p></section>`;
  }
  const defaults = defaultsOf(stored.schema);
  // Stored is only what differs from the default, so that a new default in the code still counts.
  const set = (next) => {
    tell("");
    const kept = Object.entries(next).filter(([name, value]) => !same(value, properties[name]?.default));
    change(Object.fromEntries(kept), { ...defaults, ...next });
  };
  const wrong = [...errors, ...(save.error?.errors ?? []).map((found) => ({
    ...found, path: found.path.startsWith("/controls") ? found.path : `/controls${found.path}`,
  }))];
  const tail = (name) => (name in draft ? html`<span class="quiet">changed <button type="button" class="small"
    aria-label=${`Reset ${properties[name].title ?? name}`} onClick=${() => {
      const { [name]: _, ...rest } = draft;
      set(rest);
    }}>Reset</button></span>` : html`<span class="quiet">default</span>`);
  const mine = { ...save, busy: save.busy || load.busy || rebase.busy, run: () => save.run(draft) };
  return html`<section><h2>Controls</h2>
    <${Fields} schema=${stored.schema} value=${{ ...defaults, ...draft }} change=${set}
      errors=${wrong} path="/controls" keep tail=${tail} />
    <p class="actions"><${Button} action=${mine} kind="main">Save controls</${Button}>${changed && html`<span
      class="quiet">not saved yet</span>`}</p><p role="status">${told}</p>
    ${save.error?.status === 412 ? html`<${Conflict} theirs=${save.error.data.present} mine=${draft} keep=${rebase.run}
      drop=${() => { save.clear(); load.run(); }} />` : html`<${Fault} error=${save.error} />`}
    <${History} at=${at} seen=${stored.etag} put=${save} /></section>`;
}

const Conflict = ({ theirs, mine, keep, drop }) => html`<div role="alert" class="fault">
    <p>Somebody else changed these controls meanwhile. Nothing was saved.</p>
    <div class="two"><div><p>Theirs, which is stored</p><${Json} value=${theirs} /></div>
      <div><p>Yours</p><${Json} value=${mine} /></div></div>
    <p class="actions"><button type="button" onClick=${drop}>Take theirs</button>
      <button type="button" onClick=${keep}>Keep mine, to save it over theirs</button></p></div>`;

function History({ at, seen, put }) {
  const [items, setItems] = useState([]);
  useEffect(() => {
    let over = false;
    ask(`${at}/history?limit=20`).then(({ data }) => over || setItems(data.items), () => {});
    return () => { over = true; };
  }, [at, seen]);
  return items.length > 0 && html`<details><summary>History</summary><ol class="events" aria-label="History">
    ${items.map((found) => html`<li key=${found.version_id}><${Time} at=${found.changed_at} />${" "}
      ${found.changed_by ?? "code"} <code>${brief(found.values)}</code>${" "}
      <button type="button" class="small" onClick=${() => put.run(found.values)}>Put back</button></li>`)}</ol>
  </details>`;
}
