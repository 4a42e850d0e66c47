import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { accessible, expect, firstSignIn, givePurpose, stage, tabTo, test } from './stage.ts';

/** What `weir audit verify` says of a file, without the server. */
function verified(file: string): unknown {
  const told = ['audit', 'verify', file, '--server-key', stage.logKey, '--json'];
  return JSON.parse(execFileSync(stage.weir, told, { encoding: 'utf8' }));
}

test('a blocked event is found and explained', async ({ page }) => {
  await page.goto('/');
  await expect(page.getByRole('figure').first()).toContainText('Block');
  await page.getByRole('link', { name: 'Events' }).click();
  await givePurpose(page);
  await page.getByLabel('Decision').selectOption('Block');
  await page.getByRole('button', { name: 'Show' }).click();
  await expect(page).toHaveURL(/action=block/);
  const rows = page.getByRole('row').filter({ hasText: 'openai' });
  await expect(rows.first()).toBeVisible();
  await page.goto(`/events/${stage.blocked}`);
  await givePurpose(page);
  await expect(page.getByText('Did not leave')).toBeVisible();
  await expect(page.getByRole('cell', { name: 'Restricted' }).first()).toBeVisible();
  await expect(page.getByText(`weir explain ${stage.blocked}`)).toBeVisible();

  // Whoever reads it is in the journal, with the purpose.
  await page.getByRole('link', { name: 'Journal' }).click();
  await expect(page.getByRole('row').filter({ hasText: stage.blocked }).first()).toContainText(
    'a test of the console',
  );
  await page.getByRole('button', { name: 'Verify' }).click();
  await expect(page.getByText(/^Whole: \d+ rows/)).toBeVisible();
});

test('the kill switch reaches the laptop, and is lifted again', async ({ page }) => {
  await page.goto('/directives');
  await expect(page.getByText('No service is closed by order.')).toBeVisible();
  await page.getByRole('button', { name: 'Close providers' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Close providers' }).click();
  await expect(dialog.getByText('Choose at least one provider.')).toBeVisible();
  await dialog.getByLabel('Find a provider').fill('anthropic');
  await dialog.getByLabel('Anthropic').check();
  await dialog.getByLabel('Reason').fill('keys have leaked');
  await dialog.getByRole('button', { name: 'Close providers' }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByRole('row').nth(1)).toContainText('anthropic');
  await expect(page.getByRole('row').nth(1)).toContainText('1 of 1');

  // A group that was typed and not given is in no other order.
  await page.getByRole('button', { name: 'Close every AI service' }).click();
  await dialog.getByLabel('Group').fill('pilot');
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await expect(dialog).toBeHidden();
  await page.getByRole('button', { name: 'Close every AI service' }).click();
  await expect(dialog.getByLabel('Group')).toHaveValue('');
  await dialog.getByLabel('Reason').fill('a drill');
  await dialog.getByRole('button', { name: 'Close every AI service' }).click();
  await expect(page.getByRole('row').nth(1)).toContainText('Every AI service is closed');
  await expect(page.getByRole('row').nth(1)).toContainText('1 of 1');
  await page.goto('/alerts');
  await expect(page.getByRole('complementary', { name: 'Kill switch' })).toContainText('a drill');

  await page.goto('/directives');
  await page.getByRole('button', { name: 'Go by policy again' }).click();
  await dialog.getByRole('button', { name: 'Go by policy again' }).click();
  await expect(page.getByText('No service is closed by order.')).toBeVisible();
});

test('an exception is approved and taken back', async ({ page }) => {
  await page.goto('/requests');
  const dialog = page.getByRole('dialog');
  await page.getByRole('button', { name: /^Decide: grace/ }).click();
  await expect(dialog).toContainText('The customer waits for this answer today');
  await dialog.getByLabel('For how many hours').fill('2');
  await dialog.getByRole('button', { name: 'Approve', exact: true }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByRole('row').filter({ hasText: 'grace' })).toHaveCount(0);

  await page.getByText('All', { exact: true }).click();
  const row = page.getByRole('row').filter({ hasText: 'grace' });
  await expect(row).toContainText('Approved');
  await expect(row).toContainText('1 of 1');
  await row.getByRole('button', { name: /^Take back/ }).click();
  await dialog.getByLabel('Why').fill('not needed any more');
  await dialog.getByRole('button', { name: 'Take back' }).click();
  await expect(row).toContainText('Taken back');
});

test('a provider is approved, promises something, and stands in a pack', async ({ page }) => {
  await page.goto('/providers');
  const dialog = page.getByRole('dialog');
  await page.getByRole('button', { name: /^Decide: mistral/ }).click();
  await expect(dialog).toContainText('Support answers in German and French');
  await expect(dialog).toContainText('a breach is told within 48 hours');
  await dialog.getByLabel('Why').fill('the contract is signed');
  await dialog.getByRole('button', { name: 'Approve' }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByRole('row').filter({ hasText: 'mistral' })).toHaveCount(0);

  await page.getByRole('button', { name: 'Enter a promise' }).click();
  await dialog.getByLabel('Provider').fill('mistral');
  await dialog.getByLabel('Promise').selectOption('Keeps for days');
  await dialog.getByLabel('How many').fill('14');
  await dialog.getByLabel('Document').setInputFiles({
    name: 'agreement.pdf',
    mimeType: 'application/pdf',
    buffer: Buffer.from('hello'),
  });
  await dialog.getByLabel('Until').fill('2099-03-01');
  await dialog.getByRole('button', { name: 'Enter a promise' }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByRole('row').filter({ hasText: 'agreement.pdf' })).toContainText(
    'Keeps for days: 14',
  );

  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Get the register as a pack' }).click();
  const pack = await readFile(await (await download).path(), 'utf8');
  expect(pack).toContain(
    '"mistral": {"reason":"decided by ada: the contract is signed","status":"approved"}',
  );
  expect(pack).toContain('"retention_days":14');
  expect(pack).toContain('sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824');
});

test('an alert is looked at, muted and closed', async ({ page }) => {
  await page.goto('/alerts');
  await page.getByRole('link', { name: 'Restricted data held back' }).first().click();
  await page.getByRole('button', { name: 'I look at it' }).click();
  await expect(page.getByText('ada looks')).toBeVisible();
  await page.getByRole('button', { name: 'Mute alerts like this' }).click();
  await page.getByRole('dialog').getByLabel('Why').fill('a drill');
  await page.getByRole('dialog').getByRole('button', { name: 'Mute' }).click();
  await expect(page).toHaveURL(/\/alerts\/mutes$/);
  const mute = page.getByRole('row').filter({ hasText: 'a drill' });
  await expect(mute).toBeVisible();
  await mute.getByRole('button', { name: /^End now/ }).click();
  await expect(page.getByText('Nothing is muted')).toBeVisible();

  await page.goto('/alerts');
  await page.getByRole('link', { name: 'New AI service' }).first().click();
  await page.getByRole('button', { name: 'Close', exact: true }).click();
  await page.getByRole('dialog').getByLabel('What was it?').fill('known');
  await page.getByRole('dialog').getByRole('button', { name: 'Close', exact: true }).last().click();
  await expect(page.getByText('Closed by ada')).toBeVisible();
});

test('an account is added, and sees what its role may see', async ({ page, browser }) => {
  await page.goto('/settings/accounts');
  await page.getByRole('button', { name: 'Add an account' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name', { exact: true }).fill('bea');
  await dialog.getByRole('radio', { name: /^analyst/ }).check();
  await dialog.getByRole('button', { name: 'Add' }).click();
  await expect(dialog.getByRole('heading')).toHaveText('One-time password of bea');
  const oneTime = await dialog.locator('code').innerText();
  await dialog.getByRole('button', { name: 'Done' }).click();
  await expect(page.getByRole('row').filter({ hasText: 'bea' })).toContainText('analyst');

  // The same name again is a conflict, and says what helps.
  await page.getByRole('button', { name: 'Add an account' }).click();
  await dialog.getByLabel('Name', { exact: true }).fill('bea');
  await dialog.getByRole('button', { name: 'Add' }).click();
  await expect(dialog.getByRole('alert')).toContainText('What is there does not allow it');
  await page.keyboard.press('Escape');

  const context = await browser.newContext({ storageState: { cookies: [], origins: [] } });
  const other = await context.newPage();
  await firstSignIn(other, { name: 'bea', oneTime });
  const pages = other.getByRole('navigation', { name: 'Pages' });
  await expect(pages.getByRole('link', { name: 'Events' })).toBeVisible();
  await expect(pages.getByRole('link', { name: 'Journal' })).toHaveCount(0);
  await other.goto('/directives');
  await expect(other.getByRole('heading', { level: 1 })).toHaveText('Kill switch');
  await expect(other.getByRole('button', { name: 'Close every AI service' })).toHaveCount(0);
  await other.goto('/journal');
  await expect(other.getByRole('heading', { level: 1 })).toHaveText('There is no such page');

  // The session ends with the role: what is open asks to sign in again, and goes on from there.
  await page.getByRole('button', { name: 'Role: bea' }).click();
  await dialog.getByRole('radio', { name: /^auditor/ }).check();
  await dialog.getByRole('button', { name: 'Change role' }).click();
  await expect(dialog).toBeHidden();
  await other.reload();
  await other.getByLabel('Name', { exact: true }).fill('bea');
  await other.getByLabel('Password', { exact: true }).fill(stage.password);
  await other.getByRole('button', { name: 'Sign in' }).click();
  await expect(other.getByRole('heading', { level: 1 })).toHaveText('Journal');
  await context.close();
});

test('a viewer reads no event and sees no alert', async ({ browser }) => {
  const context = await browser.newContext({ storageState: { cookies: [], origins: [] } });
  const page = await context.newPage();
  await firstSignIn(page, stage.viewer);
  const names = await page.getByRole('navigation', { name: 'Pages' }).getByRole('link').allInnerTexts();
  expect(names).toEqual(['Overview', 'Devices', 'Policies', 'Providers', 'Kill switch', 'Settings']);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Overview');
  await expect(page.getByRole('heading', { name: 'By service' })).toBeVisible();
  await context.close();
});

test('a device is enrolled with a command to copy, and bundles are read in words', async ({ page }) => {
  await page.goto('/devices/enrolment');
  await page.getByRole('button', { name: 'New token' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('What it is for').fill('the sales team');
  await dialog.getByRole('button', { name: 'Make the token' }).click();
  await expect(dialog.getByText(/^weir enroll https:\/\/127\.0\.0\.1:\d+ weir_enrol_/)).toBeVisible();
  await dialog.getByRole('button', { name: 'Done' }).click();
  await page.getByRole('button', { name: /^Take away: staff the sales team/ }).click();
  await dialog.getByRole('button', { name: 'Take away' }).click();
  await expect(page.getByRole('row').filter({ hasText: 'the sales team' })).toHaveCount(0);

  await page.goto('/policies');
  // A roll-out to a few of the devices may have chosen this one.
  await expect(page.getByText(/^\d+, (up to date|behind)$/)).toBeVisible();
  await page.getByRole('table').last().getByRole('link', { name: '1' }).click();
  await expect(page.getByText(/for the group laptops, signed with one key/)).toBeVisible();
  await page.getByRole('link', { name: 'Policies' }).first().click();
  await page.getByRole('button', { name: 'Publish a bundle' }).click();
  await dialog
    .getByLabel('Bundle file')
    .setInputFiles({ name: '2.weirbundle', mimeType: '', buffer: Buffer.from('{}') });
  await dialog.getByRole('button', { name: 'Publish' }).click();
  await expect(dialog.getByRole('alert')).toContainText('The server refuses this');
});

test('what a provider received is asked with a purpose', async ({ page, context }) => {
  await page.goto('/exposure');
  await page.getByLabel('Provider').fill('openai');
  await page.getByLabel('Purpose').fill('they lost data');
  await page.getByRole('button', { name: 'Ask', exact: true }).click();
  await expect(page.getByRole('heading', { name: 'What openai received' })).toBeVisible();
  await expect(page.getByRole('row').filter({ hasText: 'personal/email' })).toBeVisible();

  // Where another question is not answered, the answer to the one before is not shown.
  await context.setOffline(true);
  await page.getByRole('button', { name: 'Ask', exact: true }).click();
  await expect(page.getByText('The server does not answer')).toBeVisible();
  await expect(page.getByRole('heading', { name: 'What openai received' })).toHaveCount(0);
  await context.setOffline(false);
});

test('where a value went is asked with a purpose, and what is not answered for is said', async ({ page }) => {
  await page.goto('/reports');
  const subject = page.locator('section').filter({ hasText: 'Where a value went' });
  await subject.getByLabel('Value').fill('nobody@nowhere.example');
  await subject.getByLabel('Purpose').fill('request 17');
  await subject.getByRole('button', { name: 'Search', exact: true }).click();
  await expect(subject.getByText('No record of this time has “nobody@nowhere.example”')).toBeVisible();
  await expect(subject.getByRole('heading', { name: 'What this does not answer for' })).toBeVisible();
});

test('what went where is counted and drawn, by keys alone', async ({ page }) => {
  await page.goto('/reports');
  const flows = page.locator('section').filter({ hasText: 'What went where, and why' });
  await flows.getByLabel('Purpose').fill('inventory of the year');
  await flows.getByLabel('Purpose').press('Enter');
  await expect(flows.getByRole('heading', { name: /^\d+ messages$/ })).toBeVisible();
  const blocked = flows.getByRole('row').filter({ hasText: 'openai' }).filter({ hasText: 'Block' });
  await expect(blocked.first()).toBeVisible();
  const picture = flows.getByRole('img', { name: /^Channels on the left/ });
  await expect(picture).toBeVisible();
  // It was drawn, and is no broken sign.
  expect(await picture.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(960);
  await tabTo(page, 'region', 'The picture');
  await tabTo(page, 'button', 'Save the picture');
  const download = page.waitForEvent('download');
  await page.keyboard.press('Enter');
  const drawn = await readFile(await (await download).path(), 'utf8');
  expect(drawn).toContain('<desc id="desc">By ');
  await page.goto('/journal');
  await expect(page.getByRole('row').filter({ hasText: 'inventory of the year' }).first()).toBeVisible();
});

test('a week is counted, and saved as a paper', async ({ page }) => {
  await page.goto('/reports');
  const week = page.locator('section').filter({ hasText: 'Count the week' });
  await expect(week.getByLabel('Week', { exact: true }).getByRole('option')).toHaveCount(12);
  await week.getByLabel('Week', { exact: true }).selectOption({ index: 1 });
  await week.getByRole('button', { name: 'Count the week' }).click();
  await expect(week.getByRole('heading', { name: /^Week \d+: / })).toBeVisible();
  await expect(week.getByRole('rowheader', { name: 'All', exact: true })).toBeVisible();
  const download = page.waitForEvent('download');
  await week.getByRole('button', { name: 'Download the report (PDF)' }).click();
  const file = await download;
  expect(file.suggestedFilename()).toMatch(/^weir-week-\d{4}-\d\d-\d\d\.pdf$/);
  expect((await readFile(await file.path())).subarray(0, 8).toString()).toBe('%PDF-1.7');
});

test('evidence is packed, and verified without the server', async ({ page }) => {
  await page.goto('/reports');
  const pack = page.locator('section').filter({ hasText: 'Evidence for auditors' });
  await pack.getByLabel('Purpose').fill('audit of the year');
  const download = page.waitForEvent('download');
  await pack.getByRole('button', { name: 'Make the pack' }).click();
  const file = await download;
  expect(file.suggestedFilename()).toMatch(/^weir-evidence-\d{4}-\d\d-\d\d-\d{4}-\d\d-\d\d\.tar$/);
  await expect(pack.getByText(`${file.suggestedFilename()} is saved`)).toBeVisible();
  await expect(pack.getByText(/^weir audit verify weir-evidence-/)).toBeVisible();
  const proved = verified(await file.path()) as {
    proved: boolean;
    records: number;
    of: { purpose: string };
  };
  expect(proved.proved).toBe(true);
  expect(proved.records).toBeGreaterThan(0);
  expect(proved.of.purpose).toBe('audit of the year');
});

test('two people destroy a key, and hand out a receipt', async ({ page }) => {
  await page.goto('/reports');
  const dialog = page.getByRole('dialog');
  const row = page.getByRole('row').filter({ hasText: 'request 17 of a customer' });
  await expect(row).toContainText('Waits for another person');
  await row.getByRole('button', { name: /^Decide/ }).click();
  await expect(dialog).toContainText('grace asks for it');
  await expect(dialog).toContainText(/Key\s*1, made/);
  await expect(dialog).toContainText(/Device\s*All of them/);
  await dialog.getByRole('button', { name: 'Destroy the keys' }).click();
  await expect(dialog).toBeHidden();
  await expect(row).toContainText('Destroyed');
  const download = page.waitForEvent('download');
  await row.getByRole('button', { name: /^Receipt/ }).click();
  const proved = verified(await (await download).path()) as {
    proved: boolean;
    deletion: { asked_by: string; destroyed_by: string };
  };
  expect(proved.proved).toBe(true);
  expect(proved.deletion).toMatchObject({ asked_by: 'grace', destroyed_by: 'ada' });

  // What one asked for oneself, another person must agree to.
  await page.getByRole('button', { name: 'Ask for a deletion' }).click();
  await dialog.getByLabel('Key').selectOption({ index: 1 });
  await dialog.getByLabel('Why').fill('a drill');
  await dialog.getByRole('button', { name: 'Ask', exact: true }).click();
  await expect(dialog).toBeHidden();
  await page.getByRole('button', { name: 'Decide: a drill' }).click();
  await expect(dialog).toContainText('another person must agree');
  await expect(dialog.getByRole('button', { name: 'Destroy the keys' })).toHaveCount(0);
  await dialog.getByLabel('Why not').fill('it was a drill');
  await dialog.getByRole('button', { name: 'Take it back' }).click();
  await expect(page.getByRole('row').filter({ hasText: 'a drill' })).toContainText('Not destroyed');
});

test('a server that is gone is said, and looked for again', async ({ page, context }) => {
  await page.goto('/devices');
  await expect(page.getByRole('table')).toBeVisible();
  await context.setOffline(true);
  await page.getByLabel('Group').fill('laptops');
  await page.getByRole('button', { name: 'Show' }).click();
  await expect(page.getByText('The server does not answer')).toBeVisible();
  await context.setOffline(false);
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(page.getByText('The server does not answer')).toBeHidden();
});

test('whoever cannot sign out is told so', async ({ page, context }) => {
  await page.goto('/settings');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Settings');
  await context.setOffline(true);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(page.getByText('The server does not answer')).toBeVisible();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Settings');
  await context.setOffline(false);
});

test('numbers of one time are not shown for another', async ({ page, context }) => {
  await page.goto('/');
  await expect(page.getByRole('figure').first()).toBeVisible();
  await context.setOffline(true);
  await page.getByText('90 days', { exact: true }).click();
  await expect(page.getByText('The server does not answer')).toBeVisible();
  await expect(page.getByRole('figure')).toHaveCount(0);
  await context.setOffline(false);
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(page.getByRole('figure').first()).toBeVisible();
});

test('a code is asked for, approved by another person, and shown once', async ({ page, browser }) => {
  await page.goto('/settings/accounts');
  await page.getByRole('button', { name: 'Add an account' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name', { exact: true }).fill('rob');
  await dialog.getByRole('radio', { name: /^approver/ }).check();
  await dialog.getByRole('button', { name: 'Add' }).click();
  const oneTime = await dialog.locator('code').innerText();
  await dialog.getByRole('button', { name: 'Done' }).click();

  await page.goto('/directives');
  await page.getByRole('button', { name: 'Close every AI service', exact: true }).click();
  await dialog.getByRole('button', { name: 'Close every AI service' }).click();
  await expect(dialog).toBeHidden();
  await page.getByRole('button', { name: 'Ask for a code' }).click();
  await dialog.getByRole('button', { name: 'Ask for a code' }).click();
  await expect(dialog).toBeVisible();
  await dialog.getByLabel('Reason').fill('the books are closed today');
  await dialog.getByRole('button', { name: 'Ask for a code' }).click();
  await expect(dialog.getByText('Choose a device.')).toBeVisible();
  await dialog.getByRole('radio').first().check();
  await dialog.getByRole('searchbox').fill('no such device');
  await expect(dialog.getByRole('radio')).toHaveCount(0);
  await dialog.getByRole('button', { name: 'Ask for a code' }).click();
  await expect(dialog.getByText('Choose a device.')).toBeVisible();
  await dialog.getByRole('searchbox').fill('');
  await dialog.getByRole('radio').first().check();
  await expect(dialog.getByLabel('Lifts')).toHaveValue(/^\d+$/);
  await dialog.getByRole('button', { name: 'Ask for a code' }).click();
  await expect(dialog).toBeHidden();
  const own = page.getByRole('row').filter({ hasText: 'the books are closed today' });
  await expect(own).toContainText('Waits for approval');
  await expect(own.getByRole('button')).toHaveCount(0);

  const context = await browser.newContext({ storageState: { cookies: [], origins: [] } });
  const other = await context.newPage();
  await firstSignIn(other, { name: 'rob', oneTime });
  await other.goto('/directives');
  await other.getByRole('button', { name: /^Decide/ }).click();
  await accessible(other, 'deciding about a code');
  await other.getByRole('dialog').getByRole('button', { name: 'Approve' }).click();
  const theirs = other.getByRole('row').filter({ hasText: 'the books are closed today' });
  await expect(theirs).toContainText('Approved');
  await expect(theirs.getByRole('button')).toHaveCount(0);
  await context.close();

  await own.getByRole('button', { name: /^Read the code/ }).click();
  await dialog.getByRole('button', { name: 'Read the code' }).click();
  const code = dialog.locator('.code');
  await expect(code).toHaveText(/^[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}$/);
  await accessible(page, 'a code to read out');
  await page.screenshot({ path: `${stage.pictures}/directives-code.png` });
  const read = await code.innerText();
  await dialog.getByRole('button', { name: 'Close', exact: true }).last().click();
  await expect(own).toContainText('Read out');
  await expect(own.getByRole('button')).toHaveCount(0);
  await expect(page.getByText(read)).toHaveCount(0);

  await page.getByRole('button', { name: 'Go by policy again' }).click();
  await dialog.getByRole('button', { name: 'Go by policy again' }).click();
  await expect(page.getByText('No service is closed by order.')).toBeVisible();
});
