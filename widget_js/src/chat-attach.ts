/** Files for the next message: picked, pasted or dropped, uploaded at once with their progress shown, and taken along when the message goes. */
import { Upload } from './file-upload';
import type { Kit } from './kit';
import { furnish, SHAPES } from './later';
import type { FilePart } from './message';

interface Chosen {
  upload: Upload;
  chip: HTMLElement;
}

export function attach(kit: Kit): void {
  const { h, set, fill, icon, iconButton, chat, composer, actions, panel, signal } = kit;
  const words = furnish(kit);
  const { mediaTypes, bytes, files: most } = kit.config().features.attachments!;
  let chosen: Chosen[] = [];
  let conversation: string | null = null;

  const picker = h('input', { type: 'file', multiple: true, hidden: true, accept: mediaTypes.join(), onchange: picked });
  const clip = iconButton('clip', 'attach', words.attach, () => picker.click(), SHAPES.clip);
  const chips = h('div', { part: 'files', role: 'group', 'aria-label': words.attach });
  const note = h('div', { part: 'file-note', role: 'alert' });
  const zone = h('div', { class: 'dropzone', hidden: true, 'aria-hidden': true }, words.drop);
  composer.element.querySelector('.field')!.prepend(picker, clip);
  composer.element.prepend(chips, note);
  panel.append(zone);
  kit.takeFiles = take;

  const options = { signal };
  composer.element.addEventListener('paste', pasted, options);
  panel.addEventListener('dragover', dragged, options);
  panel.addEventListener('dragleave', left, options);
  panel.addEventListener('drop', dropped, options);
  const stop = chat.subscribe(look);
  signal.addEventListener('abort', () => {
    stop();
    clear();
  });

  function picked(): void {
    add([...picker.files!]);
    // The same file can be picked again.
    picker.value = '';
    composer.focus();
  }

  function pasted(event: ClipboardEvent): void {
    const files = [...(event.clipboardData?.files ?? [])];
    if (!files.length) return;
    event.preventDefault();
    add(files);
  }

  function dragged(event: DragEvent): void {
    if (!event.dataTransfer?.types.includes('Files')) return;
    event.preventDefault();
    zone.hidden = false;
  }

  function left(event: DragEvent): void {
    if (!panel.contains(event.relatedTarget as Node | null)) zone.hidden = true;
  }

  function dropped(event: DragEvent): void {
    zone.hidden = true;
    if (!event.dataTransfer?.files.length) return;
    event.preventDefault();
    add([...event.dataTransfer.files]);
  }

  function add(files: File[]): void {
    note.textContent = '';
    for (const file of files) {
      if (chosen.length >= most) return complain(fill(words.tooMany, most));
      if (!mediaTypes.includes(typeOf(file))) complain(fill(words.wrongKind, file.name));
      else if (file.size > bytes) complain(fill(words.tooLarge, file.name));
      else begin(file);
    }
  }

  function begin(file: File): void {
    conversation = chat.identify();
    const bar = h('i', {});
    const chip = h(
      'div',
      { part: 'file', role: 'group', 'aria-label': fill(words.uploading, file.name) },
      icon('file', SHAPES.file),
      h('bdi', {}, file.name),
      iconButton('close', 'detach', fill(words.detach, file.name), () => remove(entry)),
      bar,
    );
    const upload = new Upload(file, typeOf(file), {
      transport: chat.transport,
      conversation,
      // Through the object model: a strict CSP forbids the attribute.
      progress: (share) => bar.style.setProperty('inline-size', `${share * 100}%`),
      done: () => {
        bar.remove();
        set(chip, 'aria-label', file.name);
        weigh();
      },
      failed: (message) => {
        remove(entry);
        complain(message ?? fill(words.notUploaded, file.name));
      },
    });
    const entry: Chosen = { upload, chip };
    chosen.push(entry);
    chips.append(chip);
    weigh();
  }

  function remove(entry: Chosen): void {
    const inside = entry.chip.contains(kit.shadow.activeElement);
    entry.upload.cancel();
    entry.chip.remove();
    chosen = chosen.filter((other) => other !== entry);
    weigh();
    if (inside) composer.focus();
  }

  function take(): FilePart[] {
    const parts = chosen.map(({ upload }) => upload.part).filter((part) => part !== undefined);
    clear();
    return parts;
  }

  function clear(): void {
    for (const { upload, chip } of chosen) {
      upload.cancel();
      chip.remove();
    }
    chosen = [];
    note.textContent = '';
    weigh();
  }

  /** Files belong to the conversation they were uploaded in. */
  function look(): void {
    if (chosen.length && chat.state.conversationId !== conversation) clear();
  }

  function weigh(): void {
    composer.load = chosen.some(({ upload }) => !upload.part) ? -1 : chosen.length ? 1 : 0;
  }

  function complain(sentence: string): void {
    note.textContent = sentence;
    actions.say(sentence);
  }
}

/** Browsers know no type for what their system has no program for. */
function typeOf({ name, type }: File): string {
  if (type) return type.replace(/;.*/, '');
  const known: Record<string, string> = { md: 'text/markdown', csv: 'text/csv', txt: 'text/plain', json: 'application/json' };
  return known[name.split('.').at(-1)!.toLowerCase()] ?? '';
}
