//! How the records of a laptop go up: on its stream where they are few, and else by a request, as the agent does it.

use crate::Outcome;
use crate::connection::{Connection, Held};
use crate::fleet::Device;
use bytes::Bytes;
use hyper::{Method, StatusCode};
use rustls::RootCertStore;
use std::net::SocketAddr;
use std::sync::Arc;
use weir_fleet::{
    Answered, HEARTBEAT, Holds, MOST_SAID, Receipt, Refusal, STILL_HERE, Said, Saying, StreamEvent, StreamEvents,
    routes,
};

/// The connections of one laptop, as far as they are open.
pub(crate) struct Ways {
    server: SocketAddr,
    roots: Arc<RootCertStore>,
    device: Device,
    stream: Option<Speaking>,
    requests: Option<Connection>,
}

/// A stream, and the number of what was said last.
struct Speaking {
    held: Held,
    events: StreamEvents,
    number: u64,
}

/// A batch as it is sent.
#[derive(Clone)]
pub(crate) enum Packed {
    /// On the stream.
    Small(Vec<u8>),
    /// By a request.
    Large(Bytes),
}

impl Packed {
    pub(crate) fn new(batch: Vec<u8>) -> Self {
        match batch.len() <= MOST_SAID {
            true => Self::Small(batch),
            false => Self::Large(batch.into()),
        }
    }
}

impl Ways {
    pub(crate) fn new(server: SocketAddr, roots: Arc<RootCertStore>, device: Device) -> Self {
        Self {
            server,
            roots,
            device,
            stream: None,
            requests: None,
        }
    }

    /// Connects, as far as is needed for this batch.
    pub(crate) async fn open(&mut self, batch: &Packed) -> Outcome<()> {
        match batch {
            Packed::Small(_) => self.stream().await.map(drop),
            Packed::Large(_) => self.requests().await.map(drop),
        }
    }

    /// Sends a batch; gives what became of it, and how many bytes it was sent as. What fails is connected anew the next time.
    pub(crate) async fn send(&mut self, batch: &Packed) -> Outcome<(Result<Receipt, Refusal>, usize)> {
        let sent = match batch {
            Packed::Small(batch) => match self.stream().await {
                Ok(speaking) => speaking.send(batch).await,
                Err(error) => Err(error),
            },
            Packed::Large(batch) => match self.requests().await {
                Ok(requests) => send(requests, batch).await,
                Err(error) => Err(error),
            },
        };
        if sent.is_err() {
            (self.stream, self.requests) = (None, None);
        }
        sent
    }

    async fn stream(&mut self) -> Outcome<&mut Speaking> {
        let speaking = match self.stream.take() {
            Some(speaking) => speaking,
            None => Speaking {
                held: Held::open(
                    self.server,
                    &self.roots,
                    &self.device,
                    &routes::stream_carrying(&Holds::default()),
                )
                .await?,
                events: StreamEvents::default(),
                number: 0,
            },
        };
        Ok(self.stream.insert(speaking))
    }

    async fn requests(&mut self) -> Outcome<&mut Connection> {
        let requests = match self.requests.take() {
            Some(requests) => requests,
            None => Connection::open(self.server, &self.roots, Some(&self.device)).await?,
        };
        Ok(self.requests.insert(requests))
    }
}

impl Speaking {
    async fn send(&mut self, batch: &[u8]) -> Outcome<(Result<Receipt, Refusal>, usize)> {
        self.number += 1;
        let said = Said::Records(batch.to_vec());
        let number = self.number;
        let line = Saying { number, said }.to_line();
        self.held.write(&line).await?;
        loop {
            let bytes = self.held.next().await?;
            if bytes.starts_with(HEARTBEAT) {
                self.held.write(STILL_HERE).await?;
            }
            for event in self.events.read(&bytes) {
                match event {
                    StreamEvent::Answered(Answered { number: of, answer }) if of == number => {
                        return Ok((answer.into(), line.len()));
                    }
                    // What is new is for laptops that stay.
                    _ => {}
                }
            }
        }
    }
}

async fn send(requests: &mut Connection, batch: &Bytes) -> Outcome<(Result<Receipt, Refusal>, usize)> {
    let (status, answer) = requests
        .whole(Method::POST, routes::RECORDS, routes::RECORDS_TYPE, batch.clone())
        .await?;
    let outcome = match status {
        StatusCode::OK => Ok(serde_json::from_slice(&answer)?),
        _ => Err(serde_json::from_slice(&answer)?),
    };
    Ok((outcome, batch.len()))
}
