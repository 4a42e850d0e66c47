import { words } from '@weir/shared/words.ts';

export const text = words({
  en: {
    title: 'Before you start',
    about:
      'Weir stands between this laptop and AI services. It looks at what you send there before it leaves, and holds back what must not.',
    watched: 'What is looked at',
    watchedList: [
      'messages and files you send to AI services that your company’s policy names: ChatGPT, Claude, Gemini, Copilot and others, in the browser and in programs',
      'the answers to them: stand-ins are replaced by the real values, and leaks are noticed',
      'what you copy, where your company’s policy asks for it: it is judged on this laptop and not kept',
    ],
    never: 'What is never looked at',
    neverList: [
      'all other sites: bank, mail, news and everything that is no AI service pass byte for byte, under their own certificate',
      'what you type before it is sent, your screen, your files and your other programs',
      'what you send is never kept: neither your words nor what was found in them, here or anywhere',
    ],
    then: 'What happens when something is found',
    thenList: [
      'It waits, and a small window asks you: send it cleaned, change it, or ask for an exception. Nothing has left by then.',
      'What was decided and why is recorded on this laptop, without content. You see the same records as your administrators, and who looked at them.',
    ],
    trust: 'Trust on this laptop',
    trustAbout:
      'Browsers and programs must know the certificate of this laptop, or AI services show a warning. It is good for AI services alone.',
    trustGood: 'Everything on this laptop is set up.',
    fix: 'Fix',
    fixWhat: (title: string, deed: string) => `Fix: ${title}. ${deed}`,
    working: 'Working …',
    test: 'See for yourself',
    testAbout:
      'The self-test sends messages with made-up secrets over the real way. They are stopped on this laptop and reach no service.',
    understood: 'I have read this',
    already: 'You have read this already.',
    toStart: 'To the first page',
  },
  de: {
    title: 'Bevor es losgeht',
    about:
      'Weir steht zwischen diesem Laptop und KI-Diensten. Es prüft, was Sie dorthin senden, bevor es das Gerät verlässt, und hält zurück, was nicht hinaus darf.',
    watched: 'Was geprüft wird',
    watchedList: [
      'Nachrichten und Dateien, die Sie an KI-Dienste senden, die die Richtlinie Ihrer Firma nennt: ChatGPT, Claude, Gemini, Copilot und andere, im Browser und in Programmen',
      'die Antworten darauf: Platzhalter werden durch die echten Werte ersetzt, und Lecks werden bemerkt',
      'was Sie kopieren, wo die Richtlinie Ihrer Firma es verlangt: Es wird auf diesem Laptop beurteilt und nicht aufbewahrt',
    ],
    never: 'Was nie geprüft wird',
    neverList: [
      'alle anderen Seiten: Bank, E-Mail, Nachrichten und alles, was kein KI-Dienst ist, geht Byte für Byte und unter dem eigenen Zertifikat hindurch',
      'was Sie tippen, bevor es gesendet wird, Ihr Bildschirm, Ihre Dateien und Ihre anderen Programme',
      'was Sie senden, wird nie aufbewahrt: weder Ihre Worte noch das darin Gefundene, hier oder anderswo',
    ],
    then: 'Was geschieht, wenn etwas gefunden wird',
    thenList: [
      'Die Nachricht wartet, und ein kleines Fenster fragt Sie: bereinigt senden, ändern oder eine Ausnahme beantragen. Bis dahin wurde nichts gesendet.',
      'Was entschieden wurde und warum, wird auf diesem Laptop ohne Inhalte aufgezeichnet. Sie sehen dieselben Einträge wie Ihre Administration und wer sie angesehen hat.',
    ],
    trust: 'Vertrauen auf diesem Laptop',
    trustAbout:
      'Browser und Programme müssen das Zertifikat dieses Laptops kennen, sonst zeigen KI-Dienste eine Warnung. Es gilt nur für KI-Dienste.',
    trustGood: 'Auf diesem Laptop ist alles eingerichtet.',
    fix: 'Beheben',
    fixWhat: (title: string, deed: string) => `Beheben: ${title}. ${deed}`,
    working: 'Wird ausgeführt …',
    test: 'Überzeugen Sie sich selbst',
    testAbout:
      'Der Selbsttest sendet Nachrichten mit erfundenen Geheimnissen auf dem echten Weg. Sie werden auf diesem Laptop angehalten und erreichen keinen Dienst.',
    understood: 'Ich habe das gelesen',
    already: 'Sie haben das bereits gelesen.',
    toStart: 'Zur ersten Seite',
  },
});
