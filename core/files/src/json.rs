//! JSON and Jupyter notebooks.
//!
//! JSON is text as it stands; strings with escapes are said a second time without them, since an escape can hide a value.
//! A notebook is JSON whose strings are lines of cells: these are joined to what the author sees.

use crate::charset;
use crate::markup::line;
use crate::reading::Reading;
use serde_json::Value;

pub(crate) fn read(bytes: &[u8], reading: &mut Reading) {
    let text = charset::decode(bytes);
    let strings = escaped_strings(&text);
    reading.add("text", text);
    reading.add("strings", strings);
}

pub(crate) fn notebook(bytes: &[u8], reading: &mut Reading) {
    let text = charset::decode(bytes);
    // What does not parse (or is nested beyond what serde_json follows) is still text.
    let Ok(Value::Object(mut notebook)) = serde_json::from_str(&text) else {
        read(bytes, reading);
        return;
    };
    let mut cells = notebook.remove("cells").unwrap_or_default();
    let mut rest = String::new();
    for (index, cell) in cells.as_array_mut().into_iter().flatten().enumerate() {
        if !reading.entry() {
            break;
        }
        let place = format!("cell {}", index + 1);
        let mut take = |name: &str| cell.get_mut(name).map(Value::take).unwrap_or_default();
        // One word of the format.
        drop(take("cell_type"));
        reading.add(&place, joined(&take("source")));
        let mut output = String::new();
        strings(cell, &mut output);
        reading.add(&format!("{place} output"), output);
    }
    if !cells.is_array() {
        strings(&cells, &mut rest);
    }
    strings(&Value::Object(notebook), &mut rest);
    reading.add("properties", rest);
    reading.source("", bytes);
}

/// Notebooks write a text as one string, or as a list of its lines.
fn joined(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(lines) => lines.iter().filter_map(Value::as_str).collect(),
        _ => String::new(),
    }
}

/// All strings below a value. A list of strings is lines of one text.
fn strings(value: &Value, to: &mut String) {
    match value {
        Value::String(text) => line(to, text),
        Value::Array(items) if items.iter().all(Value::is_string) => line(to, &joined(value)),
        Value::Array(items) => items.iter().for_each(|item| strings(item, to)),
        Value::Object(fields) => fields
            .iter()
            .filter(|(name, _)| !name.starts_with("image/"))
            .for_each(|(_, item)| strings(item, to)),
        _ => {}
    }
}

/// The strings of a JSON text that have escapes, one a line. It need not be valid: logs have JSON by lines and pieces.
fn escaped_strings(text: &str) -> String {
    let mut found = String::new();
    let mut rest = text;
    while let Some(start) = rest.find('"') {
        let inner = rest.get(start + 1..).unwrap_or_default();
        let Some((length, escapes)) = string_end(inner) else {
            break;
        };
        let literal = rest.get(start..start + length + 2).unwrap_or_default();
        if escapes && let Ok(string) = serde_json::from_str::<String>(literal) {
            line(&mut found, &string);
        }
        rest = inner.get(length + 1..).unwrap_or_default();
    }
    found
}

/// Length up to the closing quote, and whether a backslash lies before it.
fn string_end(text: &str) -> Option<(usize, bool)> {
    let (mut escapes, mut skip) = (false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if skip => skip = false,
            b'\\' => {
                escapes = true;
                skip = true;
            }
            b'"' => return Some((at, escapes)),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_hide_nothing() {
        assert_eq!(
            escaped_strings(r#"{"a": "plain", "b": "\u0041BC\n1", c: "x\"y" "#),
            "ABC\n1\nx\"y\n"
        );
    }

    #[test]
    fn a_notebook_is_its_cells() {
        let mut reading = Reading::of(1000);
        let text =
            br#"{"cells": [{"cell_type": "code", "source": ["key = 'A", "B'\n"], "outputs": [{"text": ["12", "34"],
            "data": {"image/png": "iVBOR"}}]}], "nbformat": 4, "metadata": {"authors": [{"name": "Eve"}]}}"#;
        notebook(text, &mut reading);
        let file = reading.into_text(crate::FileKind::Notebook);
        let texts: Vec<_> = file
            .pieces
            .iter()
            .map(|piece| (piece.place.as_str(), piece.text.expose().as_str()))
            .collect();
        assert_eq!(
            texts,
            [
                ("cell 1", "key = 'AB'\n"),
                ("cell 1 output", "1234\n"),
                ("properties", "Eve\n"),
                ("source", std::str::from_utf8(text).unwrap())
            ]
        );
    }
}
