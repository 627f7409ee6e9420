use super::Finding;
use super::scan::{Source, Token};

/// No let chains: the Rust this workspace declares does not know them.
pub(super) fn check(source: &Source<'_>) -> Vec<Finding> {
    let tokens = source.tokens();
    let mut findings = Vec::new();
    for (i, token) in tokens.iter().enumerate() {
        if matches!(token.text, "if" | "while") && is_let_chain(&tokens[i + 1..]) {
            findings
                .push(source.finding(token.at, "let chain: Rust 1.88 is the first to know it; nest or match instead"));
        }
    }
    findings
}

/// Whether the condition that begins here joins a `let` with something else.
fn is_let_chain(tokens: &[Token<'_>]) -> bool {
    let (mut depth, mut has_let, mut in_pattern, mut has_and) = (0, false, false, false);
    let mut before = "";
    for token in tokens {
        match token.text {
            "(" | "[" => depth += 1,
            // Braces in a pattern are its own; elsewhere the block begins.
            "{" if depth > 0 || in_pattern => depth += 1,
            "{" | "}" | ")" | "]" | ";" | "," | "=>" if depth == 0 => break,
            ")" | "]" | "}" => depth -= 1,
            "let" if depth == 0 => (has_let, in_pattern) = (true, true),
            "=" if depth == 0 => in_pattern = false,
            "&&" if depth == 0 && !in_pattern => has_and |= !is_prefix_after(before),
            _ => {}
        }
        before = token.text;
    }
    has_let && has_and
}

/// Whether `&&` after this takes a reference twice.
fn is_prefix_after(before: &str) -> bool {
    matches!(before, "=" | "&" | "*" | "!" | "&&")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<usize> {
        check(&Source::new("a.rs", text)).iter().map(|finding| finding.line).collect()
    }

    #[test]
    fn a_let_joined_with_a_condition_is_found() {
        for text in [
            "if let Some(a) = b && c {}",
            "if a && let Some(b) = c {}",
            "x;\nif let A { b, .. } = c\n    && d(|e| e)\n{}",
            "while let Some(a) = b.next() && a > 1 {}",
            "if a {} else if let 1..=2 = b && c {}",
            "if let Some(a) = f(&[1, 2]) && let Some(b) = a {}",
        ] {
            assert_eq!(lines(text).len(), 1, "{text}");
        }
        assert_eq!(lines("a;\nb;\nif c && let D = e {}"), [3]);
    }

    #[test]
    fn other_conditions_are_not() {
        for text in [
            "if let Some(a) = b { c && d; }",
            "if a && b { let c = d; }",
            "if let Some(a) = b.iter().find(|c| c.d && c.e) {}",
            "if let &&A { b } = c {}",
            "if let A = &&b {}",
            "while a && b { if let C = d {} }",
            "match a { B if c && d => if let E = f {}, _ => {} }",
            "let a = matches!(b, C if d && e); let f = 1;",
            "// if let a = b && c {\nlet s = \"if let a = b && c {\";",
        ] {
            assert!(lines(text).is_empty(), "{text}");
        }
    }
}
