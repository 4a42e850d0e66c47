//! How much of a file is read. All are counted over the whole file with everything nested in it, so that no way of
//! nesting multiplies them.

/// Bytes of text taken out of one file.
pub const MAX_TEXT: usize = 64 << 20;

/// Bytes that all compressed parts of one file may unpack to.
pub const MAX_UNPACKED: u64 = 256 << 20;

/// How many times its own size a file may unpack to …
pub const MAX_RATIO: u64 = 200;

/// … unless it stays below this: small files of repeated text compress very well.
pub const RATIO_FLOOR: u64 = 16 << 20;

/// Members of archives, parts of packages and attachments of messages.
pub const MAX_ENTRIES: u32 = 20_000;

/// Files within files: an attachment of an e-mail in an archive is at depth 2.
pub const MAX_DEPTH: usize = 6;

/// Pieces of text in one file.
pub const MAX_PIECES: usize = 50_000;

/// Memory an xz or zstd stream may ask for as its window, in KiB.
pub const MAX_WINDOW_KIB: u32 = 128 << 10;

/// Groups within groups in RTF.
pub const MAX_RTF_GROUPS: usize = 1_000;

/// Forms drawn within forms on a page of a PDF.
pub const MAX_PDF_FORMS: usize = 12;

/// Arrays and dictionaries within each other in one PDF object.
pub const MAX_PDF_OBJECT_DEPTH: usize = 16;

/// Bytes that streams of a PDF are decoded to in all, where the same stream counts each time it is drawn.
pub const MAX_PDF_DECODED: u64 = 512 << 20;

/// Drawing instructions of a PDF that are followed in all.
pub const MAX_PDF_INSTRUCTIONS: u64 = 50_000_000;
