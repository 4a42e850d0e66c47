//! Marks on words to spans of the text.

use std::ops::Range;

use weir_model::{Confidence, DataType, Match};

use crate::config::Mark;

/// What the model says of one word.
pub(crate) struct Marked {
    /// Bytes of the text.
    pub(crate) span: Range<usize>,
    pub(crate) mark: Mark,
    /// 0 to 1.
    pub(crate) probability: f32,
}

/// A value that may go on.
struct Open {
    data_type: DataType,
    span: Range<usize>,
    probabilities: Vec<f32>,
}

/// Joins the marks of words to spans.
pub(crate) fn join(text: &str, marks: impl IntoIterator<Item = Marked>, out: &mut Vec<Match>) {
    let mut open: Option<Open> = None;
    for marked in marks {
        match (&marked.mark, &mut open) {
            (Mark::Inside(data_type), Some(open))
                if open.data_type == *data_type && is_gap(text, open.span.end..marked.span.start) =>
            {
                open.span.end = marked.span.end;
                open.probabilities.push(marked.probability);
            }
            (Mark::Begin(data_type) | Mark::Inside(data_type), _) => {
                close(open.take(), out);
                open = Some(Open {
                    data_type: data_type.clone(),
                    span: marked.span,
                    probabilities: vec![marked.probability],
                });
            }
            _ => close(open.take(), out),
        }
    }
    close(open, out);
}

/// What may stand between two words of one name.
fn is_gap(text: &str, between: Range<usize>) -> bool {
    let gap = text.get(between).unwrap_or("\n");
    gap.len() <= 3
        && gap
            .chars()
            .all(|sign| matches!(sign, ' ' | '\u{a0}' | '.' | '-' | '\'' | '’' | '·' | '・'))
}

fn close(open: Option<Open>, out: &mut Vec<Match>) {
    let Some(open) = open else { return };
    // The least sure word decides: it may be the one that is wrong.
    let least = open.probabilities.iter().copied().fold(1.0, f32::min);
    let confidence = match least {
        least if least >= HIGH => Confidence::High,
        least if least >= MEDIUM => Confidence::Medium,
        _ => Confidence::Low,
    };
    out.push(Match {
        data_type: open.data_type,
        span: open.span,
        confidence,
    });
}

/// Models are too sure of themselves: nine of ten is what they say of most of their mistakes.
const HIGH: f32 = 0.98;
const MEDIUM: f32 = 0.8;

#[cfg(test)]
mod tests {
    use super::{Marked, join};
    use crate::config::Mark;
    use weir_model::{Confidence, DataType};

    const NAME: DataType = DataType::builtin("personal/person_name");

    #[test]
    fn words_of_a_name_are_one_value() {
        let (begin, inside, outside) = (Mark::Begin(NAME), Mark::Inside(NAME), Mark::Outside);
        let text = "Ask Ana-Li Po Xu. Bo called.";
        let said = [
            ("Ask", &outside, 0.9),
            ("Ana", &begin, 0.99),
            ("-", &inside, 0.99),
            ("Li", &inside, 0.99),
            ("Po", &inside, 0.85),
            ("Xu", &begin, 0.7),
            (".", &outside, 0.99),
            ("Bo", &inside, 0.99),
        ];
        let mut at = 0;
        let marks = said.map(|(word, mark, probability)| {
            let start = at + text[at..].find(word).unwrap();
            at = start + word.len();
            Marked {
                span: start..at,
                mark: mark.clone(),
                probability,
            }
        });
        let mut found = Vec::new();
        join(text, marks, &mut found);
        let told = found.into_iter().map(|found| (&text[found.span], found.confidence));
        let wanted = [
            ("Ana-Li Po", Confidence::Medium),
            ("Xu", Confidence::Low),
            ("Bo", Confidence::High),
        ];
        assert_eq!(told.collect::<Vec<_>>(), wanted);
    }
}
