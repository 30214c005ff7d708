import { html, useEffect, useLayoutEffect, useRef, useState } from "../vendor/preact.js";

// What to ask before a view with changes is left.
export const leaving = { ask: null };
addEventListener("beforeunload", (event) => leaving.ask && event.preventDefault());

// A view: its h1 takes the focus on arrival, so that what reads the page aloud begins there.
export function Page({ title, lead, actions, children }) {
  const heading = useRef();
  useLayoutEffect(() => heading.current.focus({ preventScroll: true }), []); // later it would take what is typed
  useEffect(() => { document.title = `${title} - Studio`; }, [title]);
  return html`<div class="page">
    <div class="head"><h1 tabindex="-1" ref=${heading}>${title}</h1><div class="actions">${actions}</div></div>
    ${lead && html`<p class="lead">${lead}</p>`}${children}</div>`;
}

export const Fault = ({ error }) => error
  ? html`<div role="alert" class="fault"><p>${error.message}</p>
      ${error.errors.length > 0 && html`<ul>${error.errors.map((found) => html`<li><code>${found.path || "/"}</code>
        ${" "}${found.message}</li>`)}</ul>`}
      ${error.id && html`<p class="quiet">error_id <code>${error.id}</code></p>`}</div>` : null;

// What is fetched once it is needed: a function that imports its module, and its name there.
export const lazy = (load, name) => {
  let View;
  return function Lazy(props) {
    const [found, setFound] = useState({ View });
    useLayoutEffect(() => {
      if (!View) load().then((module) => setFound({ View: View = module[name] }), () => setFound({ error: GONE }));
    }, []);
    return found.View ? html`<${found.View} ...${props} />` : html`<${Fault} error=${found.error} />`;
  };
};
const GONE = { message: "The server does not answer, or has another version now: load this page again.", errors: [] };

export const Empty = ({ children }) => html`<div class="empty">${children}</div>`;

// What there is of data: the failure above what was known before it, a note while nothing is known.
export function Loaded({ of: { data, error }, children }) {
  return html`<${Fault} error=${error} />${data ? children(data) : !error && html`<p class="quiet">Loading …</p>`}`;
}

export const Button = ({ action, children, kind }) => html`<button type="button" class=${kind}
  aria-disabled=${action.busy ? "true" : null} onClick=${() => !action.busy && action.run()}>${children}</button>`;
