//! Names that a token-classification model finds.
//!
//! Neighbours: the agent loads a model where the pack in force brings one, and gives it to the scanner as one voice among
//! its detectors. It must not know what a level is, or where a text goes.
//!
//! Lists and rules know most names; a model knows more of them, in more languages, at a thousand times the cost. So none is
//! built in. A pack may bring one in the three files in which such models are published: the graph as ONNX, the tokenizer,
//! and the configuration with the labels. It runs here, in Rust, on threads of its own: that, and nothing else, keeps it
//! out of core. Bytes of files in, places in a text out.

mod config;
mod model;
mod models;
mod spans;
mod wordpiece;

pub use config::Labels;
pub use model::{LoadError, Model, ModelFiles, Reading};
pub use models::Models;
pub use wordpiece::TokenizerError;
