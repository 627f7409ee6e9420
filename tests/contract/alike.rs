//! Events that are taken for their text alone say what they would say parsed in full, whatever comes.

use bytes::Bytes;
use chatstream::core::AnswerReader;
use chatstream::core::decode::DEFAULT_EVENT_LIMIT;
use chatstream_tests::{Recorded, fixtures};
use fastrand::Rng;

use crate::subject::{SUBJECTS, Subject};

/// How many bodies are tried of each provider.
const BODIES: usize = 4000;

/// What makes or breaks JSON, lines and UTF-8.
const BYTES: &[u8] = b"\"\\{}[],:\n\r u0ed8 n\x00\x1f\x7f\xc3\xa9\xff";

#[test]
fn no_body_is_read_in_another_way() {
    for subject in SUBJECTS {
        let bodies = bodies(subject);
        let mut rng = Rng::with_seed(1);
        for n in 0..BODIES {
            let mut body = bodies[n % bodies.len()].clone();
            for _ in 0..n % 4 {
                damage(&mut body, &mut rng);
            }
            let said = |in_full| said(subject, &body, in_full, 1 + n % 97);
            assert_eq!(said(false), said(true), "{}: {}", subject.name, String::from_utf8_lossy(&body));
        }
    }
}

/// What a body says, cut into pieces of one width.
fn said(subject: &Subject, body: &[u8], in_full: bool, width: usize) -> Vec<String> {
    let mut reader = AnswerReader::new(subject.framing, DEFAULT_EVENT_LIMIT, (subject.parser)());
    if in_full {
        reader = reader.parse_in_full();
    }
    let mut said = Vec::new();
    for piece in body.chunks(width) {
        reader.push(Bytes::copy_from_slice(piece));
        said.extend(std::iter::from_fn(|| reader.next_item()).map(|item| format!("{item:?}")));
    }
    reader.finish(None);
    said.extend(std::iter::from_fn(|| reader.next_item()).map(|item| format!("{item:?}")));
    said
}

/// Answers that are mostly text, and the fixtures.
fn bodies(subject: &Subject) -> Vec<Vec<u8>> {
    let texts = ["a", " b", "", "\\n", "Привет", "\\u0416\\\"", "\\ud83d", "\\ude80", "<", "img ", "\\u0000"];
    let plain: String = texts.iter().cycle().take(40).map(|text| (subject.event)(text)).collect();
    let mut bodies = vec![[plain.as_bytes(), subject.end.as_bytes()].concat()];
    for case in fixtures(subject.name) {
        let body = Recorded::read(&case.join("response.http")).body;
        if body.len() < 8 * 1024 {
            bodies.push(body.to_vec());
        }
    }
    // As often as all others: its events are alike.
    let (first, others) = (bodies[0].clone(), bodies.len());
    bodies.extend(std::iter::repeat_n(first, others));
    bodies
}

/// Changes, drops, inserts or repeats some bytes.
fn damage(body: &mut Vec<u8>, rng: &mut Rng) {
    let mut below = |limit: usize| rng.usize(..limit.max(1));
    let at = below(body.len());
    let byte = BYTES[below(BYTES.len())];
    match below(4) {
        0 => body.splice(at..(at + 1).min(body.len()), [byte]).for_each(drop),
        1 => body.insert(at, byte),
        2 => drop(body.drain(at..(at + below(40)).min(body.len()))),
        _ => {
            let part = body[at..(at + below(200)).min(body.len())].to_vec();
            let to = below(body.len());
            body.splice(to..to, part).for_each(drop);
        }
    }
}
