//! A proxy for tools that cannot send a cookie: it adds one to each request, and changes no other byte.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use sekisho_e2e::Trouble;
use sekisho_e2e::client::Connector;
use sekisho_e2e::peer::Site;
use tempfile::TempDir;
use tokio::io::{
    AsyncBufRead, AsyncBufReadExt, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader, copy, copy_buf, split,
};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use crate::scene::HOST;

/// A running proxy. It ends with its runtime.
#[derive(Debug)]
pub(crate) struct CookieProxy {
    address: SocketAddr,
    site: Site,
    _folder: TempDir,
}

impl CookieProxy {
    /// One that leads to the application with that cookie.
    pub(crate) async fn start(connector: Connector, cookie: &str) -> Result<Self, Trouble> {
        let folder = tempfile::tempdir().map_err(Trouble::during("a folder for a proxy"))?;
        let site = Site::make(folder.path(), &[HOST])?;
        let acceptor = acceptor(&site)?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(Trouble::during("a proxy"))?;
        let address = listener.local_addr().map_err(Trouble::during("a proxy"))?;
        let field = if cookie.is_empty() { String::new() } else { format!("Cookie: {cookie}\r\n") };
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, connector, field) = (acceptor.clone(), connector.clone(), field.clone());
                tokio::spawn(async move {
                    // Either side may end it.
                    let _ = serve(stream, acceptor, connector, &field).await;
                });
            }
        });
        Ok(Self { address, site, _folder: folder })
    }

    /// Its address, as programs take that of a proxy.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The certificate to trust.
    pub(crate) fn certificate(&self) -> PathBuf {
        self.site.certificate()
    }
}

fn acceptor(site: &Site) -> Result<TlsAcceptor, Trouble> {
    let wrong = |error: &dyn std::fmt::Display| Trouble::new(format!("a proxy's certificate: {error}"));
    let certificate = CertificateDer::from_pem_file(site.certificate()).map_err(|e| wrong(&e))?;
    let key = PrivateKeyDer::from_pem_file(site.key()).map_err(|e| wrong(&e))?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.map_err(|e| wrong(&e))?.with_no_client_auth().with_single_cert(vec![certificate], key);
    Ok(TlsAcceptor::from(Arc::new(config.map_err(|e| wrong(&e))?)))
}

async fn serve(stream: TcpStream, acceptor: TlsAcceptor, connector: Connector, field: &str) -> Result<(), Trouble> {
    let wrong = |error: std::io::Error| Trouble::new(format!("a proxy: {error}"));
    stream.set_nodelay(true).map_err(wrong)?;
    let mut stream = BufReader::new(stream);
    head(&mut stream).await.map_err(wrong)?;
    stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.map_err(wrong)?;
    let (from_client, mut to_client) = split(acceptor.accept(stream).await.map_err(wrong)?);
    let (mut from_server, to_server) = split(connector.connect(HOST).await?);
    tokio::select! {
        requests = requests(BufReader::new(from_client), to_server, field) => requests.map_err(wrong),
        answers = copy(&mut from_server, &mut to_client) => {
            to_client.shutdown().await.map_err(wrong)?;
            answers.map(drop).map_err(wrong)
        }
    }
}

/// Passes requests on, each with the field behind its first line.
async fn requests(
    mut from: impl AsyncBufRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    field: &str,
) -> std::io::Result<()> {
    loop {
        let head = head(&mut from).await?;
        let line = head.find('\n').map_or(head.len(), |at| at + 1);
        let (first, rest) = head.split_at(line);
        to.write_all([first, field, rest].concat().as_bytes()).await?;
        to.flush().await?;
        let lower = head.to_ascii_lowercase();
        let value = |name: &str| lower.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
        if value("transfer-encoding:") == Some("chunked") {
            chunks(&mut from, &mut to).await?;
        } else if let Some(length) = value("content-length:").and_then(|length| length.parse::<u64>().ok()) {
            copy_buf(&mut (&mut from).take(length), &mut to).await?;
        }
        to.flush().await?;
    }
}

/// Passes on a body in chunks, with what follows the last one.
async fn chunks(from: &mut (impl AsyncBufRead + Unpin), to: &mut (impl AsyncWrite + Unpin)) -> std::io::Result<()> {
    loop {
        let mut line = String::new();
        from.read_line(&mut line).await?;
        to.write_all(line.as_bytes()).await?;
        let length = u64::from_str_radix(line.trim(), 16).map_err(std::io::Error::other)?;
        if length == 0 {
            return to.write_all(head(from).await?.as_bytes()).await;
        }
        copy_buf(&mut (&mut *from).take(length + 2), to).await?;
        to.flush().await?;
    }
}

/// Lines up to an empty one.
async fn head(from: &mut (impl AsyncBufRead + Unpin)) -> std::io::Result<String> {
    let mut bytes = Vec::new();
    loop {
        let before = bytes.len();
        if from.read_until(b'\n', &mut bytes).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        if bytes.get(before..) == Some(b"\r\n") {
            return String::from_utf8(bytes).map_err(std::io::Error::other);
        }
    }
}
