//! What hides text, undone: base64, hex, compression, escapes, the encodings of mail, spaced-out characters, pieces,
//! mirrored values. Each becomes a small [`View`] that is read like any other text.
//!
//! Neighbours: `scanner` tells the [`Decoder`] where the sweep has stopped and reads the views that come of it. This
//! folder knows no data type. Gates are cheap: a blob must decode to printable text in its first bytes, an escape must
//! be one, a mirrored key must begin like a key. All work is drawn from a [`Budget`] that grows with the text.

mod blob;
mod escapes;
mod inflate;
mod joints;
mod mail;
mod mirror;
mod spread;

pub(crate) use blob::blob;
pub(crate) use joints::CALLS;
pub(crate) use mirror::MENTIONS as MIRRORED;

use crate::classes::{ALNUM, DIGIT, HEX, JOIN, LOWER, UPPER, is};
use crate::encoding::Encoding;
use crate::page::Page;
use crate::sweep::{Number, Token};
use crate::view::View;
use std::ops::Range;

/// Bytes as text, or `None` when they do not read as text.
pub(crate) fn text_of(bytes: Vec<u8>) -> Option<String> {
    blob::looks_like_text(&bytes).then(|| blob::into_text(bytes))?
}

/// The work that undoing may still cost, in bytes looked at or made.
pub(crate) struct Budget {
    left: usize,
    spent: usize,
    /// Guesses that may still be made: that a run is deflated shows only when it is tried.
    tries: usize,
}

impl Budget {
    /// A few times the text, and enough for a short one.
    pub(crate) fn of(length: usize) -> Self {
        Self {
            left: length.saturating_mul(3).saturating_add(16 * 1024),
            spent: 0,
            tries: 32,
        }
    }

    pub(crate) fn left(&self) -> usize {
        self.left
    }

    pub(crate) fn spend(&mut self, bytes: usize) {
        self.left = self.left.saturating_sub(bytes);
        self.spent = self.spent.saturating_add(bytes);
    }

    fn may_try(&mut self) -> bool {
        let may = self.tries > 0;
        self.tries = self.tries.saturating_sub(1);
        may
    }

    /// All that was looked at or made so far.
    #[cfg(test)]
    pub(crate) fn spent(&self) -> usize {
        self.spent
    }
}

const AWS_KEY_ID: usize = 20;

/// Undoes what hides text on one page. Of each kind it remembers where the last stretch ended, so that no byte is
/// undone twice in the same way.
#[derive(Default)]
pub(crate) struct Decoder {
    views: Vec<View>,
    blob_end: usize,
    escapes_end: usize,
    mail_end: usize,
    joined_end: usize,
    listed_end: usize,
    /// Where the last item begins of a list that was too short, in hex and in decimal.
    short_lists: [usize; 2],
    spread_end: usize,
    lines_end: usize,
    /// A run of letters that does not go on behind a joint.
    whole: Range<usize>,
}

impl Decoder {
    /// The next view to be read.
    pub(crate) fn next_view(&mut self) -> Option<View> {
        self.views.pop()
    }

    /// A long token, or one of letters and digits. `found`: a detector knows it as it stands.
    #[inline(always)]
    pub(crate) fn token(&mut self, page: &Page<'_>, token: Token, found: bool, budget: &mut Budget) {
        let padded = page.byte(token.end) == b'=';
        // What encodes twelve letters has not only small ones in it, and not only capitals.
        let mixed = token.has(DIGIT) || token.has(UPPER | LOWER);
        if mixed
            && token.len() + usize::from(padded) >= blob::MIN_BLOB
            && token.start >= self.blob_end
            && blob::may_hide(page.bytes, token)
        {
            self.blob(page, token, budget);
        }
        // The id of an AWS key is twenty capitals, and has no digit now and then.
        if mixed || token.len() == AWS_KEY_ID && token.has(UPPER) {
            mirror::token(page, token, &mut |view| self.views.push(view));
        }
        if token.has(DIGIT) && !found {
            self.over_lines(page, token.start, token.end);
        }
        if token.len() == 4 && matches!(page.byte(token.start + 1), b'x' | b'X') {
            self.listed(page, token.start, budget);
        }
        if token.classes & JOIN != 0 && token.len() >= blob::MIN_BLOB && may_be_joined(token) {
            self.joined_letters(page, token, budget);
        }
    }

    /// `67-68-70`, `g-h-p`, `g_h_p`.
    fn joined_letters(&mut self, page: &Page<'_>, token: Token, budget: &mut Budget) {
        let start = token.start;
        let joins = |at: usize| is(page.byte(at), JOIN);
        if page.byte(start + 2) == b'-' && page.byte(start + 5) == b'-' {
            self.listed(page, start, budget);
        }
        if joins(start + 1) && joins(start + 3) && joins(start + 5) {
            self.spaced(page, start);
        } else if joins(start) && joins(start + 2) && joins(start + 4) {
            self.spaced(page, start + 1);
        }
    }

    /// Groups of digits. `found`: a detector knows them as they stand.
    #[inline]
    pub(crate) fn number(&mut self, page: &Page<'_>, number: &Number, found: bool, budget: &mut Budget) {
        let (start, end) = number.group(0);
        if matches!(end - start, 2 | 3) && (number.count() >= 2 || page.byte(end) == b',') {
            self.listed(page, start, budget);
        }
        if !found {
            let line = page.line_end(start, number.end() - start);
            self.over_lines(page, start, line);
        }
        self.views.extend(mirror::number(page, number));
    }

    /// One of the marks of the sweep.
    #[inline]
    pub(crate) fn mark(&mut self, page: &Page<'_>, mark: u8, at: usize, budget: &mut Budget) {
        match mark {
            b'%' | b'\\' | b'&' if at >= self.escapes_end && escapes::is_escape(page.bytes, at) => {
                let (view, end) = escapes::escapes(page, at);
                self.escapes_end = end;
                self.views.extend(view);
            }
            b'+' | b'\\' | b'&' if at >= self.joined_end => self.joined(joints::joined(page, at)),
            b'=' => {
                if matches!(page.byte(at + 1), b'?' | b'\n' | b'\r' | b'0'..=b'9' | b'A'..=b'F') {
                    self.mail(page, at);
                }
                self.assigned(page, at);
            }
            b':' => {
                let pair = at >= 2 && is(page.byte(at - 2), HEX) && is(page.byte(at - 1), HEX);
                if pair && is(page.byte(at + 1), HEX) && is(page.byte(at + 2), HEX) {
                    self.listed(page, at - 2, budget);
                }
                self.assigned(page, at);
            }
            _ => {}
        }
    }

    /// Single characters, each followed by the same separator.
    pub(crate) fn spaced(&mut self, page: &Page<'_>, start: usize) {
        if start >= self.spread_end
            && let Some((view, end)) = spread::collapsed(page, start)
        {
            self.spread_end = end;
            self.views.push(view);
        }
    }

    #[inline(always)]
    fn over_lines(&mut self, page: &Page<'_>, start: usize, end: usize) {
        if matches!(page.byte(end), b'\n' | b'\r' | b'\\') && start >= self.lines_end {
            self.put_together(page, start, end);
        }
    }

    #[inline(never)]
    fn put_together(&mut self, page: &Page<'_>, start: usize, end: usize) {
        if let Some((view, end)) = joints::over_lines(page, start, end) {
            self.lines_end = end;
            self.views.push(view);
        }
    }

    /// The bracket of a call that joins literals.
    pub(crate) fn called(&mut self, page: &Page<'_>, open: usize) {
        if open >= self.joined_end {
            self.joined(joints::called(page, open));
        }
    }

    /// What begins like a long value and was not found to be one.
    pub(crate) fn broken(&mut self, page: &Page<'_>, start: usize) {
        // Many values may begin in one run of letters, and what follows it is the same for all of them.
        if self.whole.contains(&start) {
            return;
        }
        match joints::mended(page, start) {
            Ok(view) => self.views.push(view),
            Err(end) => self.whole = start..end,
        }
    }

    #[cold]
    fn blob(&mut self, page: &Page<'_>, token: Token, budget: &mut Budget) {
        let (blob, end) = blob::around(page.bytes, token, self.blob_end, budget);
        self.blob_end = end;
        if let Some(blob) = blob {
            self.stand_in(page, blob.range, &blob.text, blob.encoding);
        }
    }

    #[cold]
    fn listed(&mut self, page: &Page<'_>, at: usize, budget: &mut Budget) {
        if at < self.listed_end {
            return;
        }
        let (lists, end) = blob::listed(page.bytes, at, &mut self.short_lists, budget);
        self.listed_end = end;
        for list in lists {
            self.stand_in(page, list.range, &list.text, list.encoding);
        }
    }

    fn stand_in(&mut self, page: &Page<'_>, range: Range<usize>, text: &str, encoding: Encoding) {
        let mut view = View::after_context(page.text, range.start, encoding);
        view.replace(range, text);
        self.views.push(view);
    }

    fn mail(&mut self, page: &Page<'_>, at: usize) {
        if at < self.mail_end {
            return;
        }
        let found = if page.byte(at + 1) == b'?' {
            mail::encoded_words(page, at)
        } else {
            mail::quoted_printable(page, at)
        };
        if let Some((view, end)) = found {
            self.mail_end = end;
            self.views.push(view);
        }
    }

    #[inline]
    fn assigned(&mut self, page: &Page<'_>, at: usize) {
        if !is(page.byte(at + 1), ALNUM) && at >= self.joined_end {
            self.joined(joints::assigned(page, at));
        }
    }

    fn joined(&mut self, found: Option<(View, usize)>) {
        if let Some((view, end)) = found {
            self.joined_end = end;
            self.views.push(view);
        }
    }
}

/// True for a token of capitals without a digit, of which neither a detector nor the decoder makes anything: most are
/// names of constants. Addresses have no joints, and the id of an AWS key is as long as it is.
#[inline(always)]
pub(crate) fn is_constant(token: Token) -> bool {
    const LONGEST: usize = 25;
    let joined = token.classes & JOIN != 0;
    let is_short = token.len() <= LONGEST;
    (token.classes & !(UPPER | JOIN) == 0)
        & (token.len() != AWS_KEY_ID)
        & (joined & !may_be_joined(token) | !joined & is_short)
}

/// False where no joints stand behind two digits of hex each, or between the letters of a word.
#[inline(always)]
fn may_be_joined(token: Token) -> bool {
    let joints = !(token.letters | token.digits);
    let at = |places: u64| joints & places == places;
    at(0b10_0100) | at(0b10_1010) | at(0b01_0101)
}
