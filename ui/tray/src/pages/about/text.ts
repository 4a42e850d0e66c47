import { count, words } from '@weir/shared/words.ts';

export const text = words({
  en: {
    title: 'About Weir',
    about:
      'A weir lets the river through and holds back what must not pass. This one stands between your laptop and AI services.',
    policy: 'The policy',
    inForce: (pack: string, version: string) => `“${pack}”, version ${version}, is in force.`,
    signed: (number: number) =>
      `It came signed, as bundle ${number}. Your laptop never goes back to an older one.`,
    local: 'It comes from files of this laptop.',
    watched: (number: number) =>
      `It names ${count(number, 'pattern', 'patterns')} of AI services whose messages are looked at. All other sites are passed on byte for byte.`,
    expires: (until: string) => `It holds until ${until} and is renewed before.`,
    server: (address: string, group: string) => `This laptop belongs to ${address}, group “${group}”.`,
    noServer: 'This laptop belongs to no admin server.',
    heard: 'It was last heard of',
    levels: 'Four levels',
    levelsAbout: {
      public: 'Meant for everyone.',
      internal: 'Ordinary company text.',
      confidential: 'Personal data and business secrets: not in the clear, and to approved providers only.',
      restricted: 'Keys, identity numbers, payment data: never to another company.',
    },
    levelsHelp: 'What a level means in your company is said by its policy; these are the usual meanings.',
    exceptions: 'Exceptions of this laptop',
    exception: (uses: number, used: number, until: string) =>
      `used ${used} of ${count(uses, 'time', 'times')}, until ${until}`,
    versions: 'Versions',
    agent: 'Agent',
    running: 'Running since',
    environment: 'Environment',
    digest: 'Policy digest',
    certificate: 'Certificate of this laptop',
    certificateAbout:
      'With it, Weir reads messages to AI services. It was made here, its key never leaves this laptop, and it is good for AI services alone.',
    fingerprint: 'SHA-256 fingerprint',
    ends: 'Ends',
    records: 'Records in the log',
    head: 'Head of the log',
    licences: 'Licences',
    licence: 'Weir is free software under MIT or Apache-2.0. These windows are made with:',
    welcome: 'Read the first page again',
    offline: 'The agent does not answer, so what is in force is not known.',
  },
  de: {
    title: 'Über Weir',
    about:
      'Ein Wehr lässt den Fluss durch und hält zurück, was nicht hindurch soll. Dieses steht zwischen Ihrem Laptop und KI-Diensten.',
    policy: 'Die Richtlinie',
    inForce: (pack: string, version: string) => `„${pack}“, Version ${version}, ist in Kraft.`,
    signed: (number: number) =>
      `Sie kam signiert, als Bündel ${number}. Ihr Laptop geht nie zu einer älteren zurück.`,
    local: 'Sie stammt aus Dateien dieses Laptops.',
    watched: (number: number) =>
      `Sie nennt ${count(number, 'Muster', 'Muster')} von KI-Diensten, deren Nachrichten geprüft werden. Alle anderen Seiten werden Byte für Byte durchgereicht.`,
    expires: (until: string) => `Sie gilt bis ${until} und wird vorher erneuert.`,
    server: (address: string, group: string) => `Dieser Laptop gehört zu ${address}, Gruppe „${group}“.`,
    noServer: 'Dieser Laptop gehört zu keinem Verwaltungsserver.',
    heard: 'Zuletzt gehört:',
    levels: 'Vier Stufen',
    levelsAbout: {
      public: 'Für alle bestimmt.',
      internal: 'Gewöhnliche Texte der Firma.',
      confidential:
        'Personenbezogene Daten und Geschäftsgeheimnisse: nicht im Klartext und nur an zugelassene Anbieter.',
      restricted: 'Schlüssel, Ausweisnummern, Zahlungsdaten: nie an eine andere Firma.',
    },
    levelsHelp:
      'Was eine Stufe in Ihrer Firma bedeutet, sagt deren Richtlinie; dies sind die üblichen Bedeutungen.',
    exceptions: 'Ausnahmen dieses Laptops',
    exception: (uses: number, used: number, until: string) =>
      `${used} von ${uses} Mal genutzt, gültig bis ${until}`,
    versions: 'Versionen',
    agent: 'Agent',
    running: 'Läuft seit',
    environment: 'Umgebung',
    digest: 'Prüfsumme der Richtlinie',
    certificate: 'Zertifikat dieses Laptops',
    certificateAbout:
      'Damit liest Weir Nachrichten an KI-Dienste. Es wurde hier erstellt, sein Schlüssel verlässt diesen Laptop nie, und es gilt nur für KI-Dienste.',
    fingerprint: 'SHA-256-Fingerabdruck',
    ends: 'Endet',
    records: 'Einträge im Protokoll',
    head: 'Kopf des Protokolls',
    licences: 'Lizenzen',
    licence: 'Weir ist freie Software unter MIT oder Apache-2.0. Diese Fenster sind gemacht mit:',
    welcome: 'Die erste Seite noch einmal lesen',
    offline: 'Der Agent antwortet nicht; was in Kraft ist, ist daher nicht bekannt.',
  },
});
