//! Putting people into groups from the pages that show them: a form that leads to the page which confirms the change with what it does.

use sekisho_control_plane::acts::table;
use sekisho_model::documents::Kind;
use sekisho_web::access;

use crate::Context;

/// The place whose pages change documents; without it there is no form.
const CHANGING: &str = "/console/documents";

/// Whether the pages that change documents are here.
pub(crate) fn is_changed_here(context: &Context) -> bool {
    context.site.contents.places.iter().any(|place| place.path == CHANGING)
}

/// Whether the person may put a change of documents of a kind in force. Who may only plan one is offered nothing: a plan is not kept.
pub(crate) fn may_change(context: &Context, kind: Kind) -> bool {
    is_changed_here(context) && access::may(context, &table::putting(kind), None)
}
