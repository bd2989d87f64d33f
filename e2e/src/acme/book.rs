//! What the authority knows: accounts, orders, nonces, and what its clients did.

use std::collections::HashSet;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::conduct::{Conduct, Refusal};
use super::message::{AccountKey, Message, Signer, decode, is_bound, text, with, wrong};

/// Everything that changes.
#[derive(Debug, Default)]
pub(super) struct Book {
    pub(super) conduct: Conduct,
    pub(super) accounts: Vec<AccountKey>,
    pub(super) orders: Vec<OrderRow>,
    pub(super) nonces: HashSet<String>,
    /// What clients did wrong: the kind of each refusal that no test asked for.
    pub(super) wrongs: Vec<String>,
}

/// One order.
#[derive(Debug)]
pub(super) struct OrderRow {
    pub(super) account: usize,
    pub(super) host: String,
    pub(super) status: &'static str,
    pub(super) token: String,
    /// Why the host is not proven.
    pub(super) problem: Option<String>,
    pub(super) pem: Option<String>,
    pub(super) replaces: Option<String>,
    /// Whether the authority wants its certificate to be renewed at once.
    pub(super) hurries: bool,
}

impl Book {
    pub(super) fn nonce(&mut self) -> String {
        let nonce = random();
        self.nonces.insert(nonce.clone());
        nonce
    }

    /// The account that a message is from, after every check.
    pub(super) fn check(&mut self, message: &Message, url: &str) -> Result<Option<usize>, Refusal> {
        if !self.nonces.remove(&message.nonce) {
            return Err(wrong("badNonce"));
        }
        if self.conduct.nonces_refused > 0 {
            self.conduct.nonces_refused -= 1;
            return Err(wrong("badNonce"));
        }
        if message.url != url {
            return Err(wrong("unauthorized"));
        }
        match &message.signer {
            Signer::Key(key) if url.ends_with("/account") => message.is_signed_by(key).map(|()| None),
            Signer::Key(_) => Err(wrong("malformed")),
            Signer::Account(address) => {
                let number = address.rsplit('/').next().and_then(|number| number.parse::<usize>().ok());
                let known = number.and_then(|number| Some((number, self.accounts.get(number)?)));
                let (number, key) = known.ok_or_else(|| wrong("accountDoesNotExist"))?;
                message.is_signed_by(key).map(|()| Some(number))
            }
        }
    }

    pub(super) fn new_account(&mut self, message: &Message) -> Result<usize, Refusal> {
        let Signer::Key(key) = &message.signer else { return Err(wrong("malformed")) };
        let content = message.content()?;
        if content.get("termsOfServiceAgreed") != Some(&Value::Bool(true)) {
            return Err(wrong("userActionRequired"));
        }
        if let Some((id, secret)) = &self.conduct.external {
            let binding = content.get("externalAccountBinding").ok_or_else(|| wrong("externalAccountRequired"))?;
            is_bound(binding, key, &message.url, (id, secret))?;
        }
        self.accounts.push(key.clone());
        Ok(self.accounts.len() - 1)
    }

    pub(super) fn new_order(&mut self, account: usize, message: &Message) -> Result<usize, Refusal> {
        if let Some(refusal) = self.conduct.refusal.clone() {
            return Err(refusal);
        }
        let content = message.content()?;
        let identifiers = content.get("identifiers").and_then(Value::as_array).ok_or_else(|| wrong("malformed"))?;
        let [identifier] = identifiers.as_slice() else { return Err(wrong("rejectedIdentifier")) };
        let host = text(identifier, "value").filter(|_| text(identifier, "type") == Some("dns"));
        let host = host.filter(|host| !host.contains('*')).ok_or_else(|| wrong("rejectedIdentifier"))?;
        let replaces = text(&content, "replaces").map(str::to_owned);
        let taken = |order: &OrderRow| order.replaces.is_some() && order.replaces == replaces && order.pem.is_some();
        if self.orders.iter().any(taken) {
            return Err(Refusal { status: 409, kind: "alreadyReplaced", retry_after: None });
        }
        let hurries = self.conduct.hurries.is_some_and(|hurries| hurries > 0);
        self.conduct.hurries = self.conduct.hurries.map(|hurries| hurries.saturating_sub(1));
        self.orders.push(OrderRow {
            account,
            host: host.to_owned(),
            status: "pending",
            token: random(),
            problem: None,
            pem: None,
            replaces,
            hurries,
        });
        Ok(self.orders.len() - 1)
    }

    /// An order of that account.
    pub(super) fn order(&mut self, account: usize, number: usize) -> Result<&mut OrderRow, Refusal> {
        let order = self.orders.get_mut(number).filter(|order| order.account == account);
        order.ok_or_else(|| wrong("unauthorized"))
    }

    pub(super) fn order_json(&self, base: &str, number: usize) -> Value {
        let Some(order) = self.orders.get(number) else { return Value::Null };
        let body = json!({
            "status": order.status,
            "identifiers": [{ "type": "dns", "value": order.host }],
            "authorizations": vec![format!("{base}/authorization/{number}"); self.conduct.proofs],
            "finalize": format!("{base}/finalize/{number}"),
        });
        let certificate = (order.status == "valid").then(|| json!(format!("{base}/certificate/{number}")));
        let body = with(body, "certificate", certificate);
        with(body, "replaces", order.replaces.as_ref().map(|replaces| json!(replaces)))
    }

    pub(super) fn authorization_json(&self, base: &str, number: usize) -> Value {
        let Some(order) = self.orders.get(number) else { return Value::Null };
        let status = match order.status {
            "ready" | "valid" => "valid",
            other => other,
        };
        let host = self.conduct.asks_for.as_ref().unwrap_or(&order.host);
        json!({
            "status": status,
            "identifier": { "type": "dns", "value": host },
            "challenges": [
                { "type": "dns-01", "url": format!("{base}/none/{number}"), "status": "pending", "token": order.token },
                self.challenge_json(base, number),
            ],
        })
    }

    pub(super) fn challenge_json(&self, base: &str, number: usize) -> Value {
        let Some(order) = self.orders.get(number) else { return Value::Null };
        let status = match order.status {
            "ready" | "valid" => "valid",
            other => other,
        };
        let url = format!("{base}/challenge/{number}");
        let body = json!({ "type": "tls-alpn-01", "url": url, "status": status, "token": order.token });
        let unauthorized = |detail| json!({ "type": "urn:ietf:params:acme:error:unauthorized", "detail": detail });
        with(body, "error", order.problem.as_ref().map(unauthorized))
    }

    /// The certificate signing request of a message.
    pub(super) fn csr(message: &Message) -> Result<Vec<u8>, Refusal> {
        decode(text(&message.content()?, "csr").ok_or_else(|| wrong("malformed"))?)
    }
}

fn random() -> String {
    let mut bytes = [0; 16];
    // A test whose system gives no random bytes fails at its first key.
    let _ = aws_lc_rs::rand::fill(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}
