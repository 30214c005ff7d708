import { html } from "../vendor/preact.js";
import { Field } from "./field.js";
import { blank, kindOf, labelOf, pointer, resolve } from "./schema.js";

// The fields of an object. `tail`: what stands after the field of a name at the top.
export function Fields({ schema, root = schema, value, change, errors, path, keep, tail }) {
  const found = resolve(schema, root), given = value !== null && typeof value === "object" ? value : {};
  const set = (name) => (next) => {
    const { [name]: _, ...rest } = given;
    change(next === undefined ? rest : { ...given, [name]: next });
  };
  return html`<${Faults} errors=${errors} path=${path} names=${Object.keys(found.properties ?? {})} />
    ${Object.entries(found.properties ?? {}).map(([name, of]) => html`<${Any} key=${name} schema=${of} root=${root}
      name=${name} value=${given[name]} change=${set(name)} errors=${errors} path=${pointer(path, name)} keep=${keep}
      required=${found.required?.includes(name)} tail=${tail?.(name)} />`)}`;
}

// Faults of the whole, and of what has no field.
function Faults({ errors, path, names }) {
  const known = names.map((name) => pointer(path, name));
  const told = errors.filter((found) => found.path === path || (found.path.startsWith(`${path}/`)
    && !known.some((one) => found.path === one || found.path.startsWith(`${one}/`))));
  return told.length > 0 && html`<div class="fault">${told.map((found) => html`<p>${found.path.slice(path.length)
    && html`<code>${found.path.slice(path.length)}</code> `}${found.message}</p>`)}</div>`;
}

function Any({ schema, root, name, value, path, label, ...more }) {
  const found = resolve(schema, root), kind = kindOf(found), word = label ?? labelOf(name, found);
  if (kind === "object") {
    return html`<fieldset><legend>${word}</legend>${more.tail}<${Fields} schema=${found} root=${root} value=${value}
      path=${path} change=${more.change} errors=${more.errors} keep=${more.keep} /></fieldset>`;
  }
  if (kind === "array") {
    return html`<${List} ...${more} schema=${found} root=${root} value=${value} path=${path} label=${word} />`;
  }
  return html`<${Field} ...${more} schema=${found} value=${value} path=${path} label=${word} />`;
}

function List({ schema, root, value, path, label, change, errors, keep, tail }) {
  const items = Array.isArray(value) ? value : [];
  const without = (index) => items.filter((_, at) => at !== index);
  return html`<fieldset><legend>${label}</legend>${tail}<${Faults} errors=${errors.filter((one) => one.path === path)}
      path=${path} names=${[]} />
    ${items.map((item, index) => html`<div class="entry" key=${index}><${Any} schema=${schema.items} root=${root}
      value=${item} label=${`${label} ${index + 1}`} name=${index} path=${pointer(path, index)}
      errors=${errors} keep=${keep} required
      change=${(next) => change(items.map((old, at) => (at === index ? next : old)))} />
      <button type="button" class="small" aria-label=${`Remove ${label} ${index + 1}`}
        onClick=${() => change(without(index))}>Remove</button></div>`)}
    <button type="button" class="small"
      onClick=${() => change([...items, blank(schema.items, root)])}>Add</button></fieldset>`;
}
