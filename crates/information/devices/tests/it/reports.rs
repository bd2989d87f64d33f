//! Posture intake: one report after another, each once, and compliance as the checks say.

use std::collections::BTreeMap;

use sekisho_device_protocol::report::{Facts, Report, ReportAnswer, Ticket};
use sekisho_devices::Refusal;
use sekisho_model::documents::{Device, FactValue, Kind, Posture};
use sekisho_model::{Actor, PresentedDevice};

use crate::platform::{Enrolled, Platform, at, id, port_check};

fn ports(open: &[&str]) -> Facts {
    let ports = FactValue::List(open.iter().map(|&port| port.to_owned()).collect());
    Facts(BTreeMap::from([("ports.listening".to_owned(), ports)]))
}

fn report(device: &Enrolled, ticket: &Ticket, facts: Facts) -> Report {
    Report {
        device: device.presented.id.clone(),
        sequence: ticket.sequence,
        nonce: ticket.nonce.clone(),
        facts,
        unchanged: Vec::new(),
    }
}

impl Platform {
    async fn report(&self, device: &Enrolled, facts: Facts, seconds: i64) -> ReportAnswer {
        let ticket = self.devices.ticket(&device.presented, at(seconds)).await.unwrap();
        self.devices.report(&device.presented, report(device, &ticket, facts), at(seconds)).await.unwrap()
    }

    async fn posture(&self, device: &Enrolled) -> Posture {
        let document = self.store.get(Kind::Posture, device.presented.id.as_str()).await.unwrap().unwrap();
        serde_json::from_value(document.body).unwrap()
    }
}

#[tokio::test]
async fn a_report_becomes_the_posture_and_a_change_of_compliance_is_recorded() {
    let platform = Platform::start().await;
    platform.put(Kind::Check, "ports", port_check("4444")).await;
    let laptop = platform.enrolled("laptop", at(0)).await;
    let good = platform.report(&laptop, ports(&["22"]), 1).await;
    assert!(good.compliant);
    let bad = platform.report(&laptop, ports(&["22", "4444"]), 2).await;
    assert!(!bad.compliant);
    assert_eq!(bad.failing[0].found, "4444");
    assert_eq!(bad.failing[0].remedy.en, "Close it.");
    let still = platform.report(&laptop, ports(&["22", "4444"]), 3).await;
    assert_eq!(still.failing, bad.failing);
    let posture = platform.posture(&laptop).await;
    assert_eq!((posture.sequence, posture.reported_at, posture.is_compliant()), (3, at(3), false));
    assert!(platform.report(&laptop, ports(&["22"]), 4).await.compliant);
    let changes = platform.acts().await.into_iter().filter(|act| act == "device-compliance-changed").count();
    assert_eq!(changes, 3, "first known, lost, regained");
}

#[tokio::test]
async fn a_report_counts_once() {
    let platform = Platform::start().await;
    platform.put(Kind::Check, "ports", port_check("4444")).await;
    let laptop = platform.enrolled("laptop", at(0)).await;
    let ticket = platform.devices.ticket(&laptop.presented, at(1)).await.unwrap();
    let good = report(&laptop, &ticket, ports(&[]));
    platform.devices.report(&laptop.presented, good.clone(), at(1)).await.unwrap();
    platform.report(&laptop, ports(&["4444"]), 2).await;

    let replayed = platform.devices.report(&laptop.presented, good.clone(), at(3)).await;
    let Err(Refusal::NotNext(next)) = replayed else { panic!("{replayed:?}") };
    assert_eq!(next.sequence, 3);
    // With the due number but the old nonce, it is still the old report.
    let renumbered = Report { sequence: 3, ..good };
    assert!(matches!(platform.devices.report(&laptop.presented, renumbered, at(3)).await, Err(Refusal::NotNext(_))));
    assert!(!platform.posture(&laptop).await.is_compliant());
    // The ticket that the refusal gave is good.
    let honest = report(&laptop, &next, ports(&["4444"]));
    assert!(platform.devices.report(&laptop.presented, honest, at(3)).await.is_ok());
}

#[tokio::test]
async fn a_ticket_is_good_for_minutes() {
    let platform = Platform::start().await;
    let laptop = platform.enrolled("laptop", at(0)).await;
    let ticket = platform.devices.ticket(&laptop.presented, at(0)).await.unwrap();
    let late = report(&laptop, &ticket, ports(&[]));
    assert!(matches!(
        platform.devices.report(&laptop.presented, late.clone(), at(301)).await,
        Err(Refusal::NotNext(_))
    ));
    assert!(platform.devices.report(&laptop.presented, late, at(300)).await.is_ok());
}

#[tokio::test]
async fn of_two_reports_at_once_one_counts() {
    let platform = Platform::start().await;
    let laptop = platform.enrolled("laptop", at(0)).await;
    let ticket = platform.devices.ticket(&laptop.presented, at(0)).await.unwrap();
    let (a, b) = tokio::join!(
        platform.devices.report(&laptop.presented, report(&laptop, &ticket, ports(&["1"])), at(1)),
        platform.devices.report(&laptop.presented, report(&laptop, &ticket, ports(&["2"])), at(1)),
    );
    assert!(a.is_ok() != b.is_ok(), "{a:?} {b:?}");
    assert_eq!(platform.posture(&laptop).await.sequence, 1);
}

#[tokio::test]
async fn a_device_reports_only_of_itself() {
    let platform = Platform::start().await;
    let laptop = platform.enrolled("laptop", at(0)).await;
    let other = platform.enrolled("other", at(0)).await;
    let ticket = platform.devices.ticket(&other.presented, at(1)).await.unwrap();
    let claimed = report(&other, &ticket, ports(&[]));
    assert!(matches!(
        platform.devices.report(&laptop.presented, claimed.clone(), at(1)).await,
        Err(Refusal::OtherDevice)
    ));
    // Its own name with another's ticket.
    let stolen = Report { device: id("laptop"), ..claimed.clone() };
    assert!(matches!(platform.devices.report(&laptop.presented, stolen, at(1)).await, Err(Refusal::NotNext(_))));
    // Another's name with its own key.
    let posing = PresentedDevice { id: id("other"), key_sha256: laptop.presented.key_sha256.clone() };
    assert!(matches!(platform.devices.report(&posing, claimed.clone(), at(1)).await, Err(Refusal::NotEnrolled)));
    assert!(platform.devices.report(&other.presented, claimed, at(1)).await.is_ok());
}

#[tokio::test]
async fn a_revoked_or_deleted_device_does_not_report() {
    let platform = Platform::start().await;
    let laptop = platform.enrolled("laptop", at(0)).await;
    let ticket = platform.devices.ticket(&laptop.presented, at(1)).await.unwrap();
    platform.devices.revoke(&id("laptop"), Actor::System, at(2)).await.unwrap();
    let late = report(&laptop, &ticket, ports(&[]));
    assert!(matches!(platform.devices.report(&laptop.presented, late, at(3)).await, Err(Refusal::Revoked)));
    assert!(matches!(platform.devices.ticket(&laptop.presented, at(3)).await, Err(Refusal::Revoked)));
    let nobody = PresentedDevice { id: id("nobody"), ..laptop.presented.clone() };
    assert!(matches!(platform.devices.ticket(&nobody, at(3)).await, Err(Refusal::NotEnrolled)));
}

#[tokio::test]
async fn what_is_called_unchanged_is_carried_over_if_it_is_there() {
    let platform = Platform::start().await;
    let laptop = platform.enrolled("laptop", at(0)).await;
    let mut facts = ports(&["22"]);
    facts.0.insert("packages.installed".to_owned(), FactValue::List(vec!["bash 5".to_owned()]));
    let first = platform.report(&laptop, facts.clone(), 1).await;
    let mut second = report(&laptop, &first.next, ports(&["23"]));
    second.unchanged = vec!["packages.installed".to_owned(), "never.sent".to_owned(), "ports.listening".to_owned()];
    let answer = platform.devices.report(&laptop.presented, second, at(2)).await.unwrap();
    assert_eq!(answer.missing, ["never.sent"]);
    let posture = platform.posture(&laptop).await;
    assert_eq!(posture.facts.get("packages.installed"), facts.0.get("packages.installed"));
    assert_eq!(posture.facts.get("ports.listening"), ports(&["23"]).0.get("ports.listening"), "what is sent counts");
    let third = report(&laptop, &answer.next, ports(&["23"]));
    platform.devices.report(&laptop.presented, third, at(3)).await.unwrap();
    assert!(!platform.posture(&laptop).await.facts.contains_key("packages.installed"), "what is not told is not known");
}

#[tokio::test]
async fn changed_checks_and_devices_are_evaluated_again() {
    let platform = Platform::start().await;
    platform.put(Kind::Check, "ports", port_check("4444")).await;
    let laptop = platform.enrolled("laptop", at(0)).await;
    let other = platform.enrolled("other", at(0)).await;
    platform.report(&laptop, ports(&["22"]), 1).await;
    platform.report(&other, ports(&["23"]), 1).await;
    assert_eq!(platform.devices.reevaluate_all(at(2)).await.unwrap(), 0);

    platform.put(Kind::Check, "ports", port_check("22")).await;
    assert_eq!(platform.devices.reevaluate_all(at(3)).await.unwrap(), 1);
    let posture = platform.posture(&laptop).await;
    assert!(!posture.is_compliant());
    assert_eq!((posture.reported_at, posture.sequence), (at(1), 1), "evaluating again is no report");
    assert!(platform.posture(&other).await.is_compliant());

    let mut check = port_check("22");
    check.platforms = vec!["windows".to_owned()];
    platform.put(Kind::Check, "ports", check).await;
    assert_eq!(platform.devices.reevaluate_all(at(4)).await.unwrap(), 1);
    assert!(platform.posture(&laptop).await.is_compliant());

    let document = platform.store.get(Kind::Device, "laptop").await.unwrap().unwrap();
    let mut device: Device = serde_json::from_value(document.body).unwrap();
    device.platform = "windows".to_owned();
    platform.put(Kind::Device, "laptop", device).await;
    assert_eq!(platform.devices.reevaluate_all(at(5)).await.unwrap(), 1);
}

#[tokio::test]
async fn default_checks_are_added_once_and_never_change_what_is_there() {
    let platform = Platform::start().await;
    let mut own = port_check("22");
    own.id = "no-forbidden-ports".parse().unwrap();
    platform.put(Kind::Check, "no-forbidden-ports", own).await;
    assert_eq!(platform.devices.add_default_checks(Actor::System, at(1)).await.unwrap(), 14);
    assert_eq!(platform.devices.add_default_checks(Actor::System, at(1)).await.unwrap(), 0);
    let kept = platform.store.get(Kind::Check, "no-forbidden-ports").await.unwrap().unwrap();
    assert_eq!(kept.body["expect"]["holds-none"][0], "22");
}
