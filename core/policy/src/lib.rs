//! Packs and catalogue to a compiled policy, and from there to decisions.
