//! Classification: a scan finds My Numbers in data of the wiki, and who is not cleared for them is refused until they are gone.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::StatusCode;
use serde_json::{Value, json};

use super::Slice;
use crate::check::browser::Trouble;
use crate::check::person::Person;
use crate::check::{Seen, expect};
use crate::scene::Scene;

const PERSON: &str = "mio";
const POLICY: &str = "@id(\"check-clearance\")
@reason(\"The data of the wiki is more sensitive than your clearance.\")
@reason_ja(\"社内ウィキのデータの機密度が、あなたの取り扱い区分を超えています。\")
forbid (principal == Sekisho::User::\"mio\", action, resource == Sekisho::Resource::\"wiki\")
when { principal.clearance < resource.sensitivity };
";
const CLEAN: &str = "name,order number\nSato,123456789018\n";
const PERSONAL: &str = "name,my number\nSato,123456789018\nSuzuki,983205673214\n";

pub(super) const SLICE: Slice = Slice {
    title: "classification",
    expected: "a scan finds nothing in a list of orders: the wiki opens; it finds two My Numbers: 403 with the reason; they are gone: it opens",
    run: |scene| Box::pin(run(scene)),
};

async fn run(scene: &Scene) -> Seen {
    let user = json!({ "id": PERSON, "name": "Mio", "employment": "staff", "clearance": 2, "groups": ["staff"] });
    let label = json!({ "id": "check-personal", "name": { "en": "Specific personal information", "ja": "特定個人情報" },
        "sensitivity": 4, "finds": ["my-number"], "at_least": 2 });
    let policy = json!({ "text": POLICY });
    let document = |kind: &str, id: &str, body: &Value| json!({ "kind": kind, "id": id, "body": body, "origin": kind });
    let documents = [
        document("user", PERSON, &user),
        document("label", "check-personal", &label),
        document("policy", "check-clearance.cedar", &policy),
    ];
    let body = json!({ "documents": documents, "prune": false, "plan_only": false });
    scene.admin().send("POST", "/apply", Some(&body)).await.map_err(|failure| failure.to_string())?;
    let mut person = Person::newcomer(scene, PERSON).await?;
    let wiki = format!("{}/", scene.wiki());
    person.browser.open(&wiki).await?;
    let mut seen = Vec::new();
    for (data, count, status) in [(CLEAN, 0, 200), (PERSONAL, 2, 403), (CLEAN, 0, 200)] {
        let found = scan(scene, data).await?;
        expect(found == count, || format!("{found} values were found instead of {count}"))?;
        let page = person.browser.open(&wiki).await?;
        expect(page.status.as_u16() == status, || format!("after {found} values the wiki answered {}", page.status))?;
        let says_why = page.body.contains("more sensitive than your clearance");
        expect(says_why == (page.status == StatusCode::FORBIDDEN), || "the page does not say why".to_owned())?;
        seen.push(format!("{found} found: {status}"));
    }
    Ok(seen.join("; "))
}

/// Scans data of the wiki. Returns how many values were found.
async fn scan(scene: &Scene, data: &str) -> Result<u64, Trouble> {
    let body = json!({ "resource": "wiki", "source": "check.csv", "content": STANDARD.encode(data) });
    let scanned = scene.admin().send("POST", "/scans", Some(&body)).await.map_err(|failure| failure.to_string())?;
    let found = scanned.get("found").and_then(Value::as_array).ok_or("the scan says nothing")?;
    Ok(found.iter().filter_map(|kind| kind.get("count")?.as_u64()).sum())
}
