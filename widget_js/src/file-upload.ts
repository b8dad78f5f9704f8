/** One file on its way to the server. */
import type { FilePart } from './message';
import type { Transport } from './transport';

interface Task {
  transport: Transport;
  conversation: string;
  /** From 0 to 1. */
  progress(share: number): void;
  done(): void;
  /** With a sentence of the server's, if it has said anything. */
  failed(message: string | undefined): void;
}

/** One after the other: who has no token yet gets one with the first file, and two at once would be two visitors. */
let queue: Promise<void> = Promise.resolve();

export class Upload {
  /** What the message holds of it; there once the server has the file. */
  part: FilePart | undefined;
  readonly #task: Task;
  readonly #request = new XMLHttpRequest();
  #over = false;

  constructor(file: File, mediaType: string, task: Task) {
    this.#task = task;
    queue = queue.then(() => this.#send(file, mediaType)).catch(() => this.#fail());
  }

  cancel(): void {
    this.#over = true;
    this.#request.abort();
  }

  // XMLHttpRequest: fetch does not tell how much of a body has left.
  async #send(file: File, mediaType: string): Promise<void> {
    if (this.#over) return;
    const { transport, conversation, progress } = this.#task;
    const body = JSON.stringify({ name: file.name, mediaType, data: await base64(file) });
    const headers = await transport.headers();
    if (this.#over) return;
    const request = this.#request;
    request.open('POST', `${transport.endpoint}messages/${encodeURIComponent(conversation)}/files`);
    headers.set('content-type', 'application/json');
    headers.forEach((value, name) => request.setRequestHeader(name, value));
    request.upload.onprogress = ({ loaded, total }) => progress(loaded / total);
    request.onerror = () => this.#fail();
    request.onload = () => this.#answered(file.name, mediaType);
    await new Promise<unknown>((resolve) => {
      request.onloadend = resolve;
      request.send(body);
    });
  }

  #answered(name: string, mediaType: string): void {
    const { status, responseText } = this.#request;
    const token = this.#request.getResponseHeader('x-chatwidget-token');
    if (token) this.#task.transport.keep(token);
    const told = parsed(responseText);
    if (status < 300 && typeof told['id'] === 'string') {
      this.part = { type: 'file', url: told['id'], mediaType: String(told['mediaType'] ?? mediaType), filename: String(told['name'] ?? name) };
      this.#over = true;
      this.#task.done();
    } else this.#fail(told['code'] && String(told['message']));
  }

  #fail(message?: unknown): void {
    if (this.#over) return;
    this.#over = true;
    this.#task.failed(message ? String(message) : undefined);
  }
}

async function base64(file: File): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onerror = () => reject(reader.error);
    reader.onload = () => resolve(String(reader.result).replace(/^[^,]*,/, ''));
    reader.readAsDataURL(file);
  });
}

function parsed(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}
