//! Recorded traffic: one exchange or socket as files, in the format of `tests/golden/traffic/README.md`.

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use crate::cli::CliError;

/// One recorded exchange. No `Debug`: it holds what people typed.
pub(super) struct Sample {
    pub(super) id: String,
    pub(super) request: Request,
    /// The request's body; empty for sockets.
    pub(super) body: Vec<u8>,
    pub(super) response: Option<Response>,
    /// The messages of a socket, in order.
    pub(super) messages: Vec<Message>,
}

/// The head of a request.
#[derive(Deserialize)]
pub(super) struct Request {
    pub(super) method: String,
    #[serde(default)]
    scheme: Option<String>,
    pub(super) host: String,
    /// With the query.
    path: String,
    #[serde(default)]
    pub(super) headers: Vec<(String, String)>,
    #[serde(default)]
    body_file: Option<PathBuf>,
    #[serde(default)]
    frames_file: Option<PathBuf>,
}

/// An answer.
pub(super) struct Response {
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

/// One message of a socket.
pub(super) struct Message {
    pub(super) from_client: bool,
    pub(super) is_text: bool,
    pub(super) bytes: Vec<u8>,
}

#[derive(Deserialize)]
struct Meta {
    id: String,
    request: Request,
    #[serde(default)]
    response: Option<ResponseMeta>,
}

#[derive(Deserialize)]
struct ResponseMeta {
    #[serde(default)]
    headers: Vec<(String, String)>,
    #[serde(default)]
    body_file: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Line {
    dir: Direction,
    op: Opcode,
    #[serde(default)]
    data: Option<String>,
    #[serde(default)]
    b64: Option<String>,
}

#[derive(Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Direction {
    C2s,
    S2c,
}

#[derive(Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Opcode {
    Text,
    Binary,
    Ping,
    Pong,
    Close,
}

impl Sample {
    /// Reads `<id>.meta.json` and the files it names, which stand beside it.
    pub(super) fn read(path: &Path) -> Result<Self, CliError> {
        let text = read(path)?;
        let meta: Meta = serde_json::from_slice(&text).map_err(|error| not_a_sample(path, &error))?;
        let beside = |name: &Option<PathBuf>| match name {
            Some(name) => read(&path.parent().unwrap_or(Path::new(".")).join(name)),
            None => Ok(Vec::new()),
        };
        let response = match &meta.response {
            Some(response) => Some(Response {
                headers: response.headers.clone(),
                body: beside(&response.body_file)?,
            }),
            None => None,
        };
        let frames = beside(&meta.request.frames_file)?;
        Ok(Self {
            body: beside(&meta.request.body_file)?,
            messages: messages(&frames).map_err(|error| not_a_sample(path, &error))?,
            id: meta.id,
            request: meta.request,
            response,
        })
    }
}

impl Request {
    /// Path and query apart.
    pub(super) fn target(&self) -> (&str, Option<&str>) {
        match self.path.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (&self.path, None),
        }
    }

    /// Host, with the port where it is not the scheme's own: as adapters know it.
    pub(super) fn authority(&self) -> String {
        let own = if self.scheme.as_deref() == Some("http") { ":80" } else { ":443" };
        let host = self.host.to_ascii_lowercase();
        host.strip_suffix(own).map_or(host.clone(), str::to_owned)
    }
}

fn messages(lines: &[u8]) -> Result<Vec<Message>, serde_json::Error> {
    let lines = serde_json::Deserializer::from_slice(lines).into_iter::<Line>();
    let mut messages = Vec::new();
    for line in lines {
        let line = line?;
        if !matches!(line.op, Opcode::Text | Opcode::Binary) {
            continue;
        }
        let bytes = match (line.data, line.b64) {
            (Some(text), _) => text.into_bytes(),
            (None, Some(encoded)) => STANDARD.decode(encoded).map_err(serde::de::Error::custom)?,
            (None, None) => Vec::new(),
        };
        messages.push(Message {
            from_client: line.dir == Direction::C2s,
            is_text: line.op == Opcode::Text,
            bytes,
        });
    }
    Ok(messages)
}

fn read(path: &Path) -> Result<Vec<u8>, CliError> {
    fs::read(path).map_err(|error| CliError::environment(format!("cannot read `{}`: {error}", path.display())))
}

/// The place of a fault in JSON, without the text there.
fn not_a_sample(path: &Path, error: &serde_json::Error) -> CliError {
    CliError::environment(format!(
        "`{}` is not a sample: {} at line {}, column {}",
        path.display(),
        match error.classify() {
            serde_json::error::Category::Data => "a field is missing or of the wrong kind",
            _ => "it is not JSON",
        },
        error.line(),
        error.column()
    ))
}
