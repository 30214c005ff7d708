import { html } from "./vendor/preact.js";

const ORDER = ["completed", "merged", "throttled", "canceled", "waiting", "running", "pending", "partial", "failed"];
const WIDTH = 600, HEIGHT = 120;

// Rows with a bar each: the table is the chart.
export function Bars({ label, columns, rows }) {
  const most = Math.max(1, ...rows.map((row) => row.value));
  return html`<table aria-label=${label}>
    <thead><tr>${columns.map((word) => html`<th scope="col">${word}</th>`)}</tr></thead>
    <tbody>${rows.map((row) => html`<tr key=${row.key}><td data-of=${columns[0]}>${row.href
      ? html`<a data-row href=${row.href}>${row.name}</a>` : row.name}</td>
      <td data-of=${columns[1]}>${row.value} <svg class="bar-of" viewBox="0 0 100 8" preserveAspectRatio="none"
        aria-hidden="true"><rect class=${row.tone ?? "busy"} width=${(100 * row.value) / most} height="8" /></svg></td>
      ${columns.length > 2 && html`<td data-of=${columns[2]}>${row.note}</td>`}</tr>`)}</tbody></table>`;
}

// Columns of runs by time, stacked by what became of them, and the same as a table.
export function Stacks({ label, runs, href, told, words }) {
  const sum = ({ counts }) => Object.values(counts).reduce((total, count) => total + count, 0);
  const most = Math.max(1, ...runs.map(sum)), width = WIDTH / Math.max(runs.length, 24);
  const kinds = ORDER.filter((kind) => runs.some(({ counts }) => counts[kind]));
  const stack = ({ at, counts }, index) => {
    let top = HEIGHT;
    return kinds.filter((kind) => counts[kind]).map((kind) => {
      const height = (counts[kind] * HEIGHT) / most;
      top -= height;
      return html`<rect key=${at + kind} class=${`of-${kind}`} x=${index * width + 1} y=${top}
        width=${Math.max(1, width - 2)} height=${height}>
        <title>${told(at)}: ${counts[kind]} ${words[kind]}</title></rect>`;
    });
  };
  return html`<figure><figcaption>${label}</figcaption>
    <svg class="stacks" viewBox=${`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label=${`${label}: ${runs.reduce(
      (total, found) => total + sum(found), 0)} runs`}>${runs.map(stack)}</svg>
    <p class="key">${kinds.map((kind) => html`<span><i class=${`of-${kind}`}></i> ${words[kind]}</span>`)}</p>
    <details><summary>Table</summary><table aria-label=${label}><thead><tr><th scope="col">From</th>
      ${kinds.map((kind) => html`<th scope="col">${words[kind]}</th>`)}</tr></thead><tbody>
      ${runs.filter(sum).map((found) => html`<tr key=${found.at}><td data-of="From"><a href=${href(found)}>
        ${told(found.at)}</a></td>
        ${kinds.map((kind) => html`<td data-of=${words[kind]}>${found.counts[kind] ?? 0}</td>`)}
      </tr>`)}</tbody></table></details>
  </figure>`;
}
