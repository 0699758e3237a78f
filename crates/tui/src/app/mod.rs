//! The state of the full screen and how it changes: [`App::update`] takes one [`Input`] and gives
//! [`Effect`]s. It does no I/O and knows no clock: the moment comes with each input. What the
//! server told is not copied here; it is lent by the session for each update.

mod areas;
mod chats;
mod commands;
mod composer;
pub mod dates;
pub mod effect;
pub mod emoji;
mod field;
#[cfg(test)]
pub mod fixture;
mod picker;
mod session;
mod sign_in;
mod status;
#[cfg(test)]
mod stories;
mod timeline;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::tz::TimeZone;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng};
use vestnik_client::reducer::{ChatState, State};
use vestnik_proto::{ChatId, ClientId, Command, PresenceStatus, ScheduledMessage, Timestamp, UserId};

use crate::feed::{Anchor, Changing, Feed, Spot, Waiting};
use crate::i18n::Language;
use crate::keys::{Action, Found, Key, Keymap, Place, Preset};
use crate::options::Options;

pub use chats::FOR_EVER;
pub use composer::{Composer, Writing};
pub use effect::{AccountRef, Ask, Effect, Input, Jump, Mouse, Opened, Refusal, SignInForm};
pub use field::Field;
pub use picker::{Confirm, Item, Pick, Picker, PickerKind, Prompt, PromptKind};
pub use sign_in::{FormField, SignIn, full_address};
pub use status::{Connection, Note, NoteKind};
pub use timeline::web_of;

/// Which pane the keys go to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Focus {
    /// The field in which a message is written.
    Composer,
    /// The messages.
    Timeline,
    /// The list of chats.
    Chats,
}

/// What lies over the screen.
#[derive(Debug)]
pub enum Overlay {
    /// All keys and commands, from this row.
    Help(usize),
    /// A list to choose from.
    Picker(Picker),
    /// A question to be answered by yes or no.
    Confirm(Confirm),
    /// A question to be answered by a text.
    Prompt(Prompt),
}

/// How one chat is looked at.
#[derive(Clone, Debug, Default)]
pub struct View {
    /// What stands at the edge.
    pub anchor: Anchor,
    /// The selected message.
    pub selected: Option<Spot>,
    /// Up to here everything was read when it was opened.
    pub read_before: Option<i64>,
}

/// The state of the full screen.
pub struct App {
    /// Columns and rows.
    pub size: (u16, u16),
    /// The moment of the last input.
    pub now: Timestamp,
    /// Where days begin.
    pub zone: TimeZone,
    /// The language.
    pub language: Language,
    /// The settings.
    pub options: Options,
    /// The bindings in force.
    pub keys: Keymap,
    /// Whether only ASCII is drawn.
    pub ascii: bool,
    /// The form for signing in, while it is shown.
    pub sign_in: Option<SignIn>,
    /// What lies over the screen.
    pub overlay: Option<Overlay>,
    /// Which pane the keys go to.
    pub focus: Focus,
    /// Whether the members are shown; `None` as the settings say.
    pub details: Option<bool>,
    /// How the connection stands.
    pub connection: Connection,
    /// Who is signed in.
    pub me: Option<UserId>,
    /// Their username.
    pub username: String,
    /// The server's address.
    pub server: String,
    /// The accounts kept here.
    pub accounts: Vec<AccountRef>,
    /// The chat in view.
    pub chat: Option<ChatId>,
    /// The one before.
    pub last_chat: Option<ChatId>,
    /// The chat the keys are at, in the list.
    pub cursor: Option<ChatId>,
    /// How each chat is looked at.
    pub views: HashMap<ChatId, View>,
    /// The message being written.
    pub composer: Composer,
    /// Unfinished messages of other chats.
    pub drafts: BTreeMap<ChatId, composer::Kept>,
    /// What waits to be sent, by chat.
    pub waiting: BTreeMap<ChatId, Vec<Waiting>>,
    /// What waits to be changed, by chat.
    pub changing: BTreeMap<ChatId, Vec<Changing>>,
    /// Other entries of the outbox.
    pub other_waiting: BTreeSet<ClientId>,
    /// Who writes where, and until when that is believed.
    pub typing: BTreeMap<ChatId, BTreeMap<UserId, (String, Timestamp)>>,
    /// Who is there.
    pub presence: HashMap<UserId, PresenceStatus>,
    /// My own presence.
    pub my_presence: PresenceStatus,
    /// What is told at the lower edge.
    pub note: Option<Note>,
    /// Whether the terminal is looked at.
    pub focused: bool,
    /// Words searched for in the chat in view.
    pub sought: String,
    /// What is scheduled, as it was listed last.
    pub scheduled: Vec<ScheduledMessage>,
    /// Whether a session was opened.
    pub opened: bool,
    pressed: Vec<Key>,
    quit_until: Option<Timestamp>,
    marked: BTreeMap<ChatId, i64>,
    asked: BTreeSet<(ChatId, i64)>,
    members_of: BTreeSet<ChatId>,
    title: String,
    rng: StdRng,
    effects: Vec<Effect>,
}

/// What is there from the start.
pub struct Setting {
    /// Columns and rows.
    pub size: (u16, u16),
    /// Where days begin.
    pub zone: TimeZone,
    /// The language.
    pub language: Language,
    /// The settings.
    pub options: Options,
    /// The bindings in force.
    pub keys: Keymap,
    /// Whether only ASCII is drawn.
    pub ascii: bool,
    /// From where chance comes.
    pub seed: u64,
}

impl App {
    /// The state before anything has happened.
    pub fn new(setting: Setting) -> Self {
        let Setting { size, zone, language, options, keys, ascii, seed } = setting;
        let focus = if options.preset == Preset::Vi { Focus::Timeline } else { Focus::Composer };
        Self {
            size,
            now: Timestamp::default(),
            zone,
            language,
            options,
            keys,
            ascii,
            sign_in: None,
            overlay: None,
            focus,
            details: None,
            connection: Connection::Connecting,
            me: None,
            username: String::new(),
            server: String::new(),
            accounts: Vec::new(),
            chat: None,
            last_chat: None,
            cursor: None,
            views: HashMap::new(),
            composer: Composer::default(),
            drafts: BTreeMap::new(),
            waiting: BTreeMap::new(),
            changing: BTreeMap::new(),
            other_waiting: BTreeSet::new(),
            typing: BTreeMap::new(),
            presence: HashMap::new(),
            my_presence: PresenceStatus::Online,
            note: None,
            focused: true,
            sought: String::new(),
            scheduled: Vec::new(),
            opened: false,
            pressed: Vec::new(),
            quit_until: None,
            marked: BTreeMap::new(),
            asked: BTreeSet::new(),
            members_of: BTreeSet::new(),
            title: String::new(),
            rng: StdRng::seed_from_u64(seed),
            effects: Vec::new(),
        }
    }

    /// Takes an input; gives what the program is to do.
    pub fn update(&mut self, chats: &State, now: Timestamp, input: Input) -> Vec<Effect> {
        self.now = now;
        match input {
            Input::Key(key) => self.key(chats, key),
            Input::Paste(text) => self.paste(chats, &text),
            Input::Mouse(mouse, x, y) => self.mouse(chats, mouse, x, y),
            Input::Resize(width, height) => self.size = (width, height),
            Input::Focus(focused) => self.look(chats, focused),
            Input::Tick => {}
            Input::Session(event) => self.session_event(chats, event),
            Input::Answered(ask, answer) => self.answered(chats, ask, answer),
            Input::NotKept(client_id, why) => self.not_kept(client_id, why),
            Input::Opened(opened) => self.opened(chats, opened),
            Input::NotSignedIn { why, code } => self.not_signed_in(why, code),
            Input::Accounts(accounts) => self.accounts_known(accounts),
            Input::Edited(text) => self.edited(chats, text),
            Input::Trouble(what) => self.warn(what),
        }
        self.expire();
        if self.sign_in.is_none() && self.opened {
            self.keep_in_step(chats);
        }
        std::mem::take(&mut self.effects)
    }

    /// What follows from how things stand after an input.
    fn keep_in_step(&mut self, chats: &State) {
        self.choose_chat(chats);
        self.keep_view(chats);
        self.fetch(chats);
        self.mark_read(chats);
        self.keep_draft();
        self.keep_title(chats);
    }

    /// The chat in view.
    pub fn current<'a>(&self, chats: &'a State) -> Option<&'a ChatState> {
        chats.chats.get(self.chat.as_ref()?)
    }

    /// How the chat in view is looked at.
    pub fn view(&self) -> View {
        self.chat.as_ref().and_then(|chat| self.views.get(chat)).cloned().unwrap_or_default()
    }

    fn view_mut(&mut self) -> Option<&mut View> {
        Some(self.views.entry(self.chat.clone()?).or_default())
    }

    /// The chat in view as rows.
    pub fn feed<'a>(&'a self, chats: &'a State, width: usize) -> Option<Feed<'a>> {
        let chat = self.current(chats)?;
        let view = self.views.get(&chat.info.id);
        Some(Feed {
            chat,
            me: self.me.or(chats.me),
            my_name: &self.username,
            waiting: self.waiting.get(&chat.info.id).map_or(&[], Vec::as_slice),
            changing: self.changing.get(&chat.info.id).map_or(&[], Vec::as_slice),
            read_before: view.and_then(|view| view.read_before),
            selected: view.and_then(|view| view.selected),
            width,
            zone: &self.zone,
            now: self.now,
            language: self.language,
            ascii: self.ascii,
        })
    }

    /// Whether what is asked now gets an answer.
    pub fn online(&self) -> bool {
        self.connection == Connection::Online
    }

    /// Where the keys are.
    pub fn place(&self) -> Place {
        match (&self.overlay, &self.sign_in, self.focus) {
            (Some(_), ..) => Place::List,
            (None, Some(_), _) => Place::Form,
            (None, None, Focus::Composer) => Place::Writing,
            (None, None, Focus::Timeline) => Place::Reading,
            (None, None, Focus::Chats) => Place::Chats,
        }
    }

    /// The presses so far of a binding that has several.
    pub fn pressed(&self) -> String {
        let keys: Vec<String> = self.pressed.iter().map(Key::to_string).collect();
        keys.join(" ")
    }

    fn key(&mut self, chats: &State, key: Key) {
        // What was told has been seen by one who goes on.
        let now = self.now;
        self.note.take_if(|note| note.was_seen(now));
        self.pressed.push(key);
        let found = self.keys.find(self.place(), &self.pressed);
        if found == Found::More {
            return;
        }
        let several = self.pressed.len() > 1;
        self.pressed.clear();
        let action = match found {
            Found::Action(action) => Some(action),
            _ => None,
        };
        if action != Some(Action::Quit) {
            self.quit_until = None;
        }
        if action.is_none() && several {
            return;
        }
        if self.overlay.is_some() {
            self.overlay_key(chats, key, action);
        } else if self.sign_in.is_some() {
            self.sign_in_key(chats, key, action);
        } else {
            match (self.focus, action) {
                (Focus::Composer, _) => self.composer_key(chats, key, action),
                (Focus::Timeline, Some(action)) => self.timeline_action(chats, action),
                (Focus::Chats, Some(action)) => self.chats_action(chats, action),
                (_, None) => {}
            }
        }
    }

    /// What works wherever the keys are; `false` when it is something else.
    fn anywhere(&mut self, chats: &State, action: Action) -> bool {
        match action {
            Action::Quit => self.quit(),
            Action::Redraw => self.effects.push(Effect::Redraw),
            Action::Suspend => self.effects.push(Effect::Suspend),
            Action::Help | Action::ShortHelp | Action::ChatHelp => self.overlay = Some(Overlay::Help(0)),
            _ if self.sign_in.is_some() => return false,
            Action::Switcher => self.open_switcher(chats, ""),
            Action::NextUnread => self.next_unread(chats),
            Action::PreviousChat => self.step_chat(chats, -1),
            Action::NextChat => self.step_chat(chats, 1),
            Action::LastChat => {
                if let Some(chat) = self.last_chat.clone() {
                    self.open_chat(chats, &chat);
                }
            }
            Action::PageUp => self.scroll(chats, -1, true),
            Action::PageDown => self.scroll(chats, 1, true),
            Action::Details => self.details = Some(!self.areas().details_wanted),
            Action::Accounts => self.open_accounts(),
            Action::Chat1 => self.nth_chat(chats, 0),
            Action::Chat2 => self.nth_chat(chats, 1),
            Action::Chat3 => self.nth_chat(chats, 2),
            Action::Chat4 => self.nth_chat(chats, 3),
            Action::Chat5 => self.nth_chat(chats, 4),
            Action::Chat6 => self.nth_chat(chats, 5),
            Action::Chat7 => self.nth_chat(chats, 6),
            Action::Chat8 => self.nth_chat(chats, 7),
            Action::Chat9 => self.nth_chat(chats, 8),
            _ => return false,
        }
        true
    }

    fn paste(&mut self, chats: &State, text: &str) {
        match (&mut self.overlay, &mut self.sign_in) {
            (Some(Overlay::Picker(picker)), _) => picker.insert(text),
            (Some(Overlay::Prompt(prompt)), _) => prompt.field.insert(text),
            (Some(_), _) => {}
            (None, Some(form)) => form.insert(text),
            (None, None) => {
                self.focus = Focus::Composer;
                self.write(chats, text);
            }
        }
    }

    fn next_pane(&mut self, chats: &State, back: bool) {
        let order = [Focus::Composer, Focus::Timeline, Focus::Chats];
        let at = order.iter().position(|focus| *focus == self.focus).unwrap_or(0);
        let next = order[(at + if back { 2 } else { 1 }) % 3];
        self.focus_on(chats, next);
    }

    /// Gives the keys to a pane.
    fn focus_on(&mut self, chats: &State, focus: Focus) {
        self.focus = focus;
        match focus {
            Focus::Chats => self.cursor = self.chat.clone(),
            Focus::Timeline => self.select_something(chats),
            Focus::Composer => {
                if let Some(view) = self.view_mut() {
                    view.selected = None;
                }
            }
        }
    }

    /// A new key for a command that is to be carried out once.
    fn client_id(&mut self) -> ClientId {
        let mut bytes = [0; 16];
        self.rng.fill_bytes(&mut bytes);
        uuid::Builder::from_random_bytes(bytes).into_uuid()
    }

    fn ask(&mut self, ask: Ask, command: Command) {
        self.effects.push(Effect::Ask(ask, None, Box::new(command)));
    }

    /// Asks for a change, once even if the answer is lost. Says so when there is no connection.
    fn change(&mut self, ask: Ask, command: Command) {
        if self.online() {
            let key = self.client_id();
            self.effects.push(Effect::Ask(ask, Some(key), Box::new(command)));
        } else {
            self.warn(self.language.text(crate::i18n::Text::NeedsConnection).to_owned());
        }
    }

    /// Puts a command into the outbox.
    fn send_later(&mut self, chat_id: &ChatId, command: Command) -> ClientId {
        let client_id = self.client_id();
        self.effects.push(Effect::Send(client_id, chat_id.clone(), command));
        client_id
    }
}
