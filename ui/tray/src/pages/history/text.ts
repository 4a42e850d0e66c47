import { count, words } from '@weir/shared/words.ts';

export const text = words({
  en: {
    title: 'History',
    about: 'What you sent to AI services, and what was decided. It holds no content.',
    filters: 'Conditions',
    day: 'Day',
    service: 'Service',
    action: 'Decision',
    level: 'Level, at least',
    rule: 'Rule',
    any: 'Any',
    clear: 'Clear',
    events: 'Events',
    some: (number: number) => count(number, 'event', 'events'),
    older: 'Older ones are not shown. Choose a day to see them.',
    unreadable: (number: number) =>
      `${count(number, 'record', 'records')} could not be read. “weir audit verify” says why.`,
    keys: 'Arrow keys go through the list, Enter opens an event.',
    none: 'No event meets these conditions',
    noneHelp: 'Take one away, or choose another day.',
    save: 'Save what is shown',
    saveJson: 'Save as JSON',
    saveCsv: 'Save as table (CSV)',
    saved: (path: string) => `Saved as ${path}`,
  },
  de: {
    title: 'Verlauf',
    about:
      'Was Sie an KI-Dienste gesendet haben und wie entschieden wurde. Inhalte werden nicht aufgezeichnet.',
    filters: 'Bedingungen',
    day: 'Tag',
    service: 'Dienst',
    action: 'Entscheidung',
    level: 'Stufe ab',
    rule: 'Regel',
    any: 'Alle',
    clear: 'Zurücksetzen',
    events: 'Ereignisse',
    some: (number: number) => count(number, 'Ereignis', 'Ereignisse'),
    older: 'Ältere werden nicht angezeigt. Wählen Sie einen Tag, um sie zu sehen.',
    unreadable: (number: number) =>
      number === 1
        ? 'Ein Eintrag konnte nicht gelesen werden. „weir audit verify“ nennt den Grund.'
        : `${number} Einträge konnten nicht gelesen werden. „weir audit verify“ nennt den Grund.`,
    keys: 'Mit den Pfeiltasten gehen Sie durch die Liste, mit der Eingabetaste öffnen Sie ein Ereignis.',
    none: 'Kein Ereignis erfüllt diese Bedingungen',
    noneHelp: 'Nehmen Sie eine Bedingung weg oder wählen Sie einen anderen Tag.',
    save: 'Angezeigtes speichern',
    saveJson: 'Als JSON speichern',
    saveCsv: 'Als Tabelle speichern (CSV)',
    saved: (path: string) => `Gespeichert als ${path}`,
  },
});
