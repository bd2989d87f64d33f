//! A host with TLS that answers as the test says, with an authority of its own, and keeps what it was asked.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// The names that the certificate is for.
pub(crate) const PORTAL: &str = "portal.localhost";
pub(crate) const TERMINAL: &str = "terminal.localhost";

/// An authority.
pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    /// All of them have one name, as those of two platforms may.
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, "authority");
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    pub(crate) fn pem(&self) -> String {
        self.0.pem()
    }

    /// The SHA-256 of its certificate.
    pub(crate) fn pin(&self) -> String {
        hex::encode(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, self.0.der()))
    }
}

/// A running host.
pub(crate) struct Host {
    pub(crate) port: u16,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Host {
    /// Answers every request with what `answer` makes of it: a status and a body.
    pub(crate) fn start(authority: &Authority, answer: fn(&str) -> (u16, String)) -> Self {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![PORTAL.to_owned(), TERMINAL.to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &authority.0).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let chain = vec![certificate.der().clone(), authority.0.der().clone()];
        let key = PrivatePkcs8KeyDer::from(key.serialize_der()).into();
        let mut tls = builder.with_no_client_auth().with_single_cert(chain, key).unwrap();
        tls.alpn_protocols = vec![b"http/1.1".to_vec()];
        let (tls, listener) = (Arc::new(tls), TcpListener::bind("127.0.0.1:0").unwrap());
        let host = Self { port: listener.local_addr().unwrap().port(), seen: Arc::default() };
        let seen = Arc::clone(&host.seen);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let connection = ServerConnection::new(Arc::clone(&tls)).unwrap();
                serve(StreamOwned::new(connection, stream), answer, &seen);
            }
        });
        host
    }

    /// Its address under one of its names.
    pub(crate) fn url(&self, name: &str) -> String {
        format!("https://{name}:{}", self.port)
    }

    /// What it was asked, and forgets it.
    pub(crate) fn seen(&self) -> Vec<String> {
        std::mem::take(&mut *self.seen.lock().unwrap())
    }
}

fn serve(
    mut stream: StreamOwned<ServerConnection, std::net::TcpStream>,
    answer: fn(&str) -> (u16, String),
    seen: &Mutex<Vec<String>>,
) {
    let (mut bytes, mut some) = (Vec::new(), [0; 4096]);
    loop {
        match stream.read(&mut some) {
            // A handshake that failed, and the end of a connection.
            Ok(0) | Err(_) => return,
            Ok(count) => bytes.extend_from_slice(some.get(..count).unwrap()),
        }
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
        if body.len() < length.unwrap_or(0) {
            continue;
        }
        bytes.clear();
        seen.lock().unwrap().push(text.clone());
        let (status, body) = answer(&text);
        let answer = format!("HTTP/1.1 {status} x\r\ncontent-length: {}\r\n\r\n{body}", body.len());
        if stream.write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}
