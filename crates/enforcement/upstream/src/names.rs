//! What the names of upstreams resolve to: one task looks them up, and every worker reads what it found. No request looks
//! anything up.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use arcstr::ArcStr;
use sekisho_model::documents::{Upstream, UpstreamAddress};
use tokio::sync::watch;
use tokio::time::timeout;

/// The most addresses of one resource; further ones that its names resolve to are not used.
const MOST_ADDRESSES: usize = 32;

/// What was found for each name.
pub(crate) type Found = Arc<HashMap<ArcStr, Result<Arc<[IpAddr]>, String>>>;

/// What names resolve to, shared by all workers.
#[derive(Debug)]
pub struct Names(watch::Sender<Found>);

impl Default for Names {
    fn default() -> Self {
        Self(watch::Sender::new(Found::default()))
    }
}

impl Names {
    /// What is known now.
    pub(crate) fn found(&self) -> Found {
        self.0.borrow().clone()
    }

    /// Told when that changes.
    pub(crate) fn follow(&self) -> watch::Receiver<Found> {
        self.0.subscribe()
    }

    /// Tells what is known from now on.
    pub(crate) fn publish(&self, found: Found) {
        self.0.send_replace(found);
    }

    /// Waits until each name of an upstream was looked up once, for so long at the most.
    pub(crate) async fn looked_up(&self, upstream: &Upstream, patience: Duration) {
        let mut found = self.follow();
        let all = |found: &Found| names(upstream).all(|name| found.contains_key(name));
        let _ = timeout(patience, found.wait_for(all)).await;
    }
}

/// The names of an upstream.
pub(crate) fn names(upstream: &Upstream) -> impl Iterator<Item = &ArcStr> {
    upstream.addresses.iter().filter_map(UpstreamAddress::name)
}

/// The addresses to dial, each once, in the order of the document.
// INVARIANT I-8: what is checked here is what is dialled. A name is not looked up again in between, and an address where
// a machine keeps its secrets is left out, unless the document names that address.
pub(crate) fn places(upstream: &Upstream, found: &Found) -> Vec<SocketAddr> {
    let mut places: Vec<SocketAddr> = Vec::with_capacity(upstream.addresses.len());
    for address in &upstream.addresses {
        let found: Vec<SocketAddr> = match address {
            UpstreamAddress::Socket(socket) => vec![*socket],
            UpstreamAddress::Named(name, port) => {
                let found = found.get(name).and_then(|found| found.as_deref().ok()).unwrap_or_default();
                found.iter().map(|ip| SocketAddr::new(*ip, *port)).collect()
            }
        };
        for place in found {
            if upstream.may_be_at(place.ip()) && !places.contains(&place) && places.len() < MOST_ADDRESSES {
                places.push(place);
            }
        }
    }
    places
}

/// Why an upstream has no address to dial.
pub(crate) fn why_nowhere(upstream: &Upstream, found: &Found) -> String {
    let each = names(upstream).map(|name| match found.get(name) {
        None => format!("`{name}` was not looked up yet"),
        Some(Err(why)) => format!("`{name}` does not resolve: {why}"),
        Some(Ok(addresses)) => format!("`{name}` resolves to {addresses:?}, where no application is"),
    });
    each.collect::<Vec<String>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn i8_a_name_leads_to_its_addresses_and_never_to_where_secrets_are_kept() {
        let mut upstream: Upstream = "http://payroll:8080".parse().expect("an upstream");
        let resolved = |ips: &[&str]| -> Found {
            let ips: Arc<[IpAddr]> = ips.iter().map(|ip| ip.parse().expect("an address")).collect();
            Arc::new(HashMap::from([(ArcStr::from("payroll"), Ok(ips))]))
        };
        let found = resolved(&["10.0.0.5", "fd00::5", "10.0.0.5", "169.254.169.254", "fd00:ec2::254", "0.0.0.0"]);
        let text = |places: Vec<SocketAddr>| places.iter().map(ToString::to_string).collect::<Vec<String>>();
        assert_eq!(text(places(&upstream, &found)), ["10.0.0.5:8080", "[fd00::5]:8080"]);
        let metadata = resolved(&["169.254.169.254"]);
        assert!(places(&upstream, &metadata).is_empty());
        assert!(why_nowhere(&upstream, &metadata).contains("where no application is"));
        upstream.allow_special.push(IpAddr::from([169, 254, 169, 254]));
        assert_eq!(text(places(&upstream, &metadata)), ["169.254.169.254:8080"]);
        assert!(places(&upstream, &Found::default()).is_empty());
        assert!(why_nowhere(&upstream, &Found::default()).contains("not looked up yet"));
        let many: Vec<String> = (0..50).map(|number| format!("10.0.1.{number}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert_eq!(places(&upstream, &resolved(&many)).len(), MOST_ADDRESSES);
    }
}
