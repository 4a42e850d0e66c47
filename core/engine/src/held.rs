//! A message that waits for the employee: what they may see of it, and what could go in its place.
//!
//! What goes in its place is a message like any other: it is judged from the beginning.

use std::collections::HashSet;
use std::ops::Range;

use weir_content::{Edit, Inspected};
use weir_model::{Action, DataType, Role, Segment, Sensitive};
use weir_policy::Decision;

use crate::findings::{Found, Share};
use crate::{Edited, InForce, Message, see};

/// What is shown of a message, and what could go in its place. Holds what people typed: no `Debug`.
pub struct Held {
    /// The employee's own words, and every other text in which something must not leave.
    pub pieces: Vec<Piece>,
    /// The message without what must not leave; `None` where taking that out is not possible, or would change nothing.
    pub cleaned: Option<Edited>,
    /// The message can go in other words.
    pub editable: bool,
}

/// A text of the message, or its beginning.
pub struct Piece {
    /// What it is to the model.
    pub role: Role,
    /// At most [`SHOWN_BYTES`] of it.
    pub text: Sensitive<String>,
    /// What was found in it, in the order of the text.
    pub marks: Vec<Mark>,
    /// There is more.
    pub cut: bool,
}

/// Something that was found in a shown text.
pub struct Mark {
    /// Bytes of the text, on character boundaries.
    pub span: Range<usize>,
    /// What it is.
    pub data_type: DataType,
    /// What policy says of it.
    pub action: Action,
    /// What would stand there instead.
    pub marker: String,
}

/// Bytes of one text that are shown.
pub const SHOWN_BYTES: usize = 16 << 10;
/// Texts that are shown.
const SHOWN_PIECES: usize = 20;

/// Looks at a message that waits under this decision.
#[must_use]
pub fn held(message: &Message<'_>, in_force: &InForce, decision: &Decision) -> Held {
    let seen = see(message, in_force);
    let (inspected, found) = (&seen.inspected, &seen.found);
    Held {
        pieces: pieces(inspected, found, decision, in_force),
        cleaned: cleaned(message, inspected, found, decision, in_force),
        editable: seen.editable && own_words(inspected).is_some(),
    }
}

/// The message with other words of the employee; `None` where it has not one text of theirs, or cannot be written.
#[must_use]
pub fn reworded(message: &Message<'_>, in_force: &InForce, words: &str) -> Option<Edited> {
    let seen = see(message, in_force);
    let inspected = &seen.inspected;
    own_words(inspected)?;
    let edits: Vec<Edit> = inspected
        .segments
        .iter()
        .enumerate()
        .filter(|(_, segment)| matches!(segment.place.role, Role::Prompt | Role::Copy))
        .map(|(number, segment)| Edit {
            segment: number,
            span: 0..segment.text.expose().len(),
            replacement: Sensitive::new(words.to_owned()),
        })
        .collect();
    rewritten(message, inspected, &edits)
}

/// True when nothing is found in these words that would be worth keeping from a record.
#[must_use]
pub fn is_plain(words: &str, in_force: &InForce) -> bool {
    in_force.scanner.scan(words).is_empty()
}

/// The one text that the employee wrote.
fn own_words(inspected: &Inspected) -> Option<&Segment> {
    let mut own = inspected
        .segments
        .iter()
        .filter(|segment| segment.place.role == Role::Prompt);
    own.next().filter(|_| own.next().is_none())
}

/// Without what blocks. What policy would change by itself is left to it: the cleaned message is judged as well.
fn cleaned(
    message: &Message<'_>,
    inspected: &Inspected,
    found: &Found,
    decision: &Decision,
    in_force: &InForce,
) -> Option<Edited> {
    let must_stay = |finding: usize| decision.per_finding.get(finding) == Some(&Action::Block);
    let edits: Vec<Edit> = found
        .places
        .iter()
        .filter(|place| must_stay(place.finding))
        .map(|place| Edit {
            segment: place.segment,
            span: place.found.span.clone(),
            replacement: Sensitive::new(match place.share {
                Share::Rest => String::new(),
                Share::Whole | Share::Start(_) => in_force.policy.marker(&place.found.data_type),
            }),
        })
        .collect();
    match edits.is_empty() {
        true => None,
        false => rewritten(message, inspected, &edits),
    }
}

fn rewritten(message: &Message<'_>, inspected: &Inspected, edits: &[Edit]) -> Option<Edited> {
    let rewritten = inspected.rewrite(&message.request, edits).ok()?;
    Some(Edited {
        body: rewritten.body,
        path_and_query: rewritten.path_and_query,
    })
}

fn pieces(inspected: &Inspected, found: &Found, decision: &Decision, in_force: &InForce) -> Vec<Piece> {
    let action = |finding: usize| decision.per_finding.get(finding).copied().unwrap_or_default();
    let acted_on: HashSet<usize> = found
        .places
        .iter()
        .filter(|place| action(place.finding) > Action::Allow)
        .map(|place| place.segment)
        .collect();
    let is_shown = |number: usize, segment: &Segment| match segment.place.role {
        Role::Prompt => true,
        Role::Copy => false,
        _ => acted_on.contains(&number),
    };
    let shown = inspected
        .segments
        .iter()
        .enumerate()
        .filter(|(number, segment)| is_shown(*number, segment));
    shown
        .take(SHOWN_PIECES)
        .map(|(number, segment)| {
            let whole = segment.text.expose();
            let end = whole.floor_char_boundary(SHOWN_BYTES);
            let mut marks: Vec<Mark> = found
                .places
                .iter()
                .filter(|place| place.segment == number && place.found.span.start < end)
                .map(|place| Mark {
                    span: place.found.span.start..place.found.span.end.min(end),
                    data_type: place.found.data_type.clone(),
                    action: action(place.finding),
                    marker: in_force.policy.marker(&place.found.data_type),
                })
                .collect();
            marks.sort_by_key(|mark| mark.span.start);
            Piece {
                role: segment.place.role,
                text: Sensitive::new(whole[..end].to_owned()),
                marks,
                cut: end < whole.len(),
            }
        })
        .collect()
}

impl Piece {
    /// The text with what was found hidden but for its ends.
    #[must_use]
    pub fn masked(&self) -> String {
        self.with(|_, value| mask(value))
    }

    /// The text with what must not leave taken out.
    #[must_use]
    pub fn cleaned(&self) -> String {
        self.with(|mark, value| match mark.action {
            Action::Allow | Action::Warn => value.to_owned(),
            Action::Pseudonymise | Action::Redact | Action::Block => mark.marker.clone(),
        })
    }

    fn with(&self, replacement: impl Fn(&Mark, &str) -> String) -> String {
        let text = self.text.expose();
        let (mut out, mut written) = (String::with_capacity(text.len()), 0);
        for mark in self.marks.iter().filter(|mark| mark.span.start < mark.span.end) {
            // Matches of one text do not overlap; what did would be left out rather than shown.
            if mark.span.start >= written {
                out.push_str(&text[written..mark.span.start]);
                out.push_str(&replacement(mark, &text[mark.span.clone()]));
            }
            written = written.max(mark.span.end);
        }
        out.push_str(&text[written..]);
        out
    }
}

/// Two signs at each end stay, where that is a small part of it.
fn mask(value: &str) -> String {
    const KEPT: usize = 2;
    let length = value.chars().count();
    let shows = |at: usize| length >= 6 * KEPT && (at < KEPT || at >= length - KEPT);
    value
        .chars()
        .enumerate()
        .map(|(at, sign)| if shows(at) { sign } else { '•' })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Mark, Piece, mask};
    use weir_model::{Action, DataType, Role, Sensitive};

    #[test]
    fn a_short_value_is_hidden_whole_and_a_long_one_in_the_middle() {
        assert_eq!(mask("1234"), "••••");
        assert_eq!(mask("4111111111111111"), "41••••••••••••11");
    }

    #[test]
    fn a_text_is_shown_masked_and_cleaned_at_the_same_places() {
        let text = "pay ünter 4111111111111111 now";
        let start = text.find('4').unwrap();
        let piece = Piece {
            role: Role::Prompt,
            text: Sensitive::new(text.to_owned()),
            marks: vec![Mark {
                span: start..start + 16,
                data_type: DataType::builtin("financial/credit_card"),
                action: Action::Block,
                marker: "[REDACTED:CREDIT_CARD]".to_owned(),
            }],
            cut: false,
        };
        assert_eq!(piece.masked(), "pay ünter 41••••••••••••11 now");
        assert_eq!(piece.cleaned(), "pay ünter [REDACTED:CREDIT_CARD] now");
    }
}
