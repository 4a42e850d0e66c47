import { encode } from 'uqr';
import { api, session } from '../../app/session.svelte.ts';

/** Gets a code generator that is not in use yet. */
export function newCodes(password: string) {
  return api.post('/api/v1/me/codes', { body: { password } });
}

/** Uses it from now on. */
export async function codesOn(code: string): Promise<void> {
  await api.put('/api/v1/me/codes', { body: { code: code.replaceAll(' ', '') } });
  await session.ask();
}

/** Does without it. */
export async function codesOff(password: string): Promise<void> {
  await api.post('/api/v1/me/codes/off', { body: { password } });
  await session.ask();
}

/** A picture for cameras: its side in squares, quiet border included, and the dark ones as the path of an SVG. */
export function picture(text: string): { side: number; path: string } {
  const { data, size } = encode(text, { ecc: 'M', border: 2 });
  const squares = data.flatMap((row, y) => row.flatMap((dark, x) => (dark ? [`M${x} ${y}h1v1h-1z`] : [])));
  return { side: size, path: squares.join('') };
}
