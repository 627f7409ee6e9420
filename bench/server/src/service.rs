use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Request, Response, StatusCode};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use serde::Deserialize;
use tokio::time::Instant;

use crate::answer::{self, Answer, Paced};
use crate::script::{Pieces, Script};
use crate::wire::Wire;

/// Answers requests. Answers are made once and kept, so that the server costs little while its
/// clients are measured.
#[derive(Debug, Default)]
pub(crate) struct Service {
    made: Mutex<HashMap<Asked, Arc<[Bytes]>>>,
    streams: AtomicU64,
}

type Asked = (Wire, bool, String);

/// What is read of a request.
#[derive(Deserialize)]
struct Call {
    #[serde(alias = "modelName")]
    model: String,
    #[serde(default)]
    stream: bool,
}

/// A token that lasts: the half hour of a real one could end within a run.
const TOKEN: &str = r#"{"access_token":"bench","expires_at":4102444800000}"#;

/// A page with the chat element of the plugin's first generation.
const PAGE: &str = "<!doctype html><div class=wpaicg-chat-shortcode data-nonce=0a1b2c3d4e data-post-id=261 \
    data-bot-id=0 data-type=shortcode></div>";

impl Call {
    /// A form whose message names what to send.
    fn of_form(form: &[u8]) -> Option<Self> {
        let form = std::str::from_utf8(form).ok()?;
        let message = form.split('&').find_map(|field| field.strip_prefix("message="))?;
        Some(Self { model: message.to_owned(), stream: true })
    }
}

impl Service {
    pub(crate) async fn answer(&self, request: Request<Incoming>) -> Response<Answer> {
        if request.uri().path() == "/gigachat/oauth" {
            return response(StatusCode::OK, "application/json", made(TOKEN));
        }
        if request.uri().path() == "/chatgptfree/" {
            return response(StatusCode::OK, "text/html", made(PAGE));
        }
        let Some(wire) = Wire::at(request.uri().path()) else {
            return refusal(StatusCode::NOT_FOUND, "there is no such path");
        };
        let Ok(body) = request.into_body().collect().await else {
            return refusal(StatusCode::BAD_REQUEST, "the body broke off");
        };
        let body = body.to_bytes();
        let call = if wire == Wire::ChatgptFree { Call::of_form(&body) } else { serde_json::from_slice(&body).ok() };
        let Some((script, call)) = call.and_then(|call| Some((Script::parse(&call.model)?, call))) else {
            return refusal(StatusCode::BAD_REQUEST, "the body names no model of this server");
        };
        let whole = !call.stream && wire != Wire::Grok;
        let body = match script.pieces {
            Pieces::Paced(step) if !whole => {
                Answer::Paced(Paced::new(wire, script.events, step, Instant::now() + self.phase(step)))
            }
            _ => Answer::new(self.pieces(wire, whole, call.model, script)),
        };
        response(StatusCode::OK, wire.content_type(whole), body)
    }

    fn pieces(&self, wire: Wire, whole: bool, model: String, script: Script) -> Arc<[Bytes]> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        let make =
            || if whole { Arc::from([Bytes::from(wire.whole(script.events))]) } else { answer::pieces(wire, script) };
        Arc::clone(made.entry((wire, whole, model)).or_insert_with(make))
    }

    /// How long a paced stream waits before its first event, so that those that begin together do
    /// not all come in the same millisecond.
    fn phase(&self, step: Duration) -> Duration {
        let number = self.streams.fetch_add(1, Ordering::Relaxed);
        step + Duration::from_micros(number * 7919 % step.as_micros().max(1) as u64)
    }
}

fn made(text: &'static str) -> Answer {
    Answer::new(Arc::from([Bytes::from_static(text.as_bytes())]))
}

fn response(status: StatusCode, content_type: &'static str, body: Answer) -> Response<Answer> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

fn refusal(status: StatusCode, text: &'static str) -> Response<Answer> {
    response(status, "text/plain", made(text))
}
