import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { expect, test as base, type Page } from '@playwright/test';

/** A page on which nothing may go wrong unseen: neither an exception nor something that the page's policy forbids. */
export const test = base.extend({
  page: async ({ page }, use) => {
    const wrong: string[] = [];
    page.on('pageerror', (error) => wrong.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error' && !/Failed to load resource/.test(message.text()))
        wrong.push(message.text());
    });
    await use(page);
    expect(wrong).toEqual([]);
  },
});

export { expect };

const axe = readFileSync(join(createRequire(import.meta.url).resolve('axe-core'), '../axe.min.js'), 'utf8');

interface Violation {
  id: string;
  impact: string | null;
  nodes: { target: unknown[]; failureSummary?: string }[];
}

/** Holds what is seen against WCAG 2.2 AA, as far as a program can. */
export async function accessible(page: Page, where: string): Promise<void> {
  await page.evaluate(axe);
  const violations = await page.evaluate(async () => {
    const run = (
      globalThis as unknown as { axe: { run: (options: unknown) => Promise<{ violations: Violation[] }> } }
    ).axe.run;
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
    return (await run({ runOnly: { type: 'tag', values: tags } })).violations;
  });
  const grave = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  const said = grave.map(
    ({ id, nodes }) =>
      `${id}: ${nodes.map((node) => `${node.target.join(' ')} ${node.failureSummary ?? ''}`).join('; ')}`,
  );
  expect(said, where).toEqual([]);
}

/** Goes on by Tab until something of that role and name has the focus; what has it must be seen to have it. */
export async function tabTo(page: Page, role: string, name: string | RegExp): Promise<void> {
  const wanted = page.locator('*:focus');
  for (let step = 0; step < 60; step += 1) {
    await page.keyboard.press('Tab');
    const at = page.getByRole(role as 'button', { name, exact: typeof name === 'string' }).and(wanted);
    if ((await at.count()) > 0) {
      const seen = await at.evaluate((element) => {
        const style = getComputedStyle(
          element.matches('input[type="radio"].unseen') ? (element.closest('label') ?? element) : element,
        );
        return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
      });
      expect(seen, `the focus on ${String(name)} is seen`).toBe(true);
      return;
    }
  }
  throw new Error(`${role} ${String(name)} is not reached by Tab`);
}
