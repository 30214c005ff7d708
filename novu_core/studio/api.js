// What asks the server, and keeps what a view shows up to date.
import { useEffect, useRef, useState } from "./vendor/preact.js";

const root = new URL("../../", import.meta.url);
export const LOGGED_OUT = "studio:logged-out";

export class Failure extends Error {
  constructor(status, body, retryAfter) {
    super(body?.detail ?? (status ? `The server answered ${status}.` : "The server does not answer."));
    Object.assign(this, { status, data: body, id: body?.error_id, errors: body?.errors ?? [], retryAfter });
  }
}

export const address = (path) => new URL(`.${path}`, root).href;

export const path = (...parts) => "/" + parts.map(encodeURIComponent).join("/");

export const link = (...parts) => `#${path(...parts)}`;

export function query(values) {
  const given = Object.entries(values).filter(([, value]) => value !== undefined && value !== null && value !== "");
  return given.length ? `?${new URLSearchParams(given)}` : "";
}

export async function ask(at, { method = "GET", body, etag, match, signal } = {}) {
  const headers = { accept: "application/json" };
  if (body !== undefined) headers["content-type"] = "application/json";
  if (etag) headers["if-none-match"] = etag;
  if (match) headers["if-match"] = match;
  let answer;
  try {
    answer = await fetch(address(at), {
      method, headers, signal, cache: "no-store", body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch (fault) {
    if (fault.name === "AbortError") throw fault;
    throw new Failure(0);
  }
  if (answer.status === 304) return { same: true, etag };
  const data = await answer.json().catch(() => null);
  if (answer.status === 401 && at !== "/studio/session") dispatchEvent(new Event(LOGGED_OUT));
  if (!answer.ok) throw new Failure(answer.status, data, answer.headers.get("retry-after"));
  return { data, etag: answer.headers.get("etag") };
}

export const send = (method, at, body, more) => ask(at, { method, body, ...more });

// Data of a path, asked again every so many seconds while the page is seen. A failure keeps what was there before.
export function useData(at, { every = 0 } = {}) {
  const [state, setState] = useState({ at: null });
  const now = useRef();
  useEffect(() => {
    if (!at) return undefined;
    let timer, etag, over = false, busy = false, again = false;
    const stop = new AbortController();
    const look = async () => {
      clearTimeout(timer);
      again = busy;
      if (over || busy) return;
      busy = true;
      try {
        const found = await ask(at, { etag, signal: stop.signal });
        etag = found.etag;
        if (!over) setState((old) => (found.same ? (old.error ? { ...old, error: null } : old) : { at, ...found }));
      } catch (error) {
        if (!over) setState((old) => ({ at, data: old.at === at ? old.data : undefined, etag: old.etag, error }));
      }
      busy = false;
      if (again) look(); // what is on its way when it is asked for anew may be of before that
      else if (every && !over && !document.hidden) timer = setTimeout(look, every * 1000);
    };
    const seen = () => (document.hidden ? clearTimeout(timer) : every && look());
    document.addEventListener("visibilitychange", seen);
    now.current = look;
    look();
    return () => {
      over = true;
      stop.abort();
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", seen);
    };
  }, [at, every]);
  const mine = state.at === at ? state : {};
  return { data: mine.data, etag: mine.etag, error: mine.error, refresh: () => now.current?.() };
}

// Something that a button does: its state, and the failure of the last time.
export function useAction(act) {
  const [state, setState] = useState({});
  const run = async (...given) => {
    setState({ busy: true });
    try {
      const done = await act(...given);
      setState({ done: true });
      return done;
    } catch (error) {
      setState({ error });
      return undefined;
    }
  };
  return { ...state, run, clear: () => setState({}) };
}
