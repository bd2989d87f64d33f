//! The task: asks the rules about each new event; a match is recorded, and raises a signal about each person it names.

use std::collections::HashMap;

use sekisho_capability::Services;
use sekisho_events::{Event, Events, Position};
use sekisho_model::documents::{Kind, Signal, SignalTarget};
use sekisho_model::facts::EntityType;
use sekisho_model::{Actor, SignalId, Span, Timestamp, UserId};
use sekisho_store::{Expected, Write};
use serde_json::{Value, json};

use crate::state::Standing;
use crate::{Detection, Detector, Matched, Rules};

/// The code under which a match is recorded.
pub(crate) const MATCHED: &str = "rule-matched";
/// How long a match counts.
const LASTS: Span = Span::from_minutes(60);
/// How long a match about the same is not recorded again: each further event of an attack matches.
const AGAIN: Span = Span::from_minutes(10);
/// The most matches that are remembered for it.
const MOST_REMEMBERED: usize = 50_000;

/// What the task knows between its turns.
pub(crate) struct Raising {
    detection: Detection,
    events: Events,
    services: Services,
    detector: Option<Detector>,
    asked: Option<Position>,
    /// What was recorded, by rule and target, and when.
    recorded: HashMap<(String, String), Timestamp>,
    /// Matches of events before it are known to an earlier process; their windows count on.
    started: Timestamp,
}

impl Raising {
    pub(crate) fn new(detection: Detection, events: Events, services: Services) -> Self {
        let started = services.clock.now();
        Self { detection, events, services, detector: None, asked: None, recorded: HashMap::new(), started }
    }

    /// Asks about the events that came since the last turn.
    pub(crate) async fn turn(&mut self) -> Result<(), String> {
        let mut detector = match self.detector.take() {
            Some(detector) => detector,
            None => self.ready()?,
        };
        let tail = self.events.tail().borrow().clone();
        // During an upgrade two processes see the same events: the one that writes them asks.
        if !tail.is_writer() {
            self.detector = Some(detector);
            return Ok(());
        }
        let mut outcome = Ok(());
        for event in tail.after(self.asked) {
            self.asked = Some(event.position);
            // A match is an event too: rules about matches would feed themselves.
            if event.code == MATCHED {
                continue;
            }
            let document: Value = serde_json::from_str(&event.ocsf).unwrap_or_default();
            let found = detector.matches(&document, event.at);
            self.detection.standing.send_modify(|standing| standing.asked += 1);
            if event.at < self.started {
                continue;
            }
            for matched in &found {
                let raised = self.raise(matched, event).await;
                outcome = outcome.and(raised);
            }
        }
        self.detector = Some(detector);
        outcome
    }

    fn ready(&self) -> Result<Detector, String> {
        let readied = Rules::read(&self.detection.folder).and_then(|rules| Ok((Detector::new(&rules)?, rules)));
        match readied {
            Ok((detector, rules)) => {
                let rules = rules.all().to_vec().into();
                self.detection.standing.send_modify(|standing| {
                    (standing.rules, standing.problem) = (rules, None);
                });
                Ok(detector)
            }
            Err(error) => {
                let problem = error.to_string();
                self.detection.standing.send_modify(|standing| standing.problem = Some(problem.clone()));
                Err(problem)
            }
        }
    }

    /// Records a match, with a signal about each person whom the World knows; without one, it is recorded about the rule.
    async fn raise(&mut self, matched: &Matched, event: &Event) -> Result<(), String> {
        self.detection.standing.send_modify(|standing| count(standing, matched, event.at));
        let world = self.services.world.borrow().clone();
        let known = |person: &&String| world.facts().find(EntityType::User, person).is_some();
        let people: Vec<UserId> =
            matched.people.iter().filter(known).filter_map(|person| person.parse().ok()).collect();
        let now = self.services.clock.now();
        if people.is_empty() || matched.weight().is_none() {
            let target = format!("rule/{}", matched.rule);
            let about = format!("{target} {}", matched.address.as_deref().unwrap_or_default());
            if self.is_new(matched, &about, now) {
                self.record(target, matched, event, None, now).await?;
                self.remember(matched, about, now);
            }
            return Ok(());
        }
        for person in people {
            let target = format!("user/{person}");
            if self.is_new(matched, &target, now) {
                let signal = signal(matched, &person, now)?;
                self.record(target.clone(), matched, event, Some(signal), now).await?;
                self.remember(matched, target, now);
            }
        }
        Ok(())
    }

    fn is_new(&self, matched: &Matched, about: &str, now: Timestamp) -> bool {
        let last = self.recorded.get(&(matched.rule.clone(), about.to_owned()));
        last.is_none_or(|last| now.since(*last) >= AGAIN)
    }

    fn remember(&mut self, matched: &Matched, about: String, now: Timestamp) {
        if self.recorded.len() >= MOST_REMEMBERED {
            self.recorded.retain(|_, at| now.since(*at) < AGAIN);
        }
        if self.recorded.len() < MOST_REMEMBERED {
            self.recorded.insert((matched.rule.clone(), about), now);
        }
    }

    async fn record(
        &self,
        target: String,
        matched: &Matched,
        event: &Event,
        signal: Option<Signal>,
        now: Timestamp,
    ) -> Result<(), String> {
        let detail = json!({ "rule": matched.rule, "title": matched.title, "level": matched.level, "name": matched.signal(),
            "weight": signal.as_ref().map(|signal| signal.weight), "event": event.position.to_string(), "address": matched.address });
        let change = self.services.changes.begin(Actor::System, MATCHED, target).detail(detail);
        let Some(signal) = signal else { return change.note(now).await.map_err(|error| error.to_string()) };
        let body = serde_json::to_value(&signal).map_err(|error| error.to_string())?;
        let write = Write::Put { kind: Kind::Signal, id: signal.id.to_string(), expected: Expected::Any, body };
        change.write(write).commit(now).await.map(drop).map_err(|error| error.to_string())
    }
}

fn count(standing: &mut Standing, matched: &Matched, at: Timestamp) {
    let counted = standing.matches.entry(matched.rule.clone()).or_insert((0, at));
    *counted = (counted.0 + 1, at);
}

/// A signal about a person: the same rule about the same person replaces its earlier one.
fn signal(matched: &Matched, person: &UserId, now: Timestamp) -> Result<Signal, String> {
    let rule: String = matched.rule.chars().filter(char::is_ascii_alphanumeric).take(32).collect();
    let short: String = person.to_string().chars().take(64).collect();
    let id: SignalId = format!("{}.{rule}.{short}", matched.signal()).parse().map_err(|error| format!("{error}"))?;
    Ok(Signal {
        id,
        about: SignalTarget::User(person.clone()),
        name: matched.signal().to_owned(),
        weight: matched.weight().unwrap_or(1),
        seen_at: now,
        ends_at: now.plus(LASTS),
    })
}
