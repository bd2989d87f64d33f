//! A message to a server of tools: heard before it is decided, counted, and refused in its own protocol.

use sekisho_http_server::{Interim, RequestBody};
use sekisho_model::AccessRequest;
use sekisho_policy_enforcement::{Malformed, Refusal};
use sekisho_tool_gateway::{Heard, hear};

use super::application::Ask;
use crate::reply::Reply;

impl Ask<'_> {
    /// Hears what a request says to a server of tools, and decides it with that.
    pub(super) async fn serve_message(
        self,
        request: AccessRequest,
        mut body: RequestBody,
        interim: Option<Interim>,
    ) -> Result<Reply, Refusal> {
        let fault = body.fault();
        let hearing = self.worker.hearings.begin(request.subject());
        let hearing = hearing.ok_or_else(|| Refusal::TooManyExchanges(self.application.resource.clone()))?;
        let heard = hear(self.head, &mut body).await;
        drop(hearing);
        let heard = heard.map_err(|_| fault.refusal().unwrap_or(Refusal::Malformed(Malformed::BodyEnd)))?;
        let Some(Heard { id, message, body: whole }) = heard else { return self.decide(&request, body, interim).await };
        let body = whole.map_or(body, |whole| RequestBody::Whole(Some(whole)));
        let request = request.saying(message);
        let reply = match request.tool().is_some() && self.world.calls_per_hour(request.subject()).is_some() {
            true => self.serve_counted(&request, body, interim).await,
            false => self.decide(&request, body, interim).await,
        };
        match (reply, id) {
            (Err(refusal), Some(id)) if !refusal.ends_connection() => Ok(self.refuse(&refusal, &id)),
            (reply, _) => reply,
        }
    }

    /// Decides a call that counts towards a budget.
    async fn serve_counted(
        self,
        request: &AccessRequest,
        body: RequestBody,
        interim: Option<Interim>,
    ) -> Result<Reply, Refusal> {
        let (calls, now) = (&self.worker.calls, self.worker.current.now());
        let counted = request.having_spent(calls.take(request.subject(), now));
        let reply = self.decide(&counted, body, interim).await;
        if let Err(Refusal::Denied(..) | Refusal::Challenged(..) | Refusal::TooManyDenials(_)) = &reply {
            calls.give_back(request.subject(), now);
        }
        reply
    }

    /// The refusal that a client of tools understands: it answers the message with this identifier.
    fn refuse(self, refusal: &Refusal, message: &serde_json::Value) -> Reply {
        self.exchange.refused(refusal);
        let (worker, peer, now) = (self.worker, self.connection.peer, self.worker.current.now());
        worker.refuser.refuse_message(refusal, self.head, message, peer, self.id.clone(), now)
    }
}
