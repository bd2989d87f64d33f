//! The private socket between the two processes: lines of JSON, and descriptors, in an agreed order.

use std::io::{self, IoSlice, IoSliceMut, Read, Write};
use std::mem::MaybeUninit;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;

use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage, SendFlags,
    recvmsg, sendmsg,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The longest line: an error message, or a list of sockets.
const LONGEST: usize = 64 * 1024;

/// One end.
#[derive(Debug)]
pub(super) struct Channel(pub(super) UnixStream);

impl Channel {
    /// Sends a value as one line.
    pub(super) fn send(&self, value: &impl Serialize) -> io::Result<()> {
        let mut line = serde_json::to_vec(value)?;
        line.push(b'\n');
        (&self.0).write_all(&line)
    }

    /// Reads a line, byte by byte: a descriptor may follow it, and must not be read with it.
    pub(super) fn receive<T: DeserializeOwned>(&self) -> io::Result<T> {
        let mut line = Vec::new();
        loop {
            let mut byte = [0; 1];
            (&self.0).read_exact(&mut byte)?;
            match byte {
                [b'\n'] => return Ok(serde_json::from_slice(&line)?),
                _ if line.len() >= LONGEST => return Err(io::ErrorKind::InvalidData.into()),
                [byte] => line.push(byte),
            }
        }
    }

    /// Sends a descriptor.
    pub(super) fn send_descriptor(&self, descriptor: BorrowedFd<'_>) -> io::Result<()> {
        let descriptors = [descriptor];
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut control = SendAncillaryBuffer::new(&mut space);
        if !control.push(SendAncillaryMessage::ScmRights(&descriptors)) {
            return Err(io::Error::other("no room for a descriptor"));
        }
        sendmsg(&self.0, &[IoSlice::new(b"D")], &mut control, SendFlags::empty())?;
        Ok(())
    }

    /// Receives a descriptor.
    pub(super) fn receive_descriptor(&self) -> io::Result<OwnedFd> {
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut control = RecvAncillaryBuffer::new(&mut space);
        let mut byte = [0; 1];
        recvmsg(&self.0, &mut [IoSliceMut::new(&mut byte)], &mut control, RecvFlags::CMSG_CLOEXEC)?;
        let received = control.drain().find_map(|message| match message {
            RecvAncillaryMessage::ScmRights(mut descriptors) => descriptors.next(),
            _ => None,
        });
        received.ok_or_else(|| io::Error::other("a descriptor was expected"))
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::os::fd::AsFd;

    use super::*;

    #[test]
    fn lines_and_sockets_arrive_in_order() {
        let (here, there) = UnixStream::pair().expect("a pair");
        let (here, there) = (Channel(here), Channel(there));
        let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
        here.send(&"first").expect("sent");
        here.send_descriptor(listener.as_fd()).expect("sent");
        here.send(&"second").expect("sent");
        assert_eq!(there.receive::<String>().expect("a line"), "first");
        let received = TcpListener::from(there.receive_descriptor().expect("a socket"));
        assert_eq!(received.local_addr().expect("bound"), listener.local_addr().expect("bound"));
        assert_eq!(there.receive::<String>().expect("a line"), "second");
    }

    #[test]
    fn a_line_in_the_place_of_a_socket_is_refused() {
        let (here, there) = UnixStream::pair().expect("a pair");
        Channel(here).send(&"line").expect("sent");
        assert!(Channel(there).receive_descriptor().is_err());
    }
}
