import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import type { MockAgent } from '../src/api/mock/agent.ts';
import { expect } from '../../stories/stage.ts';

export { accessible, expect, tabTo, test } from '../../stories/stage.ts';

/** Where pictures go; they are not committed. */
export const PICTURES = join(import.meta.dirname, '../../../.weir/pictures/tray');
mkdirSync(PICTURES, { recursive: true });

export type Language = 'en' | 'de';

/** Conditions of the world that the mock plays: see `World`. */
export type World = Record<string, string | number>;

/** Opens a page in a world of its own. */
export async function go(page: Page, path: string, world: World = {}): Promise<void> {
  const search = new URLSearchParams(Object.entries(world).map(([name, value]) => [name, String(value)]));
  await page.goto(`/?${search.toString()}#${path}`);
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
}

/** Has the mock do something. */
export async function play<T>(page: Page, deed: (agent: MockAgent) => T): Promise<T> {
  return page.evaluate(`(${deed.toString()})(globalThis.mock)`) as Promise<T>;
}

/** What the page has asked for by this command. */
export async function asked(page: Page, command: string): Promise<unknown[]> {
  const left = await page.evaluate(
    () => (globalThis as unknown as { mock: { left: { command: string; given: unknown }[] } }).mock.left,
  );
  return left.filter((one) => one.command === command).map(({ given }) => given);
}
