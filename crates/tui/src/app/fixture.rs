//! A world for tests: chats, messages and people, and a person at the keys.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use serde_json::{Value, json};
use vestnik_client::net::{ClientError, SessionEvent, Status};
use vestnik_client::reducer::State;
use vestnik_proto::frame::ReceivedFrame;
use vestnik_proto::{Answer, ChatId, Command, ServerFrame, Timestamp, UserId};

use super::{AccountRef, App, Ask, Effect, Input, Opened, Refusal, Setting};
use crate::i18n::Language;
use crate::keys::{Key, Keymap, Preset};
use crate::options::Options;
use crate::ui::{Link, Theme};

/// The moment at which the stories happen: a Wednesday at noon.
pub const NOW: &str = "2026-11-25T12:00:00.000Z";

/// A person at the keys.
pub struct Desk {
    /// The state.
    pub app: App,
    /// What the server told.
    pub chats: State,
    /// The moment.
    pub now: Timestamp,
    /// What came out, in order.
    pub effects: Vec<Effect>,
    revs: BTreeMap<String, i64>,
}

fn user(id: i64, name: &str) -> Value {
    json!({"id": id, "username": name, "display_name": name, "created_at": "2026-01-01T00:00:00.000Z"})
}

/// A message as the server writes it. `at` is the time of the day, after a day's number when it is not today.
pub fn message(seq: i64, sender: i64, at: &str, content: &str) -> Value {
    let name = ["", "anna", "boris", "вера", "mallory"][usize::try_from(sender).unwrap()];
    let (day, time) = at.split_once(' ').unwrap_or(("25", at));
    json!({"id": format!("m{seq}"), "seq": seq, "sender_id": sender, "sender_username": name, "content": content,
        "message_type": "text", "timestamp": format!("2026-11-{day}T{time}:00.000Z")})
}

fn with(mut value: Value, more: Value) -> Value {
    value.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    value
}

fn chat(id: &str, kind: &str, name: &str, last: i64, read: i64, more: Value) -> Value {
    let permissions = json!(["read", "list_members", "write", "edit_own", "delete_own", "react", "pin", "invite"]);
    with(
        json!({"id": id, "type": kind, "name": name, "created_at": "2026-11-01T00:00:00.000Z", "rev": 0,
            "last_seq": last, "member_count": 3, "role": "member", "read_seq": read, "permissions": permissions}),
        more,
    )
}

impl Desk {
    /// A desk in English with a world of three chats, online, of this size.
    pub fn new(width: u16, height: u16) -> Self {
        Self::with(width, height, Language::En, Preset::Default, false)
    }

    /// A desk with other settings.
    pub fn with(width: u16, height: u16, language: Language, preset: Preset, ascii: bool) -> Self {
        let mut desk = Self::bare(width, height, language, preset, ascii);
        desk.fill();
        desk.input(Input::Opened(Opened {
            server: "wss://chat.example.org:443/ws".into(),
            username: "anna".into(),
            me: Some(UserId(1)),
            outbox: vec![],
            chat: Some(ChatId::from("general")),
        }));
        desk.online();
        desk.effects.clear();
        desk
    }

    /// A desk at which nobody is signed in yet.
    pub fn bare(width: u16, height: u16, language: Language, preset: Preset, ascii: bool) -> Self {
        let options = Options { preset, ..Options::default() };
        let keys = Keymap::new(preset, &BTreeMap::new()).unwrap();
        let app =
            App::new(Setting { size: (width, height), zone: TimeZone::UTC, language, options, keys, ascii, seed: 7 });
        let now = NOW.parse().unwrap();
        Self { app, chats: State::new(Some(UserId(1))), now, effects: vec![], revs: BTreeMap::new() }
    }

    fn fill(&mut self) {
        let direct = json!({"name": "", "member_count": 2, "peer": with(user(2, "boris"), json!({"status_text": "on the train"}))});
        let chats = json!([
            chat("general", "room", "General", 7, 7, json!({"description": "About everything and nothing"})),
            chat("d1", "direct", "", 3, 1, direct),
            chat(
                "trip",
                "group",
                "Поездка",
                2,
                2,
                json!({"settings": {"muted_until": "9999-01-01T00:00:00.000Z", "favourite": true}})
            ),
        ]);
        self.frame(&json!({"type": "chats", "account_rev": 5, "chats": chats}));
        let code = "look:\n```rust\nfn main() {\n    println!(\"hi\"); // greet\n}\n```\nand ||a secret||";
        self.history(
            "general",
            &[
                message(1, 2, "23 09:00", "good morning"),
                message(2, 3, "24 18:30", "привет, **всем**! см. https://example.org/docs"),
                with(message(3, 1, "09:15", code), json!({"edited": true})),
                with(
                    message(4, 2, "09:16", "@anna nice 👋🏽 👨‍👩‍👧‍👦 🇷🇺"),
                    json!({"reply_to": "m3", "mentions": [1], "reactions": {"👍": [1, 3], "🎉": [3]}}),
                ),
                with(message(5, 3, "10:00", ""), json!({"deleted": true})),
                with(message(6, 2, "10:02", "waves"), json!({"message_type": "emote"})),
                message(7, 1, "10:05", "see you at noon"),
            ],
        );
        self.history(
            "d1",
            &[message(1, 1, "08:00", "hi"), message(2, 2, "11:00", "are you there?"), message(3, 2, "11:01", "hello?")],
        );
        self.history("trip", &[message(1, 3, "20 10:00", "едем?"), message(2, 2, "20 10:05", "едем!")]);
        let member = |id: i64, name: &str, role: &str, read: i64| {
            json!({"user_id": id, "username": name, "display_name": name,
            "role": role, "joined_at": "2026-11-01T00:00:00.000Z", "read_seq": read})
        };
        let members =
            json!([member(1, "anna", "owner", 7), member(2, "boris", "member", 6), member(3, "вера", "admin", 3)]);
        let members: Vec<vestnik_proto::Member> = serde_json::from_value(members).unwrap();
        self.chats.load_members(&"general".into(), &members);
    }

    /// What a page of history tells.
    pub fn history(&mut self, chat: &str, messages: &[Value]) {
        let page = json!({"type": "history", "chat_id": chat, "messages": messages, "has_more": false});
        self.frame(&page);
    }

    /// The server tells something.
    pub fn frame(&mut self, value: &Value) {
        let frame = ReceivedFrame::decode(&value.to_string()).unwrap().unwrap().frame;
        self.chats.apply(&frame);
        self.input(Input::Session(SessionEvent::Frame(Box::new(frame))));
    }

    /// An event of a chat, with its next number.
    pub fn event(&mut self, chat: &str, event: Value) {
        let rev = self.revs.entry(chat.to_owned()).or_default();
        *rev += 1;
        let event = with(event, json!({"chat_id": chat, "rev": *rev}));
        self.frame(&event);
    }

    /// Somebody says something.
    pub fn hear(&mut self, chat: &str, message: Value) {
        self.event(chat, json!({"type": "new_message", "message": message}));
    }

    /// The connection is there.
    pub fn online(&mut self) {
        let status = Status::Online { user_id: Some(UserId(1)), username: "anna".into() };
        self.input(Input::Session(SessionEvent::Status(status)));
        let here = json!([{"user_id": 2, "status": "online"}, {"user_id": 3, "status": "away"}]);
        let chat = self.app.chat.clone();
        self.frame(&json!({"type": "presence_state", "chat_id": chat, "users": here, "guests": 0}));
    }

    /// The connection is lost.
    pub fn offline(&mut self) {
        let error = std::sync::Arc::new(ClientError::Closed(Default::default()));
        let status = Status::Offline { error, retry_in: std::time::Duration::from_secs(2) };
        self.input(Input::Session(SessionEvent::Status(status)));
    }

    /// Something happens.
    pub fn input(&mut self, input: Input) {
        let effects = self.app.update(&self.chats, self.now, input);
        self.effects.extend(effects);
    }

    /// Presses keys. Words of `text` in quotes are typed.
    pub fn keys(&mut self, keys: &str) -> &mut Self {
        let mut rest = keys;
        while !rest.is_empty() {
            if let Some(quoted) = rest.strip_prefix('"') {
                let (text, after) = quoted.split_once('"').unwrap();
                for c in text.chars() {
                    let code = crossterm::event::KeyCode::Char(c);
                    self.input(Input::Key(Key::new(code, crossterm::event::KeyModifiers::NONE)));
                }
                rest = after.trim_start();
            } else {
                let (key, after) = rest.split_once(' ').unwrap_or((rest, ""));
                self.input(Input::Key(key.parse().unwrap_or_else(|_| panic!("{key:?} is no key"))));
                rest = after;
            }
        }
        self
    }

    /// Time passes.
    pub fn wait(&mut self, secs: i64) -> &mut Self {
        self.now = self.now.plus_secs(secs);
        self.input(Input::Tick);
        self
    }

    /// The commands that came out for the outbox since the last look.
    pub fn sent(&mut self) -> Vec<Command> {
        let effects = std::mem::take(&mut self.effects);
        effects
            .into_iter()
            .filter_map(|effect| if let Effect::Send(_, _, command) = effect { Some(command) } else { None })
            .collect()
    }

    /// The questions that came out since the last look.
    pub fn asked(&mut self) -> Vec<(Ask, Command)> {
        let effects = std::mem::take(&mut self.effects);
        effects
            .into_iter()
            .filter_map(|effect| if let Effect::Ask(ask, _, command) = effect { Some((ask, *command)) } else { None })
            .collect()
    }

    /// An answer comes.
    pub fn answer(&mut self, ask: Ask, answer: Value) {
        let answer: Answer = serde_json::from_value(answer).unwrap();
        self.chats.apply(&ServerFrame::Answer(answer.clone()));
        self.input(Input::Answered(ask, Ok(Box::new(answer))));
    }

    /// A question is refused.
    pub fn refuse(&mut self, ask: Ask, code: vestnik_proto::ErrorCode) {
        self.input(Input::Answered(ask, Err(Refusal { text: format!("refused: {code}"), code: Some(code) })));
    }

    /// An account that is kept here.
    pub fn account(name: &str) -> AccountRef {
        AccountRef { server: "tcp://127.0.0.1:8888".into(), username: name.into(), directory: name.into() }
    }

    /// The screen as a terminal would show it, with the links on it.
    pub fn draw(&self) -> (Terminal<TestBackend>, Vec<Link>) {
        let (width, height) = self.app.size;
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        let mut links = vec![];
        terminal.draw(|frame| links = crate::ui::view(&self.app, &self.chats, Theme { colour: true }, frame)).unwrap();
        (terminal, links)
    }

    /// The screen as text.
    pub fn screen(&self) -> String {
        self.draw().0.backend().to_string()
    }

    /// Holds that a text is seen.
    #[track_caller]
    pub fn sees(&mut self, text: &str) -> &mut Self {
        let screen = self.screen();
        assert!(screen.contains(text), "{text:?} is not seen:\n{screen}");
        self
    }

    /// Holds that a text is not seen.
    #[track_caller]
    pub fn sees_no(&mut self, text: &str) -> &mut Self {
        let screen = self.screen();
        assert!(!screen.contains(text), "{text:?} is seen:\n{screen}");
        self
    }

    /// The row of the screen that has this text.
    #[track_caller]
    pub fn row(&self, text: &str) -> String {
        let screen = self.screen();
        let row = screen.lines().find(|row| row.contains(text));
        row.unwrap_or_else(|| panic!("{text:?} is not seen:\n{screen}")).to_owned()
    }
}
