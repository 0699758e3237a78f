//! Chats: made, changed, deleted, listed.

use std::sync::Arc;

use vestnik_proto::command::{ChatRef, CreateChat, ListRooms, StartDirect, UpdateChat};
use vestnik_proto::event::MemberChange;
use vestnik_proto::frame::Ack;
use vestnik_proto::{
    AccountEventContent, Answer, ApiError, ChatEventContent, ChatId, ChatKind, Permission, Role, UserId, limits, names,
};
use vestnik_store::{ChatKey, ChatRow, NewChat, StoreError, Tx};

use crate::context::{Request, line, lines, page, storable, taken};
use crate::error::Fail;
use crate::registry::ChatInfo;
use crate::tokens::random_text;
use crate::{Actor, Core, Notice, views};

impl Core {
    /// Makes a chat within a transaction, as its first event.
    async fn make_chat(&self, tx: &mut Tx, new: NewChat, by: UserId) -> Result<ChatInfo, Fail> {
        let key = tx.insert_chat(&new).await?;
        let row = ChatRow {
            key,
            id: new.public_id,
            kind: new.kind,
            name: new.name,
            description: new.description,
            created_at: new.created_at,
            rev: 0,
            last_seq: 0,
            last_ts: new.created_at,
            member_count: 0,
        };
        let info = ChatInfo::new(&row, Vec::new());
        let content = ChatEventContent::ChatCreated {
            kind: row.kind,
            name: row.name,
            description: row.description,
            by: Some(by),
            timestamp: row.created_at,
        };
        self.emit(tx, &info, by, content, None).await?;
        Ok(info)
    }

    pub(crate) async fn create_chat(&self, request: &Request, command: CreateChat) -> Result<Answer, Fail> {
        if command.kind == ChatKind::Direct {
            return Err(ApiError::invalid(
                "type",
                "A direct chat is started with start_direct. Ask for a group, channel or room.",
            )
            .into());
        }
        let name = line(&command.name, limits::CHAT_NAME_CHARS, "name")?;
        if name.is_empty() {
            return Err(ApiError::invalid("name", "The chat needs a name.").into());
        }
        let description = lines(&command.description, limits::CHAT_DESCRIPTION_CHARS, "description")?;
        if command.members.len() > limits::CREATE_MEMBERS {
            return Err(
                ApiError::invalid("members", "At most 100 people can be added at once. Add the others later.").into()
            );
        }
        let public_id = self.new_chat_id(command.kind, command.slug, &name)?;
        let people = self.find_people(&command.members).await?;
        let new = NewChat {
            public_id,
            kind: command.kind,
            name_folded: names::fold(&name),
            name,
            description,
            pair: None,
            created_at: self.now(),
        };
        let (core, by) = (self.clone(), request.actor.id);
        self.commit(request, ChatKey::NONE, move |tx| {
            Box::pin(async move {
                let info = core.make_chat(tx, new, by).await?;
                core.admit(tx, &info, by, Role::Owner, by, MemberChange::Joined).await?;
                for user in people.into_iter().filter(|user| *user != by) {
                    core.admit(tx, &info, user, Role::Member, by, MemberChange::Added).await?;
                }
                Ok(Answer::Chat { chat: Box::new(views::chat_of(tx, info.key, Some(by)).await?) })
            })
        })
        .await
        .map_err(|fail| taken(fail, "A room of this id is there already. Choose another id or name."))
    }

    fn new_chat_id(&self, kind: ChatKind, slug: Option<String>, name: &str) -> Result<ChatId, ApiError> {
        if kind != ChatKind::Room {
            if slug.is_some() {
                return Err(ApiError::invalid("slug", "Only rooms have a slug. Leave it out."));
            }
            return Ok(ChatId(random_text(&*self.0.rng, 16)));
        }
        match slug {
            Some(slug) if names::is_slug(&slug) => Ok(ChatId(slug)),
            Some(_) => Err(ApiError::invalid(
                "slug",
                "A room's id is 1 to 64 small Latin letters, digits, '-' and '_', beginning and ending with a letter or digit.",
            )),
            None => Ok(ChatId(slug_of(name).unwrap_or_else(|| format!("room-{}", random_text(&*self.0.rng, 8))))),
        }
    }

    /// The numbers of people named by username.
    async fn find_people(&self, usernames: &[String]) -> Result<Vec<UserId>, Fail> {
        let folded: Vec<String> = usernames.iter().map(|name| names::fold(name)).collect();
        let known: Vec<String> = folded.iter().filter(|name| storable(name)).cloned().collect();
        let found = vestnik_store::list_users_by_name(&mut self.read().await?, &known).await?;
        for (at, name) in folded.iter().enumerate() {
            if !found.iter().any(|user| names::fold(&user.username) == *name) {
                return Err(ApiError::invalid(
                    format!("members[{at}]"),
                    "There is nobody of this name. Check its spelling.",
                )
                .into());
            }
        }
        Ok(found.into_iter().map(|user| user.id).collect())
    }

    pub(crate) async fn start_direct(&self, request: &Request, command: StartDirect) -> Result<Answer, Fail> {
        let by = request.actor.id;
        let peer = self.find_named(&command.username).await?.ok_or_else(ApiError::not_found)?.user.id;
        let there = vestnik_store::find_direct(&mut self.read().await?, (by, peer)).await?;
        if let Some(row) = there {
            let chat = self.view_chat(&Actor::User(request.actor.clone()), row.key).await?;
            return Ok(Answer::Chat { chat: Box::new(chat) });
        }
        let new = NewChat {
            public_id: ChatId(random_text(&*self.0.rng, 16)),
            kind: ChatKind::Direct,
            name: String::new(),
            name_folded: String::new(),
            description: String::new(),
            pair: Some((by, peer)),
            created_at: self.now(),
        };
        let core = self.clone();
        self.commit(request, ChatKey::NONE, move |tx| {
            Box::pin(async move {
                // The other one may have started it in this moment.
                if let Some(row) = vestnik_store::find_direct(tx, (by, peer)).await? {
                    return Ok(Answer::Chat { chat: Box::new(views::chat_of(tx, row.key, Some(by)).await?) });
                }
                let info = core.make_chat(tx, new, by).await?;
                core.admit(tx, &info, by, Role::Member, by, MemberChange::Joined).await?;
                if peer != by {
                    core.admit(tx, &info, peer, Role::Member, by, MemberChange::Added).await?;
                }
                Ok(Answer::Chat { chat: Box::new(views::chat_of(tx, info.key, Some(by)).await?) })
            })
        })
        .await
    }

    pub(crate) async fn get_chat(&self, actor: &Actor, command: ChatRef) -> Result<Answer, Fail> {
        let info = self.require(actor, &command.chat_id, Permission::Read).await?;
        Ok(Answer::Chat { chat: Box::new(self.view_chat(actor, info.key).await?) })
    }

    pub(crate) async fn list_chats(&self, actor: &Actor) -> Result<Answer, Fail> {
        let (chats, account_rev) = self.view_chats(actor.user()?.id).await?;
        Ok(Answer::Chats { chats, account_rev })
    }

    pub(crate) async fn update_chat(&self, request: &Request, command: UpdateChat) -> Result<Answer, Fail> {
        let actor = Actor::User(request.actor.clone());
        let info = self.require(&actor, &command.chat_id, Permission::EditChat).await?;
        let name = command.name.map(|name| line(&name, limits::CHAT_NAME_CHARS, "name")).transpose()?;
        if name.as_ref().is_some_and(String::is_empty) {
            return Err(ApiError::invalid("name", "The chat needs a name.").into());
        }
        let description =
            command.description.map(|text| lines(&text, limits::CHAT_DESCRIPTION_CHARS, "description")).transpose()?;
        let (core, by, now) = (self.clone(), request.actor.id, self.now());
        self.commit(request, info.key, move |tx| {
            Box::pin(async move {
                let row = vestnik_store::find_chat_by_key(tx, info.key).await?.ok_or(StoreError::Gone)?;
                let (name, description) =
                    (name.unwrap_or(row.name.clone()), description.unwrap_or(row.description.clone()));
                if (&name, &description) != (&row.name, &row.description) {
                    tx.update_chat(info.key, &name, &names::fold(&name), &description).await?;
                    let content = ChatEventContent::ChatUpdated { name, description, by, timestamp: now };
                    core.emit(tx, &info, by, content, None).await?;
                }
                Ok(Answer::Chat { chat: Box::new(views::chat_of(tx, info.key, Some(by)).await?) })
            })
        })
        .await
    }

    pub(crate) async fn delete_chat(&self, request: &Request, command: ChatRef) -> Result<Answer, Fail> {
        let actor = Actor::User(request.actor.clone());
        let info = self.require(&actor, &command.chat_id, Permission::DeleteChat).await?;
        let (core, by, now) = (self.clone(), request.actor.id, self.now());
        self.commit(request, info.key, move |tx| {
            Box::pin(async move {
                let members = vestnik_store::list_roles(tx, info.key).await?;
                let rev = core.emit(tx, &info, by, ChatEventContent::ChatDeleted { by, timestamp: now }, None).await?;
                for (user, _) in members.into_iter().filter(|(_, role)| *role != Role::Blocked) {
                    // What waited to be sent here goes with the chat.
                    let waiting = vestnik_store::list_scheduled(tx, user).await?;
                    for row in waiting.into_iter().filter(|row| row.chat == info.key) {
                        let content = AccountEventContent::ScheduledChanged { scheduled_id: row.id, scheduled: None };
                        core.emit_account(tx, user, content).await?;
                    }
                    let content = AccountEventContent::ChatLeft { chat_id: info.id.clone() };
                    core.emit_account(tx, user, content).await?;
                }
                tx.delete_chat(info.key, now).await?;
                let (inner, key) = (Arc::clone(&core.0), info.key);
                tx.after_commit(move || inner.registry.forget(key));
                core.tell_after(tx, Notice::ChatGone { chat: info.key });
                Ok(Answer::Ack(Ack { chat_id: info.id.clone(), rev, message_id: None, seq: None, timestamp: now }))
            })
        })
        .await
    }

    pub(crate) async fn list_rooms(&self, actor: &Actor, command: ListRooms) -> Result<Answer, Fail> {
        if matches!(actor, Actor::Guest) && !self.0.config.guests {
            actor.user()?;
        }
        let limit = page(command.limit)?;
        let words = line(&command.q.unwrap_or_default(), limits::CHAT_NAME_CHARS, "q")?;
        let after = command.cursor.unwrap_or_default();
        if !storable(&after) {
            return Err(ApiError::invalid("cursor", "Give the cursor as the page before had it.").into());
        }
        let mut db = self.read().await?;
        let user = actor.user_id();
        let mut rooms = vestnik_store::list_rooms(&mut db, user, &names::fold(&words), &after, limit + 1).await?;
        let next = (rooms.len() as i64 > limit).then(|| {
            rooms.truncate(limit as usize);
            rooms.last().map(|room| room.id.0.clone())
        });
        Ok(Answer::Rooms { rooms, next: next.flatten() })
    }
}

/// Cyrillic letters in Latin ones, for room ids.
const CYRILLIC: &[(char, &str)] = &[
    ('а', "a"),
    ('б', "b"),
    ('в', "v"),
    ('г', "g"),
    ('д', "d"),
    ('е', "e"),
    ('ё', "e"),
    ('ж', "zh"),
    ('з', "z"),
    ('и', "i"),
    ('й', "j"),
    ('к', "k"),
    ('л', "l"),
    ('м', "m"),
    ('н', "n"),
    ('о', "o"),
    ('п', "p"),
    ('р', "r"),
    ('с', "s"),
    ('т', "t"),
    ('у', "u"),
    ('ф', "f"),
    ('х', "h"),
    ('ц', "c"),
    ('ч', "ch"),
    ('ш', "sh"),
    ('щ', "sch"),
    ('ъ', ""),
    ('ы', "y"),
    ('ь', ""),
    ('э', "e"),
    ('ю', "yu"),
    ('я', "ya"),
];

/// A room's id made from its name; nothing when no letter of the name has a Latin form.
fn slug_of(name: &str) -> Option<String> {
    let mut slug = String::new();
    for c in name.to_lowercase().chars() {
        if c.is_ascii_alphanumeric() {
            slug.push(c);
        } else if let Some((_, latin)) = CYRILLIC.iter().find(|(letter, _)| *letter == c) {
            slug.push_str(latin);
        } else if !slug.ends_with('-') && !slug.is_empty() {
            slug.push('-');
        }
    }
    slug.truncate(60);
    let slug = slug.trim_matches('-').to_owned();
    names::is_slug(&slug).then_some(slug)
}

#[cfg(test)]
mod tests {
    use super::slug_of;

    #[test]
    fn slugs_are_made_from_names() {
        assert_eq!(slug_of("Release crew!").as_deref(), Some("release-crew"));
        assert_eq!(slug_of("Общий чат №1").as_deref(), Some("obschij-chat-1"));
        assert_eq!(slug_of("漢字"), None);
    }
}
