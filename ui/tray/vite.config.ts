import { join } from 'node:path';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';
import { build, kept, licences, providers, services } from '../build/index.ts';

const MOCK = join(import.meta.dirname, 'src/api/mock/bridge.ts');

/** The policy that the window program holds over its pages, without the way to itself. */
const POLICY = [
  "default-src 'self'",
  "connect-src 'none'",
  "frame-src 'none'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

/** A text that the page imports when it is asked for: it may load files of its own in no other way. */
const asModule = (text: string) => `export default ${JSON.stringify(text)};
`;

/** In the mode `mock`, pages speak to an agent that is played in the page itself. Nothing of it is built otherwise. */
export default defineConfig(({ mode }) => ({
  root: import.meta.dirname,
  base: './',
  plugins: [svelte(), kept, providers, services, licences('licences.js', asModule)],
  resolve: { alias: mode === 'mock' ? [{ find: /^.*\/api\/bridge\.ts$/, replacement: MOCK }] : [] },
  build: { ...build, outDir: mode === 'mock' ? 'e2e/.out/app' : 'dist', emptyOutDir: true },
  preview: { headers: { 'Content-Security-Policy': POLICY } },
}));
