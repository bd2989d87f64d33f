//! The formats that are checked. Others say something to people only, as JSON Schema has it.

use std::net::{Ipv4Addr, Ipv6Addr};

use serde_json::Number;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// A format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Date,
    DateTime,
    Uuid,
    Email,
    Ipv4,
    Ipv6,
    Int32,
    Int64,
}

impl Format {
    /// The format of that name, if it is checked.
    pub(crate) fn of(name: &str) -> Option<Self> {
        Some(match name {
            "date" => Self::Date,
            "date-time" => Self::DateTime,
            "uuid" => Self::Uuid,
            "email" => Self::Email,
            "ipv4" => Self::Ipv4,
            "ipv6" => Self::Ipv6,
            "int32" => Self::Int32,
            "int64" => Self::Int64,
            _ => return None,
        })
    }

    /// Its name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Date => "date",
            Self::DateTime => "date-time",
            Self::Uuid => "uuid",
            Self::Email => "email",
            Self::Ipv4 => "ipv4",
            Self::Ipv6 => "ipv6",
            Self::Int32 => "int32",
            Self::Int64 => "int64",
        }
    }

    /// Whether a text is written in it.
    pub(crate) fn holds_text(self, text: &str) -> bool {
        match self {
            Self::Date => OffsetDateTime::parse(&format!("{text}T00:00:00Z"), &Rfc3339).is_ok() && text.len() == 10,
            Self::DateTime => OffsetDateTime::parse(text, &Rfc3339).is_ok(),
            Self::Uuid => is_uuid(text),
            Self::Email => is_email(text),
            Self::Ipv4 => text.parse::<Ipv4Addr>().is_ok(),
            Self::Ipv6 => text.parse::<Ipv6Addr>().is_ok(),
            Self::Int32 | Self::Int64 => true,
        }
    }

    /// Whether a number is in its range.
    pub(crate) fn holds_number(self, number: &Number) -> bool {
        let whole = number.as_i64();
        match self {
            Self::Int32 => match (whole, number.as_f64()) {
                (Some(whole), _) => i32::try_from(whole).is_ok(),
                (None, Some(number)) => number.abs() <= f64::from(i32::MAX),
                (None, None) => false,
            },
            Self::Int64 => {
                whole.is_some() || number.is_f64() && number.as_f64().is_some_and(|number| number.abs() < 9.2e18)
            }
            _ => true,
        }
    }
}

fn is_uuid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
        && groups.iter().all(|group| group.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

fn is_email(text: &str) -> bool {
    let is_plain = text.chars().all(|letter| !letter.is_whitespace() && !letter.is_control());
    text.rsplit_once('@').is_some_and(|(name, host)| !name.is_empty() && !host.is_empty() && is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_format_holds_what_it_names() {
        for (format, good, bad) in [
            ("date", "2026-02-28", "2026-02-30"),
            ("date-time", "2026-02-28T10:00:00+09:00", "2026-02-28 10:00"),
            ("uuid", "0192e4a0-7b1c-7def-8000-0123456789ab", "0192e4a07b1c7def80000123456789ab"),
            ("email", "a@example.jp", "a b@example.jp"),
            ("ipv4", "192.0.2.1", "192.0.2.256"),
            ("ipv6", "2001:db8::1", "2001:db8::g"),
        ] {
            let read = Format::of(format).expect(format);
            assert!(read.holds_text(good) && !read.holds_text(bad) && read.name() == format, "{format}");
        }
        let number = |text: &str| serde_json::from_str::<Number>(text).expect("a number");
        for (format, good, bad) in [
            (Format::Int32, "-2147483648", "2147483648"),
            (Format::Int64, "9223372036854775807", "9223372036854775808"),
        ] {
            assert!(format.holds_number(&number(good)) && !format.holds_number(&number(bad)));
        }
        assert_eq!(Format::of("password"), None);
    }
}
