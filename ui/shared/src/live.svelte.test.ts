import { flushSync } from 'svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { live, type Live } from './live.svelte.ts';

interface Asked {
  question: string;
  signal: AbortSignal;
  answer: (found: string) => void;
  fail: (error: Error) => void;
}

/** Something that is looked at, and what was asked for so far. */
function looking(every = 0) {
  const asked: Asked[] = [];
  let question = $state('seven days');
  let sign = $state(0);
  let shown: Live<string> | undefined;
  const load = (signal: AbortSignal) => {
    const of = question;
    return new Promise<string>((answer, fail) => asked.push({ question: of, signal, answer, fail }));
  };
  const end = $effect.root(() => {
    shown = live(load, every, () => sign);
  });
  flushSync();
  return {
    asked,
    end,
    seen: () => [shown?.value, shown?.problem],
    ask: (wanted: string) => flushSync(() => (question = wanted)),
    give: () => flushSync(() => (sign += 1)),
    askAndGive: (wanted: string) => flushSync(() => ([question, sign] = [wanted, sign + 1])),
    again: () => flushSync(() => shown?.again()),
    /** What was asked for last is answered. */
    answer: async (found: string) => {
      asked.at(-1)?.answer(found);
      await vi.advanceTimersByTimeAsync(0);
    },
    fail: async (error: Error) => {
      asked.at(-1)?.fail(error);
      await vi.advanceTimersByTimeAsync(0);
    },
  };
}

const gone = new Error('gone');

describe('what is looked at', () => {
  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal('document', {
      visibilityState: 'visible',
      addEventListener: () => undefined,
      removeEventListener: () => undefined,
    });
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  it('is never the answer to the question before', async () => {
    const page = looking();
    await page.answer('numbers of seven days');
    expect(page.seen()).toEqual(['numbers of seven days', undefined]);
    page.ask('ninety days');
    expect(page.seen()).toEqual([undefined, undefined]);
    await page.fail(gone);
    expect(page.seen()).toEqual([undefined, gone]);
    page.ask('one day');
    expect(page.seen()).toEqual([undefined, undefined]);
    await page.answer('numbers of one day');
    expect(page.seen()).toEqual(['numbers of one day', undefined]);
    expect(page.asked.map(({ question }) => question)).toEqual(['seven days', 'ninety days', 'one day']);
  });

  it('is not what an answer says that comes too late', async () => {
    const page = looking();
    page.ask('ninety days');
    page.asked[0]?.answer('numbers of seven days');
    await page.answer('numbers of ninety days');
    expect(page.asked[0]?.signal.aborted).toBe(true);
    expect(page.seen()).toEqual(['numbers of ninety days', undefined]);
  });

  it('stays while it is looked at again, also where that fails', async () => {
    const page = looking(1000);
    await page.answer('first');
    await vi.advanceTimersByTimeAsync(1000);
    expect([page.asked.length, ...page.seen()]).toEqual([2, 'first', undefined]);
    await page.fail(gone);
    expect(page.seen()).toEqual(['first', gone]);
    page.again();
    expect([page.asked.length, ...page.seen()]).toEqual([3, 'first', gone]);
    await page.answer('second');
    page.give();
    expect([page.asked.length, ...page.seen()]).toEqual([4, 'second', undefined]);
  });

  it('is asked for once where question and sign change together', () => {
    const page = looking();
    page.askAndGive('ninety days');
    expect(page.asked.map(({ question }) => question)).toEqual(['seven days', 'ninety days']);
  });

  it('is asked for no more when nobody is there', async () => {
    const page = looking(1000);
    await page.answer('first');
    page.end();
    await vi.advanceTimersByTimeAsync(5000);
    expect(page.asked).toHaveLength(1);
  });
});
