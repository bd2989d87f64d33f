//! Who may enter by SSH with what: `sshd_config` and the files that it includes, read as `sshd` reads them.
//!
//! The first value of a keyword counts. What stands below a `Match` counts for some connections; here it counts where it opens
//! more, because then the door stands open for those.

use std::fs;
use std::path::{Path, PathBuf};

use sekisho_model::documents::FactValue;

use super::{Facts, put};

/// `sshd` itself stops at 16.
const MAX_INCLUDES: usize = 16;

/// Adds whether root may enter with a password, and whether anybody may with an empty one; or that there is no `sshd`. Adds
/// nothing when the configuration cannot be read whole.
pub(super) fn read(facts: &mut Facts, folder: &Path) {
    let file = folder.join("sshd_config");
    if matches!(file.try_exists(), Ok(false)) {
        return put(facts, "sshd.absent", Some(FactValue::Bool(true)));
    }
    let mut settings = Settings::default();
    if settings.read(folder, &file, &mut false, 0).is_some() {
        put(facts, "sshd.root_password", Some(FactValue::Bool(settings.root_password())));
        put(facts, "sshd.empty_passwords", Some(FactValue::Bool(settings.empty_passwords.is("yes", "no"))));
    }
}

/// The first value that counts for every connection, and those that count for some.
#[derive(Default)]
struct Setting {
    always: Option<String>,
    sometimes: Vec<String>,
}

impl Setting {
    fn add(&mut self, value: &str, conditional: bool) {
        let value = value.to_ascii_lowercase();
        if conditional {
            self.sometimes.push(value);
        } else if self.always.is_none() {
            self.always = Some(value);
        }
    }

    /// Whether it is this for any connection.
    fn is(&self, value: &str, default: &str) -> bool {
        self.always.as_deref().unwrap_or(default) == value || self.sometimes.iter().any(|other| other == value)
    }
}

#[derive(Default)]
struct Settings {
    root: Setting,
    passwords: Setting,
    /// Passwords asked for by PAM.
    keyboard: Setting,
    empty_passwords: Setting,
}

impl Settings {
    fn root_password(&self) -> bool {
        self.root.is("yes", "prohibit-password") && (self.passwords.is("yes", "yes") || self.keyboard.is("yes", "yes"))
    }

    /// Reads one file. `None` when it, or one that it includes, cannot be read.
    fn read(&mut self, folder: &Path, file: &Path, conditional: &mut bool, depth: usize) -> Option<()> {
        if depth > MAX_INCLUDES {
            return None;
        }
        let text = fs::read(file).ok()?;
        for line in String::from_utf8_lossy(&text).lines() {
            let Some((keyword, value)) = keyword_and_value(line) else { continue };
            match keyword.to_ascii_lowercase().as_str() {
                "match" => *conditional = !value.eq_ignore_ascii_case("all"),
                "include" => {
                    for included in value.split_ascii_whitespace() {
                        for file in included_files(folder, included.trim_matches('"'))? {
                            // A `Match` in an included file ends with that file.
                            let mut inside = *conditional;
                            self.read(folder, &file, &mut inside, depth + 1)?;
                        }
                    }
                }
                "permitrootlogin" => self.root.add(value, *conditional),
                "passwordauthentication" => self.passwords.add(value, *conditional),
                "kbdinteractiveauthentication" | "challengeresponseauthentication" => {
                    self.keyboard.add(value, *conditional);
                }
                "permitemptypasswords" => self.empty_passwords.add(value, *conditional),
                _ => {}
            }
        }
        Some(())
    }
}

/// `Keyword value`, `Keyword=value`, `Keyword "value"`; comments and empty lines are neither.
fn keyword_and_value(line: &str) -> Option<(&str, &str)> {
    let line = line.trim();
    if line.is_empty() || line.starts_with('#') {
        return None;
    }
    let (keyword, value) = line.split_once([' ', '\t', '='])?;
    let value = value.trim_start_matches([' ', '\t', '=']).split('#').next().unwrap_or_default().trim();
    Some((keyword, value.trim_matches('"')))
}

/// The files of an `Include`, in order: a path, or `*` in its last part. `None` for a pattern that is not understood.
fn included_files(folder: &Path, pattern: &str) -> Option<Vec<PathBuf>> {
    let pattern = folder.join(pattern);
    let name = pattern.file_name()?.to_str()?;
    let place = pattern.parent()?;
    let is_pattern = |text: &str| text.contains(['*', '?', '[', '{']);
    if is_pattern(place.to_str()?) || name.contains(['?', '[', '{']) {
        return None;
    }
    let Some((start, end)) = name.split_once('*') else {
        return Some(if pattern.exists() { vec![pattern] } else { Vec::new() });
    };
    if end.contains('*') {
        return None;
    }
    let matches = |name: &str| {
        name.len() >= start.len() + end.len()
            && name.starts_with(start)
            && name.ends_with(end)
            && !name.starts_with('.')
    };
    let entries = match fs::read_dir(place) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Some(Vec::new()),
        Err(_) => return None,
    };
    let mut files: Vec<PathBuf> =
        entries.flatten().filter(|f| f.file_name().to_str().is_some_and(matches)).map(|f| f.path()).collect();
    files.sort_unstable();
    Some(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether root may enter with a password and whether anybody may with an empty one, by these files.
    fn by(files: &[(&str, &str)]) -> (Option<bool>, Option<bool>) {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir(folder.path().join("sshd_config.d")).expect("made");
        for (name, text) in files {
            fs::write(folder.path().join(name), text).expect("written");
        }
        let mut facts = Facts::new();
        read(&mut facts, folder.path());
        let told = |name: &str| match facts.get(name) {
            Some(FactValue::Bool(value)) => Some(*value),
            _ => None,
        };
        (told("sshd.root_password"), told("sshd.empty_passwords"))
    }

    #[test]
    fn what_is_not_set_is_safe_and_the_first_value_counts() {
        assert_eq!(by(&[("sshd_config", "# PermitRootLogin yes\n")]), (Some(false), Some(false)));
        assert_eq!(by(&[("sshd_config", "PermitRootLogin yes\nPermitRootLogin no\n")]), (Some(true), Some(false)));
        assert_eq!(by(&[("sshd_config", "permitrootlogin=no\nPermitRootLogin yes\n")]), (Some(false), Some(false)));
        assert_eq!(by(&[("sshd_config", "PermitEmptyPasswords \"yes\" # for now\n")]), (Some(false), Some(true)));
    }

    #[test]
    fn root_with_a_key_only_has_no_password() {
        let keys = "PermitRootLogin yes\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n";
        assert_eq!(by(&[("sshd_config", keys)]).0, Some(false));
        assert_eq!(by(&[("sshd_config", "PermitRootLogin yes\nPasswordAuthentication no\n")]).0, Some(true));
    }

    #[test]
    fn included_files_count_where_they_are_included() {
        let main = ("sshd_config", "Include sshd_config.d/*.conf\nPermitRootLogin no\n");
        assert_eq!(by(&[main]).0, Some(false));
        assert_eq!(by(&[main, ("sshd_config.d/50-cloud.conf", "PermitRootLogin yes\n")]).0, Some(true));
        assert_eq!(by(&[main, ("sshd_config.d/50-cloud.txt", "PermitRootLogin yes\n")]).0, Some(false));
        let late = ("sshd_config", "PermitRootLogin no\nInclude sshd_config.d/*.conf\n");
        assert_eq!(by(&[late, ("sshd_config.d/50-cloud.conf", "PermitRootLogin yes\n")]).0, Some(false));
    }

    #[test]
    fn what_a_match_opens_is_open_and_what_it_closes_is_not_closed() {
        assert_eq!(
            by(&[("sshd_config", "PermitRootLogin no\nMatch Address 10.0.0.0/8\n PermitRootLogin yes\n")]).0,
            Some(true)
        );
        assert_eq!(by(&[("sshd_config", "PermitRootLogin yes\nMatch User x\n PermitRootLogin no\n")]).0, Some(true));
        assert_eq!(
            by(&[("sshd_config", "PermitRootLogin no\nMatch User x\nMatch all\nPermitRootLogin yes\n")]).0,
            Some(false)
        );
    }

    #[test]
    fn what_cannot_be_read_whole_is_not_told_and_no_sshd_is() {
        assert_eq!(by(&[("sshd_config", "Include */x.conf\n")]), (None, None));
        assert_eq!(by(&[("sshd_config", "Include sshd_config\n")]), (None, None));
        let folder = tempfile::tempdir().expect("a folder");
        let mut facts = Facts::new();
        read(&mut facts, folder.path());
        assert_eq!(facts, Facts::from([("sshd.absent".to_owned(), FactValue::Bool(true))]));
    }
}
