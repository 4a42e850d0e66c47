//! The voices that a pack brings: a model for names, real values by their digests.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use aws_lc_rs::digest;
use weir_bundle::Contents;
use weir_detect::Recogniser;
use weir_policy::{Ask, Compiled, Diagnostics, FileDetector, NameModel};
use weir_sketch::{FormatError, Key, Prints, QuoteSettings, Quotes, Settings, SettingsError, Sketch};

use crate::assemble::LoadError;

/// The files that a pack names.
pub trait Files {
    /// The bytes of one.
    ///
    /// # Errors
    /// It is not there, or cannot be read.
    fn read(&self, name: &str) -> io::Result<Vec<u8>>;
}

/// Those of a bundle, and no others.
impl Files for Contents {
    fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        let file = self.files.get(name);
        Ok(file.ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?.0.clone())
    }
}

/// What runs models that find names.
pub trait NameModels: Sync {
    /// A model of its three files: graph, tokenizer and configuration.
    ///
    /// # Errors
    /// When they are no model.
    fn load(
        &self,
        named: &NameModel,
        files: [&[u8]; 3],
    ) -> Result<Arc<dyn Recogniser>, Box<dyn std::error::Error + Send + Sync>>;
}

/// Names of the files that the detectors of a pack are made from, its model among them.
#[must_use]
pub fn files(compiled: &Compiled) -> Vec<String> {
    let of_detectors = compiled
        .file_detectors()
        .flat_map(|detector| [detector.file.clone(), detector.key.clone()]);
    let of_model = compiled.name_model().into_iter();
    of_detectors
        .chain(of_model.flat_map(|model| MODEL.map(|file| format!("{}/{file}", model.directory))))
        .collect()
}

/// A pack under the names that the contents of its files give it, and what those are. A file that cannot be read has none:
/// it is told of where it is loaded.
#[must_use]
pub fn named_by_files(compiled: Compiled, beside: &dyn Files) -> (Compiled, BTreeMap<String, String>) {
    let of_file = |name: String| {
        let bytes = beside.read(&name).ok()?;
        Some((name, hex::encode(digest::digest(&digest::SHA256, &bytes))))
    };
    let digests = files(&compiled).into_iter().filter_map(of_file).collect();
    (compiled.with_files(&digests), digests)
}

/// The files of a model.
const MODEL: [&str; 3] = ["model.onnx", "tokenizer.json", "config.json"];

/// Reads the files of a pack's detectors, and its model.
pub(crate) fn load(
    compiled: &Compiled,
    beside: &dyn Files,
    names: &dyn NameModels,
) -> Result<Vec<Arc<dyn Recogniser>>, LoadError> {
    let mut voices = Vec::new();
    let mut faults = Vec::new();
    for (number, detector) in compiled.file_detectors().enumerate() {
        match file_detector(detector, beside) {
            Ok(voice) => voices.push(voice),
            Err(Fault { key, message, help }) => faults.extend(compiled.file_fault(number, key, message, help)),
        }
    }
    if !faults.is_empty() {
        return Err(LoadError::Invalid(Diagnostics(faults)));
    }
    if let Some(model) = compiled.name_model() {
        voices.push(name_model(model, beside, names)?);
    }
    Ok(voices)
}

/// What is wrong with the files of a detector.
struct Fault {
    /// The key in the pack whose value is to blame.
    key: &'static str,
    message: String,
    help: Option<String>,
}

impl Fault {
    fn new(key: &'static str, message: String) -> Self {
        Self {
            key,
            message,
            help: None,
        }
    }

    fn unread(key: &'static str, name: &str, error: &io::Error) -> Self {
        Self {
            help: (error.kind() == io::ErrorKind::NotFound).then(|| "put it beside the pack".to_owned()),
            ..Self::new(key, format!("cannot read `{name}`: {error}"))
        }
    }
}

fn file_detector(named: &FileDetector, beside: &dyn Files) -> Result<Arc<dyn Recogniser>, Fault> {
    let kind = named.ask.key();
    let file = beside
        .read(&named.file)
        .map_err(|error| Fault::unread(kind, &named.file, &error))?;
    let key = beside
        .read(&named.key)
        .map_err(|error| Fault::unread("key", &named.key, &error))?;
    let key = std::str::from_utf8(&key).ok().and_then(|text| Key::parse(text).ok());
    let key = key.ok_or_else(|| Fault::new("key", format!("`{}` holds no key", named.key)))?;
    let unusable = |error: FormatError| Fault::new(kind, format!("`{}` cannot be used: {error}", named.file));
    let voice: Arc<dyn Recogniser> = match &named.ask {
        Ask::Sketch {
            columns,
            together,
            distance,
            alone,
        } => {
            let sketch = Sketch::read(&file, &key).map_err(unusable)?;
            let settings = Settings {
                data_type: named.data_type.clone(),
                columns: columns.clone(),
                together: *together,
                distance: *distance,
                alone: *alone,
            };
            Arc::new(weir_sketch::Voice::new(sketch, settings).map_err(|error| unfit(&error))?)
        }
        Ask::Fingerprints { length, share } => {
            let settings = QuoteSettings {
                data_type: named.data_type.clone(),
                length: *length,
                share: *share,
            };
            Arc::new(Quotes::new(Prints::read(&file, &key).map_err(unusable)?, settings))
        }
    };
    Ok(voice)
}

fn unfit(error: &SettingsError) -> Fault {
    let key = match error {
        SettingsError::Column(_) => "columns",
        SettingsError::Rows | SettingsError::Together { .. } => "together",
    };
    Fault::new(key, error.to_string())
}

fn name_model(named: &NameModel, beside: &dyn Files, names: &dyn NameModels) -> Result<Arc<dyn Recogniser>, LoadError> {
    let file = |name: &str| {
        let name = format!("{}/{name}", named.directory);
        let path = name.as_str().into();
        beside.read(&name).map_err(|source| LoadError::Read { path, source })
    };
    let [graph, tokenizer, config] = MODEL.map(file);
    let (graph, tokenizer, config) = (graph?, tokenizer?, config?);
    let model = names.load(named, [&graph, &tokenizer, &config]);
    model.map_err(|source| LoadError::Model {
        directory: named.directory.clone(),
        source,
    })
}
