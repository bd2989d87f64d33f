//! The stylesheet, the mark and the scripts, from inside the binary.

use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};

use crate::guard::Access;
use crate::routes::Routes;

const STYLESHEET: &str = include_str!("../assets/sekisho.css");
const MARK: &str = include_str!("../assets/mark.svg");
const POST: &str = include_str!("../assets/post.js");
const PASSKEY: &str = include_str!("../assets/passkey.js");
const FRAGMENT: &str = include_str!("../assets/fragment.js");
const DEVICE: &str = include_str!("../assets/device.js");

/// The routes of this file.
pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .get("/assets/sekisho.css", Access::Anyone, || async { asset("text/css; charset=utf-8", STYLESHEET) })
        .get("/assets/mark.svg", Access::Anyone, || async { asset("image/svg+xml", MARK) })
        .get("/assets/post.js", Access::Anyone, || async { asset("text/javascript; charset=utf-8", POST) })
        .get("/assets/passkey.js", Access::Anyone, || async { asset("text/javascript; charset=utf-8", PASSKEY) })
        .get("/assets/fragment.js", Access::Anyone, || async { asset("text/javascript; charset=utf-8", FRAGMENT) })
        .get("/assets/device.js", Access::Anyone, || async { asset("text/javascript; charset=utf-8", DEVICE) })
}

fn asset(kind: &'static str, text: &'static str) -> Response {
    ([(CONTENT_TYPE, kind), (CACHE_CONTROL, "public, max-age=300")], text).into_response()
}
