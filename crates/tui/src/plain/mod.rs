//! Line by line: a person who types, or a pipe whose lines become messages.

mod commands;
mod source;
mod spoken;

use std::collections::BTreeSet;
use std::io::{Stdout, Write};
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::mpsc::Receiver;
use vestnik_client::net::{ClientError, EntryState, Session, SessionEvent, Status};
use vestnik_proto::command::{MarkRead, SendMessage};
use vestnik_proto::frame::{Control, encode};
use vestnik_proto::{
    Answer, ApiError, ChatEventContent, ChatId, ClientFrame, ClientId, Command, ErrorCode, MessageId, MessageType,
    ServerFrame, UserId,
};

use crate::account::Account;
use crate::args::Args;
use crate::batch::Batch;
use crate::environment::{self, Environment};
use crate::failure::Failure;
use crate::i18n::{Language, Text};
use crate::input::Input;
use crate::output::{LocalTime, Output, title};
use source::Signals;

/// Messages of a pipe that may wait for their ack. Beyond it the pipe is not read, so that what
/// comes meanwhile is sent together.
const WINDOW: usize = 8;
/// How long to wait for acks after the wish to stop.
const STOP_WITHIN: Duration = Duration::from_secs(5);
/// Earlier messages shown to a person.
const HISTORY: u32 = 20;

/// Runs until the input ends, the person leaves or the session is refused.
pub async fn run(args: &Args, environment: &Environment) -> Result<(), Failure> {
    // A person who types here and listens here.
    if environment.stdin_is_terminal && environment.stdout_is_terminal && !args.json {
        return spoken::run(args, environment).await;
    }
    let mut signals = Signals::listen()?;
    let work = async {
        let mut account = Account::find(args, environment)?;
        connect(&mut account, args, environment).await
    };
    let mut plain = tokio::select! {
        plain = work => plain?,
        () = signals.stop() => return Ok(()),
    };
    let talked = plain.talk(&mut signals).await;
    plain.end(talked).await
}

/// A session that was entered.
struct Entered {
    session: Session,
    events: Receiver<SessionEvent>,
    user_id: Option<UserId>,
    username: String,
    /// Why there is no connection, when what is kept here is enough to begin with.
    offline: Option<Arc<ClientError>>,
}

/// Connects; a kept session that is not accepted any more is replaced by the password once.
async fn connect<'a>(
    account: &mut Account<'_>,
    args: &'a Args,
    environment: &'a Environment,
) -> Result<Plain<'a, Stdout>, Failure> {
    let language = environment.language;
    let Entered { session, events, user_id, username, .. } = enter(account, language, false).await?;
    if environment.stdin_is_terminal {
        crate::tell(&language.fill(Text::Online, &[&account.server(), &crate::text::line(&username)]));
    }
    let interactive = environment.stdin_is_terminal && !args.json_in;
    let local = LocalTime { time: environment::local_time, day: environment::local_day };
    let today = interactive.then(|| (environment::clock())());
    let out = Output::new(std::io::stdout(), language, environment.colour, local, today);
    Ok(Plain {
        args,
        language,
        interactive,
        live: environment.stdin_is_terminal || args.follow || args.json,
        session: Arc::new(session),
        events,
        out,
        chat: ChatId::from(""),
        me: user_id,
        online: true,
        unacked: BTreeSet::new(),
        refused: 0,
        seen: None,
    })
}

/// Enters a session: when there is a connection, or with what is kept here when that will do.
async fn enter(account: &mut Account<'_>, language: Language, kept_will_do: bool) -> Result<Entered, Failure> {
    loop {
        let (session, mut events) = account.start().await?;
        loop {
            match events.recv().await {
                Some(SessionEvent::Status(Status::Online { user_id, username })) => {
                    return Ok(Entered { session, events, user_id, username, offline: None });
                }
                // Tried again at once, with new tokens.
                Some(SessionEvent::Status(Status::Offline { retry_in: Duration::ZERO, .. })) => {}
                Some(SessionEvent::Status(Status::Offline { error, .. })) => {
                    let (me, kept) = session.with_state(|state| (state.me, !state.chats.is_empty()));
                    if kept_will_do && kept {
                        let username = account.username().to_owned();
                        return Ok(Entered { session, events, user_id: me, username, offline: Some(error) });
                    }
                    session.close().await;
                    return Err(Failure::Connect(language.error(&error)));
                }
                Some(SessionEvent::Status(Status::SignedOut { .. })) if account.may_use_password() => break,
                Some(SessionEvent::Status(Status::SignedOut { .. })) | None => {
                    return Err(Failure::SignIn(language.text(Text::ErrUnauthorized).to_owned()));
                }
                // What was missed is in the state, and shown as history when asked for.
                Some(_) => {}
            }
        }
        session.close().await;
        account.forget()?;
    }
}

/// The running program.
struct Plain<'a, W> {
    args: &'a Args,
    language: Language,
    /// Whether a person types commands.
    interactive: bool,
    /// Whether new messages are printed.
    live: bool,
    session: Arc<Session>,
    events: Receiver<SessionEvent>,
    out: Output<W>,
    /// The chat in view.
    chat: ChatId,
    me: Option<UserId>,
    online: bool,
    /// What this run has sent and has no answer to yet.
    unacked: BTreeSet<ClientId>,
    /// How much of what this run has sent was refused.
    refused: usize,
    /// Up to here the chat in view was shown and not yet marked read.
    seen: Option<i64>,
}

/// Whether to go on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Go {
    On,
    Quit,
}

impl<W: Write> Plain<'_, W> {
    async fn talk(&mut self, signals: &mut Signals) -> Result<(), Failure> {
        let chat = self.args.chat.as_str();
        let opened = tokio::select! {
            opened = self.open(chat) => opened?,
            () = signals.stop() => return Ok(()),
        };
        if !opened {
            return Err(Failure::Refused);
        }
        let history = self.args.history.unwrap_or(if self.interactive { HISTORY } else { 0 });
        if history > 0 {
            self.show_history(history, false).await?;
        }
        if self.interactive {
            crate::tell(&self.language.fill(Text::InChat, &[&self.title()]));
        }
        if self.interactive || self.args.json_in { self.talk_lines(signals).await } else { self.pipe(signals).await }
    }

    /// A person, or a program that speaks JSON, line by line.
    async fn talk_lines(&mut self, signals: &mut Signals) -> Result<(), Failure> {
        let mut lines = source::lines();
        let mut open = true;
        while open || self.args.follow {
            tokio::select! {
                biased;
                () = signals.stop() => break,
                event = self.events.recv() => self.handle(event).await?,
                line = lines.recv(), if open => match line {
                    None => open = false,
                    Some(line) => {
                        let line = String::from_utf8_lossy(&line);
                        let go = tokio::select! {
                            go = self.line(&line) => go?,
                            () = signals.stop() => Go::Quit,
                        };
                        if go == Go::Quit {
                            break;
                        }
                    }
                },
            }
            self.mark_seen().await?;
        }
        self.drain(signals).await
    }

    async fn line(&mut self, line: &str) -> Result<Go, Failure> {
        if self.args.json_in { self.json_command(line).await } else { self.command(Input::parse(line)).await }
    }

    /// Everything that comes out of a pipe is sent.
    async fn pipe(&mut self, signals: &mut Signals) -> Result<(), Failure> {
        let mut chunks = source::chunks();
        let mut batch = Batch::default();
        let mut open = true;
        loop {
            while self.unacked.len() < WINDOW
                && let Some(message) = batch.next_message()
            {
                self.send(message, MessageType::Text, None).await?;
            }
            if !open && !batch.has_lines() && self.unacked.is_empty() && !self.args.follow {
                return Ok(());
            }
            tokio::select! {
                biased;
                () = signals.stop() => break,
                event = self.events.recv() => self.handle(event).await?,
                chunk = chunks.recv(), if open && self.unacked.len() < WINDOW => match chunk {
                    Some(chunk) => {
                        batch.push(&chunk);
                        // What is there already goes along; the channel bounds it.
                        while let Ok(chunk) = chunks.try_recv() {
                            batch.push(&chunk);
                        }
                    }
                    None => {
                        open = false;
                        batch.finish();
                    }
                },
            }
        }
        // What was read is not lost: it is in the outbox before the program ends.
        while let Ok(chunk) = chunks.try_recv() {
            batch.push(&chunk);
        }
        batch.finish();
        while let Some(message) = batch.next_message() {
            self.send(message, MessageType::Text, None).await?;
        }
        self.drain(signals).await
    }

    /// Waits a while for the acks of what was sent; not after a second wish to stop.
    async fn drain(&mut self, signals: &mut Signals) -> Result<(), Failure> {
        let deadline = tokio::time::sleep(STOP_WITHIN);
        tokio::pin!(deadline);
        while !self.unacked.is_empty() {
            tokio::select! {
                () = signals.stop() => break,
                () = &mut deadline => break,
                event = self.events.recv() => self.handle(event).await?,
            }
        }
        Ok(())
    }

    /// Ends the session and says how it went.
    async fn end(self, talked: Result<(), Failure>) -> Result<(), Failure> {
        let Self { session, events, .. } = self;
        // Nobody listens any more, so the session must not wait to be heard.
        drop(events);
        if let Some(session) = Arc::into_inner(session) {
            session.close().await;
        }
        talked?;
        if !self.unacked.is_empty() {
            let count = self.unacked.len().to_string();
            return Err(Failure::Other(self.language.fill(Text::WaitingLeft, &[&count])));
        }
        if self.refused > 0 { Err(Failure::Refused) } else { Ok(()) }
    }

    /// Asks the server, and goes on taking what it tells meanwhile: a session that is not listened
    /// to does not read answers either.
    async fn ask(&mut self, frame: ClientFrame) -> Result<Result<Answer, ClientError>, Failure> {
        if !self.online {
            return Ok(Err(ClientError::Offline));
        }
        let session = Arc::clone(&self.session);
        let asking = session.request(frame);
        tokio::pin!(asking);
        loop {
            tokio::select! {
                biased;
                answer = &mut asking => return Ok(answer),
                event = self.events.recv() => self.handle(event).await?,
            }
        }
    }

    /// Puts a message into the outbox.
    async fn send(
        &mut self,
        content: String,
        message_type: MessageType,
        reply_to: Option<MessageId>,
    ) -> Result<ClientId, Failure> {
        let chat_id = self.chat.clone();
        self.send_to(SendMessage { chat_id, content, message_type, reply_to, mentions: vec![] }).await
    }

    async fn send_to(&mut self, message: SendMessage) -> Result<ClientId, Failure> {
        let client_id = environment::random_id();
        let chat_id = message.chat_id.clone();
        let sent = self.session.send(client_id, &chat_id, Command::Message(message)).await;
        sent.map_err(|error| Failure::Other(self.language.error(&error)))?;
        self.unacked.insert(client_id);
        if self.interactive && !self.online {
            crate::tell(self.language.text(Text::Waits));
        }
        Ok(client_id)
    }

    /// Takes what the session tells.
    async fn handle(&mut self, event: Option<SessionEvent>) -> Result<(), Failure> {
        match event {
            None => return Err(Failure::Other(self.language.text(Text::ErrOffline).to_owned())),
            Some(SessionEvent::Status(status)) => self.status(status)?,
            Some(SessionEvent::Frame(frame)) => self.frame(&frame)?,
            Some(SessionEvent::Sent { client_id, answer }) => {
                self.unacked.remove(&client_id);
                self.answer(&answer, &client_id.to_string())?;
            }
            Some(SessionEvent::Refused { client_id, error }) => {
                self.refuse(client_id, &error)?;
                // It was told of; there is no one to try it again.
                let discarded = self.session.store().discard(client_id).await;
                discarded.map_err(|error| Failure::Other(self.language.error(&error)))?;
            }
            Some(SessionEvent::OutboxEmpty) => self.find_answered().await?,
        }
        Ok(())
    }

    fn status(&mut self, status: Status) -> Result<(), Failure> {
        match status {
            Status::Connecting => {}
            Status::Online { .. } => {
                if !self.online {
                    crate::tell(self.language.text(Text::OnlineAgain));
                }
                self.online = true;
            }
            Status::Offline { error, retry_in } => {
                self.online = false;
                let seconds = retry_in.as_secs_f64().ceil().to_string();
                let error = self.language.error(&error);
                crate::tell(&self.language.fill(Text::Lost, &[error.trim_end_matches('.'), &seconds]));
            }
            Status::SignedOut { reason } => {
                return Err(Failure::SignIn(self.language.fill(Text::SignedOut, &[&crate::text::line(&reason)])));
            }
        }
        Ok(())
    }

    fn frame(&mut self, frame: &ServerFrame) -> Result<(), Failure> {
        if self.args.json {
            return Ok(self.out.json(&object(&encode(frame, None)))?);
        }
        match frame {
            ServerFrame::Chat(event) if self.live => {
                let in_view = event.chat_id == self.chat;
                if let (true, ChatEventContent::NewMessage { message }) = (in_view, &event.content) {
                    self.seen = Some(message.seq);
                }
                let out = &mut self.out;
                self.session.with_state(|state| out.event(state, event, in_view))?;
            }
            ServerFrame::Answer(Answer::Reset(reset)) if self.live && reset.chat_id == self.chat => {
                self.out.line(self.language.text(Text::ManyMissed))?;
            }
            _ => {}
        }
        Ok(())
    }

    /// How the chat in view is called: its title, or the name of the other person.
    fn title(&self) -> String {
        let title = self.session.with_state(|state| state.chats.get(&self.chat).map(title));
        crate::text::line(&title.filter(|title| !title.is_empty()).unwrap_or_else(|| self.chat.to_string()))
    }

    /// Prints an answer for a program that reads JSON.
    fn answer(&mut self, answer: &Answer, id: &str) -> Result<(), Failure> {
        if self.args.json { Ok(self.out.json(&object(&encode(answer, Some(id))))?) } else { Ok(()) }
    }

    /// A message was refused for good.
    fn refuse(&mut self, client_id: ClientId, error: &ApiError) -> Result<(), Failure> {
        if self.unacked.remove(&client_id) {
            self.refused += 1;
        }
        crate::tell(&self.language.fill(Text::Refused, &[&self.language.refusal(error)]));
        self.error_json(error, &client_id.to_string())
    }

    fn error_json(&mut self, error: &ApiError, id: &str) -> Result<(), Failure> {
        if !self.args.json {
            return Ok(());
        }
        Ok(self.out.json(&object(&encode(&Control::Error(error.clone()), Some(id))))?)
    }

    /// Nothing waits: what this run still counts was answered to another program of this account.
    async fn find_answered(&mut self) -> Result<(), Failure> {
        for client_id in self.unacked.clone() {
            let found = self.session.store().find_entry(client_id).await;
            match found.map_err(|error| Failure::Other(self.language.error(&error)))?.map(|entry| entry.state) {
                None => {
                    self.unacked.remove(&client_id);
                }
                Some(EntryState::Failed(error)) => self.refuse(client_id, &error)?,
                Some(EntryState::Waiting) => {}
            }
        }
        Ok(())
    }

    /// Marks read what a person has seen.
    async fn mark_seen(&mut self) -> Result<(), Failure> {
        if !self.interactive || !self.online || !self.events.is_empty() {
            return Ok(());
        }
        let read = self.session.with_state(|state| state.chats.get(&self.chat).map_or(0, |chat| chat.info.read_seq));
        // Own messages are read at once, and what another device has read need not be told again.
        if let Some(seq) = self.seen.take().filter(|&seq| seq > read) {
            let mark = Command::MarkRead(MarkRead { chat_id: self.chat.clone(), seq });
            // Not worth a word when it fails: the next message marks it too.
            let _ = self.ask(ClientFrame::new(mark)).await?;
        }
        Ok(())
    }

    /// Carries out a command in JSON and prints its answer.
    async fn json_command(&mut self, line: &str) -> Result<Go, Failure> {
        let line = line.trim();
        if line.is_empty() {
            return Ok(Go::On);
        }
        let frame = match ClientFrame::decode(line.as_bytes()) {
            Ok(frame) => frame,
            Err(bad) => {
                crate::tell(&self.language.fill(Text::BadJson, &[&crate::text::line(&bad.error.message)]));
                self.refused += 1;
                self.error_json(&bad.error, &bad.id.unwrap_or_default())?;
                return Ok(Go::On);
            }
        };
        let id = frame.id.clone().unwrap_or_default();
        match self.ask(frame).await? {
            Ok(answer) => self.answer(&answer, &id)?,
            Err(error) => {
                self.refused += 1;
                let error = match error {
                    ClientError::Api(error) => error,
                    other => ApiError::new(ErrorCode::Unavailable, self.language.error(&other)),
                };
                self.error_json(&error, &id)?;
            }
        }
        Ok(Go::On)
    }
}

/// A frame as an object.
fn object(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap_or_else(|_| json!({}))
}
