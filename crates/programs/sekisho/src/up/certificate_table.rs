//! The table of the certificates that are in use, and what `sekisho certificate` shows of them.

use std::collections::BTreeSet;
use std::sync::Arc;

use sekisho_acme::{Issued, State};
use sekisho_control_plane::administration::CertificateRow;
use sekisho_gateway::ServerCertificate;
use sekisho_model::{Span, Timestamp};

/// How long before its end an own certificate is renewed.
const RENEW_BEFORE: Span = Span::from_minutes(7 * 24 * 60);

/// All certificates of one moment.
pub(super) struct Table {
    pub(super) certificates: Vec<ServerCertificate>,
    /// When the own one is renewed.
    pub(super) renew_at: Timestamp,
    pub(super) shown: Shown,
}

/// What `sekisho certificate` shows: host (`None` for all), source, end, renewal.
pub(super) struct Shown(Vec<(Option<String>, &'static str, Timestamp, Option<Timestamp>)>);

impl Table {
    /// One certificate for every host.
    pub(super) fn of_files(certificate: ServerCertificate, until: Timestamp) -> Self {
        Self { certificates: vec![certificate], renew_at: until, shown: Shown(vec![(None, "files", until, None)]) }
    }

    /// The own authority's for every host, and in its place what another authority issued.
    pub(super) fn of_authorities(
        own: sekisho_authority::ServerCertificate,
        hosts: &BTreeSet<String>,
        issued: &[Arc<Issued>],
    ) -> Self {
        let renew_at = Timestamp::from_millis(own.not_after.as_millis() - RENEW_BEFORE.as_millis());
        let shown = hosts.iter().map(|host| match issued.iter().find(|issued| issued.host == *host) {
            Some(issued) => (Some(host.clone()), "acme", issued.until, None),
            None => (Some(host.clone()), "own", own.not_after, Some(renew_at)),
        });
        let shown = Shown(shown.collect());
        let own = ServerCertificate { hosts: hosts.iter().cloned().collect(), chain: own.chain, key: own.key };
        // A later one takes the place of an earlier one.
        let others = issued.iter().map(|issued| ServerCertificate {
            hosts: vec![issued.host.clone()],
            chain: issued.chain.clone(),
            key: issued.key(),
        });
        Self { certificates: std::iter::once(own).chain(others).collect(), renew_at, shown }
    }
}

impl Shown {
    /// When the first of them ends.
    pub(super) fn until(&self) -> Timestamp {
        self.0.iter().map(|(_, _, until, _)| *until).min().unwrap_or_default()
    }

    /// How each stands, with what became of orders.
    pub(super) fn rows(&self, state: &State) -> Vec<CertificateRow> {
        let row = |(host, source, until, renew_at): &(Option<String>, &'static str, Timestamp, Option<Timestamp>)| {
            let order = host.as_ref().and_then(|host| state.hosts.get(host));
            let problem = order.and_then(|order| order.problem.as_ref());
            CertificateRow {
                host: host.clone(),
                source,
                until: *until,
                renew_at: renew_at.or_else(|| order.and_then(|order| order.renew_at)),
                problem: problem.map(|problem| problem.text.clone()),
                next_try: problem.map(|problem| problem.next),
            }
        };
        self.0.iter().map(row).collect()
    }
}
