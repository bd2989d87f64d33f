//! What a decision costs: `decide` over a whole World with 10 to 10,000 policies, and the `cedar-policy` crate's own
//! authoriser on the same questions beside it.
//!
//! 100,000 users, devices and resources. Most policies are about a group and an application, some about an application
//! group, a few about everything; about five of them can speak about a request. "Rich" policies have nine conditions each;
//! for "about thirty" candidates each request's application has more of them. The context is built inside the timing. The
//! p50 and p99 are of permits, when 500 people ask in turns; "strangers" is the p50 when 20,000 do, so that the facts about
//! each have to come from memory. A denial also looks for its reasons and remedies, by asking again in changed situations. The
//! crate's authoriser is timed on its best case: request and slice of entities prepared outside the timing.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::io::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};

use cedar_policy::{Authorizer, Context, Entities, Entity, EntityUid, PolicySet, Request, RestrictedExpression};
use sekisho_model::documents::{Change, Kind};
use sekisho_model::facts::EntityType;
use sekisho_model::{
    AccessRequest, Action, HttpFacts, Method, MethodSet, RequestId, RequestParts, SessionFacts, SessionId, Timestamp,
};
use sekisho_policy_engine::decide;
use sekisho_policy_information::{World, WorldBuilder};
use sekisho_policy_language::{Policies, PolicyText};
use serde_json::{Value, json};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Users, devices and resources, each.
const EACH: u64 = 100_000;
const GROUPS: u64 = 100;
const CATEGORIES: u64 = 500;
const REQUESTS: u64 = 20_000;
/// How many people ask in turns, as many as one core serves within some seconds. Then the facts about them are in its caches.
const AT_WORK: u64 = 500;
const NOW: Timestamp = Timestamp::from_millis(1_795_230_000_000);

fn main() -> std::process::ExitCode {
    let world = match organisation() {
        Ok(world) => world,
        Err(problem) => {
            say(&format!("a document did not fold: {problem}"));
            return std::process::ExitCode::FAILURE;
        }
    };
    say(&format!("{EACH} users, devices and resources; {REQUESTS} requests; times in microseconds"));
    say("policies  kind                    asked   p50     p99  strangers  explained denial  crate p50");
    let mut good = true;
    let plain = [10, 100, 1_000, 10_000].map(|count| measure(&world, count, Shape::Plain));
    let [ten, _, _, most] = plain;
    let ratio = most.as_nanos() * 100 / ten.as_nanos().max(1);
    good &= judge("p50 at 10,000 policies, of that at 10, in hundredths", ratio, 150);
    let five = measure(&world, 10_000, Shape::Five);
    good &= judge("p50 with about 5 rich candidates, ns", five.as_nanos(), 1_000);
    let thirty = measure(&world, 10_000, Shape::Thirty);
    good &= judge("p50 with about 30 rich candidates, ns", thirty.as_nanos(), 6_000);
    if good { std::process::ExitCode::SUCCESS } else { std::process::ExitCode::FAILURE }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Plain,
    Five,
    Thirty,
}

/// Measures one policy set and returns the median.
fn measure(world: &Arc<World>, count: u64, shape: Shape) -> Duration {
    let text: String = (0..count).map(|n| policy(n, count, shape)).collect();
    let texts = [PolicyText { name: "bench.cedar".to_owned(), text }];
    let policies = match Policies::load(&texts, world.facts().interner()) {
        Ok(policies) => Arc::new(policies),
        Err(problems) => {
            say(&format!("the policies do not load: {problems:?}"));
            return Duration::MAX;
        }
    };
    let requests: Vec<AccessRequest> =
        (0..REQUESTS).filter_map(|n| request(world, n, shape.applications(count))).collect();
    let applications = shape.applications(count);
    let (at_work, denials) = in_turns(world, &policies, applications, AT_WORK);
    let (strangers, _) = in_turns(world, &policies, applications, REQUESTS);
    let p50 = part(&at_work, 50);
    let reference = reference(world, &policies, &requests);
    let asked: usize = requests.iter().take(200).map(|request| asked(world, &policies, request)).sum();
    let kind = match shape {
        Shape::Plain => "plain",
        Shape::Five => "nine conditions each",
        Shape::Thirty => "nine conditions, more",
    };
    say(&format!(
        "{count:<9} {kind:<22} {:>3}.{}  {:>7} {:>7} {:>9} {:>17} {:>10}",
        asked / 200,
        asked % 200 / 20,
        micros(p50),
        micros(part(&at_work, 99)),
        micros(part(&strangers, 50)),
        micros(part(&denials, 50)),
        micros(reference),
    ));
    p50
}

/// Decides the requests of that number of people in turns, and returns the times of the permits and of the denials, sorted.
fn in_turns(
    world: &Arc<World>,
    policies: &Arc<Policies>,
    applications: u64,
    people: u64,
) -> (Vec<Duration>, Vec<Duration>) {
    let (mut permits, mut denials) = (Vec::new(), Vec::new());
    let rounds = 2 * REQUESTS / people;
    for n in (0..rounds).flat_map(|_| 0..people) {
        // Made just before it is decided, as the gateway makes it.
        let Some(request) = request(world, n, applications) else { continue };
        let began = Instant::now();
        let decision = decide(policies, world, black_box(&request), NOW);
        let took = began.elapsed();
        if black_box(&decision).is_permit() { permits.push(took) } else { denials.push(took) }
    }
    permits.sort_unstable();
    denials.sort_unstable();
    (permits, denials)
}

/// How many policies a request's scope selects.
fn asked(world: &World, policies: &Policies, request: &AccessRequest) -> usize {
    let party = |handle| sekisho_policy_language::Party {
        handle,
        ancestors: world.facts().get(handle).map_or(&[], |entity| entity.ancestors()),
    };
    let mut count = 0;
    policies.select(party(request.subject()), request.action(), party(request.resource()), |_| count += 1);
    count
}

/// The median of the crate's authoriser on some of the requests.
fn reference(world: &World, policies: &Policies, requests: &[AccessRequest]) -> Duration {
    let set = match PolicySet::from_policies(policies.reference().iter().cloned()) {
        Ok(set) => set,
        Err(_) => return Duration::MAX,
    };
    let authorizer = Authorizer::new();
    let sample = if policies.len() > 1_000 { 31 } else { 301 };
    let mut times: Vec<Duration> = requests
        .iter()
        .take(sample)
        .filter_map(|request| {
            let (question, entities) = in_its_terms(world, request)?;
            let began = Instant::now();
            black_box(authorizer.is_authorized(&question, &set, &entities));
            Some(began.elapsed())
        })
        .collect();
    times.sort_unstable();
    part(&times, 50)
}

/// A request and its entities as the crate takes them.
fn in_its_terms(world: &World, request: &AccessRequest) -> Option<(Request, Entities)> {
    let uid = |handle: sekisho_model::facts::Handle| -> Option<EntityUid> {
        format!("{}::\"{}\"", handle.kind().name(), world.id(handle)).parse().ok()
    };
    let (user, resource, device) = (request.subject(), request.resource(), *request.device().known()?);
    let text = |text: &str| RestrictedExpression::new_string(text.to_owned());
    let pairs = |pairs: Vec<(&str, RestrictedExpression)>| -> Vec<(String, RestrictedExpression)> {
        pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    };
    let of_user = pairs(vec![
        ("name", text("x")),
        ("department", text("department-1")),
        ("employment", text("staff")),
        ("clearance", RestrictedExpression::new_long(3)),
        ("status", text("active")),
    ]);
    let of_device = pairs(vec![
        ("managed", RestrictedExpression::new_bool(true)),
        ("ownership", text("corporate")),
        ("compliant", RestrictedExpression::new_bool(true)),
    ]);
    let of_resource = pairs(vec![("kind", text("web")), ("sensitivity", RestrictedExpression::new_long(2))]);
    let mut entities = Vec::new();
    for (handle, attributes) in [(user, of_user), (resource, of_resource), (device, of_device)] {
        let parents = world.facts().get(handle)?.ancestors().iter().filter_map(|parent| uid(*parent));
        let attributes: BTreeMap<String, RestrictedExpression> = attributes.into_iter().collect();
        entities.push(Entity::new_with_tags(uid(handle)?, attributes, parents, []).ok()?);
    }
    let group: EntityUid = "Sekisho::Action::\"use\"".parse().ok()?;
    let action: EntityUid = "Sekisho::Action::\"read\"".parse().ok()?;
    entities.push(Entity::new_with_tags(action.clone(), [], [group], []).ok()?);
    let session = RestrictedExpression::new_record(pairs(vec![
        ("assurance", RestrictedExpression::new_long(3)),
        ("auth_age", RestrictedExpression::new_duration("60000ms")),
    ]));
    let network = RestrictedExpression::new_record(pairs(vec![
        ("threat", RestrictedExpression::new_long(0)),
        ("ip", RestrictedExpression::new_ip("192.0.2.7")),
    ]));
    let context = Context::from_pairs(pairs(vec![
        ("session", session.ok()?),
        ("network", network.ok()?),
        ("hour", RestrictedExpression::new_long(12)),
        ("risk", RestrictedExpression::new_long(0)),
        ("device", RestrictedExpression::new_entity_uid(uid(device)?)),
    ]));
    let question = Request::new(uid(user)?, action, uid(resource)?, context.ok()?, None).ok()?;
    Some((question, Entities::from_entities(entities, None).ok()?))
}

impl Shape {
    /// The applications that the policies and the requests are about. A person is in about an eighth of the groups, so
    /// this sets how many policies can speak about one request.
    fn applications(self, count: u64) -> u64 {
        match self {
            Self::Plain => (count / 9).clamp(2, 1_000),
            Self::Five => 240,
            Self::Thirty => 40,
        }
    }
}

/// One policy of a set: the first four are about everything, a tenth of the others about a category, the rest about a group
/// and an application, so that with more policies there are more applications and not more policies about each.
fn policy(n: u64, count: u64, shape: Shape) -> String {
    if n < 4 && shape == Shape::Plain {
        return format!("forbid(principal, action, resource) when {{ context.risk > {} }};\n", 90 + n);
    }
    let condition = if shape == Shape::Plain { "context.risk < 80".to_owned() } else { rich(n) };
    let group = (n.wrapping_mul(2_654_435_761) >> 7) % GROUPS;
    let action = if n.is_multiple_of(7) { "write" } else { "read" };
    let resource = match n % 10 {
        0 => format!("in Sekisho::Category::\"category-{}\"", n / 10 % CATEGORIES),
        _ => format!("== Sekisho::Resource::\"app-{}\"", n % shape.applications(count)),
    };
    format!(
        "permit(principal is Sekisho::User in Sekisho::Group::\"group-{group}\", action == Sekisho::Action::\"{action}\", \
         resource {resource}) when {{ {condition} }};\n"
    )
}

/// Nine conditions in which the bounds differ from policy to policy, as they do where many people write them.
fn rich(n: u64) -> String {
    let (assurance, hours, prefix) = (1 + n % 3, 4 + n % 21, 16 + n % 9);
    let department = match n % 3 {
        0 => "department-*",
        1 => "dep*",
        _ => "d*",
    };
    let employments = match n / 3 % 3 {
        0 => r#""staff", "contractor""#,
        1 => r#""staff""#,
        _ => r#""staff", "guest""#,
    };
    format!(
        "principal.clearance >= resource.sensitivity && \
         principal has department && principal.department like \"{department}\" && \
         [{employments}].contains(principal.employment) && \
         context has device.compliant && context.device.compliant && \
         context.session.assurance >= {assurance} && context.session.auth_age < duration(\"{hours}h\") && \
         context.network.ip.isInRange(ip(\"192.0.2.0/{prefix}\"))"
    )
}

fn request(world: &World, n: u64, applications: u64) -> Option<AccessRequest> {
    let user = world.user(&format!("person-{}", n * 7_919 % EACH))?;
    let resource = world.facts().find(EntityType::Resource, &format!("app-{}", n * 31 % applications))?;
    let device = world.device(&format!("device-{}", n * 7_919 % EACH))?;
    let session = SessionFacts {
        id: SessionId::from_bytes([1; 16]),
        subject: user,
        device: Some(device),
        established_at: NOW,
        authenticated_at: NOW,
        expires_at: Timestamp::from_millis(NOW.as_millis() + 3_600_000),
        methods: MethodSet::EMPTY.with(Method::Passkey),
        assurance_limit: None,
        rotation: 0,
    };
    Some(AccessRequest::new(RequestParts {
        id: RequestId::new("bench"),
        session: Arc::new(session),
        device: world.device_evidence(device, NOW),
        resource,
        action: Action::Read,
        network: world.network([192, 0, 2, 7].into()),
        http: Some(HttpFacts::new("GET".into(), "/".into(), "app.localhost".parse().ok()?)),
    }))
}

fn organisation() -> Result<Arc<World>, sekisho_policy_information::FoldProblem> {
    let mut builder = WorldBuilder::new();
    let mut put =
        |kind, id: String, body: Value| builder.apply(&Change { revision: 1, kind, id, body: Some(body), at: NOW });
    for n in 0..GROUPS {
        let id = format!("group-{n}");
        let parents: Vec<String> = if n < 10 { Vec::new() } else { vec![format!("group-{}", n % 10)] };
        put(Kind::Group, id.clone(), json!({"id": id, "name": id, "groups": parents}))?;
    }
    for n in 0..EACH {
        let (user, device, app) = (format!("person-{n}"), format!("device-{n}"), format!("app-{n}"));
        let groups: Vec<String> = (0..8).map(|place| format!("group-{}", (n * 13 + place * 17) % GROUPS)).collect();
        put(
            Kind::User,
            user.clone(),
            json!({"id": user, "name": user, "employment": "staff", "clearance": 3, "groups": groups,
                "department": format!("department-{}", n % 200)}),
        )?;
        put(
            Kind::Device,
            device.clone(),
            json!({"id": device, "name": device, "owner": user, "ownership": "corporate", "platform": "linux",
                "managed": true, "key_sha256": format!("{:016x}", n.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1).repeat(4)}),
        )?;
        put(
            Kind::Posture,
            device.clone(),
            json!({"device": device, "reported_at": NOW, "sequence": 1, "facts": {}, "failing": []}),
        )?;
        put(
            Kind::Resource,
            app.clone(),
            json!({"id": app, "name": {"en": app}, "sensitivity": 2, "categories": [format!("category-{}", n % CATEGORIES)]}),
        )?;
    }
    Ok(builder.publish(NOW))
}

fn judge(what: &str, value: u128, target: u128) -> bool {
    let verdict = if value <= target { "within" } else { "over" };
    say(&format!("{what}: {value}, {verdict} the target of {target}"));
    value <= target
}

fn part(sorted: &[Duration], percent: usize) -> Duration {
    sorted.get(sorted.len() * percent / 100).copied().unwrap_or(Duration::MAX)
}

fn micros(time: Duration) -> String {
    format!("{}.{:02}", time.as_micros(), time.as_nanos() % 1_000 / 10)
}

fn say(text: &str) {
    // A reader that closed the pipe does not want the figures.
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}
