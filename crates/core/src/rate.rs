//! Token buckets: so many at once, so many per second in the long run.

use std::collections::HashMap;
use std::hash::Hash;

use parking_lot::Mutex;
use vestnik_proto::{ApiError, ErrorCode, Timestamp};

/// Buckets kept at once; full ones are forgotten first, as they say nothing.
const KEPT: usize = 20_000;

/// Buckets of one kind, by whom they limit.
pub(crate) struct Limiter<K> {
    per_second: f64,
    burst: f64,
    buckets: Mutex<HashMap<K, Bucket>>,
}

#[derive(Clone, Copy)]
struct Bucket {
    tokens: f64,
    at: Timestamp,
}

impl<K: Eq + Hash> Limiter<K> {
    /// `per_second` of 0 means no limit.
    pub(crate) fn new(per_second: f64, burst: u32) -> Self {
        Self { per_second, burst: f64::from(burst.max(1)), buckets: Mutex::default() }
    }

    /// Takes one token.
    pub(crate) fn take(&self, key: K, now: Timestamp) -> Result<(), ApiError> {
        if self.per_second <= 0.0 {
            return Ok(());
        }
        let mut buckets = self.buckets.lock();
        if buckets.len() >= KEPT {
            buckets.retain(|_, bucket| self.filled(*bucket, now) < self.burst);
        }
        let bucket = buckets.entry(key).or_insert(Bucket { tokens: self.burst, at: now });
        let tokens = self.filled(*bucket, now);
        *bucket = Bucket { tokens: if tokens >= 1.0 { tokens - 1.0 } else { tokens }, at: now };
        if tokens >= 1.0 {
            return Ok(());
        }
        // A hair above a whole millisecond is what floating point makes of it.
        let wait = ((1.0 - tokens) / self.per_second * 1_000.0 - 1e-6).ceil().max(1.0);
        Err(ApiError::new(ErrorCode::RateLimited, "Too many requests at once. Wait a moment and go on.")
            .retry_after_ms(wait as u64))
    }

    fn filled(&self, bucket: Bucket, now: Timestamp) -> f64 {
        // A clock set back refills nothing.
        let elapsed = (now.as_micros() - bucket.at.as_micros()).max(0) as f64 / 1e6;
        (bucket.tokens + elapsed * self.per_second).min(self.burst)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refills_with_time_and_says_how_long() {
        let limiter = Limiter::new(2.0, 3);
        let at = |millis: i64| Timestamp::from_millis(1_000_000 + millis);
        for _ in 0..3 {
            limiter.take("a", at(0)).unwrap();
        }
        let error = limiter.take("a", at(0)).unwrap_err();
        assert_eq!((error.code, error.retry_after_ms), (ErrorCode::RateLimited, Some(500)));
        limiter.take("b", at(0)).unwrap();
        limiter.take("a", at(500)).unwrap();
        assert!(limiter.take("a", at(400)).is_err(), "a clock set back refills nothing");
    }

    #[test]
    fn none_is_without_limit() {
        let limiter = Limiter::new(0.0, 1);
        for _ in 0..1_000 {
            limiter.take((), Timestamp::default()).unwrap();
        }
    }

    #[test]
    fn full_buckets_are_forgotten() {
        let limiter = Limiter::new(1.0, 2);
        let at = |secs: i64| Timestamp::from_secs(1_000 + secs);
        for key in 0..KEPT {
            limiter.take(key, at(0)).unwrap();
        }
        limiter.take(KEPT, at(1)).unwrap();
        assert_eq!(limiter.buckets.lock().len(), 1);
    }
}
