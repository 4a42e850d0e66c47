//! The packs and the catalogue that come with Weir, embedded.
//!
//! Neighbours: `core/policy` reads what this crate hands out, as text. Nothing is parsed here, and nothing of ours is
//! imported: a pack in a file and a pack in the binary take the same way.

use include_dir::{Dir, include_dir};

static PACKS: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/packs");
static EXAMPLES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/examples");
static CATALOGUE: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/catalogue");
static SCHEMA: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/schema");

/// One embedded file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Embedded {
    /// The name it is asked for by: `weir/baseline` for a pack, `chatgpt-web.yaml` for a catalogue file.
    pub name: &'static str,
    /// Its text.
    pub text: &'static str,
}

/// The packs, by the name `extends` uses: `weir/baseline`.
pub fn packs() -> impl Iterator<Item = (String, &'static str)> {
    yaml(&PACKS).map(|file| (format!("weir/{}", stem(file.name)), file.text))
}

/// One pack by that name.
#[must_use]
pub fn pack(name: &str) -> Option<&'static str> {
    packs().find(|(pack, _)| pack == name).map(|(_, text)| text)
}

/// Packs to start from, by the name of their file: `demo`.
pub fn examples() -> impl Iterator<Item = (&'static str, &'static str)> {
    yaml(&EXAMPLES).map(|file| (stem(file.name), file.text))
}

/// The services of the catalogue.
pub fn services() -> impl Iterator<Item = Embedded> {
    yaml(&CATALOGUE)
}

/// The shapes that routes of several services share.
pub fn shapes() -> impl Iterator<Item = Embedded> {
    CATALOGUE.get_dir("shapes").into_iter().flat_map(yaml)
}

/// The vendors' tenant headers, one scheme a file.
pub fn tenant_schemes() -> impl Iterator<Item = Embedded> {
    CATALOGUE.get_dir("tenant-control").into_iter().flat_map(yaml)
}

/// The providers of the catalogue.
pub fn providers() -> impl Iterator<Item = Embedded> {
    CATALOGUE.get_dir("providers").into_iter().flat_map(yaml)
}

/// The JSON Schema of packs, for editors.
#[must_use]
pub fn pack_schema() -> &'static str {
    schema("pack.schema.json")
}

/// The JSON Schema of what rules in Rego see.
#[must_use]
pub fn rego_input_schema() -> &'static str {
    schema("rego-input.schema.json")
}

/// The JSON Schema of services, shapes and providers, for editors.
#[must_use]
pub fn service_schema() -> &'static str {
    schema("service.schema.json")
}

fn schema(name: &str) -> &'static str {
    SCHEMA
        .get_file(name)
        .and_then(|file| file.contents_utf8())
        .unwrap_or_default()
}

/// The YAML files of one folder, by name, so that every build hands them out in the same order.
fn yaml(folder: &'static Dir<'static>) -> impl Iterator<Item = Embedded> {
    let mut files: Vec<Embedded> = folder
        .files()
        .filter(|file| file.path().extension().is_some_and(|extension| extension == "yaml"))
        .filter_map(|file| {
            Some(Embedded {
                name: file.path().file_name()?.to_str()?,
                text: file.contents_utf8()?,
            })
        })
        .collect();
    files.sort_by_key(|file| file.name);
    files.into_iter()
}

fn stem(name: &'static str) -> &'static str {
    name.strip_suffix(".yaml").unwrap_or(name)
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_file_is_handed_out() {
        assert!(super::packs().any(|(name, _)| name == "weir/baseline"));
        assert!(super::pack("weir/baseline").is_some());
        assert!(super::pack("weir/nothing").is_none());
        assert!(super::examples().any(|(name, _)| name == "demo"));
        assert!(super::providers().any(|file| file.name == "openai.yaml"));
        assert_eq!(super::tenant_schemes().count(), 10);
        assert!(super::shapes().any(|file| file.name == "openai_chat.yaml"));
        assert!(super::services().all(|file| !file.text.is_empty()));
        assert!(super::pack_schema().starts_with('{'));
        assert!(super::service_schema().starts_with('{'));
    }
}
