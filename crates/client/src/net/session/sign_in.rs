//! Signing in: once by name and password, afterwards by tokens.

use std::sync::Arc;

use vestnik_proto::frame::AuthSuccess;

use super::{Credentials, Shared};
use crate::net::{Address, ClientError, Clock, ConnectOptions, Connection, TokenLock, TokenStore, Tokens};

/// An access token that ends within this many seconds is not worth trying.
const MARGIN_SECS: i64 = 10;

/// Signs in by name and password, or makes an account, and returns the tokens for a session.
///
/// # Errors
/// The server's refusal, or that it cannot be reached.
pub async fn sign_in(
    address: &Address,
    options: &ConnectOptions,
    clock: &Clock,
    credentials: Credentials,
) -> Result<Tokens, ClientError> {
    // Held: without a receiver the connection would end at the first event.
    let (connection, _events) = Connection::open(address, options).await?;
    let success = match credentials {
        Credentials::Login(login) => connection.login(login).await?,
        Credentials::Register(register) => connection.register(register).await?,
    };
    connection.close();
    Tokens::from_answer(&success, clock()).ok_or_else(no_tokens)
}

fn no_tokens() -> ClientError {
    ClientError::Protocol("signing in gave no tokens".to_owned())
}

/// Runs what blocks for a moment away from the tasks.
async fn blocking<T: Send + 'static>(
    tokens: &Arc<dyn TokenStore>,
    work: impl FnOnce(&dyn TokenStore) -> std::io::Result<T> + Send + 'static,
) -> Result<T, ClientError> {
    let tokens = Arc::clone(tokens);
    let done = tokio::task::spawn_blocking(move || work(&*tokens)).await;
    Ok(done.map_err(std::io::Error::other)??)
}

impl Shared {
    /// The tokens kept.
    async fn kept_tokens(&self) -> Result<Tokens, ClientError> {
        let kept = blocking(&self.tokens, |tokens| tokens.load()).await?;
        kept.ok_or_else(|| ClientError::SignedOut("there is no session yet".to_owned()))
    }

    /// Forgets the tokens kept.
    pub(super) async fn forget_tokens(&self) -> Result<(), ClientError> {
        blocking(&self.tokens, |tokens| tokens.clear()).await
    }

    fn is_fresh(&self, tokens: &Tokens) -> bool {
        tokens.expires_at > (self.options.clock)().plus_secs(MARGIN_SECS)
    }

    /// Signs a new connection in by the tokens kept. With `refused` the access token was refused
    /// a moment ago and is not tried again.
    pub(super) async fn sign_in(&self, connection: &Connection, refused: bool) -> Result<AuthSuccess, ClientError> {
        let tokens = self.kept_tokens().await?;
        if !refused && self.is_fresh(&tokens) {
            match connection.auth(&tokens.access_token).await {
                Err(error) if error.is_unauthorized() && connection.closed().is_none() => {}
                other => return other,
            }
        }
        self.renew(connection, &tokens).await
    }

    /// Gets new tokens for `used` ones and signs the connection in with them. When another program
    /// of this account was faster, its tokens are taken.
    pub(super) async fn renew(&self, connection: &Connection, used: &Tokens) -> Result<AuthSuccess, ClientError> {
        let _lock: TokenLock = blocking(&self.tokens, |tokens| tokens.lock()).await?;
        let kept = self.kept_tokens().await?;
        if kept.access_token != used.access_token && self.is_fresh(&kept) {
            return connection.auth(&kept.access_token).await;
        }
        let success = match connection.refresh(&kept.refresh_token).await {
            Ok(success) => success,
            Err(error) if error.is_unauthorized() => {
                self.forget_tokens().await?;
                return Err(ClientError::SignedOut("the session has ended; sign in again".to_owned()));
            }
            Err(error) => return Err(error),
        };
        let renewed = Tokens::from_answer(&success, (self.options.clock)()).ok_or_else(no_tokens)?;
        let access_token = renewed.access_token.clone();
        // Before anything else: the old refresh token is used up.
        blocking(&self.tokens, move |tokens| tokens.save(&renewed)).await?;
        connection.auth(&access_token).await
    }

    /// How long the kept access token may still be used before it should be renewed.
    pub(super) async fn renew_in(&self) -> Result<(Tokens, std::time::Duration), ClientError> {
        let tokens = self.kept_tokens().await?;
        let millis = tokens.renew_at().as_millis() - (self.options.clock)().as_millis();
        Ok((tokens, std::time::Duration::from_millis(u64::try_from(millis).unwrap_or(0))))
    }
}
