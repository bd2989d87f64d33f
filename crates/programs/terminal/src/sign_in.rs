//! The device authorisation grant (RFC 8628), as the terminal goes through it.

use std::time::Duration;

use http::{Method, StatusCode, Uri};
use sekisho_agent::ServerAddress;
use sekisho_model::{DeviceId, Timestamp, UserId, is_shown};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::time::{Instant, sleep};
use zeroize::Zeroizing;

use crate::{Line, Server, Session, TerminalError, Trust};

const CLIENT: &str = "sekisho-cli";
const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";
/// What `slow_down` adds to the interval (RFC 8628, 3.5).
const SLOWER: Duration = Duration::from_secs(5);
/// The longest wait between two questions, also after failures of the line.
const LONGEST: Duration = Duration::from_secs(60);

/// What a person needs to approve.
#[derive(Deserialize, Serialize)]
pub struct Codes {
    #[serde(skip_serializing)]
    device_code: Zeroizing<String>,
    /// The code to compare.
    pub user_code: String,
    /// The page to open.
    pub verification_uri: String,
    /// The same page with the code.
    pub verification_uri_complete: String,
    /// For how many seconds the codes live.
    pub expires_in: u64,
    /// How many seconds to wait between two questions.
    pub interval: u64,
}

#[derive(Deserialize)]
struct Issued {
    access_token: Zeroizing<String>,
    user: UserId,
    #[serde(default)]
    device: Option<DeviceId>,
    expires_at: Timestamp,
}

/// Whether the host at the other end is a terminals' host: whether it describes its endpoints (RFC 8414).
///
/// # Errors
/// When the exchange broke off.
pub async fn is_served(line: &Line) -> Result<bool, TerminalError> {
    let (status, answer) = line.exchange(Method::GET, "/.well-known/oauth-authorization-server", None, None).await?;
    Ok(status == StatusCode::OK && answer.get("device_authorization_endpoint").is_some_and(Value::is_string))
}

/// Asks for codes. `name` is what the machine calls itself.
///
/// # Errors
/// When the host cannot be reached or refuses.
pub async fn ask(line: &Line, name: &str) -> Result<Codes, TerminalError> {
    let form = [("client_id", CLIENT), ("name", name)];
    let (status, answer) = line.exchange(Method::POST, "/device_authorization", None, Some(&form)).await?;
    match status {
        StatusCode::OK => serde_json::from_value(answer).map_err(|e| TerminalError::Unexpected(e.to_string())),
        _ => Err(unexpected(status, &answer)),
    }
}

/// Waits until the person has answered, and gives the session.
///
/// # Errors
/// [`TerminalError::Refused`], [`TerminalError::Expired`].
pub async fn collect(
    server: &Server,
    line: Line,
    codes: &Codes,
    place: (ServerAddress, Trust),
) -> Result<Session, TerminalError> {
    let deadline = Instant::now() + Duration::from_secs(codes.expires_in);
    let mut interval = Duration::from_secs(codes.interval.max(1));
    let mut line = Some(line);
    let form = [("grant_type", GRANT), ("client_id", CLIENT), ("device_code", &codes.device_code)];
    loop {
        sleep(interval).await;
        if Instant::now() >= deadline {
            return Err(TerminalError::Expired);
        }
        let open = match line.take() {
            Some(open) => Ok(open),
            None => server.connect().await,
        };
        let answer = match open {
            Ok(open) => {
                let answer = open.exchange(Method::POST, "/token", None, Some(&form)).await;
                line = answer.is_ok().then_some(open);
                answer
            }
            Err(error) => Err(error),
        };
        match answer {
            Ok((StatusCode::OK, answer)) => return issued(answer, place, portal(&codes.verification_uri)),
            Ok((status, answer)) => match answer.get("error").and_then(Value::as_str) {
                Some("authorization_pending") => {}
                Some("slow_down") => interval = (interval + SLOWER).min(LONGEST),
                Some("temporarily_unavailable") => interval = (interval * 2).min(LONGEST),
                Some("expired_token") => return Err(TerminalError::Expired),
                Some("access_denied") => return Err(TerminalError::Refused),
                _ => return Err(unexpected(status, &answer)),
            },
            // A broken connection is opened again, after intervals that double.
            Err(TerminalError::Broken(_) | TerminalError::Unreachable { .. }) => interval = (interval * 2).min(LONGEST),
            Err(error) => return Err(error),
        }
    }
}

/// Ends a session; whether it was still alive.
///
/// # Errors
/// When the host cannot be reached.
pub async fn out(session: &Session) -> Result<bool, TerminalError> {
    let line = session.server()?.connect().await?;
    let (status, answer) = line.exchange(Method::POST, "/sign-out", Some(session.credential()), Some(&[])).await?;
    match status {
        StatusCode::OK => Ok(answer.get("ended").and_then(Value::as_bool).unwrap_or(false)),
        StatusCode::UNAUTHORIZED => Ok(false),
        _ => Err(unexpected(status, &answer)),
    }
}

fn issued(
    answer: Value,
    place: (ServerAddress, Trust),
    portal: Option<ServerAddress>,
) -> Result<Session, TerminalError> {
    let issued: Issued = serde_json::from_value(answer).map_err(|_| {
        // The answer may hold the credential: it is not repeated.
        TerminalError::Unexpected("a session that cannot be read".to_owned())
    })?;
    Ok(Session::new(place, portal, issued.user, issued.device, issued.expires_at, issued.access_token))
}

/// The host of the page that a person opens: the platform's portal.
fn portal(page: &str) -> Option<ServerAddress> {
    let page: Uri = page.parse().ok()?;
    format!("{}://{}", page.scheme_str()?, page.authority()?).parse().ok()
}

fn unexpected(status: StatusCode, answer: &Value) -> TerminalError {
    let said = answer.get("error_description").and_then(Value::as_str).unwrap_or_default();
    let said: String = said.chars().filter(|c| is_shown(*c)).take(200).collect();
    TerminalError::Unexpected(format!("{status} {said}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_portal_is_the_origin_of_the_page_to_open() {
        let origin = |page: &str| portal(page).map(|portal| portal.authority());
        assert_eq!(origin("https://portal.example.jp/terminal?code=AB").as_deref(), Some("portal.example.jp"));
        assert_eq!(origin("https://portal.localhost:8443/terminal").as_deref(), Some("portal.localhost:8443"));
        for page in ["http://portal.example.jp/terminal", "/terminal", "", "https://u@portal.example.jp/"] {
            assert_eq!(origin(page), None, "{page}");
        }
    }
}
