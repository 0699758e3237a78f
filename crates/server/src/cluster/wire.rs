//! The words of nodes to each other. Every node of a cluster reads those of the version before.

use bytes::{Buf, BufMut, Bytes, BytesMut};
use serde::{Deserialize, Serialize};
use vestnik_core::ChatKey;
use vestnik_proto::{PresenceStatus, UserId};

/// The form of the envelope. A node passes over forms it does not know: what they tell is in the store.
const VERSION: u8 = 1;

/// An envelope: from whom, and the how-manieth of that node, counted from 1 without holes.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Envelope {
    pub node: u64,
    pub number: u64,
    pub word: Word,
}

/// What one node tells the others.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Word {
    /// A chat's event.
    Chat { chat: ChatKey, rev: i64, frame: Bytes },
    /// An account's event.
    Account { user: UserId, account_rev: i64, frame: Bytes },
    /// Something passing.
    Passing { to: To, except: Option<UserId>, frame: Bytes },
    /// Everything else: small and seldom.
    Note(Note),
}

/// Whom something passing is for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum To {
    Chat(i64),
    User(i64),
    /// Those who show this person, a member of these chats.
    Acquaintances(i64, Vec<i64>),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Note {
    /// This node is there. Told often, so that silence means something.
    Beat,
    /// This node goes: nobody is connected to it any more.
    Bye,
    /// Who is connected to this node, the whole or what changed.
    Here {
        /// Whether these are all.
        whole: bool,
        people: Vec<Person>,
        /// Chats and how many guests look in.
        guests: Vec<(i64, i64)>,
    },
    /// A session has ended.
    SessionEnded { session: String },
    /// Someone at this address has tried to sign in.
    SignIn { ip: std::net::IpAddr },
}

/// A person connected to a node; `offline` for one who is not any more.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Person {
    pub user: UserId,
    pub status: PresenceStatus,
    pub chats: Vec<i64>,
}

impl Envelope {
    pub(super) fn encode(&self) -> Bytes {
        let mut out = BytesMut::with_capacity(64);
        out.put_u8(VERSION);
        out.put_u64(self.node);
        out.put_u64(self.number);
        match &self.word {
            Word::Chat { chat, rev, frame } => {
                out.reserve(17 + frame.len());
                out.put_u8(1);
                out.put_i64(chat.0);
                out.put_i64(*rev);
                out.put_slice(frame);
            }
            Word::Account { user, account_rev, frame } => {
                out.reserve(17 + frame.len());
                out.put_u8(2);
                out.put_i64(user.0);
                out.put_i64(*account_rev);
                out.put_slice(frame);
            }
            Word::Passing { to, except, frame } => {
                out.put_u8(3);
                out.put_i64(except.map_or(0, |user| user.0));
                let to = serde_json::to_vec(to).expect("numbers are always JSON");
                out.put_u32(u32::try_from(to.len()).unwrap_or_default());
                out.put_slice(&to);
                out.put_slice(frame);
            }
            Word::Note(note) => {
                out.put_u8(4);
                out.put_slice(&serde_json::to_vec(note).expect("notes are always JSON: they have no maps"));
            }
        }
        out.freeze()
    }

    /// Reads an envelope; nothing for what is none, or of another version.
    pub(super) fn decode(mut bytes: Bytes) -> Option<Self> {
        (bytes.try_get_u8().ok()? == VERSION).then_some(())?;
        let (node, number) = (bytes.try_get_u64().ok()?, bytes.try_get_u64().ok()?);
        let word = match bytes.try_get_u8().ok()? {
            1 => {
                let (chat, rev) = (ChatKey(bytes.try_get_i64().ok()?), bytes.try_get_i64().ok()?);
                Word::Chat { chat, rev, frame: bytes }
            }
            2 => {
                let (user, account_rev) = (UserId(bytes.try_get_i64().ok()?), bytes.try_get_i64().ok()?);
                Word::Account { user, account_rev, frame: bytes }
            }
            3 => {
                let except = Some(bytes.try_get_i64().ok()?).filter(|user| *user != 0).map(UserId);
                let length = bytes.try_get_u32().ok()? as usize;
                if bytes.len() < length {
                    return None;
                }
                let to = serde_json::from_slice(&bytes.split_to(length)).ok()?;
                Word::Passing { to, except, frame: bytes }
            }
            4 => Word::Note(serde_json::from_slice(&bytes).ok()?),
            _ => return None,
        };
        Some(Self { node, number, word })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let frame = Bytes::from_static(b"{}");
        let words = [
            Word::Chat { chat: ChatKey(7), rev: 9, frame: frame.clone() },
            Word::Account { user: UserId(7), account_rev: 9, frame: frame.clone() },
            Word::Passing { to: To::Acquaintances(3, vec![1, 2]), except: Some(UserId(3)), frame: frame.clone() },
            Word::Passing { to: To::Chat(3), except: None, frame },
            Word::Note(Note::Beat),
            Word::Note(Note::SignIn { ip: [127, 0, 0, 1].into() }),
            Word::Note(Note::Here {
                whole: true,
                people: vec![Person { user: UserId(1), status: PresenceStatus::Dnd, chats: vec![4] }],
                guests: vec![(4, 1)],
            }),
        ];
        for word in words {
            let envelope = Envelope { node: 1, number: 2, word };
            assert_eq!(Envelope::decode(envelope.encode()), Some(envelope));
        }
    }

    proptest! {
        #[test]
        fn whatever_comes_is_read_or_passed_over(mut bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let _ = Envelope::decode(Bytes::from(bytes.clone()));
            if let Some(first) = bytes.first_mut() {
                *first = VERSION;
            }
            let _ = Envelope::decode(Bytes::from(bytes));
        }
    }
}
