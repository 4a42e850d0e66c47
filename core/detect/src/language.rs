//! A guess at the language of a text: the script decides where it can, frequent words decide among those that share one.
//!
//! It is weak evidence, for detectors whose words mean different things in different languages.

/// The languages with their two letters of ISO 639-1.
macro_rules! languages {
    ($($name:ident $code:literal,)+) => {
        /// Languages that are told apart.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[expect(missing_docs, reason = "the names say it")]
        pub enum Language {
            $($name,)+
        }

        impl Language {
            /// The two letters of ISO 639-1.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self {
                    $(Language::$name => $code,)+
                }
            }
        }
    };
}

languages! {
    Arabic "ar",
    Bulgarian "bg",
    Chinese "zh",
    Czech "cs",
    Danish "da",
    Dutch "nl",
    English "en",
    Finnish "fi",
    French "fr",
    German "de",
    Greek "el",
    Hebrew "he",
    Hindi "hi",
    Hungarian "hu",
    Indonesian "id",
    Italian "it",
    Japanese "ja",
    Korean "ko",
    Norwegian "no",
    Polish "pl",
    Portuguese "pt",
    Romanian "ro",
    Russian "ru",
    Spanish "es",
    Swedish "sv",
    Thai "th",
    Turkish "tr",
    Ukrainian "uk",
    Vietnamese "vi",
}

/// As much of a text as is looked at, in bytes.
const SAMPLE: usize = 8 * 1024;
/// Fewer frequent words than this are no sign of a language.
const FEWEST_WORDS: u32 = 2;

impl Language {
    /// The language most of the text is in; `None` for code, numbers and texts too short to tell.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        let sample = &text[..text.floor_char_boundary(SAMPLE)];
        let scripts = Scripts::count(sample);
        scripts.language(sample).or_else(|| by_words(sample))
    }
}

/// Letters of a sample by script.
#[derive(Default)]
struct Scripts {
    latin: u32,
    cyrillic: u32,
    greek: u32,
    hebrew: u32,
    arabic: u32,
    devanagari: u32,
    thai: u32,
    kana: u32,
    han: u32,
    hangul: u32,
}

impl Scripts {
    fn count(sample: &str) -> Self {
        let mut scripts = Self::default();
        for c in sample.chars() {
            let count = match c {
                'a'..='z' | 'A'..='Z' | '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}' => &mut scripts.latin,
                '\u{370}'..='\u{3ff}' => &mut scripts.greek,
                '\u{400}'..='\u{4ff}' => &mut scripts.cyrillic,
                '\u{590}'..='\u{5ff}' => &mut scripts.hebrew,
                '\u{600}'..='\u{6ff}' => &mut scripts.arabic,
                '\u{900}'..='\u{97f}' => &mut scripts.devanagari,
                '\u{e00}'..='\u{e7f}' => &mut scripts.thai,
                '\u{3041}'..='\u{30fa}' => &mut scripts.kana,
                '\u{4e00}'..='\u{9fff}' => &mut scripts.han,
                '\u{ac00}'..='\u{d7a3}' => &mut scripts.hangul,
                _ => continue,
            };
            *count += 1;
        }
        scripts
    }

    /// The language of a script that has only one here. A syllable or ideograph says as much as several letters, and
    /// texts in every script are full of Latin names and code.
    fn language(&self, sample: &str) -> Option<Language> {
        let ideographs = self.kana + self.han + self.hangul;
        let strongest = [
            (ideographs * 3, self.east_asian()),
            (self.cyrillic, cyrillic(sample)),
            (self.greek, Language::Greek),
            (self.hebrew, Language::Hebrew),
            (self.arabic, Language::Arabic),
            (self.devanagari, Language::Hindi),
            (self.thai, Language::Thai),
        ];
        let (letters, language) = strongest.into_iter().max_by_key(|(letters, _)| *letters)?;
        (letters >= 4 && letters * 2 > self.latin).then_some(language)
    }

    fn east_asian(&self) -> Language {
        if self.hangul > self.kana && self.hangul * 4 > self.han {
            Language::Korean
        } else if self.kana * 8 > self.han {
            Language::Japanese
        } else {
            Language::Chinese
        }
    }
}

fn cyrillic(sample: &str) -> Language {
    let count = |letters: &[char]| sample.chars().filter(|c| letters.contains(c)).count();
    if count(&['і', 'ї', 'є', 'ґ', 'І', 'Ї', 'Є']) > count(&['ы', 'э', 'ё', 'Ы', 'Э']) {
        Language::Ukrainian
    } else if count(&['ъ', 'щ']) > 0
        && count(&['ы', 'э', 'ё']) == 0
        && sample.contains(" на ")
        && sample.contains("та ")
    {
        Language::Bulgarian
    } else {
        Language::Russian
    }
}

/// The language whose frequent words stand here most often.
fn by_words(sample: &str) -> Option<Language> {
    let mut counts = [0u32; WORDS.len()];
    for word in sample
        .split(|c: char| !c.is_alphabetic() && c != '\'')
        .filter(|word| !word.is_empty() && word.len() <= 12)
    {
        let lower = word.to_lowercase();
        for (count, (_, words)) in counts.iter_mut().zip(WORDS) {
            *count += u32::from(words.contains(&lower.as_str()));
        }
    }
    let (best, count) = counts
        .iter()
        .enumerate()
        .max_by_key(|(index, count)| (**count, std::cmp::Reverse(*index)))?;
    let second = counts
        .iter()
        .enumerate()
        .filter(|(index, _)| *index != best)
        .map(|(_, count)| *count)
        .max()?;
    (*count >= FEWEST_WORDS && *count > second).then_some(WORDS[best].0)
}

/// Frequent words; those that two languages share count for both, and decide nothing between them.
const WORDS: [(Language, &[&str]); 17] = [
    (
        Language::English,
        &[
            "the", "and", "of", "to", "is", "that", "for", "with", "you", "this", "was", "are", "have", "please",
            "not", "my", "from", "we", "it",
        ],
    ),
    (
        Language::German,
        &[
            "der", "die", "und", "das", "ist", "nicht", "ein", "eine", "mit", "für", "auf", "bitte", "ich", "wir",
            "sie", "den", "dem", "von", "zu", "wird",
        ],
    ),
    (
        Language::French,
        &[
            "le", "la", "les", "et", "des", "est", "une", "pour", "dans", "que", "qui", "avec", "nous", "vous", "pas",
            "sur", "du", "au", "je", "ce",
        ],
    ),
    (
        Language::Spanish,
        &[
            "el", "la", "los", "las", "y", "que", "es", "una", "por", "con", "para", "no", "del", "se", "su", "está",
            "como", "más", "favor", "mi",
        ],
    ),
    (
        Language::Italian,
        &[
            "il", "di", "che", "è", "per", "una", "con", "non", "della", "del", "sono", "gli", "nel", "alla", "questo",
            "anche", "si", "le", "mi", "ho",
        ],
    ),
    (
        Language::Portuguese,
        &[
            "o", "de", "que", "e", "do", "da", "em", "um", "para", "com", "não", "uma", "os", "no", "na", "por",
            "mais", "dos", "você", "está",
        ],
    ),
    (
        Language::Dutch,
        &[
            "de", "het", "een", "van", "en", "is", "dat", "niet", "voor", "met", "op", "zijn", "aan", "wij", "deze",
            "ook", "graag", "naar", "bij", "ik",
        ],
    ),
    (
        Language::Polish,
        &[
            "i", "w", "nie", "na", "z", "do", "się", "jest", "że", "to", "dla", "od", "przez", "jak", "proszę", "są",
            "oraz", "po", "czy", "o",
        ],
    ),
    (
        Language::Swedish,
        &[
            "och", "att", "det", "är", "som", "på", "för", "en", "med", "inte", "av", "den", "jag", "till", "vi",
            "har", "ett", "om", "kan", "från",
        ],
    ),
    (
        Language::Danish,
        &[
            "og", "at", "det", "er", "som", "på", "for", "en", "med", "ikke", "af", "den", "jeg", "til", "vi", "har",
            "et", "om", "kan", "fra",
        ],
    ),
    (
        Language::Norwegian,
        &[
            "og", "å", "det", "er", "som", "på", "for", "en", "med", "ikke", "av", "den", "jeg", "til", "vi", "har",
            "et", "om", "kan", "fra",
        ],
    ),
    (
        Language::Finnish,
        &[
            "ja", "on", "ei", "se", "että", "oli", "hän", "mutta", "ovat", "tämä", "myös", "kun", "olen", "joka",
            "ole", "niin", "sen", "voi",
        ],
    ),
    (
        Language::Turkish,
        &[
            "ve", "bir", "bu", "için", "ile", "olarak", "da", "de", "değil", "var", "çok", "ne", "lütfen", "daha",
            "olan", "ben", "gibi", "kadar",
        ],
    ),
    (
        Language::Czech,
        &[
            "a", "je", "se", "na", "v", "že", "to", "s", "ale", "jsem", "které", "pro", "jako", "by", "prosím", "jsou",
            "není",
        ],
    ),
    (
        Language::Romanian,
        &[
            "și", "de", "la", "cu", "este", "nu", "pe", "care", "să", "din", "pentru", "un", "sunt", "mai", "ca", "sau",
        ],
    ),
    (
        Language::Hungarian,
        &[
            "a", "az", "és", "hogy", "nem", "is", "egy", "meg", "van", "ez", "kell", "csak", "volt", "mint", "vagy",
            "kérem",
        ],
    ),
    (
        Language::Indonesian,
        &[
            "yang", "dan", "di", "untuk", "dengan", "ini", "itu", "dari", "tidak", "pada", "adalah", "akan", "saya",
            "ke",
        ],
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_are_told_apart() {
        for (code, text) in [
            ("en", "Please summarise the notes from this meeting, and keep it short."),
            (
                "de",
                "Bitte fassen Sie das Protokoll zusammen, es ist nicht für Kunden.",
            ),
            (
                "fr",
                "Résumez les notes de la réunion pour que nous puissions avancer dans le projet.",
            ),
            (
                "es",
                "Por favor resume las notas de la reunión, que es para el cliente.",
            ),
            ("it", "Riassumi le note della riunione, che non sono per il cliente."),
            (
                "pt",
                "Resuma as notas da reunião, não é para o cliente, com uma tabela.",
            ),
            (
                "nl",
                "Vat het verslag van de vergadering samen, het is niet voor de klant.",
            ),
            (
                "pl",
                "Proszę streścić notatki, to nie jest dla klienta i nie może się znaleźć w sieci.",
            ),
            (
                "sv",
                "Sammanfatta anteckningarna från mötet, det är inte för kunden och vi har bråttom.",
            ),
            (
                "da",
                "Sammenfat noterne af mødet, jeg har ikke tid og det er til kunden.",
            ),
            (
                "fi",
                "Tiivistä kokouksen muistiinpanot, se ei ole asiakkaalle ja niin on hyvä.",
            ),
            ("tr", "Lütfen bu toplantı için bir özet yaz ve çok uzun olmasın."),
            ("ru", "Пожалуйста, сократите протокол встречи."),
            ("uk", "Будь ласка, скоротіть протокол зустрічі."),
            ("el", "Παρακαλώ συνοψίστε τα πρακτικά."),
            ("ja", "会議の議事録を要約してください。"),
            ("zh", "请总结这次会议的记录。"),
            ("ko", "회의록을 요약해 주세요."),
            ("ar", "يرجى تلخيص محضر الاجتماع"),
            ("he", "נא לסכם את הפגישה"),
            ("hi", "कृपया बैठक का सारांश दें"),
        ] {
            assert_eq!(Language::of(text).map(Language::code), Some(code), "{text}");
        }
    }

    #[test]
    fn code_and_numbers_have_none() {
        for text in [
            "",
            "4111 1111",
            "fn main() { run(); }",
            "x = y[3] + z",
            "SELECT id FROM t",
        ] {
            assert_eq!(Language::of(text), None, "{text}");
        }
    }
}
