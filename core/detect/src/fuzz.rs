//! What must hold of the normaliser and the validators for every input; `tests/fuzz` and the tests of this crate call it.

use crate::detectors;
use crate::fold::fold;

/// For fuzzing: folds a text. What was folded leads back to the text, in its order and on its character boundaries, and a second
/// folding hides nothing more.
///
/// # Panics
/// When one of this does not hold.
pub fn fuzz_fold(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let Some(folded) = fold(&text) else {
        return;
    };
    for hidden in &folded.hidden {
        assert!(
            text.get(hidden.clone()).is_some_and(|hidden| !hidden.is_empty()),
            "what is hidden lies on character boundaries"
        );
    }
    let mut reached = 0;
    for (at, letter) in folded.view.text.char_indices() {
        let source = folded.view.source(&(at..at + letter.len_utf8()));
        let source = source.unwrap_or_default();
        // The blanks that set apart what was spelled in secret stand for nothing.
        assert!(text.get(source.clone()).is_some(), "a letter leads back to letters");
        assert!(source.start >= reached, "letters keep their order");
        reached = source.start;
    }
    if let Some(again) = fold(&folded.view.text) {
        assert!(again.view.text.len() <= folded.view.text.len(), "folding never adds");
    }
}

/// For fuzzing: reads digits and letters as every number and code there is; none may panic, whatever its length.
pub fn fuzz_values(data: &[u8]) {
    detectors::fuzz_values(data);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn any_text_is_folded(text in any::<String>()) {
            fuzz_fold(text.as_bytes());
        }

        #[test]
        fn look_alikes_and_hidden_letters_are_folded(text in "[a-zA-Z0-9 еорсАВСΝΖ０-９ａ-ｚ\u{200b}-\u{200f}\u{ad}\u{feff}\u{e0020}-\u{e007e}]{0,40}") {
            fuzz_fold(text.as_bytes());
        }

        #[test]
        fn any_digits_and_letters_are_validated(value in "[0-9A-Z]{0,40}") {
            fuzz_values(value.as_bytes());
        }
    }
}
