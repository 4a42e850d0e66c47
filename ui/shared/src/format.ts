import { locale, words } from './words.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const text = words({ en: { now: 'just now' }, de: { now: 'gerade eben' } });

const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto', style: 'long' });

/** How long ago or ahead a time is, in the largest unit that says enough. Both in milliseconds since 1970. */
export function ago(time: number, now: number): string {
  const away = time - now;
  const size = Math.abs(away);
  // Clocks of servers and browsers differ: what is a moment ahead may have happened.
  if (size < MINUTE) return text.now;
  if (size < HOUR) return relative.format(Math.trunc(away / MINUTE), 'minute');
  if (size < DAY) return relative.format(Math.trunc(away / HOUR), 'hour');
  if (size < 60 * DAY) return relative.format(Math.trunc(away / DAY), 'day');
  if (size < 730 * DAY) return relative.format(Math.trunc(away / (30 * DAY)), 'month');
  return relative.format(Math.trunc(away / (365 * DAY)), 'year');
}

const exactTime = new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeStyle: 'long' });

/** A time to the second, with its zone. Milliseconds since 1970. */
export function exact(time: number): string {
  return exactTime.format(time);
}

const lastDay = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone: 'UTC' });

/** The last day of something that holds before this time, in UTC, as agreements and promises have it. */
export function dayBefore(time: number): string {
  return lastDay.format(time - 1);
}

const clockTime = new Intl.DateTimeFormat(locale, {
  day: '2-digit',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});

const dayTime = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit' });

/** A time of day, to the minute. */
export function timeOfDay(time: number): string {
  return dayTime.format(time);
}

/** A time for dense lists: day, month and time of day. */
export function stamp(time: number): string {
  return clockTime.format(time);
}

const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0, useGrouping: false });
const tenths = new Intl.NumberFormat(locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 });

/** Bytes as people read them; 1,000 to the kilobyte. */
export function bytes(number: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'] as const;
  let size = number;
  let unit = 0;
  while (size >= 1000 && unit < units.length - 1) {
    size /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || size >= 100 ? 0 : 1;
  return `${digits === 0 ? whole.format(size) : tenths.format(size)} ${units[unit] ?? 'B'}`;
}

/** Microseconds as people read them. */
export function duration(micros: number): string {
  if (micros < 1000) return `${micros} µs`;
  if (micros < 1_000_000) return `${tenths.format(micros / 1000)} ms`;
  return `${tenths.format(micros / 1_000_000)} s`;
}

/** The beginning of a long name that nobody reads whole: `019ad3f2…`. */
export function short(id: string, length = 8): string {
  return id.length > length + 1 ? `${id.slice(0, length)}…` : id;
}

/** What a `datetime-local` field holds for a time, in local time, to the minute. */
export function toField(time: number): string {
  const local = new Date(time - new Date(time).getTimezoneOffset() * MINUTE);
  return local.toISOString().slice(0, 16);
}

/** The time in such a field, or in a text that names its zone; none where it is empty or not one. */
export function fromField(text: string): number | undefined {
  const time = text === '' ? Number.NaN : new Date(text).getTime();
  return Number.isNaN(time) ? undefined : time;
}
