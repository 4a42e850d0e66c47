//! The canonical form of a value: equal values have equal fingerprints and surrogates however they are written.

use weir_model::DataType;

/// The form in which two spellings of one value are equal: a card without spaces, an e-mail address in lower case.
#[must_use]
pub fn normalise_value(data_type: &DataType, value: &str) -> String {
    let visible = crate::fold::fold(value).map_or_else(|| value.to_owned(), |folded| folded.view.text);
    let visible = visible.trim();
    match (data_type.category(), data_type.name()) {
        (_, "phone") => compact(visible, |c| c.is_ascii_digit() || c == '+'),
        (_, "email" | "internal_host" | "ip_address") => visible.to_lowercase(),
        (_, "mac_address") => compact(visible, |c| c.is_ascii_hexdigit()),
        (_, "person_name" | "postal_address" | "confidential_marking" | "proprietary_header") => words(visible),
        (_, "crypto_wallet") => visible.to_owned(),
        ("financial" | "governmental" | "medical", _) => compact(visible, |c| c.is_alphanumeric()),
        (_, "private_key" | "gcp_service_account") => visible.split_whitespace().collect(),
        _ => visible.to_owned(),
    }
}

/// The word that stands for a data type in surrogates and redaction marks: `CREDIT_CARD`.
#[must_use]
pub fn surrogate_name(data_type: &DataType) -> String {
    data_type
        .name()
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() {
                c.to_ascii_uppercase()
            } else {
                '_'
            }
        })
        .collect()
}

fn compact(value: &str, keep: impl Fn(char) -> bool) -> String {
    value
        .chars()
        .filter(|c| keep(*c))
        .flat_map(char::to_uppercase)
        .collect()
}

fn words(value: &str) -> String {
    value.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_value_are_equal() {
        let card = DataType::builtin("financial/credit_card");
        assert_eq!(
            normalise_value(&card, "4111 1111-1111 1111"),
            normalise_value(&card, "４１１１111111111111")
        );
        let email = DataType::builtin("personal/email");
        assert_eq!(normalise_value(&email, "Ada@Corp.io "), "ada@corp.io");
        let key = DataType::builtin("security/openai_key");
        assert_ne!(normalise_value(&key, "aB"), normalise_value(&key, "Ab"));
        assert_eq!(surrogate_name(&card), "CREDIT_CARD");
    }
}
