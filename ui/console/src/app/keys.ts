/** What a key press means: after `g`, the page whose key it is. Pure: time and what came before are given. */
export interface Pressed {
  key: string;
  /** When, in milliseconds. */
  at: number;
}

export type Meaning =
  { to: 'help' } | { to: 'filter' } | { to: 'page'; key: string } | { to: 'wait' } | undefined;

/** How long `g` is remembered. */
const PATIENCE = 1500;

/** The meaning of a key, with the one before it. */
export function meaning(pressed: Pressed, before: Pressed | undefined): Meaning {
  if (before?.key === 'g' && pressed.at - before.at < PATIENCE) return { to: 'page', key: pressed.key };
  if (pressed.key === 'g') return { to: 'wait' };
  if (pressed.key === '?') return { to: 'help' };
  if (pressed.key === '/') return { to: 'filter' };
  return undefined;
}

/** True where keys are text. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName);
}

const KEY = 'weir-shortcuts';

/** Whether single keys do something; people who dictate switch it off. */
export function shortcutsOn(): boolean {
  try {
    return localStorage.getItem(KEY) !== 'off';
  } catch {
    return true;
  }
}

/** Keeps the choice on this machine. */
export function keepShortcuts(on: boolean): void {
  try {
    localStorage.setItem(KEY, on ? 'on' : 'off');
  } catch {
    return;
  }
}
