import { query as toQuery } from "../api.js";
import { html, useRef } from "../vendor/preact.js";

// Rows of a list, each with one link; on a narrow screen a row is a card whose cells carry their column's name.
export const Table = ({ label, columns, children }) => html`<table aria-label=${label}>
  <thead><tr>${columns.map((column) => html`<th scope="col">${column}</th>`)}</tr></thead>
  <tbody>${children}</tbody></table>`;

export const Cell = ({ of: column, children }) => html`<td data-of=${column}>${children}</td>`;

// Sets a filter in the address, beside those that stand there now: the view may not have been drawn since the last one.
export function narrow(name, value) {
  const [at, search] = location.hash.split("?");
  location.hash = at + toQuery({ ...Object.fromEntries(new URLSearchParams(search)), cursor: "", [name]: value });
}

// A filter that is typed: what was begun stays through every refresh, and counts once it is finished. What is typed
// while the address takes over what was finished stays too; another address ends it.
export function Filter({ name, label, value = "" }) {
  const typed = useRef({ over: value }).current;
  if (value !== typed.over) {
    if (value !== typed.sent) typed.text = undefined;
    Object.assign(typed, { over: value, sent: undefined });
  }
  const finish = ({ target }) => {
    typed.sent = target.value;
    narrow(name, target.value);
  };
  return html`<span class="field"><label for=${name}>${label}</label><input id=${name} value=${typed.text ?? value}
    onInput=${({ target }) => { typed.text = target.value; }} onChange=${finish} /></span>`;
}
