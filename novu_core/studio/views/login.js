import { send, useAction } from "../api.js";
import { Fault, Page } from "../ui/page.js";
import { html, useEffect, useState } from "../vendor/preact.js";

// With `code`: that of a link that logs in once.
export function Login({ session, entered, code }) {
  const [password, setPassword] = useState("");
  const login = useAction(async (given) => entered((await send("POST", "/studio/session", { password: given })).data));
  useEffect(() => { if (code) login.run(code); }, []);
  if (session.login === "app") {
    return html`<${Page} title="Log in"><p>The app decides who may use the Studio. Log in there, then load this page
      again.</p></${Page}>`;
  }
  const submit = (event) => {
    event.preventDefault();
    if (!login.busy) login.run(password);
  };
  const { message, retryAfter: late } = login.error ?? {};
  const wrong = message && { message: late ? `${message} Try again in ${late} s.` : message, errors: [] };
  return html`<${Page} title="Log in"><form class="narrow" onSubmit=${submit}>
    <label for="password">Password or secret key</label>
    <input id="password" type="password" autocomplete="current-password" required value=${password}
      aria-invalid=${login.error ? "true" : null} aria-describedby=${login.error ? "wrong" : null}
      onInput=${(event) => setPassword(event.target.value)} />
    <div id="wrong"><${Fault} error=${wrong} /></div><button class="main">Log in</button></form></${Page}>`;
}
