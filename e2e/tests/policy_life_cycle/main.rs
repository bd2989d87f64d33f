//! The life cycle of a policy on the built binary: a draft over the console's forms, report-only, approval by another person, the way back.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
#![expect(clippy::indexing_slicing, reason = "a field that is missing stops the test")]

mod browser;
mod place;

use place::{MARKED, NARROWER, Place};
use sekisho_e2e::platform::example::{ACCOUNT, OPEN};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_draft_is_written_compared_approved_published_and_rolled_back() {
    let mut place = Place::new().await;
    // The author begins a draft of the policy in force, and writes another text.
    let page = place.author.portal("/console/policy-drafts").await.unwrap().expect(200).unwrap();
    assert!(page.body.contains("<option value=\"open\">"), "{}", page.body);
    let begun = place.by_author("", &[("draft", "narrow"), ("policy", "open")]).await.expect(200).unwrap();
    assert!(begun.body.contains("Another person must approve this text"), "{}", begun.body);
    let first = place.show().await;
    assert_eq!((first["text"].as_str(), first["state"].as_str()), (Some(MARKED), Some("draft")));
    place.write(NARROWER).await.expect(200).unwrap();
    let looked = place.show().await;
    assert_eq!(looked["people"]["lose"], 1, "{looked}");
    assert!(looked["table"].to_string().contains("group/administrators"), "{looked}");

    // In report-only it changes no answer, and says what it would have answered.
    place.by_author("/narrow/report-only", &[]).await.expect(200).unwrap();
    let began = place.show().await;
    assert_eq!(began["state"], "report-only");
    let compared = place.until_found().await;
    let row = &compared["report"]["rows"][0];
    assert_eq!((row["user"].as_str(), row["resource"].as_str()), (Some(ACCOUNT), Some("open")));
    assert_eq!((row["now"].as_str(), row["then"].as_str()), (Some("permit"), Some("deny")), "{row}");
    assert_eq!(place.person.open(OPEN, "/").await.unwrap().expect(200).unwrap().body, "open");
    let page = place.author.portal("/console/policy-drafts/narrow").await.unwrap().expect(200).unwrap();
    assert!(page.body.contains(ACCOUNT) && page.body.contains("<b>deny</b>"), "{}", page.body);
    place.until_event("policy-difference-found").await;

    // Nobody publishes it without another person's approval of exactly this text.
    assert!(place.platform.command(&["policy-draft", "publish", "narrow"]).await.is_err());
    assert!(place.platform.apply(&[("open.cedar", NARROWER)]).await.is_err(), "nor in another way");
    assert_eq!(place.by_author("/narrow/publish", &[]).await.status, 403);
    let older = began["digest"].as_str().unwrap().to_owned();
    let newer = format!("{NARROWER}// by both\n");
    place.by_both_writes(&newer).await.expect(200).unwrap();
    let digest = place.show().await["digest"].as_str().unwrap().to_owned();
    let own = place.by_both("/narrow/approve", &[("digest", &digest)]).await;
    assert_eq!(own.status, 403, "who wrote on it: {}", own.body);
    assert!(own.body.contains("does not approve it"), "{}", own.body);
    assert_eq!(place.by_approver("/narrow/approve", &[("digest", &older)]).await.status, 409, "an older text");
    assert_eq!(place.by_approver("/narrow/publish", &[]).await.status, 403);
    place.by_approver("/narrow/approve", &[("digest", &digest)]).await.expect(200).unwrap();
    assert_eq!(place.show().await["approved_by"], "approver");

    // Published, it is in force for the next request; rolled back, the policy is as it was.
    place.by_approver("/narrow/publish", &[]).await.expect(200).unwrap();
    assert_eq!(place.policy().await, newer);
    assert_eq!(place.person.open(OPEN, "/").await.unwrap().status, 403);
    assert!(place.platform.command(&["policy-draft", "publish", "narrow"]).await.is_err(), "once");
    place.by_approver("/narrow/roll-back", &[]).await.expect(200).unwrap();
    assert_eq!(place.policy().await, MARKED, "byte for byte");
    assert_eq!(place.person.open(OPEN, "/").await.unwrap().expect(200).unwrap().body, "open");
    assert_eq!(place.show().await["state"], "rolled-back");
    let acts = place.platform.command(&["act", "list", "--limit", "500"]).await.unwrap().to_string();
    for act in ["policy-draft-put", "policy-draft-approved", "policy-published", "policy-rolled-back"] {
        assert!(acts.contains(act), "{act}");
        place.until_event(act).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_somebody_else_changed_is_not_overwritten() {
    let place = Place::new().await;
    let file = place.file("// Nothing is permitted.\n");
    let begin = ["policy-draft", "begin", "later", "extra", "--text", file.as_str()];
    let begun = place.platform.command(&begin).await.unwrap();
    assert_eq!(begun["state"], "draft");
    place.platform.apply(&[("extra.cedar", "// Somebody was faster.\n")]).await.unwrap();
    assert!(place.platform.command(&["policy-draft", "publish", "later"]).await.is_err());
    let shown = place.platform.command(&["policy-draft", "show", "later"]).await.unwrap();
    assert_eq!((shown["current"].as_bool(), shown["state"].as_str()), (Some(false), Some("draft")));
    place.platform.command(&["policy-draft", "withdraw", "later"]).await.unwrap();
    assert!(place.platform.command(&["policy-draft", "report-only", "later"]).await.is_err());
    let drafts = place.platform.command(&["policy-draft", "list"]).await.unwrap();
    assert_eq!(drafts[0]["state"], "withdrawn");
}
