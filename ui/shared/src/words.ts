/** Texts by language; English is complete, others may come beside it. */
export interface Words<T> {
  en: T;
}

/** The texts of the language that the page is in. */
export function words<T>(texts: Words<T>): T {
  return texts[language];
}

/** The language of all texts, dates and numbers. */
export const language: keyof Words<unknown> = 'en';

/** How dates and numbers are written: in English, as British English does. */
export const locale = 'en-GB';

/** `1 device`, `2 devices`. */
export function count(number: number, one: string, many: string): string {
  return `${whole(number)} ${number === 1 ? one : many}`;
}

const wholeNumbers = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });

/** `1,234`. */
export function whole(number: number): string {
  return wholeNumbers.format(number);
}
