//! What a provider proved, as an assurance: from `acr` and `amr`, and never more than it is trusted with. Pure.

use sekisho_model::documents::IdentityProvider;

/// Values of `amr` (RFC 8176) by the kind of factor: knowledge, possession, inherence.
const KNOWLEDGE: [&str; 3] = ["pwd", "pin", "kba"];
const POSSESSION: [&str; 7] = ["otp", "sms", "tel", "hwk", "swk", "pop", "sc"];
const INHERENCE: [&str; 5] = ["fpt", "face", "iris", "retina", "vbm"];
/// Values of `acr` that stand for phishing-resistant authentication (OpenID EAP ACR Values 1.0).
const PHISHING_RESISTANT: [&str; 2] = ["phr", "phrh"];

/// The assurance of a token, 1 to 3.
pub(crate) fn assurance(provider: &IdentityProvider, acr: Option<&str>, amr: &[String]) -> u8 {
    let by_context = acr.and_then(|acr| {
        let known = PHISHING_RESISTANT.contains(&acr).then_some(3);
        provider.acr.get(acr).copied().or(known)
    });
    let uses = |factors: &[&str]| amr.iter().any(|method| factors.contains(&method.as_str()));
    let kinds = [KNOWLEDGE.as_slice(), &POSSESSION, &INHERENCE].into_iter().filter(|factors| uses(factors)).count();
    let by_methods = if kinds > 1 || uses(&["mfa"]) { 2 } else { 1 };
    // INVARIANT I-34: what a provider claims beyond what it is trusted with counts as what it is trusted with.
    by_context.unwrap_or(by_methods).clamp(1, provider.trusted_assurance)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level(trusted: u8, acr: Option<&str>, amr: &[&str]) -> u8 {
        let body = serde_json::json!({ "id": "a", "name": "A", "issuer": "https://a.example", "client_id": "c",
            "trusted_assurance": trusted, "acr": { "urn:a:silver": 2, "urn:a:none": 1 } });
        let provider: IdentityProvider = serde_json::from_value(body).expect("a provider");
        let amr: Vec<String> = amr.iter().map(|one| (*one).to_owned()).collect();
        assurance(&provider, acr, &amr)
    }

    #[test]
    fn i34_a_provider_proves_what_it_says_within_its_trust() {
        assert_eq!(level(3, None, &[]), 1);
        assert_eq!(level(3, None, &["pwd"]), 1);
        assert_eq!(level(3, None, &["pwd", "otp"]), 2);
        assert_eq!(level(3, None, &["mfa"]), 2);
        assert_eq!(level(3, Some("phr"), &["pwd"]), 3);
        assert_eq!(level(3, Some("urn:a:silver"), &[]), 2);
    }

    #[test]
    fn i34_and_no_more() {
        assert_eq!(level(1, Some("phr"), &["mfa"]), 1);
        assert_eq!(level(2, Some("phr"), &["pwd", "otp"]), 2);
        assert_eq!(level(3, Some("urn:b:gold"), &["pwd", "pin"]), 1, "two of one kind are one factor");
        // What the document says of a context counts before the methods.
        assert_eq!(level(3, Some("urn:a:none"), &["pwd", "otp"]), 1);
    }
}
