use super::{File, Finding, text};
use crate::workspace::Package;

/// What every member takes from the workspace's own manifest.
const INHERITED: [&str; 4] = ["version", "edition", "rust-version", "license"];

/// Where a member's manifest lies.
pub(super) fn path(package: &Package) -> String {
    format!("{}/Cargo.toml", package.folder)
}

/// Every member inherits the workspace's facts and lints; a published one says what it is.
pub(super) fn check(package: &Package, files: &[File]) -> Vec<Finding> {
    let path = path(package);
    let Some(manifest) = text(files, &path) else {
        return vec![Finding::new(&path, 1, "the manifest is in no commit")];
    };
    let mut wrong: Vec<String> = INHERITED
        .iter()
        .filter(|key| !inherits(manifest, "package", key))
        .map(|key| format!("{key} is not inherited: {key}.workspace = true"))
        .collect();
    if !is_set(manifest, "lints", "workspace") {
        wrong.push("the workspace's lints are not on: [lints] workspace = true".to_owned());
    }
    if package.published && package.description.as_deref().is_none_or(str::is_empty) {
        wrong.push("a published crate has a description".to_owned());
    }
    if package.published && text(files, &format!("{}/README.md", package.folder)).is_none() {
        wrong.push("a published crate has a README.md".to_owned());
    }
    wrong.into_iter().map(|what| Finding::new(&path, 1, what)).collect()
}

fn inherits(manifest: &str, table: &str, key: &str) -> bool {
    is_set(manifest, table, &format!("{key}.workspace"))
        || values(manifest, table, key).any(|value| value.replace(' ', "") == "{workspace=true}")
}

fn is_set(manifest: &str, table: &str, key: &str) -> bool {
    values(manifest, table, key).any(|value| value == "true")
}

/// What `key = …` gives in `[table]`.
fn values<'m>(manifest: &'m str, table: &str, key: &str) -> impl Iterator<Item = &'m str> {
    let heading = format!("[{table}]");
    let lines = manifest.lines().map(str::trim).skip_while(move |line| *line != heading).skip(1);
    let lines = lines.take_while(|line| !line.starts_with('['));
    lines
        .filter_map(|line| line.split_once('='))
        .filter(move |(name, _)| name.trim() == key)
        .map(|(_, value)| value.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "\
[package]
name = \"a\"
version.workspace = true
edition = { workspace = true }
rust-version.workspace = true
license.workspace = true

[lints]
workspace = true
";

    fn found(manifest: &str, readme: bool, description: Option<&str>) -> Vec<String> {
        let file = |path: &str, text: &str| File { path: path.to_owned(), text: text.to_owned() };
        let mut files = vec![file("crates/a/Cargo.toml", manifest)];
        files.extend(readme.then(|| file("crates/a/README.md", "")));
        let package = Package {
            folder: "crates/a".to_owned(),
            description: description.map(str::to_owned),
            published: true,
            ..Package::default()
        };
        check(&package, &files).into_iter().map(|finding| finding.what).collect()
    }

    #[test]
    fn a_whole_manifest_has_no_finding() {
        assert!(found(GOOD, true, Some("d")).is_empty());
    }

    #[test]
    fn each_fact_that_is_missing_is_found() {
        for (line, expected) in [
            ("version.workspace = true\n", "version"),
            ("edition = { workspace = true }\n", "edition"),
            ("rust-version.workspace = true\n", "rust-version"),
            ("license.workspace = true\n", "license"),
            ("[lints]\nworkspace = true\n", "lints"),
        ] {
            let found = found(&GOOD.replacen(line, "", 1), true, Some("d"));
            assert_eq!(found.len(), 1, "{expected}: {found:?}");
            assert!(found[0].contains(expected), "{expected}: {found:?}");
        }
    }

    #[test]
    fn a_fact_of_another_table_does_not_count() {
        let found = found(&GOOD.replace("[lints]", "[other]"), true, Some("d"));
        assert_eq!(found.len(), 1, "{found:?}");
    }

    #[test]
    fn a_published_crate_says_what_it_is() {
        assert_eq!(found(GOOD, true, None), ["a published crate has a description"]);
        assert_eq!(found(GOOD, false, Some("d")), ["a published crate has a README.md"]);
    }
}
