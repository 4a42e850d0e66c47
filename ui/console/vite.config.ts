import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';
import { build, kept, licences, providers } from '../build/index.ts';

export default defineConfig({
  root: import.meta.dirname,
  plugins: [svelte(), kept, providers, licences('licences.txt', (text) => text)],
  build,
});
