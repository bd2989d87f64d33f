//! How an application proves itself at the token endpoint: `client_secret_basic`, `client_secret_post`, or `none` where it keeps no secret.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use sekisho_model::documents::Client;
use zeroize::Zeroizing;

use crate::OpenIdProvider;
use crate::query::{Parameters, decoded};
use crate::refusal::Refusal;

/// Who somebody says that they are, and with what secret.
struct Claimed {
    id: String,
    secret: Option<Zeroizing<String>>,
}

impl OpenIdProvider {
    /// The application that a request to the token endpoint is of.
    ///
    /// # Errors
    /// [`Refusal::Client`] when it does not prove itself; [`Refusal::Request`] when it does so in two ways.
    pub(crate) async fn proven(&self, headers: &HeaderMap, form: &Parameters) -> Result<Client, Refusal> {
        let claimed = claimed(headers, form)?;
        let client = self.enabled(&claimed.id).await?.ok_or(Refusal::Client)?;
        // INVARIANT I-70: who keeps a secret shows it, and who keeps none shows none.
        let is_proven = match (client.confidential, &claimed.secret) {
            (true, Some(secret)) => self.is_secret(&client.id, secret).await?,
            (false, None) => true,
            (true, None) | (false, Some(_)) => false,
        };
        if is_proven { Ok(client) } else { Err(Refusal::Client) }
    }
}

fn claimed(headers: &HeaderMap, form: &Parameters) -> Result<Claimed, Refusal> {
    let twice = Refusal::Request("the application proves itself in two ways: use one");
    let mut fields = headers.get_all(AUTHORIZATION).iter();
    let (named, secret) = (form.get("client_id"), form.get("client_secret"));
    match (fields.next(), fields.next()) {
        (Some(_), Some(_)) => Err(twice),
        (Some(_), None) if secret.is_some() => Err(twice),
        (Some(field), None) => {
            let claimed = field.to_str().ok().and_then(basic).ok_or(Refusal::Client)?;
            match named.is_none_or(|named| named == claimed.id) {
                true => Ok(claimed),
                false => Err(twice),
            }
        }
        (None, _) => {
            let id = named.ok_or(Refusal::Client)?.to_owned();
            Ok(Claimed { id, secret: secret.map(|secret| Zeroizing::new(secret.to_owned())) })
        }
    }
}

/// The field of RFC 6749, section 2.3.1: both halves are escaped as in a form.
fn basic(field: &str) -> Option<Claimed> {
    let (scheme, rest) = field.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = Zeroizing::new(String::from_utf8(STANDARD.decode(rest.trim()).ok()?).ok()?);
    let (id, secret) = text.split_once(':')?;
    Some(Claimed { id: decoded(id)?, secret: Some(Zeroizing::new(decoded(secret)?)) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(pairs: &[(&str, &str)]) -> Parameters {
        let owned = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Parameters::of(owned.collect()).expect("each once")
    }

    fn with(field: &str) -> HeaderMap {
        std::iter::once((AUTHORIZATION, http::HeaderValue::from_str(field).expect("a value"))).collect()
    }

    #[test]
    fn i70_an_application_proves_itself_in_one_way() {
        let field = format!("Basic {}", STANDARD.encode("wiki:soc%5Fabc"));
        let read = claimed(&with(&field), &form(&[])).expect("one way");
        assert_eq!((read.id.as_str(), read.secret.as_ref().map(|secret| secret.as_str())), ("wiki", Some("soc_abc")));
        assert!(claimed(&with(&field), &form(&[("client_id", "wiki")])).is_ok());
        for (headers, pairs) in [
            (with(&field), vec![("client_secret", "x")]),
            (with(&field), vec![("client_id", "other")]),
            (with("Bearer x"), vec![]),
            (HeaderMap::new(), vec![("client_secret", "x")]),
        ] {
            assert!(claimed(&headers, &form(&pairs)).is_err(), "{pairs:?}");
        }
    }
}
