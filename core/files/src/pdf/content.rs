//! Content streams: which glyphs are drawn where.

use super::guard::Decoding;
use super::layout::{Layout, Point};
use crate::Unreadable;
use crate::limits::{MAX_PDF_FORMS, MAX_PDF_INSTRUCTIONS};
use crate::markup::line;
use crate::reading::Reading;
use hayro_font::{CMapResolverFn, Font, FontCache, FontGlyph, FontQuery, FontResolverFn};
use hayro_syntax::content::TypedIter;
use hayro_syntax::content::ops::TypedInstruction;
use hayro_syntax::object::dict::keys;
use hayro_syntax::object::{Array, Dict, Name, Number, Object, Stream};
use hayro_syntax::page::{Page, Resources};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// A page on which more glyphs than this part have no known character is not read.
const MOST_MAPPED: usize = 10;

/// So many bytes of an object that an instruction names cost as much as one instruction.
const BYTES_AN_INSTRUCTION: u64 = 64;

/// States saved within states; writers of PDFs are told to expect 28.
const MAX_STATES: usize = 1_000;

/// Follows content streams. Fonts are kept over the whole document.
pub(super) struct Painter<'a> {
    pub(super) decoding: Decoding,
    instructions: u64,
    fonts: HashMap<usize, Option<Font<'a>>>,
    cache: FontCache<'a>,
    resolve_font: FontResolverFn,
    resolve_map: CMapResolverFn,
    /// Forms drawn on pages, which need not be read by themselves.
    drawn: HashSet<(u32, i32)>,
}

/// What one page or form says.
#[derive(Default)]
struct Drawing {
    layout: Layout,
    replaced: String,
    glyphs: usize,
    unmapped: usize,
    pictures: u32,
    /// How much text may be taken from it.
    room: usize,
}

impl Drawing {
    fn within(reading: &Reading) -> Self {
        Self {
            room: reading.text_left(),
            ..Self::default()
        }
    }

    /// One glyph and one property may stand for a long text each, and be used again and again: asked after each.
    fn is_full(&self) -> bool {
        self.layout.text.len().saturating_add(self.replaced.len()) > self.room
    }
}

impl<'a> Painter<'a> {
    pub(super) fn new(decoding: Decoding) -> Self {
        Self {
            decoding,
            instructions: MAX_PDF_INSTRUCTIONS,
            fonts: HashMap::new(),
            cache: FontCache::new(),
            resolve_font: Arc::new(|query| {
                Some(match query {
                    FontQuery::Standard(font) => font.get_font_data(),
                    FontQuery::Fallback(query) => query.pick_standard_font().get_font_data(),
                })
            }),
            resolve_map: Arc::new(|_| None),
            drawn: HashSet::new(),
        }
    }

    pub(super) fn page(&mut self, page: &Page<'a>, place: &str, reading: &mut Reading) {
        let content = match self.contents(page.raw()) {
            Ok(content) => content,
            Err(reason) => return reading.note(reason),
        };
        let mut drawing = Drawing::within(reading);
        self.draw(&content, page.resources(), State::default(), 0, &mut drawing, reading);
        finish(drawing, place, reading);
    }

    /// A form that no page draws: the look of an annotation, a template.
    pub(super) fn form(&mut self, form: &Stream<'a>, place: &str, reading: &mut Reading) {
        let id = form.obj_id();
        if self.drawn.contains(&(id.obj_number, id.gen_number)) {
            return;
        }
        let mut drawing = Drawing::within(reading);
        let none = Resources::new(Dict::empty());
        self.draw_form(form, &none, &State::default(), 0, &mut drawing, reading);
        finish(drawing, place, reading);
    }

    /// The streams of a page, which are one text cut anywhere between two words.
    fn contents(&mut self, page: &Dict<'a>) -> Result<Vec<u8>, Unreadable> {
        let mut content = Vec::new();
        let streams: Vec<Stream<'a>> = match page.get::<Object<'a>>(keys::CONTENTS) {
            Some(Object::Stream(stream)) => vec![stream],
            Some(Object::Array(streams)) => streams.iter::<Stream<'a>>().collect(),
            _ => Vec::new(),
        };
        for stream in streams {
            if let Some(bytes) = self.decoding.decode(&stream)? {
                content.extend_from_slice(&bytes);
                content.push(b'\n');
            }
        }
        Ok(content)
    }

    fn draw(
        &mut self,
        content: &[u8],
        resources: &Resources<'a>,
        state: State<'a>,
        depth: usize,
        drawing: &mut Drawing,
        reading: &mut Reading,
    ) {
        let (mut state, mut saved) = (state, Vec::new());
        let mut instructions = TypedIter::new(content);
        while let Some(instruction) = instructions.next() {
            if self.instructions == 0 {
                return reading.note(Unreadable::TooLarge);
            }
            self.instructions -= 1;
            match instruction {
                TypedInstruction::SaveState(_) if saved.len() < MAX_STATES => saved.push(state.clone()),
                TypedInstruction::RestoreState(_) => state = saved.pop().unwrap_or(state),
                TypedInstruction::XObject(object) => {
                    if let Some(stream) = resources.get_x_object(object.0) {
                        self.draw_object(&stream, resources, &state, depth, drawing, reading);
                    }
                }
                TypedInstruction::InlineImage(_) => drawing.pictures += 1,
                TypedInstruction::TextFont(font) => {
                    state.size = font.1.as_f64();
                    state.font = resources.get_font(font.0).and_then(|dict| self.font(&dict, reading));
                }
                TypedInstruction::SetGraphicsState(name) => {
                    let font = resources
                        .get_ext_g_state(name.0)
                        .and_then(|dict| dict.get::<Array<'a>>(keys::FONT));
                    if let Some(font) = font {
                        let mut items = font.flex_iter();
                        let dict = items.next::<Dict<'a>>();
                        state.size = items.next::<Number>().map_or(state.size, |size| size.as_f64());
                        state.font = dict.and_then(|dict| self.font(&dict, reading));
                    }
                }
                TypedInstruction::BeginMarkedContentWithProperties(marked) => {
                    if let Object::Dict(properties) = marked.1 {
                        replaced(properties, &mut drawing.replaced);
                    } else if let Object::Name(name) = marked.1
                        && let Some(properties) = resources.properties.get::<Dict<'a>>(name)
                    {
                        // It is parsed anew each time, however large it is and whatever it says.
                        let size = u64::try_from(properties.data().len()).unwrap_or(u64::MAX);
                        self.instructions = self.instructions.saturating_sub(size / BYTES_AN_INSTRUCTION);
                        replaced(&properties, &mut drawing.replaced);
                    }
                }
                instruction => state.text_instruction(&instruction, drawing),
            }
            if drawing.is_full() {
                return reading.note(Unreadable::TooLarge);
            }
        }
    }

    fn draw_object(
        &mut self,
        stream: &Stream<'a>,
        resources: &Resources<'a>,
        state: &State<'a>,
        depth: usize,
        drawing: &mut Drawing,
        reading: &mut Reading,
    ) {
        match stream.dict().get::<Name<'_>>(keys::SUBTYPE).as_deref() {
            Some(b"Image") => drawing.pictures += 1,
            Some(b"Form") => self.draw_form(stream, resources, state, depth, drawing, reading),
            _ => {}
        }
    }

    fn draw_form(
        &mut self,
        form: &Stream<'a>,
        resources: &Resources<'a>,
        state: &State<'a>,
        depth: usize,
        drawing: &mut Drawing,
        reading: &mut Reading,
    ) {
        if depth >= MAX_PDF_FORMS {
            return reading.note(Unreadable::TooDeep);
        }
        let id = form.obj_id();
        self.drawn.insert((id.obj_number, id.gen_number));
        let content = match self.decoding.decode(form) {
            Ok(Some(content)) => content,
            Ok(None) => return reading.note(Unreadable::Damaged),
            Err(reason) => return reading.note(reason),
        };
        let own = form.dict().get::<Dict<'a>>(keys::RESOURCES).map(Resources::new);
        let mut state = state.clone();
        if let Some(matrix) = form.dict().get::<Array<'_>>(keys::MATRIX) {
            let numbers: Vec<f64> = matrix.iter::<Number>().map(|number| number.as_f64()).collect();
            if let [a, b, c, d, e, f] = numbers[..] {
                state.page = Matrix([a, b, c, d, e, f]).then(&state.page);
            }
        }
        self.draw(
            &content,
            own.as_ref().unwrap_or(resources),
            state,
            depth + 1,
            drawing,
            reading,
        );
    }

    fn font(&mut self, dict: &Dict<'a>, reading: &mut Reading) -> Option<Font<'a>> {
        // Two dictionaries lie at two places, however alike they are.
        let key = dict.data().as_ptr() as usize;
        if let Some(known) = self.fonts.get(&key) {
            return known.clone();
        }
        let font = match self.measure_font(dict) {
            Ok(()) => self.cache.font(dict, &self.resolve_font, &self.resolve_map),
            Err(reason) => {
                reading.note(reason);
                None
            }
        };
        self.fonts.insert(key, font.clone());
        font
    }

    /// Charges the streams that loading a font decodes.
    fn measure_font(&mut self, dict: &Dict<'a>) -> Result<(), Unreadable> {
        let below = dict
            .get::<Array<'a>>(keys::DESCENDANT_FONTS)
            .and_then(|fonts| fonts.iter::<Dict<'a>>().next());
        for font in [Some(dict.clone()), below].into_iter().flatten() {
            let descriptor = font.get::<Dict<'a>>(keys::FONT_DESC).unwrap_or_default();
            let named = [
                (&font, keys::TO_UNICODE),
                (&font, keys::ENCODING),
                (&font, keys::CID_TO_GID_MAP),
            ];
            let programs = [keys::FONT_FILE, keys::FONT_FILE2, keys::FONT_FILE3].map(|key| (&descriptor, key));
            for (holder, key) in named.into_iter().chain(programs) {
                if let Some(stream) = holder.get::<Stream<'a>>(key) {
                    self.decoding.measure(&stream)?;
                }
            }
        }
        Ok(())
    }
}

fn finish(drawing: Drawing, place: &str, reading: &mut Reading) {
    if drawing.unmapped > 20 && drawing.unmapped * MOST_MAPPED > drawing.glyphs {
        reading.note(Unreadable::Unknown);
    }
    for _ in 0..drawing.pictures {
        reading.picture();
    }
    reading.add(place, drawing.layout.text);
    reading.add(&format!("{place} replaced text"), drawing.replaced);
}

/// What a reader is told instead of the glyphs.
fn replaced(properties: &Dict<'_>, to: &mut String) {
    for key in ["ActualText", "Alt", "E"] {
        if let Some(text) = properties.get::<hayro_syntax::object::String<'_>>(key) {
            line(to, &super::aside::text_string(text.as_bytes()));
        }
    }
}

/// The part of the graphics state that places glyphs.
#[derive(Clone, Default)]
struct State<'a> {
    page: Matrix,
    text: Matrix,
    line: Matrix,
    font: Option<Font<'a>>,
    size: f64,
    between_glyphs: f64,
    between_words: f64,
    stretch: Stretch,
    leading: f64,
    rise: f64,
}

#[derive(Clone, Copy)]
struct Stretch(f64);

impl Default for Stretch {
    fn default() -> Self {
        Self(1.0)
    }
}

impl State<'_> {
    fn text_instruction(&mut self, instruction: &TypedInstruction<'_, '_>, drawing: &mut Drawing) {
        match instruction {
            TypedInstruction::Transform(m) => self.page = matrix([m.0, m.1, m.2, m.3, m.4, m.5]).then(&self.page),
            TypedInstruction::BeginText(_) => self.set_line(Matrix::default()),
            TypedInstruction::SetTextMatrix(m) => self.set_line(matrix([m.0, m.1, m.2, m.3, m.4, m.5])),
            TypedInstruction::NextLine(by) => self.move_line(by.0.as_f64(), by.1.as_f64()),
            TypedInstruction::NextLineAndSetLeading(by) => {
                self.leading = -by.1.as_f64();
                self.move_line(by.0.as_f64(), by.1.as_f64());
            }
            TypedInstruction::NextLineUsingLeading(_) => self.move_line(0.0, -self.leading),
            TypedInstruction::CharacterSpacing(by) => self.between_glyphs = by.0.as_f64(),
            TypedInstruction::WordSpacing(by) => self.between_words = by.0.as_f64(),
            TypedInstruction::HorizontalScaling(by) => self.stretch = Stretch(by.0.as_f64() / 100.0),
            TypedInstruction::TextLeading(by) => self.leading = by.0.as_f64(),
            TypedInstruction::TextRise(by) => self.rise = by.0.as_f64(),
            TypedInstruction::ShowText(text) => self.show(text.0.as_bytes(), drawing),
            TypedInstruction::NextLineAndShowText(text) => {
                self.move_line(0.0, -self.leading);
                self.show(text.0.as_bytes(), drawing);
            }
            TypedInstruction::ShowTextWithParameters(text) => {
                self.between_words = text.0.as_f64();
                self.between_glyphs = text.1.as_f64();
                self.move_line(0.0, -self.leading);
                self.show(text.2.as_bytes(), drawing);
            }
            TypedInstruction::ShowTexts(texts) => {
                for item in texts.0.iter::<Object<'_>>() {
                    if drawing.is_full() {
                        break;
                    }
                    match item {
                        Object::String(text) => self.show(text.as_bytes(), drawing),
                        Object::Number(back) => self.advance(-back.as_f64() / 1000.0 * self.size * self.stretch.0, 0.0),
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }

    fn show(&mut self, bytes: &[u8], drawing: &mut Drawing) {
        let Some(font) = self.font.clone() else {
            // Without its font the bytes are all there is: most fonts say ASCII as ASCII.
            let text: String = bytes
                .iter()
                .map(|byte| char::from(*byte))
                .filter(|c| !c.is_control())
                .collect();
            let (start, size) = (self.origin(), self.drawn_size());
            self.advance(0.5 * self.size * bytes.len() as f64, 0.0);
            drawing.glyphs += bytes.len();
            drawing.layout.glyph(&text, start, self.origin(), size);
            return;
        };
        let mut at = 0;
        while at < bytes.len() && !drawing.is_full() {
            let (code, length) = font.read_code(bytes, at);
            let length = length.max(1);
            at += length;
            let advance = font.code_advance(code);
            let spacing = self.between_glyphs
                + if length == 1 && code == 32 {
                    self.between_words
                } else {
                    0.0
                };
            let start = self.origin();
            if font.is_horizontal() {
                self.advance((advance.x / 1000.0 * self.size + spacing) * self.stretch.0, 0.0);
            } else {
                self.advance(0.0, advance.y / 1000.0 * self.size + spacing);
            }
            drawing.glyphs += 1;
            match character(&font, code) {
                Some(text) => drawing.layout.glyph(&text, start, self.origin(), self.drawn_size()),
                None => drawing.unmapped += 1,
            }
        }
    }

    fn set_line(&mut self, matrix: Matrix) {
        self.line = matrix;
        self.text = matrix;
    }

    fn move_line(&mut self, x: f64, y: f64) {
        self.set_line(Matrix([1.0, 0.0, 0.0, 1.0, x, y]).then(&self.line));
    }

    fn advance(&mut self, x: f64, y: f64) {
        self.text = Matrix([1.0, 0.0, 0.0, 1.0, x, y]).then(&self.text);
    }

    fn origin(&self) -> Point {
        self.page.apply(self.text.apply((0.0, self.rise)))
    }

    fn drawn_size(&self) -> f64 {
        let all = self.text.then(&self.page);
        self.size.abs() * all.scale()
    }
}

/// The character a code stands for.
fn character(font: &Font<'_>, code: u32) -> Option<String> {
    let found = match font.glyph(font.map_code(code), code) {
        FontGlyph::Outline(glyph) => glyph.as_unicode(),
        FontGlyph::Type3(glyph) => glyph.as_unicode(),
    }?;
    Some(match found {
        hayro_font::hayro_cmap::BfString::Char(character) => character.to_string(),
        hayro_font::hayro_cmap::BfString::String(text) => text.clone(),
    })
}

#[derive(Clone, Copy)]
struct Matrix([f64; 6]);

impl Default for Matrix {
    fn default() -> Self {
        Self([1.0, 0.0, 0.0, 1.0, 0.0, 0.0])
    }
}

impl Matrix {
    /// First this, then the other.
    fn then(&self, other: &Self) -> Self {
        let ([a, b, c, d, e, f], [g, h, i, j, k, l]) = (self.0, other.0);
        Self([
            a * g + b * i,
            a * h + b * j,
            c * g + d * i,
            c * h + d * j,
            e * g + f * i + k,
            e * h + f * j + l,
        ])
    }

    fn apply(&self, (x, y): Point) -> Point {
        let [a, b, c, d, e, f] = self.0;
        (a * x + c * y + e, b * x + d * y + f)
    }

    fn scale(&self) -> f64 {
        let [a, b, c, d, ..] = self.0;
        (a * d - b * c).abs().sqrt()
    }
}

fn matrix(numbers: [Number; 6]) -> Matrix {
    Matrix(numbers.map(|number| number.as_f64()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use hayro_syntax::Pdf;

    /// How much text may be taken.
    const ROOM: usize = 100_000;

    const LONG: usize = 10_000;

    #[test]
    fn a_text_said_instead_of_glyphs_again_and_again_is_taken_until_the_limit() {
        let properties = format!("/Properties<</B<</ActualText({})>>>>", "a".repeat(LONG));
        let pdf = pdf(&properties, "/A /B BDC\n".repeat(1_000).as_bytes(), &[]);
        assert!(drawn(&pdf).replaced.len() <= ROOM + LONG + 1);
    }

    #[test]
    fn a_code_that_stands_for_a_long_text_is_drawn_until_the_limit() {
        let map = format!(
            "/CMapName/X def 1 begincodespacerange<00><FF>endcodespacerange 1 beginbfchar<41><{}>endbfchar",
            "0061".repeat(LONG)
        );
        let font = "/Font<</F<</Type/Font/Subtype/TrueType/BaseFont/Helvetica/ToUnicode 5 0 R>>>>";
        let shown = "A".repeat(1_000);
        for content in [
            format!("BT /F 9 Tf ({shown}) Tj ET"),
            format!("BT /F 9 Tf [{}] TJ ET", "(A)".repeat(1_000)),
        ] {
            let drawn = drawn(&pdf(font, content.as_bytes(), map.as_bytes()));
            assert!(drawn.layout.text.len() > ROOM, "the code is mapped");
            assert!(drawn.layout.text.len() <= ROOM + LONG + 1);
        }
    }

    #[test]
    fn properties_that_say_nothing_cost_what_they_weigh() {
        let properties = format!("/Properties<</B<</ActualText({})>>>>", " ".repeat(LONG));
        let pdf = Pdf::new(pdf(&properties, "/A /B BDC\n".repeat(1_000).as_bytes(), &[])).unwrap();
        let mut painter = painter(&pdf);
        painter.page(&pdf.pages()[0], "page 1", &mut Reading::of(ROOM));
        assert!(painter.instructions < MAX_PDF_INSTRUCTIONS - 1_000 * (LONG as u64 / BYTES_AN_INSTRUCTION));
    }

    fn drawn(bytes: &[u8]) -> Drawing {
        let pdf = Pdf::new(bytes.to_vec()).unwrap();
        let page = &pdf.pages()[0];
        let mut painter = painter(&pdf);
        let content = painter.contents(page.raw()).unwrap();
        let mut reading = Reading::of(bytes.len());
        let mut drawing = Drawing {
            room: ROOM,
            ..Drawing::default()
        };
        painter.draw(
            &content,
            page.resources(),
            State::default(),
            0,
            &mut drawing,
            &mut reading,
        );
        assert_eq!(
            reading.into_text(crate::FileKind::Pdf).unread,
            Some(Unreadable::TooLarge)
        );
        drawing
    }

    fn painter(pdf: &Pdf) -> Painter<'_> {
        let budget = crate::Budget::default().pdf();
        Painter::new(Decoding::before_load(pdf.data().as_ref(), &budget).unwrap())
    }

    /// One page with these resources and this content, and a stream for them.
    fn pdf(resources: &str, content: &[u8], other: &[u8]) -> Vec<u8> {
        let mut pdf = format!(
            "%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n\
             3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Resources<<{resources}>>/Contents 4 0 R>>endobj\n"
        )
        .into_bytes();
        for (number, stream) in [(4, content), (5, other)] {
            pdf.extend(format!("{number} 0 obj<</Length {}>>stream\n", stream.len()).bytes());
            pdf.extend(stream);
            pdf.extend(b"\nendstream endobj\n");
        }
        pdf.extend(b"trailer<</Root 1 0 R>>\n%%EOF");
        pdf
    }
}
