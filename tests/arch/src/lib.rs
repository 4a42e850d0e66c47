//! Nothing here: the import rules, promises and words of this repository are held by the tests beside it.
