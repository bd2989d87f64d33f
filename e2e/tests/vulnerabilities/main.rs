//! Vulnerable software: versions are ordered and advisories matched as programs of others do it, and what becomes known to be exploited
//! cuts what is open and says what to update.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
#![expect(clippy::indexing_slicing, reason = "a test may stop at the first surprise")]

mod audit;
mod numbers;
mod orders;
mod place;

use std::time::Instant;

use place::{Place, package, record};
use sekisho_e2e::platform::example::OPEN;
use serde_json::{Value, json};

const SOURCES: &str = r#"
[[vulnerability-source]]
id = "debian"
path = "osv/debian"
format = "osv"

[[vulnerability-source]]
id = "kev"
path = "kev.json"
format = "kev"
"#;

const VEX: &str = r#"
[[vulnerability-source]]
id = "maker"
path = "vex"
format = "openvex"
"#;

#[tokio::test]
async fn i45_what_becomes_known_to_be_exploited_cuts_what_is_open_and_says_what_to_update() {
    let mut place = Place::new("device").await;
    let (name, version) = package();
    let fixed = format!("{version}+repaired");
    place.write("osv/debian/a.json", &record("DEBIAN-CVE-2026-0001", &place.ecosystem(), &name, &fixed));
    // What this version repairs, and what concerns another release, was never here.
    place.write("osv/debian/b.json", &record("DEBIAN-CVE-2026-0002", &place.ecosystem(), &name, &version));
    place.write("osv/debian/c.json", &record("DEBIAN-CVE-2026-0003", "Debian:1", &name, &fixed));
    place.write("kev.json", &kev(&["CVE-2026-0002", "CVE-2026-0003"]));
    let agent = place.platform.enrolled("laptop", "runner").await.unwrap();
    place.prove(&agent).await;
    assert_eq!(
        place.person.open(OPEN, "/").await.unwrap().status,
        403,
        "without a source, a device is not known to be sound"
    );
    place.apply("sources.toml", SOURCES).await;
    let found = place.until("device/laptop", |found| found["known_exploited"] == false).await;
    assert_eq!((&found["worst_vulnerability"], &found["findings"]), (&json!(75), &json!(1)), "{found}");
    place.until_status(200).await;
    let mut socket = place.person.socket(OPEN, "/socket").await.unwrap();
    place::alive(&mut socket).await;
    let page = place.updates("en").await;
    assert!(page.contains(&name) && page.contains(&fixed) && !page.contains("Known to be exploited"), "{page}");

    // The catalogue names it.
    place.write("kev.json", &kev(&["CVE-2026-0001", "CVE-2026-0003"]));
    let began = Instant::now();
    place.command(&["vulnerability", "read", "kev"]).await;
    place::cut(&mut socket).await;
    println!("from the request to read to the cut: {} ms", began.elapsed().as_millis());
    for (language, reason, mark) in [
        ("en", "is known to be exploited", "Known to be exploited"),
        ("ja", "悪用が確認された脆弱性", "悪用を確認済み"),
    ] {
        let (status, refused) = place.asked(language).await;
        assert!(status == 403 && refused.contains(reason), "{status} {refused}");
        let page = place.updates(language).await;
        assert!(page.contains(&fixed) && page.contains(mark) && page.contains("CVE-2026-0001"), "{page}");
    }
    let acts = place.command(&["act", "list"]).await.to_string();
    assert!(
        acts.contains("exploited-vulnerability-found") && acts.contains("vulnerability-source-requested"),
        "{acts}"
    );

    // A damaged catalogue says nothing new, and a restart with it forgets nothing.
    place.write("kev.json", "{\"vulnerabilities\":[]}");
    place.command(&["vulnerability", "read", "kev"]).await;
    place.until_problem("kev", "`kev.json` is no catalogue of exploited vulnerabilities").await;
    assert_eq!(place.asked("en").await.0, 403);
    place = place.restarted().await;
    place.until_problem("kev", "is no catalogue").await;
    let found = place.command(&["vulnerability", "show", "device/laptop"]).await;
    assert_eq!(found["known_exploited"], true, "{found}");

    // Its maker states that this package is not affected.
    let statement = json!({ "vulnerability": { "name": "CVE-2026-0001" }, "status": "not_affected", "products": [{ "@id": format!("pkg:deb/debian/{name}") }] });
    place.write(
        "vex/a.json",
        &json!({ "@context": "https://openvex.dev/ns/v0.2.0", "statements": [statement] }).to_string(),
    );
    place.apply("sources.toml", &[SOURCES, VEX].concat()).await;
    let found = place.until("device/laptop", |found| found["known_exploited"] == false).await;
    assert_eq!(
        (&found["worst_vulnerability"], &found["found"][0]["excluded"]),
        (&json!(0), &json!("maker")),
        "{found}"
    );
    drop(agent);
}

#[tokio::test]
async fn a_bill_of_materials_closes_a_resource_and_who_has_no_role_sees_nothing() {
    let mut place = Place::new("resource").await;
    place.write(
        "rust/crates/rsa/RUSTSEC-2023-0071.md",
        &audit::advisory("RUSTSEC-2023-0071", "rsa", &[], &[], "CVE-2023-49092"),
    );
    place.write("kev.json", &kev(&["CVE-2023-49092"]));
    let rust = "[[vulnerability-source]]\nid = \"rust\"\npath = \"rust\"\nformat = \"rustsec\"\n";
    place.apply("sources.toml", &[SOURCES, rust].concat()).await;
    place.apply("people.toml", "[[group]]\nid = \"auditors\"\nname = \"Auditors\"\n[[user]]\nid = \"audit\"\nname = \"Audit\"\ngroups = [\"auditors\"]\n").await;
    place.until_problem("debian", "there is no `osv/debian` in the folder of sources").await;
    place.until_status(200).await;
    let bill = |purl: &str| {
        json!({ "bomFormat": "CycloneDX", "specVersion": "1.6", "components": [{ "type": "library", "purl": purl }] })
            .to_string()
    };
    place.inventory(&bill("pkg:cargo/serde@1.0.0")).await;
    place.until("resource/open", |found| found["known_exploited"] == false).await;
    assert_eq!(place.person.open(OPEN, "/").await.unwrap().status, 200);
    place.inventory(&bill("pkg:cargo/rsa@0.9.6")).await;
    place.until_status(403).await;
    // A lock file is as good.
    place.inventory("version = 4\n[[package]]\nname = \"serde\"\nversion = \"1.0.0\"\nsource = \"registry+x\"\n").await;
    place.until_status(200).await;

    let mut auditor = place.platform.signed_in("audit").await.unwrap();
    let page = auditor.portal("/console/vulnerabilities").await.unwrap().expect(200).unwrap();
    assert!(page.body.contains("resource/open") || page.body.contains(">open<"), "{}", page.body);
    auditor.portal("/console/vulnerabilities/resource/open").await.unwrap().expect(200).unwrap();
    let (_, program) = place.platform.token(&mut auditor, "audit-program", "auditors").await.unwrap();
    assert_eq!(program.ask("GET", "/vulnerabilities", None).await.unwrap().status, 200);
    let wanted = json!({ "content": "" });
    for (path, body) in [("/vulnerability-sources/kev/read", None), ("/software-inventories/open", Some(&wanted))] {
        assert_eq!(program.ask("POST", path, body).await.unwrap().status, 403, "{path}");
    }
    assert_eq!(place.person.portal("/console/vulnerabilities").await.unwrap().status, 403);
}

#[tokio::test]
async fn i46_no_source_is_read_outside_the_folder_of_sources() {
    let place = Place::new("resource").await;
    let source = |path: &str| format!("[[vulnerability-source]]\nid = \"s\"\npath = \"{path}\"\nformat = \"kev\"\n");
    for path in ["/etc/passwd", "../sekisho.toml", "a/../../b"] {
        let refused = place.platform.apply(&[("sources.toml", &source(path))]).await;
        assert!(refused.is_err_and(|error| error.to_string().contains("below the folder of sources")), "{path}");
    }
    let outside = tempfile::tempdir().unwrap();
    std::fs::write(outside.path().join("kev.json"), kev(&["CVE-2026-0001"])).unwrap();
    place.write("kev.json", &kev(&["CVE-2026-0001"]));
    std::os::unix::fs::symlink(outside.path(), place.folder().join("out")).unwrap();
    place.apply("sources.toml", &source("out/kev.json")).await;
    place.until_problem("s", "there is no `out/kev.json` in the folder of sources").await;
    place.apply("sources.toml", &source("kev.json")).await;
    place.until_records("s", 1).await;
}

fn kev(names: &[&str]) -> String {
    let entries: Vec<Value> = names.iter().map(|name| json!({ "cveID": name, "dueDate": "2026-12-31" })).collect();
    json!({ "title": "catalogue", "vulnerabilities": entries }).to_string()
}
