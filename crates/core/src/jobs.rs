//! Work for later: scheduled messages and pruning.

use std::future::Future;

use vestnik_proto::command::{ScheduleMessage, ScheduledRef, UpdateScheduled};
use vestnik_proto::{
    AccountEventContent, Answer, ApiError, MessageId, Permission, ScheduledMessage, Timestamp, limits,
};
use vestnik_store::{ChatKey, ScheduledRow, StoreError, Tx};

use crate::context::{Request, storable};
use crate::error::{Fail, conflict};
use crate::tokens::{content_hash, random_uuid};
use crate::{Actor, Core, UserActor, messages, views};

/// Scheduled messages sent in one round.
const ROUND: i64 = 100;
/// Seconds between two prunings.
const PRUNE_EVERY: i64 = 3_600;
/// Seconds a session is kept after its end.
const SESSIONS_KEPT: i64 = 7 * 24 * 3_600;

impl Core {
    pub(crate) async fn schedule_message(&self, request: &Request, command: ScheduleMessage) -> Result<Answer, Fail> {
        let actor = Actor::User(request.actor.clone());
        let info = self.require(&actor, &command.chat_id, Permission::Write).await?;
        let send_at = self.check_send_at(command.send_at)?;
        let reply_seq = match &command.reply_to {
            Some(id) => Some(self.find_reply(&info, id).await?),
            None => None,
        };
        self.check_content(&command.content)?;
        if vestnik_store::list_scheduled(&mut self.read().await?, request.actor.id).await?.len() as i64
            >= limits::SCHEDULED_PER_USER
        {
            return Err(conflict("You have 100 messages waiting to be sent. Cancel one first.").into());
        }
        let row = ScheduledRow {
            id: random_uuid(&*self.0.rng).to_string(),
            user: request.actor.id,
            chat: info.key,
            content: command.content,
            message_type: command.message_type,
            reply_seq,
            send_at,
            failed: None,
        };
        let core = self.clone();
        self.commit(request, info.key, move |tx| {
            Box::pin(async move {
                // It would be left over if the chat was deleted in this moment.
                vestnik_store::find_chat_by_key(tx, row.chat).await?.ok_or(StoreError::Gone)?;
                tx.insert_scheduled(&row).await?;
                let (id, user) = (row.id.clone(), row.user);
                let scheduled = views::scheduled(&info, row);
                core.tell_scheduled(tx, user, id, Some(scheduled.clone())).await?;
                Ok(Answer::Scheduled { scheduled })
            })
        })
        .await
    }

    fn check_send_at(&self, send_at: Timestamp) -> Result<Timestamp, ApiError> {
        let now = self.now();
        if send_at <= now {
            return Err(ApiError::invalid("send_at", "This time has passed. Choose one to come."));
        }
        if send_at > now.plus_secs(limits::SCHEDULE_AHEAD_SECS) {
            return Err(ApiError::invalid("send_at", "This is more than a year ahead. Choose an earlier time."));
        }
        Ok(send_at)
    }

    async fn tell_scheduled(
        &self,
        tx: &mut Tx,
        user: vestnik_proto::UserId,
        scheduled_id: String,
        scheduled: Option<ScheduledMessage>,
    ) -> Result<(), Fail> {
        self.emit_account(tx, user, AccountEventContent::ScheduledChanged { scheduled_id, scheduled }).await?;
        let core = self.clone();
        tx.after_commit(move || core.0.jobs.notify_one());
        Ok(())
    }

    /// The caller's scheduled message.
    async fn find_own_scheduled(&self, actor: &UserActor, id: &str) -> Result<ScheduledRow, Fail> {
        if !storable(id) {
            return Err(ApiError::not_found().into());
        }
        let row = vestnik_store::find_scheduled(&mut self.read().await?, id).await?;
        Ok(row.filter(|row| row.user == actor.id).ok_or_else(ApiError::not_found)?)
    }

    pub(crate) async fn update_scheduled(&self, request: &Request, command: UpdateScheduled) -> Result<Answer, Fail> {
        let row = self.find_own_scheduled(&request.actor, &command.scheduled_id).await?;
        let info = self.chat_by_key(row.chat).await?;
        let send_at = self.check_send_at(command.send_at.unwrap_or(row.send_at))?;
        let content = command.content.unwrap_or(row.content.clone());
        self.check_content(&content)?;
        let core = self.clone();
        self.commit(request, row.chat, move |tx| {
            Box::pin(async move {
                tx.update_scheduled(&row.id, &content, send_at, None).await?;
                let (id, user) = (row.id.clone(), row.user);
                let scheduled = views::scheduled(&info, ScheduledRow { content, send_at, failed: None, ..row });
                core.tell_scheduled(tx, user, id, Some(scheduled.clone())).await?;
                Ok(Answer::Scheduled { scheduled })
            })
        })
        .await
    }

    pub(crate) async fn cancel_scheduled(&self, request: &Request, command: ScheduledRef) -> Result<Answer, Fail> {
        let row = self.find_own_scheduled(&request.actor, &command.scheduled_id).await?;
        let core = self.clone();
        self.commit(request, row.chat, move |tx| {
            Box::pin(async move {
                if !tx.delete_scheduled(&row.id).await? {
                    return Err(ApiError::not_found().into());
                }
                core.tell_scheduled(tx, row.user, row.id, None).await?;
                Ok(Answer::Ok)
            })
        })
        .await
    }

    pub(crate) async fn list_scheduled(&self, actor: &Actor) -> Result<Answer, Fail> {
        let rows = vestnik_store::list_scheduled(&mut self.read().await?, actor.user()?.id).await?;
        let mut scheduled = Vec::with_capacity(rows.len());
        for row in rows {
            match self.chat_by_key(row.chat).await {
                Ok(info) => scheduled.push(views::scheduled(&info, row)),
                // The chat was deleted in this moment.
                Err(Fail::Api(_)) => {}
                Err(fail) => return Err(fail),
            }
        }
        Ok(Answer::ScheduledList { scheduled })
    }

    /// Does what is due and says when the next is.
    ///
    /// # Errors
    /// When the store fails; to be called again later.
    pub async fn run_jobs(&self) -> Result<Option<Timestamp>, ApiError> {
        Ok(self.run_due().await?)
    }

    async fn run_due(&self) -> Result<Option<Timestamp>, Fail> {
        let now = self.now();
        loop {
            let due = vestnik_store::list_due(&mut self.read().await?, now, ROUND).await?;
            if due.is_empty() {
                break;
            }
            for row in due {
                self.send_scheduled(row, now).await?;
            }
        }
        let prune_at = self.prune(now).await?;
        let next = vestnik_store::find_next_due(&mut self.read().await?).await?;
        Ok(Some(next.map_or(prune_at, |next| next.min(prune_at))))
    }

    /// Sends a scheduled message. Its id is the `client_id`, so that being stopped between sending and
    /// forgetting it does not send it twice.
    async fn send_scheduled(&self, row: ScheduledRow, now: Timestamp) -> Result<(), Fail> {
        let sent = self.try_send(&row, now).await;
        let failed = match sent {
            Ok(()) => None,
            Err(error) if error.code.retryable() => return Err(error.into()),
            Err(error) => Some(error.code),
        };
        let info = self.chat_by_key(row.chat).await;
        let core = self.clone();
        self.0
            .store
            .write(row.chat, move |tx| {
                Box::pin(async move {
                    let (id, user) = (row.id.clone(), row.user);
                    // Another node was quicker.
                    if vestnik_store::find_scheduled(tx, &id).await?.is_none() {
                        return Ok(());
                    }
                    let left = match (failed, info) {
                        // Kept, so that its writer sees why, unless the chat is gone altogether.
                        (Some(code), Ok(info)) => {
                            tx.update_scheduled(&id, &row.content, row.send_at, Some(code)).await?;
                            Some(views::scheduled(&info, ScheduledRow { failed, ..row }))
                        }
                        _ => {
                            tx.delete_scheduled(&id).await?;
                            None
                        }
                    };
                    core.tell_scheduled(tx, user, id, left).await
                })
            })
            .await
    }

    async fn try_send(&self, row: &ScheduledRow, now: Timestamp) -> Result<(), ApiError> {
        let info = self.chat_by_key(row.chat).await?;
        let user = vestnik_store::find_user(&mut self.read().await?, row.user).await.map_err(Fail::from)?;
        let user = user.ok_or_else(ApiError::not_found)?.user;
        let user_id = user.id;
        let actor = Actor::User(UserActor { id: user_id, username: user.username.into(), session: "".into() });
        let client_id = row.id.parse().map_err(|_| crate::error::internal())?;
        let reply_to = row.reply_seq.map(|seq| MessageId::encode(row.chat.0, seq));
        let command = messages::command(info.id.clone(), row.content.clone(), row.message_type, reply_to);
        let hash = content_hash(&command);
        let refused = match self.hand_over(&actor, Some(client_id), command, now).await {
            Ok(pending) => return pending.await.map(drop),
            Err(fail) => fail,
        };
        // Stopped after it was sent and before it was forgotten: that it could not be sent now is no failure.
        let before = vestnik_store::find_answer(&mut self.read().await?, user_id, client_id).await;
        match before.map_err(Fail::from)? {
            Some((sent, _)) if sent == hash => Ok(()),
            _ => Err(refused.into()),
        }
    }

    /// Removes what nobody needs any more, once an hour; when the next time is.
    async fn prune(&self, now: Timestamp) -> Result<Timestamp, Fail> {
        let last = *self.0.pruned_at.lock();
        if let Some(at) = last.filter(|at| *at <= now && now < at.plus_secs(PRUNE_EVERY)) {
            return Ok(at.plus_secs(PRUNE_EVERY));
        }
        let (answers, sessions) = (now.plus_secs(-limits::CLIENT_ID_SECS), now.plus_secs(-SESSIONS_KEPT));
        let rows: Result<u64, StoreError> = self
            .0
            .store
            .write(ChatKey::NONE, move |tx| Box::pin(async move { tx.prune(answers, sessions).await }))
            .await;
        tracing::debug!(rows = rows?, "pruned");
        *self.0.pruned_at.lock() = Some(now);
        Ok(now.plus_secs(PRUNE_EVERY))
    }

    /// Resolves when [`Core::run_jobs`] should be called earlier than it said.
    pub fn jobs_changed(&self) -> impl Future<Output = ()> + use<> {
        let core = self.clone();
        async move { core.0.jobs.notified().await }
    }
}
