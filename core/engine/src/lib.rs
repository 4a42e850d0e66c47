//! judge(message, policy, now) -> verdict.
