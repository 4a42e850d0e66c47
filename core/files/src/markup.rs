//! The text of XML, by pulling: no tree, so no depth, and no entities but the five of XML itself.
//!
//! A value that an editor cut into several runs must come out in one piece. So only ends of paragraphs, cells and rows
//! separate, and whatever stands *beside* the running text (attributes, field codes, text boxes, notes, what a tracked
//! change removed) goes into a piece of its own.

use crate::reading::Reading;
use crate::{Unreadable, charset};
use quick_xml::Reader;
use quick_xml::events::attributes::Attribute;
use quick_xml::events::{BytesStart, Event};

/// Which text of a file counts as its running text.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rules {
    /// Office Open XML: text stands in certain elements, the rest is layout.
    Office,
    /// OpenDocument: all text counts; tabs, breaks and repeated spaces are elements.
    OpenDocument,
    /// Parts of packages that hold values: all text, each element a line of its own; attributes in which people write.
    Values,
    /// Any XML: as values, with every attribute.
    Any,
}

/// What a file of XML says.
#[derive(Default)]
pub(crate) struct Markup {
    /// The running text.
    pub(crate) text: String,
    /// The same with tracked changes undone, where there are any.
    pub(crate) before_changes: String,
    /// Text boxes, notes, field codes.
    pub(crate) aside: String,
    /// Texts in attributes, one a line.
    pub(crate) attributes: String,
    /// Comments and instructions.
    pub(crate) comments: String,
    /// The file broke off or broke the rules of XML; the text up to there is kept.
    pub(crate) damaged: bool,
}

impl Markup {
    /// Adds the parts under one place.
    pub(crate) fn add_to(self, reading: &mut Reading, place: &str) {
        reading.add(place, self.text);
        reading.add(&format!("{place} before changes"), self.before_changes);
        reading.add(&format!("{place} aside"), self.aside);
        reading.add(&format!("{place} attributes"), self.attributes);
        reading.add(&format!("{place} comments"), self.comments);
        if self.damaged {
            reading.note(Unreadable::Damaged);
        }
    }
}

/// A file that is XML and nothing we know better.
pub(crate) fn file(bytes: &[u8], reading: &mut Reading) {
    read(&decode(bytes), Rules::Any, reading).add_to(reading, "text");
    reading.source("", bytes);
}

/// XML says its own character set, unless a mark does.
pub(crate) fn decode(bytes: &[u8]) -> String {
    let head = bytes.get(..200).unwrap_or(bytes);
    let declared = String::from_utf8_lossy(head);
    let label = declared
        .split_once("encoding=")
        .and_then(|(_, rest)| rest.get(1..)?.split(['"', '\'']).next());
    // A declaration that can be read byte by byte is not UTF-16, whatever it says.
    let label = label.filter(|label| !label.to_ascii_lowercase().starts_with("utf-16"));
    charset::decode_as(bytes, label)
}

/// Reads XML to its end or to the first error. Facts about labels go to `reading` on the way.
pub(crate) fn read(xml: &str, rules: Rules, reading: &mut Reading) -> Markup {
    let mut walk = Walk::new(rules, reading);
    let mut reader = Reader::from_str(xml);
    lenient(&mut reader);
    loop {
        match reader.read_event() {
            Ok(Event::Start(element)) => walk.start(&element),
            Ok(Event::End(element)) => walk.end(local(element.name().into_inner())),
            Ok(Event::Text(text)) => walk.characters(&text),
            Ok(Event::CData(text)) => walk.characters(&text),
            Ok(Event::GeneralRef(reference)) => walk.characters(&resolve(&reference)),
            Ok(Event::Comment(text) | Event::DocType(text)) => line(&mut walk.found.comments, &text),
            Ok(Event::PI(instruction)) => line(&mut walk.found.comments, instruction.content()),
            Ok(_) => {}
            Err(_) => {
                walk.found.damaged = true;
                break;
            }
        }
        if matches!(reader.buffer_position(), position if position >= xml.len() as u64) {
            break;
        }
    }
    walk.finish()
}

/// Files are read for their text, not checked: a mismatched tag is no reason to stop.
pub(crate) fn lenient(reader: &mut Reader<&[u8]>) {
    let config = reader.config_mut();
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    config.allow_dangling_amp = true;
    config.expand_empty_elements = true;
}

/// `&lt;`, `&#52;`; any other name is kept as it stands, never expanded.
pub(crate) fn resolve(reference: &quick_xml::events::BytesRef<'_>) -> String {
    if let Ok(Some(character)) = reference.resolve_char_ref() {
        return character.to_string();
    }
    match quick_xml::escape::resolve_predefined_entity(reference) {
        Some(text) => text.to_owned(),
        None => format!("&{};", &**reference),
    }
}

/// An attribute by local name.
pub(crate) fn attribute(element: &BytesStart<'_>, name: &str) -> Option<String> {
    attributes(element)
        .find(|(found, _)| found == name)
        .map(|(_, value)| value)
}

/// Local names and values. Not checked for doubles, which would take quadratic time.
pub(crate) fn attributes(element: &BytesStart<'_>) -> impl Iterator<Item = (String, String)> {
    let mut all = element.attributes();
    all.with_checks(false);
    let is_written = |attribute: &Attribute<'_>| !attribute.key.as_ref().starts_with("xmlns");
    all.flatten().filter(is_written).map(|attribute| {
        let name = attribute.key.local_name().into_inner().to_owned();
        let value = match attribute.normalized_value(quick_xml::XmlVersion::Implicit1_0) {
            Ok(value) => value.into_owned(),
            Err(_) => attribute.value.clone().into_owned(),
        };
        (name, value)
    })
}

pub(crate) fn line(to: &mut String, text: &str) {
    if !text.trim().is_empty() {
        to.push_str(text);
        to.push('\n');
    }
}

/// Attributes in which people write, in Office Open XML and OpenDocument. Others say how things look.
const WRITTEN: &[&str] = &[
    "alt",
    "author",
    "creator",
    "descr",
    "displayText",
    "formula",
    "href",
    "instr",
    "lastValue",
    "prompt",
    "promptTitle",
    "string",
    "string-value",
    "title",
    "tooltip",
    "userId",
    "value",
];

/// Elements of Office Open XML whose text is running text: `t` everywhere, `v` in charts, `text` in threaded comments.
const OFFICE_TEXT: &[&str] = &["t", "v", "text", "delText", "instrText", "delInstrText"];

/// Elements that hold what stands beside the running text, though they lie within it.
const ASIDES: &[&str] = &[
    "txbxContent",
    "annotation",
    "note",
    "text-box",
    "tracked-changes",
    "desc",
    "instrText",
    "delInstrText",
];

/// Elements within a line, in XML of unknown kind.
const INLINE: &[&str] = &[
    "a", "b", "i", "u", "s", "em", "strong", "span", "tspan", "font", "sub", "sup", "r", "t", "run", "emphasis",
    "phrase", "bold", "italic", "li",
];

/// A part of a number format in OpenDocument, and the one name that needs its prefix: `office:text` is a whole document.
const NUMBER_TEXT: &str = "number:text";

/// A name without its prefix.
fn local(name: &str) -> &str {
    match name.split_once(':') {
        Some((_, local)) if name != NUMBER_TEXT => local,
        _ => name,
    }
}

struct Walk<'a> {
    rules: Rules,
    reading: &'a mut Reading,
    found: Markup,
    /// Running texts interrupted by an aside, the current one last.
    texts: Vec<String>,
    /// The elements that interrupted them.
    asides: Vec<String>,
    in_paragraph: u32,
    in_text: u32,
    in_deleted: u32,
    in_inserted: u32,
    has_changes: bool,
    /// The label property whose value comes next.
    property: Option<String>,
}

/// Asides within asides that are kept apart; deeper ones flow into the last.
const MAX_ASIDES: usize = 64;

impl<'a> Walk<'a> {
    fn new(rules: Rules, reading: &'a mut Reading) -> Self {
        Self {
            rules,
            reading,
            found: Markup::default(),
            texts: vec![String::new()],
            asides: Vec::new(),
            in_paragraph: 0,
            in_text: 0,
            in_deleted: 0,
            in_inserted: 0,
            has_changes: false,
            property: None,
        }
    }

    fn start(&mut self, element: &BytesStart<'_>) {
        let name = local(element.name().into_inner());
        self.labels(name, element);
        self.take_attributes(element);
        if self.is_aside(name) && self.texts.len() < MAX_ASIDES {
            self.asides.push(name.to_owned());
            self.texts.push(String::new());
        }
        match (self.rules, name) {
            (Rules::Office, "del" | "moveFrom") => self.in_deleted += 1,
            (Rules::Office, "ins" | "moveTo") => self.in_inserted += 1,
            (Rules::Office, "tab" | "ptab") | (Rules::OpenDocument, "tab") => self.push("\t"),
            (Rules::Office, "br" | "cr") | (Rules::OpenDocument, "line-break") => self.push("\n"),
            (Rules::Office, "noBreakHyphen") => self.push("-"),
            (Rules::OpenDocument, "s") => self.push(" "),
            (Rules::OpenDocument, "p" | "h") => self.in_paragraph += 1,
            _ => {}
        }
        if self.is_text(name) {
            self.in_text += 1;
        }
    }

    fn is_text(&self, name: &str) -> bool {
        match self.rules {
            Rules::Office => OFFICE_TEXT.contains(&name),
            Rules::OpenDocument => name == NUMBER_TEXT,
            Rules::Values | Rules::Any => false,
        }
    }

    fn end(&mut self, name: &str) {
        if self.is_text(name) {
            self.in_text = self.in_text.saturating_sub(1);
        }
        if matches!(name, "p" | "h") {
            self.in_paragraph = self.in_paragraph.saturating_sub(1);
        }
        match (self.rules, name) {
            (Rules::Office, "del" | "moveFrom") => self.in_deleted = self.in_deleted.saturating_sub(1),
            (Rules::Office, "ins" | "moveTo") => self.in_inserted = self.in_inserted.saturating_sub(1),
            (Rules::Any | Rules::Values, name) if INLINE.contains(&name) => {}
            (Rules::Any | Rules::Values, _) => self.break_line(),
            (_, "tc" | "table-cell" | "covered-table-cell") => self.end_cell(),
            (_, "tr" | "table-row") => self.end_row(),
            (_, "p" | "h" | "si" | "v" | "text" | "comment") => self.push("\n"),
            (Rules::OpenDocument, name) if !INLINE.contains(&name) && !is_inline_open_document(name) => {
                self.break_line();
            }
            _ => {}
        }
        if self.asides.last().is_some_and(|aside| aside == name) && self.texts.len() > 1 {
            self.asides.pop();
            let aside = self.texts.pop().unwrap_or_default();
            line(&mut self.found.aside, aside.trim_end_matches('\n'));
        }
        self.property = None;
    }

    /// Text boxes on slides are the running text; within a paragraph they interrupt it.
    fn is_aside(&self, name: &str) -> bool {
        let flows = matches!(self.rules, Rules::Office | Rules::OpenDocument);
        flows && ASIDES.contains(&name) && (name != "text-box" || self.in_paragraph > 0)
    }

    fn characters(&mut self, text: &str) {
        if let Some(property) = &self.property {
            self.reading.labels().property(property, text);
        }
        let layout = self.rules != Rules::Office && text.trim().is_empty() && text.contains('\n');
        let counts = match self.rules {
            Rules::Office => self.in_text > 0,
            Rules::OpenDocument => self.in_text == 0,
            Rules::Values | Rules::Any => true,
        };
        if counts && !layout {
            self.push(text);
        }
    }

    /// Adds to the running text, or to one of its two states where a change is tracked.
    fn push(&mut self, text: &str) {
        let running = self.texts.len() == 1;
        if running && (self.in_deleted > 0 || self.in_inserted > 0) && !self.has_changes {
            // From here on there are two texts with the same beginning.
            self.has_changes = true;
            self.found.before_changes = self.texts.first().cloned().unwrap_or_default();
        }
        if running && self.has_changes && self.in_inserted == 0 {
            self.found.before_changes.push_str(text);
        }
        if (!running || self.in_deleted == 0)
            && let Some(last) = self.texts.last_mut()
        {
            last.push_str(text);
        }
    }

    fn break_line(&mut self) {
        if self
            .texts
            .last()
            .is_some_and(|text| !text.is_empty() && !text.ends_with('\n'))
        {
            self.push("\n");
        }
    }

    /// A cell ends with its last paragraph's end, which is no end of a row.
    fn end_cell(&mut self) {
        self.drop_last('\n');
        self.push("\t");
    }

    fn end_row(&mut self) {
        self.drop_last('\t');
        self.push("\n");
    }

    fn drop_last(&mut self, separator: char) {
        for text in [self.texts.last_mut(), Some(&mut self.found.before_changes)]
            .into_iter()
            .flatten()
        {
            if text.ends_with(separator) {
                text.pop();
            }
        }
    }

    fn take_attributes(&mut self, element: &BytesStart<'_>) {
        for (name, value) in attributes(element) {
            let named = name == "name" && self.rules == Rules::Values;
            if named || self.rules == Rules::Any || WRITTEN.contains(&name.as_str()) {
                line(&mut self.found.attributes, &value);
            }
            self.reading.labels().property(&name, &value);
        }
    }

    /// Custom properties name the label in an attribute and say its value in an element below; XMP has an element named
    /// like the property; `LabelInfo.xml` has an element a label.
    fn labels(&mut self, name: &str, element: &BytesStart<'_>) {
        if name.starts_with("MSIP_Label_") || name.eq_ignore_ascii_case("msip_labels") {
            self.property = Some(name.to_owned());
        } else if name == "property" || name == "user-defined" {
            self.property = attribute(element, "name");
        } else if name == "label" {
            self.reading.labels().element(|name| attribute(element, name));
        }
    }

    fn finish(mut self) -> Markup {
        while self.texts.len() > 1 {
            let aside = self.texts.pop().unwrap_or_default();
            line(&mut self.found.aside, &aside);
        }
        self.found.text = self.texts.pop().unwrap_or_default();
        self.found
    }
}

/// Elements of OpenDocument within a paragraph: text goes on after them.
fn is_inline_open_document(name: &str) -> bool {
    name.starts_with("bookmark")
        || name.starts_with("reference-mark")
        || name.starts_with("change")
        || matches!(
            name,
            "s" | "tab"
                | "line-break"
                | "soft-page-break"
                | "note"
                | "annotation"
                | "annotation-end"
                | "frame"
                | "text-box"
                | "image"
                | "desc"
                | "title"
                | "date"
                | "time"
                | "page-number"
                | "placeholder"
                | "sequence"
                | "ruby-base"
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(xml: &str) -> Markup {
        read(xml, Rules::Office, &mut Reading::of(xml.len()))
    }

    #[test]
    fn runs_join_and_cells_part() {
        let found = words(
            "<w:p><w:r><w:t>4111 11</w:t></w:r><w:proofErr/><w:r><w:t xml:space='preserve'>11 1111&#32;1111</w:t></w:r></w:p>\
             <w:tbl><w:tr><w:tc><w:p><w:r><w:t>a</w:t></w:r></w:p></w:tc><w:tc><w:p/></w:tc><w:tc><w:p><w:r><w:t>c</w:t></w:r></w:p></w:tc></w:tr></w:tbl>",
        );
        assert_eq!(found.text, "4111 1111 1111 1111\na\t\tc\n");
        assert!(!found.damaged);
    }

    #[test]
    fn a_tracked_change_gives_both_texts() {
        let found = words(
            "<w:p><w:r><w:t>12</w:t></w:r><w:del w:author='Eve'><w:r><w:delText>34</w:delText></w:r></w:del>\
             <w:ins><w:r><w:t>99</w:t></w:r></w:ins><w:r><w:t>56</w:t></w:r></w:p>",
        );
        assert_eq!(found.text, "129956\n");
        assert_eq!(found.before_changes, "123456\n");
        assert_eq!(found.attributes, "Eve\n");
    }

    #[test]
    fn what_stands_beside_the_text_does_not_cut_it() {
        let found = words(
            "<w:p><w:r><w:t>41</w:t></w:r><w:r><w:pict><v:textpath string='CONFIDENTIAL'/><w:txbxContent><w:p><w:r><w:t>box</w:t></w:r></w:p></w:txbxContent></w:pict></w:r>\
             <w:r><w:instrText>HYPERLINK \"mailto:a@b.c\"</w:instrText></w:r><w:r><w:t>11</w:t></w:r></w:p>",
        );
        assert_eq!(found.text, "4111\n");
        assert!(found.aside.contains("box") && found.aside.contains("a@b.c"));
        assert_eq!(found.attributes, "CONFIDENTIAL\n");
    }

    #[test]
    fn entities_of_the_sender_are_not_expanded() {
        let xml = "<!DOCTYPE x [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'>]><x>&b;&amp;&#65;</x>";
        let found = read(xml, Rules::Any, &mut Reading::of(xml.len()));
        assert_eq!(found.text.trim(), "&b;&A");
    }
}
