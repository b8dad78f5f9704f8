/**
 * A back end that is not ours: the `ai` package behind Node's own HTTP server, with one route and nothing else.
 *
 *     node ai-backend.mjs ai|ai-v6      prints its port
 *
 * `GET /seen` tells of each answer how it went: `running`, `done` or `aborted`.
 */
import { createServer } from 'node:http';
import { argv } from 'node:process';

const { createUIMessageStream, pipeUIMessageStreamToResponse } = await import(argv[2]);
const seen = [];

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function answer(request, response) {
  let body = '';
  for await (const piece of request) body += piece;
  const { messages } = JSON.parse(body);
  const asked = messages.at(-1).parts.find(({ type }) => type === 'text').text;
  const entry = { asked, history: messages.length, state: 'running' };
  seen.push(entry);
  response.on('close', () => (entry.state = entry.state === 'running' ? 'aborted' : entry.state));
  const stream = createUIMessageStream({
    onError: () => 'The model is on holiday.',
    async execute({ writer }) {
      writer.write({ type: 'start' });
      writer.write({ type: 'start-step' });
      writer.write({ type: 'text-start', id: '1' });
      for (let word = 1; entry.state === 'running' && word <= (asked.includes('long') ? 2000 : 5); word++) {
        writer.write({ type: 'text-delta', id: '1', delta: `word${word} ` });
        if (asked.includes('fail') && word === 2) throw new Error('a secret of the server');
        await pause(5);
      }
      writer.write({ type: 'text-end', id: '1' });
      writer.write({ type: 'finish-step' });
      writer.write({ type: 'finish' });
      if (entry.state === 'running') entry.state = 'done';
    },
  });
  pipeUIMessageStreamToResponse({ response, stream });
}

const server = createServer((request, response) => {
  const allowed = { 'access-control-allow-origin': '*', 'access-control-allow-headers': '*' };
  for (const [name, value] of Object.entries(allowed)) response.setHeader(name, value);
  if (request.method === 'OPTIONS') response.writeHead(204).end();
  else if (request.url === '/seen') response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(seen));
  else if (request.method === 'POST' && request.url === '/messages') void answer(request, response);
  else response.writeHead(404, { 'content-type': 'text/html' }).end('<h1>Not found</h1>');
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
