//! What a document of a list may hold, and that each of its entries names something.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use proptest::prelude::*;
use sekisho_domain_names::read_entry;
use sekisho_model::documents::Kind;
use serde_json::{Value, json};

fn list(rest: &Value) -> Result<Value, String> {
    let mut body = json!({ "id": "ads", "resource": "names-ads" });
    body.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
    Kind::NameList.normalise(&body)
}

#[test]
fn names_stand_in_the_document_or_in_a_file() {
    for good in [
        json!({}),
        json!({ "names": ["ads.test", "*.Ads.test", "_x.test", "jp"], "allowed": ["good.ads.test"] }),
        json!({ "file": "/etc/sekisho/ads.txt" }),
        json!({ "file": "/etc/sekisho/ads.zone", "format": "rpz", "answer": "no-address" }),
    ] {
        assert!(list(&good).is_ok(), "{good}");
    }
    for (wrong, field) in [
        (json!({ "names": ["a.test"], "file": "/a" }), "`file`"),
        (json!({ "file": "ads.txt" }), "`file`"),
        (json!({ "file": "/a\nb" }), "`file`"),
        (json!({ "names": ["a b"] }), "`names`"),
        (json!({ "names": [""] }), "`names`"),
        (json!({ "names": ["https://a.test/"] }), "`names`"),
        (json!({ "allowed": ["日本.test"] }), "`allowed`"),
        (json!({ "names": vec!["a.test"; 10_001] }), "`names`"),
    ] {
        assert!(list(&wrong).unwrap_err().starts_with(field), "{field}");
    }
}

proptest! {
    #[test]
    fn an_entry_is_accepted_where_it_names_something(entry in "[a-zA-Z0-9*._ :/-]{0,12}") {
        // The form of a hosts file is for files.
        prop_assume!(!entry.contains(' '));
        let is_address = entry.parse::<std::net::IpAddr>().is_ok();
        let is_dotted = entry.ends_with('.');
        let is_accepted = list(&json!({ "names": [entry.clone()] })).is_ok();
        prop_assert!(is_accepted == read_entry(&entry).is_ok() || is_address || is_dotted, "{entry}");
    }
}
