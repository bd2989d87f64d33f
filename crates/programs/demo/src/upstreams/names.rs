//! A DNS server for the demo: every name has the same address, which is for documentation (RFC 5737).

use std::net::{Ipv4Addr, SocketAddr};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// The address of every name.
const ADDRESS: [u8; 4] = [192, 0, 2, 10];
/// The length of a message's head.
const HEAD: usize = 12;

/// Starts it on a free port of loopback and says where it listens. It runs as long as the runtime does.
pub(crate) async fn names() -> std::io::Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(async move { drop(serve(stream).await) });
        }
    });
    Ok(address)
}

async fn serve(mut stream: TcpStream) -> std::io::Result<()> {
    loop {
        let mut message = vec![0; usize::from(stream.read_u16().await?)];
        stream.read_exact(&mut message).await?;
        let Some(answer) = answer(&message) else { return Ok(()) };
        let length = u16::try_from(answer.len()).unwrap_or_default();
        stream.write_all(&[length.to_be_bytes().as_slice(), &answer].concat()).await?;
    }
}

/// The question with one record behind it.
fn answer(message: &[u8]) -> Option<Vec<u8>> {
    let name = message.get(HEAD..)?.iter().position(|byte| *byte == 0)?;
    let (id, question) = (message.first_chunk::<2>()?, message.get(HEAD..HEAD + name + 5)?);
    let flags_and_counts = [0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0];
    // The name of the question, type A, class IN, a minute.
    let record = [0xC0, 0x0C, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4];
    Some([id.as_slice(), &flags_and_counts, question, &record, &ADDRESS].concat())
}
