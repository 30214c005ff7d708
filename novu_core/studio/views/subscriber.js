import { link, path, query as toQuery, useData } from "../api.js";
import { Json } from "../ui/json.js";
import { Loaded, Page } from "../ui/page.js";
import { Table } from "../ui/table.js";
import { Time } from "../ui/time.js";
import { html } from "../vendor/preact.js";
import { KINDS, nameOf, wish } from "../words.js";
import { COLUMNS, Row } from "./runs.js";

export function Subscriber({ ids: [id] }) {
  const found = useData(path("subscribers", id), { every: 10 });
  const runs = useData(`/executions${toQuery({ subscriber_id: id, view: "summary", limit: 10 })}`, { every: 2 });
  const messages = useData(`/messages${toQuery({ subscriber_id: id, limit: 10 })}`, { every: 2 });
  return html`<${Page} title=${id} lead=${html`<a href="#/subscribers">Subscribers</a>`}>
    <${Loaded} of=${found}>${(told) => html`<${About} of=${told} />`}</${Loaded}>
    <h2>Last runs</h2><${Loaded} of=${runs}>${({ items }) => items.length === 0 ? html`<p>No run yet.</p>`
      : html`<${Table} label="Runs" columns=${COLUMNS}>${items.map((run) => html`<${Row} key=${run.execution_id}
        run=${run} />`)}</${Table}><p><a href=${`#/runs${toQuery({ subscriber: id })}`}>All runs</a></p>`}</${Loaded}>
    <h2>Last messages</h2><${Loaded} of=${messages}>${({ items }) => items.length === 0 ? html`<p>No message yet.</p>`
      : html`<ul class="events">${items.map((message) => html`<li key=${message.message_id}><span class="kind">
        ${KINDS[message.channel]}</span> <a data-row href=${link("messages", message.message_id)}>${message.title
        || "(no title)"}</a> <${Time} at=${message.created_at} /></li>`)}</ul>
        <p><a href=${`#/messages${toQuery({ subscriber: id })}`}>All messages</a></p>`}</${Loaded}></${Page}>`;
}

function local(zone) {
  try {
    const clock = new Intl.DateTimeFormat(undefined, { timeZone: zone, hour: "2-digit", minute: "2-digit" });
    return clock.format(new Date());
  } catch {
    return "not a time zone";
  }
}

function About({ of: { subscriber, reachable, preferences, topics, unread } }) {
  const who = nameOf(subscriber), { email, phone, locale, timezone } = subscriber;
  const rest = preferences.workflows.filter(({ channels }) =>
    Object.values(channels).some(({ rule }) => !["default", "subscriber_global"].includes(rule)));
  return html`<dl class="facts"><dt>Name</dt><dd>${who}</dd>
      ${email && html`<dt>E-mail</dt><dd>${email}</dd>`}${phone && html`<dt>Phone</dt><dd>${phone}</dd>`}
      <dt>Reachable by</dt><dd>${Object.keys(reachable).filter((name) => reachable[name]).map((name) => KINDS[name])
        .join(", ") || "in-app only"}</dd>
      <dt>Language</dt><dd>${locale ?? "the app's"}</dd>
      ${timezone && html`<dt>Time zone</dt><dd>${timezone}, where it is ${local(timezone)}</dd>`}
      <dt>Topics</dt><dd>${topics.join(", ") || "none"}</dd><dt>Unread</dt><dd>${unread}</dd></dl>
    <h2>Wishes</h2><${Wishes} channels=${preferences.channels} who=${who} />
    ${rest.map((found) => html`<h3><a href=${link("workflows", found.workflow_id)}>${found.workflow_id}</a>
      ${found.critical && " (critical)"}</h3><${Wishes} channels=${found.channels} who=${who} />`)}
    ${preferences.schedule && html`<h2>Hours</h2><${Json} value=${preferences.schedule} />`}
    <details><summary>All that is known</summary><${Json} value=${subscriber} /></details>`;
}

const Wishes = ({ channels, who }) => html`<ul>${Object.entries(channels).map(([name, found]) => html`<li>
  ${KINDS[name]}: <strong>${found.enabled ? "on" : "off"}</strong>, ${wish(found.rule, who)}</li>`)}</ul>`;
