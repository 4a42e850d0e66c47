//! The packs and the catalogue that come with Weir, embedded.
