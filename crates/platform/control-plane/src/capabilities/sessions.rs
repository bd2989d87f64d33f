//! Sessions: the task that ends those that reached their end or were idle for too long, as the policy administrator says.

use std::marker::PhantomData;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use sekisho_capability::{Capability, Scope, Services, TaskSpec, Turns};
use sekisho_identity::Identity;
use sekisho_model::documents::Kind;
use sekisho_model::{Actor, SessionId, Timestamp};
use sekisho_policy_administrator::SessionWatch;
use sekisho_policy_information::World;
use tokio::sync::{Mutex, mpsc};

use crate::acts::table::{SESSION_ENDED, SESSIONS_ENDED, SESSIONS_READ};

/// How often sessions are looked at.
const BEAT: Duration = Duration::from_secs(1);
/// How many batches of activity may wait. A batch beyond is lost; the next use of its sessions is reported again.
const ACTIVITY_QUEUE: usize = 256;

/// When a session last asked for something.
pub type Activity = (SessionId, Timestamp);

/// Sessions: their documents, the acts on them, and the task that ends them.
#[must_use]
pub const fn capability<S: AsRef<Services> + AsRef<Sessions> + 'static>() -> Capability<S> {
    Capability {
        kinds: &[Kind::Session],
        acts: &[SESSIONS_READ, SESSION_ENDED, SESSIONS_ENDED],
        tasks: Tasks::<S>::ALL,
        ..Capability::named("sessions")
    }
}

struct Tasks<S>(PhantomData<S>);

impl<S: AsRef<Services> + AsRef<Sessions> + 'static> Tasks<S> {
    /// In each process: it knows the activity of its own gateway.
    const ALL: &'static [TaskSpec<S>] = &[TaskSpec {
        name: "sessions-end",
        text: ("Ends sessions that expired or were idle for too long", "期限切れや長時間未使用のセッションの終了"),
        every: BEAT,
        scope: Scope::Local,
        run: |state, turns| {
            let (sessions, services) = (AsRef::<Sessions>::as_ref(&state), AsRef::<Services>::as_ref(&state));
            Box::pin(keep(sessions.clone(), services.clone(), turns.without_back_off()))
        },
    }];
}

/// The way from the use of sessions to the task. Clones share it.
#[derive(Debug, Clone)]
pub struct Sessions {
    identity: Identity,
    activity: mpsc::Sender<Vec<Activity>>,
    /// Taken by the task for as long as it runs, and by nobody else.
    inbox: Arc<Mutex<mpsc::Receiver<Vec<Activity>>>>,
}

impl Sessions {
    /// Sessions that are ended through this service.
    #[must_use]
    pub fn new(identity: Identity) -> Self {
        let (activity, inbox) = mpsc::channel(ACTIVITY_QUEUE);
        Self { identity, activity, inbox: Arc::new(Mutex::new(inbox)) }
    }

    /// Where the use of sessions is reported.
    #[must_use]
    pub fn activity(&self) -> mpsc::Sender<Vec<Activity>> {
        self.activity.clone()
    }

    /// Ends the sessions whose time has come.
    async fn end_due(&self, watch: &mut SessionWatch, world: &World, services: &Services) -> Result<(), String> {
        let mut outcome = Ok(());
        for ending in watch.due(world, services.clock.now()) {
            let ended = self.identity.end(&ending.session, ending.why, Actor::System, services.clock.now()).await;
            if let Err(error) = ended {
                let session = ending.session.short();
                tracing::warn!(%error, %session, "an expired session could not be ended");
                outcome = Err(format!("session {session} could not be ended: {error}"));
            }
        }
        outcome
    }
}

/// Watches the sessions until the platform stops.
async fn keep(sessions: Sessions, services: Services, mut turns: Turns) {
    let (mut watch, mut world) = (SessionWatch::new(), services.world.clone());
    let mut activity = sessions.inbox.lock().await;
    loop {
        let goes_on = {
            let mut turn = pin!(turns.next());
            loop {
                tokio::select! {
                    // In this order: a session is known before its use counts, and its use counts before it is found idle.
                    biased;
                    Ok(()) = world.changed() => {
                        let world = Arc::clone(&world.borrow_and_update());
                        watch.observe(&world, services.clock.now());
                    }
                    Some(batch) = activity.recv() => batch.iter().for_each(|(session, at)| watch.active(session, *at)),
                    goes_on = &mut turn => break goes_on,
                }
            }
        };
        if !goes_on {
            return;
        }
        let newest = Arc::clone(&world.borrow());
        let outcome = sessions.end_due(&mut watch, &newest, &services).await;
        turns.ended(outcome);
    }
}
