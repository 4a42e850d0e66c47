//! Records, hash chain, sealing and verification.
