use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;

use crate::Result;
use crate::command::{cargo_output, output};
use crate::workspace::{Workspace, json, list, string};

/// Crates that a program builds that uses one provider, the provider's own included. The least
/// that can make the same call, hyper with rustls and serde_json, is 48.
const MAX_CRATES: usize = 64;

/// The newest Rust that this workspace may ask for.
const MAX_RUST_VERSION: RustVersion = RustVersion(1, 88, 0);

/// The one crate that may compile C.
const C_ALLOWED: &str = "ring";

/// Whoever depends on one of these compiles or links C.
const C_TOOLS: [&str; 4] = ["bindgen", "cc", "cmake", "pkg-config"];

/// Checks what each provider costs a program that uses it alone.
pub(crate) fn run() -> Result {
    let workspace = Workspace::load()?;
    let host = host()?;
    let metadata = cargo_output(&["metadata", "--format-version", "1", "--filter-platform", &host])?;
    let registry = Registry(json(&metadata)?);
    let mut broken = Vec::new();
    for provider in workspace.providers() {
        let own = provider.rust_version.as_deref().and_then(RustVersion::parse);
        let own = own.ok_or_else(|| format!("{} declares no rust-version", provider.name))?;
        if own > MAX_RUST_VERSION {
            broken.push(format!("{}: asks for Rust {own}, at most {MAX_RUST_VERSION} is allowed", provider.name));
        }
        let printed = tree(&provider.name, &host)?;
        let tree = Tree::parse(&printed);
        println!("{}: {} crates of at most {MAX_CRATES}", provider.name, tree.crates().len());
        let problems = [too_many(&tree), compiles_c(&tree, &registry), too_new(&tree, &registry, own)];
        broken.extend(problems.into_iter().flatten().map(|problem| format!("{}: {problem}", provider.name)));
        println!("  without a rust-version: {}", undeclared(&tree, &registry).join(", "));
    }
    if broken.is_empty() { Ok(()) } else { Err(format!("over budget\n{}", broken.join("\n"))) }
}

/// The target that this machine builds for.
fn host() -> Result<String> {
    let version = output(Command::new("rustc").arg("-vV"))?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).ok_or_else(|| "rustc -vV names no host".to_owned())
}

/// What cargo builds for this package alone, with its default features.
fn tree(package: &str, host: &str) -> Result<String> {
    cargo_output(&["tree", "--package", package, "--edges", "normal,build", "--prefix", "depth", "--target", host])
}

fn too_many(tree: &Tree) -> Vec<String> {
    let count = tree.crates().len();
    if count > MAX_CRATES {
        vec![format!("builds {count} crates, at most {MAX_CRATES} are allowed")]
    } else {
        Vec::new()
    }
}

fn compiles_c(tree: &Tree, registry: &Registry) -> Vec<String> {
    let linking = tree.crates().into_iter().filter(|package| registry.links(package)).map(|package| package.name);
    let with_tools = C_TOOLS.iter().flat_map(|tool| tree.dependents(tool));
    let names: BTreeSet<&str> = linking.chain(with_tools).filter(|name| *name != C_ALLOWED).collect();
    names.into_iter().map(|name| format!("{name} builds or links C; only {C_ALLOWED} may")).collect()
}

fn too_new(tree: &Tree, registry: &Registry, own: RustVersion) -> Vec<String> {
    let declared = tree.crates().into_iter().filter_map(|package| Some((package, registry.rust_version(&package)?)));
    declared
        .filter(|(_, version)| *version > own)
        .map(|(package, version)| {
            format!("{} {} asks for Rust {version}, we declare {own}", package.name, package.version)
        })
        .collect()
}

fn undeclared<'t>(tree: &Tree<'t>, registry: &Registry) -> Vec<&'t str> {
    let crates = tree.crates().into_iter();
    crates.filter(|package| registry.rust_version(package).is_none()).map(|package| package.name).collect()
}

/// A name and a version, as `cargo tree` prints them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Crate<'t> {
    name: &'t str,
    version: &'t str,
}

/// What `cargo tree --prefix depth` printed: each crate as often as something depends on it.
#[derive(Debug)]
struct Tree<'t>(Vec<(usize, Crate<'t>)>);

impl<'t> Tree<'t> {
    /// Takes lines such as `2bytes v1.10.1` and `3http v1.3.1 (*)`; headings are passed over.
    fn parse(text: &'t str) -> Self {
        Self(text.lines().filter_map(Self::parse_line).collect())
    }

    fn parse_line(line: &'t str) -> Option<(usize, Crate<'t>)> {
        let digits = line.bytes().take_while(u8::is_ascii_digit).count();
        let depth = line[..digits].parse().ok()?;
        let mut words = line[digits..].split_whitespace();
        Some((depth, Crate { name: words.next()?, version: words.next()?.strip_prefix('v')? }))
    }

    /// Each once.
    fn crates(&self) -> BTreeSet<Crate<'t>> {
        self.0.iter().map(|(_, package)| *package).collect()
    }

    /// The names of those that depend on this one directly.
    fn dependents(&self, name: &str) -> Vec<&'t str> {
        let mut path: Vec<&str> = Vec::new();
        let mut dependents = Vec::new();
        for (depth, package) in &self.0 {
            path.truncate(*depth);
            if package.name == name {
                dependents.extend(path.last());
            }
            path.push(package.name);
        }
        dependents
    }
}

/// What `cargo metadata` tells about every crate.
#[derive(Debug)]
struct Registry(Value);

impl Registry {
    fn find(&self, package: &Crate<'_>) -> Option<&Value> {
        let same = |entry: &&Value| entry["name"] == package.name && entry["version"] == package.version;
        list(&self.0["packages"]).iter().find(same)
    }

    fn rust_version(&self, package: &Crate<'_>) -> Option<RustVersion> {
        RustVersion::parse(&string(&self.find(package)?["rust_version"])?)
    }

    /// Whether it says that it links a native library.
    fn links(&self, package: &Crate<'_>) -> bool {
        self.find(package).is_some_and(|entry| entry["links"].is_string())
    }
}

/// Major, minor and patch number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct RustVersion(u32, u32, u32);

impl RustVersion {
    fn parse(text: &str) -> Option<Self> {
        let mut numbers = text.split('.').map(|number| number.parse().ok());
        Some(Self(numbers.next()??, numbers.next()??, numbers.next().unwrap_or(Some(0))?))
    }
}

impl std::fmt::Display for RustVersion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TREE: &str = "\
0chatstream-xai v0.1.0 (/here/crates/xai)
1bytes v1.10.1
1chatstream-core v0.1.0 (/here/crates/core)
2http v1.3.1
3bytes v1.10.1
2ring v0.17.14
3getrandom v0.2.17
3untrusted v0.9.0
[build-dependencies]
3cc v1.2.41
4shlex v1.3.0
2serde v1.0.228
3serde_derive v1.0.228 (proc-macro)
1getrandom v0.3.4
1http v1.3.1 (*)
";

    fn registry(entries: &str) -> Registry {
        Registry(json(&format!(r#"{{"packages":[{entries}]}}"#)).unwrap())
    }

    #[test]
    fn a_crate_counts_once_and_two_versions_count_twice() {
        let names: Vec<_> = Tree::parse(TREE).crates().into_iter().map(|package| package.name).collect();
        let expected = [
            "bytes",
            "cc",
            "chatstream-core",
            "chatstream-xai",
            "getrandom",
            "getrandom",
            "http",
            "ring",
            "serde",
            "serde_derive",
            "shlex",
            "untrusted",
        ];
        assert_eq!(names, expected);
    }

    #[test]
    fn every_provider_keeps_within_the_budget() {
        run().expect("the budget is kept");
    }

    #[test]
    fn sixty_four_crates_are_allowed_and_one_more_is_not() {
        let lines = |count: usize| (0..count).map(|i| format!("1c{i} v0.1.0\n")).collect::<String>();
        assert!(too_many(&Tree::parse(&lines(MAX_CRATES))).is_empty());
        assert_eq!(too_many(&Tree::parse(&lines(MAX_CRATES + 1))).len(), 1);
    }

    #[test]
    fn only_ring_may_compile_c() {
        let tree = Tree::parse(TREE);
        assert_eq!(tree.dependents("cc"), ["ring"]);
        let ring = r#"{"name":"ring","version":"0.17.14","links":"ring_core"}"#;
        assert!(compiles_c(&tree, &registry(ring)).is_empty());
    }

    #[test]
    fn a_compiler_or_a_native_library_elsewhere_is_found() {
        let tree = format!("{TREE}1zlib-sys v1.0.0\n2cc v1.2.41\n1other v1.0.0\n");
        let found = compiles_c(&Tree::parse(&tree), &registry(r#"{"name":"other","version":"1.0.0","links":"o"}"#));
        assert_eq!(found, ["other builds or links C; only ring may", "zlib-sys builds or links C; only ring may"]);
    }

    #[test]
    fn a_newer_rust_than_ours_is_found_and_an_unknown_one_is_listed() {
        let tree = Tree::parse("1a v1.0.0\n1b v1.0.0\n1c v1.0.0\n");
        let registry = registry(
            r#"{"name":"a","version":"1.0.0","rust_version":"1.85"},{"name":"b","version":"1.0.0","rust_version":"1.85.1"}"#,
        );
        assert_eq!(
            too_new(&tree, &registry, RustVersion(1, 85, 0)),
            ["b 1.0.0 asks for Rust 1.85.1, we declare 1.85.0"]
        );
        assert_eq!(undeclared(&tree, &registry), ["c"]);
    }
}
