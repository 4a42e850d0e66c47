/** A digest as people compare it: upper case, by twos. */
export function grouped(hex: string): string {
  return (
    hex
      .toUpperCase()
      .match(/.{1,2}/g)
      ?.join(' ') ?? ''
  );
}
