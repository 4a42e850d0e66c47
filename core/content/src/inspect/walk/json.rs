//! JSON, token by token, with the places of the plan on a stack beside the open containers.

use super::{Act, Content, NOWHERE, Origin, Places, Scope, Stop, Walk};
use crate::codec::Codec;
use crate::inspect::{Unscannable, sniff};
use crate::json;
use crate::locator::Step;
use std::ops::Range;

/// Digits before the point. Shorter numbers are counts, sizes and times of day.
const SHORTEST_NUMBER: usize = 8;

/// An open JSON container.
struct Frame {
    places: Places,
    /// Places of the member at hand.
    member: Places,
    index: usize,
    object: bool,
    scope: Scope,
    /// The list around it.
    outer_list: usize,
    /// The trace's length at the container.
    mark: usize,
}

impl Walk<'_> {
    /// One JSON document, or several behind each other. False when the bytes are none; nothing was found then.
    pub(super) fn documents(&mut self, content: Content<'_>, places: &Places) -> Result<bool, Stop> {
        let mark = self.mark();
        let lines = self.has_step(places, |step| matches!(step, Step::Jsonl(_)));
        let mut at = sniff::after_bom(content.bytes);
        for number in 0.. {
            let base = self.active.len();
            let start = match (lines, number) {
                (true, _) => {
                    let line = self.follow(
                        places,
                        |step| matches!(step, Step::Jsonl(index) if index.covers(number)),
                    );
                    self.follow(&line, |step| matches!(step, Step::Json(_)))
                }
                (false, 0) => self.follow(places, |step| matches!(step, Step::Json(_))),
                // Lines nobody described.
                (false, _) => NOWHERE,
            };
            let trace = self.down(|path| match lines || number > 0 {
                true => path.push_str(&format!("jsonl:{number} > json:")),
                false => path.push_str("json:"),
            });
            at = match self.value(content, at, &start) {
                Ok(end) => end,
                Err(Stop::Enough) => return Err(Stop::Enough),
                Err(stop) => {
                    if matches!(stop, Stop::TooDeep) {
                        self.unscannable(Unscannable::TooDeep);
                    }
                    self.back_to(&mark);
                    return Ok(false);
                }
            };
            self.active.truncate(base);
            self.up(trace);
            let rest = &content.bytes[at..];
            let blanks = rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
            if blanks == rest.len() {
                return Ok(true);
            }
            if !rest[..blanks].contains(&b'\n') {
                self.back_to(&mark);
                return Ok(false);
            }
            at += blanks;
        }
        Ok(true)
    }

    /// One JSON value; the place behind it.
    fn value(&mut self, content: Content<'_>, at: usize, places: &Places) -> Result<usize, Stop> {
        let mut reader = json::Reader::new(content.bytes, at);
        let mut frames: Vec<Frame> = Vec::new();
        loop {
            let token = reader.next()?;
            let here = match token {
                json::Token::End => return Ok(reader.position()),
                json::Token::EndObject | json::Token::EndArray => {
                    if let Some(frame) = frames.pop() {
                        self.up(frame.mark);
                        self.list = frame.outer_list;
                        self.leave_scope(frame.scope);
                    }
                    continue;
                }
                json::Token::Key(span) => {
                    if let Some(frame) = frames.last_mut() {
                        self.key(content, span, frame)?;
                    }
                    continue;
                }
                _ => match frames.last_mut() {
                    Some(frame) => self.member(frame),
                    None => places.clone(),
                },
            };
            match token {
                json::Token::BeginObject => frames.push(self.enter(here, true)?),
                json::Token::BeginArray => frames.push(self.enter(here, false)?),
                json::Token::String(span) => {
                    let raw = &content.bytes[span.clone()];
                    let origin = Origin {
                        layer: content.layer,
                        span,
                        codec: Codec::JsonString,
                    };
                    // A file may be a bare string.
                    let scope = self.enter_scope(&here)?;
                    self.leaf(&origin, raw, &here, content.depth)?;
                    self.leave_scope(scope);
                }
                json::Token::Number(span) => self.number(content, span, &here)?,
                json::Token::True => self.truth(&here, "true"),
                json::Token::False => self.truth(&here, "false"),
                _ => {}
            }
        }
    }

    /// The places of the member that comes next.
    fn member(&mut self, frame: &mut Frame) -> Places {
        if frame.object {
            return frame.member.clone();
        }
        let index = frame.index;
        frame.index += 1;
        self.up(frame.mark);
        self.down_index(index);
        self.drop_above(&frame.places);
        self.below(&frame.places, |plan, node, out| plan.index(node, index, out))
    }

    fn key(&mut self, content: Content<'_>, span: Range<usize>, frame: &mut Frame) -> Result<(), Stop> {
        if !frame.places.is_empty() || self.trace.is_some() {
            let key = Codec::JsonString.decode_text(&content.bytes[span.clone()]);
            self.up(frame.mark);
            self.down_key(&key);
            self.drop_above(&frame.places);
            frame.member = self.below(&frame.places, |plan, node, out| plan.key(node, &key, out));
        }
        self.name(content, span, Codec::JsonString)
    }

    fn enter(&mut self, places: Places, object: bool) -> Result<Frame, Stop> {
        let scope = self.enter_scope(&places)?;
        let outer_list = self.list;
        if !object {
            self.lists += 1;
            self.list = self.lists;
        }
        Ok(Frame {
            scope,
            outer_list,
            member: NOWHERE,
            places,
            index: 0,
            object,
            mark: self.trace_len(),
        })
    }

    fn number(&mut self, content: Content<'_>, span: Range<usize>, places: &Places) -> Result<(), Stop> {
        let raw = &content.bytes[span.clone()];
        let orders = self.orders(places);
        self.see_any(orders.text);
        if orders.speaker {
            self.speaker(&String::from_utf8_lossy(raw));
        }
        if let Some(fact @ (Act::Model(_) | Act::Kind)) = orders.fact {
            // Some services number their models. What a number hides is judged below.
            self.found.model_number |= self.note(fact, &String::from_utf8_lossy(raw)) && fact != Act::Kind;
        }
        if orders.fact == Some(Act::FileId) {
            self.note(Act::FileId, &String::from_utf8_lossy(raw));
        }
        if orders.fact == Some(Act::FileSize)
            && let Some(file) = &mut self.file
        {
            file.size = std::str::from_utf8(raw).ok().and_then(|digits| digits.parse().ok());
            return Ok(());
        }
        let text = Codec::JsonNumber.decode_text(raw);
        let before_point = text.bytes().take_while(|byte| *byte != b'.');
        let long = before_point.filter(u8::is_ascii_digit).count() >= SHORTEST_NUMBER;
        // Of whatever stands below a place only long numbers can hold something.
        let named = orders.text.is_some_and(|rule| !self.is_deep(rule));
        let wanted = named || (long && !(orders.noise && sniff::is_id(raw)));
        if !wanted {
            return Ok(());
        }
        self.emit(
            Origin {
                layer: content.layer,
                span,
                codec: Codec::JsonNumber,
            },
            raw,
            orders.text,
        )
    }

    fn truth(&mut self, places: &Places, word: &str) {
        let orders = self.orders(places);
        if orders.speaker {
            self.speaker(word);
        }
        if let Some(fact @ (Act::Streaming | Act::Kind)) = orders.fact {
            self.note(fact, word);
        }
    }
}
