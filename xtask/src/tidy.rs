mod chains;
mod fixtures;
mod imports;
mod leaks;
mod manifest;
mod marks;
mod readme;
mod rooms;
mod scan;

use std::fmt;
use std::path::Path;
use std::process::Command;

use crate::Result;
use crate::command::output;
use crate::workspace::Workspace;
use scan::Source;

/// Checks what a program can check of this workspace's rules, and tells everything it found.
pub(crate) fn run() -> Result {
    let workspace = Workspace::load()?;
    let files = files(&workspace.root)?;
    let mut findings = check(&workspace, &files);
    findings.sort();
    findings.dedup();
    for finding in &findings {
        println!("{finding}");
    }
    match findings.len() {
        0 => {
            println!("{} files, nothing found", files.len());
            Ok(())
        }
        count => Err(format!("{count} findings")),
    }
}

/// A text file of the workspace.
#[derive(Debug)]
struct File {
    /// From the root, with forward slashes.
    path: String,
    text: String,
}

/// What is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Finding {
    path: String,
    line: usize,
    what: String,
}

impl Finding {
    fn new(path: &str, line: usize, what: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, what: what.into() }
    }

    /// At a byte of a text.
    fn at(path: &str, text: &str, at: usize, what: impl Into<String>) -> Self {
        Self::new(path, line_of(text, at), what)
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.what)
    }
}

/// The number of the line that a byte stands in, from 1.
fn line_of(text: &str, at: usize) -> usize {
    text.as_bytes().iter().take(at).filter(|&&byte| byte == b'\n').count() + 1
}

fn check(workspace: &Workspace, files: &[File]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for package in &workspace.packages {
        findings.extend(imports::check(package, &workspace.packages, files));
        findings.extend(manifest::check(package, files));
        findings.extend(readme::check(package, files));
        findings.extend(rooms::missing(package, files));
    }
    for file in files.iter().filter(|file| file.path.ends_with(".rs")) {
        let source = Source::new(&file.path, &file.text);
        findings.extend(marks::check(&source));
        findings.extend(chains::check(&source));
        findings.extend(rooms::check(&source, &workspace.packages));
    }
    let invented = fixtures::invented(files);
    for file in files {
        findings.extend(leaks::check(&file.path, &file.text));
        findings.extend(fixtures::check(&file.path, &file.text, &invented));
    }
    findings
}

/// The text files that are in the repository or about to be: what git tracks or does not ignore.
fn files(root: &Path) -> Result<Vec<File>> {
    // The checkout may belong to another user than the one who checks it.
    let mut git = Command::new("git");
    git.args(["-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
    let listed = output(git.current_dir(root))?;
    let mut paths: Vec<&str> = listed.split_terminator('\0').collect();
    paths.sort_unstable();
    paths.dedup();
    Ok(paths.into_iter().filter_map(|path| read(root, path)).collect())
}

/// Nothing where the file has been deleted or is no text.
fn read(root: &Path, path: &str) -> Option<File> {
    let bytes = std::fs::read(root.join(path)).ok()?;
    let text = String::from_utf8(bytes).ok().filter(|text| !text.contains('\0'))?;
    Some(File { path: path.to_owned(), text })
}

/// The text of the file at this path.
fn text<'f>(files: &'f [File], path: &str) -> Option<&'f str> {
    files.iter().find(|file| file.path == path).map(|file| file.text.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_count_from_one() {
        assert_eq!(line_of("a\nb\n", 0), 1);
        assert_eq!(line_of("a\nb\n", 2), 2);
        assert_eq!(line_of("a\nb\n", 4), 3);
    }

    #[test]
    fn a_finding_reads_as_editors_expect() {
        assert_eq!(Finding::at("a/b.rs", "\n\nx", 2, "wrong").to_string(), "a/b.rs:3: wrong");
    }

    #[test]
    fn every_kind_of_check_is_run() {
        let workspace = Workspace {
            root: "".into(),
            target: "".into(),
            packages: vec![crate::workspace::Package {
                name: "chatstream-new".to_owned(),
                folder: "crates/new".to_owned(),
                published: true,
                dependencies: vec![Default::default()],
                ..Default::default()
            }],
        };
        let file = |path: &str, text: &str| File { path: path.to_owned(), text: text.to_owned() };
        let files = [
            file("crates/new/Cargo.toml", ""),
            file("crates/new/src/lib.rs", "#[allow(x)]\nfn f() { if let A = b && c {} }\n"),
            file("crates/new/src/parse.rs", "#[derive(Serialize)] struct S;"),
            file("notes.md", concat!("mail me at someone", "@somewhere.org")),
            file("tests/fixtures/new/case/response.http", "set-cookie: sid=0a1b2c3d4e5f60718293\n"),
        ];
        let found: Vec<String> = check(&workspace, &files).iter().map(ToString::to_string).collect();
        for expected in ["lints", "room", "allow", "let chain", "serde", "e-mail", "cookie"] {
            assert!(found.iter().any(|finding| finding.contains(expected)), "{expected} is not in {found:#?}");
        }
    }
}
