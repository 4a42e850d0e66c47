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
