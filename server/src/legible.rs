//! What others say, as far as people read it.

/// A text without what nobody can see, a zero before all, which PostgreSQL takes in no text; and cut to at most `longest` characters.
pub(crate) fn legible(text: &str, longest: usize) -> String {
    let shown = text.chars().filter(|letter| !letter.is_control());
    shown.take(longest).collect()
}
