//! What goes into the state and what comes out of it.

use std::path::PathBuf;

use jiff::civil::Date;
use vestnik_client::net::{Entry, SessionEvent};
use vestnik_proto::{Answer, ChatId, ClientId, Command, ErrorCode, MessageId, Role, UserId};

use crate::keys::Key;

/// An account whose session is kept on this computer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountRef {
    /// The server's address.
    pub server: String,
    /// The username.
    pub username: String,
    /// Where its files are.
    pub directory: PathBuf,
}

/// What a person typed to sign in.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct SignInForm {
    /// The server's address.
    pub server: String,
    /// The username.
    pub username: String,
    /// The password.
    pub password: String,
    /// The second factor.
    pub code: Option<String>,
    /// An invite's code.
    pub invite: Option<String>,
    /// Whether to make the account.
    pub register: bool,
}

impl std::fmt::Debug for SignInForm {
    /// Without the secrets, so that no log has them.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { server, username, register, .. } = self;
        f.debug_struct("SignInForm")
            .field("server", server)
            .field("username", username)
            .field("register", register)
            .finish_non_exhaustive()
    }
}

/// What the mouse did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mouse {
    /// Pressed.
    Click,
    /// Turned up.
    WheelUp,
    /// Turned down.
    WheelDown,
}

/// Everything that may happen to the state.
#[derive(Debug)]
pub enum Input {
    /// A key was pressed.
    Key(Key),
    /// A text was pasted.
    Paste(String),
    /// The mouse did something in this column and row.
    Mouse(Mouse, u16, u16),
    /// The screen has this size now.
    Resize(u16, u16),
    /// The terminal is looked at, or not any more.
    Focus(bool),
    /// A moment came that the state waited for.
    Tick,
    /// The session tells something.
    Session(SessionEvent),
    /// An answer to a question, or why there is none.
    Answered(Ask, Result<Box<Answer>, Refusal>),
    /// A command could not be put into the outbox.
    NotKept(ClientId, String),
    /// A session was opened from what is kept here.
    Opened(Opened),
    /// Signing in failed.
    NotSignedIn {
        /// Why, and what to do.
        why: String,
        /// Whether a second factor is needed.
        code: bool,
    },
    /// The accounts kept here.
    Accounts(Vec<AccountRef>),
    /// The editor was closed.
    Edited(Result<String, String>),
    /// Something around the program went wrong.
    Trouble(String),
}

/// A session that was opened.
#[derive(Debug, Default)]
pub struct Opened {
    /// The server's address.
    pub server: String,
    /// The username.
    pub username: String,
    /// The user's number, if it is known yet.
    pub me: Option<UserId>,
    /// What waits in the outbox.
    pub outbox: Vec<Entry>,
    /// The chat to open.
    pub chat: Option<ChatId>,
}

/// Why a question has no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// For a person.
    pub text: String,
    /// The server's code.
    pub code: Option<ErrorCode>,
}

/// What to do to a person once their number is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PersonAct {
    /// Take them out of the chat.
    Kick,
    /// Give them a role.
    Role(Role),
}

/// What was asked, so that the answer is understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// Nothing is to be said about it.
    Quiet,
    /// Done, in these words.
    Tell(String),
    /// Older messages, or those around one.
    History(ChatId, Jump),
    /// A chat to be opened.
    OpenChat,
    /// A room to be joined; when there is none of this name, it may be an invite.
    Join(String),
    /// The chat with a person, to whom a text is to be sent.
    DirectFor(String),
    /// Public rooms to choose from.
    Rooms,
    /// People to choose from.
    People,
    /// A new invite.
    Invite,
    /// Someone's number.
    Person(ChatId, PersonAct),
    /// What is scheduled.
    Scheduled,
    /// Who has read a message.
    Readers,
    /// What is pinned.
    Pins(ChatId),
    /// The answer to reading up to here.
    Read(ChatId),
}

/// Where to go when the messages are there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Jump {
    /// Nowhere.
    Stay,
    /// To a message.
    To(i64),
    /// To the first message of a day.
    Day(Date),
}

/// What the program is to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Put a command into the outbox: it reaches the server once, now or later.
    Send(ClientId, ChatId, Command),
    /// Try a refused entry again.
    Retry(ClientId),
    /// Give an entry up.
    Discard(ClientId),
    /// Ask the server now; with a key it is done once even if the answer is lost.
    Ask(Ask, Option<ClientId>, Box<Command>),
    /// Read a chat's members.
    Members(ChatId),
    /// Sign in.
    SignIn(SignInForm),
    /// Open the session of an account.
    Open(AccountRef),
    /// End the session here and on the server.
    SignOut,
    /// Look which accounts are kept here.
    ListAccounts,
    /// The window's title.
    Title(String),
    /// Ring the bell.
    Bell,
    /// Show a notice.
    Notice(String, String),
    /// Put a text on the clipboard.
    Copy(String),
    /// Open an address.
    Browse(String),
    /// Write a text in an editor.
    Editor(String),
    /// Draw everything anew.
    Redraw,
    /// To the shell for a while.
    Suspend,
    /// End the program.
    Quit,
    /// Read this message again, whose place is not known here.
    FindMessage(ChatId, MessageId),
}
