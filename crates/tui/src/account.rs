//! Who is signed in: the session kept from the run before, or a password.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::mpsc::Receiver;
use vestnik_client::net::{
    Address, ClientError, Clock, ConnectOptions, Credentials, FileTokens, Session, SessionEvent, SessionOptions, Store,
    TlsOptions, TokenStore, sign_in,
};
use vestnik_proto::ErrorCode;
use vestnik_proto::command::{Login, Register};

use crate::app::AccountRef;
use crate::args::Args;
use crate::environment::{self, Environment};
use crate::failure::Failure;
use crate::i18n::Text;
use crate::keyring::KeptTokens;

/// What this program calls itself in the list of sessions.
pub const DEVICE: &str = "vestnik-tui";

/// An account on a server, and where its files are.
pub struct Account<'a> {
    args: &'a Args,
    environment: &'a Environment,
    address: Address,
    connect: ConnectOptions,
    clock: Clock,
    username: String,
    tokens: Arc<KeptTokens>,
    store: PathBuf,
    /// Whether a password was used in this run; a second time it would not do better.
    password_used: bool,
}

impl<'a> Account<'a> {
    /// Finds out which account is meant.
    pub fn find(args: &'a Args, environment: &'a Environment) -> Result<Self, Failure> {
        let language = environment.language;
        let usage = |error: &ClientError| Failure::Usage(error.to_string());
        let bad_server = |_: ClientError| Failure::Usage(language.fill(Text::BadServer, &[&args.server]));
        let address: Address = args.server.parse().map_err(bad_server)?;
        let pinned = args.fingerprint.as_deref().map(str::parse).transpose().map_err(|error| usage(&error))?;
        let tls = TlsOptions { extra_ca: args.ca_file.clone(), pinned };
        let state = args.state_dir.clone().or_else(|| environment.state_dir.clone());
        let state = state.ok_or_else(|| Failure::Usage(language.text(Text::NoStateDir).to_owned()))?;
        let server = state.join(file_name(&address.to_string()));
        let username = match args.user.clone().or_else(|| only_user(&server)) {
            Some(username) => username,
            None if environment.stdin_is_terminal => ask(language.text(Text::AskUser))?,
            None => return Err(Failure::Usage(language.text(Text::NoUser).to_owned())),
        };
        if username.trim().is_empty() {
            return Err(Failure::Usage(language.text(Text::NameEmpty).to_owned()));
        }
        let directory = server.join(file_name(&vestnik_proto::names::fold(&username)));
        private_directory(&directory).map_err(|error| {
            let path = directory.display().to_string();
            Failure::Other(language.fill(Text::CannotMake, &[&path, &error.to_string()]))
        })?;
        Ok(Self {
            args,
            environment,
            address,
            connect: ConnectOptions { tls, ..ConnectOptions::default() },
            clock: environment::clock(),
            username,
            tokens: Arc::new(KeptTokens::new(&directory, environment.keyring)),
            store: directory.join("store.sqlite"),
            password_used: false,
        })
    }

    /// The server's address, for a person.
    pub fn server(&self) -> String {
        self.address.to_string()
    }

    /// Who is meant.
    pub fn username(&self) -> &str {
        &self.username
    }

    /// Whether another try with a password makes sense after the kept session was refused.
    pub fn may_use_password(&self) -> bool {
        !self.password_used
    }

    /// Forgets the kept tokens, which are not accepted any more.
    pub fn forget(&self) -> Result<(), Failure> {
        self.tokens.clear().map_err(|error| Failure::Other(self.environment.language.error(&error.into())))
    }

    /// Starts a session with the kept tokens; without any, or to make an account, by the password.
    pub async fn start(&mut self) -> Result<(Session, Receiver<SessionEvent>), Failure> {
        let language = self.environment.language;
        let other = |error: &ClientError| Failure::Other(language.error(error));
        let kept = self.tokens.load().map_err(|error| other(&error.into()))?;
        if kept.is_none() || (self.args.register && !self.password_used) {
            self.use_password().await?;
        }
        let store = Store::open(&self.store).await.map_err(|error| other(&error))?;
        let mut options = SessionOptions::new(self.address.clone(), Arc::clone(&self.clock), environment::seed());
        options.connect = self.connect.clone();
        let tokens: Arc<KeptTokens> = Arc::clone(&self.tokens);
        Session::start(store, tokens, options).await.map_err(|error| other(&error))
    }

    /// Signs in by name and password, or makes the account.
    async fn use_password(&mut self) -> Result<(), Failure> {
        let language = self.environment.language;
        self.password_used = true;
        if self.args.register {
            // The server holds to the same rules; known here, they need no password first.
            let name = vestnik_proto::names::username(&self.username);
            name.map_err(|error| Failure::SignIn(language.name_error(&error)))?;
        }
        let password = self.password()?;
        if self.address.scheme.is_plain() && !self.address.is_loopback() {
            crate::tell(&language.fill(Text::PlainWarning, &[&self.server()]));
        }
        let credentials = |code: Option<String>| {
            let (username, password, device) = (self.username.clone(), password.clone(), Some(DEVICE.to_owned()));
            if self.args.register {
                Credentials::Register(Register { username, password, email: None, invite: None, device })
            } else {
                Credentials::Login(Login { username, password, code, device })
            }
        };
        let mut signed_in = sign_in(&self.address, &self.connect, &self.clock, credentials(None)).await;
        if let Err(error) = &signed_in
            && error.code() == Some(ErrorCode::TwoFactorRequired)
            && self.environment.stdin_is_terminal
        {
            let code = ask(language.text(Text::AskCode))?;
            signed_in = sign_in(&self.address, &self.connect, &self.clock, credentials(Some(code))).await;
        }
        let tokens = signed_in.map_err(|error| Failure::of_sign_in(&error, self.refusal(&error)))?;
        self.tokens.save(&tokens).map_err(|error| Failure::Other(language.error(&error.into())))
    }

    /// What an error of signing in means, and what to do.
    fn refusal(&self, error: &ClientError) -> String {
        let language = self.environment.language;
        match (error.code(), self.args.register) {
            (Some(ErrorCode::Conflict), true) => language.fill(Text::NameTaken, &[&crate::text::line(&self.username)]),
            (Some(ErrorCode::Forbidden), true) => language.text(Text::RegistrationClosed).to_owned(),
            (Some(ErrorCode::InvalidCredentials), false) => language.text(Text::NoAccount).to_owned(),
            _ => language.error(error),
        }
    }

    fn password(&self) -> Result<String, Failure> {
        let language = self.environment.language;
        if let Some(path) = &self.args.password_file {
            let text = std::fs::read_to_string(path).map_err(|error| {
                Failure::Usage(language.fill(Text::CannotRead, &[&path.display().to_string(), &error.to_string()]))
            })?;
            return Ok(text.trim_end_matches(['\r', '\n']).to_owned());
        }
        if let Some(password) = &self.environment.password {
            return Ok(password.clone());
        }
        let missing = || Failure::Usage(language.fill(Text::NoPassword, &[&self.username]));
        if !self.environment.stdin_is_terminal {
            return Err(missing());
        }
        let prompt = |text: &str| rpassword::prompt_password(text).map_err(|_| missing());
        let username = crate::text::line(&self.username);
        if !self.args.register {
            return prompt(&language.fill(Text::AskPassword, &[&username]));
        }
        // What is typed unseen is typed twice before it locks anybody out.
        loop {
            let password = prompt(&language.fill(Text::AskNewPassword, &[&username]))?;
            if password.is_empty() {
                return Err(missing());
            }
            if let Some(problem) = language.password_problem(&password) {
                crate::tell(&problem);
            } else if prompt(language.text(Text::AskAgain))? == password {
                return Ok(password);
            } else {
                crate::tell(language.text(Text::PasswordsDiffer));
            }
        }
    }
}

/// Asks for one line on the terminal.
fn ask(question: &str) -> Result<String, Failure> {
    use std::io::Write;
    let mut error = std::io::stderr();
    let _ = error.write_all(question.as_bytes()).and_then(|()| error.flush());
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).map_err(|error| Failure::Other(error.to_string()))?;
    Ok(line.trim().to_owned())
}

/// Where the files of an account are.
pub fn directory(state: &Path, server: &str, username: &str) -> PathBuf {
    state.join(file_name(server)).join(file_name(&vestnik_proto::names::fold(username)))
}

/// The accounts with a session, by server and name.
pub fn list(state: &Path) -> Vec<AccountRef> {
    let entries = |path: &Path| std::fs::read_dir(path).into_iter().flatten().filter_map(Result::ok);
    let mut found = Vec::new();
    for server in entries(state) {
        let Some(address) = server.file_name().to_str().and_then(text_of) else { continue };
        for account in entries(&server.path()) {
            let directory = account.path();
            if let Ok(Some(tokens)) = FileTokens::new(directory.join("session.json")).load() {
                found.push(AccountRef { server: address.clone(), username: tokens.username, directory });
            }
        }
    }
    found.sort_by(|one, other| (&one.server, &one.username).cmp(&(&other.server, &other.username)));
    found
}

/// Makes a directory that only its owner may enter.
pub fn private_directory(path: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// The one user with a session on this server; `None` when there are none or several.
fn only_user(server: &Path) -> Option<String> {
    let sessions = std::fs::read_dir(server).ok()?;
    let mut users = sessions.filter_map(|entry| {
        let tokens = FileTokens::new(entry.ok()?.path().join("session.json")).load().ok()??;
        Some(tokens.username)
    });
    let user = users.next()?;
    users.next().is_none().then_some(user)
}

/// A text as the name of a file: one to one, and safe on every system.
fn file_name(text: &str) -> String {
    let mut name = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || byte == b'-' {
            name.push(char::from(byte));
        } else {
            name.push_str(&format!("_{byte:02x}"));
        }
    }
    name
}

/// The text that a file name stands for; `None` when it is not one of [`file_name`].
fn text_of(name: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(name.len());
    let mut rest = name.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'_' {
            let digits = [rest.next()?, rest.next()?];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok().filter(|text| text.contains("://"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use vestnik_client::net::Tokens;
    use vestnik_proto::Timestamp;

    #[test]
    fn names_of_files_are_safe_and_distinct() {
        assert_eq!(file_name("tcp://a:1"), "tcp_3a_2f_2fa_3a1");
        assert_ne!(file_name("a_2f"), file_name("a/"));
        assert_eq!(text_of(&file_name("tcp://я:1")).as_deref(), Some("tcp://я:1"));
        assert_eq!(text_of("_zz"), None);
        assert!(!file_name("../../etc").contains(['/', '.']));
    }

    #[test]
    fn the_only_user_is_found() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(only_user(dir.path()), None);
        assert!(list(dir.path()).is_empty());
        for (number, name) in ["anna", "boris"].into_iter().enumerate() {
            let directory = dir.path().join(name);
            private_directory(&directory).unwrap();
            let tokens = Tokens {
                user_id: None,
                username: name.to_owned(),
                access_token: String::new(),
                refresh_token: String::new(),
                issued_at: Timestamp::default(),
                expires_at: Timestamp::default(),
            };
            FileTokens::new(directory.join("session.json")).save(&tokens).unwrap();
            assert_eq!(only_user(dir.path()), (number == 0).then(|| "anna".to_owned()));
        }
    }
}
