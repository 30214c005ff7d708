import { Json } from "../ui/json.js";
import { html } from "../vendor/preact.js";
import { plural } from "../words.js";

const GSM = /^[\n\r -_a-z£¥èéùìòÇØøÅåΔΦΓΛΩΠΨΣΘΞÆæßÉ¤¡ÄÖÑÜ§¿äöñüà{|}~€]*$/;
const TWICE = /[\^{}\\[~\]|€]/g;

// How many messages a text is cut into.
export function segments(text) {
  const plain = GSM.test(text);
  const length = plain ? text.length + (text.match(TWICE)?.length ?? 0) : text.length;
  const [one, each] = plain ? [160, 153] : [70, 67];
  return { length, count: length <= one ? 1 : Math.ceil(length / each), plain };
}

function Sms({ content }) {
  const { length, count, plain } = segments(content.body ?? "");
  return html`<p class="bubble">${content.body}</p><p class="quiet">${plural(length, "character")},
    ${" "}${plural(count, "segment")}${plain ? "" : " (not in the alphabet of SMS, so each holds less)"}</p>`;
}

const Push = ({ content }) => html`<div class="lock"><strong>${content.subject ?? content.title}</strong>
  <p>${content.body}</p></div>`;

function Bell({ content }) {
  const actions = [content.primaryAction, content.secondaryAction].filter(Boolean);
  return html`<div class="lock">${content.subject && html`<strong>${content.subject}</strong>`}<p>${content.body}</p>
    ${actions.length > 0 && html`<p class="actions">${actions.map(({ label }) => html`<span class="tag">
      ${label}</span>`)}</p>`}
    ${content.redirect?.url && html`<p class="quiet">leads to <code>${content.redirect.url}</code></p>`}</div>`;
}

const Chat = ({ content }) => html`<p class="bubble">${content.body}</p>`;
const FORMS = { sms: Sms, push: Push, in_app: Bell, chat: Chat };

// A message of a channel that is no e-mail, as a phone shows it; what else it holds is folded.
export function Phone({ type, content }) {
  const Form = FORMS[type];
  return html`${Form && html`<${Form} content=${content} />`}<details open=${!Form}><summary>All of it</summary>
    <${Json} value=${content} /></details>`;
}
