//! The fonts, and how broad text is in them.

use super::PaperError;
use skrifa::instance::{LocationRef, Size};
use skrifa::{FontRef, GlyphId, MetadataProvider};

const REGULAR: &[u8] = include_bytes!("../../fonts/LiberationSans-Regular.ttf");
const BOLD: &[u8] = include_bytes!("../../fonts/LiberationSans-Bold.ttf");
/// Stands for a sign that the fonts do not have.
const UNKNOWN: char = '?';

/// A font.
pub(super) struct Face {
    /// The file.
    pub(super) bytes: &'static [u8],
    font: FontRef<'static>,
}

/// What a reader of PDF asks of a font, in thousandths of its size.
pub(super) struct Shape {
    /// Left, bottom, right and top of all glyphs together.
    pub(super) bounds: [f32; 4],
    pub(super) ascent: f32,
    pub(super) descent: f32,
    pub(super) cap_height: f32,
}

const THOUSAND: f32 = 1000.0;

/// Both weights.
pub(super) struct Faces {
    pub(super) regular: Face,
    pub(super) bold: Face,
}

impl Faces {
    pub(super) fn open() -> Result<Self, PaperError> {
        Ok(Self {
            regular: Face::open(REGULAR)?,
            bold: Face::open(BOLD)?,
        })
    }

    pub(super) const fn of(&self, is_bold: bool) -> &Face {
        if is_bold { &self.bold } else { &self.regular }
    }
}

impl Face {
    fn open(bytes: &'static [u8]) -> Result<Self, PaperError> {
        Ok(Self {
            bytes,
            font: FontRef::new(bytes)?,
        })
    }

    /// Each sign with the number of its glyph; those that the font does not have are left out.
    pub(super) fn glyphs(&self, text: &str) -> impl Iterator<Item = (char, u16)> {
        let signs = self.font.charmap();
        let glyph = move |sign: char| Some((sign, u16::try_from(signs.map(sign)?.to_u32()).ok()?));
        text.chars().filter_map(glyph).collect::<Vec<_>>().into_iter()
    }

    /// How far the next glyph is, in thousandths of the size.
    pub(super) fn advance(&self, glyph: u16) -> f32 {
        let metrics = self.font.glyph_metrics(Size::new(THOUSAND), LocationRef::default());
        metrics
            .advance_width(GlyphId::new(u32::from(glyph)))
            .unwrap_or_default()
    }

    pub(super) fn shape(&self) -> Shape {
        let metrics = self.font.metrics(Size::new(THOUSAND), LocationRef::default());
        let bounds = metrics.bounds.unwrap_or_default();
        Shape {
            bounds: [bounds.x_min, bounds.y_min, bounds.x_max, bounds.y_max],
            ascent: metrics.ascent,
            descent: metrics.descent,
            cap_height: metrics.cap_height.unwrap_or(metrics.ascent),
        }
    }

    /// What can be written of a text: names are a device's word, and may have any signs.
    pub(super) fn writable(&self, text: &str) -> String {
        let signs = self.font.charmap();
        let known = |sign: char| match sign {
            _ if sign.is_whitespace() => ' ',
            _ if !sign.is_control() && signs.map(sign).is_some() => sign,
            _ => UNKNOWN,
        };
        text.chars().map(known).collect()
    }

    /// How broad a text is, in points.
    pub(super) fn breadth(&self, text: &str, size: f32) -> f32 {
        let (signs, metrics) = (
            self.font.charmap(),
            self.font.glyph_metrics(Size::new(size), LocationRef::default()),
        );
        let advance = |sign: char| metrics.advance_width(signs.map(sign)?);
        text.chars().filter_map(advance).sum()
    }

    /// The lines of a text that are not broader than that, at most so many; what does not fit ends with an ellipsis.
    pub(super) fn lines(&self, text: &str, size: f32, most: f32, lines: usize) -> Vec<String> {
        let text = self.writable(text);
        let mut rest = text.trim();
        let mut all = Vec::new();
        while !rest.is_empty() && all.len() < lines {
            let cut = self.fitting(rest, size, most);
            let (line, after) = rest.split_at(cut);
            all.push(line.trim_end().to_owned());
            rest = after.trim_start();
        }
        if !rest.is_empty()
            && let Some(last) = all.last_mut()
        {
            while !last.is_empty() && self.breadth(last, size) + self.breadth("…", size) > most {
                last.pop();
            }
            last.push('…');
        }
        all
    }

    /// Where a line ends: behind a word, or within one that is longer than the line.
    fn fitting(&self, text: &str, size: f32, most: f32) -> usize {
        let (mut breadth, mut word) = (0.0, None);
        for (at, sign) in text.char_indices() {
            breadth += self.breadth(sign.encode_utf8(&mut [0; 4]), size);
            if breadth > most && at > 0 {
                return word.unwrap_or(at);
            }
            if sign == ' ' {
                word = Some(at + 1);
            }
        }
        text.len()
    }
}

#[cfg(test)]
mod tests {
    use super::Faces;

    #[test]
    fn lines_are_not_broader_than_asked_and_lose_nothing() {
        let faces = Faces::open().unwrap();
        let text = "data-classification/rules/restricted-data-does-not-leave and some more words";
        let lines = faces.regular.lines(text, 9.0, 90.0, 50);
        assert!(lines.len() > 3);
        for line in &lines {
            assert!(faces.regular.breadth(line, 9.0) <= 90.0, "{line}");
        }
        let squeezed = |text: &str| text.replace(' ', "");
        assert_eq!(squeezed(&lines.concat()), squeezed(text));
    }

    #[test]
    fn what_does_not_fit_says_so() {
        let faces = Faces::open().unwrap();
        let lines = faces.bold.lines("one two three four five six seven", 9.0, 40.0, 2);
        assert_eq!(lines.len(), 2);
        assert!(lines[1].ends_with('…'), "{lines:?}");
        assert!(faces.bold.breadth(&lines[1], 9.0) <= 40.0);
    }

    #[test]
    fn signs_that_no_font_has_are_not_written() {
        let faces = Faces::open().unwrap();
        assert_eq!(faces.regular.writable("Zoë\t日\u{7}"), "Zoë ??");
        assert_eq!(faces.regular.lines("  ", 9.0, 90.0, 3), Vec::<String>::new());
    }
}
