/** Something that is looked at again and again while somebody sees it. */
export interface Live<T> {
  readonly value: T | undefined;
  /** Why the last look failed. The value before it stays. */
  readonly problem: unknown;
  readonly loading: boolean;
  /** Looks now. */
  again: () => void;
}

/**
 * Follows what `load` gives, every `every` milliseconds; 0: once. Nothing is asked for while the page is hidden, and at
 * once when it comes back. What `load` reads of the state is followed as well: a change begins anew.
 *
 * The API has no stream for people; asking is simple, goes through every proxy, and costs nothing while nobody looks.
 */
export function live<T>(load: (signal: AbortSignal) => Promise<T>, every = 0): Live<T> {
  let value = $state.raw<T | undefined>(undefined);
  let problem = $state.raw<unknown>(undefined);
  let loading = $state(true);
  let asked = $state(0);

  $effect(() => {
    void asked;
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const next = () => {
      if (every > 0 && !stop.signal.aborted && document.visibilityState === 'visible')
        timer = setTimeout(look, every);
    };
    const take = (found: T) => {
      if (stop.signal.aborted) return;
      value = found;
      problem = undefined;
      loading = false;
    };
    const miss = (error: unknown) => {
      if (stop.signal.aborted) return;
      problem = error;
      loading = false;
    };
    const look = () => {
      clearTimeout(timer);
      loading = true;
      void load(stop.signal).then(take, miss).then(next);
    };
    const seen = () => {
      if (every > 0 && document.visibilityState === 'visible') look();
      else clearTimeout(timer);
    };
    document.addEventListener('visibilitychange', seen);
    // What is read here, before the first wait, is what the effect follows.
    look();
    return () => {
      stop.abort();
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', seen);
    };
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
