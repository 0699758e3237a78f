//! Signing in and out: accounts made, passwords and tokens checked, sessions kept and ended.

use std::net::IpAddr;
use std::sync::Arc;

use vestnik_proto::command::{ChangePassword, Login, Refresh, Register, RevokeSession};
use vestnik_proto::frame::AuthSuccess;
use vestnik_proto::{
    Answer, ApiError, ErrorCode, Registration, Role, ServerRole, SetupRequest, Timestamp, UserId, limits, names,
};
use vestnik_store::{ChatKey, NewSession, NewUser, StoreError, Tx, UserRow};

use crate::context::{GENERAL, Request, line, storable, taken};
use crate::error::Fail;
use crate::tokens::{fingerprint, random_text, random_uuid};
use crate::turns::Asker;
use crate::{Actor, Core, Notice, Origin, Subscribed, UserActor, passwords};

/// Someone who has just signed in.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// Who.
    pub actor: Actor,
    /// Until when the access token is good.
    pub expires_at: Timestamp,
    /// What they are told, new tokens included.
    pub answer: AuthSuccess,
}

/// Whose a good access token is.
#[derive(Clone, Debug)]
pub struct Authenticated {
    /// Who.
    pub actor: Actor,
    /// Until when the token is good.
    pub expires_at: Timestamp,
}

/// An account to be made.
struct NewAccount {
    username: String,
    password: String,
    email: Option<String>,
    invite: Option<String>,
    server_role: ServerRole,
    /// Where it is asked from; none for the administrator's command line.
    address: Option<IpAddr>,
}

fn has_owner_already() -> ApiError {
    let words = "This server has an owner already. `vestnik admin set-role` gives the role to another account.";
    ApiError::new(ErrorCode::Forbidden, words)
}

fn unauthorized() -> ApiError {
    ApiError::new(ErrorCode::Unauthorized, "This needs signing in. Your access token is missing, wrong or has ended.")
}

/// How much longer than their tokens live ended sessions are kept in mind, seconds: a clock that jumps ahead by less,
/// and back, makes no ended session good again.
pub(crate) const CLOCK_SLACK: i64 = 2 * 3_600;

impl Core {
    /// The setup link's token while the server has no owner; made anew at each start, and in a cluster the same
    /// on every node.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn setup_token(&self) -> Result<Option<String>, ApiError> {
        let mut db = self.read().await?;
        if vestnik_store::has_owner(&mut db).await.map_err(Fail::from)? {
            *self.0.setup.lock() = None;
            return Ok(None);
        }
        if self.0.config.cluster {
            return Ok(Some(self.0.signer.derive("setup", 32)));
        }
        let mut token = self.0.setup.lock();
        Ok(Some(token.get_or_insert_with(|| random_text(&*self.0.rng, 32)).clone()))
    }

    /// Makes the owner's account by the setup link's token, once.
    ///
    /// # Errors
    /// `forbidden` for a wrong token or when there is an owner; `invalid` and `conflict` as for registering.
    pub async fn setup(&self, request: SetupRequest, origin: &Origin) -> Result<SignedIn, ApiError> {
        self.limit_sign_in(origin)?;
        let expected = self.setup_token().await?;
        // Fingerprints are compared, so that the time tells nothing of the token.
        if expected.is_none_or(|token| fingerprint(&token) != fingerprint(&request.token)) {
            return Err(ApiError::new(
                ErrorCode::Forbidden,
                "This setup link is not valid (any more). The server prints a new one when it starts without an owner.",
            ));
        }
        let account = NewAccount {
            username: request.username,
            password: request.password,
            email: None,
            invite: None,
            server_role: ServerRole::Owner,
            address: Some(origin.ip),
        };
        let user = self.create_account(account).await?;
        *self.0.setup.lock() = None;
        Ok(self.begin_session(user, None, origin).await?)
    }

    /// Makes an account and signs in.
    ///
    /// # Errors
    /// `forbidden` where registration is closed, `invalid` for a bad name or password,
    /// `conflict` for a name that is taken or too alike.
    pub async fn register(&self, request: Register, origin: &Origin) -> Result<SignedIn, ApiError> {
        self.limit_sign_in(origin)?;
        match self.0.config.registration {
            Registration::Open => {}
            Registration::Invite if request.invite.is_some() => {}
            Registration::Invite => {
                return Err(ApiError::new(
                    ErrorCode::Forbidden,
                    "Registering here needs an invite. Ask someone who is here for a link.",
                ));
            }
            Registration::Closed => {
                return Err(ApiError::new(
                    ErrorCode::Forbidden,
                    "Registration is closed here. Ask the administrator for an account.",
                ));
            }
        }
        let account = NewAccount {
            username: request.username,
            password: request.password,
            email: request.email,
            invite: request.invite,
            server_role: ServerRole::User,
            address: Some(origin.ip),
        };
        let user = self.create_account(account).await?;
        Ok(self.begin_session(user, request.device, origin).await?)
    }

    async fn create_account(&self, account: NewAccount) -> Result<UserRow, ApiError> {
        let username =
            names::username(&account.username).map_err(|error| ApiError::invalid("username", error.to_string()))?;
        passwords::check(&account.password, &username, "password")?;
        let email = account.email.as_deref().map(email_address).transpose()?;
        let invited = match &account.invite {
            Some(code) => Some(self.find_valid_invite(code).await?),
            None => None,
        };
        let asker = Asker { address: account.address, name: names::fold(&username) };
        let new = NewUser {
            folded: names::fold(&username),
            skeleton: names::skeleton(&username),
            display_name: username.clone(),
            display_folded: names::fold(&username),
            username,
            email,
            password: self.0.passwords.hash(asker, account.password, &self.0.rng).await?,
            server_role: account.server_role,
            created_at: self.now(),
        };
        let owner = account.server_role == ServerRole::Owner;
        let general = match self.chat(&GENERAL.into()).await {
            Ok(info) => Some(info),
            // It may have been deleted; then there is nothing to join.
            Err(Fail::Api(_)) => None,
            Err(fail) => return Err(fail.into()),
        };
        let lane = general.as_ref().map_or(ChatKey::NONE, |info| info.key);
        let core = self.clone();
        let user: Result<UserId, Fail> = self
            .write(lane, move |tx| {
                Box::pin(async move {
                    if owner && vestnik_store::has_owner(tx).await? {
                        return Err(has_owner_already().into());
                    }
                    let user = tx.insert_user(&new).await?;
                    if let Some(general) = general {
                        let role = if owner { Role::Owner } else { Role::Member };
                        core.admit(tx, &general, user, role, user, vestnik_proto::event::MemberChange::Joined).await?;
                    }
                    Ok(user)
                })
            })
            .await;
        let user =
            user.map_err(|fail| taken(fail, "This name is taken, or too much like one that is. Choose another."))?;
        if let (Some(chat), Some(code)) = (invited, account.invite) {
            // The account stands even if the invite was used up in this very moment.
            let core = self.clone();
            let entered: Result<(), Fail> = self
                .write(chat.key, move |tx| Box::pin(async move { core.enter_by_invite(tx, user, &chat, &code).await }))
                .await;
            if let Err(fail) = entered {
                tracing::info!(error = %ApiError::from(fail), "an invite ended while an account was made by it");
            }
        }
        let mut db = self.read().await?;
        let row = vestnik_store::find_user(&mut db, user).await.map_err(Fail::from)?;
        row.ok_or_else(crate::error::internal)
    }

    /// Signs in by name and password. Whether the name or the password was wrong is not told,
    /// neither by the answer nor by the time it takes.
    ///
    /// # Errors
    /// `invalid_credentials`, `account_locked` with the time to wait, `rate_limited`.
    pub async fn login(&self, request: Login, origin: &Origin) -> Result<SignedIn, ApiError> {
        self.limit_sign_in(origin)?;
        let now = self.now();
        let folded = names::fold(&request.username);
        let no_name = folded.len() > limits::USERNAME_CHARS * 4 || !storable(&folded);
        if no_name || request.password.len() > limits::PASSWORD_MAX_BYTES {
            return Err(wrong());
        }
        let (failures, found) = {
            let mut db = self.read().await?;
            let failures = vestnik_store::find_login_failures(&mut db, &folded).await.map_err(Fail::from)?;
            (failures, vestnik_store::find_user_by_name(&mut db, &folded).await.map_err(Fail::from)?)
        };
        if let Some(until) = failures.locked_until.filter(|until| *until > now) {
            return Err(locked(until, now));
        }
        let stored = found.as_ref().map(|row| row.password.clone());
        let asker = Asker { address: Some(origin.ip), name: folded.clone() };
        let right = self.0.passwords.verify(asker, request.password, stored).await?;
        if let Some(row) = found.filter(|_| right) {
            if failures.failures > 0 {
                self.clear_login_failures(folded).await?;
            }
            return Ok(self.begin_session(row, request.device, origin).await?);
        }
        let (limit, until) = (self.0.config.login_failures, now.plus_secs(self.0.config.lock_secs));
        let count: Result<i64, Fail> = self
            .write(ChatKey::NONE, move |tx| {
                Box::pin(async move { Ok(tx.note_login_failure(&folded, now, limit, until).await?) })
            })
            .await;
        tracing::warn!(target: "security.audit", ip = %origin.ip, "a login failed");
        if count? >= limit { Err(locked(until, now)) } else { Err(wrong()) }
    }

    async fn clear_login_failures(&self, folded: String) -> Result<(), Fail> {
        self.write(ChatKey::NONE, move |tx| Box::pin(async move { Ok(tx.clear_login_failures(&folded).await?) })).await
    }

    async fn begin_session(&self, row: UserRow, device: Option<String>, origin: &Origin) -> Result<SignedIn, Fail> {
        let now = self.now();
        let session = NewSession {
            id: random_uuid(&*self.0.rng).to_string(),
            user: row.user.id,
            device: device_name(device, origin),
            ip: origin.ip.to_string(),
            created_at: now,
            expires_at: now.plus_secs(self.0.config.refresh_token_secs),
        };
        let refresh = random_text(&*self.0.rng, 48);
        let (stored, new, most, core) =
            (fingerprint(&refresh), session.clone(), self.0.config.sessions_per_user, self.clone());
        self.write(ChatKey::NONE, move |tx| {
            Box::pin(async move {
                tx.insert_session(&new).await?;
                tx.insert_refresh_token(&stored, &new.id, new.expires_at).await?;
                let sessions = vestnik_store::list_sessions(tx, new.user, now).await?;
                for old in sessions.iter().filter(|old| old.session.id != new.id).skip(most.max(1) as usize - 1) {
                    core.end_session(tx, &old.session.id, now).await?;
                }
                Ok(())
            })
        })
        .await?;
        Ok(self.signed_in(row, session.id.into(), refresh))
    }

    fn signed_in(&self, row: UserRow, session: Arc<str>, refresh_token: String) -> SignedIn {
        let now = self.now();
        let expires_at = now.plus_secs(self.0.config.access_token_secs);
        let actor = Actor::User(UserActor {
            id: row.user.id,
            username: row.user.username.as_str().into(),
            session: Arc::clone(&session),
        });
        let answer = AuthSuccess {
            user_id: Some(row.user.id),
            username: row.user.username.clone(),
            expires_in: self.0.config.access_token_secs,
            session_id: Some(session.to_string()),
            account_rev: row.account_rev,
            guest: false,
            access_token: Some(self.0.signer.sign(&actor, now, expires_at, &*self.0.rng)),
            refresh_token: Some(refresh_token),
            user: Some(row.user),
        };
        SignedIn { actor, expires_at, answer }
    }

    /// Trades a refresh token for new tokens. One that was used before ends its session: either its
    /// owner or a thief holds a copy, and nobody can tell which.
    ///
    /// # Errors
    /// `unauthorized` when it is unknown, used, or has ended.
    pub async fn refresh(&self, request: Refresh, origin: &Origin) -> Result<SignedIn, ApiError> {
        self.limit_sign_in(origin)?;
        let (now, ip) = (self.now(), origin.ip.to_string());
        let used = fingerprint(&request.refresh_token);
        let refresh = random_text(&*self.0.rng, 48);
        let fresh = fingerprint(&refresh);
        let expires_at = now.plus_secs(self.0.config.refresh_token_secs);
        let core = self.clone();
        let renewed: Result<Option<(UserRow, String)>, Fail> = self
            .write(ChatKey::NONE, move |tx| {
                Box::pin(async move {
                    let Some(token) = vestnik_store::find_refresh_token(tx, &used).await? else { return Ok(None) };
                    let session = vestnik_store::find_session(tx, &token.session).await?;
                    let Some(session) = session.filter(|session| session.ended_at.is_none()) else { return Ok(None) };
                    if token.expires_at <= now {
                        return Ok(None);
                    }
                    if !tx.use_refresh_token(&used, now).await? {
                        core.end_session(tx, &token.session, now).await?;
                        tracing::warn!(
                            target: "security.audit",
                            session = token.session,
                            "a used refresh token came again: its session ends"
                        );
                        return Ok(None);
                    }
                    tx.insert_refresh_token(&fresh, &token.session, expires_at).await?;
                    tx.touch_session(&token.session, &ip, now, expires_at).await?;
                    let row = vestnik_store::find_user(tx, session.user).await?.ok_or(StoreError::Gone)?;
                    Ok(Some((row, token.session)))
                })
            })
            .await;
        match renewed? {
            Some((row, session)) => Ok(self.signed_in(row, session.into(), refresh)),
            None => Err(unauthorized()),
        }
    }

    /// A token to look in without an account.
    ///
    /// # Errors
    /// `forbidden` where the operator does not allow guests.
    pub async fn guest(&self, origin: &Origin) -> Result<SignedIn, ApiError> {
        self.limit_sign_in(origin)?;
        if !self.0.config.guests {
            return Err(ApiError::new(ErrorCode::Forbidden, "Guests are not let in here. Sign in or register."));
        }
        let now = self.now();
        let expires_at = now.plus_secs(self.0.config.access_token_secs);
        let access_token = self.0.signer.sign(&Actor::Guest, now, expires_at, &*self.0.rng);
        let answer = AuthSuccess { access_token: Some(access_token), ..self.guest_answer() };
        Ok(SignedIn { actor: Actor::Guest, expires_at, answer })
    }

    fn guest_answer(&self) -> AuthSuccess {
        AuthSuccess {
            user_id: None,
            username: "guest".to_owned(),
            expires_in: self.0.config.access_token_secs,
            session_id: None,
            account_rev: 0,
            guest: true,
            access_token: None,
            refresh_token: None,
            user: None,
        }
    }

    /// Whose this access token is: by signature, time and the sessions ended lately. Reads nothing.
    ///
    /// # Errors
    /// `unauthorized`.
    pub fn authenticate(&self, token: &str) -> Result<Authenticated, ApiError> {
        let (actor, expires_at) = self.0.signer.verify(token, self.now()).ok_or_else(unauthorized)?;
        match &actor {
            Actor::User(user) if self.0.ended.lock().contains_key(&user.session) => Err(unauthorized()),
            Actor::Guest if !self.0.config.guests => Err(unauthorized()),
            _ => Ok(Authenticated { actor, expires_at }),
        }
    }

    /// What a connection is told that signed in by an access token.
    ///
    /// # Errors
    /// When the store fails or the account is gone.
    pub async fn auth_success(&self, authenticated: &Authenticated) -> Result<AuthSuccess, ApiError> {
        let account_rev = match &authenticated.actor {
            Actor::Guest => 0,
            Actor::User(user) => match vestnik_store::get_account_rev(&mut self.read().await?, user.id).await {
                Err(StoreError::Gone) => return Err(unauthorized()),
                rev => rev.map_err(Fail::from)?,
            },
        };
        Ok(self.welcome(authenticated, account_rev))
    }

    /// What a connection is told that came back by an access token, and what it gets from there on: one
    /// question to the store. Where `heads` are asked for, with how far each chat is.
    ///
    /// # Errors
    /// When the store fails or the account is gone.
    pub async fn resume(
        &self,
        authenticated: &Authenticated,
        heads: bool,
    ) -> Result<(AuthSuccess, Subscribed), ApiError> {
        let subscribed = match self.subscribed(&authenticated.actor, heads).await {
            Err(Fail::Store(StoreError::Gone)) => return Err(unauthorized()),
            subscribed => subscribed?,
        };
        Ok((self.welcome(authenticated, subscribed.account_rev), subscribed))
    }

    /// What the actor's connections get.
    pub(crate) async fn subscribed(&self, actor: &Actor, heads: bool) -> Result<Subscribed, Fail> {
        let Some(user) = actor.user_id() else { return Ok(Subscribed::default()) };
        let (account_rev, chats) = vestnik_store::list_subscriptions(&mut self.read().await?, user, heads).await?;
        Ok(Subscribed { chats, account_rev })
    }

    fn welcome(&self, authenticated: &Authenticated, account_rev: i64) -> AuthSuccess {
        let expires_in = (authenticated.expires_at.as_secs() - self.now().as_secs()).max(0);
        let Actor::User(user) = &authenticated.actor else {
            return AuthSuccess { expires_in, ..self.guest_answer() };
        };
        AuthSuccess {
            user_id: Some(user.id),
            username: user.username.to_string(),
            expires_in,
            session_id: Some(user.session.to_string()),
            account_rev,
            guest: false,
            access_token: None,
            refresh_token: None,
            user: None,
        }
    }

    /// Ends the actor's session.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn logout(&self, actor: &Actor) -> Result<(), ApiError> {
        let Actor::User(user) = actor else { return Ok(()) };
        let (core, session, now) = (self.clone(), Arc::clone(&user.session), self.now());
        Ok(self
            .write(ChatKey::NONE, move |tx| {
                Box::pin(async move { core.end_session(tx, &session, now).await.map(drop) })
            })
            .await?)
    }

    /// Ends a session within a transaction; its connections close after COMMIT.
    async fn end_session(&self, tx: &mut Tx, session: &str, now: Timestamp) -> Result<bool, Fail> {
        let ended = tx.end_session(session, now).await?;
        self.forget_session(tx, session, now);
        Ok(ended)
    }

    fn forget_session(&self, tx: &mut Tx, session: &str, now: Timestamp) {
        let session: Arc<str> = session.into();
        let (inner, until) = (Arc::clone(&self.0), now.plus_secs(self.0.config.access_token_secs));
        let ended = Arc::clone(&session);
        tx.after_commit(move || {
            let mut sessions = inner.ended.lock();
            sessions.retain(|_, until| until.plus_secs(CLOCK_SLACK) > now);
            sessions.insert(ended, until);
        });
        self.tell_after(tx, Notice::SessionEnded { session });
    }

    pub(crate) async fn list_sessions(&self, actor: &Actor) -> Result<Answer, Fail> {
        let user = actor.user()?;
        let rows = vestnik_store::list_sessions(&mut self.read().await?, user.id, self.now()).await?;
        let sessions = rows
            .into_iter()
            .map(|row| vestnik_proto::Session { current: *row.session.id == *user.session, ..row.session });
        Ok(Answer::Sessions { sessions: sessions.collect() })
    }

    pub(crate) async fn revoke_session(&self, request: &Request, command: RevokeSession) -> Result<Answer, Fail> {
        let (core, user, now) = (self.clone(), request.actor.id, self.now());
        self.commit(request, ChatKey::NONE, move |tx| {
            Box::pin(async move {
                let known = storable(&command.session_id);
                let session = if known { vestnik_store::find_session(tx, &command.session_id).await? } else { None };
                if !session.is_some_and(|session| session.user == user && session.ended_at.is_none()) {
                    return Err(ApiError::not_found().into());
                }
                core.end_session(tx, &command.session_id, now).await?;
                Ok(Answer::Ok)
            })
        })
        .await
    }

    pub(crate) async fn change_password(&self, request: &Request, command: ChangePassword) -> Result<Answer, Fail> {
        let actor = &request.actor;
        passwords::check(&command.new_password, &actor.username, "new_password")?;
        let row = vestnik_store::find_user(&mut self.read().await?, actor.id).await?.ok_or(StoreError::Gone)?;
        let (passwords, asker) = (&self.0.passwords, Asker { address: None, name: names::fold(&actor.username) });
        if !passwords.verify(asker.clone(), command.old_password, Some(row.password.clone())).await? {
            // A repeat: the first time has changed it already.
            if request.client_id.is_some() && passwords.verify(asker, command.new_password, Some(row.password)).await? {
                return Ok(Answer::Ok);
            }
            return Err(ApiError::new(ErrorCode::InvalidCredentials, "The present password is wrong.").into());
        }
        let hash = passwords.hash(asker, command.new_password, &self.0.rng).await?;
        self.replace_password(actor.id, hash, Some(Arc::clone(&actor.session))).await?;
        Ok(Answer::Ok)
    }

    async fn replace_password(&self, user: UserId, hash: String, except: Option<Arc<str>>) -> Result<(), Fail> {
        let (core, now) = (self.clone(), self.now());
        self.write(ChatKey::NONE, move |tx| {
            Box::pin(async move {
                tx.set_password(user, &hash).await?;
                for session in tx.end_sessions(user, except.as_deref(), now).await? {
                    core.forget_session(tx, &session, now);
                }
                Ok(())
            })
        })
        .await
    }

    fn limit_sign_in(&self, origin: &Origin) -> Result<(), ApiError> {
        // On the machine itself a script may work undisturbed; locks of names still hold there.
        if origin.ip.is_loopback() {
            return Ok(());
        }
        self.0.sign_ins.take(origin.ip, self.now())?;
        self.0.sink.publish(Notice::SignIn { ip: origin.ip });
        Ok(())
    }

    /// Makes an account, for the administrator's command line.
    ///
    /// # Errors
    /// As for registering.
    pub async fn admin_create_user(
        &self,
        username: String,
        password: String,
        server_role: ServerRole,
    ) -> Result<vestnik_proto::User, ApiError> {
        let account = NewAccount { username, password, email: None, invite: None, server_role, address: None };
        Ok(self.create_account(account).await?.user)
    }

    /// Changes a person's rights on the server, for the administrator's command line.
    ///
    /// # Errors
    /// `not_found` when there is no such account; `conflict` when that would make a second owner or leave none.
    pub async fn admin_set_role(&self, username: &str, role: ServerRole) -> Result<vestnik_proto::User, ApiError> {
        let row = self.find_account(username).await?;
        let was_owner = row.server_role == ServerRole::Owner;
        if was_owner && role != ServerRole::Owner {
            return Err(crate::error::conflict(
                "The server would be without an owner. Give the role owner to another account first.",
            ));
        }
        let user = row.user.id;
        self.write(ChatKey::NONE, move |tx| {
            Box::pin(async move {
                if role == ServerRole::Owner {
                    // There is one owner: the former one stays an admin.
                    if let Some(owner) = vestnik_store::find_owner(tx).await?.filter(|owner| *owner != user) {
                        tx.set_server_role(owner, ServerRole::Admin).await?;
                    }
                }
                Ok(tx.set_server_role(user, role).await?)
            })
        })
        .await?;
        Ok(row.user)
    }

    /// Sets a new password and ends all sessions, for the administrator's command line.
    ///
    /// # Errors
    /// `not_found` when there is no such account; `invalid` for a bad password.
    pub async fn admin_reset_password(
        &self,
        username: &str,
        password: String,
    ) -> Result<vestnik_proto::User, ApiError> {
        let row = self.find_account(username).await?;
        passwords::check(&password, &row.user.username, "password")?;
        let asker = Asker { address: None, name: names::fold(username) };
        let hash = self.0.passwords.hash(asker, password, &self.0.rng).await?;
        self.replace_password(row.user.id, hash, None).await?;
        self.clear_login_failures(names::fold(username)).await?;
        Ok(row.user)
    }

    async fn find_account(&self, username: &str) -> Result<UserRow, ApiError> {
        let row = self.find_named(username).await?;
        row.ok_or_else(|| ApiError::new(ErrorCode::NotFound, "There is no account of this name. Check its spelling."))
    }
}

fn wrong() -> ApiError {
    ApiError::new(ErrorCode::InvalidCredentials, "The name or the password is wrong. Check both and try again.")
}

fn locked(until: Timestamp, now: Timestamp) -> ApiError {
    let millis = (until.as_millis() - now.as_millis()).max(1);
    ApiError::new(
        ErrorCode::AccountLocked,
        "Too many failed logins: this name is locked for a while. Wait, or ask the administrator to reset the password.",
    )
    .retry_after_ms(millis as u64)
}

/// An address that looks like one: something, an at sign, something with a dot.
pub(crate) fn email_address(text: &str) -> Result<String, ApiError> {
    let email = line(text, limits::EMAIL_CHARS, "email")?;
    let good = email.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty() && domain.contains('.') && !domain.starts_with('.') && !domain.ends_with('.')
    });
    if !good || email.chars().any(char::is_whitespace) || email.matches('@').count() != 1 {
        return Err(ApiError::invalid("email", "This is not an e-mail address. Write it like name@example.org."));
    }
    Ok(email)
}

fn device_name(device: Option<String>, origin: &Origin) -> String {
    let name = device.or_else(|| origin.agent.clone()).unwrap_or_default();
    let clean: String = name.chars().filter(|c| !names::is_unsafe(*c)).take(100).collect();
    if clean.trim().is_empty() { "unnamed device".to_owned() } else { clean.trim().to_owned() }
}
