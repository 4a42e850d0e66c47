import { describe, expect, it } from 'vitest';
import { Asking } from './asking.svelte.ts';

/** Answers are given by hand. */
function byHand() {
  const waiting: { resolve: (found: number) => void; reject: (error: Error) => void }[] = [];
  const asking = new Asking<string, number>(
    () => new Promise((resolve, reject) => waiting.push({ resolve, reject })),
  );
  return { asking, last: () => waiting[waiting.length - 1] };
}

describe('a question', () => {
  it('stays with its answer', async () => {
    const { asking, last } = byHand();
    const asked = asking.ask('openai');
    last()?.resolve(7);
    expect(await asked).toBe(true);
    expect(asking.answer).toMatchObject({ question: 'openai', found: 7 });
    expect(Math.abs((asking.answer?.at ?? 0) - Date.now())).toBeLessThan(60_000);
  });

  it('takes the answer to the one before away, also where it fails', async () => {
    const { asking, last } = byHand();
    const first = asking.ask('openai');
    last()?.resolve(7);
    await first;
    const second = asking.ask('mistral');
    expect([asking.busy, asking.answer]).toEqual([true, undefined]);
    last()?.reject(new Error('gone'));
    expect(await second).toBe(false);
    expect([asking.answer, asking.problem]).toEqual([undefined, new Error('gone')]);
  });

  it('that is asked twice at once is one', async () => {
    const { asking, last } = byHand();
    const first = asking.ask('openai');
    expect(await asking.ask('mistral')).toBe(false);
    last()?.resolve(7);
    await first;
    expect(asking.answer?.question).toBe('openai');
  });
});
