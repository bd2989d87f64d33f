//! The demo's documents: people, groups, two resources, two device checks and the example policies.

use std::net::SocketAddr;
use std::path::Path;

use sekisho_control_plane::Desired;
use sekisho_model::documents::Kind;
use serde_json::json;

use crate::folder::toml_documents;

/// The port that the demo's device check forbids.
pub(super) const FORBIDDEN_PORT: u16 = 47_474;

const POLICIES: [(&str, &str); 3] = [
    ("wiki", include_str!("../../../../policies/wiki.cedar")),
    ("payroll", include_str!("../../../../policies/payroll.cedar")),
    ("console", include_str!("../../../../policies/console.cedar")),
];

/// The documents, with the addresses that the applications took.
pub(super) fn documents(wiki: SocketAddr, payroll: SocketAddr) -> Result<Vec<Desired>, String> {
    let text = include_str!("organisation.toml")
        .replace("@WIKI@", &wiki.to_string())
        .replace("@PAYROLL@", &payroll.to_string());
    let mut documents = toml_documents(Path::new("organisation.toml"), &text)?;
    documents.extend(POLICIES.iter().map(|(id, text)| Desired {
        kind: Kind::Policy,
        id: (*id).to_owned(),
        body: json!({ "text": text }),
        origin: format!("{id}.cedar"),
    }));
    Ok(documents)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_document_is_valid_and_the_forbidden_port_is_the_one_the_check_names() {
        let anywhere = SocketAddr::from(([127, 0, 0, 1], 1));
        let documents = documents(anywhere, anywhere).expect("documents");
        for document in &documents {
            document.normal_body().expect("valid");
        }
        let check = documents.iter().find(|document| document.id == "no-forbidden-ports").expect("the check");
        assert_eq!(check.body["expect"]["holds-none"][0], FORBIDDEN_PORT.to_string());
    }
}
