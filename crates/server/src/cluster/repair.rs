//! Reading from the store what the bus did not bring.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use tokio::time::{Instant, sleep};
use vestnik_core::{ChatKey, Core, Notice, Sink};
use vestnik_proto::{ApiError, Timestamp, UserId};

use super::Cluster;
use crate::hub::order::{Lack, read_change};
use crate::stop::Stop;

/// How long an event may be on its way before those after it make the node read it from the store.
const GRACE: Duration = Duration::from_millis(50);
/// Time between two comparisons of everything with the store.
const SWEEP: Duration = Duration::from_secs(10);
/// The same while the bus is down.
const DEAF_SWEEP: Duration = Duration::from_millis(500);
/// The same while another node may be working unheard.
const UNHEARD_SWEEP: Duration = Duration::from_secs(1);
/// Pause after a failure of the store.
const AFTER_FAILURE: Duration = Duration::from_millis(500);
/// Chats or accounts compared by one statement.
const CHUNK: usize = 1_000;
/// Events read at once.
const PAGE: i64 = 500;
/// Chats read side by side.
const SIDE_BY_SIDE: usize = 4;
/// How much further back than the last look for ended sessions goes: clocks of nodes differ, and
/// what was begun before may be committed after. Seconds.
const OVERLAP: i64 = 120;
/// The same after a clock was set back.
const SET_BACK: i64 = 2 * 3_600;

impl Cluster {
    /// How often everything is to be compared with the store, and whether what is kept here may be old.
    fn vigilance(&self) -> (Duration, bool) {
        if self.is_deaf() {
            (DEAF_SWEEP, true)
        } else if self.hub.elsewhere().is_some_and(|nodes| nodes.is_unheard(Instant::now())) {
            (UNHEARD_SWEEP, true)
        } else {
            (SWEEP, false)
        }
    }

    /// Repairs until the soft stop.
    pub(super) async fn repair(self: Arc<Self>, core: Core, stop: Stop) {
        let mut swept = Instant::now();
        let mut looked = self.clock.now();
        loop {
            let (pause, _) = self.vigilance();
            tokio::select! {
                biased;
                () = stop.soft.cancelled() => return,
                () = self.suspicion.notified() => {}
                () = self.hub.lacking() => {}
                () = sleep(pause.saturating_sub(swept.elapsed()).min(DEAF_SWEEP)) => {}
            }
            let (pause, old) = self.vigilance();
            let suspect = self.suspect.swap(false, std::sync::atomic::Ordering::Relaxed);
            let done = tokio::select! {
                biased;
                () = stop.soft.cancelled() => return,
                done = async {
                    if suspect || swept.elapsed() >= pause {
                        let now = self.clock.now();
                        // A clock that was set back: what it passed over while it was ahead is looked for again.
                        if now < looked {
                            looked = now.plus_secs(-SET_BACK);
                        }
                        self.sweep(&core, looked, suspect || old).await?;
                        (swept, looked) = (Instant::now(), now);
                    }
                    self.fill(&core).await
                } => done,
            };
            if let Err(error) = done {
                tracing::warn!(code = %error.code, "what other nodes have done cannot be read from the store");
                self.suspect();
                sleep(AFTER_FAILURE).await;
            }
        }
    }

    /// Compares everything that is in use here with the store.
    async fn sweep(&self, core: &Core, looked: Timestamp, suspect: bool) -> Result<(), ApiError> {
        for session in core.sessions_ended_since(looked.plus_secs(-OVERLAP)).await? {
            self.hub.publish(Notice::SessionEnded { session: session.into() });
        }
        if suspect {
            core.forget_chats();
            core.wake_jobs();
        }
        let chats = self.hub.chats_told();
        let mut behind: Vec<(ChatKey, i64)> = Vec::new();
        for chunk in chats.chunks(CHUNK) {
            let keys: Vec<ChatKey> = chunk.iter().map(|(chat, _)| *chat).collect();
            for head in core.chat_heads(&keys).await? {
                if self.hub.chat_told(head.chat).is_some_and(|told| told < head.rev) {
                    behind.push((head.chat, head.rev));
                } else if head.deleted {
                    self.hub.publish(Notice::ChatGone { chat: head.chat });
                }
            }
        }
        let accounts = self.hub.accounts_told();
        let mut late: Vec<(UserId, i64)> = Vec::new();
        for chunk in accounts.chunks(CHUNK) {
            let users: Vec<UserId> = chunk.iter().map(|(user, _)| *user).collect();
            let heads = core.account_heads(&users).await?;
            late.extend(heads.into_iter().filter(|(user, rev)| self.hub.account_told(*user).is_some_and(|t| t < *rev)));
        }
        if behind.is_empty() && late.is_empty() {
            return Ok(());
        }
        // Most of it is on its way at this very moment, with the acknowledgement before it.
        sleep(GRACE).await;
        for (chat, rev) in behind {
            if self.hub.chat_told(chat).is_some_and(|told| told < rev) {
                self.hub.lack(Lack::Chat(chat));
            }
        }
        for (user, rev) in late {
            if self.hub.account_told(user).is_some_and(|told| told < rev) {
                self.hub.lack(Lack::Account(user));
            }
        }
        Ok(())
    }

    /// Reads what the hub lacks.
    async fn fill(&self, core: &Core) -> Result<(), ApiError> {
        let mut lacks: HashSet<Lack> = self.hub.take_lacks();
        if lacks.is_empty() {
            return Ok(());
        }
        sleep(GRACE).await;
        lacks.extend(self.hub.take_lacks());
        let results: Vec<_> = futures_util::stream::iter(lacks)
            .map(|lack| async move {
                let done = match &lack {
                    Lack::Chat(chat) => self.fill_chat(core, *chat).await,
                    Lack::Account(user) => self.fill_account(core, *user).await,
                    Lack::Joined { user, chat_id, rev } => self.let_in(core, *user, chat_id, *rev).await,
                };
                done.inspect_err(|_| self.hub.lack(lack))
            })
            .buffer_unordered(SIDE_BY_SIDE)
            .collect()
            .await;
        results.into_iter().collect()
    }

    async fn fill_chat(&self, core: &Core, chat: ChatKey) -> Result<(), ApiError> {
        while let Some(told) = self.hub.chat_told(chat) {
            let events = core.events_after(chat, told, PAGE).await?;
            let full = events.len() as i64 == PAGE;
            self.metrics.bus_repaired(events.len() as u64);
            for (rev, frame) in events {
                if let Some(content) = read_change(&frame) {
                    core.follow(chat, rev, &content);
                }
                self.hub.publish(Notice::Chat { chat, rev, frame });
            }
            if !full {
                break;
            }
        }
        Ok(())
    }

    async fn fill_account(&self, core: &Core, user: UserId) -> Result<(), ApiError> {
        while let Some(told) = self.hub.account_told(user) {
            let events = core.account_events_after(user, told, PAGE).await?;
            let full = events.len() as i64 == PAGE;
            self.metrics.bus_repaired(events.len() as u64);
            for (account_rev, frame) in events {
                self.account_event(core, user, &frame);
                self.hub.publish(Notice::Account { user, account_rev, frame });
            }
            if !full {
                break;
            }
        }
        Ok(())
    }

    async fn let_in(
        &self,
        core: &Core,
        user: UserId,
        chat_id: &vestnik_proto::ChatId,
        rev: i64,
    ) -> Result<(), ApiError> {
        loop {
            let Some((chat, read)) = core.membership(user, chat_id).await? else { return Ok(()) };
            if self.hub.let_in(chat, user, rev, read) {
                return Ok(());
            }
        }
    }
}
