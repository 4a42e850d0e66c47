import { describe, expect, it, vi } from 'vitest';
import { past } from '../api/mock/events.ts';
import { waiting } from '../api/mock/held.ts';
import { refusalOf } from '../api/refusal.ts';
import type { Finding, Status } from '../api/wire.ts';
import { applied, newest } from './changes.ts';
import { foundIn, inWords } from './facts.ts';
import { languageOf } from './language.ts';
import { isLiftable, standing } from './standing.ts';
import { stepsWith } from './steps.ts';
import { typeName } from './types.ts';

function fail(): never {
  throw new Error('the mock has too few');
}

describe('the language of the pages', () => {
  it.each([
    ['system', ['de-CH', 'en'], 'de'],
    ['system', ['fr-FR', 'de'], 'de'],
    ['system', ['en-GB', 'de'], 'en'],
    ['system', ['fr'], 'en'],
    ['system', [], 'en'],
    ['en', ['de'], 'en'],
    ['de', ['en'], 'de'],
  ] as const)('%s with %j is %s', (chosen, system, language) => {
    expect(languageOf(chosen, system)).toBe(language);
  });
});

describe('what waits', () => {
  const [one = fail(), two = fail()] = waiting(0);

  it('is joined by what begins to wait, in its turn', () => {
    const held = applied([one.message], { change: 'waits', ...two.message });
    expect(held.map(({ id }) => id)).toEqual([one.message.id, two.message.id]);
  });

  it('keeps its place when something about it changes', () => {
    const request = { state: 'approved', go: false };
    const held = applied([one.message, two.message], { change: 'waits', ...one.message, request });
    expect(held.map(({ request }) => request?.state)).toEqual(['approved', undefined]);
  });

  it('is left by what ends', () => {
    const held = applied([one.message, two.message], { change: 'ended', id: one.message.id, by: 'dropped' });
    expect(held).toEqual([two.message]);
  });
});

describe('new decisions', () => {
  it('come first, once each, and not without end', () => {
    const events = past(5, 0);
    const again = events.reduce((all, event) => newest(all, event, 3), newest([], events[4] ?? fail(), 3));
    expect(again.map(({ seq }) => seq)).toEqual([5, 4, 3]);
  });
});

describe('how the laptop stands', () => {
  const status = (problems: Status['problems'], held = 0, some: Partial<Status> = {}) =>
    ({ problems, held, ...some }) as Status;
  const wrong = { code: 'audit.space', title: '', severity: 'warning', text: '' } as const;
  const order = { ...wrong, code: 'directive' };
  const directive = { number: 4, kind: 'lockdown', reason: '', until: 0 } as const;
  const code = { ...wrong, code: 'override' };
  const lifted = { what: 'directive', directive: 4, until: 0 } as const;
  const [waits] = waiting(0).map(({ message }) => message);
  const up = { state: 'connected', version: '1' } as const;

  it.each([
    [undefined, undefined, undefined, 'unknown'],
    [{ state: 'starting' } as const, undefined, undefined, 'starting'],
    [{ state: 'offline' } as const, status([]), [], 'offline'],
    [{ state: 'too_old' } as const, undefined, undefined, 'mismatch'],
    [{ state: 'too_new' } as const, undefined, undefined, 'mismatch'],
    [{ state: 'not_ours' } as const, undefined, undefined, 'not_ours'],
    [up, undefined, undefined, 'unknown'],
    [up, status([]), [], 'protected'],
    [up, status([], 1), undefined, 'waiting'],
    [up, status([wrong]), [], 'attention'],
    [up, status([wrong, order], 0, { directive }), [], 'ordered'],
    [up, status([order]), [], 'protected'],
    [up, status([wrong, code], 0, { lifted: [lifted] }), [], 'lifted'],
    [up, status([order, code], 0, { directive, lifted: [lifted] }), [], 'ordered'],
    [up, status([code]), [], 'protected'],
    [up, status([wrong, order], 1, { directive }), [waits ?? fail()], 'waiting'],
  ] as const)('%#: %s', (connection, status, held, kind) => {
    expect(standing(connection, status, held).kind).toBe(kind);
  });
});

describe('what a code could lift', () => {
  const server = { address: '', device: '', group: '' };
  const directive = { number: 4, kind: 'lockdown', reason: '', until: 0 } as const;
  const freshness = { state: 'over', until: 0, acts_from: 0 } as const;
  it.each([
    [{ server, directive }, true],
    [{ server, freshness }, true],
    [{ server, freshness, lifted: [{ what: 'stale', until: 0 }] }, false],
    [{ server, freshness: { ...freshness, state: 'stale' } }, false],
    [{ server }, false],
    [{ directive }, false],
  ] as [Partial<Status>, boolean][])('%#', (status, expected) => {
    expect(isLiftable(status as Status)).toBe(expected);
  });
  it('is nothing while nothing is known', () => expect(isLiftable(undefined)).toBe(false));
});

describe('data types', () => {
  it.each([
    ['security/aws_access_key_id', 'AWS access key'],
    ['governmental/passport', 'passport number'],
    ['governmental/fr_nir', 'official number (France)'],
    ['governmental/uk_utr', 'official number (United Kingdom)'],
    ['acme/customer_id', 'acme/customer_id'],
    ['security/of_a_newer_version', 'security/of_a_newer_version'],
  ])('%s is %s', (type, name) => {
    expect(typeName(type)).toBe(name);
  });

  it('are said in a few words, what is sent again left out', () => {
    const event = past(400, 0).find(({ findings }) => findings.length === 2);
    if (event === undefined) throw new Error('the mock has none');
    const [first, second] = event.findings as [Finding, Finding];
    const findings = [
      { ...first, count: 3 },
      { ...second, repeated: true },
    ];
    const found = foundIn({ ...event, findings });
    expect(inWords(found, String)).toBe(`${typeName(first.data_type)} (3)`);
    const many = ['a', 'b', 'c', 'd', 'e'].map((type) => ({ type, count: 1 }));
    expect(inWords(many, (number) => `${number} more`)).toBe('a, b and 3 more');
    expect(inWords([], String)).toBe('');
  });
});

it('a self-test has each step once', () => {
  const step = { name: 'card', title: '', state: 'ok', found: '', millis: 1 } as const;
  expect(stepsWith(stepsWith([], step), { ...step, state: 'failed' })).toEqual([
    { ...step, state: 'failed' },
  ]);
});

describe('what is refused', () => {
  it('says so in the words of the window program', () => {
    const { code, title, text } = refusalOf({ code: 'held', title: 'Not so', text: 'It waits on.' });
    expect([code, title, text]).toEqual(['held', 'Not so', 'It waits on.']);
  });

  it('is said as it is where it is something else', () => {
    expect([refusalOf('no').text, refusalOf(new Error('lost')).text, refusalOf(null).code]).toEqual([
      'no',
      'lost',
      'unknown',
    ]);
  });
});

describe('texts', async () => {
  const taken: Record<'en' | 'de', unknown>[] = [];
  vi.resetModules();
  vi.doMock(import('@weir/shared/words.ts'), async (original) => ({
    ...(await original()),
    words: <T>(texts: { en: T; de: unknown }) => {
      taken.push(texts);
      return texts.en;
    },
  }));
  const tables = import.meta.glob([
    '../**/text.ts',
    './terms.ts',
    './types.ts',
    './checks.ts',
    './problems.ts',
    './steps.ts',
  ]);
  for (const load of Object.values(tables)) await load();
  await import('@weir/shared/controls/text.ts');
  await import('@weir/shared/page/text.ts');
  await import('@weir/shared/terms.ts');
  await import('@weir/shared/format.ts');
  vi.doUnmock('@weir/shared/words.ts');

  /** Each text with its place: functions are tried with numbers and words alike. */
  function texts(table: unknown, place: string): [string, string][] {
    if (typeof table === 'string') return [[place, table]];
    if (typeof table === 'function')
      return texts((table as (...given: unknown[]) => unknown)(3, 2, 'x'), place);
    return Object.entries(table as object).flatMap(([name, value]) => texts(value, `${place}/${name}`));
  }

  it('are found', () => expect(taken.length).toBeGreaterThan(12));

  it('say something in both languages, and not the same', () => {
    const [en, de] = [taken.map((all) => texts(all.en, '')), taken.map((all) => texts(all.de, ''))];
    expect(de.flat().map(([place]) => place)).toEqual(en.flat().map(([place]) => place));
    const names =
      /^(Weir|API|Browser|Upload|Gateway|IBAN|BIC|English|Deutsch|Agent|Service|Host|optional|Status)/;
    const same = en.flat().filter(([, text], at) => text === de.flat()[at]?.[1] && !names.test(text));
    expect(same).toEqual([]);
    expect([...en.flat(), ...de.flat()].filter(([, text]) => text.trim() === '')).toEqual([]);
  });
});
