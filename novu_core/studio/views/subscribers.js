import { link, query as toQuery, useData } from "../api.js";
import { Empty, Loaded, Page } from "../ui/page.js";
import { Cell, Filter, Table } from "../ui/table.js";
import { Time } from "../ui/time.js";
import { html } from "../vendor/preact.js";
import { nameOf } from "../words.js";

const FIELDS = { subscriber_id: "Subscriber", name: "Name", email: "E-mail", phone: "Phone" };

export function Subscribers({ query }) {
  const { cursor, ...filters } = query;
  const found = useData(`/subscribers${toQuery({ ...filters, limit: 50, cursor })}`, { every: cursor ? 0 : 10 });
  return html`<${Page} title="Subscribers">
    <form class="filters" aria-label="Filters" onSubmit=${(event) => event.preventDefault()}>
      ${Object.entries(FIELDS).map(([name, label]) => html`<${Filter} key=${name} name=${name} label=${label}
        value=${filters[name]} />`)}</form>
    <${Loaded} of=${found}>${({ items, next_cursor: next }) => html`${items.length === 0
      ? html`<${Empty}><p>${Object.keys(filters).length ? "Nobody matches: each field is compared as a whole."
        : "Subscribers are created by their first trigger."}</p></${Empty}>`
      : html`<${Table} label="Subscribers" columns=${["Id", "Name", "E-mail", "Phone", "Changed"]}>
        ${items.map(({ subscriber, updated_at: changed }) => html`<${Row} key=${subscriber.subscriberId}
          of=${subscriber} changed=${changed} />`)}</${Table}>`}
      <p class="pages">${cursor && html`<a href=${`#/subscribers${toQuery(filters)}`}>First</a>`} ${next && html`<a
        href=${`#/subscribers${toQuery({ ...filters, cursor: next })}`}>More</a>`}</p>`}</${Loaded}></${Page}>`;
}

const Row = ({ of: subscriber, changed }) => html`<tr>
  <${Cell} of="Id"><a data-row href=${link("subscribers", subscriber.subscriberId)}>
    ${subscriber.subscriberId}</a></${Cell}>
  <${Cell} of="Name">${subscriber.firstName || subscriber.lastName ? nameOf(subscriber) : null}</${Cell}>
  <${Cell} of="E-mail">${subscriber.email}</${Cell}><${Cell} of="Phone">${subscriber.phone}</${Cell}>
  <${Cell} of="Changed"><${Time} at=${changed} /></${Cell}></tr>`;
