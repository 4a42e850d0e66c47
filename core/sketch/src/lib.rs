//! Real values and documents that a text may repeat, known by keyed digests: whose data it is can be told, what it is
//! cannot be read.
//!
//! ```text
//! rows of a table ─ columns ─ Builder ─ bytes of a sketch ─ Sketch ─ Voice ─ matches in a text
//! documents ─ winnowing ─ PrintsBuilder ─ bytes ─ Prints ─ Quotes ─ passages of a text
//! ```
//!
//! Neighbours: the command line builds sketches, the agent loads those that a pack names and gives them to the scanner as
//! voices among its detectors. This crate must not know what a level is, where a text goes, or where a file lies.
//!
//! A sketch holds no value and no hash of one: it is a [filter](fuse) over keyed digests, which answers "is this among
//! them?" and is wrong for two in 131,072 of the values that are not. Whoever has the file and not the key learns how many
//! values there are and how long they are. Whoever has both can ask about any value they can guess.

mod container;
mod find;
mod fuse;
mod key;
mod prints;
mod shape;
mod sketch;
mod words;

pub use container::FormatError;
pub use find::{Settings, SettingsError, Voice};
pub use key::{Key, KeyError, Salt};
pub use prints::{ALWAYS_SEEN, BuiltPrints, Prints, PrintsBuilder, PrintsError, PrintsInfo, QuoteSettings, Quotes};
pub use sketch::{BuildError, Builder, Built, ColumnInfo, MAX_COLUMNS, Sketch, SketchInfo};

/// For fuzzing: reads any bytes as fingerprints, and a text with what was read. Must never panic, whatever the bytes.
pub fn fuzz_prints(data: &[u8]) {
    let key = Key::from_bytes([7; 32]);
    let _ = PrintsInfo::read(data);
    if let Ok(prints) = Prints::read_unverified(data, &key) {
        let text = String::from_utf8_lossy(data);
        let quotes = Quotes::new(prints, QuoteSettings::new(weir_model::DataType::builtin("acme/text")));
        let _ = weir_detect::Recogniser::recognise(&quotes, &text);
    }
}

/// For fuzzing: reads any bytes as a sketch, and a text with what was read. Must never panic, whatever the bytes.
pub fn fuzz_sketch(data: &[u8]) {
    let key = Key::from_bytes([7; 32]);
    let _ = SketchInfo::read(data);
    if let Ok(sketch) = Sketch::read_unverified(data, &key) {
        let text = String::from_utf8_lossy(data);
        let voice = Voice::new(sketch, Settings::new(weir_model::DataType::builtin("acme/row")));
        if let Ok(voice) = voice {
            let _ = weir_detect::Recogniser::recognise(&voice, &text);
        }
    }
}
