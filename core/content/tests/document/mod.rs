//! Documents made for tests. Shared with the tests of the engine.

use std::io::{Cursor, Write};
use zip::write::SimpleFileOptions;

/// The sensitivity label of [`label`].
pub(crate) const LABEL: &str = "8c1e5b7a-0000-4a4a-9d3b-1234567890ab";

/// Custom properties that set it.
pub(crate) fn label() -> String {
    format!(
        "<property name=\"MSIP_Label_{LABEL}_Enabled\"><vt:lpwstr>true</vt:lpwstr></property>\
         <property name=\"MSIP_Label_{LABEL}_Name\"><vt:lpwstr>Board only</vt:lpwstr></property>"
    )
}

/// A document as office programs write them, with these custom properties.
pub(crate) fn docx(text: &str, properties: &str) -> Vec<u8> {
    let types = "<?xml version=\"1.0\"?><Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">\
        <Override PartName=\"/word/document.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml\"/></Types>";
    let document = format!(
        "<?xml version=\"1.0\"?><w:document xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\">\
         <w:body><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:body></w:document>"
    );
    let custom = format!(
        "<?xml version=\"1.0\"?><Properties xmlns=\"http://schemas.openxmlformats.org/officeDocument/2006/custom-properties\" \
         xmlns:vt=\"http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes\">{properties}</Properties>"
    );
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let parts = [
        ("[Content_Types].xml", types),
        ("word/document.xml", &document),
        ("docProps/custom.xml", &custom),
    ];
    for (name, part) in parts {
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        zip.write_all(part.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}
