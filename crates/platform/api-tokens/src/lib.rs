//! API tokens: a program shows one and acts in its owner's name, with some of the owner's roles, until a time.
//!
//! To policies a token is a workload, `Sekisho::Workload::"ci-backup"`, in the groups of its roles. It can only narrow what its owner
//! may do: [`authenticate`] refuses it as soon as its owner may not sign in or lost one of its roles, and [`TokenCaller::decide`]
//! permits what the policies permit the token *and* its owner.
//!
//! - [`Tokens`] makes, lists and revokes tokens;
//! - [`authenticate`] tells whose a shown token is, from the World alone;
//! - [`TokenCaller`] is who showed it, and the limits of the token;
//! - [`TokenUses`] keeps when and from where each token was last used, off the request path;
//! - [`capability`] lists the tasks: one writes the uses, one removes tokens long after their end.

mod act_refusal;
pub mod acts;
mod authenticate;
mod caller;
mod capability;
mod made_token;
mod shown_token;
mod sweep;
mod tokens;
mod uses;
mod view;

pub use act_refusal::TokenActRefusal;
pub use authenticate::{TokenRefusal, authenticate, standing};
pub use caller::TokenCaller;
pub use capability::capability;
pub use made_token::{MadeToken, Maker, NewToken, Reach};
pub use sekisho_model::documents::{ApiToken, ApiTokenId, ApiTokenUse};
pub use tokens::Tokens;
pub use uses::TokenUses;
pub use view::TokenView;
