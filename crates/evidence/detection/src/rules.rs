//! The rules: those that this program brings, and those of a folder.

use std::path::Path;

use rsigma_parser::{SigmaCollection, parse_sigma_yaml};

/// The rules that this program brings: file and text.
const OWN: [(&str, &str); 3] = [
    ("password-spray", include_str!("../rules/password-spray.yml")),
    ("refused-everywhere", include_str!("../rules/refused-everywhere.yml")),
    ("disowned-sign-in", include_str!("../rules/disowned-sign-in.yml")),
];
/// The most rules of a folder.
const MOST_FILES: usize = 10_000;

/// Rules, parsed.
#[derive(Debug)]
pub struct Rules {
    pub(crate) collections: Vec<SigmaCollection>,
    shown: Vec<Rule>,
}

/// What is shown of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Its identifier.
    pub id: String,
    /// Its title.
    pub title: String,
    /// What it is for.
    pub description: String,
    /// How serious a match is.
    pub level: String,
}

/// Why rules cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RulesError {
    /// A file cannot be read.
    #[error("{file}: {source}")]
    File {
        /// Which.
        file: String,
        /// Why.
        source: std::io::Error,
    },
    /// A rule is not Sigma.
    #[error("{file}: {message}")]
    Rule {
        /// Its file.
        file: String,
        /// What is wrong.
        message: String,
    },
}

impl Rules {
    /// No rules.
    #[must_use]
    pub const fn none() -> Self {
        Self { collections: Vec::new(), shown: Vec::new() }
    }

    /// The rules that this program brings, and those in the folder if it is there: files whose names end with `.yml`.
    ///
    /// # Errors
    /// When a file cannot be read, or a rule is not Sigma. It names the file.
    pub fn read(folder: &Path) -> Result<Self, RulesError> {
        let mut rules = Self::none();
        for (name, text) in OWN {
            rules.add(name, text)?;
        }
        let entries = match std::fs::read_dir(folder) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(rules),
            entries => entries.map_err(wrong(folder))?,
        };
        let paths = entries.flatten().map(|entry| entry.path());
        let mut paths: Vec<_> = paths.filter(|path| path.extension().is_some_and(|end| end == "yml")).collect();
        paths.sort();
        for path in paths.iter().take(MOST_FILES) {
            let text = std::fs::read_to_string(path).map_err(wrong(path))?;
            rules.add(&path.display().to_string(), &text)?;
        }
        Ok(rules)
    }

    /// Adds the rules of a text.
    ///
    /// # Errors
    /// When it is not Sigma.
    pub fn add(&mut self, file: &str, text: &str) -> Result<(), RulesError> {
        let problem = |message: String| RulesError::Rule { file: file.to_owned(), message };
        let collection = parse_sigma_yaml(text).map_err(|error| problem(error.to_string()))?;
        if let Some(error) = collection.errors.first() {
            return Err(problem(error.clone()));
        }
        let detections = collection.rules.iter().map(|rule| Rule {
            id: rule.id.clone().unwrap_or_default(),
            title: rule.title.clone(),
            description: rule.description.clone().unwrap_or_default(),
            level: rule.level.map(|level| level.as_str().to_owned()).unwrap_or_default(),
        });
        let correlations = collection.correlations.iter().map(|rule| Rule {
            id: rule.id.clone().unwrap_or_default(),
            title: rule.title.clone(),
            description: rule.description.clone().unwrap_or_default(),
            level: rule.level.map(|level| level.as_str().to_owned()).unwrap_or_default(),
        });
        self.shown.extend(detections.chain(correlations));
        self.collections.push(collection);
        Ok(())
    }

    /// Every rule.
    #[must_use]
    pub fn all(&self) -> &[Rule] {
        &self.shown
    }
}

fn wrong(path: &Path) -> impl FnOnce(std::io::Error) -> RulesError {
    let file = path.display().to_string();
    |source| RulesError::File { file, source }
}
