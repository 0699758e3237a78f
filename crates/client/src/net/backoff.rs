//! How long to wait before trying again: exponential, with full jitter, so that the clients of a
//! restarted server do not come back all at once.

use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// The waits between attempts: uniformly between nothing and `base * 2^n`, at most `cap`.
#[derive(Debug)]
pub struct Backoff {
    base: Duration,
    cap: Duration,
    attempt: u32,
    rng: StdRng,
}

impl Backoff {
    /// Waits that begin below `base` and never go beyond `cap`.
    pub fn new(base: Duration, cap: Duration, seed: u64) -> Self {
        Self { base, cap, attempt: 0, rng: StdRng::seed_from_u64(seed) }
    }

    /// How long to wait before the next attempt. The server's own wish, when there is one, is the
    /// least; the jitter of one `base` comes on top of it.
    pub fn next(&mut self, asked: Option<Duration>) -> Duration {
        let ceiling = self.base.saturating_mul(2u32.saturating_pow(self.attempt)).min(self.cap);
        self.attempt = self.attempt.saturating_add(1);
        match asked {
            Some(asked) => asked + self.within(self.base),
            None => self.within(ceiling),
        }
    }

    /// Begins anew after a success.
    pub fn reset(&mut self) {
        self.attempt = 0;
    }

    fn within(&mut self, ceiling: Duration) -> Duration {
        ceiling.mul_f64(self.rng.random_range(0.0..=1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: Duration = Duration::from_millis(500);
    const CAP: Duration = Duration::from_secs(30);

    #[test]
    fn grows_to_the_cap_and_is_spread() {
        let mut longest = [Duration::ZERO; 12];
        for seed in 0..200 {
            let mut backoff = Backoff::new(BASE, CAP, seed);
            for (attempt, longest) in longest.iter_mut().enumerate() {
                let wait = backoff.next(None);
                let ceiling = BASE.saturating_mul(1 << attempt).min(CAP);
                assert!(wait <= ceiling, "{wait:?} on attempt {attempt}");
                *longest = wait.max(*longest);
            }
        }
        for (attempt, longest) in longest.iter().enumerate() {
            let ceiling = BASE.saturating_mul(1 << attempt).min(CAP);
            assert!(*longest > ceiling.mul_f64(0.9), "attempt {attempt} uses its range: {longest:?}");
        }
    }

    #[test]
    fn honours_the_servers_wish_and_begins_anew() {
        let mut backoff = Backoff::new(BASE, CAP, 7);
        let asked = Duration::from_secs(60);
        let wait = backoff.next(Some(asked));
        assert!(wait >= asked && wait <= asked + BASE);
        backoff.reset();
        assert!(backoff.next(None) <= BASE);
    }

    #[test]
    fn a_seed_gives_the_same_waits() {
        let waits = |seed| (0..5).scan(Backoff::new(BASE, CAP, seed), |b, _| Some(b.next(None))).collect::<Vec<_>>();
        assert_eq!(waits(1), waits(1));
        assert_ne!(waits(1), waits(2));
    }
}
