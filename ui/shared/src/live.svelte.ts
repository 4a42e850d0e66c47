import { untrack } from 'svelte';

/** Something that is looked at again and again while somebody sees it. */
export interface Live<T> {
  readonly value: T | undefined;
  /** Why the last look failed. The value before it stays, where it answers the same question. */
  readonly problem: unknown;
  readonly loading: boolean;
  /** Looks now. */
  again: () => void;
}

/**
 * Follows what `load` gives, every `every` milliseconds; 0: once. Nothing is asked for while the page is hidden, and at
 * once when it comes back. What `load` reads of the state is the question: with another one, the answer that was there is
 * gone. When what `when` reads changes, it is looked at again, and what is shown stays until the answer is here.
 *
 * The API has no stream for people; asking is simple, goes through every proxy, and costs nothing while nobody looks.
 */
export function live<T>(
  load: (signal: AbortSignal) => Promise<T>,
  every = 0,
  when: () => unknown = () => undefined,
): Live<T> {
  let value = $state.raw<T | undefined>(undefined);
  let problem = $state.raw<unknown>(undefined);
  let loading = $state(true);
  let asked = $state(0);

  const looks: Looks<T> = {
    load,
    every,
    begins: () => (loading = true),
    found: (answer) => ([value, problem, loading] = [answer, undefined, false]),
    failed: (error) => ([problem, loading] = [error, false]),
  };

  $effect(() => {
    [value, problem] = [undefined, undefined];
    const { look, end } = looking(looks);
    // What is read here, before the first wait, is what the effect follows.
    look();
    let first = true;
    $effect(() => {
      void asked;
      void when();
      if (!first) untrack(look);
      first = false;
    });
    return end;
  });

  return {
    get value() {
      return value;
    },
    get problem() {
      return problem;
    },
    get loading() {
      return loading;
    },
    again: () => {
      asked += 1;
    },
  };
}

/** What is looked at, how often, and who is told. */
interface Looks<T> {
  load: (signal: AbortSignal) => Promise<T>;
  every: number;
  begins: () => void;
  found: (answer: T) => void;
  failed: (error: unknown) => void;
}

/** Looks when it is told to, and from then on while the page is seen, until the end. A look ends the one before it. */
function looking<T>({ load, every, begins, found, failed }: Looks<T>): { look: () => void; end: () => void } {
  let stop = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const isSeen = () => every > 0 && document.visibilityState === 'visible';

  const look = () => {
    halt();
    stop = new AbortController();
    const { signal } = stop;
    /** Tells, unless nobody waits for this look any more. */
    const tell = (what: () => void) => {
      if (signal.aborted) return;
      what();
      if (isSeen()) timer = setTimeout(look, every);
    };
    begins();
    void load(signal).then(
      (answer) => tell(() => found(answer)),
      (error: unknown) => tell(() => failed(error)),
    );
  };
  const halt = () => {
    clearTimeout(timer);
    stop.abort();
  };
  const seen = () => (isSeen() ? look() : clearTimeout(timer));
  document.addEventListener('visibilitychange', seen);
  return {
    look,
    end: () => {
      halt();
      document.removeEventListener('visibilitychange', seen);
    },
  };
}
