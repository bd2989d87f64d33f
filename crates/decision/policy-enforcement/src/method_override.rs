//! The method that a field asks the application to serve a request as: the gateway decides about it too.

use arcstr::ArcStr;
use http::HeaderMap;
use sekisho_model::documents::{MethodOverride, RequestRules};
use sekisho_model::{AskedAs, is_method};

use crate::{Malformed, RequestHead};

/// The fields that frameworks read it from.
const FIELDS: [&str; 3] = ["x-http-method-override", "x-http-method", "x-method-override"];

/// Whether a field asks for a method.
pub(crate) fn asks_for_method(name: &str) -> bool {
    FIELDS.contains(&name)
}

/// The method that fields of the head ask for, if it is another than the head's own.
///
/// # Errors
/// Fields that disagree, a method that nobody named for the application, or any such field where the application takes none.
pub(crate) fn asked_as(head: &RequestHead, rules: &RequestRules) -> Result<Option<AskedAs>, Malformed> {
    let Some(method) = one_method(head.fields())? else { return Ok(None) };
    if rules.method_override == MethodOverride::Refuse {
        return Err(Malformed::MethodOverride);
    }
    // INVARIANT I-6: an application that follows the field does what it says, so that is decided too.
    let action = rules.action_of(&method).ok_or(Malformed::MethodOverride)?;
    Ok((method != head.method().as_str()).then(|| AskedAs { method: ArcStr::from(method), action }))
}

/// The one method that all such fields name, in capital letters.
fn one_method(fields: &HeaderMap) -> Result<Option<String>, Malformed> {
    let mut found: Option<String> = None;
    for value in FIELDS.iter().flat_map(|name| fields.get_all(*name)) {
        let method = value.to_str().map_err(|_| Malformed::MethodOverride)?.trim().to_ascii_uppercase();
        let agrees = found.as_ref().is_none_or(|found| *found == method);
        if !agrees || !is_method(&method) {
            return Err(Malformed::MethodOverride);
        }
        found = Some(method);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use sekisho_model::Action;

    use super::*;
    use crate::{HeadLimits, Scheme};

    fn asked(lines: &str, rules: &RequestRules) -> Result<Option<(String, Action)>, Malformed> {
        let bytes = format!("POST /a HTTP/1.1\r\nHost: app.test\r\n{lines}\r\n");
        let head = RequestHead::from_http1(&bytes.into(), Scheme::Https, &HeadLimits::default()).expect("a head");
        asked_as(&head, rules).map(|asked| asked.map(|asked| (asked.method.to_string(), asked.action)))
    }

    #[test]
    fn i6_the_method_of_a_field_is_decided_too() {
        let usual = RequestRules::default();
        for name in ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"] {
            let line = format!("{name}: delete\r\n");
            assert_eq!(asked(&line, &usual), Ok(Some(("DELETE".to_owned(), Action::Delete))), "{name}");
        }
        assert_eq!(asked("X-HTTP-Method: POST\r\n", &usual), Ok(None));
        assert_eq!(asked("", &usual), Ok(None));
    }

    #[test]
    fn i6_a_method_that_cannot_be_decided_is_refused() {
        let usual = RequestRules::default();
        for lines in [
            "X-HTTP-Method: TRACE\r\n",
            "X-HTTP-Method: BREW\r\n",
            "X-HTTP-Method: \r\n",
            "X-HTTP-Method: PUT, GET\r\n",
            "X-HTTP-Method: PUT\r\nX-HTTP-Method: DELETE\r\n",
            "X-HTTP-Method: PUT\r\nX-Method-Override: DELETE\r\n",
        ] {
            assert_eq!(asked(lines, &usual), Err(Malformed::MethodOverride), "{lines}");
        }
        let refusing = RequestRules { method_override: MethodOverride::Refuse, ..RequestRules::default() };
        assert_eq!(asked("X-HTTP-Method: POST\r\n", &refusing), Err(Malformed::MethodOverride));
        assert_eq!(asked("", &refusing), Ok(None));
    }
}
