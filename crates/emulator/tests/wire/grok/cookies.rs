//! Who is signed in, and how that comes about.

use serde_json::json;

use super::client::{CHATS, COOKIE, begin, get, message};
use crate::client::{Received, faulty, plain, send};

fn cookies(answer: &Received) -> Vec<(&str, &str)> {
    let lines = answer.head.lines().filter_map(|line| line.split_once(": "));
    let set = lines.filter(|(name, _)| *name == "set-cookie").map(|(_, value)| value);
    let pairs = set.filter_map(|value| value.split(';').next()?.split_once('='));
    pairs.collect()
}

#[tokio::test]
async fn without_a_good_cookie_nothing_is_answered() {
    let emulator = plain().await;
    let unknown = "Failed to look up session ID. [WKE=unauthenticated:invalid-credentials]";
    let none =
        json!({"code": 16, "message": "No credentials presented. [WKE=unauthenticated:no-credentials]", "details": []});
    let table = [
        ("cookie: sso-rw=a", none.clone()),
        ("cookie: sso=", none),
        ("cookie: a=b; sso=my-invalid-one", json!({"error": {"code": 16, "message": unknown, "details": []}})),
    ];
    for (cookie, expected) in table {
        let body = message("hi").to_string();
        let answer = send(&emulator, "POST", &format!("{CHATS}/new"), &[cookie], body.as_bytes()).await;
        assert_eq!((answer.status, answer.json()), (401, expected), "{cookie}");
        let asset = send(&emulator, "GET", "/grok/assets/users/a/content", &[cookie], b"").await;
        assert_eq!((asset.status, asset.text().as_str()), (403, "Forbidden"));
        let session = send(&emulator, "GET", "/grok/api/auth/session", &[cookie], b"").await;
        assert_eq!(session.json()["status"], "unauthenticated");
    }
    assert_eq!(get(&emulator, "/grok/api/auth/session").await.json()["session"]["email"], "user@example.com");
    assert_eq!(get(&emulator, "/grok/assets/users/a/content").await.status, 404);
}

#[tokio::test]
async fn every_answer_sets_another_cookie_of_the_edge() {
    let emulator = plain().await;
    let answers = [begin(&emulator, &message("hi")).await, begin(&emulator, &message("hi")).await];
    let [first, second] = answers.each_ref().map(|answer| cookies(answer)[0]);
    assert_eq!((first.0, second.0), ("__cf_bm", "__cf_bm"));
    assert_ne!(first.1, second.1);
}

#[tokio::test]
async fn signing_in_gives_cookies_that_are_good() {
    // Signing in does not fail, whatever else does.
    let emulator = faulty("signed-out").await;
    let form = get(&emulator, "/grok/sign-in").await.text();
    assert!(form.contains("<form method=\"post\" action=\"/grok/sign-in\">"), "{form}");
    assert!(!form.contains("<script>"), "{form}");
    assert!(get(&emulator, "/grok/sign-in?unattended").await.text().contains("<script>"));
    let type_of_form = "content-type: application/x-www-form-urlencoded";
    let answer = send(&emulator, "POST", "/grok/sign-in", &[type_of_form], b"email=a&password=b").await;
    assert_eq!((answer.status, answer.header("location")), (303, Some("/grok/")));
    let cookies = cookies(&answer);
    let names = cookies.iter().map(|(name, _)| *name).collect::<Vec<_>>();
    assert_eq!(names, ["sso", "sso-rw", "x-userid", "__cf_bm"]);

    let jar = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ");
    let jar = format!("cookie: {jar}");
    let page = send(&emulator, "GET", "/grok/", &[&jar], b"").await.text();
    assert!(page.contains("<a href=\"/chat#private\">") && page.contains("user@example.com"), "{page}");
    assert!(!page.contains("no-js"));
    let page = send(&emulator, "GET", "/grok", &[], b"").await.text();
    assert!(page.contains("href=\"/grok/sign-in\"") && !page.contains("#private"), "{page}");

    let headers = [jar.as_str(), "x-emulator-fault:"];
    let body = message("hi").to_string();
    assert_eq!(send(&emulator, "POST", &format!("{CHATS}/new"), &headers, body.as_bytes()).await.status, 200);
}

#[tokio::test]
async fn a_lost_session_can_be_lost_once() {
    let emulator = faulty("signed-out,fail-times=1").await;
    assert_eq!(get(&emulator, "/grok/sign-in").await.status, 200, "a page does not count");
    let body = message("hi").to_string();
    let mut statuses = Vec::new();
    for _ in 0..2 {
        statuses.push(send(&emulator, "POST", &format!("{CHATS}/new"), &[COOKIE], body.as_bytes()).await.status);
    }
    assert_eq!(statuses, [401, 200]);
}
