//! Settings, network zones, threat lists and declared checks.

use std::sync::Arc;

use sekisho_model::documents::{Check, Kind, Settings, ThreatList};
use sekisho_model::{CheckId, ThreatListId, TimeZone};
use serde_json::Value;

use super::{WorldBuilder, read, unreadable};
use crate::FoldProblem;
use crate::networks::{NetworkMap, is_narrow};

impl WorldBuilder {
    /// Without a readable document the defaults are in force.
    pub(super) fn fold_settings(&mut self, id: &str, body: Option<&Value>) -> Result<(), FoldProblem> {
        let settings: Settings = match body {
            _ if id != "settings" => return body.map_or(Ok(()), |_| Err(unreadable(Kind::Settings, id, misplaced()))),
            Some(body) => read(Kind::Settings, id, "id", body)?,
            None => Settings::default(),
        };
        let time_zone = self.time_zone(id, &settings)?;
        let mut zones = NetworkMap::default();
        for zone in &settings.zones {
            let name = self.pool.name(&zone.name);
            for network in &zone.networks {
                // Of zones with the very same network, the one that is written first has it.
                zones.insert(*network, name.clone(), |_| true);
            }
        }
        self.view.zones = Arc::new(zones);
        self.view.time_zone = Arc::new(time_zone);
        self.view.settings = Arc::new(settings);
        self.changed.everything();
        Ok(())
    }

    fn time_zone(&self, id: &str, settings: &Settings) -> Result<TimeZone, FoldProblem> {
        let Some(name) = &settings.time_zone else { return Ok(TimeZone::fixed(settings.utc_offset_minutes)) };
        (self.time_zones)(name).ok_or_else(|| {
            let message = format!(
                "`time_zone`: `{name}` is no time zone: write a name of the IANA database, such as `Europe/Berlin`"
            );
            unreadable(Kind::Settings, id, message)
        })
    }

    pub(super) fn fold_threat_list(&mut self, id: &str, body: Option<&Value>) -> Result<(), FoldProblem> {
        let list: Option<ThreatList> = body.map(|body| read(Kind::ThreatList, id, "id", body)).transpose()?;
        let Ok(key) = id.parse::<ThreatListId>() else { return Ok(()) };
        self.changed.everything();
        let Some(list) = list else {
            self.view.threats.remove(&key);
            return Ok(());
        };
        let (narrow, wide): (Vec<_>, Vec<_>) = list.entries.iter().partition(|entry| is_narrow(entry.network));
        let mut networks = NetworkMap::default();
        for entry in narrow {
            networks.insert(entry.network, entry.score, |other| *other >= entry.score);
        }
        self.view.threats.insert(key, Arc::new(networks));
        if !wide.is_empty() {
            let networks = wide.iter().map(|entry| entry.network.to_string()).collect();
            let problem = FoldProblem::NetworkTooWide { list: id.to_owned(), networks };
            self.view.problems.insert((Kind::ThreatList, id.to_owned()), Arc::new(problem));
        }
        Ok(())
    }

    /// Checks are not read by decisions: what a device fails is in its posture. They explain.
    pub(super) fn fold_check(&mut self, id: &str, body: Option<&Value>) -> Result<(), FoldProblem> {
        let check: Option<Check> = body.map(|body| read(Kind::Check, id, "id", body)).transpose()?;
        let Ok(key) = id.parse::<CheckId>() else { return Ok(()) };
        match check {
            Some(check) => drop(self.view.checks.insert(key, Arc::new(check))),
            None => drop(self.view.checks.remove(&key)),
        }
        Ok(())
    }
}

fn misplaced() -> String {
    "there is one document of this kind, `settings`".to_owned()
}
