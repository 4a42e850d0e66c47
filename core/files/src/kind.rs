//! What a file is. Its bytes decide; name and announced type choose only between kinds of plain text.

use crate::{Unreadable, charset};
use memchr::memmem;

/// Kinds of file that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FileKind {
    /// Portable Document Format.
    Pdf,
    /// Word document.
    Docx,
    /// Excel workbook.
    Xlsx,
    /// PowerPoint presentation.
    Pptx,
    /// OpenDocument text.
    Odt,
    /// OpenDocument spreadsheet.
    Ods,
    /// OpenDocument presentation.
    Odp,
    /// Rich Text Format.
    Rtf,
    /// A web page.
    Html,
    /// An e-mail as it travels.
    Email,
    /// An e-mail as Outlook saves it.
    OutlookMessage,
    /// Comma-separated values.
    Csv,
    /// Tab-separated values.
    Tsv,
    /// ZIP archive.
    Zip,
    /// TAR archive.
    Tar,
    /// One file under gzip.
    Gzip,
    /// One file under xz.
    Xz,
    /// One file under Zstandard.
    Zstd,
    /// One file under bzip2.
    Bzip2,
    /// Jupyter notebook.
    Notebook,
    /// Any other XML, SVG among it.
    Xml,
    /// JSON, and JSON by lines.
    Json,
    /// Markdown.
    Markdown,
    /// Any other text, source code among it.
    Text,
}

impl FileKind {
    /// What a file is, without reading it. `None`: nothing that is read.
    #[must_use]
    pub fn of(bytes: &[u8], name: Option<&str>, mime: Option<&str>) -> Option<Self> {
        sniff(bytes, name, mime).ok()
    }

    /// The name used in records and output.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::Docx => "docx",
            Self::Xlsx => "xlsx",
            Self::Pptx => "pptx",
            Self::Odt => "odt",
            Self::Ods => "ods",
            Self::Odp => "odp",
            Self::Rtf => "rtf",
            Self::Html => "html",
            Self::Email => "email",
            Self::OutlookMessage => "outlook_message",
            Self::Csv => "csv",
            Self::Tsv => "tsv",
            Self::Zip => "zip",
            Self::Tar => "tar",
            Self::Gzip => "gzip",
            Self::Xz => "xz",
            Self::Zstd => "zstd",
            Self::Bzip2 => "bzip2",
            Self::Notebook => "notebook",
            Self::Xml => "xml",
            Self::Json => "json",
            Self::Markdown => "markdown",
            Self::Text => "text",
        }
    }

    /// Whether it is a file of text whose text is another one: markup between the letters of a value, encoded parts of a mail,
    /// strings in pieces. Such a file is told twice, as it reads and as it stands.
    #[must_use]
    pub const fn is_written_otherwise(self) -> bool {
        matches!(self, Self::Html | Self::Xml | Self::Rtf | Self::Email | Self::Notebook)
    }

    /// Whether people open the file itself as text, and know a place in it by its line.
    #[must_use]
    pub const fn has_lines(self) -> bool {
        matches!(
            self,
            Self::Csv | Self::Tsv | Self::Html | Self::Notebook | Self::Xml | Self::Json | Self::Markdown | Self::Text
        )
    }
}

/// Signatures at the start of a file that is not text.
const SIGNATURES: &[(&[u8], FileKind)] = &[
    (b"PK\x03\x04", FileKind::Zip),
    (b"PK\x05\x06", FileKind::Zip),
    (b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", FileKind::OutlookMessage),
    (b"{\\rtf", FileKind::Rtf),
    (b"\x1F\x8B", FileKind::Gzip),
    (b"\xFD7zXZ\x00", FileKind::Xz),
    (b"\x28\xB5\x2F\xFD", FileKind::Zstd),
];

/// Pictures, sound and film: offset and bytes.
const PICTURES: &[(usize, &[u8])] = &[
    (0, b"\x89PNG\r\n\x1a\n"),
    (0, b"\xFF\xD8\xFF"),
    (0, b"GIF8"),
    (0, b"II*\x00"),
    (0, b"MM\x00*"),
    (0, b"\x00\x00\x01\x00"),
    (0, b"II\xBC\x01"),
    (0, b"\xD7\xCD\xC6\x9A"),
    (0, b"\x01\x00\x09\x00\x00\x03"),
    (0, b"VCLMTF"),
    (40, b" EMF"),
    (8, b"WEBP"),
    (8, b"WAVE"),
    (8, b"AVI "),
    (4, b"ftyp"),
    (0, b"OggS"),
    (0, b"ID3"),
    (0, b"\xFF\xFB"),
    (0, b"\xFF\xFA"),
    (0, b"\xFF\xF3"),
    (0, b"\xFF\xF2"),
    (0, b"\xFF\xF1"),
    (0, b"fLaC"),
    (0, b"\x1A\x45\xDF\xA3"),
];

/// Fonts, and what LibreOffice keeps of where lines and pages ended: offset and bytes.
const LAYOUT: &[(usize, &[u8])] = &[
    (0, b"\x00\x01\x00\x00"),
    (0, b"OTTO"),
    (0, b"true"),
    (0, b"ttcf"),
    (34, b"LP"),
    (0, b"\x01\x00\x01\x00p"),
];

/// How far into a file the start of a PDF may lie: readers accept junk before it.
const PDF_WINDOW: usize = 1024;

/// Where the name and a size of a TAR member lie.
const TAR_MAGIC: std::ops::Range<usize> = 257..262;

pub(crate) fn sniff(bytes: &[u8], name: Option<&str>, mime: Option<&str>) -> Result<FileKind, Unreadable> {
    let signed = SIGNATURES.iter().find(|(signature, _)| bytes.starts_with(signature));
    if let Some((_, kind)) = signed {
        return Ok(*kind);
    }
    if is_bzip2(bytes) {
        return Ok(FileKind::Bzip2);
    }
    if memmem::find(head(bytes, PDF_WINDOW), b"%PDF-").is_some() {
        return Ok(FileKind::Pdf);
    }
    if bytes.get(TAR_MAGIC) == Some(b"ustar") {
        return Ok(FileKind::Tar);
    }
    // A self-extracting or prefixed archive has its directory at the end.
    if !charset::is_text(bytes) {
        let tail = bytes.get(bytes.len().saturating_sub(PDF_WINDOW)..).unwrap_or(bytes);
        let archive = memmem::find(tail, b"PK\x05\x06").is_some();
        return if archive {
            Ok(FileKind::Zip)
        } else {
            Err(Unreadable::Unknown)
        };
    }
    if is_picture(bytes) {
        return Err(Unreadable::Unknown);
    }
    Ok(text_kind(bytes, name, mime))
}

/// The size of its blocks, then the first block, or the end of an empty file.
fn is_bzip2(bytes: &[u8]) -> bool {
    let block = bytes
        .strip_prefix(b"BZh")
        .filter(|rest| rest.first().is_some_and(u8::is_ascii_digit));
    let magic = block.and_then(|rest| rest.get(1..7));
    matches!(magic, Some(b"1AY&SY" | b"\x17rE8P\x90"))
}

pub(crate) fn is_picture(bytes: &[u8]) -> bool {
    // Signatures of printable letters need something behind them that is not text.
    (is_signed(bytes, PICTURES) || is_bitmap(bytes)) && !charset::is_text(bytes)
}

/// A file that is not text, by its first bytes: one that a reader knows, or a picture.
pub(crate) fn is_file(bytes: &[u8]) -> bool {
    let signed = SIGNATURES.iter().any(|(signature, _)| bytes.starts_with(signature));
    is_picture(bytes) || (signed || bytes.starts_with(b"%PDF-")) && !charset::is_text(bytes)
}

fn is_bitmap(bytes: &[u8]) -> bool {
    bytes.starts_with(b"BM") && bytes.get(6..10) == Some(&[0; 4])
}

/// What office files hold for how they look: fonts, printers, where pages end.
pub(crate) fn is_layout(bytes: &[u8]) -> bool {
    let known = is_signed(bytes, LAYOUT) || is_masked_font(bytes) || is_printer(bytes);
    known && !charset::is_text(bytes)
}

fn is_signed(bytes: &[u8], signatures: &[(usize, &[u8])]) -> bool {
    let mut signatures = signatures.iter();
    signatures.any(|(at, signature)| bytes.get(*at..).is_some_and(|rest| rest.starts_with(signature)))
}

/// A font whose first 32 bytes are masked, as Word embeds them: its third and fourth table are named behind these.
fn is_masked_font(bytes: &[u8]) -> bool {
    const TABLES: &[&[u8]] = &[
        b"BASE", b"CBDT", b"CBLC", b"CFF ", b"COLR", b"CPAL", b"DSIG", b"EBDT", b"EBLC", b"FFTM", b"GDEF", b"GPOS",
        b"GSUB", b"JSTF", b"LTSH", b"MATH", b"OS/2", b"PCLT", b"VDMX", b"VORG", b"cmap", b"cvt ", b"fpgm", b"gasp",
        b"glyf", b"hdmx", b"head", b"hhea", b"hmtx", b"kern", b"loca", b"maxp", b"meta", b"name", b"post", b"prep",
    ];
    let names_table = |at: usize| bytes.get(at..at + 4).is_some_and(|name| TABLES.contains(&name));
    names_table(44) && names_table(60)
}

/// The settings of a printer, as Windows keeps them: behind its name a version of this structure and its size.
fn is_printer(bytes: &[u8]) -> bool {
    matches!(
        (bytes.get(64..66), bytes.get(68..70)),
        (Some([0 | 1, 4]), Some([0x94 | 0x9C | 0xD4 | 0xDC, 0]))
    )
}

fn text_kind(bytes: &[u8], name: Option<&str>, mime: Option<&str>) -> FileKind {
    let start = charset::decode(head(bytes, 4096)).trim_start().to_ascii_lowercase();
    if let Some(kind) = by_start(&start) {
        return kind;
    }
    let named = by_name(name).or_else(|| by_mime(mime));
    let braced = start.starts_with('{') || start.starts_with('[');
    match named {
        Some(FileKind::Notebook) if braced => FileKind::Notebook,
        Some(FileKind::Xml | FileKind::Html) if !start.starts_with('<') && !start.contains('<') => FileKind::Text,
        Some(FileKind::Notebook) | None if braced => json_kind(bytes),
        Some(FileKind::Json) => json_kind(bytes),
        Some(FileKind::Notebook) | None => FileKind::Text,
        Some(kind) => kind,
    }
}

fn json_kind(bytes: &[u8]) -> FileKind {
    let is_notebook = memmem::find(bytes, b"\"nbformat\"").is_some() && memmem::find(bytes, b"\"cells\"").is_some();
    if is_notebook {
        FileKind::Notebook
    } else {
        FileKind::Json
    }
}

fn by_start(start: &str) -> Option<FileKind> {
    if start.starts_with("<!doctype html") || start.starts_with("<html") {
        return Some(FileKind::Html);
    }
    if start.starts_with("<?xml") {
        return Some(if start.contains("<html") {
            FileKind::Html
        } else {
            FileKind::Xml
        });
    }
    is_mail(start).then_some(FileKind::Email)
}

/// Two lines that only mails start with, before the first empty line.
fn is_mail(start: &str) -> bool {
    const FIELDS: &[&str] = &[
        "from:",
        "to:",
        "subject:",
        "date:",
        "received:",
        "return-path:",
        "message-id:",
        "mime-version:",
        "delivered-to:",
        "content-type:",
    ];
    let lines = || start.lines().take_while(|line| !line.trim().is_empty());
    let fields = lines()
        .filter(|line| FIELDS.iter().any(|field| line.starts_with(field)))
        .count();
    let is_header =
        |line: &str| line.starts_with([' ', '\t']) || line.split_once(':').is_some_and(|(name, _)| is_token(name));
    // A chat log or a note may have `From:` and `To:`; a mail has nothing but fields, and one that people do not write.
    let by_machine = lines().any(|line| {
        [
            "received:",
            "message-id:",
            "mime-version:",
            "return-path:",
            "content-type:",
        ]
        .iter()
        .any(|field| line.starts_with(field))
    });
    // The sample may end within a line.
    fields >= 2 && by_machine && lines().take(5).all(is_header)
}

fn is_token(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic())
}

fn by_name(name: Option<&str>) -> Option<FileKind> {
    let (_, extension) = name?.rsplit_once('.')?;
    Some(match extension.to_ascii_lowercase().as_str() {
        "csv" => FileKind::Csv,
        "tsv" | "tab" => FileKind::Tsv,
        "md" | "markdown" | "mdx" => FileKind::Markdown,
        "json" | "jsonl" | "ndjson" | "geojson" => FileKind::Json,
        "ipynb" => FileKind::Notebook,
        "html" | "htm" | "xhtml" => FileKind::Html,
        "xml" | "svg" | "xsd" | "xsl" | "plist" | "rss" => FileKind::Xml,
        "eml" | "mht" | "mhtml" => FileKind::Email,
        _ => return None,
    })
}

fn by_mime(mime: Option<&str>) -> Option<FileKind> {
    let mime = mime?.split(';').next()?.trim().to_ascii_lowercase();
    Some(match mime.as_str() {
        "text/csv" => FileKind::Csv,
        "text/tab-separated-values" => FileKind::Tsv,
        "text/markdown" => FileKind::Markdown,
        "application/json" | "application/x-ndjson" => FileKind::Json,
        "application/x-ipynb+json" => FileKind::Notebook,
        "text/html" | "application/xhtml+xml" => FileKind::Html,
        "text/xml" | "application/xml" | "image/svg+xml" => FileKind::Xml,
        "message/rfc822" => FileKind::Email,
        _ => return None,
    })
}

fn head(bytes: &[u8], size: usize) -> &[u8] {
    bytes.get(..size).unwrap_or(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_win_over_name_and_type() {
        let lies = (Some("notes.txt"), Some("text/plain"));
        assert_eq!(sniff(b"junk\n%PDF-1.7\n", lies.0, lies.1), Ok(FileKind::Pdf));
        assert_eq!(sniff(b"{\\rtf1 x}", lies.0, lies.1), Ok(FileKind::Rtf));
        assert_eq!(sniff(b"PK\x03\x04....", lies.0, lies.1), Ok(FileKind::Zip));
        assert_eq!(sniff(b"  <!DOCTYPE html><p>", lies.0, lies.1), Ok(FileKind::Html));
        let mail = b"Received: by mx\r\nFrom: a@b\r\nSubject: x\r\n\r\nhello";
        assert_eq!(sniff(mail, lies.0, lies.1), Ok(FileKind::Email));
    }

    #[test]
    fn plain_text_is_told_apart_by_name_or_type() {
        assert_eq!(sniff(b"a,b\n1,2\n", Some("X.CSV"), None), Ok(FileKind::Csv));
        assert_eq!(
            sniff(b"a,b\n1,2\n", None, Some("text/csv; charset=utf-8")),
            Ok(FileKind::Csv)
        );
        assert_eq!(sniff(b"# Title\n", Some("a.md"), None), Ok(FileKind::Markdown));
        assert_eq!(sniff(b"fn main() {}\n", Some("main.rs"), None), Ok(FileKind::Text));
        assert_eq!(sniff(b"From: me\nTo: you\n\nhi", None, None), Ok(FileKind::Text));
        assert_eq!(
            sniff(b"{\"cells\": [], \"nbformat\": 4}", None, None),
            Ok(FileKind::Notebook)
        );
    }

    #[test]
    fn pictures_and_programs_are_unknown() {
        assert_eq!(
            sniff(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0", Some("a.txt"), None),
            Err(Unreadable::Unknown)
        );
        assert_eq!(
            sniff(b"MZ\x90\0\x03\0\0\0\x04\0\0\0", Some("a.csv"), None),
            Err(Unreadable::Unknown)
        );
    }
}
