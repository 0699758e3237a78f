//! The loop of the full screen: keys, the session and answers go into the state; effects come out
//! and are carried out here. It waits for something to happen and draws only then.

mod effects;
mod input;
mod terminal;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinSet;
use vestnik_client::net::{Clock, Session, SessionEvent};
use vestnik_client::reducer::State;
use vestnik_proto::{ChatId, ClientId, Command, Timestamp};

use crate::account;
use crate::app::{AccountRef, App, Effect, Input, Setting};
use crate::args::Args;
use crate::environment::{self, Environment};
use crate::failure::Failure;
use crate::i18n::{Language, Text};
use crate::keys::Keymap;
use crate::options::Options;
use crate::ui::Theme;
use terminal::Screen;

/// Answers that may wait to be taken.
const ANSWERS: usize = 256;
/// What is taken in before the screen is drawn again.
const BEFORE_DRAWING: usize = 256;
/// How long what was written last may take to get into the outbox at the end.
const LAST_WRITES: Duration = Duration::from_secs(3);
/// How long the session may take to end.
const CLOSING: Duration = Duration::from_secs(3);

/// What comes from the tasks beside the loop.
enum News {
    /// Of the session with this number; later ones do not care.
    Of(u64, Input),
    /// An account has a session now.
    SignedIn(AccountRef),
    /// The editor has ended.
    Edited(Result<String, String>),
}

/// A command on its way into the outbox.
type Outgoing = (Arc<Session>, u64, ClientId, ChatId, Command);

/// The session of an account.
struct Live {
    session: Arc<Session>,
    events: mpsc::Receiver<SessionEvent>,
}

/// Everything that is not state.
struct Runner<'a> {
    args: &'a Args,
    environment: &'a Environment,
    language: Language,
    clock: Clock,
    state_dir: PathBuf,
    screen: Screen,
    live: Option<Live>,
    /// The number of the session.
    session_number: u64,
    tasks: JoinSet<()>,
    news: mpsc::Sender<News>,
    outgoing: mpsc::Sender<Outgoing>,
    /// Whether an editor has the terminal.
    editing: bool,
    opener: Option<Vec<String>>,
    /// The chat named on the command line, until a session was opened.
    wanted_chat: Option<ChatId>,
    quit: bool,
    dirty: bool,
}

/// The settings and keys, and what is wrong with their file.
pub fn settings(args: &Args, environment: &Environment) -> (Options, Keymap, Option<String>) {
    let given = args.config.is_some();
    let path = args.config.clone().or_else(|| Some(environment.config_dir.as_ref()?.join("terminal.toml")));
    let Some(path) = path else { return Default::default() };
    let language = environment.language;
    let wrong = |why: &str| Some(language.fill(Text::BadConfig, &[&path.display().to_string(), why]));
    match std::fs::read_to_string(&path) {
        Ok(text) => match Options::read(&text, language) {
            Ok((options, keys)) => (options, keys, None),
            Err(why) => (Options::default(), Keymap::default(), wrong(&why)),
        },
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && !given => Default::default(),
        Err(error) => (Options::default(), Keymap::default(), wrong(&error.to_string())),
    }
}

/// Runs until the person leaves.
pub async fn run(args: &Args, environment: &Environment) -> Result<(), Failure> {
    let language = environment.language;
    let state_dir = args.state_dir.clone().or_else(|| environment.state_dir.clone());
    let state_dir = state_dir.ok_or_else(|| Failure::Usage(language.text(Text::NoStateDir).to_owned()))?;
    account::private_directory(&state_dir).map_err(|error| {
        let path = state_dir.display().to_string();
        Failure::Other(language.fill(Text::CannotMake, &[&path, &error.to_string()]))
    })?;
    let (options, keys, trouble) = settings(args, environment);
    let mut signals = input::Signals::listen()?;
    let kitty = !matches!(environment.terminal.0.as_str(), "linux" | "dumb" | "screen");
    let screen = Screen::take(options.mouse, kitty, terminal::notices(options.notices, &environment.terminal))?;
    let ascii = args.ascii || options.ascii.unwrap_or(!environment.unicode);
    let opener = options.opener.clone();
    let mut app = App::new(Setting {
        size: screen.size(),
        zone: environment::zone(),
        language,
        options,
        keys,
        ascii,
        seed: environment::seed(),
    });
    let (news, mut arriving) = mpsc::channel(ANSWERS);
    let (outgoing, writing) = mpsc::channel(ANSWERS);
    let writer = tokio::spawn(effects::write_outbox(writing, news.clone(), language));
    let mut runner = Runner {
        args,
        environment,
        language,
        clock: environment::clock(),
        state_dir,
        screen,
        live: None,
        session_number: 0,
        tasks: JoinSet::new(),
        news,
        outgoing,
        editing: false,
        opener,
        wanted_chat: (args.chat != "general").then(|| ChatId::from(args.chat.as_str())),
        quit: false,
        dirty: true,
    };
    runner.begin(&mut app).await;
    if let Some(trouble) = trouble {
        runner.take(&mut app, Input::Trouble(trouble)).await;
    }
    let ended = runner.turn(&mut app, &mut signals, &mut arriving).await;
    runner.end(writer).await;
    ended
}

impl Runner<'_> {
    /// Opens the account that is meant, or asks for one.
    async fn begin(&mut self, app: &mut App) {
        let accounts = account::list(&self.state_dir);
        let args = self.args;
        let last = self.last_account();
        let fold = vestnik_proto::names::fold;
        let meant = |account: &&AccountRef| {
            let server = !args.server_given || same_server(&account.server, &args.server);
            server && args.user.as_ref().is_none_or(|user| fold(user) == fold(&account.username))
        };
        let mut fitting: Vec<AccountRef> = accounts.iter().filter(meant).cloned().collect();
        fitting.sort_by_key(|account| Some(&account.directory) != last.as_ref());
        let one =
            fitting.len() == 1 || fitting.first().is_some_and(|account| Some(&account.directory) == last.as_ref());
        self.take(app, Input::Accounts(accounts)).await;
        match fitting.into_iter().next().filter(|_| one && !args.register) {
            Some(account) => self.open(app, account).await,
            None => {
                let server = if args.server_given { args.server.as_str() } else { "" };
                app.open_sign_in(server);
                if let Some(form) = &mut app.sign_in {
                    form.register = args.register;
                    if let Some(user) = &args.user {
                        form.insert_name(user);
                    }
                }
            }
        }
    }

    /// Goes on until the end.
    async fn turn(
        &mut self,
        app: &mut App,
        signals: &mut input::Signals,
        arriving: &mut mpsc::Receiver<News>,
    ) -> Result<(), Failure> {
        let mut keys = Some(input::Keys::read());
        while !self.quit {
            if self.dirty && !self.editing {
                self.draw(app)?;
                self.dirty = false;
            }
            match (&keys, self.editing) {
                // An editor must get its keys.
                (Some(_), true) => keys = None,
                (None, false) => keys = Some(input::Keys::read()),
                _ => {}
            }
            let deadline = app.deadline().map(|at| until(at, (self.clock)()));
            tokio::select! {
                biased;
                signal = signals.next(self.editing) => match signal {
                    input::Signal::Stop => return Ok(()),
                    input::Signal::Continued => {
                        self.screen.enter()?;
                        self.dirty = true;
                    }
                },
                event = next_key(&mut keys) => match event {
                    Some(event) => {
                        self.terminal_event(app, event).await;
                        for _ in 0..BEFORE_DRAWING {
                            let Some(event) = keys.as_mut().and_then(input::Keys::waiting) else { break };
                            self.terminal_event(app, event).await;
                        }
                    }
                    // The terminal is gone.
                    None => return Ok(()),
                },
                event = next_event(&mut self.live) => {
                    let mut next = Some(event);
                    for _ in 0..BEFORE_DRAWING {
                        match next {
                            Some(Some(event)) => self.take(app, Input::Session(event)).await,
                            // It has ended and has told why.
                            Some(None) => self.live = None,
                            None => break,
                        }
                        next = self.live.as_mut().and_then(|live| live.events.try_recv().ok()).map(Some);
                    }
                    let trouble = self.live.as_ref().and_then(|live| live.session.take_cache_trouble());
                    if let Some(error) = trouble {
                        let why = self.language.fill(Text::CacheFull, &[self.language.error(&error).trim_end_matches('.')]);
                        self.take(app, Input::Trouble(why)).await;
                    }
                }
                Some(news) = arriving.recv() => self.news(app, news).await,
                () = sleep(deadline) => self.take(app, Input::Tick).await,
            }
            while let Some(done) = self.tasks.try_join_next() {
                drop(done);
            }
        }
        Ok(())
    }

    async fn news(&mut self, app: &mut App, news: News) {
        match news {
            News::Of(number, input) if number == self.session_number => self.take(app, input).await,
            News::Of(..) => {}
            News::SignedIn(account) => self.open(app, account).await,
            News::Edited(text) => {
                self.editing = false;
                // What cannot be drawn on is found out by the next drawing.
                let _ = self.screen.enter();
                self.take(app, Input::Edited(text)).await;
            }
        }
    }

    fn draw(&mut self, app: &App) -> Result<(), Failure> {
        let theme = Theme { colour: self.environment.colour };
        let screen = &mut self.screen;
        match &self.live {
            Some(live) => live.session.with_state(|state| screen.draw(app, state, theme))?,
            None => screen.draw(app, &State::default(), theme)?,
        }
        Ok(())
    }

    /// Gives the state an input and carries out what follows.
    async fn take(&mut self, app: &mut App, input: Input) {
        self.dirty = true;
        let mut inputs = vec![input];
        while let Some(input) = inputs.pop() {
            let now = (self.clock)();
            let effects = match &self.live {
                Some(live) => live.session.with_state(|state| app.update(state, now, input)),
                None => app.update(&State::default(), now, input),
            };
            for effect in effects {
                match effect {
                    Effect::ListAccounts => inputs.push(Input::Accounts(account::list(&self.state_dir))),
                    Effect::Open(account) => Box::pin(self.open(app, account)).await,
                    effect => self.carry_out(app, effect).await,
                }
            }
        }
    }

    /// Ends: what was written last is in the outbox, and the cache is whole.
    async fn end(mut self, writer: tokio::task::JoinHandle<()>) {
        self.screen.leave();
        drop(self.outgoing);
        let _ = tokio::time::timeout(LAST_WRITES, writer).await;
        self.tasks.shutdown().await;
        if let Some(live) = self.live.take() {
            close(live).await;
        }
    }

    /// The account that was open last.
    fn last_account(&self) -> Option<PathBuf> {
        let text = std::fs::read_to_string(self.state_dir.join("last")).ok()?;
        let path = Path::new(text.trim());
        // Only within the state; the file may have been copied from elsewhere.
        let inside = path.components().all(|part| matches!(part, std::path::Component::Normal(_)));
        inside.then(|| self.state_dir.join(path))
    }
}

/// Ends a session in good order, as far as it does not take long.
async fn close(live: Live) {
    let Live { session, events } = live;
    // Nobody listens any more, so the session must not wait to be heard.
    drop(events);
    if let Some(session) = Arc::into_inner(session) {
        let _ = tokio::time::timeout(CLOSING, session.close()).await;
    }
}

fn same_server(one: &str, other: &str) -> bool {
    let parsed = |text: &str| text.parse::<vestnik_client::net::Address>().map(|address| address.to_string()).ok();
    one == other || parsed(one).is_some() && parsed(one) == parsed(other)
}

/// How long until a moment.
fn until(moment: Timestamp, now: Timestamp) -> Duration {
    Duration::from_millis(u64::try_from(moment.as_millis() - now.as_millis()).unwrap_or(0).saturating_add(1))
}

async fn sleep(duration: Option<Duration>) {
    match duration {
        Some(duration) => tokio::time::sleep(duration).await,
        None => std::future::pending().await,
    }
}

async fn next_key(keys: &mut Option<input::Keys>) -> Option<crossterm::event::Event> {
    match keys {
        Some(keys) => keys.next().await,
        None => std::future::pending().await,
    }
}

async fn next_event(live: &mut Option<Live>) -> Option<SessionEvent> {
    match live {
        Some(live) => live.events.recv().await,
        None => std::future::pending().await,
    }
}
