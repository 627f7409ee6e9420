use futures_util::{FutureExt as _, StreamExt as _};
use std::sync::Arc;

use super::*;

fn auth(source: CookieSource) -> Auth {
    let config = GrokConfig::new(source).login_url("https://login.example");
    Auth::new(&config, &Endpoint::parse("https://grok.com").unwrap()).unwrap()
}

fn header(auth: &Auth) -> String {
    let uri = "https://grok.com/".parse().unwrap();
    auth.authorize().unwrap().cookie_header(&uri).unwrap().to_str().unwrap().to_owned()
}

fn steps(auth: Auth) -> Vec<Result<SignInStep>> {
    SignIn::new(Arc::new(auth)).collect().now_or_never().unwrap()
}

#[test]
fn cookies_that_are_there_sign_in_at_once() {
    let steps = steps(auth(CookieSource::text("sso=1")));
    let [Ok(SignInStep::SignedIn(signed))] = &steps[..] else { panic!("{steps:?}") };
    assert_eq!(signed.cookies.iter().count(), 1);
}

#[test]
fn without_a_login_the_user_is_asked_and_then_told_what_is_accepted() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.txt"), "a=hunter2").unwrap();
    std::fs::write(folder.path().join("b.json"), "{\"hunter2\"").unwrap();
    std::fs::write(folder.path().join("c.har"), [0xFF]).unwrap();
    std::fs::write(folder.path().join("d.md"), "sso=1").unwrap();
    let table = [
        (CookieSource::text("a=hunter2"), vec!["the text given has no cookie sso of grok.com"]),
        (CookieSource::file(folder.path().join("none")), vec!["none cannot be read"]),
        (
            CookieSource::file(folder.path()),
            vec!["a.txt has no cookie sso", "b.json is in no known form", "c.har is not UTF-8"],
        ),
    ];
    for (source, expected) in table {
        let steps = steps(auth(source));
        let [Ok(SignInStep::RequestLogin { label: "Grok", url }), Err(error)] = &steps[..] else { panic!("{steps:?}") };
        assert_eq!((url.as_str(), error.kind()), ("https://login.example", ErrorKind::Unauthorized));
        for text in expected.into_iter().chain(["HAR recording", "GROK_COOKIES"]) {
            assert!(error.message().contains(text), "{error} lacks {text}");
        }
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
    }
}

#[test]
fn a_folder_is_searched_for_the_first_login() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.txt"), "a=1").unwrap();
    std::fs::write(folder.path().join("b.txt"), "sso=b").unwrap();
    let auth = auth(CookieSource::file(folder.path()));
    assert_eq!(header(&auth), "sso=b");
    AuthResult::read("sso=saved", "grok.com").unwrap().save(folder.path().join(AuthResult::FILE_NAME)).unwrap();
    assert_eq!(header(&auth), "sso=b");
    // The saved sign-in comes first; it is read when the one held was refused.
    assert!(auth.renew(auth.authorize().unwrap().number));
    assert_eq!(header(&auth), "sso=saved");
}

#[test]
fn a_refused_session_is_read_again_once_for_all_its_callers() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cookies.txt");
    std::fs::write(&file, "sso=old").unwrap();
    let auth = auth(CookieSource::file(&file));
    let (first, second) = (auth.authorize().unwrap().number, auth.authorize().unwrap().number);
    assert_eq!(first, second);
    std::fs::write(&file, "sso=new").unwrap();
    assert_eq!(header(&auth), "sso=old");
    assert!(auth.renew(first));
    assert_eq!(header(&auth), "sso=new");
    std::fs::write(&file, "sso=newest").unwrap();
    assert!(auth.renew(second));
    assert_eq!(header(&auth), "sso=new", "the second caller takes what the first one read");
}

#[test]
fn cookies_that_were_given_are_not_read_again() {
    let auth = auth(CookieSource::text("sso=1"));
    assert!(!auth.renew(auth.authorize().unwrap().number));
}

#[test]
fn a_session_that_the_site_ended_is_read_again() {
    let auth = auth(CookieSource::text("sso=1"));
    assert_eq!(header(&auth), "sso=1");
    let uri: Uri = "https://grok.com/".parse().unwrap();
    auth.fold(&uri, &mut ["a=2; Domain=grok.com"].into_iter());
    assert_eq!(header(&auth), "sso=1; a=2");
    auth.fold(&"https://evil.example/".parse().unwrap(), &mut ["sso=evil; Domain=grok.com"].into_iter());
    auth.fold(&uri, &mut ["sso=; Domain=grok.com; Max-Age=0"].into_iter());
    assert_eq!(header(&auth), "sso=1");
}

#[test]
fn a_sign_in_is_saved_for_its_owner_and_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("auth.json");
    let mut signed = AuthResult::read("sso=hunter2; a=b", "grok.com").unwrap().user_agent("Browser/1");
    signed.proxy = Some(Secret::new("http://me:hunter2@proxy.example"));
    signed.save(&file).unwrap();
    signed.save(&file).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    let loaded = AuthResult::load(&file).unwrap();
    assert_eq!(loaded.headers["user-agent"], "Browser/1");
    assert_eq!(loaded.proxy.as_ref().map(Secret::expose), Some("http://me:hunter2@proxy.example"));
    assert!(!format!("{loaded:?}").contains("hunter2"));
    let auth = auth(CookieSource::Signed(loaded));
    assert_eq!(header(&auth), "sso=hunter2; a=b");
    assert_eq!(auth.authorize().unwrap().user_agent.unwrap(), "Browser/1");
    std::fs::write(&file, "{\"cookies\":\"hunter2\"}").unwrap();
    let error = AuthResult::load(&file).unwrap_err();
    assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
    assert!(signed.save(folder.path().join("none/auth.json")).is_err());
}
