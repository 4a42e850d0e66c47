import { count, whole, words } from '@weir/shared/words.ts';

export const text = words({
  en: {
    title: 'Now',
    standing: {
      unknown: { title: 'Asking the agent …', help: 'It answers within a moment.' },
      starting: { title: 'The agent is starting', help: 'This takes a second or two.' },
      offline: {
        title: 'The agent does not answer',
        help: 'AI services stay closed until it runs again; all other sites work as usual. Most often it is back within seconds. If not, look at Health, or tell the people who look after your laptop.',
      },
      olderAgent: {
        title: 'The agent is older than this window',
        help: 'You stay protected. Restart the laptop to finish the update.',
      },
      olderWindow: {
        title: 'This window is older than the agent',
        help: 'You stay protected. Quit Weir in the menu of the tray and start it again.',
      },
      notOurs: {
        title: 'Something else answers in place of the agent',
        help: 'Nothing was asked of it. Tell the people who look after your laptop.',
      },
      protected: {
        title: 'Protected',
        help: 'What you send to AI services is looked at before it leaves. You need to do nothing.',
      },
      attention: (number: number) => ({
        title: number === 1 ? 'One thing needs attention' : `${whole(number)} things need attention`,
        help: 'Messages are still looked at before they leave. What is wrong stands below, with what to do.',
      }),
      waiting: (number: number) => ({
        title: `${count(number, 'message waits', 'messages wait')} for you`,
        help: 'Nothing of it has left. You decide how it goes on.',
      }),
      ordered: {
        title: 'An order of your administrators holds',
        suspend: 'Nothing is looked at: messages go as you send them.',
        lockdown: 'Nothing may be sent to any AI service.',
        block: (providers: string) => `Nothing may be sent to ${providers}.`,
        about: (what: string, reason: string, until: string) =>
          `${what} Until ${until}.${reason === '' ? '' : ` Their reason: ${reason}`}`,
      },
      lifted: {
        title: {
          directive: 'An order of your administrators is lifted here',
          stale: 'Your rules go on although they may be out of date',
        },
        directive: 'A code has lifted it on this laptop alone; your company’s rules hold.',
        stale: 'A code has lifted what held because the admin server was not heard for so long.',
        about: (until: string) => `Until ${until}. It is recorded.`,
      },
    },
    code: {
      enter: 'Enter a code',
      title: 'Enter a code',
      about:
        'An administrator can read a code out to you on the phone. It lifts what holds here on this laptop alone, once and for a while. That is recorded.',
      label: 'Code',
      hint: 'Twelve letters and digits. Dashes and small letters do not matter.',
      device: (device: string) => `This laptop, for the person on the phone: ${device}`,
      order: (number: number) => `The order that holds: number ${number}`,
      lift: 'Lift it',
      cancel: 'Cancel',
      not: 'Nothing was lifted',
      why: {
        misheard:
          'This is no code: a letter is missing, wrong, or two are exchanged. Have it read out again. It costs no try.',
        wrong:
          'This is no code for this laptop and what holds here. After five that lift nothing, none is taken for up to an hour.',
        too_many: 'Five codes lifted nothing. In an hour at the latest, one is taken again.',
        nothing: 'Nothing holds here that this code could lift. It is not used up.',
        used: 'This code was used before, or a newer one was.',
        expired:
          'The time of this code is over. Check the date and time of this laptop, or ask for another one.',
        no_key: 'This laptop takes no codes: it has not met its admin server since it was enrolled.',
      },
    },
    toHealth: 'Look at Health',
    look: 'Ask again',
    waiting: 'Waiting for you',
    decide: 'Decide',
    decideWhat: (service: string) => `Decide: message to ${service}`,
    until: 'until',
    numbers: 'Since the agent started',
    judged: 'Looked at',
    unchanged: 'Sent unchanged',
    changed: 'Sent with changes',
    blocked: 'Held back',
    last: 'Last decisions',
    all: 'All of them',
    none: 'Nothing has been decided yet',
    noneHelp: 'As soon as you send something to an AI service, it stands here with what was decided and why.',
    problems: 'What is wrong',
    asked: {
      pending: 'exception asked for',
      approved: 'exception approved',
      refused: 'exception refused',
    },
  },
  de: {
    title: 'Jetzt',
    standing: {
      unknown: { title: 'Der Agent wird gefragt …', help: 'Er antwortet gleich.' },
      starting: { title: 'Der Agent startet', help: 'Das dauert ein bis zwei Sekunden.' },
      offline: {
        title: 'Der Agent antwortet nicht',
        help: 'KI-Dienste bleiben geschlossen, bis er wieder läuft; alle anderen Seiten funktionieren wie gewohnt. Meist ist er nach wenigen Sekunden zurück. Falls nicht, hilft die Seite „Zustand“ oder die Stelle, die Ihren Laptop betreut.',
      },
      olderAgent: {
        title: 'Der Agent ist älter als dieses Fenster',
        help: 'Sie bleiben geschützt. Starten Sie den Laptop neu, um die Aktualisierung abzuschließen.',
      },
      olderWindow: {
        title: 'Dieses Fenster ist älter als der Agent',
        help: 'Sie bleiben geschützt. Beenden Sie Weir über das Menü in der Leiste und starten Sie es neu.',
      },
      notOurs: {
        title: 'Etwas anderes antwortet anstelle des Agenten',
        help: 'Es wurde nichts gefragt. Bitte wenden Sie sich an die Stelle, die Ihren Laptop betreut.',
      },
      protected: {
        title: 'Geschützt',
        help: 'Was Sie an KI-Dienste senden, wird geprüft, bevor es das Gerät verlässt. Sie müssen nichts tun.',
      },
      attention: (number: number) => ({
        title:
          number === 1
            ? 'Ein Punkt braucht Aufmerksamkeit'
            : `${whole(number)} Punkte brauchen Aufmerksamkeit`,
        help: 'Nachrichten werden weiterhin geprüft, bevor sie das Gerät verlassen. Unten steht, was nicht stimmt und was zu tun ist.',
      }),
      waiting: (number: number) => ({
        title: `${count(number, 'Nachricht wartet', 'Nachrichten warten')} auf Sie`,
        help: 'Es wurde noch nichts gesendet. Sie entscheiden, wie es weitergeht.',
      }),
      ordered: {
        title: 'Eine Anordnung Ihrer Administration gilt',
        suspend: 'Es wird nichts geprüft: Nachrichten gehen so, wie Sie sie senden.',
        lockdown: 'An KI-Dienste darf nichts gesendet werden.',
        block: (providers: string) => `An ${providers} darf nichts gesendet werden.`,
        about: (what: string, reason: string, until: string) =>
          `${what} Bis ${until}.${reason === '' ? '' : ` Begründung: ${reason}`}`,
      },
      lifted: {
        title: {
          directive: 'Eine Anordnung Ihrer Administration ist hier aufgehoben',
          stale: 'Ihre Regeln gelten weiter, obwohl sie veraltet sein können',
        },
        directive: 'Ein Code hat sie nur auf diesem Laptop aufgehoben; die Regeln Ihres Unternehmens gelten.',
        stale: 'Ein Code hat aufgehoben, was galt, weil der Verwaltungsserver so lange nicht zu hören war.',
        about: (until: string) => `Bis ${until}. Das wird protokolliert.`,
      },
    },
    code: {
      enter: 'Code eingeben',
      title: 'Code eingeben',
      about:
        'Ihre Administration kann Ihnen am Telefon einen Code vorlesen. Er hebt nur auf diesem Laptop auf, was hier gilt, einmal und für eine Weile. Das wird protokolliert.',
      label: 'Vorgelesener Code',
      hint: 'Zwölf Buchstaben und Ziffern. Striche und Kleinbuchstaben spielen keine Rolle.',
      device: (device: string) => `Dieser Laptop, für die Person am Telefon: ${device}`,
      order: (number: number) => `Die Anordnung, die gilt: Nummer ${number}`,
      lift: 'Aufheben',
      cancel: 'Abbrechen',
      not: 'Es wurde nichts aufgehoben',
      why: {
        misheard:
          'Das ist kein Code: Ein Zeichen fehlt, ist falsch, oder zwei sind vertauscht. Lassen Sie ihn noch einmal vorlesen. Das zählt nicht als Versuch.',
        wrong:
          'Das ist kein Code für diesen Laptop und das, was hier gilt. Nach fünf, die nichts aufheben, wird bis zu eine Stunde lang keiner angenommen.',
        too_many:
          'Fünf Codes haben nichts aufgehoben. Spätestens in einer Stunde wird wieder einer angenommen.',
        nothing: 'Hier gilt nichts, was dieser Code aufheben könnte. Er ist nicht verbraucht.',
        used: 'Dieser Code wurde schon benutzt, oder ein neuerer.',
        expired:
          'Die Zeit dieses Codes ist um. Prüfen Sie Datum und Uhrzeit dieses Laptops, oder bitten Sie um einen neuen.',
        no_key:
          'Dieser Laptop nimmt keine Codes an: Er hat seinen Verwaltungsserver seit der Anmeldung nicht erreicht.',
      },
    },
    toHealth: 'Zustand ansehen',
    look: 'Erneut fragen',
    waiting: 'Wartet auf Sie',
    decide: 'Entscheiden',
    decideWhat: (service: string) => `Entscheiden: Nachricht an ${service}`,
    until: 'bis',
    numbers: 'Seit dem Start des Agenten',
    judged: 'Geprüft',
    unchanged: 'Unverändert gesendet',
    changed: 'Mit Änderungen gesendet',
    blocked: 'Zurückgehalten',
    last: 'Letzte Entscheidungen',
    all: 'Alle ansehen',
    none: 'Es wurde noch nichts entschieden',
    noneHelp:
      'Sobald Sie etwas an einen KI-Dienst senden, steht es hier, mit der Entscheidung und ihrem Grund.',
    problems: 'Was nicht stimmt',
    asked: {
      pending: 'Ausnahme beantragt',
      approved: 'Ausnahme genehmigt',
      refused: 'Ausnahme abgelehnt',
    },
  },
});
