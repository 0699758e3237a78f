//! Identifiers. Never bare strings or integers: each kind of thing has its own type.

use std::borrow::Borrow;
use std::fmt;

use serde::{Deserialize, Serialize};

/// A command's idempotency key, chosen by the client: a UUID (RFC 9562).
/// Repeating a command with the same `client_id` and content returns the first result.
pub type ClientId = uuid::Uuid;

/// A user's number: positive and below 2^53, so that every JSON reader keeps it whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema, ts_rs::TS))]
#[cfg_attr(feature = "schema", ts(as = "f64"))]
#[cfg_attr(feature = "schema", schemars(extend("minimum" = 1, "maximum" = 9_007_199_254_740_991_i64)))]
#[serde(transparent)]
pub struct UserId(pub i64);

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

macro_rules! string_id {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema, ts_rs::TS))]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl $name {
            /// The identifier as it stands on the wire.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }
        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }
        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text)
            }
        }
        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
    };
}

string_id! {
    /// A chat's public name on the wire: a room's slug (`general`), for others 16 random letters and digits.
    ChatId
}
string_id! {
    /// A message's opaque name, unique on the server.
    MessageId
}

/// Bits by which a message id's two numbers are interleaved with a length byte: see [`MessageId::encode`].
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

impl MessageId {
    /// Builds the id of message `seq` in the chat with the server's internal number `chat`.
    ///
    /// The id is the two numbers in Crockford's base 32, parted by `-`.
    /// Clients must treat it as opaque; the server reads it back with [`MessageId::decode`]
    /// and so needs no index to find a message.
    pub fn encode(chat: i64, seq: i64) -> Self {
        let mut text = String::with_capacity(16);
        push_base32(&mut text, chat);
        text.push('-');
        push_base32(&mut text, seq);
        Self(text)
    }

    /// The `(chat, seq)` this id stands for; `None` when it was not made by [`MessageId::encode`].
    pub fn decode(&self) -> Option<(i64, i64)> {
        let (chat, seq) = self.0.split_once('-')?;
        Some((read_base32(chat)?, read_base32(seq)?))
    }
}

fn push_base32(text: &mut String, number: i64) {
    let number = number.unsigned_abs();
    let digits = (64 - number.leading_zeros()).div_ceil(5).max(1);
    for digit in (0..digits).rev() {
        text.push(char::from(ALPHABET[(number >> (digit * 5) & 31) as usize]));
    }
}

fn read_base32(text: &str) -> Option<i64> {
    if text.is_empty() || text.len() > 13 || (text.len() > 1 && text.starts_with('0')) {
        return None;
    }
    text.bytes().try_fold(0i64, |number, byte| {
        let digit = ALPHABET.iter().position(|&letter| letter == byte)?;
        number.checked_mul(32)?.checked_add(digit as i64)
    })
}

/// JSON Schema and TypeScript of a type that travels as a string.
#[cfg(feature = "schema")]
macro_rules! string_schema {
    ($type:ty, $format:literal, $about:literal) => {
        impl schemars::JsonSchema for $type {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($type).into()
            }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string", "format": $format, "description": $about })
            }
        }
        impl ts_rs::TS for $type {
            type WithoutGenerics = Self;
            type OptionInnerType = Self;
            fn name(_: &ts_rs::Config) -> String {
                "string".to_owned()
            }
            fn inline(config: &ts_rs::Config) -> String {
                <Self as ts_rs::TS>::name(config)
            }
        }
    };
}
#[cfg(feature = "schema")]
pub(crate) use string_schema;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn refuses_what_it_did_not_make() {
        for text in ["", "-", "1", "1-", "-1", "01-1", "u-1", "1-1-1", "zzzzzzzzzzzzz-1", "1-ж", "A-1"] {
            assert_eq!(MessageId::from(text).decode(), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn encoding_is_one_to_one(chat in 0i64..i64::MAX, seq in 0i64..i64::MAX) {
            prop_assert_eq!(MessageId::encode(chat, seq).decode(), Some((chat, seq)));
        }
        #[test]
        fn decoding_never_panics_and_is_canonical(text in "\\PC{0,30}") {
            let id = MessageId::from(text.as_str());
            if let Some((chat, seq)) = id.decode() {
                prop_assert_eq!(MessageId::encode(chat, seq), id);
            }
        }
    }
}
