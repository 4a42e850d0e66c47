//! A model service on plain loopback HTTP, for the gateway: it answers as one vendor's interface does, or fails in one of
//! the ways that services fail.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, Request, Response, StatusCode};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use parking_lot::Mutex;
use serde_json::{Value, json};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};

/// What a service does with every call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Play {
    /// Repeats the last thing the user said; calls the first tool once, where there is one.
    Answers(Speaks),
    /// Answers with this status and an error in its own form.
    Fails(Speaks, u16),
    /// Takes the call and says nothing.
    Hangs,
    /// Begins a streamed answer and drops the connection in the middle of it.
    Cuts(Speaks),
}

/// The interface a service speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speaks {
    /// OpenAI chat completions.
    OpenAi,
    /// Anthropic messages.
    Anthropic,
}

/// One call as it arrived.
#[derive(Clone)]
pub struct Called {
    /// Path.
    pub path: String,
    /// Names and values.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Value,
}

impl Called {
    /// The first header of this lower-case name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// A running service; it stops when dropped.
pub struct Upstream {
    address: SocketAddr,
    calls: Arc<Mutex<Vec<Called>>>,
    stop: Option<oneshot::Sender<()>>,
}

type Body = BoxBody<Bytes, io::Error>;

impl Upstream {
    /// Starts on a thread of its own.
    pub fn start(play: Play) -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()?;
        let listener = runtime.block_on(TcpListener::bind(("127.0.0.1", 0)))?;
        let address = listener.local_addr()?;
        let calls = Arc::<Mutex<Vec<Called>>>::default();
        let (stop, stopped) = oneshot::channel();
        let shared = Arc::clone(&calls);
        std::thread::Builder::new().name("upstream".to_owned()).spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    () = serve(listener, play, shared) => {}
                    _ = stopped => {}
                }
            });
            runtime.shutdown_background();
        })?;
        Ok(Self {
            address,
            calls,
            stop: Some(stop),
        })
    }

    /// Its address before the interface's own path.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// Every call so far.
    #[must_use]
    pub fn calls(&self) -> Vec<Called> {
        self.calls.lock().clone()
    }

    /// Forgets the calls.
    pub fn reset(&self) {
        self.calls.lock().clear();
    }
}

impl Drop for Upstream {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
    }
}

async fn serve(listener: TcpListener, play: Play, calls: Arc<Mutex<Vec<Called>>>) {
    while let Ok((stream, _)) = listener.accept().await {
        let _ = stream.set_nodelay(true);
        let calls = Arc::clone(&calls);
        tokio::spawn(async move {
            let service = service_fn(move |request| answer(request, play, Arc::clone(&calls)));
            let _ = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

async fn answer(
    request: Request<Incoming>,
    play: Play,
    calls: Arc<Mutex<Vec<Called>>>,
) -> Result<Response<Body>, hyper::Error> {
    let (parts, body) = request.into_parts();
    let body: Value = serde_json::from_slice(&body.collect().await?.to_bytes()).unwrap_or(Value::Null);
    let header = |(name, value): (&http::HeaderName, &HeaderValue)| {
        (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    calls.lock().push(Called {
        path: parts.uri.path().to_owned(),
        headers: parts.headers.iter().map(header).collect(),
        body: body.clone(),
    });
    let stream = body["stream"] == true;
    Ok(match play {
        Play::Hangs => std::future::pending().await,
        Play::Fails(speaks, status) => failure(speaks, status),
        Play::Answers(speaks) if stream => streamed(events(speaks, &body), false),
        Play::Answers(speaks) => whole(StatusCode::OK, &answered(speaks, &body)),
        Play::Cuts(speaks) if stream => streamed(events(speaks, &body), true),
        Play::Cuts(speaks) => cut_off(&answered(speaks, &body)),
    })
}

fn whole(status: StatusCode, body: &Value) -> Response<Body> {
    let body = Full::new(Bytes::from(body.to_string())).map_err(|never| match never {});
    let mut response = Response::new(body.boxed());
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

fn failure(speaks: Speaks, status: u16) -> Response<Body> {
    let (kind, message) = match status {
        429 => ("rate_limit_error", "slow down"),
        _ => ("api_error", "out of order"),
    };
    let error = json!({"type": kind, "message": message});
    let body = match speaks {
        Speaks::OpenAi => json!({"error": error}),
        Speaks::Anthropic => json!({"type": "error", "error": error}),
    };
    let mut response = whole(StatusCode::from_u16(status).unwrap_or_default(), &body);
    response
        .headers_mut()
        .insert(RETRY_AFTER, HeaderValue::from_static("1"));
    response
}

/// Half of a body, and no more.
fn cut_off(body: &Value) -> Response<Body> {
    let text = body.to_string();
    let half = Bytes::from(text[..text.len() / 2].to_owned());
    frames(vec![half], true, "application/json")
}

/// Event by event; a stream that is cut ends in the middle of one of its texts.
fn streamed(events: Vec<String>, cut: bool) -> Response<Body> {
    let mut pieces: Vec<Bytes> = events.into_iter().map(Bytes::from).collect();
    if cut {
        pieces.truncate(pieces.len() / 2);
    }
    frames(pieces, cut, "text/event-stream")
}

fn frames(pieces: Vec<Bytes>, cut: bool, content_type: &'static str) -> Response<Body> {
    let (sender, mut receiver) = mpsc::channel(1);
    tokio::spawn(async move {
        for piece in pieces {
            if sender.send(Ok(Frame::data(piece))).await.is_err() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        if cut {
            // What was said has to arrive before the connection ends.
            tokio::time::sleep(Duration::from_millis(100)).await;
            let _ = sender.send(Err(io::Error::other("cut"))).await;
        }
    });
    let frames = futures_util::stream::poll_fn(move |context| receiver.poll_recv(context));
    let mut response = Response::new(BodyExt::boxed(StreamBody::new(frames)));
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

/// What the service says: text, and the arguments of a call.
struct Saying {
    text: String,
    /// Name and arguments.
    call: Option<(String, String)>,
}

fn saying(speaks: Speaks, request: &Value) -> Saying {
    let last = request["messages"]
        .as_array()
        .and_then(|messages| messages.last())
        .cloned();
    let said = last.map(|last| words(&last["content"])).unwrap_or_default();
    let name = match speaks {
        Speaks::OpenAi => &request["tools"][0]["function"]["name"],
        Speaks::Anthropic => &request["tools"][0]["name"],
    };
    // A conversation with results in it has had its call.
    let has_results = request["messages"].to_string().contains("\"tool_result\"")
        || request["messages"].to_string().contains("\"tool\"");
    let call = name.as_str().filter(|_| !has_results);
    Saying {
        text: format!("You wrote: {said}"),
        call: call.map(|name| (name.to_owned(), json!({"town": "Ulm", "said": said}).to_string())),
    }
}

fn words(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts.iter().map(words).collect::<Vec<_>>().join(""),
        Value::Object(part) => part
            .get("text")
            .or_else(|| part.get("content"))
            .map(words)
            .unwrap_or_default(),
        _ => String::new(),
    }
}

fn answered(speaks: Speaks, request: &Value) -> Value {
    let Saying { text, call } = saying(speaks, request);
    let model = &request["model"];
    match speaks {
        Speaks::OpenAi => {
            let mut message = json!({"role": "assistant", "content": text});
            if let Some((name, arguments)) = &call {
                let function = json!({"name": name, "arguments": arguments});
                message["tool_calls"] = json!([{"id": "call_1", "type": "function", "function": function}]);
            }
            let finish = if call.is_some() { "tool_calls" } else { "stop" };
            json!({"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": model,
                "choices": [{"index": 0, "finish_reason": finish, "message": message}],
                "usage": {"prompt_tokens": 9, "completion_tokens": 5, "total_tokens": 14}})
        }
        Speaks::Anthropic => {
            let mut content = vec![json!({"type": "text", "text": text})];
            if let Some((name, arguments)) = &call {
                let input: Value = serde_json::from_str(arguments).unwrap_or_default();
                content.push(json!({"type": "tool_use", "id": "toolu_1", "name": name, "input": input}));
            }
            let stop = if call.is_some() { "tool_use" } else { "end_turn" };
            json!({"id": "msg_1", "type": "message", "role": "assistant", "model": model, "content": content,
                "stop_reason": stop, "stop_sequence": null, "usage": {"input_tokens": 9, "output_tokens": 5}})
        }
    }
}

fn events(speaks: Speaks, request: &Value) -> Vec<String> {
    let said = saying(speaks, request);
    match speaks {
        Speaks::OpenAi => openai_events(&said, request),
        Speaks::Anthropic => anthropic_events(&said, request),
    }
}

fn openai_events(said: &Saying, request: &Value) -> Vec<String> {
    let chunk = |choices: Value, usage: Value| {
        let chunk = json!({"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1,
            "model": request["model"], "choices": choices, "usage": usage});
        format!("data: {chunk}\n\n")
    };
    let delta = |delta: Value, finish: Value| {
        chunk(
            json!([{"index": 0, "delta": delta, "finish_reason": finish}]),
            Value::Null,
        )
    };
    let mut events = vec![delta(json!({"role": "assistant", "content": ""}), Value::Null)];
    events.extend(pieces(&said.text).map(|piece| delta(json!({"content": piece}), Value::Null)));
    if let Some((name, arguments)) = &said.call {
        let begun =
            json!({"index": 0, "id": "call_1", "type": "function", "function": {"name": name, "arguments": ""}});
        events.push(delta(json!({"tool_calls": [begun]}), Value::Null));
        events.extend(pieces(arguments).map(|piece| {
            let more = json!([{"index": 0, "function": {"arguments": piece}}]);
            delta(json!({"tool_calls": more}), Value::Null)
        }));
    }
    let finish = if said.call.is_some() { "tool_calls" } else { "stop" };
    events.push(delta(json!({}), json!(finish)));
    if request["stream_options"]["include_usage"] == true {
        let usage = json!({"prompt_tokens": 9, "completion_tokens": 5, "total_tokens": 14});
        events.push(chunk(json!([]), usage));
    }
    events.push("data: [DONE]\n\n".to_owned());
    events
}

fn anthropic_events(said: &Saying, request: &Value) -> Vec<String> {
    let typed = |value: Value| {
        format!(
            "event: {}\ndata: {value}\n\n",
            value["type"].as_str().unwrap_or_default()
        )
    };
    let opened = json!({"id": "msg_1", "type": "message", "role": "assistant", "model": request["model"], "content": [],
        "stop_reason": null, "stop_sequence": null, "usage": {"input_tokens": 9, "output_tokens": 1}});
    let block = |index: u32, block: Value| {
        typed(json!({"type": "content_block_start", "index": index, "content_block": block}))
    };
    let more = |index: u32, delta: Value| typed(json!({"type": "content_block_delta", "index": index, "delta": delta}));
    let stop = |index: u32| typed(json!({"type": "content_block_stop", "index": index}));
    let mut events = vec![typed(json!({"type": "message_start", "message": opened}))];
    events.push(block(0, json!({"type": "text", "text": ""})));
    events.extend(pieces(&said.text).map(|piece| more(0, json!({"type": "text_delta", "text": piece}))));
    events.push(stop(0));
    if let Some((name, arguments)) = &said.call {
        events.push(block(
            1,
            json!({"type": "tool_use", "id": "toolu_1", "name": name, "input": {}}),
        ));
        events
            .extend(pieces(arguments).map(|piece| more(1, json!({"type": "input_json_delta", "partial_json": piece}))));
        events.push(stop(1));
    }
    let reason = if said.call.is_some() { "tool_use" } else { "end_turn" };
    let delta = json!({"stop_reason": reason, "stop_sequence": null});
    events.push(typed(
        json!({"type": "message_delta", "delta": delta, "usage": {"output_tokens": 5}}),
    ));
    events.push(typed(json!({"type": "message_stop"})));
    events
}

/// Pieces of three characters: what Weir put in place of a value never comes back whole.
fn pieces(text: &str) -> impl Iterator<Item = String> {
    let letters: Vec<char> = text.chars().collect();
    let pieces: Vec<String> = letters.chunks(3).map(|piece| piece.iter().collect()).collect();
    pieces.into_iter()
}
