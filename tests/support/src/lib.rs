//! A fake AI service on loopback, and what tests share.
