//! Files written by other software: python-docx, openpyxl, XlsxWriter, ReportLab, qpdf (pikepdf) and LibreOffice.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test's broken assumption is a failed test"
)]

use weir_files::{FileKind, FileText, Unreadable, read};

macro_rules! golden {
    ($name:literal) => {
        include_bytes!(concat!("../../../tests/golden/files/", $name)).as_slice()
    };
}

/// One file, its kind, and what must be found: place and a part of its text.
struct Case {
    name: &'static str,
    bytes: &'static [u8],
    kind: FileKind,
    says: &'static [(&'static str, &'static str)],
}

const CASES: &[Case] = &[
    Case {
        name: "python-docx.docx",
        bytes: golden!("python-docx.docx"),
        kind: FileKind::Docx,
        says: &[
            (
                "document",
                "Card 4111 1111 1111 1111 ends.\nName\tIBAN\nJörg Müller\tDE89 3704 0044 0532 0130 00\n",
            ),
            ("header 1", "INTERNAL ONLY - Nordwind GmbH"),
            ("footer 1", "Footer: page of Erika"),
            ("comments", "Comment: call +49 30 901820"),
            ("comments attributes", "Reviewer Rita"),
            ("properties", "Quartalsplan Nord\nErika Beispiel"),
        ],
    },
    Case {
        name: "libreoffice.odt",
        bytes: golden!("libreoffice.odt"),
        kind: FileKind::Odt,
        says: &[
            (
                "document",
                "Card 4111 1111 1111 1111 ends.\nName\tIBAN\nJörg Müller\tDE89 3704 0044 0532 0130 00\n",
            ),
            ("styles", "INTERNAL ONLY - Nordwind GmbH"),
            ("document aside", "Comment: call +49 30 901820"),
            ("properties", "Erika Beispiel"),
        ],
    },
    Case {
        name: "libreoffice.rtf",
        bytes: golden!("libreoffice.rtf"),
        kind: FileKind::Rtf,
        says: &[
            (
                "text",
                "Card 4111 1111 1111 1111 ends.\nName\tIBAN\t\nJörg Müller\tDE89 3704 0044 0532 0130 00\t\n",
            ),
            ("text aside", "INTERNAL ONLY - Nordwind GmbH"),
            ("text aside", "Comment: call +49 30 901820"),
            ("text aside", "Erika Beispiel"),
        ],
    },
    Case {
        name: "libreoffice.pdf",
        bytes: golden!("libreoffice.pdf"),
        kind: FileKind::Pdf,
        says: &[
            (
                "page 1",
                "Card 4111 1111 1111 1111 ends.\nName\tIBAN\nJörg Müller\tDE89 3704 0044 0532 0130 00\n",
            ),
            ("page 1", "INTERNAL ONLY - Nordwind GmbH"),
            ("beside the pages", "Quartalsplan Nord"),
        ],
    },
    Case {
        name: "openpyxl.xlsx",
        bytes: golden!("openpyxl.xlsx"),
        kind: FileKind::Xlsx,
        says: &[
            (
                "sheet 1",
                "Name\tIBAN\tCard\nJörg Müller\tDE89370400440532013000\t4111111111111111\n",
            ),
            ("sheet 1 aside", "CONFIDENTIAL header"),
            ("sheet 2", "hidden value 078-05-1120"),
            ("comments 1", "Cell comment: secret plan"),
            ("workbook attributes", "Staff of Erika\nHidden one"),
        ],
    },
    Case {
        name: "xlsxwriter.xlsx",
        bytes: golden!("xlsxwriter.xlsx"),
        kind: FileKind::Xlsx,
        says: &[
            ("sheet 1", "DE89 3704 0044 0532 0130 00\tcached value\tlink\n"),
            ("sheet 1 aside", "\"cached \" & \"value\""),
            ("drawing 1", "Textbox says 4111 1111 1111 1111"),
            ("sheet 1 links attributes", "https://example.com/secret-link"),
        ],
    },
    Case {
        name: "libreoffice.ods",
        bytes: golden!("libreoffice.ods"),
        kind: FileKind::Ods,
        says: &[
            (
                "document",
                "Jörg Müller\tDE89370400440532013000\t4111111111111111\t\nhidden value 078-05-1120",
            ),
            ("document aside", "Cell comment: secret plan"),
            ("styles", "CONFIDENTIAL header"),
        ],
    },
    Case {
        name: "libreoffice.pptx",
        bytes: golden!("libreoffice.pptx"),
        kind: FileKind::Pptx,
        says: &[
            (
                "slide 1",
                "Merger with Südwind\nIBAN DE89 3704 0044 0532 0130 00\nleft\tright\n",
            ),
            ("notes 1", "Speaker note: do not tell anyone"),
        ],
    },
    Case {
        name: "libreoffice.odp",
        bytes: golden!("libreoffice.odp"),
        kind: FileKind::Odp,
        says: &[(
            "document",
            "Merger with Südwind\nIBAN DE89 3704 0044 0532 0130 00\nleft\tright\nSpeaker note: do not tell anyone\n",
        )],
    },
    Case {
        name: "reportlab.pdf",
        bytes: golden!("reportlab.pdf"),
        kind: FileKind::Pdf,
        says: PDF,
    },
    Case {
        name: "object-streams.pdf",
        bytes: golden!("object-streams.pdf"),
        kind: FileKind::Pdf,
        says: PDF,
    },
    Case {
        name: "owner-password.pdf",
        bytes: golden!("owner-password.pdf"),
        kind: FileKind::Pdf,
        says: PDF,
    },
];

/// One text in several operators, one drawn glyph by glyph, and what lies beside the pages.
const PDF: &[(&str, &str)] = &[
    (
        "page 1",
        "Card 4111 1111 1111 1111 Müller\nsecond line IBAN DE89370400440532013000\n078-05-1120",
    ),
    ("page 2", "page two"),
    ("beside the pages", "Annotation: secret remark"),
    ("beside the pages", "Form value 42"),
];

#[test]
fn real_files_say_what_people_see_in_them_and_what_they_do_not() {
    for case in CASES {
        let file = read(case.bytes, None, None).unwrap_or_else(|error| panic!("{}: {error}", case.name));
        assert_eq!(file.kind, case.kind, "{}", case.name);
        assert_eq!(file.unread, None, "{}", case.name);
        for (place, text) in case.says {
            assert!(
                says(&file, place, text),
                "{}: `{text}` is not in one piece of {place}",
                case.name
            );
        }
    }
}

#[test]
fn attachments_of_pdfs_are_read() {
    for bytes in [golden!("object-streams.pdf"), golden!("owner-password.pdf")] {
        let file = read(bytes, None, None).unwrap();
        assert!(says(&file, "attachment 1 > text", "attached text: Project Nordlicht"));
    }
}

#[test]
fn labels_are_found_where_each_format_keeps_them() {
    for bytes in [
        golden!("openpyxl.xlsx"),
        golden!("libreoffice.ods"),
        golden!("object-streams.pdf"),
    ] {
        let file = read(bytes, None, None).unwrap();
        let ids: Vec<_> = file.labels.iter().map(|label| label.id.as_str()).collect();
        assert_eq!(ids, ["8c1e5b7a-0000-4a4a-9d3b-1234567890ab"]);
    }
    let label = read(golden!("openpyxl.xlsx"), None, None).unwrap().labels.remove(0);
    assert_eq!(label.name.unwrap().expose(), "Highly Confidential");
    assert_eq!(label.site.unwrap().as_str(), "11111111-2222-3333-4444-555555555555");
}

#[test]
fn a_pdf_that_needs_a_password_is_encrypted() {
    assert_eq!(
        read(golden!("user-password.pdf"), None, None).err(),
        Some(Unreadable::Encrypted)
    );
}

#[test]
fn name_and_type_may_lie() {
    let file = read(golden!("reportlab.pdf"), Some("notes.txt"), Some("text/plain")).unwrap();
    assert_eq!(file.kind, FileKind::Pdf);
}

fn says(file: &FileText, place: &str, text: &str) -> bool {
    file.pieces
        .iter()
        .any(|piece| piece.place == place && piece.text.expose().contains(text))
}
