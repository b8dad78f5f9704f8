import { expect, it } from 'vitest';
import { english, fill, speech } from '../src/strings';

it.each(['de', 'fr', 'es', 'ar'])('%s says everything, and has the same places to fill', async (lang) => {
  const { strings, lang: spoken } = await speech(lang);
  expect(spoken).toBe(lang);
  expect(Object.keys(strings).sort()).toEqual(Object.keys(english).sort());
  for (const [key, sentence] of Object.entries(english)) {
    const translated = strings[key as keyof typeof english];
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
