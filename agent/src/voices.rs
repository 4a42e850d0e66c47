//! The voices that a pack brings: a model for names, real values by their digests. Their files are read here.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

use aws_lc_rs::digest;
use weir_bundle::Contents;
use weir_detect::Recogniser;
use weir_ner::{Labels, Model, ModelFiles};
use weir_policy::{Ask, Compiled, Diagnostics, FileDetector, NameModel};
use weir_sketch::{FormatError, Key, Prints, QuoteSettings, Quotes, Settings, SettingsError, Sketch};

use crate::in_force::LoadError;

/// Where the files are that a pack names.
#[derive(Clone, Copy)]
pub(crate) enum Beside<'a> {
    /// In the folder of the pack; a pack that comes with Weir has none.
    Folder(Option<&'a Path>),
    /// In the bundle, and nowhere else.
    Bundle(&'a Contents),
}

impl Beside<'_> {
    pub(crate) fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        let missing = || io::Error::from(io::ErrorKind::NotFound);
        match self {
            Beside::Folder(folder) => fs::read(folder.ok_or_else(missing)?.join(name)),
            Beside::Bundle(contents) => Ok(contents.files.get(name).ok_or_else(missing)?.0.clone()),
        }
    }
}

/// Names of the files that the detectors of a pack are made from, its model among them.
pub(crate) fn files(compiled: &Compiled) -> Vec<String> {
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
pub(crate) fn named_by_files(compiled: Compiled, beside: Beside<'_>) -> (Compiled, BTreeMap<String, String>) {
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
pub(crate) fn load(compiled: &Compiled, beside: Beside<'_>) -> Result<Vec<Arc<dyn Recogniser>>, LoadError> {
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
        voices.push(name_model(model, beside)?);
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

fn file_detector(named: &FileDetector, beside: Beside<'_>) -> Result<Arc<dyn Recogniser>, Fault> {
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

/// The model in a folder beside the pack, or in the bundle under the same names.
fn name_model(named: &NameModel, beside: Beside<'_>) -> Result<Arc<dyn Recogniser>, LoadError> {
    let directory = match beside {
        Beside::Folder(folder) => folder.unwrap_or(Path::new("")).join(&named.directory),
        Beside::Bundle(_) => named.directory.clone().into(),
    };
    let file = |name: &str| {
        let read = beside.read(&format!("{}/{name}", named.directory));
        read.map_err(|source| LoadError::Read {
            path: directory.join(name),
            source,
        })
    };
    let [graph, tokenizer, config] = MODEL.map(file);
    let (graph, tokenizer, config) = (graph?, tokenizer?, config?);
    let labels = match named.labels.is_empty() {
        true => Labels::default(),
        false => Labels::new(named.labels.clone()),
    };
    let files = ModelFiles {
        graph: &graph,
        tokenizer: &tokenizer,
        config: &config,
    };
    let model = Model::load(files, &labels).map_err(|source| LoadError::Model {
        directory: directory.clone(),
        source: Box::new(source),
    })?;
    Ok(Arc::new(model))
}
