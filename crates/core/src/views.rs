//! What is shown: rows of the store as the caller may see them.

use std::collections::HashMap;

use vestnik_proto::{
    Chat, ChatKind, ChatSettings, Draft, Member, Message, MessageId, Role, ScheduledMessage, User, UserId,
};
use vestnik_store::{ChatKey, ChatOfUser, ChatRow, Db, DraftRow, MemberRow, ScheduledRow, StoreError};

use crate::permissions::{self, Standing};
use crate::{Actor, Core, error::Fail, registry::ChatInfo};

/// A draft as its writer sees it.
pub(crate) fn draft(chat: ChatKey, row: DraftRow) -> Draft {
    Draft {
        content: row.content,
        reply_to: row.reply_seq.map(|seq| MessageId::encode(chat.0, seq)),
        updated_at: row.updated_at,
    }
}

/// A scheduled message as its writer sees it.
pub(crate) fn scheduled(chat: &ChatInfo, row: ScheduledRow) -> ScheduledMessage {
    ScheduledMessage {
        id: row.id,
        chat_id: chat.id.clone(),
        content: row.content,
        message_type: row.message_type,
        reply_to: row.reply_seq.map(|seq| MessageId::encode(chat.key.0, seq)),
        send_at: row.send_at,
        failed: row.failed,
    }
}

/// A chat as one who is not a member sees it, to be filled in for members.
fn outside(row: ChatRow, standing: Standing) -> Chat {
    Chat {
        permissions: permissions::list(row.kind, standing),
        id: row.id,
        kind: row.kind,
        name: row.name,
        description: row.description,
        created_at: row.created_at,
        rev: row.rev,
        last_seq: row.last_seq,
        member_count: row.member_count,
        peer: None,
        role: None,
        read_seq: 0,
        unread: 0,
        mentions: 0,
        last_message: None,
        settings: ChatSettings::default(),
        draft: None,
    }
}

/// A chat as its member sees it.
fn inside(of: ChatOfUser, last_message: Option<Message>) -> Chat {
    let ChatOfUser { chat, member, mentions, peer, draft: unfinished } = of;
    let key = chat.key;
    Chat {
        peer,
        role: Some(member.role),
        read_seq: member.read_seq,
        unread: (chat.last_seq - member.read_seq).max(0),
        mentions,
        last_message,
        settings: member.settings,
        draft: unfinished.map(|row| draft(key, row)),
        ..outside(chat, Standing::Member(member.role))
    }
}

/// The chat as this user sees it, without its newest message.
///
/// # Errors
/// `Gone` when the chat is not there any more.
pub(crate) async fn chat_of(db: &mut impl Db, key: ChatKey, user: Option<UserId>) -> Result<Chat, StoreError> {
    let chat = vestnik_store::find_chat_by_key(db, key).await?.ok_or(StoreError::Gone)?;
    let Some(user) = user else { return Ok(outside(chat, Standing::Guest)) };
    let Some(member) = vestnik_store::find_member(db, key, user).await? else {
        return Ok(outside(chat, Standing::Visitor));
    };
    let mentions = vestnik_store::count_mentions(db, key, user, member.read_seq).await?;
    let peer = find_peer(db, &chat, user).await?;
    let draft = vestnik_store::find_draft(db, user, key).await?;
    Ok(inside(ChatOfUser { chat, member, mentions, peer, draft }, None))
}

/// The chat as one sees it who comes in at this moment: nothing in it is unread or begun.
///
/// # Errors
/// `Gone` when the chat is not there any more.
pub(crate) async fn chat_of_newcomer(db: &mut impl Db, key: ChatKey, member: MemberRow) -> Result<Chat, StoreError> {
    let chat = vestnik_store::find_chat_by_key(db, key).await?.ok_or(StoreError::Gone)?;
    let peer = find_peer(db, &chat, member.user).await?;
    Ok(inside(ChatOfUser { chat, member, mentions: 0, peer, draft: None }, None))
}

/// The other one, where there are two.
async fn find_peer(db: &mut impl Db, chat: &ChatRow, user: UserId) -> Result<Option<User>, StoreError> {
    if chat.kind == ChatKind::Direct { vestnik_store::find_peer(db, chat.key, user).await } else { Ok(None) }
}

/// A member as others see them.
pub(crate) async fn member(db: &mut impl Db, row: &MemberRow) -> Result<Member, StoreError> {
    let user = vestnik_store::list_users(db, &[row.user]).await?.pop().ok_or(StoreError::Gone)?;
    Ok(Member {
        user_id: user.id,
        username: user.username,
        display_name: user.display_name,
        role: row.role,
        joined_at: row.joined_at,
        read_seq: row.read_seq,
        delivered_seq: row.delivered_seq,
    })
}

impl Core {
    /// The chat as the actor sees it, with its newest message.
    pub(crate) async fn view_chat(&self, actor: &Actor, key: ChatKey) -> Result<Chat, Fail> {
        let mut db = self.read().await?;
        let mut chat = chat_of(&mut db, key, actor.user_id()).await?;
        chat.last_message = vestnik_store::find_message(&mut db, key, chat.last_seq).await?;
        Ok(chat)
    }

    /// The chats of a user as they see them, latest first; not those they are blocked in.
    pub(crate) async fn view_chats(&self, user: UserId) -> Result<(Vec<Chat>, i64), Fail> {
        let mut db = self.read().await?;
        // Read first: what changes meanwhile is told again, never missed.
        let account_rev = vestnik_store::get_account_rev(&mut db, user).await?;
        let mut rows = vestnik_store::list_chats_of(&mut db, user).await?;
        rows.retain(|of| of.member.role != Role::Blocked);
        let heads: Vec<(ChatKey, i64)> = rows.iter().map(|of| (of.chat.key, of.chat.last_seq)).collect();
        let mut last: HashMap<ChatKey, Message> = vestnik_store::list_last_messages(&mut db, &heads).await?;
        let chats = rows.into_iter().map(|of| {
            let message = last.remove(&of.chat.key);
            inside(of, message)
        });
        Ok((chats.collect(), account_rev))
    }
}
