//! The reporter: watches the cheap facts, reports each minute and at once when something changed, renews the certificate.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_lc_rs::rand;
use sekisho_device_protocol::report::{Facts as ReportedFacts, REPORT_PATH, Report, ReportAnswer, Ticket};
use sekisho_model::Span;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use crate::agent::{AgentConfig, Status};
use crate::changes::Places;
use crate::client::{Client, Failure};
use crate::clock::now;
use crate::enrolment::renew;
use crate::error::AgentError;
use crate::facts::{Facts, Reader};
use crate::home::{Enrolment, Home};
use crate::trust::client_config;
use crate::watching::{Group, watch as watch_changes};

/// The first wait after a failure, doubled after each further one.
const FIRST_BACKOFF: Duration = Duration::from_secs(1);
/// The longest wait.
const LONGEST_BACKOFF: Duration = Duration::from_secs(60);
/// The least time between two reports: what the platform takes from one device for as long as it likes.
const LEAST_GAP: Duration = Duration::from_millis(500);
/// A certificate is renewed when less than this is left of its 30 days.
const RENEW_BEFORE: Span = Span::from_minutes(10 * 24 * 60);
/// The collection of facts may take at most 1/LOOK_SHARE of the time between two collections.
const LOOK_SHARE: u32 = 20;
/// On a busy machine looking costs more, and what changed must still be told within a second.
const LATEST_LOOK: Duration = Duration::from_millis(400);

/// Watches and reports.
pub(crate) struct Reporter {
    home: Home,
    enrolment: Enrolment,
    client: Client,
    report_every: Duration,
    watch_every: Duration,
    status: watch::Sender<Status>,
    ticket: Option<Ticket>,
    /// What the server is known to hold. Empty whenever that is not certain.
    accepted: Facts,
    /// What was last read of each group that is read on its own.
    groups: BTreeMap<Group, Facts>,
    reader: Reader,
    backoff: Duration,
}

impl Reporter {
    pub(crate) fn new(
        home: Home,
        enrolment: Enrolment,
        config: &AgentConfig,
        status: watch::Sender<Status>,
    ) -> Result<Self, AgentError> {
        let client = Client::new(enrolment.server.clone(), client_config(home.folder())?);
        Ok(Self {
            home,
            enrolment,
            client,
            report_every: config.report_every,
            watch_every: config.watch_every.max(Duration::from_millis(10)),
            status,
            ticket: None,
            accepted: Facts::new(),
            groups: BTreeMap::new(),
            reader: Reader::default(),
            backoff: FIRST_BACKOFF,
        })
    }

    /// Never ends by itself.
    pub(crate) async fn run(mut self) {
        let mut groups = watch_changes(Places::default());
        let mut seen = Facts::new();
        // When to look next, when the next report is due if nothing changes, and before when none is tried.
        let (mut look, mut due, mut not_before) = (Instant::now(), Instant::now(), Instant::now());
        loop {
            tokio::select! {
                () = sleep_until(look) => {
                    let began = Instant::now();
                    let facts = self.read(Reader::quick).await;
                    look = Instant::now() + self.watch_every.max((began.elapsed() * LOOK_SHARE).min(LATEST_LOOK));
                    if facts != seen {
                        seen = facts;
                        due = Instant::now();
                    }
                }
                // Each message is of something that changed.
                Some((group, facts)) = groups.recv() => {
                    self.groups.insert(group, facts);
                    due = Instant::now();
                }
                () = sleep_until(due.max(not_before)) => {
                    let began = Instant::now();
                    let went_well = self.report_and_renew().await;
                    due = Instant::now() + self.report_every;
                    if went_well {
                        self.backoff = FIRST_BACKOFF;
                        not_before = began + LEAST_GAP;
                        due = if self.accepted.is_empty() { Instant::now() + FIRST_BACKOFF } else { due };
                    } else {
                        not_before = Instant::now() + with_jitter(self.backoff);
                        due = not_before;
                        self.backoff = (self.backoff * 2).min(LONGEST_BACKOFF);
                    }
                }
            }
        }
    }

    /// One report, and the renewal when its time has come. Whether the report was accepted.
    async fn report_and_renew(&mut self) -> bool {
        let left = self.enrolment.not_after.since(now());
        if left < RENEW_BEFORE
            && let Err(error) = self.renew().await
        {
            tracing::warn!(%error, "the device certificate was not renewed");
        }
        match self.report().await {
            Ok(answer) => {
                self.status.send_modify(|status| {
                    status.reports += 1;
                    status.reported_at = Some(now());
                    status.compliant = Some(answer.compliant);
                    status.failing = answer.failing;
                    status.problem = None;
                });
                true
            }
            Err(error) => {
                tracing::warn!(%error, "the report was not accepted");
                // Whether the server holds it is not certain now, so nothing counts as unchanged.
                self.accepted.clear();
                self.ticket = None;
                self.status.send_modify(|status| status.problem = Some(error.to_string()));
                false
            }
        }
    }

    async fn renew(&mut self) -> Result<(), AgentError> {
        let server = self.enrolment.server.clone();
        self.enrolment = renew(&self.home, &server, &self.client).await?;
        self.client = Client::new(server, client_config(self.home.folder())?);
        Ok(())
    }

    async fn report(&mut self) -> Result<ReportAnswer, AgentError> {
        let mut facts = self.read(Reader::full).await;
        facts.extend(self.groups.values().flatten().map(|(name, value)| (name.clone(), value.clone())));
        let ticket = match self.ticket.take() {
            Some(ticket) => ticket,
            None => self.client.get(REPORT_PATH).await.map_err(AgentError::from)?,
        };
        let answer = match self.send(&facts, ticket).await {
            // Somebody else's report came first, or the ticket became too old: once more with the one that was given.
            Err(Failure::NotNext(ticket)) => {
                self.accepted.clear();
                self.send(&facts, ticket).await
            }
            result => result,
        }
        .map_err(AgentError::from)?;
        self.ticket = Some(answer.next.clone());
        self.accepted = if answer.missing.is_empty() { facts } else { Facts::new() };
        Ok(answer)
    }

    /// Reads files off the asynchronous threads.
    async fn read(&mut self, what: fn(&mut Reader) -> Facts) -> Facts {
        let mut reader = std::mem::take(&mut self.reader);
        let read = tokio::task::spawn_blocking(move || (what(&mut reader), reader)).await;
        // A reader that failed is forgotten with what it remembered.
        let (facts, reader) = read.unwrap_or_default();
        self.reader = reader;
        facts
    }

    async fn send(&self, facts: &Facts, ticket: Ticket) -> Result<ReportAnswer, Failure> {
        let is_known = |name: &String| self.accepted.get(name) == facts.get(name);
        let (unchanged, changed): (Vec<&String>, Vec<&String>) = facts.keys().partition(|name| is_known(name));
        let changed = changed.into_iter().filter_map(|name| Some((name.clone(), facts.get(name)?.clone())));
        let report = Report {
            device: self.enrolment.device.clone(),
            sequence: ticket.sequence,
            nonce: ticket.nonce,
            facts: ReportedFacts(changed.collect()),
            unchanged: unchanged.into_iter().cloned().collect(),
        };
        Ok(self.client.post(REPORT_PATH, &report).await?.value)
    }
}

/// Between half of a wait and the whole of it, so that many agents do not come back at once.
fn with_jitter(wait: Duration) -> Duration {
    let mut byte = [0];
    // Without randomness everybody waits longest.
    let share = rand::fill(&mut byte).map_or(256, |()| 128 + u32::from(byte[0]) / 2);
    wait * share / 256
}
