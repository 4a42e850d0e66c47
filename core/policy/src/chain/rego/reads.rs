//! What modules of Rego look at, read from their text: which parts of `input`, and which words and numbers they may
//! compare them with. What is unclear counts as looked at.

use std::collections::BTreeSet;

use weir_model::Kind;

use crate::hours::Hours;
use crate::space::Mentions;
use crate::words;

const KINDS: [Kind; 8] = [
    Kind::Prompt,
    Kind::PrefetchPrompt,
    Kind::Upload,
    Kind::UploadInit,
    Kind::Regenerate,
    Kind::VoiceSetup,
    Kind::Telemetry,
    Kind::Other,
];

/// Words that belong to what is asked, and are compared with nothing.
const OF_ASKING: [&str; 4] = ["warn", "pseudonymise", "redact", "block"];

/// What the modules look at.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Reads {
    /// Beginnings of paths in `input`; an empty one is all of it.
    paths: BTreeSet<Vec<String>>,
    texts: BTreeSet<String>,
    numbers: BTreeSet<u32>,
}

#[derive(Debug, PartialEq, Eq)]
enum Token {
    Name(String),
    Text(String),
    Number(u32),
    Mark(char),
}

impl Reads {
    pub(super) fn of<'a>(modules: impl Iterator<Item = &'a str>) -> Self {
        let mut reads = Self::default();
        for module in modules {
            let tokens = tokens(module);
            for at in 0..tokens.len() {
                reads.take(&tokens, at);
            }
        }
        reads
    }

    fn take(&mut self, tokens: &[Token], at: usize) {
        match &tokens[at] {
            Token::Name(name) if name == "input" => {
                self.paths.insert(path(&tokens[at + 1..]));
            }
            // Between `{` and `}` of such a text stands more Rego.
            Token::Text(_) if at > 0 && tokens[at - 1] == Token::Mark('$') => {
                self.paths.insert(Vec::new());
            }
            Token::Text(text) if is_compared(tokens, at, text) => {
                self.texts.insert(text.to_lowercase());
                self.texts.insert(text.clone());
            }
            Token::Number(number) => {
                self.numbers.insert(*number);
            }
            Token::Text(_) | Token::Name(_) | Token::Mark(_) => {}
        }
    }

    /// True when something at this path can make a difference.
    fn touches(&self, path: &[&str]) -> bool {
        self.paths
            .iter()
            .any(|read| read.iter().zip(path).all(|(one, other)| one == other))
    }

    pub(super) fn mention(&self, mentions: &mut Mentions) {
        self.mention_axes(mentions);
        let texts = || self.texts.iter().cloned();
        let named = [
            (&["user"][..], &mut mentions.users),
            (&["process"], &mut mentions.processes),
            (&["account"], &mut mentions.accounts),
            (&["labels"], &mut mentions.labels),
            (&["destination", "region"], &mut mentions.regions),
            (&["destination", "model"], &mut mentions.models),
            (&["destination", "service"], &mut mentions.services),
            (&["destination", "provider"], &mut mentions.providers),
            (&["files"], &mut mentions.file_types),
        ];
        for (path, names) in named {
            if self.touches(path) {
                names.extend(texts());
            }
        }
        if self.touches(&["files"]) {
            mentions
                .file_sizes
                .extend(self.numbers.iter().map(|number| u64::from(*number)));
        }
        if self.touches(&["findings"]) {
            mentions.types.extend(texts().filter_map(|text| pattern(&text)));
            mentions
                .counts
                .extend(self.numbers.iter().flat_map(|number| around(*number)));
            mentions
                .sources
                .extend(self.texts.iter().filter_map(|text| words::role(text)));
        }
        if self.touches(&["kind"]) {
            let meant = |kind: &Kind| self.texts.iter().any(|text| kind.as_str().contains(text.as_str()));
            mentions.kinds.extend(KINDS.into_iter().filter(meant));
        }
    }

    fn mention_axes(&self, mentions: &mut Mentions) {
        mentions.channels |= self.touches(&["channel"]);
        mentions.tiers |= self.touches(&["destination", "tier"]);
        mentions.environments |= self.touches(&["environment"]);
        mentions.files |= self.touches(&["file"]);
        mentions.asking |= self.touches(&["only_asks"]);
        if self.touches(&["time", "weekday"]) {
            mentions.hours.extend((0..7).map(Hours::of_day));
        }
        if self.touches(&["time", "hour"]) {
            let named = self.numbers.iter().filter(|number| **number < 24);
            mentions
                .hours
                .extend(named.flat_map(|hour| [Hours::from_hour(*hour), Hours::from_hour(*hour + 1)]));
        }
    }
}

/// One less, itself, and one more, but no message with none.
fn around(number: u32) -> impl Iterator<Item = u32> {
    let near = [number.saturating_sub(1), number, number.saturating_add(1)];
    near.into_iter().filter(|count| *count > 0)
}

/// A data type, or all that begin with the text.
fn pattern(text: &str) -> Option<String> {
    let letters = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || matches!(it, '_' | '-' | '.');
    let fits = |part: &str| part.chars().all(letters);
    match text.split_once('/') {
        Some((category, "")) if !category.is_empty() && fits(category) => Some(format!("{text}*")),
        Some((category, name)) if !category.is_empty() && fits(category) && fits(name) => Some(text.to_owned()),
        None if !text.is_empty() && fits(text) => Some(format!("{text}/*")),
        _ => None,
    }
}

/// Keys of objects, messages and their formats are not.
fn is_compared(tokens: &[Token], at: usize, text: &str) -> bool {
    let before = |back: usize| at.checked_sub(back).map(|at| &tokens[at]);
    let is_key = tokens.get(at + 1) == Some(&Token::Mark(':')) && tokens.get(at + 2) != Some(&Token::Mark('='));
    let is_message = before(1) == Some(&Token::Mark(':'))
        && matches!(before(2), Some(Token::Text(key)) if key == "message" || key == "action");
    let is_format =
        before(1) == Some(&Token::Mark('(')) && matches!(before(2), Some(Token::Name(name)) if name == "sprintf");
    !is_key && !is_message && !is_format && !OF_ASKING.contains(&text)
}

/// The steps after `input`, as far as they are written out.
fn path(mut rest: &[Token]) -> Vec<String> {
    let mut path = Vec::new();
    loop {
        rest = match rest {
            [Token::Mark('.'), Token::Name(name), rest @ ..]
            | [Token::Mark('['), Token::Text(name), Token::Mark(']'), rest @ ..] => {
                path.push(name.clone());
                rest
            }
            _ => return path,
        };
    }
}

fn tokens(module: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = module;
    while let Some(first) = rest.chars().next() {
        let taken = match first {
            '#' => rest.find('\n').unwrap_or(rest.len()),
            '"' => quoted(rest, &mut tokens),
            '`' => raw(rest, &mut tokens),
            _ if first.is_alphabetic() || first == '_' => {
                let end = end_of(rest, |it| it.is_alphanumeric() || it == '_');
                tokens.push(Token::Name(rest[..end].to_owned()));
                end
            }
            _ if first.is_ascii_digit() => {
                let end = end_of(rest, |it| it.is_ascii_digit());
                // Greater numbers are no counts, hours or sizes of anything here.
                tokens.extend(rest[..end].parse().ok().map(Token::Number));
                end
            }
            _ => {
                if !first.is_whitespace() {
                    tokens.push(Token::Mark(first));
                }
                first.len_utf8()
            }
        };
        rest = &rest[taken..];
    }
    tokens
}

fn end_of(text: &str, within: impl Fn(char) -> bool) -> usize {
    text.find(|it| !within(it)).unwrap_or(text.len())
}

/// A text with the escapes of JSON; how many bytes it takes.
fn quoted(rest: &str, tokens: &mut Vec<Token>) -> usize {
    let mut escaped = false;
    let end = rest[1..].find(|it| match it {
        _ if escaped => {
            escaped = false;
            false
        }
        '\\' => {
            escaped = true;
            false
        }
        it => it == '"',
    });
    let end = end.map_or(rest.len(), |end| end + 2);
    tokens.push(Token::Text(serde_json::from_str(&rest[..end]).unwrap_or_default()));
    end
}

fn raw(rest: &str, tokens: &mut Vec<Token>) -> usize {
    let end = rest[1..].find('`').map_or(rest.len(), |end| end + 2);
    tokens.push(Token::Text(rest[1..end].trim_end_matches('`').to_owned()));
    end
}

#[cfg(test)]
mod tests {
    use super::Reads;

    fn reads(module: &str) -> (Vec<String>, Vec<String>, Vec<u32>) {
        let reads = Reads::of(std::iter::once(module));
        let paths = reads.paths.iter().map(|path| path.join(".")).collect();
        (
            paths,
            reads.texts.into_iter().collect(),
            reads.numbers.into_iter().collect(),
        )
    }

    #[test]
    fn paths_words_and_numbers_are_read() {
        let module = r#"package acme
            # input.kind is not looked at here
            ask contains {"action": "block", "message": sprintf("no %s", [input.user])} if {
                input.destination.service == "ChatGPT-Web"
                some finding in input["findings"]
                startswith(finding.type, `personal/`)
                finding.count > 20
            }"#;
        let (paths, texts, numbers) = reads(module);
        assert_eq!(paths, ["destination.service", "findings", "user"]);
        assert_eq!(texts, ["ChatGPT-Web", "chatgpt-web", "findings", "personal/"]);
        assert_eq!(numbers, [20]);
    }

    #[test]
    fn what_is_unclear_counts_as_all() {
        for module in [
            "walk(input, [path, value])",
            "input[name] == 1",
            "x := $\"{data.y}\"",
            "y with input as z",
        ] {
            let reads = Reads::of(std::iter::once(module));
            assert!(
                reads.touches(&["user"]) && reads.touches(&["destination", "region"]),
                "{module}"
            );
        }
    }

    #[test]
    fn broken_texts_are_read_to_their_end() {
        for module in ["\"", "\"\\", "`", "#", "input.", "1e999999999", "é\"é\\\"é"] {
            let _ = reads(module);
        }
    }
}
