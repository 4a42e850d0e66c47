//! Sheets of a workbook: cells by rows, where most texts are numbers into a list of shared strings.

use crate::Unreadable;
use crate::markup;
use crate::reading::Reading;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

/// The strings that cells point to.
#[derive(Default)]
pub(crate) struct SharedStrings(Vec<String>);

impl SharedStrings {
    pub(crate) fn read(bytes: &[u8], reading: &mut Reading) -> Self {
        let text = markup::decode(bytes);
        let mut reader = Reader::from_str(&text);
        markup::lenient(&mut reader);
        let (mut strings, mut current, mut in_text, mut in_phonetic) = (Vec::new(), String::new(), false, false);
        loop {
            match reader.read_event() {
                Ok(Event::Start(element)) => match element.local_name().into_inner() {
                    "t" => in_text = !in_phonetic,
                    "rPh" => in_phonetic = true,
                    _ => {}
                },
                Ok(Event::End(element)) => match element.local_name().into_inner() {
                    "t" => in_text = false,
                    "rPh" => in_phonetic = false,
                    "si" => strings.push(std::mem::take(&mut current)),
                    _ => {}
                },
                Ok(Event::Text(text)) if in_text => current.push_str(&text),
                Ok(Event::CData(text)) if in_text => current.push_str(&text),
                Ok(Event::GeneralRef(reference)) if in_text => current.push_str(&markup::resolve(&reference)),
                Ok(Event::Eof) => break,
                Ok(_) => {}
                Err(_) => {
                    reading.note(Unreadable::Damaged);
                    break;
                }
            }
        }
        Self(strings)
    }
}

/// Reads one sheet into a piece of rows and one of what stands beside them (formulas, notes on input, headers of print).
pub(crate) fn read(xml: &str, shared: &SharedStrings, place: &str, reading: &mut Reading) {
    let mut rows = Rows {
        shared,
        text: String::new(),
        aside: String::new(),
        limit: reading.text_left(),
        cell: Cell::default(),
        within: Within::Nothing,
    };
    let mut reader = Reader::from_str(xml);
    markup::lenient(&mut reader);
    loop {
        match reader.read_event() {
            Ok(Event::Start(element)) => rows.start(&element),
            Ok(Event::End(element)) => rows.end(element.local_name().into_inner()),
            Ok(Event::Text(text)) => rows.characters(&text),
            Ok(Event::CData(text)) => rows.characters(&text),
            Ok(Event::GeneralRef(reference)) => rows.characters(&markup::resolve(&reference)),
            Ok(Event::Eof) => break,
            Ok(_) => {}
            Err(_) => {
                reading.note(Unreadable::Damaged);
                break;
            }
        }
        if rows.text.len() > rows.limit {
            break;
        }
    }
    reading.add(place, rows.text);
    reading.add(&format!("{place} aside"), rows.aside);
}

struct Rows<'a> {
    shared: &'a SharedStrings,
    text: String,
    aside: String,
    limit: usize,
    cell: Cell,
    within: Within,
}

#[derive(Default)]
struct Cell {
    kind: String,
    value: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Within {
    Nothing,
    Value,
    Aside,
}

impl Rows<'_> {
    fn start(&mut self, element: &BytesStart<'_>) {
        let name = element.local_name().into_inner();
        match name {
            "c" => {
                self.cell = Cell {
                    kind: markup::attribute(element, "t").unwrap_or_default(),
                    value: String::new(),
                }
            }
            "v" | "t" => self.within = Within::Value,
            "row" | "r" | "is" | "sheetData" => {}
            _ => {
                self.within = Within::Aside;
                for (name, value) in markup::attributes(element) {
                    if matches!(
                        name.as_str(),
                        "display" | "tooltip" | "location" | "prompt" | "promptTitle" | "error" | "errorTitle"
                    ) {
                        markup::line(&mut self.aside, &value);
                    }
                }
            }
        }
    }

    fn end(&mut self, name: &str) {
        match name {
            "c" => self.end_cell(),
            "row" => {
                if self.text.ends_with('\t') {
                    self.text.pop();
                }
                self.text.push('\n');
            }
            _ if self.within == Within::Aside && !self.aside.is_empty() && !self.aside.ends_with('\n') => {
                self.aside.push('\n');
            }
            _ => {}
        }
        self.within = Within::Nothing;
    }

    fn characters(&mut self, text: &str) {
        match self.within {
            Within::Value => self.cell.value.push_str(text),
            Within::Aside => self.aside.push_str(text),
            Within::Nothing => {}
        }
    }

    fn end_cell(&mut self) {
        let cell = std::mem::take(&mut self.cell);
        match cell.kind.as_str() {
            "s" => {
                let index: Option<usize> = cell.value.trim().parse().ok();
                let string = index.and_then(|index| self.shared.0.get(index));
                self.text.push_str(string.map(String::as_str).unwrap_or_default());
            }
            "" | "n" => self.text.push_str(&plain_number(&cell.value)),
            _ => self.text.push_str(&cell.value),
        }
        self.text.push('\t');
    }
}

/// Excel stores long numbers in powers of ten; people and detectors read their digits.
fn plain_number(text: &str) -> String {
    match text.parse::<f64>() {
        Ok(number) if text.contains(['e', 'E']) && number.abs() < 1e21 => format!("{number}"),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_by_rows_with_shared_strings_and_cached_values() {
        let mut reading = Reading::of(1000);
        let shared = SharedStrings::read(
            b"<sst><si><r><t>Anna </t></r><r><t>M&amp;r</t></r><rPh><t>no</t></rPh></si></sst>",
            &mut reading,
        );
        let xml = "<worksheet><sheetData><row r='1'><c r='A1' t='s'><v>0</v></c><c r='B1'><v>4.111111111111111E15</v></c>\
                   <c r='C1' t='inlineStr'><is><t>in</t></is></c></row><row><c t='str'><f>A1&amp;\"x\"</f><v>cached</v></c></row></sheetData>\
                   <headerFooter><oddHeader>CONFIDENTIAL</oddHeader></headerFooter></worksheet>";
        read(xml, &shared, "sheet 1", &mut reading);
        let file = reading.into_text(crate::FileKind::Xlsx);
        assert_eq!(file.pieces[0].text.expose(), "Anna M&r\t4111111111111111\tin\ncached\n");
        assert_eq!(file.pieces[1].text.expose(), "A1&\"x\"\nCONFIDENTIAL\n");
    }
}
