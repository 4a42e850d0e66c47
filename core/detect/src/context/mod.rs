//! Context: the words that say what a value is.
//!
//! The label right before a value (`"ssn": "…"`, `NHS number: …`, `<bsn>…`) counts alone. Without one it is the column
//! of a table or of an INSERT statement, then the words of the cell; outside of tables the words of the line and the
//! line above, the key over a list, and last the words right behind the value. The nearest word wins.
//! Words are compared in lower case, with `_`, `-` and camel case read as spaces.

mod words;

use crate::classes::{DIGIT, HIGH, LOWER, SPACE, UPPER, is};
use crate::detectors::HARMLESS;
use crate::explain::NamedBy;
use crate::page::{Page, looks};
use std::cell::OnceCell;
use std::ops::Range;
use std::rc::Rc;
use words::{CAPACITY, Words, is_empty_label};

pub(crate) use words::{Kind, Names, Vocabulary};

const BEFORE: usize = 96;
const AFTER: usize = 36;

/// What stands around one value.
pub(crate) struct Context<'t> {
    /// Where the value stands.
    value: Range<usize>,
    ends_line: bool,
    /// It stands in brackets behind two words with capitals.
    is_behind_name: bool,
    before: Words,
    label: Option<usize>,
    /// What the column is called, if the value stands in one.
    header: Words,
    headed: bool,
    /// The first cell of the row: some tables have their names there.
    row: Option<&'t str>,
    /// Its words, once somebody has asked.
    in_row: OnceCell<Box<Words>>,
    /// What stands behind the value on its line; not read where something better names it.
    after: Words,
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
    pub(crate) length: usize,
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
        page.around(start..end)
    }

    /// Room for what stands around a value.
    pub(crate) fn room() -> Self {
        Self {
            value: 0..0,
            ends_line: false,
            is_behind_name: false,
            before: Words::none(),
            label: None,
            header: Words::none(),
            headed: false,
            row: None,
            in_row: OnceCell::new(),
            after: Words::none(),
            own: None,
            harmless: OnceCell::new(),
        }
    }

    pub(crate) fn is_of(&self, value: &Range<usize>) -> bool {
        self.value == *value
    }

    /// Reads what stands around a value. What stands before it is the same for every value that begins there.
    pub(crate) fn read(&mut self, page: &Page<'t>, value: Range<usize>) {
        let Range { start, end } = value;
        let ends_line = matches!(page.bytes.get(end), None | Some(b'\n' | b'\r'));
        let is_known = !self.value.is_empty() && self.value.start == start && self.ends_line == ends_line;
        (self.value, self.ends_line) = (value, ends_line);
        if !is_known {
            self.read_before(page, start);
        }
        self.after.clear();
        if self.label.is_none() && !self.headed {
            let behind = page.slice(end..end + AFTER);
            let line = behind.iter().position(|byte| *byte == b'\n').unwrap_or(behind.len());
            self.after.read(&behind[..line]);
        }
    }

    fn read_before(&mut self, page: &Page<'t>, start: usize) {
        let from = start.saturating_sub(BEFORE);
        looks::add(start - from);
        let window = without_tags(two_lines(&page.bytes[from..start]));
        self.is_behind_name = is_behind_name(window);
        self.before.clear();
        (self.label, self.headed, self.row) = (None, false, None);
        (self.in_row, self.harmless) = (OnceCell::new(), OnceCell::new());
        let lent = page.origin.lent;
        let own = || Box::new(Words::fold(two_lines(&page.bytes[lent.max(from)..start])));
        self.own = (lent > 0 && (from..=start).contains(&lent)).then(own);
        let may_have_label = ends_like_label(window);
        if may_have_label {
            self.read_window(window);
            if self.label.is_some() {
                return;
            }
        }
        if let Some(place) = page.place(start) {
            self.headed = true;
            self.header.clear();
            self.header.read(place.header.as_bytes());
            self.row = place.row;
            self.before.clear();
            self.before.read(&page.bytes[place.cell.max(from)..start]);
        } else if let Some(key) = list_key(page, start, self.ends_line) {
            self.before.clear();
            self.before.read(key);
            self.label = self.before.label();
        } else if !may_have_label {
            self.read_window(window);
        }
    }

    fn read_window(&mut self, window: &[u8]) {
        self.before.read(window);
        self.before.drop_purpose();
        self.label = self.before.label();
    }

    /// What names the value, whatever it calls it.
    pub(crate) fn named_by(&self) -> Option<NamedBy> {
        match (self.label, self.headed) {
            (Some(_), _) => Some(NamedBy::Label),
            (None, true) => Some(NamedBy::Column),
            (None, false) => None,
        }
    }

    /// What the column is called.
    fn header(&self) -> Option<&Words> {
        self.headed.then_some(&self.header)
    }

    /// The types of numbers of which [`Context::find`] may find a word, a bit each.
    pub(crate) fn named(&self) -> u128 {
        let header = self.header().map_or(0, Words::named);
        let row = self.row_words().map_or(0, |(_, words)| words.named());
        self.before.named() | header | row | self.after.named()
    }

    /// What the row is called, and the words of that.
    fn row_words(&self) -> Option<(&'t str, &Words)> {
        let name = row_name(self.row?);
        Some((name, self.in_row.get_or_init(|| Box::new(Words::fold(name.as_bytes())))))
    }

    /// The nearest of the words, if any stands here.
    pub(crate) fn find<V: Vocabulary + ?Sized>(&self, words: &V) -> Option<Nearness> {
        self.nearest(words).or_else(|| self.in_row(words))
    }

    /// The nearest of the words, but for the first cell of the row.
    fn nearest<V: Vocabulary + ?Sized>(&self, words: &V) -> Option<Nearness> {
        self.nearest_before(words).or_else(|| {
            let (end, length) = words.last_in(&self.after, 0)?;
            let (place, at) = (Place::After, CAPACITY - (end - length));
            Some(Nearness { place, at, length })
        })
    }

    /// The nearest of the words before the value and over it.
    fn nearest_before<V: Vocabulary + ?Sized>(&self, words: &V) -> Option<Nearness> {
        let near = |place: Place| move |(at, length): (usize, usize)| Nearness { place, at, length };
        if let Some(label) = self.label {
            return words.last_in(&self.before, label).map(near(Place::Before));
        }
        let named = self.header().and_then(|header| words.last_in(header, 0));
        let before = || words.last_in(&self.before, 0).map(near(Place::Before));
        named.map(near(Place::Header)).or_else(before)
    }

    /// One of the words, and little else, in the first cell of the row; not under a header that names something harmless.
    fn in_row<V: Vocabulary + ?Sized>(&self, words: &V) -> Option<Nearness> {
        const BESIDE: usize = 8;
        let (name, row) = self.row_words()?;
        let fits = |found: &(usize, usize)| name.len() <= found.1 + BESIDE;
        let (at, length) = words.last_in(row, 0).filter(fits)?;
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
        let led = words.all(is_empty_label);
        let near = nearness.length > SHORT || between.len() <= REACH || led || self.label.is_some();
        match nearness.place {
            Place::Header => true,
            Place::Before if nearness.length <= SHORT && self.is_in_notation(nearness) => false,
            Place::Before => near && self.leads_to_value(nearness),
            Place::After => self.is_called(nearness),
        }
    }

    /// True for a short word that is part of a file's name, `datalog.dl` and `dl/topic`, or stands behind a number as the
    /// operators of PostScript do: `84 642 DL`.
    fn is_in_notation(&self, nearness: Nearness) -> bool {
        let text = self.before.text();
        let before = text.get(..nearness.at.saturating_sub(nearness.length)).unwrap_or(&[]);
        let behind = text.get(nearness.at).copied();
        before.last() == Some(&b'.')
            || behind == Some(b'/')
            || before.last().is_some_and(|byte| is(*byte, SPACE))
                && before.trim_ascii_end().last().is_some_and(|byte| is(*byte, DIGIT))
    }

    /// True when the text behind the value calls it by the word: `… as the CPR number`, `… ist meine Kontonummer`.
    fn is_called(&self, nearness: Nearness) -> bool {
        const BETWEEN: usize = 6;
        let start = CAPACITY - nearness.at;
        let behind = self.after.text();
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
        if self.label.is_none() && self.headed {
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
            self.nearest_before(&HARMLESS)
                .filter(|nearness| self.speaks_of_value(*nearness))
                .filter(|nearness| nearness.place != Place::Before || !is_counted(self.before.text(), *nearness))
        })
    }

    /// True when a person stands right before the value: `Ada Weir (`, `Patient `.
    pub(crate) fn is_of_person(&self) -> bool {
        const PEOPLE: [&[u8]; 8] = [
            b"patient ",
            b"patienten ",
            b"s\xc3\xb6kande ",
            b"meds\xc3\xb6kande ",
            b"v\xc3\xa5rdtagare ",
            b"klient ",
            b"f\xc3\xb6rs\xc3\xa4krad ",
            b"huvudman ",
        ];
        let before = self.before.text();
        self.is_behind_name || PEOPLE.iter().any(|person| before.ends_with(person))
    }

    /// True when the value is called an id of something.
    pub(crate) fn is_identifier(&self) -> bool {
        let nearness = self.find(&["id"][..]);
        nearness.is_some_and(|nearness| nearness.place != Place::After && self.speaks_of_value(nearness))
    }

    /// True when the word stands in the sentence of the value, and no other value between them.
    fn speaks_of_value(&self, nearness: Nearness) -> bool {
        let text = self.before.text();
        let between = text.get(nearness.at..).unwrap_or(&[]);
        // `part no. 12`: the mark belongs to the word.
        let said = text.get(nearness.at.saturating_sub(nearness.length)..).unwrap_or(&[]);
        (self.leads_to_value(nearness) || self.is_alike(between))
            && (nearness.place == Place::Header || !ends_sentence(said) && leads_over_lines(between))
    }

    /// True when the value is written as one between the word and it: `part no. 119-29-4271 is now 119-29-4272`.
    fn is_alike(&self, between: &[u8]) -> bool {
        const LENGTH: usize = "119-29-4271".len();
        let groups = || {
            between
                .split(|byte| !byte.is_ascii_digit())
                .map(<[u8]>::len)
                .filter(|length| *length > 0)
        };
        let one_after_another = || groups().zip(groups().skip(1)).zip(groups().skip(2));
        self.value.len() == LENGTH && one_after_another().any(|groups| groups == ((3, 2), 4))
    }
}

/// True for a text that ends with two words that begin with capitals, and an opening bracket: `Ada Weir (`.
fn is_behind_name(text: &[u8]) -> bool {
    const LETTERS: u8 = UPPER | LOWER | HIGH;
    let Some(before) = text.strip_suffix(b" (") else {
        return false;
    };
    let is_titled = |word: &[u8]| match word {
        [first, rest @ ..] => {
            is(*first, UPPER | HIGH) && !rest.is_empty() && rest.iter().all(|byte| is(*byte, LETTERS))
        }
        [] => false,
    };
    let mut words = before.rsplit(|byte| *byte == b' ').take(2);
    words.next().is_some_and(is_titled) && words.next().is_some_and(is_titled)
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
            word.is_none_or(|word| !SHORTENED.contains(&word) && !word.ends_with(b"nr"))
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
    words.all(is_empty_label)
}

/// Words after which a number or code is not personal: orders, parts, hashes, versions, measures.
pub(crate) const HARMLESS_WORDS: &[&str] = &[
    "order",
    "orders",
    "part",
    "part no",
    "bearing",
    "gasket",
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
    "art.",
    "art nr",
    "bestellnr",
    "best nr",
    "bestell nr",
    "auftragsnr",
    "auftrags nr",
    "rechnungsnr",
    "rechnungs nr",
    "artikel nr",
    "kundennr",
    "teilenr",
    "lieferschein",
    "cat no",
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
    "account manager",
    "account balance",
    "account type",
    "account status",
    "meeting id",
    "webinar id",
    "conference id",
    "account executive",
    "account rep",
    "account team",
    "call stack",
    "call graph",
    "stack depth",
];

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

/// The key over a list that the value is an item of: `ssns:` over `  - 301…`, `"ssns": [` over `"301…",`, and the name
/// over a column that was copied alone.
fn list_key<'t>(page: &Page<'t>, start: usize, alone: bool) -> Option<&'t [u8]> {
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
            _ if alone && lead.is_empty() && is_cell(line) && line_start > 0 => end = line_start,
            _ if alone && lead.is_empty() && is_column_name(line) => return Some(line),
            _ => return None,
        }
    }
    None
}

/// A value that fills its line: one word with digits in it.
fn is_cell(line: &[u8]) -> bool {
    const FEWEST: usize = 4;
    line.iter().filter(|byte| byte.is_ascii_digit()).count() >= FEWEST && !line.contains(&b' ')
}

/// What a column is called: a word or three, and no sentence.
fn is_column_name(line: &[u8]) -> bool {
    const LONGEST: usize = 32;
    let named = |byte: &u8| byte.is_ascii_alphabetic() || *byte >= 0x80 || b" _-#.\"".contains(byte);
    line.len() <= LONGEST && line.iter().all(named) && line.iter().filter(|byte| **byte == b' ').count() < 3
}

/// False where no label ends, as told before the words are read: behind one stands a mark, or what it is the purpose of.
fn ends_like_label(window: &[u8]) -> bool {
    let end = window.iter().rposition(|byte| !b" \t\n\"'`[({*_-".contains(byte));
    let end = end.map_or(window, |end| &window[..=end]);
    matches!(end, [.., b':' | b'=' | b'>' | b'.'] | [.., b'i' | b'I', b's' | b'S'])
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
