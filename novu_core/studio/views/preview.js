import { Email } from "../preview/email.js";
import { Phone } from "../preview/phone.js";
import { Json } from "../ui/json.js";
import { moment, relative } from "../ui/time.js";
import { html } from "../vendor/preact.js";
import { fault, gate } from "../words.js";

const WAITS = ["digest", "delay", "throttle"];

// What a step would say. What it said last stays while the input is wrong.
export function Preview({ of: { data, error, busy }, who, kind }) {
  return html`<section class="shown" aria-label="Preview" aria-busy=${String(busy)}><h2>Preview: ${kind}</h2>
    ${error && html`<p role="alert" class="fault">${error.message}</p>`}
    ${data ? html`<${Said} of=${data} who=${who} />` : !error && html`<p class="quiet">Loading …</p>`}</section>`;
}

function Said({ of: data, who }) {
  const closed = data.closed ?? (data.skipped && { reason: data.skipped });
  return html`${closed && html`<p class="gate">${gate({ ...closed, type: data.type }, who)}</p>`}
    ${data.error ? html`<div role="alert" class="fault"><p>${fault(data.error)}</p>
        ${data.error.errors?.map((found) => html`<p><code>${found.path || "/"}</code> ${found.message}</p>`)}
        ${data.error.trace && html`<details><summary>Trace</summary>
          <pre tabindex="0">${data.error.trace}</pre></details>`}</div>`
      : !data.skipped && html`<${Output} of=${data} />`}`;
}

function Output({ of: { type, output, text, headers, source, due_at: due } }) {
  if (type === "email") {
    return output && html`<${Email} content=${output} text=${text} headers=${headers} source=${source} />`;
  }
  if (WAITS.includes(type)) {
    return html`<p>${due ? `${type === "throttle" ? "Its window would end" : "It would go on"} at ${moment(due)}
      (${relative(due)}).` : "It would not wait."}</p><${Json} value=${output} />`;
  }
  if (type === "custom") return html`<p>A preview runs no such code. Later steps are given what it would return.</p>`;
  return output && html`<${Phone} type=${type} content=${output} />`;
}
