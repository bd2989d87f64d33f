//! Fetches answers from servers, over TLS, with connections that are used again.

use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hickory_proto::op::{Edns, Message, MessageType, OpCode};
use rustls::ClientConfig;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use crate::question::Question;
use crate::server::{Server, client_config};

/// How long one server may take, from the connection to the whole answer.
const PATIENCE: Duration = Duration::from_secs(3);
/// The most questions that are asked at once; further ones wait.
const MOST_AT_ONCE: usize = 256;
/// The most connections to one server that wait for a question.
const MOST_IDLE: usize = 16;

/// The servers, in the order in which they are asked.
pub struct Upstreams {
    servers: Vec<Pool>,
    places: Semaphore,
}

struct Pool {
    server: Server,
    tls: Arc<ClientConfig>,
    idle: Mutex<Vec<Connection>>,
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}
type Connection = Box<dyn Stream>;

impl Upstreams {
    /// These servers, whose certificates the authorities in that file issued, or those of the system.
    ///
    /// # Errors
    /// What is wrong with the file.
    pub fn new(servers: Vec<Server>, authority: Option<&Path>) -> Result<Self, String> {
        let tls = client_config(authority)?;
        let pool = |server| Pool { server, tls: tls.clone(), idle: Mutex::default() };
        Ok(Self { servers: servers.into_iter().map(pool).collect(), places: Semaphore::new(MOST_AT_ONCE) })
    }

    /// The answer of the first server that gives one.
    pub(crate) async fn fetch(&self, question: &Question) -> Option<Message> {
        let _place = self.places.acquire().await.ok()?;
        for pool in &self.servers {
            match timeout(PATIENCE, pool.ask(question)).await {
                Ok(Ok(answer)) => return Some(answer),
                Ok(Err(error)) => tracing::warn!(server = %pool.server.address, %error, "a DNS server gave no answer"),
                Err(_) => tracing::warn!(server = %pool.server.address, "a DNS server took too long"),
            }
        }
        None
    }
}

impl Pool {
    async fn ask(&self, question: &Question) -> io::Result<Message> {
        let kept = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        if let Some(connection) = kept
            // The server may have closed it meanwhile.
            && let Ok(answer) = self.ask_on(connection, question).await
        {
            return Ok(answer);
        }
        self.ask_on(self.connect().await?, question).await
    }

    async fn connect(&self) -> io::Result<Connection> {
        let stream = TcpStream::connect(self.server.address).await?;
        stream.set_nodelay(true)?;
        match &self.server.name {
            Some(name) => Ok(Box::new(TlsConnector::from(self.tls.clone()).connect(name.clone(), stream).await?)),
            None => Ok(Box::new(stream)),
        }
    }

    async fn ask_on(&self, mut connection: Connection, question: &Question) -> io::Result<Message> {
        let (id, bytes) = forwarded(question)?;
        connection.write_all(&bytes).await?;
        connection.flush().await?;
        let length = connection.read_u16().await?;
        let mut bytes = vec![0; usize::from(length)];
        connection.read_exact(&mut bytes).await?;
        let answer = Message::from_vec(&bytes).map_err(io::Error::other)?;
        let is_ours = answer.metadata.id == id
            && answer.metadata.message_type == MessageType::Response
            && matches!(answer.queries.as_slice(), [query] if is_same(query, question));
        if !is_ours {
            return Err(io::Error::other("the answer is to another question"));
        }
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < MOST_IDLE {
            idle.push(connection);
        }
        Ok(answer)
    }
}

fn is_same(query: &hickory_proto::op::Query, question: &Question) -> bool {
    let asked = &question.query;
    query.name() == asked.name()
        && query.query_type() == asked.query_type()
        && query.query_class() == asked.query_class()
}

/// The message that is sent on: the question alone. Nothing that the client wrote besides leaves, such as its network (RFC 7871).
fn forwarded(question: &Question) -> io::Result<(u16, Vec<u8>)> {
    let mut id = [0; 2];
    aws_lc_rs::rand::fill(&mut id).map_err(|_| io::Error::other("the system gives no random bytes"))?;
    let id = u16::from_be_bytes(id);
    let mut message = Message::new(id, MessageType::Query, OpCode::Query);
    message.metadata.recursion_desired = true;
    message.metadata.checking_disabled = question.metadata.checking_disabled;
    message.add_query(question.query.clone());
    let mut edns = Edns::new();
    edns.set_max_payload(1232).set_dnssec_ok(question.dnssec_ok);
    message.set_edns(edns);
    let bytes = message.to_vec().map_err(io::Error::other)?;
    let length = u16::try_from(bytes.len()).map_err(io::Error::other)?;
    Ok((id, [length.to_be_bytes().as_slice(), &bytes].concat()))
}

#[cfg(test)]
mod tests {
    use std::str::FromStr as _;

    use hickory_proto::op::Query;
    use hickory_proto::rr::{Name, RecordType};
    use tokio::net::TcpListener;

    use super::*;

    fn question() -> Question {
        let mut message = Message::query();
        message.add_query(Query::query(Name::from_str("a.test.").expect("a name"), RecordType::A));
        Question::read(&message.to_vec().expect("bytes")).expect("a question")
    }

    /// A server that answers a question with itself, changed.
    async fn server(change: fn(&mut Message)) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut bytes = vec![0; usize::from(stream.read_u16().await.expect("a length"))];
                stream.read_exact(&mut bytes).await.expect("a question");
                let mut answer = Message::from_vec(&bytes).expect("a message").into_response();
                change(&mut answer);
                let bytes = answer.to_vec().expect("bytes");
                stream.write_u16(u16::try_from(bytes.len()).expect("short")).await.expect("written");
                // It closes the connection: the next question needs another one.
                stream.write_all(&bytes).await.expect("written");
            }
        });
        format!("tcp://{address}").parse().expect("a server")
    }

    #[tokio::test]
    async fn an_answer_is_to_the_question_that_was_asked() {
        let right = server(|_| {}).await;
        let upstreams = Upstreams::new(vec![right.clone()], None).expect("upstreams");
        for _ in 0..3 {
            assert!(upstreams.fetch(&question()).await.is_some(), "also after the server closed the connection");
        }
        let wrong: [fn(&mut Message); 4] = [
            |answer| answer.metadata.id ^= 1,
            |answer| answer.metadata.message_type = MessageType::Query,
            |answer| answer.queries.clear(),
            |answer| {
                answer.queries[0].set_name(Name::from_str("b.test.").expect("a name"));
            },
        ];
        for change in wrong {
            let wrong = server(change).await;
            assert!(Upstreams::new(vec![wrong.clone()], None).expect("upstreams").fetch(&question()).await.is_none());
            let both = Upstreams::new(vec![wrong, right.clone()], None).expect("upstreams");
            assert!(both.fetch(&question()).await.is_some(), "the next server is asked");
        }
    }
}
