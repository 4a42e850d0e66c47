use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use serde_json::json;

/// When the agent told of each event, by its own socket.
pub(crate) struct Events(Receiver<Instant>);

impl Events {
    /// From now on.
    pub(crate) fn listen(state: &Path) -> Self {
        let mut stream = UnixStream::connect(state.join("run/agent.sock")).unwrap();
        let hello = json!({"program": "weir-desktop", "version": "1", "capability": 1, "oldest": 1}).to_string();
        let length = hello.len();
        write!(
            stream,
            "POST /v1/hello HTTP/1.1\r\nHost: weir\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{hello}\
             GET /v1/tail HTTP/1.1\r\nHost: weir\r\n\r\n"
        )
        .unwrap();
        let (tell, told) = channel();
        let mut lines = BufReader::new(stream).lines();
        // Comments come first, when it listens.
        let begun = lines.by_ref().map_while(Result::ok).any(|line| line.starts_with(':'));
        assert!(begun, "the agent does not tell of events");
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                if line == "event: event" && tell.send(Instant::now()).is_err() {
                    return;
                }
            }
        });
        Self(told)
    }

    /// When the next one was told of.
    pub(crate) fn next(&self) -> Instant {
        self.0.recv_timeout(Duration::from_secs(30)).expect("an event")
    }
}
