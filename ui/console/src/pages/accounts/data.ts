import type { Schemas } from '../../api/client.ts';
import { api } from '../../app/session.svelte.ts';
import { text } from './text.ts';

export type Account = Schemas['AccountShown'];
export type Role = Account['role'];

/** All roles, from those that see least. */
export const ROLES = Object.keys(text.roles) as Role[];

export async function list(signal: AbortSignal): Promise<Account[]> {
  return (await api.get('/api/v1/accounts', { signal })).accounts;
}

/** Makes an account; its one-time password. */
export async function create(name: string, role: Role): Promise<string> {
  return (await api.post('/api/v1/accounts', { body: { name: name.trim(), role } })).one_time_password;
}

/** A new one-time password. */
export async function reset(name: string): Promise<string> {
  return (await api.post('/api/v1/accounts/{name}/reset', { path: { name } })).one_time_password;
}

export function setRole(name: string, role: Role) {
  return api.put('/api/v1/accounts/{name}/role', { path: { name }, body: { role } });
}

export function disable(name: string) {
  return api.post('/api/v1/accounts/{name}/disable', { path: { name } });
}

export function enable(name: string) {
  return api.post('/api/v1/accounts/{name}/enable', { path: { name } });
}
