import { exact } from '@weir/shared/format.ts';
import { describe, expect, it } from 'vitest';
import { spanInWords } from './span.ts';

describe('a time that was asked for', () => {
  const [first, last] = [new Date(2027, 1, 3, 10, 0).getTime(), new Date(2027, 1, 4, 11, 30).getTime()];

  it('is said with its zone', () => {
    const said = spanInWords({ since: '2027-02-03T10:00', until: '2027-02-04T11:30' }, 0);
    expect(said).toBe(`From ${exact(first)} until ${exact(last)}`);
  });

  it('ends when it was asked, where no end was given', () => {
    expect(spanInWords({ since: '2027-02-03T10:00', until: '' }, last)).toContain(`until ${exact(last)}`);
  });
});
