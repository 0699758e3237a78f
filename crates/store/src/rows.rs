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

#[cfg(test)]
mod tests {
    use super::*;

    /// These numbers stand in people's databases.
    #[test]
    fn numbers_keep_their_meaning() {
        for (code, kind) in (1..).zip([ChatKind::Direct, ChatKind::Group, ChatKind::Channel, ChatKind::Room]) {
            assert_eq!((chat_kind_code(kind), chat_kind(code).unwrap()), (code, kind));
        }
        for (code, of_chat) in (1..).zip([Role::Owner, Role::Admin, Role::Member, Role::Viewer, Role::Blocked]) {
            assert_eq!((role_code(of_chat), role(code).unwrap()), (code, of_chat));
        }
        for (code, of_server) in (1..).zip([ServerRole::Owner, ServerRole::Admin, ServerRole::User]) {
            assert_eq!((server_role_code(of_server), server_role(code).unwrap()), (code, of_server));
        }
        for (code, kind) in (1..).zip([MessageType::Text, MessageType::Emote]) {
            assert_eq!((message_type_code(kind), message_type(code).unwrap()), (code, kind));
        }
        assert!(matches!(chat_kind(0), Err(StoreError::Internal(_))));
        assert!(matches!(role(6), Err(StoreError::Internal(_))));
        assert!(matches!(server_role(-1), Err(StoreError::Internal(_))));
        assert!(matches!(message_type(99), Err(StoreError::Internal(_))));
    }

    #[test]
    fn the_extra_column_is_short_and_empty_for_most() {
        assert_eq!(Extra::of(None, &[], None).to_column(), None);
        let full = Extra::of(Some(7), &[UserId(1), UserId(2)], Some(MentionAll::Here)).to_column().unwrap();
        assert_eq!(full, r#"{"r":7,"m":[1,2],"a":"here"}"#);
        let read = Extra::from_column(Some(&full)).unwrap();
        assert_eq!((read.reply_seq, read.mentions), (Some(7), vec![UserId(1), UserId(2)]));
        assert_eq!(read.mention_all, Some(MentionAll::Here));
        assert!(matches!(Extra::from_column(Some("broken")), Err(StoreError::Internal(_))));
    }
}
