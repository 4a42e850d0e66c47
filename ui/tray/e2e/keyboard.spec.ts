import type { Page } from '@playwright/test';
import { asked, expect, go, play, tabTo, test } from './stage.ts';

/** The ten main tasks, each by keys alone. */

const PANEL = { width: 460, height: 560 };

/** The first message of the mock that waits. */
async function first(page: Page): Promise<string> {
  return play(page, (agent) => agent.waiting[0] ?? '');
}

test.describe('in the panel', () => {
  test.use({ viewport: PANEL });

  test('1. Enter sends a message cleaned, and the window closes', async ({ page }) => {
    await go(page, '/panel', { held: 1 });
    const id = await first(page);
    await expect(page.getByRole('alertdialog')).toBeVisible();
    await expect(page.getByRole('button', { name: 'Send cleaned' })).toBeFocused();
    await page.keyboard.press('Enter');
    await expect.poll(() => asked(page, 'close_window')).toHaveLength(1);
    expect(await asked(page, 'held_send')).toEqual([{ id, how: { how: 'cleaned' } }]);
  });

  test('2. what was found is seen as long as a key is held, and not after', async ({ page }) => {
    await go(page, '/panel', { held: 1 });
    const hidden = page.getByText('AK••••••••••••••PA');
    await expect(hidden).toBeVisible();
    await tabTo(page, 'button', 'Hold to show');
    await page.keyboard.down('Space');
    await expect(page.getByText('WEIR4FLOWS')).toBeVisible();
    await page.keyboard.up('Space');
    await expect(page.getByText('WEIR4FLOWS')).toHaveCount(0);
    await expect(hidden).toBeVisible();
    await page.keyboard.down('Enter');
    await expect(page.getByText('WEIR4FLOWS')).toBeVisible();
    await page.evaluate(() => dispatchEvent(new Event('blur')));
    await expect(page.getByText('WEIR4FLOWS')).toHaveCount(0);
    await page.keyboard.up('Enter');
    expect(await asked(page, 'held_send')).toEqual([]);
  });

  test('3. E edits; what is refused says so in place, and what is clean goes', async ({ page }) => {
    await go(page, '/panel', { held: 1 });
    const id = await first(page);
    await page.keyboard.press('e');
    const field = page.getByRole('textbox', { name: 'Your text, cleaned' });
    await expect(field).toBeFocused();
    await expect(field).toHaveValue(/\[REDACTED:AWS_ACCESS_KEY_ID\]/);
    await page.keyboard.press('Control+a');
    await page.keyboard.type(`again ${'AK'}IAZ7Q2WEIR4FLOWSPA`);
    await page.keyboard.press('Control+Enter');
    await expect(page.getByRole('alert')).toContainText('still has something in it');
    await expect(field).toHaveValue(/again/);
    await page.keyboard.press('Control+a');
    await page.keyboard.type('What is wrong with an archive that stops on Tuesdays?');
    await page.keyboard.press('Control+Enter');
    await expect.poll(() => asked(page, 'close_window')).toHaveLength(1);
    expect((await asked(page, 'held_send')).at(-1)).toEqual({
      id,
      how: { how: 'edited', text: 'What is wrong with an archive that stops on Tuesdays?' },
    });
  });

  test('4. X asks for an exception; its approval arrives, and one key sends', async ({ page }) => {
    await go(page, '/panel', { held: 1 });
    const id = await first(page);
    await page.keyboard.press('x');
    await expect(page.getByText('2 people have to agree.')).toBeVisible();
    await expect(page.getByRole('textbox', { name: 'Why must it go?' })).toBeFocused();
    await page.keyboard.type('The key is revoked already');
    await tabTo(page, 'checkbox', 'Send it by itself when it is approved');
    await page.keyboard.press('Space');
    await tabTo(page, 'button', 'Ask');
    await page.keyboard.press('Enter');
    await expect(page.getByText('Exception asked for.')).toBeVisible();
    expect(await asked(page, 'held_request')).toEqual([
      { id, ask: { reason: 'The key is revoked already', go: false } },
    ]);
    await play(page, (agent) => agent.decide(agent.waiting[0] ?? '', 'approved'));
    await expect(page.getByRole('button', { name: 'Send as approved' })).toBeFocused();
    await page.keyboard.press('Enter');
    await expect.poll(() => asked(page, 'held_send')).toEqual([{ id, how: { how: 'approved' } }]);
  });

  test('an approval that is here before the word that it was asked for is not lost', async ({ page }) => {
    await go(page, '/panel', { held: 1 });
    await play(page, (agent) => {
      const ask = agent.answers.held_request;
      agent.answers.held_request = async (given) => {
        const said = await ask(given);
        agent.decide(given.id, 'approved');
        return said;
      };
    });
    await page.keyboard.press('x');
    await page.keyboard.type('The key is revoked already');
    await tabTo(page, 'button', 'Ask');
    await page.keyboard.press('Enter');
    await expect(page.getByRole('button', { name: 'Send as approved' })).toBeFocused();
  });

  test('5. N sends with a reason, and the next message follows', async ({ page }) => {
    await go(page, '/panel', { held: 3 });
    await tabTo(page, 'button', 'Next message');
    await page.keyboard.press('Enter');
    await expect(page.getByText('2 of 3')).toBeVisible();
    await page.keyboard.press('n');
    await expect(page.getByRole('textbox')).toBeFocused();
    await page.keyboard.type('The clause is public');
    await page.keyboard.press('Enter');
    await expect(page.getByText('1 of 2')).toBeVisible();
    await expect(page.getByRole('status').filter({ hasText: 'Sent with your reason.' })).toHaveCount(1);
    await expect(page.getByRole('button', { name: 'Send cleaned' })).toBeFocused();
    expect(await asked(page, 'close_window')).toEqual([]);
  });

  test('N tells the administrators, where the rule leaves nothing to this person', async ({ page }) => {
    await go(page, '/panel', { held: 1 });
    const id = await first(page);
    await page.keyboard.press('n');
    await expect(page.getByRole('textbox', { name: 'Why is it not sensitive?' })).toBeFocused();
    await page.keyboard.type('The key is an example of the manual');
    await page.keyboard.press('Enter');
    await expect(page.getByText('The administrators know')).toBeVisible();
    await expect(page.getByRole('button', { name: 'Send cleaned' })).toBeFocused();
    expect(await asked(page, 'held_appeal')).toEqual([
      { id, ask: { reason: 'The key is an example of the manual' } },
    ]);
    expect(await asked(page, 'held_send')).toEqual([]);
    await play(page, (agent) => agent.answerAppeal(agent.waiting[0] ?? '', 'It is a real one.'));
    await expect(page.getByText('have looked into it: It is a real one.')).toBeVisible();
  });

  test('the same words are one line, decided once', async ({ page }) => {
    await go(page, '/panel', { held: 1 });
    await play(page, (agent) => agent.repeat());
    await play(page, (agent) => agent.repeat());
    await expect(page.getByText('Sent 3 times within ten minutes.')).toBeVisible();
    await expect(page.getByText(/\d of \d/)).toHaveCount(0);
    await tabTo(page, 'checkbox', 'Send it cleaned each time');
    await page.keyboard.press('Space');
    const ids = await play(page, (agent) => agent.waiting);
    await page.keyboard.press('c');
    await expect.poll(() => asked(page, 'close_window')).toHaveLength(1);
    expect(await asked(page, 'held_send')).toEqual(
      ids.map((id) => ({ id, how: { how: 'cleaned', again: true } })),
    );
  });

  test('6. Esc goes back, and twice takes the message back', async ({ page }) => {
    await go(page, '/panel', { held: 1 });
    await page.keyboard.press('e');
    await page.keyboard.press('Escape');
    await expect(page.getByRole('button', { name: 'Send cleaned' })).toBeFocused();
    await page.keyboard.press('Escape');
    await expect(page.getByRole('button', { name: 'press Esc again' })).toBeFocused();
    await page.keyboard.press('Shift+Tab');
    await expect(page.getByRole('button', { name: 'Take back', exact: true })).toBeVisible();
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
    await expect.poll(() => asked(page, 'held_drop')).toHaveLength(1);
    expect(await asked(page, 'held_send')).toEqual([]);
  });

  test('the focus stays in the panel', async ({ page }) => {
    await go(page, '/panel', { held: 3 });
    for (let step = 0; step < 24; step += 1) {
      await page.keyboard.press(step % 5 === 4 ? 'Shift+Tab' : 'Tab');
      expect(
        await page.evaluate(() => document.activeElement?.closest('[role="alertdialog"]') !== null),
      ).toBe(true);
    }
  });

  test('keys that are not offered do nothing', async ({ page }) => {
    await go(page, '/panel', { held: 3 });
    await tabTo(page, 'button', 'Previous message');
    await page.keyboard.press('Enter');
    await expect(page.getByText('3 of 3')).toBeVisible();
    for (const key of ['c', 'e', 'x', 'n', 'a']) await page.keyboard.press(key);
    await expect(page.getByRole('textbox')).toHaveCount(0);
    expect(await asked(page, 'held_send')).toEqual([]);
  });

  test('what was typed is in nothing that the browser keeps', async ({ page }) => {
    await go(page, '/panel', { held: 1 });
    await tabTo(page, 'button', 'Hold to show');
    await page.keyboard.down('Space');
    await expect(page.getByText('WEIR4FLOWS')).toBeVisible();
    await page.keyboard.up('Space');
    const kept = await page.evaluate(() =>
      JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]),
    );
    expect(kept).not.toContain('WEIR4FLOWS');
    expect(kept).not.toContain('archive');
  });

  test('a message that arrives is counted, and takes nobody away from the one that is read', async ({
    page,
  }) => {
    await go(page, '/panel', { held: 1 });
    await page.keyboard.press('e');
    await play(page, (agent) => agent.arrive());
    await expect(page.getByRole('textbox')).toBeFocused();
    await page.keyboard.press('Escape');
    await expect(page.getByText('1 of 2')).toBeVisible();
  });

  test('when the agent goes away, the panel says that nothing was sent', async ({ page }) => {
    await go(page, '/panel', { held: 1 });
    await play(page, (agent) => agent.connect(false));
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('The agent does not answer');
    await expect(page.getByText('Nothing has been sent.')).toBeVisible();
  });
});

test('7. a past decision is found by conditions, opened, and left again', async ({ page }) => {
  await go(page, '/history', { events: 10_000 });
  await tabTo(page, 'combobox', 'Decision');
  await page.keyboard.type('Held');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/action=block/);
  await tabTo(page, 'listbox', 'Events');
  for (const key of ['End', 'PageUp', 'ArrowUp', 'Home', 'PageDown', 'ArrowDown'])
    await page.keyboard.press(key);
  const list = page.getByRole('listbox', { name: 'Events' });
  const chosen = await list.getAttribute('aria-activedescendant');
  await expect(page.locator(`[id="${chosen}"]`)).toBeInViewport();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Decision');
  await expect(page.getByRole('heading', { level: 1 })).toBeFocused();
  await expect(page.getByText('Nothing of it left this laptop.')).toBeVisible();
  await tabTo(page, 'link', 'History');
  // The first link of that name is the navigation's: from there the list begins anew.
  await page.goBack();
  await expect(page).toHaveURL(/action=block/);
  await expect(list).toHaveAttribute(
    'aria-activedescendant',
    new RegExp(`${chosen?.slice(chosen.indexOf('-'))}$`),
  );
});

test('a list of ten thousand draws a screenful, and the last one is reached', async ({ page }) => {
  await go(page, '/history', { events: 10_000 });
  await expect(page.getByText('10,000 events.')).toBeVisible();
  const list = page.getByRole('listbox', { name: 'Events' });
  expect(await list.getByRole('option').count()).toBeLessThan(60);
  await list.focus();
  await page.keyboard.press('End');
  await expect(list.locator('[aria-posinset="10000"]')).toBeInViewport();
  expect(await list.getByRole('option').count()).toBeLessThan(60);
  // Scrolled through as fast as the browser paints, no frame takes long.
  const slow = await list.evaluate(async (element) => {
    const times: number[] = [];
    for (let step = 0; step < 60; step += 1) {
      const before = performance.now();
      element.scrollTop = (element.scrollHeight / 60) * step;
      await new Promise((done) => requestAnimationFrame(done));
      times.push(performance.now() - before);
    }
    return times.sort((one, other) => one - other)[30] ?? 0;
  });
  console.log(`history: median of ${slow.toFixed(1)} ms a frame over 10,000 rows`);
});

test('8. who looked is read, and a record is opened', async ({ page }) => {
  await go(page, '/');
  await tabTo(page, 'link', 'My records');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Recorded about me');
  await expect(page.getByRole('rowheader', { name: 'grace' })).toBeVisible();
  await page.locator('summary').first().focus();
  await page.keyboard.press('Enter');
  await expect(page.getByText('"disposition"').first()).toBeVisible();
});

test('9. what is not in order is fixed, and that is taken back', async ({ page }) => {
  await go(page, '/health');
  await expect(page.getByText('9 of 11 are in order.')).toBeVisible();
  await tabTo(page, 'button', /^Fix: Chromium/);
  await page.keyboard.press('Enter');
  await expect(page.getByText('10 of 11 are in order.')).toBeVisible();
  await tabTo(page, 'button', /^Undo: Chromium/);
  await page.keyboard.press('Enter');
  await expect(page.getByText('9 of 11 are in order.')).toBeVisible();
  await tabTo(page, 'button', 'Run the self-test');
  await page.keyboard.press('Enter');
  await expect(page.getByText('A secret does not leave')).toBeVisible();
  await expect(page.getByText('Everything was stopped or cleaned')).toBeVisible();
});

test('what may go where is found, and why', async ({ page }) => {
  await go(page, '/');
  await tabTo(page, 'link', 'Providers');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Providers');
  await tabTo(page, 'searchbox', 'Find a service');
  await page.keyboard.type('chatgpt');
  await expect(page.getByText(/^ChatGPT is treated like: OpenAI/)).toBeVisible();
  await page.keyboard.press('Control+a');
  await page.keyboard.type('openai');
  await tabTo(page, 'button', /^Why: OpenAI/);
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'OpenAI' });
  await expect(dialog.getByText('data-classification/restricted').first()).toBeVisible();
  await expect(dialog.getByText('counts until 28 Feb 2027')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('button', { name: /^Why: OpenAI/ })).toBeFocused();
});

test('a provider is asked for, and the answer arrives', async ({ page }) => {
  await go(page, '/providers');
  await expect(page.getByText('You have asked for no provider yet')).toBeVisible();
  await tabTo(page, 'button', 'Ask for a provider');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('textbox', { name: 'Which one?' })).toBeVisible();
  await page.getByRole('textbox', { name: 'Which one?' }).focus();
  await page.keyboard.type('Mistral');
  await tabTo(page, 'textbox', 'What do you want it for?');
  await page.keyboard.type('Translations of manuals');
  await tabTo(page, 'combobox', 'Most sensitive data that is to go there');
  await page.keyboard.type('Public');
  await tabTo(page, 'button', 'Send the request');
  await page.keyboard.press('Enter');
  await expect(page.getByText('The request is with the administrators.')).toBeVisible();
  expect(await asked(page, 'ask_provider')).toEqual([
    {
      wanted: { provider: 'Mistral', business_case: 'Translations of manuals', level: 'public', data: '' },
    },
  ]);
  await play(page, (agent) => agent.answer('mistral', 'refused', 'There is no contract yet.'));
  await expect(page.getByRole('cell', { name: 'There is no contract yet.' })).toBeVisible();
});

test('a decision that is wrong is appealed against, and the answer arrives', async ({ page }) => {
  await go(page, '/history?action=block');
  await tabTo(page, 'listbox', 'Events');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Decision');
  await tabTo(page, 'button', /^This is wrong/);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('textbox', { name: 'What is wrong?' })).toBeFocused();
  await page.keyboard.type('The key is an example of the manual');
  await tabTo(page, 'button', 'Tell the administrators');
  await page.keyboard.press('Enter');
  await expect(page.getByText('With the administrators')).toBeVisible();
  const [{ id }] = (await asked(page, 'appeal')) as [{ id: string }];
  expect(page.url()).toContain(id);
  await expect(page.getByRole('button', { name: /^This is wrong/ })).toHaveCount(0);
});

test('10. the language is changed, and everything is in it', async ({ page }) => {
  await go(page, '/settings', { language: 'en' });
  await tabTo(page, 'radio', 'English');
  await page.keyboard.press('ArrowRight');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Einstellungen');
  await expect(page.locator('html')).toHaveAttribute('lang', 'de');
  await expect(page.getByRole('link', { name: 'Meine Einträge' })).toBeVisible();
});

test('whoever comes for the first time reads what is watched first', async ({ page }) => {
  await go(page, '/', { read: 'no' });
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Before you start');
  await tabTo(page, 'button', 'I have read this');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Now');
  const [{ settings }] = (await asked(page, 'set_settings')) as [{ settings: { acknowledged: number } }];
  expect(settings.acknowledged).toBeGreaterThan(0);
});

test('a code that was read out is entered, and says why where it lifts nothing', async ({ page }) => {
  await go(page, '/', { directive: 1, language: 'en' });
  await tabTo(page, 'button', 'Enter a code');
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog');
  await tabTo(page, 'textbox', 'Code');
  await page.keyboard.type('7k3m');
  await page.keyboard.press('Enter');
  await expect(dialog.getByText('Have it read out again')).toBeVisible();
  await dialog.getByLabel('Code').fill('7k3m qx9v 2dtp');
  await page.keyboard.press('Enter');
  await expect(dialog).toBeHidden();
  await expect(page.getByText('An order of your administrators is lifted here')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Enter a code' })).toHaveCount(0);
});

test('nothing of another time is saved while a day is read', async ({ page }) => {
  await go(page, '/history');
  await expect(page.getByRole('listbox')).toBeVisible();
  await play(page, (agent) => {
    agent.answers.events = () => new Promise(() => undefined);
  });
  await page.getByLabel('Day', { exact: true }).fill('2001-01-01');
  await expect(page.getByRole('listbox')).toHaveCount(0);
  await expect(page.getByRole('button', { name: 'Save as JSON' })).toBeDisabled();
});

test('what is shown of the history is saved', async ({ page }) => {
  await go(page, '/history?action=block');
  await expect(page.getByRole('listbox')).toBeVisible();
  await tabTo(page, 'button', 'Save as JSON');
  await page.keyboard.press('Enter');
  await expect(page.getByText(/Saved as .*weir-history-.*\.json/)).toBeVisible();
  const [{ text }] = (await asked(page, 'export')) as [{ text: string }];
  const events = JSON.parse(text) as { action: string }[];
  expect(events.length).toBeGreaterThan(3);
  expect(events.every(({ action }) => action === 'block')).toBe(true);
});

test('the state follows the agent', async ({ page }) => {
  await go(page, '/');
  await expect(page.getByText('Protected', { exact: true })).toBeVisible();
  await play(page, (agent) => agent.connect(false));
  await expect(page.getByText('The agent does not answer')).toBeVisible();
  await play(page, (agent) => agent.connect(true));
  await expect(page.getByText('Protected', { exact: true })).toBeVisible();
  await play(page, (agent) => agent.arrive());
  await expect(page.getByText('1 message waits for you')).toBeVisible();
});

test.describe('with less motion', () => {
  test.use({ contextOptions: { reducedMotion: 'reduce' } });
  for (const [path, world] of [
    ['/', {}],
    ['/panel', { held: 1 }],
    ['/health', {}],
  ] as const) {
    test(`nothing moves on ${path}`, async ({ page }) => {
      await go(page, path, world);
      const moving = await page.evaluate(
        () =>
          document
            .getAnimations()
            .filter((animation) => Number(animation.effect?.getTiming().duration ?? 0) > 1).length,
      );
      expect(moving).toBe(0);
    });
  }
});
