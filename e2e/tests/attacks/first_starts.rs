//! RACE: two processes start at once on one store that nobody has used. Both serve, with the same keys, and the first administrator
//! has one link that is good, and knows which.

use sekisho_e2e::platform::Platform;

use crate::scenario::conclude;
use crate::shared_store::SharedStore;

pub(crate) const CASES: [&str; 1] = ["RACE-first-start"];
/// How often they race.
const ROUNDS: usize = 3;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_first_starts_at_once_make_one_first_administrator() {
    let mut failures = Vec::new();
    for round in 0..ROUNDS {
        failures.extend(one().await.err().map(|error| format!("round {round}: {error}")));
    }
    conclude("RACE (first starts)", CASES.len(), &failures);
}

async fn one() -> Result<(), String> {
    let store = SharedStore::start().await;
    let lines = store.lines();
    let start = || Platform::start_with(1, &["env", "SEKISHO_LOG=info"], &lines);
    let (one, other) = tokio::join!(start(), start());
    let mut both = [one, other].into_iter().collect::<Result<Vec<_>, _>>().map_err(|trouble| trouble.to_string())?;
    let (mut links, mut told) = (Vec::new(), 0);
    for platform in &mut both {
        let [first, second] =
            platform.invitation().await.map_err(|trouble| format!("{trouble}: {}", platform.log()))?;
        told += usize::from(first.contains("Another Sekisho") || first.contains("replaces the one"));
        links.extend(second.trim().starts_with("https://").then(|| second.trim().to_owned()));
    }
    // The links are of both ports, and of one store: each enrols at its own process.
    let mut good = Vec::new();
    for link in &links {
        for platform in &both {
            if link.contains(&format!(":{}/", platform.port())) {
                let mut person = platform.person().map_err(|trouble| trouble.to_string())?;
                let status = person.go(link).await.map_err(|trouble| trouble.to_string())?.status;
                good.extend((status == 200).then_some((person, link)));
            }
        }
    }
    let ([(person, link)], 1) = (good.as_mut_slice(), told) else {
        return Err(format!(
            "{} links of {} are good, and {told} processes say what became of another",
            good.len(),
            links.len()
        ));
    };
    person.enrol(link).await.map_err(|trouble| trouble.to_string())?;
    for platform in &both {
        let users = platform.command(&["user", "list"]).await.map_err(|trouble| trouble.to_string())?;
        let count = users.as_array().map_or(0, Vec::len);
        if count != 1 {
            return Err(format!("{count} users: {users}"));
        }
    }
    drop(store);
    Ok(())
}
