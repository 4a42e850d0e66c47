import { invoke } from '@tauri-apps/api/core';
import { listen } from '@tauri-apps/api/event';
import type { Bridge } from './commands.ts';
import { refusalOf } from './refusal.ts';

/** The one place where pages speak to the window program. */
export const bridge: Bridge = {
  ask: async (command, given) => {
    try {
      return await invoke(command, given);
    } catch (error) {
      throw refusalOf(error);
    }
  },
  follow: (what, told) => {
    const listening = listen<Parameters<typeof told>[0]>(what, ({ payload }) => told(payload));
    return () => void listening.then((end) => end());
  },
};
