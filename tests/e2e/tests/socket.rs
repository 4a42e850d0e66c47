//! What is said over WebSockets is judged message by message: s13 (Copilot), s15 (Microsoft 365 Copilot), s42 (Realtime)
//! and s08 (ChatGPT's hand-over) through the running agent, with a client and a service of other making.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test's broken assumption is a failed test"
)]

use serde_json::{Value, json};
use weir_e2e::{Stage, names_an_event};
use weir_support::client::{Outgoing, Way};
use weir_support::{Client, Random, Socket, values};

/// The pack of the demonstration, with Microsoft approved as well.
const PACK: &str = "\
pack: {name: sockets, version: 1.0.0, extends: [weir/baseline]}
providers:
  approvals: {openai: approved, anthropic: approved, microsoft: approved}
";

/// One service with a socket: how it is opened, how a prompt is written, and how the end of an answer looks.
struct Service {
    name: &'static str,
    sample: &'static str,
    prompt: fn(&str) -> String,
    /// Messages before the first prompt.
    before: &'static [&'static str],
    end: &'static str,
}

const SERVICES: [Service; 3] = [
    Service {
        name: "copilot",
        sample: "s13-copilot-ws",
        prompt: |text| {
            json!({"event": "send", "conversationId": "SampleConvId0001", "content": [{"type": "text", "text": text}], "mode": "chat"}).to_string()
        },
        before: &[],
        end: "\"done\"",
    },
    Service {
        name: "m365",
        sample: "s15-m365-copilot-signalr",
        prompt: |text| {
            let turn = json!({"type": 4, "target": "chat", "invocationId": "0", "arguments": [{"source": "officeweb", "message": {"author": "user", "text": text, "messageType": "Chat"}, "tone": "magic"}]});
            let metrics = json!({"type": 1, "target": "Metrics", "arguments": [{"Metrics": "on"}]});
            format!("{turn}\u{1e}{metrics}\u{1e}")
        },
        before: &["{\"protocol\":\"json\",\"version\":1}\u{1e}"],
        end: "\"type\":3",
    },
    Service {
        name: "realtime",
        sample: "s42-openai-realtime-ws",
        prompt: |text| {
            json!({"type": "conversation.item.create", "item": {"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]}}).to_string()
        },
        before: &[],
        end: "response.done",
    },
];

fn sample(name: &str, kind: &str) -> String {
    let path = weir_support::folder::root().join(format!("tests/golden/traffic/{name}.{kind}"));
    std::fs::read_to_string(path).unwrap()
}

/// Host and path of a sample's handshake.
fn handshake(name: &str) -> (String, String) {
    let meta: Value = serde_json::from_str(&sample(name, "meta.json")).unwrap();
    let text = |key: &str| meta["request"][key].as_str().unwrap().to_owned();
    (text("host"), text("path"))
}

/// The text in the pieces that the services send.
fn said(messages: &[String]) -> String {
    let values = messages.iter().flat_map(|message| message.split_terminator('\u{1e}'));
    let values = values.filter_map(|record| serde_json::from_str::<Value>(record).ok());
    let piece = |value: Value| {
        let handed_over = value
            .pointer("/0/message/payload/payload/encoded_item")
            .and_then(Value::as_str);
        let patch = handed_over.and_then(|item| serde_json::from_str::<Value>(item.split_once("data: ")?.1).ok());
        let places = ["/text", "/delta", "/arguments/0/writeAtCursor", "/v"];
        let value = patch.unwrap_or(value);
        places
            .iter()
            .find_map(|place| value.pointer(place)?.as_str().map(str::to_owned))
    };
    values.filter_map(piece).collect()
}

fn stage(name: &str) -> Stage {
    Stage::with(name, weir_support::fake::Options::default(), |mut launch| {
        let pack = launch.state.with_file_name("pack.yaml");
        std::fs::write(&pack, PACK).unwrap();
        launch.pack = Some(pack);
        launch
    })
}

fn open(stage: &Stage, service: &Service) -> Socket {
    let (host, path) = handshake(service.sample);
    let mut socket = Socket::open(&stage.client(), &host, &path)
        .unwrap_or_else(|error| panic!("{}: {error}\n{}", service.name, stage.agent().log()));
    for message in service.before {
        socket.send(message).unwrap();
    }
    socket
}

#[test]
fn a_clean_prompt_passes_and_is_answered() {
    let stage = stage("socket-clean");
    for service in &SERVICES {
        let mut socket = open(&stage, service);
        socket
            .send(&(service.prompt)("List three cheeses from Wales."))
            .unwrap();
        let answer = said(&socket.texts_until(service.end));
        assert!(answer.contains("cheeses "), "{}: {answer}", service.name);
        assert!(stage.fake.saw("List three cheeses from Wales."), "{}", service.name);
        stage.fake.reset();
    }
}

/// The samples' own messages of the client reach the service byte for byte.
#[test]
fn recorded_messages_arrive_as_they_were_sent() {
    let stage = stage("socket-samples");
    for name in [
        "s13-copilot-ws",
        "s15-m365-copilot-signalr",
        "s42-openai-realtime-ws",
        "s08-chatgpt-ws-handoff",
    ] {
        let (host, path) = handshake(name);
        let mut socket = Socket::open(&stage.client(), &host, &path)
            .unwrap_or_else(|error| panic!("{name}: {error}\n{}", stage.agent().log()));
        let lines: Vec<Value> = sample(name, "ws.jsonl")
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        let said: Vec<&str> = lines
            .iter()
            .filter(|line| line["dir"] == "c2s")
            .filter_map(|line| line["data"].as_str())
            // Sound cannot be read: policy says what becomes of it.
            .filter(|data| !data.contains("input_audio_buffer"))
            .collect();
        for message in &said {
            socket.send(message).unwrap();
        }
        socket.send("{\"event\":\"over\"}").unwrap();
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
        while !stage.fake.saw("{\"event\":\"over\"}") && std::time::Instant::now() < deadline {
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        let body: String = stage
            .fake
            .received()
            .iter()
            .map(weir_support::fake::Received::text)
            .collect();
        let expected: String = said.iter().map(|message| format!("{message}\n")).collect();
        assert_eq!(body, expected + "{\"event\":\"over\"}\n", "{name}");
        stage.fake.reset();
    }
}

#[test]
fn a_secret_stays_and_the_client_is_told_why() {
    let stage = stage("socket-secret");
    let mut random = Random::from_env();
    for service in &SERVICES {
        for _ in 0..3 {
            let secret = values::openai_key(&mut random);
            let mut socket = open(&stage, service);
            socket.send(&(service.prompt)(&secret.sentence)).unwrap();
            let refusal = std::iter::from_fn(|| socket.next_text()).find(|text| text.contains("Blocked by Weir"));
            let refusal =
                refusal.unwrap_or_else(|| panic!("{}: no word of why\n{}", service.name, stage.agent().log()));
            assert!(
                names_an_event(&refusal) && !refusal.contains(&secret.value),
                "{refusal}"
            );
            assert!(
                !stage.fake.saw(&secret.value[..8]),
                "{}: some of the key left",
                service.name
            );
            // The socket goes on; what is left of a refusal comes first.
            socket.send(&(service.prompt)("And a joke?")).unwrap();
            let mut turns = (0..2).map(|_| said(&socket.texts_until(service.end)));
            assert!(turns.any(|turn| turn.contains("joke?")), "{}", service.name);
            stage.fake.reset();
        }
    }
}

#[test]
fn an_address_leaves_as_a_stand_in_and_comes_back() {
    let stage = stage("socket-address");
    let mut random = Random::from_env();
    for service in &SERVICES {
        let address = values::email(&mut random);
        let mut socket = open(&stage, service);
        socket
            .send(&(service.prompt)(&format!("Write to {address} today")))
            .unwrap();
        let answer = said(&socket.texts_until(service.end));
        assert!(!stage.fake.saw(&address), "{}: the address left", service.name);
        assert!(stage.fake.saw("[EMAIL_"), "{}: {answer}", service.name);
        assert!(answer.contains(&address), "{}: {answer}", service.name);
        stage.fake.reset();
    }
}

/// ChatGPT hands an answer over from the request to a socket of another host. Values come back there to the user who sent
/// them, and on no other service's socket.
#[test]
fn an_answer_that_is_handed_over_is_restored() {
    let stage = stage("socket-handed-over");
    let address = values::email(&mut Random::from_env());
    let prompt = json!({"action": "next", "messages": [{"author": {"role": "user"}, "content": {"content_type": "text", "parts": [format!("Write to {address} today")]}}]});
    let reply = stage
        .client()
        .send(&Outgoing::json("chatgpt.com", "/backend-api/f/conversation", &prompt))
        .unwrap();
    assert_eq!(reply.status, 200);
    let (host, path) = handshake("s08-chatgpt-ws-handoff");
    let mut socket = Socket::open(&stage.client(), &host, &path).unwrap();
    let subscribe: Value =
        serde_json::from_str(sample("s08-chatgpt-ws-handoff", "ws.jsonl").lines().next().unwrap()).unwrap();
    socket.send(subscribe["data"].as_str().unwrap()).unwrap();
    let answer = said(&socket.texts_until("message_stream_complete"));
    assert!(answer.contains(&address), "{answer}");
    assert!(!stage.fake.saw(&address));
    // Another service of the same user does not learn what stands behind the stand-in.
    let mut socket = open(&stage, &SERVICES[0]);
    socket.send(&(SERVICES[0].prompt)("What is [EMAIL_1] in full")).unwrap();
    let answer = said(&socket.texts_until(SERVICES[0].end));
    assert!(!answer.contains(&address) && answer.contains("[EMAIL_1]"), "{answer}");
}

/// The same prompts and answers, under a pack that shows nobody's address in an answer.
fn guarded(name: &str, action: &str) -> Stage {
    let pack = format!(
        "{PACK}classification: {{detectors: {{\"personal/email\": public}}}}
policies:
  chain: [provider-approval, data-classification, response-guard, audit-logger]
  policy: {{response-guard: {{leaks: [{{detector: \"personal/email\", action: {action}}}]}}}}
"
    );
    Stage::with(name, weir_support::fake::Options::default(), |mut launch| {
        let file = launch.state.with_file_name("guarded.yaml");
        std::fs::write(&file, pack).unwrap();
        launch.pack = Some(file);
        launch
    })
}

#[test]
fn what_must_not_be_shown_is_taken_out_of_what_a_socket_says() {
    let stage = guarded("socket-guard", "redact");
    let mut random = Random::from_env();
    for service in &SERVICES {
        let address = values::email(&mut random);
        let mut socket = open(&stage, service);
        for _ in 0..2 {
            socket
                .send(&(service.prompt)(&format!("Write to {address} today")))
                .unwrap();
            let answer = said(&socket.texts_until(service.end));
            assert!(
                stage.fake.saw(&address),
                "{}: nothing keeps it from the service",
                service.name
            );
            assert!(
                answer.contains("Write to [REDACTED:EMAIL] today"),
                "{}: {answer}",
                service.name
            );
        }
    }
    let records = stage.agent().records().unwrap();
    let is_guarded = |record: &&Value| record["response"]["guarded"][0]["rule"] == "response-guard/leaks/0";
    assert!(records.iter().any(|record| is_guarded(&record)), "{records:?}");
}

#[test]
fn what_must_not_be_shown_ends_the_socket_where_the_pack_says_so() {
    let stage = guarded("socket-reject", "reject");
    let address = values::email(&mut Random::from_env());
    for service in &SERVICES {
        let mut socket = open(&stage, service);
        socket
            .send(&(service.prompt)(&format!("Write to {address} today")))
            .unwrap();
        let mut answer = Vec::new();
        while let Some(text) = socket.next_text() {
            answer.push(text);
        }
        let answer = said(&answer);
        assert!(!answer.contains(&address), "{}: {answer}", service.name);
    }
}

#[test]
fn every_message_has_a_record_and_its_answer_one() {
    let stage = stage("socket-records");
    let mut socket = open(&stage, &SERVICES[0]);
    socket.send("{\"event\":\"ping\"}").unwrap();
    for text in ["One joke, please.", "And one more."] {
        socket.send(&(SERVICES[0].prompt)(text)).unwrap();
        socket.texts_until(SERVICES[0].end);
    }
    drop(socket);
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
    let count = |records: &[Value], kind: &str| {
        records
            .iter()
            .filter(|record| record.to_string().contains(kind))
            .count()
    };
    loop {
        let records = stage.agent().records().unwrap();
        if count(&records, "answer_bytes") == 2 {
            assert_eq!(count(&records, "message_bytes"), 2, "{records:#?}");
            break;
        }
        assert!(std::time::Instant::now() < deadline, "{records:#?}");
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
}

/// Sound comes in thousands of pieces: one decision for all of them, and text between them is judged as ever.
#[test]
fn sound_is_decided_once_for_a_socket() {
    let stage = stage("socket-sound");
    let realtime = &SERVICES[2];
    let mut socket = open(&stage, realtime);
    let mut random = Random::seeded(3);
    for piece in 0..40 {
        let noise: Vec<u8> = (0..300).map(|_| random.next_u64() as u8 | 0x80).collect();
        let audio = json!({"type": "input_audio_buffer.append", "audio": base64(&noise)}).to_string();
        socket.send(&audio).unwrap();
        if piece == 20 {
            socket.send(&(realtime.prompt)("One word, please.")).unwrap();
        }
    }
    let heard = socket.texts_until(realtime.end);
    let told = heard.iter().filter(|text| text.contains("Blocked by Weir")).count();
    assert_eq!(told, 1, "told once");
    assert!(stage.fake.saw("One word, please."));
    assert!(!stage.fake.saw("input_audio_buffer"));
    drop(socket);
    let records = stage.agent().records().unwrap();
    let blocked = records.iter().filter(|record| record["action"] == "block").count();
    assert_eq!(blocked, 1, "{records:#?}");
}

/// The same stories without Weir: everything arrives.
#[test]
fn without_weir_the_secret_leaves() {
    let stage = Stage::without_weir("socket-control");
    let client = Client::new(Way::Proxy(stage.proxy()), &[stage.fake.ca()]).unwrap();
    let secret = values::openai_key(&mut Random::from_env());
    for service in &SERVICES {
        let (host, path) = handshake(service.sample);
        let mut socket = Socket::open(&client, &host, &path).unwrap();
        for message in service.before {
            socket.send(message).unwrap();
        }
        socket.send(&(service.prompt)(&secret.sentence)).unwrap();
        assert!(!socket.texts_until(service.end).is_empty(), "{}", service.name);
        assert!(stage.fake.saw(&secret.value), "{}", service.name);
        stage.fake.reset();
    }
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    // Whole groups only: no padding is needed.
    let groups = bytes
        .chunks_exact(3)
        .map(|three| u32::from_be_bytes([0, three[0], three[1], three[2]]));
    let letters = groups.flat_map(|group| [18, 12, 6, 0].map(|shift| LETTERS[(group >> shift & 63) as usize]));
    letters.map(char::from).collect()
}
