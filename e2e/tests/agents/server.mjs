// A server of tools: npm's `@modelcontextprotocol/sdk` over streamable HTTP. Each tool that it hears of is one line of its output.
import { createServer } from 'node:http';
import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';

const packages = createRequire(`${process.env.PACKAGES}/`);
const sdk = (path) => import(packages.resolve(`@modelcontextprotocol/sdk/${path}`));
const { Server } = await sdk('server/index.js');
const { StreamableHTTPServerTransport } = await sdk('server/streamableHttp.js');
const { CallToolRequestSchema, ListToolsRequestSchema } = await sdk('types.js');

const TOOLS = ['find_customer', 'delete_customer', 'send_money', 'wait'];
const sessions = new Map();

function server() {
  const one = new Server({ name: 'customers', version: '1' }, { capabilities: { tools: {} } });
  one.setRequestHandler(ListToolsRequestSchema, () => ({
    tools: TOOLS.map((name) => ({ name, inputSchema: { type: 'object' } })),
  }));
  one.setRequestHandler(CallToolRequestSchema, async (request) => {
    console.log(`called ${request.params.name}`);
    if (request.params.name === 'wait') await new Promise(() => {});
    return { content: [{ type: 'text', text: 'Yamada Hanako, card number 4111 1111 1111 1111' }] };
  });
  return one;
}

async function answer(request, response) {
  let transport = sessions.get(request.headers['mcp-session-id']);
  if (!transport) {
    transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: () => randomUUID(),
      onsessioninitialized: (id) => sessions.set(id, transport),
    });
    await server().connect(transport);
  }
  await transport.handleRequest(request, response);
}

const http = createServer((request, response) => {
  answer(request, response).catch((error) => { console.log(`failed ${error}`); response.destroy(); });
});
http.listen(Number(process.env.PORT), '127.0.0.1', () => console.log('ready'));
