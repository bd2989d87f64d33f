//! Looks the names of upstreams up, each again when what was found ends.

use std::collections::{BTreeSet, HashMap};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use arcstr::ArcStr;
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig};
use hickory_resolver::net::NetError;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::{Resolver, TokioResolver};
use sekisho_policy_information::World;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use crate::names::{Found, Names, names};

/// What was found is used for at least so long, however short its lifetime is.
const SHORTEST: Duration = Duration::from_secs(1);
/// And for no longer than this: the machine's own list of hosts has no lifetimes.
const LONGEST: Duration = Duration::from_secs(300);
/// A name that could not be looked up is tried again after so long.
const AGAIN: Duration = Duration::from_secs(5);

/// Looks names up for a gateway.
#[derive(Debug, Clone)]
pub struct NameResolver {
    /// Where it tells what it found.
    pub names: Arc<Names>,
    /// The DNS servers to ask; those of the machine when there are none.
    pub servers: Vec<SocketAddr>,
}

/// The end of one look-up.
pub(crate) struct Ended {
    name: ArcStr,
    pub(crate) found: Result<(Arc<[IpAddr]>, Duration), NetError>,
}

impl NameResolver {
    /// Looks up the names of all upstreams, until the sender of the Worlds is gone.
    pub async fn run(self, mut worlds: watch::Receiver<Arc<World>>) {
        let mut due: HashMap<ArcStr, Instant> = HashMap::new();
        let mut under_way = FuturesUnordered::new();
        let mut going: BTreeSet<ArcStr> = BTreeSet::new();
        loop {
            let wanted = wanted(&worlds.borrow_and_update());
            due.retain(|name, _| wanted.contains(name));
            self.forget(&wanted);
            let now = Instant::now();
            for name in wanted {
                let at = *due.entry(name.clone()).or_insert(now);
                if at <= now && going.insert(name.clone()) {
                    under_way.push(look_up(name, self.servers.clone()));
                }
            }
            let next = due.iter().filter(|(name, _)| !going.contains(*name)).map(|(_, at)| *at).min();
            tokio::select! {
                changed = worlds.changed() => if changed.is_err() { return },
                Some(ended) = under_way.next(), if !under_way.is_empty() => {
                    going.remove(&ended.name);
                    let lasts = self.took(&ended);
                    due.insert(ended.name, Instant::now() + lasts);
                }
                () = sleep_until(next.unwrap_or(now)), if next.is_some() => {}
            }
        }
    }

    /// Tells what a look-up found; how long that lasts.
    fn took(&self, ended: &Ended) -> Duration {
        let Ended { name, found } = ended;
        let before = self.names.found();
        let (now, lasts) = match found {
            Ok((addresses, lasts)) => (Ok(addresses.clone()), *lasts),
            Err(error) => {
                tracing::warn!(%name, %error, "the name of an upstream could not be looked up");
                match before.get(name) {
                    // Nobody said that it has no addresses any more.
                    Some(Ok(_)) if !error.is_no_records_found() => return AGAIN,
                    _ => (Err(error.to_string()), AGAIN),
                }
            }
        };
        if before.get(name) != Some(&now) {
            if let Ok(addresses) = &now {
                tracing::info!(%name, ?addresses, "the name of an upstream was looked up");
            }
            let mut all = HashMap::clone(&before);
            all.insert(name.clone(), now);
            self.names.publish(Arc::new(all));
        }
        lasts
    }

    /// Forgets names that no upstream has any more.
    fn forget(&self, wanted: &BTreeSet<ArcStr>) {
        let before = self.names.found();
        if before.keys().any(|name| !wanted.contains(name)) {
            let mut all = HashMap::clone(&before);
            all.retain(|name, _| wanted.contains(name));
            self.names.publish(Found::new(all));
        }
    }
}

fn wanted(world: &World) -> BTreeSet<ArcStr> {
    let upstreams = world.resources().filter_map(|(_, resource)| resource.upstream.as_ref());
    upstreams.flat_map(|upstream| names(upstream).cloned()).collect()
}

pub(crate) async fn look_up(name: ArcStr, servers: Vec<SocketAddr>) -> Ended {
    let found = async {
        // Made each time: what the machine says of servers and hosts is read as it is then.
        let lookup = resolver(&servers)?.lookup_ip(name.as_str()).await?;
        let lasts = lookup.valid_until().saturating_duration_since(std::time::Instant::now());
        let mut addresses: Vec<IpAddr> = lookup.iter().collect();
        // Servers turn the order to spread the load; here each exchange goes to the address with the fewest anyway.
        addresses.sort_unstable();
        addresses.dedup();
        Ok((addresses.into(), lasts.clamp(SHORTEST, LONGEST)))
    };
    let found = found.await;
    Ended { name, found }
}

fn resolver(servers: &[SocketAddr]) -> Result<TokioResolver, NetError> {
    let mut builder = if servers.is_empty() {
        TokioResolver::builder_tokio()?
    } else {
        let server = |server: &SocketAddr| {
            let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()].map(|mut connection| {
                connection.port = server.port();
                connection
            });
            NameServerConfig::new(server.ip(), true, connections.into())
        };
        let servers = servers.iter().map(server).collect();
        Resolver::builder_with_config(ResolverConfig::from_name_servers(servers), TokioRuntimeProvider::default())
    };
    // What is found is kept here, for as long as it lasts.
    builder.options_mut().cache_size = 0;
    builder.build()
}
