//! Time and chance under the test's control.

use parking_lot::Mutex;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng};
use vestnik_core::{Clock, Rng};
use vestnik_proto::Timestamp;

/// A clock that goes only when told to.
#[derive(Debug)]
pub struct MockClock(Mutex<Timestamp>);

impl MockClock {
    /// A clock that shows this moment.
    pub fn at(now: Timestamp) -> Self {
        Self(Mutex::new(now))
    }

    /// Moves the clock.
    pub fn advance_secs(&self, secs: i64) {
        let mut now = self.0.lock();
        *now = now.plus_secs(secs);
    }

    /// Moves the clock.
    pub fn advance_millis(&self, millis: i64) {
        let mut now = self.0.lock();
        *now = now.plus_millis(millis);
    }

    /// Sets the clock.
    pub fn set(&self, now: Timestamp) {
        *self.0.lock() = now;
    }
}

impl Default for MockClock {
    /// Noon of 2026-11-21, UTC.
    fn default() -> Self {
        Self::at("2026-11-21T12:00:00Z".parse().unwrap())
    }
}

impl Clock for MockClock {
    fn now(&self) -> Timestamp {
        *self.0.lock()
    }
}

/// Chance that is the same in every run with the same seed.
#[derive(Debug)]
pub struct SeededRng(Mutex<StdRng>);

impl SeededRng {
    /// From this seed.
    pub fn new(seed: u64) -> Self {
        Self(Mutex::new(StdRng::seed_from_u64(seed)))
    }
}

impl Rng for SeededRng {
    fn fill(&self, bytes: &mut [u8]) {
        self.0.lock().fill_bytes(bytes);
    }
}
