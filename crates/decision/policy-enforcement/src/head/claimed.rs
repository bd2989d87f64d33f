//! The head of a request that another enforcement point holds, from what that one says of it.

use http::header::{AUTHORIZATION, SEC_WEBSOCKET_KEY};
use http::{HeaderMap, Version};

use super::connection::check_websocket;
use super::{Authority, BodyFraming, Cookies, HeadLimits, Hops, RequestHead, Scheme, fields};
use crate::target::Target;
use crate::{Caller, Claim, Malformed, claim};

impl RequestHead {
    /// Reads the head of a request that a caller holds: its claim, and the fields that the client sent.
    ///
    /// The caller may send on what it got, or its own reading of it: policy is asked about every reading of the path.
    ///
    /// # Errors
    /// The first rule that the claim or the fields break. Nothing is repaired.
    pub fn of_claim(
        caller: &Caller,
        claim: &Claim,
        mut client_fields: HeaderMap,
        limits: &HeadLimits,
    ) -> Result<Self, Malformed> {
        if claim.scheme != "https" {
            return Err(Malformed::NotSecure);
        }
        if claim.target.len() > limits.target {
            return Err(Malformed::TargetTooLong);
        }
        claim::check_misleading(caller.point().speaks, &client_fields)?;
        let method = fields::method(claim.method.as_bytes())?;
        let target = Target::read(claim.target.as_bytes(), &method, Scheme::Https)?;
        if target.authority.is_some() {
            return Err(Malformed::TargetForm);
        }
        let authority = Authority::read(claim.authority.as_bytes())?;
        // It is the caller's own, not the client's.
        client_fields.remove(AUTHORIZATION);
        if client_fields.len() > limits.fields {
            return Err(Malformed::TooManyFields);
        }
        for (name, value) in &client_fields {
            fields::check_name(name.as_str().as_bytes())?;
            fields::check_value(name, value.as_bytes())?;
        }
        fields::check_repeats(&client_fields)?;
        let cookies = Cookies::read(&client_fields, limits.cookies)?;
        // Callers drop `Upgrade` before they ask; the key stays, and only a WebSocket has one.
        let websocket = client_fields.contains_key(SEC_WEBSOCKET_KEY);
        if websocket {
            check_websocket(&method, Version::HTTP_11, &client_fields)?;
        }
        Ok(Self {
            method,
            target: target.path,
            authority,
            version: Version::HTTP_11,
            fields: client_fields,
            framing: BodyFraming::None,
            hops: Hops { websocket, ..Hops::default() },
            expects_continue: false,
            cookies,
        })
    }
}
