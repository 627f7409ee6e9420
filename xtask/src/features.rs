use crate::Result;
use crate::command::cargo;
use crate::workspace::{Package, Role, Workspace};

/// Checks that every published crate compiles without warnings, alone, with each set of features.
///
/// Each crate has a run of its own: cargo joins the features of what it builds together, and so
/// hides a feature that a crate forgot to ask for.
pub(crate) fn run() -> Result {
    for package in Workspace::load()?.published() {
        for set in sets(package) {
            lint(&package.name, &set)?;
        }
        if package.role() == Role::Facade {
            cargo(&["test", "--package", &package.name, "--no-default-features"])?;
        }
    }
    Ok(())
}

/// Clippy does what `cargo check` does, and its `-D warnings` stays with the workspace: as
/// `RUSTFLAGS` it would build every dependency once more.
fn lint(package: &str, set: &[String]) -> Result {
    let mut arguments = vec!["clippy", "--quiet", "--package", package];
    arguments.extend(set.iter().map(String::as_str));
    arguments.extend(["--", "-D", "warnings"]);
    cargo(&arguments)
}

/// The arguments that choose features: the default, none, each alone, and for the facade all.
fn sets(package: &Package) -> Vec<Vec<String>> {
    let mut sets = vec![vec![]];
    if !package.features.is_empty() {
        sets.push(vec!["--no-default-features".to_owned()]);
    }
    for feature in package.features.iter().filter(|feature| *feature != "default") {
        sets.push(vec!["--no-default-features".to_owned(), "--features".to_owned(), feature.clone()]);
    }
    if package.role() == Role::Facade {
        sets.push(vec!["--all-features".to_owned()]);
    }
    sets
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(folder: &str, features: &[&str]) -> Vec<String> {
        let features = features.iter().map(|&feature| feature.to_owned()).collect();
        let package = Package { folder: folder.to_owned(), features, ..Package::default() };
        sets(&package).iter().map(|set| set.join(" ")).collect()
    }

    #[test]
    fn a_crate_is_checked_by_default_with_none_and_with_each() {
        let expected = [
            "",
            "--no-default-features",
            "--no-default-features --features http2",
            "--no-default-features --features serde",
        ];
        assert_eq!(joined("crates/xai", &["default", "http2", "serde"]), expected);
    }

    #[test]
    fn the_facade_is_checked_with_all_too() {
        let expected = ["", "--no-default-features", "--no-default-features --features xai", "--all-features"];
        assert_eq!(joined("crates/chatstream", &["xai"]), expected);
    }

    #[test]
    fn a_crate_without_features_is_checked_once() {
        assert_eq!(joined("crates/cli", &[]), [""]);
    }
}
