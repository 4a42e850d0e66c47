//! A mail server of our own making.

use super::receivers::{Authority, Inbox};
use std::sync::Arc;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

/// How a mail server comes to TLS.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mail {
    /// From the start.
    Wrapped,
    /// When it is asked to.
    StartTls,
    /// Never.
    Plain,
    /// From the start, and it knows no password.
    Unknown,
    /// From the start, and it takes nothing.
    Closed,
    /// Never: it says nothing at all.
    Silent,
}

/// A mail server on `localhost`; gives its port, and what was said to it.
pub(crate) async fn smtp(authority: &Authority, how: Mail) -> (u16, Inbox<String>) {
    let socket = TcpListener::bind("localhost:0").await.unwrap();
    let port = socket.local_addr().unwrap().port();
    let inbox = Inbox::default();
    let (tls, kept) = (authority.tls.clone(), Arc::clone(&inbox));
    tokio::spawn(async move {
        while let Ok((tcp, _)) = socket.accept().await {
            let (tls, kept) = (tls.clone(), Arc::clone(&kept));
            tokio::spawn(async move {
                match how {
                    Mail::Wrapped => {
                        let Ok(mut stream) = tls.accept(tcp).await else { return };
                        stream.write_all(b"220 localhost\r\n").await.unwrap();
                        talk(stream, "250-localhost\r\n250 AUTH PLAIN\r\n", kept).await;
                    }
                    Mail::Unknown => {
                        let Ok(mut stream) = tls.accept(tcp).await else { return };
                        stream.write_all(b"220 localhost\r\n").await.unwrap();
                        talk(stream, "250-localhost\r\n250 AUTH LOGIN\r\n", kept).await;
                    }
                    Mail::Closed => {
                        let Ok(mut stream) = tls.accept(tcp).await else { return };
                        stream.write_all(b"554 no\r\n").await.unwrap();
                        talk(stream, "554 no\r\n", kept).await;
                    }
                    Mail::StartTls => {
                        let mut tcp = BufReader::new(tcp);
                        tcp.write_all(b"220 localhost\r\n").await.unwrap();
                        for answer in ["250-localhost\r\n250 STARTTLS\r\n", "220 go\r\n"] {
                            let mut line = String::new();
                            tcp.read_line(&mut line).await.unwrap();
                            kept.lock().unwrap().push(line.trim_end().to_owned());
                            tcp.write_all(answer.as_bytes()).await.unwrap();
                        }
                        let Ok(stream) = tls.accept(tcp.into_inner()).await else {
                            return;
                        };
                        talk(stream, "250-localhost\r\n250 AUTH PLAIN\r\n", kept).await;
                    }
                    Mail::Silent => {
                        tokio::time::sleep(std::time::Duration::from_secs(60)).await;
                        drop(tcp);
                    }
                    Mail::Plain => {
                        let mut tcp = tcp;
                        tcp.write_all(b"220 localhost\r\n").await.unwrap();
                        talk(tcp, "250 localhost\r\n", kept).await;
                    }
                }
            });
        }
    });
    (port, inbox)
}

async fn talk(stream: impl AsyncRead + AsyncWrite + Unpin, hello: &str, kept: Inbox<String>) {
    let mut stream = BufReader::new(stream);
    let mut in_data = false;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.unwrap_or(0) == 0 {
            return;
        }
        let line = line.trim_end_matches(['\r', '\n']).to_owned();
        kept.lock().unwrap().push(line.clone());
        let answer = match line.split(' ').next().unwrap_or_default() {
            "." if in_data => {
                in_data = false;
                "250 taken\r\n"
            }
            _ if in_data => continue,
            "EHLO" => hello,
            "AUTH" if line.contains("LOGIN") => "535 unknown\r\n",
            "AUTH" => "235 known\r\n",
            "MAIL" if line.contains("barred@") => "550 not from you\r\n",
            "MAIL" => "250 ok\r\n",
            "RCPT" if line.contains("nobody@") => "550 no such mailbox\r\n",
            "RCPT" => "250 ok\r\n",
            "DATA" => {
                in_data = true;
                "354 go on\r\n"
            }
            "QUIT" => "221 bye\r\n",
            _ => "500 what?\r\n",
        };
        if stream.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}
