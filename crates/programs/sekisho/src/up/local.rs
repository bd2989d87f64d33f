//! Our own services behind the gateway: axum routers as the gateway's local services.

use std::sync::Arc;

use axum::Router;
use http_body_util::BodyExt;
use sekisho_gateway::{Body, LocalService};
use tokio::runtime::Handle;
use tower::ServiceExt;

/// A router as a service that runs on the control plane's runtime, whichever gateway worker calls it.
pub(super) fn service(router: Router, runtime: Handle) -> LocalService {
    Arc::new(move |request: http::Request<Body>| {
        let (router, runtime) = (router.clone(), runtime.clone());
        Box::pin(async move {
            let request = request.map(axum::body::Body::new);
            let answer = runtime.spawn(async move { router.oneshot(request).await });
            match answer.await {
                Ok(Ok(response)) => response.map(|body| body.map_err(Into::into).boxed_unsync()),
                // A handler that panicked: the person gets an error, the connection and the others live on.
                Ok(Err(_)) | Err(_) => failed(),
            }
        })
    })
}

fn failed() -> http::Response<Body> {
    let mut response = http::Response::new(http_body_util::Empty::new().map_err(|never| match never {}).boxed_unsync());
    *response.status_mut() = http::StatusCode::INTERNAL_SERVER_ERROR;
    response
}
