//! Recorded answers through the whole client, over a transport in memory.

use chatstream::ChatRequest;
use chatstream_tests::{Recorded, answer, every_split, fixtures};
use serde_json::Value;

use crate::subject::SUBJECTS;

#[tokio::test(start_paused = true)]
async fn every_fixture_gives_its_chunks_at_every_split() {
    for subject in SUBJECTS {
        for case in fixtures(subject.name) {
            let recorded = Recorded::read(&case.join("response.http"));
            let expected: Vec<Value> =
                serde_json::from_slice(&std::fs::read(case.join("chunks.json")).unwrap()).unwrap();
            for (i, pieces) in every_split(&recorded.body).enumerate() {
                let provider = (subject.replayed)(recorded.replayed(pieces)).unwrap();
                let got = answer(&provider, ChatRequest::new("hi")).await;
                assert_eq!(got, expected, "{} at split {i}", case.display());
            }
        }
    }
}
