use serde::{Deserialize, Serialize};
use weir_model::Timestamp;

/// The header in which a self-test's service says, in Base64, what came to it.
pub const SELF_TEST_RECEIVED: &str = "x-weir-selftest-received";

/// Where the agent can be tried out: a proxy with its policy and its log, and nothing behind it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SelfTest {
    /// Address with port.
    pub proxy: String,
    /// Until when.
    pub ends: Timestamp,
}
