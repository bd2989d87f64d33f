//! Which operation of an API a request is, where its resource has an API document, and which message to a server of tools.

use std::sync::Arc;

use sekisho_api_schema::NoOperation;
use sekisho_model::documents::ResourceKind;
use sekisho_model::{AccessRequest, Action, HttpFacts, Text, ToolMessage, UnclearMessage};
use sekisho_policy_information::{ProtectedApi, World};

use crate::Reason;

/// Which operation a request is.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Called<'a> {
    /// The resource has no API document, or nobody asks by HTTP.
    Free,
    /// It is a message to a server of tools.
    Message(&'a ToolMessage),
    /// This one.
    Operation(&'a Arc<ProtectedApi>, &'a str),
    /// None.
    None(Unknown),
}

/// Why a request is no operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unknown {
    /// The document cannot be enforced.
    Document,
    /// No operation is there.
    Operation(NoOperation),
    /// The request names a second method or path.
    TwoRequests,
    /// It is no clear message to a server of tools.
    Unclear(UnclearMessage),
}

impl<'a> Called<'a> {
    pub(crate) fn of(world: &'a World, request: &'a AccessRequest) -> Self {
        let Some(http) = request.http() else { return Self::Free };
        let is_of_tools = world.resource(request.resource()).is_some_and(|known| known.kind == ResourceKind::Mcp);
        match world.api(request.resource()) {
            _ if is_of_tools => Self::to_tools(request.action(), http),
            Some(api) => Self::in_api(api, http),
            None => Self::Free,
        }
    }

    // INVARIANT I-57: what is not one clear message is denied before any policy is asked.
    fn to_tools(action: Action, http: &'a HttpFacts) -> Self {
        if http.asked_as.is_some() || http.destination.is_some() {
            return Self::None(Unknown::TwoRequests);
        }
        match (action, &*http.method, &http.message) {
            (Action::Write, "POST", Some(Ok(message))) => Self::Message(message),
            (_, _, Some(Err(unclear))) => Self::None(Unknown::Unclear(*unclear)),
            // The stream of what the server says by itself, and the end of its session.
            (Action::Read, "GET", None) | (Action::Delete, "DELETE", None) => Self::Free,
            (Action::Write, "POST", None) => Self::None(Unknown::Unclear(UnclearMessage::Unread)),
            _ => Self::None(Unknown::Unclear(UnclearMessage::Method)),
        }
    }

    fn in_api(api: &'a Arc<ProtectedApi>, http: &HttpFacts) -> Self {
        let Some(schema) = &api.schema else { return Self::None(Unknown::Document) };
        if http.asked_as.is_some() || http.destination.is_some() {
            return Self::None(Unknown::TwoRequests);
        }
        match schema.operation(&http.method, &http.path) {
            Ok(operation) => Self::Operation(api, operation.id()),
            Err(none) => Self::None(Unknown::Operation(none)),
        }
    }

    /// Its name.
    pub(crate) fn operation(self) -> Option<&'a str> {
        match self {
            Self::Operation(_, operation) => Some(operation),
            Self::Message(message) => Some(&message.method),
            Self::Free | Self::None(_) => None,
        }
    }

    /// The API that it was found in.
    pub(crate) const fn api(self) -> Option<&'a Arc<ProtectedApi>> {
        match self {
            Self::Operation(api, _) => Some(api),
            Self::Free | Self::Message(_) | Self::None(_) => None,
        }
    }

    /// Why the request is denied whatever policies say.
    pub(crate) fn refused(self) -> Option<Reason> {
        match self {
            Self::Free | Self::Message(_) | Self::Operation(..) => None,
            Self::None(unknown) => Some(unknown.reason()),
        }
    }
}

impl Unknown {
    fn reason(self) -> Reason {
        let (code, en, ja) = match self {
            Self::Unclear(unclear) => return Reason { code: "message-unclear".to_owned(), text: unclear.text() },
            Self::Document => (
                "api-document-unreadable",
                "The API document of this resource cannot be enforced, so nothing reaches it. Tell an administrator.",
                "このリソースの API 文書を適用できないため、アクセスできません。管理者に連絡してください。",
            ),
            Self::Operation(NoOperation::Path) => (
                "api-operation-unknown",
                "The API has no such path: use one that its document describes.",
                "この API にこのパスはありません。API 文書に記載されたパスを使用してください。",
            ),
            Self::Operation(NoOperation::Method) => (
                "api-operation-unknown",
                "The API does not have this method at this path: use one that its document describes.",
                "この API のこのパスでは、このメソッドを使用できません。API 文書に記載されたメソッドを使用してください。",
            ),
            Self::Operation(NoOperation::Readings) => (
                "api-operation-unknown",
                "Servers can read this path as different operations: write it without escapes, repeated slashes and semicolons.",
                "このパスは、サーバーによって異なる操作と解釈されます。エスケープ、連続するスラッシュ、セミコロンを使わずに記述してください。",
            ),
            Self::TwoRequests => (
                "api-operation-unknown",
                "The request names a second method or path, which no API document describes: send it as what it is.",
                "別のメソッドまたはパスを指定するフィールドがあります。API 文書にないため、そのフィールドを取り除いてください。",
            ),
        };
        Reason { code: code.to_owned(), text: Text::new(en, ja) }
    }
}
