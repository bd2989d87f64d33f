//! Which clients may hold a connection: a bound for one address, for its new ones in a second, and for all together. When all
//! slots are taken, the oldest connection without a live session ends; one that showed a session keeps its slot.

use std::cell::Cell;
use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sekisho_upstream::most_connections;
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::config::GatewayConfig;
use crate::tuning::Tuning;

/// Seconds for which an address saves up new connections that it does not open.
const SAVED_SECONDS: u32 = 10;
/// The number of addresses that are kept before those that hold nothing are forgotten; and then twice as many as were left, so that
/// thousands of addresses that each hold something do not have all of them looked through for each connection.
const MOST_REMEMBERED: usize = 4096;

/// The connections that a gateway may hold, shared by its workers.
pub(crate) struct ConnectionSlots {
    tuning: Arc<Tuning>,
    altogether: usize,
    taken: Mutex<Taken>,
}

#[derive(Default)]
struct Taken {
    addresses: HashMap<IpAddr, Address>,
    /// How many addresses were left when those that hold nothing were last forgotten.
    left: usize,
    /// Connections that no live session was shown on, in the order in which they came.
    unauthenticated: BTreeMap<u64, Arc<Notify>>,
    /// Connections on which a live session or a proof was shown, by account, in the order in which they came. Enforcement points have no
    /// account: they ask for others.
    accounts: HashMap<Option<Account>, BTreeMap<u64, Arc<Notify>>>,
    count: usize,
    next: u64,
}

/// Whose session was shown on a connection: the number of the subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Account(pub(crate) usize);

/// What one address holds.
struct Address {
    connections: usize,
    credit: f64,
    since: Instant,
}

/// One connection's slot. It is free again when this is dropped.
pub(crate) struct ConnectionSlot {
    slots: Arc<ConnectionSlots>,
    address: IpAddr,
    number: u64,
    leave: Arc<Notify>,
    known: Cell<Option<Option<Account>>>,
}

impl ConnectionSlots {
    pub(crate) fn new(config: &GatewayConfig, tuning: Arc<Tuning>) -> Self {
        let altogether = most_connections(config.connections);
        Self { tuning, altogether, taken: Mutex::default() }
    }

    /// A slot for a new connection, on which no live session was shown.
    pub(crate) fn take(self: &Arc<Self>, address: IpAddr) -> Option<ConnectionSlot> {
        let address = whose(address);
        let mut taken = self.lock();
        if !self.is_within(&mut taken, address) {
            return None;
        }
        let makes_room =
            |taken: &mut Taken| taken.end_oldest_unauthenticated() || taken.end_oldest_of(self.altogether / 2);
        if taken.count >= self.altogether && !makes_room(&mut taken) {
            return None;
        }
        let Taken { addresses, unauthenticated, count, next, .. } = &mut *taken;
        if let Some(held) = addresses.get_mut(&address) {
            held.connections += 1;
        }
        *count += 1;
        *next += 1;
        let leave = Arc::new(Notify::new());
        unauthenticated.insert(*next, leave.clone());
        Some(ConnectionSlot { slots: self.clone(), address, number: *next, leave, known: Cell::new(None) })
    }

    /// Whether connections without a live session hold more than half of all slots: their requests must wait then.
    pub(crate) fn are_crowded(&self) -> bool {
        self.lock().unauthenticated.len() > self.altogether / 2
    }

    /// Makes room when the system has no descriptor left.
    pub(crate) fn make_room(&self) {
        self.lock().end_oldest_unauthenticated();
    }

    /// Whether one more connection is within what the address may hold and may open.
    fn is_within(&self, taken: &mut Taken, address: IpAddr) -> bool {
        let new_per_second = self.tuning.new_connections_per_address();
        let most = f64::from(new_per_second.saturating_mul(SAVED_SECONDS));
        let credit =
            |held: &Address| most.min(held.credit + held.since.elapsed().as_secs_f64() * f64::from(new_per_second));
        if taken.addresses.len() > MOST_REMEMBERED.max(2 * taken.left) {
            taken.addresses.retain(|_, held| held.connections > 0 || credit(held) < most);
            taken.left = taken.addresses.len();
        }
        let now = Instant::now();
        let held = taken.addresses.entry(address).or_insert(Address { connections: 0, credit: most, since: now });
        if held.connections >= self.tuning.connections_per_address() {
            return false;
        }
        held.credit = credit(held);
        held.since = now;
        if new_per_second > 0 {
            if held.credit < 1.0 {
                return false;
            }
            held.credit -= 1.0;
        }
        true
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Taken {
    /// Ends the oldest connection without a live session. Its slot counts as free at once, so that the next one need not wait.
    fn end_oldest_unauthenticated(&mut self) -> bool {
        let Some((_, leave)) = self.unauthenticated.pop_first() else { return false };
        leave.notify_one();
        self.count -= 1;
        true
    }

    /// Ends the oldest connection of an account that holds more than that many: others must find room beside it, from however many
    /// addresses it comes.
    fn end_oldest_of(&mut self, most: usize) -> bool {
        let accounts = self.accounts.iter_mut().filter_map(|(account, held)| account.map(|_| held));
        let held = accounts.max_by_key(|held| held.len()).filter(|held| held.len() > most.max(1));
        let Some((_, leave)) = held.and_then(BTreeMap::pop_first) else { return false };
        leave.notify_one();
        self.count -= 1;
        true
    }

    /// Whether the connection still counts; it does so no longer.
    fn forget(&mut self, number: u64, account: Option<Option<Account>>) -> bool {
        let Some(account) = account else { return self.unauthenticated.remove(&number).is_some() };
        let Some(held) = self.accounts.get_mut(&account) else { return false };
        let counted = held.remove(&number).is_some();
        if held.is_empty() {
            self.accounts.remove(&account);
        }
        counted
    }
}

impl ConnectionSlot {
    /// The number that no other slot has.
    pub(crate) const fn number(&self) -> u64 {
        self.number
    }

    /// A live session of that account was shown on this connection: it stays when room is needed, unless the account holds more than half
    /// of all slots.
    pub(crate) fn keep(&self, account: Option<Account>) {
        let mut taken = self.slots.lock();
        if let Some(leave) = taken.unauthenticated.remove(&self.number) {
            taken.accounts.entry(account).or_default().insert(self.number, leave);
            self.known.set(Some(account));
        }
    }

    /// Ready when the connection has to make room.
    pub(crate) fn sent_away(&self) -> impl Future<Output = ()> + use<> {
        let leave = self.leave.clone();
        async move { leave.notified().await }
    }
}

impl Drop for ConnectionSlot {
    fn drop(&mut self) {
        let mut taken = self.slots.lock();
        // The slot of a connection that was ended to make room is another's already.
        if taken.forget(self.number, self.known.get()) {
            taken.count -= 1;
        }
        if let Some(held) = taken.addresses.get_mut(&self.address) {
            held.connections -= 1;
        }
    }
}

/// Whose address it is: a site gets 2^64 addresses of IPv6 at once, so they count as one.
fn whose(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6((address.to_bits() >> 64 << 64).into()),
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slots(change: impl FnOnce(&mut GatewayConfig)) -> Arc<ConnectionSlots> {
        let mut config = GatewayConfig { connections: 3, new_connections_per_address: 0, ..GatewayConfig::default() };
        change(&mut config);
        Arc::new(ConnectionSlots::new(&config, Arc::new(Tuning::new(&config))))
    }

    fn address(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    const fn account(number: usize) -> Option<Account> {
        Some(Account(number))
    }

    #[tokio::test]
    async fn one_account_holds_no_more_than_half_when_others_need_room() {
        let slots = slots(|config| config.connections = 4);
        let held = [1, 2, 3].map(|last| slots.take(address(last)).expect("a slot"));
        held.iter().for_each(|slot| slot.keep(account(7)));
        let other = slots.take(address(9)).expect("a slot");
        other.keep(account(8));
        let newcomer = slots.take(address(10)).expect("the account with three makes room");
        let [oldest, second, third] = held;
        oldest.sent_away().await;
        drop(oldest);
        assert_eq!(slots.lock().count, 4, "a slot is given back once");
        newcomer.keep(account(9));
        assert!(slots.take(address(11)).is_none(), "an account with half of them makes no room");
        drop((second, third, other, newcomer));
        assert!(slots.lock().count == 0 && slots.lock().accounts.is_empty());
    }

    #[tokio::test]
    async fn the_oldest_unauthenticated_makes_room_and_no_other_does() {
        let slots = slots(|_| {});
        let [oldest, known, newer] = [1, 2, 3].map(|last| slots.take(address(last)).expect("a slot"));
        known.keep(account(1));
        let fourth = slots.take(address(4)).expect("a slot without a session");
        oldest.sent_away().await;
        assert_eq!(slots.lock().count, 3);
        drop(oldest);
        assert_eq!(slots.lock().count, 3, "a slot is given back once");
        newer.keep(account(2));
        fourth.keep(account(3));
        assert!(slots.take(address(5)).is_none(), "nobody known is sent away");
        drop(known);
        assert!(slots.take(address(5)).is_some());
    }

    #[test]
    fn one_address_has_so_many_and_so_many_new_ones() {
        let slots = slots(|config| {
            config.connections = 1000;
            config.connections_per_address = 2;
            config.new_connections_per_address = 1;
        });
        let held = [slots.take(address(1)), slots.take(address(1))];
        assert!(held.iter().all(Option::is_some) && slots.take(address(1)).is_none());
        assert!(slots.take(address(2)).is_some());
        drop(held);
        for _ in 2..10 {
            assert!(slots.take(address(1)).is_some());
        }
        assert!(slots.take(address(1)).is_none(), "ten were saved up, and all are used");
        assert!(slots.take("2001:db8::1".parse().expect("an address")).is_some());
        assert_eq!(
            whose("2001:db8::1:2:3:4".parse().expect("an address")),
            "2001:db8::".parse::<IpAddr>().expect("one")
        );
    }

    #[test]
    fn addresses_are_forgotten_and_not_looked_through_each_time() {
        let slots = slots(|config| config.connections = 30_000);
        let other = |number: u32| IpAddr::from(std::net::Ipv4Addr::from_bits(0x0a00_0000 + number));
        let held: Vec<_> = (0..6_000).filter_map(|number| slots.take(other(number))).collect();
        assert_eq!((held.len(), slots.lock().left), (6_000, 4_097), "looked through once");
        (6_000..30_000).for_each(|number| drop(slots.take(other(number))));
        let taken = slots.lock();
        assert!(taken.addresses.len() <= 12_001 && taken.left >= 6_000, "{}", taken.addresses.len());
    }

    #[test]
    fn what_one_address_may_have_can_change_while_it_has_it() {
        let config = GatewayConfig { connections_per_address: 1, ..GatewayConfig::default() };
        let tuning = Arc::new(Tuning::new(&config));
        let slots = Arc::new(ConnectionSlots::new(&config, tuning.clone()));
        let _first = slots.take(address(1)).expect("a slot");
        assert!(slots.take(address(1)).is_none());
        tuning.set(&GatewayConfig { connections_per_address: 2, ..config.clone() });
        let second = slots.take(address(1)).expect("a second slot");
        tuning.set(&config);
        drop(second);
        assert!(slots.take(address(1)).is_none(), "it holds as many as it may again");
    }

    #[test]
    fn unauthenticated_are_a_crowd_beyond_half_of_the_slots() {
        let slots = slots(|config| config.connections = 4);
        let held: Vec<_> = (1..=3).map(|last| slots.take(address(last)).expect("a slot")).collect();
        assert!(slots.are_crowded());
        held.iter().for_each(|slot| slot.keep(account(1)));
        assert!(!slots.are_crowded());
    }
}
