//! The JSON body of a request, with the field that is wrong in the refusal.

use axum::extract::{FromRequest, Request};
use http::StatusCode;
use http::header::CONTENT_TYPE;
use serde::de::DeserializeOwned;
use tokio::sync::Semaphore;

use crate::{Problem, limits};

/// The body of a request as JSON.
#[derive(Debug, Clone)]
pub struct Body<T>(pub T);

/// The large bodies that are read at once: each costs many times its size.
static LARGE: Semaphore = Semaphore::const_new(2);

impl<S: Send + Sync, T: DeserializeOwned + Send + 'static> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let kind = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if !kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json") {
            let title = "send the body as `Content-Type: application/json`";
            return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type", title));
        }
        let bytes = axum::body::Bytes::from_request(request, state)
            .await
            .map_err(|rejection| Problem::new(rejection.status(), "wrong-request", rejection.body_text()))?;
        if bytes.len() <= limits::LARGE {
            return read(&bytes).map(Self);
        }
        let _one_of_few = LARGE.acquire().await.map_err(Problem::failed)?;
        tokio::task::spawn_blocking(move || read(&bytes)).await.map_err(Problem::failed)?.map(Self)
    }
}

fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    if let Ok(value) = serde_json::from_slice(bytes) {
        return Ok(value);
    }
    // Again, to name the field that is wrong.
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let (path, inner) = (error.path().to_string(), error.inner());
        if inner.is_data() {
            let title = if path == "." { inner.to_string() } else { format!("`{path}`: {inner}") };
            Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "wrong-field", title)
        } else {
            Problem::wrong(format_args!("the body is not JSON: {inner}"))
        }
    })?;
    reader.end().map_err(|error| Problem::wrong(format_args!("the body is not JSON: {error}")))?;
    Ok(value)
}
