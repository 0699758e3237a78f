//! Points in time as the wire writes them: RFC 3339, UTC, milliseconds.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Microseconds in a millisecond: the wire's resolution inside the store's.
const MILLI: i64 = 1_000;

/// A point in time, kept as microseconds since 1970-01-01 UTC and always a whole number of
/// milliseconds, so that what is stored, sent and compared is the same value.
///
/// Serialised as RFC 3339 in UTC with three fractional digits (`2026-11-21T06:28:00.000Z`).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The earliest and latest moments accepted: years 1970 to 9999.
    const MAX_MICROS: i64 = 253_402_300_799_999_000;

    /// From microseconds since the epoch, cut down to a whole millisecond and clamped to
    /// the years 1970 to 9999.
    pub const fn from_micros(micros: i64) -> Self {
        let micros = if micros < 0 {
            0
        } else if micros > Self::MAX_MICROS {
            Self::MAX_MICROS
        } else {
            micros
        };
        Self(micros - micros % MILLI)
    }

    /// From milliseconds since the epoch.
    pub const fn from_millis(millis: i64) -> Self {
        Self::from_micros(millis.saturating_mul(MILLI))
    }

    /// From seconds since the epoch.
    pub const fn from_secs(secs: i64) -> Self {
        Self::from_millis(secs.saturating_mul(1_000))
    }

    /// Microseconds since the epoch.
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// Milliseconds since the epoch.
    pub const fn as_millis(self) -> i64 {
        self.0 / MILLI
    }

    /// Whole seconds since the epoch.
    pub const fn as_secs(self) -> i64 {
        self.0 / (MILLI * 1_000)
    }

    /// This moment moved by some milliseconds, forwards or (negative) backwards.
    pub const fn plus_millis(self, millis: i64) -> Self {
        Self::from_micros(self.0.saturating_add(millis.saturating_mul(MILLI)))
    }

    /// This moment moved by some seconds.
    pub const fn plus_secs(self, secs: i64) -> Self {
        self.plus_millis(secs.saturating_mul(1_000))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Civil date from days since the epoch (proleptic Gregorian); the range is checked at
        // construction, so jiff always accepts it. Written by hand because every message passes here.
        let millis = self.as_millis();
        let (days, day_millis) = (millis.div_euclid(86_400_000), millis.rem_euclid(86_400_000));
        let z = days + 719_468;
        let era = z.div_euclid(146_097);
        let doe = z.rem_euclid(146_097);
        let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
        let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
        let mp = (5 * doy + 2) / 153;
        let day = doy - (153 * mp + 2) / 5 + 1;
        let month = if mp < 10 { mp + 3 } else { mp - 9 };
        let year = yoe + era * 400 + i64::from(month <= 2);
        let (secs, milli) = (day_millis / 1_000, day_millis % 1_000);
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}.{milli:03}Z",
            secs / 3_600,
            secs / 60 % 60,
            secs % 60
        )
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Timestamp {
    type Err = jiff::Error;

    /// Any RFC 3339 time with an offset; finer digits than milliseconds are cut.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.parse::<jiff::Timestamp>() {
            Ok(stamp) => Ok(Self::from_micros(stamp.as_microsecond())),
            Err(error) => last_hours(text).ok_or(error),
        }
    }
}

/// The last 26 hours of the year 9999, which jiff keeps out so that every offset fits. They are written as
/// "for ever", and are read a year earlier: neither year is a leap year.
fn last_hours(text: &str) -> Option<Timestamp> {
    let rest = text.strip_prefix("9999-")?;
    let stamp: jiff::Timestamp = format!("9998-{rest}").parse().ok()?;
    Some(Timestamp::from_micros(stamp.as_microsecond()).plus_secs(365 * 24 * 3_600))
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Timestamp;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a time as RFC 3339, like 2026-11-21T06:28:00.000Z")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Timestamp, E> {
                text.parse().map_err(|_| E::invalid_value(de::Unexpected::Str(text), &self))
            }
        }
        deserializer.deserialize_str(Visitor)
    }
}

#[cfg(feature = "schema")]
crate::ids::string_schema!(Timestamp, "date-time", "A time: RFC 3339, UTC, milliseconds.");

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn writes_milliseconds_and_z() {
        assert_eq!(Timestamp::from_micros(0).to_string(), "1970-01-01T00:00:00.000Z");
        for end in ["9999-12-31T23:59:59.999Z", "9999-12-31T00:00:00.000Z", "9999-12-30T22:00:00.000Z"] {
            assert_eq!(end.parse::<Timestamp>().unwrap().to_string(), end);
        }
        assert!("9999-13-31T23:59:59Z".parse::<Timestamp>().is_err());
        let leap: Timestamp = "2024-02-29T23:59:59.9999+03:00".parse().unwrap();
        assert_eq!(leap.to_string(), "2024-02-29T20:59:59.999Z");
    }

    proptest! {
        #[test]
        fn agrees_with_jiff_and_survives_a_round_trip(millis in 0i64..=253_402_300_799_999) {
            let ours = Timestamp::from_millis(millis);
            let theirs = jiff::Timestamp::from_millisecond(ours.as_millis()).unwrap();
            prop_assert_eq!(ours.to_string(), theirs.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string());
            prop_assert_eq!(ours.to_string().parse::<Timestamp>().unwrap(), ours);
        }
    }
}
