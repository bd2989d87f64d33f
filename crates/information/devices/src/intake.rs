//! Posture intake: a report becomes the device's posture, and a change of compliance an entry in the ledger.

use std::collections::BTreeMap;

use sekisho_capability::ChangeError;
use sekisho_device_protocol::report::{Failing, Report, ReportAnswer, Ticket};
use sekisho_model::documents::{Check, Device, FactValue, FailingCheck, Kind, Posture};
use sekisho_model::{Actor, DeviceId, PresentedDevice, Timestamp};
use sekisho_store::{Document, Expected, Write};
use serde_json::json;

use crate::devices::{Devices, DevicesError, body_of, read};
use crate::evaluation::evaluate;
use crate::refusal::Refusal;

/// How often a posture is evaluated again when reports keep crossing the evaluation.
const ATTEMPTS: usize = 5;

impl Devices {
    /// The ticket for a device's next report.
    ///
    /// # Errors
    /// A [`Refusal`] that says why not.
    pub async fn ticket(&self, presented: &PresentedDevice, now: Timestamp) -> Result<Ticket, Refusal> {
        let device = self.active(presented).await?;
        let posture = self.posture(&device.id).await?;
        Ok(self.tickets().issue(&device.id, next_sequence(posture.as_ref()), now))
    }

    /// Takes a report of the device that the certificate names.
    ///
    /// # Errors
    /// A [`Refusal`] that says why not; a report that is not the next one is told the ticket to use.
    pub async fn report(
        &self,
        presented: &PresentedDevice,
        report: Report,
        now: Timestamp,
    ) -> Result<ReportAnswer, Refusal> {
        let device = self.active(presented).await?;
        if report.device != device.id {
            return Err(Refusal::OtherDevice);
        }
        let previous = self.posture(&device.id).await?;
        let due = next_sequence(previous.as_ref());
        if report.sequence != due || !self.tickets().accepts(&device.id, due, &report.nonce, now) {
            return Err(Refusal::NotNext(self.tickets().issue(&device.id, due, now)));
        }
        let (checks, mark) = self.checks().await?;
        let (facts, missing) = with_unchanged(report, previous.as_ref().map(|(posture, _)| posture));
        let failing = evaluate(&checks, &facts, &device.platform);
        let posture = Posture { device: device.id.clone(), reported_at: now, sequence: due, facts, failing };
        if let Err(error) =
            self.put_posture(&posture, previous.as_ref(), Actor::Device(device.id.to_string()), now).await
        {
            return match error {
                DevicesError::Change(ChangeError::Conflict { .. }) => {
                    let present = self.posture(&device.id).await?;
                    Err(Refusal::NotNext(self.tickets().issue(&device.id, next_sequence(present.as_ref()), now)))
                }
                error => Err(error.into()),
            };
        }
        // A check that changed while this report was evaluated is not lost: it is evaluated again at once.
        let (checks, mark_now) = self.checks().await?;
        let failing = if mark == mark_now { posture.failing } else { self.reevaluate(&device, &checks, now).await?.0 };
        Ok(ReportAnswer {
            compliant: failing.is_empty(),
            failing: explain(&failing, &checks),
            missing,
            next: self.tickets().issue(&device.id, due.saturating_add(1), now),
        })
    }

    /// Evaluates every device's last report again: to be called when checks or devices changed. How many changed.
    ///
    /// # Errors
    /// When the store or the ledger fails.
    pub async fn reevaluate_all(&self, now: Timestamp) -> Result<usize, DevicesError> {
        let (checks, _) = self.checks().await?;
        let mut changed = 0;
        for document in self.store().list_all(Kind::Posture).await? {
            let posture: Posture = read(&document)?;
            if let Some((device, _)) = self.device(&posture.device).await? {
                changed += usize::from(self.reevaluate(&device, &checks, now).await?.1);
            }
        }
        Ok(changed)
    }

    /// One device's failing checks as of now, and whether they changed.
    async fn reevaluate(
        &self,
        device: &Device,
        checks: &[Check],
        now: Timestamp,
    ) -> Result<(Vec<FailingCheck>, bool), DevicesError> {
        for _ in 0..ATTEMPTS {
            let Some((mut posture, revision)) = self.posture(&device.id).await? else {
                return Ok((Vec::new(), false));
            };
            let failing = evaluate(checks, &posture.facts, &device.platform);
            if failing == posture.failing {
                return Ok((failing, false));
            }
            let previous = (posture.clone(), revision);
            posture.failing.clone_from(&failing);
            match self.put_posture(&posture, Some(&previous), Actor::System, now).await {
                Ok(()) => return Ok((failing, true)),
                // A report came in between: look at that one.
                Err(DevicesError::Change(ChangeError::Conflict { .. })) => {}
                Err(error) => return Err(error),
            }
        }
        Err(DevicesError::Damaged(format!("posture/{}", device.id)))
    }

    async fn posture(&self, device: &DeviceId) -> Result<Option<(Posture, u64)>, DevicesError> {
        let document: Option<Document> = self.store().get(Kind::Posture, device.as_str()).await?;
        document.map(|document| Ok((read(&document)?, document.revision))).transpose()
    }

    async fn put_posture(
        &self,
        posture: &Posture,
        previous: Option<&(Posture, u64)>,
        actor: Actor,
        now: Timestamp,
    ) -> Result<(), DevicesError> {
        let expected = previous.map_or(Expected::New, |(_, revision)| Expected::Revision(*revision));
        let id = posture.device.to_string();
        let write = Write::Put { kind: Kind::Posture, id, expected, body: body_of(posture)? };
        if previous.is_none_or(|(previous, _)| names(&previous.failing) != names(&posture.failing)) {
            let detail = json!({ "compliant": posture.is_compliant(), "failing": names(&posture.failing) });
            let begun = self.begin(actor, "device-compliance-changed", &posture.device).detail(detail);
            begun.write(write).commit(now).await?;
        } else {
            self.changes().observe(vec![write], &actor, now).await?;
        }
        Ok(())
    }
}

fn next_sequence(posture: Option<&(Posture, u64)>) -> u64 {
    posture.map_or(1, |(posture, _)| posture.sequence.saturating_add(1))
}

fn names(failing: &[FailingCheck]) -> Vec<&str> {
    failing.iter().map(|failing| failing.check.as_str()).collect()
}

/// The facts of a report with those it calls unchanged taken from the posture before it; and those that are not there.
fn with_unchanged(report: Report, previous: Option<&Posture>) -> (BTreeMap<String, FactValue>, Vec<String>) {
    let mut facts = report.facts.0;
    let mut missing = Vec::new();
    for name in report.unchanged {
        match previous.and_then(|previous| previous.facts.get(&name)) {
            Some(value) => {
                facts.entry(name).or_insert_with(|| value.clone());
            }
            None => missing.push(name),
        }
    }
    (facts, missing)
}

fn explain(failing: &[FailingCheck], checks: &[Check]) -> Vec<Failing> {
    let check_of = |failing: &FailingCheck| checks.iter().find(|check| check.id == failing.check);
    let explained = failing.iter().filter_map(|failing| Some((failing, check_of(failing)?)));
    explained
        .map(|(failing, check)| Failing {
            check: check.id.clone(),
            found: failing.found.clone(),
            reason: check.reason.clone(),
            remedy: check.remedy.clone(),
        })
        .collect()
}
