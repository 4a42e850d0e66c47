//! The PDF: pages, the fonts that are in it, and beside the marks what they mean, so that it can be heard.

use super::face::{Face, Faces};
use super::lay::{Laid, PAGE, Part, What};
use super::{Paper, PaperError};
use flate2::Compression;
use flate2::write::ZlibEncoder;
use pdf_writer::types::{
    ArtifactType, CidFontType, FontFlags, StructRole, SystemInfo, TabOrder, TableHeaderScope, UnicodeCmap,
};
use pdf_writer::{Content, Date, Filter, Finish, Name, Pdf, Rect, Ref, Str, TextStr};
use std::collections::BTreeMap;
use std::io::Write as _;

const LANGUAGE: &str = "en-GB";
const REGULAR: Name<'static> = Name(b"R");
const BOLD: Name<'static> = Name(b"B");
/// Glyphs go by their numbers in the font.
const IDENTITY: SystemInfo<'static> = SystemInfo {
    registry: Str(b"Adobe"),
    ordering: Str(b"Identity"),
    supplement: 0,
};

pub(super) fn draw(paper: &Paper, laid: &Laid, faces: &Faces) -> Result<Vec<u8>, PaperError> {
    let mut drawing = Drawing::begin(laid);
    let fonts = [drawing.id(), drawing.id()];
    for (number, page) in drawing.pages.clone().into_iter().enumerate() {
        drawing.page(laid, faces, (number, page), fonts)?;
    }
    let [regular, bold] = std::mem::take(&mut drawing.glyphs);
    drawing.font(fonts[0], ("LiberationSans", &faces.regular), &regular)?;
    drawing.font(fonts[1], ("LiberationSans-Bold", &faces.bold), &bold)?;
    let meaning = drawing.meaning(laid);
    let outline = drawing.outline(laid);
    Ok(drawing.finish(paper, meaning, outline))
}

/// Where a leaf is seen: number of the page, and of the mark on it.
type Seen = (usize, i32);

struct Drawing {
    pdf: Pdf,
    next: i32,
    tree: Ref,
    /// Of which all pages are.
    book: Ref,
    pages: Vec<Ref>,
    /// Of each leaf.
    seen: Vec<Vec<Seen>>,
    /// What each mark of each page belongs to.
    parents: Vec<Vec<Ref>>,
    /// Glyphs that are used, regular and bold, with the signs they stand for.
    glyphs: [BTreeMap<u16, char>; 2],
}

impl Drawing {
    fn begin(laid: &Laid) -> Self {
        let mut drawing = Self {
            pdf: Pdf::new(),
            next: 3,
            tree: Ref::new(1),
            book: Ref::new(2),
            pages: Vec::new(),
            seen: vec![Vec::new(); laid.leaves],
            parents: vec![Vec::new(); laid.pages.len()],
            glyphs: Default::default(),
        };
        drawing.pdf.set_version(1, 7);
        drawing.pages = laid.pages.iter().map(|_| drawing.id()).collect();
        drawing
    }

    fn id(&mut self) -> Ref {
        let id = Ref::new(self.next);
        self.next += 1;
        id
    }

    fn page(
        &mut self,
        laid: &Laid,
        faces: &Faces,
        (number, id): (usize, Ref),
        fonts: [Ref; 2],
    ) -> Result<(), PaperError> {
        let mut content = Content::new();
        let mut marks = 0;
        for mark in laid.pages.get(number).into_iter().flatten() {
            match mark.leaf {
                Some(leaf) => {
                    let mut tagged = content.begin_marked_content_with_properties(Name(b"Span"));
                    tagged.properties().identify(marks);
                    tagged.finish();
                    if let Some(seen) = self.seen.get_mut(leaf) {
                        seen.push((number, marks));
                    }
                    marks += 1;
                }
                None => {
                    let kind = match mark.what {
                        What::Text { .. } => ArtifactType::Pagination,
                        What::Box { .. } => ArtifactType::Layout,
                    };
                    let mut artifact = content.begin_marked_content_with_properties(Name(b"Artifact"));
                    artifact.properties().artifact().kind(kind);
                    artifact.finish();
                }
            }
            self.mark(&mut content, &mark.what, faces);
            content.end_marked_content();
        }
        if let Some(parents) = self.parents.get_mut(number) {
            parents.resize(usize::try_from(marks).unwrap_or_default(), self.tree);
        }
        let stream = self.id();
        let packed = packed(&content.finish())?;
        self.pdf.stream(stream, &packed).filter(Filter::FlateDecode);
        let mut page = self.pdf.page(id);
        page.parent(self.book)
            .media_box(Rect::new(0.0, 0.0, PAGE.0, PAGE.1))
            .contents(stream)
            .struct_parents(count(number))
            .tab_order(TabOrder::StructureOrder);
        page.resources().fonts().pair(REGULAR, fonts[0]).pair(BOLD, fonts[1]);
        Ok(())
    }

    fn mark(&mut self, content: &mut Content, what: &What, faces: &Faces) {
        let ink = |[red, green, blue]: [u8; 3]| [red, green, blue].map(|part| f32::from(part) / 255.0);
        match what {
            What::Text {
                at,
                size,
                is_bold,
                colour,
                text,
            } => {
                let [red, green, blue] = ink(*colour);
                let (name, used) = match is_bold {
                    true => (BOLD, &mut self.glyphs[1]),
                    false => (REGULAR, &mut self.glyphs[0]),
                };
                let mut shown = Vec::new();
                for (sign, glyph) in faces.of(*is_bold).glyphs(text) {
                    used.insert(glyph, sign);
                    shown.extend_from_slice(&glyph.to_be_bytes());
                }
                content.begin_text();
                content.set_fill_rgb(red, green, blue);
                content.set_font(name, *size);
                content.next_line(at.0, PAGE.1 - at.1);
                content.show(Str(&shown));
                content.end_text();
            }
            What::Box { at, colour } => {
                let [red, green, blue] = ink(*colour);
                content.set_fill_rgb(red, green, blue);
                content.rect(at.0, PAGE.1 - at.1 - at.3, at.2, at.3);
                content.fill_nonzero();
            }
        }
    }

    /// The whole font: it is half a megabyte, packed, and its licence asks that it stays as it is.
    fn font(&mut self, id: Ref, (name, face): (&str, &Face), used: &BTreeMap<u16, char>) -> Result<(), PaperError> {
        let [inner, descriptor, file, map] = [self.id(), self.id(), self.id(), self.id()];
        let mut font = self.pdf.type0_font(id);
        font.base_font(Name(name.as_bytes()))
            .encoding_predefined(Name(b"Identity-H"))
            .descendant_font(inner)
            .to_unicode(map);
        font.finish();
        let mut font = self.pdf.cid_font(inner);
        font.subtype(CidFontType::Type2)
            .base_font(Name(name.as_bytes()))
            .system_info(IDENTITY)
            .font_descriptor(descriptor)
            .cid_to_gid_map_predefined(Name(b"Identity"));
        let mut widths = font.widths();
        for glyph in used.keys() {
            widths.consecutive(*glyph, [face.advance(*glyph)]);
        }
        widths.finish();
        font.finish();
        let shape = face.shape();
        let mut described = self.pdf.font_descriptor(descriptor);
        described
            .name(Name(name.as_bytes()))
            .flags(FontFlags::NON_SYMBOLIC)
            .bbox(Rect::new(
                shape.bounds[0],
                shape.bounds[1],
                shape.bounds[2],
                shape.bounds[3],
            ))
            .italic_angle(0.0)
            .ascent(shape.ascent)
            .descent(shape.descent)
            .cap_height(shape.cap_height)
            .stem_v(80.0)
            .font_file2(file);
        described.finish();
        let mut signs = UnicodeCmap::<u16>::new(Name(b"Custom"), IDENTITY);
        for (glyph, sign) in used {
            signs.pair(*glyph, *sign);
        }
        let signs = packed(&signs.finish())?;
        self.pdf.cmap(map, &signs).filter(Filter::FlateDecode);
        let bytes = packed(face.bytes)?;
        let mut stream = self.pdf.stream(file, &bytes);
        stream.filter(Filter::FlateDecode);
        stream.pair(Name(b"Length1"), i32::try_from(face.bytes.len()).unwrap_or(i32::MAX));
        Ok(())
    }

    /// What stands where, in the order of reading. Gives the document's element.
    fn meaning(&mut self, laid: &Laid) -> Ref {
        let document = self.id();
        let mut children = Vec::new();
        for part in &laid.parts {
            let child = match part {
                Part::Heading {
                    level: 1, title, leaf, ..
                } => self.leaf((StructRole::H1, document), *leaf, Some(title)),
                Part::Heading { title, leaf, .. } => self.leaf((StructRole::H2, document), *leaf, Some(title)),
                Part::Text(leaf) => self.leaf((StructRole::P, document), *leaf, None),
                Part::Figure { said, leaf } => self.leaf((StructRole::Figure, document), *leaf, Some(said)),
                Part::Table { head, rows } => self.table(document, head, rows),
            };
            children.push(child);
        }
        self.group(document, (StructRole::Document, self.tree), &children);
        document
    }

    fn table(&mut self, parent: Ref, head: &[usize], rows: &[Vec<usize>]) -> Ref {
        let [table, top, body] = [self.id(), self.id(), self.id()];
        let row = self.row(top, StructRole::TH, head);
        self.group(top, (StructRole::THead, table), &[row]);
        let rows: Vec<Ref> = rows.iter().map(|row| self.row(body, StructRole::TD, row)).collect();
        self.group(body, (StructRole::TBody, table), &rows);
        self.group(table, (StructRole::Table, parent), &[top, body]);
        table
    }

    fn row(&mut self, parent: Ref, role: StructRole, cells: &[usize]) -> Ref {
        let row = self.id();
        let cells: Vec<Ref> = cells.iter().map(|cell| self.leaf((role, row), *cell, None)).collect();
        self.group(row, (StructRole::TR, parent), &cells);
        row
    }

    fn group(&mut self, id: Ref, (role, parent): (StructRole, Ref), children: &[Ref]) {
        let mut element = self.pdf.struct_element(id);
        element.kind(role).parent(parent);
        let mut kids = element.children();
        for child in children {
            kids.struct_element(*child);
        }
    }

    /// An element with the marks of a leaf; `said` is the title of a heading, and what a figure shows.
    fn leaf(&mut self, (role, parent): (StructRole, Ref), leaf: usize, said: Option<&str>) -> Ref {
        let id = self.id();
        let seen = self.seen.get(leaf).cloned().unwrap_or_default();
        let mut element = self.pdf.struct_element(id);
        element.kind(role).parent(parent);
        match (role, said) {
            (StructRole::Figure, Some(said)) => {
                element.alt(TextStr(said));
            }
            (_, Some(title)) => {
                element.title(TextStr(title));
            }
            (_, None) => {}
        }
        if matches!(role, StructRole::TH) {
            let mut attributes = element.attributes();
            attributes.push().table().scope(TableHeaderScope::Column);
        }
        let mut kids = element.children();
        for (page, mark) in &seen {
            if let Some(page) = self.pages.get(*page) {
                kids.marked_content_ref().page(*page).marked_content_id(*mark);
            }
        }
        kids.finish();
        element.finish();
        for (page, mark) in seen {
            let marks = self.parents.get_mut(page);
            if let Some(parent) = marks.and_then(|marks| marks.get_mut(usize::try_from(mark).ok()?)) {
                *parent = id;
            }
        }
        id
    }

    /// Headings, to go to.
    fn outline(&mut self, laid: &Laid) -> Ref {
        let outline = self.id();
        let headings: Vec<(&str, usize, f32)> = laid
            .parts
            .iter()
            .filter_map(|part| match part {
                Part::Heading { title, page, top, .. } => Some((&**title, *page, *top)),
                Part::Text(_) | Part::Figure { .. } | Part::Table { .. } => None,
            })
            .collect();
        let ids: Vec<Ref> = headings.iter().map(|_| self.id()).collect();
        for (number, ((title, page, top), id)) in headings.iter().zip(&ids).enumerate() {
            let mut item = self.pdf.outline_item(*id);
            item.title(TextStr(title)).parent(outline);
            if let Some(before) = number.checked_sub(1).and_then(|before| ids.get(before)) {
                item.prev(*before);
            }
            if let Some(next) = ids.get(number + 1) {
                item.next(*next);
            }
            if let Some(page) = self.pages.get(*page) {
                item.dest().page(*page).xyz(0.0, PAGE.1 - top, None);
            }
        }
        let mut all = self.pdf.outline(outline);
        if let (Some(first), Some(last)) = (ids.first(), ids.last()) {
            all.first(*first).last(*last).count(count(ids.len()));
        }
        all.finish();
        outline
    }

    fn finish(mut self, paper: &Paper, document: Ref, outline: Ref) -> Vec<u8> {
        let (catalog, info) = (self.id(), self.id());
        let mut arrays = Vec::new();
        for parents in std::mem::take(&mut self.parents) {
            let id = self.id();
            self.pdf.indirect(id).array().items(parents);
            arrays.push(id);
        }
        let mut pages = self.pdf.pages(self.book);
        pages.kids(self.pages.iter().copied()).count(count(self.pages.len()));
        pages.finish();
        let mut described = self.pdf.document_info(info);
        described
            .title(TextStr(&paper.title))
            .subject(TextStr(&paper.subtitle))
            .creator(TextStr("Weir"));
        if let Some(date) = date(paper) {
            described.creation_date(date);
        }
        described.finish();
        let mut tree = self
            .pdf
            .indirect(self.tree)
            .start::<pdf_writer::writers::StructTreeRoot<'_>>();
        tree.child(document);
        let mut parents = tree.parent_tree();
        let mut numbers = parents.nums();
        for (number, id) in arrays.iter().enumerate() {
            numbers.insert(count(number), *id);
        }
        numbers.finish();
        parents.finish();
        tree.parent_tree_next_key(count(arrays.len()));
        tree.finish();
        let mut all = self.pdf.catalog(catalog);
        all.pages(self.book).outlines(outline).lang(TextStr(LANGUAGE));
        all.viewer_preferences().display_doc_title(true);
        all.mark_info().marked(true);
        all.pair(Name(b"StructTreeRoot"), self.tree);
        all.finish();
        self.pdf.finish()
    }
}

fn packed(bytes: &[u8]) -> Result<Vec<u8>, PaperError> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?)
}

fn count(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

fn date(paper: &Paper) -> Option<Date> {
    let time = jiff::Timestamp::from_millisecond(paper.made.as_millis()).ok()?;
    let time = time.to_zoned(jiff::tz::TimeZone::UTC);
    let small = |number: i8| number.unsigned_abs();
    let date = Date::new(time.year().unsigned_abs())
        .month(small(time.month()))
        .day(small(time.day()))
        .hour(small(time.hour()))
        .minute(small(time.minute()))
        .second(small(time.second()));
    Some(date.utc_offset_hour(0).utc_offset_minute(0))
}
