//! Errors in one sentence, as logs and command lines tell them.

use std::error::Error;

/// An error and everything below it, as one sentence.
#[must_use]
pub fn chain(error: &dyn Error) -> String {
    let mut said = error.to_string();
    let mut below = error.source();
    while let Some(cause) = below {
        let text = cause.to_string();
        // Some errors print what is below them themselves.
        if !said.ends_with(&text) {
            said.push_str(": ");
            said.push_str(&text);
        }
        below = cause.source();
    }
    said
}

#[cfg(test)]
mod tests {
    use super::chain;

    #[derive(Debug, thiserror::Error)]
    #[error("cannot read `a`")]
    struct Outer(#[source] std::io::Error);

    #[test]
    fn a_chain_reads_as_one_sentence() {
        let error = Outer(std::io::Error::other("it is gone"));
        assert_eq!(chain(&error), "cannot read `a`: it is gone");
    }
}
