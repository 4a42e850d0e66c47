import { words } from '@weir/shared/words.ts';

export const text = words({
  en: {
    title: 'Health',
    about: 'What has to be right on this laptop so that Weir can work, and what to do where it is not.',
    again: 'Look again',
    summary: (ok: string, all: string) => `${ok} of ${all} are in order.`,
    check: 'What is looked at',
    found: 'What was found',
    deed: 'What can be done',
    states: { ok: 'In order', warning: 'Could be better', failed: 'Not in order', skipped: 'Not looked at' },
    fix: 'Fix',
    undo: 'Undo',
    working: 'Working …',
    fixWhat: (title: string, deed: string) => `Fix: ${title}. ${deed}`,
    undoWhat: (title: string, deed: string) => `Undo: ${title}. ${deed}`,
    testTitle: 'Self-test',
    testAbout:
      'Sends test messages with made-up secrets over the real way. They are stopped on this laptop and reach no service.',
    test: 'Run the self-test',
    testRuns: 'The self-test runs …',
    testGood: 'Everything was stopped or cleaned as it should be.',
    testBad: 'Something did not come out as it should. Tell the people who look after your laptop.',
  },
  de: {
    title: 'Zustand',
    about:
      'Was auf diesem Laptop stimmen muss, damit Weir arbeiten kann, und was zu tun ist, wo etwas nicht stimmt.',
    again: 'Erneut prüfen',
    summary: (ok: string, all: string) => `${ok} von ${all} sind in Ordnung.`,
    check: 'Was geprüft wird',
    found: 'Was gefunden wurde',
    deed: 'Was Sie tun können',
    states: {
      ok: 'In Ordnung',
      warning: 'Verbesserbar',
      failed: 'Nicht in Ordnung',
      skipped: 'Nicht geprüft',
    },
    fix: 'Beheben',
    undo: 'Rückgängig',
    working: 'Wird ausgeführt …',
    fixWhat: (title: string, deed: string) => `Beheben: ${title}. ${deed}`,
    undoWhat: (title: string, deed: string) => `Rückgängig: ${title}. ${deed}`,
    testTitle: 'Selbsttest',
    testAbout:
      'Sendet Testnachrichten mit erfundenen Geheimnissen auf dem echten Weg. Sie werden auf diesem Laptop angehalten und erreichen keinen Dienst.',
    test: 'Selbsttest starten',
    testRuns: 'Der Selbsttest läuft …',
    testGood: 'Alles wurde angehalten oder bereinigt, wie es sein soll.',
    testBad:
      'Etwas verlief nicht wie erwartet. Bitte wenden Sie sich an die Stelle, die Ihren Laptop betreut.',
  },
});
