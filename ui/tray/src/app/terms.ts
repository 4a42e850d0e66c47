import * as shared from '@weir/shared/terms.ts';
import { words } from '@weir/shared/words.ts';

export { ACTIONS, LEVELS, actorName } from '@weir/shared/terms.ts';

const own = words({
  en: {
    /** What became of a message. */
    dispositions: {
      released: 'Sent unchanged',
      rewritten: 'Sent with changes',
      blocked: 'Not sent',
      held: 'Waits for you',
      justified: 'Sent with your reason',
      withdrawn: 'Taken back by you',
      failed: 'Not sent because of an error',
      observed: 'Only looked at',
    },
    /** What was decided, from the side of who sent it. */
    decided: {
      allow: 'Sent',
      warn: 'Warned',
      pseudonymise: 'Replaced',
      redact: 'Removed',
      block: 'Held back',
    },
    /** What is done to one thing that was found. */
    fates: {
      allow: 'Went along',
      warn: 'Went along',
      pseudonymise: 'Replaced by a stand-in',
      redact: 'Removed',
      block: 'Held back',
    },
    ends: {
      cleaned: 'It went without what was found.',
      edited: 'It went in your other words.',
      justified: 'It went as it was, with your reason.',
      excepted: 'It went by an exception.',
      dropped: 'It was taken back. Nothing was sent.',
      timed_out: 'Its time was over. Nothing was sent.',
      hung_up: 'The program that sent it has gone. Nothing was sent.',
      stopped: 'The agent stopped. Nothing was sent.',
    },
    confidences: { low: 'low', medium: 'medium', high: 'high' },
    roles: {
      prompt: 'your words',
      system: 'instructions to the model',
      history: 'earlier in the conversation',
      tool_result: 'result of a tool',
      attachment: 'file',
      code: 'code around the cursor',
      copy: 'a copy of your words',
      unclassified: 'another part',
      answer: 'the answer',
    },
    tiers: {
      unknown: 'kind of account not known',
      anonymous: 'signed out',
      consumer: 'private account',
      team: 'team account',
      enterprise: 'company account',
      api: 'API key',
      local: 'on this machine',
    },
  },
  de: {
    dispositions: {
      released: 'Unverändert gesendet',
      rewritten: 'Mit Änderungen gesendet',
      blocked: 'Nicht gesendet',
      held: 'Wartet auf Sie',
      justified: 'Mit Ihrer Begründung gesendet',
      withdrawn: 'Von Ihnen zurückgenommen',
      failed: 'Wegen eines Fehlers nicht gesendet',
      observed: 'Nur geprüft',
    },
    decided: {
      allow: 'Gesendet',
      warn: 'Gewarnt',
      pseudonymise: 'Ersetzt',
      redact: 'Entfernt',
      block: 'Zurückgehalten',
    },
    fates: {
      allow: 'Mitgesendet',
      warn: 'Mitgesendet',
      pseudonymise: 'Durch Platzhalter ersetzt',
      redact: 'Entfernt',
      block: 'Zurückgehalten',
    },
    ends: {
      cleaned: 'Sie wurde ohne die gefundenen Angaben gesendet.',
      edited: 'Sie wurde in Ihrer neuen Fassung gesendet.',
      justified: 'Sie wurde unverändert und mit Ihrer Begründung gesendet.',
      excepted: 'Sie wurde mit einer Ausnahme gesendet.',
      dropped: 'Sie wurde zurückgenommen. Es wurde nichts gesendet.',
      timed_out: 'Ihre Zeit ist abgelaufen. Es wurde nichts gesendet.',
      hung_up: 'Das Programm, das sie senden wollte, ist beendet. Es wurde nichts gesendet.',
      stopped: 'Der Agent wurde angehalten. Es wurde nichts gesendet.',
    },
    confidences: { low: 'gering', medium: 'mittel', high: 'hoch' },
    roles: {
      prompt: 'Ihr Text',
      system: 'Anweisungen an das Modell',
      history: 'früher im Gespräch',
      tool_result: 'Ergebnis eines Werkzeugs',
      attachment: 'Datei',
      code: 'Code um den Cursor',
      copy: 'Kopie Ihres Textes',
      unclassified: 'anderer Teil',
      answer: 'die Antwort',
    },
    tiers: {
      unknown: 'Art des Kontos unbekannt',
      anonymous: 'abgemeldet',
      consumer: 'privates Konto',
      team: 'Teamkonto',
      enterprise: 'Firmenkonto',
      api: 'API-Schlüssel',
      local: 'auf diesem Gerät',
    },
  },
});

const terms = { ...shared.terms, ...own };

/** The word for a term; what a newer agent says is shown as it says it. */
export const term = shared.termsOf<keyof typeof terms>(terms);
