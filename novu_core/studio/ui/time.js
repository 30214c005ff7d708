import { html } from "../vendor/preact.js";

const UNITS = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];
const relativeFormat = new Intl.RelativeTimeFormat("en", { numeric: "always" });
const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
const whole = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "long" });

export function relative(at, now = Date.now()) {
  const seconds = Math.round((new Date(at) - now) / 1000);
  const [unit, size] = UNITS.find(([, length]) => Math.abs(seconds) >= length) ?? UNITS[3];
  return relativeFormat.format(Math.trunc(seconds / size), unit);
}

export function moment(at, now = Date.now()) {
  const date = new Date(at);
  return (date.toDateString() === new Date(now).toDateString() ? clock : day).format(date);
}

export function duration(from, to) {
  const seconds = (new Date(to) - new Date(from)) / 1000;
  if (seconds < 1) return `${Math.max(0, Math.round(seconds * 1000))} ms`;
  if (seconds < 60) return `${Math.round(seconds * 10) / 10} s`;
  const [unit, size] = UNITS.find(([, length]) => seconds >= length);
  const value = Math.round((seconds / size) * 10) / 10;
  return `${value} ${unit}${value === 1 ? "" : "s"}`;
}

export const Time = ({ at, ago }) => at
  ? html`<time datetime=${at} title=${whole.format(new Date(at))}>${ago ? relative(at) : moment(at)}</time>` : null;
