//! Archives, files in files, bombs, and members that cannot be read.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test's broken assumption is a failed test"
)]

use std::io::{Cursor, Read, Write};
use weir_files::{FileKind, FileText, Unreadable, limits, read};
use zip::write::SimpleFileOptions;

#[test]
fn members_are_read_and_named_by_number() {
    let inner = zipped(&[("Max Mustermann.csv", b"name,iban\nMax,DE89")]);
    let outer = zipped(&[
        ("a/notes.txt", b"first"),
        ("inner.zip", &inner),
        ("b.tar.gz", &gzipped(&tarred("x.md", b"# tarred"))),
    ]);
    let file = read(&outer, None, None).unwrap();
    assert_eq!(file.kind, FileKind::Zip);
    assert_eq!(file.unread, None);
    assert!(says(&file, "member 1 > text", "first"));
    assert!(says(&file, "member 2 > member 1 > text", "Max,DE89"));
    assert!(says(&file, "member 2 > names", "Max Mustermann.csv"));
    assert!(says(&file, "member 3 > content > member 1 > text", "# tarred"));
}

#[test]
fn every_compression_of_single_files_is_undone() {
    let text = b"customer DE89 3704 0044 0532 0130 00".as_slice();
    // `printf 'customer …' | xz`, since the reader is built without its writer.
    let cases = [
        (FileKind::Gzip, gzipped(text)),
        (FileKind::Zstd, zstd::encode_all(text, 3).unwrap()),
        (FileKind::Bzip2, bzipped(text)),
        (
            FileKind::Xz,
            include_bytes!("../../../tests/golden/files/customer.txt.xz").to_vec(),
        ),
    ];
    for (kind, bytes) in cases {
        let file = read(&bytes, Some("customer.txt.any"), None).unwrap();
        assert_eq!(file.kind, kind);
        assert!(says(&file, "content > text", "customer DE89 3704"), "{kind:?}");
    }
}

#[test]
fn bzip2_is_told_by_its_first_block_and_read_to_the_last_stream() {
    let two = [bzipped(b"first "), bzipped(b"and second")].concat();
    let file = read(&two, None, None).unwrap();
    assert!(says(&file, "content > text", "first and second"));
    let cut = bzipped(&b"customer DE89 3704 ".repeat(50));
    assert_eq!(read(&cut[..cut.len() - 9], None, None).err(), Some(Unreadable::Damaged));
    assert_eq!(
        read(b"BZh9 is not an archive", None, None).unwrap().kind,
        FileKind::Text
    );
}

/// Text that no member covers, and that whoever unpacks by hand reads.
#[test]
fn bytes_beside_the_members_are_read_or_said_to_be_unread() {
    const SECRET: &[u8] = b"customers DE89 3704 0044 0532 0130 00";
    let skipped = [b"\x5A\x2A\x4D\x18\x25\0\0\0".as_slice(), SECRET].concat();
    let frame = |content: &[u8]| zstd::encode_all(content, 3).unwrap();
    let tar = tarred("a.txt", b"text");
    let mut padded = tar.clone();
    padded[600..600 + SECRET.len()].copy_from_slice(SECRET);
    for (name, bytes) in [
        ("a frame that is skipped", [frame(b""), skipped.clone()].concat()),
        (
            "such a frame between others",
            [frame(b"text"), skipped, frame(b"text")].concat(),
        ),
        ("behind a zstd file", [&frame(b"text"), SECRET].concat()),
        ("behind a gzip file", [&gzipped(b"text"), SECRET].concat()),
        ("behind a bzip2 file", [&bzipped(b"text"), SECRET].concat()),
        (
            "behind an xz file",
            [include_bytes!("../../../tests/golden/files/customer.txt.xz"), SECRET].concat(),
        ),
        ("behind a TAR archive", [&tar, SECRET].concat()),
        ("in the padding of a member", padded),
        (
            "before a ZIP archive",
            [b"\x01\x02".as_slice(), SECRET, &zipped(&[("a.txt", b"text")])].concat(),
        ),
        (
            "behind a ZIP archive",
            [&zipped(&[("a.txt", b"text")]), SECRET].concat(),
        ),
        ("a member that is not in the directory", unlisted(SECRET)),
        ("no text in a header", noted(&[1; 300], None)),
    ] {
        let unread = read(&bytes, None, None).map_or_else(Some, |file| file.unread);
        assert_eq!(unread, Some(Unreadable::Damaged), "{name}");
    }
    let mut header = tar::Header::new_ustar();
    header.set_size(4);
    header.set_link_name("DE89 3704").unwrap();
    let mut linked = tar::Builder::new(Vec::new());
    linked.append_data(&mut header, "a.txt", b"text".as_slice()).unwrap();
    let mut remark = tar::Builder::new(Vec::new());
    remark.append_pax_extensions([("comment", SECRET)]).unwrap();
    for (name, bytes) in [
        ("comment", noted(b"", Some(SECRET))),
        ("extra", noted(SECRET, None)),
        ("link", linked.into_inner().unwrap()),
        ("remark", remark.into_inner().unwrap()),
    ] {
        let file = read(&bytes, None, None).unwrap();
        assert!(says(&file, "names", "DE89 3704"), "{name}");
        assert_eq!(file.unread, None, "{name}");
    }
}

/// A ZIP archive with a second member that only its own header tells of.
fn unlisted(content: &[u8]) -> Vec<u8> {
    let mut archive = zipped(&[("a.txt", b"text")]);
    let local = zipped(&[("b.txt", content)]);
    let starts = |archive: &[u8]| memchr::memmem::find(archive, b"PK\x01\x02").unwrap();
    let (directory, length) = (starts(&archive), starts(&local));
    archive.splice(directory..directory, local[..length].iter().copied());
    let place = archive.len() - 6;
    archive[place..place + 4].copy_from_slice(&u32::try_from(directory + length).unwrap().to_le_bytes());
    archive
}

/// A gzip file with texts in its header.
fn noted(extra: &[u8], comment: Option<&[u8]>) -> Vec<u8> {
    let mut builder = flate2::GzBuilder::new();
    if !extra.is_empty() {
        builder = builder.extra(extra);
    }
    if let Some(comment) = comment {
        builder = builder.comment(comment);
    }
    let mut encoder = builder.write(Vec::new(), flate2::Compression::best());
    encoder.write_all(b"text").unwrap();
    encoder.finish().unwrap()
}

#[test]
fn one_unreadable_member_leaves_the_others_and_a_mark() {
    let file = read(
        &zipped(&[("a.txt", b"readable"), ("b.pdf", b"%PDF-1.7 broken")]),
        None,
        None,
    )
    .unwrap();
    assert!(says(&file, "member 1 > text", "readable"));
    assert_eq!(file.unread, Some(Unreadable::Damaged));
}

#[test]
fn pictures_are_unread_unless_a_document_has_them() {
    let picture = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08".as_slice();
    assert_eq!(read(picture, Some("a.txt"), None).err(), Some(Unreadable::Unknown));
    let document = zipped(&[
        ("[Content_Types].xml", b"<Types/>"),
        ("word/document.xml", b"<w:p><w:t>text</w:t></w:p>"),
        ("word/media/image1.png", picture),
        ("word/media/image2.emz", &gzipped(picture)),
    ]);
    let archive = zipped(&[("a.txt", b"text"), ("b.txt", picture)]);
    for (name, bytes, found) in [
        ("document", document.clone(), (None, 2)),
        ("document in an archive", zipped(&[("a.docx", &document)]), (None, 2)),
        ("zip", archive.clone(), (Some(Unreadable::Unknown), 1)),
        ("tar", tarred("b.png", picture), (Some(Unreadable::Unknown), 1)),
        ("gzip", gzipped(picture), (Some(Unreadable::Unknown), 1)),
        (
            "zstd",
            zstd::encode_all(picture, 3).unwrap(),
            (Some(Unreadable::Unknown), 1),
        ),
        ("bzip2", bzipped(picture), (Some(Unreadable::Unknown), 1)),
        (
            "tar.gz",
            gzipped(&tarred("b.png", picture)),
            (Some(Unreadable::Unknown), 1),
        ),
        (
            "sound that only begins like it",
            gzipped(b"ID3\x01\x8F\x02\xB1\x03\xC7\x04"),
            (Some(Unreadable::Unknown), 1),
        ),
    ] {
        let file = read(&bytes, None, None).unwrap();
        assert_eq!((file.unread, file.pictures), found, "{name}");
    }
}

#[test]
fn parts_of_office_files_are_told_by_their_bytes() {
    const SECRET: &[u8] = b"customers DE89 3704 0044 0532 0130 00";
    let unknown = b"\x01\x02\x03\x04\x05\x06\x07\x08".repeat(20);
    let word = |path: &str, content: &[u8]| {
        let types = ("[Content_Types].xml", b"<Types/>".as_slice());
        read(
            &zipped(&[types, ("word/document.xml", b""), (path, content)]),
            None,
            None,
        )
        .unwrap()
    };
    let open = |path: &str, content: &[u8]| {
        let mimetype = b"application/vnd.oasis.opendocument.text".as_slice();
        read(&zipped(&[("mimetype", mimetype), (path, content)]), None, None).unwrap()
    };
    let found = |file: &FileText| {
        file.pieces
            .iter()
            .any(|piece| piece.text.expose().contains("DE89 3704"))
    };
    for path in [
        "dump.ttf",
        "word/fonts/font1.odttf",
        "ppt/fonts/font1.fntdata",
        "xl/printerSettings/printerSettings1.bin",
        "word/media/image1.png",
        "docProps/thumbnail.jpeg",
        "Pictures/customers.csv",
        "x/",
    ] {
        assert!(found(&word(path, SECRET)), "{path}");
        assert_eq!(word(path, &unknown).unread, Some(Unreadable::Unknown), "{path}");
    }
    for path in [
        "layout-cache",
        "Configurations2/menubar/a.txt",
        "Pictures/customers.csv",
        "ObjectReplacements/Object 1",
        "Thumbnails/thumbnail.png",
    ] {
        assert!(found(&open(path, SECRET)), "{path}");
        assert_eq!(open(path, &unknown).unread, Some(Unreadable::Unknown), "{path}");
    }
    for path in ["settings.xml", "manifest.rdf"] {
        assert!(found(&open(path, SECRET)), "{path}");
    }
    assert!(found(&word("customXml/itemProps1.xml", SECRET)));
    let mut printer = vec![0; 220];
    printer[64..72].copy_from_slice(b"\x01\x04\x00\x06\xDC\x00\x00\x00");
    let mut masked = b"\x91\x00\x13\x07".repeat(8);
    masked.extend(b"\0\0\0\0\0\0\0\0\0\0\0\0VDMX\0\0\0\0\0\0\0\0\0\0\0\0cmap\0\0\0\0");
    for (path, content) in [
        ("word/printerSettings1.bin", printer.as_slice()),
        ("word/fonts/font1.odttf", &masked),
        ("word/fonts/font1.ttf", b"\x00\x01\x00\x00\x00\x0F\x00\x80\x00\x03"),
        ("layout-cache", b"\x01\x00\x01\x00p\x10\x00\x00\x01\x00\x00\x00"),
    ] {
        let file = if path == "layout-cache" {
            open(path, content)
        } else {
            word(path, content)
        };
        assert_eq!(file.unread, None, "{path}");
    }
}

#[test]
fn a_folder_with_bytes_in_it_is_read() {
    let file = read(
        &zipped(&[("a.txt", b"text"), ("x/", b"customers DE89 3704")]),
        None,
        None,
    )
    .unwrap();
    assert!(says(&file, "member 2 > text", "DE89 3704"));
}

#[test]
fn encrypted_archives_and_documents_are_encrypted() {
    // Bit 0 of the flags of each entry, in both of its headers, says that it is encrypted.
    let mut archive = zipped(&[("a.txt", b"hidden text")]);
    let central = memchr::memmem::find(&archive, b"PK\x01\x02").unwrap();
    archive[6] |= 1;
    archive[central + 8] |= 1;
    assert_eq!(read(&archive, None, None).err(), Some(Unreadable::Encrypted));

    let mut office = cfb::CompoundFile::create(Cursor::new(Vec::new())).unwrap();
    office
        .create_stream("/EncryptionInfo")
        .unwrap()
        .write_all(b"x")
        .unwrap();
    office
        .create_stream("/EncryptedPackage")
        .unwrap()
        .write_all(b"x")
        .unwrap();
    let office = office.into_inner().into_inner();
    assert_eq!(
        read(&office, Some("plan.docx"), None).err(),
        Some(Unreadable::Encrypted)
    );

    let manifest = b"<manifest:manifest><manifest:file-entry><manifest:encryption-data/></manifest:file-entry></manifest:manifest>";
    let open = zipped(&[
        ("mimetype", b"application/vnd.oasis.opendocument.text".as_slice()),
        ("META-INF/manifest.xml", manifest),
        ("content.xml", b"\x01\x02\x03"),
    ]);
    assert_eq!(read(&open, None, None).err(), Some(Unreadable::Encrypted));
}

#[test]
fn a_message_of_outlook_with_an_attachment() {
    let mut message = cfb::CompoundFile::create(Cursor::new(Vec::new())).unwrap();
    let wide = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let headers = "From: a@b.c\r\nmsip_labels: MSIP_Label_8c1e5b7a-0000-4a4a-9d3b-1234567890ab_Enabled=True;\r\n MSIP_Label_8c1e5b7a-0000-4a4a-9d3b-1234567890ab_Name=Secret\r\n";
    message.create_storage("/__attach_version1.0_#00000000").unwrap();
    for (name, content) in [
        ("/__properties_version1.0", vec![0; 32]),
        ("/__substg1.0_0037001F", wide("Subject of Erika")),
        ("/__substg1.0_1000001F", wide("Body with Müller")),
        ("/__substg1.0_007D001F", wide(headers)),
        (
            "/__attach_version1.0_#00000000/__substg1.0_37010102",
            b"id,iban\n1,DE89".to_vec(),
        ),
        ("/__attach_version1.0_#00000000/__substg1.0_3707001F", wide("staff.csv")),
    ] {
        message.create_stream(name).unwrap().write_all(&content).unwrap();
    }
    let file = read(&message.into_inner().into_inner(), None, None).unwrap();
    assert_eq!(file.kind, FileKind::OutlookMessage);
    assert!(says(&file, "body", "Body with Müller"));
    assert!(says(&file, "properties", "Subject of Erika"));
    assert!(says(&file, "attachment 1 > text", "1,DE89"));
    assert_eq!(file.labels.len(), 1);
}

#[test]
fn newer_label_files_count_and_removed_labels_do_not() {
    let label = |rest: &str| {
        let info = format!(
            "<clbl:labelList><clbl:label id=\"{{8C1E5B7A-0000-4A4A-9D3B-1234567890AB}}\" {rest} siteId=\"{{11111111-2222-3333-4444-555555555555}}\"/></clbl:labelList>"
        );
        let office = zipped(&[
            ("[Content_Types].xml", b"<Types/>".as_slice()),
            (
                "word/document.xml",
                b"<w:document><w:p><w:r><w:t>x</w:t></w:r></w:p></w:document>",
            ),
            ("docMetadata/LabelInfo.xml", info.as_bytes()),
        ]);
        read(&office, None, None).unwrap().labels.len()
    };
    assert_eq!(label("enabled=\"1\" removed=\"0\""), 1);
    assert_eq!(label("enabled=\"1\" removed=\"1\""), 0);
    assert_eq!(label("enabled=\"0\" removed=\"0\""), 0);
}

#[test]
fn a_bomb_is_too_large_and_cheap() {
    let zeros = vec![b' '; 64 << 20];
    let bomb = zipped(&[("0.txt", zeros.as_slice())]);
    assert!(bomb.len() < 200_000);
    let file = read(&bomb, None, None).unwrap();
    assert_eq!(file.unread, Some(Unreadable::TooLarge));
    assert_eq!(
        read(&gzipped(&gzipped(&zeros)), None, None).unwrap().unread,
        Some(Unreadable::TooLarge)
    );
    assert_eq!(read(&gzipped(&zeros), None, None).err(), Some(Unreadable::TooLarge));
}

#[test]
fn archives_in_archives_end_at_the_depth() {
    let mut bytes = b"at the bottom".to_vec();
    for _ in 0..limits::MAX_DEPTH + 2 {
        bytes = zipped(&[("next.zip", &bytes)]);
    }
    assert_eq!(read(&bytes, None, None).unwrap().unread, Some(Unreadable::TooDeep));
}

#[test]
fn text_beyond_the_limit_is_cut_and_marked() {
    let text = "line of text\n".repeat(limits::MAX_TEXT / 13 + 2);
    let file = read(text.as_bytes(), None, None).unwrap();
    assert_eq!(file.unread, Some(Unreadable::TooLarge));
    assert!(file.pieces[0].text.expose().len() <= limits::MAX_TEXT);
}

#[test]
fn a_stream_of_a_pdf_that_unpacks_too_far_is_not_unpacked() {
    let mut deflated = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    let block = vec![b' '; 1 << 20];
    for _ in 0..(limits::MAX_PDF_DECODED >> 20) + 1 {
        deflated.write_all(&block).unwrap();
    }
    let deflated = deflated.finish().unwrap();
    let mut pdf = b"%PDF-1.5\n1 0 obj\n<</Type/ObjStm/N 1/First 4/Filter/FlateDecode/Length ".to_vec();
    pdf.extend(format!("{}>>\nstream\n", deflated.len()).bytes());
    pdf.extend(deflated);
    pdf.extend(b"\nendstream\nendobj\ntrailer<</Root 2 0 R>>\n%%EOF");
    assert_eq!(read(&pdf, None, None).err(), Some(Unreadable::TooLarge));
}

fn zipped(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in members {
        archive.start_file(*name, SimpleFileOptions::default()).unwrap();
        archive.write_all(content).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

fn tarred(name: &str, content: &[u8]) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(content.len() as u64);
    header.set_mode(0o644);
    archive.append_data(&mut header, name, content).unwrap();
    archive.into_inner().unwrap()
}

fn bzipped(bytes: &[u8]) -> Vec<u8> {
    let mut packed = Vec::new();
    bzip2::read::BzEncoder::new(bytes, bzip2::Compression::best())
        .read_to_end(&mut packed)
        .unwrap();
    packed
}

fn gzipped(content: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

fn says(file: &FileText, place: &str, text: &str) -> bool {
    file.pieces
        .iter()
        .any(|piece| piece.place == place && piece.text.expose().contains(text))
}
