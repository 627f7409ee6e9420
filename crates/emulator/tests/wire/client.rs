//! A client that reads what is on the wire and forgives nothing.

use std::io;
use std::time::Duration;

use chatstream_emulator::{Emulator, EmulatorBuilder, Fault};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

pub(crate) const CHAT: &str = "/xai/v1/chat/completions";

/// Long enough for a busy machine, short enough to tell that something hangs.
const PATIENCE: Duration = Duration::from_secs(30);

/// Fails instead of waiting for ever.
pub(crate) async fn within<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future).await.expect("it takes less than the patience of a test")
}

pub(crate) async fn start(builder: EmulatorBuilder) -> Emulator {
    builder.start().await.expect("loopback has a free port")
}

pub(crate) async fn plain() -> Emulator {
    start(Emulator::builder()).await
}

pub(crate) async fn faulty(faults: &str) -> Emulator {
    let faults = faults.split(',').map(|fault| fault.parse::<Fault>().expect("a fault"));
    start(Emulator::builder().faults(faults)).await
}

/// A streamed request for one answer to `prompt`.
pub(crate) fn streamed(prompt: &str) -> Value {
    json!({"model": "grok-4.3", "stream": true, "messages": [{"role": "user", "content": prompt}]})
}

/// The same without a stream.
pub(crate) fn unstreamed(prompt: &str) -> Value {
    json!({"model": "grok-4.3", "messages": [{"role": "user", "content": prompt}]})
}

pub(crate) fn with(mut body: Value, members: Value) -> Value {
    let members = members.as_object().expect("an object").clone();
    body.as_object_mut().expect("an object").extend(members);
    body
}

/// How a body came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// As the head promised.
    Clean,
    /// The connection was closed before that.
    Short,
    /// The connection was reset.
    Reset,
}

#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) status: u16,
    pub(crate) head: String,
    /// The HTTP chunks, or the whole body where there are none.
    pub(crate) chunks: Vec<Vec<u8>>,
    pub(crate) ended: Ended,
}

impl Received {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.chunks.concat()
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.bytes()).expect("the body is text")
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes()).expect("the body is JSON")
    }

    /// The data of the events of a stream in its usual form; what is no JSON is a string.
    pub(crate) fn events(&self) -> Vec<Value> {
        events(&self.text())
    }

    /// The deltas of one kind, joined.
    pub(crate) fn said(&self, kind: &str) -> String {
        said(&self.events(), kind)
    }
}

pub(crate) fn events(text: &str) -> Vec<Value> {
    let lines = text.lines().filter_map(|line| line.strip_prefix("data:"));
    lines.map(|data| serde_json::from_str(data).unwrap_or_else(|_| json!(data.trim()))).collect()
}

pub(crate) fn said(events: &[Value], kind: &str) -> String {
    events.iter().filter_map(|event| event["choices"][0]["delta"][kind].as_str()).collect()
}

/// Sends a request and leaves the answer to the caller. `headers` are whole lines.
pub(crate) async fn open(emulator: &Emulator, method: &str, path: &str, headers: &[&str], body: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(emulator.address()).await.expect("the emulator listens");
    let mut head = format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\ncontent-length: {}\r\n", body.len());
    for header in headers {
        head += header;
        head += "\r\n";
    }
    let request = [head.as_bytes(), b"\r\n", body].concat();
    stream.write_all(&request).await.expect("the emulator reads");
    stream
}

/// Sends a request and reads the answer to its end.
pub(crate) async fn send(emulator: &Emulator, method: &str, path: &str, headers: &[&str], body: &[u8]) -> Received {
    let headers = [headers, &["connection: close"]].concat();
    let mut stream = open(emulator, method, path, &headers, body).await;
    let mut received = Vec::new();
    let result = within(stream.read_to_end(&mut received)).await;
    parse(&received, result.err())
}

/// Asks for a chat completion as a good client does.
pub(crate) async fn chat(emulator: &Emulator, body: &Value) -> Received {
    chat_with(emulator, &[], body).await
}

pub(crate) async fn chat_with(emulator: &Emulator, headers: &[&str], body: &Value) -> Received {
    let headers = [headers, &["authorization: Bearer xai-test", "content-type: application/json"]].concat();
    send(emulator, "POST", CHAT, &headers, body.to_string().as_bytes()).await
}

/// Asks for a chat completion and leaves the answer to the caller.
pub(crate) async fn open_chat(emulator: &Emulator, body: &Value) -> TcpStream {
    let headers = ["authorization: Bearer xai-test", "content-type: application/json"];
    open(emulator, "POST", CHAT, &headers, body.to_string().as_bytes()).await
}

pub(crate) async fn get(emulator: &Emulator, path: &str) -> Received {
    send(emulator, "GET", path, &["authorization: Bearer xai-test"], b"").await
}

/// Reads until what was received contains `text`.
pub(crate) async fn read_until(stream: &mut TcpStream, text: &str) -> String {
    let mut received = Vec::new();
    while !String::from_utf8_lossy(&received).contains(text) {
        let read = within(stream.read_buf(&mut received)).await.expect("the connection holds");
        assert_ne!(read, 0, "ended before {text:?}: {}", String::from_utf8_lossy(&received));
    }
    String::from_utf8_lossy(&received).into_owned()
}

/// Takes an answer apart, to the byte.
fn parse(received: &[u8], error: Option<io::Error>) -> Received {
    let end = received.windows(4).position(|bytes| bytes == b"\r\n\r\n").expect("a head");
    let head = String::from_utf8(received[..end].to_vec()).expect("a head is ASCII");
    let status = head[9..12].parse().expect("a status");
    let mut answer = Received { status, head, chunks: Vec::new(), ended: Ended::Short };
    let rest = &received[end + 4..];
    let is_whole = if answer.header("transfer-encoding") == Some("chunked") {
        parse_chunks(rest, &mut answer.chunks)
    } else {
        answer.chunks.push(rest.to_vec());
        answer.header("content-length").is_some_and(|length| length == rest.len().to_string())
    };
    answer.ended = match error {
        Some(error) if error.kind() == io::ErrorKind::ConnectionReset => Ended::Reset,
        None if is_whole => Ended::Clean,
        _ => Ended::Short,
    };
    answer
}

/// Takes chunks off, and says whether the last one, of no length, is among them.
fn parse_chunks(mut rest: &[u8], chunks: &mut Vec<Vec<u8>>) -> bool {
    loop {
        let Some(end) = rest.windows(2).position(|bytes| bytes == b"\r\n") else { return false };
        let length = std::str::from_utf8(&rest[..end]).expect("a length is ASCII");
        let length = usize::from_str_radix(length, 16).expect("a length is hexadecimal");
        let data = &rest[end + 2..];
        if length == 0 {
            assert_eq!(data, b"\r\n", "nothing follows the last chunk");
            return true;
        }
        if data.len() < length + 2 {
            return false;
        }
        chunks.push(data[..length].to_vec());
        rest = &data[length + 2..];
    }
}
