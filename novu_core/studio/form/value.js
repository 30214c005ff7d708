import { html, useState } from "../vendor/preact.js";
import { Field } from "./field.js";
import { Fields } from "./fields.js";
import { kindOf, resolve } from "./schema.js";

// A value by its schema, as fields or as JSON.
export function Value({ label, schema, value, change, errors, path }) {
  const found = resolve(schema, schema);
  const fields = kindOf(found) === "object" && Object.keys(found.properties).length > 0;
  const [json, setJson] = useState(false);
  const button = (word, on) => html`<button type="button" class="small" aria-pressed=${String(json === on)}
    onClick=${() => setJson(on)}>${word}</button>`;
  return html`${fields && html`<p class="actions">${button("Form", false)}${button("JSON", true)}</p>`}
    ${fields && !json ? html`<${Fields} schema=${schema} value=${value} change=${change} errors=${errors}
      path=${path} />`
      : html`<${Field} key="json" label=${`${label} as JSON`} schema=${{}} value=${value} change=${change} path=${path}
          errors=${errors.map((one) => ({ path, message: `${one.path}: ${one.message}` }))} />`}`;
}
