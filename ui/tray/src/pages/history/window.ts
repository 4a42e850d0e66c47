/** The part of a long list that is drawn. Distances in CSS pixels. */
export interface Window {
  /** First row that is drawn, and the one after the last. */
  from: number;
  to: number;
  /** Where the first one stands. */
  top: number;
  /** How high all rows together are. */
  height: number;
}

/** Rows drawn above and below what is seen, so that quick scrolling shows no gap. */
const SPARE = 8;

/** Which of `count` rows of one height are drawn in a view of `view` pixels that is scrolled to `scrolled`. */
export function windowOf(count: number, row: number, view: number, scrolled: number): Window {
  const height = count * row;
  const at = Math.min(Math.max(scrolled, 0), Math.max(height - view, 0));
  const from = Math.max(Math.floor(at / row) - SPARE, 0);
  const to = Math.min(Math.ceil((at + view) / row) + SPARE, count);
  return { from, to, top: from * row, height };
}

/** Where a view has to be scrolled to so that a row is seen whole; where it is, if it is seen. */
export function scrolledTo(index: number, row: number, view: number, scrolled: number): number {
  const [top, bottom] = [index * row, (index + 1) * row];
  if (top < scrolled) return top;
  return bottom > scrolled + view ? bottom - view : scrolled;
}

/** The row that a key leads to from another one; none where the key means something else. */
export function stepped(key: string, at: number, count: number, page: number): number | undefined {
  const last = count - 1;
  switch (key) {
    case 'ArrowDown':
      return Math.min(at + 1, last);
    case 'ArrowUp':
      return Math.max(at - 1, 0);
    case 'PageDown':
      return Math.min(at + page, last);
    case 'PageUp':
      return Math.max(at - page, 0);
    case 'Home':
      return 0;
    case 'End':
      return last;
    default:
      return undefined;
  }
}
