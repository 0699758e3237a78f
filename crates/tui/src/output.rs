//! What is printed. Everything from elsewhere passes [`crate::text`] first.

use std::io::{self, Write};

use serde_json::Value;
use vestnik_client::reducer::{ChatState, State};
use vestnik_proto::event::MemberChange;
use vestnik_proto::{ChatEvent, ChatEventContent, Message, MessageType, UserId};

use crate::i18n::{Language, Text};
use crate::text;

/// The foreground colours names are shown in (SGR; ECMA-48).
const NAME_COLOURS: [u8; 6] = [31, 32, 33, 34, 35, 36];

/// Prints to an output.
pub struct Output<W> {
    write: W,
    language: Language,
    colour: bool,
    /// Tells the hour and minute.
    clock: fn(vestnik_proto::Timestamp) -> String,
}

impl<W: Write> Output<W> {
    /// An output in this language.
    pub fn new(write: W, language: Language, colour: bool, clock: fn(vestnik_proto::Timestamp) -> String) -> Self {
        Self { write, language, colour, clock }
    }

    /// Prints a line of the program's own.
    pub fn line(&mut self, line: &str) -> io::Result<()> {
        writeln!(self.write, "{line}")?;
        self.write.flush()
    }

    /// Prints a JSON object on a line.
    pub fn json(&mut self, value: &Value) -> io::Result<()> {
        self.line(&value.to_string())
    }

    /// Prints a message; with its number when asked for, and with the chat's name when it is not
    /// the one in view.
    pub fn message(&mut self, message: &Message, elsewhere: Option<&str>, number: bool) -> io::Result<()> {
        let elsewhere =
            elsewhere.map(|title| self.language.fill(Text::OtherChat, &[&text::line(title)])).unwrap_or_default();
        let number = if number { format!("#{} ", message.seq) } else { String::new() };
        let time = (self.clock)(message.timestamp);
        let name = text::line(&message.sender_username);
        let (open, separator) = match message.message_type {
            MessageType::Text => ("", ": "),
            MessageType::Emote => ("* ", " "),
        };
        let indent = [&*elsewhere, &*number, &*time, open, &*name, separator]
            .iter()
            .map(|part| part.chars().count())
            .sum::<usize>()
            + 1;
        let content = if message.deleted {
            self.language.text(Text::DeletedMessage).to_owned()
        } else {
            text::body(&message.content, indent)
        };
        let edited = if message.edited { format!(" {}", self.language.text(Text::Edited)) } else { String::new() };
        let name = self.coloured(&name, message.sender_id);
        self.line(&format!("{elsewhere}{number}{time} {open}{name}{separator}{content}{edited}"))
    }

    /// Prints what an event of a chat says; of a reaction or an edit only in the chat in view.
    pub fn event(&mut self, state: &State, event: &ChatEvent, in_view: bool) -> io::Result<()> {
        let chat = state.chats.get(&event.chat_id);
        if let ChatEventContent::NewMessage { message } = &event.content {
            let title = chat.map_or(event.chat_id.as_str(), ChatState::title);
            return self.message(message, (!in_view).then_some(title), false);
        }
        if !in_view {
            return Ok(());
        }
        let language = self.language;
        let line = match &event.content {
            ChatEventContent::MessageEdited { seq, .. } | ChatEventContent::MessageDeleted { seq, .. } => {
                return match chat.and_then(|chat| chat.messages.get(seq)) {
                    Some(message) => self.message(message, None, true),
                    None => Ok(()),
                };
            }
            ChatEventContent::ReactionChanged { seq, emoji, user_id, added: true, .. } => {
                let name = chat.map_or_else(String::new, |chat| name_of(chat, *user_id));
                language.fill(Text::Reacted, &[&name, &text::line(emoji), &seq.to_string()])
            }
            ChatEventContent::MemberChanged { change, member, .. } => {
                let name = text::line(&member.username);
                match change {
                    MemberChange::Joined | MemberChange::Added => language.fill(Text::Joined, &[&name]),
                    MemberChange::Left | MemberChange::Removed => language.fill(Text::Left, &[&name]),
                    MemberChange::Role => {
                        let role = serde_json::to_value(member.role).unwrap_or_default();
                        language.fill(Text::RoleNow, &[&name, role.as_str().unwrap_or_default()])
                    }
                }
            }
            ChatEventContent::ChatUpdated { name, .. } => language.fill(Text::Renamed, &[&text::line(name)]),
            ChatEventContent::ChatDeleted { .. } => language.text(Text::ChatGone).to_owned(),
            ChatEventContent::ChatCreated { .. }
            | ChatEventContent::NewMessage { .. }
            | ChatEventContent::ReactionChanged { added: false, .. }
            | ChatEventContent::PinChanged { .. } => return Ok(()),
        };
        self.line(&line)
    }

    fn coloured(&self, name: &str, user_id: UserId) -> String {
        if !self.colour {
            return name.to_owned();
        }
        let at = usize::try_from(user_id.0.unsigned_abs() % 6).unwrap_or(0);
        format!("\u{1b}[{}m{name}\u{1b}[0m", NAME_COLOURS[at])
    }
}

/// A person's username, as far as the chat knows it.
fn name_of(chat: &ChatState, user_id: UserId) -> String {
    let member = chat.members.get(&user_id).map(|member| &member.username);
    let sender = || chat.messages.values().find(|message| message.sender_id == user_id).map(|m| &m.sender_username);
    member.or_else(sender).map_or_else(|| user_id.to_string(), |name| text::line(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(content: &str) -> Message {
        serde_json::from_value(serde_json::json!({
            "id": "1-1", "seq": 7, "sender_id": 3, "sender_username": "an\u{1b}na", "content": content,
            "message_type": "text", "timestamp": "2026-01-01T10:32:00.000Z"
        }))
        .unwrap()
    }

    fn printed(colour: bool, print: impl FnOnce(&mut Output<&mut Vec<u8>>)) -> String {
        let mut bytes = Vec::new();
        print(&mut Output::new(&mut bytes, Language::En, colour, |_| "10:32".to_owned()));
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn a_message_is_a_line_and_its_further_lines_are_indented() {
        let text = printed(false, |out| out.message(&message("hi\n\u{1b}[31m10:33 bob: no"), None, false).unwrap());
        assert_eq!(text, "10:32 an\u{fffd}na: hi\n             \u{fffd}[31m10:33 bob: no\n");
        let emote = Message { message_type: MessageType::Emote, edited: true, ..message("waves") };
        let text = printed(false, |out| out.message(&emote, Some("Trip"), true).unwrap());
        assert_eq!(text, "[Trip] #7 10:32 * an\u{fffd}na waves (edited)\n");
    }

    #[test]
    fn only_names_are_coloured_and_only_when_asked() {
        let text = printed(true, |out| out.message(&message("hi"), None, false).unwrap());
        assert_eq!(text, "10:32 \u{1b}[34man\u{fffd}na\u{1b}[0m: hi\n");
    }

    #[test]
    fn a_deleted_message_is_told_so() {
        let gone = Message { deleted: true, content: String::new(), ..message("") };
        assert!(printed(false, |out| out.message(&gone, None, false).unwrap()).ends_with(": (deleted)\n"));
    }
}
