use std::collections::BTreeMap;
use std::time::Duration;

use chatstream_core::{
    FileInput, ImageInput, Message, ReasoningEffort, ResponseFormat, Secret, Tool, ToolCall, ToolChoice,
};
use serde_json::json;

use super::*;
use crate::page;

const V1: &str = "<div class=wpaicg-chat-shortcode data-nonce=0a1b2c3d4e data-post-id=261 data-bot-id=0 \
                  data-url=https://chat.example.org data-type=shortcode>";
const V2: &str =
    "<div class=aipkit_chat_container data-config='{\"botId\":25871,\"postId\":261,\"nonce\":\"0a1b2c3d4e\"}'>";

fn grant(html: &str) -> Grant {
    let chat = page::choose(&page::elements(html), None, "").unwrap();
    Grant {
        nonce: chat.nonce.clone().unwrap_or_else(|| Secret::new("")),
        chat,
        ajax: "https://chat.example.org/wp-admin/admin-ajax.php".parse().unwrap(),
        page: "https://chat.example.org/chat/".parse().unwrap(),
        client_id: "Ab3dE5gH7j".to_owned(),
        session_id: "00000000-0000-4000-8000-000000000001".to_owned(),
        now: Duration::from_millis(1_765_000_000_000),
        number: 1,
    }
}

fn fields(encoded: &str) -> BTreeMap<String, String> {
    let decoded = |text: &str| {
        let mut bytes = Vec::new();
        let mut rest = text.bytes();
        while let Some(byte) = rest.next() {
            let hex = |byte: u8| char::from(byte).to_digit(16).unwrap() as u8;
            bytes.push(if byte == b'%' { hex(rest.next().unwrap()) << 4 | hex(rest.next().unwrap()) } else { byte });
        }
        String::from_utf8(bytes).unwrap()
    };
    encoded
        .split('&')
        .map(|pair| pair.split_once('=').unwrap())
        .map(|(name, value)| (decoded(name), decoded(value)))
        .collect()
}

fn form(request: &http::Request<Bytes>) -> BTreeMap<String, String> {
    assert_eq!(request.method(), Method::POST);
    assert_eq!(request.headers()[CONTENT_TYPE], "application/x-www-form-urlencoded");
    assert_eq!(request.headers()[REFERER], "https://chat.example.org/chat/");
    assert_eq!(request.headers()[ORIGIN], "https://chat.example.org");
    fields(std::str::from_utf8(request.body()).unwrap())
}

fn with(own: &BTreeMap<String, String>, expected: &[(&str, &str)]) {
    for (name, value) in expected {
        assert_eq!(own.get(*name).map(String::as_str), Some(*value), "{name}");
    }
}

#[test]
fn a_v1_message_has_the_seed_s_fields_and_the_browser_s() {
    let request = v1(&ChatRequest::new("Hello"), &grant(V1)).unwrap();
    let own = form(&request);
    let expected = [
        ("_wpnonce", "0a1b2c3d4e"),
        ("post_id", "261"),
        ("url", "https://chat.example.org"),
        ("action", "wpaicg_chat_shortcode_message"),
        ("message", "Hello"),
        ("bot_id", "0"),
        ("chatbot_identity", "shortcode"),
        ("wpaicg_chat_client_id", "Ab3dE5gH7j"),
        ("wpaicg_chat_history", "[]"),
    ];
    with(&own, &expected);
    assert_eq!(own.len(), expected.len() + 1);
    assert!((1..=100_000).contains(&own["chat_id"].parse::<u32>().unwrap()));
    assert!(std::str::from_utf8(request.body()).unwrap().starts_with("_wpnonce=0a1b2c3d4e&post_id=261&url="));
}

#[test]
fn a_v1_widget_and_a_bot_have_their_own_names() {
    let widget = V1.replace("data-type=shortcode", "data-type=widget");
    let bot = widget.replace("data-bot-id=0", "data-bot-id=3405");
    for (html, identity) in [(widget, "widget"), (bot, "custom_bot_3405")] {
        let own = form(&v1(&ChatRequest::new("Hello"), &grant(&html)).unwrap());
        with(&own, &[("action", "wpaicg_chatbox_message"), ("chatbot_identity", identity)]);
    }
}

#[test]
fn the_whole_history_is_one_text_and_extra_fields_win() {
    let messages =
        [Message::system("Be kind."), Message::user("a & b\nя"), Message::assistant("c"), Message::user("d")];
    let request = ChatRequest::from_messages(messages).extra("bot_id", 7).extra("namespace", "x").model("gpt-4o-mini");
    let own = form(&v1(&request, &grant(V1)).unwrap());
    let message = "System: Be kind.\nUser: a & b\nя\nAssistant: c\nUser: d\nAssistant:";
    with(&own, &[("message", message), ("bot_id", "7"), ("namespace", "x")]);
}

#[test]
fn a_v2_message_is_left_and_its_answer_asked_for() {
    let (request, grant) = (ChatRequest::new("Hello"), grant(V2));
    let talk = Talk::of(&request, &grant);
    let own = form(&v2_message(&request, &grant, &talk).unwrap());
    with(
        &own,
        &[
            ("action", "aipkit_cache_sse_message"),
            ("message", "Hello"),
            ("_ajax_nonce", "0a1b2c3d4e"),
            ("bot_id", "25871"),
        ],
    );
    assert!(own["user_client_message_id"].starts_with("aipkit-client-msg-"));
    let stream = v2_stream(&grant, &talk, "aipkit_sse_0123").unwrap();
    let query = fields(stream.uri().query().unwrap());
    let uuid = talk.conversation().get(CONVERSATION_UUID).unwrap().to_owned();
    with(
        &query,
        &[
            ("action", "aipkit_frontend_chat_stream"),
            ("cache_key", "aipkit_sse_0123"),
            ("bot_id", "25871"),
            ("session_id", "00000000-0000-4000-8000-000000000001"),
            ("conversation_uuid", &uuid),
            ("post_id", "261"),
            ("_ts", "1765000000000"),
            ("_ajax_nonce", "0a1b2c3d4e"),
        ],
    );
    assert_eq!((query.len(), uuid.len(), stream.method()), (8, 36, &Method::GET));
    let own = form(&nonce(&grant.ajax, &grant.page, &grant.chat));
    with(&own, &[("action", "aipkit_get_frontend_chat_nonce"), ("bot_id", "25871"), ("post_id", "261")]);
}

#[test]
fn a_v2_follow_up_sends_the_last_words_only() {
    let first = Talk::of(&ChatRequest::new("Hi"), &grant(V2)).conversation().id(PREVIOUS_RESPONSE, "resp 1");
    let request = ChatRequest::new("Hi").message(Message::assistant("Hello!")).message(Message::user("How?"));
    let request = request.conversation(first.clone());
    // Another client of another run goes on with it.
    let mut later = grant(V2);
    later.session_id = "00000000-0000-4000-8000-000000000009".to_owned();
    let talk = Talk::of(&request, &later);
    assert_eq!(talk.conversation(), first);
    with(&form(&v2_message(&request, &later, &talk).unwrap()), &[("message", "How?")]);
    let query = fields(v2_stream(&later, &talk, "k").unwrap().uri().query().unwrap());
    with(
        &query,
        &[
            ("session_id", first.get(SESSION_ID).unwrap()),
            ("conversation_uuid", first.get(CONVERSATION_UUID).unwrap()),
            (PREVIOUS_RESPONSE, "resp 1"),
        ],
    );
    // A site of v1 has no conversations.
    let error = v1(&request, &grant(V1)).unwrap_err();
    assert!(error.message().starts_with("conversation: this site runs v1"), "{error}");
}

#[test]
fn what_no_site_has_is_refused_by_name() {
    let request = || ChatRequest::new("Hi");
    let named = |message: Message| ChatRequest::from_messages([message]);
    let table = [
        (
            request().model("gpt-5"),
            "model: gpt-5 is not supported by chatgptfree; known are gpt-4o-mini-2024-07-18, gpt-4o-mini",
        ),
        (request().temperature(0.5), "temperature: chatgptfree"),
        (request().top_p(0.5), "top_p"),
        (request().max_tokens(5), "max_tokens"),
        (request().stop("x"), "stop"),
        (request().seed(1), "seed"),
        (request().frequency_penalty(1.0), "frequency_penalty"),
        (request().presence_penalty(1.0), "presence_penalty"),
        (request().tool(Tool::new("f")), "tools"),
        (request().tool_choice(ToolChoice::Auto), "tool_choice"),
        (request().response_format(ResponseFormat::JsonObject), "response_format"),
        (request().reasoning_effort(ReasoningEffort::Low), "reasoning_effort"),
        (request().whole(), "whole"),
        (request().conversation(Conversation::new("grok")), "conversation: it belongs to grok"),
        (named(Message::user("a").name("b")), "messages[0].name"),
        (named(Message::assistant("a").tool_call(ToolCall::new("1", "f", "{}"))), "messages[0].tool_calls"),
        (
            named(Message::user("a").image(ImageInput::url("https://example.com/a.png"))),
            "messages[0]: chatgptfree takes text only",
        ),
        (named(Message::user("a").file(FileInput::id("f"))), "messages[0]: chatgptfree takes text only"),
    ];
    for (request, message) in table {
        let error = check(&request).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest);
        assert!(error.message().starts_with(message), "{error}");
    }
    for model in ["", "gpt-4o-mini", "gpt-4o-mini-2024-07-18"] {
        check(&request().model(model).extra("a", json!(1))).unwrap();
    }
    assert_eq!(v1(&ChatRequest::new(" "), &grant(V1)).unwrap_err().kind(), ErrorKind::InvalidRequest);
}

#[test]
fn the_page_is_asked_for_as_what_we_are() {
    let address = "https://chat.example.org/chat/".parse().unwrap();
    let (first, again) = (page_request(&address, false), page_request(&address, true));
    assert!(!first.headers().contains_key(CACHE_CONTROL));
    assert_eq!(again.headers()[CACHE_CONTROL], "no-cache");
    assert_eq!(first.headers()[ACCEPT_ENCODING], "identity");
    assert_eq!(first.headers().len(), 2);
}

fn page_request(address: &Uri, is_refresh: bool) -> http::Request<Bytes> {
    super::page(address, is_refresh)
}

#[test]
fn every_request_of_the_samples_is_made_so() {
    let Some(folder) = std::env::var_os("CHATSTREAM_WIRE").map(std::path::PathBuf::from) else {
        eprintln!("CHATSTREAM_WIRE names no folder with samples of chatgptfree: skipped");
        return;
    };
    let widget =
        V1.replace("0a1b2c3d4e", "ffeeddccbb").replace("261", "58").replace("data-bot-id=0", "data-bot-id=3405");
    let widget = widget.replace("data-type=shortcode", "data-type=widget");
    let (request, second) = (ChatRequest::new("Hello"), grant(V2));
    let talk = Talk::of(&request, &second);
    let made = |case: &str| match case {
        "seed" | "browser-v1" => Some(v1(&request, &grant(V1)).unwrap()),
        "widget-v1" => Some(v1(&request, &grant(&widget)).unwrap()),
        "v2-nonce" => Some(nonce(&second.ajax, &second.page, &second.chat)),
        "v2-cache" => Some(v2_message(&request, &second, &talk).unwrap()),
        "v2-stream" => Some(v2_stream(&second, &talk, "aipkit_sse_0123456789abcdefABCDEF0123456789").unwrap()),
        // The call that was removed with 2.4.1.
        "v2-message" => None,
        other => panic!("{other}"),
    };
    let samples = std::fs::read_to_string(folder.join("chatgptfree/requests.ndjson")).unwrap();
    for sample in samples.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()) {
        let case = sample["case"].as_str().unwrap();
        let Some(request) = made(case) else { continue };
        let address = sample["path"].as_str().unwrap();
        let (own, expected): (_, Vec<(String, String)>) = match address.split_once('?') {
            Some((_, query)) => (fields(request.uri().query().unwrap()), fields(query).into_iter().collect()),
            None => (form(&request), serde_json::from_value(sample["form"].clone()).unwrap()),
        };
        assert_eq!(
            (request.method().as_str(), request.uri().path()),
            (sample["method"].as_str().unwrap(), address.split('?').next().unwrap())
        );
        assert_eq!(own.len(), expected.len().max(if case == "seed" { 10 } else { 0 }), "{case}");
        for (name, value) in &expected {
            let own = own.get(name).unwrap_or_else(|| panic!("{case} has no {name}"));
            // Random, or, of the history, in the message.
            let is_free = ["chat_id", "user_client_message_id", "conversation_uuid", "wpaicg_chat_history"]
                .contains(&name.as_str());
            assert!(is_free || own == value, "{case}: {name} is {own}, not {value}");
        }
    }
}
