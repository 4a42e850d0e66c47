import { Client, type Schemas } from '../api/client.ts';
import { purpose } from './purpose.svelte.ts';

export type Permission = Schemas['Permission'];

/** Who is signed in. Undefined: not known yet; null: nobody. */
class Session {
  me = $state<Schemas['Me'] | null | undefined>(undefined);

  /** True when the role has it. What it has not is not shown; the server asks again at each call. */
  may(permission: Permission): boolean {
    return this.me?.permissions.includes(permission) ?? false;
  }

  /** Asks the server who is signed in. */
  async ask(): Promise<void> {
    this.me = await api.get('/api/v1/me');
  }

  /** Ends the session here and on the server. */
  async leave(): Promise<void> {
    await api.delete('/api/v1/session');
    this.ended();
  }

  /** Nobody is signed in any more. Whoever comes next in this window says why they read. */
  ended(): void {
    this.me = null;
    purpose.text = '';
  }
}

export const session = new Session();

export const api = new Client({
  fetch: (input, init) => fetch(input, init),
  signedOut: () => session.ended(),
  oneTime: () => {
    if (session.me) session.me = { ...session.me, one_time_password: true };
  },
});
