//! What the inputs of strangers cost the server, beside what they cost their sender: the promise of the threat model.
//!
//! Both sides are measured by the system: processor time of the platform's process and of this one, over a round of one
//! kind of input. This program is a careful sender (it calculates its handshakes, reads the answers); where a sender can be
//! careless, as with a recorded ClientHello, the round is that careless sender.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use sekisho_attacks::h2::{Peer, field, frame};
use sekisho_attacks::{Client, trusting};
use sekisho_e2e::Trouble;
use sekisho_e2e::origin::Origin;
use sekisho_e2e::platform::Platform;
use sekisho_e2e::platform::example::OPEN;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::process::{resident, spent};
use crate::report::line;

const ROUND: u32 = 1_000;
const PORTAL: &str = "portal.localhost";

/// The sending side.
struct Sender {
    address: SocketAddr,
    tls: Arc<rustls::ClientConfig>,
    tls_h2: Arc<rustls::ClientConfig>,
    /// A ClientHello as it goes over the wire.
    hello: Vec<u8>,
}

/// Measures and prints.
pub(crate) async fn run() -> Result<(), Trouble> {
    let origin = Origin::serve(&[("/", "open")]).await?;
    // The limit of new connections from one address would help, if they did not come from many.
    let platform = Platform::start_with(1, &[], "new_connections_per_address = 0\n").await?;
    platform.example(origin.port()).await?;
    let process = platform.process().ok_or_else(|| Trouble::new("the platform has ended"))?;
    let authority = CertificateDer::from_pem_file(platform.authority()).map_err(Trouble::during("the authority"))?;
    let tls = |protocol: &[u8]| trusting(&authority, &[protocol]).map_err(Trouble::during("TLS"));
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, platform.port()));
    let sender = Sender { address, tls: tls(b"http/1.1")?, tls_h2: tls(b"h2")?, hello: recorded_hello().await? };
    let (before, mut held) = (resident(process)?, Vec::new());
    for _ in 0..HELD {
        held.push(sender.client(OPEN).await?);
    }
    let each = resident(process)?.saturating_sub(before) / 1024 / HELD as u64;
    line(&format!("memory of an idle TLS connection (exception): {each} KiB, of {} held", held.len()));
    drop(held);
    line("input of a stranger                         server µs  sender µs  ratio");
    for kind in KINDS {
        let (before, own) = (spent(Some(process))?, spent(None)?);
        let inputs = (kind.round)(&sender).await?;
        let (server, sender) = (spent(Some(process))?.all() - before.all(), spent(None)?.all() - own.all());
        let each = |microseconds: f64| microseconds / f64::from(inputs);
        let ratio = server / sender.max(1.0);
        line(&format!("{:<43} {:>9.1}  {:>9.1}  {ratio:>5.1}", kind.name, each(server), each(sender)));
    }
    Ok(())
}

/// The number of idle connections, below the limit of one address.
const HELD: usize = 200;

type Round = for<'a> fn(&'a Sender) -> futures_util::future::BoxFuture<'a, Result<u32, Trouble>>;

/// One kind of input.
struct Kind {
    name: &'static str,
    round: Round,
}

const KINDS: [Kind; 11] = [
    Kind { name: "a connection that says nothing", round: |sender| Box::pin(sender.raw(b"")) },
    Kind { name: "a connection that speaks no TLS", round: |sender| Box::pin(sender.raw(b"GET / HTTP/1.1\r\n\r\n")) },
    Kind { name: "a recorded ClientHello (exception)", round: |sender| Box::pin(sender.raw(&sender.hello)) },
    Kind { name: "a handshake", round: |sender| Box::pin(sender.requests(b"", false)) },
    Kind {
        name: "a handshake and a malformed head",
        round: |sender| Box::pin(sender.requests(b"GET /\0 HTTP/1.1\r\n\r\n", false)),
    },
    Kind { name: "an anonymous request, kept alive", round: |sender| Box::pin(sender.requests(ANONYMOUS, true)) },
    Kind { name: "HTTP/2: an anonymous stream", round: |sender| Box::pin(sender.streams(false)) },
    Kind { name: "HTTP/2: a stream that is reset", round: |sender| Box::pin(sender.streams(true)) },
    Kind { name: "HTTP/2: a ping", round: |sender| Box::pin(sender.pings()) },
    Kind { name: "the sign-in page", round: |sender| Box::pin(sender.pages()) },
    Kind { name: "a guess at a password (exception)", round: |sender| Box::pin(sender.guesses()) },
];

const ANONYMOUS: &[u8] = b"GET / HTTP/1.1\r\nHost: open.localhost\r\n\r\n";

impl Sender {
    async fn raw(&self, bytes: &[u8]) -> Result<u32, Trouble> {
        for _ in 0..ROUND {
            let mut stream = TcpStream::connect(self.address).await.map_err(Trouble::during("a connection"))?;
            stream.write_all(bytes).await.map_err(Trouble::during("sending"))?;
            if !bytes.is_empty() {
                // Something comes back, or the end: the server has worked on it.
                drop(stream.read(&mut [0; 4096]).await);
            }
        }
        Ok(ROUND)
    }

    /// Handshakes, each with a request; or one handshake for all of them.
    async fn requests(&self, bytes: &[u8], kept: bool) -> Result<u32, Trouble> {
        let broken = "a request";
        let rounds = if kept { ROUND * 5 } else { ROUND };
        let mut client = self.client(OPEN).await?;
        for _ in 0..rounds {
            client.send(bytes).await.map_err(Trouble::during(broken))?;
            if !bytes.is_empty() {
                client.response("GET").await.map_err(Trouble::during(broken))?;
            }
            if !kept {
                client = self.client(OPEN).await?;
            }
        }
        Ok(rounds)
    }

    async fn client(&self, host: &str) -> Result<Client, Trouble> {
        Client::connect(self.address, self.tls.clone(), host).await.map_err(Trouble::during("a handshake"))
    }

    async fn streams(&self, reset: bool) -> Result<u32, Trouble> {
        let head = [field(":method", "GET"), field(":scheme", "https"), field(":authority", OPEN), field(":path", "/")]
            .concat();
        let mut sent = 0;
        for _ in 0..50 {
            let mut peer = self.peer().await?;
            for number in 0..50 {
                let stream = 2 * number + 1;
                peer.send(&frame(1, 5, stream, &head)).await;
                if reset {
                    peer.send(&frame(3, 0, stream, [0, 0, 0, 8])).await;
                }
                sent += 1;
            }
            peer.send(&frame(6, 0, 0, [1; 8])).await;
            peer.until(|seen| seen.closed || seen.statuses.len() == 50 || (reset && !seen.pongs.is_empty())).await;
        }
        Ok(sent)
    }

    async fn pings(&self) -> Result<u32, Trouble> {
        for _ in 0..50 {
            let mut peer = self.peer().await?;
            peer.send(&frame(6, 0, 0, [1; 8]).repeat(500)).await;
            peer.until(|seen| seen.closed || seen.pongs.len() == 500).await;
        }
        Ok(50 * 500)
    }

    async fn peer(&self) -> Result<Peer, Trouble> {
        Peer::begin(self.address, self.tls_h2.clone(), OPEN).await.map_err(Trouble::during("a handshake"))
    }

    async fn pages(&self) -> Result<u32, Trouble> {
        let mut client = self.client(PORTAL).await?;
        let request =
            format!("GET /sign-in HTTP/1.1\r\nHost: {PORTAL}:{}\r\nAccept: text/html\r\n\r\n", self.address.port());
        for _ in 0..ROUND {
            client.send(request.as_bytes()).await.map_err(Trouble::during("the sign-in page"))?;
            client.response("GET").await.map_err(Trouble::during("the sign-in page"))?;
        }
        Ok(ROUND)
    }
}

impl Sender {
    /// Guesses at one account's password, as a form sends them.
    async fn guesses(&self) -> Result<u32, Trouble> {
        let host = format!("{PORTAL}:{}", self.address.port());
        let mut client = self.client(PORTAL).await?;
        let page = format!("GET /sign-in HTTP/1.1\r\nHost: {host}\r\nAccept: text/html\r\n\r\n");
        client.send(page.as_bytes()).await.map_err(Trouble::during("the sign-in page"))?;
        let page = client.response("GET").await.map_err(Trouble::during("the sign-in page"))?;
        let page = page.ok_or_else(|| Trouble::new("no sign-in page"))?;
        let text = page.text();
        let token =
            text.split("name=\"csrf\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default();
        let cookies =
            page.values("set-cookie").iter().filter_map(|cookie| cookie.split(';').next()).collect::<Vec<_>>();
        let body = format!("csrf={token}&user=runner&password=not-the-right-one");
        let guess = format!(
            "POST /sign-in HTTP/1.1\r\nHost: {host}\r\nOrigin: https://{host}\r\nSec-Fetch-Site: same-origin\r\nCookie: {}\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
            cookies.join("; "),
            body.len()
        );
        let mut statuses = std::collections::BTreeMap::<u16, u32>::new();
        for _ in 0..GUESSES {
            client.send(guess.as_bytes()).await.map_err(Trouble::during("a guess"))?;
            let answer = client.response("POST").await.map_err(Trouble::during("a guess"))?;
            *statuses.entry(answer.map_or(0, |answer| answer.status)).or_default() += 1;
        }
        line(&format!("  guesses were answered with {statuses:?}"));
        Ok(GUESSES)
    }
}

const GUESSES: u32 = 200;

/// A ClientHello, taken from a client that speaks to a listener of ours.
async fn recorded_hello() -> Result<Vec<u8>, Trouble> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.map_err(Trouble::during("a listener"))?;
    let address = listener.local_addr().map_err(Trouble::during("a listener"))?;
    let certificate =
        rcgen::generate_simple_self_signed([OPEN.to_owned()]).map_err(Trouble::during("a certificate"))?;
    let tls = trusting(certificate.cert.der(), &[b"http/1.1"]).map_err(Trouble::during("TLS"))?;
    let client = tokio::spawn(async move { Client::connect(address, tls, OPEN).await.is_ok() });
    let (mut stream, _) = listener.accept().await.map_err(Trouble::during("a connection"))?;
    let mut hello = vec![0; 16 * 1024];
    let length = stream.read(&mut hello).await.map_err(Trouble::during("a ClientHello"))?;
    hello.truncate(length);
    client.abort();
    Ok(hello)
}
