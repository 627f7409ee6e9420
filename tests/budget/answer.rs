/// What is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Case {
    /// Many events in one HTTP chunk.
    Burst,
    /// An HTTP chunk for each event.
    Each,
    /// An answer in one piece.
    Whole,
}

/// Events of a stream, and tokens of a whole answer.
const EVENTS: usize = 2_000;
const TOKENS: usize = 200;

const DELTAS: [&str; 8] = [" the", " sky", " is", " blue", ",", " потому", " \\\"air\\\"", " scatters"];

impl Case {
    pub(crate) fn parse(word: &str) -> Option<Self> {
        match word {
            "burst" => Some(Self::Burst),
            "each" => Some(Self::Each),
            "whole" => Some(Self::Whole),
            _ => None,
        }
    }

    /// The response as on the wire.
    pub(crate) fn answer(self) -> Vec<u8> {
        let deltas = DELTAS.iter().cycle();
        if self == Self::Whole {
            let text: String = deltas.take(TOKENS).copied().collect();
            let message = format!(r#""message":{{"role":"assistant","content":"{text}"}},"finish_reason":"stop""#);
            let body = completion("chat.completion", &message);
            let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n";
            return format!("{head}content-length: {}\r\n\r\n{body}", body.len()).into();
        }
        let event = |choice: &str| format!("data: {}\n\n", completion("chat.completion.chunk", choice));
        let mut events: Vec<String> =
            deltas.take(EVENTS).map(|delta| event(&format!(r#""delta":{{"content":"{delta}"}}"#))).collect();
        events.push(event(r#""delta":{},"finish_reason":"stop""#) + "data: [DONE]\n\n");
        let pieces: Vec<String> = match self {
            Self::Burst => events.chunks(EVENTS_IN_16_KIB).map(<[String]>::concat).collect(),
            _ => events,
        };
        let mut answer =
            "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n".to_owned();
        for piece in pieces {
            answer += &format!("{:x}\r\n{piece}\r\n", piece.len());
        }
        (answer + "0\r\n\r\n").into()
    }
}

/// About as many as servers send at once when they send many.
const EVENTS_IN_16_KIB: usize = 70;

fn completion(object: &str, choice: &str) -> String {
    format!(
        r#"{{"id":"00000000-1111-2222-3333-444444444444","object":"{object}","created":1780000000,"model":"grok-4.3","choices":[{{"index":0,{choice}}}],"system_fingerprint":"fp_0000000000"}}"#
    )
}
