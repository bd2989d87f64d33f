//! Lists of domain names, and the tokens of those who ask about names.
//!
//! A [`NameList`](sekisho_model::documents::NameList) is a document whose names stand in it or in a file. A task reads the files again as
//! soon as they change, and [`NameLists`] hands what is in force to the resolver. A list that cannot be read any more keeps
//! its last names; one that could never be read lets no question pass.
//!
//! A [`ResolverToken`](sekisho_model::documents::ResolverToken) says whose questions a machine asks that shows no certificate.
//! [`Tokens`] makes and revokes them.

mod acts;
mod api;
mod capability;
mod name_lists;
mod pages;
mod reading;
mod standing;
mod tokens;

pub use acts::{NAMES_READ, RESOLVER_TOKEN_MADE, RESOLVER_TOKEN_REVOKED};
pub use api::api;
pub use capability::capability;
pub use name_lists::NameLists;
pub use pages::pages;
pub use standing::Standing;
pub use tokens::{MadeToken, NewToken, TokenRefusal, Tokens};
