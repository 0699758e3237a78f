//! Messages in words. What comes out is one line: nothing in it needs colours, boxes or a place on
//! the screen to be understood.

use vestnik_client::reducer::{ChatState, State};
use vestnik_proto::{Message, MessageType, UserId};

use super::Speech;
use crate::feed::clock;
use crate::feed::local;
use crate::feed::look::{Ink, Piece};
use crate::feed::markdown::{Reading, blocks};
use crate::i18n::{Language, Text};
use crate::output::title;
use crate::text;

/// How much of a message is said where it is only named. Characters.
const QUOTE: usize = 60;

/// A message's text in words, line by line. Hidden text is said only when `reveal` is set.
pub fn lines(content: &str, language: Language, reveal: bool) -> Vec<String> {
    let mut said = Vec::new();
    let mut in_code = false;
    for line in content.split('\n') {
        let line = text::line(line.strip_suffix('\r').unwrap_or(line));
        let fence = line.trim_start().strip_prefix("```").map(str::trim_end);
        match fence {
            Some("") if in_code => {
                in_code = false;
                said.push(language.text(Text::SpCodeEnds).to_owned());
            }
            _ if in_code => said.push(line),
            Some(after) if after.len() > 3 && after.ends_with("```") => {
                said.push(language.fill(Text::SpCode, &[after.trim_end_matches('`')]));
            }
            Some(after) => {
                in_code = true;
                let after = after.trim();
                said.push(match after {
                    "" => language.text(Text::SpCodeBegins).to_owned(),
                    name => language.fill(Text::SpCodeBeginsIn, &[name]),
                });
            }
            None => said.extend(ordinary(&line, language, reveal)),
        }
    }
    if in_code {
        said.push(language.text(Text::SpCodeEnds).to_owned());
    }
    said.retain(|line| !line.trim().is_empty());
    said
}

/// A message's text in one line.
pub fn one_line(content: &str, language: Language) -> String {
    lines(content, language, false).join("; ")
}

/// Whether a text has something that is hidden.
pub fn hides(content: &str, language: Language) -> bool {
    lines(content, language, false) != lines(content, language, true)
}

/// The beginning of a text.
pub fn quote(content: &str, language: Language) -> String {
    let line = one_line(content, language);
    let short: String = line.chars().take(QUOTE).collect();
    if short.len() < line.len() { format!("{}…", short.trim_end()) } else { line }
}

/// A line outside of code.
fn ordinary(line: &str, language: Language, reveal: bool) -> Option<String> {
    let reading = Reading { me: "", spoilers: reveal, ascii: false };
    let block = blocks(line, reading).into_iter().next()?;
    let said = pieces(&block.pieces, language);
    let first: String = block.first.iter().map(|piece| piece.text.as_str()).collect();
    let frame = match first.trim() {
        "┃" => Text::SpQuote,
        "☐" => Text::SpTaskOpen,
        "☑" => Text::SpTaskDone,
        "•" => Text::SpItem,
        _ => return Some(said),
    };
    Some(language.fill(frame, &[&said]))
}

fn pieces(pieces: &[Piece], language: Language) -> String {
    let mut said = String::new();
    let mut after_link = false;
    for (at, piece) in pieces.iter().enumerate() {
        let hidden = piece.look.ink == Ink::Dim && piece.text.chars().all(|c| c == '▒');
        let host = after_link && is_host(piece);
        after_link = false;
        if hidden {
            said.push_str(language.text(Text::SpHidden));
        } else if let Some(link) = &piece.link {
            after_link = piece.text != **link;
            // A bare address may be written in letters that the link has encoded.
            if piece.text == **link || !host_follows(pieces, at) {
                said.push_str(&piece.text);
            } else {
                said.push_str(&language.fill(Text::SpLink, &[&piece.text, link]));
            }
        } else if !host && piece.look.strike {
            said.push_str(&language.fill(Text::SpStruck, &[&piece.text]));
        } else if !host {
            said.push_str(&piece.text);
        }
    }
    said
}

/// Whether a link is followed by whose it is: then its text is not its address.
fn host_follows(pieces: &[Piece], at: usize) -> bool {
    pieces.get(at + 1).is_some_and(is_host)
}

fn is_host(piece: &Piece) -> bool {
    piece.look.ink == Ink::Dim && piece.text.starts_with(" (")
}

/// How a message is said.
#[derive(Clone, Copy, Debug, Default)]
pub struct How {
    /// With the time.
    pub time: bool,
    /// With how many reacted.
    pub reactions: bool,
}

impl Speech {
    /// A message in one line, which begins with its number.
    pub(super) fn sentence(&self, chat: &ChatState, message: &Message, how: How) -> String {
        let language = self.language;
        let mut head = format!("{}. {}", message.seq, self.name(message.sender_id, &message.sender_username));
        if how.time {
            head.push_str(&format!(", {}", clock(local(&self.zone, message.timestamp))));
        }
        if message.deleted {
            return format!("{head}: {}", language.text(Text::SpDeleted));
        }
        if let Some(id) = &message.reply_to {
            head.push_str(&match chat.messages.values().find(|other| other.id == *id) {
                Some(other) => {
                    let name = self.name(other.sender_id, &other.sender_username);
                    language.fill(Text::SpAnswers, &[&other.seq.to_string(), &name])
                }
                None => language.text(Text::SpAnswersEarlier).to_owned(),
            });
        }
        let marks = [
            (message.message_type == MessageType::Emote, Text::SpAction),
            (message.edited, Text::SpEdited),
            (message.pinned, Text::SpPinned),
            (self.is_to_me(message), Text::SpMentionsYou),
        ];
        for (_, mark) in marks.iter().filter(|(is, _)| *is) {
            head.push_str(language.text(*mark));
        }
        if how.reactions && !message.reactions.is_empty() {
            let counts =
                message.reactions.iter().map(|(emoji, users)| format!("{} {}", text::line(emoji), users.len()));
            head.push_str(&language.fill(Text::SpReactions, &[&counts.collect::<Vec<_>>().join(", ")]));
        }
        format!("{head}: {}", one_line(&message.content, language))
    }

    /// Everything about a message, line by line.
    pub(super) fn everything(&self, chat: &ChatState, message: &Message) -> Vec<String> {
        let language = self.language;
        let pinned = if message.pinned { language.text(Text::SpPinned) } else { "" };
        let at = |moment| {
            let local_time = local(&self.zone, moment);
            (language.day(local_time.date(), self.today()), clock(local_time))
        };
        let (day, time) = at(message.timestamp);
        let sender = self.name(message.sender_id, &message.sender_username);
        let mut said = vec![
            language.fill(Text::SpMessageOf, &[&message.seq.to_string(), &self.title(chat), pinned]),
            language.fill(Text::SpFrom, &[&sender, &day, &time]),
        ];
        if message.deleted {
            let by = message.deleted_by.map_or_else(|| sender.clone(), |by| self.name_in(chat, by));
            said.push(language.fill(Text::SpDeletedBy, &[&by]));
            return said;
        }
        if let Some(id) = &message.reply_to {
            said.push(match chat.messages.values().find(|other| other.id == *id) {
                Some(other) => {
                    let name = self.name(other.sender_id, &other.sender_username);
                    let quote = quote(&other.content, language);
                    language.fill(Text::SpAnswersFull, &[&other.seq.to_string(), &name, &quote])
                }
                None => language.text(Text::QuoteNotLoaded).to_owned(),
            });
        }
        said.extend(self.text_lines(&message.content, false));
        if hides(&message.content, language) {
            said.push(language.fill(Text::SpHint, &[&message.seq.to_string()]));
        }
        if let Some(edited) = message.edited_at.filter(|_| message.edited) {
            let (day, time) = at(edited);
            said.push(language.fill(Text::SpEditedAt, &[&day, &time]));
        }
        for (emoji, users) in &message.reactions {
            let names: Vec<String> = users.iter().map(|user| self.name_in(chat, *user)).collect();
            said.push(language.fill(Text::SpReaction, &[&text::line(emoji), &names.join(", ")]));
        }
        if Some(message.sender_id) == self.me {
            said.extend(self.progress(chat, message.seq));
        }
        said
    }

    /// A text with its lines numbered when there are several.
    pub(super) fn text_lines(&self, content: &str, reveal: bool) -> Vec<String> {
        let lines = lines(content, self.language, reveal);
        match lines.as_slice() {
            [one] => vec![self.language.fill(Text::SpWhole, &[one])],
            lines => {
                let said = lines.iter().enumerate();
                said.map(|(at, line)| self.language.fill(Text::SpLine, &[&(at + 1).to_string(), line])).collect()
            }
        }
    }

    /// How far a message of mine has come.
    fn progress(&self, chat: &ChatState, seq: i64) -> Vec<String> {
        let others = || chat.members.values().filter(|member| Some(member.user_id) != self.me);
        let read: Vec<String> = others().filter(|m| m.read_seq >= seq).map(|m| text::line(&m.username)).collect();
        let received = others().filter(|m| m.read_seq < seq && m.delivered_seq >= seq);
        let received: Vec<String> = received.map(|m| text::line(&m.username)).collect();
        let mut said = Vec::new();
        if !read.is_empty() {
            said.push(self.language.fill(Text::SpReadBy, &[&read.join(", ")]));
        }
        if !received.is_empty() {
            said.push(self.language.fill(Text::SpReceivedBy, &[&received.join(", ")]));
        }
        if said.is_empty() {
            said.push(self.language.text(Text::SpStored).to_owned());
        }
        said
    }

    /// What a person is called: I am "you".
    pub(super) fn name(&self, user_id: UserId, username: &str) -> String {
        if Some(user_id) == self.me { self.language.text(Text::SpYou).to_owned() } else { text::line(username) }
    }

    /// A person's name, as far as the chat knows it.
    pub(super) fn name_in(&self, chat: &ChatState, user_id: UserId) -> String {
        let member = chat.members.get(&user_id).map(|member| member.username.as_str());
        let sender = || chat.messages.values().find(|m| m.sender_id == user_id).map(|m| m.sender_username.as_str());
        let peer = || chat.info.peer.as_ref().filter(|peer| peer.id == user_id).map(|peer| peer.username.as_str());
        match member.or_else(sender).or_else(peer) {
            Some(name) => self.name(user_id, name),
            None => self.name(user_id, &user_id.to_string()),
        }
    }

    /// What a chat is called.
    pub(super) fn title(&self, chat: &ChatState) -> String {
        let title = title(chat);
        text::line(if title.is_empty() { chat.info.id.as_str() } else { &title })
    }

    pub(super) fn title_of(&self, chats: &State, chat_id: &vestnik_proto::ChatId) -> String {
        chats.chats.get(chat_id).map_or_else(|| text::line(chat_id.as_str()), |chat| self.title(chat))
    }

    pub(super) fn is_to_me(&self, message: &Message) -> bool {
        Some(message.sender_id) != self.me
            && (message.mention_all.is_some() || self.me.is_some_and(|me| message.mentions.contains(&me)))
    }

    pub(super) fn today(&self) -> jiff::civil::Date {
        local(&self.zone, self.now).date()
    }
}
