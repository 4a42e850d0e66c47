//! One module: parsed, and what the engine says of it in words and places of ours.

use std::fmt::Display;

use regorus::Engine;
use weir_policy::RegoFault;

/// A module that could be parsed.
pub(crate) struct Parsed {
    /// `acme.night`.
    pub(crate) package: String,
    /// The line of its first rule `ask`, if it has one.
    pub(crate) asks: Option<u32>,
}

impl Parsed {
    /// Adds the module to the engine, under its number.
    pub(crate) fn read(engine: &mut Engine, number: usize, text: &str) -> Result<Self, RegoFault> {
        let name = number.to_string();
        let path = engine
            .add_policy(name.clone(), text.to_owned())
            .map_err(|error| fault_of(&error, number))?;
        let package = path.strip_prefix("data.").unwrap_or(&path).to_owned();
        let asks = engine.has_declared_rule_rooted_at(&name, "ask").unwrap_or_default();
        Ok(Self {
            package,
            asks: asks.then(|| line_of_ask(text)),
        })
    }
}

/// The first line that begins with `ask`.
fn line_of_ask(text: &str) -> u32 {
    let is_ask = |line: &str| {
        let rest = line.trim_start().strip_prefix("ask");
        rest.is_some_and(|rest| !rest.starts_with(|next: char| next.is_alphanumeric() || next == '_'))
    };
    let line = text.lines().position(is_ask).unwrap_or_default();
    u32::try_from(line + 1).unwrap_or(u32::MAX)
}

/// Line and column of a byte, from 1.
pub(crate) fn place_of(text: &str, at: usize) -> (u32, u32) {
    let before = &text[..at];
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    let narrow = |value: usize| u32::try_from(value).unwrap_or(u32::MAX);
    (narrow(line), narrow(column))
}

/// The engine writes `--> file:line:column`, the line itself, and `error: message`.
pub(crate) fn fault_of(error: &dyn Display, module: usize) -> RegoFault {
    let text = error.to_string();
    let place = text.lines().find_map(|line| line.trim().strip_prefix("--> "));
    let mut parts = place.unwrap_or_default().split(':');
    let module = parts.next().and_then(|name| name.parse().ok()).unwrap_or(module);
    let mut number = || parts.next().and_then(|part| part.parse().ok()).unwrap_or(1);
    let (line, column) = (number(), number());
    let message = text.lines().rev().find_map(|line| line.trim().strip_prefix("error: "));
    RegoFault {
        module,
        line,
        column,
        message: in_our_words(message.unwrap_or(text.trim())),
    }
}

fn in_our_words(message: &str) -> String {
    let message = message.trim_start_matches("Compilation error: ");
    let unknown = ["Unknown function: '", "Missing builtin function: "]
        .iter()
        .find_map(|start| message.strip_prefix(start));
    if let Some(name) = unknown.map(|name| name.trim_end_matches('\'')) {
        let outside = crate::functions::refusal(name).filter(|refusal| refusal.contains("outside"));
        return outside.unwrap_or_else(|| format!("there is no function `{name}`"));
    }
    let mut letters = message.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::{fault_of, line_of_ask};

    #[test]
    fn places_and_words_are_taken_from_what_the_engine_says() {
        let said = "\n--> 3:7:21\n  |\n7 | ask contains 1 if { foo(x) }\n  |         ^\nerror: Unknown function: 'foo'";
        let fault = fault_of(&said, 0);
        assert_eq!((fault.module, fault.line, fault.column), (3, 7, 21));
        assert_eq!(fault.message, "there is no function `foo`");
        assert_eq!(fault_of(&"Something else", 2).message, "something else");
        assert!(
            fault_of(&"error: Unknown function: 'http.send'", 0)
                .message
                .contains("outside")
        );
    }

    #[test]
    fn the_line_of_the_first_ask_is_found() {
        assert_eq!(line_of_ask("package a\nasks := 1\n\nask contains x"), 4);
        assert_eq!(line_of_ask("package a\nask[x] := 3"), 2);
    }
}
