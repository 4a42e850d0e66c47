use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use crate::{Desktop, until};

/// The first window of a program, driven by WebKit's own driver.
pub struct Browser {
    driver: Child,
    port: u16,
    session: String,
}

impl Browser {
    /// Has the driver start a program, and waits for its first window.
    ///
    /// # Panics
    /// Where the driver is missing, or no window comes.
    #[must_use]
    pub fn start(desktop: &Desktop, program: &Path, arguments: &[&str]) -> Self {
        let port = std::net::TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let driver = desktop
            .command("WebKitWebDriver")
            .arg(format!("--port={port}"))
            .env("TAURI_WEBVIEW_AUTOMATION", "true")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let options = json!({"binary": program, "args": arguments});
        let asked =
            json!({"capabilities": {"alwaysMatch": {"browserName": "wry", "webkitgtk:browserOptions": options}}});
        let mut browser = Self {
            driver,
            port,
            session: String::new(),
        };
        until("the driver", || TcpStream::connect(("127.0.0.1", port)).ok());
        let answer = browser.ask("POST", "/session", &asked);
        browser.session = answer["sessionId"]
            .as_str()
            .unwrap_or_else(|| panic!("{answer}"))
            .to_owned();
        browser
    }

    /// Asks for something as the page would; gives the answer, or what was thrown.
    ///
    /// # Panics
    /// Where the driver does not answer.
    ///
    /// # Errors
    /// What the program threw.
    pub fn invoke(&self, command: &str, given: &Value) -> Result<Value, Value> {
        let script = "const done = arguments[arguments.length - 1];
            window.__TAURI_INTERNALS__.invoke(arguments[0], arguments[1])
                .then((value) => done({ok: value}), (error) => done({error}));";
        let answer = self.post("execute/async", &json!({"script": script, "args": [command, given]}));
        match answer.get("error") {
            Some(error) => Err(error.clone()),
            None => Ok(answer["ok"].clone()),
        }
    }

    /// What a script gives.
    ///
    /// # Panics
    /// Where the driver does not answer.
    #[must_use]
    pub fn run(&self, script: &str) -> Value {
        self.post("execute/sync", &json!({"script": script, "args": []}))
    }

    /// Presses keys one after the other, each as WebDriver writes it: a letter, or one of [`key`].
    ///
    /// # Panics
    /// Where the driver does not take them.
    pub fn press(&self, keys: &str) {
        let strokes: Vec<Value> = keys
            .chars()
            .flat_map(|key| ["keyDown", "keyUp"].map(|deed| json!({"type": deed, "value": key.to_string()})))
            .collect();
        let keyboard = json!({"type": "key", "id": "keyboard", "actions": strokes});
        let answer = self.post("actions", &json!({"actions": [keyboard]}));
        assert!(answer.is_null(), "{answer}");
    }

    fn post(&self, what: &str, body: &Value) -> Value {
        self.ask("POST", &format!("/session/{}/{what}", self.session), body)
    }

    fn ask(&self, method: &str, path: &str, body: &Value) -> Value {
        self.try_ask(method, path, body).unwrap()
    }

    fn try_ask(&self, method: &str, path: &str, body: &Value) -> std::io::Result<Value> {
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_read_timeout(Some(Duration::from_secs(90)))?;
        let length = body.len();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n\
             Content-Length: {length}\r\n\r\n{body}"
        )?;
        let answer = read_answer(&mut stream)?;
        Ok(serde_json::from_slice::<Value>(&answer).unwrap_or_default()["value"].take())
    }
}

/// Keys that write nothing.
pub mod key {
    /// Enter.
    pub const ENTER: &str = "\u{e007}";
    /// Tab.
    pub const TAB: &str = "\u{e004}";
}

/// The body of an answer whose length is said: the driver keeps connections open.
fn read_answer(stream: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    let (mut read, mut buffer) = (Vec::new(), [0; 65_536]);
    loop {
        let count = match stream.read(&mut buffer) {
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            count => count?,
        };
        read.extend_from_slice(&buffer[..count]);
        let end = read.windows(4).position(|window| window == b"\r\n\r\n");
        if let Some(end) = end {
            let head = String::from_utf8_lossy(&read[..end]).to_ascii_lowercase();
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length:")?.trim().parse::<usize>().ok());
            let body = &read[end + 4..];
            if length.is_some_and(|length| body.len() >= length) || count == 0 {
                return Ok(body.to_vec());
            }
        }
        if count == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Also when a story has failed: a tray that is left behind starts an agent of its own, on the port that others want.
        if !self.session.is_empty() {
            let _ = self.try_ask("DELETE", &format!("/session/{}", self.session), &Value::Null);
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}
