//! Words around names, in the languages people write to AI services in: labels, introductions, roles, closings; and the
//! words, people and places that look like names and are none.

use crate::page::{Listed, Page};
use crate::phrases::{Index, Sorted};
use std::ops::Range;

/// What a label in lower case says of the value behind it. A header of a column stands alone, so that it says more.
pub(super) fn label_weight(label: &str, header: bool) -> i32 {
    let label = label.trim_matches(|c: char| !c.is_alphanumeric());
    let plain: String = label
        .chars()
        .map(|c| if matches!(c, '_' | '-' | '.') { ' ' } else { c })
        .collect();
    if THING_LABELS.stands_alone_in(&plain) {
        return -8;
    }
    if is_person_label(label) {
        return super::score::PERSON;
    }
    let named = NAME_LABELS.stands_alone_in(&plain) || NAME_ENDS.ending(plain.as_bytes()).next().is_some();
    match (named, header) {
        (true, true) => 8,
        (true, false) => super::score::NAMED,
        (false, true) => -3,
        (false, false) => 0,
    }
}

/// True when only people are named under this label, in lower case.
pub(super) fn is_person_label(label: &str) -> bool {
    let plain: String = label
        .chars()
        .map(|c| if matches!(c, '_' | '-' | '.') { ' ' } else { c })
        .collect();
    WHOLE_LABELS.has(&plain)
        || (PERSON_LABELS.stands_alone_in(&plain) || GLUED_LABELS.stands_in(&plain))
            && !THING_LABELS.stands_alone_in(&plain)
}

#[rustfmt::skip]
const PERSONS: [&str; 410] = [
    "oddzwonić do", "zadzwonić do", "call back", "rückruf", "terugbellen", "full name", "customer name", "client name", "patient", "patient name", "pt", "salariée", "employee", "employee name",
    "contact name", "contact person", "account holder", "cardholder", "card holder", "cardholder name",
    "account owner", "tenant name", "policyholder", "policy holder", "passenger", "reported by", "assignee",
    "assigned to", "submitted by", "requested by", "approved by", "prepared by", "signed by", "signatory", "attn",
    "attendee", "attendees", "legal name", "maiden name", "surname", "last name", "first name", "given name",
    "family name", "emergency contact", "next of kin", "referring physician", "physician", "interviewer",
    "interviewee", "defendant", "plaintiff", "kundin", "kundenname", "patientin", "mitarbeiter", "mitarbeiterin",
    "ansprechpartner", "ansprechpartnerin", "vorname", "nachname", "vor- und nachname", "vollständiger name",
    "empfänger", "absender", "kontoinhaber", "karteninhaber", "versicherte", "versicherter", "antragsteller",
    "bearbeiter", "betreuer", "mieter", "nom complet", "prénom", "nom de famille", "nom et prénom", "patiente",
    "employé", "employée", "destinataire", "expéditeur", "salarié", "bénéficiaire", "interlocuteur", "nombre completo",
    "nombre y apellidos", "apellidos", "apellido", "paciente", "empleado", "empleada", "destinatario", "remitente",
    "beneficiario", "solicitante", "nome completo", "nome e cognome", "cognome", "paziente", "dipendente",
    "intestatario", "mittente", "sobrenome", "funcionário", "funcionária", "remetente", "destinatário",
    "volledige naam", "achternaam", "voornaam", "klant", "klantnaam", "patiënt", "medewerker", "ontvanger", "afzender",
    "rekeninghouder", "contactpersoon", "imię i nazwisko", "nazwisko", "imię", "klientka", "pacjent", "pacjentka",
    "pracownik", "odbiorca", "nadawca", "posiadacz", "osoba kontaktowa", "anställd", "mottagare", "avsändare",
    "efternamn", "ansat", "medarbejder", "modtager", "afsender", "kontaktperson", "фио", "ф.и.о", "ф и о", "имя",
    "фамилия", "клиент", "пациент", "сотрудник", "получатель", "отправитель", "заявитель", "владелец",
    "контактное лицо", "ім'я", "піб", "hasta", "müşteri", "ad soyad", "adı soyadı", "çalışan", "alıcı", "jméno",
    "příjmení", "jméno a příjmení", "zaměstnanec", "zákazník", "ügyfél", "beteg", "nume și prenume",
    "insured name", "member name", "subscriber name", "billing contact", "primary contact", "attending physician",
    "attending", "prescriber", "consultant", "surgeon", "guardian", "parent name", "organizer", "organiser",
    "bill to", "ship to", "billed to", "shipped to", "sold to", "deliver to", "payee", "payer", "passenger name",
    "named insured", "line manager", "account name", "versicherungsnehmer", "versicherungsnehmerin", "arbeitnehmer",
    "arbeitnehmerin", "vermieter", "vermieterin", "käufer", "verkäufer", "auftraggeber", "vor und nachname",
    "name des patienten", "versicherte person", "rechnungsempfänger", "assuré", "assurée", "souscripteur",
    "souscriptrice", "locataire", "bailleur", "acheteur", "vendeur", "soussigné", "soussignée", "titulaire du compte",
    "trabajador", "trabajadora", "asegurado", "asegurada", "tomador", "arrendatario", "inquilino", "comprador",
    "vendedor", "persona de contacto", "titular de la cuenta", "lavoratore", "lavoratrice", "assicurato",
    "assicurata", "contraente", "conduttore", "locatore", "acquirente", "venditore", "referente", "verzekerde",
    "verzekeringnemer", "werknemer", "huurder", "verhuurder", "koper", "verkoper", "ondergetekende", "ubezpieczony",
    "ubezpieczona", "najemca", "wynajmujący", "nabywca", "sprzedawca", "kupujący", "zleceniodawca", "ubezpieczający",
    "segurado", "segurada", "trabalhador", "trabalhadora", "locatário", "inquilina", "outorgante",
    "pessoa de contacto", "försäkringstagare", "hyresgäst", "köpare", "säljare", "sigortalı", "kiracı", "yolcu",
    "sürücü", "застрахованный", "работник", "арендатор", "пассажир", "покупатель", "плательщик", "працівник",
    "страхувальник", "контактна особа", "платник", "отримувач", "пасажир",
    "soyadı", "halter", "halterin", "fahrzeughalter", "hirer", "name on card", "name on the card", "raised by", "filed by",
    "completed by", "witnessed by", "claimant", "mottagaren", "medsökande", "sökande", "försäkrad", "försäkrade",
    "travailleur", "travailleuse", "allocataire", "adhérent", "adhérente", "intéressé", "intéressée", "demandeur",
    "demandeuse", "emprunteur", "conducteur", "conductrice", "interesado", "interesada", "denunciante",
    "arrendador", "prestatario", "richiedente", "beneficiaria", "interessato", "interessata", "requerente",
    "titular da conta", "beneficiário", "beneficiária", "vendedora", "arrendatária", "senhorio",
    "aanvrager", "begunstigde", "kredietnemer", "bestuurder", "sollicitant", "wnioskodawca", "wnioskodawczyni",
    "kredytobiorca", "pożyczkobiorca", "pracownica", "najemczyni", "kierowca", "posiadaczka", "leietaker", "arbeidstaker",
    "forsikringstaker", "mottaker", "avsender", "søker", "lejer", "ansøger", "forsikringstager", "lönetagare", "pasient",
    "pacient", "pacientka", "pacienta", "žadatel", "žadatelka", "nájemce", "pojištěný", "pojištěná", "příjemce",
    "odesílatel", "hakija", "vuokralainen", "vakuutettu", "potilas", "työntekijä", "saaja", "vastaanottaja", "gönderen",
    "başvuran", "sigorta ettiren", "kart sahibi", "hesap sahibi", "kredi kullanan", "заёмщик", "заемщик", "страхователь",
    "орендар", "орендодавець", "застрахований", "позичальник", "заявник", "водій", "пацієнтка", "kreditnehmer",
    "kreditnehmerin", "darlehensnehmer", "darlehensnehmerin", "antragstellerin", "versicherungsnehmers", "mieterin",
    "patientenname", "fahrer", "fahrerin", "zahlungsempfänger", "begünstigter", "begünstigte", "zeuge", "zeugin",
    // Turkish is written without its own letters as well.
    "adi soyadi", "soyadi", "calisan", "alici", "sigortali", "kiraci", "surucu", "musteri", "gonderen",
];
static PERSON_LABELS: &Index = &Sorted::by_start(PERSONS);
static PERSON_ENDS: &Index = &Sorted::by_end(PERSONS);
/// Words that name a person when they are the whole label.
#[rustfmt::skip]
static WHOLE_LABELS: &Index = &Sorted::by_start([
    "holder", "beneficiary", "recipient", "sender", "applicant", "candidate", "insured", "guest", "student", "manager",
    "supervisor", "reporter", "signed", "attention", "from", "to", "cc", "bcc", "customer", "spouse", "doctor",
    "witness", "kunde", "von", "an", "client", "cliente", "titulaire", "titular", "contacto", "utente", "klient",
    "kund", "namn", "név", "contact", "present", "in attendance", "participants", "apologies", "absent", "chair",
    "anwesend", "teilnehmer", "entschuldigt", "présents", "excusés", "asistentes", "presenti", "presentes", "aanwezig",
    "obecni", "ship to", "shipped to", "deliver", "delivery", "delivery to", "shipping address", "delivery address", "billing address", "livraison",
    "livrer à", "adresse de livraison", "enviar a", "entregar a", "entrega a", "envío a", "dirección de envío",
    "dirección de entrega", "lieferung an", "lieferadresse", "rechnungsadresse", "versand an", "spedire a", "consegnare a",
    "consegna a", "indirizzo di spedizione", "entregar para", "morada de entrega", "endereço de entrega", "leveren aan",
    "bezorgen bij", "verzenden aan", "bezorgadres", "verzendadres", "afleveradres", "wysyłka do", "adres dostawy",
    "dostawa do", "levereras till", "leveransadress", "leveres til", "leveringsadresse", "toimitusosoite", "doručit",
    "doručovací adresa", "teslimat", "teslimat adresi", "iletişim", "i\u{307}letişim", "доставка", "адрес доставки",
    "адреса доставки", "kontakt", "kontaktujte", "borrower", "landlord", "lessee", "payable to",
    "rechnung an", "facture à", "facturer à", "factura a", "facturar a", "fattura a", "factuur aan", "faktura dla", "fakturera",
    "podpisano", "unterzeichnet", "firmado", "firmato", "assinado", "getekend", "undertecknad", "underskrevet", "signé",
    "signé par", "imza", "подпись", "підпис", "podepsán", "fao", "z.hd", "z. hd", "t a v",
]);
/// Labels written in one word, as keys of JSON and columns of databases are.
#[rustfmt::skip]
static GLUED_LABELS: &Index = &Sorted::by_start([
    "fullname", "firstname", "lastname", "customername", "clientname", "patientname", "employeename", "contactname",
    "holdername", "ownername", "recipientname", "sendername", "displayname", "realname", "accountholder", "cardholder",
    "legalname", "guestname", "passengername", "studentname", "beneficiaryname", "assignedto", "reportedby",
]);
#[rustfmt::skip]
const NAMES: [&str; 40] = [
    "name", "names", "nombre", "nom", "nome", "naam", "namn", "navn", "imię", "имя", "isim", "ad", "contact", "person",
    "user", "owner", "author", "lead", "agent", "representative", "advisor", "host", "speaker", "member", "kontakt",
    "benutzer", "utilisateur", "usuario", "utilizador", "użytkownik", "όνομα", "nimi", "driver", "by", "responsible",
    "organizer", "reviewer", "caller", "requester", "requestor",
];
static NAME_LABELS: &Index = &Sorted::by_start(NAMES);
static NAME_ENDS: &Index = &Sorted::by_end(NAMES);
#[rustfmt::skip]
static THING_LABELS: &Index = &Sorted::by_start([
    "title", "song", "album", "artist", "book", "movie", "film", "city", "town", "place", "company", "organization",
    "organisation", "org", "team", "school", "university", "college", "department", "product", "brand", "model",
    "project", "repo", "repository", "package", "service", "vendor", "supplier", "street", "location", "venue",
    "country", "region", "state", "county", "language", "font", "theme", "file", "file name", "filename", "table",
    "column", "field", "class", "function", "method", "variable", "host name", "hostname", "domain", "event",
    "character", "game", "device", "station", "airport", "hotel", "restaurant", "store", "shop", "hospital", "clinic",
    "bank", "ship", "vessel", "band", "track", "course", "module", "license", "copyright", "based on", "inspired by",
    "dataset", "award", "theorem", "firma", "unternehmen", "produkt", "stadt", "ort", "titel", "société", "ville",
    "titre", "empresa", "ciudad", "título", "azienda", "città", "titolo", "cidade", "bedrijf", "stad", "miasto",
    "компания", "город", "branch", "job", "step", "server", "cluster", "image", "tag", "node", "plugin", "component",
    "version", "environment", "region name", "see also", "employer", "employer's name", "employer name", "insurer",
    "merchant", "agency",
]);

/// What the words right before a name say, in lower case.
pub(super) fn phrase_weight(before: &str) -> i32 {
    if INTRODUCTIONS.ends_alone(before) {
        8
    } else if ROLES.ends_alone(before) || PERSON_ENDS.ends_alone(before) {
        6
    } else if AGAINST.ends_alone(before) {
        -6
    } else if BESIDE.ends_alone(before) {
        2
    } else {
        0
    }
}

#[rustfmt::skip]
static INTRODUCTIONS: &Index = &Sorted::by_end([
    "my name is", "name is", "i am", "i'm", "this is", "dear", "hi", "hello", "signed", "ship to", "deliver to",
    "delivery to", "payee", "name on card", "in favour of", "in favor of", "au nom de", "titulaire", "lautend auf",
    "a nombre de", "a nome di", "em nome de", "op naam van", "t.n.v.", "na nazwisko",
    "bill to", "attn", "attention", "care of", "c/o", "named", "called", "on behalf of", "mein name ist", "name ist",
    "ich bin", "ich heiße", "hier ist", "liebe", "lieber", "hallo", "sehr geehrter herr", "sehr geehrte frau",
    "im auftrag von", "je m'appelle", "je suis", "mon nom est", "cher", "chère", "bonjour", "me llamo", "mi nombre es",
    "soy", "querido", "querida", "estimado", "estimada", "hola", "mi chiamo", "sono", "il mio nome è", "caro", "cara",
    "gentile", "ciao", "chamo-me", "me chamo", "meu nome é", "o meu nome é", "sou o", "sou a", "eu sou", "prezado",
    "prezada", "olá", "mijn naam is", "ik ben", "ik heet", "beste", "geachte", "nazywam się", "jestem", "mam na imię",
    "szanowny panie", "szanowna pani", "drogi", "droga", "jag heter", "mitt namn är", "jag är", "hej", "kära", "käre",
    "jeg hedder", "mit navn er", "jeg er", "kære", "jeg heter", "mitt navn er", "kjære", "nimeni on", "olen", "hei",
    "меня зовут", "зовут", "уважаемый", "уважаемая", "мене звати", "benim adım", "adım", "ben", "sayın", "jmenuji se",
    "jsem", "vážený", "vagyok", "numele meu este", "mă numesc", "με λένε", "ονομάζομαι", "είμαι ο", "είμαι η", "i,",
    "undersigned", "ich,", "je soussigné", "je soussignée", "yo,", "eu,", "io,",
    "aqui é", "aqui fala", "hier spricht", "c'est", "salut c'est", "hoi met", "hallo met", "je spreekt met",
    "u spreekt met", "met vriendelijke groet van", "cześć tu", "tu", "tutaj", "mówi", "här är", "burada", "это",
    "говорит", "це", "qui parla", "le habla", "habla", "ondergetekende", "i the undersigned", "der unterzeichnende",
    "thanks,", "regards,", "cheers,", "grüße,", "gruß,", "cordialement,", "saludos,", "saluti,", "pozdrawiam,",
    "groeten,", "groet,", "hälsningar,",
    "die unterzeichnende", "io sottoscritto", "il sottoscritto", "la sottoscritta", "el abajo firmante",
    "o abaixo assinado", "niżej podpisany", "niżej podpisana", "ondergetekende", "intestato a", "intestata a",
    "registered to", "made out to", "in the name of", "zugelassen auf", "ausgestellt auf", "im namen von", "libellé au nom de",
    "a favor de", "a favore di", "a favor do", "ten name van", "ten gunste van", "na rzecz", "w imieniu", "utställd på",
    "i namnet", "utstedt til", "udstedt til", "adına", "adina", "на имя", "на ім'я", "от имени", "hilsen", "hilsen,", "hilsner",
    "hälsning", "hälsningar", "mvh", "mvh,", "vennlig hilsen", "terveisin", "terveisin,", "gruß", "grüße", "groetjes",
    "groetjes,", "saludos", "saluti", "pozdrawiam", "saygılarımla,", "saygılarımla", "saygilarimla,", "saygilarimla", "с уважением,", "с уважением",
    "з повагою,", "з повагою", "s pozdravem", "s pozdravem,", "fao", "z.hd.", "z. hd.", "zu händen", "à l'attention de",
    "a la atención de", "alla cortese attenzione di", "all'attenzione di", "aos cuidados de", "t.a.v.", "ter attentie van",
    "do rąk", "k rukám", "cześć", "dzień dobry", "witaj", "ahoj", "dobrý den", "merhaba", "привет", "здравствуйте", "привіт",
    "buongiorno", "buenos días", "bom dia", "goedemorgen", "guten tag", "guten morgen", "god dag", "moi",
]);
#[rustfmt::skip]
static ROLES: &Index = &Sorted::by_end([
    "patient", "customer", "client", "employee", "colleague", "manager", "engineer", "nurse", "doctor", "ceo", "cfo",
    "cto", "coo", "vp", "director", "user", "tenant", "landlord", "applicant", "candidate", "student", "teacher",
    "passenger", "guest", "witness", "officer", "agent", "contact", "contact person", "beneficiary", "recipient",
    "holder", "account holder", "cardholder", "policyholder", "employee named", "wife", "husband", "son", "daughter",
    "brother", "sister", "mother", "father", "friend", "boss", "lawyer", "attorney", "secretary", "assistant",
    "analyst", "accountant", "driver", "pay", "rekeninghouder", "клієнт", "пацієнт", "водитель", "reported by", "assigned to", "submitted by", "approved by", "requested by", "spoke with",
    "spoke to", "talked to", "talk to", "meeting with", "met with", "call with", "interview with", "email from",
    "message from", "letter from", "complaint from", "ask", "asked", "cc", "fwd", "signed by", "prepared by", "hired",
    "fired", "terminate", "promote", "ticket from", "refund for", "account of", "records of", "invoice for",
    "resume of", "cv of", "profile of", "diagnosed", "patientin", "kunde", "kundin", "mitarbeiter", "mitarbeiterin",
    "kollege", "kollegin", "herr", "frau", "chef", "chefin", "mieter", "bewerber", "bewerberin", "cliente", "paciente",
    "empleado", "empleada", "señor", "señora", "don", "doña", "monsieur", "madame", "patiente", "salarié", "salariée",
    "collègue", "directeur", "signor", "signora", "paziente", "dipendente", "collega", "klant", "medewerker", "meneer",
    "mevrouw", "pan", "pani", "pacjent", "pacjentka", "klient", "klientka", "pana", "panią", "панa", "клиент",
    "пациент", "пациентка", "сотрудник", "господин", "госпожа", "bay", "bayan", "hasta", "müşteri", "kund", "herra",
    "rouva", "pán", "paní", "inwoner", "huurder", "locataire", "inquilino", "senhor", "senhora", "utente",
    "funcionário", "conduttore", "locatore", "najemca", "huurster", "arrendatario", "arrendataria", "inquilina", "borrower",
    "insured", "policy holder", "plaintiff", "defendant", "physician", "surgeon", "dentist", "pharmacist", "therapist",
    "bitte an", "rückruf an", "review for", "evaluation of", "appraisal of", "cv", "resume", "lebenslauf", "call", "bel", "appelle", "llamar a", "chiamare", "kündigung von", "vertrag von",
    "antrag von", "akte von", "arbeitsvertrag von", "midwife", "paramedic", "psychologist", "thank you for seeing", "seeing", "referral of", "brought by", "lodged by",
    "grievance against", "complaint against", "warning for", "claim of", "claim by", "claim from", "falar com", "hablar con", "parler à", "parler avec", "parlare con",
    "sprechen mit", "praten met", "rozmawiać z", "prata med", "snakke med", "tale med", "ile görüşün", "поговорить с",
    "delivery ke liye", "hausarzt", "hausärztin", "ärztin", "médecin", "médico", "huisarts",
]);
/// Small words that stand before people more often than before things.
#[rustfmt::skip]
static BESIDE: &Index = &Sorted::by_end([
    "with", "from", "by", "to", "for", "and", "&", "tell", "told", "met", "thanks", "thank you", "mit", "von", "für",
    "und", "an", "avec", "de", "pour", "par", "et", "à", "con", "para", "por", "y", "a", "da", "per", "e", "di", "com",
    "van", "voor", "en", "aan", "z", "od", "dla", "i", "med", "från", "och", "fra", "og", "с", "от", "для", "и", "у",
    "к", "ve", "s", "pro", "is", "was", "has", "that", "where", "when", "if", "who", "whose", "about", "hat", "ist",
    "dass",

]);
#[rustfmt::skip]
static AGAINST: &Index = &Sorted::by_end([
    "the", "a", "an", "der", "die", "das", "den", "dem", "le", "la", "les", "el", "los", "las", "il", "lo", "gli", "o",
    "os", "as", "het", "university of", "city of", "port of", "bank of", "lake", "mount", "mt", "fort", "saint", "st", "st.", "ste.", "mt.",
    "san", "santa", "hotel", "port", "cape", "river", "villa", "casa", "campus", "theatre", "museum", "via", "rue",
    "calle", "avenida", "avenue", "boulevard", "piazza", "plaza", "place", "platz", "ulica", "ul", "rua", "largo",
    "read by", "biography by", "narrated by", "played by", "edited by", "illustrated by", "novel", "book by", "novel by", "film by", "song by", "painting by", "poem by", "written by", "directed by",
    "composed by", "painted by", "invented by", "discovered by", "proved by", "named after", "inspired by", "starring",
    "poet", "composer", "philosopher", "physicist", "mathematician", "painter", "novelist", "actor", "actress",
    "singer", "president", "senator", "king", "queen", "pope", "emperor", "general", "prime minister", "chancellor",
    "biography of", "works of", "theory of", "like", "era of", "paintings of", "music of", "book", "movie", "film",
    "album", "author", "authors",
]);

/// What stands right behind people: where they live, when they were born, and that they wrote.
pub(super) fn behind_weight(behind: &str) -> i32 {
    #[rustfmt::skip]
    static BEHIND: &Index = &Sorted::by_start([
        " wrote:", " schrieb:", " a écrit", " escribió:", " ha scritto:", " escreveu:", " schreef:", " napisał", " skrev:",
        ", residing ", ", resident ", ", born ", " (born ", " (dob", ", dob", ", geboren ", " (geb.", ", geb.",
        ", wohnhaft ", ", né le ", ", née le ", ", demeurant ", ", domicilié", ", con dni", ", nato a ", ", nata a ",
        ", residente ", ", zamieszkał", " called", " rang ", " says ", " said ", " asked ", " wants ", " has resigned",
        " has been off", " is off sick", " is on leave", " to send ", " to prepare ", " to follow up", " hat angerufen",
        " hat gekündigt", " ist krank", " a appelé", " ha llamado", " llamó", " ha chiamato", " belde", " terug op ",
        " ringde", " dzwonił", " aradı", " aradi", " zadzwoni", " ko call", " ko phone", " ko bol", " se baat",
        " (tckn", ", tckn", " (t.c.", ", t.c.", ", pesel", " (pesel", ", nir ", " (nir ", " (nhs", ", nhs n", ", dni ",
        " (dni", ", nie ", " (nie ", " (nif", ", nif ", ", cpf", " (cpf", " (ssn", ", ssn", " (bsn", ", bsn ", " (iban",
        ", iban ", " (personnel n", " (employee n", " (employee id", ", employee n", " (staff n", " (passport", ", passport n",
        " (personalnr", " (personalnummer", ", personnummer", " (personnummer", " (fnr", ", fnr", " (cpr", ", cpr", ", titular d",
        ", födelse", ", född ", ", født ", ", syntynyt ", ", geboren", ", ur. ", ", nacido ", ", nacida ", ", nascido ",
        ", nascida ", ", nar. ", ", doğum", ", паспорт", " (паспорт", ", инн ", ", снилс", ", номер паспорта", ", mrn", " (mrn",
        " (d.o.b", ", d.o.b", " (niss", ", niss ", " (n.i.e", ", n.i.e", ", rodné č", ", codice fiscale", ", c.f. ", " (cf ",
    ]);
    if BEHIND.starting(behind.as_bytes()).next().is_some() {
        6
    } else {
        0
    }
}

/// What the line above says, in lower case: letters close before the name.
pub(super) fn closing_weight(line: &str) -> i32 {
    let line = line.trim_end_matches([',', '.', '!', ':', '-', ' ']);
    if CLOSINGS.ends_alone(line) { 12 } else { 0 }
}

#[rustfmt::skip]
static CLOSINGS: &Index = &Sorted::by_end([
    "regards", "best", "cheers", "thanks", "thank you", "sincerely", "yours", "yours truly", "yours faithfully",
    "love", "wishes", "respectfully", "cordially", "many thanks", "mit freundlichen grüßen",
    "mit freundlichen grüssen", "grüße", "grüßen", "gruß", "gruss", "lg", "mfg", "vg", "hochachtungsvoll", "danke",
    "cordialement", "bien à vous", "salutations", "sincères", "merci", "amicalement", "distinguées", "saludos",
    "atentamente", "cordialmente", "un saludo", "gracias", "abrazo", "cordiali saluti", "distinti saluti", "saluti",
    "grazie", "cumprimentos", "atenciosamente", "obrigado", "obrigada", "abraços", "met vriendelijke groet",
    "vriendelijke groeten", "groet", "groeten", "hoogachtend", "mvg", "bedankt", "pozdrawiam", "z poważaniem",
    "pozdrowienia", "dziękuję", "hälsningar", "mvh", "tack", "hilsen", "takk", "tak", "terveisin", "с уважением",
    "спасибо", "з повагою", "saygılarımla", "teşekkürler", "s pozdravem", "děkuji", "üdvözlettel", "cu stimă",
    "με εκτίμηση", "signed", "signature", "unterschrift",
]);

/// Lines that give credit: copyright, licences, trailers of commits, sources.
pub(super) fn is_credit(page: &Page<'_>, before: Range<usize>) -> bool {
    const LONGEST: usize = 24;
    let given = |text: &str| CREDITS.stands_in(&text.to_lowercase());
    page.lists(Listed::Credits, before.clone(), LONGEST, given) && gives_credit(&page.text(before).to_lowercase())
}

#[rustfmt::skip]
static CREDITS: &Index = &Sorted::by_start([
    "copyright", "(c)", "©", "licensed", "licence", "license", "signed-off-by", "co-authored-by",
    "co-developed-by", "reviewed-by", "acked-by", "tested-by", "reported-by", "suggested-by", "spdx", "et al",
    "doi:", "isbn", "university press", "proceedings", "proc.", "journal", " in:", "eds.", "pp.", "vol.",
    "@article", "cite", "contributed by", "original author", "maintainer", "upstream", "thanks to", "credits",
    "author =", "author=", "arxiv", "theorem", "contributors", "contributions", "thank ", "designed by",
    "created by", "written by", "implemented by", " ported by", "optimized by", "maintained by", "uploaders",
    " -- ", "translated by", "translator",
]);

fn gives_credit(before: &str) -> bool {
    const LICENCE: &str = "licen";
    let Some((_, credit)) = CREDITS.find(before.as_bytes(), |_, _| true) else {
        return false;
    };
    if !credit.starts_with(LICENCE) {
        return !is_referral(before);
    }
    // A licence to drive gives no credit, nor does one that has a number.
    let driving = memchr::memmem::find_iter(before.as_bytes(), LICENCE).any(|at| {
        let whose = before[..at].trim_end_matches(['_', '-', ' ', '\'', 's']);
        let rest = before[at + LICENCE.len()..].trim_start_matches(['c', 's', 'e']);
        let numbered = [" no", " number", " nr", " #"]
            .iter()
            .any(|number| rest.starts_with(number));
        numbered || whose.ends_with("driver") || whose.ends_with("driving")
    });
    !driving || CREDITS.stands_in(&before.replace(LICENCE, ""))
}

/// `Thank you for seeing …`: who is thanked takes a patient over, and has written nothing.
fn is_referral(before: &str) -> bool {
    const REFERRALS: [&str; 3] = [
        "thank you for seeing",
        "thank you for referring",
        "thank you for reviewing",
    ];
    let before = before.trim_end();
    REFERRALS.iter().any(|referral| before.ends_with(referral))
}

/// Endings of family names: enough beside a given name.
pub(super) fn has_family_ending(word: &str) -> bool {
    #[rustfmt::skip]
    static ENDINGS: &Index = &Sorted::by_end([
        "sson", "sen", "ov", "ova", "ev", "eva", "enko", "chuk", "czyk", "ski", "ska", "sky", "skaya", "cki", "cka",
        "wicz", "vich", "vić", "vic", "ić", "escu", "eanu", "oglu", "oğlu", "dze", "shvili", "poulos", "opoulou",
        "idis", "akis", "mann", "stein", "berg", "feld", "bauer", "meier", "meyer", "maier", "huber", "hofer",
        "ingham", "dottir", "dóttir", "ström", "strøm", "gaard", "stad", "quist", "qvist", "lund", "etti", "ucci",
        "acci", "ington", "worth", "thorpe", "combe", "shaw", "bury", "ez", "ães", "eau", "ault", "aux", "sma", "stra", "inga", "ema", "huis", "hoven", "ович", "енко",
        "beck", "knecht", "bourne", "bottom", "hoff", "bach", "dorf", "wald", "brunner", "doorn", "dijk", "graaf", "taş", "kaya",
        "demir", "türk", "ский", "ская", "ов", "ова", "ев", "ева", "ин", "ина", "чук", "wala", "kar", "swamy", "nathan", "ullah",
    ]);
    let count = word.chars().count();
    count >= 5
        && ENDINGS
            .ending(word.as_bytes())
            .any(|ending| count >= ending.chars().count() + 3)
}

/// Labels of given names, in lower case.
pub(super) const GIVEN_LABELS: [&str; 12] = [
    "first name",
    "firstname",
    "first_name",
    "given name",
    "given_name",
    "vorname",
    "prénom",
    "voornaam",
    "imię",
    "förnamn",
    "nombre:",
    "nome:",
];

/// What stands in forms in the place of a name, in lower case.
pub(super) fn is_of_form(word: &str) -> bool {
    #[rustfmt::skip]
    const WORDS: &[&str] = &[
        "required", "optional", "string", "text", "missing", "unknown", "invalid", "empty", "none", "null", "name", "last",
        "first", "surname", "field", "value", "input", "column", "varchar", "here", "mandatory", "pflichtfeld",
    ];
    WORDS.contains(&word)
}

/// False for offices, by which people are greeted in the place of their names: `Sehr geehrte Frau Präsidentin`.
pub(super) fn is_no_office(word: &str) -> bool {
    #[rustfmt::skip]
    static OFFICES: &Index = &Sorted::by_start([
        "presid", "präsident", "président", "minist", "direct", "direkt", "direttor", "profess", "doktor", "doctor", "docteur",
        "dottor", "kolleg", "collèg", "colleg", "chair", "ambassador", "botschafter", "chancellor", "kanzler", "bürgermeister",
        "maire", "sir", "madam", "madame", "customer", "kunde", "kundin", "client", "speaker", "secretary", "judge",
        "richter", "nachbar", "vorsitzende", "abgeordnete", "consul", "konsul", "general", "captain", "mayor",
    ]);
    word.chars().count() >= 4 && OFFICES.starting(word.as_bytes()).next().is_none()
}

/// True for what a letter begins with, in lower case.
pub(super) fn begins_with_greeting(text: &str) -> bool {
    #[rustfmt::skip]
    static GREETINGS: &Index = &Sorted::by_start([
        "dear ", "hello ", "hi ", "sehr geehrte", "liebe", "guten tag", "guten morgen", "hallo ", "bonjour", "cher ", "chère ",
        "estimad", "querid", "gentile", "egregi", "spett", "caro ", "cara ", "geachte", "beste ", "szanown", "prezad",
        "hej ", "bäste ", "bästa ", "kära ", "sayın", "vážen", "уважаем",
    ]);
    GREETINGS.starting(text.as_bytes()).next().is_some()
}

/// Heroes of books and screens who go by their title.
pub(super) fn is_hero(family: &str) -> bool {
    #[rustfmt::skip]
    const HEROES: &[&str] = &[
        "bean", "darcy", "robot", "who", "strange", "house", "watson", "spock", "pepper", "fox", "potter",
        "incredible", "bond", "burns", "evil", "jekyll", "hyde", "seuss", "dolittle", "freeman", "moriarty", "holmes",
        "bovary", "doubtfire", "holle",
    ];
    HEROES.contains(&family)
}
