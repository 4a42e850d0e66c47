import { api, session } from '../../app/session.svelte.ts';

/** Signs in; the code as the generator shows it, with spaces or without, or empty. */
export async function signIn(name: string, password: string, code: string): Promise<void> {
  const digits = code.replaceAll(' ', '');
  session.me = await api.post('/api/v1/session', {
    body: { name: name.trim(), password, ...(digits === '' ? {} : { code: digits }) },
  });
}

/** The provider that may be asked who somebody is, as people know it; none where there is none. */
export async function provider(): Promise<string | undefined> {
  return (await api.get('/api/v1/session/ways')).openid ?? undefined;
}

/** Changes one's own password. All other sessions of the account end. */
export async function changePassword(old: string, next: string): Promise<void> {
  await api.put('/api/v1/me/password', { body: { old, new: next } });
  await session.ask();
}
