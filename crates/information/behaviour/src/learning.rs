//! The task: learns from each new event about a sign-in, a step-up or a permitted access, and raises a signal about what is unusual.
//!
//! What it learns from is recorded already, so nothing waits for it, and what it misses changes no decision but by an absent signal.

use std::collections::{BTreeMap, BTreeSet};

use sekisho_capability::{Change, Services};
use sekisho_events::{Event, Events};
use sekisho_model::documents::{Kind, Signal, SignalTarget};
use sekisho_model::facts::EntityType;
use sekisho_model::{Actor, SignalId, Span, Timestamp, UserId};
use sekisho_store::{Expected, Write};
use serde_json::json;

use crate::acts::{ANSWERED, FILES_CHANGED, RAISED};
use crate::failure::LearningError;
use crate::networks::Networks;
use crate::noticed::{self, Noticed};
use crate::profile::LASTS;
use crate::{Atlas, Behaviour, Habits, History, Open, Profile, Seen, Unusual, judge_access, judge_sign_in, stored};

/// How long after one look at the folder the next may be.
const LOOK: Span = Span::from_seconds(1);
/// How often profiles of people who are gone, and networks that nobody came from, are removed.
const SWEEP: Span = Span::from_minutes(60);
/// A step-up answers from this assurance on: one factor alone does not.
const ASSURANCE: u8 = 2;
/// How many documents one transaction writes: others wait for it.
const AT_ONCE: usize = 2000;

/// What the task knows between its turns.
pub(crate) struct Learning {
    behaviour: Behaviour,
    events: Events,
    services: Services,
    atlas: Atlas,
    looked_at: Option<Timestamp>,
    swept_at: Timestamp,
    /// What is stored; absent until it was read, and after a turn that failed.
    memory: Option<Memory>,
}

#[derive(Default)]
struct Memory {
    profiles: BTreeMap<String, Profile>,
    everybody: Habits,
    networks: Networks,
    /// The event after which learning goes on.
    after: Option<sekisho_events::Position>,
    /// Whose profile is not written yet.
    changed: BTreeSet<String>,
}

impl Learning {
    pub(crate) fn new(behaviour: Behaviour, events: Events, services: Services) -> Self {
        let swept_at = services.clock.now();
        Self { behaviour, events, services, atlas: Atlas::default(), looked_at: None, swept_at, memory: None }
    }

    /// Learns from the events that came since the last turn.
    pub(crate) async fn turn(&mut self) -> Result<(), LearningError> {
        // During an upgrade two processes see the same events: the one that writes them learns.
        if !self.events.tail().borrow().is_writer() {
            self.memory = None;
            return Ok(());
        }
        let mut memory = match self.memory.take() {
            Some(memory) => memory,
            None => self.load().await?,
        };
        self.look(&mut memory).await?;
        let tail = self.events.tail().borrow().clone();
        let mut writes = Vec::new();
        for event in tail.after(memory.after) {
            memory.after = Some(event.position);
            if let Some(address) = noticed::address(event) {
                writes.extend(memory.networks.visit(&self.atlas, address, self.services.clock.now())?);
            }
            self.learn(&mut memory, event).await?;
        }
        let now = self.services.clock.now();
        if now.since(self.swept_at) >= SWEEP {
            self.swept_at = now;
            writes.extend(self.sweep(&mut memory, now));
        }
        for user in std::mem::take(&mut memory.changed) {
            if let Some(profile) = memory.profiles.get(&user) {
                writes.push(stored::put(profile)?);
            }
        }
        self.write(writes).await?;
        self.publish(&memory);
        self.memory = Some(memory);
        Ok(())
    }

    async fn load(&self) -> Result<Memory, LearningError> {
        let store = &self.services.store;
        let (profiles, networks) = (stored::all(store).await?, Networks::load(store).await?);
        let mut everybody = Habits::default();
        profiles.values().for_each(|profile| everybody.add(&profile.habits));
        Ok(Memory { profiles, everybody, networks, ..Memory::default() })
    }

    /// Reads files of places that changed, and brings what is stored of networks to what they say.
    async fn look(&mut self, memory: &mut Memory) -> Result<(), LearningError> {
        let now = self.services.clock.now();
        if self.looked_at.is_some_and(|at| now.since(at) < LOOK) {
            return Ok(());
        }
        let is_first = self.looked_at.is_none();
        self.looked_at = Some(now);
        let is_changed = self.atlas.refresh(&self.behaviour.folder);
        if !is_changed && !is_first {
            return Ok(());
        }
        let files = self.atlas.standings();
        // After a restart a file that cannot be read says nothing, and what it said before is in what is stored.
        let is_whole = files.iter().all(|file| file.problem.is_none());
        let writes = if is_whole { memory.networks.compare(&self.atlas, now)? } else { Vec::new() };
        if is_changed {
            let files: Vec<_> = files
                .iter()
                .map(|file| json!({ "name": file.name, "kind": file.kind, "made_at": file.made_at, "problem": file.problem }))
                .collect();
            let change = self.services.changes.begin(Actor::System, FILES_CHANGED, "place-files/all");
            change.detail(json!({ "files": files, "networks": writes.len() })).note(now).await?;
        }
        self.write(writes).await
    }

    async fn learn(&self, memory: &mut Memory, event: &Event) -> Result<(), LearningError> {
        let Some((user, noticed)) = event.person.clone().zip(Noticed::read(event)) else { return Ok(()) };
        // Programs have tokens, and no habits.
        let world = self.services.world.borrow().clone();
        if world.facts().find(EntityType::User, &user).is_none() {
            return Ok(());
        }
        let profile = memory.profiles.entry(user.clone()).or_insert_with(|| Profile::new(&user));
        if profile.knows(event.position) {
            return Ok(());
        }
        profile.learned = (event.position.entry, event.position.number);
        memory.changed.insert(user.clone());
        let (found, session, sign_in) = match noticed {
            Noticed::StepUp { session, assurance } => {
                if assurance >= ASSURANCE {
                    self.answer(profile, &session, event.at).await?;
                }
                return Ok(());
            }
            Noticed::Access { session, application } => {
                let found = judge_access(profile, &application);
                profile.use_application(&application, event.at);
                (found.into_iter().collect(), session, None)
            }
            Noticed::SignIn { session, address } => {
                let (place, offset) = (self.atlas.place(address), world.time_zone().offset_at(event.at));
                let hour =
                    event.at.plus(Span::from_minutes(offset.into())).as_seconds().div_euclid(3600).rem_euclid(24);
                let hour = u8::try_from(hour).unwrap_or_default();
                let seen =
                    Seen { at: event.at, hour, country: place.country, network: place.network, spot: place.spot };
                profile.surprise = Some(profile.habits.surprise(&memory.everybody, &seen));
                let found = judge_sign_in(profile, &seen);
                if found.is_empty() {
                    profile.learn(&seen);
                    memory.everybody.learn_of_anybody(&seen);
                }
                (found, session, Some(seen))
            }
        };
        self.raise(profile, (event, &session), found, sign_in).await
    }

    /// Raises a signal about each unusual thing, recorded before it counts.
    async fn raise(
        &self,
        profile: &mut Profile,
        (event, session): (&Event, &str),
        found: Vec<Unusual>,
        sign_in: Option<Seen>,
    ) -> Result<(), LearningError> {
        for unusual in found {
            let until = event.at.plus(LASTS);
            let signal = signal(profile, session, &unusual, (event.at, until))?;
            let detail = json!({ "name": unusual.name, "weight": unusual.weight, "ends_at": until, "usual": unusual.usual,
                "seen": unusual.seen, "session": session, "address": event.address });
            let body = serde_json::to_value(&signal)?;
            let id = signal.id.to_string();
            profile.keep_open(Open {
                signal: id.clone(),
                session: session.to_owned(),
                at: event.at,
                until,
                unusual,
                sign_in: sign_in.clone(),
            });
            let write = Write::Put { kind: Kind::Signal, id, expected: Expected::Any, body };
            let change = self.services.changes.begin(Actor::System, RAISED, format!("user/{}", profile.user));
            let change = change.detail(detail).write(write).write(stored::put(profile)?);
            change.commit(self.services.clock.now()).await?;
            self.behaviour.standing.send_modify(|standing| standing.raised += 1);
        }
        Ok(())
    }

    /// Takes back what a step-up answers.
    async fn answer(&self, profile: &mut Profile, session: &str, at: Timestamp) -> Result<(), LearningError> {
        let answered = profile.answer(session, at);
        if answered.is_empty() {
            return Ok(());
        }
        let names: Vec<&str> = answered.iter().map(|open| open.unusual.name.as_str()).collect();
        let detail = json!({ "signals": names, "session": session });
        let change = self.services.changes.begin(Actor::System, ANSWERED, format!("user/{}", profile.user));
        let change = change.detail(detail).write(stored::put(profile)?);
        let withdrawn = answered.into_iter().map(|open| Write::Delete {
            kind: Kind::Signal,
            id: open.signal,
            expected: Expected::Any,
        });
        withdrawn.fold(change, Change::write).commit(self.services.clock.now()).await?;
        Ok(())
    }

    /// What has ended: networks that nobody came from, and profiles of people who are gone.
    fn sweep(&self, memory: &mut Memory, now: Timestamp) -> Vec<Write> {
        let world = self.services.world.borrow().clone();
        let is_gone = |user: &&String| world.facts().find(EntityType::User, user).is_none();
        let gone: Vec<String> = memory.profiles.keys().filter(is_gone).cloned().collect();
        let mut writes = memory.networks.sweep(now);
        for user in gone {
            memory.profiles.remove(&user);
            writes.push(stored::delete(&user));
        }
        writes
    }

    async fn write(&self, mut writes: Vec<Write>) -> Result<(), LearningError> {
        while !writes.is_empty() {
            let later = writes.split_off(writes.len().min(AT_ONCE));
            let now = self.services.clock.now();
            self.services.changes.maintain(std::mem::replace(&mut writes, later), now).await?;
        }
        Ok(())
    }

    fn publish(&self, memory: &Memory) {
        let enough = memory.profiles.values().filter(|profile| profile.history() == History::Enough).count();
        let (profiles, networks, files) = (memory.profiles.len(), memory.networks.len(), self.atlas.standings());
        self.behaviour.standing.send_if_modified(|standing| {
            let next = crate::Standing { files, profiles, enough, networks, raised: standing.raised };
            let is_new = *standing != next;
            *standing = next;
            is_new
        });
    }
}

/// The signal about something unusual: one for each name and session.
fn signal(
    profile: &Profile,
    session: &str,
    unusual: &Unusual,
    (seen_at, ends_at): (Timestamp, Timestamp),
) -> Result<Signal, LearningError> {
    let named = |text: String| LearningError::Name(text);
    let id = format!("{}.{session}", unusual.name);
    let id: SignalId = id.parse().map_err(|_| named(id.clone()))?;
    let user: UserId = profile.user.parse().map_err(|_| named(profile.user.clone()))?;
    let (name, weight) = (unusual.name.clone(), unusual.weight);
    Ok(Signal { id, about: SignalTarget::User(user), name, weight, seen_at, ends_at })
}
