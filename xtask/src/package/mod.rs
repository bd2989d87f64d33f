//! `cargo xtask package`: builds what is shipped: the stripped binary, a Debian package, a bill of materials, and their checksums.

mod c_library;
mod debian;
mod sbom;
mod shell_files;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use crate::console;
use crate::repository::{Repository, cargo};

/// The profile of the shipped binary.
const PROFILE: &str = "shipped";
/// The largest binary that is shipped, in MiB.
const LARGEST: u64 = 45;

/// Builds everything into `target/shipped/` and prints what was made.
pub(crate) fn run() -> ExitCode {
    match Repository::find().and_then(|repository| make(&repository)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            console::error(&error);
            ExitCode::FAILURE
        }
    }
}

/// Prints the bill of materials, which needs no build.
pub(crate) fn print_bill() -> ExitCode {
    match Repository::find().and_then(|repository| bill_of(&repository)) {
        Ok(text) => {
            console::line(text.trim_end());
            ExitCode::SUCCESS
        }
        Err(error) => {
            console::error(&error);
            ExitCode::FAILURE
        }
    }
}

/// The bill of materials of this repository as it is.
pub(crate) fn bill_of(repository: &Repository) -> Result<String, String> {
    let metadata = repository.cargo(&["metadata", "--format-version", "1", "--filter-platform", &target()?])?;
    sbom::bill(&metadata, &repository.read("Cargo.lock")?)
}

fn make(repository: &Repository) -> Result<(), String> {
    let folder = PathBuf::from(repository.target_folder()?).join(PROFILE);
    console::line("Building the binary that is shipped: the linker optimises across all crates, which takes long …");
    build(repository)?;
    let binary = folder.join("sekisho");
    let bytes = std::fs::read(&binary).map_err(|error| format!("{}: {error}", binary.display()))?;
    let version = env!("CARGO_PKG_VERSION");

    let bill = folder.join(format!("sekisho-{version}.cdx.json"));
    std::fs::write(&bill, bill_of(repository)?).map_err(|error| format!("{}: {error}", bill.display()))?;

    let library = c_library::newest_version(&bytes).ok_or("the binary names no version of the C library")?;
    let package = debian::make(&debian::Parts {
        root: repository.root(),
        folder: &folder,
        binary: &binary,
        bill: &bill,
        shell_files: &shell_files::make(&binary, &folder)?,
        version,
        library: &library,
        changed: changed(repository)?,
    })?;
    checksums(&folder, &[&binary, &package, &bill])?;
    let mebibytes = bytes.len() as u64 / (1024 * 1024);
    console::line(&format!("{}: {mebibytes} MiB, needs glibc {library}", binary.display()));
    for file in [&package, &bill, &folder.join("SHA256SUMS")] {
        console::line(&file.display().to_string());
    }
    if mebibytes > LARGEST { Err(format!("the binary has {mebibytes} MiB, and may have {LARGEST}")) } else { Ok(()) }
}

fn build(repository: &Repository) -> Result<(), String> {
    let mut command = Command::new(cargo());
    command.args(["build", "--locked", "--package", "sekisho", "--bin", "sekisho", "--profile", PROFILE]);
    // Of the system's libraries only the C library stays outside: it cannot look up names when it is linked in.
    command.env("RUSTFLAGS", "-C link-arg=-static-libgcc").current_dir(repository.root());
    succeed(&mut command)
}

/// The machine that this program, and so the binary, is for.
fn target() -> Result<String, String> {
    let output = Command::new("rustc").arg("-vV").output().map_err(|error| format!("rustc -vV: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).ok_or_else(|| "rustc -vV names no host".to_owned())
}

/// When the last commit was made, in seconds since 1970: the time of every file in the package, so that one commit makes one package.
fn changed(repository: &Repository) -> Result<String, String> {
    let mut command = Command::new("git");
    command.args(["log", "-1", "--format=%ct"]).current_dir(repository.root());
    let output = command.output().map_err(|error| format!("git log: {error}"))?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn checksums(folder: &Path, files: &[&Path]) -> Result<(), String> {
    let names = files.iter().filter_map(|file| file.file_name());
    let output = Command::new("sha256sum").args(names).current_dir(folder).output();
    let output = output.map_err(|error| format!("sha256sum: {error}"))?;
    let file = folder.join("SHA256SUMS");
    std::fs::write(&file, output.stdout).map_err(|error| format!("{}: {error}", file.display()))?;
    if output.status.success() { Ok(()) } else { Err("sha256sum failed".to_owned()) }
}

/// Runs a command with this program's output.
fn succeed(command: &mut Command) -> Result<(), String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let status = command.status().map_err(|error| format!("{name}: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("{name}: {status}")) }
}
