import '@weir/shared/tokens.css';
import '@weir/shared/base.css';
import { show } from '@weir/shared/theme.ts';
import { mount } from 'svelte';
import { bridge } from './api/bridge.ts';
import { languageOf } from './app/language.ts';

/** Without settings, the page is as the system is. */
const settings = await bridge.ask('settings', {}).catch(() => undefined);
document.documentElement.lang = languageOf(settings?.language ?? 'system', navigator.languages);
show(settings?.theme ?? 'system');

// Texts are taken in the language of the document, so what has some is loaded now.
const { default: App } = await import('./App.svelte');
const target = document.getElementById('app');
if (target === null) throw new Error('the page has no place for the windows');
mount(App, { target });
