//! Programs that ask in their own name: a job calls an application with each proof that there is, beside each that does not count. The jobs
//! are curl, the keys openssl's, and the issuer is `oidc-provider` of npm.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may stop at the first surprise")]

mod issuer;
mod place;

use std::time::{Duration, Instant};

use place::{API, HEAD, Place, Proof};
use serde_json::Value;
use tokio::process::Child;
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_secs(60);
const SUBJECT: &str = "repo:acme/app:main";
const AUDIENCE: &str = "https://sekisho.example";

#[tokio::test]
async fn i54_a_job_is_decided_by_each_proof_and_disabling_it_cuts_its_streams() {
    let place = Place::new().await;
    let exchanged = place.exchange("ci-deploy", &place.of_issuer(SUBJECT, AUDIENCE).await).await;
    assert_eq!((&exchanged["token_type"], &exchanged["expires_in"]), (&"Bearer".into(), &900.into()), "{exchanged}");
    let exchanged = exchanged["access_token"].as_str().unwrap().to_owned();
    let certificate = place.certificate("ci-deploy").await;
    assert!(place.names(&certificate.0).await.contains("URI:spiffe://localhost/workload/ci-deploy"));
    let proofs =
        [Proof::Token(place.issued("ci-deploy").await), Proof::Token(exchanged), Proof::Certificate(certificate)];
    let mut streams = Vec::new();
    for proof in &proofs {
        assert_eq!(place.call(API, "/", proof).await, (200, "the report".to_owned()));
        assert_eq!(place.elsewhere(proof).await, 403, "no policy gives it");
        streams.push(place.stream(proof).await);
    }
    // Its neighbours: nobody, and a workload that is in no group.
    assert_eq!(place.status(API, &Proof::Nothing).await, 401);
    let stranger =
        [Proof::Token(place.issued("stranger").await), Proof::Certificate(place.certificate("stranger").await)];
    for proof in &stranger {
        assert_eq!(place.status(API, proof).await, 403);
    }

    // One credential is revoked: the others go on.
    let shown = place.command(&["workload", "show", "ci-deploy"]).await;
    let exchanged = shown["live"].as_array().unwrap().iter().find(|one| one["origin"] == "exchanged").unwrap();
    let short: String = exchanged["id"].as_str().unwrap().chars().take(12).collect();
    let asked = Instant::now();
    place.command(&["workload", "revoke", "ci-deploy", &short]).await;
    cut(streams.remove(1)).await;
    println!("from the command that revokes to the cut: {} ms", asked.elapsed().as_millis());
    assert_eq!(place.status(API, &proofs[1]).await, 401);
    assert!(streams.iter_mut().all(|stream| stream.try_wait().unwrap().is_none()));

    let asked = Instant::now();
    place.command(&["workload", "disable", "ci-deploy"]).await;
    for stream in streams {
        cut(stream).await;
    }
    println!("from the command that disables to the last cut: {} ms", asked.elapsed().as_millis());
    for proof in &proofs {
        assert_eq!(place.status(API, proof).await, 401);
    }
    recorded(&place).await;
    place.command(&["workload", "enable", "ci-deploy"]).await;
    assert_eq!((place.status(API, &proofs[0]).await, place.status(API, &proofs[1]).await), (200, 401));

    // While its owner's account is disabled it may ask for nothing.
    let stream = place.stream(&proofs[0]).await;
    place.command(&["user", "disable", "olga"]).await;
    cut(stream).await;
    assert_eq!(place.status(API, &proofs[0]).await, 401);
}

#[tokio::test]
async fn i55_only_a_token_that_a_workload_trusts_is_exchanged_and_none_reaches_an_application() {
    let place = Place::new().await;
    let good = place.of_issuer(SUBJECT, AUDIENCE).await;
    let other_subject = place.of_issuer("repo:acme/app2:main", AUDIENCE).await;
    let other_audience = place.of_issuer(SUBJECT, "https://another.example").await;
    let (start, signature) = good.rsplit_once('.').unwrap();
    let altered = format!("{start}.{}", signature.chars().rev().collect::<String>());
    let unsigned = format!("{start}.");
    for (what, token) in [
        ("subject", &other_subject),
        ("audience", &other_audience),
        ("signature", &altered),
        ("no signature", &unsigned),
        ("no token", &"x".to_owned()),
    ] {
        let answer = place.exchange("ci-deploy", token).await;
        assert_eq!(answer["error"], "invalid_grant", "{what}: {answer}");
    }
    assert_eq!(place.exchange("nobody", &good).await["error"], "invalid_grant");
    place.command(&["workload", "disable", "stranger"]).await;
    assert_eq!(place.exchange("stranger", &good).await["error"], "invalid_grant");
    let ours = place.issued("ci-deploy").await;
    assert_eq!(place.exchange("ci-deploy", &ours).await["error"], "invalid_grant", "ours is no token of an issuer");

    let given = place.exchange("ci-deploy", &good).await;
    let token = given["access_token"].as_str().unwrap_or_else(|| panic!("{given}")).to_owned();
    let (status, head) = place.call(HEAD, "/head", &Proof::Token(token.clone())).await;
    assert_eq!(status, 200, "{head}");
    let lower = head.to_lowercase();
    assert!(lower.contains("sekisho-assertion:") && !lower.contains("authorization:"), "{head}");
    assert!(!head.contains("sekisho_workload_"), "{head}");
    // It administers nothing, and neither does a client without a credential.
    for proof in [Proof::Token(token.clone()), Proof::Nothing] {
        assert_eq!(place.call("portal.localhost", "/api/v1/workloads", &proof).await.0, 401);
    }
    // The issuer's own token opens nothing by itself.
    assert_eq!(place.status(API, &Proof::Token(good)).await, 401);
    let mut wrong = token;
    let last = if wrong.pop() == Some('0') { '1' } else { '0' };
    wrong.push(last);
    assert_eq!(place.status(API, &Proof::Token(wrong)).await, 401);
}

#[tokio::test]
async fn i56_whoever_names_an_api_token_as_a_workload_takes_nothing_over() {
    let place = Place::new().await;
    let proof = Proof::Token(place.issued("ci-deploy").await);
    assert_eq!(place.status(API, &proof).await, 200);
    // A token that was made earlier under the name of a later workload, too.
    let role = "[[group]]\nid = \"administrators\"\nname = \"Administrators\"\n[[user]]\nid = \"mallory\"\nname = \"Mallory\"\n\
         groups = [\"administrators\"]\n";
    place.platform.apply(&[("mallory.toml", role)]).await.unwrap();
    let command = ["token", "make", "ci-deploy", "--role", "administrators", "--days", "1", "--owner", "mallory"];
    let made = place.platform.command(&command).await;
    assert_eq!(place.status(API, &proof).await, 200, "the workload is what it was: {made:?}");
    let shown = place.command(&["workload", "show", "ci-deploy"]).await;
    assert_eq!(shown["groups"], serde_json::json!(["jobs"]));
}

/// The decisions, the exchange and what was taken away are in the record, and no secret is.
async fn recorded(place: &Place) {
    let acts = place.command(&["act", "list", "--limit", "200"]).await.to_string();
    for act in [
        "workload-token-issued",
        "workload-token-exchanged",
        "workload-certificate-issued",
        "workload-credential-revoked",
        "workload-disabled",
    ] {
        assert!(acts.contains(act), "{act}: {acts}");
    }
    assert!(acts.contains(SUBJECT) && !acts.contains("sekisho_workload_"), "{acts}");
    let decisions = place.command(&["decision", "list", "--subject", "workload:ci-deploy"]).await;
    let outcomes: Vec<&str> = decisions
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|one| one.pointer("/decision/outcome").and_then(Value::as_str))
        .collect();
    assert!(outcomes.contains(&"permit") && outcomes.contains(&"deny"), "{decisions}");
}

/// The stream is ended by the platform: the application never ends it.
async fn cut(mut stream: Child) {
    timeout(PATIENCE, stream.wait()).await.unwrap().unwrap();
}
