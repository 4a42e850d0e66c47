import type { Environment } from 'vitest/runtime';

/** Tests run with what pages are made with, and without a page: the build of Svelte for servers follows no state. */
const client: Environment = {
  name: 'client',
  viteEnvironment: 'client',
  setup: () => ({ teardown: () => undefined }),
};

export default client;
