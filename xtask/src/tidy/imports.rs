use super::{File, Finding, manifest, text};
use crate::workspace::{Dependency, Package, Role};

/// Imports point one way: the facade sees providers, they see core, and core sees none of ours.
pub(super) fn check(package: &Package, members: &[Package], files: &[File]) -> Vec<Finding> {
    let path = manifest::path(package);
    let manifest = text(files, &path).unwrap_or_default();
    let mut findings = Vec::new();
    for dependency in &package.dependencies {
        let Some(member) = members.iter().find(|member| member.name == dependency.name) else { continue };
        if !may_see(package.role(), member.role(), dependency) {
            let line = line_of_dependency(manifest, &dependency.name);
            let what = format!("{} may not depend on {}", package.name, dependency.name);
            findings.push(Finding::new(&path, line, what));
        }
    }
    findings
}

fn may_see(role: Role, other: Role, dependency: &Dependency) -> bool {
    match role {
        Role::Core | Role::Emulator | Role::Task => false,
        Role::Provider => other == Role::Core || (dependency.dev && other == Role::Emulator),
        Role::Facade => matches!(other, Role::Core | Role::Provider) || (dependency.dev && other == Role::Emulator),
        Role::Tests => matches!(other, Role::Facade | Role::Emulator),
        Role::Command => matches!(other, Role::Core | Role::Provider | Role::Facade | Role::Emulator),
    }
}

/// The first line that begins with the name; 1 where there is none.
fn line_of_dependency(manifest: &str, name: &str) -> usize {
    let names = |line: &str| line.trim_start().strip_prefix(name).is_some_and(|rest| rest.starts_with(['.', ' ', '=']));
    manifest.lines().position(names).map_or(1, |index| index + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEMBERS: [(&str, &str); 7] = [
        ("chatstream-core", "crates/core"),
        ("chatstream-xai", "crates/xai"),
        ("chatstream-grok", "crates/grok"),
        ("chatstream", "crates/chatstream"),
        ("chatstream-emulator", "crates/emulator"),
        ("chatstream-cli", "crates/cli"),
        ("chatstream-tests", "tests"),
    ];

    fn member((name, folder): (&str, &str)) -> Package {
        Package { name: name.to_owned(), folder: folder.to_owned(), ..Package::default() }
    }

    fn is_found(from: &str, to: &str, dev: bool) -> bool {
        let members = MEMBERS.map(member);
        let mut package = members.iter().find(|member| member.name == from).unwrap().clone();
        package.dependencies = vec![Dependency { name: to.to_owned(), dev }];
        !check(&package, &members, &[]).is_empty()
    }

    #[test]
    fn imports_against_the_direction_are_found() {
        for (from, to, dev) in [
            ("chatstream-core", "chatstream-xai", false),
            ("chatstream-core", "chatstream-emulator", true),
            ("chatstream-xai", "chatstream-grok", false),
            ("chatstream-xai", "chatstream-grok", true),
            ("chatstream-xai", "chatstream", true),
            ("chatstream-xai", "chatstream-emulator", false),
            ("chatstream-emulator", "chatstream-core", false),
            ("chatstream-emulator", "chatstream", true),
            ("chatstream-tests", "chatstream-core", false),
            ("chatstream-tests", "chatstream-xai", true),
            ("chatstream", "chatstream-cli", true),
        ] {
            assert!(is_found(from, to, dev), "{from} sees {to}");
        }
    }

    #[test]
    fn imports_in_the_direction_are_not() {
        for (from, to, dev) in [
            ("chatstream-core", "bytes", false),
            ("chatstream-xai", "chatstream-core", false),
            ("chatstream-xai", "chatstream-emulator", true),
            ("chatstream", "chatstream-grok", false),
            ("chatstream", "chatstream-emulator", true),
            ("chatstream-tests", "chatstream", false),
            ("chatstream-tests", "chatstream-emulator", false),
            ("chatstream-cli", "chatstream-emulator", false),
        ] {
            assert!(!is_found(from, to, dev), "{from} sees {to}");
        }
    }

    #[test]
    fn the_finding_names_the_line() {
        assert_eq!(line_of_dependency("[dependencies]\nfoo-bar = \"1\"\nfoo.workspace = true\n", "foo"), 3);
        assert_eq!(line_of_dependency("", "foo"), 1);
    }
}
