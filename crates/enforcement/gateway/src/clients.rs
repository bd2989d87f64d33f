//! Admission of clients: who may hold a connection, and on which connections no live session was shown yet.

use std::cell::Cell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;

use crate::connection_slots::{ConnectionSlot, ConnectionSlots};
use crate::unauthenticated::Unauthenticated;

/// The clients of one worker.
pub(crate) struct Clients {
    /// The connections that all workers may hold.
    pub(crate) slots: Arc<ConnectionSlots>,
    /// Connections on which no live session was shown yet.
    pub(crate) unauthenticated: Unauthenticated,
    open: Cell<usize>,
}

/// One client's connection, counted while it is open.
pub(crate) struct OpenConnection<'a> {
    clients: &'a Clients,
    peer: SocketAddr,
    slot: Rc<ConnectionSlot>,
}

impl Clients {
    pub(crate) fn new(slots: Arc<ConnectionSlots>) -> Self {
        Self { slots, unauthenticated: Unauthenticated::default(), open: Cell::new(0) }
    }

    /// How many connections are open.
    pub(crate) const fn open(&self) -> usize {
        self.open.get()
    }

    /// Counts a connection that was accepted, as one without a session.
    pub(crate) fn accepted(&self, peer: SocketAddr, slot: ConnectionSlot) -> OpenConnection<'_> {
        self.open.set(self.open.get() + 1);
        let slot = Rc::new(slot);
        self.unauthenticated.add(peer, slot.clone());
        OpenConnection { clients: self, peer, slot }
    }
}

impl OpenConnection<'_> {
    /// Ready when the connection has to make room for another.
    pub(crate) fn sent_away(&self) -> impl Future<Output = ()> + use<> {
        self.slot.sent_away()
    }
}

impl Drop for OpenConnection<'_> {
    fn drop(&mut self) {
        self.clients.unauthenticated.remove(self.peer, &self.slot);
        self.clients.open.set(self.clients.open.get() - 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::GatewayConfig;
    use crate::tuning::Tuning;

    #[test]
    fn a_connection_counts_and_has_no_session_until_it_ends() {
        let config = GatewayConfig { connections: 1, ..GatewayConfig::default() };
        let slots = Arc::new(ConnectionSlots::new(&config, Arc::new(Tuning::new(&config))));
        let clients = Clients::new(slots.clone());
        let peer = SocketAddr::from(([192, 0, 2, 1], 40_000));
        let open = clients.accepted(peer, slots.take(peer.ip()).expect("a slot"));
        assert!(clients.open() == 1 && clients.unauthenticated.has(peer));
        drop(open);
        assert!(clients.open() == 0 && !clients.unauthenticated.has(peer));
    }

    #[test]
    fn a_connection_that_showed_a_session_keeps_its_slot() {
        let config = GatewayConfig { connections: 1, ..GatewayConfig::default() };
        let slots = Arc::new(ConnectionSlots::new(&config, Arc::new(Tuning::new(&config))));
        let clients = Clients::new(slots.clone());
        let peer = SocketAddr::from(([192, 0, 2, 1], 40_000));
        let open = clients.accepted(peer, slots.take(peer.ip()).expect("a slot"));
        clients.unauthenticated.mark_authenticated(peer, None);
        assert!(slots.take(peer.ip()).is_none(), "nobody makes room");
        drop(open);
        assert!(slots.take(peer.ip()).is_some());
    }
}
