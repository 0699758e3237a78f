//! Numbers in columns and what they stand for. Never change a number; add another.

use serde::{Deserialize, Serialize};
use vestnik_proto::{ChatKind, MentionAll, MessageType, Role, ServerRole, UserId};

use crate::StoreError;

pub(crate) const EVENT_MESSAGE: i64 = 1;
pub(crate) const EVENT_EDIT: i64 = 2;
pub(crate) const EVENT_OTHER: i64 = 3;

/// Two functions between an enumeration and its column.
macro_rules! column {
    ($type:ident, $to:ident, $from:ident, $($variant:ident = $code:literal),+) => {
        pub(crate) fn $to(value: $type) -> i64 {
            match value { $($type::$variant => $code,)+ }
        }
        pub(crate) fn $from(code: i64) -> Result<$type, StoreError> {
            match code {
                $($code => Ok($type::$variant),)+
                _ => Err(StoreError::Internal(format!("{code} is no {}", stringify!($type)))),
            }
        }
    };
}

column!(ChatKind, chat_kind_code, chat_kind, Direct = 1, Group = 2, Channel = 3, Room = 4);
column!(Role, role_code, role, Owner = 1, Admin = 2, Member = 3, Viewer = 4, Blocked = 5);
column!(ServerRole, server_role_code, server_role, Owner = 1, Admin = 2, User = 3);
column!(MessageType, message_type_code, message_type, Text = 1, Emote = 2);

/// The parts of a message that most messages lack, in one column.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Extra {
    /// The number of the message it answers.
    #[serde(default, rename = "r", skip_serializing_if = "Option::is_none")]
    pub reply_seq: Option<i64>,
    /// The members it mentions.
    #[serde(default, rename = "m", skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<UserId>,
    /// `@here` or `@room`.
    #[serde(default, rename = "a", skip_serializing_if = "Option::is_none")]
    pub mention_all: Option<MentionAll>,
}

impl Extra {
    pub(crate) fn of(reply_seq: Option<i64>, mentions: &[UserId], mention_all: Option<MentionAll>) -> Self {
        Self { reply_seq, mentions: mentions.to_vec(), mention_all }
    }

    /// The column's value; nothing when there is nothing.
    pub(crate) fn to_column(&self) -> Option<String> {
        if self.reply_seq.is_none() && self.mentions.is_empty() && self.mention_all.is_none() {
            return None;
        }
        Some(serde_json::to_string(self).expect("numbers and names are always JSON"))
    }

    pub(crate) fn from_column(column: Option<&str>) -> Result<Self, StoreError> {
        column.map_or_else(
            || Ok(Self::default()),
            |json| {
                serde_json::from_str(json).map_err(|_| StoreError::Internal("a message's extra is no JSON".to_owned()))
            },
        )
    }
}
