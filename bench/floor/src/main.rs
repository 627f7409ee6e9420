//! The floor: what nobody who uses hyper and serde_json can stay below. One connection without a
//! pool, polled by the task that reads the answer; `memchr` for the lines; `serde_json` into structs
//! that borrow. No retries, waits, limits or errors worth the name: to measure against, not to use.

mod connection;
mod text;

use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};

use bench_harness::{Client, Options, PROMPT, Result, Texts, Wire};
use bytes::Bytes;
use connection::{Connection, Connector};
use http::{Method, Request};
use http_body_util::Full;
use text::Lines;

struct Floor {
    connector: Connector,
    wire: Wire,
    idle: Mutex<Vec<Connection>>,
}

impl Floor {
    fn request(&self, model: &str, stream: bool) -> Result<Request<Full<Bytes>>> {
        let (path, body) = match self.wire {
            Wire::Chat => ("/v1/chat/completions", chat_body(model, stream)),
            Wire::GigaChat => ("/gigachat/v1/chat/completions", chat_body(model, stream)),
            Wire::Grok => {
                let body = format!(r#"{{"temporary":true,"modelName":"{model}","message":"{PROMPT}"}}"#);
                ("/grok/rest/app-chat/conversations/new", body)
            }
            Wire::ChatgptFree => ("/chatgptfree/wp-admin/admin-ajax.php", format!("message={model}")),
        };
        let request = Request::builder()
            .method(Method::POST)
            .uri(self.connector.target(path))
            .header("content-type", "application/json")
            .header("authorization", "Bearer key");
        // HTTP/2 has the host in its target.
        let request = if cfg!(feature = "http2") { request } else { request.header("host", self.connector.host()) };
        Ok(request.body(Full::new(Bytes::from(body)))?)
    }

    async fn connection(&self) -> Result<Connection> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        match idle {
            Some(connection) => Ok(connection),
            None => self.connector.connect().await,
        }
    }

    fn give_back(&self, connection: Connection) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
    }
}

fn chat_body(model: &str, stream: bool) -> String {
    format!(r#"{{"model":"{model}","messages":[{{"role":"user","content":"{PROMPT}"}}],"stream":{stream}}}"#)
}

impl Client for Floor {
    fn new(options: &Options) -> Result<Self> {
        Ok(Self { connector: Connector::new(&options.base)?, wire: options.wire, idle: Mutex::default() })
    }

    async fn stream(&self, model: &str, texts: &mut Texts) -> Result {
        let mut connection = self.connection().await?;
        let mut lines = Lines::default();
        let of = match self.wire {
            Wire::Chat | Wire::GigaChat | Wire::ChatgptFree => text::of_sse,
            Wire::Grok => text::of_json,
        };
        let request = self.request(model, true)?;
        connection.read(request, |piece| lines.push(&piece, |line| of(line, texts))).await?;
        self.give_back(connection);
        Ok(())
    }

    async fn whole(&self, model: &str, texts: &mut Texts) -> Result {
        let mut connection = self.connection().await?;
        let mut body = Vec::new();
        let take = |piece: Bytes| {
            body.extend_from_slice(&piece);
            Ok(())
        };
        connection.read(self.request(model, false)?, take).await?;
        self.give_back(connection);
        text::of_whole(&body, texts)
    }
}

fn main() -> ExitCode {
    bench_harness::main::<Floor>()
}
