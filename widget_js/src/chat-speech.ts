/**
 * Dictation, where the browser has it (Chromium and Safari; some send what they hear to their maker, so that a site has to ask for it).
 * https://webaudio.github.io/web-speech-api/
 */
import type { Kit } from './kit';
import { furnish, SHAPES } from './later';

interface Recognition {
  lang: string;
  continuous: boolean;
  interimResults: boolean;
  onresult: (event: { results: ArrayLike<ArrayLike<{ transcript: string }>> }) => void;
  onerror: (event: { error: string }) => void;
  onend: () => void;
  start(): void;
  stop(): void;
}

export function listen(kit: Kit): void {
  const { iconButton, set, composer, actions, panel, signal } = kit;
  const page = globalThis as unknown as Record<string, (new () => Recognition) | undefined>;
  const Recognition = page['SpeechRecognition'] ?? page['webkitSpeechRecognition'];
  if (!Recognition) return;
  const words = furnish(kit);
  let running: Recognition | undefined;
  const button = iconButton('microphone', 'dictate', words.dictate, () => (running ? running.stop() : start()), SHAPES.microphone);
  composer.element.querySelector('.send')?.before(button);
  signal.addEventListener('abort', () => running?.stop());

  function start(): void {
    const before = composer.text && `${composer.text.trimEnd()} `;
    const recognition = (running = new Recognition!());
    recognition.lang = panel.lang;
    recognition.continuous = recognition.interimResults = true;
    recognition.onresult = ({ results }) => {
      composer.text = before + Array.from(results, (result) => result[0]?.transcript ?? '').join('');
      actions.draft(composer.text);
    };
    recognition.onerror = ({ error }) => {
      if (error !== 'no-speech' && error !== 'aborted') actions.say(words.deaf);
    };
    recognition.onend = () => show((running = undefined));
    recognition.start();
    show(running);
  }

  function show(on: Recognition | undefined): void {
    const label = on ? words.dictating : words.dictate;
    set(button, 'aria-pressed', !!on);
    set(button, 'aria-label', label);
    set(button, 'title', label);
    if (!on) composer.focus();
  }
}
