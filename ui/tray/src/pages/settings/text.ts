import { words } from '@weir/shared/words.ts';

export const text = words({
  en: {
    title: 'Settings',
    about: 'They are yours, and change nothing about what is protected.',
    language: 'Language',
    languages: { system: 'As the system', en: 'English', de: 'Deutsch' },
    theme: 'Appearance',
    themes: { system: 'As the system', light: 'Light', dark: 'Dark' },
    quiet: 'Quiet',
    quietAbout:
      'No notifications, and no window that opens by itself. What must be decided waits in the tray all the same.',
    quietUntil: (time: string) => `Quiet until ${time}.`,
    notQuiet: 'Notifications are shown.',
    hour: 'For an hour',
    morning: 'Until tomorrow morning',
    end: 'End the quiet',
    login: 'Start at login',
    loginAbout: 'Protection does not depend on it: it runs with or without this window.',
    loginLabel: 'Start the tray when I log in',
  },
  de: {
    title: 'Einstellungen',
    about: 'Sie gehören Ihnen und ändern nichts daran, was geschützt wird.',
    language: 'Sprache',
    languages: { system: 'Wie das System', en: 'English', de: 'Deutsch' },
    theme: 'Darstellung',
    themes: { system: 'Wie das System', light: 'Hell', dark: 'Dunkel' },
    quiet: 'Ruhe',
    quietAbout:
      'Keine Benachrichtigungen und kein Fenster, das sich von selbst öffnet. Was zu entscheiden ist, wartet trotzdem in der Leiste.',
    quietUntil: (time: string) => `Ruhe bis ${time}.`,
    notQuiet: 'Benachrichtigungen werden angezeigt.',
    hour: 'Für eine Stunde',
    morning: 'Bis morgen früh',
    end: 'Ruhe beenden',
    login: 'Start bei der Anmeldung',
    loginAbout: 'Der Schutz hängt nicht davon ab: Er läuft mit und ohne dieses Fenster.',
    loginLabel: 'Bei der Anmeldung starten',
  },
});
