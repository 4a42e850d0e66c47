//! Office files: packages of XML parts in a ZIP archive, in the two families Office Open XML and OpenDocument.
//!
//! Neighbours: `archive` opens the package and hands over its parts one by one. It must not know how archives are read.
//! Which part says what is told by its path; a part of unknown path is read as XML all the same.

mod sheet;

pub(crate) use sheet::SharedStrings;

use crate::FileKind;
use crate::markup::{self, Rules};
use crate::reading::Reading;

/// What kind of office file has parts of these names, if it is one.
pub(crate) fn kind<'a>(mut names: impl Iterator<Item = &'a str> + Clone, mimetype: Option<&[u8]>) -> Option<FileKind> {
    if let Some(mimetype) = mimetype {
        return open_document(mimetype);
    }
    if !names.clone().any(|name| name == "[Content_Types].xml") {
        return None;
    }
    names.find_map(|name| match name.split('/').next()? {
        "word" => Some(FileKind::Docx),
        "xl" => Some(FileKind::Xlsx),
        "ppt" => Some(FileKind::Pptx),
        _ => None,
    })
}

fn open_document(mimetype: &[u8]) -> Option<FileKind> {
    let rest = mimetype.strip_prefix(b"application/vnd.oasis.opendocument.")?;
    Some(match rest {
        rest if rest.starts_with(b"spreadsheet") => FileKind::Ods,
        rest if rest.starts_with(b"presentation") || rest.starts_with(b"graphics") => FileKind::Odp,
        _ => FileKind::Odt,
    })
}

/// What to do with a part, by its path.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// Strings that sheets point to; read before them.
    SharedStrings,
    /// A sheet of a workbook.
    Sheet,
    /// XML.
    Xml(Rules),
    /// A file inside the file: a picture, most often.
    Embedded,
    /// How things look, and nothing people wrote, if its bytes say so too.
    Layout,
    /// A program, which nobody reads here.
    Macros,
}

impl Part {
    pub(crate) fn of(kind: FileKind, path: &str) -> Self {
        let open_document = matches!(kind, FileKind::Odt | FileKind::Ods | FileKind::Odp);
        let file = path.rsplit('/').next().unwrap_or(path);
        let extension = file
            .rsplit_once('.')
            .map(|(_, extension)| extension.to_ascii_lowercase());
        match (path, extension.as_deref()) {
            ("layout-cache", _) => Self::Layout,
            (_, Some("odttf" | "fntdata" | "ttf")) => Self::Layout,
            _ if path.ends_with("vbaProject.bin") || path.starts_with("Basic/") => Self::Macros,
            _ if file.starts_with("printerSettings") => Self::Layout,
            _ if file.starts_with("itemProps") || (open_document && file == "settings.xml") => Self::Xml(Rules::Values),
            ("xl/sharedStrings.xml", _) => Self::SharedStrings,
            _ if path.starts_with("xl/worksheets/sheet") && extension.as_deref() == Some("xml") => Self::Sheet,
            ("meta.xml" | "META-INF/manifest.xml", _) if open_document => Self::Xml(Rules::Values),
            (_, Some("xml")) if open_document => Self::Xml(Rules::OpenDocument),
            (_, Some("xml" | "rels" | "vml" | "svg" | "rdf")) => Self::Xml(xml_rules(path)),
            _ => Self::Embedded,
        }
    }
}

/// Parts in which text is in runs; in all others each element is a value.
fn xml_rules(path: &str) -> Rules {
    let in_runs = path.starts_with("word/") || path.starts_with("ppt/") || path.starts_with("xl/");
    let values = path.ends_with(".rels") || path.ends_with("workbook.xml") || path.ends_with(".vml");
    if in_runs && !values {
        Rules::Office
    } else if path.starts_with("customXml/item") {
        // Data of other programs, which may write it into attributes.
        Rules::Any
    } else {
        Rules::Values
    }
}

/// Reads one part that is XML.
pub(crate) fn xml(path: &str, bytes: &[u8], rules: Rules, reading: &mut Reading) {
    let text = markup::decode(bytes);
    let mut found = markup::read(&text, rules, reading);
    if path.ends_with(".rels") {
        found.attributes = external_targets(&text);
    } else if !written_in_attributes(path) {
        found.attributes.clear();
    }
    found.add_to(reading, &place(path));
}

/// Reads one sheet of a workbook.
pub(crate) fn sheet(path: &str, bytes: &[u8], shared: &SharedStrings, reading: &mut Reading) {
    sheet::read(&markup::decode(bytes), shared, &place(path), reading);
}

/// Parts full of attributes that only say how things look, or which parts there are.
fn written_in_attributes(path: &str) -> bool {
    let layout = [
        "styles",
        "theme",
        "settings",
        "fontTable",
        "[Content_Types]",
        "webSettings",
        "numbering",
        "manifest",
        "tableStyles",
        "calcChain",
    ];
    let file = path.rsplit('/').next().unwrap_or(path);
    !layout.iter().any(|name| file.starts_with(name))
}

/// Where links lead that leave the file.
fn external_targets(xml: &str) -> String {
    let mut reader = quick_xml::Reader::from_str(xml);
    markup::lenient(&mut reader);
    let mut targets = String::new();
    while let Ok(event) = reader.read_event() {
        match event {
            quick_xml::events::Event::Start(element) if markup::attribute(&element, "TargetMode").is_some() => {
                markup::line(&mut targets, &markup::attribute(&element, "Target").unwrap_or_default());
            }
            quick_xml::events::Event::Eof => break,
            _ => {}
        }
    }
    targets
}

/// The place of a part in our own words: paths in a package are chosen by whoever wrote it.
pub(crate) fn place(path: &str) -> String {
    const WORDS: &[(&str, &str)] = &[
        ("document", "document"),
        ("content", "document"),
        ("header", "header"),
        ("footer", "footer"),
        ("footnotes", "footnotes"),
        ("endnotes", "endnotes"),
        ("threadedComment", "comments"),
        ("comment", "comments"),
        ("people", "people"),
        ("person", "people"),
        ("slideLayout", "slide layout"),
        ("slideMaster", "slide master"),
        ("notesSlide", "notes"),
        ("notesMaster", "notes master"),
        ("slide", "slide"),
        ("sheet", "sheet"),
        ("sharedStrings", "shared strings"),
        ("workbook", "workbook"),
        ("drawing", "drawing"),
        ("chart", "chart"),
        ("data", "diagram"),
        ("table", "table"),
        ("core", "properties"),
        ("app", "properties"),
        ("custom", "properties"),
        ("meta", "properties"),
        ("LabelInfo", "label"),
        ("styles", "styles"),
        ("settings", "settings"),
        ("glossary", "glossary"),
        ("item", "custom data"),
    ];
    let file = path.rsplit('/').next().unwrap_or(path);
    let links = file.ends_with(".rels");
    let file = file.trim_end_matches(".rels");
    let word = WORDS.iter().find(|(prefix, _)| file.starts_with(prefix));
    let word = word.map_or("part", |(_, word)| word);
    let number: String = file
        .split('.')
        .next()
        .unwrap_or_default()
        .chars()
        .filter(char::is_ascii_digit)
        .take(5)
        .collect();
    let mut place = word.to_owned();
    if !number.is_empty() {
        place.push(' ');
        place.push_str(&number);
    }
    if links {
        place.push_str(" links");
    }
    place
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_our_words() {
        assert_eq!(place("ppt/slides/slide12.xml"), "slide 12");
        assert_eq!(place("ppt/notesSlides/notesSlide3.xml"), "notes 3");
        assert_eq!(place("word/_rels/document.xml.rels"), "document links");
        assert_eq!(place("word/Max Mustermann.xml"), "part");
    }
}
