//! Context: the words that say what a value is.
//!
//! The label right before a value (`"ssn": "…"`, `NHS number: …`, `<bsn>…`) counts alone. Without one it is the column
//! of a table or of an INSERT statement, then the words of the cell; outside of tables the words of the line and the
//! line above, the key over a list, and last the words right behind the value. The nearest word wins.
//! Words are compared in lower case, with `_`, `-` and camel case read as spaces.

use crate::classes::{ALNUM, HIGH, LETTER, LOWER, UPPER, class, is};
use crate::explain::NamedBy;
use crate::lexicon::load;
use crate::page::{Page, looks};
use crate::phrases::{Index, Sorted, goes_on_alike};
use std::cell::OnceCell;
use std::rc::Rc;

const BEFORE: usize = 96;
const AFTER: usize = 28;

/// What stands around one value.
pub(crate) struct Context<'t> {
    before: Words,
    label: Option<usize>,
    header: Option<Box<Words>>,
    /// The first cell of the row: some tables have their names there.
    row: Option<&'t str>,
    /// What stands behind the value on its line; few ask.
    behind: &'t [u8],
    after: OnceCell<Box<Words>>,
    /// In a text that was decoded, the words in it.
    own: Option<Box<Words>>,
    harmless: OnceCell<Option<Nearness>>,
}

/// How near a context word stands; the nearest word decides between types of the same shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Nearness {
    place: Place,
    /// Where the word ends; behind the value, how little stands between.
    at: usize,
    /// Of two words that end together the longer one says more.
    length: usize,
}

/// Where a context word stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    After,
    Before,
    Header,
}

impl<'t> Context<'t> {
    /// What stands around a value; several detectors ask for the same one.
    pub(crate) fn of(page: &Page<'t>, start: usize, end: usize) -> Rc<Self> {
        page.around(start..end, || Self::read(page, start, end))
    }

    fn read(page: &Page<'t>, start: usize, end: usize) -> Self {
        let from = start.saturating_sub(BEFORE);
        looks::add(start - from);
        let mut before = Words::fold(without_tags(two_lines(&page.bytes[from..start])));
        before.drop_purpose();
        let mut label = before.label();
        let (mut header, mut row) = (None, None);
        if label.is_none() {
            if let Some(place) = page.place(start) {
                header = Some(Box::new(Words::fold(place.header.as_bytes())));
                row = place.row;
                before = Words::fold(&page.bytes[place.cell.max(from)..start]);
            } else if let Some(key) = list_key(page, start) {
                before = Words::fold(key);
                label = before.label();
            }
        }
        Self {
            before,
            label,
            header,
            row,
            behind: page.slice(end..end + AFTER),
            after: OnceCell::new(),
            own: (from..=start)
                .contains(&page.origin.lent)
                .then(|| Box::new(Words::fold(two_lines(&page.bytes[page.origin.lent.max(from)..start]))))
                .filter(|_| page.origin.lent > 0),
            harmless: OnceCell::new(),
        }
    }

    /// What names the value, whatever it calls it.
    pub(crate) fn named_by(&self) -> Option<NamedBy> {
        match (self.label, &self.header) {
            (Some(_), _) => Some(NamedBy::Label),
            (None, Some(_)) => Some(NamedBy::Column),
            (None, None) => None,
        }
    }

    /// The words behind the value, as far as its line goes.
    fn after(&self) -> &Words {
        self.after.get_or_init(|| {
            let line = memchr::memchr(b'\n', self.behind).unwrap_or(self.behind.len());
            Box::new(Words::fold(&self.behind[..line]))
        })
    }

    /// The types of which [`Context::find`] may find a word, a bit each.
    pub(crate) fn named<const N: usize>(&self, names: &Names<N>) -> u128 {
        let row = self.row.map(|row| Words::fold(row_name(row).as_bytes()));
        let beside = [&self.before]
            .into_iter()
            .chain(self.header.as_deref())
            .chain((self.label.is_none() && self.header.is_none()).then(|| self.after()))
            .chain(&row);
        beside.fold(0, |named, words| named | names.standing_in(words))
    }

    /// The nearest of the words, if any stands here.
    pub(crate) fn find<V: Vocabulary + ?Sized>(&self, words: &V) -> Option<Nearness> {
        self.nearest(words).or_else(|| self.in_row(words))
    }

    /// The nearest of the words, but for the first cell of the row.
    fn nearest<V: Vocabulary + ?Sized>(&self, words: &V) -> Option<Nearness> {
        let near = |place: Place| move |(at, length): (usize, usize)| Nearness { place, at, length };
        if let Some(label) = self.label {
            return words.last_in(&self.before, label).map(near(Place::Before));
        }
        if let Some(header) = self.header.as_deref() {
            let named = words.last_in(header, 0).map(near(Place::Header));
            return named.or_else(|| words.last_in(&self.before, 0).map(near(Place::Before)));
        }
        words.last_in(&self.before, 0).map(near(Place::Before)).or_else(|| {
            let behind = words.last_in(self.after(), 0);
            behind.map(|(end, length)| near(Place::After)((CAPACITY - end, length)))
        })
    }

    /// One of the words, and little else, in the first cell of the row; not under a header that names something harmless.
    fn in_row<V: Vocabulary + ?Sized>(&self, words: &V) -> Option<Nearness> {
        const BESIDE: usize = 8;
        let name = row_name(self.row?);
        let fits = |found: &(usize, usize)| name.len() <= found.1 + BESIDE;
        let (at, length) = words.last_in(&Words::fold(name.as_bytes()), 0).filter(fits)?;
        let place = Place::Header;
        self.harmless().is_none().then_some(Nearness { place, at, length })
    }

    /// True when no other value stands between the word and this one: a list of numbers or codes leads on, words and
    /// numbers do not.
    pub(crate) fn leads_to_value(&self, nearness: Nearness) -> bool {
        if nearness.place != Place::Before {
            return true;
        }
        let between = self.before.text().get(nearness.at..).unwrap_or(&[]);
        let is_word = |run: &[u8]| run.len() >= 2 && run.iter().all(u8::is_ascii_alphabetic);
        !between.iter().any(u8::is_ascii_digit) || !between.split(|byte| !byte.is_ascii_alphanumeric()).any(is_word)
    }

    /// True when a question ends between the word and the value: `whom do I call?`
    pub(crate) fn asks(&self, nearness: Nearness) -> bool {
        let between = self.before.text().get(nearness.at..).unwrap_or(&[]);
        nearness.place == Place::Before && between.windows(2).any(|two| two == b"?\n")
    }

    /// True when the word stands before the value or over it, and leads to it; short words only right before it.
    pub(crate) fn introduces(&self, nearness: Nearness) -> bool {
        const SHORT: usize = 3;
        const REACH: usize = 6;
        let between = self.before.text().get(nearness.at..).unwrap_or(&[]);
        let mut words = between
            .split(|byte| byte.is_ascii_punctuation() || *byte == b' ')
            .filter(|word| !word.is_empty());
        let led = words.all(|word| EMPTY_LABELS.iter().any(|empty| empty.as_bytes() == word));
        let near = nearness.length > SHORT || between.len() <= REACH || led || self.label.is_some();
        match nearness.place {
            Place::Header => true,
            Place::Before => near && self.leads_to_value(nearness),
            Place::After => self.is_called(nearness),
        }
    }

    /// True when the text behind the value calls it by the word: `… as the CPR number`, `… ist meine Kontonummer`.
    fn is_called(&self, nearness: Nearness) -> bool {
        const BETWEEN: usize = 6;
        let start = CAPACITY - nearness.at - nearness.length;
        let behind = self.after().text();
        let calls = CALLS
            .iter()
            .filter(|call| behind.trim_ascii_start().starts_with(call.as_bytes()));
        let blanks = behind.len() - behind.trim_ascii_start().len();
        calls
            .map(|call| blanks + call.len())
            .any(|end| (end..=end + BETWEEN).contains(&start))
    }

    /// True when one of the words stands in the label, in the header or nearer than `reach` bytes before the value.
    pub(crate) fn close<V: Vocabulary + ?Sized>(&self, words: &V, reach: usize) -> bool {
        if self.label.is_none() && self.header.is_some() {
            return self.find(words).is_some();
        }
        let from = self.before.len.saturating_sub(reach).max(self.label.unwrap_or(0));
        words.last_in(&self.before, from).is_some()
    }

    /// The nearest word that says the value is something harmless, and speaks of this value and of no other.
    pub(crate) fn harmless(&self) -> Option<Nearness> {
        *self.harmless.get_or_init(|| {
            if let Some(own) = self.own.as_deref() {
                let near = |(at, length)| Nearness {
                    place: Place::Before,
                    at,
                    length,
                };
                let counted = |found: &Nearness| is_counted(own.text(), *found);
                return HARMLESS.last_in(own, 0).map(near).filter(|found| !counted(found));
            }
            self.nearest(HARMLESS)
                .filter(|nearness| nearness.place != Place::After && self.speaks_of_value(*nearness))
                .filter(|nearness| nearness.place != Place::Before || !is_counted(self.before.text(), *nearness))
        })
    }

    /// True when the value is called an id of something.
    pub(crate) fn is_identifier(&self) -> bool {
        let nearness = self.find(&["id"][..]);
        nearness.is_some_and(|nearness| nearness.place != Place::After && self.speaks_of_value(nearness))
    }

    /// True when the word stands in the sentence of the value, and no other value between them.
    fn speaks_of_value(&self, nearness: Nearness) -> bool {
        let between = self.before.text().get(nearness.at..).unwrap_or(&[]);
        self.leads_to_value(nearness)
            && (nearness.place == Place::Header || !ends_sentence(between) && leads_over_lines(between))
    }
}

/// The first cell of a row without what sets it off.
fn row_name(cell: &str) -> &str {
    cell.trim_matches([' ', '"', '\'', '*', ':'])
}

/// `part two of …`: a part that is counted is no spare part, and no number of one follows.
fn is_counted(text: &[u8], word: Nearness) -> bool {
    const COUNTS: [&[u8]; 6] = [b" one ", b" two ", b" three ", b" four ", b" of ", b" i "];
    let behind = text.get(word.at..).unwrap_or(&[]);
    text.get(..word.at).is_some_and(|before| before.ends_with(b"part"))
        && COUNTS.iter().any(|count| behind.starts_with(count))
}

/// True when a sentence ends in the text; `no. 12` ends none.
fn ends_sentence(text: &[u8]) -> bool {
    const SHORTENED: [&[u8]; 6] = [b"no", b"nr", b"num", b"art", b"ref", b"n"];
    (1..text.len()).any(|at| match (text[at - 1], text[at]) {
        (b'!' | b'?', b' ' | b'\n') => true,
        (b'.', b' ' | b'\n') => {
            let word = text[..at - 1].rsplit(|byte| !byte.is_ascii_alphabetic()).next();
            word.is_none_or(|word| !SHORTENED.contains(&word))
        }
        _ => false,
    })
}

/// True when the line above ends with the word, but for words that say nothing: `item one` is no name of what stands below.
fn leads_over_lines(between: &[u8]) -> bool {
    let Some(end) = memchr::memchr(b'\n', between) else {
        return true;
    };
    let mut words = between[..end]
        .split(|byte| b" :.-=".contains(byte))
        .filter(|word| !word.is_empty());
    words.all(|word| EMPTY_LABELS.iter().any(|empty| empty.as_bytes() == word))
}

/// Words after which a number or code is not personal: orders, parts, hashes, versions, measures.
static HARMLESS: &Index = &Sorted::by_start([
    "order",
    "orders",
    "part",
    "part no",
    "po",
    "sku",
    "ref",
    "invoice",
    "ticket",
    "hash",
    "digest",
    "commit",
    "build",
    "version",
    "ver",
    "serial",
    "tracking",
    "shipment",
    "uid",
    "uuid",
    "guid",
    "timestamp",
    "epoch",
    "ts",
    "trace",
    "request",
    "request id",
    "isbn",
    "ean",
    "upc",
    "gtin",
    "barcode",
    "rev",
    "revision",
    "port",
    "pid",
    "bug",
    "issue",
    "job",
    "batch",
    "lot",
    "rows",
    "bytes",
    "checksum",
    "crc",
    "sha",
    "sha1",
    "sha256",
    "md5",
    "etag",
    "nonce",
    "seed",
    "offset",
    "model",
    "session",
    "span",
    "error",
    "code",
    "codes",
    "item",
    "article",
    "product",
    "transaction",
    "event",
    "message",
    "msg",
    "thread",
    "process",
    "block",
    "height",
    "width",
    "size",
    "length",
    "duration",
    "integrity",
    "fingerprint",
    "run",
    "pull",
    "pr",
    "bestellung",
    "bestellnummer",
    "auftrag",
    "rechnung",
    "commande",
    "facture",
    "pedido",
    "factura",
    "ordine",
    "fattura",
    "zamówienie",
    "faktura",
    "sequence",
    "seq",
    "partition",
    "counter",
    "shard",
    "sample",
    "doi",
    "arxiv",
    "patent",
    "rfc",
    "cve",
    "milliseconds",
    "ms",
    "asset",
    "device",
    "sensor",
    "meter",
    "parcel",
    "package",
    "waybill",
    "awb",
    "rma",
    "rma no",
    "rma number",
    "return",
    "claim",
    "lot no",
    "case no",
    "case number",
    "reference",
    "reference number",
    "ref no",
    "correlation id",
    "upc",
    "vendor",
    "account id",
    "aws account",
    "aws",
    "user id",
    "customer id",
    "client id",
    "tenant id",
    "object id",
    "node id",
    "record id",
    "row id",
    "purchase order",
    "po number",
    "part number",
    "part nr",
    "serial number",
    "serial no",
    "artikel",
    "artikelnummer",
    "teil",
    "teilenummer",
    "seriennummer",
    "sendungsnummer",
    "kundennummer",
    "vorgang",
    "vorgangsnummer",
    "numéro de série",
    "référence",
    "réf",
    "colis",
    "suivi",
    "n° de commande",
    "número de pedido",
    "referencia",
    "número de serie",
    "seguimiento",
    "albarán",
    "codice prodotto",
    "numero ordine",
    "spedizione",
    "matricola prodotto",
    "bestelnummer",
    "factuurnummer",
    "artikelnr",
    "numer zamówienia",
    "nr zamówienia",
    "zamówienia",
    "przesyłka",
    "seri no",
    "sipariş",
    "sipariş no",
    "fatura",
    "заказ",
    "заказа",
    "номер заказа",
    "артикул",
    "счет фактура",
    "накладная",
    "订单",
    "订单号",
    "单号",
    "快递",
    "编号",
    "注文",
    "注文番号",
    "商品",
    "品番",
    "伝票",
    "追跡番号",
    "주문",
    "주문번호",
    "송장",
    "상품",
    "ordre",
    "ordrenummer",
    "ordernummer",
    "tilaus",
    "tilausnumero",
    "tracking number",
    "tracking id",
    "tracking no",
    "confirmation",
    "booking",
    "reservation",
    "case id",
    "ticket id",
    "jira",
    "sprint",
    "container",
    "docker",
    "snapshot",
    "instance",
    "inode",
    "pointer",
    "ptr",
    "latency",
    "throughput",
    "unix",
    "unixtime",
    "iat",
    "nbf",
    "ttl",
    "bytes sent",
    "qty",
    "quantity",
    "volume",
    "score",
    "ratio",
    "percent",
    "distance",
    "frequency",
    "hz",
    "facebook",
    "twitter",
    "tweet",
    "discord",
    "snowflake",
    "channel id",
    "guild",
    "chat id",
    "message id",
    "post id",
    "video",
    "video id",
    "steam",
    "gtin 13",
    "ean 13",
    "ean13",
    "isbn 13",
    "isbn13",
    "issn",
    "asin",
    "upc a",
    "sku id",
    "mpn",
    "catalog",
    "catalogue",
    "model number",
    "firmware",
    "chip",
    "license key",
    "product key",
    "activation",
    "coupon",
    "voucher",
    "promo",
    "gift card",
    "loyalty",
    "flight",
    "test card",
    "test number",
    "dummy",
    "fake",
    "telemetry",
    "metric",
    "checksum value",
    "crc32",
    "adler",
    "module",
    "replacement",
]);

/// What leads from a value to its name.
const CALLS: &[&str] = &[
    "the right ",
    "the correct ",
    "as the ",
    "as my ",
    "as our ",
    "as your ",
    "as his ",
    "as her ",
    "is the ",
    "is my ",
    "is our ",
    "is your ",
    "is his ",
    "is her ",
    "als ",
    "ist die ",
    "ist der ",
    "ist meine ",
    "ist mein ",
    "comme ",
    "est le ",
    "est la ",
    "est mon ",
    "como ",
    "es el ",
    "es la ",
    "es mi ",
    "è il ",
    "è la ",
    "come ",
    "is het ",
    "is mijn ",
    "jako ",
    "som ",
];

/// Labels that say nothing about the value, so that the words before them still count.
const EMPTY_LABELS: &[&str] = &[
    "value",
    "val",
    "number",
    "no",
    "id",
    "nr",
    "num",
    "data",
    "text",
    "content",
    "input",
    "output",
    "field",
    "note",
    "n",
    "is",
    "this",
    "here",
    "it",
    "#",
    "nummer",
    "numero",
    "número",
    "answer",
    "a",
    "user",
    "assistant",
    "v",
    "below",
    "following",
    "wert",
    "valor",
    "valeur",
    "valore",
    "waarde",
    "wartość",
    "значение",
    "值",
    "値",
];

/// The key over a list that the value at `start` is an item of: `ssns:` over `  - 301…`, `"ssns": [` over `"301…",`.
fn list_key<'t>(page: &Page<'t>, start: usize) -> Option<&'t [u8]> {
    const ITEMS: usize = 16;
    let mut end = page.line_start(start, BEFORE);
    let lead = page.bytes[end..start].trim_ascii();
    if end == 0 || !lead.is_empty() && !lead.iter().all(|byte| b"-*\"'` ".contains(byte)) {
        return None;
    }
    for _ in 0..ITEMS {
        let from = end.saturating_sub(1 + BEFORE);
        let line_start = memchr::memrchr(b'\n', &page.bytes[from..end - 1]).map_or(from, |found| from + found + 1);
        let line = page.bytes[line_start..end - 1].trim_ascii();
        match line.last()? {
            b':' | b'[' | b'{' | b'(' | b'=' => return Some(line),
            b'0'..=b'9' | b',' | b'"' | b'\'' if line_start > 0 => end = line_start,
            _ => return None,
        }
    }
    None
}

/// The window without the tags of HTML at its end, which set a value off and say nothing of it: `<b>SSN:</b> `, `<code>`.
fn without_tags(window: &[u8]) -> &[u8] {
    let window = without_input(window);
    #[rustfmt::skip]
    const TAGS: [&[u8]; 22] = [
        b"td", b"th", b"tr", b"li", b"p", b"span", b"div", b"b", b"strong", b"em", b"i", b"u", b"code", b"dd", b"dt",
        b"br", b"table", b"tbody", b"thead", b"pre", b"blockquote", b"label",
    ];
    let mut rest = window;
    while let Some(inner) = rest.trim_ascii_end().strip_suffix(b">") {
        let Some(open) = memchr::memrchr(b'<', inner) else {
            break;
        };
        let tag = inner[open + 1..].strip_prefix(b"/").unwrap_or(&inner[open + 1..]);
        let name = tag.split(|byte| matches!(byte, b' ' | b'/')).next().unwrap_or(tag);
        if !TAGS.iter().any(|known| name.eq_ignore_ascii_case(known)) {
            break;
        }
        rest = &inner[..open];
    }
    rest
}

/// The window without `<input value="`, when nothing in the tag names the value.
fn without_input(window: &[u8]) -> &[u8] {
    let quoted = [&b"value=\""[..], b"value='"].iter().any(|end| window.ends_with(end));
    let open = memchr::memrchr(b'<', window).filter(|_| quoted);
    match open.map(|open| (open, &window[open..])) {
        Some((open, tag)) if tag.starts_with(b"<input ") && memchr::memmem::find(tag, b"name=").is_none() => {
            &window[..open]
        }
        _ => window,
    }
}

/// At most the last two lines of a window.
fn two_lines(window: &[u8]) -> &[u8] {
    let mut ends = memchr::memrchr_iter(b'\n', window);
    let start = ends.nth(1).map_or(0, |at| at + 1);
    &window[start..]
}

const CAPACITY: usize = 160;

/// A short text folded for comparison.
pub(crate) struct Words {
    bytes: [u8; CAPACITY],
    len: usize,
    /// Which letters begin a word, and which pairs of bytes: most words that are asked for are ruled out by one bit.
    heads: u32,
    starts: [u64; 8],
    /// Where words begin.
    places: [u8; MAX_WORDS],
    count: usize,
}

const MAX_WORDS: usize = 96;

impl Words {
    fn fold(raw: &[u8]) -> Self {
        let mut words = Self {
            bytes: [0; CAPACITY],
            len: 0,
            heads: 0,
            starts: [0; 8],
            places: [0; MAX_WORDS],
            count: 0,
        };
        // Among nothing but numbers there are no words to look for.
        if !raw.iter().any(|byte| is(*byte, LETTER | HIGH)) {
            return words;
        }
        if raw.is_ascii() {
            words.fold_ascii(raw);
            return words;
        }
        let (mut previous, mut begins) = (b' ', true);
        for (at, &byte) in raw.iter().enumerate() {
            if is(byte, UPPER) && is(previous, LOWER) {
                words.push(b' ', begins);
                begins = true;
            }
            // `S.S.N.` is read as `SSN`.
            if byte == b'.' && ends_with_initial(&raw[..at]) {
                previous = byte;
                continue;
            }
            if is(byte, LOWER) && !begins && previous < 0x80 {
                // Most bytes go on in a word.
                words.push(byte, false);
                previous = byte;
                continue;
            }
            if byte < 0x80 {
                // Chinese and its neighbours write without spaces.
                begins |= previous >= 0x80 && is_behind_wide(&raw[..at]);
                let small = SMALL[usize::from(byte)];
                words.push(small, begins);
                begins = !is(small, ALNUM);
            } else {
                words.push(fold_byte(previous, byte), begins || byte >= 0xE0);
                words.fix_lead(previous, byte);
                begins = false;
            }
            previous = byte;
        }
        words.note_starts();
        words
    }

    /// The same for ASCII, without a call for each byte.
    fn fold_ascii(&mut self, raw: &[u8]) {
        let (mut len, mut count) = (0, 0);
        let (mut previous, mut begins) = (0, true);
        for (at, &byte) in raw.iter().enumerate() {
            let (class, small) = (class(byte), SMALL[usize::from(byte % 128)]);
            // Most bytes go on in a word or a number.
            if !begins && class & ALNUM != 0 && !(class & UPPER != 0 && previous & LOWER != 0) {
                let Some(next) = self.bytes.get_mut(len) else { break };
                *next = small;
                len += 1;
                previous = class;
                continue;
            }
            if class & UPPER != 0 && previous & LOWER != 0 && len < CAPACITY {
                self.bytes[len] = b' ';
                len += 1;
                begins = true;
            }
            previous = class;
            if byte == b'.' && ends_with_initial(&raw[..at]) {
                continue;
            }
            if len == CAPACITY {
                break;
            }
            if begins && count < MAX_WORDS {
                self.places[count] = len as u8;
                count += 1;
            }
            self.bytes[len] = small;
            len += 1;
            begins = class & ALNUM == 0;
        }
        (self.len, self.count) = (len, count);
        self.note_starts();
    }

    fn note_starts(&mut self) {
        for place in &self.places[..self.count] {
            let at = usize::from(*place);
            self.heads |= 1 << (self.bytes[at] % 32);
            let bit = pair(self.bytes[at], self.bytes.get(at + 1).copied().unwrap_or(0));
            self.starts[bit / 64] |= 1 << (bit % 64);
        }
    }

    fn may_hold(&self, word: &[u8]) -> bool {
        let [first, second, ..] = *word else { return true };
        if self.heads >> (first % 32) & 1 == 0 {
            return false;
        }
        let bit = pair(first, second);
        self.starts[bit / 64] >> (bit % 64) & 1 == 1
    }

    #[inline(always)]
    fn push(&mut self, byte: u8, begins: bool) {
        if self.len < CAPACITY {
            if begins && self.count < MAX_WORDS {
                self.places[self.count] = self.len as u8;
                self.count += 1;
            }
            self.bytes[self.len] = byte;
            self.len += 1;
        }
    }

    /// Some capital letters of Greek and Cyrillic have their small forms under another lead byte.
    fn fix_lead(&mut self, lead: u8, byte: u8) {
        let small = match (lead, byte) {
            (0xD0, 0x80..=0x8F | 0xA0..=0xAF) => 0xD1,
            (0xCE, 0xA0..=0xA9) => 0xCF,
            _ => return,
        };
        if let Some(at) = self.len.checked_sub(2) {
            self.bytes[at] = small;
        }
    }

    fn text(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    /// The end of the last place at or after `from` where the word stands by itself.
    fn last_place(&self, word: &[u8], from: usize) -> Option<usize> {
        let text = self.text();
        let first = word.first().copied();
        let places = self.places[..self.count]
            .iter()
            .rev()
            .map(|place| usize::from(*place))
            .take_while(|place| *place >= from);
        places
            .filter(|place| {
                let rest = &text[*place..];
                rest.first().copied() == first && goes_on_alike(rest, word) && rest.starts_with(word)
            })
            .map(|place| place + word.len())
            .find(|end| ends(word, &text[*end..]))
    }

    /// In `the card for the account is`, what the value is for does not name it.
    fn drop_purpose(&mut self) {
        const WHOSE: [&[u8]; 8] = [
            b"the ", b"my ", b"our ", b"your ", b"this ", b"his ", b"her ", b"their ",
        ];
        let end = trim_end(self.text(), b" ");
        if !self.text()[..end].ends_with(b" is") {
            return;
        }
        let Some(at) = memchr::memmem::rfind(&self.text()[..end], b" for ") else {
            return;
        };
        let purpose = &self.text()[at + " for ".len()..end];
        let plain = purpose.iter().all(|byte| byte.is_ascii_lowercase() || *byte == b' ');
        if plain && WHOSE.iter().any(|whose| purpose.starts_with(whose)) {
            self.bytes[at..end].fill(b' ');
            self.places_end(at);
        }
    }

    /// Forgets the words that begin behind `at`.
    fn places_end(&mut self, at: usize) {
        self.count = self.places[..self.count].partition_point(|place| usize::from(*place) < at);
    }

    /// Where the label begins, when the text ends with one: `"tax id": "`, `<ssn>`.
    fn label(&self) -> Option<usize> {
        let text = self.text();
        let end = trim_end(text, b" \t\n\"'`[({*");
        let (mark, rest) = text[..end].split_last()?;
        let (start, delimited) = match mark {
            b'>' if !matches!(rest.last(), Some(b'=' | b' ')) => (tag_start(rest)?, true),
            b':' | b'=' | b'>' => key_start(&text[..trim_end(rest, b":=> *")]),
            _ => return None,
        };
        let label = text[start..end].trim_ascii();
        let label = &label[..trim_end(label, b":=> \"'`])*")];
        let is_prose = !delimited && label.iter().filter(|byte| **byte == b' ').count() > 4;
        let says_nothing = is_prose || label.is_empty() || EMPTY_LABELS.iter().any(|empty| empty.as_bytes() == label);
        (!says_nothing).then_some(start)
    }
}

/// Words that are looked for together.
pub(crate) trait Vocabulary {
    /// Where the last of the words that stands at or after `from` ends, and how long it is.
    fn last_in(&self, text: &Words, from: usize) -> Option<(usize, usize)>;
}

/// A few of them, one after the other.
impl Vocabulary for [&str] {
    fn last_in(&self, text: &Words, from: usize) -> Option<(usize, usize)> {
        if text.count == 0 {
            return None;
        }
        let mut last = None;
        for word in self.iter().map(|word| word.as_bytes()) {
            if text.may_hold(word) {
                // What ends before the last one that was found is not the last.
                let from = last.map_or(from, |(end, _): (usize, _)| from.max(end.saturating_sub(word.len())));
                last = last.max(text.last_place(word, from).map(|end| (end, word.len())));
            }
        }
        last
    }
}

/// Many of them, by the pair they begin with.
impl Vocabulary for Index {
    fn last_in(&self, text: &Words, from: usize) -> Option<(usize, usize)> {
        let places = text.places[..text.count].iter().map(|place| usize::from(*place));
        let mut last = None;
        for at in places.filter(|at| *at >= from) {
            let rest = &text.text()[at..];
            for word in self.starting(rest).map(str::as_bytes) {
                if ends(word, &rest[word.len()..]) {
                    last = last.max(Some((at + word.len(), word.len())));
                }
            }
        }
        last
    }
}

/// The words of many types, looked up for all of them at once: by the pair of bytes they begin with, each with the place of
/// its type, less than 128.
pub(crate) struct Names<const N: usize> {
    /// Where the words of each pair begin.
    starts: [u16; NAME_SLOTS + 1],
    words: [Name; N],
}

/// A word, and what most others are told from it by.
#[derive(Clone, Copy)]
struct Name {
    /// Its first eight bytes, and which of them it has.
    head: u64,
    mask: u64,
    text: &'static str,
    kind: u8,
}

impl Name {
    const fn new((text, kind): (&'static str, u8)) -> Self {
        let (mut head, mut mask, mut at) = (0, 0, 0);
        while at < text.len() && at < 8 {
            head |= (text.as_bytes()[at] as u64) << (8 * at);
            mask |= 0xFF << (8 * at);
            at += 1;
        }
        Self { head, mask, text, kind }
    }
}

const NAME_SLOTS: usize = 1 << 9;

impl<const N: usize> Names<N> {
    pub(crate) const fn new(words: [(&'static str, u8); N]) -> Self {
        let mut names = Self {
            starts: [0; NAME_SLOTS + 1],
            words: [Name::new(("", 0)); N],
        };
        let mut at = 0;
        while at < N {
            names.starts[name_slot(words[at].0) + 1] += 1;
            at += 1;
        }
        let mut slot = 0;
        while slot < NAME_SLOTS {
            names.starts[slot + 1] += names.starts[slot];
            slot += 1;
        }
        let mut filled = names.starts;
        at = 0;
        while at < N {
            let slot = name_slot(words[at].0);
            names.words[filled[slot] as usize] = Name::new(words[at]);
            filled[slot] += 1;
            at += 1;
        }
        names
    }

    /// The types of which a word stands in the text, a bit each.
    fn standing_in(&self, text: &Words) -> u128 {
        let mut named = 0;
        for place in &text.places[..text.count] {
            let rest = &text.text()[usize::from(*place)..];
            let [first, second, ..] = rest else { continue };
            let slot = pair(*first, *second);
            let head = load(rest, 0);
            for name in &self.words[usize::from(self.starts[slot])..usize::from(self.starts[slot + 1])] {
                let word = name.text.as_bytes();
                if (head ^ name.head) & name.mask == 0 && rest.starts_with(word) && ends(word, &rest[word.len()..]) {
                    named |= 1 << name.kind;
                }
            }
        }
        named
    }
}

const fn name_slot(word: &str) -> usize {
    let bytes = word.as_bytes();
    assert!(bytes.len() > 1);
    pair(bytes[0], bytes[1])
}

/// The start of the tag that a text without its last `>` ends with.
fn tag_start(text: &[u8]) -> Option<usize> {
    let start = memchr::memrchr(b'<', text)? + 1;
    (!text[start..].starts_with(b"/") && !text[start..].contains(&b'>')).then_some(start)
}

/// The start of the name that a text ends with, and whether it is in quotes.
fn key_start(text: &[u8]) -> (usize, bool) {
    let quoted = text.last().copied().filter(|byte| matches!(byte, b'"' | b'\'' | b'`'));
    let bracket = text.ends_with(b")").then(|| memchr::memrchr(b'(', text)).flatten();
    let text = &text[..trim_end(text, b"\"'`])")];
    let start = match quoted {
        Some(quote) => memchr::memrchr(quote, text),
        // What stands in brackets belongs to the name: `TIN (DE)`.
        None => text[..bracket.unwrap_or(text.len())]
            .iter()
            .rposition(|byte| b",;:{}[]()\n\t|\"'<>&?!".contains(byte)),
    };
    (start.map_or(0, |at| at + 1), quoted.is_some())
}

/// True when the word ends before `rest`; in scripts without spaces, always.
fn ends(word: &[u8], rest: &[u8]) -> bool {
    word.first().is_some_and(|byte| *byte >= 0xE0) || ends_word(rest, word.len())
}

/// True behind a character of three bytes or more.
fn is_behind_wide(text: &[u8]) -> bool {
    let lead = text.iter().rev().find(|byte| !(0x80..0xC0).contains(*byte));
    lead.is_some_and(|lead| *lead >= 0xE3)
}

/// True when a word of that length ends before `rest`; words of some length may stand in the plural.
fn ends_word(rest: &[u8], length: usize) -> bool {
    // Chinese and its neighbours write without spaces.
    let outside = |next: &u8| !next.is_ascii_alphabetic() && !(0x80..0xE3).contains(next);
    let ends = |rest: &[u8]| rest.first().is_none_or(outside);
    ends(rest) || length >= 3 && rest.first() == Some(&b's') && ends(&rest[1..])
}

/// ASCII in lower case; joints become spaces.
static SMALL: [u8; 128] = {
    let mut small = [0; 128];
    let mut byte = 0;
    while byte < 128 {
        small[byte] = match byte as u8 {
            b'_' | b'-' => b' ',
            byte => byte.to_ascii_lowercase(),
        };
        byte += 1;
    }
    small
};

/// Lower case for Latin, Greek and Cyrillic.
fn fold_byte(lead: u8, byte: u8) -> u8 {
    match (lead, byte) {
        (0xC3, 0x80..=0x9E) => byte + 0x20,
        (0xC4, 0x80..=0xB7) | (0xC5, 0x8A..=0xB7) => byte | 1,
        (0xC4, 0xB9..=0xBE) | (0xC5, 0x81..=0x87 | 0xB9..=0xBD) => byte + byte % 2,
        (0xCE, 0x91..=0x9F) => byte + 0x20,
        (0xCE, 0xA0..=0xA9) => byte - 0x20,
        (0xD0, 0x80..=0x8F) => byte + 0x10,
        (0xD0, 0x90..=0x9F) => byte + 0x20,
        (0xD0, 0xA0..=0xAF) => byte - 0x20,
        _ => byte,
    }
}

/// True behind a single letter.
fn ends_with_initial(text: &[u8]) -> bool {
    match text {
        [.., before, letter] => letter.is_ascii_alphabetic() && !before.is_ascii_alphanumeric() && *before < 0x80,
        [letter] => letter.is_ascii_alphabetic(),
        [] => false,
    }
}

const fn pair(first: u8, second: u8) -> usize {
    ((first as u32 | (second as u32) << 8).wrapping_mul(0x9E37_79B1) >> (u32::BITS - NAME_SLOTS.ilog2())) as usize
}

fn trim_end(text: &[u8], set: &[u8]) -> usize {
    text.iter().rposition(|byte| !set.contains(byte)).map_or(0, |at| at + 1)
}
