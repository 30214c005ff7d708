// The workflow of benchmarks/bridge_app.py for @novu/framework on express. Arguments: port, then the two schemas as JSON.
import express from 'express';
import { serve } from '@novu/framework/express';
import { Client, workflow } from '@novu/framework';

const [port, payloadSchema, controlSchema] = process.argv.slice(2).map((text) => JSON.parse(text));

const comment = workflow(
  'comment',
  async ({ payload, step }) => {
    await step.inApp('inbox', async () => ({ subject: 'New comment', body: `${payload.name}: ${payload.comment}` }));
    await step.email('mail', async (controls) => ({ subject: controls.subject, body: controls.body }), { controlSchema });
  },
  { payloadSchema },
);
const client = new Client({ secretKey: process.env.NOVU_SECRET_KEY, strictAuthentication: true, verbose: false });
const app = express();
app.use(express.json());
app.use('/api/novu', serve({ workflows: [comment], client }));
app.listen(port, '127.0.0.1');
