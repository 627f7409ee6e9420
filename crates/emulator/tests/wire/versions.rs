//! HTTP/1.1 with connections kept, and HTTP/2 without TLS.

use chatstream_emulator::Emulator;
use http::{Request, Version};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;

use crate::client::{CHAT, events, faulty, plain, said, streamed, within};

fn request(emulator: &Emulator) -> Request<Full<Bytes>> {
    Request::post(format!("http://{}{CHAT}", emulator.address()))
        .header("authorization", "Bearer xai-test")
        .header("content-type", "application/json")
        .body(Full::from(streamed("Привет").to_string()))
        .expect("a request")
}

async fn http2(emulator: &Emulator) -> http2::SendRequest<Full<Bytes>> {
    let stream = TcpStream::connect(emulator.address()).await.expect("the emulator listens");
    let (sender, connection) =
        http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.expect("HTTP/2 is spoken");
    tokio::spawn(connection);
    sender
}

#[tokio::test]
async fn one_connection_carries_several_requests() {
    let emulator = plain().await;
    let stream = TcpStream::connect(emulator.address()).await.unwrap();
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    for _ in 0..3 {
        let response = within(sender.send_request(request(&emulator))).await.unwrap();
        let body = within(response.into_body().collect()).await.unwrap().to_bytes();
        assert!(body.ends_with(b"data: [DONE]\n\n"));
        within(sender.ready()).await.unwrap();
    }
    assert_eq!(emulator.connections(), 1);
    assert!(emulator.requests().iter().all(|request| request.connection == 1));
}

#[tokio::test]
async fn http2_is_spoken_without_tls() {
    let emulator = plain().await;
    let mut sender = http2(&emulator).await;
    let response = within(sender.send_request(request(&emulator))).await.unwrap();
    assert_eq!(response.version(), Version::HTTP_2);
    let body = within(response.into_body().collect()).await.unwrap().to_bytes();
    let events = events(std::str::from_utf8(&body).unwrap());
    assert!(said(&events, "content").contains("\"Привет\""));
    assert_eq!(emulator.requests()[0].version, Version::HTTP_2);
}

#[tokio::test]
async fn pieces_are_data_frames_in_http2() {
    let emulator = faulty("pieces=7").await;
    let mut sender = http2(&emulator).await;
    let mut body = within(sender.send_request(request(&emulator))).await.unwrap().into_body();
    let mut lengths = Vec::new();
    while let Some(frame) = within(body.frame()).await {
        lengths.push(frame.unwrap().into_data().unwrap().len());
    }
    let last = lengths.pop().unwrap();
    assert!(last <= 7 && lengths.iter().all(|length| *length == 7), "{lengths:?}");
}

#[tokio::test]
async fn a_stream_of_http2_that_is_left_is_noticed_and_the_connection_stays() {
    let emulator = faulty("stall=1").await;
    let mut sender = http2(&emulator).await;
    let mut body = within(sender.send_request(request(&emulator))).await.unwrap().into_body();
    within(body.frame()).await.unwrap().unwrap();
    drop(body);
    within(emulator.wait_for_cancelled(1)).await;
    within(sender.send_request(request(&emulator))).await.unwrap();
    assert_eq!(emulator.connections(), 1);
}

#[tokio::test]
async fn a_reset_takes_the_connection_of_http2_with_it() {
    let emulator = faulty("reset=1").await;
    let mut sender = http2(&emulator).await;
    let response = within(sender.send_request(request(&emulator))).await.unwrap();
    within(response.into_body().collect()).await.unwrap_err();
    within(sender.send_request(request(&emulator))).await.unwrap_err();
}

#[tokio::test]
async fn dropping_the_emulator_ends_streams_of_http2() {
    let emulator = faulty("stall=1").await;
    let mut sender = http2(&emulator).await;
    let mut body = within(sender.send_request(request(&emulator))).await.unwrap().into_body();
    within(body.frame()).await.unwrap().unwrap();
    drop(emulator);
    within(body.frame()).await.unwrap().unwrap_err();
}
