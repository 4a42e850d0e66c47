import type { Schemas } from '../../api/client.ts';
import type { Directive } from '../../app/in-force.ts';
import { api } from '../../app/session.svelte.ts';

export type Code = Schemas['OverrideShown'];
export type Device = Schemas['DeviceShown'];
export type CodeState = Code['state'];

/** Codes that were asked for, newest first; none of them shows the code. */
export async function listCodes(signal: AbortSignal): Promise<Code[]> {
  return (await api.get('/api/v1/overrides', { query: { limit: 50 }, signal })).overrides;
}

/** Served devices whose name begins so, or the one with this id. */
export async function devicesNamed(name: string, signal: AbortSignal): Promise<Device[]> {
  const wanted = name.trim();
  if (/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(wanted))
    return [await api.get('/api/v1/devices/{id}', { path: { id: wanted.toLowerCase() }, signal })];
  const query = { name: wanted || undefined, revoked: false, limit: 8 };
  return (await api.get('/api/v1/devices', { query, signal })).devices;
}

/** What somebody asks for; `directive` undefined: what holds while policy is out of date. */
export interface Wanted {
  device: string;
  directive: number | undefined;
  minutes: number;
  reason: string;
}

export function askCode({ device, directive, minutes, reason }: Wanted) {
  const what = directive === undefined ? {} : { directive };
  return api.post('/api/v1/overrides', { body: { device, minutes, reason: reason.trim(), ...what } });
}

export function approveCode({ id }: Code) {
  return api.post('/api/v1/overrides/{id}/approve', { path: { id } });
}

export function refuseCode({ id }: Code, why: string) {
  return api.post('/api/v1/overrides/{id}/refuse', { path: { id }, body: { why: why.trim() } });
}

/** The code itself: the server shows it this once. */
export function readCode({ id }: Code) {
  return api.post('/api/v1/overrides/{id}/code', { path: { id } });
}

/** The mark of a state. */
export function codeMark(state: CodeState): string {
  const marks: Record<CodeState, string> = {
    asked: 'waiting',
    approved: 'good',
    refused: 'bad',
    issued: 'good',
    used: 'warn',
    expired: 'off',
  };
  return marks[state];
}

/** What somebody of this name may still do: whoever asked reads it, and another person decides. */
export function stillOpen(
  code: Code,
  name: string | undefined,
  may: { ask: boolean; approve: boolean },
): 'decide' | 'read' | 'nothing' {
  const isOwn = code.asked_by === name;
  if (code.state === 'asked' && may.approve && !isOwn) return 'decide';
  return code.state === 'approved' && may.ask && isOwn ? 'read' : 'nothing';
}

/**
 * Directives that may hold on a device that hears nothing, newest first: also those that were replaced or ended by a newer one
 * since, which it knows nothing of. It goes by none that came before the last one it took. `now` in milliseconds since 1970.
 */
export function liftable(
  directives: readonly Directive[],
  { group, order }: Pick<Device, 'group' | 'order'>,
  now: number,
): Directive[] {
  const mayHold = (one: Directive) =>
    one.directive !== 'resume' &&
    one.expires > now &&
    one.epoch >= order &&
    (!one.group || one.group === group);
  return directives.filter(mayHold).sort((one, other) => other.epoch - one.epoch);
}

/** Which of them a code most likely has to lift: the last one that the device said it took, else the newest. */
export function likeliest(
  choices: readonly Directive[],
  { order }: Pick<Device, 'order'>,
): Directive | undefined {
  return choices.find(({ epoch }) => epoch === order) ?? choices[0];
}
