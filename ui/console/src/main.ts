import '@weir/shared/tokens.css';
import '@weir/shared/base.css';
import { chosen, show } from '@weir/shared/theme.ts';
import { mount } from 'svelte';
import App from './App.svelte';

show(chosen());
const target = document.getElementById('app');
if (target === null) throw new Error('the page has no place for the console');
mount(App, { target });
