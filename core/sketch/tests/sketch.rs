//! What a sketch finds in texts, and what it leaves alone.
#![allow(clippy::unwrap_used, reason = "a test stops where it fails")]

use proptest::prelude::*;
use weir_detect::Recogniser;
use weir_model::{Confidence, DataType};
use weir_sketch::{BuildError, Builder, FormatError, Key, Settings, SettingsError, Sketch, SketchInfo, Voice};

const SALT: [u8; 16] = [9; 16];

const ROWS: [[&str; 3]; 4] = [
    ["ada.weir@tidewater.io", "Ada Weir", "DE-4471-8802"],
    ["bo@lock.example", "Bo Müller-Stein", "DE-4471-9913"],
    ["", "Cy Null", "n/a"],
    ["zhang@example.cn", "张伟", "CN 0017 2234"],
];

fn key() -> Key {
    Key::from_bytes([5; 32])
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn bytes(together: bool) -> Vec<u8> {
    let key = key();
    let mut builder = Builder::new(&names(&["email", "name", "account"]), together, &key, SALT).unwrap();
    ROWS.iter().for_each(|row| builder.row(*row));
    builder.finish().unwrap().bytes
}

fn voice(together: bool, change: impl FnOnce(&mut Settings)) -> Result<Voice, SettingsError> {
    let mut settings = Settings::new(DataType::builtin("acme/customer"));
    change(&mut settings);
    Voice::new(Sketch::read(&bytes(together), &key()).unwrap(), settings)
}

fn found<'t>(voice: &Voice, text: &'t str) -> Vec<(&'t str, Confidence)> {
    let mut found = voice.recognise(text);
    found.sort_by_key(|found| found.span.start);
    found
        .into_iter()
        .map(|found| (&text[found.span], found.confidence))
        .collect()
}

#[test]
fn values_are_found_however_they_are_written() {
    let voice = voice(false, |_| {}).unwrap();
    for (text, value) in [
        ("mail ADA.WEIR@tidewater.io, now", "ADA.WEIR@tidewater.io"),
        ("account de44718802", "de44718802"),
        ("account DE 4471\n8802.", "DE 4471\n8802"),
        ("x=CN00172234;", "CN00172234"),
        ("ａｄａ.ｗｅｉｒ@tidewater.io", "ａｄａ.ｗｅｉｒ@tidewater.io"),
    ] {
        let sure = found(&voice, text)
            .into_iter()
            .filter(|(_, sure)| *sure > Confidence::Low);
        assert_eq!(sure.collect::<Vec<_>>(), [(value, Confidence::High)], "{text}");
    }
    for text in [
        "mada.weir@tidewater.io",
        "x.ada.weir@tidewater.io",
        "ada.weir@tidewater.io.example",
        "ada weir tidewater io",
        "DE 4471 88021",
        "DE 4471, and also, 8802",
        "n/a",
    ] {
        let sure = found(&voice, text)
            .into_iter()
            .filter(|(_, sure)| *sure > Confidence::Low);
        assert_eq!(sure.count(), 0, "{text}");
    }
}

#[test]
fn words_alone_are_no_sure_value_and_beside_others_of_their_row_they_are() {
    let voice = voice(true, |_| {}).unwrap();
    assert_eq!(found(&voice, "ask Ada Weir"), [("Ada Weir", Confidence::Low)]);
    assert_eq!(
        found(&voice, "ask Ada Weir about DE-4471-8802"),
        [("Ada Weir", Confidence::High), ("DE-4471-8802", Confidence::High)]
    );
    assert_eq!(
        found(&voice, "ask Ada Weir about DE-4471-9913"),
        [("Ada Weir", Confidence::Low), ("DE-4471-9913", Confidence::High)],
        "the account of somebody else"
    );
    assert_eq!(
        found(&voice, "客户张伟,账号CN 0017 2234"),
        [("张伟", Confidence::High), ("CN 0017 2234", Confidence::High)]
    );
}

#[test]
fn as_many_columns_of_a_row_as_asked_for_must_stand_together() {
    let two = voice(true, |settings| settings.together = 2).unwrap();
    assert_eq!(found(&two, "DE-4471-8802 alone"), [("DE-4471-8802", Confidence::Low)]);
    let apart = format!("DE-4471-8802 {} Ada Weir", "and so on ".repeat(40));
    assert!(found(&two, &apart).iter().all(|(_, sure)| *sure == Confidence::Low));
    let near = format!("DE-4471-8802 {} Ada Weir", "and so on ".repeat(20));
    assert!(found(&two, &near).iter().all(|(_, sure)| *sure == Confidence::High));
    let three = voice(true, |settings| {
        settings.together = 3;
        settings.alone = Some(None);
    })
    .unwrap();
    assert_eq!(found(&three, "DE-4471-8802 is Ada Weir"), []);
    assert_eq!(
        found(&three, "DE-4471-8802 is Ada Weir, ada.weir@tidewater.io").len(),
        3
    );
}

#[test]
fn a_column_that_does_not_count_is_not_looked_for() {
    let accounts = voice(false, |settings| settings.columns = names(&["account"])).unwrap();
    assert_eq!(found(&accounts, "Ada Weir, ada.weir@tidewater.io"), []);
    assert_eq!(found(&accounts, "DE44718802").len(), 1);
}

#[test]
fn settings_that_do_not_fit_are_told() {
    let error = |together: bool, change: &dyn Fn(&mut Settings)| voice(together, change).err().unwrap();
    assert_eq!(
        error(false, &|settings| settings.columns = names(&["mail"])),
        SettingsError::Column("mail".to_owned())
    );
    assert_eq!(error(false, &|settings| settings.together = 2), SettingsError::Rows);
    assert_eq!(
        error(true, &|settings| settings.together = 4),
        SettingsError::Together {
            together: 4,
            columns: 3
        }
    );
}

#[test]
fn a_file_is_what_its_key_made_it() {
    let whole = bytes(true);
    let info = SketchInfo::read(&whole).unwrap();
    assert_eq!((info.rows, info.columns[0].values, info.columns[2].values), (4, 3, 3));
    // Three rows with all columns or two of them: 3 + 3 + 0 + 3 pairs, and 3 + 4 + 3 values.
    assert_eq!(info.entries, 19);
    assert!(Sketch::read(&whole, &key()).is_ok());
    let read = |bytes: &[u8], key: &Key| Sketch::read(bytes, key).err();
    assert_eq!(read(&whole, &Key::from_bytes([6; 32])), Some(FormatError::Key));
    assert_eq!(read(b"name,email", &key()), Some(FormatError::Kind));
    let mut newer = whole.clone();
    newer[8] = 2;
    assert_eq!(read(&newer, &key()), Some(FormatError::Version(2)));
    for at in 0..whole.len() {
        assert!(read(&whole[..at], &key()).is_some());
        let mut changed = whole.clone();
        changed[at] ^= 4;
        assert!(read(&changed, &key()).is_some(), "{at}");
    }
}

#[test]
fn a_file_holds_no_value_and_another_salt_makes_another_file() {
    let whole = bytes(true);
    for value in ["ada", "tidewater", "4471", "8802"] {
        assert!(
            !whole
                .windows(value.len())
                .any(|window| window.eq_ignore_ascii_case(value.as_bytes()))
        );
    }
    let key = key();
    let mut other = Builder::new(&names(&["email", "name", "account"]), true, &key, [8; 16]).unwrap();
    ROWS.iter().for_each(|row| other.row(*row));
    let other = other.finish().unwrap().bytes;
    let filter = |bytes: &[u8]| bytes[bytes.len() - 132..bytes.len() - 32].to_vec();
    assert_ne!(filter(&whole), filter(&other));
}

#[test]
fn tables_that_cannot_be_sketched_are_told() {
    let key = key();
    let none = Builder::new(&[], false, &key, SALT).err();
    assert_eq!(none, Some(BuildError::Columns(0)));
    let many: Vec<String> = (0..9).map(|number| number.to_string()).collect();
    assert_eq!(
        Builder::new(&many, false, &key, SALT).err(),
        Some(BuildError::Columns(9))
    );
    let mut empty = Builder::new(&names(&["a"]), false, &key, SALT).unwrap();
    ["", "--", "ab", "NULL", &"x".repeat(128)]
        .iter()
        .for_each(|cell| empty.row([*cell]));
    assert_eq!(empty.finish().err(), Some(BuildError::Empty));
}

proptest! {
    #[test]
    fn every_value_of_every_row_is_found_in_a_text(
        rows in prop::collection::vec("[A-Za-zÄÖÜäöüéñ0-9]{2,8}([ .-][a-z0-9]{2,6}){1,4}", 1..20),
        pick in any::<prop::sample::Index>(),
        before in "[a-z ]{0,20}",
    ) {
        let key = key();
        let mut builder = Builder::new(&names(&["value"]), false, &key, SALT).unwrap();
        rows.iter().for_each(|row| builder.row([row.as_str()]));
        let sketch = Sketch::read(&builder.finish().unwrap().bytes, &key).unwrap();
        let value = pick.get(&rows);
        prop_assert!(sketch.has("value", value));
        let voice = Voice::new(sketch, Settings::new(DataType::builtin("acme/row"))).unwrap();
        let text = format!("{before} ({value}) and more");
        let spans: Vec<&str> = voice.recognise(&text).into_iter().map(|found| &text[found.span]).collect();
        prop_assert!(spans.contains(&value.as_str()), "{text}");
    }

    #[test]
    fn any_bytes_are_read_without_a_panic(data in prop::collection::vec(any::<u8>(), 0..300), at in any::<prop::sample::Index>()) {
        weir_sketch::fuzz_sketch(&data);
        let mut whole = bytes(true);
        let at = at.index(whole.len());
        whole.splice(at..at, data.into_iter().take(4));
        weir_sketch::fuzz_sketch(&whole);
    }
}
