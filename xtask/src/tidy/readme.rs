use std::collections::BTreeSet;

use super::{File, Finding, text};
use crate::workspace::{Package, Role};

/// The facade's README tells exactly the features that its manifest has.
pub(super) fn check(package: &Package, files: &[File]) -> Vec<Finding> {
    let path = format!("{}/README.md", package.folder);
    match text(files, &path) {
        Some(readme) if package.role() == Role::Facade => compare(&path, readme, &package.features),
        _ => Vec::new(),
    }
}

fn compare(path: &str, readme: &str, features: &[String]) -> Vec<Finding> {
    let Some(heading) = readme.lines().position(|line| line.trim_end() == "## Features") else {
        return vec![Finding::new(path, 1, "there is no table of features under `## Features`")];
    };
    let rows = rows(readme, heading);
    let told: BTreeSet<&str> = rows.iter().map(|(_, name)| *name).collect();
    let missing = features.iter().filter(|feature| !told.contains(feature.as_str()));
    let missing = missing.map(|name| Finding::new(path, heading + 1, format!("feature {name} is not in the table")));
    let unknown = rows.iter().filter(|(_, name)| !features.iter().any(|feature| feature == name));
    let unknown =
        unknown.map(|(line, name)| Finding::new(path, *line, format!("{name} is no feature of the manifest")));
    missing.chain(unknown).collect()
}

/// Line and feature of each row: its first cell, in backticks.
fn rows(readme: &str, heading: usize) -> Vec<(usize, &str)> {
    let section = readme.lines().enumerate().skip(heading + 1).take_while(|(_, line)| !line.starts_with("## "));
    section.filter_map(|(index, line)| Some((index + 1, feature(line)?))).collect()
}

fn feature(line: &str) -> Option<&str> {
    let cell = line.trim().strip_prefix('|')?.split('|').next()?;
    cell.trim().strip_prefix('`')?.split_once('`').map(|(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    const README: &str = "\
# a

## Features

| feature | gives |
|---|---|
| `default` | `roots` |
| `xai` | the provider |

## Next

| `other` | table |
";

    fn found(features: &[&str]) -> Vec<String> {
        let features: Vec<String> = features.iter().map(|&feature| feature.to_owned()).collect();
        compare("README.md", README, &features).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_same_features_are_no_finding() {
        assert!(found(&["default", "xai"]).is_empty());
    }

    #[test]
    fn a_feature_that_only_one_of_them_has_is_found() {
        assert_eq!(found(&["default", "xai", "full"]), ["README.md:3: feature full is not in the table"]);
        assert_eq!(found(&["default"]), ["README.md:8: xai is no feature of the manifest"]);
    }

    #[test]
    fn no_table_is_a_finding() {
        assert_eq!(compare("README.md", "# a\n", &[]).len(), 1);
    }
}
