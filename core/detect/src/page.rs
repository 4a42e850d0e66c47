//! One view of the text while it is read: what detectors may look at, and where they put what they find.

use crate::classes::{ALNUM, HIGH, run_end};
use crate::context::Context;
use crate::detectors::{Known, SETS};
use crate::encoding::Chain;
use crate::evidence::is_test_code;
use crate::grids::Grids;
use crate::language::Language;
use crate::registry::Info;
use crate::statements::Statements;
use crate::tables::{Place, Tables};
use std::cell::{Cell, OnceCell, RefCell};
use std::ops::Range;
use std::rc::Rc;
use weir_model::{Confidence, DataType};

/// A text under the sweep.
pub(crate) struct Page<'t> {
    pub(crate) text: &'t str,
    pub(crate) bytes: &'t [u8],
    pub(crate) origin: Origin,
    tables: Tables,
    language: OnceCell<Option<Language>>,
    statements: OnceCell<Statements>,
    grids: OnceCell<Grids>,
    is_test_code: OnceCell<bool>,
    /// Where the last word that names a secret ended.
    name_end: Cell<Option<usize>>,
    /// Where the last word for a password ended.
    password_end: Cell<Option<usize>>,
    /// The topics that words have named so far, one bit each.
    topics: Cell<u8>,
    /// What stands around the value asked for last.
    context: RefCell<Option<Rc<Context<'t>>>>,
    /// The run of letters and digits asked for last.
    run: Cell<(usize, usize)>,
    /// Where the value read last stood, up to what stopped it.
    clear: Cell<(usize, usize)>,
    /// Where the object of JSON ended that was read last: nobody reads one twice.
    pub(crate) object_end: Cell<usize>,
    /// The word looked up last among names: where it begins and ends, and what is known of it.
    name: Cell<(usize, usize, Known)>,
    /// For each list of words that is looked for before findings, the stretch that was seen to hold none of it.
    bare: [Cell<(usize, usize)>; LISTED],
    /// The run of what addresses are made of that was read last.
    pub(crate) address: Stretch,
    /// For each set of letters of tokens, the run that was read last.
    pub(crate) sets: [Stretch; SETS],
}

/// A run of bytes of one kind: values that begin in it one behind the other read it once.
#[derive(Default)]
pub(crate) struct Stretch(Cell<(usize, usize)>);

impl Stretch {
    /// Where the bytes end that are `inside`, from `start` on and not further than `stop`.
    pub(crate) fn end(&self, bytes: &[u8], start: usize, stop: usize, inside: impl Fn(u8) -> bool) -> usize {
        let (known, until) = self.0.get();
        let seen = (known..until).contains(&start);
        let from = if seen { until } else { start };
        let stop = stop.min(bytes.len());
        if from >= stop {
            return stop;
        }
        let outside = bytes[from..stop].iter().position(|byte| !inside(*byte));
        let end = outside.map_or(stop, |length| from + length);
        looks::add(end - from);
        self.0.set((if seen { known } else { start }, end));
        end
    }
}

/// Lists of words that are looked for in the line before many findings.
#[derive(Clone, Copy)]
pub(crate) enum Listed {
    /// What gives credit to a person.
    Credits,
    /// Seats of companies and houses known to all.
    Seats,
    /// What leads to an address.
    Homes,
    /// What names the server in a connection string.
    Servers,
    /// Fields that only people have.
    Fields,
    /// Headers of cookies.
    Cookies,
    /// Digits of addresses in East Asia.
    Digits,
    /// What keeps code in.
    Claims,
}

/// How many lists there are.
const LISTED: usize = Listed::Claims as usize + 1;

/// What a page must speak of before values are looked for that have hardly a form of their own.
#[derive(Clone, Copy)]
pub(crate) enum Topic {
    /// Passports, licences, the files of patients.
    Papers,
    /// Dates of birth.
    Birth,
    /// Rows that a statement inserts.
    Rows,
    /// The cells of an HTML table.
    Cells,
    /// Values written backwards.
    Mirrored,
    /// Cookies.
    Cookies,
}

/// What is known of a text that was made from another one.
#[derive(Clone, Copy, Default)]
pub(crate) struct Origin {
    /// Where what was hidden begins: the words before it do not speak of it.
    pub(crate) lent: usize,
    /// It was put together from pieces: its lines are not those of the text.
    pub(crate) torn: bool,
    /// Where the first part ends that stands in the other text as it is.
    pub(crate) copied: usize,
}

impl<'t> Page<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        Self {
            text,
            bytes: text.as_bytes(),
            origin: Origin::default(),
            tables: Tables::default(),
            language: OnceCell::new(),
            statements: OnceCell::new(),
            grids: OnceCell::new(),
            is_test_code: OnceCell::new(),
            name_end: Cell::new(None),
            password_end: Cell::new(None),
            topics: Cell::new(0),
            context: RefCell::default(),
            run: Cell::default(),
            clear: Cell::default(),
            object_end: Cell::default(),
            name: Cell::default(),
            bare: Default::default(),
            address: Stretch::default(),
            sets: Default::default(),
        }
    }

    /// A text that was made from another one.
    pub(crate) fn derived(text: &'t str, origin: Origin) -> Self {
        Self {
            origin,
            ..Self::new(text)
        }
    }

    /// The column the byte at `at` stands in. Statements are found when the first detector asks.
    pub(crate) fn place(&self, at: usize) -> Option<Place<'t>> {
        let statements = || {
            let list = self.statements.get_or_init(|| Statements::find(self.text));
            list.place(self.text, at)
        };
        let tables = || self.tables.place(self.text, at);
        let grids = || self.grids.get_or_init(|| Grids::find(self.text)).place(self.text, at);
        self.mentions(Topic::Rows)
            .then(statements)
            .flatten()
            .or_else(|| self.mentions(Topic::Cells).then(grids)?)
            .or_else(tables)
    }

    /// What stands around a value. It is read into the room of the one before, unless somebody still looks at that.
    pub(crate) fn around(&self, value: Range<usize>) -> Rc<Context<'t>> {
        let mut last = self.context.borrow_mut();
        if let Some(context) = last.as_ref().filter(|context| context.is_of(&value)) {
            return Rc::clone(context);
        }
        let mut context = last.take().unwrap_or_else(|| Rc::new(Context::room()));
        if Rc::get_mut(&mut context).is_none() {
            context = Rc::new(Context::room());
        }
        if let Some(room) = Rc::get_mut(&mut context) {
            room.read(self, value);
        }
        Rc::clone(last.insert(context))
    }

    /// The values in the column whose name stands here.
    pub(crate) fn below(&self, name: &Range<usize>) -> Vec<Range<usize>> {
        let statements = || {
            let list = self.statements.get_or_init(|| Statements::find(self.text));
            list.below(self.text, name)
        };
        let grids = || self.grids.get_or_init(|| Grids::find(self.text)).below(self.text, name);
        let found = Statements::may_list(self.bytes, name.end).then(statements);
        let mut found = found.unwrap_or_default();
        if found.is_empty() {
            found = self.tables.below(self.text, name);
        }
        if found.is_empty() && Grids::may_head(self.bytes, name.end) {
            found = grids();
        }
        found
    }

    /// The cell of a table that holds `at`, without quotes and blanks; up to 48 bytes each way.
    pub(crate) fn cell_around(&self, at: usize) -> Range<usize> {
        const WIDEST: usize = 48;
        // Two blanks set columns apart as well.
        let border = |place: usize| {
            b",;|\t\r\n<>()".contains(&self.byte(place)) || self.byte(place) == b' ' && self.byte(place + 1) == b' '
        };
        let from = at.saturating_sub(WIDEST);
        let before = (from..at).rev().position(border).map(|back| at - from - 1 - back);
        let to = self.bytes.len().min(at + WIDEST);
        let after = (at..to).position(border);
        let cell = before.map_or(from, |place| from + place + 1)..after.map_or(to, |place| at + place);
        crate::tables::bare(self.bytes, cell)
    }

    /// The language of the page, guessed when the first detector asks.
    pub(crate) fn language(&self) -> Option<Language> {
        *self.language.get_or_init(|| Language::of(self.text))
    }

    /// True when unit tests stand on the page.
    pub(crate) fn is_test_code(&self) -> bool {
        *self.is_test_code.get_or_init(|| is_test_code(self.bytes, b""))
    }

    /// Remembers that nothing stops a value that begins in this range before its end.
    pub(crate) fn note_clear(&self, start: usize, end: usize) {
        let (known, until) = self.clear.get();
        let start = if (known..until).contains(&start) { known } else { start };
        self.clear.set((start, end));
    }

    /// How far a value that begins at `start` goes at least.
    pub(crate) fn clear_until(&self, start: usize) -> usize {
        let (known, until) = self.clear.get();
        if (known..until).contains(&start) { until } else { start }
    }

    /// The end of the line that holds the value at `start`, not further than `limit`: what stops no value ends no line.
    pub(crate) fn clear_line_end(&self, start: usize, limit: usize) -> usize {
        let to = self.text.floor_char_boundary(start + limit).max(start);
        let known = self.clear_until(start).min(to);
        memchr::memchr(b'\n', &self.bytes[known..to]).map_or(to, |found| known + found)
    }

    /// What was found of the word at `start` among names, if it was the last one, or what is found now.
    pub(crate) fn looked_up(&self, start: usize, look: impl FnOnce() -> (usize, Known)) -> (usize, Known) {
        let (last, end, known) = self.name.get();
        if last == start && end > start {
            return (end, known);
        }
        let (end, known) = look();
        self.name.set((start, end, known));
        (end, known)
    }

    /// True when `stands_in` says so of a range, or of what of it was not seen to hold no word of the list, none of which
    /// is longer than `longest` bytes. Findings in one line ask for the words before them again and again.
    pub(crate) fn lists(
        &self,
        list: Listed,
        range: Range<usize>,
        longest: usize,
        stands_in: impl Fn(&'t str) -> bool,
    ) -> bool {
        let bare = &self.bare[list as usize];
        let (known, until) = bare.get();
        let seen = (known..=until).contains(&range.start) && until <= range.end;
        let from = if seen {
            until.saturating_sub(longest).max(range.start)
        } else {
            range.start
        };
        let from = self.text.floor_char_boundary(from).max(range.start);
        let found = stands_in(self.text(from..range.end));
        if !found {
            bare.set((if seen { known } else { range.start }, range.end));
        }
        found
    }

    /// Remembers that a word naming a secret ends here.
    pub(crate) fn note_name(&self, end: usize) {
        self.name_end.set(Some(end));
    }

    /// Remembers that a word for a password ends here.
    pub(crate) fn note_password(&self, end: usize) {
        self.password_end.set(Some(end));
    }

    /// True when a word for a password ended at most `reach` bytes before.
    pub(crate) fn password_before(&self, at: usize, reach: usize) -> bool {
        self.password_end
            .get()
            .is_some_and(|end| at.saturating_sub(end) <= reach)
    }

    /// Where the last word naming a secret ended, when that is at most `reach` bytes before.
    pub(crate) fn name_before(&self, at: usize, reach: usize) -> Option<usize> {
        self.name_end.get().filter(|end| at.saturating_sub(*end) <= reach)
    }

    /// Remembers that a word names the topic.
    pub(crate) fn mention(&self, topic: Topic) {
        self.topics.set(self.topics.get() | 1 << topic as u8);
    }

    /// True when a word before the place that is being read has named the topic.
    pub(crate) fn mentions(&self, topic: Topic) -> bool {
        self.topics.get() >> topic as u8 & 1 == 1
    }

    /// The byte at `at`, or a space outside the text.
    #[inline]
    pub(crate) fn byte(&self, at: usize) -> u8 {
        looks::add(1);
        self.bytes.get(at).copied().unwrap_or(b' ')
    }

    /// The byte before `at`, or a space at the start.
    #[inline]
    pub(crate) fn before(&self, at: usize) -> u8 {
        at.checked_sub(1).map_or(b' ', |at| self.byte(at))
    }

    /// True when this text stands at `at`.
    pub(crate) fn has(&self, at: usize, text: &str) -> bool {
        self.bytes
            .get(at..)
            .is_some_and(|rest| rest.starts_with(text.as_bytes()))
    }

    /// The bytes of a range, cut to the text.
    pub(crate) fn slice(&self, range: Range<usize>) -> &'t [u8] {
        let end = range.end.min(self.bytes.len());
        looks::add(end.saturating_sub(range.start));
        &self.bytes[range.start.min(end)..end]
    }

    /// The text of a range whose ends a detector has put beside ASCII bytes; empty when they are not.
    pub(crate) fn text(&self, range: Range<usize>) -> &'t str {
        looks::add(range.len());
        self.text.get(range).unwrap_or("")
    }

    /// The end of the run of letters of any script and digits that begins at `at`. In scripts without spaces the same
    /// run is asked for at one place after the other.
    pub(crate) fn word_end(&self, at: usize) -> usize {
        let (start, end) = self.run.get();
        if (start..end).contains(&at) {
            return end;
        }
        let end = run_end(self.bytes, at, ALNUM | HIGH, usize::MAX);
        looks::add(end - at);
        self.run.set((at, end));
        end
    }

    /// The start of the line that holds `at`, not further back than `limit`, and not inside a character.
    pub(crate) fn line_start(&self, at: usize, limit: usize) -> usize {
        let from = self.text.ceil_char_boundary(at.saturating_sub(limit)).min(at);
        memchr::memrchr(b'\n', &self.bytes[from..at]).map_or(from, |found| from + found + 1)
    }

    /// The end of the line that holds `at`, not further than `limit`, and not inside a character.
    pub(crate) fn line_end(&self, at: usize, limit: usize) -> usize {
        let to = self.text.floor_char_boundary(at.saturating_add(limit)).max(at);
        memchr::memchr(b'\n', &self.bytes[at..to]).map_or(to, |found| at + found)
    }
}

/// How many bytes detectors look at, and views are made of: counted in tests, which see a slow detector without a clock.
pub(crate) mod looks {
    #[cfg(test)]
    thread_local! {
        static COUNT: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
    }

    #[inline(always)]
    pub(crate) fn add(_bytes: usize) {
        #[cfg(test)]
        COUNT.set(COUNT.get() + _bytes);
    }

    /// What was looked at since this was asked last.
    #[cfg(test)]
    pub(crate) fn take() -> usize {
        COUNT.take()
    }
}

/// A match before overlaps are resolved.
#[derive(Clone)]
pub(crate) struct Found {
    pub(crate) info: &'static Info,
    /// The type, where a detector of a pack found it.
    pub(crate) own: Option<DataType>,
    pub(crate) span: Range<usize>,
    pub(crate) confidence: Confidence,
    /// What had to be undone to see it.
    pub(crate) encodings: Chain,
}

/// What the detectors have found on one page.
#[derive(Default)]
pub(crate) struct Findings(pub(crate) Vec<Found>);

impl Findings {
    pub(crate) fn add(&mut self, info: &'static Info, span: Range<usize>, confidence: Confidence) {
        if span.start < span.end {
            self.0.push(Found {
                info,
                own: None,
                span,
                confidence,
                encodings: Chain::default(),
            });
        }
    }

    pub(crate) fn add_some(&mut self, info: &'static Info, span: Option<Range<usize>>, confidence: Confidence) {
        if let Some(span) = span {
            self.add(info, span, confidence);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Page;

    #[test]
    fn the_ends_of_long_lines_are_not_inside_characters() {
        let page = Page::new("тест тест\nстрока");
        for (at, byte) in page
            .bytes
            .iter()
            .enumerate()
            .filter(|(at, _)| page.text.is_char_boundary(*at))
        {
            for limit in 0..32 {
                let (start, end) = (page.line_start(at, limit), page.line_end(at, limit));
                assert!(page.text.get(start..end).is_some(), "{limit} around {byte} at {at}");
                assert!(start <= at && at <= end && end - start <= 2 * limit);
            }
        }
    }
}
