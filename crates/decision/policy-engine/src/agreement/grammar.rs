//! Random policies, directed by the types of the schema so that strict validation lets them pass.

use super::rng::Rng;
use super::town::{TAGS, TEXTS};

/// Writes policies.
pub(super) struct Writer<'r> {
    pub rng: &'r mut Rng,
    principal: &'static str,
    device: bool,
}

pub(super) const IPS: &[&str] = &[
    "127.0.0.1",
    "127.0.0.0/8",
    "127.0.0.0/7",
    "10.0.0.0/8",
    "10.1.2.3",
    "10.1.2.3/24",
    "192.168.0.0/16",
    "0.0.0.0/0",
    "0.0.0.0",
    "224.0.0.0/4",
    "224.0.0.0/3",
    "::1",
    "::1/127",
    "::/0",
    "ff00::/8",
    "ff00::/7",
    "2001:db8::/32",
    "2001:db8::1/128",
];
pub(super) const DECIMALS: &[&str] =
    &["0.0", "-0.0001", "1.5", "1.50", "-1.5", "922337203685477.5807", "-922337203685477.5808", "12.3456", "12.345"];
pub(super) const DATETIMES: &[&str] = &[
    "1970-01-01",
    "1969-12-31",
    "1969-12-31T23:59:59.999Z",
    "2023-11-14T22:13:20Z",
    "2025-11-21T13:59:59.999Z",
    "2025-11-21T23:00:00+0900",
    "2100-01-01",
    "0000-01-01",
    "9999-12-31T23:59:59Z",
];
pub(super) const DURATIONS: &[&str] = &[
    "0ms",
    "1ms",
    "-1ms",
    "59999ms",
    "1m",
    "15m",
    "-15m",
    "14m59s999ms",
    "1h",
    "-1h1m",
    "1d",
    "-1d2h",
    "106751991167d",
    "25h",
    "-90s",
    "9223372036854775807ms",
    "-9223372036854775808ms",
];
pub(super) const LONGS: &[&str] =
    &["0", "1", "2", "3", "4", "-1", "15", "50", "60", "100", "9223372036854775807", "-9223372036854775808", "64496"];
pub(super) const PATTERNS: &[&str] = &["*", "", "a*", "*b", "/a/*", "/a\\*b", "*a*b*", "**", "é*", "s*f*", "*日*"];
const ACTIONS: &[&str] = &["connect", "read", "write", "delete", "administer", "approve"];

impl<'r> Writer<'r> {
    pub(super) fn new(rng: &'r mut Rng) -> Self {
        Self { rng, principal: "", device: false }
    }

    /// One policy on one line.
    pub(super) fn policy(&mut self, number: usize) -> String {
        let effect = if self.rng.one_in(3) { "forbid" } else { "permit" };
        self.principal = *self.rng.pick(&["User", "User", "User", "Workload", ""]);
        let principal = match (self.principal, self.rng.below(4)) {
            ("", 0) => format!("principal in {}", self.group()),
            ("", _) => "principal".to_owned(),
            (kind, 0) => format!("principal is Sekisho::{kind} in {}", self.group()),
            ("User", 1) => format!("principal == {}", self.user()),
            (kind, _) => format!("principal is Sekisho::{kind}"),
        };
        let action = match self.rng.below(4) {
            0 => format!("action == Sekisho::Action::\"{}\"", self.rng.pick(ACTIONS)),
            1 => "action in Sekisho::Action::\"use\"".to_owned(),
            2 => format!("action in [Sekisho::Action::\"{}\", Sekisho::Action::\"read\"]", self.rng.pick(ACTIONS)),
            _ => "action".to_owned(),
        };
        let resource = match self.rng.below(5) {
            0 => format!("resource == {}", self.resource()),
            1 => format!("resource in {}", self.category()),
            2 => format!("resource is Sekisho::Resource in {}", self.category()),
            3 => "resource is Sekisho::Resource".to_owned(),
            _ => "resource".to_owned(),
        };
        let clauses: String = (0..self.rng.below(3))
            .map(|_| {
                let word = if self.rng.one_in(3) { "unless" } else { "when" };
                let depth = 1 + self.rng.below(4);
                format!(" {word} {{ {} }}", self.bool(depth))
            })
            .collect();
        let mode = if self.rng.one_in(12) { "@mode(\"report-only\") " } else { "" };
        format!("@id(\"p{number}\") {mode}{effect}({principal}, {action}, {resource}){clauses};")
    }

    fn bool(&mut self, depth: usize) -> String {
        if depth == 0 {
            return self.bool_atom();
        }
        let d = depth - 1;
        match self.rng.below(30) {
            0..=2 => format!("({} && {})", self.bool(d), self.bool(d)),
            3..=5 => format!("({} || {})", self.bool(d), self.bool(d)),
            6..=7 => format!("!{}", self.paren(d)),
            8 => format!("(if {} then {} else {})", self.bool(d), self.bool(d), self.bool(d)),
            9..=10 => {
                let op = *self.rng.pick(&["<", "<=", ">", ">=", "==", "!="]);
                format!("({} {op} {})", self.long(d), self.long(d))
            }
            11 => format!("({} == {})", self.string(d), self.string(d)),
            12 => format!("({} like \"{}\")", self.string(d), self.pattern()),
            13 => format!("{}.contains({})", self.strings(d), self.string(d)),
            14 => format!("{}.containsAll({})", self.strings(d), self.strings(d)),
            15 => format!("{}.containsAny({})", self.strings(d), self.strings(d)),
            16 => format!("({} == {})", self.strings(d), self.strings(d)),
            17 => format!("{}.isEmpty()", self.strings(d)),
            18 => format!("[{}, {}].contains({})", self.long(d), self.long(d), self.long(d)),
            19 => match self.rng.below(3) {
                0 => format!("({} in {})", self.principal_or(), self.user()),
                1 => format!("({} in {})", self.group(), self.group()),
                _ => format!("({} in [{}, {}])", self.principal_or(), self.group(), self.group()),
            },
            20..=21 => {
                let op = *self.rng.pick(&["<", "<=", ">", ">=", "==", "!="]);
                format!("({} {op} {})", self.datetime(d), self.datetime(d))
            }
            22..=23 => {
                let op = *self.rng.pick(&["<", "<=", ">", ">=", "==", "!="]);
                format!("({} {op} {})", self.duration(d), self.duration(d))
            }
            24 => {
                let op = *self.rng.pick(&["lessThan", "lessThanOrEqual", "greaterThan", "greaterThanOrEqual"]);
                format!("{}.{op}({})", self.decimal(), self.decimal())
            }
            25 => self.ip_test(),
            26 => self.tag_test(d),
            27..=28 => self.optional(d),
            _ => self.bool_atom(),
        }
    }

    fn paren(&mut self, depth: usize) -> String {
        format!("({})", self.bool(depth))
    }

    fn bool_atom(&mut self) -> String {
        match self.rng.below(17) {
            16 => {
                let posture = *self.rng.pick(&["compliant", "tier", "failing_checks"]);
                let device = format!("Sekisho::Device::\"d{}\"", self.rng.below(4));
                match self.rng.below(3) {
                    0 => format!("({device} has {posture})"),
                    1 => format!("({device} has compliant && {device}.compliant)"),
                    _ => format!("({device} has tier && {device}.tier > 2)"),
                }
            }
            0 => "true".to_owned(),
            1 => "false".to_owned(),
            2 => "context.session.phishing_resistant".to_owned(),
            3 => "context.session.device_bound".to_owned(),
            4 => format!("(principal in {})", self.group()),
            5 => format!("(resource in {})", self.category()),
            6 => format!("(resource == {})", self.resource()),
            7 => "(principal is Sekisho::User)".to_owned(),
            8 => format!("(action == Sekisho::Action::\"{}\")", self.rng.pick(ACTIONS)),
            9 => "(action in Sekisho::Action::\"use\")".to_owned(),
            10 => {
                let path = *self.rng.pick(&[
                    "device",
                    "grant",
                    "request",
                    "network.zone",
                    "device.compliant",
                    "grant.id",
                    "network.ip",
                    "now",
                    "request.path",
                    "device.owner",
                ]);
                format!("(context has {path})")
            }
            11 => "(context.network has asn)".to_owned(),
            12 if self.device => "context.device.managed".to_owned(),
            13 => format!("(resource has {})", self.rng.pick(&["owner", "environment", "kind", "owner.name"])),
            14 => format!("{} == {}", self.user(), self.user()),
            _ => format!("resource.hasTag(\"{}\")", self.rng.pick(TAGS)),
        }
    }

    /// An optional attribute read under its `has`.
    fn optional(&mut self, d: usize) -> String {
        match self.rng.below(14) {
            0 if self.principal == "User" => format!("(principal has email && principal.email == {})", self.string(d)),
            1 if self.principal == "User" => {
                format!("(principal has department && principal.department == {})", self.string(d))
            }
            2 => format!("(resource has environment && resource.environment == {})", self.string(d)),
            3 => format!("(resource has owner && resource.owner == {})", self.user()),
            4 => format!("(resource has owner && resource.owner.name == {})", self.string(d)),
            5 => format!("(context has grant && context.grant.until > {})", self.datetime(d)),
            6 => format!("(context has grant && context.grant.id like \"{}\")", self.pattern()),
            7 => format!("(context has request && context.request.path like \"{}\")", self.pattern()),
            8 => format!(
                "(context has request && [\"GET\", \"HEAD\"].contains(context.request.{}))",
                self.rng.pick(&["method", "host"])
            ),
            9 => format!("(context.network has zone && context.network.zone == {})", self.string(d)),
            10 => format!("(context has network.asn && context.network.asn == {})", self.long(d)),
            _ if self.device => self.device_test(d),
            _ => {
                self.device = true;
                let inner = self.bool(d);
                self.device = false;
                format!("(context has device && {inner})")
            }
        }
    }

    fn device_test(&mut self, d: usize) -> String {
        let device = "context.device";
        match self.rng.below(8) {
            0 => format!("({device} has compliant && {device}.compliant)"),
            1 => format!("({device} has failing_checks && {device}.failing_checks.contains({}))", self.string(d)),
            2 => format!("({device} has tier && {device}.tier >= {})", self.long(d)),
            3 => format!("({device} has known_exploited && !{device}.known_exploited)"),
            4 => format!("({device} has owner && {device}.owner == {})", self.user()),
            5 => format!("({device}.ownership == {})", self.string(d)),
            6 => format!("({device} == Sekisho::Device::\"d{}\")", self.rng.below(4)),
            _ => format!("(Sekisho::Device::\"d{}\" has compliant)", self.rng.below(4)),
        }
    }

    fn tag_test(&mut self, d: usize) -> String {
        let tag = *self.rng.pick(TAGS);
        let of = if self.principal == "User" && self.rng.one_in(2) { "principal" } else { "resource" };
        format!("({of}.hasTag(\"{tag}\") && {of}.getTag(\"{tag}\").contains({}))", self.string(d))
    }

    fn ip_test(&mut self) -> String {
        let ip = |rng: &mut Rng| {
            if rng.one_in(2) { "context.network.ip".to_owned() } else { format!("ip(\"{}\")", rng.pick(IPS)) }
        };
        let (a, b) = (ip(self.rng), ip(self.rng));
        match self.rng.below(8) {
            0 => format!("{a}.isLoopback()"),
            1 => format!("{a}.isMulticast()"),
            2 => format!("{a}.isIpv4()"),
            3 => format!("{a}.isIpv6()"),
            4 => format!("({a} == {b})"),
            _ => format!("{a}.isInRange({b})"),
        }
    }

    fn long(&mut self, depth: usize) -> String {
        if depth == 0 || self.rng.one_in(3) {
            return (*self.rng.pick(LONGS)).to_owned();
        }
        let d = depth - 1;
        match self.rng.below(14) {
            0 => format!("({} + {})", self.long(d), self.long(d)),
            1 => format!("({} - {})", self.long(d), self.long(d)),
            2 => format!("({} * {})", self.long(d), self.long(d)),
            3 => format!("-({})", self.long(d)),
            4 => "context.risk".to_owned(),
            5 => "context.trust".to_owned(),
            6 => format!("context.{}", self.rng.pick(&["hour", "weekday", "network.threat", "session.assurance"])),
            7 => "resource.sensitivity".to_owned(),
            8 if self.principal == "User" => {
                format!("principal.{}", self.rng.pick(&["clearance", "identity_assurance", "risk"]))
            }
            9 if self.device => "context.device.risk".to_owned(),
            10 => format!("(if {} then {} else {})", self.bool(d), self.long(d), self.long(d)),
            11 => {
                let to = *self.rng.pick(&["toMilliseconds", "toSeconds", "toMinutes", "toHours", "toDays"]);
                format!("{}.{to}()", self.duration(d))
            }
            _ => (*self.rng.pick(LONGS)).to_owned(),
        }
    }

    fn string(&mut self, depth: usize) -> String {
        match self.rng.below(8) {
            0 if self.principal == "User" => format!("principal.{}", self.rng.pick(&["name", "employment", "status"])),
            1 => "principal.name".to_owned(),
            2 => "resource.kind".to_owned(),
            3 if self.device => format!("context.device.{}", self.rng.pick(&["ownership", "platform"])),
            4 if depth > 0 => {
                format!("(if {} then {} else {})", self.bool(depth - 1), self.string(depth - 1), self.string(depth - 1))
            }
            _ => self.text(),
        }
    }

    fn strings(&mut self, depth: usize) -> String {
        match self.rng.below(4) {
            0 => "context.session.methods".to_owned(),
            1 => format!("[{}, {}]", self.string(depth), self.string(depth)),
            _ => format!("[{}, {}, {}]", self.text(), self.text(), self.text()),
        }
    }

    fn datetime(&mut self, depth: usize) -> String {
        if depth == 0 || self.rng.one_in(3) {
            return if self.rng.one_in(2) {
                "context.now".to_owned()
            } else {
                format!("datetime(\"{}\")", self.rng.pick(DATETIMES))
            };
        }
        match self.rng.below(3) {
            0 => format!("{}.offset({})", self.datetime(depth - 1), self.duration(depth - 1)),
            1 => format!("{}.toDate()", self.datetime(depth - 1)),
            _ => "context.now".to_owned(),
        }
    }

    fn duration(&mut self, depth: usize) -> String {
        if depth == 0 || self.rng.one_in(3) {
            return match self.rng.below(4) {
                0 => "context.session.age".to_owned(),
                1 => "context.session.auth_age".to_owned(),
                _ => format!("duration(\"{}\")", self.rng.pick(DURATIONS)),
            };
        }
        match self.rng.below(3) {
            0 => format!("{}.durationSince({})", self.datetime(depth - 1), self.datetime(depth - 1)),
            1 => format!("{}.toTime()", self.datetime(depth - 1)),
            _ => "context.session.auth_age".to_owned(),
        }
    }

    fn decimal(&mut self) -> String {
        format!("decimal(\"{}\")", self.rng.pick(DECIMALS))
    }

    fn text(&mut self) -> String {
        format!("\"{}\"", self.rng.pick(TEXTS).escape_default())
    }

    fn pattern(&mut self) -> &'static str {
        PATTERNS[self.rng.below(PATTERNS.len())]
    }

    fn principal_or(&mut self) -> String {
        if self.rng.one_in(2) { "principal".to_owned() } else { self.user() }
    }

    fn user(&mut self) -> String {
        format!("Sekisho::User::\"u{}\"", self.rng.below(7))
    }

    fn group(&mut self) -> String {
        format!("Sekisho::Group::\"g{}\"", self.rng.below(6))
    }

    fn category(&mut self) -> String {
        format!("Sekisho::Category::\"c{}\"", self.rng.below(4))
    }

    fn resource(&mut self) -> String {
        format!("Sekisho::Resource::\"r{}\"", self.rng.below(6))
    }
}
