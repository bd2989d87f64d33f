//! The evidence of a decision: each fact with its source and how fresh it is.

use sekisho_model::facts::EntityType;
use sekisho_model::{DecisionRecord, Evidence, Timestamp};
use sekisho_web::page::Page;
use sekisho_web::wording;

use crate::{Context, say_all};

/// A fact, where it comes from, and how fresh it is.
pub(crate) struct FactLine {
    /// The key of what it is about.
    pub(crate) about: &'static str,
    pub(crate) value: String,
    /// The key of its source.
    pub(crate) source: &'static str,
    pub(crate) freshness: String,
    pub(crate) class: &'static str,
}

pub(crate) fn of(context: &Context, page: &Page, decision: &DecisionRecord) -> Vec<FactLine> {
    let lines = [person(context, decision), session(context, page, decision), device(context, page, decision)];
    let always = [Some(network(context, decision)), grant(context, page, decision)];
    lines.into_iter().chain(always).flatten().collect()
}

/// The groups of who asked.
fn person(context: &Context, decision: &DecisionRecord) -> Option<FactLine> {
    let user = context.world.user(decision.subject.as_deref()?)?;
    let groups = context.world.facts().get(user)?.ancestors().iter().filter(|one| one.kind() == EntityType::Group);
    let mut names: Vec<String> = groups.map(|group| context.world.id(*group).to_string()).collect();
    names.sort();
    let value = if names.is_empty() { context.say("none") } else { names.join(", ") };
    Some(FactLine {
        about: "groups",
        value,
        source: "source-accounts",
        freshness: context.say("as-of-today"),
        class: "",
    })
}

fn session(context: &Context, page: &Page, decision: &DecisionRecord) -> Option<FactLine> {
    let id = decision.session?;
    let Some(session) = context.world.session(&id) else {
        let (value, freshness) = (id.short(), context.say("session-no-longer-known"));
        return Some(FactLine { about: "session", value, source: "source-sign-in", freshness, class: "ask" });
    };
    let value = wording::methods(session.methods, context.language);
    let freshness = since(context, page, "signed-in-ago", session.authenticated_at);
    Some(FactLine { about: "session", value, source: "source-sign-in", freshness, class: "" })
}

/// The device: what its record says of that time, and how fresh its report is now.
fn device(context: &Context, page: &Page, decision: &DecisionRecord) -> Option<FactLine> {
    let Some(name) = decision.device.as_deref() else {
        let (value, freshness) = (context.say("none-proven"), context.say("recorded"));
        return Some(FactLine { about: "device", value, source: "source-device", freshness, class: "" });
    };
    let failing = decision.failing_checks.join(", ");
    let value = match failing.is_empty() {
        true => name.to_owned(),
        false => format!("{name} ({failing})"),
    };
    let handle = context.world.device(name)?;
    let reported = context.world.posture_reported_at(handle);
    let freshness = reported.map_or_else(|| context.say("none"), |at| since(context, page, "reported-ago", at));
    let class = match context.world.device_evidence(handle, context.now) {
        Evidence::Known(_) if failing.is_empty() => "pass",
        _ => "stop",
    };
    Some(FactLine { about: "device", value, source: "source-device", freshness, class })
}

fn network(context: &Context, decision: &DecisionRecord) -> FactLine {
    let known = decision.address.parse().ok().map(|address| context.world.network(address));
    let zone = known.as_ref().and_then(|network| network.zone()).map(str::to_owned);
    let threat = known.as_ref().map_or(0, sekisho_model::NetworkFacts::threat);
    let zone = zone.unwrap_or_else(|| context.say("no-zone"));
    let values = [("address", decision.address.clone()), ("zone", zone), ("threat", threat.to_string())];
    FactLine {
        about: "network",
        value: say_all(context, "network-facts", &values),
        source: "source-network",
        freshness: context.say("as-of-today"),
        class: if threat > 0 { "stop" } else { "" },
    }
}

fn grant(context: &Context, page: &Page, decision: &DecisionRecord) -> Option<FactLine> {
    let user = context.world.user(decision.subject.as_deref()?)?;
    let resource = context.world.facts().find(EntityType::Resource, decision.resource.as_deref()?)?;
    let grant = context.world.grant(user, resource, context.now)?;
    let freshness = say_all(context, "grant-until", &[("at", page.time(&grant.until))]);
    let value = grant.id.to_string();
    Some(FactLine { about: "grant", value, source: "source-grant", freshness, class: "pass" })
}

fn since(context: &Context, page: &Page, key: &str, at: Timestamp) -> String {
    say_all(context, key, &[("ago", page.ago(&at))])
}
