//! The access event of one decided request: noted once, whatever becomes of the request.

use http::StatusCode;
use sekisho_model::RequestId;
use sekisho_policy_enforcement::Refusal;

use crate::recorder::Recorder;

/// What stands for the status where the client went away before its answer, as in the logs of other servers.
const LEFT: u16 = 499;

/// The event of a request that a decision covers. Dropping it notes it: a request that nobody waits for any more may have
/// reached the resource all the same.
pub(crate) struct Event<'a> {
    recorder: &'a Recorder,
    method: &'a str,
    path: &'a str,
    request: &'a RequestId,
    decision: &'a RequestId,
    status: Option<StatusCode>,
    reason: Option<&'static str>,
}

impl<'a> Event<'a> {
    /// That of a request by that method for that path, which has no answer yet.
    pub(crate) const fn of(
        recorder: &'a Recorder,
        (method, path): (&'a str, &'a str),
        request: &'a RequestId,
        decision: &'a RequestId,
    ) -> Self {
        Self { recorder, method, path, request, decision, status: None, reason: None }
    }

    /// Notes it with the status of its answer.
    pub(crate) fn answered(mut self, status: StatusCode) {
        self.status = Some(status);
    }

    /// Notes it with the refusal, and with its reason where it was permitted: a denial's reasons are the decision's.
    pub(crate) fn refused(mut self, refusal: &Refusal, was_permitted: bool) {
        self.status = Some(refusal.status());
        self.reason = was_permitted.then(|| refusal.reason_code());
    }
}

impl Drop for Event<'_> {
    // INVARIANT I-9: nothing that was permitted leaves the record by its client's going away.
    fn drop(&mut self) {
        let status = self.status.map_or(LEFT, |status| status.as_u16());
        self.recorder.note((self.method, self.path), self.request, self.decision, (status, self.reason));
    }
}
