/** Files on their way to the real server, at CHATWIDGET_URL. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Upload } from '../src/file-upload';
import type { FilePart } from '../src/message';
import { Store } from '../src/store';
import { Transport } from '../src/transport';

const url = process.env['CHATWIDGET_URL']!;

/** As much of an XMLHttpRequest as an upload needs. */
class Request {
  static open = 0;
  static most = 0;
  status = 0;
  responseText = '';
  upload: { onprogress?: (event: { loaded: number; total: number }) => void } = {};
  onload?: () => void;
  onerror?: () => void;
  onloadend?: () => void;
  readonly #headers = new Headers();
  readonly #abort = new AbortController();
  #answered = new Headers();
  #url = '';

  open(_: string, url: string): void {
    this.#url = url;
  }

  setRequestHeader(name: string, value: string): void {
    this.#headers.set(name, value);
  }

  getResponseHeader(name: string): string | null {
    return this.#answered.get(name);
  }

  abort(): void {
    this.#abort.abort();
  }

  async send(body: string): Promise<void> {
    Request.most = Math.max(Request.most, ++Request.open);
    try {
      const response = await fetch(this.#url, { method: 'POST', headers: this.#headers, body, signal: this.#abort.signal });
      this.status = response.status;
      this.#answered = response.headers;
      this.responseText = await response.text();
      this.onload?.();
    } catch {
      if (!this.#abort.signal.aborted) this.onerror?.();
    } finally {
      Request.open--;
      this.onloadend?.();
    }
  }
}

/** As much of a FileReader as an upload needs. */
class Reader {
  result = '';
  onload?: () => void;

  async readAsDataURL(file: File): Promise<void> {
    this.result = `data:${file.type};base64,${Buffer.from(await file.arrayBuffer()).toString('base64')}`;
    this.onload?.();
  }
}

beforeEach(() => {
  Request.open = Request.most = 0;
  vi.stubGlobal('XMLHttpRequest', Request);
  vi.stubGlobal('FileReader', Reader);
});
afterEach(() => vi.unstubAllGlobals());

const newTransport = () => new Transport({ endpoint: url }, new Store('', null));

function begin(transport: Transport, file: File, conversation = 'c_1'): { upload: Upload; part: Promise<FilePart> } {
  let upload!: Upload;
  const part = new Promise<FilePart>((resolve, reject) => {
    upload = new Upload(file, file.type, { transport, conversation, progress: () => undefined, done: () => resolve(upload.part!), failed: (message) => reject(new Error(message)) });
  });
  return { upload, part };
}

const text = (name: string, content = name) => new File([content], name, { type: 'text/plain' });

test.skipIf(!url)('the first files of a new visitor are all of one visitor', async () => {
  const transport = newTransport();
  const conversation = `c_${crypto.randomUUID()}`;
  const files = ['a.txt', 'b.txt', 'c.txt'].map((name) => begin(transport, text(name), conversation));
  const parts = await Promise.all(files.map(({ part }) => part));
  expect(parts.map(({ filename }) => filename)).toEqual(['a.txt', 'b.txt', 'c.txt']);
  expect(Request.most).toBe(1);
  const headers = await transport.headers();
  for (const part of parts) {
    const response = await fetch(`${transport.endpoint}messages/${conversation}/files/${part.url}`, { headers });
    expect(await response.text()).toBe(part.filename);
  }
});

test.skipIf(!url)('one that is refused, or taken back, does not hold up the next', async () => {
  const transport = newTransport();
  const refused = begin(transport, new File(['x'], 'x.exe', { type: 'application/octet-stream' }));
  const back = begin(transport, text('back.txt'));
  const last = begin(transport, text('last.txt'));
  back.upload.cancel();
  await expect(refused.part).rejects.toThrow("Files of this kind can't be sent here.");
  expect((await last.part).filename).toBe('last.txt');
  expect(back.upload.part).toBeUndefined();
});
