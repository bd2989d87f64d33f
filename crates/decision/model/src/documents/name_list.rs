//! Lists of domain names, whose questions are accesses to a resource, and the tokens of those who ask.

use serde::{Deserialize, Serialize};

use super::Sha256Hex;
use crate::{Name, ResourceId, Timestamp, UserId};

/// A list of domain names. Who asks the resolver about one of them asks for the list's resource, and policies decide that.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NameList {
    /// The list's identifier.
    pub id: Name,
    /// The resource that its names stand for. Several lists may stand for one.
    pub resource: ResourceId,
    /// Its names, one in each entry, as in a line of a plain list. Empty where a file holds them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
    /// The absolute path of the file that holds its names, on the machine of the platform.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// What the file is written in.
    #[serde(default)]
    pub format: NameListFormat,
    /// Names that this list leaves out, whatever it says of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allowed: Vec<String>,
    /// What is answered where policies do not permit the access.
    #[serde(default)]
    pub answer: NameAnswer,
}

/// What a file of names is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NameListFormat {
    /// One name in each line, or the lines of a hosts file.
    #[default]
    Plain,
    /// A response policy zone (RPZ).
    Rpz,
}

/// What is answered to a question that was denied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NameAnswer {
    /// The name does not exist (NXDOMAIN).
    #[default]
    NoName,
    /// The unspecified address, `0.0.0.0` or `::`, and nothing for other types.
    NoAddress,
}

/// A token for the resolver, as it is stored: the part of an address by which a machine without a certificate shows whose questions it
/// asks. The token itself is shown once, when it is made, and kept nowhere.
///
/// It says who asks and proves nothing else: not a device, and no sign-in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResolverToken {
    /// The token's identifier, such as the machine that it was made for.
    pub id: Name,
    /// Whose questions it asks.
    pub user: UserId,
    /// When it was made.
    pub made_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// SHA-256 of the token. A token is 256 random bits, so nobody finds it from its hash.
    pub secret_hash: Sha256Hex,
}

impl NameList {
    /// The most names in the document itself: longer lists are files.
    pub const MOST_NAMES: usize = 10_000;

    pub(super) fn check(&self) -> Result<(), String> {
        let is_path = |file: &String| file.starts_with('/') && file.len() <= 1024 && !file.contains(char::is_control);
        if self.file.as_ref().is_some_and(|file| !self.names.is_empty() || !is_path(file)) {
            return Err("`file`: write the absolute path of a file, and no `names` beside it".to_owned());
        }
        for (field, entries) in [("names", &self.names), ("allowed", &self.allowed)] {
            if entries.len() > Self::MOST_NAMES {
                return Err(format!("`{field}`: write at most {} names, or a file", Self::MOST_NAMES));
            }
            if let Some(wrong) = entries.iter().find(|entry| !is_entry(entry)) {
                let shown: String = wrong.chars().take(80).collect();
                return Err(format!("`{field}`: `{}` is not a domain name such as `example.jp`", shown.escape_debug()));
            }
        }
        Ok(())
    }
}

/// Whether an entry names something: a domain name in ASCII, with what is below it, or after `*.` without itself.
fn is_entry(entry: &str) -> bool {
    let name = entry.strip_prefix("*.").unwrap_or(entry);
    let is_label = |label: &str| {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        (1..=63).contains(&label.len()) && label.bytes().all(is_plain)
    };
    name.len() <= 253 && name.split('.').all(is_label)
}
