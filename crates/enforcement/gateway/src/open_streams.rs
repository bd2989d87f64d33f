//! The open exchanges of one worker: which they are, what they carried, and their end when they are no longer permitted.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use sekisho_model::{PresentedDevice, Record, Timestamp};
use sekisho_policy_administrator::{Cut, StreamKey, Streams};
use sekisho_policy_engine::{Permit, Reason};
use sekisho_policy_information::World;
use tokio::sync::oneshot;

use crate::carried::{CarriedBytes, Count};
use crate::current_world::CurrentWorld;
use crate::deferred_close::DeferredClose;
use crate::meter::Meter;
use crate::recorder::Recorder;

/// Ends one exchange, and says why.
pub(crate) type Cutter = oneshot::Sender<Reason>;

/// The open exchanges of one worker.
pub(crate) struct OpenStreams {
    streams: RefCell<Streams<Cutter>>,
    carried: CarriedBytes,
    deferred_close: DeferredClose,
    current: Rc<CurrentWorld>,
    recorder: Rc<Recorder>,
    meter: Meter,
}

impl OpenStreams {
    pub(crate) fn new(current: Rc<CurrentWorld>, recorder: Rc<Recorder>, meter: Meter) -> Self {
        Self {
            streams: RefCell::new(Streams::new()),
            carried: CarriedBytes::default(),
            deferred_close: DeferredClose::default(),
            current,
            recorder,
            meter,
        }
    }

    /// Registers an exchange, so that from here on every change that matters reaches it. The reason when the newest World no
    /// longer permits it.
    pub(crate) fn open(
        &self,
        permit: &Permit,
        valid_until: Timestamp,
        device: Option<&PresentedDevice>,
    ) -> Result<(StreamKey, oneshot::Receiver<Reason>), Reason> {
        let (cutter, cut) = oneshot::channel();
        let (world, now) = (self.current.world(), self.current.now());
        let opened = self.streams.borrow_mut().open(permit, valid_until, device, &world, now, cutter);
        match opened {
            Ok(key) => Ok((key, cut)),
            Err(cut) => {
                let reason = cut.reason.clone();
                self.carry_out(vec![*cut]);
                Err(reason)
            }
        }
    }

    /// Counts what a tunnel carries.
    pub(crate) fn count(&self, key: StreamKey) -> Rc<Count> {
        self.carried.begin(key)
    }

    /// Takes an exchange out of the registry; false when it was cut before. Records its end where that is wanted.
    pub(crate) fn close(&self, key: StreamKey, is_recorded: bool) -> bool {
        let closed = self.streams.borrow_mut().close(key);
        let Some(closed) = closed else { return false };
        if is_recorded {
            let carried = self.carried.take(key);
            let mut record = closed.record(&self.current.world(), self.current.now(), "closed");
            record.carried = carried;
            self.recorder.record_later(vec![Record::StreamEnd(record)]);
        }
        true
    }

    /// Closes later what a cut stream leaves behind.
    pub(crate) fn close_later(&self, left: impl std::any::Any) {
        self.deferred_close.close_later(left);
    }

    /// How many are open.
    pub(crate) fn len(&self) -> usize {
        self.streams.borrow().len()
    }

    /// Decides again what a new World can affect, and ends what it no longer permits.
    pub(crate) fn reassess(&self, world: &Arc<World>) {
        let cuts = self.streams.borrow_mut().reassess(world, self.current.now());
        self.carry_out(cuts);
    }

    /// Decides again what the time can affect, and ends what is no longer permitted.
    pub(crate) fn tick(&self, world: &Arc<World>, now: Timestamp) {
        let cuts = self.streams.borrow_mut().tick(world, now);
        self.carry_out(cuts);
    }

    /// Ends everything that is open, for that reason.
    pub(crate) fn end_all(&self, reason: &Reason) {
        let world = self.current.world();
        let mut streams = self.streams.borrow_mut();
        let keys: Vec<_> = streams.iter().map(|(key, ..)| key).collect();
        let mut records = Vec::new();
        for (key, closed) in keys.into_iter().filter_map(|key| Some((key, streams.close(key)?))) {
            let mut record = closed.record(&world, self.current.now(), &reason.code);
            record.carried = self.carried.take(key);
            self.meter.borrow_mut().cut(&record.reason, None);
            records.push(Record::StreamEnd(record));
            let _ = closed.tag.send(reason.clone());
        }
        if !records.is_empty() {
            self.recorder.record_later(records);
        }
    }

    /// Ends what is no longer permitted, then records that it ended.
    fn carry_out(&self, cuts: Vec<Cut<Cutter>>) {
        let mut records = Vec::new();
        for cut in cuts {
            let Cut { key, tag, reason, mut record, decision } = cut;
            record.carried = self.carried.take(key);
            self.meter.borrow_mut().cut(&record.reason, record.delay_ms);
            // When nobody waits for it the exchange ended in this very turn.
            let _ = tag.send(reason);
            records.extend(decision.map(Record::Decision));
            records.push(Record::StreamEnd(record));
        }
        if !records.is_empty() {
            self.recorder.record_later(records);
        }
    }
}
