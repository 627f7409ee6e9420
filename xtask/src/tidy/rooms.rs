use super::scan::{Attribute, Source, Token, crate_paths, tokens};
use super::{File, Finding, manifest, text};
use crate::workspace::{Package, Role};

/// The rooms of a provider, in the order of the flow.
const ROOMS: [&str; 8] = ["lib", "config", "client", "auth", "wire", "encode", "parse", "error"];

/// What only core's transport may name.
const HTTP_CRATES: [&str; 4] = ["hyper", "hyper_rustls", "hyper_util", "tokio_rustls"];

/// Every provider has the same rooms.
pub(super) fn missing(package: &Package, files: &[File]) -> Vec<Finding> {
    if package.role() != Role::Provider {
        return Vec::new();
    }
    let path = |room: &&&str| format!("{}/src/{room}.rs", package.folder);
    let missing = ROOMS.iter().filter(|room| text(files, &path(room)).is_none());
    missing.map(|room| Finding::new(&manifest::path(package), 1, format!("there is no room src/{room}.rs"))).collect()
}

/// Each room names only what it may.
pub(super) fn check(source: &Source<'_>, packages: &[Package]) -> Vec<Finding> {
    for package in packages {
        let file = source.path.strip_prefix(&package.folder).and_then(|rest| rest.strip_prefix("/src/"));
        match (file, package.role()) {
            (Some(file), Role::Core) => {
                let rooms = Outside { clock: &["call", "stream", "transport"], environment: &[] };
                return [network(source, file), outside(source, file, &rooms)].concat();
            }
            (Some(file), Role::Provider) => {
                let rooms = Outside { clock: &["auth"], environment: &["config"] };
                return [siblings(source, file), derives(source, file), outside(source, file, &rooms)].concat();
            }
            _ => {}
        }
    }
    Vec::new()
}

/// Whether a file, from `src/`, belongs to a room: `wire.rs` or below `wire/`.
fn is_in(file: &str, room: &str) -> bool {
    file.strip_prefix(room).is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
}

/// `wire` and `config` stand for themselves.
fn siblings(source: &Source<'_>, file: &str) -> Vec<Finding> {
    let Some(own) = ["wire", "config"].into_iter().find(|room| is_in(file, room)) else {
        return Vec::new();
    };
    let code = source.code_without_tests();
    let paths = crate_paths(&code, !file.contains('/')).into_iter();
    paths
        .filter(|path| path.head != own && ROOMS.contains(&path.head))
        .map(|path| source.finding(path.at, format!("{own} imports no other room, not {}", path.head)))
        .collect()
}

/// Only `wire` mirrors JSON.
fn derives(source: &Source<'_>, file: &str) -> Vec<Finding> {
    if is_in(file, "wire") {
        return Vec::new();
    }
    let attributes = source.attributes();
    let found = attributes.iter().filter(|attribute| derives_serde(attribute));
    found.map(|attribute| source.finding(attribute.at, "only wire.rs derives serde")).collect()
}

fn derives_serde(attribute: &Attribute<'_>) -> bool {
    let mut names = tokens(attribute.arguments).into_iter();
    attribute.name == "derive" && names.any(|token| matches!(token.text, "Serialize" | "Deserialize"))
}

/// The rooms that may ask what lies outside the program; to all others it is an argument.
struct Outside {
    clock: &'static [&'static str],
    environment: &'static [&'static str],
}

/// Time and environment are read in few rooms.
fn outside(source: &Source<'_>, file: &str, rooms: &Outside) -> Vec<Finding> {
    let code = source.code_without_tests();
    let is_one_of = |rooms: &[&str]| rooms.iter().any(|room| is_in(file, room));
    let asks = |token: &Token<'_>, next: &str| match (token.text, next) {
        ("Instant" | "SystemTime", "now") if !is_one_of(rooms.clock) => Some("the clock"),
        ("env", "var" | "vars" | "var_os" | "vars_os") if !is_one_of(rooms.environment) => Some("the environment"),
        _ => None,
    };
    // A room of tests is no room of the crate.
    if file.ends_with("tests.rs") || file.contains("/tests/") {
        return Vec::new();
    }
    let tokens = tokens(&code);
    let paths = tokens.windows(3).filter(|path| path[1].text == "::");
    let found = paths.filter_map(|path| Some((path[0].at, asks(&path[0], path[2].text)?)));
    found
        .map(|(at, what)| source.finding(at, format!("this room does not read {what}: take it as an argument")))
        .collect()
}

/// hyper is named below `transport/`, rustls in `transport/tls.rs`.
fn network(source: &Source<'_>, file: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    let tokens = source.tokens();
    let declared = |name: &str| tokens.windows(2).any(|pair| pair[0].text == "mod" && pair[1].text == name);
    for (i, token) in tokens.iter().enumerate() {
        // A name after `::` or `.` is something else of that name, as is a module of our own.
        let begins_path = i == 0 || !matches!(tokens[i - 1].text, "::" | "." | "mod");
        if !begins_path || declared(token.text) || !is_crate_name(&tokens[i + 1..]) {
            continue;
        }
        if HTTP_CRATES.contains(&token.text) && !file.starts_with("transport/") {
            findings.push(source.finding(token.at, format!("{} is named only under transport/", token.text)));
        }
        if token.text == "rustls" && !is_in(file, "transport/tls") {
            findings.push(source.finding(token.at, "rustls is named only in transport/tls.rs"));
        }
    }
    findings
}

/// Whether a word followed by this is a path's first segment or a whole import, not a variable.
fn is_crate_name(following: &[Token<'_>]) -> bool {
    following.first().is_some_and(|token| matches!(token.text, "::" | ";" | "as"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packages() -> Vec<Package> {
        let package = |folder: &str| Package { folder: folder.to_owned(), ..Package::default() };
        vec![package("crates/core"), package("crates/xai"), package("crates/chatstream")]
    }

    fn found(path: &str, text: &str) -> Vec<String> {
        check(&Source::new(path, text), &packages()).into_iter().map(|finding| finding.what).collect()
    }

    #[test]
    fn a_provider_without_a_room_is_found() {
        let file = |room: &str| File { path: format!("crates/xai/src/{room}.rs"), text: String::new() };
        let mut files: Vec<File> = ROOMS.iter().map(|room| file(room)).collect();
        let [core, xai, _] = &packages()[..] else { panic!("three packages") };
        assert!(missing(xai, &files).is_empty());
        files.retain(|file| !file.path.ends_with("auth.rs"));
        assert_eq!(missing(xai, &files)[0].what, "there is no room src/auth.rs");
        assert!(missing(core, &files).is_empty());
    }

    #[test]
    fn wire_and_config_import_no_other_room() {
        assert_eq!(found("crates/xai/src/wire.rs", "use crate::parse::X;").len(), 1);
        assert_eq!(found("crates/xai/src/wire/chat.rs", "use crate::config::X;").len(), 1);
        assert_eq!(found("crates/xai/src/wire.rs", "use super::{config, wire};").len(), 1);
        assert_eq!(found("crates/xai/src/config.rs", "use crate::{config::NAME, error};").len(), 1);
        assert_eq!(found("crates/xai/src/config.rs", "use crate::client::Xai;").len(), 1);
    }

    #[test]
    fn what_they_may_import_is_no_finding() {
        assert!(found("crates/xai/src/wire/chat.rs", "use super::usage; use crate::wire::X;").is_empty());
        assert!(found("crates/xai/src/wire.rs", "#[cfg(test)]\nmod tests { use crate::parse::X; }").is_empty());
        assert!(found("crates/xai/src/client.rs", "use crate::{encode, parse};").is_empty());
    }

    #[test]
    fn serde_is_derived_only_in_wire() {
        let text = "#[derive(Debug, serde::Deserialize)]\nstruct A;";
        assert_eq!(found("crates/xai/src/parse.rs", text), ["only wire.rs derives serde"]);
        let conditional = "#[cfg_attr(feature = \"serde\", derive(Serialize))]\nstruct A;";
        assert_eq!(found("crates/xai/src/parse/tests.rs", conditional).len(), 1);
        assert_eq!(found("crates/core/src/chunk.rs", conditional).len(), 0);
        assert_eq!(found("crates/xai/src/wire.rs", text).len(), 0);
        assert_eq!(found("crates/xai/src/wire/chat.rs", text).len(), 0);
        assert_eq!(found("crates/xai/src/parse.rs", "impl Serialize for A {}").len(), 0);
    }

    #[test]
    fn hyper_is_named_only_under_transport() {
        for name in HTTP_CRATES {
            let text = format!("use {name}::X;");
            assert_eq!(found("crates/core/src/stream.rs", &text).len(), 1, "{name}");
            assert_eq!(found("crates/core/src/transport.rs", &text).len(), 1, "{name}");
            assert_eq!(found("crates/core/src/transport/hyper.rs", &text).len(), 0, "{name}");
        }
    }

    #[test]
    fn clock_and_environment_are_read_in_their_rooms_only() {
        let clock = "fn f() { Instant::now(); std::time::SystemTime::now(); Instant::elapsed(); }";
        assert_eq!(found("crates/core/src/decode/line.rs", clock).len(), 2);
        assert_eq!(found("crates/xai/src/parse.rs", clock).len(), 2);
        assert_eq!(found("crates/xai/src/auth.rs", clock).len(), 0);
        assert_eq!(found("crates/core/src/stream.rs", clock).len(), 0);
        assert_eq!(found("crates/core/src/transport/timeout.rs", clock).len(), 0);
        assert_eq!(found("crates/core/src/decode/tests.rs", clock).len(), 0);
        let environment = "fn f() { std::env::var(name); env!(\"X\"); }";
        assert_eq!(found("crates/xai/src/encode.rs", environment).len(), 1);
        assert_eq!(found("crates/xai/src/config.rs", environment).len(), 0);
        assert_eq!(found("crates/core/src/stream.rs", environment).len(), 1);
        let passed = "fn f() { wait.get_or_insert_with(Instant::now); }";
        assert_eq!(found("crates/core/src/decode/line.rs", passed).len(), 1);
    }

    #[test]
    fn rustls_is_named_only_in_tls() {
        let text = "fn f() -> rustls::Error { todo }";
        assert_eq!(found("crates/core/src/transport/hyper.rs", text).len(), 1);
        assert_eq!(found("crates/core/src/transport/tls.rs", text).len(), 0);
        assert_eq!(found("crates/core/src/error.rs", "// rustls::Error\nlet s = \"rustls::\";").len(), 0);
    }

    #[test]
    fn a_module_of_that_name_is_not_the_crate() {
        let text = "mod hyper;\nfn f() { hyper::Service::new(); self.hyper; }";
        assert_eq!(found("crates/core/src/transport.rs", text).len(), 0);
        assert_eq!(found("crates/core/src/transport.rs", "use super::hyper::Service;").len(), 0);
    }
}
