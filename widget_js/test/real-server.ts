/** Starts the real Python server for the tests of both ends, unless CHATWIDGET_URL names one. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

export default async function start(): Promise<(() => Promise<void>) | undefined> {
  if (process.env['CHATWIDGET_URL']) return undefined;
  const server = spawn(`${root}.venv/bin/python`, [`${root}widget_js/test/real_server.py`], { stdio: ['pipe', 'pipe', 'inherit'] });
  const failed = once(server, 'error').then(([error]) => {
    throw new Error('the Python server can not be started: run `make test-widget`', { cause: error });
  });
  const lines = createInterface(server.stdout);
  const [address] = (await Promise.race([once(lines, 'line'), failed])) as [string];
  process.env['CHATWIDGET_URL'] = address;
  return async () => {
    const ended = once(server, 'exit');
    server.stdin.end();
    await ended;
  };
}
