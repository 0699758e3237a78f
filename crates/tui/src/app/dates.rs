//! Reading moments as people write them.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, ToSpan};
use vestnik_proto::Timestamp;

/// A time from now: `30m`, `2h`, `1d`, `1w`.
pub fn span_secs(text: &str) -> Option<i64> {
    let unit = text.chars().next_back()?;
    let number: i64 = text[..text.len() - unit.len_utf8()].parse().ok()?;
    let secs = match unit {
        's' | 'с' => 1,
        'm' | 'м' => 60,
        'h' | 'ч' => 3_600,
        'd' | 'д' => 86_400,
        'w' | 'н' => 7 * 86_400,
        _ => return None,
    };
    (number > 0).then(|| number.checked_mul(secs)).flatten()
}

/// A moment to come: `30m`, `18:30` (today or tomorrow), `2026-12-01` (at nine), `2026-12-01T09:00`.
pub fn moment(text: &str, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
    if let Some(secs) = span_secs(text) {
        return Some(now.plus_secs(secs));
    }
    let today = crate::feed::local(zone, now).date();
    let stamp = |time: jiff::civil::DateTime| {
        let zoned = time.to_zoned(zone.clone()).ok()?;
        Some(Timestamp::from_millis(zoned.timestamp().as_millisecond()))
    };
    if let Some((hour, minute)) = text.split_once(':').filter(|_| text.len() <= 5) {
        let time = jiff::civil::Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()?;
        let at = stamp(today.to_datetime(time))?;
        return if at > now { Some(at) } else { stamp(today.checked_add(1.day()).ok()?.to_datetime(time)) };
    }
    if let Ok(date) = text.parse::<Date>()
        && !text.contains('T')
    {
        return stamp(date.at(9, 0, 0, 0));
    }
    stamp(text.parse().ok()?)
}

/// A day: `2026-11-25`, `25.11.2026`, `25.11` (of this year), `today`, `yesterday`.
pub fn day(text: &str, now: Timestamp, zone: &TimeZone) -> Option<Date> {
    let today = crate::feed::local(zone, now).date();
    let back = |span: Span| today.checked_sub(span).ok();
    match text.trim().to_lowercase().as_str() {
        "today" | "сегодня" => return Some(today),
        "yesterday" | "вчера" => return back(1.day()),
        _ => {}
    }
    let parts: Vec<&str> = text.trim().split('.').filter(|part| !part.is_empty()).collect();
    match parts.as_slice() {
        [day, month] => Date::new(today.year(), month.parse().ok()?, day.parse().ok()?).ok(),
        [day, month, year] => Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok(),
        _ => text.trim().parse().ok(),
    }
}

/// The beginning of a day.
pub fn start(day: Date, zone: &TimeZone) -> Option<Timestamp> {
    let zoned = day.to_zoned(zone.clone()).ok()?;
    Some(Timestamp::from_millis(zoned.timestamp().as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_and_days() {
        let now: Timestamp = "2026-11-25T12:00:00Z".parse().unwrap();
        let check = |text: &str, expected: &str| {
            assert_eq!(
                moment(text, now, &TimeZone::UTC).map(|at| at.to_string()[..16].to_owned()).as_deref(),
                Some(expected),
                "{text}"
            );
        };
        check("30m", "2026-11-25T12:30");
        check("2ч", "2026-11-25T14:00");
        check("18:30", "2026-11-25T18:30");
        check("9:05", "2026-11-26T09:05");
        check("2026-12-01", "2026-12-01T09:00");
        check("2026-12-01T10:15", "2026-12-01T10:15");
        for bad in ["", "0m", "25:00", "soon", "-5m", "9999999999999999999h", "м"] {
            assert_eq!(moment(bad, now, &TimeZone::UTC), None, "{bad}");
        }
        let day = |text: &str| super::day(text, now, &TimeZone::UTC).map(|day| day.to_string());
        assert_eq!(day("yesterday").as_deref(), Some("2026-11-24"));
        assert_eq!(day("24.12").as_deref(), Some("2026-12-24"));
        assert_eq!(day("1.2.2025").as_deref(), Some("2025-02-01"));
        assert_eq!(day("2026-02-30"), None);
    }
}
