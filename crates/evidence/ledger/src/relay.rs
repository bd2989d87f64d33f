//! Entries on their way to the process that took the ledger over: frames over a socket, each answered once it is recorded.
//!
//! A frame is its kind (one byte), a count (8 bytes), a length (4 bytes) and as many bytes; an answer is the same, with the
//! outcome as its kind and the index of the first entry as its count.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::atomic::Ordering;
use std::sync::mpsc::SyncSender;

use sekisho_model::Record;
use tokio::sync::oneshot;

use crate::batch::AccessBatch;
use crate::error::LedgerError;
use crate::thread::{Command, Gauges};
use crate::writer::Incoming;

/// The longest frame: a whole group of the longest entries is shorter.
const LONGEST: u32 = 256 << 20;

/// What a frame carries, or how an answer turned out.
mod kind {
    pub(super) const APPEND: u8 = 1;
    pub(super) const ACCESS: u8 = 2;
    pub(super) const PUBLISH: u8 = 3;
    pub(super) const DONE: u8 = 4;
    pub(super) const REFUSED: u8 = 5;
    pub(super) const FULL: u8 = 6;
}

/// The way to the process that owns the writer.
pub(crate) struct Relay {
    channel: UnixStream,
}

/// What the other process answered: the outer failure is that it is gone.
pub(crate) type Answer<T> = io::Result<Result<T, LedgerError>>;

struct Frame {
    kind: u8,
    count: u64,
    bytes: Vec<u8>,
}

impl Relay {
    pub(crate) fn new(channel: UnixStream) -> Self {
        Self { channel }
    }

    /// Has a group recorded there; the index of its first entry.
    pub(crate) fn append(&mut self, group: &[Incoming]) -> Answer<u64> {
        // An entry is one line of JSON: no line end is inside.
        let bytes = group.iter().flat_map(|incoming| incoming.entry.content.iter().copied().chain([b'\n'])).collect();
        let answer = self.ask(&Frame { kind: kind::APPEND, count: group.len() as u64, bytes })?;
        Ok(answer.map(|answer| answer.count))
    }

    /// Has access events written there.
    pub(crate) fn access(&mut self, batch: &AccessBatch) -> Answer<()> {
        let answer = self.ask(&Frame { kind: kind::ACCESS, count: batch.events, bytes: batch.bytes.clone() })?;
        Ok(answer.map(drop))
    }

    /// Has everything sealed and published there; the signed head.
    pub(crate) fn publish(&mut self) -> Answer<String> {
        let answer = self.ask(&Frame { kind: kind::PUBLISH, count: 0, bytes: Vec::new() })?;
        Ok(answer.map(|answer| String::from_utf8_lossy(&answer.bytes).into_owned()))
    }

    fn ask(&mut self, frame: &Frame) -> Answer<Frame> {
        frame.send(&mut self.channel)?;
        let answer = Frame::receive(&mut self.channel)?.ok_or(io::ErrorKind::UnexpectedEof)?;
        Ok(match answer.kind {
            kind::DONE => Ok(answer),
            kind::FULL => Err(LedgerError::Full),
            _ => Err(LedgerError::Failed(String::from_utf8_lossy(&answer.bytes).into())),
        })
    }
}

/// Records what the earlier process sends, until it ends. Runs on a thread of its own: it waits.
pub(crate) fn serve(mut channel: UnixStream, commands: &SyncSender<Command>, gauges: &Gauges) {
    loop {
        let frame = match Frame::receive(&mut channel) {
            Ok(Some(frame)) => frame,
            Ok(None) => return,
            Err(error) => {
                tracing::warn!(%error, "the earlier process ended in the middle of an entry");
                return;
            }
        };
        let answer = frame.carry_out(commands, gauges).unwrap_or_else(|error| Frame {
            kind: if matches!(error, LedgerError::Full) { kind::FULL } else { kind::REFUSED },
            count: 0,
            bytes: error.to_string().into_bytes(),
        });
        if answer.send(&mut channel).is_err() {
            return;
        }
    }
}

impl Frame {
    fn done(count: u64, bytes: Vec<u8>) -> Self {
        Self { kind: kind::DONE, count, bytes }
    }

    fn carry_out(self, commands: &SyncSender<Command>, gauges: &Gauges) -> Result<Self, LedgerError> {
        let send = |command| commands.send(command).map_err(|_| LedgerError::Closed);
        match self.kind {
            kind::APPEND => {
                let (reply, answer) = oneshot::channel();
                send(Command::Append(self.records()?, reply))?;
                answer.blocking_recv().map_err(|_| LedgerError::Closed)?.map(|index| Self::done(index, Vec::new()))
            }
            kind::ACCESS => {
                gauges.waiting.fetch_add(self.bytes.len(), Ordering::AcqRel);
                send(Command::Access(AccessBatch { bytes: self.bytes, events: self.count }))?;
                Ok(Self::done(0, Vec::new()))
            }
            kind::PUBLISH => {
                let (reply, answer) = oneshot::channel();
                send(Command::Publish(reply))?;
                let head = answer.blocking_recv().map_err(|_| LedgerError::Closed)??;
                Ok(Self::done(0, head.into_bytes()))
            }
            other => Err(LedgerError::NotJson(format!("a frame of the unknown kind {other}").into())),
        }
    }

    fn records(&self) -> Result<Vec<Incoming>, LedgerError> {
        let lines = self.bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        let records: Result<Vec<Incoming>, LedgerError> = lines
            .map(|line| {
                let record: Record =
                    serde_json::from_slice(line).map_err(|error| LedgerError::NotJson(error.to_string().into()))?;
                Incoming::of(record)
            })
            .collect();
        records.and_then(|records| match records.len() as u64 == self.count {
            true => Ok(records),
            false => Err(LedgerError::NotJson("a group that is not whole".into())),
        })
    }

    fn send(&self, channel: &mut UnixStream) -> io::Result<()> {
        let length = u32::try_from(self.bytes.len()).ok().filter(|length| *length <= LONGEST);
        let length = length.ok_or(io::ErrorKind::InvalidInput)?;
        let mut head = Vec::with_capacity(13);
        head.push(self.kind);
        head.extend(self.count.to_le_bytes());
        head.extend(length.to_le_bytes());
        channel.write_all(&head)?;
        channel.write_all(&self.bytes)
    }

    /// The next frame; `None` at the end of the channel.
    fn receive(channel: &mut UnixStream) -> io::Result<Option<Self>> {
        let mut kind = [0; 1];
        if channel.read(&mut kind)? == 0 {
            return Ok(None);
        }
        let (mut count, mut length) = ([0; 8], [0; 4]);
        channel.read_exact(&mut count)?;
        channel.read_exact(&mut length)?;
        let length = u32::from_le_bytes(length);
        if length > LONGEST {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let mut bytes = Vec::new();
        channel.take(length.into()).read_to_end(&mut bytes)?;
        if bytes.len() as u64 != u64::from(length) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let [kind] = kind;
        Ok(Some(Self { kind, count: u64::from_le_bytes(count), bytes }))
    }
}
