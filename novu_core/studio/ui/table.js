import { html } from "../vendor/preact.js";

// Rows of a list, each with one link; on a narrow screen a row is a card whose cells carry their column's name.
export const Table = ({ label, columns, children }) => html`<table aria-label=${label}>
  <thead><tr>${columns.map((column) => html`<th scope="col">${column}</th>`)}</tr></thead>
  <tbody>${children}</tbody></table>`;

export const Cell = ({ of: column, children }) => html`<td data-of=${column}>${children}</td>`;
