import type { Bridge, Told } from '../commands.ts';
import type { Settings } from '../wire.ts';
import { MockAgent, type World } from './agent.ts';

const asked = new URLSearchParams(location.search);

function settings(): Settings {
  const kept = sessionStorage.getItem('mock-settings');
  if (kept !== null) return JSON.parse(kept) as Settings;
  return {
    language: (asked.get('language') ?? 'system') as Settings['language'],
    theme: 'system',
    start_at_login: true,
    ...(asked.get('read') === 'no' ? {} : { acknowledged: Date.now() - 86_400_000 }),
  };
}

const world: World = {
  connection: (asked.get('connection') ?? 'connected') as World['connection'],
  held: Number(asked.get('held') ?? 0),
  events: Number(asked.get('events') ?? 400),
  problems: asked.has('problems'),
  directive: asked.has('directive'),
  lifted: asked.has('lifted'),
  enrolled: asked.get('enrolled') !== 'no',
  asked: asked.has('asked'),
  unnamed: asked.has('unnamed'),
  settings: settings(),
};

const followers = new Map<keyof Told, Set<(given: never) => void>>();

const agent = new MockAgent(world, (what, given) => {
  for (const told of followers.get(what) ?? []) (told as (given: unknown) => void)(given);
});

/** Speaks to an agent that is played in the page. For work on pages and for their tests. */
export const bridge: Bridge = {
  ask: async (command, given) => {
    agent.left.push({ command, given: structuredClone(given) });
    // Real answers take a moment, so what pages show before one is seen here as well.
    await new Promise((done) => setTimeout(done, 5));
    return agent.answers[command](given);
  },
  follow: (what, told) => {
    const all = followers.get(what) ?? new Set();
    followers.set(what, all.add(told as (given: never) => void));
    return () => all.delete(told as (given: never) => void);
  },
};

Object.assign(globalThis, { mock: agent });
