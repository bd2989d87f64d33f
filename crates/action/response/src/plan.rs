//! What one playbook makes of one signal: nothing, a proposal, or a response that begins by itself.

use std::net::IpAddr;

use aws_lc_rs::digest;
use sekisho_ledger::{Filter, Ledger};
use sekisho_model::documents::{Playbook, PlaybookMode, ResponseAction, Signal, SignalTarget};
use sekisho_model::facts::{EntityType, Fact, Handle, Slot};
use sekisho_model::{DeviceId, Record, Timestamp, UserId};
use sekisho_policy_information::World;

use crate::census::Census;
use crate::condition::Asked;
use crate::journal::{Response, State};
use crate::known::{Known, Playing, who};

/// How many acts about a person are looked through for the address of a finding.
const LOOKED: usize = 100;

/// Whom a signal is about, as the World has it.
#[derive(Debug, Clone)]
pub(crate) struct Subject {
    person: Option<(Handle, UserId)>,
    device: Option<(Handle, DeviceId)>,
}

impl Subject {
    /// The person, or the device with its owner; `None` for whom the World does not know.
    pub(crate) fn of(world: &World, signal: &Signal) -> Option<Self> {
        match &signal.about {
            SignalTarget::User(user) => {
                Some(Self { person: Some((world.user(user.as_str())?, user.clone())), device: None })
            }
            SignalTarget::Device(device) => {
                let handle = world.facts().find(EntityType::Device, device.as_str())?;
                let owner = world.device_view(handle).and_then(|view| match view.facts.get(Slot::Owner) {
                    Fact::Entity(owner) => Some((*owner, world.id(*owner).parse().ok()?)),
                    _ => None,
                });
                Some(Self { person: owner, device: Some((handle, device.clone())) })
            }
        }
    }
}

/// What a response is planned from.
pub(crate) struct Planning<'a> {
    pub(crate) world: &'a World,
    pub(crate) census: &'a Census,
    pub(crate) ledger: &'a Ledger,
    pub(crate) now: Timestamp,
}

impl Planning<'_> {
    /// The response of a playbook to a signal, not written yet; `None` where the playbook is not for it.
    pub(crate) async fn response(&self, known: &Known, playing: &Playing, signal: &Signal) -> Option<Response> {
        let playbook = &playing.playbook;
        let is_for_it =
            playbook.trigger.as_str() == signal.name && signal.seen_at >= playing.since && self.now < signal.ends_at;
        let id = identifier(playbook, signal);
        if !is_for_it || known.handled.contains(&id) {
            return None;
        }
        let subject = Subject::of(self.world, signal)?;
        let needs_address = playbook.when.is_some() || playbook.actions.contains(&ResponseAction::BlockAddress);
        let address = match &subject.person {
            Some((_, user)) if needs_address => address_of(self.ledger, user, &signal.name).await,
            _ => None,
        };
        let asked = Asked { device: subject.device.as_ref().map(|(handle, _)| *handle), address };
        if !self.holds(playing, &subject, &asked) {
            return None;
        }
        let mut response = self.draft(playbook, signal, id, &subject, address);
        response.state = self.state(known, playbook, &response);
        response.is_automatic = matches!(response.state, State::Doing { .. });
        Some(response)
    }

    fn holds(&self, playing: &Playing, subject: &Subject, asked: &Asked) -> bool {
        match (&playing.condition, &subject.person) {
            (Ok(None), _) => true,
            (Ok(Some(condition)), Some((person, _))) => condition.holds(self.world, *person, asked, self.now),
            // A condition that cannot be asked does not hold.
            (Ok(Some(_)), None) | (Err(_), _) => false,
        }
    }

    fn draft(
        &self,
        playbook: &Playbook,
        signal: &Signal,
        id: String,
        subject: &Subject,
        address: Option<IpAddr>,
    ) -> Response {
        let devices = match (&subject.device, &subject.person) {
            (Some((_, device)), _) => vec![device.clone()],
            (None, Some((person, _))) => self.census.devices_of(*person),
            (None, None) => Vec::new(),
        };
        let person = subject.person.as_ref().map(|(handle, user)| (*handle, user));
        Response {
            id,
            playbook: playbook.id.clone(),
            trigger: playbook.trigger.clone(),
            signal: signal.id.clone(),
            user: subject.person.as_ref().map(|(_, user)| user.clone()),
            reach: self.census.reach(person, devices.len()),
            devices,
            address,
            at: self.now,
            is_automatic: false,
            lasts: playbook.lasts,
            weight: playbook.weight,
            webhook: playbook.webhook.clone(),
            steps: Response::steps_of(playbook),
            state: State::Proposed,
        }
    }

    /// How a response begins.
    fn state(&self, known: &Known, playbook: &Playbook, response: &Response) -> State {
        let is_spared = match &response.user {
            Some(user) => known.untouchable.person(self.world, user),
            None => response.devices.iter().all(|device| known.untouchable.device(device)),
        };
        if is_spared {
            return State::Spared;
        }
        match playbook.mode {
            PlaybookMode::Propose => State::Proposed,
            PlaybookMode::Automatic if !known.unreadable.is_empty() => State::Proposed,
            PlaybookMode::Automatic => {
                match known.touched.leaves_room(who(response), playbook.people, playbook.window, self.now) {
                    true => State::Doing { since: self.now, by: None },
                    false => State::Held,
                }
            }
        }
    }
}

/// The identifier of the response of a playbook to a signal. It begins with the time of the signal, so that lists are in its order.
pub(crate) fn identifier(playbook: &Playbook, signal: &Signal) -> String {
    let seen = signal.seen_at.as_millis();
    let whole = format!("{}\n{}\n{seen}", playbook.id, signal.id);
    let hash = digest::digest(&digest::SHA256, whole.as_bytes());
    let short: String = hex::encode(hash.as_ref()).chars().take(16).collect();
    format!("{:013}-{short}", seen.max(0))
}

/// The address that the newest act about a person names for a signal of that name.
async fn address_of(ledger: &Ledger, user: &UserId, name: &str) -> Option<IpAddr> {
    let filter = Filter { subject: Some(user.to_string()), ..Filter::default() };
    let found = ledger.recent(LOOKED, filter).await;
    let mut acts = found.into_iter().filter_map(|(_, record)| match record {
        Record::Act(act) => Some(act.detail),
        _ => None,
    });
    acts.find_map(|detail| {
        let is_it = detail.get("name").and_then(serde_json::Value::as_str) == Some(name);
        let address = detail.get("address").filter(|_| is_it)?.as_str()?;
        address.parse::<IpAddr>().ok().map(|address| address.to_canonical())
    })
}
