import { Work } from '@weir/shared/work.svelte.ts';

/** An answer, with what was asked and when: fields may say something else by now. */
export interface Answer<Q, A> {
  question: Q;
  at: number;
  found: A;
}

/** One question after another. While one is asked, and where that fails, there is no answer: not that to the one before. */
export class Asking<Q, A> extends Work {
  answer = $state.raw<Answer<Q, A> | undefined>(undefined);
  readonly #load: (question: Q) => Promise<A>;

  constructor(load: (question: Q) => Promise<A>) {
    super();
    this.#load = load;
  }

  /** Asks. True when it was answered. */
  ask(question: Q): Promise<boolean> {
    return this.run(async () => {
      this.answer = undefined;
      const at = Date.now();
      this.answer = { question, at, found: await this.#load(question) };
    });
  }
}
