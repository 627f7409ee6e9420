//! Ctrl-C while an answer comes.
#![cfg(unix)]

use crate::run::{Running, against, emulator};

#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_ends_the_answer_and_its_request() {
    let emulator = emulator(&["stall=12"]).await;
    for args in [&["chat", "hi"][..], &["chat", "--json", "hi"]] {
        let mut running = Running::new(&mut against(&emulator, args));
        running.wait_for("You");
        running.signal("INT");
        let ran = running.end();
        assert_eq!(ran.status, Some(130), "{ran:?}");
        assert!(ran.stdout.ends_with('\n') && !ran.stderr.contains("error"), "{ran:?}");
    }
    emulator.wait_for_cancelled(2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_ends_the_wait_for_an_answer() {
    let emulator = emulator(&["hang"]).await;
    for (count, args) in [(1, &["chat", "hi"][..]), (2, &["models"])] {
        let running = Running::new(&mut against(&emulator, args));
        emulator.wait_for_requests(count).await;
        running.signal("INT");
        let ran = running.end();
        assert_eq!((ran.status, ran.stdout.as_str()), (Some(130), ""), "{ran:?}");
    }
}
