import { html, useState } from "../vendor/preact.js";

const MOVES = { ArrowRight: 1, ArrowLeft: -1 };

// `of`: the words of the tabs and what makes each one's panel.
export function Tabs({ label, of }) {
  const words = Object.keys(of);
  const [chosen, choose] = useState(words[0]);
  const shown = words.includes(chosen) ? chosen : words[0];
  const id = `tab-${label.replace(/\W/g, "-")}`;
  const move = (event) => {
    const by = MOVES[event.key];
    if (!by) return;
    const next = words[(words.indexOf(shown) + by + words.length) % words.length];
    choose(next);
    event.currentTarget.children[words.indexOf(next)].focus();
  };
  return html`<div role="tablist" aria-label=${label} onKeyDown=${move}>${words.map((word) => html`<button type="button"
      role="tab" id=${`${id}-${word}`} aria-selected=${String(word === shown)} aria-controls=${`${id}-panel`}
      tabindex=${word === shown ? 0 : -1} onClick=${() => choose(word)}>${word}</button>`)}</div>
    <div role="tabpanel" id=${`${id}-panel`} aria-labelledby=${`${id}-${shown}`} tabindex="0">${of[shown]()}</div>`;
}
