//! SARIF 2.1.0, for editors and code hosts. Holds places and rules, never the text at the place.

use std::path::{Component, Path};

use serde_sarif::sarif::{
    ArtifactLocation, Location, Message, MultiformatMessageString, PhysicalLocation, Region, ReportingDescriptor,
    Result as SarifResult, ResultLevel, Run, Sarif, Tool, ToolComponent,
};

/// One thing to report.
pub(crate) struct Item {
    pub(crate) rule: String,
    pub(crate) level: ResultLevel,
    pub(crate) message: String,
    pub(crate) file: String,
    /// Line and column; `None` in files that have no lines.
    pub(crate) start: Option<(u32, u32)>,
    /// Line and column behind the end; `None` where only the start is known.
    pub(crate) end: Option<(u32, u32)>,
}

/// A rule that items name.
pub(crate) struct Rule {
    pub(crate) id: String,
    pub(crate) text: String,
    /// A page that says more: a path in the repository, with the heading.
    pub(crate) page: Option<String>,
}

/// The whole report.
pub(crate) fn sarif(rules: &[Rule], items: &[Item]) -> Sarif {
    let descriptors: Vec<ReportingDescriptor> = rules
        .iter()
        .map(|rule| {
            let text = MultiformatMessageString::builder().text(rule.text.clone()).build();
            let mut descriptor = ReportingDescriptor::builder()
                .id(rule.id.clone())
                .short_description(text)
                .build();
            let repository = env!("CARGO_PKG_REPOSITORY");
            descriptor.help_uri = rule.page.as_ref().map(|page| format!("{repository}/blob/main/{page}"));
            descriptor
        })
        .collect();
    let driver = ToolComponent::builder()
        .name("weir")
        .version(env!("CARGO_PKG_VERSION"))
        .information_uri(env!("CARGO_PKG_REPOSITORY"))
        .rules(descriptors)
        .build();
    let results: Vec<SarifResult> = items.iter().map(|item| result(item, rules)).collect();
    let run = Run::builder()
        .tool(Tool::builder().driver(driver).build())
        .column_kind(serde_json::Value::from("unicodeCodePoints"))
        .results(results)
        .build();
    Sarif::builder()
        .schema("https://json.schemastore.org/sarif-2.1.0.json")
        .version(serde_json::Value::from("2.1.0"))
        .runs(vec![run])
        .build()
}

fn result(item: &Item, rules: &[Rule]) -> SarifResult {
    let mut location = PhysicalLocation::builder()
        .artifact_location(ArtifactLocation::builder().uri(uri(&item.file)).build())
        .build();
    location.region = region(item);
    let mut result = SarifResult::builder()
        .rule_id(item.rule.clone())
        .level(item.level)
        .message(Message::builder().text(item.message.clone()).build())
        .locations(vec![Location::builder().physical_location(location).build()])
        .build();
    result.rule_index = rules
        .iter()
        .position(|rule| rule.id == item.rule)
        .and_then(|index| i64::try_from(index).ok());
    result
}

fn region(item: &Item) -> Option<Region> {
    let (line, column) = item.start?;
    let mut region = Region::builder()
        .start_line(i64::from(line))
        .start_column(i64::from(column))
        .build();
    if let Some((line, column)) = item.end {
        region.end_line = Some(i64::from(line));
        region.end_column = Some(i64::from(column));
    }
    Some(region)
}

/// A path as a URI reference: relative stays relative, to be read from the root of the repository.
fn uri(file: &str) -> String {
    let path = Path::new(file);
    let mut parts = Vec::new();
    for component in path.components() {
        match component {
            Component::Normal(part) => parts.push(escape(&part.to_string_lossy())),
            Component::ParentDir => parts.push("..".to_owned()),
            Component::Prefix(prefix) => parts.push(escape(&prefix.as_os_str().to_string_lossy())),
            Component::CurDir | Component::RootDir => {}
        }
    }
    let joined = parts.join("/");
    if path.is_absolute() {
        format!("file:///{joined}")
    } else {
        joined
    }
}

fn escape(part: &str) -> String {
    use std::fmt::Write;
    let mut escaped = String::with_capacity(part.len());
    for byte in part.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(escaped, "%{byte:02X}");
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::uri;

    #[test]
    fn paths_become_uris() {
        assert_eq!(uri("a b/ü.txt"), "a%20b/%C3%BC.txt");
        assert_eq!(uri("./notes.txt"), "notes.txt");
        #[cfg(unix)]
        assert_eq!(uri("/tmp/notes.txt"), "file:///tmp/notes.txt");
    }
}
