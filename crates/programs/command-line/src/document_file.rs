//! One file of documents, read the same way by every command: a regular file of UTF-8 text, named `*.toml` or `*.cedar`.

use std::os::unix::fs::FileTypeExt as _;
use std::path::Path;

/// What a file holds, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// `*.toml`: documents.
    Toml,
    /// `*.cedar`: one policy document.
    Cedar,
}

/// The largest file, in bytes. A larger one is refused unread.
const MOST: u64 = 64 * 1024 * 1024;

/// The form of a file; `None` for a file of another kind.
///
/// # Errors
/// The name is nearly one of ours: the file would be left out without a word.
pub(crate) fn form(file: &Path) -> Result<Option<Form>, String> {
    let Some(extension) = file.extension().map(|extension| extension.to_string_lossy()) else { return Ok(None) };
    let form = match extension.trim().to_ascii_lowercase().as_str() {
        "toml" => (Form::Toml, "toml"),
        "cedar" => (Form::Cedar, "cedar"),
        _ => return Ok(None),
    };
    if extension == form.1 {
        return Ok(Some(form.0));
    }
    let renamed = file.with_extension(form.1);
    Err(format!("{}: its name ends in `.{extension}`: rename it to {}", file.display(), renamed.display()))
}

/// The text of a file.
///
/// # Errors
/// What is wrong with the file, with its line where there is one, and the fix.
pub(crate) fn text(file: &Path) -> Result<String, String> {
    let unreadable = |error: std::io::Error| format!("{}: {error}", file.display());
    let metadata = std::fs::metadata(file).map_err(unreadable)?;
    // Opening a named pipe waits for its writer.
    if !metadata.is_file() {
        let what = name_of(metadata.file_type());
        return Err(format!("{}: is {what} and no regular file: write a file, or move it elsewhere", file.display()));
    }
    if metadata.len() > MOST {
        return Err(format!("{}: is larger than {} MiB: split it", file.display(), MOST / 1024 / 1024));
    }
    decode(file, std::fs::read(file).map_err(unreadable)?)
}

fn name_of(kind: std::fs::FileType) -> &'static str {
    match kind {
        kind if kind.is_dir() => "a folder",
        kind if kind.is_fifo() => "a named pipe",
        kind if kind.is_socket() => "a socket",
        _ => "a device",
    }
}

fn decode(file: &Path, bytes: Vec<u8>) -> Result<String, String> {
    let file = file.display();
    match bytes.as_slice() {
        [0xef, 0xbb, 0xbf, ..] => {
            return Err(format!("{file}:1: it begins with a byte order mark: save it as UTF-8 without one"));
        }
        [0xfe, 0xff, ..] | [0xff, 0xfe, ..] => return Err(format!("{file}:1: it is UTF-16: save it as UTF-8")),
        _ => {}
    }
    String::from_utf8(bytes).map_err(|error| {
        let (good, bad) = error.as_bytes().split_at(error.utf8_error().valid_up_to());
        let line = good.iter().filter(|byte| **byte == b'\n').count() + 1;
        let byte = bad.first().copied().unwrap_or_default();
        format!("{file}:{line}: the byte 0x{byte:02x} is not UTF-8: save the file as UTF-8")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_nearly_ours_is_not_left_out() {
        let form = |name: &str| form(Path::new(name));
        assert_eq!((form("a.cedar"), form("b/c.toml")), (Ok(Some(Form::Cedar)), Ok(Some(Form::Toml))));
        assert_eq!((form("README.md"), form("cedar"), form("a.cedar.bak")), (Ok(None), Ok(None), Ok(None)));
        for name in ["a.CEDAR", "a.Cedar", "a.TOML", "a.cedar "] {
            let problem = form(name).expect_err(name);
            assert!(problem.contains("rename it to a."), "{problem}");
        }
    }

    #[test]
    fn what_is_not_utf_8_is_told_with_its_line() {
        for (bytes, says) in [
            (&b"\xef\xbb\xbfpermit"[..], "x.cedar:1: it begins with a byte order mark"),
            (b"\xff\xfep\0", "x.cedar:1: it is UTF-16"),
            (b"// a\n// b\n// \x93\xfa\n", "x.cedar:3: the byte 0x93 is not UTF-8"),
        ] {
            let problem = decode(Path::new("x.cedar"), bytes.to_vec()).expect_err(says);
            assert!(problem.starts_with(says) && problem.contains("save"), "{problem}");
        }
        assert_eq!(decode(Path::new("x"), "// 給与".into()), Ok("// 給与".to_owned()));
    }

    #[test]
    fn what_is_no_regular_file_is_not_opened() {
        let folder = tempfile::tempdir().expect("a folder");
        let socket = folder.path().join("x.cedar");
        let _listener = std::os::unix::net::UnixListener::bind(&socket).expect("a socket");
        assert!(text(&socket).expect_err("a socket").contains("is a socket and no regular file"));
        assert!(text(folder.path()).expect_err("a folder").contains("is a folder"));
        std::fs::write(folder.path().join("y.cedar"), "// y").expect("a file");
        assert_eq!(text(&folder.path().join("y.cedar")), Ok("// y".to_owned()));
    }
}
