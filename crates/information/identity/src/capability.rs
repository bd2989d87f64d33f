//! What identity contributes to the platform.

use std::marker::PhantomData;
use std::time::Duration;

use sekisho_capability::{Capability, Scope, TaskSpec};
use sekisho_model::documents::Kind;

use crate::{Identity, acts, signals};

/// People: their accounts and groups, their sealed credentials, the acts on them, and the task that writes signals of failed sign-ins.
#[must_use]
pub const fn capability<S: AsRef<Identity> + 'static>() -> Capability<S> {
    Capability {
        kinds: &[Kind::User, Kind::Group, Kind::Credential],
        acts: acts::ALL,
        tasks: Tasks::<S>::ALL,
        ..Capability::named("identity")
    }
}

struct Tasks<S>(PhantomData<S>);

impl<S: AsRef<Identity> + 'static> Tasks<S> {
    /// In each process: it writes what was seen there. It is woken by a failed sign-in.
    const ALL: &'static [TaskSpec<S>] = &[TaskSpec {
        name: "identity-signals",
        text: ("Raises the risk of accounts after failed sign-ins", "サインイン失敗によるアカウントのリスクの記録"),
        every: Duration::from_secs(60),
        scope: Scope::Local,
        run: |state, turns| Box::pin(signals::write(state.as_ref().clone(), turns)),
    }];
}
