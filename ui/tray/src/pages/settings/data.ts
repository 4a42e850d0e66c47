const HOUR = 3_600_000;

/** An hour from now, in milliseconds since 1970. */
export function inAnHour(now: number): number {
  return now + HOUR;
}

/** The next morning at eight, in local time. */
export function tomorrowMorning(now: number): number {
  const day = new Date(now);
  return new Date(day.getFullYear(), day.getMonth(), day.getDate() + 1, 8).getTime();
}
