//! The organisation: people in departments, a device for each, applications with a policy for each, and sessions of some of the people.

use sekisho::embedded::{Embedded, Failure};
use sekisho_control_plane::now;
use sekisho_model::documents::Kind;
use sekisho_store::{Expected, Write};
use serde_json::{Value, json};

use crate::ADMINISTRATOR;

/// How many documents are written at once.
const AT_ONCE: usize = 5_000;
const GROUPS: u64 = 500;
/// One person in twenty is signed in.
const SIGNED_IN: u64 = 20;
/// A day in milliseconds.
const DAY: i64 = 86_400_000;

/// Names as a Japanese organisation has them.
const FAMILY: [(&str, &str); 8] = [
    ("Sato", "佐藤"),
    ("Suzuki", "鈴木"),
    ("Takahashi", "高橋"),
    ("Tanaka", "田中"),
    ("Ito", "伊藤"),
    ("Watanabe", "渡辺"),
    ("Yamamoto", "山本"),
    ("Nakamura", "中村"),
];
const GIVEN: [(&str, &str); 7] = [
    ("Haruto", "陽翔"),
    ("Yui", "結衣"),
    ("Sota", "颯太"),
    ("Aoi", "葵"),
    ("Ren", "蓮"),
    ("Hina", "陽菜"),
    ("Minato", "湊"),
];

/// The number of applications for a number of people.
pub(crate) const fn applications(each: u64) -> u64 {
    each / 100
}

/// Writes all of it, and waits until the World holds it.
pub(crate) async fn write(platform: &Embedded, each: u64) -> Result<(), Failure> {
    platform.control_plane().bootstrap().await.map_err(Failure::failed)?;
    let groups = (0..GROUPS).map(group);
    let people = (0..each).map(user).chain([administrator()]);
    let devices = (0..each).flat_map(|n| [device(n), posture(n)]);
    let offered = (0..applications(each)).flat_map(|n| [resource(n), policy(n)]);
    let sessions = (0..each / SIGNED_IN).map(session);
    let mut all = groups.chain(people).chain(devices).chain(offered).chain(sessions).peekable();
    while all.peek().is_some() {
        let writes: Vec<Write> = all.by_ref().take(AT_ONCE).collect();
        platform.control_plane().store.commit(writes, "system", now()).await.map_err(Failure::failed)?;
    }
    let revision = platform.control_plane().store.revision().await.map_err(Failure::failed)?;
    let mut world = platform.control_plane().publication.world.clone();
    world.wait_for(|world| world.revision() >= revision).await.map_err(Failure::failed)?;
    Ok(())
}

fn put(kind: Kind, id: &str, body: Value) -> Write {
    Write::Put { kind, id: id.to_owned(), expected: Expected::Any, body }
}

/// The place in a list that wraps around.
fn of<T: Copy + Default>(list: &[T], n: u64) -> T {
    let length = u64::try_from(list.len()).unwrap_or(1);
    usize::try_from(n % length).ok().and_then(|place| list.get(place)).copied().unwrap_or_default()
}

fn group(n: u64) -> Write {
    let id = format!("department-{n}");
    put(Kind::Group, &id, json!({ "id": id, "name": format!("Department {n} · 第{n}部") }))
}

fn user(n: u64) -> Write {
    let ((given, mei), (family, sei)) = (of(&GIVEN, n), of(&FAMILY, n / 7));
    let id = format!("person-{n}");
    let body = json!({
        "id": id, "name": format!("{given} {family} · {sei}{mei}"), "email": format!("person-{n}@example.jp"),
        "department": format!("department-{}", n % GROUPS), "employment": "staff", "clearance": n % 5, "identity_assurance": 2,
        "groups": [format!("department-{}", n % GROUPS), format!("department-{}", n * 7 % GROUPS)],
    });
    put(Kind::User, &id, body)
}

fn administrator() -> Write {
    let body = json!({ "id": ADMINISTRATOR, "name": "Administrator", "groups": ["administrators"] });
    put(Kind::User, ADMINISTRATOR, body)
}

fn device(n: u64) -> Write {
    let id = format!("device-{n}");
    let body = json!({
        "id": id, "name": format!("Laptop {n}"), "owner": format!("person-{n}"), "ownership": "corporate",
        "platform": of(&["linux", "windows", "macos"], n), "managed": !n.is_multiple_of(9), "key_sha256": key(n),
    });
    put(Kind::Device, &id, body)
}

fn key(n: u64) -> String {
    format!("{:032x}", u128::from(n) + 1).repeat(2)
}

fn posture(n: u64) -> Write {
    let id = format!("device-{n}");
    let failing =
        if n.is_multiple_of(20) { json!([{ "check": "disk-encrypted", "found": "false" }]) } else { json!([]) };
    put(
        Kind::Posture,
        &id,
        json!({ "device": id, "reported_at": now(), "sequence": 1, "facts": { "os.version": "12.4" }, "failing": failing }),
    )
}

fn resource(n: u64) -> Write {
    let id = format!("application-{n}");
    let body = json!({
        "id": id, "name": { "en": format!("Application {n}"), "ja": format!("業務アプリケーション {n}") },
        "description": { "en": "What a department works with.", "ja": "部門の業務で使います。" },
        "kind": "web", "host": format!("application-{n}.localhost"), "upstream": "http://127.0.0.1:9", "sensitivity": n % 5,
    });
    put(Kind::Resource, &id, body)
}

fn policy(n: u64) -> Write {
    let text = format!(
        "@id(\"application-{n}\")\npermit (principal in Sekisho::Group::\"department-{}\", action, \
         resource == Sekisho::Resource::\"application-{n}\")\nwhen {{ context.session.assurance >= 2 }};\n",
        n % GROUPS
    );
    put(Kind::Policy, &format!("application-{n}"), json!({ "text": text }))
}

fn session(n: u64) -> Write {
    let id = format!("{:032x}", u128::from(n) + 1);
    let (began, person) = (now().as_millis() - 3_600_000, n * SIGNED_IN);
    let body = json!({
        "id": id, "user": format!("person-{person}"), "device": format!("device-{person}"), "device_key": key(person),
        "established_at": began, "authenticated_at": began, "expires_at": began + DAY, "methods": ["passkey"],
        "address": "192.0.2.1", "user_agent": "Chrome on Linux",
    });
    put(Kind::Session, &id, body)
}
