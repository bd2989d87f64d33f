//! The stylesheet, the mark and the scripts, from inside the binary, compressed once.

use std::io::Write as _;
use std::sync::LazyLock;

use aws_lc_rs::digest::{Context, SHA256};
use axum::body::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;

const STYLESHEET: &str = concat!(
    include_str!("../assets/sekisho.css"),
    include_str!("../assets/console.css"),
    include_str!("../assets/documents.css")
);

/// Every asset: its name, its kind, its content.
const ASSETS: [(&str, &str, &str); 13] = [
    ("sekisho.css", "text/css; charset=utf-8", STYLESHEET),
    ("mark.svg", "image/svg+xml", include_str!("../assets/mark.svg")),
    ("post.js", SCRIPT, include_str!("../assets/post.js")),
    ("passkey.js", SCRIPT, include_str!("../assets/passkey.js")),
    ("fragment.js", SCRIPT, include_str!("../assets/fragment.js")),
    ("keep.js", SCRIPT, include_str!("../assets/keep.js")),
    ("device-code.js", SCRIPT, include_str!("../assets/device-code.js")),
    ("device.js", SCRIPT, include_str!("../assets/device.js")),
    ("console.js", SCRIPT, include_str!("../assets/console.js")),
    ("live.js", SCRIPT, include_str!("../assets/live.js")),
    ("publish.js", SCRIPT, include_str!("../assets/publish.js")),
    ("policy.js", SCRIPT, include_str!("../assets/policy.js")),
    ("csv.js", SCRIPT, include_str!("../assets/csv.js")),
];
const SCRIPT: &str = "text/javascript; charset=utf-8";

/// The assets, each compressed, and the folder under which pages name them: it changes when any of them does.
static PREPARED: LazyLock<Prepared> = LazyLock::new(Prepared::new);

struct Prepared {
    folder: String,
    compressed: Vec<Option<Bytes>>,
}

impl Prepared {
    fn new() -> Self {
        let mut hash = Context::new(&SHA256);
        for (name, kind, text) in ASSETS {
            [name, kind, text].iter().for_each(|part| hash.update(part.as_bytes()));
        }
        let hash = hash.finish();
        let folder = hash.as_ref().iter().take(8).fold("/assets/".to_owned(), |hex, byte| format!("{hex}{byte:02x}"));
        Self { folder, compressed: ASSETS.iter().map(|(.., text)| compressed(text)).collect() }
    }
}

/// The content in gzip, where that can be made.
fn compressed(text: &str) -> Option<Bytes> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(text.as_bytes()).ok()?;
    encoder.finish().ok().map(Bytes::from)
}

/// The folder of the assets, as pages name it.
pub(crate) fn folder() -> &'static str {
    &PREPARED.folder
}

/// An asset as it is served.
pub(crate) struct File {
    /// Its media type.
    pub(crate) kind: &'static str,
    /// Its content.
    pub(crate) text: &'static str,
    /// The same in gzip.
    pub(crate) compressed: Option<Bytes>,
}

/// The asset of that name.
pub(crate) fn file(name: &str) -> Option<File> {
    let mut all = ASSETS.iter().zip(&PREPARED.compressed);
    let ((_, kind, text), compressed) = all.find(|((known, ..), _)| *known == name)?;
    Some(File { kind, text, compressed: compressed.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compressed_assets_are_much_smaller() {
        let sizes = ASSETS.iter().zip(&PREPARED.compressed).map(|((.., text), small)| (text.len(), small.as_ref()));
        for (whole, small) in sizes.filter(|(whole, _)| *whole > 4000) {
            assert!(small.is_some_and(|small| small.len() * 2 < whole), "{whole}");
        }
        assert_eq!(folder().len(), "/assets/".len() + 16);
    }
}
