//! What fingerprints find in texts, and what they leave alone.
#![allow(clippy::unwrap_used, reason = "a test stops where it fails")]

use proptest::prelude::*;
use weir_detect::Recogniser;
use weir_model::DataType;
use weir_sketch::{FormatError, Key, Prints, PrintsBuilder, PrintsError, PrintsInfo, QuoteSettings, Quotes};

const HANDBOOK: &str = "\
The travel rules of this company are as follows. Whoever travels for more than four hours by train may book first class, \
and whoever flies within the continent sits where everybody sits. Hotels are booked by the office in Lisbon, which has \
agreed on prices with forty houses; a receipt is needed for everything above nine euros. Meals are paid by the day and not \
by the bill. When a journey falls on a weekend, the day is given back in the same month, and nobody has to explain what it \
is used for. Cars are rented only where no train goes, and are never larger than the smallest that carries all who travel.";

const OTHER: &str = "\
A weir is a low wall across a river. It holds the water back so that there is enough of it above, and lets the rest flow \
over the top. Fish need a ladder beside it, and boats a lock. In dry years the wall stands out of the water, and children \
walk on it from one bank to the other, which is forbidden everywhere and done everywhere. After rain the noise of it can be \
heard in the next village, and the miller, when there was one, would open the gates by hand, one after the other, at night.";

const NOTHING: [usize; 0] = [];

fn key() -> Key {
    Key::from_bytes([5; 32])
}

fn bytes(documents: &[&str], common: &[&str]) -> Result<Vec<u8>, PrintsError> {
    let key = key();
    let mut builder = PrintsBuilder::new(&key, [9; 16]);
    documents.iter().for_each(|document| builder.document([*document]));
    common.iter().for_each(|text| builder.common(text));
    builder.finish().map(|built| built.bytes)
}

fn quotes(change: impl FnOnce(&mut QuoteSettings)) -> Quotes {
    let mut settings = QuoteSettings::new(DataType::builtin("acme/handbook"));
    change(&mut settings);
    Quotes::new(
        Prints::read(&bytes(&[HANDBOOK], &[]).unwrap(), &key()).unwrap(),
        settings,
    )
}

/// Letters and digits of the passages that are told.
fn told(quotes: &Quotes, text: &str) -> Vec<usize> {
    let found = quotes.recognise(text).into_iter();
    found
        .map(|found| text[found.span].chars().filter(|it| it.is_alphanumeric()).count())
        .collect()
}

fn letters(text: &str, start: usize, count: usize) -> &str {
    let places: Vec<usize> = text
        .char_indices()
        .filter(|(_, it)| it.is_alphanumeric())
        .map(|(at, _)| at)
        .collect();
    &text[places[start]..places[start + count]]
}

#[test]
fn an_excerpt_of_the_stated_length_is_found_wherever_it_stands() {
    let quotes = quotes(|_| {});
    for start in 0..200 {
        let excerpt = letters(HANDBOOK, start, 200);
        let text = format!(
            "{OTHER}\n\nplease summarise: {}\n{OTHER}",
            excerpt.to_uppercase().replace(' ', "\n> ")
        );
        let [length] = told(&quotes, &text).try_into().unwrap();
        assert!((150..=200).contains(&length), "{start}: {length}");
    }
}

#[test]
fn a_shorter_excerpt_and_other_texts_are_left_alone() {
    let quotes = quotes(|_| {});
    for start in 0..200 {
        assert_eq!(
            told(&quotes, &format!("{OTHER} {} {OTHER}", letters(HANDBOOK, start, 120))),
            NOTHING,
            "{start}"
        );
    }
    assert_eq!(told(&quotes, OTHER), NOTHING);
    assert_eq!(told(&quotes, "The travel rules of this company"), NOTHING);
}

#[test]
fn words_may_be_replaced_as_long_as_enough_stands() {
    let changed = HANDBOOK
        .replace("Lisbon", "Porto")
        .replace("forty houses", "fifty hotels")
        .replace("nine", "ten")
        .replace("weekend", "holiday");
    let [length] = told(&quotes(|_| {}), &changed).try_into().unwrap();
    assert!(length > 350, "{length}");
    let every_third = |text: &str| {
        let words = text.split(' ').enumerate();
        words
            .map(|(at, word)| if at % 3 == 0 { "word" } else { word })
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(told(&quotes(|_| {}), &every_third(HANDBOOK)), NOTHING);
}

#[test]
fn the_length_that_is_asked_for_counts() {
    let excerpt = letters(HANDBOOK, 10, 100);
    assert_eq!(told(&quotes(|settings| settings.length = 100), excerpt).len(), 1);
    assert_eq!(
        told(&quotes(|settings| settings.length = 400), letters(HANDBOOK, 10, 300)),
        NOTHING
    );
}

#[test]
fn what_everybody_quotes_is_left_out() {
    let licence = OTHER;
    let document = format!("{licence}\n{HANDBOOK}");
    let prints = Prints::read(&bytes(&[&document], &[licence]).unwrap(), &key()).unwrap();
    let quotes = Quotes::new(prints, QuoteSettings::new(DataType::builtin("acme/handbook")));
    assert_eq!(told(&quotes, licence), NOTHING);
    assert_eq!(told(&quotes, HANDBOOK).len(), 1);
    assert_eq!(bytes(&[licence], &[licence]), Err(PrintsError::Empty));
}

#[test]
fn a_file_is_what_its_key_made_it_and_holds_no_text() {
    let whole = bytes(&[HANDBOOK], &[]).unwrap();
    let info = PrintsInfo::read(&whole).unwrap();
    assert_eq!((info.documents, info.bytes), (1, whole.len() as u64));
    assert!((30..70).contains(&info.prints), "{}", info.prints);
    let read = |bytes: &[u8], key: &Key| Prints::read(bytes, key).err();
    assert_eq!(read(&whole, &Key::from_bytes([6; 32])), Some(FormatError::Key));
    for at in 0..whole.len() {
        assert!(read(&whole[..at], &key()).is_some());
        let mut changed = whole.clone();
        changed[at] ^= 4;
        assert!(read(&changed, &key()).is_some(), "{at}");
    }
    assert!(!whole.windows(6).any(|window| window.eq_ignore_ascii_case(b"lisbon")));
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_a_panic(data in prop::collection::vec(any::<u8>(), 0..300), at in any::<prop::sample::Index>()) {
        weir_sketch::fuzz_prints(&data);
        let mut whole = bytes(&[HANDBOOK], &[]).unwrap();
        let at = at.index(whole.len());
        whole.splice(at..at, data.into_iter().take(4));
        weir_sketch::fuzz_prints(&whole);
    }
}
