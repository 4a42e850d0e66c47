//! From files to what is in force: pack, its parents, the catalogue.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use weir_assembly::{CatalogueTexts, Files, named_by_files, put_together, with_detectors};
use weir_ner::Models;
use weir_policies::Embedded;
use weir_policy::{Catalogue, Compiled, Mutant, RegoEngine, Source, WithRego};
use weir_wire::PolicyTexts;

pub use weir_assembly::{LoadError, Loaded, Ready, known_types};

use crate::rego;

/// The files in the folder of a pack; a pack that comes with Weir has none.
pub(crate) struct Beside<'a>(pub(crate) Option<&'a Path>);

impl Files for Beside<'_> {
    fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        let folder = self.0.ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
        fs::read(folder.join(name))
    }
}

/// The pack that is in force when none is named.
pub const DEFAULT_PACK: &str = "weir/baseline";

/// Reads the pack (default: [`DEFAULT_PACK`]) against the built-in catalogue and the service files of a directory.
///
/// # Errors
/// When a file cannot be read or has errors.
pub fn load(pack: Option<&Path>, extra_catalogue: Option<&Path>) -> Result<Loaded, LoadError> {
    let read = read_policy(pack, extra_catalogue)?;
    let ready = with_detectors(read.compiled, &Beside(read.beside.as_deref()), &Models)?;
    put_together(ready, read.catalogue, read.texts)
}

/// A pack with all it is made from, compiled without its detectors.
pub(crate) struct Read {
    pub(crate) texts: PolicyTexts,
    pub(crate) compiled: Compiled,
    pub(crate) catalogue: Catalogue,
    /// The directory that the pack stands in.
    pub(crate) beside: Option<PathBuf>,
}

/// Reads a pack, everything it extends, and the catalogue.
///
/// # Errors
/// As [`load`].
pub(crate) fn read_policy(pack: Option<&Path>, extra_catalogue: Option<&Path>) -> Result<Read, LoadError> {
    let files = catalogue_texts(extra_catalogue)?;
    let catalogue = files.parse()?;
    let (source, beside) = source_of(pack)?;
    let parents = RefCell::new(BTreeMap::new());
    let library = |name: &str| {
        let parent = parent(name, beside.as_deref())?;
        parents.borrow_mut().insert(name.to_owned(), parent.text.clone());
        Some(parent)
    };
    let compiled = compiled(&source, &library, &catalogue)?;
    let (compiled, files_beside) = named_by_files(compiled, &Beside(beside.as_deref()));
    let file = Path::new(&source.name).file_name().unwrap_or_default();
    let name = file.to_string_lossy().into_owned();
    let mut packs = parents.into_inner();
    packs.insert(name.clone(), source.text);
    let texts = PolicyTexts {
        pack: name,
        packs,
        catalogue: files.into_paths(),
        files: files_beside,
    };
    Ok(Read {
        texts,
        compiled,
        catalogue,
        beside,
    })
}

/// Compiles one pack with its detectors.
///
/// # Errors
/// As [`load`].
pub fn compile(pack: Option<&Path>, catalogue: &Catalogue, rego: &dyn RegoEngine) -> Result<Ready, LoadError> {
    let (source, beside) = source_of(pack)?;
    let library = |name: &str| parent(name, beside.as_deref());
    let library = WithRego::new(&library, rego);
    let compiled = weir_policy::compile(&source, &library, catalogue).map_err(LoadError::Invalid)?;
    let (compiled, _) = named_by_files(compiled, &Beside(beside.as_deref()));
    with_detectors(compiled, &Beside(beside.as_deref()), &Models)
}

/// All packs that are weaker than this one by one change, compiled.
///
/// # Errors
/// As [`load`].
pub fn mutants(pack: &Path, catalogue: &Catalogue, rego: &dyn RegoEngine) -> Result<Vec<Mutant>, LoadError> {
    let (source, beside) = source_of(Some(pack))?;
    let library = |name: &str| parent(name, beside.as_deref());
    weir_policy::mutants(&source, &WithRego::new(&library, rego), catalogue).map_err(LoadError::Invalid)
}

/// A pack with its rules, out of texts.
fn compiled(
    pack: &Source,
    library: &dyn Fn(&str) -> Option<Source>,
    catalogue: &Catalogue,
) -> Result<Compiled, LoadError> {
    weir_policy::compile(pack, &WithRego::new(library, rego::apart()), catalogue).map_err(LoadError::Invalid)
}

/// The text of a pack, and the directory its parents are looked for in. A pack may be named as `extends` names it.
pub(crate) fn source_of(pack: Option<&Path>) -> Result<(Source, Option<PathBuf>), LoadError> {
    let built_in = match pack {
        None => Some(DEFAULT_PACK),
        Some(path) => path.to_str().filter(|name| name.starts_with("weir/") && !path.exists()),
    };
    if let Some((name, text)) = built_in.and_then(|name| Some((name, weir_policies::pack(name)?))) {
        return Ok((Source::new(name, text), None));
    }
    let path = pack.unwrap_or(Path::new(DEFAULT_PACK));
    Ok((read(path)?, path.parent().map(Path::to_owned)))
}

/// The built-in catalogue, with the service files of a directory, the shapes of its folder `shapes` and the tenant schemes
/// of its folder `tenant-control`: a file with a built-in name replaces that one.
///
/// # Errors
/// As [`load`].
pub fn catalogue(extra: Option<&Path>) -> Result<Catalogue, LoadError> {
    catalogue_texts(extra)?.parse()
}

/// The built-in files of the catalogue, with those of a directory.
pub(crate) fn catalogue_texts(extra: Option<&Path>) -> Result<CatalogueTexts, LoadError> {
    let folder = |name: &str| extra.map(|dir| dir.join(name)).filter(|dir| dir.is_dir());
    let directory = |dir: Option<&Path>| dir.map(read_directory).transpose().map(Option::unwrap_or_default);
    let schemes = directory(folder("tenant-control").as_deref())?;
    Ok(CatalogueTexts {
        services: replaced(weir_policies::services(), directory(extra)?),
        shapes: replaced(weir_policies::shapes(), directory(folder("shapes").as_deref())?),
        providers: providers(),
        schemes: replaced(weir_policies::tenant_schemes(), schemes),
    })
}

/// The built-in service files and these, which keep their paths as names; one with a built-in name replaces that one.
///
/// # Errors
/// When a file cannot be read.
pub fn sources(files: &[PathBuf]) -> Result<Vec<Source>, LoadError> {
    let read: Vec<Source> = files.iter().map(|file| read(file)).collect::<Result<_, _>>()?;
    let is_replaced = |name: &str| {
        files
            .iter()
            .any(|file| file.file_name().is_some_and(|file| file == name))
    };
    let mut sources = built_in(weir_policies::services().filter(|file| !is_replaced(file.name)));
    sources.extend(read);
    Ok(sources)
}

/// Service files with the built-in shapes and providers.
///
/// # Errors
/// As [`load`].
pub fn parse(services: &[Source]) -> Result<Catalogue, LoadError> {
    Catalogue::parse(services, &built_in(weir_policies::shapes()), &providers()).map_err(LoadError::Invalid)
}

fn providers() -> Vec<Source> {
    built_in(weir_policies::providers())
}

fn built_in(files: impl Iterator<Item = Embedded>) -> Vec<Source> {
    files.map(|file| Source::new(file.name, file.text)).collect()
}

fn replaced(files: impl Iterator<Item = Embedded>, extra: Vec<Source>) -> Vec<Source> {
    let mut sources = built_in(files.filter(|file| extra.iter().all(|source| source.name != file.name)));
    sources.extend(extra);
    sources
}

/// A pack named by `extends`: built in, or a file beside the one that names it.
pub(crate) fn parent(name: &str, beside: Option<&Path>) -> Option<Source> {
    if let Some(text) = weir_policies::pack(name) {
        return Some(Source::new(name, text));
    }
    let is_plain_name = !name.is_empty() && Path::new(name).components().count() == 1 && !name.starts_with('.');
    let path = beside.filter(|_| is_plain_name)?.join(name);
    [path.clone(), path.with_added_extension("yaml")]
        .iter()
        .find_map(|path| read(path).ok())
}

fn read(path: &Path) -> Result<Source, LoadError> {
    let text = fs::read_to_string(path).map_err(|source| LoadError::Read {
        path: path.to_owned(),
        source,
    })?;
    Ok(Source::new(path.display().to_string(), text))
}

fn read_directory(dir: &Path) -> Result<Vec<Source>, LoadError> {
    let failed = |source| LoadError::Read {
        path: dir.to_owned(),
        source,
    };
    let mut sources = Vec::new();
    for entry in fs::read_dir(dir).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.extension().is_some_and(|extension| extension == "yaml") {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            sources.push(Source::new(name, read(&path)?.text));
        }
    }
    sources.sort_by(|one, two| one.name.cmp(&two.name));
    Ok(sources)
}

#[cfg(test)]
mod tests {
    use super::{load, read_policy};
    use crate::rego;
    use weir_assembly::compile_texts;

    #[test]
    fn what_comes_with_weir_loads() {
        let loaded = load(None, None).unwrap_or_else(|error| panic!("{error}"));
        assert!(loaded.diagnostics.is_empty(), "{:?}", loaded.diagnostics);
        assert!(
            loaded
                .in_force
                .policy
                .intercepted_hosts()
                .iter()
                .any(|host| host == "chatgpt.com")
        );
    }

    #[test]
    fn what_is_in_the_files_of_a_pack_names_it() {
        let dir = tempfile::tempdir().unwrap();
        let pack = dir.path().join("acme.yaml");
        std::fs::create_dir(dir.path().join("names")).unwrap();
        std::fs::write(
            &pack,
            "pack: {name: acme, version: 1.0.0}\nclassification: {exact_match: [a.weirsketch], name_model: {directory: names}}\n",
        )
        .unwrap();
        let mut seen = std::collections::BTreeSet::new();
        for file in [
            "a.weirsketch",
            "a.weirkey",
            "names/model.onnx",
            "names/tokenizer.json",
            "names/config.json",
        ] {
            std::fs::write(dir.path().join(file), file).unwrap();
            let read = read_policy(Some(&pack), None).unwrap_or_else(|error| panic!("{error}"));
            let policy = &read.compiled.policy;
            assert!(seen.insert(policy.bundle().digest.clone()), "{file}");
            assert!(seen.insert(policy.detectors().to_owned()), "{file}");
            // What is kept for replays names the same, without the files.
            let (kept, _) = compile_texts(&read.texts, rego::apart()).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(
                (kept.policy.bundle(), kept.policy.detectors()),
                (policy.bundle(), policy.detectors())
            );
        }
        assert_eq!(seen.len(), 10);
    }

    #[test]
    fn a_pack_may_extend_a_file_beside_it_and_nothing_further_away() {
        let dir = tempfile::tempdir().unwrap();
        let pack = |name: &str, extends: &str| {
            let path = dir.path().join(name);
            let text = format!("pack: {{name: {name}, version: 1.0.0, extends: [{extends}]}}\n");
            std::fs::write(&path, text).unwrap();
            path
        };
        pack("mine.yaml", "weir/baseline");
        let good = pack("child.yaml", "mine");
        assert!(load(Some(&good), None).is_ok());
        let bad = pack("escape.yaml", "../../etc/passwd");
        assert!(load(Some(&bad), None).is_err());
    }
}
