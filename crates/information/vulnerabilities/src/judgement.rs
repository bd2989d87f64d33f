//! What follows from an inventory and the sources: a report. Pure.

use std::collections::{BTreeMap, BTreeSet};

use sekisho_model::{Span, Timestamp};
use sekisho_vulnerability_matching::{Catalogue, Component, Finding, Inventory, Order};

use crate::inventory::digest;
use crate::report::{Report, Target};

/// How long an assessment counts. It is written again when half of that is over.
const COUNTS: Span = Span::from_seconds(2 * 365 * 24 * 3600);
/// From this score on a vulnerability counts although other components are not covered: CVSS calls it high.
const HIGH: u8 = 70;

/// What is known when software is judged.
pub(crate) struct Known<'a> {
    /// What was read of the sources.
    pub(crate) catalogue: &'a Catalogue,
    /// The sources of which nothing was read by this process.
    pub(crate) unread: &'a BTreeSet<String>,
}

impl Known<'_> {
    /// The report about an inventory. What a source said that cannot be read now is taken from the report before.
    pub(crate) fn judge(
        &self,
        target: Target,
        inventory: &Inventory,
        before: Option<&Report>,
        now: Timestamp,
    ) -> Report {
        let before = before.filter(|_| !self.unread.is_empty());
        let mut findings = self.catalogue.findings(inventory);
        if let Some(before) = before {
            self.keep(inventory, before, &mut findings);
        }
        let digest = digest(inventory);
        // Of other software, a source that cannot be read now never said that it is sound.
        let same = before.filter(|before| before.digest == digest);
        let covered = self.covered(inventory, same);
        let is_covered = |component: &&Component| {
            covered.contains(&component.ecosystem)
                && Order::of(&component.ecosystem).is_some_and(|order| order.reads(&component.version))
        };
        let uncovered = inventory.components.iter().filter(|component| !is_covered(component)).count();
        let knows_exploited = self.catalogue.knows_exploited() || same.is_some_and(|before| before.knows_exploited);
        // INVARIANT I-45: "nothing found" is said only where every component is covered; what is bad is said at once.
        let is_whole = uncovered == 0 && !inventory.components.is_empty();
        let worst = findings.iter().filter(|finding| finding.counts()).map(|finding| finding.score).max().unwrap_or(0);
        let is_exploited = findings.iter().any(Finding::is_exploited);
        let total = findings.len();
        findings.truncate(Report::MOST);
        Report {
            target,
            assessed_at: now,
            until: now.plus(COUNTS),
            digest,
            components: inventory.components.len(),
            uncovered,
            covered: covered.into_iter().collect(),
            knows_exploited,
            worst: (is_whole || worst >= HIGH).then_some(worst),
            known_exploited: (is_exploited || is_whole && knows_exploited).then_some(is_exploited),
            total,
            findings,
        }
    }

    fn covered(&self, inventory: &Inventory, before: Option<&Report>) -> BTreeSet<String> {
        let ecosystems: BTreeSet<&String> = inventory.components.iter().map(|component| &component.ecosystem).collect();
        let is_covered = |ecosystem: &&String| {
            self.catalogue.covers(ecosystem) || before.is_some_and(|before| before.covered.contains(ecosystem))
        };
        ecosystems.into_iter().filter(is_covered).cloned().collect()
    }

    /// Keeps what unread sources said before of components that are still there.
    fn keep(&self, inventory: &Inventory, before: &Report, findings: &mut Vec<Finding>) {
        let places: BTreeMap<(String, String, String), usize> =
            findings.iter().enumerate().map(|(at, finding)| (key(finding), at)).collect();
        let mut kept = Vec::new();
        let is_unread = |source: &Option<String>| source.as_ref().is_some_and(|source| self.unread.contains(source));
        for old in &before.findings {
            match places.get(&key(old)).and_then(|at| findings.get_mut(*at)) {
                Some(found) => {
                    if is_unread(&old.exploited) && found.exploited.is_none() {
                        found.exploited.clone_from(&old.exploited);
                    }
                    if is_unread(&old.excluded) && found.excluded.is_none() {
                        found.excluded.clone_from(&old.excluded);
                    }
                }
                None if self.unread.contains(&old.source) && is_there(inventory, old) => kept.push(old.clone()),
                None => {}
            }
        }
        findings.append(&mut kept);
    }
}

fn key(finding: &Finding) -> (String, String, String) {
    (finding.advisory.clone(), format!("{}/{}", finding.ecosystem, finding.package), finding.version.clone())
}

fn is_there(inventory: &Inventory, finding: &Finding) -> bool {
    let component = Component {
        ecosystem: finding.ecosystem.clone(),
        name: finding.package.clone(),
        version: finding.version.clone(),
    };
    inventory.components.binary_search(&component).is_ok()
}

/// Whether a report is to be written: it says something else, or its time is half over.
pub(crate) fn is_news(report: &Report, before: Option<&Report>, now: Timestamp) -> bool {
    before.is_none_or(|before| {
        !before.says_as(report) || before.until.since(now) < Span::from_seconds(COUNTS.as_seconds() / 2)
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use sekisho_vulnerability_matching::{Content, osv, vex};

    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    fn advisories(package: &str, fixed: &str, score: &str) -> Content {
        let text = format!(
            r#"{{"id":"DEBIAN-CVE-2024-1","affected":[{{"package":{{"ecosystem":"Debian:12","name":"{package}"}},
            "ranges":[{{"type":"ECOSYSTEM","events":[{{"introduced":"0"}},{{"fixed":"{fixed}"}}]}}],"ecosystem_specific":{{"urgency":"{score}"}}}}]}}"#
        );
        Content::Advisories(osv::read(text.as_bytes()).expect("a record").into_iter().collect())
    }

    fn kev() -> Content {
        Content::Exploited(BTreeSet::from(["CVE-2024-1".to_owned()]))
    }

    fn not_affected() -> Content {
        let text = r#"{"@context":"https://openvex.dev/ns/v0.2.0","statements":[{"vulnerability":{"name":"CVE-2024-1"},"status":"not_affected","products":[{"@id":"pkg:deb/debian/openssl"}]}]}"#;
        Content::Statements(vex::read(text.as_bytes()).expect("a document"))
    }

    fn judged(
        sources: Vec<(&str, Content)>,
        unread: &[&str],
        components: &[(&str, &str)],
        before: Option<&Report>,
    ) -> Report {
        let catalogue =
            Catalogue::new(sources.into_iter().map(|(name, content)| (name.to_owned(), Arc::new(content))).collect());
        let unread = unread.iter().map(|name| (*name).to_owned()).collect();
        let components = components.iter().map(|(ecosystem, name)| Component::new(ecosystem, name, "1")).collect();
        let target = Target::Device("laptop".parse().expect("a name"));
        Known { catalogue: &catalogue, unread: &unread }.judge(
            target,
            &Inventory::new(None, components, 0),
            before,
            NOW,
        )
    }

    const OPENSSL: &[(&str, &str)] = &[("Debian:12", "openssl")];

    #[test]
    fn i45_nothing_found_is_said_only_where_everything_is_covered() {
        let clean = || ("debian", advisories("curl", "9", "high"));
        let said = |sources, components: &[(&str, &str)]| {
            let report = judged(sources, &[], components, None);
            (report.worst, report.known_exploited)
        };
        assert_eq!(said(vec![clean(), ("kev", kev())], OPENSSL), (Some(0), Some(false)));
        assert_eq!(said(vec![clean()], OPENSSL), (Some(0), None), "no source says what is exploited");
        assert_eq!(said(vec![("kev", kev())], OPENSSL), (None, None), "no source knows Debian");
        assert_eq!(said(vec![], OPENSSL), (None, None));
        assert_eq!(said(vec![clean(), ("kev", kev())], &[]), (None, None), "a device that reports nothing");
        let mixed = &[("Debian:12", "openssl"), ("npm", "left-pad")];
        assert_eq!(said(vec![clean(), ("kev", kev())], mixed), (None, None), "npm is not covered");
        assert_eq!(said(vec![clean(), ("kev", kev())], &[("Debian:11", "openssl")]), (None, None));
    }

    #[test]
    fn i45_what_is_bad_is_said_although_other_components_are_not_covered() {
        let mixed = &[("Debian:12", "openssl"), ("npm", "left-pad")];
        let with =
            |score| judged(vec![("debian", advisories("openssl", "2", score)), ("kev", kev())], &[], mixed, None);
        assert_eq!((with("high").worst, with("high").known_exploited), (Some(89), Some(true)));
        assert_eq!(with("low").worst, None, "what is mild says nothing of the rest");
    }

    #[test]
    fn i45_what_an_unread_source_said_stays_in_force() {
        let osv = || ("debian", advisories("openssl", "2", "high"));
        let first = judged(vec![osv(), ("kev", kev())], &[], OPENSSL, None);
        assert_eq!(first.known_exploited, Some(true));
        // Nothing was read since the process began.
        let later = judged(vec![], &["debian", "kev"], OPENSSL, Some(&first));
        assert!(later.says_as(&first), "{later:?}");
        let later = judged(vec![osv()], &["kev"], OPENSSL, Some(&first));
        assert!(later.says_as(&first));
        // The sources are gone, or were read and say something else.
        assert_eq!(judged(vec![osv()], &[], OPENSSL, Some(&first)).known_exploited, None);
        assert_eq!(
            judged(vec![("debian", advisories("openssl", "1", "high"))], &["kev"], OPENSSL, Some(&first))
                .known_exploited,
            Some(false)
        );
        // Another package is installed: what was said is not about that.
        assert_eq!(judged(vec![], &["debian", "kev"], &[("Debian:12", "curl")], Some(&first)).worst, None);
    }

    #[test]
    fn what_a_maker_excludes_does_not_count_and_is_still_listed() {
        let osv = || ("debian", advisories("openssl", "2", "high"));
        let report = judged(vec![osv(), ("kev", kev()), ("vex", not_affected())], &[], OPENSSL, None);
        assert_eq!((report.worst, report.known_exploited, report.total), (Some(0), Some(false), 1));
        let later = judged(vec![osv(), ("kev", kev())], &["vex"], OPENSSL, Some(&report));
        assert!(later.says_as(&report), "a statement that cannot be read now stays in force");
        assert_eq!(judged(vec![osv(), ("kev", kev())], &[], OPENSSL, Some(&report)).worst, Some(89));
    }

    #[test]
    fn the_same_is_not_written_twice_until_half_of_its_time_is_over() {
        let report = judged(vec![("debian", advisories("openssl", "2", "high"))], &[], OPENSSL, None);
        assert!(is_news(&report, None, NOW) && !is_news(&report, Some(&report), NOW));
        assert!(is_news(&report, Some(&report), NOW.plus(Span::from_seconds(366 * 24 * 3600))));
    }
}
