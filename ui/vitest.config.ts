import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';
import { providers, services } from './build/index.ts';

/** Functions, and state that is followed, without a page; what needs one is in `console/e2e`. */
export default defineConfig({
  plugins: [svelte({ configFile: false }), providers, services],
  // Svelte for servers follows nothing.
  resolve: { conditions: ['browser'] },
  test: { include: ['*/src/**/*.test.ts'], environment: './build/client.ts' },
});
