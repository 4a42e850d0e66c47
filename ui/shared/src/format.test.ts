import { describe, expect, it } from 'vitest';
import { ago, bytes, duration, fromField, short, toField } from './format.ts';
import { count } from './words.ts';

describe('times', () => {
  const now = Date.UTC(2027, 1, 2, 12, 0, 0);
  it.each([
    [0, 'just now'],
    [-59_000, 'just now'],
    [59_000, 'just now'],
    [-60_000, '1 minute ago'],
    [-3_599_000, '59 minutes ago'],
    [-3_600_000, '1 hour ago'],
    [3 * 3_600_000, 'in 3 hours'],
    [-86_400_000, 'yesterday'],
    [86_400_000, 'tomorrow'],
    [-59 * 86_400_000, '59 days ago'],
    [-61 * 86_400_000, '2 months ago'],
    [800 * 86_400_000, 'in 2 years'],
  ])('%d ms away is %s', (away, said) => {
    expect(ago(now + away, now)).toBe(said);
  });

  it('survive a field', () => {
    expect(fromField(toField(now))).toBe(now);
    expect(fromField('')).toBeUndefined();
    expect(fromField('soon')).toBeUndefined();
  });
});

describe('amounts', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.0 kB'],
    [1_234_567, '1.2 MB'],
    [250_000, '250 kB'],
    [5e15, '5000 TB'],
  ])('%d is %s', (number, said) => {
    expect(bytes(number)).toBe(said);
  });

  it('durations', () => {
    expect([duration(870), duration(1_250), duration(2_500_000)]).toEqual(['870 µs', '1.3 ms', '2.5 s']);
  });

  it('counts', () => {
    expect([
      count(1, 'device', 'devices'),
      count(1234, 'device', 'devices'),
      count(0, 'alert', 'alerts'),
    ]).toEqual(['1 device', '1,234 devices', '0 alerts']);
  });

  it('long names are cut only where that helps', () => {
    expect([short('0197abcd-1234'), short('abc'), short('123456789')]).toEqual([
      '0197abcd…',
      'abc',
      '123456789',
    ]);
  });
});
