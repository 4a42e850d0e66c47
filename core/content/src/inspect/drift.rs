//! What a message of a changed service looks like: keys and types, no values, so that the adapter can be mended.

use super::sniff;
use crate::{envelope, json};

/// The structure of a body in which a route no longer finds people's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drift {
    /// One line for each kind of value: `messages[].author.role: string`. Keys that are no plain words are `*`. For
    /// bodies that are no JSON one word: `text`, `binary`, `envelope`.
    pub structure: Vec<String>,
}

impl Drift {
    const MAX_LINES: usize = 64;
    const MAX_DEPTH: usize = 12;
    /// What stands further in is not looked at.
    const MAX_TOKENS: usize = 10_000;

    /// `None` where there is no body that could have changed.
    pub(super) fn of(body: &[u8]) -> Option<Self> {
        if body.is_empty() {
            return None;
        }
        let structure = match envelope::frames(body) {
            Some(_) => vec!["envelope".to_owned()],
            None if sniff::starts_like_json(body) => lines(body),
            None if sniff::text(body).is_some() => vec!["text".to_owned()],
            None => vec!["binary".to_owned()],
        };
        Some(Self { structure })
    }
}

fn lines(body: &[u8]) -> Vec<String> {
    let mut reader = json::Reader::new(body, sniff::after_bom(body));
    let mut lines: Vec<String> = Vec::new();
    // The names of the open containers, each with its kind.
    let mut open: Vec<(String, bool)> = Vec::new();
    let mut key = String::new();
    for _ in 0..Drift::MAX_TOKENS {
        let Ok(token) = reader.next() else { break };
        let kind = match token {
            json::Token::End => break,
            json::Token::Key(span) => {
                let name = &body[span];
                let plain = sniff::is_plain_word(name);
                key = if plain {
                    String::from_utf8_lossy(name).into_owned()
                } else {
                    "*".to_owned()
                };
                continue;
            }
            json::Token::BeginObject | json::Token::BeginArray => {
                open.push((std::mem::take(&mut key), token == json::Token::BeginArray));
                continue;
            }
            json::Token::EndObject | json::Token::EndArray => {
                open.pop();
                continue;
            }
            json::Token::String(_) => "string",
            json::Token::Number(_) => "number",
            json::Token::True | json::Token::False => "boolean",
            json::Token::Null => "null",
        };
        if open.len() > Drift::MAX_DEPTH {
            continue;
        }
        let line = line(&open, &key, kind);
        if !lines.contains(&line) {
            lines.push(line);
        }
        if lines.len() >= Drift::MAX_LINES {
            break;
        }
    }
    lines
}

fn line(open: &[(String, bool)], key: &str, kind: &str) -> String {
    let mut path = String::new();
    let mut in_array = false;
    for (name, array) in open {
        push_name(&mut path, name, in_array);
        if *array {
            path.push_str("[]");
        }
        in_array = *array;
    }
    push_name(&mut path, key, in_array);
    format!("{path}: {kind}")
}

/// Members of an array have no name.
fn push_name(path: &mut String, name: &str, in_array: bool) {
    if in_array || name.is_empty() {
        return;
    }
    if !path.is_empty() {
        path.push('.');
    }
    path.push_str(name);
}

#[cfg(test)]
mod tests {
    use super::Drift;

    #[test]
    fn structure_is_told_and_values_are_not() {
        let body = br#"{"turns":[{"who":"user","says":"my secret"},{"who":"user","AKIAIOSFODNN7EXAMPLE":1}],"ok":true,"n":null}"#;
        assert_eq!(
            Drift::of(body).unwrap().structure,
            [
                "turns[].who: string",
                "turns[].says: string",
                "turns[].*: number",
                "ok: boolean",
                "n: null"
            ]
        );
        assert_eq!(Drift::of(b"my secret").unwrap().structure, ["text"]);
        assert_eq!(Drift::of(b"\x00\x01\x02").unwrap().structure, ["binary"]);
        assert_eq!(Drift::of(b""), None);
    }

    #[test]
    fn structure_is_bounded() {
        let wide: Vec<String> = (0..500u32)
            .map(|n| {
                format!(
                    "\"{}\":1",
                    "k".repeat(1 + n as usize % 40) + &"z".repeat(n as usize / 40)
                )
            })
            .collect();
        let wide = format!("{{{}}}", wide.join(","));
        assert!(Drift::of(wide.as_bytes()).unwrap().structure.len() <= 64);
        let deep = "[".repeat(5000);
        assert!(Drift::of(deep.as_bytes()).unwrap().structure.is_empty());
    }
}
