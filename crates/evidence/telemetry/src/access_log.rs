//! The access log: one line for each exchange, in a file or on standard output.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsFd as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use sekisho_observation::{Inlet, Lost, Observation, Outlet, outlet};

use crate::writer::{TURN, Writer};
use crate::{BATCH, QUEUE, line};

/// Where the lines go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// Standard output.
    Output,
    /// A file, which grows. After it was moved away it must be opened again.
    File(PathBuf),
}

/// A running access log.
#[derive(Debug)]
pub struct AccessLog {
    /// Lines that were not written.
    pub lost: Lost,
    destination: Destination,
    opened: Sender<File>,
    writer: Writer,
}

impl Destination {
    /// Opens it.
    ///
    /// # Errors
    /// What the system says: nothing is written there then.
    pub fn open(&self) -> io::Result<File> {
        match self {
            Self::Output => Ok(File::from(io::stdout().as_fd().try_clone_to_owned()?)),
            Self::File(path) => append_to(path),
        }
    }
}

/// Opens a file to append to, without waiting: a pipe that nobody reads is refused, which a plain open would
/// wait for with everything else at a standstill. A symbolic link is refused: anyone who may write to the log's folder could lead
/// the lines into any file that Sekisho may write.
fn append_to(path: &Path) -> io::Result<File> {
    let flags = OFlags::WRONLY | OFlags::APPEND | OFlags::CREATE | OFlags::NONBLOCK;
    let flags = flags | OFlags::NOCTTY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    // Lines say who asked for what: not everybody on this machine reads them.
    let mode = Mode::RUSR | Mode::WUSR | Mode::RGRP;
    let file = rustix::fs::open(path, flags, mode).map_err(|error| match error {
        Errno::NXIO => io::Error::other("it is a pipe that nobody reads"),
        Errno::LOOP => io::Error::other("it is a symbolic link, which is not followed: name the file that it leads to"),
        other => other.into(),
    })?;
    // The thread that writes may wait for a reader that is slow.
    rustix::fs::fcntl_setfl(&file, OFlags::APPEND)?;
    Ok(File::from(file))
}

impl AccessLog {
    /// Opens the destination and starts to write; what is put into the outlet is written.
    ///
    /// # Errors
    /// What the system says.
    pub fn start(destination: Destination) -> io::Result<(Self, Outlet)> {
        let file = destination.open()?;
        let (outlet, inlet) = outlet(QUEUE);
        let (opened, reopened) = channel();
        let lost = inlet.lost.clone();
        let writer = Writer::start("access-log", move |closing| write_all(&inlet, file, &reopened, closing))?;
        Ok((Self { lost, destination, opened, writer }, outlet))
    }

    /// Where it goes.
    #[must_use]
    pub const fn destination(&self) -> &Destination {
        &self.destination
    }

    /// Goes on in a file that was opened again.
    pub fn go_on_in(&self, file: File) {
        // A writer that has ended writes nowhere.
        let _ = self.opened.send(file);
    }

    /// Writes what was told so far, and ends.
    pub fn close(&self) {
        self.writer.close();
    }
}

fn write_all(inlet: &Inlet, file: File, reopened: &Receiver<File>, closing: &AtomicBool) {
    let mut lines = Lines { file, begun: false, failing: false, text: Vec::new() };
    loop {
        let last = closing.load(Ordering::Relaxed);
        let batch = if last { Some(inlet.rest(QUEUE)) } else { inlet.next(TURN, BATCH) };
        if let Some(newest) = reopened.try_iter().last() {
            lines = Lines { file: newest, begun: false, ..lines };
        }
        let Some(batch) = batch else { return };
        lines.write(&batch, &inlet.lost);
        if last {
            return;
        }
    }
}

/// Lines on their way into a file.
struct Lines<W> {
    file: W,
    /// The last write broke off within a line.
    begun: bool,
    /// The last write failed, which is said once.
    failing: bool,
    text: Vec<u8>,
}

impl<W: Write> Lines<W> {
    fn write(&mut self, batch: &[Observation], lost: &Lost) {
        if batch.is_empty() {
            return;
        }
        self.text.clear();
        if self.begun {
            self.text.push(b'\n');
        }
        batch.iter().for_each(|observation| line::write(observation, &mut self.text));
        match self.put() {
            Ok(()) => {
                if std::mem::take(&mut self.failing) {
                    tracing::warn!(lost = lost.count(), "the access log is written again");
                }
            }
            Err((written, error)) => {
                let whole = self.text.get(..written).unwrap_or_default();
                self.begun = if written == 0 { self.begun } else { !whole.ends_with(b"\n") };
                let ends = whole.iter().filter(|byte| **byte == b'\n').count();
                let lines = self.text.iter().filter(|byte| **byte == b'\n').count();
                lost.add(lines.saturating_sub(ends).min(batch.len()));
                if !std::mem::replace(&mut self.failing, true) {
                    tracing::error!(%error, "the access log cannot be written; lines are lost and counted until it can");
                }
            }
        }
    }

    /// Writes the text; how far it came when it did not come to its end.
    fn put(&mut self) -> Result<(), (usize, io::Error)> {
        let mut written = 0;
        while let Some(rest) = self.text.get(written..).filter(|rest| !rest.is_empty()) {
            match self.file.write(rest) {
                Ok(0) => return Err((written, io::ErrorKind::WriteZero.into())),
                Ok(more) => written += more,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err((written, error)),
            }
        }
        self.begun = false;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use sekisho_model::{RequestId, Timestamp};

    use super::*;

    /// A disk with room for `room` bytes.
    struct Disk {
        room: usize,
        text: Vec<u8>,
    }

    impl Write for Disk {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if self.room == 0 {
                return Err(io::ErrorKind::StorageFull.into());
            }
            let written = bytes.len().min(self.room);
            self.room -= written;
            self.text.extend_from_slice(&bytes[..written]);
            Ok(written)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn batch(lines: usize) -> Vec<Observation> {
        let one = |number: usize| {
            let id = RequestId::new(arcstr::format!("R{number}"));
            Observation::begun(Timestamp::from_millis(0), id, [192, 0, 2, 1].into())
        };
        (0..lines).map(one).collect()
    }

    #[test]
    fn a_full_disk_costs_lines_that_are_counted_and_breaks_no_line_after_it() {
        let (_, inlet) = outlet(1);
        let disk = Disk { room: 0, text: Vec::new() };
        let mut lines = Lines { file: disk, begun: false, failing: false, text: Vec::new() };
        lines.write(&batch(2), &inlet.lost);
        assert_eq!(inlet.lost.count(), 2);
        let length = lines.text.len() / 2;
        lines.file.room = length + 10;
        lines.write(&batch(2), &inlet.lost);
        assert_eq!(inlet.lost.count(), 3, "one of two was whole");
        lines.file.room = usize::MAX;
        lines.write(&batch(2), &inlet.lost);
        assert_eq!(inlet.lost.count(), 3);
        let text = String::from_utf8(lines.file.text).expect("text");
        let sound = text.lines().filter(|line| serde_json::from_str::<serde_json::Value>(line).is_ok());
        assert_eq!((text.lines().count(), sound.count()), (4, 3), "{text}");
    }

    #[test]
    fn a_file_is_written_and_opened_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("access.log");
        let (log, _outlet) = AccessLog::start(Destination::File(path.clone())).expect("a log");
        std::fs::rename(&path, folder.path().join("access.log.1")).expect("moved");
        log.go_on_in(log.destination().open().expect("a new file"));
        log.close();
        assert!(path.exists());
        let nowhere = Destination::File(folder.path().join("no/access.log"));
        assert!(nowhere.open().is_err());
    }

    #[test]
    fn a_link_leads_nowhere() {
        let folder = tempfile::tempdir().expect("a folder");
        let (file, link) = (folder.path().join("file"), folder.path().join("access.log"));
        std::fs::write(&file, "somebody's\n").expect("written");
        std::os::unix::fs::symlink(&file, &link).expect("a link");
        let refused = Destination::File(link).open().expect_err("a link").to_string();
        assert!(refused.contains("a symbolic link") && refused.contains("name the file"), "{refused}");
        Destination::File(file).open().expect("the file itself");
    }

    #[test]
    fn nobody_waits_for_the_reader_of_a_pipe() {
        let folder = tempfile::tempdir().expect("a folder");
        let pipe = folder.path().join("access.log");
        rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, Mode::RUSR | Mode::WUSR, 0)
            .expect("a pipe");
        let log = Destination::File(pipe.clone());
        assert!(log.open().expect_err("nobody reads").to_string().contains("a pipe that nobody reads"));
        let flags = OFlags::RDONLY | OFlags::NONBLOCK;
        let _reader = rustix::fs::open(&pipe, flags, Mode::empty()).expect("a reader");
        let file = log.open().expect("a pipe with a reader");
        assert!(!rustix::fs::fcntl_getfl(&file).expect("flags").contains(OFlags::NONBLOCK));
    }
}
