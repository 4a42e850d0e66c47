//! Recorded traffic in the format of `tests/golden/traffic/README.md`: what a client sent and what the service answered.

use crate::client::Outgoing;
use crate::fake::{Recording, Turn};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use std::path::Path;

/// One exchange or one socket.
#[derive(Clone)]
pub struct Sample {
    /// Its id.
    pub id: String,
    /// Everything its meta file says.
    pub meta: Value,
    /// The request's body as sent, still compressed; empty for sockets.
    pub body: Vec<u8>,
    /// The messages of a socket, in order.
    pub messages: Vec<Message>,
    /// The recorded answer, where there is one.
    answer: Option<Vec<u8>>,
}

/// One message of a socket.
#[derive(Clone)]
pub struct Message {
    /// True when the client sent it.
    pub from_client: bool,
    /// False for text.
    pub binary: bool,
    /// What it says.
    pub data: Vec<u8>,
}

/// A sample could not be read.
#[derive(Debug, thiserror::Error)]
pub enum SampleError {
    /// A file.
    #[error("cannot read the sample's files")]
    Io(#[from] std::io::Error),
    /// The meta file or a line of messages.
    #[error("not the format of samples")]
    Json(#[from] serde_json::Error),
    /// A binary message.
    #[error("not base64")]
    Base64(#[from] base64::DecodeError),
}

impl Sample {
    /// All samples in a folder, by name.
    pub fn all(folder: &Path) -> Result<Vec<Self>, SampleError> {
        let mut names = Vec::new();
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            if path.to_str().is_some_and(|path| path.ends_with(".meta.json")) {
                names.push(path);
            }
        }
        names.sort();
        names.iter().map(|path| Self::read(path)).collect()
    }

    /// Reads a meta file and what it names.
    pub fn read(path: &Path) -> Result<Self, SampleError> {
        let meta: Value = serde_json::from_slice(&std::fs::read(path)?)?;
        let beside = |name: &Value| {
            let name = name.as_str();
            name.map(|name| std::fs::read(path.with_file_name(name))).transpose()
        };
        let lines = beside(&meta["request"]["frames_file"])?.unwrap_or_default();
        let mut messages = Vec::new();
        for line in serde_json::Deserializer::from_slice(&lines).into_iter::<Value>() {
            messages.push(Message::read(&line?)?);
        }
        Ok(Self {
            id: meta["id"].as_str().unwrap_or_default().to_owned(),
            body: beside(&meta["request"]["body_file"])?.unwrap_or_default(),
            answer: beside(&meta["response"]["body_file"])?,
            messages,
            meta,
        })
    }

    /// Host as the request names it.
    #[must_use]
    pub fn host(&self) -> &str {
        self.meta["request"]["host"].as_str().unwrap_or_default()
    }

    /// True when it went over TLS.
    #[must_use]
    pub fn is_tls(&self) -> bool {
        !matches!(self.meta["request"]["scheme"].as_str(), Some("http" | "ws"))
    }

    /// True for a socket.
    #[must_use]
    pub fn is_socket(&self) -> bool {
        self.meta["transport"] == "websocket"
    }

    /// What the sample says about itself.
    #[must_use]
    pub fn expect(&self) -> &Value {
        &self.meta["expect"]
    }

    /// The request's first header of this name.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        let headers = pairs(&self.meta["request"]["headers"]);
        headers
            .into_iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map_or("", |(_, value)| value)
    }

    /// The request, or the handshake. Left to the client: what belongs to one connection, and the length of the body.
    #[must_use]
    pub fn request(&self) -> Outgoing {
        const OF_THE_CLIENT: [&str; 6] = [
            "host",
            "connection",
            "upgrade",
            "content-length",
            "sec-websocket-version",
            "sec-websocket-key",
        ];
        let request = &self.meta["request"];
        let headers = pairs(&request["headers"]).into_iter();
        let headers = headers.filter(|(name, _)| !OF_THE_CLIENT.contains(&&*name.to_ascii_lowercase()));
        Outgoing {
            method: request["method"].as_str().unwrap_or_default().to_owned(),
            host: self.host().to_owned(),
            path: request["path"].as_str().unwrap_or_default().to_owned(),
            headers: headers
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
            body: self.body.clone(),
        }
    }

    /// What the service answered; an empty 200 where the sample does not tell.
    #[must_use]
    pub fn recording(&self) -> Recording {
        let response = &self.meta["response"];
        let status = response["status"]
            .as_u64()
            .and_then(|status| u16::try_from(status).ok());
        let headers = pairs(&response["headers"]).into_iter();
        let headers = headers.filter(|(name, _)| !name.eq_ignore_ascii_case("content-length"));
        Recording {
            status: status.unwrap_or(200),
            headers: headers
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
            body: self.answer.clone().unwrap_or_default(),
            turns: self.is_socket().then(|| self.turns()),
        }
    }

    /// What a socket's service says before the first message of the client, and after each.
    fn turns(&self) -> Vec<Vec<Turn>> {
        let mut turns = vec![Vec::new()];
        for message in &self.messages {
            if message.from_client {
                turns.push(Vec::new());
            } else if let Some(last) = turns.last_mut() {
                last.push(Turn {
                    binary: message.binary,
                    data: message.data.clone(),
                });
            }
        }
        turns
    }
}

impl Message {
    fn read(line: &Value) -> Result<Self, base64::DecodeError> {
        let data = match line["data"].as_str() {
            Some(text) => text.as_bytes().to_vec(),
            None => STANDARD.decode(line["b64"].as_str().unwrap_or_default())?,
        };
        Ok(Self {
            from_client: line["dir"] == "c2s",
            binary: line["op"] == "binary",
            data,
        })
    }
}

fn pairs(list: &Value) -> Vec<(&str, &str)> {
    let pairs = list.as_array().into_iter().flatten();
    pairs
        .filter_map(|pair| Some((pair[0].as_str()?, pair[1].as_str()?)))
        .collect()
}
