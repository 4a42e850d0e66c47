import { defineConfig } from '@playwright/test';
import { chromium } from '../stories/chromium.ts';

/** Stories in a real Chromium, against a server and an agent that `cargo xtask console --test` has started. */
export default defineConfig({
  testDir: './e2e',
  outputDir: './e2e/.out',
  // One server, whose state the stories change: one after the other.
  workers: 1,
  fullyParallel: false,
  forbidOnly: true,
  timeout: 60_000,
  expect: { timeout: 15_000 },
  reporter: [['list', { printSteps: false }]],
  use: {
    baseURL: process.env['WEIR_URL'],
    // The server's own authority is not the browser's.
    ignoreHTTPSErrors: true,
    trace: 'retain-on-failure',
    launchOptions: chromium,
    viewport: { width: 1360, height: 900 },
  },
  projects: [
    { name: 'first', testMatch: 'first.setup.ts' },
    {
      name: 'stories',
      testMatch: '*.spec.ts',
      dependencies: ['first'],
      use: { storageState: process.env['WEIR_SESSION'] },
    },
  ],
});
