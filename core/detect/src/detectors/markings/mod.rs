//! Markings: phrases that say who may read a text, where they stand as markings do: alone on a line, at its end, after
//! `Classification:`, in brackets, in capitals. The same words in a sentence are quiet.

mod headers;
mod phrases;

pub(super) use headers::PROPRIETARY;

use self::headers::is_comment;
use self::phrases::{COMPANIONS, FIELDS, GROUPS, LEVELS, Strength};
use super::{Family, Hit, Word};
use crate::evidence::{contains, first_place};
use crate::language::Language;
use crate::page::{Findings, Page};
use crate::phrases::{Index, Sorted};
use crate::registry::{Info, Standing};
use std::ops::Range;
use std::sync::LazyLock;
use weir_model::{Category, Confidence};

/// The family.
pub(super) struct Markings;

/// A confidentiality marking.
pub(super) static MARKING: Info = Info::new(
    "business/confidential_marking",
    "Confidentiality marking",
    Category::Business,
    Standing::Surrounding,
)
.from(
    "any",
    "phrases and their position, twenty-five languages; FIRST TLP 2.0; UK OFFICIAL-SENSITIVE; US CUI; VSA",
)
.found_in(&[
    "Classification: CONFIDENTIAL\nminutes of the meeting",
    "STRICTLY CONFIDENTIAL\n\nProject plan",
    "Report\nCompany Confidential - do not distribute",
    "INTERNAL USE ONLY\ntext",
    "<!-- INTERNAL USE ONLY - do not publish -->\n<h1>Roadmap</h1>",
    "<!-- Confidential -->\n<p>The lead time went up.</p>",
    "page 4 of 9          COMPANY CONFIDENTIAL          (c) 2026 Acme",
    "Status: final. Sensitivity: Highly Confidential.\nOwner: Sales",
    "--- COMPANY PRIVATE ---\nPipeline",
    "| Title | Prices |\n|---|---|\n| Classification | Confidential |",
    "Title,Owner,Classification\nPrices,Sales,Strictly confidential",
    "Title: Prices	Classification: Restricted	Owner: Sales",
    "Please treat the attached as STRICTLY CONFIDENTIAL. The closing is on Friday.",
    "<meta name=\"classification\" content=\"confidential\">",
    "Acme Inc. - Strictly Confidential - Page 2/14",
    "Diese E-Mail kann vertrauliche Informationen enthalten und ist nur für den Adressaten bestimmt.",
    "NOTICE: this message may contain confidential information and is intended only for the addressee.",
    "Bitte beachten: Dieses Dokument ist nur für den internen Gebrauch bestimmt.",
    "CUI//SP-PRVCY\nRoster",
    "Diffusion : usage interne uniquement",
    "Kurum içi kullanım\nYönerge",
    "Streng vertraulich\n\nProtokoll",
    "CONFIDENTIEL\nCompte rendu",
    "TLP:AMBER+STRICT\nfindings",
    "机密\n会议纪要",
    "社外秘\n資料",
    "Notes - CONFIDENTIAL",
    "Subject: [CONFIDENTIAL] merger timeline\n\nHi all,",
    "Acme Ltd | Strictly private and confidential | Page 3 of 10",
    "PRIVILEGED & CONFIDENTIAL\nATTORNEY-CLIENT COMMUNICATION\n\nDear Ruth,",
    "**Classification:** Internal use only\n\n# Roadmap",
    "Einstufung: VS-NfD\nLagebericht",
    "Nur für den internen Gebrauch\n\nPreisliste",
    "Document strictement confidentiel\n\nBilan",
    "ESTRICTAMENTE CONFIDENCIAL\n\nPlan de negocio",
    "USO INTERNO - não distribuir\n\nPlano",
    "Strettamente riservato\n\nVerbale",
    "Strikt vertrouwelijk\n\nNotulen",
    "ŚCIŚLE POUFNE\n\nProtokół",
    "Strängt konfidentiellt\n\nProtokoll",
    "ÇOK GİZLİ\n\nToplantı tutanağı",
    "СТРОГО КОНФИДЕНЦИАЛЬНО\n\nПротокол",
    "【社外秘】新製品計画\n概要",
    "密级：机密\n方案",
    "대외비\n\n회의록",
    "보안등급: 대외비\n회의록",
    "سري للغاية\n\nمحضر",
    "This document is strictly confidential and must not leave the company.\n\n1. Scope",
    "<header>Attorney Work Product</header>\n<p>The lead time went up.</p>",
    "<blockquote>Data Classification: Restricted</blockquote>",
    "Feedback on the trial | Private & Confidential | p. 4\nIt went well.",
    "Handover | TLP:RED | p. 4\nAll is done.",
    "The trial ends on Friday. TLP:RED\n\nKindly confirm.",
    "Hello, it's me again, HIGHLY CONFIDENTIAL. We ran the comparison twice.",
    "秘密\n会议纪要",
    "Regards\n\nThis e-mail and any attachments are confidential and intended solely for the addressee.",
    "Confidentiality notice: this message is intended only for the named recipient.",
    "Diese E-Mail enthält vertrauliche Informationen und ist nur für den Empfänger bestimmt.",
    "Confidential | Acme Ltd. | 2026",
    "Strictly confidential. Please do not forward.\n\nDear board members,",
    "NOT FOR PUBLIC RELEASE\n\nPricing",
    "Do not share outside of Acme\n\nPricing",
    "Security classification: Protected\nMinutes",
    "Intern - nicht weitergeben\n\nPreise",
    "Réservé à un usage interne\n\nPrix",
    "Page 7 of 14 | Weir Confidential\nThe migration starts small.",
    "Draft v6.3. Privileged & Confidential – Attorney-Client Communication\nCounsel advises",
    "NATO RESTRICTED\nExercise planning",
    "Embargoed and confidential until 27 March 2026\nRevenue rose.",
    "Embargoed until 27 March 2026, 9:00\nRevenue rose.",
    "VS – NUR FÜR DEN DIENSTGEBRAUCH\nLage",
])
.not_in(&[
    "keep this confidential please",
    "Choose one: Public / Internal / Confidential / Strictly confidential",
    "<!-- internal link, keep in sync with nav.html -->",
    "<!-- restricted to admins -->",
    "Title,Owner,Genre\nPrices,Sales,confidential thriller",
    "Please treat the wood before the winter.",
    "<meta name=\"classification\" content=\"birds\">",
    "Distribution: Debian stable",
    "is this confidential?",
    "the confidential computing whitepaper",
    "a confidential client in OAuth",
    "Confidential computing is a technology\nthat protects data",
    "class Confidential {",
    "internal use of the module",
    "classification: image",
    "TLP:CLEAR\ntext",
    "our confidentiality policy is public",
    "classification = confidential_model",
    "\"Confidential Information\" means any information that a party discloses.",
    "The survey is strictly confidential and takes five minutes.",
    "// For internal use only.\nfn helper() {}",
    "| Level | Meaning |\n|---|---|\n| Confidential | may not leave the team |",
    "Levels: public, internal, confidential, restricted",
    "enum Level { PUBLIC, CONFIDENTIAL, RESTRICTED }",
    "TLP:RED information must not be shared with anybody.",
    "What does TLP:AMBER mean in a report?",
    "<option value=\"c\">Confidential</option>",
    "Confidential VM: yes",
    "L.A. Confidential is a film of 1997",
    "This e-mail is not confidential.",
    "This email is about confidential computing, is it?",
    "Add a confidentiality notice to the footer of all mails.",
    "Confidential | Public | Internal",
    "git mv CONFIDENTIAL.md docs/",
    "Vertraulichkeit ist uns wichtig.",
    "Das Gespräch ist vertraulich, sagte sie.",
    "我们重视机密性和完整性。",
    "機密情報の取り扱いについて説明してください",
    "RESTRICTED_HOSTS = []",
    "Restricted Stock Units (RSU)",
    "<p>Confidential</p>",
    "<span>Levels: public, internal, confidential</span>",
    "Public | Internal | Confidential",
    "Level | Use\nConfidential | contracts\nRestricted | keys",
    "We keep secrets, confidential or not. They stay.",
    "L.A. Confidential | 1997 | Curtis Hanson",
    "NATO restricted the flights over the area.",
    "The paper was embargoed until the talk, was it?",
    "Page 7 of 14 | Weir Handbook\nThe levels follow.",
]);

/// Longest line with a marking, in bytes; markings stand in titles, headers and footers.
const LONGEST_LINE: usize = 240;

/// The words of this family, the traffic lights first.
const TRAFFIC_LIGHT: [&str; 2] = ["tlp:", "tlp-"];

fn triggers() -> impl Iterator<Item = (usize, &'static str)> {
    let groups = GROUPS.iter().enumerate();
    groups.flat_map(|(group, phrases)| phrases.triggers.iter().map(move |trigger| (group, *trigger)))
}

/// What a word of the lexicon was entered for.
enum Asked {
    Light,
    Header,
    Field,
    Group(usize),
}

fn asked() -> &'static [Asked] {
    static ASKED: LazyLock<Vec<Asked>> = LazyLock::new(|| {
        let lights = TRAFFIC_LIGHT.iter().map(|_| Asked::Light);
        let headers = headers::TRIGGERS.iter().map(|_| Asked::Header);
        let fields = FIELDS.iter().map(|_| Asked::Field);
        let groups = triggers().map(|(group, _)| Asked::Group(group));
        lights.chain(headers).chain(fields).chain(groups).collect()
    });
    &ASKED
}

impl Family for Markings {
    fn infos(&self) -> Vec<&'static Info> {
        vec![&MARKING, &PROPRIETARY]
    }

    fn words(&self) -> Vec<Word> {
        let lights = TRAFFIC_LIGHT.iter().copied();
        let headers = headers::TRIGGERS.iter().copied();
        let fields = FIELDS.iter().copied();
        let groups = triggers().map(|(_, trigger)| trigger);
        lights
            .chain(headers)
            .chain(fields)
            .chain(groups)
            .map(Word::any_case)
            .collect()
    }

    fn word(&self, page: &Page<'_>, hit: Hit, out: &mut Findings) {
        if let Asked::Header = asked()[hit.index] {
            headers::header(page, hit, out);
            return;
        }
        let known =
            |last: &crate::page::Found| std::ptr::eq(last.info, &raw const MARKING) && last.span.end > hit.start;
        if out.0.iter().rev().take(4).any(known) {
            return;
        }
        let Some(line) = Line::around(page, hit) else { return };
        let marking = match asked()[hit.index] {
            Asked::Light => line.traffic_light(hit),
            Asked::Field => line.field(hit),
            Asked::Group(group) => line.phrase(page, group, hit),
            Asked::Header => None,
        };
        if let Some((span, confidence)) = marking {
            out.add(&MARKING, span, confidence);
        }
    }
}

/// `Confidential | Acme Ltd. | 2026`: a company, a year or a page between the other bars of a line.
fn is_in_footer(page: &Page<'_>, at: usize) -> bool {
    const COMPANIES: [&[u8]; 9] = [
        b" inc", b" corp", b" ltd", b" llc", b" gmbh", b" ag ", b" plc", b" s.a.", b"page ",
    ];
    let line = page.slice(page.line_start(at, LONGEST_LINE)..page.line_end(at, LONGEST_LINE));
    let small = line.to_ascii_lowercase();
    contains(line, b" | ")
        && (line.iter().any(u8::is_ascii_digit) || COMPANIES.iter().any(|company| contains(&small, company)))
}

/// `Page 7 of 14 | Weir Confidential`: the line counts pages between its bars.
fn is_on_page(page: &Page<'_>, at: usize) -> bool {
    const PAGES: [&[u8]; 6] = [b"page ", b"slide ", b"seite ", b"p. ", b"pagina ", b"sida "];
    let line = page.slice(page.line_start(at, LONGEST_LINE)..page.line_end(at, LONGEST_LINE));
    let small = line.to_ascii_lowercase();
    let mut parts = small.split(|byte| *byte == b'|').map(<[u8]>::trim_ascii);
    parts.any(|part| PAGES.iter().any(|word| part.starts_with(word)) && part.iter().any(u8::is_ascii_digit))
}

/// True for a line of remarks; a line of dashes with words in it is none.
fn is_remark(line: &str) -> bool {
    is_comment(line) && !line.starts_with("---")
}

/// True when a comment of HTML opens right before.
fn is_in_comment(page: &Page<'_>, at: usize) -> bool {
    page.slice(at.saturating_sub(8)..at).trim_ascii_end().ends_with(b"<!--")
}

/// How the letters of a phrase are written.
#[derive(Clone, Copy)]
struct Case {
    /// They have cases at all.
    cased: bool,
    /// All are capitals.
    shouted: bool,
    /// The first is one.
    titled: bool,
}

/// A short line, without what decorates it.
struct Line<'t> {
    start: usize,
    text: &'t str,
    /// The same bytes in lower case; letters whose lower case has another length stay.
    lower: String,
    words: usize,
    /// It is a row of a table, which explains things.
    row: bool,
    /// It is a part of a line: the content of an element, or what stands between bars.
    part: bool,
}

/// The part of a line that a document sets apart: the content of an element of text, or what stands between bars.
/// The trigger stands in it.
fn part_of(line: &str, line_start: usize, hit: Hit) -> Option<Range<usize>> {
    #[rustfmt::skip]
    const ELEMENTS: [&str; 22] = [
        "header", "footer", "blockquote", "p", "div", "span", "h1", "h2", "h3", "h4", "h5", "h6", "strong", "b", "em",
        "i", "center", "title", "small", "mark", "section", "font",
    ];
    let before = line.get(..hit.start - line_start)?;
    let after = line.get(hit.end - line_start..)?;
    if let (Some(open), Some(close)) = (before.rfind("<!--"), after.find("-->")) {
        return Some(line_start + open + 4..hit.end + close);
    }
    if let (Some(open), Some(close)) = (before.rfind('<'), after.find("</")) {
        let tag = before[open + 1..].split_once('>')?.0;
        let name = tag.split(' ').next().unwrap_or(tag).to_ascii_lowercase();
        let start = line_start + open + tag.len() + 2;
        return ELEMENTS.contains(&name.as_str()).then(|| start..hit.end + close);
    }
    // Bars, or blanks as wide as between the columns of a footer.
    for border in [" | ", "    "] {
        let (left, right) = (before.rfind(border), after.find(border));
        let start = line_start + left.map_or(0, |at| at + border.len());
        let inside = left.or(right).is_some() && start <= hit.start && !before[..left.unwrap_or(0)].trim().is_empty();
        if inside || right.is_some_and(|at| !after[at..].trim().is_empty()) {
            return Some(start..hit.end + right.unwrap_or(after.len()));
        }
    }
    None
}

/// True when the word stands in the text behind a blank.
fn stands_behind_blank(text: &str, word: &str) -> bool {
    let behind = memchr::memchr_iter(b' ', text.as_bytes()).map(|blank| &text.as_bytes()[blank + 1..]);
    behind.into_iter().any(|rest| rest.starts_with(word.as_bytes()))
}

/// True for a line with bars that has another one above or below it.
fn is_in_table(page: &Page<'_>, line: &Range<usize>) -> bool {
    let near = [
        page.line_start(line.start.saturating_sub(1), LONGEST_LINE)..line.start,
        line.end..page.line_end((line.end + 1).min(page.bytes.len()), LONGEST_LINE),
    ];
    near.into_iter().any(|other| page.slice(other).contains(&b'|'))
}

/// True for a phrase that marks a text and says nothing else.
fn is_phrase(text: &str) -> bool {
    let phrases = GROUPS.iter().flat_map(|group| group.phrases);
    text.len() > 5
        && phrases
            .filter(|(_, strength)| *strength != Strength::Doubtful)
            .any(|(phrase, _)| *phrase == text)
}

/// How a reader is told what to do with a text, or what it is.
static ORDERS: &Index = &Sorted::by_start([
    "please treat",
    "please handle",
    "please keep",
    "treat ",
    "handle ",
    "this is",
    "these are",
    "the attached",
    "attached is",
    "all of this is",
    "everything ",
    "note:",
    "reminder:",
    "proprietary notice",
    "marked ",
]);

/// What a text says of itself begins so.
static SUBJECTS: &Index = &Sorted::by_start([
    "this document is",
    "document classified",
    "document à ",
    "document confidentiel",
    "la présente note est",
    "this document contains confidential",
    "this presentation is",
    "this report is",
    "this memo is",
    "this memorandum is",
    "this material is",
    "this file is",
    "this page is",
    "this draft is",
    "the contents of this document are",
    "confidentiality notice",
    "this e-mail and any",
    "this email and any",
    "this message and any",
    "this e-mail is",
    "this email is",
    "this message is",
    "this e-mail contains confidential",
    "this email contains confidential",
    "this message contains confidential",
    "the information contained in this",
    "the information in this",
    "the contents of this",
    "notice: this",
    "disclaimer: this",
    "die informationen in dieser",
    "diese e-mail kann",
    "diese nachricht kann",
    "diese mail enthält",
    "diese mail kann",
    "der inhalt dieser",
    "les informations contenues",
    "la información contenida",
    "la información de este",
    "le informazioni contenute",
    "il contenuto di questa",
    "de informatie in dit",
    "de informatie in deze",
    "de inhoud van dit",
    "as informações contidas",
    "esta mensagem contém",
    "este e-mail contém",
    "informacje zawarte w",
    "ta wiadomość zawiera",
    "treść tej wiadomości",
    "detta meddelande är",
    "detta e-postmeddelande",
    "informationen i detta",
    "diese e-mail enthält",
    "diese nachricht enthält",
    "diese e-mail ist",
    "ce message est",
    "ce message et",
    "ce courriel est",
    "ce courriel et",
    "este mensaje es",
    "este mensaje y",
    "este correo electrónico",
    "questo messaggio è",
    "questa e-mail è",
    "dit bericht is",
    "deze e-mail is",
    "esta mensagem é",
    "ta wiadomość jest",
    "dieses dokument ist",
    "diese präsentation ist",
    "dieser bericht ist",
    "ce document est",
    "cette présentation est",
    "este documento es",
    "este documento é",
    "questo documento è",
    "dit document is",
    "niniejszy dokument jest",
    "detta dokument är",
    "dette dokument er",
    "dette dokumentet er",
    "tämä asiakirja on",
    "bu belge",
    "bu e-posta",
    "этот документ",
    "данный документ",
    "настоящий документ",
    "本文件",
    "本资料",
    "本資料は",
    "本書は",
    "본 문서는",
    "이 문서는",
]);

impl<'t> Line<'t> {
    fn around(page: &Page<'t>, hit: Hit) -> Option<Self> {
        let start = page.line_start(hit.start, LONGEST_LINE);
        let end = page.line_end(hit.end, LONGEST_LINE);
        if end - start >= LONGEST_LINE {
            return None;
        }
        let line = page.text(start..end);
        let row = line.trim_start().starts_with('|') && !line.trim_start().starts_with("||")
            || [',', '\t'].iter().any(|mark| line.matches(*mark).count() >= 2)
            || contains(line.as_bytes(), b" | ") && is_in_table(page, &(start..end));
        let inner = if row { None } else { part_of(line, start, hit) };
        let part = inner.is_some();
        let start = inner.as_ref().map_or(start, |inner| inner.start);
        let whole = inner.map_or(line, |inner| page.text(inner));
        let decoration = |c: char| c.is_whitespace() || "*#=_~-–—>|•·\"'`".contains(c);
        let text = whole.trim_matches(decoration);
        let mut lower = String::with_capacity(text.len());
        for c in text.chars() {
            let mut small = c.to_lowercase();
            match (small.next(), small.next()) {
                (Some(l), None) if l.len_utf8() == c.len_utf8() => lower.push(l),
                _ => lower.push(c),
            }
        }
        Some(Self {
            start: start + (whole.len() - whole.trim_start_matches(decoration).len()),
            words: text.split_whitespace().count(),
            row,
            part,
            text,
            lower,
        })
    }

    fn span(&self, range: Range<usize>) -> Range<usize> {
        self.start + range.start..self.start + range.end
    }

    /// `TLP:RED`, alone, at an edge or in brackets.
    fn traffic_light(&self, hit: Hit) -> Option<(Range<usize>, Confidence)> {
        let at = hit.start.checked_sub(self.start)?;
        let rest = self.lower.get(at + 4..)?.trim_start();
        let colour = ["amber+strict", "amber", "red"]
            .into_iter()
            .find(|colour| rest.starts_with(colour))?;
        let end = self.lower.len() - rest.len() + colour.len();
        let upper = self.text.get(at..at + 3)? == "TLP";
        let apart = !rest[colour.len()..].starts_with(|c: char| c.is_alphanumeric() || c == '_');
        // `rewrite this: "TLP:AMBER The figures …`
        let quoted = self.lower[..at].ends_with(['"', '“', '„', '«']) && self.lower[end..].starts_with(' ');
        let edge = at == 0 || end == self.lower.len() || quoted || self.is_bracketed(at, end);
        let placed = edge && !self.is_sentence() || self.is_between_sentences(&(at..end));
        (upper && apart && placed).then(|| (self.span(at..end), Confidence::High))
    }

    /// `Classification: CONFIDENTIAL` at the start of a line.
    fn field(&self, hit: Hit) -> Option<(Range<usize>, Confidence)> {
        if let Some(value) = self.attribute(hit) {
            return Some((self.span(value), Confidence::High));
        }
        let before = self.lower.get(..hit.start.checked_sub(self.start)?)?;
        let sentence = before.trim_end().ends_with(['.', '!', '?']);
        let begins = hit.start == self.start || sentence || before.split_whitespace().count() <= 2;
        let tab = before.rfind('\t').map(|at| at + 1);
        let from = if sentence { before.len() } else { tab.unwrap_or(0) };
        let begins = begins || tab.is_some();
        let colon = from + self.lower[from..].find([':', '：', '|'])?;
        let name = self.lower[from..colon].trim_matches(|c: char| !c.is_alphanumeric());
        let rest = self.lower[colon..].trim_start_matches([':', '：', '|']);
        let value = rest.trim_matches(|c: char| c.is_whitespace() || "*_`[](){}【】|".contains(c));
        let first = value.split(['/', '(', ',', '|', ';', '，', '（', '\t']).next()?;
        let first = first
            .split(" - ")
            .next()?
            .split(" – ")
            .next()?
            .trim()
            .trim_end_matches('.');
        let known = LEVELS.contains(&first)
            || is_phrase(first)
            || value.starts_with("tlp:red")
            || value.starts_with("tlp:amber");
        // A list of all levels is a form, or an explanation of them.
        let listed = value.matches(['/', '|', ',']).count() >= 2;
        (begins && FIELDS.contains(&name) && known && !listed && !self.is_code())
            .then(|| (self.span(from..self.text.len()), Confidence::High))
    }

    /// `<meta name="classification" content="confidential">`
    fn attribute(&self, hit: Hit) -> Option<Range<usize>> {
        let behind = self.lower.get(hit.end.checked_sub(self.start)?..)?;
        let rest = behind.trim_start_matches(['"', '\'', ' ']);
        let value = rest.strip_prefix("content=").or_else(|| rest.strip_prefix("value="))?;
        let value = value.strip_prefix(['"', '\''])?.split(['"', '\'']).next()?;
        let start = value.as_ptr() as usize - self.lower.as_ptr() as usize;
        LEVELS.contains(&value).then(|| start..start + value.len())
    }

    /// A phrase of the group, where and how markings stand.
    fn phrase(&self, page: &Page<'_>, group: usize, hit: Hit) -> Option<(Range<usize>, Confidence)> {
        let at = hit.start.checked_sub(self.start)?;
        let (range, strength) = self.find(group, at)?;
        let goes_on = self.with_companions(&range);
        let confidence = self.weigh(page, &range, strength).or_else(|| {
            let is_longer = strength == Strength::Phrase && goes_on.end > range.end;
            is_longer.then(|| self.weigh(page, &goes_on, strength)).flatten()
        })?;
        let whole = self.is_nothing_but(&range) || self.speaks_of_document() || self.is_owned(&range);
        let range = if whole {
            0..self.text.len()
        } else {
            self.with_marks(goes_on)
        };
        Some((self.span(range), confidence))
    }

    /// The phrase with what goes on behind it: `– Attorney-Client Communication`, `until 27 March 2020`.
    fn with_companions(&self, range: &Range<usize>) -> Range<usize> {
        const LONGEST: usize = 48;
        let behind = &self.lower[range.end..];
        let joined = [" – ", " - ", " — "].iter().any(|dash| behind.starts_with(dash));
        let dated = behind.starts_with(" until ") || self.lower[..range.end].ends_with(" until");
        let goes_on = behind.len() <= LONGEST
            && (joined && self.holds_nothing_but(behind) || dated && behind.bytes().any(|byte| byte.is_ascii_digit()));
        range.start..if goes_on { self.text.len() } else { range.end }
    }

    /// The phrase with what is written around it: brackets, a full stop, and whose it is, `© Weir 2026 – `.
    fn with_marks(&self, range: Range<usize>) -> Range<usize> {
        const BRACKETS: [(char, char); 4] = [('[', ']'), ('(', ')'), ('【', '】'), ('［', '］')];
        let (before, after) = (&self.text[..range.start], &self.text[range.end..]);
        for (open, close) in BRACKETS {
            if before.ends_with(open) && after.starts_with(close) {
                return range.start - open.len_utf8()..range.end + close.len_utf8();
            }
        }
        let stop = usize::from(after == "." || after.starts_with(". "));
        range.start - self.owner_before(before)..range.end + stop
    }

    /// The length of `© Weir 2026 – ` at the end of a text.
    fn owner_before(&self, before: &str) -> usize {
        const WORDS: usize = 5;
        let Some(owner) = [" – ", " - ", " — ", ". "]
            .iter()
            .find_map(|dash| before.strip_suffix(dash))
        else {
            return 0;
        };
        let begins = ["©", "(c)", "(C)"].iter().filter_map(|mark| owner.rfind(mark)).max();
        let is_short = |at: &usize| owner[*at..].split(' ').count() <= WORDS;
        begins.filter(is_short).map_or(0, |at| before.len() - at)
    }

    /// `HR CONFIDENTIAL`, `Weir Confidential`: the phrase ends the text, and before it stands nothing but whose it is.
    fn is_owned(&self, range: &Range<usize>) -> bool {
        const WORDS: usize = 2;
        let Some(owner) = self.text[..range.start].strip_suffix(' ') else {
            return false;
        };
        let is_name = |word: &str| word.starts_with(char::is_uppercase) && word.chars().all(char::is_alphanumeric);
        range.end == self.text.len() && owner.split(' ').count() <= WORDS && owner.split(' ').all(is_name)
    }

    /// The phrase around `at`.
    fn find(&self, group: usize, at: usize) -> Option<(Range<usize>, Strength)> {
        let mut phrases = GROUPS[group].phrases.iter();
        phrases.find_map(|(phrase, strength)| {
            if phrase.len() > self.lower.len() {
                return None;
            }
            let from = self.lower.floor_char_boundary(at.saturating_sub(phrase.len()));
            let to = self.lower.len().min(at + phrase.len());
            let start = from + first_place(self.lower.as_bytes().get(from..to)?, phrase.as_bytes())?;
            let range = start..start + phrase.len();
            (start <= at && at < range.end && self.stands_apart(&range, *strength)).then_some((range, *strength))
        })
    }

    /// True when no letter touches the phrase. Scripts without blanks join words; there one free side is enough for a
    /// phrase that says it all.
    fn stands_apart(&self, range: &Range<usize>, strength: Strength) -> bool {
        let before = self.lower[..range.start].chars().next_back();
        let after = self.lower[range.end..].chars().next();
        let free = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric() && c != '_');
        let joins = self.lower[range.clone()].chars().any(|c| c as u32 >= 0x2e80);
        if joins && strength == Strength::Phrase {
            free(before) || free(after)
        } else {
            free(before) && free(after)
        }
    }

    fn weigh(&self, page: &Page<'_>, range: &Range<usize>, strength: Strength) -> Option<Confidence> {
        let phrase = &self.text[range.clone()];
        let cased = phrase.chars().any(char::is_lowercase) || phrase.chars().any(char::is_uppercase);
        let shouted = cased && !phrase.chars().any(char::is_lowercase);
        let titled = phrase.chars().next().is_some_and(char::is_uppercase);
        let comment = !self.part
            && is_remark(page.text(page.line_start(self.start + range.start, LONGEST_LINE)..self.start + range.end));
        let says = |word: &str| contains(self.lower.as_bytes(), word.as_bytes());
        let secrecy = says("confiden") || says("proprietary") || !self.lower.is_ascii();
        if self.is_code() || self.is_denied(range) || comment && !(shouted && secrecy) || self.is_choice() {
            return None;
        }
        if self.row && !shouted {
            return self.is_in_column(page, range).then_some(Confidence::Medium);
        }
        let tells =
            says("confiden") || says("vertraulich") || says("vertrouwelijk") || says("poufn") || says("riservat");
        if self.speaks_of_document() && strength != Strength::Doubtful || tells && self.is_disclaimer() {
            return Some(Confidence::Medium);
        }
        // In small letters, English phrases about use and distribution are remarks on a function.
        if cased && !shouted && !titled && phrase.is_ascii() && !secrecy {
            return None;
        }
        let case = Case { cased, shouted, titled };
        self.weigh_form(page, range, strength, case)
    }

    /// By how it is written, and where in its line.
    fn weigh_form(
        &self,
        page: &Page<'_>,
        range: &Range<usize>,
        strength: Strength,
        Case { cased, shouted, titled }: Case,
    ) -> Option<Confidence> {
        let edge = range.start == 0
            || range.end == self.text.len()
            || self.is_bracketed(range.start, range.end)
            || self.is_between_bars(range);
        let alone = self.is_nothing_but(range) && self.words <= 8;
        let sentence = self.is_sentence();
        let apart = self.is_set_off(range);
        match strength {
            Strength::Phrase if alone || titled && self.is_announced(range, apart && !sentence) => {
                Some(Confidence::High)
            }
            Strength::Word if shouted && self.is_between_sentences(range) => Some(Confidence::High),
            Strength::Phrase if !sentence && edge && self.words <= 14 && (apart || shouted || titled || !cased) => {
                Some(Confidence::High)
            }
            Strength::Word if alone && (shouted || !cased) => Some(Confidence::High),
            Strength::Word if self.part && titled && self.is_owned(range) && is_on_page(page, self.start) => {
                Some(Confidence::Medium)
            }
            // In menus and legends stand names of levels.
            Strength::Word
                if self.part && !shouted && !is_in_footer(page, self.start) && !is_in_comment(page, self.start) =>
            {
                None
            }
            Strength::Word if alone && (titled || self.words == 1) => Some(Confidence::Medium),
            Strength::Word if shouted && edge && !sentence && self.words <= 12 && (apart || self.words <= 6) => {
                Some(Confidence::High)
            }
            Strength::Word if (titled || !cased) && apart && edge && !sentence && self.words <= 10 => {
                Some(Confidence::Medium)
            }
            Strength::Doubtful if shouted && !sentence && (alone || apart && edge && self.words <= 8) => {
                // An English word in a French text says nothing of the text.
                let is_foreign = &self.text[range.clone()] == "RESTRICTED" && page.language() == Some(Language::French);
                (!is_foreign).then_some(Confidence::Medium)
            }
            _ => None,
        }
    }

    /// True where a phrase with a capital marks the text, whatever else its line says.
    fn is_announced(&self, range: &Range<usize>, apart: bool) -> bool {
        let behind = &self.text[range.end..];
        // `Strictly confidential. Please do not forward.`
        let begins = range.start == 0 && (behind.starts_with(". ") || behind.starts_with(": "));
        // `Please treat the attached as STRICTLY CONFIDENTIAL.`
        let ordered = || ORDERS.starting(self.lower.as_bytes()).next().is_some();
        // `Acme Inc. - Strictly Confidential - Page 2`
        let in_footer = apart && self.words <= 12;
        begins || in_footer || self.is_between_sentences(range) || self.is_called_out(range) || ordered()
    }

    /// `Public / Internal / Confidential`: levels to choose from.
    fn is_choice(&self) -> bool {
        let parts = self.lower.split(['/', '|', ',', ';']).map(str::trim);
        contains(self.lower.as_bytes(), b" / ") && parts.filter(|part| LEVELS.contains(part)).count() >= 2
    }

    /// True for the cell of a column that says how secret the things of its rows are.
    fn is_in_column(&self, page: &Page<'_>, range: &Range<usize>) -> bool {
        let place = page.place(self.start + range.start);
        place.is_some_and(|place| {
            let alone = place.cell + 1 >= self.start + range.start;
            alone && FIELDS.contains(&place.header.trim().to_lowercase().as_str())
        })
    }

    /// True when brackets close the phrase in, at an edge of the line or behind a field's name.
    fn is_bracketed(&self, start: usize, end: usize) -> bool {
        let before = self.lower[..start].trim_end().chars().next_back();
        let after = self.lower[end..].trim_start().chars().next();
        let open = matches!(before, Some('[' | '(' | '【' | '（' | '〔' | '［' | '<' | '{'));
        let close = matches!(after, Some(']' | ')' | '】' | '）' | '〕' | '］' | '>' | '}'));
        let head = self.lower[..start].trim_end_matches(|c: char| !c.is_alphanumeric() && c != ':');
        let tail = self.lower[end..].trim_start_matches(|c: char| !c.is_alphanumeric());
        open && close && (head.is_empty() || head.ends_with(':') || tail.is_empty())
    }

    /// `Acme | Confidential - not for circulation | Page 3`: between two bars stands nothing but a marking.
    fn is_between_bars(&self, range: &Range<usize>) -> bool {
        let bar = |c: char| matches!(c, '|' | '•' | '·');
        let (Some(left), Some(right)) = (self.lower[..range.start].rfind(bar), self.lower[range.end..].find(bar))
        else {
            return false;
        };
        self.holds_nothing_but(&self.lower[left..range.start])
            && self.holds_nothing_but(&self.lower[range.end..range.end + right])
    }

    /// True when a mark of separation stands on the open side.
    fn is_set_off(&self, range: &Range<usize>) -> bool {
        let separates = |c: char| {
            matches!(
                c,
                '-' | '–'
                    | '—'
                    | '|'
                    | ':'
                    | '/'
                    | '•'
                    | '·'
                    | ']'
                    | '['
                    | ')'
                    | '('
                    | '：'
                    | '】'
                    | '【'
                    | '（'
                    | '）'
                    | ','
                    | '，'
                    | '、'
            )
        };
        let before = self.lower[..range.start].trim_end().chars().next_back();
        let after = self.lower[range.end..].trim_start().chars().next();
        before.is_none_or(separates) && after.is_none_or(separates)
    }

    /// True when a sentence ends before the phrase, and another begins behind it or nothing does: lines that were joined.
    fn is_between_sentences(&self, range: &Range<usize>) -> bool {
        let (before, after) = (&self.text[..range.start], &self.text[range.end..]);
        let ended = before.ends_with(' ') && before.trim_end().ends_with(['.', '!', '?']);
        let begins = after.starts_with(' ') && after.trim_start().starts_with(char::is_uppercase);
        ended && (begins || after.is_empty())
    }

    /// `it's me again, STRICTLY CONFIDENTIAL. We …`: a marking that was spoken.
    fn is_called_out(&self, range: &Range<usize>) -> bool {
        let (before, after) = (&self.text[..range.start], &self.text[range.end..]);
        before.ends_with(", ") && (after.is_empty() || after == "." || after.starts_with(". "))
    }

    /// True when the line holds the phrase and what usually stands beside it.
    fn is_nothing_but(&self, range: &Range<usize>) -> bool {
        self.holds_nothing_but(&self.lower[..range.start]) && self.holds_nothing_but(&self.lower[range.end..])
    }

    /// True when a part of the line holds what usually stands beside markings, and no more.
    fn holds_nothing_but(&self, part: &str) -> bool {
        part.split(|c: char| !c.is_alphanumeric() && c != '-')
            .map(|word| word.trim_matches('-'))
            .filter(|word| !word.is_empty())
            .all(|word| {
                COMPANIONS.contains(&word) || word.bytes().all(|byte| byte.is_ascii_digit()) || self.is_marking(word)
            })
    }

    /// True for the words of other markings.
    fn is_marking(&self, word: &str) -> bool {
        /// The words of phrases that are markings, each with its phrase, in order.
        static WORDS: LazyLock<Vec<(&str, &str)>> = LazyLock::new(|| {
            let phrases = GROUPS.iter().flat_map(|group| group.phrases);
            let sure = phrases.filter(|(_, strength)| *strength != Strength::Doubtful);
            let mut words: Vec<_> = sure
                .flat_map(|(phrase, _)| phrase.split(' ').map(move |part| (part, *phrase)))
                .collect();
            words.sort_unstable();
            words
        });
        let first = WORDS.partition_point(|(part, _)| *part < word);
        let mut with_it = WORDS[first..].iter().take_while(|(part, _)| *part == word);
        LEVELS.contains(&word) || with_it.any(|(_, phrase)| contains(self.lower.as_bytes(), phrase.as_bytes()))
    }

    /// `This document is strictly confidential …`, said of the text itself and not denied.
    fn speaks_of_document(&self) -> bool {
        const LONGEST_LEAD: usize = 24;
        let begins = |text: &str| SUBJECTS.starting(text.as_bytes()).next().is_some();
        // `Bitte beachten: Dieses Dokument ist …`
        let lead = self.lower.find(": ").filter(|at| *at <= LONGEST_LEAD);
        self.words <= 40 && (begins(&self.lower) || lead.is_some_and(|at| begins(&self.lower[at + 2..])))
    }

    /// True for the sentence at the end of a mail that says for whom it is.
    fn is_disclaimer(&self) -> bool {
        const MAILS: [&str; 9] = [
            "mail",
            "message",
            "nachricht",
            "courriel",
            "mensaje",
            "mensagem",
            "messaggio",
            "bericht",
            "wiadomo",
        ];
        const BEGINNING: usize = 64;
        let head = &self.lower[..self.lower.floor_char_boundary(BEGINNING)];
        self.speaks_of_document() && self.words >= 8 && MAILS.iter().any(|mail| head.contains(mail))
    }

    /// True when the words say that it is none, or asks.
    fn is_denied(&self, range: &Range<usize>) -> bool {
        let before = &self.lower[..range.start];
        let near = &before[before.floor_char_boundary(before.len().saturating_sub(24))..];
        let denied = [
            "not ",
            "non-",
            "un",
            "no longer ",
            "nicht ",
            "pas ",
            "n'est ",
            "nie ",
            "inte ",
            "ikke ",
            "niet ",
            "не ",
            "não ",
            "no es ",
            "非",
        ];
        denied
            .iter()
            .any(|word| near.trim_end().ends_with(word.trim_end()) || stands_behind_blank(near, word))
            && !near.contains("do not")
            || self.text.ends_with(['?', '？'])
    }

    fn is_sentence(&self) -> bool {
        static VERBS: &Index = &Sorted::by_start([
            " is ",
            " are ",
            " was ",
            " were ",
            " be ",
            " must ",
            " should ",
            " may ",
            " can ",
            " will ",
            " means ",
            " has ",
            " have ",
            " ist ",
            " sind ",
            " wird ",
            " werden ",
            " est ",
            " sont ",
            " es ",
            " son ",
            " è ",
            " sono ",
            " é ",
            " são ",
            " zijn ",
            " jest ",
            " są ",
            " är ",
            " er ",
            " on ",
            " when ",
            " if ",
            " how ",
            " that ",
            " wenn ",
            " that's ",
            " это ",
            " является ",
        ]);
        let ends = self.text.ends_with(['.', '!', '。', '！']) && self.words > 4;
        ends || VERBS.stands_in(&self.lower)
    }

    fn is_code(&self) -> bool {
        self.text.contains(['{', '}', ';', '=', '<', '?', '`', '$']) && !self.text.starts_with('<')
            || contains(self.text.as_bytes(), b"://")
            || contains(self.text.as_bytes(), b"()")
    }
}
