//! The World of a store, kept up to date.

use std::sync::Arc;

use sekisho_policy_information::{World, WorldBuilder};
use sekisho_store::Store;
use tokio::sync::watch;

use crate::VirtualClock;

/// Folds what the store holds and then what changes in it, as the control plane does. Fails the test when a document of the
/// beginning has a problem.
pub async fn follow(store: Store, clock: VirtualClock) -> watch::Receiver<Arc<World>> {
    let (mut feed, mut builder) = (store.watch(0), WorldBuilder::new());
    while let Some(changes) = feed.present().await.unwrap() {
        for change in changes {
            builder.apply(&change).unwrap();
        }
    }
    let first = builder.publish(clock.now());
    assert_eq!(first.problems().map(ToString::to_string).collect::<Vec<_>>(), Vec::<String>::new());
    let (sender, receiver) = watch::channel(first);
    tokio::spawn(async move {
        while let Ok(changes) = feed.next().await {
            for change in &changes {
                // A document that a test makes wrong is in the World's problems.
                let _ = builder.apply(change);
            }
            if sender.send(builder.publish(clock.now())).is_err() {
                return;
            }
        }
    });
    receiver
}
