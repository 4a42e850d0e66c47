//! Every host that is no AI service. Its bytes do not depend on who asks, so that two ways to it can be compared.

use super::{Answer, Head};
use http::StatusCode;

pub(super) fn answer(head: &Head, body: &[u8]) -> Answer {
    match (head.method.as_str(), head.path.as_str()) {
        ("GET", "/statement.bin") => Answer::whole(StatusCode::OK, "application/octet-stream", statement()),
        ("POST", _) => Answer::whole(StatusCode::OK, "application/octet-stream", body.to_vec()),
        _ => Answer::html(include_str!("../pages/bank.html")),
    }
}

/// A mebibyte that no compression shortens, the same every time.
fn statement() -> Vec<u8> {
    let mut random = crate::Random::seeded(1);
    (0..131_072).flat_map(|_| random.next_u64().to_le_bytes()).collect()
}
