import { html, useLayoutEffect, useState } from "../vendor/preact.js";
import { NAV } from "../words.js";
import { Dialog } from "./dialog.js";

const KEPT = "novu-studio-keys";
const TYPED = "input:not([type=checkbox]), textarea, select, [contenteditable]";

function step(by) {
  const rows = [...document.querySelectorAll("main [data-row]")];
  const next = rows[rows.indexOf(document.activeElement) + by] ?? (by > 0 ? rows.at(-1) : rows[0]);
  (rows.includes(document.activeElement) ? next : rows[0])?.focus();
}

// The keyboard's shortcuts, which rest while something is typed and can be switched off.
export function Keys() {
  const [shown, show] = useState(false);
  const [on, setOn] = useState(() => localStorage.getItem(KEPT) !== "off");
  useLayoutEffect(() => {
    let begun = 0;
    const pressed = (event) => {
      const { key, target } = event;
      if (event.ctrlKey || event.metaKey || event.altKey || target.closest?.(TYPED)) return;
      if (document.querySelector("dialog[open]")) return;
      const went = Date.now() - begun < 1500 && NAV.find(([, , letter]) => letter === key);
      begun = key === "g" ? Date.now() : 0;
      if (went && on) location.hash = `#/${went[0]}`;
      else if (key === "?") show(true);
      else if (on && (key === "j" || key === "k")) step(key === "j" ? 1 : -1);
      else if (on && key === "/") document.querySelector("main form input")?.focus();
      else return;
      event.preventDefault();
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  }, [on]);
  const turn = (event) => {
    setOn(event.target.checked);
    localStorage.setItem(KEPT, event.target.checked ? "on" : "off");
  };
  return shown && html`<${Dialog} title="Keys" close=${() => show(false)}><dl class="facts">
    <dt><kbd>/</kbd></dt><dd>Search</dd>
    <dt><kbd>j</kbd> <kbd>k</kbd></dt><dd>Next and previous row; <kbd>Enter</kbd> opens it</dd>
    ${NAV.map(([, word, letter]) => html`<dt><kbd>g</kbd> <kbd>${letter}</kbd></dt><dd>${word}</dd>`)}
    <dt><kbd>?</kbd></dt><dd>This list</dd><dt><kbd>Esc</kbd></dt><dd>Close</dd></dl>
    <div class="field check"><input type="checkbox" id="keys" checked=${on} onChange=${turn} />
      <label for="keys">Use these keys</label></div></${Dialog}>`;
}
