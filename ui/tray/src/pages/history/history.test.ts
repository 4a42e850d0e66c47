import { describe, expect, it } from 'vitest';
import { past } from '../../api/mock/events.ts';
import type { Event } from '../../api/wire.ts';
import { choices, fits, ofDay, spanOf, type Conditions } from './data.ts';
import { asCsv, asJson, fileName } from './file.ts';
import { scrolledTo, stepped, windowOf } from './window.ts';

const NONE: Conditions = { day: '', service: '', action: '', level: '', rule: '' };
const events = past(400, Date.UTC(2027, 1, 3));

describe('the part of a list that is drawn', () => {
  it('is small, however long the list is', () => {
    const { from, to, top, height } = windowOf(10_000, 36, 400, 180_000);
    expect(to - from).toBeLessThan(40);
    expect([top, height]).toEqual([from * 36, 360_000]);
  });

  it('holds every row that is seen, at each place', () => {
    for (let scrolled = -50; scrolled < 4000; scrolled += 7) {
      const { from, to } = windowOf(100, 36, 200, scrolled);
      const at = Math.min(Math.max(scrolled, 0), 3400);
      expect(from * 36).toBeLessThanOrEqual(at);
      expect(to * 36).toBeGreaterThanOrEqual(Math.min(at + 200, 3600));
    }
  });

  it('of nothing is nothing', () => {
    expect(windowOf(0, 36, 400, 0)).toEqual({ from: 0, to: 0, top: 0, height: 0 });
  });

  it('is moved no further than needed', () => {
    expect([scrolledTo(0, 36, 360, 100), scrolledTo(5, 36, 360, 100), scrolledTo(20, 36, 360, 100)]).toEqual([
      0, 100, 396,
    ]);
  });

  it.each([
    ['ArrowDown', 3, 4],
    ['ArrowDown', 9, 9],
    ['ArrowUp', 0, 0],
    ['PageDown', 3, 8],
    ['PageUp', 3, 0],
    ['Home', 5, 0],
    ['End', 5, 9],
    ['a', 5, undefined],
  ])('%s from %i leads to %s', (key, at, to) => {
    expect(stepped(key, at, 10, 5)).toBe(to);
  });
});

describe('conditions', () => {
  const only = (some: Partial<Conditions>) => events.filter((event) => fits(event, { ...NONE, ...some }));

  it('that are empty leave everything', () => {
    expect(only({})).toHaveLength(400);
  });

  it('each leave what meets them', () => {
    expect(only({ action: 'block' }).every(({ action }) => action === 'block')).toBe(true);
    expect(new Set(only({ level: 'confidential' }).map(({ level }) => level))).toEqual(
      new Set(['confidential', 'restricted']),
    );
    const rule = 'data-classification/bank';
    expect(only({ rule }).every(({ reasons }) => reasons.some((reason) => reason.rule === rule))).toBe(true);
    expect(only({ service: 'claude-web', action: 'block' }).length).toBeLessThan(
      only({ service: 'claude-web' }).length,
    );
    expect(only({ action: 'block' }).length).toBeGreaterThan(0);
  });

  it('can be chosen from what there is', () => {
    const { services, rules, actions } = choices(events);
    expect(services).toContain('chatgpt-web');
    expect(rules).toContain('data-classification/restricted');
    expect(actions).toEqual(['allow', 'warn', 'pseudonymise', 'redact', 'block']);
    expect(choices([])).toEqual({ services: [], rules: [], actions: [] });
  });

  it('a day begins and ends by the clock of the wall', () => {
    const { since = 0, until = 0 } = spanOf('2027-03-28');
    expect(new Date(since).toTimeString().slice(0, 8)).toBe('00:00:00');
    expect(new Date(until).getDate()).toBe(29);
    expect([spanOf(''), spanOf('soon')]).toEqual([{}, {}]);
  });

  it('a day has what happened on it, and nothing before or after', () => {
    const { since = 0, until = 0 } = spanOf('2027-01-03');
    const [first] = events as [Event];
    const around = [since - 1, since, until - 1, until].map((time) => ({ ...first, time }));
    expect(ofDay('2027-01-03', around).map(({ time }) => time)).toEqual([since, until - 1]);
    expect(ofDay('', around)).toEqual(around);
  });
});

describe('files', () => {
  const [first] = events as [Event];

  it('a table has a line for each event and one for the names', () => {
    const lines = asCsv(events).trimEnd().split('\r\n');
    expect(lines).toHaveLength(401);
    expect(lines[0]?.startsWith('id,time,channel,service')).toBe(true);
  });

  it('what comes from outside is neither a formula nor another cell', () => {
    const model = '=HYPERLINK("http://x","y")';
    const line = asCsv([{ ...first, destination: { ...first.destination, model } }]).split('\r\n')[1];
    expect(line).toContain(`"'=HYPERLINK(""http://x"",""y"")"`);
  });

  it('as JSON, events are what the agent gives', () => {
    expect(JSON.parse(asJson(events))).toEqual(events);
    expect(fileName('csv', Date.UTC(2027, 1, 3))).toBe('weir-history-2027-02-03.csv');
  });
});
