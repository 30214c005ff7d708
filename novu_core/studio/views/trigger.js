import { link, path, send, useAction } from "../api.js";
import { Field } from "../form/field.js";
import { blank } from "../form/schema.js";
import { Value } from "../form/value.js";
import { Dialog } from "../ui/dialog.js";
import { known } from "../ui/json.js";
import { Fault } from "../ui/page.js";
import { html, useState } from "../vendor/preact.js";

const TEXT = { type: "string" };

// Trigger a workflow; `run`: whose subscriber and payload to begin with.
export function Trigger({ workflow, run, close }) {
  const { workflow_id: id, payload_schema: schema } = workflow;
  const [who, setWho] = useState(run?.subscriber.subscriberId ?? "");
  const [email, setEmail] = useState();
  const [gone] = useState([]);
  const [payload, setPayload] = useState(() => known(run?.payload, gone) ?? blank(schema ?? {}, schema) ?? {});
  const trigger = useAction(async () => {
    const to = email ? { subscriberId: who, email } : who;
    try {
      const { data } = await send("POST", path("workflows", id, "execute"), { to, payload });
      location.hash = link("runs", data.execution_id);
    } catch (error) {
      if (!error.data?.execution_id) throw error;
      location.hash = link("runs", error.data.execution_id);
    }
    close();
  });
  const submit = (event) => {
    event.preventDefault();
    if (!trigger.busy) trigger.run();
  };
  const errors = trigger.error?.errors ?? [];
  return html`<${Dialog} title=${run ? "Run again" : `Trigger ${workflow.name}`} close=${close}>
    <form onSubmit=${submit} novalidate>
    <${Field} label="Subscriber id" path="/to" schema=${TEXT} value=${who} required errors=${errors}
      change=${(next) => setWho(next ?? "")} />
    <${Field} label="E-mail" path="/to/email" schema=${TEXT} value=${email} errors=${errors} change=${setEmail} />
    <h3>Payload</h3>
    ${gone.length > 0 && html`<p class="note">The history no longer has ${gone.map((name, index) => html`${index > 0
      && ", "}<code>${name}</code>`)}. Fill in ${gone.length > 1 ? "these values" : "this value"} again.</p>`}
    <${Value} label="Payload" schema=${schema ?? {}} value=${payload} change=${setPayload}
      errors=${errors} path="/payload" /><${Fault} error=${trigger.error} />
    <p class="actions"><button class="main">Trigger</button></p></form></${Dialog}>`;
}
