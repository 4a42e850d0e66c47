/** Texts by language. What one of them says and another does not, fails the build. */
export interface Words<T> {
  en: T;
  de: NoInfer<T>;
}

export type Language = keyof Words<unknown>;

/**
 * The language of all texts, dates and numbers: what the document says it is in. A page that can be read in several sets
 * `lang` before anything that has texts is loaded, and loads anew to change it.
 */
export const language: Language =
  typeof document !== 'undefined' && document.documentElement.lang === 'de' ? 'de' : 'en';

/** How dates and numbers are written: in English, as British English does. */
export const locale = { en: 'en-GB', de: 'de-DE' }[language];

/** The texts of the language that the page is in. */
export function words<T>(texts: Words<T>): T {
  return texts[language];
}

/** Texts of pages that are in English alone. */
export function english<T>(texts: { en: T }): T {
  return texts.en;
}

/** `1 device`, `2 devices`. */
export function count(number: number, one: string, many: string): string {
  return `${whole(number)} ${number === 1 ? one : many}`;
}

const wholeNumbers = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });

/** `1,234`. */
export function whole(number: number): string {
  return wholeNumbers.format(number);
}

const lists = new Intl.ListFormat(locale, { style: 'long', type: 'conjunction' });

/** `a, b and c`. */
export function listed(names: readonly string[]): string {
  return lists.format(names);
}
