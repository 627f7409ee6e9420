use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::Result;
use crate::command::cargo_output;

/// The members of this workspace, as cargo sees them.
#[derive(Debug)]
pub(crate) struct Workspace {
    pub(crate) root: PathBuf,
    /// Where cargo builds.
    pub(crate) target: PathBuf,
    pub(crate) packages: Vec<Package>,
}

/// One member.
#[derive(Clone, Debug, Default)]
pub(crate) struct Package {
    pub(crate) name: String,
    /// Its folder from the root, with forward slashes.
    pub(crate) folder: String,
    pub(crate) description: Option<String>,
    pub(crate) rust_version: Option<String>,
    /// Whether it goes to a registry.
    pub(crate) published: bool,
    /// By name, `default` included.
    pub(crate) features: Vec<String>,
    pub(crate) dependencies: Vec<Dependency>,
}

/// One line of a member's dependencies.
#[derive(Clone, Debug, Default)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    /// Whether only its tests, examples and benchmarks see it.
    pub(crate) dev: bool,
}

/// What a member is to the others; the folder decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Core,
    Provider,
    Facade,
    Emulator,
    Command,
    Tests,
    Task,
}

impl Workspace {
    /// Asks cargo.
    pub(crate) fn load() -> Result<Self> {
        let text = cargo_output(&["metadata", "--format-version", "1", "--no-deps"])?;
        Self::parse(&text)
    }

    fn parse(metadata: &str) -> Result<Self> {
        let metadata = json(metadata)?;
        let root = PathBuf::from(string(&metadata["workspace_root"]).ok_or("cargo metadata names no root")?);
        let target = PathBuf::from(string(&metadata["target_directory"]).ok_or("cargo metadata names no target")?);
        let packages = list(&metadata["packages"]).iter().map(|package| Package::parse(package, &root)).collect();
        Ok(Self { root, target, packages })
    }

    /// Those that go to a registry.
    pub(crate) fn published(&self) -> impl Iterator<Item = &Package> {
        self.packages.iter().filter(|package| package.published)
    }

    /// Those that speak to one provider.
    pub(crate) fn providers(&self) -> impl Iterator<Item = &Package> {
        self.packages.iter().filter(|package| package.role() == Role::Provider)
    }
}

impl Package {
    fn parse(package: &Value, root: &Path) -> Self {
        let manifest = PathBuf::from(string(&package["manifest_path"]).unwrap_or_default());
        let folder = manifest.parent().and_then(|folder| folder.strip_prefix(root).ok());
        Self {
            name: string(&package["name"]).unwrap_or_default(),
            folder: folder.unwrap_or(Path::new("")).to_string_lossy().replace('\\', "/"),
            description: string(&package["description"]),
            rust_version: string(&package["rust_version"]),
            published: package["publish"].is_null(),
            features: package["features"].as_object().into_iter().flat_map(|map| map.keys().cloned()).collect(),
            dependencies: list(&package["dependencies"]).iter().map(Dependency::parse).collect(),
        }
    }

    pub(crate) fn role(&self) -> Role {
        match self.folder.as_str() {
            "crates/core" => Role::Core,
            "crates/chatstream" => Role::Facade,
            "crates/emulator" => Role::Emulator,
            "crates/cli" => Role::Command,
            "tests" | "tests/budget" => Role::Tests,
            "xtask" => Role::Task,
            _ => Role::Provider,
        }
    }
}

impl Dependency {
    fn parse(dependency: &Value) -> Self {
        Self { name: string(&dependency["name"]).unwrap_or_default(), dev: dependency["kind"].as_str() == Some("dev") }
    }
}

pub(crate) fn json(text: &str) -> Result<Value> {
    serde_json::from_str(text).map_err(|error| format!("cargo metadata is not the JSON it was: {error}"))
}

pub(crate) fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

pub(crate) fn string(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    const METADATA: &str = r#"{
        "workspace_root": "/here",
        "target_directory": "/here/target",
        "packages": [
            {"name": "chatstream-core", "manifest_path": "/here/crates/core/Cargo.toml", "publish": null,
             "description": "d", "rust_version": "1.85", "features": {"a": [], "default": ["a"]},
             "dependencies": [{"name": "bytes", "kind": null}, {"name": "divan", "kind": "dev"}]},
            {"name": "chatstream-grok", "manifest_path": "/here/crates/grok/Cargo.toml", "publish": null},
            {"name": "xtask", "manifest_path": "/here/xtask/Cargo.toml", "publish": []}
        ]
    }"#;

    #[test]
    fn members_are_read_with_folder_features_and_dependencies() {
        let workspace = Workspace::parse(METADATA).unwrap();
        let core = &workspace.packages[0];
        assert_eq!((core.folder.as_str(), core.role()), ("crates/core", Role::Core));
        assert_eq!(core.features, ["a", "default"]);
        let dependencies: Vec<_> = core.dependencies.iter().map(|d| (d.name.as_str(), d.dev)).collect();
        assert_eq!(dependencies, [("bytes", false), ("divan", true)]);
    }

    #[test]
    fn a_member_without_registries_is_not_published() {
        let workspace = Workspace::parse(METADATA).unwrap();
        let published: Vec<_> = workspace.published().map(|package| package.name.as_str()).collect();
        assert_eq!(published, ["chatstream-core", "chatstream-grok"]);
    }

    #[test]
    fn a_new_folder_under_crates_is_a_provider() {
        let workspace = Workspace::parse(METADATA).unwrap();
        let providers: Vec<_> = workspace.providers().map(|package| package.name.as_str()).collect();
        assert_eq!(providers, ["chatstream-grok"]);
    }
}
