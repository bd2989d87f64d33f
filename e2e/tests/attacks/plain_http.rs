//! COOK-14: plain HTTP leads to HTTPS and to nothing else. It sets no cookie, and what is sent to it opens nothing.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::cookies::{PORTAL, Plain};
use crate::ground::{APP, Ground};
use crate::scenario::{Outcome, Scenario};
use crate::sessions::asks;

/// How long an answer may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) fn scenarios() -> Vec<Scenario<Plain>> {
    vec![
        Scenario::new("COOK-14a", |place| Box::pin(plain_http_leads_to_https_and_sets_nothing(place))),
        Scenario::new("COOK-14b", |place| Box::pin(plain_http_takes_no_cookie(place))),
        Scenario::new("COOK-14c", |place: &Plain| Box::pin(plain_http_on_the_port_of_tls_gets_nothing(&place.ground))),
    ]
}

/// Sends bytes over plain TCP, and gives everything that comes back.
async fn plain(address: SocketAddr, request: &str) -> Result<String, String> {
    let exchange = async {
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        // A connection that is reset has ended, too.
        let _ = stream.read_to_end(&mut answer).await;
        Ok::<_, std::io::Error>(String::from_utf8_lossy(&answer).into_owned())
    };
    let waited = tokio::time::timeout(PATIENCE, exchange).await;
    waited.map_err(|_| "no end of the answer")?.map_err(|error| error.to_string())
}

fn sets_a_cookie(answer: &str) -> bool {
    answer.to_ascii_lowercase().contains("set-cookie")
}

async fn plain_http_leads_to_https_and_sets_nothing(place: &Plain) -> Outcome {
    let port = place.ground.platform.port();
    for (host, path) in
        [(PORTAL, "/"), (PORTAL, "/sign-in?after=/"), (APP, "/x?y=1"), (APP, "/.sekisho/session?code=A")]
    {
        for method in ["GET", "HEAD", "DELETE"] {
            let answer = plain(place.http, &format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\n\r\n")).await?;
            let to = format!("location: https://{host}:{port}{path}\r\n");
            if !answer.starts_with("HTTP/1.1 308 ") || !answer.contains(&to) || sets_a_cookie(&answer) {
                return Err(format!("{method} {host}{path}: {answer}"));
            }
        }
    }
    // A host that is not served is led nowhere, least of all to where the client says.
    for host in ["evil.example", "evil.example:80", "127.0.0.1"] {
        let answer = plain(place.http, &format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n")).await?;
        if !answer.starts_with("HTTP/1.1 4") || answer.contains("location") || sets_a_cookie(&answer) {
            return Err(format!("{host}: {answer}"));
        }
    }
    Ok(())
}

async fn plain_http_takes_no_cookie(place: &Plain) -> Outcome {
    let (ground, cookie) = (&place.ground, &place.ground.setting.cookie);
    ground.recorder.forget();
    let heads = [
        format!("GET /status HTTP/1.1\r\nHost: {APP}\r\nCookie: {cookie}\r\n\r\n"),
        format!("POST /status HTTP/1.1\r\nHost: {APP}\r\nCookie: {cookie}\r\nContent-Length: 5\r\n\r\nhello"),
        format!("GET http://{APP}/status HTTP/1.1\r\nHost: {APP}\r\nCookie: {cookie}\r\n\r\n"),
        // Two at once, and what says that it came by TLS.
        format!(
            "GET /a HTTP/1.1\r\nHost: {APP}\r\nCookie: {cookie}\r\nX-Forwarded-Proto: https\r\nForwarded: proto=https\r\n\r\n\
             GET /b HTTP/1.1\r\nHost: {APP}\r\nCookie: {cookie}\r\n\r\n"
        ),
    ];
    for head in &heads {
        let answer = plain(place.http, head).await?;
        if answer.starts_with("HTTP/1.1 2") || !answer.starts_with("HTTP/1.1 ") || sets_a_cookie(&answer) {
            return Err(format!("{head}: {answer}"));
        }
        if answer.matches("HTTP/1.1 ").count() != 1 {
            return Err(format!("more than one answer on plain HTTP: {answer}"));
        }
    }
    let seen = ground.recorder.recorded().bytes.len();
    let after = asks(ground, cookie).await?;
    if (seen, after) == (0, 200) {
        Ok(())
    } else {
        Err(format!("{seen} connections have bytes at the application, and the cookie then gives {after}"))
    }
}

async fn plain_http_on_the_port_of_tls_gets_nothing(ground: &Ground) -> Outcome {
    ground.recorder.forget();
    let request = format!("GET /status HTTP/1.1\r\nHost: {APP}\r\nCookie: {}\r\n\r\n", ground.setting.cookie);
    let answer = plain(ground.setting.address, &request).await?;
    let seen = ground.recorder.recorded().bytes.len();
    if answer.contains("HTTP/1.1 2") || answer.contains("HTTP/1.1 3") || sets_a_cookie(&answer) || seen != 0 {
        return Err(format!("{seen} connections have bytes, and the answer is {answer:?}"));
    }
    Ok(())
}
