//! Why documents are not applied, each reason beside the field that it concerns.

use sekisho_control_plane::ApplyError;
use sekisho_model::documents::Kind;
use sekisho_web::Problem;

use crate::Context;
use crate::fields;
use crate::form::{Why, Wrong};

/// What is wrong with the documents, or why the page cannot answer.
///
/// # Errors
/// [`Problem::Unavailable`] when the store or the ledger failed.
pub(crate) fn wrong(kind: Kind, error: ApplyError) -> Result<Vec<Wrong>, Problem> {
    let whole = |why| vec![Wrong { field: None, why }];
    Ok(match error {
        ApplyError::Documents(problems) => {
            problems.into_iter().map(|problem| of_message(kind, problem.message)).collect()
        }
        ApplyError::World(problems) => problems.into_iter().map(|problem| of_message(kind, problem)).collect(),
        ApplyError::Protected(why) => whole(Why::Said(why)),
        ApplyError::OwnAccount(_) => whole(Why::Key("wrong-own-account")),
        ApplyError::Conflict(_) => whole(Why::Key("wrong-conflict")),
        ApplyError::Failed(error) => {
            tracing::error!(%error, "documents could not be applied");
            return Err(Problem::Unavailable);
        }
    })
}

/// A message of a type: it names its field in front, or behind "missing field". What is wrong with policies concerns their text.
fn of_message(kind: Kind, message: String) -> Wrong {
    let named = message.strip_prefix('`').or_else(|| message.strip_prefix("missing field `"));
    let name = named.and_then(|rest| rest.split(['`', '.', '[']).next()).unwrap_or_default();
    let field = fields::find(kind, name).map(|field| field.name);
    Wrong { field: field.or((kind == Kind::Policy).then_some("text")), why: Why::Said(message) }
}

/// What a reason says, in the language of the request.
pub(crate) fn said(context: &Context, why: &Why) -> String {
    match why {
        Why::Key(key) => context.say(key),
        // What a parser says is English: a Japanese page says so around it.
        Why::Said(text) => context.site.contents.texts.say_with(context.language, "wrong-said", "message", text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_put_beside_its_field() {
        let field = |kind, message: &str| of_message(kind, message.to_owned()).field;
        assert_eq!(field(Kind::User, "`groups[1]`: wrong"), Some("groups"));
        assert_eq!(field(Kind::Resource, "`upstream`: wrong"), Some("upstream"));
        assert_eq!(field(Kind::Resource, "`requests.methods`: wrong"), Some("requests"));
        assert_eq!(field(Kind::Grant, "missing field `until`"), Some("until"));
        assert_eq!(field(Kind::Grant, "unknown field `x`, expected one of"), None);
        assert_eq!(field(Kind::Policy, "test:3:1: unexpected"), Some("text"));
    }
}
