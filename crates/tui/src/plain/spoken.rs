//! The loop for a person who types and listens on a terminal: lines and what the session tells go
//! into [`crate::speech`], and what it says is printed.

use std::io::Write;
use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::task::JoinSet;
use vestnik_client::net::{ClientError, Clock, EntryState, Session, SessionEvent, Status};
use vestnik_client::reducer::State;
use vestnik_proto::{Answer, ClientFrame};

use super::source::{self, Signals};
use super::{Entered, STOP_WITHIN, enter};
use crate::account::{self, Account};
use crate::app::{AccountRef, Refusal};
use crate::args::Args;
use crate::environment::{self, Environment};
use crate::failure::Failure;
use crate::i18n::{Language, Text};
use crate::options::Options;
use crate::speech::{Act, Ask, Setting, Speech};
use crate::text;

/// Answers that may wait to be taken.
const ANSWERS: usize = 256;
/// What is taken in before other chats are announced.
const TOGETHER: usize = 256;
/// Most pages of members that are read.
const MEMBER_PAGES: usize = 5;

/// Why a session is not talked to any more.
enum End {
    Quit,
    Switch(AccountRef),
    SignOut,
}

type Answered = (Ask, Result<Answer, Refusal>);

/// Everything that is not state.
struct Runner {
    language: Language,
    clock: Clock,
    session: Arc<Session>,
    tasks: JoinSet<()>,
    answers: mpsc::Sender<Answered>,
    end: Option<End>,
}

/// Runs until the person leaves.
pub async fn run(args: &Args, environment: &Environment) -> Result<(), Failure> {
    let (options, _, trouble) = crate::run::settings(args, environment);
    if let Some(trouble) = trouble {
        print(&trouble)?;
    }
    let mut signals = Signals::listen()?;
    let (mut args, mut environment) = (args.clone(), environment.clone());
    let mut lines = None;
    loop {
        let entering = async {
            let mut account = Account::find(&args, &environment)?;
            let entered = enter(&mut account, environment.language, true).await?;
            Ok::<_, Failure>((entered, account.server()))
        };
        let (entered, server) = tokio::select! {
            entered = entering => entered?,
            () = signals.stop() => return Ok(()),
        };
        // Only now, for a password is read from the same terminal.
        let lines = lines.get_or_insert_with(source::lines);
        match talk(&args, &environment, options.clone(), entered, server, &mut signals, lines).await? {
            Some(account) => {
                args.server = account.server;
                args.user = Some(account.username);
                args.register = false;
                args.chat = "general".to_owned();
                // They belong to the account of before; nor can one be asked for beside the lines.
                args.password_file = None;
                environment.password = None;
                environment.stdin_is_terminal = false;
            }
            None => return Ok(()),
        }
    }
}

/// Talks to a session; the account to go to next, if any.
async fn talk(
    args: &Args,
    environment: &Environment,
    options: Options,
    entered: Entered,
    server: String,
    signals: &mut Signals,
    lines: &mut mpsc::Receiver<Vec<u8>>,
) -> Result<Option<AccountRef>, Failure> {
    let language = environment.language;
    let Entered { session, mut events, user_id, username, offline } = entered;
    match &offline {
        None => print(&language.fill(Text::Online, &[&text::line(&server), &text::line(&username)]))?,
        Some(error) => print(&language.fill(Text::SpNoConnection, &[&sentence(&language.error(error))]))?,
    }
    let state_dir = args.state_dir.clone().or_else(|| environment.state_dir.clone()).unwrap_or_default();
    let outbox = session.store().outbox().await.map_err(|error| Failure::Other(language.error(&error)))?;
    let waits = outbox.into_iter().filter(|entry| matches!(entry.state, EntryState::Waiting));
    let clock = environment::clock();
    let setting = Setting {
        language,
        zone: environment::zone(),
        options,
        server,
        username,
        me: user_id,
        accounts: account::list(&state_dir),
        waiting: waits.map(|entry| entry.client_id).collect(),
        id: environment::random_id,
        online: offline.is_none(),
    };
    let mut speech = Speech::new(setting, clock());
    let (answers, mut answered) = mpsc::channel(ANSWERS);
    let session = Arc::new(session);
    let mut runner = Runner { language, clock, session, tasks: JoinSet::new(), answers, end: None };
    let begun = runner.look(|state, now| speech.begin(state, now, &args.chat, args.history));
    runner.carry_out(&mut speech, begun).await?;
    let talked = loop {
        let acts = tokio::select! {
            biased;
            () = signals.stop() => break Ok(End::Quit),
            event = events.recv() => match runner.take(&mut speech, event, &mut events) {
                Ok(acts) => acts,
                Err(failure) => break Err(failure),
            },
            Some((ask, answer)) = answered.recv() => {
                runner.look(|state, now| speech.answered(state, now, ask, answer))
            }
            line = lines.recv() => match line {
                None => break Ok(End::Quit),
                Some(line) => {
                    let line = String::from_utf8_lossy(&line);
                    runner.look(|state, now| speech.line(state, now, &line))
                }
            },
        };
        if let Err(failure) = runner.carry_out(&mut speech, acts).await {
            break Err(failure);
        }
        if let Some(end) = runner.end.take() {
            break Ok(end);
        }
        while runner.tasks.try_join_next().is_some() {}
    };
    // What was typed last still goes out, if that does not take long.
    let deadline = tokio::time::sleep(STOP_WITHIN);
    tokio::pin!(deadline);
    while talked.is_ok() && speech.is_online() && speech.waiting() > 0 {
        let acts = tokio::select! {
            () = signals.stop() => break,
            () = &mut deadline => break,
            event = events.recv() => match runner.take(&mut speech, event, &mut events) {
                Ok(acts) => acts,
                Err(_) => break,
            },
        };
        if runner.carry_out(&mut speech, acts).await.is_err() {
            break;
        }
    }
    runner.tasks.shutdown().await;
    // Nobody listens any more, so the session must not wait to be heard.
    drop(events);
    let signs_out = matches!(talked, Ok(End::SignOut));
    if let Some(session) = Arc::into_inner(runner.session) {
        if signs_out {
            let _ = tokio::time::timeout(STOP_WITHIN, session.sign_out()).await;
        } else {
            session.close().await;
        }
    }
    let end = talked?;
    match (end, speech.waiting()) {
        (End::Switch(account), _) => Ok(Some(account)),
        (_, 0) => Ok(None),
        (_, count) => Err(Failure::Other(language.fill(Text::WaitingLeft, &[&count.to_string()]))),
    }
}

impl Runner {
    fn look<T>(&self, look: impl FnOnce(&State, vestnik_proto::Timestamp) -> T) -> T {
        let now = (self.clock)();
        self.session.with_state(|state| look(state, now))
    }

    /// Takes what the session tells, and what waits behind it.
    fn take(
        &self,
        speech: &mut Speech,
        event: Option<SessionEvent>,
        events: &mut mpsc::Receiver<SessionEvent>,
    ) -> Result<Vec<Act>, Failure> {
        let mut acts = Vec::new();
        let mut next = Some(event);
        for _ in 0..TOGETHER {
            match next {
                None => break,
                Some(None) => return Err(Failure::Other(self.language.text(Text::ErrOffline).to_owned())),
                Some(Some(SessionEvent::Status(Status::SignedOut { reason }))) => {
                    return Err(Failure::SignIn(self.language.fill(Text::SignedOut, &[&text::line(&reason)])));
                }
                Some(Some(event)) => acts.extend(self.look(|state, now| speech.event(state, now, &event))),
            }
            next = events.try_recv().ok().map(Some);
        }
        acts.extend(self.look(|state, now| speech.settle(state, now)));
        if let Some(error) = self.session.take_cache_trouble() {
            let why = self.language.error(&error);
            acts.push(Act::Say(text::line(&self.language.fill(Text::CacheFull, &[why.trim_end_matches('.')]))));
        }
        Ok(acts)
    }

    async fn carry_out(&mut self, speech: &mut Speech, acts: Vec<Act>) -> Result<(), Failure> {
        for act in acts {
            match act {
                Act::Say(line) => print(&line)?,
                Act::Bell => {
                    let mut out = std::io::stdout();
                    out.write_all(b"\x07")?;
                    out.flush()?;
                }
                Act::Send(client_id, chat_id, command) => {
                    if let Err(error) = self.session.send(client_id, &chat_id, command).await {
                        speech.not_kept(client_id);
                        let why = self.language.error(&error);
                        print(&self.language.fill(Text::NotKept, &[why.trim_end_matches('.')]))?;
                    }
                }
                Act::Ask(ask, client_id, command) => {
                    let (session, answers, language) = (Arc::clone(&self.session), self.answers.clone(), self.language);
                    self.tasks.spawn(async move {
                        let answer = session.request(ClientFrame { id: None, client_id, command: *command }).await;
                        let _ = answers.send((ask, answer.map_err(|error| refusal(language, &error)))).await;
                    });
                }
                Act::Members(chat_id) => {
                    let session = Arc::clone(&self.session);
                    self.tasks.spawn(async move {
                        let mut cursor = None;
                        for _ in 0..MEMBER_PAGES {
                            match session.load_members(&chat_id, cursor).await {
                                Ok(Some(next)) => cursor = Some(next),
                                // Names and marks of reading come with the next look.
                                Ok(None) | Err(_) => break,
                            }
                        }
                    });
                }
                // It was told of; there is nothing more to do about it.
                Act::Discard(client_id) => drop(self.session.store().discard(client_id).await),
                Act::Switch(account) => self.end = Some(End::Switch(account)),
                Act::SignOut => self.end = Some(End::SignOut),
                Act::Quit => self.end = Some(End::Quit),
            }
        }
        Ok(())
    }
}

fn refusal(language: Language, error: &ClientError) -> Refusal {
    Refusal { text: sentence(&language.error(error)), code: error.code() }
}

/// With a full stop at its end.
fn sentence(words: &str) -> String {
    let words = text::line(words);
    if words.ends_with('.') { words } else { format!("{words}.") }
}

fn print(line: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout();
    writeln!(out, "{}", text::line(line))?;
    Ok(out.flush()?)
}
