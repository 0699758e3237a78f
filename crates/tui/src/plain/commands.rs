//! What a person may do by typing.

use std::io::Write;

use vestnik_client::net::ClientError;
use vestnik_client::reducer::{ChatState, State};
use vestnik_proto::command::{
    ChatRef, EditMessage, History, Join, ListMembers, MessageRef, React, SendMessage, SetActiveChat, StartDirect,
};
use vestnik_proto::{Answer, ChatId, ClientFrame, Command, ErrorCode, Message, MessageType, Role};

use super::{Go, HISTORY, Plain};
use crate::environment;
use crate::failure::Failure;
use crate::i18n::Text;
use crate::input::Input;
use crate::output::{Shown, answered, title};
use crate::text;

/// Most members `/who` lists.
const MEMBERS: u32 = 200;

impl<W: Write> Plain<'_, W> {
    /// Carries out what was typed.
    pub(super) async fn command(&mut self, input: Input) -> Result<Go, Failure> {
        match input {
            Input::Empty => {}
            Input::Text(text) => drop(self.send(text, MessageType::Text, None).await?),
            Input::Emote(text) => drop(self.send(text, MessageType::Emote, None).await?),
            Input::Join(room) => self.go_to(&room).await?,
            Input::Chat(target) => self.go_to(&target).await?,
            Input::Message(user, text) => self.message_to(user, text).await?,
            Input::Chats => self.list_chats()?,
            Input::Who => self.list_members().await?,
            Input::History(count) => self.show_history(count, true).await?,
            Input::Reply(which, text) => match self.find_message(&which) {
                Some(message) => drop(self.send(text, MessageType::Text, Some(message.id)).await?),
                None => crate::tell(&self.language.fill(Text::NoSuchMessage, &[&which])),
            },
            Input::Edit(content) => {
                let edit = |chat_id, message: Message| {
                    Command::EditMessage(EditMessage { chat_id, message_id: message.id, content, mentions: vec![] })
                };
                self.change_last_own(edit).await?;
            }
            Input::Delete => {
                let delete =
                    |chat_id, message: Message| Command::DeleteMessage(MessageRef { chat_id, message_id: message.id });
                self.change_last_own(delete).await?;
            }
            Input::React(emoji) => match self.last_message(|message| !message.deleted) {
                Some(message) => {
                    let react = React { chat_id: self.chat.clone(), message_id: message.id, emoji };
                    self.change(Command::React(react)).await?;
                }
                None => crate::tell(self.language.text(Text::NoMessages)),
            },
            Input::Help => self.out.line(self.language.text(Text::Help))?,
            Input::Quit => return Ok(Go::Quit),
            Input::Unknown(name) => crate::tell(&self.language.fill(Text::UnknownCommand, &[&text::line(&name)])),
            Input::Usage(usage) => crate::tell(&self.language.fill(Text::CommandUsage, &[usage])),
        }
        Ok(Go::On)
    }

    /// Goes to a chat: one of the caller's, a room to join, or `@name`. `false` when that was
    /// refused, which is told.
    pub(super) async fn open(&mut self, target: &str) -> Result<bool, Failure> {
        let chat_id = ChatId::from(target.trim_start_matches('#'));
        let role = self.session.with_state(|state| state.chats.get(&chat_id).and_then(|chat| chat.info.role));
        let asked = match target.strip_prefix('@') {
            Some(username) => Some(Command::StartDirect(StartDirect { username: username.to_owned() })),
            None if role.is_some_and(|role| role != Role::Blocked) => None,
            None => Some(Command::Join(Join { chat_id: Some(chat_id.clone()), invite: None })),
        };
        self.chat = match asked {
            None => chat_id,
            Some(command) => match self.ask(ClientFrame::new(command)).await? {
                Err(error) if error.code() == Some(ErrorCode::NotFound) => {
                    self.tell_no_chat(target);
                    return Ok(false);
                }
                Err(error) => {
                    self.tell_error(&error);
                    return Ok(false);
                }
                Ok(Answer::Chat { chat }) => chat.id,
                Ok(_) => {
                    // Joined; what it is like must still be read.
                    if self.answered(Command::GetChat(ChatRef { chat_id: chat_id.clone() })).await?.is_none() {
                        return Ok(false);
                    }
                    chat_id
                }
            },
        };
        self.seen = None;
        if self.interactive {
            // Presence is told for the chat in view; talking works without.
            let active = Command::SetActiveChat(SetActiveChat { chat_id: Some(self.chat.clone()) });
            let _ = self.ask(ClientFrame::new(active)).await?;
        }
        Ok(true)
    }

    async fn go_to(&mut self, target: &str) -> Result<(), Failure> {
        if self.open(target).await? {
            self.show_history(HISTORY, false).await?;
            crate::tell(&self.language.fill(Text::NowIn, &[&self.title()]));
        }
        Ok(())
    }

    /// Asks; a refusal is told.
    async fn answered(&mut self, command: Command) -> Result<Option<Answer>, Failure> {
        match self.ask(ClientFrame::new(command)).await? {
            Ok(answer) => Ok(Some(answer)),
            Err(error) => {
                self.tell_error(&error);
                Ok(None)
            }
        }
    }

    /// Asks for a change, once even if the answer is lost; a refusal is told.
    async fn change(&mut self, command: Command) -> Result<(), Failure> {
        let frame = ClientFrame { id: None, client_id: Some(environment::random_id()), command };
        if let Err(error) = self.ask(frame).await? {
            self.tell_error(&error);
        }
        Ok(())
    }

    fn tell_error(&self, error: &ClientError) {
        crate::tell(&self.language.error(error));
    }

    async fn message_to(&mut self, username: String, content: String) -> Result<(), Failure> {
        let direct = Command::StartDirect(StartDirect { username: username.clone() });
        match self.ask(ClientFrame::new(direct)).await? {
            Ok(Answer::Chat { chat }) => {
                let (chat_id, message_type) = (chat.id, MessageType::Text);
                self.send_to(SendMessage { chat_id, content, message_type, reply_to: None, mentions: vec![] }).await?;
            }
            Ok(_) => {}
            Err(error) if error.code() == Some(ErrorCode::NotFound) => self.tell_no_chat(&format!("@{username}")),
            Err(error) => self.tell_error(&error),
        }
        Ok(())
    }

    /// There is no such chat, or no such person after `@`.
    fn tell_no_chat(&self, target: &str) {
        let (text, name) = match target.strip_prefix('@') {
            Some(username) => (Text::NoSuchUser, username),
            None => (Text::NoSuchChat, target),
        };
        crate::tell(&self.language.fill(text, &[&text::line(name)]));
    }

    /// Prints the newest messages of the chat in view.
    pub(super) async fn show_history(&mut self, count: u32, numbers: bool) -> Result<(), Failure> {
        let history = Command::History(History::newest(self.chat.clone(), count));
        let Some(Answer::History(page)) = self.answered(history).await? else { return Ok(()) };
        for message in &page.messages {
            if self.args.json {
                let value = serde_json::json!({ "type": "message", "chat_id": page.chat_id, "message": message });
                self.out.json(&value)?;
            } else {
                let answers = |state: &State| state.chats.get(&page.chat_id).and_then(|chat| answered(chat, message));
                let answers = self.session.with_state(answers);
                self.out.message(message, Shown { elsewhere: None, number: numbers, answers })?;
            }
        }
        self.seen = page.messages.last().map(|message| message.seq).or(self.seen);
        Ok(())
    }

    fn list_chats(&mut self) -> Result<(), Failure> {
        // As `/chat` takes them: a person by name, for the id of such a chat says nothing.
        let mut chats: Vec<(ChatId, String, String, i64)> = self.session.with_state(|state| {
            let entry = |(id, chat): (&ChatId, &ChatState)| {
                let target = if chat.info.peer.is_some() { title(chat) } else { id.to_string() };
                (id.clone(), text::line(&target), text::line(chat.title()), chat.unread())
            };
            state.chats.iter().map(entry).collect()
        });
        chats.sort_by(|one, other| one.1.cmp(&other.1));
        let width = chats.iter().map(|(_, target, ..)| target.chars().count()).max().unwrap_or(0);
        if chats.is_empty() {
            self.out.line(self.language.text(Text::NoChats))?;
        }
        for (id, target, title, unread) in chats {
            let mark = if id == self.chat { '*' } else { ' ' };
            let unread = match unread {
                0 => String::new(),
                unread => format!("  {}", self.language.fill(Text::Unread, &[&unread.to_string()])),
            };
            self.out.line(format!("{mark} {target:width$}  {title}{unread}").trim_end())?;
        }
        Ok(())
    }

    async fn list_members(&mut self) -> Result<(), Failure> {
        let list = ListMembers { chat_id: self.chat.clone(), cursor: None, limit: Some(MEMBERS) };
        if let Some(Answer::Members { members, next }) = self.answered(Command::ListMembers(list)).await? {
            for member in members {
                let name = text::line(&member.username);
                let role = match member.role {
                    Role::Member => String::new(),
                    role => format!("  {}", self.language.role(role)),
                };
                let you = if self.me == Some(member.user_id) { self.language.text(Text::You) } else { "" };
                self.out.line(format!("{name} {you}{role}").trim_end())?;
            }
            if next.is_some() {
                self.out.line(self.language.text(Text::MoreMembers))?;
            }
        }
        Ok(())
    }

    /// The newest loaded message of the chat in view that is wanted.
    fn last_message(&self, wanted: impl Fn(&Message) -> bool) -> Option<Message> {
        self.session.with_state(|state| {
            let chat = state.chats.get(&self.chat)?;
            chat.messages.values().rev().find(|message| wanted(message)).cloned()
        })
    }

    /// A loaded message by its number or id.
    fn find_message(&self, which: &str) -> Option<Message> {
        self.last_message(|message| message.id.as_str() == which || message.seq.to_string() == which)
    }

    /// Changes the caller's last message in the chat in view.
    async fn change_last_own(&mut self, make: impl FnOnce(ChatId, Message) -> Command) -> Result<(), Failure> {
        let me = self.me;
        match self.last_message(|message| Some(message.sender_id) == me && !message.deleted) {
            Some(message) => self.change(make(self.chat.clone(), message)).await,
            None => {
                crate::tell(self.language.text(Text::NothingOfYours));
                Ok(())
            }
        }
    }
}
