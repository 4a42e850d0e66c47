import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Conditions } from './data.ts';

const get = vi.fn();
vi.mock('../../app/session.svelte.ts', () => ({ api: { get } }));
const { inAddress, inFields, keyOf, list, NAMES, omitted } = await import('./data.ts');

describe('records', () => {
  it('of one event have different keys, also where a restored device counts anew', () => {
    const device = '019a0000-0000-7000-8000-000000000000';
    const records = [
      { device, timeline: 1, seq: 7 },
      { device, timeline: 2, seq: 7 },
      { device, timeline: 2, seq: 8 },
    ];
    expect(new Set(records.map(keyOf)).size).toBe(3);
  });

  it('say how many findings they do not list', () => {
    expect([omitted({ findings_omitted: 12 }), omitted({}), omitted(undefined)]).toEqual([12, 0, 0]);
    expect(omitted({ findings_omitted: 'many' })).toBe(0);
  });
});

describe('times of an address', () => {
  const none = Object.fromEntries(NAMES.map((name) => [name, ''])) as unknown as Conditions;
  const at = (zone: string) => vi.stubEnv('TZ', zone);

  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it('are the same window where the clock shows another time', async () => {
    at('Europe/Berlin');
    const address = inAddress({ ...none, since: '2027-02-03T10:00', until: '2027-02-03T11:30' }, none);
    expect([address.since, address.until]).toEqual(['2027-02-03T09:00:00.000Z', '2027-02-03T10:30:00.000Z']);
    at('America/New_York');
    const { since, until } = inFields(address);
    expect([since, until]).toEqual(['2027-02-03T04:00', '2027-02-03T05:30']);
    await list(address, 'ticket 4711', '', new AbortController().signal);
    const window = { since: Date.UTC(2027, 1, 3, 9), until: Date.UTC(2027, 1, 3, 10, 30) };
    expect(get.mock.lastCall?.[1]).toMatchObject({ query: window });
  });

  it('stay what they are where nobody touches them', () => {
    at('Europe/Berlin');
    // The second of the two hours that the clock shows when summer ends, and half a minute.
    const address = { ...none, since: '2027-10-31T01:15:30.000Z' };
    expect(inFields(address).since).toBe('2027-10-31T02:15');
    expect(inAddress(inFields(address), address)).toEqual(address);
  });

  it('are those of this clock where they name no zone, and none where they are no times', () => {
    at('Europe/Berlin');
    const address = { ...none, since: '2027-02-03T10:00', until: 'soon' };
    const edited = inFields(address);
    expect([edited.since, edited.until]).toEqual(['2027-02-03T10:00', '']);
    expect(inAddress(edited, address)).toEqual({ ...none, since: '2027-02-03T09:00:00.000Z' });
  });
});
