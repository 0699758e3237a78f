//! How a value of the configuration is written and read: always as one piece of text, so that the
//! file, the environment and the flags follow the same rules.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use vestnik_proto::Registration;

/// A value that has a text form in the configuration.
pub trait Value: Sized {
    /// Whether the value must not be shown and may come from a file (`<key>_file`).
    const SECRET: bool = false;
    /// Whether a list is expected, so that a TOML array is accepted.
    const LIST: bool = false;
    /// What is accepted, for the documentation and for errors.
    const KIND: &'static str;

    /// Reads the value.
    ///
    /// # Errors
    /// A sentence saying what is accepted.
    fn from_text(text: &str) -> Result<Self, String>;

    /// Writes the value as TOML.
    fn to_toml(&self) -> String;
}

/// A TOML string.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

impl Value for String {
    const KIND: &'static str = "text";
    fn from_text(text: &str) -> Result<Self, String> {
        Ok(text.to_owned())
    }
    fn to_toml(&self) -> String {
        quoted(self)
    }
}

impl Value for PathBuf {
    const KIND: &'static str = "path";
    fn from_text(text: &str) -> Result<Self, String> {
        Ok(Self::from(text))
    }
    fn to_toml(&self) -> String {
        quoted(&self.to_string_lossy())
    }
}

impl Value for bool {
    const KIND: &'static str = "true or false";
    fn from_text(text: &str) -> Result<Self, String> {
        match text {
            "true" | "1" | "yes" | "on" => Ok(true),
            "false" | "0" | "no" | "off" => Ok(false),
            _ => Err("write true or false".to_owned()),
        }
    }
    fn to_toml(&self) -> String {
        self.to_string()
    }
}

macro_rules! integers {
    ($($type:ty),+) => {$(
        impl Value for $type {
            const KIND: &'static str = "number";
            fn from_text(text: &str) -> Result<Self, String> {
                text.replace('_', "").parse().map_err(|_| {
                    format!("write a whole number from {} to {}", <$type>::MIN.max(0), <$type>::MAX)
                })
            }
            fn to_toml(&self) -> String {
                self.to_string()
            }
        }
    )+};
}
integers!(u32, usize, i64);

impl Value for SocketAddr {
    const KIND: &'static str = "address";
    fn from_text(text: &str) -> Result<Self, String> {
        text.parse().map_err(|_| "write an address and a port, like 127.0.0.1:8080 or [::]:8080".to_owned())
    }
    fn to_toml(&self) -> String {
        quoted(&self.to_string())
    }
}

impl Value for Registration {
    const KIND: &'static str = "open, invite or closed";
    fn from_text(text: &str) -> Result<Self, String> {
        match text {
            "open" => Ok(Self::Open),
            "invite" => Ok(Self::Invite),
            "closed" => Ok(Self::Closed),
            _ => Err("write open, invite or closed".to_owned()),
        }
    }
    fn to_toml(&self) -> String {
        quoted(match self {
            Self::Open => "open",
            Self::Invite => "invite",
            Self::Closed => "closed",
        })
    }
}

impl Value for IpNet {
    const KIND: &'static str = "network";
    fn from_text(text: &str) -> Result<Self, String> {
        text.parse()
            .or_else(|_| text.parse::<std::net::IpAddr>().map(Self::from))
            .map_err(|_| "write a network, like 10.0.0.0/8, or one address".to_owned())
    }
    fn to_toml(&self) -> String {
        quoted(&self.to_string())
    }
}

impl<T: Value> Value for Vec<T> {
    const LIST: bool = true;
    const KIND: &'static str = "list";
    fn from_text(text: &str) -> Result<Self, String> {
        text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(T::from_text).collect()
    }
    fn to_toml(&self) -> String {
        format!("[{}]", self.iter().map(T::to_toml).collect::<Vec<_>>().join(", "))
    }
}

/// A length of time, written `250ms`, `30s`, `5m`, `12h` or `30d`; a bare number is seconds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span(pub Duration);

impl Span {
    /// Some seconds.
    pub const fn secs(secs: u64) -> Self {
        Self(Duration::from_secs(secs))
    }

    /// Whole seconds, as the rules count.
    pub fn as_secs(self) -> i64 {
        i64::try_from(self.0.as_secs()).unwrap_or(i64::MAX)
    }
}

/// Longest span accepted: a hundred years, so that no sum of times can overflow.
const SPAN_MAX: u64 = 100 * 365 * 86_400_000;
const SPAN_UNITS: [(&str, u64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

impl Value for Span {
    const KIND: &'static str = "time";
    fn from_text(text: &str) -> Result<Self, String> {
        let (number, unit) = number_and_unit(text);
        let unit = if unit.is_empty() { "s" } else { unit };
        let millis = SPAN_UNITS.iter().find(|(name, _)| *name == unit).map(|(_, millis)| *millis);
        number
            .zip(millis)
            .and_then(|(number, millis)| number.checked_mul(millis))
            .filter(|millis| *millis <= SPAN_MAX)
            .map(|millis| Self(Duration::from_millis(millis)))
            .ok_or_else(|| "write a time with its unit, like 250ms, 30s, 5m, 12h or 30d".to_owned())
    }
    fn to_toml(&self) -> String {
        quoted(&self.to_string())
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = u64::try_from(self.0.as_millis()).unwrap_or(u64::MAX);
        if millis == 0 {
            return f.write_str("0s");
        }
        let whole = SPAN_UNITS.iter().find(|(_, unit)| millis.is_multiple_of(*unit));
        let (name, unit) = whole.expect("every number is a whole number of milliseconds");
        write!(f, "{}{name}", millis / unit)
    }
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A number of bytes, written `512B`, `64KiB`, `10MiB` or `2GiB`; a bare number is bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Size(pub usize);

const SIZE_UNITS: [(&str, u64); 4] = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1)];

impl Value for Size {
    const KIND: &'static str = "size";
    fn from_text(text: &str) -> Result<Self, String> {
        let (number, unit) = number_and_unit(text);
        let unit = if unit.is_empty() { "B" } else { unit };
        let bytes = SIZE_UNITS.iter().find(|(name, _)| *name == unit).map(|(_, bytes)| *bytes);
        number
            .zip(bytes)
            .and_then(|(number, bytes)| number.checked_mul(bytes))
            .and_then(|bytes| usize::try_from(bytes).ok())
            .map(Self)
            .ok_or_else(|| "write a size with its unit, like 64KiB or 10MiB".to_owned())
    }
    fn to_toml(&self) -> String {
        quoted(&self.to_string())
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = self.0 as u64;
        if bytes == 0 {
            return f.write_str("0B");
        }
        let whole = SIZE_UNITS.iter().find(|(_, unit)| bytes.is_multiple_of(*unit));
        let (name, unit) = whole.expect("every number is a whole number of bytes");
        write!(f, "{}{name}", bytes / unit)
    }
}

impl fmt::Debug for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Splits `10MiB` into the number, if it is one, and the unit.
fn number_and_unit(text: &str) -> (Option<u64>, &str) {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '_').unwrap_or(text.len());
    (text[..digits].replace('_', "").parse().ok(), text[digits..].trim())
}

/// Text that never shows itself: `Debug` and the dump of the configuration write `***`.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Secret(String);

impl Secret {
    /// Keeps the text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text, for the one place that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_empty() { "\"\"" } else { "***" })
    }
}

impl Value for Secret {
    const SECRET: bool = true;
    const KIND: &'static str = "text";
    fn from_text(text: &str) -> Result<Self, String> {
        Ok(Self(text.to_owned()))
    }
    fn to_toml(&self) -> String {
        quoted(if self.0.is_empty() { "" } else { "***" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_units_and_refuses_nonsense() {
        assert_eq!(Span::from_text("30s"), Ok(Span::secs(30)));
        assert_eq!(Span::from_text("5 m"), Ok(Span::secs(300)));
        assert_eq!(Span::from_text("90"), Ok(Span::secs(90)));
        assert_eq!(Size::from_text("10MiB"), Ok(Size(10 << 20)));
        assert_eq!(Size::from_text("1_000"), Ok(Size(1_000)));
        for bad in ["", "s", "1.5h", "-1s", "10 parsecs", "999999999999999999d"] {
            assert!(Span::from_text(bad).is_err(), "{bad}");
        }
        for bad in ["", "MiB", "10MB", "-1B", "99999999999999GiB"] {
            assert!(Size::from_text(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_secret_does_not_show_itself() {
        let secret = Secret::new("postgres://me:hunter2@db/vestnik");
        assert_eq!((format!("{secret:?}"), secret.to_toml()), ("***".to_owned(), "\"***\"".to_owned()));
    }

    proptest! {
        #[test]
        fn spans_and_sizes_survive_writing(millis in 0u64..=SPAN_MAX, bytes in any::<u32>()) {
            let (span, size) = (Span(Duration::from_millis(millis)), Size(bytes as usize));
            prop_assert_eq!(Span::from_text(&span.to_string()), Ok(span));
            prop_assert_eq!(Size::from_text(&size.to_string()), Ok(size));
        }

        #[test]
        fn reading_never_panics(text in "\\PC{0,20}") {
            let _ = (Span::from_text(&text), Size::from_text(&text), u32::from_text(&text));
            let _ = (bool::from_text(&text), Vec::<IpNet>::from_text(&text), SocketAddr::from_text(&text));
        }
    }
}
