import type { Settings } from '../api/wire.ts';

/** The language of the pages: what was chosen, or the first of the system's languages that there are texts in. */
export function languageOf(chosen: Settings['language'], system: readonly string[]): 'en' | 'de' {
  if (chosen !== 'system') return chosen;
  const known = system.map((tag) => tag.split('-')[0]).find((tag) => tag === 'en' || tag === 'de');
  return known === 'de' ? 'de' : 'en';
}
