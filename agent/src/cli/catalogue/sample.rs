//! Recorded traffic: one exchange or socket as files, in the format of `tests/golden/traffic/README.md`.

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use crate::cli::CliError;

/// One recorded exchange. No `Debug`: it holds what people typed.
pub(super) struct Sample {
    pub(super) id: String,
    pub(super) request: Request,
    /// The request's body; empty for sockets.
    pub(super) body: Vec<u8>,
    pub(super) response: Option<Response>,
    /// The messages of a socket, in order, control frames among them; `None` for exchanges.
    pub(super) messages: Option<Vec<Message>>,
}

/// The head of a request.
#[derive(Deserialize)]
pub(super) struct Request {
    pub(super) method: String,
    #[serde(default)]
    scheme: Option<String>,
    host: String,
    /// With the query.
    path: String,
    #[serde(default)]
    headers: Vec<(String, String)>,
    #[serde(default)]
    body_file: Option<PathBuf>,
    #[serde(default)]
    frames_file: Option<PathBuf>,
}

/// An answer.
pub(super) struct Response {
    /// 0 where the sample does not tell.
    pub(super) status: u16,
    headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

/// One message of a socket.
pub(super) struct Message {
    pub(super) from_client: bool,
    op: Opcode,
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
    status: u16,
    #[serde(default)]
    headers: Vec<(String, String)>,
    #[serde(default)]
    body_file: Option<PathBuf>,
}

/// A line of the file of messages.
#[derive(Deserialize, Serialize)]
struct Line {
    dir: Direction,
    op: Opcode,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    data: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    b64: Option<String>,
}

#[derive(Clone, Copy, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Direction {
    C2s,
    S2c,
}

#[derive(Clone, Copy, Deserialize, PartialEq, Eq, Serialize)]
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
        let beside = |name: &Option<PathBuf>| {
            let folder = path.parent().unwrap_or(Path::new(""));
            name.as_ref().map(|name| read(&folder.join(name))).transpose()
        };
        let body = beside(&meta.request.body_file)?.unwrap_or_default();
        let messages = beside(&meta.request.frames_file)?.map(|lines| messages(&lines));
        let messages = messages.transpose().map_err(|error| not_a_sample(path, &error))?;
        let response = match meta.response {
            Some(response) => Some(Response {
                status: response.status,
                body: beside(&response.body_file)?.unwrap_or_default(),
                headers: response.headers,
            }),
            None => None,
        };
        Ok(Self {
            id: meta.id,
            request: meta.request,
            body,
            response,
            messages,
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

    /// Host, with the port where it is not that of HTTPS: as adapters know it.
    pub(super) fn authority(&self) -> String {
        let host = self.host.to_ascii_lowercase();
        match self.scheme.as_deref() {
            Some("http" | "ws") if !host.contains(':') => format!("{host}:80"),
            _ => host.strip_suffix(":443").map_or(host.clone(), str::to_owned),
        }
    }

    /// Names in lower case.
    pub(super) fn headers(&self) -> Vec<(String, &[u8])> {
        self.headers
            .iter()
            .map(|(name, value)| (name.to_ascii_lowercase(), value.as_bytes()))
            .collect()
    }
}

impl Response {
    /// The first header of a name.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(this, _)| this.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

impl Message {
    /// False for pings and the like.
    pub(super) const fn has_content(&self) -> bool {
        matches!(self.op, Opcode::Text | Opcode::Binary)
    }

    /// The message as a line of a file, with other bytes.
    pub(super) fn line_with(&self, bytes: &[u8]) -> Result<String, serde_json::Error> {
        let text = std::str::from_utf8(bytes).ok().filter(|_| self.op != Opcode::Binary);
        serde_json::to_string(&Line {
            dir: if self.from_client {
                Direction::C2s
            } else {
                Direction::S2c
            },
            op: self.op,
            data: text.map(str::to_owned),
            b64: text.is_none().then(|| STANDARD.encode(bytes)),
        })
    }
}

fn messages(lines: &[u8]) -> Result<Vec<Message>, serde_json::Error> {
    serde_json::Deserializer::from_slice(lines)
        .into_iter::<Line>()
        .map(|line| {
            let line = line?;
            let bytes = match (line.data, line.b64) {
                (Some(text), _) => text.into_bytes(),
                (None, Some(encoded)) => STANDARD.decode(encoded).map_err(serde::de::Error::custom)?,
                (None, None) => Vec::new(),
            };
            Ok(Message {
                from_client: line.dir == Direction::C2s,
                op: line.op,
                bytes,
            })
        })
        .collect()
}

fn read(path: &Path) -> Result<Vec<u8>, CliError> {
    fs::read(path).map_err(|error| CliError::environment(format!("cannot read `{}`: {error}", path.display())))
}

/// The place of a fault, without the text there.
fn not_a_sample(path: &Path, error: &serde_json::Error) -> CliError {
    let fault = match error.classify() {
        serde_json::error::Category::Data => "a field is missing or of the wrong kind",
        _ => "it is not JSON",
    };
    let (line, column) = (error.line(), error.column());
    CliError::environment(format!(
        "`{}` is not a sample: {fault} (line {line}, column {column})",
        path.display()
    ))
}
