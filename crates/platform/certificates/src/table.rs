//! The table of the certificates that are in use, and what operators see of them.

use std::collections::BTreeSet;
use std::sync::Arc;

use sekisho_acme::{Issued, State};
use sekisho_authority::{Authority, ServerCertificate};
use sekisho_model::{Span, Timestamp};

use crate::problem::CertificateProblem;
use crate::row::CertificateRow;
use crate::served::ServedCertificate;
use crate::sources::{OwnHosts, Sources};

/// How long before its end an own certificate is renewed.
const RENEW_BEFORE: Span = Span::from_minutes(7 * 24 * 60);

/// All certificates of one moment.
pub(crate) struct Table {
    pub(crate) certificates: Vec<ServedCertificate>,
    /// When the own one is renewed.
    pub(crate) renew_at: Timestamp,
    pub(crate) shown: Shown,
}

/// What operators see: host (`None` for all), source, end, renewal.
pub(crate) struct Shown(Vec<(Option<String>, &'static str, Timestamp, Option<Timestamp>)>);

/// What a table is made from.
pub(crate) struct Ingredients<'a> {
    pub(crate) own: &'a OwnHosts,
    pub(crate) hosts: &'a BTreeSet<String>,
    /// What the ACME authority issued.
    pub(crate) issued: &'a [Arc<Issued>],
    pub(crate) authority: &'a Authority,
    pub(crate) now: Timestamp,
}

impl Table {
    /// The certificates of these sources.
    pub(crate) fn of(sources: &Sources, from: &Ingredients<'_>) -> Result<Self, CertificateProblem> {
        if let Some(files) = &sources.files {
            let own: Vec<String> = from.own.all().cloned().collect();
            let (certificate, until) = files.read(&own, from.now)?;
            return Ok(Self::of_files(certificate, until));
        }
        let issued = if sources.ordering.is_some() { from.issued } else { &[] };
        let hosts: Vec<String> = from.hosts.iter().cloned().collect();
        let own = from.authority.issue_server(&hosts, from.now)?;
        Ok(Self::of_authorities(own, from.hosts, issued))
    }

    /// One certificate for every host.
    fn of_files(certificate: ServedCertificate, until: Timestamp) -> Self {
        Self { certificates: vec![certificate], renew_at: until, shown: Shown(vec![(None, "files", until, None)]) }
    }

    /// The own authority's for every host, and in its place what another authority issued.
    fn of_authorities(own: ServerCertificate, hosts: &BTreeSet<String>, issued: &[Arc<Issued>]) -> Self {
        let renew_at = Timestamp::from_millis(own.not_after.as_millis() - RENEW_BEFORE.as_millis());
        let shown = hosts.iter().map(|host| match issued.iter().find(|issued| issued.host == *host) {
            Some(issued) => (Some(host.clone()), "acme", issued.until, None),
            None => (Some(host.clone()), "own", own.not_after, Some(renew_at)),
        });
        let shown = Shown(shown.collect());
        let own = ServedCertificate { hosts: hosts.iter().cloned().collect(), chain: own.chain, key: own.key };
        // A later one takes the place of an earlier one.
        let others = issued.iter().map(|issued| ServedCertificate {
            hosts: vec![issued.host.clone()],
            chain: issued.chain.clone(),
            key: issued.key(),
        });
        Self { certificates: std::iter::once(own).chain(others).collect(), renew_at, shown }
    }
}

impl Shown {
    /// When the first of them ends.
    pub(crate) fn until(&self) -> Timestamp {
        self.0.iter().map(|(_, _, until, _)| *until).min().unwrap_or_default()
    }

    /// How each stands, with what became of orders.
    pub(crate) fn rows(&self, state: &State) -> Vec<CertificateRow> {
        let row = |(host, source, until, renew_at): &(Option<String>, &'static str, Timestamp, Option<Timestamp>)| {
            let order = host.as_ref().and_then(|host| state.hosts.get(host));
            let problem = order.and_then(|order| order.problem.as_ref());
            CertificateRow {
                host: host.clone(),
                source,
                until: *until,
                renew_at: renew_at.or_else(|| order.and_then(|order| order.renew_at)),
                problem: problem.map(|problem| problem.text.clone()),
                next_try_at: problem.map(|problem| problem.next),
            }
        };
        self.0.iter().map(row).collect()
    }
}
