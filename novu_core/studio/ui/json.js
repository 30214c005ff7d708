import { html, useState } from "../vendor/preact.js";

const SECRET = /pass(word|phrase|code)?$|token|secret|otp|(^|_)code$|Code$|api_?key|credential/i;

// What the history says in place of a secret that it no longer has.
const GONE = "••••";

// A value without its secrets that are gone, whose paths are put into `gone`.
export function known(value, gone, path = "") {
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map((item, index) => known(item, gone, `${path}${index}.`));
  const kept = Object.entries(value).filter(([name, item]) => item !== GONE || !gone.push(path + name));
  return Object.fromEntries(kept.map(([name, item]) => [name, known(item, gone, `${path}${name}.`)]));
}

export const secret = (name) => SECRET.test(name);

const veil = (name, value) => (SECRET.test(name) && ["string", "number"].includes(typeof value) ? "••••" : value);

// JSON in one line, without what sounds like a secret.
export const brief = (value) => JSON.stringify(value, veil);

// JSON to read; values at keys that sound like secrets are dots until they are clicked.
export const Json = ({ value }) => html`<pre class="json" tabindex="0"><${Value} value=${value} indent="" /></pre>`;

function Value({ value, indent, name }) {
  if (value === null || typeof value !== "object") {
    const secret = name && value !== GONE && SECRET.test(name) && ["string", "number"].includes(typeof value);
    return secret ? html`<${Hidden} value=${value} />` : JSON.stringify(value) ?? "null";
  }
  const list = Array.isArray(value), keys = Object.keys(value), deeper = `${indent}  `;
  if (!keys.length) return list ? "[]" : "{}";
  return html`${list ? "[" : "{"}${keys.map((key, index) => html`
${"\n" + deeper}${list ? "" : `${JSON.stringify(key)}: `}<${Value} value=${value[key]} indent=${deeper}
  name=${list ? name : key} />${index < keys.length - 1 ? "," : ""}`)}${"\n" + indent}${list ? "]" : "}"}`;
}

function Hidden({ value }) {
  const [shown, show] = useState(false);
  if (shown) return JSON.stringify(value);
  return html`<button type="button" class="hidden" aria-label="Show what is hidden"
    onClick=${() => show(true)}>••••</button>`;
}
