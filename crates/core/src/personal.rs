//! What a member keeps for themselves: read and delivery markers, drafts, settings; and showing that one writes.

use vestnik_proto::command::{MarkDelivered, MarkRead, SetChatSettings, SetDraft, Typing};
use vestnik_proto::{AccountEventContent, Answer, ApiError, ChatId, PassingEvent, Permission};
use vestnik_store::{DraftRow, StoreError};

use crate::context::{Request, storable};
use crate::error::{Fail, forbidden};
use crate::registry::ChatInfo;
use crate::{Actor, Audience, Core, Notice, views};
use std::sync::Arc;

impl Core {
    /// The chat, if the actor is a member of it: only members keep something there.
    async fn require_member(&self, request: &Request, id: &ChatId) -> Result<Arc<ChatInfo>, Fail> {
        let info = self.require(&Actor::User(request.actor.clone()), id, Permission::Read).await?;
        if info.is_member(request.actor.id) { Ok(info) } else { Err(forbidden().into()) }
    }

    pub(crate) async fn mark_read(&self, request: &Request, command: MarkRead) -> Result<Answer, Fail> {
        let info = self.require_member(request, &command.chat_id).await?;
        if command.seq < 0 {
            return Err(ApiError::invalid("seq", "Messages are counted from 1.").into());
        }
        let (core, user) = (self.clone(), request.actor.id);
        self.commit(request, info.key, move |tx| {
            Box::pin(async move {
                let (seq, moved) = tx.mark_read(info.key, user, command.seq).await?;
                let chat_id = info.id.clone();
                let member = vestnik_store::find_member(tx, info.key, user).await?.ok_or(StoreError::Gone)?;
                if member.settings.marked_unread {
                    let settings = vestnik_proto::ChatSettings { marked_unread: false, ..member.settings };
                    tx.set_chat_settings(info.key, user, &settings).await?;
                    let content = AccountEventContent::ChatSettingsChanged { chat_id: chat_id.clone(), settings };
                    core.emit_account(tx, user, content).await?;
                }
                if moved {
                    let content = AccountEventContent::ReadMarker { chat_id: chat_id.clone(), user_id: user, seq };
                    core.emit_account(tx, user, content).await?;
                    let event = PassingEvent::ReadMarker { chat_id: chat_id.clone(), user_id: user, seq };
                    let frame = vestnik_proto::frame::encode(&event, None).into();
                    let to = Audience::Chat(info.key);
                    core.tell_after(tx, Notice::Passing { to, except: Some(user), frame });
                }
                let row = vestnik_store::find_chat_by_key(tx, info.key).await?.ok_or(StoreError::Gone)?;
                Ok(Answer::MarkReadAck { chat_id, seq, unread: (row.last_seq - seq).max(0) })
            })
        })
        .await
    }

    pub(crate) async fn mark_delivered(&self, request: &Request, command: MarkDelivered) -> Result<Answer, Fail> {
        let info = self.require_member(request, &command.chat_id).await?;
        if command.seq < 0 {
            return Err(ApiError::invalid("seq", "Messages are counted from 1.").into());
        }
        let user = request.actor.id;
        if !info.marks_delivery() || info.is_delivered(user, command.seq) {
            return Ok(Answer::Ok);
        }
        let core = self.clone();
        self.commit(request, info.key, move |tx| {
            Box::pin(async move {
                let (seq, moved) = tx.mark_delivered(info.key, user, command.seq).await?;
                let noted = Arc::clone(&info);
                tx.after_commit(move || noted.note_delivered(user, seq));
                if moved {
                    let event = PassingEvent::DeliveryMarker { chat_id: info.id.clone(), user_id: user, seq };
                    let frame = vestnik_proto::frame::encode(&event, None).into();
                    let to = Audience::Chat(info.key);
                    core.tell_after(tx, Notice::Passing { to, except: Some(user), frame });
                }
                Ok(Answer::Ok)
            })
        })
        .await
    }

    pub(crate) async fn unread_state(&self, actor: &Actor) -> Result<Answer, Fail> {
        let user = actor.user()?.id;
        let rows = vestnik_store::list_unread(&mut self.read().await?, user).await?;
        Ok(Answer::UnreadState {
            dialogs: rows.len() as i64,
            counts: rows.into_iter().map(|(id, unread)| (ChatId(id), unread)).collect(),
        })
    }

    pub(crate) async fn typing(&self, actor: &Actor, command: Typing) -> Result<Answer, Fail> {
        let info = self.require(actor, &command.chat_id, Permission::Write).await?;
        let user = actor.user()?;
        let event = PassingEvent::Typing {
            chat_id: info.id.clone(),
            user_id: user.id,
            username: user.username.to_string(),
            active: command.active,
        };
        self.pass(Audience::Chat(info.key), Some(user.id), &event);
        Ok(Answer::Ok)
    }

    pub(crate) async fn set_draft(&self, request: &Request, command: SetDraft) -> Result<Answer, Fail> {
        let info = self.require_member(request, &command.chat_id).await?;
        if command.content.chars().count() > self.0.config.message_chars {
            return Err(ApiError::invalid("content", "The draft is longer than a message may be. Shorten it.").into());
        }
        if !storable(&command.content) {
            return Err(ApiError::invalid("content", "The draft has a NUL character. Take it out.").into());
        }
        let reply_seq = match &command.reply_to {
            Some(id) => Some(self.find_reply(&info, id).await?),
            None => None,
        };
        let (core, user, now) = (self.clone(), request.actor.id, self.now());
        self.commit(request, info.key, move |tx| {
            Box::pin(async move {
                let row = (!command.content.is_empty() || reply_seq.is_some()).then_some(DraftRow {
                    content: command.content,
                    reply_seq,
                    updated_at: now,
                });
                let before = vestnik_store::find_draft(tx, user, info.key).await?;
                let same = before.as_ref().map(|row| (&row.content, row.reply_seq))
                    == row.as_ref().map(|row| (&row.content, row.reply_seq));
                if same {
                    return Ok(Answer::Draft { draft: before.map(|row| views::draft(info.key, row)) });
                }
                tx.set_draft(user, info.key, row.as_ref()).await?;
                let draft = row.map(|row| views::draft(info.key, row));
                let content = AccountEventContent::DraftChanged { chat_id: info.id.clone(), draft: draft.clone() };
                core.emit_account(tx, user, content).await?;
                Ok(Answer::Draft { draft })
            })
        })
        .await
    }

    pub(crate) async fn set_chat_settings(&self, request: &Request, command: SetChatSettings) -> Result<Answer, Fail> {
        let info = self.require_member(request, &command.chat_id).await?;
        let (core, user) = (self.clone(), request.actor.id);
        self.commit(request, info.key, move |tx| {
            Box::pin(async move {
                let before = vestnik_store::find_member(tx, info.key, user).await?.ok_or(StoreError::Gone)?.settings;
                let mut settings = before.clone();
                if let Some(until) = command.muted_until {
                    settings.muted_until = until;
                }
                settings.archived = command.archived.unwrap_or(settings.archived);
                settings.favourite = command.favourite.unwrap_or(settings.favourite);
                settings.marked_unread = command.marked_unread.unwrap_or(settings.marked_unread);
                if settings != before {
                    tx.set_chat_settings(info.key, user, &settings).await?;
                    let content = AccountEventContent::ChatSettingsChanged { chat_id: info.id.clone(), settings };
                    core.emit_account(tx, user, content).await?;
                }
                Ok(Answer::Chat { chat: Box::new(views::chat_of(tx, info.key, Some(user)).await?) })
            })
        })
        .await
    }
}
