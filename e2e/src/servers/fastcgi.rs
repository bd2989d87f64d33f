//! An application that speaks FastCGI, which nginx, Apache, lighttpd and h2o do: the server says in plain words what it
//! understood, and that a request is whole.

use std::collections::HashMap;
use std::io::{Error, ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::Understood;
use crate::Trouble;

// Kinds of records (FastCGI 1.0, section 8).
const BEGIN_REQUEST: u8 = 1;
const ABORT_REQUEST: u8 = 2;
const END_REQUEST: u8 = 3;
const PARAMS: u8 = 4;
const STDIN: u8 = 5;
const STDOUT: u8 = 6;

/// Starts the application, which ends with its runtime; its port. It writes down in that file what it is told.
pub(super) async fn start(notes: PathBuf) -> Result<u16, Trouble> {
    let listener = TcpListener::bind("127.0.0.1:0").await.map_err(Trouble::during("an application's port"))?;
    let port = listener.local_addr().map_err(Trouble::during("an application's port"))?.port();
    let notes: Arc<Path> = notes.into();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let notes = notes.clone();
            tokio::spawn(async move {
                // A request that breaks off is none.
                let _ = serve(stream, &notes).await;
            });
        }
    });
    Ok(port)
}

struct Record {
    kind: u8,
    request: u16,
    content: Vec<u8>,
}

async fn serve(mut stream: TcpStream, notes: &Path) -> std::io::Result<()> {
    let (mut params, mut body, mut keeps) = (Vec::new(), Vec::new(), false);
    loop {
        let Record { kind, request, content } = read(&mut stream).await?;
        match kind {
            BEGIN_REQUEST => {
                keeps = content.get(2).is_some_and(|flags| flags & 1 == 1);
                params.clear();
                body.clear();
            }
            PARAMS => params.extend(content),
            STDIN if !content.is_empty() => body.extend(content),
            STDIN => {
                let understood = understood(&params, std::mem::take(&mut body))?;
                std::fs::File::options().append(true).open(notes)?.write_all(understood.write().as_bytes())?;
                const ANSWER: &[u8] = b"Status: 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok";
                let records = [(STDOUT, ANSWER), (STDOUT, b""), (END_REQUEST, &[0; 8])];
                let records = records.map(|(kind, content)| write(kind, request, content)).concat();
                stream.write_all(&records).await?;
                if !keeps {
                    return stream.shutdown().await;
                }
            }
            ABORT_REQUEST => return Ok(()),
            _ => return Err(ErrorKind::InvalidData.into()),
        }
    }
}

async fn read(stream: &mut TcpStream) -> std::io::Result<Record> {
    let mut head = [0; 8];
    stream.read_exact(&mut head).await?;
    let [_, kind, id_high, id_low, length_high, length_low, padding, _] = head;
    let length = usize::from(u16::from_be_bytes([length_high, length_low]));
    let mut content = vec![0; length + usize::from(padding)];
    stream.read_exact(&mut content).await?;
    content.truncate(length);
    Ok(Record { kind, request: u16::from_be_bytes([id_high, id_low]), content })
}

/// A record. The content is short.
fn write(kind: u8, request: u16, content: &[u8]) -> Vec<u8> {
    let ([id_high, id_low], length) = (request.to_be_bytes(), u8::try_from(content.len()).unwrap_or_default());
    [&[1, kind, id_high, id_low, 0, length, 0, 0], content].concat()
}

/// The request of names and values, and a body, which is as long as the head said.
fn understood(params: &[u8], body: Vec<u8>) -> std::io::Result<Understood> {
    let (mut said, mut rest) = (HashMap::new(), params);
    while !rest.is_empty() {
        let (name, value) = (length(&mut rest)?, length(&mut rest)?);
        let (name, value) = (take(&mut rest, name)?, take(&mut rest, value)?);
        said.insert(name, value);
    }
    let value = |name: &str| said.get(name).cloned().unwrap_or_default();
    let length = value("CONTENT_LENGTH");
    if !length.is_empty() && length.parse() != Ok(body.len()) {
        return Err(Error::new(ErrorKind::UnexpectedEof, "the body has another length"));
    }
    Ok(Understood {
        method: value("REQUEST_METHOD"),
        target: value("REQUEST_URI"),
        host: value("HTTP_HOST"),
        assertion: value("HTTP_SEKISHO_ASSERTION"),
        body,
    })
}

/// A length: one octet, or four with the first bit set.
fn length(rest: &mut &[u8]) -> std::io::Result<usize> {
    let (length, after) = match **rest {
        [one, ref after @ ..] if one < 0x80 => (u32::from(one), after),
        [a, b, c, d, ref after @ ..] => (u32::from_be_bytes([a & 0x7f, b, c, d]), after),
        _ => return Err(ErrorKind::UnexpectedEof.into()),
    };
    *rest = after;
    usize::try_from(length).map_err(Error::other)
}

fn take(rest: &mut &[u8], length: usize) -> std::io::Result<String> {
    let (text, after) = rest.split_at_checked(length).ok_or(ErrorKind::UnexpectedEof)?;
    *rest = after;
    Ok(String::from_utf8_lossy(text).into_owned())
}
