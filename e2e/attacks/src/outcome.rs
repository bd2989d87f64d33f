//! One case: what is sent, and what must come of it.

/// One attack.
#[derive(Debug, Clone)]
pub struct Case {
    /// The class and number in the catalogue of attacks, with a letter for each of its inputs: `PATH-04a`.
    pub id: String,
    /// The host of the TLS handshake.
    pub server_name: &'static str,
    /// What is sent. `{app}`, `{other}`, `{unknown}` stand for hosts, `{cookie}` for a `name=value` pair that signs in at
    /// `app`, `{case}` for the identifier.
    pub bytes: Vec<u8>,
    /// What must come of it.
    pub expected: Expected,
}

/// What must come of a case.
#[derive(Debug, Clone)]
pub enum Expected {
    /// One of these statuses, the connection closed, no byte at the origin.
    Refused(&'static [u16]),
    /// As `Refused`, but the attack shows only in the body: the head may have gone on, no whole request may have.
    RefusedMidway(&'static [u16]),
    /// A denial by policy or for want of a session (303, 401, 403, 404): no byte at the origin.
    Denied,
    /// Forwarded as exactly these requests (`METHOD TARGET`), each answered with 200.
    Forwarded(&'static [&'static str]),
    /// Answered here with this status, without asking the origin; the connection may go on.
    Local(u16),
    /// Forwarded requests first, then a denial for the last.
    ThenDenied(&'static [&'static str]),
    /// The handshake fails or the connection ends without any answer.
    NoAnswer,
}
