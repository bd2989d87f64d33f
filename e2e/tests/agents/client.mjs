// An agent: the client of npm's `@modelcontextprotocol/sdk`. It does what each line of its input says, and writes one line of JSON for each, and
// one for each stream of a call that ends.
import dns from 'node:dns';
import { createInterface } from 'node:readline';
import { createRequire } from 'node:module';

const { PACKAGES, URL: ADDRESS, TOKEN } = process.env;
const packages = createRequire(`${PACKAGES}/`);
const sdk = (path) => import(packages.resolve(`@modelcontextprotocol/sdk/${path}`));
const { Client } = await sdk('client/index.js');
const { StreamableHTTPClientTransport } = await sdk('client/streamableHttp.js');

const lookup = dns.lookup;
dns.lookup = (host, options, done) => lookup(host.endsWith('.localhost') ? '127.0.0.1' : host, options, done);
const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);

async function watched(url, init) {
  const response = await fetch(url, init);
  if (init?.method !== 'POST' || !response.headers.get('content-type')?.startsWith('text/event-stream')) return response;
  const body = JSON.parse(init.body);
  let text = '';
  const watch = new TransformStream({
    transform: (piece, on) => { text += new TextDecoder().decode(piece); on.enqueue(piece); },
    flush: () => say({ ended: body.params?.name ?? body.method, text }),
  });
  return new Response(response.body.pipeThrough(watch), response);
}

const transport = new StreamableHTTPClientTransport(new URL(ADDRESS), {
  requestInit: { headers: { Authorization: `Bearer ${TOKEN}` } }, fetch: watched,
});
const client = new Client({ name: 'assistant', version: '1' });
const done = (value) => say({ done: value ?? null });
const failed = (error) => say({ failed: error.message, code: error.code, data: error.data });

for await (const line of createInterface({ input: process.stdin })) {
  const [what, name, args] = JSON.parse(line);
  const asked = {
    connect: () => client.connect(transport),
    list: () => client.listTools(),
    call: () => client.callTool({ name, arguments: args ?? {} }),
  }[what];
  const answer = asked().then(done, failed);
  if (name !== 'wait') await answer;
}
process.exit(0);
