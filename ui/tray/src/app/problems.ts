import { words } from '@weir/shared/words.ts';
import type { Problem } from '../api/wire.ts';

/** What the agent may find wrong, by its codes, for the people at the laptop. */
const known: Record<string, { title: string; text: string }> = words({
  en: {
    'audit.damage': {
      title: 'The log is damaged',
      text: 'Damaged places were found when it was opened. “weir audit verify” names them. Tell the people who look after your laptop.',
    },
    'audit.failing': {
      title: 'The log cannot be written',
      text: 'Messages to AI services are refused until it can be written again. Most often the disk is full.',
    },
    'audit.quota': {
      title: 'The log is as large as it may be',
      text: 'The admin server has not received what stands in it, so nothing may be removed. Messages to AI services are refused until it is reached. Connect to your company’s network.',
    },
    'audit.space': {
      title: 'The disk is nearly full',
      text: 'The log has used part of its reserve. Free some disk space.',
    },
    'fleet.split-view': {
      title: 'The server’s log is not the one it was',
      text: 'The admin server was restored from a backup, or shows this laptop something else than others. The evidence is kept; “weir status” says where. Tell the people who audit your company.',
    },
    'index.unavailable': {
      title: 'The index of the log cannot be used',
      text: 'The history is slower. Nothing is lost; the index is made anew when there is space.',
    },
    'policy.over': {
      title: 'Nobody knows whether your rules are up to date',
      text: 'Your laptop has not heard from the admin server for too long. What your company chose for that case holds until it is heard again. Connect to your company’s network.',
    },
    'policy.stale': {
      title: 'Your rules may be out of date',
      text: 'The admin server has not said for days that they are the newest. They stay in force for now. Connect to your company’s network soon.',
    },
    'policy.withheld': {
      title: 'The newest rules do not come',
      text: 'The admin server names newer rules than it hands out, or this laptop could not take them. Tell the people who look after your laptop.',
    },
  },
  de: {
    'audit.damage': {
      title: 'Das Protokoll ist beschädigt',
      text: 'Beim Öffnen wurden beschädigte Stellen gefunden. „weir audit verify“ nennt sie. Bitte wenden Sie sich an die Stelle, die Ihren Laptop betreut.',
    },
    'audit.failing': {
      title: 'Das Protokoll kann nicht geschrieben werden',
      text: 'Nachrichten an KI-Dienste werden abgelehnt, bis es wieder geschrieben werden kann. Meist ist der Datenträger voll.',
    },
    'audit.quota': {
      title: 'Das Protokoll ist so groß, wie es sein darf',
      text: 'Der Verwaltungsserver hat noch nicht erhalten, was darin steht; daher darf nichts entfernt werden. Nachrichten an KI-Dienste werden abgelehnt, bis er erreichbar ist. Bitte verbinden Sie sich mit dem Firmennetz.',
    },
    'audit.space': {
      title: 'Der Datenträger ist fast voll',
      text: 'Das Protokoll hat einen Teil seiner Reserve verbraucht. Bitte schaffen Sie Platz.',
    },
    'fleet.split-view': {
      title: 'Das Protokoll des Servers ist nicht mehr dasselbe',
      text: 'Der Verwaltungsserver wurde aus einer Sicherung wiederhergestellt oder zeigt diesem Laptop etwas anderes als anderen. Die Belege sind aufbewahrt; „weir status“ nennt den Ort. Bitte wenden Sie sich an die Revision Ihres Unternehmens.',
    },
    'index.unavailable': {
      title: 'Das Verzeichnis des Protokolls ist nicht benutzbar',
      text: 'Der Verlauf ist langsamer. Nichts ist verloren; das Verzeichnis wird neu angelegt, sobald Platz ist.',
    },
    'policy.over': {
      title: 'Niemand weiß, ob Ihre Regeln aktuell sind',
      text: 'Ihr Laptop hat zu lange nichts vom Verwaltungsserver gehört. Es gilt, was Ihr Unternehmen für diesen Fall festgelegt hat, bis er wieder zu hören ist. Bitte verbinden Sie sich mit dem Firmennetz.',
    },
    'policy.stale': {
      title: 'Ihre Regeln sind vielleicht veraltet',
      text: 'Der Verwaltungsserver hat seit Tagen nicht bestätigt, dass sie die neuesten sind. Sie gelten vorerst weiter. Bitte verbinden Sie sich bald mit dem Firmennetz.',
    },
    'policy.withheld': {
      title: 'Die neuesten Regeln kommen nicht an',
      text: 'Der Verwaltungsserver nennt neuere Regeln, als er herausgibt, oder dieser Laptop konnte sie nicht übernehmen. Bitte wenden Sie sich an die Stelle, die Ihren Laptop betreut.',
    },
  },
});

/** A problem in the language of the page; one of a newer agent in the agent's own words. */
export function saidOf({ code, title, text }: Problem): { title: string; text: string } {
  return known[code] ?? { title, text };
}
