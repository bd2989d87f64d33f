//! The demo's documents: people, groups, two resources, two device checks and the example policies. What the platform is administered
//! with (the console, its parts, the roles) is what every platform starts with.

use std::net::SocketAddr;
use std::path::Path;

use sekisho::embedded::toml_documents;
use sekisho_control_plane::Desired;
use sekisho_model::documents::Kind;
use serde_json::json;

const POLICIES: [(&str, &str); 2] = [
    ("wiki", include_str!("../../../../policies/wiki.cedar")),
    ("payroll", include_str!("../../../../policies/payroll.cedar")),
];

/// The documents, with the addresses that the applications took and the port that the device check forbids.
pub(crate) fn documents(wiki: SocketAddr, payroll: SocketAddr, forbidden: u16) -> Result<Vec<Desired>, String> {
    let text = include_str!("organisation.toml")
        .replace("@WIKI@", &wiki.to_string())
        .replace("@PAYROLL@", &payroll.to_string())
        .replace("@PORT@", &forbidden.to_string());
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
    fn every_document_is_valid_and_the_check_names_the_forbidden_port() {
        let anywhere = SocketAddr::from(([127, 0, 0, 1], 1));
        let documents = documents(anywhere, anywhere, 4444).expect("documents");
        for document in &documents {
            document.normal_body().expect("valid");
        }
        let check = documents.iter().find(|document| document.id == "no-forbidden-ports").expect("the check");
        assert_eq!(check.body["expect"]["holds-none"][0], "4444");
    }
}
