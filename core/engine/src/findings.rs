//! Step two and three: matches in every segment, counted as findings with a level.
//!
//! Some services cut one text into several strings. Such pieces are read a second time behind each other, so that nothing
//! hides at the cuts and no word loses its neighbours.

use std::collections::HashMap;
use std::ops::Range;

use weir_model::{Finding, Fingerprint, Match, Segment, Sensitive};

use crate::scanned::Reader;
use crate::{FingerprintKey, InForce};

/// What was found, and where each finding's matches are.
pub(crate) struct Found {
    /// Without values: for policy and record.
    pub(crate) findings: Vec<Finding>,
    /// For the edits.
    pub(crate) places: Vec<FoundAt>,
}

/// One match, or a piece of one.
pub(crate) struct FoundAt {
    /// Index of the segment.
    pub(crate) segment: usize,
    /// Where in it, and what.
    pub(crate) found: Match,
    /// Index of the finding that counts it.
    pub(crate) finding: usize,
    /// How much of the value stands here.
    pub(crate) share: Share,
}

/// How much of a value stands at a place.
pub(crate) enum Share {
    /// All of it.
    Whole,
    /// Its beginning; the whole value.
    Start(Sensitive<String>),
    /// What follows. It goes where the beginning is replaced.
    Rest,
}

/// Runs the detectors. `joined` names groups of segments that are one text. Equal values at one place are one finding with
/// a count.
pub(crate) fn find(segments: &[Segment], joined: &[Vec<usize>], in_force: &InForce, reader: &mut Reader<'_>) -> Found {
    let mut matches: Vec<Vec<Match>> = segments
        .iter()
        .map(|segment| reader.scan(segment.text.expose()))
        .collect();
    let mut count = Count {
        in_force,
        key: reader.key,
        segments,
        counted: HashMap::new(),
        result: Found {
            findings: Vec::new(),
            places: Vec::new(),
        },
    };
    // What a piece says only beside its neighbours.
    let mut more: Vec<(usize, Match)> = Vec::new();
    for group in joined {
        let text = Joined::new(segments, group);
        for found in reader.scan(&text.text) {
            let mut pieces = text.pieces(&found.span);
            if pieces.len() > 1 {
                // The whole value says more than what a piece of it looks like.
                for (segment, span) in &pieces {
                    matches[*segment].retain(|known| !overlap(&known.span, span));
                }
                count.across(&found, &text.text[found.span.clone()], pieces);
            } else if let Some((segment, span)) = pieces.pop()
                && !is_known(&matches[segment], &span)
            {
                more.push((segment, Match { span, ..found }));
            }
        }
    }
    for (segment, found) in more {
        matches[segment].push(found);
    }
    for (segment, mut matches) in matches.into_iter().enumerate() {
        matches.sort_by_key(|found| found.span.start);
        for found in matches {
            count.whole(segment, found);
        }
    }
    count.result
}

/// Matches of one text are in order and do not overlap.
fn is_known(matches: &[Match], span: &Range<usize>) -> bool {
    let next = matches.partition_point(|known| known.span.end <= span.start);
    matches.get(next).is_some_and(|known| overlap(&known.span, span))
}

fn overlap(one: &Range<usize>, other: &Range<usize>) -> bool {
    one.start < other.end && other.start < one.end
}

/// Segments behind each other.
struct Joined {
    text: String,
    /// Each segment, and where it stands in the text.
    pieces: Vec<(usize, Range<usize>)>,
}

impl Joined {
    fn new(segments: &[Segment], group: &[usize]) -> Self {
        let mut joined = Self {
            text: String::new(),
            pieces: Vec::with_capacity(group.len()),
        };
        for &index in group {
            let Some(segment) = segments.get(index).filter(|segment| !segment.text.expose().is_empty()) else {
                continue;
            };
            let start = joined.text.len();
            joined.text.push_str(segment.text.expose());
            joined.pieces.push((index, start..joined.text.len()));
        }
        joined
    }

    /// A span as spans of the single segments.
    fn pieces(&self, span: &Range<usize>) -> Vec<(usize, Range<usize>)> {
        let first = self.pieces.partition_point(|(_, piece)| piece.end <= span.start);
        let touched = self.pieces[first..]
            .iter()
            .take_while(|(_, piece)| piece.start < span.end);
        touched
            .filter(|(_, piece)| overlap(piece, span))
            .map(|(segment, piece)| {
                let start = span.start.max(piece.start) - piece.start;
                let end = span.end.min(piece.end) - piece.start;
                (*segment, start..end)
            })
            .collect()
    }
}

struct Count<'a> {
    in_force: &'a InForce,
    key: &'a FingerprintKey,
    segments: &'a [Segment],
    counted: HashMap<(usize, Fingerprint), usize>,
    result: Found,
}

impl Count<'_> {
    fn whole(&mut self, segment: usize, found: Match) {
        let segments = self.segments;
        let value = &segments[segment].text.expose()[found.span.clone()];
        let finding = self.finding(segment, &found, value);
        self.result.places.push(FoundAt {
            segment,
            found,
            finding,
            share: Share::Whole,
        });
    }

    fn across(&mut self, found: &Match, value: &str, pieces: Vec<(usize, Range<usize>)>) {
        let Some((first, _)) = pieces.first() else { return };
        let finding = self.finding(*first, found, value);
        for (number, (segment, span)) in pieces.into_iter().enumerate() {
            self.result.places.push(FoundAt {
                segment,
                found: Match { span, ..found.clone() },
                finding,
                share: match number {
                    0 => Share::Start(Sensitive::new(value.to_owned())),
                    _ => Share::Rest,
                },
            });
        }
    }

    /// The finding that counts a value at a place.
    fn finding(&mut self, segment: usize, found: &Match, value: &str) -> usize {
        let fingerprint = self.key.fingerprint(&found.data_type, value);
        let (segments, in_force, findings) = (self.segments, self.in_force, &mut self.result.findings);
        let number = *self.counted.entry((segment, fingerprint.clone())).or_insert_with(|| {
            findings.push(finding(&segments[segment], found, fingerprint, in_force));
            findings.len() - 1
        });
        count(&mut findings[number], found, in_force);
        number
    }
}

fn finding(segment: &Segment, found: &Match, fingerprint: Fingerprint, in_force: &InForce) -> Finding {
    Finding {
        data_type: found.data_type.clone(),
        level: in_force.policy.level_of(&found.data_type, found.confidence),
        confidence: found.confidence,
        place: segment.place.clone(),
        count: 0,
        fingerprint: Some(fingerprint),
        repeated: false,
    }
}

fn count(finding: &mut Finding, found: &Match, in_force: &InForce) {
    finding.count += 1;
    if found.confidence > finding.confidence {
        finding.confidence = found.confidence;
        finding.level = in_force.policy.level_of(&found.data_type, found.confidence);
    }
}

#[cfg(test)]
mod tests {
    use super::Joined;
    use weir_model::{Place, Role, Segment, Sensitive};

    #[test]
    fn spans_across_cuts_come_back_to_their_segments() {
        let texts = ["one ", "", "tw", "o three"];
        let segments: Vec<Segment> = texts
            .iter()
            .map(|text| Segment {
                place: Place {
                    role: Role::Prompt,
                    locator: None,
                    segment: 0,
                },
                text: Sensitive::new((*text).to_owned()),
            })
            .collect();
        let joined = Joined::new(&segments, &[0, 1, 2, 3, 9]);
        assert_eq!(joined.text, "one two three");
        assert_eq!(joined.pieces(&(4..7)), [(2, 0..2), (3, 0..1)]);
        assert_eq!(joined.pieces(&(0..13)), [(0, 0..4), (2, 0..2), (3, 0..7)]);
        assert_eq!(joined.pieces(&(8..13)), [(3, 2..7)]);
    }
}
