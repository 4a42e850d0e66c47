import { words } from '@weir/shared/words.ts';

export const text = words({
  en: {
    nav: {
      now: 'Now',
      history: 'History',
      recorded: 'My records',
      providers: 'Providers',
      health: 'Health',
      settings: 'Settings',
      about: 'About',
    },
    failed: 'That did not work',
    failedHelp: 'The window program gives no reason. Try again; if it stays so, look at the page Health.',
    noPage: 'There is no such page',
    toStart: 'Go to the first page',
    more: (number: string) => `${number} more kinds`,
    nothingFound: 'nothing found',
    record: (kind: string, number: string) => `Record ${number} (${kind})`,
    sameBytes: 'Byte for byte what stands in the log, and what the administrators get.',
  },
  de: {
    nav: {
      now: 'Jetzt',
      history: 'Verlauf',
      recorded: 'Meine Einträge',
      providers: 'Anbieter',
      health: 'Zustand',
      settings: 'Einstellungen',
      about: 'Über Weir',
    },
    failed: 'Das hat nicht geklappt',
    failedHelp:
      'Das Fensterprogramm nennt keinen Grund. Bitte versuchen Sie es erneut; bleibt es dabei, hilft die Seite „Zustand“ weiter.',
    noPage: 'Diese Seite gibt es nicht',
    toStart: 'Zur ersten Seite',
    more: (number: string) => `${number} weitere Arten`,
    nothingFound: 'nichts gefunden',
    record: (kind: string, number: string) => `Eintrag ${number} (${kind})`,
    sameBytes: 'Byte für Byte, was im Protokoll steht und was die Administration erhält.',
  },
});
