import { html } from "../vendor/preact.js";
import { STEPS, runState, stepState } from "../words.js";

const TONES = {
  done: "good", delivered: "good", failed: "bad", "partly delivered": "bad", running: "busy", queued: "busy",
  active: "good", archived: "calm",
};
const toneOf = (word) => TONES[word] ?? (word.startsWith("waits") ? "waits" : "calm");

export const Badge = ({ word }) => html`<span class="badge ${toneOf(word)}">${word}</span>`;
export const RunBadge = ({ run }) => html`<${Badge} word=${runState(run)} />`;
export const StepBadge = ({ step }) => html`<${Badge} word=${stepState(step)} />`;

// The steps of a run as dots; their words are read out.
export function Dots({ steps }) {
  const words = steps.map((word) => STEPS[word] ?? word);
  return html`<span class="dots" role="img" aria-label=${words.join(", ") || "no step yet"} title=${words.join(", ")}>
    ${words.map((word) => html`<i class=${word === "skipped" ? "skipped" : toneOf(word)}></i>`)}</span>`;
}
