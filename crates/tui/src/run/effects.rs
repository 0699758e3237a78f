//! Carrying out effects.

use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use vestnik_client::net::{
    Address, ClientError, ConnectOptions, Credentials, FileTokens, Session, SessionOptions, Store, TlsOptions,
    TokenStore, sign_in,
};
use vestnik_proto::command::{History, Login, MessageRef, Register};
use vestnik_proto::{Answer, ChatId, ClientFrame, Command, ErrorCode};

use super::{Live, News, Outgoing, Runner, close};
use crate::account::{self, DEVICE};
use crate::app::{AccountRef, App, Ask, Effect, Input, Jump, Opened, Refusal, SignInForm};
use crate::environment;
use crate::i18n::{Language, Text};
use crate::keyring::KeptTokens;
use crate::text;

/// Most pages of members that are read.
const MEMBER_PAGES: usize = 5;
/// Longest text taken from an editor. Bytes.
const EDITED: u64 = 256 * 1024;

/// Which certificates an account trusts, besides the usual ones.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Trust {
    fingerprint: Option<String>,
    ca_file: Option<std::path::PathBuf>,
}

/// Puts commands into the outbox, one after the other, so that their order is that of the keys.
pub async fn write_outbox(mut writing: mpsc::Receiver<Outgoing>, news: mpsc::Sender<News>, language: Language) {
    while let Some((session, number, client_id, chat_id, command)) = writing.recv().await {
        if let Err(error) = session.send(client_id, &chat_id, command).await {
            let _ = news.send(News::Of(number, Input::NotKept(client_id, language.error(&error)))).await;
        }
    }
}

impl Runner<'_> {
    /// Carries out an effect.
    pub(super) async fn carry_out(&mut self, app: &mut App, effect: Effect) {
        let shown = match effect {
            Effect::Send(client_id, chat_id, command) => {
                if let Some(live) = &self.live {
                    let outgoing = (Arc::clone(&live.session), self.session_number, client_id, chat_id, command);
                    // Waits for room when the disk is slow: then the keys have to wait, too.
                    let _ = self.outgoing.send(outgoing).await;
                }
                Ok(())
            }
            Effect::Retry(client_id) => self.with_session(|session, _| async move {
                let _ = session.retry(client_id).await;
                None
            }),
            Effect::Discard(client_id) => self.with_session(|session, _| async move {
                let _ = session.store().discard(client_id).await;
                None
            }),
            Effect::Ask(ask, client_id, command) => self.with_session(|session, language| async move {
                let answer = session.request(ClientFrame { id: None, client_id, command: *command }).await;
                Some(Input::Answered(ask, answer.map(Box::new).map_err(|error| refusal(language, &error))))
            }),
            Effect::Members(chat_id) => self.with_session(|session, _| async move {
                let mut cursor = None;
                for _ in 0..MEMBER_PAGES {
                    match session.load_members(&chat_id, cursor).await {
                        Ok(Some(next)) => cursor = Some(next),
                        // Names and marks of reading come with the next look.
                        Ok(None) | Err(_) => break,
                    }
                }
                Some(Input::Tick)
            }),
            Effect::FindMessage(chat_id, message_id) => self.with_session(|session, language| async move {
                let found = find_message(&session, &chat_id, message_id).await;
                let (seq, answer) = match found {
                    Ok((seq, answer)) => (seq, Ok(Box::new(answer))),
                    Err(error) => (0, Err(refusal(language, &error))),
                };
                Some(Input::Answered(Ask::History(chat_id, Jump::To(seq)), answer))
            }),
            Effect::SignIn(form) => {
                self.sign_in(form);
                Ok(())
            }
            Effect::SignOut => {
                self.sign_out(app).await;
                Ok(())
            }
            Effect::Title(title) => self.screen.title(&title),
            Effect::Bell => self.screen.bell(),
            Effect::Notice(title, body) => self.screen.notice(&title, &body),
            Effect::Copy(text) => self.screen.copy(&text),
            Effect::Browse(link) => {
                self.browse(link);
                Ok(())
            }
            Effect::Editor(text) => {
                self.edit(text);
                Ok(())
            }
            Effect::Redraw => self.screen.redraw(),
            Effect::Suspend => {
                self.suspend();
                Ok(())
            }
            Effect::Quit => {
                self.quit = true;
                Ok(())
            }
            Effect::ListAccounts | Effect::Open(_) => Ok(()),
        };
        // A terminal that cannot be written to is found out by the next drawing.
        drop(shown);
    }

    /// Runs a task with the session, beside the loop.
    fn with_session<F>(&mut self, work: impl FnOnce(Arc<Session>, Language) -> F) -> std::io::Result<()>
    where
        F: Future<Output = Option<Input>> + Send + 'static,
    {
        if let Some(live) = &self.live {
            let (session, news, number) = (Arc::clone(&live.session), self.news.clone(), self.session_number);
            let work = work(session, self.language);
            self.tasks.spawn(async move {
                if let Some(input) = work.await {
                    let _ = news.send(News::Of(number, input)).await;
                }
            });
        }
        Ok(())
    }

    fn connect_options(&self, trust: &Trust) -> Result<ConnectOptions, ClientError> {
        let fingerprint = self.args.fingerprint.as_ref().or(trust.fingerprint.as_ref());
        let pinned = fingerprint.map(|text| text.parse()).transpose()?;
        let extra_ca = self.args.ca_file.clone().or_else(|| trust.ca_file.clone());
        Ok(ConnectOptions { tls: TlsOptions { extra_ca, pinned }, ..ConnectOptions::default() })
    }

    /// Opens the session of an account, from what is kept here. The one before ends.
    pub(super) async fn open(&mut self, app: &mut App, account: AccountRef) {
        self.tasks.shutdown().await;
        self.session_number += 1;
        if let Some(live) = self.live.take() {
            close(live).await;
        }
        match self.start(&account).await {
            Ok((live, opened)) => {
                self.live = Some(live);
                if let Ok(path) = account.directory.strip_prefix(&self.state_dir) {
                    // Only convenience: the next start opens the same account.
                    let _ = std::fs::write(self.state_dir.join("last"), path.display().to_string());
                }
                Box::pin(self.take(app, Input::Opened(opened))).await;
            }
            Err(error) => {
                let why = self.language.error(&error);
                let why = self.language.fill(Text::StoreFailed, &[why.trim_end_matches('.')]);
                app.open_sign_in(&account.server);
                Box::pin(self.take(app, Input::NotSignedIn { why, code: false })).await;
            }
        }
    }

    async fn start(&mut self, account: &AccountRef) -> Result<(Live, Opened), ClientError> {
        let address: Address = account.server.parse()?;
        let trust = read_trust(&account.directory);
        let mut options = SessionOptions::new(address, Arc::clone(&self.clock), environment::seed());
        options.connect = self.connect_options(&trust)?;
        let tokens = Arc::new(KeptTokens::new(&account.directory, self.environment.keyring));
        // Whose it is stands in the file; a keyring that asks for its password must not hold up the start.
        let kept = FileTokens::new(account.directory.join("session.json")).load()?;
        let store = Store::open(&account.directory.join("store.sqlite")).await?;
        let outbox = store.outbox().await?;
        let (session, events) = Session::start(store, tokens, options).await?;
        let chat = std::mem::take(&mut self.wanted_chat);
        let opened = Opened {
            server: account.server.clone(),
            username: kept.as_ref().map_or_else(|| account.username.clone(), |tokens| tokens.username.clone()),
            me: kept.and_then(|tokens| tokens.user_id),
            outbox,
            chat,
        };
        Ok((Live { session: Arc::new(session), events }, opened))
    }

    /// Signs in beside the loop.
    fn sign_in(&mut self, form: SignInForm) {
        let language = self.language;
        let trust = Trust { fingerprint: self.args.fingerprint.clone(), ca_file: self.args.ca_file.clone() };
        let connect = self.connect_options(&trust);
        let (clock, news, number) = (Arc::clone(&self.clock), self.news.clone(), self.session_number);
        let (state_dir, keyring) = (self.state_dir.clone(), self.environment.keyring);
        // Not among the tasks of the session, which end when another is opened.
        tokio::spawn(async move {
            let failed = |error: &ClientError| {
                let code = error.code() == Some(ErrorCode::TwoFactorRequired);
                Input::NotSignedIn { why: why_not(language, &form, error), code }
            };
            let work = async {
                let address: Address = form.server.parse()?;
                let (username, password) = (form.username.clone(), form.password.clone());
                let device = Some(DEVICE.to_owned());
                let credentials = if form.register {
                    let invite = form.invite.clone();
                    Credentials::Register(Register { username, password, email: None, invite, device })
                } else {
                    Credentials::Login(Login { username, password, code: form.code.clone(), device })
                };
                let tokens = sign_in(&address, &connect?, &clock, credentials).await?;
                let server = address.to_string();
                let directory = account::directory(&state_dir, &server, &tokens.username);
                account::private_directory(&directory)?;
                let (place, kept) = (directory.clone(), tokens.clone());
                let saved = tokio::task::spawn_blocking(move || KeptTokens::new(&place, keyring).save(&kept)).await;
                saved.map_err(std::io::Error::other)??;
                if trust.fingerprint.is_some() || trust.ca_file.is_some() {
                    std::fs::write(directory.join("trust.json"), serde_json::to_vec(&trust).unwrap_or_default())?;
                }
                Ok(AccountRef { server, username: tokens.username, directory })
            };
            let outcome = match work.await {
                Ok(account) => News::SignedIn(account),
                Err(error) => News::Of(number, failed(&error)),
            };
            let _ = news.send(outcome).await;
        });
    }

    /// Ends the session here and on the server.
    async fn sign_out(&mut self, app: &mut App) {
        self.tasks.shutdown().await;
        self.session_number += 1;
        if let Some(Live { session, events }) = self.live.take() {
            drop(events);
            // The writer of the outbox may have it for a moment yet; then only the tokens are forgotten.
            if let Some(session) = Arc::into_inner(session) {
                let _ = tokio::time::timeout(super::CLOSING, session.sign_out()).await;
            }
        }
        if let Some(account) = app.accounts.iter().find(|a| a.server == app.server && a.username == app.username) {
            let _ = KeptTokens::new(&account.directory, self.environment.keyring).clear();
        }
        app.opened = false;
        app.accounts = account::list(&self.state_dir);
        app.open_sign_in("");
    }

    /// Opens an address with the program for it, without a shell between.
    fn browse(&mut self, link: String) {
        let (language, news, number) = (self.language, self.news.clone(), self.session_number);
        let usual = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
        let opener = match (&self.opener, self.environment.desktop) {
            (Some(opener), _) => opener.clone(),
            (None, true) => vec![usual.to_owned()],
            (None, false) => Vec::new(),
        };
        if opener.is_empty() {
            let _ = self.screen.copy(&link);
        }
        tokio::spawn(async move {
            let mut ok = false;
            if let Some((program, arguments)) = opener.split_first() {
                let mut command = tokio::process::Command::new(program);
                command.args(arguments).arg(&link);
                command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
                ok = command.status().await.is_ok_and(|status| status.success());
            }
            if !ok {
                let told = language.fill(Text::CannotOpen, &[&text::line(&link)]);
                let _ = news.send(News::Of(number, Input::Trouble(told))).await;
            }
        });
    }

    /// Lets a text be written in an editor, which gets the terminal meanwhile.
    fn edit(&mut self, content: String) {
        if self.editing {
            return;
        }
        self.editing = true;
        self.screen.leave();
        let editor = self.environment.editor.clone().unwrap_or_else(|| "vi".to_owned());
        let path = self.state_dir.join(format!("edit-{}.md", environment::random_id().simple()));
        let (language, news) = (self.language, self.news.clone());
        tokio::spawn(async move {
            let written = run_editor(&editor, &path, &content).await;
            let _ = std::fs::remove_file(&path);
            let text = written.map_err(|error| {
                language.fill(Text::EditorFailed, &[&text::line(&editor), &text::line(&format!("{error}."))])
            });
            let _ = news.send(News::Edited(text)).await;
        });
    }

    /// To the shell; the signal to go on comes back.
    fn suspend(&mut self) {
        #[cfg(unix)]
        {
            self.screen.leave();
            let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::TSTP);
        }
    }
}

async fn run_editor(editor: &str, path: &Path, content: &str) -> std::io::Result<String> {
    use std::io::{Error, Read, Write};
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(content.as_bytes())?;
    let mut words = editor.split_whitespace();
    let program = words.next().unwrap_or("vi");
    let status = tokio::process::Command::new(program).args(words).arg(path).status().await?;
    if !status.success() {
        return Err(Error::other(status.to_string()));
    }
    let mut text = String::new();
    std::fs::File::open(path)?.take(EDITED).read_to_string(&mut text)?;
    Ok(text)
}

/// A message's number, and the messages around it.
async fn find_message(
    session: &Session,
    chat_id: &ChatId,
    message_id: vestnik_proto::MessageId,
) -> Result<(i64, Answer), ClientError> {
    let get = MessageRef { chat_id: chat_id.clone(), message_id };
    let seq = match session.command(Command::GetMessage(get)).await? {
        Answer::Message { message } => message.seq,
        _ => 0,
    };
    let history = History { around: Some(seq), ..History::newest(chat_id.clone(), 50) };
    Ok((seq, session.command(Command::History(history)).await?))
}

fn refusal(language: Language, error: &ClientError) -> Refusal {
    Refusal { text: text::line(&language.error(error)), code: error.code() }
}

fn why_not(language: Language, form: &SignInForm, error: &ClientError) -> String {
    match (error.code(), form.register) {
        (Some(ErrorCode::Conflict), true) => language.fill(Text::NameTakenForm, &[&text::line(&form.username)]),
        (Some(ErrorCode::Forbidden), true) => language.text(Text::RegistrationClosed).to_owned(),
        (Some(ErrorCode::InvalidCredentials), false) => language.fill(Text::NoAccountForm, &["Ctrl-T"]),
        _ if matches!(error, ClientError::Address(_)) => language.fill(Text::BadServer, &[&text::line(&form.server)]),
        _ => language.error(error),
    }
}

fn read_trust(directory: &Path) -> Trust {
    let bytes = std::fs::read(directory.join("trust.json")).unwrap_or_default();
    serde_json::from_slice(&bytes).unwrap_or_default()
}
