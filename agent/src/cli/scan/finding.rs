use weir_engine::InForce;
use weir_model::{Level, Match};

use super::ScanArgs;
use crate::cli::inputs::Input;

/// One finding, as it is shown. Holds a sample of at most four characters and no more.
pub(super) struct Found {
    pub(super) found: Match,
    pub(super) level: Level,
    /// Line and column of its first character, from 1; columns count characters.
    pub(super) start: (u32, u32),
    /// Line and column behind its last character.
    pub(super) end: (u32, u32),
    pub(super) sample: String,
    /// What spoke for it, with `--explain`.
    pub(super) why: Option<String>,
}

/// Everything in a text that the policy does not consider public, and the rest too with `--all`.
pub(super) fn find(input: &Input, in_force: &InForce, args: &ScanArgs) -> Vec<Found> {
    let text = input.text.expose();
    let lines = line_starts(text);
    let mut shown = Vec::new();
    for (found, why) in matches(text, in_force, args.explain) {
        let level = in_force.policy.level_of(&found.data_type, found.confidence);
        if !args.all && level == Level::Public {
            continue;
        }
        let (start, end) = (
            place(text, &lines, found.span.start),
            place(text, &lines, found.span.end),
        );
        let sample = sample(&text[found.span.clone()]);
        shown.push(Found {
            found,
            level,
            start,
            end,
            sample,
            why,
        });
    }
    shown
}

fn matches(text: &str, in_force: &InForce, explain: bool) -> Vec<(Match, Option<String>)> {
    if explain {
        let explained = in_force.scanner.explain(text).into_iter();
        return explained.map(|one| (one.found, Some(one.why.sentence()))).collect();
    }
    let found = in_force.scanner.scan(text).into_iter();
    found.map(|found| (found, None)).collect()
}

/// The text with a marker in place of each finding. A finding that is not shown is not touched either.
pub(super) fn redact(input: &Input, shown: &[Found], in_force: &InForce) -> String {
    let text = input.text.expose();
    let (mut redacted, mut copied) = (String::with_capacity(text.len()), 0);
    for Found { found, .. } in shown {
        redacted.push_str(&text[copied..found.span.start]);
        redacted.push_str(&in_force.policy.marker(&found.data_type));
        copied = found.span.end;
    }
    redacted.push_str(&text[copied..]);
    redacted
}

/// The first and last characters: two at most, and together never more than a quarter of the value.
fn sample(value: &str) -> String {
    let length = value.chars().count();
    let shown = (length / 4).min(4);
    let (first, last) = (shown.div_ceil(2), shown / 2);
    let visible = |character: char| if character.is_control() { '\u{fffd}' } else { character };
    let mut sample: String = value.chars().take(first).map(visible).collect();
    sample.push('…');
    sample.extend(value.chars().skip(length - last).map(visible));
    sample
}

fn line_starts(text: &str) -> Vec<usize> {
    let behind_breaks = text
        .bytes()
        .enumerate()
        .filter(|(_, byte)| *byte == b'\n')
        .map(|(at, _)| at + 1);
    std::iter::once(0).chain(behind_breaks).collect()
}

fn place(text: &str, line_starts: &[usize], at: usize) -> (u32, u32) {
    let line = line_starts.partition_point(|start| *start <= at).max(1);
    let column = text[line_starts[line - 1]..at].chars().count() + 1;
    let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    (number(line), number(column))
}

#[cfg(test)]
mod tests {
    use super::{line_starts, place, sample};

    #[test]
    fn a_sample_shows_a_quarter_at_most_and_four_characters_at_most() {
        for (value, expected) in [
            ("", "…"),
            ("abc", "…"),
            ("abcd", "a…"),
            ("abcdefgh", "a…h"),
            ("abcdefghijkl", "ab…l"),
            ("abcdefghijklmnop", "ab…op"),
            ("abcdefghijklmnopqrstuvwxyz", "ab…yz"),
            ("äöüßäöüß", "ä…ß"),
        ] {
            assert_eq!(sample(value), expected);
            assert!((sample(value).chars().count() - 1) * 4 <= value.chars().count());
        }
    }

    #[test]
    fn a_sample_cannot_move_the_cursor() {
        assert!(!sample("\x1b[2Jabcdefghijklmnop\x1b\x07").contains('\x1b'));
    }

    #[test]
    fn lines_and_columns_count_from_one_in_characters() {
        let text = "äb\ncd\n";
        let lines = line_starts(text);
        let at = |needle: &str| place(text, &lines, text.find(needle).unwrap());
        assert_eq!(at("ä"), (1, 1));
        assert_eq!(at("b"), (1, 2));
        assert_eq!(at("c"), (2, 1));
        assert_eq!(place(text, &lines, text.len()), (3, 1));
    }
}
