// The workflows of benchmarks/bridge_app.py for @novu/framework. Arguments: express or h3, port, the mails as JSON.
import { createServer } from 'node:http';
import { Client, workflow } from '@novu/framework';

const [server, port, mails] = process.argv.slice(2);

const workflows = JSON.parse(mails).map(({ workflowId, payloadSchema, controlSchema, bell }) =>
  workflow(
    workflowId,
    async ({ payload, step }) => {
      await step.inApp('inbox', async () => ({ subject: 'News', body: `About ${payload[bell]}` }));
      await step.email('mail', async (controls) => ({ subject: controls.subject, body: controls.body }), { controlSchema });
    },
    { payloadSchema },
  ),
);
const client = new Client({ secretKey: process.env.NOVU_SECRET_KEY, strictAuthentication: true, verbose: false });

async function listener() {
  const { serve } = await import(`@novu/framework/${server}`);
  if (server === 'h3') {
    const { createApp, toNodeListener } = await import('h3');
    return toNodeListener(createApp().use('/api/novu', serve({ workflows, client })));
  }
  const { default: express } = await import('express');
  return express().use(express.json()).use('/api/novu', serve({ workflows, client }));
}
createServer(await listener()).listen(port, '127.0.0.1');
