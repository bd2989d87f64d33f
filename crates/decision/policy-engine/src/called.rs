//! Which operation of an API a request is, where its resource has an API document.

use std::sync::Arc;

use sekisho_api_schema::NoOperation;
use sekisho_model::{AccessRequest, HttpFacts, Text};
use sekisho_policy_information::{ProtectedApi, World};

use crate::Reason;

/// Which operation a request is.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Called<'a> {
    /// The resource has no API document, or nobody asks by HTTP.
    Free,
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
}

impl<'a> Called<'a> {
    pub(crate) fn of(world: &'a World, request: &AccessRequest) -> Self {
        match (world.api(request.resource()), request.http()) {
            (Some(api), Some(http)) => Self::in_api(api, http),
            _ => Self::Free,
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
    pub(crate) const fn operation(self) -> Option<&'a str> {
        match self {
            Self::Operation(_, operation) => Some(operation),
            Self::Free | Self::None(_) => None,
        }
    }

    /// The API that it was found in.
    pub(crate) const fn api(self) -> Option<&'a Arc<ProtectedApi>> {
        match self {
            Self::Operation(api, _) => Some(api),
            Self::Free | Self::None(_) => None,
        }
    }

    /// Why the request is denied whatever policies say.
    pub(crate) fn refused(self) -> Option<Reason> {
        match self {
            Self::Free | Self::Operation(..) => None,
            Self::None(unknown) => Some(unknown.reason()),
        }
    }
}

impl Unknown {
    fn reason(self) -> Reason {
        let (code, en, ja) = match self {
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
