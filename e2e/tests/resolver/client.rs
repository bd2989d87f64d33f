//! A connection over TLS that stays open, as resolvers of operating systems keep it.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::PATIENCE;

pub(crate) struct Connection(TlsStream<TcpStream>);

impl Connection {
    pub(crate) async fn open(address: SocketAddr, authority: &Path, device: &Path) -> Self {
        let mut roots = RootCertStore::empty();
        for root in CertificateDer::pem_file_iter(authority).unwrap() {
            roots.add(root.unwrap()).unwrap();
        }
        let chain: Vec<_> =
            CertificateDer::pem_file_iter(device.join("device.crt")).unwrap().map(Result::unwrap).collect();
        let key = PrivateKeyDer::from_pem_file(device.join("device.key")).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let config = config.with_root_certificates(roots).with_client_auth_cert(chain, key).unwrap();
        let stream = TcpStream::connect(address).await.unwrap();
        let name = ServerName::try_from("dns.localhost").unwrap();
        Self(TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap())
    }

    pub(crate) async fn says(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).await.unwrap();
    }

    /// Whether a question about a name gets an answer that says so.
    pub(crate) async fn asks(&mut self, name: &str) -> bool {
        let mut message = vec![0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
        for label in name.split('.') {
            message.push(u8::try_from(label.len()).unwrap());
            message.extend(label.as_bytes());
        }
        message.extend([0, 0, 1, 0, 1]);
        self.says(&u16::try_from(message.len()).unwrap().to_be_bytes()).await;
        self.says(&message).await;
        let reading = async {
            let length = self.0.read_u16().await.unwrap();
            let mut answer = vec![0; usize::from(length)];
            self.0.read_exact(&mut answer).await.unwrap();
            answer
        };
        let answer = timeout(PATIENCE, reading).await.unwrap();
        // An answer to this question, without an error, and with a record.
        answer.starts_with(&[0, 7, 0x81])
            && answer.get(3).is_some_and(|code| code & 15 == 0)
            && answer.get(7) == Some(&1)
    }

    /// Whether the other side ends it.
    pub(crate) async fn ends(&mut self) -> bool {
        let read = timeout(PATIENCE, self.0.read(&mut [0; 64])).await;
        matches!(read, Ok(Ok(0) | Err(_)))
    }
}
