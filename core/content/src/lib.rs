//! Untrusted bytes to segments of text, and edits back to bytes.
