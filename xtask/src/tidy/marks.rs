use super::Finding;
use super::scan::{Attribute, Source, split_list};

/// Macros that stand for work not done yet, or for looking at a bug.
const MACROS: [&str; 3] = ["dbg", "todo", "unimplemented"];

/// Words in comments that stand for the same.
const WORDS: [&str; 2] = [concat!("FIX", "ME"), concat!("XX", "X")];

/// Nothing unfinished, no test that is passed over, no lint that is off without a reason.
pub(super) fn check(source: &Source<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    if source.path.ends_with("/mod.rs") {
        findings.push(Finding::new(source.path, 1, "a room is name.rs with a folder name/, not mod.rs"));
    }
    findings.extend(macros(source));
    findings.extend(words(source));
    for attribute in source.attributes() {
        findings.extend(wrong(&attribute).map(|what| source.finding(attribute.at, what)));
    }
    findings
}

fn macros(source: &Source<'_>) -> Vec<Finding> {
    let tokens = source.tokens();
    let called = tokens.windows(2).filter(|pair| MACROS.contains(&pair[0].text) && pair[1].text == "!");
    called.map(|pair| source.finding(pair[0].at, format!("{}! is left over", pair[0].text))).collect()
}

fn words(source: &Source<'_>) -> Vec<Finding> {
    let found = WORDS.iter().flat_map(|word| source.comments.match_indices(word));
    found.map(|(at, word)| source.finding(at, format!("{word} is left over"))).collect()
}

fn wrong(attribute: &Attribute<'_>) -> Option<&'static str> {
    match attribute.name {
        "ignore" => Some("a test runs or does not exist: nothing is ignored"),
        "should_panic" => Some("a test asserts what it expects instead of panicking"),
        "allow" => Some("a lint is switched off by expect with a reason, not by allow"),
        "expect" if !gives_reason(attribute.arguments) => Some("expect gives a reason"),
        _ => None,
    }
}

fn gives_reason(arguments: &str) -> bool {
    let names = split_list(arguments).into_iter().filter_map(|argument| argument.split_once('='));
    names.into_iter().any(|(name, _)| name.trim() == "reason")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> usize {
        check(&Source::new("crates/core/src/a.rs", text)).len()
    }

    #[test]
    fn what_is_unfinished_is_found() {
        for name in MACROS {
            assert_eq!(found(&format!("fn f() {{ {name}!(1) }}")), 1, "{name}");
            assert_eq!(found(&format!("fn f() {{ std::{name}! {{}} }}")), 1, "{name}");
            assert_eq!(found(&format!("// {name}!()\nlet s = \"{name}!()\"; {name}();")), 0, "{name}");
        }
        for word in WORDS {
            assert_eq!(found(&format!("// {word}: later\nfn f() {{}}")), 1, "{word}");
            assert_eq!(found(&format!("let s = \"{word}\";")), 0, "{word}");
        }
    }

    #[test]
    fn attributes_that_hide_something_are_found() {
        for name in ["ignore", "should_panic", "allow"] {
            assert_eq!(found(&format!("#[{name}]\nfn f() {{}}")), 1, "{name}");
            assert_eq!(found(&format!("#![{name}(dead_code)]")), 1, "{name}");
            assert_eq!(found(&format!("#[cfg_attr(unix, {name}(x))]\nfn f() {{}}")), 1, "{name}");
        }
    }

    #[test]
    fn an_expectation_gives_a_reason() {
        assert_eq!(found("#[expect(dead_code)]\nfn f() {}"), 1);
        assert_eq!(found("#[expect(clippy::reason)]\nfn f() {}"), 1);
        assert_eq!(found("#[expect(\n    dead_code,\n    reason = \"why\",\n)]\nfn f() {}"), 0);
        assert_eq!(found("option.expect(\"it is there\");"), 0);
    }

    #[test]
    fn a_room_is_not_called_mod() {
        assert_eq!(check(&Source::new("crates/core/src/a/mod.rs", "")).len(), 1);
        assert_eq!(check(&Source::new("crates/core/src/a.rs", "mod b;")).len(), 0);
    }
}
