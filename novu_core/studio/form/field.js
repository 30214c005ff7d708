import { html, useState } from "../vendor/preact.js";
import { kindOf } from "./schema.js";

const TYPES = { date: "date", email: "email", uri: "url", time: "time" };

// One value. `change` gets undefined where it is to be absent.
export function Field({ path, label, schema, value, change, errors, required, keep, tail }) {
  const kind = kindOf(schema), id = `field${path}`;
  const wrong = errors.filter((found) => found.path === path);
  const [text, setText] = useState();
  const [long] = useState(() => kind === "json" || schema.format === "textarea" || /\n/.test(String(value ?? ""))
    || String(value ?? "").length > 60);
  const empty = () => (keep && kind === "string" ? "" : required ? (schema.nullable ? null : "") : undefined);
  const read = READ[kind] ?? ((typed) => typed);
  const typed = (event) => {
    const given = event.target.value;
    setText(given);
    const found = given === "" ? empty() : read(given);
    if (found !== BROKEN) change(found);
  };
  const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);
  const found = text === "" ? empty() : text !== undefined && read(text);
  const broken = text !== undefined && text !== "" && found === BROKEN;
  const shown = text !== undefined && (broken || same(found, value)) ? text : written(value, kind);
  const told = [broken && "This is not JSON yet.", ...wrong.map(({ message }) => message)].filter(Boolean);
  const notes = [schema.description && `${id}-note`, told.length > 0 && `${id}-wrong`].filter(Boolean);
  const given = {
    id, "aria-invalid": told.length ? "true" : null, "aria-required": required ? "true" : null,
    "aria-describedby": notes.join(" ") || null,
  };
  const input = kind === "boolean" ? html`<input type="checkbox" ...${given} checked=${value === true}
      onChange=${(event) => change(event.target.checked)} />`
    : kind === "choice" ? html`<${Choice} given=${given} schema=${schema} value=${value} required=${required}
      change=${change} />`
    : long ? html`<textarea rows=${kind === "json" ? 4 : 3} ...${given} value=${shown} onInput=${typed}></textarea>`
    : html`<input type=${TYPES[schema.format] ?? "text"} ...${given} value=${shown} onInput=${typed}
        inputmode=${kind === "number" ? "decimal" : kind === "integer" ? "numeric" : null} />`;
  return html`<div class=${kind === "boolean" ? "field check" : "field"}>
    <label for=${id} class=${required ? "required" : null}>${label}</label>${input}${tail}
    ${schema.description && html`<p class="quiet note" id=${`${id}-note`}>${schema.description}</p>`}
    ${told.length > 0 && html`<p class="wrong" id=${`${id}-wrong`}>${told.join(" ")}</p>`}</div>`;
}

const BROKEN = Symbol("no JSON");
const number = (typed) => (typed.trim() !== "" && Number.isFinite(Number(typed)) ? Number(typed) : typed);
const READ = {
  number, integer: number,
  json: (typed) => { try { return JSON.parse(typed); } catch { return BROKEN; } },
};

function written(value, kind) {
  if (value === undefined || (value === null && kind !== "json")) return "";
  return kind === "json" ? JSON.stringify(value, null, 2) : typeof value === "string" ? value : JSON.stringify(value);
}

function Choice({ given, schema, value, required, change }) {
  const values = schema.enum ?? [schema.const];
  const all = schema.nullable && !values.includes(null) ? [...values, null] : values;
  const picked = all.findIndex((found) => JSON.stringify(found) === JSON.stringify(value));
  return html`<select ...${given} onChange=${(event) => change(all[event.target.value])}>
    ${(!required || picked < 0) && html`<option value="" selected=${picked < 0}></option>`}
    ${all.map((found, index) => html`<option value=${index} selected=${index === picked}>${found === null ? "none"
      : String(found)}</option>`)}</select>`;
}
