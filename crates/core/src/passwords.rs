//! Password hashing: Argon2id (RFC 9106) on threads of its own, a few at once, a bounded and fair queue before them.

use std::sync::Arc;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher as _, PasswordVerifier as _, Version};
use vestnik_proto::{ApiError, ErrorCode, PasswordRules, limits};

use crate::error::internal;
use crate::turns::{Asker, Turns};
use crate::{CoreConfig, Rng};

/// Hashes and checks passwords.
#[derive(Clone)]
pub(crate) struct Passwords(Arc<Inner>);

struct Inner {
    argon: Argon2<'static>,
    turns: Turns,
    /// Checked when there is no such account, so that this takes as long.
    decoy: String,
}

impl Passwords {
    pub(crate) fn new(config: &CoreConfig, rng: &dyn Rng) -> Result<Self, ApiError> {
        let cost = config.password_cost;
        let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, None).map_err(|error| {
            ApiError::invalid("password", format!("The cost of the password hash is wrong: {error}."))
        })?;
        let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let decoy = hash(&argon, "decoy", rng)?;
        Ok(Self(Arc::new(Inner { argon, turns: Turns::new(config.password_threads, config.password_queue), decoy })))
    }

    /// The hash of a new password, in PHC form.
    pub(crate) async fn hash(&self, asker: Asker, password: String, rng: &Arc<dyn Rng>) -> Result<String, ApiError> {
        let rng = Arc::clone(rng);
        self.run(asker, move |inner| hash(&inner.argon, &password, &*rng)).await?
    }

    /// Whether this is the password. Without a stored hash the answer is no, and takes as long.
    pub(crate) async fn verify(
        &self,
        asker: Asker,
        password: String,
        stored: Option<String>,
    ) -> Result<bool, ApiError> {
        self.run(asker, move |inner| {
            let against = stored.as_deref().unwrap_or(&inner.decoy);
            let matches = PasswordHash::new(against)
                .is_ok_and(|parsed| inner.argon.verify_password(password.as_bytes(), &parsed).is_ok());
            matches && stored.is_some()
        })
        .await
    }

    async fn run<T: Send + 'static>(
        &self,
        asker: Asker,
        work: impl FnOnce(&Inner) -> T + Send + 'static,
    ) -> Result<T, ApiError> {
        let turn = self.0.turns.take(asker).ok_or_else(|| {
            let words = "Too many people sign in at this moment. Try again in a few seconds.";
            ApiError::new(ErrorCode::Unavailable, words).retry_after_ms(3_000)
        })?;
        let turn = turn.await;
        let inner = Arc::clone(&self.0);
        tokio::task::spawn_blocking(move || {
            let _turn = turn;
            work(&inner)
        })
        .await
        .map_err(|_| internal())
    }
}

fn hash(argon: &Argon2<'_>, password: &str, rng: &dyn Rng) -> Result<String, ApiError> {
    let mut salt = [0; 16];
    rng.fill(&mut salt);
    argon.hash_password_with_salt(password.as_bytes(), &salt).map(|hash| hash.to_string()).map_err(|_| internal())
}

/// The rules, for people.
pub(crate) fn rules() -> PasswordRules {
    PasswordRules {
        min_length: limits::PASSWORD_MIN_CHARS,
        max_bytes: limits::PASSWORD_MAX_BYTES,
        rules: vec![
            format!("At least {} characters.", limits::PASSWORD_MIN_CHARS),
            format!("At most {} bytes.", limits::PASSWORD_MAX_BYTES),
            "Not the username, and not one of the passwords tried first by those who guess.".to_owned(),
        ],
    }
}

/// Passwords that everybody tries.
const COMMON: &[&str] = &[
    "password",
    "passw0rd",
    "12345678",
    "123456789",
    "1234567890",
    "qwertyui",
    "qwertyuiop",
    "11111111",
    "00000000",
    "iloveyou",
    "йцукенгш",
    "abcd1234",
    "87654321",
    "1q2w3e4r",
    "1qaz2wsx",
];

/// Holds a new password to the rules.
pub(crate) fn check(password: &str, username: &str, field: &'static str) -> Result<(), ApiError> {
    let refuse = |message: String| Err(ApiError::invalid(field, message));
    if password.chars().count() < limits::PASSWORD_MIN_CHARS {
        return refuse(format!(
            "The password is shorter than {} characters. Make it longer.",
            limits::PASSWORD_MIN_CHARS
        ));
    }
    if password.len() > limits::PASSWORD_MAX_BYTES {
        return refuse(format!("The password is longer than {} bytes. Make it shorter.", limits::PASSWORD_MAX_BYTES));
    }
    let lower = password.to_lowercase();
    if lower == username.to_lowercase() || COMMON.contains(&lower.as_str()) {
        return refuse("This password is one of the first that others would guess. Choose another.".to_owned());
    }
    Ok(())
}
