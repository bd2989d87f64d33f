//! Behaviour: a sign-in from a country in which the person never was is a signal, once there is enough history; a step-up answers it.

use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::Slice;
use crate::check::person::Person;
use crate::check::{Seen, expect};
use crate::scene::Scene;

/// The step.
pub(super) const SLICE: Slice = Slice {
    title: "behaviour",
    expected: "nine sign-ins are not enough history; after ten, one from another country is a signal that says what was usual, and a step-up answers it",
    run: |scene| Box::pin(run(scene)),
};

/// How long a sign-in may take to be learned on a busy machine before the step gives up on it.
const PATIENCE: Duration = Duration::from_secs(15);
/// Who signs in, which the step makes.
const PERSON: &str = "mio";
/// A file of places, made with `mmdb-writer`: 127.0.0.0/25 is in Japan, 127.0.0.200 in Brazil.
const PLACES: &[u8] = include_bytes!("../../../../../information/behaviour/tests/behaviour/places.mmdb");
const ELSEWHERE: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 200);
/// How many sign-ins are enough.
const ENOUGH: u64 = 10;

async fn run(scene: &Scene) -> Seen {
    let folder = scene.folder().join("places");
    std::fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    std::fs::write(folder.join("demo.mmdb"), PLACES).map_err(|error| error.to_string())?;
    until(scene, "/behaviour/files", |files| !files.to_string().contains("[]")).await?;
    let user = json!({ "id": PERSON, "name": "Mio", "employment": "staff", "groups": ["staff"] });
    let made = scene.admin().send("PUT", &format!("/documents/user/{PERSON}"), Some(&user)).await;
    made.map_err(|failure| failure.to_string())?;
    let path = format!("/behaviour/people/{PERSON}");
    let mut person = Person::newcomer(scene, PERSON).await?;
    let sign_in = format!("{}/sign-in", scene.portal());
    let mut known = until(scene, &path, |known| count(known) > 0).await?;
    while count(&known) < ENOUGH {
        let sign_ins = count(&known);
        expect(known.get("history").is_some_and(|history| history == "not-enough"), || {
            format!("{sign_ins} are enough")
        })?;
        person.browser = person.browser.at(Ipv4Addr::LOCALHOST);
        person.sign_in(&sign_in).await?;
        known = until(scene, &path, |known| count(known) > sign_ins).await?;
    }
    expect(open(&known, "new-country").is_none(), || "a signal without reason".to_owned())?;
    // Once more, from elsewhere.
    person.browser = person.browser.at(ELSEWHERE);
    person.sign_in(&sign_in).await?;
    let began = Instant::now();
    let known = until(scene, &path, |known| open(known, "impossible-travel").is_some()).await?;
    let delay = began.elapsed();
    let said = |name: &str| {
        let found = open(&known, name);
        let text = |field: &str| found.as_ref().and_then(|found| found.get(field)?.as_str().map(str::to_owned));
        format!("{name} (usual {}, seen {})", text("usual").unwrap_or_default(), text("seen").unwrap_or_default())
    };
    let said = format!("{} and {}", said("new-country"), said("impossible-travel"));
    person.sign_in(&format!("{}/step-up", scene.portal())).await?;
    until(scene, &path, |known| open(known, "new-country").is_none()).await?;
    Ok(format!(
        "{ENOUGH} sign-ins from JP: nothing; one from BR, after {} ms: {said}; the step-up answered both",
        delay.as_millis()
    ))
}

fn count(known: &Value) -> u64 {
    known.get("sign_ins").and_then(Value::as_u64).unwrap_or_default()
}

/// What is unusual under that name.
fn open(known: &Value, name: &str) -> Option<Value> {
    let open = known.get("open")?.as_array()?;
    open.iter().find(|open| open.get("name").is_some_and(|found| found == name)).cloned()
}

/// What that address of the API answers, once it is as it has to be.
async fn until(scene: &Scene, path: &str, holds: impl Fn(&Value) -> bool) -> Result<Value, String> {
    let began = Instant::now();
    loop {
        let found = scene.admin().send("GET", path, None).await;
        if let Ok(found) = &found
            && holds(found)
        {
            return Ok(found.clone());
        }
        expect(began.elapsed() < PATIENCE, || format!("{path} stays {found:?}"))?;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
