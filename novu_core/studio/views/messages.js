import { address, link, path, query as toQuery, useData } from "../api.js";
import { Email } from "../preview/email.js";
import { Phone } from "../preview/phone.js";
import { Empty, Loaded, Page } from "../ui/page.js";
import { Filter, narrow } from "../ui/table.js";
import { Time } from "../ui/time.js";
import { html, useEffect, useRef } from "../vendor/preact.js";
import { KINDS } from "../words.js";

const CHANNELS = ["email", "in_app", "sms", "push", "chat", "tool"];

// The list, and beside it what one holds: choosing another keeps the list where it is.
export function Messages({ ids: [id], query }) {
  const { cursor, ...filters } = query;
  const messages = useData(`/messages${toQuery({
    channel: filters.channel, subscriber_id: filters.subscriber, text: filters.text, execution_id: filters.run,
    limit: 50, cursor,
  })}`, { every: cursor ? 0 : 2 });
  const field = (name, label) => html`<${Filter} name=${name} label=${label} value=${filters[name]} />`;
  return html`<${Page} title="Messages">
    <form class="filters" aria-label="Filters" onSubmit=${(event) => event.preventDefault()}>
      <span class="field"><label for="channel">Channel</label><select id="channel"
        onChange=${(event) => narrow("channel", event.target.value)}><option value="">all</option>
        ${CHANNELS.map((name) => html`<option value=${name} selected=${filters.channel === name}>
          ${KINDS[name]}</option>`)}
      </select></span>${field("subscriber", "Subscriber")}${field("text", "Text")}</form>
    <div class="reader"><${Loaded} of=${messages}>${({ items, next_cursor: next }) => html`<div>
      ${items.length === 0 ? html`<${Empty}><p>${Object.keys(filters).length && !cursor ? "No messages match."
        : "Nothing was sent yet."}</p></${Empty}>`
        : html`<ul class="mails" aria-label="Messages">${items.map((message) => html`<${Row}
            key=${message.message_id} message=${message} chosen=${id} filters=${query} />`)}</ul>`}
      <p class="pages">${cursor && html`<a href=${`#/messages${toQuery(filters)}`}>Newest</a>`} ${next && html`<a
        href=${`#/messages${toQuery({ ...filters, cursor: next })}`}>Older</a>`}</p></div>`}</${Loaded}>
      ${id && html`<${Reader} key=${id} id=${id} />`}</div></${Page}>`;
}

const Row = ({ message, chosen, filters }) => html`<li><a data-row href=${link("messages", message.message_id)
    + toQuery(filters)} aria-current=${message.message_id === chosen ? "true" : null}>
  <span class="kind">${KINDS[message.channel] ?? message.channel}</span>
  ${" "}<strong>${message.title || "(no title)"}</strong>
  <span class="quiet">${message.to ?? message.subscriber_id}, <${Time} at=${message.created_at} /></span></a></li>`;

function Reader({ id }) {
  const message = useData(path("messages", id));
  const region = useRef();
  useEffect(() => { if (message.data && innerWidth < 900) region.current.scrollIntoView(); }, [Boolean(message.data)]);
  return html`<section aria-label="Message" class="one" ref=${region}><${Loaded} of=${message}>${(found) => html`
    ${found.channel === "email" ? html`<${Email} ...${found} download=${address(`${path("messages", id)}/source`)} />`
      : html`<${Phone} type=${found.channel} content=${found.content} />`}
    <dl class="facts"><dt>To</dt><dd>${found.to} <a href=${link("subscribers", found.subscriber_id)}>
      ${found.subscriber_id}</a></dd>
      <dt>Provider</dt><dd>${found.provider}${found.provider === "console" ? " (caught, not sent)" : ""}</dd>
      ${found.feedback.map((each) => html`<dt>Reported</dt><dd>${each.kind.replace("_", " ")} of ${each.address},
        ${" "}<${Time} at=${each.at} />: ${each.reason}</dd>`)}
      ${found.provider_message_id && html`<dt>Its id there</dt><dd><code>${found.provider_message_id}</code></dd>`}
      <dt>Sent</dt><dd><${Time} at=${found.created_at} /></dd>
      <dt>Run</dt><dd><a href=${link("runs", found.execution_id)}>${found.workflow_id}</a>, step
        ${" "}${found.step_id}</dd></dl>`}
    </${Loaded}></section>`;
}
