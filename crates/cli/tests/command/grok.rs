//! The provider grok.

use std::process::Command;

use chatstream_emulator::Emulator;

use crate::run::{chatstream, emulator, run, run_with};

/// The command with the cookies in this file for the emulator's service.
fn against(emulator: &Emulator, cookies: &std::path::Path, args: &[&str]) -> Command {
    let mut command = chatstream(args);
    command.env("GROK_COOKIES", cookies).env("GROK_BASE_URL", emulator.grok().base_url());
    command
}

#[tokio::test(flavor = "multi_thread")]
async fn it_answers_and_lists_its_modes() {
    let emulator = emulator(&[]).await;
    let folder = tempfile::tempdir().unwrap();
    let cookies = folder.path().join("cookies.txt");
    std::fs::write(&cookies, "sso=any").unwrap();
    for args in [&["chat", "why?"][..], &["chat", "-p", "grok", "-m", "expert", "why?"]] {
        let ran = run(&mut against(&emulator, &cookies, args));
        assert_eq!(ran.status, Some(0), "{ran:?}");
        assert!(ran.stdout.starts_with("You said: \"why?\""), "{ran:?}");
    }
    let ran = run(&mut against(&emulator, &cookies, &["models", "-p", "grok"]));
    assert!(ran.stdout.contains("expert"), "{ran:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_goes_on_in_another_run() {
    let emulator = emulator(&[]).await;
    let folder = tempfile::tempdir().unwrap();
    let (cookies, kept) = (folder.path().join("cookies.txt"), folder.path().join("kept.json"));
    std::fs::write(&cookies, "sso=any").unwrap();
    for (question, turns) in [("why?", 1), ("and then?", 2), ("and then?", 3)] {
        let ran = run(&mut against(&emulator, &cookies, &["chat", "-c", kept.to_str().unwrap(), question]));
        assert!(ran.stdout.contains(&format!("User turns so far: {turns}.")), "{ran:?}");
    }
    let requests = emulator.requests();
    let new = requests.iter().filter(|request| request.path().ends_with("/conversations/new")).count();
    assert_eq!((new, requests.len()), (1, 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_put_into_the_store_first() {
    let emulator = emulator(&[]).await;
    let folder = tempfile::tempdir().unwrap();
    let (cookies, path) = (folder.path().join("cookies.txt"), folder.path().join("cat.jpg"));
    std::fs::write(&cookies, "sso=any").unwrap();
    std::fs::write(&path, b"\xff\xd8\xff\xe0cat").unwrap();
    let ran = run(&mut against(&emulator, &cookies, &["chat", "--file", path.to_str().unwrap(), "what is it?"]));
    assert_eq!(ran.status, Some(0), "{ran:?}");
    assert!(ran.stdout.contains("Files shown: 1"), "{ran:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_is_no_more_says_what_to_do_and_is_not_shown() {
    let emulator = emulator(&[]).await;
    let folder = tempfile::tempdir().unwrap();
    let cookies = folder.path().join("cookies.txt");
    std::fs::write(&cookies, "sso=invalid-hunter2").unwrap();
    let ran = run(&mut against(&emulator, &cookies, &["chat", "hi"]));
    ran.assert(1, &["error: grok: unauthorized: the session is missing or has ended", "help: sign in at"]);
    assert!(!ran.stderr.contains("hunter2"), "{}", ran.stderr);
    std::fs::write(&cookies, "of another kind").unwrap();
    let ran = run(&mut against(&emulator, &cookies, &["chat", "hi"]));
    ran.assert(1, &["cookies.txt", "HAR", "GROK_COOKIES", "help: sign in at"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_of_this_client_names_the_way_that_is_open() {
    let emulator = emulator(&["challenge"]).await;
    let folder = tempfile::tempdir().unwrap();
    let cookies = folder.path().join("cookies.txt");
    std::fs::write(&cookies, "sso=any").unwrap();
    let ran = run(&mut against(&emulator, &cookies, &["chat", "hi"]));
    ran.assert(1, &["error: grok: blocked:", "-p xai"]);
}

#[test]
fn its_recorded_answers_are_decoded() {
    let glued = r#"{"result":{"response":{"token":"a"}}}{"result":{"response":{"token":"","isSoftStop":true}}}"#;
    let ran = run_with(&mut chatstream(&["decode", "--as", "grok", "--split", "1"]), glued);
    assert_eq!((ran.status, ran.stdout.lines().next()), (Some(0), Some(r#"{"type":"text","text":"a"}"#)));
}

/// `login grok` with the settings in this folder, and without other variables.
fn login(emulator: &Emulator, settings: &std::path::Path, args: &[&str]) -> Command {
    let mut command = chatstream(&[&["login", "grok"], args].concat());
    command.env("HOME", settings).env("XDG_CONFIG_HOME", settings).env("GROK_BASE_URL", emulator.grok().base_url());
    command
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_is_checked_and_kept_for_the_next_runs() {
    let emulator = emulator(&[]).await;
    let settings = tempfile::tempdir().unwrap();
    let given = settings.path().join("given.txt");
    let kept = settings.path().join("chatstream/grok/auth_grok.json");
    std::fs::write(&given, "sso=hunter2").unwrap();
    let ran = run(&mut login(&emulator, settings.path(), &["--cookies", given.to_str().unwrap()]));
    assert_eq!(ran.status, Some(0), "{ran:?}");
    assert!(ran.stdout.contains("signed in as") && ran.stdout.contains(kept.to_str().unwrap()), "{ran:?}");
    assert!(!format!("{ran:?}").contains("hunter2"), "{ran:?}");
    #[cfg(unix)]
    for (path, rights) in [(&*kept, 0o600), (kept.parent().unwrap(), 0o700)] {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(path).unwrap().permissions().mode() & 0o777, rights, "{}", path.display());
    }

    // The given file is needed no more, and what the site sets is kept.
    std::fs::remove_file(given).unwrap();
    let mut chat = chatstream(&["chat", "-p", "grok", "hello"]);
    chat.env("XDG_CONFIG_HOME", settings.path()).env("GROK_BASE_URL", emulator.grok().base_url());
    let ran = run(&mut chat);
    assert_eq!(ran.status, Some(0), "{ran:?}");
    let text = std::fs::read_to_string(&kept).unwrap();
    assert!(text.contains("hunter2") && text.contains("__cf_bm"), "the cookie of the edge is kept too");
    assert_eq!(run(&mut login(&emulator, settings.path(), &[])).status, Some(0), "a kept login is found again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_is_not_to_be_had_is_told_with_what_is_accepted() {
    let emulator = emulator(&[]).await;
    let settings = tempfile::tempdir().unwrap();
    let given = settings.path().join("given.txt");
    let refused = |text: Option<&str>| {
        if let Some(text) = text {
            std::fs::write(&given, text).unwrap();
        }
        let ran = run(&mut login(&emulator, settings.path(), &["--cookies", given.to_str().unwrap()]));
        assert!(!format!("{ran:?}").contains("hunter2"), "{ran:?}");
        ran
    };
    let unattended = |ran: crate::run::Ran, what: &str| ran.assert(1, &["error: grok: unauthorized", what]);
    if cfg!(feature = "browser-login") {
        return;
    }
    unattended(refused(None), "given.txt cannot be read");
    unattended(refused(Some("other=hunter2")), "has no cookie sso");
    let ran = refused(Some("other=hunter2"));
    ran.assert(1, &["sign in at https://grok.com/sign-in", "HAR recording", "Netscape", "GROK_COOKIES"]);
    unattended(refused(Some("sso=invalid-hunter2")), "the session is unauthenticated");
    assert!(!settings.path().join("chatstream").exists(), "nothing is kept that is no login");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_that_refuses_this_client_is_not_asked_for_another_login() {
    let emulator = emulator(&["challenge"]).await;
    let settings = tempfile::tempdir().unwrap();
    let given = settings.path().join("given.txt");
    std::fs::write(&given, "sso=any").unwrap();
    let ran = run(&mut login(&emulator, settings.path(), &["--cookies", given.to_str().unwrap()]));
    ran.assert(1, &["error: grok: blocked"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn pictures_are_saved_and_a_folder_that_cannot_be_is_told_before_anything_is_asked() {
    let running = emulator(&[]).await;
    let folder = tempfile::tempdir().unwrap();
    let (cookies, saved) = (folder.path().join("cookies.txt"), folder.path().join("new/pictures"));
    std::fs::write(&cookies, "sso=any").unwrap();
    let args = ["chat", "--save-images", saved.to_str().unwrap(), "draw a cat"];
    for pictures in [2, 4] {
        let ran = run(&mut against(&running, &cookies, &args));
        assert_eq!(ran.status, Some(0), "{ran:?}");
        assert!(ran.stderr.contains("% drawn"), "{ran:?}");
        assert_eq!(std::fs::read_dir(&saved).unwrap().count(), pictures, "none is overwritten: {ran:?}");
    }
    let first = std::fs::read(saved.join("picture-1.jpg")).unwrap();
    assert!(first.starts_with(b"\xff\xd8\xff"));

    let file = folder.path().join("a-file");
    std::fs::write(&file, "").unwrap();
    let asked = running.requests().len();
    let ran = run(&mut against(&running, &cookies, &["chat", "--save-images", file.to_str().unwrap(), "draw"]));
    ran.assert(1, &["cannot make the folder"]);
    assert_eq!(running.requests().len(), asked);
}

/// `cookies.sqlite` is a store as Firefox 142 makes it, with a session for this machine until 2100, one of a host whose
/// name only looks like it, and a cookie that has ended.
#[cfg(all(feature = "browser-cookies", target_os = "linux"))]
#[tokio::test(flavor = "multi_thread")]
async fn a_login_is_found_in_the_store_of_a_browser() {
    let emulator = emulator(&[]).await;
    let home = tempfile::tempdir().unwrap();
    let profile = home.path().join(".mozilla/firefox/a.default");
    std::fs::create_dir_all(&profile).unwrap();
    std::fs::write(profile.join("cookies.sqlite"), include_bytes!("cookies.sqlite")).unwrap();
    let profiles = "[Profile0]\nName=default\nIsRelative=1\nPath=a.default\nDefault=1\n";
    std::fs::write(home.path().join(".mozilla/firefox/profiles.ini"), profiles).unwrap();
    let ran = run(&mut login(&emulator, home.path(), &[]));
    assert_eq!(ran.status, Some(0), "{ran:?}");
    let sent = emulator.requests().into_iter().find(|request| request.path().ends_with("/session")).unwrap();
    assert_eq!(sent.header("cookie"), Some("sso=from-the-store"));
}
