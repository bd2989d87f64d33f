//! What commands about decisions ask for, as the query of an address.

use clap::Args;

use crate::client::path_segment;

/// Which decisions are listed.
#[derive(Debug, Args)]
pub struct Wanted {
    /// Only decisions about this person.
    #[arg(long)]
    subject: Option<String>,
    /// Only decisions that came to this: `permit`, `challenge` or `deny`.
    #[arg(long, value_parser = ["permit", "challenge", "deny"])]
    outcome: Option<String>,
    /// Only decisions about this resource.
    #[arg(long)]
    resource: Option<String>,
    /// Only decisions for this reason, or by the policy with this identifier.
    #[arg(long)]
    reason: Option<String>,
    /// Only decisions on requests from this device.
    #[arg(long)]
    device: Option<String>,
    /// Only decisions on requests from this address.
    #[arg(long)]
    address: Option<String>,
    /// Only decisions from this time on.
    #[arg(long)]
    since: Option<String>,
    /// Only decisions before this time.
    #[arg(long)]
    until: Option<String>,
    /// Leave out permits of the platform's own resources: the traffic of the console and of commands like this one.
    #[arg(long)]
    without_own: bool,
}

impl Wanted {
    /// What follows `limit` in the query.
    #[must_use]
    pub fn query(self) -> String {
        let own = self.without_own.then(|| "false".to_owned());
        pairs([
            ("subject", self.subject),
            ("outcome", self.outcome),
            ("resource", self.resource),
            ("reason", self.reason),
            ("device", self.device),
            ("address", self.address),
            ("since", self.since),
            ("until", self.until),
            ("own", own),
        ])
    }
}

/// What is supposed of the request of a decision.
#[derive(Debug, Args)]
pub struct Supposed {
    /// The entry of the ledger, where there are several decisions on one request.
    #[arg(long)]
    entry: Option<u64>,
    /// A group that the person is in.
    #[arg(long, value_name = "GROUP")]
    join: Option<String>,
    /// A group that the person is not in.
    #[arg(long, value_name = "GROUP")]
    leave: Option<String>,
    /// The device that is proven.
    #[arg(long, conflicts_with = "no_device")]
    device: Option<String>,
    /// No device is proven.
    #[arg(long)]
    no_device: bool,
    /// The level of assurance that a sign-in just now reaches: 1 a password, 2 a password and a one-time code, 3 a passkey.
    #[arg(long, value_parser = clap::value_parser!(u8).range(1..=3))]
    assurance: Option<u8>,
    /// The methods of that sign-in, separated by commas: `password`, `totp`, `passkey`, `recovery-code`.
    #[arg(long, conflicts_with = "assurance")]
    methods: Option<String>,
    /// The time by the clock.
    #[arg(long)]
    at: Option<String>,
    /// The address that the request comes from.
    #[arg(long)]
    address: Option<String>,
}

impl Supposed {
    /// The query, with its question mark.
    #[must_use]
    pub fn query(self) -> String {
        let text = |number: u64| number.to_string();
        let query = pairs([
            ("entry", self.entry.map(text)),
            ("join", self.join),
            ("leave", self.leave),
            ("device", self.device.or(self.no_device.then(String::new))),
            ("assurance", self.assurance.map(u64::from).map(text)),
            ("methods", self.methods),
            ("at", self.at),
            ("address", self.address),
        ]);
        query.strip_prefix('&').map_or_else(String::new, |query| format!("?{query}"))
    }
}

fn pairs<const N: usize>(values: [(&str, Option<String>); N]) -> String {
    let pair = |(name, value): (&str, Option<String>)| value.map(|value| format!("&{name}={}", path_segment(&value)));
    values.into_iter().filter_map(pair).collect()
}
