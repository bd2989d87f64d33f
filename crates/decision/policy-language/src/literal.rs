//! Literals of the extension types, read by the `cedar-policy` crate itself so that there is one grammar, not two.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use cedar_policy::{Context, Entities, EntityUid, EvalResult, Expression, Request, eval_expression};
use sekisho_model::facts::{Decimal, Fact, IpPrefix};

use crate::refusal::Refusal;

/// The extension constructors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Constructor {
    Ip,
    Decimal,
    Datetime,
    Duration,
}

impl Constructor {
    const fn name(self) -> &'static str {
        match self {
            Self::Ip => "ip",
            Self::Decimal => "decimal",
            Self::Datetime => "datetime",
            Self::Duration => "duration",
        }
    }
}

/// Reads literals, each text once.
#[derive(Debug, Default)]
pub(crate) struct Literals {
    known: BTreeMap<(Constructor, String), Fact>,
}

impl Literals {
    /// The value of `constructor("text")`.
    pub(crate) fn read(&mut self, constructor: Constructor, text: &str) -> Result<Fact, Refusal> {
        if let Some(fact) = self.known.get(&(constructor, text.to_owned())) {
            return Ok(fact.clone());
        }
        let fact = evaluate(constructor, text).ok_or_else(|| {
            let name = constructor.name();
            Refusal::new(
                format!("`{name}(\"{}\")` is not a value", text.escape_debug()),
                format!("write a valid {name}"),
            )
        })?;
        self.known.insert((constructor, text.to_owned()), fact.clone());
        Ok(fact)
    }
}

fn evaluate(constructor: Constructor, text: &str) -> Option<Fact> {
    let call = format!("{}(\"{}\")", constructor.name(), text.escape_default());
    match constructor {
        Constructor::Ip => argument(&ask(&call)?).and_then(|text| ip(&text)),
        Constructor::Decimal => argument(&ask(&call)?).and_then(|text| decimal(&text)),
        Constructor::Datetime => {
            match ask(&format!("{call}.durationSince(datetime(\"1970-01-01\")).toMilliseconds()"))? {
                EvalResult::Long(millis) => Some(Fact::Datetime(millis)),
                _ => None,
            }
        }
        Constructor::Duration => match ask(&format!("{call}.toMilliseconds()"))? {
            EvalResult::Long(millis) => Some(Fact::Duration(millis)),
            _ => None,
        },
    }
}

fn ask(expression: &str) -> Option<EvalResult> {
    let nobody: EntityUid = "Sekisho::Nobody::\"\"".parse().ok()?;
    let request = Request::new(nobody.clone(), nobody.clone(), nobody, Context::empty(), None).ok()?;
    eval_expression(&request, &Entities::empty(), &expression.parse::<Expression>().ok()?).ok()
}

/// The text inside `constructor("…")`.
fn argument(result: &EvalResult) -> Option<String> {
    let EvalResult::ExtensionValue(call) = result else { return None };
    let (_, rest) = call.split_once('"')?;
    let (text, _) = rest.rsplit_once('"')?;
    Some(text.to_owned())
}

fn ip(text: &str) -> Option<Fact> {
    let Some((address, prefix)) = text.split_once('/') else { return Some(Fact::ip(text.parse().ok()?)) };
    let address: IpAddr = address.parse().ok()?;
    Some(Fact::Ip(Arc::new(IpPrefix { address, prefix: prefix.parse().ok()? })))
}

fn decimal(text: &str) -> Option<Fact> {
    let (whole, fraction) = text.split_once('.')?;
    format!("{whole}{fraction:0<4}").parse().ok().map(|value| Fact::Decimal(Decimal(value)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_have_the_values_of_the_language() {
        let read = |constructor, text: &str| evaluate(constructor, text);
        assert_eq!(read(Constructor::Decimal, "-0.5"), Some(Fact::Decimal(Decimal(-5000))));
        assert_eq!(read(Constructor::Decimal, "922337203685477.5807"), Some(Fact::Decimal(Decimal(i64::MAX))));
        assert_eq!(read(Constructor::Decimal, "-922337203685477.5808"), Some(Fact::Decimal(Decimal(i64::MIN))));
        assert_eq!(read(Constructor::Duration, "-1d2h3m4s5ms"), Some(Fact::Duration(-93_784_005)));
        assert_eq!(read(Constructor::Datetime, "1969-12-31T23:59:59.999Z"), Some(Fact::Datetime(-1)));
        let prefix = IpPrefix { address: "10.1.2.3".parse().unwrap(), prefix: 8 };
        assert_eq!(read(Constructor::Ip, "10.1.2.3/8"), Some(Fact::Ip(Arc::new(prefix))));
        assert_eq!(read(Constructor::Ip, "::1"), Some(Fact::ip("::1".parse().unwrap())));
        for (constructor, bad) in [
            (Constructor::Ip, "::ffff:1.2.3.4"),
            (Constructor::Ip, "1.2.3.4/33"),
            (Constructor::Ip, "1.2.3"),
            (Constructor::Decimal, "1"),
            (Constructor::Decimal, "1.00000"),
            (Constructor::Datetime, "2024-02-30"),
            (Constructor::Duration, "1m1h"),
            (Constructor::Duration, ""),
        ] {
            assert_eq!(read(constructor, bad), None, "{bad}");
        }
    }
}
