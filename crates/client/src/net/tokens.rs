//! Where a session's tokens are kept.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use vestnik_proto::frame::AuthSuccess;
use vestnik_proto::{Timestamp, UserId};

/// What signs a client in without a password.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tokens {
    /// Whose they are.
    pub user_id: Option<UserId>,
    /// Their username.
    pub username: String,
    /// For `auth`.
    pub access_token: String,
    /// For getting new tokens, once.
    pub refresh_token: String,
    /// When the access token was given.
    pub issued_at: Timestamp,
    /// When the access token ends.
    pub expires_at: Timestamp,
}

impl std::fmt::Debug for Tokens {
    /// Without the secrets, so that no log has them.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tokens").field("username", &self.username).field("expires_at", &self.expires_at).finish()
    }
}

impl Tokens {
    /// The tokens of an answer to `login`, `register` or `refresh`; `None` when it has none.
    pub fn from_answer(success: &AuthSuccess, now: Timestamp) -> Option<Self> {
        Some(Self {
            user_id: success.user_id,
            username: success.username.clone(),
            access_token: success.access_token.clone()?,
            refresh_token: success.refresh_token.clone()?,
            issued_at: now,
            expires_at: now.plus_secs(success.expires_in),
        })
    }

    /// When to renew: after four fifths of the access token's life, so that a connection never
    /// lives on an expired one.
    pub fn renew_at(&self) -> Timestamp {
        let life = self.expires_at.as_millis() - self.issued_at.as_millis();
        self.issued_at.plus_millis(life.max(0) / 5 * 4)
    }
}

/// Held while tokens are renewed, so that two programs of one account do not use the same refresh
/// token: that would look like theft and end the session.
#[derive(Debug)]
pub struct TokenLock(#[expect(dead_code, reason = "held for its lock, which goes when it is dropped")] Option<File>);

/// Keeps tokens. The methods block for a moment.
pub trait TokenStore: Send + Sync {
    /// The tokens kept, if any.
    ///
    /// # Errors
    /// When they cannot be read.
    fn load(&self) -> io::Result<Option<Tokens>>;

    /// Keeps these tokens, durably.
    ///
    /// # Errors
    /// When they cannot be written.
    fn save(&self, tokens: &Tokens) -> io::Result<()>;

    /// Forgets the tokens.
    ///
    /// # Errors
    /// When they cannot be removed.
    fn clear(&self) -> io::Result<()>;

    /// Waits until no other program renews tokens here.
    ///
    /// # Errors
    /// When locking fails.
    fn lock(&self) -> io::Result<TokenLock> {
        Ok(TokenLock(None))
    }
}

/// Tokens for as long as the program runs.
#[derive(Debug, Default)]
pub struct MemoryTokens(Mutex<Option<Tokens>>);

impl MemoryTokens {
    /// A store with these tokens.
    pub fn new(tokens: Option<Tokens>) -> Self {
        Self(Mutex::new(tokens))
    }
}

impl TokenStore for MemoryTokens {
    fn load(&self) -> io::Result<Option<Tokens>> {
        Ok(self.0.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }

    fn save(&self, tokens: &Tokens) -> io::Result<()> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(tokens.clone());
        Ok(())
    }

    fn clear(&self) -> io::Result<()> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
        Ok(())
    }
}

/// Tokens in a file that only its owner may read (mode 0600).
#[derive(Debug)]
pub struct FileTokens {
    path: PathBuf,
}

impl FileTokens {
    /// Tokens in this file. Its directory must exist.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    fn beside(&self, extension: &str) -> PathBuf {
        self.path.with_extension(extension)
    }
}

/// Opens a file for writing that only its owner may read.
fn private(path: &Path, truncate: bool) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(truncate);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(path)
}

impl TokenStore for FileTokens {
    fn load(&self) -> io::Result<Option<Tokens>> {
        match std::fs::read(&self.path) {
            // A file that cannot be understood is as good as none: signing in again mends it.
            Ok(bytes) => Ok(serde_json::from_slice(&bytes).ok()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn save(&self, tokens: &Tokens) -> io::Result<()> {
        // Written beside and renamed, so that a crash leaves the old tokens or the new ones.
        let temporary = self.beside("new");
        let mut file = private(&temporary, true)?;
        file.write_all(&serde_json::to_vec(tokens)?)?;
        file.sync_all()?;
        std::fs::rename(&temporary, &self.path)?;
        match self.path.parent() {
            Some(directory) => File::open(directory)?.sync_all(),
            None => Ok(()),
        }
    }

    fn clear(&self) -> io::Result<()> {
        match std::fs::remove_file(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    fn lock(&self) -> io::Result<TokenLock> {
        let file = private(&self.beside("lock"), false)?;
        file.lock()?;
        Ok(TokenLock(Some(file)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens() -> Tokens {
        Tokens {
            user_id: Some(UserId(1)),
            username: "anna".to_owned(),
            access_token: "access".to_owned(),
            refresh_token: "secret".to_owned(),
            issued_at: Timestamp::from_secs(1_000),
            expires_at: Timestamp::from_secs(1_900),
        }
    }

    #[test]
    fn a_file_keeps_tokens_privately() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("tokens.json");
        let store = FileTokens::new(&path);
        assert_eq!(store.load().unwrap(), None);
        store.save(&tokens()).unwrap();
        assert_eq!(FileTokens::new(&path).load().unwrap(), Some(tokens()));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        std::fs::write(&path, "{").unwrap();
        assert_eq!(store.load().unwrap(), None, "a broken file asks for signing in");
        store.clear().unwrap();
        store.clear().unwrap();
        assert!(!path.exists());
    }

    #[test]
    fn renews_before_the_end_and_hides_secrets() {
        assert_eq!(tokens().renew_at(), Timestamp::from_secs(1_720));
        assert!(!format!("{:?}", tokens()).contains("secret"));
    }
}
