//! What a request to a resource with an API document must be.

use std::sync::Arc;

use bytes::Bytes;
use http_body::Body;
use sekisho_api_schema::{Asked, BodyLength, BodyPlan, Violation};
use sekisho_policy_enforcement::{Application, BodyFraming, RequestHead};
use sekisho_policy_information::{ProtectedApi, World};

use crate::gather::{NotGathered, gather};

/// What is left to check of a request whose head is what the document describes.
#[derive(Debug)]
pub struct Inspection {
    api: Arc<ProtectedApi>,
    plan: BodyPlan,
}

impl Inspection {
    /// Checks the head of a permitted request. `None` where the resource has no API document.
    ///
    /// # Errors
    /// [`Violation`]: the request must not pass.
    // INVARIANT I-48: what is not as the document describes it does not reach the application.
    pub fn of(world: &World, application: &Application, head: &RequestHead) -> Result<Option<Self>, Violation> {
        let Some(api) = world.api(application.handle) else { return Ok(None) };
        if head.hops().websocket {
            return Err(Violation::websocket());
        }
        let path = application.path(head);
        let schema = api.schema.as_ref().ok_or_else(Violation::no_operation)?;
        // The decision was made of the same World, so it is there.
        let operation = schema.operation(head.method().as_str(), path).map_err(|_| Violation::no_operation())?;
        let cookies = head.cookies().forwarded().map(|cookies| String::from_utf8_lossy(cookies.as_bytes()));
        let asked = Asked { query: head.query(), fields: head.fields(), cookies: cookies.as_deref() };
        schema.check_parameters(operation, path, &asked)?;
        let length = match head.framing() {
            BodyFraming::None => BodyLength::None,
            BodyFraming::Length(bytes) => BodyLength::Known(bytes),
            BodyFraming::Chunked => BodyLength::Unknown,
        };
        let plan = schema.body_plan(operation, head.fields(), length, api.body_limit)?;
        Ok(Some(Self { api: Arc::clone(api), plan }))
    }

    /// Gathers and checks the body where a schema of JSON describes it. `None` for one that passes as it comes.
    ///
    /// # Errors
    /// [`NotGathered`]: the request must not pass.
    pub async fn body<B>(&self, body: &mut B) -> Result<Option<Bytes>, NotGathered>
    where
        B: Body<Data = Bytes> + Unpin,
    {
        let BodyPlan::Checked { limit, schema } = self.plan else { return Ok(None) };
        let whole = gather(body, limit).await?;
        let described = self.api.schema.as_ref().ok_or_else(|| NotGathered::Wrong(Violation::no_operation()))?;
        described.check_body(schema, &whole).map_err(NotGathered::Wrong)?;
        Ok(Some(whole))
    }
}
