use super::Finding;

/// Folders at the root of somebody's machine.
const MACHINE_FOLDERS: [&str; 4] = ["farm", "home", "root", "work"];

/// A folder beside the checkout; only the script that looks for it may name it.
const NEIGHBOUR: &str = concat!("..", "/shared");
const NEIGHBOUR_ALLOWED: &str = ".ci/run";

/// Names that RFC 2606 and RFC 6761 keep free for examples.
const INVENTED_DOMAINS: [&str; 7] =
    ["example.com", "example.net", "example.org", "example", "invalid", "localhost", "test"];

/// How a registry is named in a lock file, in settings of cargo and pip.
const REGISTRY_MARKS: [&str; 4] =
    [concat!("registry", "+http"), concat!("sparse", "+http"), concat!("replace", "-with"), concat!("index", "-url")];
const PUBLIC_REGISTRY: &str = "https://github.com/rust-lang/crates.io-index";

/// Endings of names that only an internal network resolves.
const INTERNAL_DOMAINS: [&str; 5] = [".corp", ".internal", ".intra", ".intranet", ".lan"];

/// Nothing that belongs to one machine, one network or one person.
pub(super) fn check(path: &str, text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let found = [machine_paths(line), neighbour(path, line), keys(line), hosts(line), addresses(line)].concat();
        findings.extend(found.into_iter().map(|what| Finding::new(path, index + 1, what)));
    }
    findings.extend(private_keys(path, text));
    findings
}

fn machine_paths(line: &str) -> Vec<String> {
    let mut found = Vec::new();
    for folder in MACHINE_FOLDERS {
        let mark = format!("/{folder}/");
        let absolute = line.match_indices(&mark).any(|(at, _)| !continues_path(&line[..at]));
        if absolute {
            found.push(format!("{mark} is a path of one machine"));
        }
    }
    found
}

/// Whether a slash after this goes on with a relative path or with the path of a URL.
fn continues_path(before: &str) -> bool {
    before.ends_with(|c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '~' | '}' | ')' | ']' | '*'))
}

fn neighbour(path: &str, line: &str) -> Vec<String> {
    let found = path != NEIGHBOUR_ALLOWED && line.contains(NEIGHBOUR);
    found.then(|| format!("{NEIGHBOUR} is no part of this project")).into_iter().collect()
}

/// Whatever has the form of a credential that works.
fn keys(line: &str) -> Vec<String> {
    let mut found = Vec::new();
    for word in line.split(|c: char| !(is_base64url(c) || c == '.')) {
        if has_run(word, "xai-", 20, |c| c.is_ascii_alphanumeric()) {
            found.push("this has the form of an xAI key".to_owned());
        }
        if has_run(word, "sk-", 20, is_base64url) && word.contains(|c: char| c.is_ascii_digit()) {
            found.push("this has the form of an API key".to_owned());
        }
        if is_jwt(word) {
            found.push("this has the form of a JSON web token".to_owned());
        }
    }
    let mut bearers = line.split("Bearer ").skip(1);
    if bearers.any(|rest| rest.chars().take_while(|c| is_token(*c)).count() >= 40) {
        found.push("this has the form of a bearer token".to_owned());
    }
    found
}

/// Whether a word begins like this and goes on with at least so many of these.
fn has_run(word: &str, prefix: &str, length: usize, is_part: impl Fn(char) -> bool) -> bool {
    word.strip_prefix(prefix).is_some_and(|rest| rest.chars().take_while(|c| is_part(*c)).count() >= length)
}

fn is_jwt(word: &str) -> bool {
    let mut parts = word.split('.');
    let header = parts.next().unwrap_or_default();
    let payload = parts.next().unwrap_or_default();
    header.len() >= 12 && header.starts_with("eyJ") && payload.len() >= 12 && payload.chars().all(is_base64url)
}

fn is_token(c: char) -> bool {
    is_base64url(c) || matches!(c, '.' | '~' | '+' | '/' | '=')
}

fn is_base64url(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_')
}

/// A header with a key below it; the header alone is what a test looks for.
fn private_keys(path: &str, text: &str) -> Vec<Finding> {
    let is_base64 = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/');
    let mut findings = Vec::new();
    for (at, mark) in text.match_indices("PRIVATE KEY-----") {
        let after =
            text[at + mark.len()..].trim_start_matches("\\n").trim_start_matches(|c: char| !c.is_alphanumeric());
        if after.chars().take_while(is_base64).count() >= 40 {
            findings.push(Finding::at(path, text, at, "this is a private key"));
        }
    }
    findings
}

fn hosts(line: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mark = REGISTRY_MARKS.iter().find(|mark| line.contains(**mark));
    if let Some(mark) = mark.filter(|_| !line.contains(PUBLIC_REGISTRY)) {
        found.push(format!("{mark} names a registry"));
    }
    for rest in line.split("://").skip(1) {
        let host = rest.split(|c: char| !(is_base64url(c) || c == '.')).next().unwrap_or_default();
        if INTERNAL_DOMAINS.iter().any(|domain| host.ends_with(domain)) {
            found.push(format!("{host} is a name of one network"));
        }
    }
    found
}

/// E-mail addresses, but not the `user:password@host` of a URL.
fn addresses(line: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in line.match_indices('@') {
        let is_local = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '%' | '+' | '-');
        let local_from = line[..at].rfind(|c| !is_local(c)).map_or(0, |before| before + 1);
        let domain_end = line[at + 1..].find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '-')));
        let domain = &line[at + 1..domain_end.map_or(line.len(), |end| at + 1 + end)];
        if local_from < at && !is_in_authority(&line[..local_from]) && is_domain(domain) {
            found.push(format!("{} is an e-mail address", &line[local_from..at + 1 + domain.len()]));
        }
    }
    found
}

/// Whether a URL's host, or who asks it, goes on after this.
fn is_in_authority(before: &str) -> bool {
    let authority = before.rsplit_once("://").map(|(_, authority)| authority);
    authority.is_some_and(|authority| !authority.contains(['/', ' ', '"', '<', '(']))
}

/// Whether a name could be somebody's.
fn is_domain(domain: &str) -> bool {
    let domain = domain.trim_end_matches(['.', '-']);
    let top = domain.rsplit('.').next().unwrap_or_default();
    let is_below = |name: &str| domain.strip_suffix(name).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    domain.contains('.')
        && top.len() >= 2
        && top.chars().all(|c| c.is_ascii_alphabetic())
        && !INVENTED_DOMAINS.iter().any(|name| is_below(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> usize {
        check("README.md", text).len()
    }

    #[test]
    fn paths_of_a_machine_are_found() {
        for folder in MACHINE_FOLDERS {
            assert_eq!(found(&format!("see \"/{folder}/me/notes\"")), 1, "{folder}");
            assert_eq!(found(&format!("file:///{folder}/me")), 1, "{folder}");
            assert_eq!(found(&format!("https://x.ai/{folder}/me, ~/{folder}/me, src/{folder}/a")), 0, "{folder}");
            assert_eq!(found(&format!("/{folder}s/me")), 0, "{folder}");
        }
    }

    #[test]
    fn the_neighbour_is_named_in_one_script() {
        let text = format!("cat {NEIGHBOUR}/notes");
        assert_eq!(check("README.md", &text).len(), 1);
        assert_eq!(check(NEIGHBOUR_ALLOWED, &text).len(), 0);
    }

    #[test]
    fn what_looks_like_a_key_is_found() {
        let long = "a1B2c3D4e5".repeat(5);
        assert_eq!(found(&format!("key = \"xai-{long}\"")), 1);
        assert_eq!(found(&format!("key: sk-{long}")), 1);
        assert_eq!(found(&format!("authorization: Bearer {long}")), 1);
        assert_eq!(found(&format!("token={}{long}.{long}.{long}", "eyJ")), 1);
    }

    #[test]
    fn what_is_invented_is_no_key() {
        for text in [
            "xai-test-key",
            "xai-invalid",
            "chatstream-xai-with-a-long-name-behind-it",
            "sk-test",
            "task-0123456789012345678901234567890",
            "Bearer token",
            "Bearer {access_token}",
            "eyJ.a.b",
        ] {
            assert_eq!(found(text), 0, "{text}");
        }
    }

    #[test]
    fn a_private_key_is_found_and_its_header_is_not() {
        let header = "-----BEGIN PRIVATE KEY-----";
        let body = "MIIBVgIBADANBgkqhkiG9w0BAQEFAASCAUAwggE8AgEA";
        assert_eq!(found(&format!("{header}\n{body}\n")), 1);
        assert_eq!(found(&format!("const KEY: &str = \"{header}\\n{body}\";")), 1);
        assert_eq!(found(&format!("assert!(pem.starts_with(\"{header}\"));")), 0);
    }

    #[test]
    fn registries_and_internal_hosts_are_found() {
        assert_eq!(found(concat!("source = \"sparse", "+https://crates.somewhere.dev/index/\"")), 1);
        assert_eq!(found(concat!("replace", "-with = \"mirror\"")), 1);
        assert_eq!(found(concat!("https://packages.somewhere", ".internal/simple")), 1);
        assert_eq!(found(concat!("source = \"registry", "+https://github.com/rust-lang/crates.io-index\"")), 0);
        assert_eq!(found("https://crates.io/crates/chatstream"), 0);
    }

    #[test]
    fn addresses_of_people_are_found() {
        assert_eq!(found(concat!("write to first.last", "@somewhere.org.")), 1);
        assert_eq!(found(concat!("https://x.ai/ mailto:first", "@somewhere.org")), 1);
        for text in [
            "someone@example.com",
            "http://user:password@proxy.somewhere.org:3128",
            "http://user@proxy.somewhere.org",
            "uses: actions/checkout@v4",
            "a@b",
            "@chatstream.rs",
            "socks5://a:b@proxy.invalid",
        ] {
            assert_eq!(found(text), 0, "{text}");
        }
    }
}
