import { expect, it } from 'vitest';
import { english, fill, type LanguagePack, speech } from '../src/strings';
import { later } from '../src/strings-later';

it.each(['ar', 'de', 'es', 'fr', 'he', 'it', 'ja', 'ko', 'nl', 'pl', 'pt', 'ru', 'tr', 'uk', 'zh'])('%s says everything, and has the same places to fill', async (lang) => {
  const { strings, lang: spoken } = await speech(lang);
  expect(spoken).toBe(lang);
  const { errors, ...rest } = strings as LanguagePack;
  const all = { ...english, ...later };
  expect(Object.keys(rest).sort()).toEqual(Object.keys(all).sort());
  expect(Object.values(errors).every(Boolean)).toBe(true);
  for (const [key, sentence] of Object.entries(all)) {
    const translated = rest[key as keyof typeof all];
    expect(translated, key).toBeTruthy();
    expect(translated.includes('{n}'), key).toBe(sentence.includes('{n}'));
  }
});

it('a region does not matter', async () => {
  expect((await speech('de-AT')).strings.send).toBe('Senden');
});

it('a language that is not there is English, and says so', async () => {
  expect(await speech('tlh')).toEqual({ strings: english, lang: 'en' });
  expect((await speech('')).lang).toBe('en');
});

it('fills the one place a sentence has', () => {
  expect(fill('{n} characters left', 12)).toBe('12 characters left');
  expect(fill('Reference {n}', '$&')).toBe('Reference $&');
});
