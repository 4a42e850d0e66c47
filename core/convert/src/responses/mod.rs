//! OpenAI responses.

pub(crate) mod reply;
pub(crate) mod request;
pub(crate) mod stream;
