//! Reads the checkout: the texts that the checks compare. The only file of the checks that opens files or runs cargo.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::problem::{Problem, Source};
use crate::translations::{self, ENGLISH, JAPANESE, Original, README};
use crate::{capabilities, dependencies, functions, invariants, layers, links, modules, prose, texts, tour};

/// The variable that names a local copy of RustSec's advisory database.
const ADVISORIES: &str = "SEKISHO_ADVISORIES";

/// The checkout that this program was built from.
pub(crate) struct Repository {
    root: PathBuf,
}

impl Repository {
    /// The repository that holds the current folder.
    pub(crate) fn find() -> Result<Self, String> {
        let here = std::env::current_dir().map_err(|e| format!("the current folder cannot be read: {e}"))?;
        let root = here.ancestors().find(|folder| folder.join("ARCHITECTURE.md").is_file());
        let root = root.ok_or("no ARCHITECTURE.md here or above: run this inside the repository")?;
        Ok(Self { root: root.to_owned() })
    }

    /// Its root folder.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The problems of the arrows between crates.
    pub(crate) fn layers(&self) -> Result<Vec<Problem>, String> {
        let metadata = self.cargo(&["metadata", "--no-deps", "--format-version", "1"])?;
        let edges = "--edges=normal,build,dev";
        let tree = self.cargo(&["tree", "--workspace", "--prefix", "none", "--format", "{p}", edges])?;
        let manifests = self.sources(&["crates", "e2e", "bench", "testbed", "xtask"], "Cargo.toml")?;
        let clippy = self.sources(&["crates"], "clippy.toml")?;
        let sources = self.sources(&["crates", "e2e", "bench", "testbed", "xtask"], ".rs")?;
        let mut problems = layers::check(&layers::Input {
            metadata: &metadata,
            tree: &tree,
            architecture: &self.read("ARCHITECTURE.md")?,
            workspace: &self.read("Cargo.toml")?,
            manifests: &manifests,
            clippy: &clippy,
            sources: &sources,
        })?;
        problems.extend(modules::check(&sources, &modules::HERE));
        Ok(problems)
    }

    /// The capabilities that too many files name.
    pub(crate) fn capabilities(&self) -> Result<Vec<Problem>, String> {
        let mut sources = self.rust()?;
        sources.extend(self.sources(&["crates", "e2e"], "Cargo.toml")?);
        sources.push(Source { path: "Cargo.toml".to_owned(), text: self.read("Cargo.toml")? });
        Ok(capabilities::check(&sources))
    }

    /// The problems of the security invariants.
    pub(crate) fn invariants(&self) -> Result<Vec<Problem>, String> {
        Ok(invariants::check(&self.read(invariants::DOCUMENT)?, &self.rust()?))
    }

    /// The same after `docs/threat-model.md` was told where each invariant is enforced and tested.
    pub(crate) fn write_invariants(&self) -> Result<Vec<Problem>, String> {
        let document = invariants::written(&self.read(invariants::DOCUMENT)?, &self.rust()?);
        self.write(invariants::DOCUMENT, &document)?;
        self.invariants()
    }

    /// The problems of the tour of one request.
    pub(crate) fn tour(&self) -> Result<Vec<Problem>, String> {
        Ok(tour::check(&self.read(tour::DOCUMENT)?, &self.rust()?))
    }

    /// The links that lead nowhere.
    pub(crate) fn links(&self) -> Result<Vec<Problem>, String> {
        let mut documents = self.sources(&["docs", "crates", "e2e", "bench", "packaging", "policies"], ".md")?;
        for entry in read_folder(&self.root)? {
            let name = entry.file_name().and_then(|n| n.to_str()).unwrap_or_default().to_owned();
            if name.ends_with(".md") {
                documents.push(Source { text: self.read(&name)?, path: name });
            }
        }
        Ok(links::check(&documents, &|path| self.root.join(path).exists()))
    }

    /// The phrases that are not plain English.
    pub(crate) fn prose(&self) -> Result<Vec<Problem>, String> {
        Ok(prose::check(&self.texts()?, &self.read(prose::LIST)?))
    }

    /// The same after the list of exceptions was shortened.
    pub(crate) fn write_prose(&self) -> Result<Vec<Problem>, String> {
        self.write(prose::LIST, &prose::shortened(&self.texts()?, &self.read(prose::LIST)?))?;
        self.prose()
    }

    /// The texts that are missing, unused, different in the two languages or in another style.
    pub(crate) fn people_read(&self) -> Result<Vec<Problem>, String> {
        let folders = ["crates", "e2e/example-capability", "policies"];
        let (mut users, mut written) = (Vec::new(), Vec::new());
        for ending in [".rs", ".html"] {
            users.extend(self.sources(&folders, ending)?);
        }
        for ending in [".ftl", ".js", ".cedar", ".toml"] {
            written.extend(self.sources(&folders, ending)?);
        }
        written.extend(users.iter().cloned());
        written.extend(self.sources(&[JAPANESE], ".md")?);
        let catalogues = self.sources(&folders, ".ftl")?;
        Ok(texts::check(&texts::Input { catalogues: &catalogues, users: &users, written: &written }))
    }

    /// What is wrong with the Japanese pages of the guide.
    pub(crate) fn translations(&self) -> Result<Vec<Problem>, String> {
        let (english, japanese) = self.guide()?;
        Ok(translations::check(&english, &japanese))
    }

    /// The same after the Japanese pages of those English ones were marked as translations of them as they are.
    pub(crate) fn renew_translations(&self, paths: &[&str]) -> Result<Vec<Problem>, String> {
        let (english, japanese) = self.guide()?;
        for page in translations::renewed(&english, &japanese, paths)? {
            self.write(&page.path, &page.text)?;
        }
        self.translations()
    }

    /// The English pages of the guide and the README, and the Japanese ones.
    fn guide(&self) -> Result<(Vec<Original>, Vec<Source>), String> {
        let mut pages = self.sources(&[ENGLISH], ".md")?;
        for path in [README.0, README.1] {
            pages.push(Source { path: path.to_owned(), text: self.read(path)? });
        }
        let (japanese, english): (Vec<Source>, Vec<Source>) =
            pages.into_iter().partition(|page| page.path.starts_with(JAPANESE) || page.path == README.1);
        let mut git = Command::new("git");
        git.args(["hash-object", "--no-filters", "--"]).args(english.iter().map(|page| &page.path));
        let hashes = printed(git.current_dir(&self.root))?;
        let originals = english.into_iter().zip(hashes.lines());
        let originals = originals.map(|(page, hash)| Original { page, hash: hash.to_owned() });
        Ok((originals.collect(), japanese))
    }

    /// The functions that are too long.
    pub(crate) fn functions(&self) -> Result<Vec<Problem>, String> {
        Ok(functions::check(&self.all_rust()?, &self.read(functions::LIST)?))
    }

    /// The same after the list of exceptions was shortened.
    pub(crate) fn write_functions(&self) -> Result<Vec<Problem>, String> {
        self.write(functions::LIST, &functions::shortened(&self.all_rust()?, &self.read(functions::LIST)?))?;
        self.functions()
    }

    /// What is wrong with what is built in from others.
    pub(crate) fn dependencies(&self) -> Result<Vec<Problem>, String> {
        let advisories = match std::env::var_os(ADVISORIES) {
            Some(folder) => advisories(Path::new(&folder))?,
            None => Vec::new(),
        };
        dependencies::check(&dependencies::Input {
            metadata: &self.cargo(&["metadata", "--format-version", "1"])?,
            duplicates: &self.read(dependencies::DUPLICATES)?,
            accepted: &self.read(dependencies::ACCEPTED)?,
            advisories: &advisories,
        })
    }

    /// The same after the list of duplicates was shortened.
    pub(crate) fn write_dependencies(&self) -> Result<Vec<Problem>, String> {
        let metadata = self.cargo(&["metadata", "--format-version", "1"])?;
        let list = dependencies::shortened(&metadata, &self.read(dependencies::DUPLICATES)?)?;
        self.write(dependencies::DUPLICATES, &list)?;
        self.dependencies()
    }

    /// The folder that cargo builds into.
    pub(crate) fn target_folder(&self) -> Result<String, String> {
        let metadata = self.cargo(&["metadata", "--no-deps", "--format-version", "1"])?;
        let metadata: serde_json::Value =
            serde_json::from_str(&metadata).map_err(|e| format!("cargo metadata: {e}"))?;
        let folder = metadata.get("target_directory").and_then(serde_json::Value::as_str);
        folder.map(str::to_owned).ok_or_else(|| "cargo metadata: no `target_directory`".to_owned())
    }

    /// Everything that people read: code, documents, texts and pages.
    fn texts(&self) -> Result<Vec<Source>, String> {
        let folders = ["bench", "crates", "docs", "e2e", "fuzz", "packaging", "policies", "xtask"];
        let mut texts = Vec::new();
        for ending in [".rs", ".md", ".ftl", ".html", ".toml"] {
            texts.extend(self.sources(&folders, ending)?);
        }
        for name in ["ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md", "README.md", "SECURITY.md", "Cargo.toml"] {
            texts.push(Source { path: name.to_owned(), text: self.read(name)? });
        }
        Ok(texts)
    }

    fn all_rust(&self) -> Result<Vec<Source>, String> {
        self.sources(&["crates", "xtask"], ".rs")
    }

    fn write(&self, path: &str, text: &str) -> Result<(), String> {
        std::fs::write(self.root.join(path), text).map_err(|e| format!("{path}: {e}"))
    }

    fn rust(&self) -> Result<Vec<Source>, String> {
        self.sources(&["crates", "e2e", "bench", "testbed"], ".rs")
    }

    /// A file of the repository.
    pub(crate) fn read(&self, path: &str) -> Result<String, String> {
        std::fs::read_to_string(self.root.join(path)).map_err(|e| format!("{path}: {e}"))
    }

    /// Every file below those folders whose name ends so, ordered by path. Links are followed only to files.
    fn sources(&self, folders: &[&str], ending: &str) -> Result<Vec<Source>, String> {
        let mut found = Vec::new();
        let mut open: Vec<PathBuf> = folders.iter().map(|f| self.root.join(f)).filter(|f| f.is_dir()).collect();
        while let Some(folder) = open.pop() {
            for path in read_folder(&folder)? {
                if path.is_dir() && !path.is_symlink() {
                    open.push(path);
                } else if path.file_name().and_then(|n| n.to_str()).is_some_and(|n| n.ends_with(ending)) {
                    let relative = path.strip_prefix(&self.root).unwrap_or(&path).to_string_lossy().replace('\\', "/");
                    found.push(Source { text: self.read(&relative)?, path: relative });
                }
            }
        }
        found.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(found)
    }

    /// What a command of cargo prints.
    pub(crate) fn cargo(&self, arguments: &[&str]) -> Result<String, String> {
        let mut command = Command::new(cargo());
        printed(command.args(arguments).arg("--locked").current_dir(&self.root))
    }
}

/// What a command prints when it succeeds.
fn printed(command: &mut Command) -> Result<String, String> {
    let output = command.output();
    let words = || std::iter::once(command.get_program()).chain(command.get_args());
    let wrong = |why: &str| format!("{}: {why}", words().map(|w| w.to_string_lossy()).collect::<Vec<_>>().join(" "));
    let output = output.map_err(|e| wrong(&e.to_string()))?;
    if output.status.success() {
        String::from_utf8(output.stdout).map_err(|e| wrong(&e.to_string()))
    } else {
        Err(wrong(String::from_utf8_lossy(&output.stderr).trim()))
    }
}

/// The cargo that runs this program, or the one on the path.
pub(crate) fn cargo() -> String {
    std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned())
}

fn read_folder(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let wrong = |e: std::io::Error| format!("{}: {e}", folder.display());
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(wrong)? {
        paths.push(entry.map_err(wrong)?.path());
    }
    Ok(paths)
}

/// Every advisory below a folder.
fn advisories(folder: &Path) -> Result<Vec<dependencies::Advisory>, String> {
    let (mut found, mut open) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = open.pop() {
        for path in read_folder(&folder)? {
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                let text = std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
                found.extend(dependencies::read_advisory(&path.display().to_string(), &text)?);
            }
        }
    }
    if found.is_empty() { Err(format!("{ADVISORIES}: {} holds no advisory", folder.display())) } else { Ok(found) }
}
