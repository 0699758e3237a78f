//! What is printed. Everything from elsewhere passes [`crate::text`] first.

use std::io::{self, Write};

use serde_json::Value;
use vestnik_client::reducer::{ChatState, State};
use vestnik_proto::event::MemberChange;
use vestnik_proto::{ChatEvent, ChatEventContent, Message, MessageType, Timestamp, UserId};

use crate::i18n::{Language, Text};
use crate::text;

/// The foreground colours names are shown in (SGR; ECMA-48).
const NAME_COLOURS: [u8; 6] = [31, 32, 33, 34, 35, 36];
/// How much of a message is quoted where it is only named. Characters.
const QUOTE: usize = 30;

/// How moments are told where the computer is.
#[derive(Clone, Copy)]
pub struct LocalTime {
    /// The hour and minute.
    pub time: fn(Timestamp) -> String,
    /// The day.
    pub day: fn(Timestamp) -> String,
}

/// How a message is printed.
#[derive(Clone, Copy, Default)]
pub struct Shown<'a> {
    /// The title of its chat, when that is not the one in view.
    pub elsewhere: Option<&'a str>,
    /// Whether its number is.
    pub number: bool,
    /// The number of the message it answers, when that is known.
    pub answers: Option<i64>,
}

/// Prints to an output.
pub struct Output<W> {
    write: W,
    language: Language,
    colour: bool,
    local: LocalTime,
    /// The day of what was printed last, where a change of day is told.
    day: Option<String>,
}

impl<W: Write> Output<W> {
    /// An output in this language. With `today` the day is told before messages of another.
    pub fn new(write: W, language: Language, colour: bool, local: LocalTime, today: Option<Timestamp>) -> Self {
        Self { write, language, colour, local, day: today.map(local.day) }
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

    /// Prints a message.
    pub fn message(&mut self, message: &Message, shown: Shown<'_>) -> io::Result<()> {
        let day = (self.local.day)(message.timestamp);
        if self.day.as_ref().is_some_and(|last| *last != day) {
            self.line(&format!("--- {day} ---"))?;
            self.day = Some(day);
        }
        let title = |title| self.language.fill(Text::OtherChat, &[&text::line(title)]);
        let elsewhere = shown.elsewhere.map(title).unwrap_or_default();
        let number = if shown.number { format!("#{} ", message.seq) } else { String::new() };
        let time = (self.local.time)(message.timestamp);
        let name = text::line(&message.sender_username);
        let (open, separator) = match message.message_type {
            MessageType::Text => ("", ": "),
            MessageType::Emote => ("* ", " "),
        };
        let answers = |seq: i64| self.language.fill(Text::Answers, &[&seq.to_string()]);
        let answers = shown.answers.filter(|_| !message.deleted).map(answers).unwrap_or_default();
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
        self.line(&format!("{elsewhere}{number}{time} {open}{name}{separator}{answers}{content}{edited}"))
    }

    /// Prints what an event of a chat says; of a reaction or an edit only in the chat in view.
    pub fn event(&mut self, state: &State, event: &ChatEvent, in_view: bool) -> io::Result<()> {
        let chat = state.chats.get(&event.chat_id);
        if let ChatEventContent::NewMessage { message } = &event.content {
            let title = chat.map_or_else(|| event.chat_id.to_string(), title);
            let elsewhere = (!in_view).then_some(&*title);
            let answers = chat.and_then(|chat| answered(chat, message));
            return self.message(message, Shown { elsewhere, number: false, answers });
        }
        if !in_view {
            return Ok(());
        }
        let language = self.language;
        let line = match &event.content {
            ChatEventContent::MessageEdited { seq, .. } | ChatEventContent::MessageDeleted { seq, .. } => {
                return match chat.and_then(|chat| chat.messages.get(seq)) {
                    Some(message) => self.message(message, Shown { number: true, ..Shown::default() }),
                    None => Ok(()),
                };
            }
            ChatEventContent::ReactionChanged { seq, emoji, user_id, added: true, .. } => {
                let name = chat.map_or_else(String::new, |chat| name_of(chat, *user_id));
                let message = chat.and_then(|chat| chat.messages.get(seq));
                let quote = message.map_or_else(String::new, |message| quote(&message.content));
                language.fill(Text::Reacted, &[&name, &text::line(emoji), &seq.to_string(), &quote])
            }
            ChatEventContent::MemberChanged { change, member, .. } => {
                let name = text::line(&member.username);
                match change {
                    MemberChange::Joined | MemberChange::Added => language.fill(Text::Joined, &[&name]),
                    MemberChange::Left | MemberChange::Removed => language.fill(Text::Left, &[&name]),
                    MemberChange::Role => language.fill(Text::RoleNow, &[&name, language.role(member.role)]),
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

/// What a chat is called: its title, or the other person's name after `@`.
pub fn title(chat: &ChatState) -> String {
    match &chat.info.peer {
        Some(peer) => format!("@{}", peer.username),
        None => chat.info.name.clone(),
    }
}

/// The number of the message that this one answers, as far as the chat knows it.
pub fn answered(chat: &ChatState, message: &Message) -> Option<i64> {
    let id = message.reply_to.as_ref()?;
    chat.messages.values().find(|other| other.id == *id).map(|other| other.seq)
}

/// The beginning of a text, on one line.
fn quote(content: &str) -> String {
    let first = text::line(content.lines().next().unwrap_or_default());
    let short: String = first.chars().take(QUOTE).collect();
    if short.len() < content.trim_end().len() { format!("{}…", short.trim_end()) } else { short }
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
        let local = LocalTime { time: |_| "10:32".to_owned(), day: |moment| moment.to_string()[..10].to_owned() };
        let today = "2026-01-01T23:00:00.000Z".parse().unwrap();
        print(&mut Output::new(&mut bytes, Language::En, colour, local, Some(today)));
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn a_message_is_a_line_and_its_further_lines_are_indented() {
        let text =
            printed(false, |out| out.message(&message("hi\n\u{1b}[31m10:33 bob: no"), Shown::default()).unwrap());
        assert_eq!(text, "10:32 an\u{fffd}na: hi\n             \u{fffd}[31m10:33 bob: no\n");
        let emote = Message { message_type: MessageType::Emote, edited: true, ..message("waves") };
        let shown = Shown { elsewhere: Some("Trip"), number: true, answers: Some(5) };
        let text = printed(false, |out| out.message(&emote, shown).unwrap());
        assert_eq!(text, "[Trip] #7 10:32 * an\u{fffd}na (to #5) waves (edited)\n");
    }

    #[test]
    fn only_names_are_coloured_and_only_when_asked() {
        let text = printed(true, |out| out.message(&message("hi"), Shown::default()).unwrap());
        assert_eq!(text, "10:32 \u{1b}[34man\u{fffd}na\u{1b}[0m: hi\n");
    }

    #[test]
    fn a_deleted_message_is_told_so() {
        let gone = Message { deleted: true, content: String::new(), ..message("") };
        assert!(printed(false, |out| out.message(&gone, Shown::default()).unwrap()).ends_with(": (deleted)\n"));
    }

    #[test]
    fn another_day_is_told_once() {
        let earlier = Message { timestamp: "2025-12-31T10:32:00.000Z".parse().unwrap(), ..message("old") };
        let text = printed(false, |out| {
            for message in [&earlier, &earlier, &message("new")] {
                out.message(message, Shown::default()).unwrap();
            }
        });
        let days: Vec<_> = text.lines().filter(|line| line.starts_with("---")).collect();
        assert_eq!(days, ["--- 2025-12-31 ---", "--- 2026-01-01 ---"]);
    }

    #[test]
    fn a_quote_is_one_short_line() {
        assert_eq!(quote("hi"), "hi");
        assert_eq!(quote("one\ntwo"), "one…");
        assert_eq!(quote(&"я".repeat(31)), format!("{}…", "я".repeat(30)));
    }
}
