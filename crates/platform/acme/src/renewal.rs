//! When the authority wants a certificate to be renewed (RFC 9773).

use instant_acme::{CertificateIdentifier, Error};
use rustls::pki_types::CertificateDer;
use sekisho_model::{Span, Timestamp};

use crate::account;
use crate::failure::OrderFailure;
use crate::settings::Settings;
use crate::vault::Vault;

/// What an authority suggests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Suggestion {
    /// The window to renew in, if it suggests one.
    pub(crate) window: Option<(Timestamp, Timestamp)>,
    /// When it wants to be asked again.
    pub(crate) again: Span,
}

/// An authority that suggests nothing is asked once a day.
const NOTHING: Suggestion = Suggestion { window: None, again: Span::from_minutes(24 * 60) };

/// Asks for the authority's suggestion.
pub(crate) async fn ask(
    settings: &Settings,
    vault: &Vault,
    leaf: &CertificateDer<'static>,
) -> Result<Suggestion, OrderFailure> {
    let Some(account) = account::open_known(settings, vault).await? else { return Ok(NOTHING) };
    let Ok(identifier) = CertificateIdentifier::try_from(leaf) else { return Ok(NOTHING) };
    match account.renewal_info(&identifier).await {
        Ok((info, again)) => {
            let at = |time: i64| Timestamp::from_millis(time.saturating_mul(1000));
            let window = info.suggested_window;
            let (start, end) = (at(window.start.unix_timestamp()), at(window.end.unix_timestamp()));
            let again = Span::from_millis(i64::try_from(again.as_millis()).unwrap_or(i64::MAX));
            if end <= start {
                return Err(OrderFailure::Unusable("the window to renew in ends before it begins".to_owned()));
            }
            Ok(Suggestion { window: Some((start, end)), again })
        }
        Err(Error::Unsupported(_)) => Ok(NOTHING),
        Err(error) => Err(error.into()),
    }
}
