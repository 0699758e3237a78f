//! Messages: sent, changed, deleted, reacted to, pinned.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use vestnik_proto::command::{EditMessage, MessageRef, React, SendMessage};
use vestnik_proto::frame::Ack;
use vestnik_proto::{
    Answer, ApiError, ChatEvent, ChatEventContent, ChatId, ClientId, ErrorCode, MentionAll, Message, MessageId,
    MessageType, Permission, Timestamp, UserId, frame, limits, names,
};
use vestnik_store::{Append, Appended, ChatKey, Db, PendingAppend, StoreError};

use crate::context::{Request, check, storable};
use crate::error::{Fail, api, conflict, forbidden};
use crate::registry::ChatInfo;
use crate::tokens::content_hash;
use crate::{Actor, Core, Notice};

/// The ack of a message on its way; resolves after COMMIT.
#[derive(Debug)]
pub struct PendingAck {
    pending: PendingAppend,
    chat: ChatKey,
    chat_id: ChatId,
}

impl Future for PendingAck {
    type Output = Result<Ack, ApiError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.pending).poll(context).map(|appended| match appended {
            Ok(Appended { rev, seq, ts, .. }) => Ok(Ack {
                chat_id: self.chat_id.clone(),
                rev,
                message_id: Some(MessageId::encode(self.chat.0, seq)),
                seq: Some(seq),
                timestamp: ts,
            }),
            Err(error) => Err(api(&error)),
        })
    }
}

/// What a message mentions.
#[derive(Debug, Default)]
pub(crate) struct Mentions {
    pub users: Vec<UserId>,
    pub all: Option<MentionAll>,
}

impl Core {
    /// Hands a message to the writer. Messages of one connection are stored in the order of the calls.
    ///
    /// # Errors
    /// `not_found`, `forbidden`, `invalid`, `message_too_long`, `rate_limited`, `unavailable`.
    pub async fn send(
        &self,
        actor: &Actor,
        client_id: Option<ClientId>,
        command: SendMessage,
    ) -> Result<PendingAck, ApiError> {
        let user = actor.user()?;
        let now = self.now();
        self.0.messages.take(user.id, now)?;
        Ok(self.hand_over(actor, client_id, command, now).await?)
    }

    /// Checks a message and hands it to the writer.
    pub(crate) async fn hand_over(
        &self,
        actor: &Actor,
        client_id: Option<ClientId>,
        command: SendMessage,
        now: Timestamp,
    ) -> Result<PendingAck, Fail> {
        let user = actor.user()?;
        let info = self.require(actor, &command.chat_id, Permission::Write).await?;
        self.check_content(&command.content)?;
        let reply_seq = match &command.reply_to {
            Some(id) => Some(self.find_reply(&info, id).await?),
            None => None,
        };
        let mentions = self.find_mentions(actor, &info, &command.content, &command.mentions).await?;
        let append = Append {
            chat: info.key,
            sender: user.id,
            client_id,
            hash: if client_id.is_some() { content_hash(&command) } else { 0 },
            ts: now,
            message_type: command.message_type,
            content: command.content,
            reply_seq,
            mentions: mentions.users,
            mention_all: mentions.all,
        };
        let (sink, username) = (Arc::clone(&self.0.sink), Arc::clone(&user.username));
        let (chat, chat_id) = (info.key, info.id.clone());
        let pending = self.0.store.append(append, move |append, appended| {
            let frame = Bytes::from(frame::encode(&new_message(&info, append, appended, &username), None));
            sink.publish(Notice::Chat { chat: info.key, rev: appended.rev, frame });
        })?;
        Ok(PendingAck { pending, chat, chat_id })
    }

    pub(crate) fn check_content(&self, content: &str) -> Result<(), ApiError> {
        let most = self.0.config.message_chars;
        // Bytes bound characters from above: most messages are short enough at a glance.
        if content.len() > most && content.chars().count() > most {
            return Err(ApiError {
                field: Some("content".to_owned()),
                ..ApiError::new(
                    ErrorCode::MessageTooLong,
                    format!("The message is longer than {most} characters. Shorten it, or send it in parts."),
                )
            });
        }
        if content.trim().is_empty() {
            return Err(ApiError::invalid("content", "The message is empty. Write something."));
        }
        if !storable(content) {
            return Err(ApiError::invalid("content", "The message has a NUL character. Take it out."));
        }
        Ok(())
    }

    /// The number of the message a reply answers: it must be of the same chat, and there.
    pub(crate) async fn find_reply(&self, chat: &ChatInfo, id: &MessageId) -> Result<i64, Fail> {
        let wrong = || ApiError::invalid("reply_to", "The message to answer is not in this chat.");
        let (key, seq) = id.decode().ok_or_else(wrong)?;
        if key != chat.key.0 {
            return Err(wrong().into());
        }
        let row = vestnik_store::find_chat_by_key(&mut self.read().await?, chat.key).await?;
        if seq < 1 || row.is_none_or(|row| seq > row.last_seq) {
            return Err(wrong().into());
        }
        Ok(seq)
    }

    /// Whom a text mentions: members named in it with `@` or listed by the client; `@here` and `@room`
    /// where the sender may. Names of others are text like any other.
    pub(crate) async fn find_mentions(
        &self,
        actor: &Actor,
        chat: &ChatInfo,
        content: &str,
        listed: &[UserId],
    ) -> Result<Mentions, Fail> {
        if listed.len() > limits::MENTIONS {
            return Err(ApiError::invalid("mentions", "A message mentions at most 50 people.").into());
        }
        let mut users: Vec<UserId> = listed.to_vec();
        let mut all = None;
        if content.contains('@') {
            let mut folded: Vec<String> = names::mentions(content).into_iter().map(names::fold).collect();
            let here = take(&mut folded, "here") && chat.allows(actor, Permission::MentionHere);
            let room = take(&mut folded, "room") && chat.allows(actor, Permission::MentionRoom);
            all = room.then_some(MentionAll::Room).or(here.then_some(MentionAll::Here));
            if !folded.is_empty() {
                let found = vestnik_store::list_users_by_name(&mut self.read().await?, &folded).await?;
                users.extend(found.into_iter().map(|user| user.id));
            }
        }
        users.retain(|user| chat.is_member(*user));
        users.sort_unstable();
        users.dedup();
        users.truncate(limits::MENTIONS);
        Ok(Mentions { users, all })
    }

    /// The number a message id stands for in this chat.
    pub(crate) fn seq_of(chat: &ChatInfo, id: &MessageId) -> Result<i64, ApiError> {
        match id.decode() {
            Some((key, seq)) if key == chat.key.0 && seq > 0 => Ok(seq),
            _ => Err(ApiError::not_found()),
        }
    }

    pub(crate) async fn get_message(&self, actor: &Actor, command: MessageRef) -> Result<Answer, Fail> {
        let info = self.require(actor, &command.chat_id, Permission::Read).await?;
        let seq = Self::seq_of(&info, &command.message_id)?;
        let message = vestnik_store::find_message(&mut self.read().await?, info.key, seq).await?;
        Ok(Answer::Message { message: message.ok_or_else(ApiError::not_found)? })
    }

    pub(crate) async fn list_versions(&self, actor: &Actor, command: MessageRef) -> Result<Answer, Fail> {
        let info = self.require(actor, &command.chat_id, Permission::Read).await?;
        let seq = Self::seq_of(&info, &command.message_id)?;
        let chat = info.key;
        let versions = self.read_chat(chat, move |db| {
            Box::pin(async move {
                let message = find_present(db, chat, seq).await?;
                Ok(vestnik_store::list_versions(db, chat, &message).await?)
            })
        });
        Ok(Answer::Versions { versions: versions.await? })
    }

    pub(crate) async fn list_readers(&self, actor: &Actor, command: MessageRef) -> Result<Answer, Fail> {
        let info = self.require(actor, &command.chat_id, Permission::ListMembers).await?;
        let seq = Self::seq_of(&info, &command.message_id)?;
        let mut db = self.read().await?;
        let message = vestnik_store::find_message(&mut db, info.key, seq).await?.ok_or_else(ApiError::not_found)?;
        let most = i64::from(limits::PAGE_MAX);
        let readers = vestnik_store::list_readers(&mut db, info.key, seq, message.sender_id, most).await?;
        Ok(Answer::Readers { readers })
    }

    pub(crate) async fn edit_message(&self, request: &Request, command: EditMessage) -> Result<Answer, Fail> {
        let actor = Actor::User(request.actor.clone());
        let info = self.require(&actor, &command.chat_id, Permission::Read).await?;
        let seq = Self::seq_of(&info, &command.message_id)?;
        self.check_content(&command.content)?;
        let message = find_present(&mut self.read().await?, info.key, seq).await?;
        if message.sender_id != request.actor.id {
            return Err(forbidden().into());
        }
        check(&info, &actor, Permission::EditOwn)?;
        let mentions = self.find_mentions(&actor, &info, &command.content, &command.mentions).await?;
        let (core, by, now) = (self.clone(), request.actor.id, self.now());
        self.commit(request, info.key, move |tx| {
            Box::pin(async move {
                let before = find_present(tx, info.key, seq).await?;
                if before.content == command.content {
                    return unchanged(tx, &info, seq, now).await;
                }
                tx.edit_message(info.key, seq, &command.content, &mentions.users, mentions.all, now).await?;
                let content = ChatEventContent::MessageEdited {
                    message_id: MessageId::encode(info.key.0, seq),
                    seq,
                    content: command.content,
                    mentions: mentions.users,
                    mention_all: mentions.all,
                    edited_at: now,
                };
                let rev = core.emit(tx, &info, by, content, Some(&before.content)).await?;
                Ok(ack(&info, rev, seq, now))
            })
        })
        .await
    }

    pub(crate) async fn delete_message(&self, request: &Request, command: MessageRef) -> Result<Answer, Fail> {
        let actor = Actor::User(request.actor.clone());
        let info = self.require(&actor, &command.chat_id, Permission::Read).await?;
        let seq = Self::seq_of(&info, &command.message_id)?;
        let (core, by, now) = (self.clone(), request.actor.id, self.now());
        self.commit(request, info.key, move |tx| {
            Box::pin(async move {
                let message = find_present(tx, info.key, seq).await?;
                let own = message.sender_id == by && info.allows(&actor, Permission::DeleteOwn);
                if !own {
                    check(&info, &actor, Permission::DeleteAny)?;
                }
                tx.delete_message(info.key, seq, by, now).await?;
                let content = ChatEventContent::MessageDeleted {
                    message_id: MessageId::encode(info.key.0, seq),
                    seq,
                    deleted_by: by,
                    deleted_at: now,
                };
                let rev = core.emit(tx, &info, by, content, None).await?;
                Ok(ack(&info, rev, seq, now))
            })
        })
        .await
    }

    pub(crate) async fn react(&self, request: &Request, command: React, added: bool) -> Result<Answer, Fail> {
        let actor = Actor::User(request.actor.clone());
        let info = self.require(&actor, &command.chat_id, Permission::React).await?;
        let seq = Self::seq_of(&info, &command.message_id)?;
        if !names::is_reaction(&command.emoji) {
            return Err(ApiError::invalid("emoji", "A reaction is one emoji, or a custom one as :name:.").into());
        }
        let (core, by, now) = (self.clone(), request.actor.id, self.now());
        self.commit(request, info.key, move |tx| {
            Box::pin(async move {
                let message = find_present(tx, info.key, seq).await?;
                let there = message.reactions.get(&command.emoji).is_some_and(|users| users.contains(&by));
                if there == added {
                    return unchanged(tx, &info, seq, now).await;
                }
                if added {
                    let mine = message.reactions.values().filter(|users| users.contains(&by)).count();
                    let full = message.reactions.len() >= limits::REACTIONS_PER_MESSAGE
                        && !message.reactions.contains_key(&command.emoji);
                    if full || mine >= limits::REACTIONS_PER_USER {
                        return Err(
                            conflict("There are too many reactions on this message. Take one off first.").into()
                        );
                    }
                }
                let rev = tx.next_rev(info.key).await?;
                if added {
                    tx.insert_reaction(info.key, seq, &command.emoji, by, rev).await?;
                } else {
                    tx.delete_reaction(info.key, seq, &command.emoji, by).await?;
                }
                let content = ChatEventContent::ReactionChanged {
                    message_id: MessageId::encode(info.key.0, seq),
                    seq,
                    emoji: command.emoji,
                    user_id: by,
                    added,
                };
                core.emit_at(tx, &info, rev, by, content, None).await?;
                Ok(ack(&info, rev, seq, now))
            })
        })
        .await
    }

    pub(crate) async fn pin(&self, request: &Request, command: MessageRef, pinned: bool) -> Result<Answer, Fail> {
        let actor = Actor::User(request.actor.clone());
        let info = self.require(&actor, &command.chat_id, Permission::Pin).await?;
        let seq = Self::seq_of(&info, &command.message_id)?;
        let (core, by, now) = (self.clone(), request.actor.id, self.now());
        self.commit(request, info.key, move |tx| {
            Box::pin(async move {
                let message = find_present(tx, info.key, seq).await?;
                if message.pinned == pinned {
                    return unchanged(tx, &info, seq, now).await;
                }
                if pinned && vestnik_store::count_pins(tx, info.key).await? >= limits::PINS_PER_CHAT {
                    return Err(conflict("This chat has 100 pinned messages. Unpin one that is not needed.").into());
                }
                tx.set_pinned(info.key, seq, pinned.then_some(now)).await?;
                let message_id = MessageId::encode(info.key.0, seq);
                let content = ChatEventContent::PinChanged { message_id, seq, pinned, by };
                let rev = core.emit(tx, &info, by, content, None).await?;
                Ok(ack(&info, rev, seq, now))
            })
        })
        .await
    }

    pub(crate) async fn list_pins(&self, actor: &Actor, chat_id: &ChatId) -> Result<Answer, Fail> {
        let info = self.require(actor, chat_id, Permission::Read).await?;
        let chat = info.key;
        let pins =
            self.read_chat(chat, move |db| Box::pin(async move { Ok(vestnik_store::list_pins(db, chat).await?) }));
        Ok(Answer::Pins { messages: pins.await? })
    }
}

/// Takes a word out of a list; whether it was there.
fn take(words: &mut Vec<String>, word: &str) -> bool {
    let before = words.len();
    words.retain(|other| other != word);
    words.len() != before
}

/// A message that is there and not deleted.
async fn find_present(db: &mut impl Db, chat: ChatKey, seq: i64) -> Result<Message, Fail> {
    let message = vestnik_store::find_message(db, chat, seq).await?;
    Ok(message.filter(|message| !message.deleted).ok_or_else(ApiError::not_found)?)
}

fn ack(chat: &ChatInfo, rev: i64, seq: i64, timestamp: Timestamp) -> Answer {
    let message_id = Some(MessageId::encode(chat.key.0, seq));
    Answer::Ack(Ack { chat_id: chat.id.clone(), rev, message_id, seq: Some(seq), timestamp })
}

/// The answer to a change that would change nothing: where the chat is.
async fn unchanged(db: &mut impl Db, chat: &ChatInfo, seq: i64, now: Timestamp) -> Result<Answer, Fail> {
    let row = vestnik_store::find_chat_by_key(db, chat.key).await?.ok_or(StoreError::Gone)?;
    Ok(ack(chat, row.rev, seq, now))
}

/// The event of a message just stored.
fn new_message(chat: &ChatInfo, append: Append, appended: Appended, username: &str) -> ChatEvent {
    let id = |seq| MessageId::encode(chat.key.0, seq);
    let message = Message {
        id: id(appended.seq),
        seq: appended.seq,
        sender_id: append.sender,
        sender_username: username.to_owned(),
        content: append.content,
        message_type: append.message_type,
        timestamp: appended.ts,
        reply_to: append.reply_seq.map(id),
        mentions: append.mentions,
        mention_all: append.mention_all,
        reactions: Default::default(),
        edited: false,
        edited_at: None,
        deleted: false,
        deleted_at: None,
        deleted_by: None,
        pinned: false,
    };
    ChatEvent { chat_id: chat.id.clone(), rev: appended.rev, content: ChatEventContent::NewMessage { message } }
}

/// A message as a command, for those that were written before their time.
pub(crate) fn command(
    chat_id: ChatId,
    content: String,
    message_type: MessageType,
    reply_to: Option<MessageId>,
) -> SendMessage {
    SendMessage { chat_id, content, message_type, reply_to, mentions: Vec::new() }
}
