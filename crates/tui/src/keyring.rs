//! Where the tokens of a session are kept: in the keyring of the desktop where there is one, and
//! in a file of mode 0600 otherwise.
//!
//! The keyring is reached by the system's own program (`secret-tool` of libsecret), not by a
//! library: see docs/adr/0011-terminal-client.md. The file stays beside it, without the secrets,
//! so that the account is found.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use vestnik_client::net::{FileTokens, TokenLock, TokenStore, Tokens};

/// The program that reaches the keyring.
const TOOL: &str = "secret-tool";

/// The tokens of one account.
#[derive(Debug)]
pub struct KeptTokens {
    file: FileTokens,
    /// The name of the entry; absent where there is no keyring.
    entry: Option<String>,
    tool: PathBuf,
}

impl KeptTokens {
    /// Of the account with its files in this directory. `keyring` says whether a desktop with a
    /// keyring may be there.
    pub fn new(directory: &Path, keyring: bool) -> Self {
        let name = directory.display().to_string();
        Self {
            file: FileTokens::new(directory.join("session.json")),
            entry: keyring.then_some(name),
            tool: TOOL.into(),
        }
    }

    /// Runs the tool with these words; gives it the secret on its input, where no other user sees it.
    fn run(&self, words: &[&str], entry: &str, secret: Option<&[u8]>) -> io::Result<Output> {
        let mut command = Command::new(&self.tool);
        command.args(words).args(["service", "vestnik", "account", entry]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn()?;
        let mut input = child.stdin.take();
        if let (Some(input), Some(secret)) = (&mut input, secret) {
            input.write_all(secret)?;
        }
        drop(input);
        child.wait_with_output()
    }

    /// Whether the keyring took the tokens.
    fn store(&self, tokens: &Tokens) -> bool {
        let Some(entry) = &self.entry else { return false };
        let Ok(secret) = serde_json::to_vec(tokens) else { return false };
        let stored = self.run(&["store", "--label=Vestnik"], entry, Some(&secret));
        // Some keyrings take a secret and forget it; only one that gives it back is one.
        stored.is_ok_and(|output| output.status.success()) && self.look_up().as_ref() == Some(tokens)
    }

    fn look_up(&self) -> Option<Tokens> {
        let output = self.run(&["lookup"], self.entry.as_ref()?, None).ok()?;
        output.status.success().then(|| serde_json::from_slice(&output.stdout).ok()).flatten()
    }
}

impl TokenStore for KeptTokens {
    fn load(&self) -> io::Result<Option<Tokens>> {
        match self.file.load()? {
            Some(tokens) if tokens.refresh_token.is_empty() => Ok(self.look_up()),
            tokens => Ok(tokens),
        }
    }

    fn save(&self, tokens: &Tokens) -> io::Result<()> {
        if self.store(tokens) {
            let without = Tokens { access_token: String::new(), refresh_token: String::new(), ..tokens.clone() };
            return self.file.save(&without);
        }
        self.file.save(tokens)
    }

    fn clear(&self) -> io::Result<()> {
        if let Some(entry) = &self.entry {
            // What is not there need not be taken out.
            let _ = self.run(&["clear"], entry, None);
        }
        self.file.clear()
    }

    fn lock(&self) -> io::Result<TokenLock> {
        self.file.lock()
    }
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;
    use vestnik_proto::Timestamp;

    fn tokens() -> Tokens {
        Tokens {
            user_id: None,
            username: "anna".to_owned(),
            access_token: "access".to_owned(),
            refresh_token: "secret".to_owned(),
            issued_at: Timestamp::default(),
            expires_at: Timestamp::default(),
        }
    }

    /// A keyring in a directory, spoken to as the real one is.
    fn tool(directory: &Path, script: &str) -> PathBuf {
        use std::os::unix::fs::PermissionsExt;
        let path = directory.join("secret-tool");
        let kept = directory.join("kept");
        std::fs::write(&path, format!("#!/bin/sh\nkept={}\n{script}\n", kept.display())).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700)).unwrap();
        path
    }

    const WORKS: &str = r#"case $1 in store) cat >"$kept" ;; lookup) cat "$kept" ;; clear) rm -f "$kept" ;; esac"#;

    #[test]
    fn secrets_go_into_the_keyring_and_not_into_the_file() {
        let dir = tempfile::tempdir().unwrap();
        let kept = KeptTokens { tool: tool(dir.path(), WORKS), ..KeptTokens::new(dir.path(), true) };
        kept.save(&tokens()).unwrap();
        let file = std::fs::read_to_string(dir.path().join("session.json")).unwrap();
        assert!(!file.contains("secret") && file.contains("anna"), "{file}");
        assert_eq!(kept.load().unwrap(), Some(tokens()));
        kept.clear().unwrap();
        assert!(!dir.path().join("kept").exists());
        assert_eq!(kept.load().unwrap(), None);
    }

    #[test]
    fn without_a_keyring_the_file_has_them() {
        let dir = tempfile::tempdir().unwrap();
        for kept in [
            KeptTokens::new(dir.path(), false),
            KeptTokens { tool: "/nowhere/secret-tool".into(), ..KeptTokens::new(dir.path(), true) },
            KeptTokens { tool: tool(dir.path(), "cat >/dev/null; exit 1"), ..KeptTokens::new(dir.path(), true) },
            KeptTokens { tool: tool(dir.path(), "cat >/dev/null"), ..KeptTokens::new(dir.path(), true) },
        ] {
            kept.save(&tokens()).unwrap();
            assert_eq!(FileTokens::new(dir.path().join("session.json")).load().unwrap(), Some(tokens()));
            assert_eq!(kept.load().unwrap(), Some(tokens()));
        }
    }
}
