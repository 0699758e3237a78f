//! Pages of messages.

use vestnik_proto::command::History;
use vestnik_proto::frame::HistoryPage;
use vestnik_proto::{Answer, ApiError, Message, Permission};
use vestnik_store::{ChatKey, Range, Read};

use crate::context::page;
use crate::error::Fail;
use crate::{Actor, Core};

impl Core {
    pub(crate) async fn history(&self, actor: &Actor, command: History) -> Result<Answer, Fail> {
        let info = self.require(actor, &command.chat_id, Permission::Read).await?;
        let limit = page(command.limit)?;
        let ways = [
            command.before.is_some(),
            command.after.is_some(),
            command.around.is_some(),
            command.page.is_some(),
            command.before_timestamp.is_some(),
        ];
        // The page's number and the time before which it counts may go together.
        let together = command.page.is_some() && command.before_timestamp.is_some();
        if ways.iter().filter(|given| **given).count() > if together { 2 } else { 1 } {
            return Err(
                ApiError::invalid("before", "Give one of before, after, around, page and before_timestamp.").into()
            );
        }
        let key = info.key;
        let (messages, has_more) =
            self.read_chat(key, move |db| Box::pin(messages_of(db, key, command.clone(), limit))).await?;
        Ok(Answer::History(HistoryPage { chat_id: info.id.clone(), messages, has_more }))
    }
}

/// A page of a chat, and whether there is more in the direction that was asked for.
async fn messages_of(db: &mut Read, chat: ChatKey, command: History, limit: i64) -> Result<(Vec<Message>, bool), Fail> {
    // The newest page and those before a message, which are most, need not know how many there are.
    let counts = command.after.is_some()
        || command.around.is_some()
        || command.page.is_some_and(|page| page != 1)
        || command.before_timestamp.is_some();
    let last = if counts {
        vestnik_store::find_chat_by_key(db, chat).await?.ok_or_else(ApiError::not_found)?.last_seq
    } else {
        i64::MAX
    };
    let newest = |to: i64| Range { from: 1, to: to.clamp(0, last), limit, newest: true };
    if let Some(after) = command.after {
        let range = Range { from: after.max(0).saturating_add(1), to: last, limit, newest: false };
        let messages = vestnik_store::list_messages(db, chat, range).await?;
        let more = messages.last().is_some_and(|message| message.seq < last);
        Ok((messages, more))
    } else {
        let range = if let Some(around) = command.around {
            let around = around.clamp(1, last.max(1));
            let from = (around - limit / 2).min(last - limit + 1).max(1);
            Range { from, to: (from + limit - 1).min(last), limit, newest: true }
        } else if let Some(before) = command.before {
            newest(before.saturating_sub(1))
        } else {
            let top = match command.before_timestamp {
                Some(time) => vestnik_store::find_seq_before(db, chat, last, time).await?,
                None => last,
            };
            let number = i64::from(command.page.unwrap_or(1));
            if number == 0 {
                return Err(ApiError::invalid("page", "Pages are counted from 1.").into());
            }
            newest(top.saturating_sub((number - 1).saturating_mul(limit)))
        };
        let messages = vestnik_store::list_messages(db, chat, range).await?;
        let more = messages.first().is_some_and(|message| message.seq > 1);
        Ok((messages, more))
    }
}
