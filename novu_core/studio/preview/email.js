import { Frame } from "../ui/frame.js";
import { Tabs } from "../ui/tabs.js";
import { html, useState } from "../vendor/preact.js";

const TOLD = ["From", "To", "Cc", "Reply-To", "Subject"];
const REMOTE = /https?:\/\/[^"')\s]+/i;
const IMAGES = /<img\b|url\(/i;

// An e-mail as its recipient has it, its text, and its source.
export function Email({ content, text, headers, source, download }) {
  const [phone, setPhone] = useState(false);
  const [images, setImages] = useState(false);
  const body = content.html ?? content.body ?? "";
  const told = headers ?? [["Subject", content.subject]];
  const size = (word, on) => html`<button type="button" aria-pressed=${String(phone === on)}
    onClick=${() => setPhone(on)}>${word}</button>`;
  const rows = TOLD.flatMap((name) => told.filter(([found]) => found === name));
  return html`<dl class="facts mail">${rows.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}
      ${content.preheader && html`<dt>Preheader</dt><dd>${content.preheader}</dd>`}</dl>
    <${Tabs} label="E-mail" of=${{
      HTML: () => html`<p class="actions">${size("Desktop", false)}${size("Phone", true)}
        ${!images && IMAGES.test(body) && REMOTE.test(body) && html`<button type="button"
          onClick=${() => setImages(true)}>Load images</button>`}</p>
        <${Frame} content=${body} images=${images} width=${phone ? "phone" : "desktop"} />`,
      Text: () => html`<pre tabindex="0">${text ?? "It cannot be composed."}</pre>`,
      Source: () => html`${download && html`<p><a href=${download} download>Download (.eml)</a></p>`}
        <pre tabindex="0">${source ?? "It cannot be composed."}</pre>`,
    }} />`;
}
