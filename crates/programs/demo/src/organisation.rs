//! The demo's documents: people, groups, three resources, two device checks and the example policies. What the platform is administered
//! with (the console, its parts, the roles) is what every platform starts with.

use std::net::SocketAddr;
use std::path::Path;

use sekisho::embedded::toml_documents;
use sekisho_control_plane::Desired;
use sekisho_model::documents::Kind;
use serde_json::json;

const POLICIES: [(&str, &str); 3] = [
    ("wiki", include_str!("../../../../policies/wiki.cedar")),
    ("payroll", include_str!("../../../../policies/payroll.cedar")),
    ("archive", include_str!("archive.cedar")),
];

/// What the payroll policies ask of a sign-in, and what they ask instead where people walk through without passkeys: condition and reasons.
const WITHOUT_PASSKEYS: [(&str, &str); 4] = [
    ("context.session.phishing_resistant", "context.session.assurance >= 2"),
    ("a passkey used", "a password and a one-time code used"),
    ("パスキーで認証", "パスワードとワンタイムコードで認証"),
    ("パスキー認証", "パスワードとワンタイムコードによる認証"),
];

/// How strongly people sign in for payroll.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SignIn {
    /// With a passkey, as the example policies ask.
    Passkey,
    /// With a password and a one-time code: weaker, for a walk in a browser that has no passkeys.
    OneTimeCode,
}

/// The documents, with the addresses that the applications took and the port that the device check forbids.
pub(crate) fn documents(
    wiki: SocketAddr,
    payroll: SocketAddr,
    forbidden: u16,
    sign_in: SignIn,
) -> Result<Vec<Desired>, String> {
    let text = include_str!("organisation.toml")
        .replace("@WIKI@", &wiki.to_string())
        .replace("@PAYROLL@", &payroll.to_string())
        .replace("@PORT@", &forbidden.to_string());
    let mut documents = toml_documents(Path::new("organisation.toml"), &text)?;
    documents.extend(POLICIES.iter().map(|(id, text)| Desired {
        kind: Kind::Policy,
        id: (*id).to_owned(),
        body: json!({ "text": policy(text, sign_in) }),
        origin: format!("{id}.cedar"),
    }));
    Ok(documents)
}

fn policy(text: &str, sign_in: SignIn) -> String {
    match sign_in {
        SignIn::Passkey => text.to_owned(),
        SignIn::OneTimeCode => {
            WITHOUT_PASSKEYS.iter().fold(text.to_owned(), |text, (asked, instead)| text.replace(asked, instead))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_document_is_valid_and_the_check_names_the_forbidden_port() {
        let anywhere = SocketAddr::from(([127, 0, 0, 1], 1));
        let documents = documents(anywhere, anywhere, 4444, SignIn::Passkey).expect("documents");
        for document in &documents {
            document.normal_body().expect("valid");
        }
        let check = documents.iter().find(|document| document.id == "no-forbidden-ports").expect("the check");
        assert_eq!(check.body["expect"]["holds-none"][0], "4444");
    }

    #[test]
    fn without_passkeys_payroll_asks_for_a_one_time_code_and_for_nothing_less() {
        let anywhere = SocketAddr::from(([127, 0, 0, 1], 1));
        let payroll = |sign_in| {
            let documents = documents(anywhere, anywhere, 4444, sign_in).expect("documents");
            let payroll =
                documents.into_iter().find(|document| document.kind == Kind::Policy && document.id == "payroll");
            let payroll = payroll.expect("the policies");
            payroll.normal_body().expect("valid");
            payroll.body["text"].as_str().expect("a text").to_owned()
        };
        let (usual, weaker) = (payroll(SignIn::Passkey), payroll(SignIn::OneTimeCode));
        assert!(usual.contains("phishing_resistant") && !usual.contains("assurance >= 2"));
        assert!(
            !weaker.contains("phishing_resistant") && !weaker.contains("a passkey") && !weaker.contains("パスキー")
        );
        assert_eq!(weaker.matches("assurance >= 2").count(), usual.matches("phishing_resistant").count());
    }
}
