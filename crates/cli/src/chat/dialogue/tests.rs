use std::collections::VecDeque;

use chatstream::xai::{Xai, XaiConfig};
use chatstream::{ImageInput, Proxy, Retry, TransportConfig};
use chatstream_emulator::{Emulator, EmulatorBuilder, Fault};
use serde_json::Value;

use super::*;
use crate::chat::Style;
use crate::chat::history::History;
use crate::chat::pictures::Pictures;
use crate::provider::Client;
use crate::render::{Form, Screen, Spinner};

/// Lines typed beforehand, then Ctrl-D.
struct Typed(VecDeque<Input>);

impl Lines for Typed {
    fn next(&mut self) -> io::Result<Input> {
        Ok(self.0.pop_front().unwrap_or(Input::End))
    }
}

fn typed(lines: &[&str]) -> Typed {
    Typed(lines.iter().map(|line| Input::Line((*line).to_owned())).collect())
}

struct Held {
    stdout: String,
    stderr: String,
    /// The texts of the messages of each request.
    requests: Vec<Vec<String>>,
}

async fn converse(emulator: EmulatorBuilder, mut lines: Typed, opening: Message) -> Held {
    let emulator = emulator.start().await.unwrap();
    let transport = TransportConfig::default().proxy(Proxy::None).retry(Retry::none());
    let config = XaiConfig::new("k").base_url(emulator.xai().base_url()).transport(transport);
    let mut talk = Talk {
        client: Client::Xai(Xai::new(config).unwrap()),
        spinner: Spinner::hidden(),
        history: History::new("xai"),
        pictures: Pictures::new(None, false).unwrap(),
        style: Style { model: None, whole: false, form: Form::Text },
    };
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let mut renderer = Renderer::new(Box::new(&mut stdout), Box::new(&mut stderr), Form::Text, Screen::default());
    hold(&mut talk, &mut lines, opening, &mut renderer).await.unwrap();
    drop(renderer);
    assert!(lines.0.is_empty(), "all lines were taken");
    let requests = emulator.requests().iter().map(|request| texts(&request.json())).collect();
    let text = |bytes| anstream::adapter::strip_str(&String::from_utf8(bytes).unwrap()).to_string();
    Held { stdout: text(stdout), stderr: text(stderr), requests }
}

/// `role: text` of each message; what is no plain text is shown as JSON.
fn texts(body: &Value) -> Vec<String> {
    let messages = body["messages"].as_array().unwrap().iter();
    let text = |content: &Value| content.as_str().map_or_else(|| content.to_string(), str::to_owned);
    messages.map(|message| format!("{}: {}", message["role"].as_str().unwrap(), text(&message["content"]))).collect()
}

fn nothing() -> Message {
    Message::new(Role::User)
}

#[tokio::test]
async fn what_was_said_is_sent_again_with_each_line() {
    let held = converse(Emulator::builder(), typed(&["Привет", "", "  ", "again"]), nothing()).await;
    let [first, second] = &held.requests[..] else { panic!("{:?}", held.requests) };
    assert_eq!(first, &["user: Привет"]);
    assert_eq!(second.len(), 3);
    assert_eq!((second[0].as_str(), second[2].as_str()), ("user: Привет", "user: again"));
    assert!(second[1].starts_with("assistant: You said: \"Привет\"."), "{}", second[1]);
    assert!(held.stdout.ends_with("User turns so far: 2.\n"), "{}", held.stdout);
}

#[tokio::test]
async fn commands_are_not_sent() {
    let lines = typed(&["hi", "/help", "/new", "/nonsense", " /slash", "/quit"]);
    let held = converse(Emulator::builder(), lines, nothing()).await;
    assert_eq!(held.requests[1], ["user:  /slash"], "/new forgets, and a blank lets a slash through");
    assert!(held.stderr.contains("/new    forget"), "{}", held.stderr);
    assert!(held.stderr.contains("/nonsense is no command"), "{}", held.stderr);
}

#[tokio::test]
async fn ctrl_c_at_the_prompt_goes_on() {
    let lines = Typed(VecDeque::from([Input::Cleared, Input::Line("hi".to_owned())]));
    assert_eq!(converse(Emulator::builder(), lines, nothing()).await.requests.len(), 1);
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_told_and_what_arrived_is_kept() {
    let emulator = Emulator::builder().fault("cut-after=12".parse().unwrap());
    let held = converse(emulator, typed(&["one", "two"]), nothing()).await;
    assert!(held.stderr.contains("interrupted"), "{}", held.stderr);
    // The reasoning may have taken all events: then the question is as if it had not been asked.
    let second = &held.requests[1];
    assert_eq!(second.last().map(String::as_str), Some("user: two"));
    assert_eq!(second.len() % 2, 1, "{second:?}");
}

#[tokio::test]
async fn a_refused_line_is_not_kept_and_its_files_go_with_the_next() {
    let picture = nothing().image(ImageInput::data("image/png", b"\x89PNG".as_slice()));
    let emulator = Emulator::builder().faults([Fault::Status(500), Fault::FailTimes(1)]);
    let held = converse(emulator, typed(&["one", "two", "three"]), picture).await;
    assert!(held.stderr.contains("error: xai: unavailable"), "{}", held.stderr);
    assert!(held.requests[1][0].contains("data:image/png;base64,"), "{:?}", held.requests[1]);
    assert_eq!(held.requests[1].len(), 1);
    assert_eq!(held.requests[2].last().map(String::as_str), Some("user: three"));
}
