//! How an authority behaves, as a test wants it.

/// How the authority behaves.
#[derive(Debug, Clone)]
pub struct Conduct {
    /// It closes every connection.
    pub is_down: bool,
    /// So many correct nonces are refused from now on.
    pub nonces_refused: u32,
    /// What every new order gets in place of an order.
    pub refusal: Option<Refusal>,
    /// For how many seconds certificates are good.
    pub life: i64,
    /// It wants so many of the next certificates to be renewed at once, and says of all others that there is time; `None` makes
    /// it one that suggests nothing.
    pub hurries: Option<u32>,
    /// How often it lists the one proof of an order.
    pub proofs: usize,
    /// How many certificates of its own follow the one that was ordered.
    pub chain: usize,
    /// The host that it asks to prove, in place of the one that was ordered.
    pub asks_for: Option<String>,
    /// The host that it asks the platform for, in place of the one to be proven.
    pub looks_at: Option<String>,
    /// The external account without which nobody gets an account: the name of its key, and the key.
    pub external: Option<(String, Vec<u8>)>,
}

/// An answer that is a problem.
#[derive(Debug, Clone)]
pub struct Refusal {
    /// The status.
    pub status: u16,
    /// The last word of the problem's type.
    pub kind: &'static str,
    /// `Retry-After`.
    pub retry_after: Option<String>,
}

impl Default for Conduct {
    fn default() -> Self {
        Self {
            is_down: false,
            nonces_refused: 0,
            refusal: None,
            life: 90 * 86_400,
            hurries: None,
            proofs: 1,
            chain: 1,
            asks_for: None,
            looks_at: None,
            external: None,
        }
    }
}
