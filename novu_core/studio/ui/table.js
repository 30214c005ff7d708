import { html, useEffect, useState } from "../vendor/preact.js";

// Rows of a list, each with one link; on a narrow screen a row is a card whose cells carry their column's name.
export const Table = ({ label, columns, children }) => html`<table aria-label=${label}>
  <thead><tr>${columns.map((column) => html`<th scope="col">${column}</th>`)}</tr></thead>
  <tbody>${children}</tbody></table>`;

export const Cell = ({ of: column, children }) => html`<td data-of=${column}>${children}</td>`;

// A filter that is typed: what was begun stays through every refresh, and counts once it is finished.
export function Filter({ name, label, value = "", set }) {
  const [typed, type] = useState();
  useEffect(() => type(undefined), [value]);
  return html`<span class="field"><label for=${name}>${label}</label><input id=${name} value=${typed ?? value}
    onInput=${(event) => type(event.target.value)} onChange=${(event) => set(event.target.value)} /></span>`;
}
