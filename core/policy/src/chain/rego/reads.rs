//! What modules of Rego look at, read from their text: which parts of `input`, and which words and numbers they may
//! compare them with. What is unclear counts as looked at.

use std::collections::{BTreeMap, BTreeSet};

use weir_model::Kind;

use crate::hours::Hours;
use crate::space::Mentions;
use crate::words;

/// Words that belong to what is asked, and are compared with nothing.
const OF_ASKING: [&str; 4] = ["warn", "pseudonymise", "redact", "block"];

/// What the modules look at.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Reads {
    /// Beginnings of paths in `input`, an empty one being all of it, each with what stands beside it.
    beside: BTreeMap<Vec<String>, Words>,
    /// What stands beside none, and may be compared with anything.
    anywhere: Words,
}

/// What something may be compared with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Words {
    texts: BTreeSet<String>,
    numbers: BTreeSet<u32>,
}

#[derive(Debug, PartialEq, Eq)]
enum Token {
    Name(String),
    Text(String),
    Number(u32),
    Mark(char),
    Line,
}

/// One statement of a module: a line, or what stands between semicolons.
#[derive(Default)]
struct Statement {
    paths: BTreeSet<Vec<String>>,
    /// Every name in it, the first being the one it defines if it defines any.
    names: Vec<String>,
    words: Words,
}

impl Reads {
    pub(super) fn of<'a>(modules: impl Iterator<Item = &'a str>) -> Self {
        let modules: Vec<Vec<Token>> = modules.map(tokens).collect();
        let aliases: BTreeMap<String, Vec<String>> = modules.iter().flat_map(|tokens| aliases(tokens)).collect();
        let parts = modules.iter().flat_map(|tokens| tokens.split(ends_statement));
        let statements: Vec<Statement> = parts.map(|tokens| Statement::read(tokens, &aliases)).collect();
        let mut reads = Self::default();
        for statement in &statements {
            let words = statement.with_definitions(&statements);
            match statement.paths.is_empty() {
                true if statement.is_used_beside_paths(&statements) => {}
                true => reads.anywhere.add(&statement.words),
                false => statement
                    .paths
                    .iter()
                    .for_each(|path| reads.beside.entry(path.clone()).or_default().add(&words)),
            }
        }
        reads
    }

    /// What something at this path may be compared with.
    fn words(&self, path: &[&str]) -> Words {
        let beside = self.beside.iter().filter(|(read, _)| touch(read, path));
        beside.fold(self.anywhere.clone(), |mut words, (_, more)| {
            words.add(more);
            words
        })
    }

    /// True when something at this path can make a difference.
    fn touches(&self, path: &[&str]) -> bool {
        self.beside.keys().any(|read| touch(read, path))
    }

    pub(super) fn mention(&self, mentions: &mut Mentions) {
        self.mention_axes(mentions);
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
                names.extend(self.words(path).texts);
            }
        }
        if self.touches(&["files"]) {
            let sizes = self.words(&["files"]).numbers;
            mentions.file_sizes.extend(sizes.into_iter().map(u64::from));
        }
        if self.touches(&["findings"]) {
            let Words { texts, numbers } = self.words(&["findings"]);
            mentions
                .sources
                .extend(texts.iter().filter_map(|text| words::role(text)));
            mentions.types.extend(texts.iter().filter_map(|text| pattern(text)));
            mentions.counts.extend(numbers.into_iter().flat_map(around));
        }
        if self.touches(&["kind"]) {
            let texts = self.words(&["kind"]).texts;
            let meant = |kind: &Kind| texts.iter().any(|text| kind.as_str().contains(text.as_str()));
            mentions.kinds.extend(Kind::ALL.into_iter().filter(meant));
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
            let named = self.words(&["time", "hour"]).numbers;
            let named = named.into_iter().filter(|number| *number < 24);
            mentions
                .hours
                .extend(named.flat_map(|hour| [Hours::from_hour(hour), Hours::from_hour(hour + 1)]));
        }
    }
}

impl Words {
    fn add(&mut self, other: &Words) {
        self.texts.extend(other.texts.iter().cloned());
        self.numbers.extend(&other.numbers);
    }
}

impl Statement {
    fn read(tokens: &[Token], aliases: &BTreeMap<String, Vec<String>>) -> Self {
        let mut statement = Self::default();
        for (at, token) in tokens.iter().enumerate() {
            match token {
                Token::Name(name) if name == "input" => {
                    statement.paths.insert(path(&tokens[at + 1..]));
                }
                Token::Name(name) => {
                    statement.paths.extend(aliases.get(name).cloned());
                    statement.names.push(name.clone());
                }
                // Between `{` and `}` of such a text stands more Rego.
                Token::Text(_) if at > 0 && tokens[at - 1] == Token::Mark('$') => {
                    statement.paths.insert(Vec::new());
                }
                Token::Text(text) if is_compared(tokens, at, text) => {
                    statement.words.texts.insert(text.to_lowercase());
                    statement.words.texts.insert(text.clone());
                }
                Token::Number(number) => {
                    statement.words.numbers.insert(*number);
                }
                Token::Text(_) | Token::Mark(_) | Token::Line => {}
            }
        }
        statement
    }

    /// True for a statement that gives a name to words and nothing else, where the name stands beside paths alone.
    fn is_used_beside_paths(&self, all: &[Statement]) -> bool {
        let Some(name) = self.names.first() else { return false };
        let mut uses = all
            .iter()
            .filter(|other| other.names.contains(name) && !std::ptr::eq(*other, self))
            .peekable();
        self.names.len() == 1 && uses.peek().is_some() && uses.all(|other| !other.paths.is_empty())
    }

    /// Its words, and those of the names in it.
    fn with_definitions(&self, all: &[Statement]) -> Words {
        let mut words = self.words.clone();
        let named = all.iter().filter(|other| other.paths.is_empty());
        for other in named.filter(|other| other.names.first().is_some_and(|name| self.names.contains(name))) {
            words.add(&other.words);
        }
        words
    }
}

/// True when one of the two paths leads to the other.
fn touch(read: &[String], path: &[&str]) -> bool {
    read.iter().zip(path).all(|(one, other)| one == other)
}

fn ends_statement(token: &Token) -> bool {
    matches!(token, Token::Line | Token::Mark(';'))
}

/// Names that stand for parts of `input`: of `some … in input.…`, `every … in input.…`, `… := input.…`, and of imports.
fn aliases(tokens: &[Token]) -> Vec<(String, Vec<String>)> {
    let mut aliases = Vec::new();
    for statement in tokens.split(ends_statement) {
        for (at, token) in statement.iter().enumerate() {
            if *token != Token::Name("input".to_owned()) {
                continue;
            }
            let path = path(&statement[at + 1..]);
            let names = statement.iter().filter_map(|token| match token {
                Token::Name(name) if !KEYWORDS.contains(&name.as_str()) => Some(name.clone()),
                _ => None,
            });
            let binds = |token: &Token| {
                matches!(token, Token::Name(word) if ["some", "every", "import"].contains(&word.as_str()))
                    || *token == Token::Mark(':')
            };
            if statement.iter().any(binds) {
                aliases.extend(names.map(|name| (name, path.clone())));
            }
        }
    }
    aliases
}

/// Names that stand for nothing.
const KEYWORDS: [&str; 12] = [
    "input", "some", "every", "in", "if", "not", "import", "as", "contains", "else", "default", "ask",
];

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
                match first {
                    '\n' => tokens.push(Token::Line),
                    mark if !mark.is_whitespace() => tokens.push(Token::Mark(mark)),
                    _ => {}
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

    fn beside(module: &str, path: &[&str]) -> (Vec<String>, Vec<u32>) {
        let reads = Reads::of(std::iter::once(module));
        assert!(reads.touches(path), "{path:?}");
        let words = reads.words(path);
        (words.texts.into_iter().collect(), words.numbers.into_iter().collect())
    }

    #[test]
    fn words_and_numbers_stand_beside_what_they_are_compared_with() {
        let module = r#"package acme
            # input.kind is not looked at here
            ask contains {"action": "block", "message": sprintf("no %s", [input.user])} if {
                input.destination.service == "ChatGPT-Web"; input.time.hour > 21
                some finding in input.findings
                startswith(finding.type, `personal/`)
                finding.count > 20
                not input.destination.model in contract
                input.labels[_] == names.of[_]
                also == 77
            }
            contract := {"gpt-4o"}
            names := {"of": ["secret"]}
            "#;
        let texts = |path: &[&str]| beside(module, path).0;
        let numbers = |path: &[&str]| beside(module, path).1;
        assert_eq!(texts(&["destination", "service"]), ["ChatGPT-Web", "chatgpt-web"]);
        assert_eq!(texts(&["destination", "model"]), ["gpt-4o"]);
        assert_eq!(texts(&["findings"]), ["personal/"]);
        assert_eq!(texts(&["labels"]), ["secret"]);
        assert_eq!(texts(&["user"]), [""; 0]);
        // What stands beside nothing may be compared with anything.
        assert_eq!(numbers(&["findings"]), [20, 77]);
        assert_eq!(numbers(&["time", "hour"]), [21, 77]);
        let reads = Reads::of(std::iter::once(module));
        assert!(!reads.touches(&["kind"]) && !reads.touches(&["process"]));
    }

    #[test]
    fn words_that_go_through_functions_may_be_compared_with_anything() {
        let module = "named(x) if x == \"curl\"\nask contains 1 if named(input.process)\nask contains 2 if input.user == \"ada\"";
        assert_eq!(beside(module, &["process"]).0, ["curl"]);
        assert_eq!(beside(module, &["user"]).0, ["ada", "curl"]);
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
            let _ = Reads::of(std::iter::once(module));
        }
    }
}
