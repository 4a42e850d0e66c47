import { locale } from '@weir/shared/words.ts';

const DAY = 86_400_000;

/** The name of a slot that begins at `from` and is `step` milliseconds long: its day, or its hour. */
export function slotName(from: number, step: number): string {
  return step >= DAY
    ? middle(from).toLocaleDateString(locale, { weekday: 'short', day: 'numeric', month: 'short' })
    : new Date(from).toLocaleTimeString(locale, { hour: '2-digit', minute: '2-digit' });
}

/** The same for an axis, where there is less room. */
export function tickName(from: number, step: number): string {
  return step >= DAY
    ? middle(from).toLocaleDateString(locale, { day: 'numeric', month: 'short' })
    : slotName(from, step);
}

/** Noon of a day, or an hour beside it: all days begin by the clock of today, which is another on the other side of a change. */
function middle(from: number): Date {
  return new Date(from + DAY / 2);
}
