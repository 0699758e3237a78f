//! The field in which a message is written: text, reply and edit, completion, drafts.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui_textarea::{CursorMove, TextArea};
use vestnik_client::reducer::{ChatState, State};
use vestnik_proto::command::{EditMessage, SendMessage, SetDraft, Typing};
use vestnik_proto::{ChatKind, Command, Message, MessageId, MessageType, Timestamp, limits};

use super::{App, Ask, Confirm, Effect, Focus, Overlay, emoji};
use crate::feed::{Anchor, Changing, Waiting};
use crate::i18n::Text;
use crate::keys::commands::COMMANDS;
use crate::keys::{Action, Key};
use crate::text;

/// How many sent texts are remembered.
const SENT: usize = 50;
/// Longest list of completions.
const OFFERS: usize = 8;
/// How long after the last key an unfinished message is kept on the server. Seconds.
const DRAFT_SECS: i64 = 3;
/// How often it is told that one writes. Seconds.
const TYPING_SECS: i64 = 4;
/// Longest text taken in. Bytes; far above what a server takes.
const MOST: usize = 256 * 1024;

/// What the text in the field will become.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Writing {
    /// A message.
    #[default]
    New,
    /// An answer to a message: its id, its author and how it begins.
    Reply(MessageId, String, String),
    /// The new text of a message.
    Edit(MessageId),
}

/// An unfinished message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// The text so far.
    pub text: String,
    /// The message it will answer.
    pub reply_to: Option<MessageId>,
}

/// A list of what the word before the cursor may become.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// Characters of the word so far.
    pub typed: usize,
    /// What is written instead, and what is shown beside it.
    pub offers: Vec<(String, String)>,
    /// Which is chosen.
    pub at: usize,
    /// Whether Enter takes it.
    pub on_enter: bool,
}

/// The field.
#[derive(Debug, Default)]
pub struct Composer {
    area: TextArea<'static>,
    /// What the text will become.
    pub writing: Writing,
    /// What the word before the cursor may become.
    pub completion: Option<Completion>,
    /// When the draft is to be kept.
    pub draft_due: Option<Timestamp>,
    /// The draft as the server has it.
    kept: Kept,
    /// What was being written before an edit began.
    before_edit: Option<Kept>,
    sent: Vec<String>,
    /// Where in the sent texts one is.
    sent_at: Option<usize>,
    typing_told: Option<Timestamp>,
}

impl Composer {
    /// The lines of the text.
    pub fn lines(&self) -> &[String] {
        self.area.lines()
    }

    /// The line and the character of it where the cursor is.
    pub fn cursor(&self) -> (usize, usize) {
        let cursor = self.area.cursor();
        (cursor.0, cursor.1)
    }

    /// The text.
    pub fn text(&self) -> String {
        self.lines().join("\n")
    }

    /// Whether nothing is written.
    pub fn is_empty(&self) -> bool {
        self.area.is_empty()
    }

    /// Puts a text into the field, the cursor at its end.
    fn set(&mut self, text: &str) {
        self.area = TextArea::new(text.split('\n').map(str::to_owned).collect());
        self.area.move_cursor(CursorMove::Bottom);
        self.area.move_cursor(CursorMove::End);
        self.completion = None;
    }

    /// Takes a key of editing. What is one sign for a person is deleted and passed at once, be it
    /// of one character or, as an emoji may be, of eleven.
    fn edit(&mut self, event: KeyEvent) {
        use unicode_segmentation::UnicodeSegmentation;
        let (line, column) = self.cursor();
        let chars: Vec<char> = self.lines().get(line).map(|line| line.chars().collect()).unwrap_or_default();
        let column = column.min(chars.len());
        let before: String = chars[..column].iter().collect();
        let after: String = chars[column..].iter().collect();
        let count = |sign: Option<&str>| sign.map_or(1, |sign| sign.chars().count());
        let times = match event.code {
            KeyCode::Backspace | KeyCode::Left => count(before.graphemes(true).next_back()),
            KeyCode::Delete | KeyCode::Right => count(after.graphemes(true).next()),
            _ => 1,
        };
        let plain = event.modifiers.is_empty();
        for _ in 0..if plain { times } else { 1 } {
            self.area.input(event);
        }
    }

    /// The word before the cursor, from the last space.
    fn word(&self) -> String {
        let (line, column) = self.cursor();
        let before: String = self.lines().get(line).map(|line| line.chars().take(column).collect()).unwrap_or_default();
        before.rsplit(char::is_whitespace).next().unwrap_or_default().to_owned()
    }

    /// Whether the cursor stands within a block of code.
    fn in_code(&self) -> bool {
        let (line, _) = self.cursor();
        let fences = self.lines().iter().take(line + 1).filter(|line| line.trim_start().starts_with("```"));
        fences.count() % 2 == 1
    }

    fn reply_to(&self) -> Option<MessageId> {
        match &self.writing {
            Writing::Reply(id, ..) => Some(id.clone()),
            _ => None,
        }
    }
}

impl App {
    /// A key while a message is being written.
    pub(super) fn composer_key(&mut self, chats: &State, key: Key, action: Option<Action>) {
        if let Some(completion) = &mut self.composer.completion {
            let count = completion.offers.len();
            match (action, key.code) {
                (Some(Action::EditLast), _) | (None, KeyCode::Up) => {
                    completion.at = (completion.at + count - 1) % count;
                    return;
                }
                (_, KeyCode::Down) if key.modifiers.is_empty() => {
                    completion.at = (completion.at + 1) % count;
                    return;
                }
                (Some(Action::Complete), _) => return self.take_completion(chats),
                (Some(Action::Send), _) if completion.on_enter => return self.take_completion(chats),
                (Some(Action::Normal), _) => {
                    self.composer.completion = None;
                    return;
                }
                _ => {}
            }
        }
        match action {
            Some(Action::Send) if self.composer.in_code() => self.newline(chats),
            Some(Action::Send) => self.submit(chats),
            Some(Action::NewLine) => self.newline(chats),
            Some(Action::Normal) => self.leave_writing(chats),
            Some(Action::Complete) => self.next_pane(chats, false),
            Some(Action::EditLast) if self.composer.is_empty() && self.composer.writing == Writing::New => {
                self.edit_last(chats);
            }
            Some(Action::ReplyLast) if self.composer.is_empty() => self.reply_to_selected(chats),
            Some(Action::OlderText) => self.recall(chats, true),
            Some(Action::NewerText) => self.recall(chats, false),
            Some(Action::Editor) => self.effects.push(Effect::Editor(self.composer.text())),
            Some(Action::ClearText) => {
                self.composer.set("");
                self.written(chats);
            }
            Some(Action::EditLast | Action::ReplyLast) | None => self.type_key(chats, key),
            Some(action) => drop(self.anywhere(chats, action)),
        }
    }

    fn type_key(&mut self, chats: &State, key: Key) {
        let lines = self.composer.lines();
        let before = (lines.len(), lines.iter().map(String::len).sum::<usize>());
        if before.1 >= MOST && key.text().is_some() {
            return;
        }
        let event = KeyEvent::new(key.code, key.modifiers);
        if let (KeyCode::Tab | KeyCode::Enter, _) | (KeyCode::Char('m'), KeyModifiers::CONTROL) =
            (key.code, key.modifiers)
        {
            return;
        }
        if self.areas().field.width == 0 {
            // On a narrow screen the members stand in the place of the field.
            self.details = Some(false);
        }
        self.composer.edit(event);
        let lines = self.composer.lines();
        if before != (lines.len(), lines.iter().map(String::len).sum::<usize>()) || key.text().is_some() {
            self.written(chats);
        } else {
            self.composer.completion = None;
        }
    }

    fn newline(&mut self, chats: &State) {
        self.composer.area.insert_newline();
        self.written(chats);
    }

    /// Writes a text where the cursor is.
    pub(super) fn write(&mut self, chats: &State, text: &str) {
        let clean: String = text.replace("\r\n", "\n").replace('\r', "\n");
        let clean: String = clean.chars().filter(|c| matches!(c, '\n' | '\t') || !c.is_control()).take(MOST).collect();
        self.composer.area.insert_str(clean.replace('\t', "    "));
        self.written(chats);
    }

    /// The text has changed.
    fn written(&mut self, chats: &State) {
        self.composer.sent_at = None;
        self.offer(chats);
        if !matches!(self.composer.writing, Writing::Edit(_)) {
            self.composer.draft_due = Some(self.now.plus_secs(DRAFT_SECS));
        }
        self.tell_typing();
    }

    /// Tells that one writes, now and then.
    fn tell_typing(&mut self) {
        let empty = self.composer.is_empty() || self.composer.lines()[0].starts_with('/');
        let due = self.composer.typing_told.is_none_or(|told| self.now >= told.plus_secs(TYPING_SECS));
        if let (Some(chat_id), true, true, false) = (self.chat.clone(), self.online(), due, empty) {
            self.composer.typing_told = Some(self.now);
            self.ask(Ask::Quiet, Command::Typing(Typing { chat_id, active: true }));
        }
    }

    fn tell_not_typing(&mut self) {
        if let (Some(_), Some(chat_id), true) = (self.composer.typing_told.take(), self.chat.clone(), self.online()) {
            self.ask(Ask::Quiet, Command::Typing(Typing { chat_id, active: false }));
        }
    }

    /// Esc: one thing after the other.
    fn leave_writing(&mut self, chats: &State) {
        if self.areas().field.width == 0 {
            self.details = Some(false);
        } else if let Writing::Edit(_) = self.composer.writing {
            let before = self.composer.before_edit.take().unwrap_or_default();
            self.composer.writing = Writing::New;
            self.restore(chats, &before);
        } else if self.composer.writing != Writing::New {
            self.composer.writing = Writing::New;
            self.composer.draft_due = Some(self.now.plus_secs(DRAFT_SECS));
        } else {
            self.focus_on(chats, Focus::Timeline);
        }
    }

    fn restore(&mut self, chats: &State, kept: &Kept) {
        self.composer.set(&kept.text);
        let replied = kept.reply_to.as_ref().and_then(|id| {
            self.current(chats).and_then(|chat| chat.messages.values().find(|message| message.id == *id))
        });
        self.composer.writing = match (replied, &kept.reply_to) {
            (Some(message), _) => reply(message),
            (None, Some(id)) => Writing::Reply(id.clone(), String::new(), String::new()),
            (None, None) => Writing::New,
        };
    }

    /// Begins an answer to a message.
    pub(super) fn begin_reply(&mut self, chats: &State, message: &Message) {
        if matches!(self.composer.writing, Writing::Edit(_)) {
            self.leave_writing(chats);
        }
        self.composer.writing = reply(message);
        self.focus_on(chats, Focus::Composer);
    }

    /// Begins to change a message.
    pub(super) fn begin_edit(&mut self, chats: &State, message: &Message) {
        if !matches!(self.composer.writing, Writing::Edit(_)) {
            let kept = Kept { text: self.composer.text(), reply_to: self.composer.reply_to() };
            self.composer.before_edit = Some(kept);
        }
        self.composer.set(&message.content);
        self.composer.writing = Writing::Edit(message.id.clone());
        self.composer.draft_due = None;
        self.focus_on(chats, Focus::Composer);
    }

    /// Begins to change my last message.
    pub(super) fn edit_last(&mut self, chats: &State) {
        let Some(chat) = self.current(chats) else { return };
        let me = self.me.or(chats.me);
        let mine = |message: &&Message| Some(message.sender_id) == me && !message.deleted;
        match chat.messages.values().rev().find(mine).cloned() {
            Some(message) => self.begin_edit(chats, &message),
            None => self.tell(self.language.text(Text::NothingOfYours)),
        }
    }

    /// Enter: sends what is written, or carries out a command.
    fn submit(&mut self, chats: &State) {
        let text = self.composer.text();
        let text = text.trim_end();
        if let Writing::Edit(message_id) = self.composer.writing.clone() {
            return self.finish_edit(chats, message_id, text);
        }
        if text.trim().is_empty() {
            return;
        }
        if let Some(command) = text.strip_prefix('/') {
            if let Some(text) = command.strip_prefix('/') {
                self.send(chats, format!("/{text}"), MessageType::Text);
            } else {
                self.command(chats, command);
            }
            return;
        }
        self.send(chats, text.to_owned(), MessageType::Text);
    }

    fn finish_edit(&mut self, chats: &State, message_id: MessageId, content: &str) {
        let Some(chat) = self.current(chats) else { return };
        let chat_id = chat.info.id.clone();
        if content.trim().is_empty() {
            // An emptied message is one to delete.
            let question = self.language.text(Text::AskDeleteEmptied).to_owned();
            self.overlay = Some(Overlay::Confirm(Confirm::Delete(question, chat_id, message_id)));
            return;
        }
        if !self.fits(content) {
            return;
        }
        let same = chat.messages.values().any(|message| message.id == message_id && message.content == content);
        if !same {
            let edit = EditMessage {
                chat_id: chat_id.clone(),
                message_id: message_id.clone(),
                content: content.to_owned(),
                mentions: vec![],
            };
            let client_id = self.send_later(&chat_id, Command::EditMessage(edit));
            let changing = Changing { client_id, message_id, content: Some(content.to_owned()) };
            self.changing.entry(chat_id).or_default().push(changing);
        }
        self.tell_not_typing();
        let before = self.composer.before_edit.take().unwrap_or_default();
        self.composer.writing = Writing::New;
        self.restore(chats, &before);
    }

    /// Whether a message is not too long; else that is told.
    fn fits(&mut self, content: &str) -> bool {
        let count = content.chars().count();
        if count > limits::MESSAGE_CHARS {
            let (count, most) = (count.to_string(), limits::MESSAGE_CHARS.to_string());
            self.warn(self.language.fill(Text::TooLong, &[&count, &most]));
        }
        count <= limits::MESSAGE_CHARS
    }

    /// Sends a message to the chat in view and empties the field.
    pub(super) fn send(&mut self, chats: &State, content: String, message_type: MessageType) {
        let Some(chat) = self.current(chats) else {
            return self.warn(self.language.text(Text::NoChats));
        };
        if !self.fits(&content) {
            return;
        }
        let chat_id = chat.info.id.clone();
        let reply_to = self.composer.reply_to();
        self.send_to(SendMessage { chat_id, content, message_type, reply_to, mentions: vec![] });
        self.sent(chats);
        if let Some(view) = self.view_mut() {
            view.anchor = Anchor::Newest;
            view.read_before = None;
        }
    }

    /// Puts a message into the outbox and shows it.
    pub(super) fn send_to(&mut self, message: SendMessage) {
        let chat_id = message.chat_id.clone();
        let client_id = self.send_later(&chat_id, Command::Message(message.clone()));
        let waiting = Waiting { client_id, message, created: self.now, refused: None, seq: None };
        self.waiting.entry(chat_id).or_default().push(waiting);
    }

    /// What was written has gone out.
    pub(super) fn sent(&mut self, chats: &State) {
        let text = self.composer.text();
        if self.composer.sent.last() != Some(&text) {
            self.composer.sent.push(text);
            let many = self.composer.sent.len().saturating_sub(SENT);
            self.composer.sent.drain(..many);
        }
        self.tell_not_typing();
        self.empty_field(chats);
    }

    /// Empties the field; a draft kept on the server goes too.
    pub(super) fn empty_field(&mut self, _chats: &State) {
        self.composer.set("");
        self.composer.sent_at = None;
        self.composer.writing = Writing::New;
        self.composer.draft_due = None;
        self.save_draft();
    }

    fn recall(&mut self, chats: &State, older: bool) {
        let count = self.composer.sent.len();
        let at = match (self.composer.sent_at, older) {
            (None, true) if count > 0 => Some(count - 1),
            (Some(at), true) => Some(at.saturating_sub(1)),
            (Some(at), false) if at + 1 < count => Some(at + 1),
            _ => None,
        };
        let text = at.and_then(|at| self.composer.sent.get(at)).cloned().unwrap_or_default();
        self.composer.set(&text);
        self.written(chats);
        self.composer.completion = None;
        self.composer.sent_at = at;
    }

    /// The editor gave this text back.
    pub(super) fn edited(&mut self, chats: &State, text: Result<String, String>) {
        match text {
            Ok(text) => {
                self.composer.set("");
                self.write(chats, text.trim_end_matches('\n'));
                self.composer.completion = None;
                self.focus = Focus::Composer;
            }
            Err(why) => self.warn(why),
        }
    }

    /// Keeps an unfinished message when its time has come.
    pub(super) fn keep_draft(&mut self) {
        if self.composer.draft_due.is_some_and(|due| due <= self.now) {
            self.composer.draft_due = None;
            self.save_draft();
        }
    }

    /// Keeps what is being written, for all devices, unless it is kept already.
    fn save_draft(&mut self) {
        let Some(chat_id) = self.chat.clone() else { return };
        let writes = !matches!(self.composer.writing, Writing::Edit(_));
        let text = if writes { self.composer.text() } else { return };
        let kept = Kept { reply_to: self.composer.reply_to().filter(|_| !text.trim().is_empty()), text };
        let is_command = kept.text.starts_with('/') && !kept.text.starts_with("//");
        if kept == self.composer.kept || is_command || kept.text.chars().count() > limits::MESSAGE_CHARS {
            return;
        }
        self.composer.kept = kept.clone();
        let draft = SetDraft { chat_id: chat_id.clone(), content: kept.text, reply_to: kept.reply_to };
        let client_id = self.send_later(&chat_id, Command::SetDraft(draft));
        self.other_waiting.insert(client_id);
    }

    /// The chat in view is left: what is being written stays with it.
    pub(super) fn leave_draft(&mut self) {
        if let Writing::Edit(_) = self.composer.writing {
            let before = self.composer.before_edit.take().unwrap_or_default();
            self.composer.set(&before.text);
            self.composer.writing = match before.reply_to {
                Some(id) => Writing::Reply(id, String::new(), String::new()),
                None => Writing::New,
            };
        }
        self.composer.draft_due = None;
        self.save_draft();
        if let Some(chat_id) = self.chat.clone() {
            let kept = Kept { text: self.composer.text(), reply_to: self.composer.reply_to() };
            if kept == Kept::default() {
                self.drafts.remove(&chat_id);
            } else {
                self.drafts.insert(chat_id, kept);
            }
        }
        self.tell_not_typing();
        self.composer.set("");
        self.composer.writing = Writing::New;
        self.composer.kept = Kept::default();
    }

    /// Takes up what was being written in a chat.
    pub(super) fn take_draft(&mut self, chat: &ChatState) {
        let of_server = chat.info.draft.as_ref();
        let of_server = of_server.map(|draft| Kept { text: draft.content.clone(), reply_to: draft.reply_to.clone() });
        self.composer.kept = of_server.clone().unwrap_or_default();
        let kept = self.drafts.remove(&chat.info.id).or(of_server).unwrap_or_default();
        self.composer.set(&kept.text);
        let replied = kept.reply_to.and_then(|id| chat.messages.values().find(|message| message.id == id));
        self.composer.writing = replied.map_or(Writing::New, reply);
    }

    /// Whether an unfinished message is kept for a chat.
    pub fn has_draft(&self, chat: &ChatState) -> bool {
        if Some(&chat.info.id) == self.chat.as_ref() {
            return false;
        }
        let own = self.drafts.get(&chat.info.id).is_some_and(|kept| !kept.text.trim().is_empty());
        own || chat.info.draft.as_ref().is_some_and(|draft| !draft.content.trim().is_empty())
    }

    /// Looks what the word before the cursor may become.
    fn offer(&mut self, chats: &State) {
        let word = self.composer.word();
        let first = self.composer.cursor().0 == 0 && self.composer.lines()[0].starts_with(&word);
        let mut rest = word.chars();
        let (offers, on_enter) = match rest.next() {
            Some('@') => (self.offer_people(chats, rest.as_str()), true),
            Some('#') => (self.offer_chats(chats, rest.as_str()), true),
            Some(':') if rest.as_str().chars().count() >= 2 => {
                let found = emoji::find(rest.as_str(), OFFERS);
                (found.iter().map(|(emoji, names)| ((*emoji).to_owned(), (*names).to_owned())).collect(), true)
            }
            Some('/') if first && !word.starts_with("//") && self.composer.cursor().1 == word.chars().count() => {
                let name = rest.as_str();
                (self.offer_commands(name), crate::keys::commands::find(name).is_none())
            }
            _ => (Vec::new(), false),
        };
        let done = offers.len() == 1 && offers[0].0.trim_end() == word;
        let typed = word.chars().count();
        self.composer.completion =
            (!offers.is_empty() && !done).then_some(Completion { typed, offers, at: 0, on_enter });
    }

    fn offer_people(&self, chats: &State, begun: &str) -> Vec<(String, String)> {
        let Some(chat) = self.current(chats) else { return Vec::new() };
        let begun = vestnik_proto::names::fold(begun);
        let members = chat.members.values().map(|member| (&member.username, &member.display_name));
        let senders = chat.messages.values().rev().map(|m| (&m.sender_username, &m.sender_username));
        let peer = chat.info.peer.iter().map(|peer| (&peer.username, &peer.display_name));
        let mut found: Vec<(String, String)> = Vec::new();
        for (username, display) in peer.chain(members).chain(senders) {
            let fits = [username, display].iter().any(|name| vestnik_proto::names::fold(name).starts_with(&begun));
            let insert = format!("@{username} ");
            if fits && *username != self.username && !found.iter().any(|(known, _)| *known == insert) {
                let detail = if display == username { String::new() } else { text::line(display) };
                found.push((insert, detail));
            }
            if found.len() == OFFERS {
                break;
            }
        }
        for all in ["room", "here"] {
            if chat.info.kind != ChatKind::Direct && all.starts_with(&begun) && !begun.is_empty() {
                found.push((format!("@{all} "), self.language.text(Text::Everybody).to_owned()));
            }
        }
        found.truncate(OFFERS);
        found
    }

    fn offer_chats(&self, chats: &State, begun: &str) -> Vec<(String, String)> {
        let begun = begun.to_lowercase();
        let rooms = self.listed(chats).into_iter().filter(|chat| chat.info.kind == ChatKind::Room);
        let fits = rooms
            .filter(|chat| chat.info.id.as_str().starts_with(&begun) || chat.title().to_lowercase().contains(&begun));
        fits.map(|chat| (format!("#{} ", chat.info.id), text::line(chat.title()))).take(OFFERS).collect()
    }

    fn offer_commands(&self, begun: &str) -> Vec<(String, String)> {
        let russian = self.language == crate::i18n::Language::Ru;
        let begins = |row: &&crate::keys::commands::CommandRow| {
            row.name.starts_with(begun) || !begun.is_empty() && row.aliases.iter().any(|alias| alias.starts_with(begun))
        };
        let rows = COMMANDS.iter().filter(begins);
        rows.map(|row| {
            let (args, what) = if russian { (row.args.1, row.what.1) } else { (row.args.0, row.what.0) };
            (format!("/{} ", row.name), format!("{args}{}{what}", if args.is_empty() { "" } else { "  " }))
        })
        .take(OFFERS)
        .collect()
    }

    fn take_completion(&mut self, chats: &State) {
        let Some(completion) = self.composer.completion.take() else { return };
        let Some((offer, _)) = completion.offers.get(completion.at) else { return };
        for _ in 0..completion.typed {
            self.composer.area.delete_char();
        }
        self.composer.area.insert_str(offer);
        self.written(chats);
        self.composer.completion = None;
    }
}

fn reply(message: &Message) -> Writing {
    let begins = crate::feed::one_line(&message.content);
    Writing::Reply(message.id.clone(), text::line(&message.sender_username), begins)
}
