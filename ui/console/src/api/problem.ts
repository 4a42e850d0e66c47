import { english } from '@weir/shared/words.ts';

/** Why a call was not granted, as the server says it (RFC 9457), or because nothing came back. */
export class Problem extends Error {
  constructor(
    /** The kind: `forbidden`, `too-many-tries` …; `unreachable` where nothing came back. */
    readonly kind: string,
    /** The status of the answer; 0 where there was none. */
    readonly status: number,
    /** What it is in this case, in the server's words. */
    readonly detail: string | undefined,
    /** Seconds to wait before it is tried again. */
    readonly retryAfter: number | undefined,
  ) {
    super(detail ?? kind);
    this.name = 'Problem';
  }
}

const PREFIX = 'urn:weir:problem:';

/** Reads the body of an answer that is no success. Whatever it is, it becomes a problem. */
export function problemOf(status: number, body: unknown): Problem {
  const said = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};
  const text = (key: string) => (typeof said[key] === 'string' ? said[key] : undefined);
  const kind = text('type') ?? '';
  const wait = said['retry_after'];
  return new Problem(
    kind.startsWith(PREFIX) ? kind.slice(PREFIX.length) : 'failed',
    status,
    text('detail') ?? text('title'),
    typeof wait === 'number' ? wait : undefined,
  );
}

/** What happened, and what helps. */
export interface Explained {
  title: string;
  help: string;
}

const text = english({
  en: {
    unreachable: {
      title: 'The server does not answer',
      help: 'Check your network, and that weir-server is running. The page tries again by itself.',
    },
    'sign-in-needed': {
      title: 'You are not signed in any more',
      help: 'Sign in again; you will come back here.',
    },
    'sign-in-refused': {
      title: 'The sign-in is refused',
      help: 'Check the name, the password, and the code if your account has a code generator. An administrator can give you a new one-time password: weir-server account reset NAME.',
    },
    'password-change-needed': {
      title: 'The one-time password must be changed first',
      help: 'Choose a password of your own under Settings.',
    },
    forbidden: {
      title: 'Your role may not do this',
      help: 'Ask an administrator, or somebody whose role has it.',
    },
    'cross-site': {
      title: 'The server took this for a request of another site',
      help: 'Open the console at the address that the server is reached by, without a proxy that changes the host or origin.',
    },
    'not-found': {
      title: 'There is nothing here',
      help: 'It may have been removed since. Go back to the list.',
    },
    conflict: {
      title: 'What is there does not allow it',
      help: 'Somebody may have changed it meanwhile. Look at it again, then decide.',
    },
    refused: { title: 'The server refuses this', help: 'Change what it says, and try again.' },
    malformed: { title: 'The server cannot read this', help: 'Correct the entry and try again.' },
    'too-large': { title: 'This is too large', help: 'A bundle has at most 64 MiB.' },
    'too-many-tries': { title: 'Too many tries', help: 'Wait before the next one.' },
    late: { title: 'It took the server too long', help: 'Ask for less: a shorter time or more conditions.' },
    failed: { title: 'The server failed', help: 'Its own log says why: look there, then try again.' },
    wait: (seconds: number) =>
      seconds < 90 ? `Wait ${seconds} seconds.` : `Wait ${Math.ceil(seconds / 60)} minutes.`,
  },
});

/** A problem in words; what is not known is a failure. */
export function explain(problem: unknown): Explained {
  if (!(problem instanceof Problem)) return text.failed;
  const table: Record<string, Explained | ((seconds: number) => string)> = text;
  const known = table[problem.kind];
  const explained = typeof known === 'object' ? known : text.failed;
  const wait = problem.retryAfter === undefined ? '' : ` ${text.wait(problem.retryAfter)}`;
  const detail =
    problem.detail === undefined || problem.kind === 'sign-in-refused' ? '' : `${sentence(problem.detail)} `;
  return { title: explained.title, help: `${detail}${explained.help}${wait}` };
}

/** A sentence of a fragment, which is what servers and rules speak in. */
export function sentence(fragment: string): string {
  const begun = fragment.charAt(0).toUpperCase() + fragment.slice(1);
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}
