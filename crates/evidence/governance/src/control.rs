//! The controls: each measures one thing that the platform knows of itself.

use sekisho_ledger::Standing;
use sekisho_model::documents::{Kind, ResourceKind};
use sekisho_model::facts::{Fact, Handle, Slot};
use sekisho_model::{Evidence, Span, is_live};
use sekisho_policy_information::DeviceView;

use crate::measure::Measure;
use crate::permits::{Asked, has_condition, is_scoped, permits, permits_of, reads};
use crate::seen::Seen;

/// The longest that a session may last and still count as bounded.
const SESSION_LENGTH: Span = Span::from_minutes(12 * 60);
/// The longest that a session may be idle and still count as bounded.
const SESSION_IDLE: Span = Span::from_minutes(30);
/// The longest that a grant may last and still not count as standing privilege.
const GRANT_LENGTH: Span = Span::from_minutes(30 * 24 * 60);
/// The longest that a cut may take.
const CUT_MS: u64 = 1_000;
/// From this sensitivity on, the device must be part of the decision.
const SENSITIVE: u8 = 3;
/// The group of those who write policies, and of those who put them into force.
const AUTHORS_AND_APPROVERS: [&str; 2] = ["policy-authors", "policy-approvers"];

/// Declares the controls: variant, stable name, measurement.
macro_rules! controls {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $measure:expr;)*) => {
        /// What is measured. Its texts are `governance-of-<name>` and `governance-why-<name>`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Control { $($(#[$doc])* $name,)* }

        impl Control {
            /// Every control.
            pub const ALL: [Self; [$($text,)*].len()] = [$(Self::$name,)*];

            /// Its stable name.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// Measures it.
            pub(crate) fn measure(self, seen: &Seen) -> Measure {
                let measure: fn(&Seen) -> Measure = match self { $(Self::$name => $measure,)* };
                measure(seen)
            }
        }
    };
}

controls! {
    /// There are accounts.
    Accounts = "accounts", |seen| Measure::exists(seen.world.users().count() as u64);
    /// Accounts come from a directory.
    Directory = "directory", |seen| kinds(seen, DIRECTORY);
    /// Live sessions resist phishing.
    SignInStrong = "sign-in-strong", sign_in_strong;
    /// Sessions end within half a day, and within half an hour when nobody uses them.
    SessionsBounded = "sessions-bounded", sessions_bounded;
    /// A policy reads how strongly or how lately somebody authenticated.
    AssuranceDecides = "assurance-decides", |seen| read_by_some(seen, Asked::Authentication);
    /// Nobody both writes policies and puts them into force.
    AdministrationSeparated = "administration-separated", administration_separated;
    /// Every permit names somebody or has a condition.
    PermitsScoped = "permits-scoped", |seen| of_permits(seen, is_scoped);
    /// Permits have conditions.
    PermitsConditional = "permits-conditional", |seen| of_permits(seen, has_condition);
    /// The policy set has no warning.
    PoliciesSound = "policies-sound", policies_sound;
    /// A policy reads risk.
    RiskDecides = "risk-decides", |seen| read_by_some(seen, Asked::Risk);
    /// A policy compares the clearance of the person.
    ClearanceDecides = "clearance-decides", |seen| read_by_some(seen, Asked::Clearance);
    /// Every permit of a sensitive resource reads the device.
    DeviceDecides = "device-decides", device_decides;
    /// Grants end within a month.
    GrantsEnd = "grants-end", grants_end;
    /// Every resource is named by a policy.
    ResourcesGoverned = "resources-governed", resources_governed;
    /// Every resource has an owner.
    ResourcesOwned = "resources-owned", |seen| of_resources(seen, |resource| resource.owner.is_some());
    /// Every resource has a category.
    ResourcesLabelled = "resources-labelled", |seen| of_resources(seen, |resource| !resource.categories.is_empty());
    /// Every application is reached over TLS.
    UpstreamsEncrypted = "upstreams-encrypted", upstreams_encrypted;
    /// Services other than web applications stand behind the gateway too.
    ServicesBehind = "services-behind", services_behind;
    /// Every device has an owner.
    DevicesOwned = "devices-owned", |seen| of_devices(seen, |_, device| !matches!(device.facts.get(Slot::Owner), Fact::Absent));
    /// Every device is managed.
    DevicesManaged = "devices-managed", |seen| of_devices(seen, |_, device| *device.facts.get(Slot::Managed) == Fact::Bool(true));
    /// Every device reported lately.
    DevicesReporting = "devices-reporting", |seen| of_devices(seen, reports);
    /// There are checks of devices.
    Checks = "checks", |seen| Measure::exists(seen.world.checks().count() as u64);
    /// Every device passes its checks.
    DevicesCompliant = "devices-compliant", |seen| {
        of_devices(seen, |seen, device| reports(seen, device) && *device.facts.get(Slot::Compliant) == Fact::Bool(true))
    };
    /// Cuts follow their facts within a second.
    CutsInTime = "cuts-in-time", cuts_in_time;
    /// Everything can be recorded.
    RecordWhole = "record-whole", |seen| Measure::exists(u64::from(seen.standing == Standing::Sound && seen.index > 0));
    /// Addresses are compared with what is known of attackers.
    ThreatLists = "threat-lists", |seen| kinds(seen, THREATS);
    /// Software is compared with known vulnerabilities.
    Vulnerabilities = "vulnerabilities", |seen| kinds(seen, VULNERABILITIES);
    /// Data has labels.
    Labels = "labels", |seen| kinds(seen, LABELS);
    /// A policy obliges the gateway to protect data.
    DataObligations = "data-obligations", data_obligations;
    /// Responses are automated.
    Playbooks = "playbooks", |seen| kinds(seen, PLAYBOOKS);
}

const DIRECTORY: &[Kind] = &[Kind::DirectoryEntry];
const THREATS: &[Kind] = &[Kind::ThreatList, Kind::ThreatFeed];
const VULNERABILITIES: &[Kind] = &[Kind::VulnerabilitySource];
const LABELS: &[Kind] = &[Kind::Label];
const PLAYBOOKS: &[Kind] = &[Kind::Playbook];
/// The kinds whose documents controls ask for.
pub(crate) const KINDS: [&[Kind]; 5] = [DIRECTORY, THREATS, VULNERABILITIES, LABELS, PLAYBOOKS];

impl Control {
    /// The control with that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|control| control.name() == name)
    }
}

fn kinds(seen: &Seen, kinds: &[Kind]) -> Measure {
    Measure::exists(u64::from(seen.has_one_of(kinds)))
}

fn sign_in_strong(seen: &Seen) -> Measure {
    let live = seen.world.sessions().filter(|one| is_live(one.authenticated_at, one.expires_at, seen.now));
    Measure::of_each(live.map(|one| (one.methods.phishing_resistant(), format!("user/{}", seen.world.id(one.subject)))))
}

fn sessions_bounded(seen: &Seen) -> Measure {
    let settings = seen.world.settings();
    let bounds = [
        (settings.session_length <= SESSION_LENGTH, "session_length"),
        (settings.session_idle <= SESSION_IDLE, "session_idle"),
    ];
    Measure::of_each(bounds.into_iter().map(|(is_bounded, name)| (is_bounded, format!("settings/{name}"))))
}

fn administration_separated(seen: &Seen) -> Measure {
    let (facts, world) = (seen.world.facts(), &seen.world);
    let groups = AUTHORS_AND_APPROVERS;
    let is_in = |user: Handle, group: &str| {
        let ancestors = facts.get(user).map(sekisho_model::facts::Entity::ancestors).unwrap_or_default();
        ancestors.iter().any(|ancestor| world.id(*ancestor) == group)
    };
    let members = world.users().map(|user| (user, groups.map(|group| is_in(user, group))));
    let members = members.filter(|(_, roles)| roles.contains(&true));
    Measure::of_each(members.map(|(user, roles)| (roles != [true, true], format!("user/{}", world.id(user)))))
}

fn of_permits(
    seen: &Seen,
    is_sound: fn(&sekisho_policy_language::Policies, &sekisho_policy_language::Compiled) -> bool,
) -> Measure {
    let policies = seen.world.policies();
    Measure::of_each(permits(policies).map(|(policy, name)| (is_sound(policies, policy), format!("policy/{name}"))))
}

fn policies_sound(seen: &Seen) -> Measure {
    let policies = seen.world.policies();
    let warned = |file: &str| policies.warnings().iter().any(|warning| warning.file == file);
    Measure::of_each(policies.metas().iter().map(|meta| (!warned(&meta.file), format!("policy/{}", meta.id))))
}

fn read_by_some(seen: &Seen, asked: Asked) -> Measure {
    let policies = seen.world.policies();
    let own = |id: &str| id.starts_with("role-") || id.starts_with("console-");
    // The shipped policies of the console are about the console alone.
    let others = policies.compiled().iter().zip(policies.metas()).filter(|(_, meta)| !own(meta.id.as_str()));
    let count = others.filter(|(policy, _)| !policy.report_only && reads(policies, policy, asked)).count();
    Measure::exists(count as u64)
}

fn device_decides(seen: &Seen) -> Measure {
    let policies = seen.world.policies();
    let sensitive = protected(seen).filter(|(_, resource)| resource.sensitivity >= SENSITIVE);
    Measure::of_each(sensitive.map(|(handle, resource)| {
        let is_decided = permits_of(&seen.world, handle).all(|policy| reads(policies, policy, Asked::Device));
        (is_decided, format!("resource/{}", resource.id))
    }))
}

fn grants_end(seen: &Seen) -> Measure {
    let latest = seen.now.plus(GRANT_LENGTH);
    let valid = seen.world.grants().filter(|grant| seen.now < grant.until);
    Measure::of_each_if_any(valid.map(|grant| (grant.until <= latest, format!("grant/{}", grant.id))))
}

fn resources_governed(seen: &Seen) -> Measure {
    Measure::of_each(protected(seen).map(|(handle, resource)| {
        (permits_of(&seen.world, handle).next().is_some(), format!("resource/{}", resource.id))
    }))
}

fn of_resources(seen: &Seen, is_sound: fn(&sekisho_model::documents::Resource) -> bool) -> Measure {
    Measure::of_each(protected(seen).map(|(_, resource)| (is_sound(resource), format!("resource/{}", resource.id))))
}

/// The resources that are not parts of the platform.
fn protected(seen: &Seen) -> impl Iterator<Item = (Handle, &sekisho_model::documents::Resource)> {
    let own: Vec<&str> = sekisho_capability::own_resources().collect();
    seen.world
        .resources()
        .map(|(handle, resource)| (handle, &**resource))
        .filter(move |(_, resource)| !own.contains(&resource.id.as_str()))
}

fn upstreams_encrypted(seen: &Seen) -> Measure {
    let reached = protected(seen).filter_map(|(_, resource)| Some((resource, resource.upstream.as_ref()?)));
    Measure::of_each(reached.map(|(resource, upstream)| (upstream.tls.is_some(), format!("resource/{}", resource.id))))
}

fn services_behind(seen: &Seen) -> Measure {
    Measure::exists(protected(seen).filter(|(_, resource)| resource.kind == ResourceKind::Tcp).count() as u64)
}

fn of_devices(seen: &Seen, is_sound: fn(&Seen, &DeviceView<'_>) -> bool) -> Measure {
    let usable = seen.world.devices().filter(|device| device.usable);
    Measure::of_each(usable.map(|device| (is_sound(seen, &device), format!("device/{}", device.id))))
}

fn reports(seen: &Seen, device: &DeviceView<'_>) -> bool {
    matches!(seen.world.device_evidence(device.handle, seen.now), Evidence::Known(_))
}

fn cuts_in_time(seen: &Seen) -> Measure {
    Measure::of_each(seen.cuts.iter().map(|(index, delay)| (*delay <= CUT_MS, format!("ledger/{index}"))))
}

fn data_obligations(seen: &Seen) -> Measure {
    let metas = seen.world.policies().metas().iter();
    let obliging = metas.flat_map(|meta| &meta.obligations).filter(|one| one.name() != "record");
    Measure::exists(obliging.count() as u64)
}
