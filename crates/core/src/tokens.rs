//! Access tokens: JSON Web Tokens (RFC 7519) signed with HMAC-SHA-256, and random secrets.
//!
//! One algorithm and one header, compared as a whole: there is nothing to negotiate.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use vestnik_proto::{Timestamp, UserId};

use crate::{Actor, Rng, UserActor};

/// `{"alg":"HS256","typ":"JWT"}`.
const HEADER: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9";
/// Longest token read; ours are far shorter.
const LONGEST: usize = 2_048;

#[derive(Serialize, Deserialize)]
struct Claims {
    /// The user's number; 0 for a guest.
    sub: i64,
    /// The username.
    name: Arc<str>,
    /// The session; empty for a guest.
    sid: Arc<str>,
    /// Names this token.
    jti: String,
    /// Made, seconds.
    iat: i64,
    /// Worthless from then on, seconds.
    exp: i64,
}

/// Makes and checks access tokens.
pub(crate) struct Signer {
    mac: Hmac<Sha256>,
}

impl Signer {
    pub(crate) fn new(secret: &[u8]) -> Self {
        Self { mac: Hmac::new_from_slice(secret).expect("HMAC takes keys of every length") }
    }

    /// A secret of so many letters (at most 32) that whoever has the key can make again.
    pub(crate) fn derive(&self, purpose: &str, letters: usize) -> String {
        let digest = self.mac.clone().chain_update(b"derive ").chain_update(purpose.as_bytes()).finalize().into_bytes();
        digest.iter().take(letters).map(|byte| char::from(LETTERS[usize::from(byte & 31)])).collect()
    }

    /// A token for this actor.
    pub(crate) fn sign(&self, actor: &Actor, now: Timestamp, expires_at: Timestamp, rng: &dyn Rng) -> String {
        let (sub, name, sid) = match actor {
            Actor::User(user) => (user.id.0, Arc::clone(&user.username), Arc::clone(&user.session)),
            Actor::Guest => (0, Arc::from("guest"), Arc::from("")),
        };
        let claims =
            Claims { sub, name, sid, jti: random_text(rng, 16), iat: now.as_secs(), exp: expires_at.as_secs() };
        let claims = serde_json::to_vec(&claims).expect("claims are always JSON");
        let signed = format!("{HEADER}.{}", BASE64.encode(claims));
        let signature = self.mac.clone().chain_update(signed.as_bytes()).finalize().into_bytes();
        format!("{signed}.{}", BASE64.encode(signature))
    }

    /// Whose token this is and until when; nothing when it is not ours or no longer good.
    pub(crate) fn verify(&self, token: &str, now: Timestamp) -> Option<(Actor, Timestamp)> {
        if token.len() > LONGEST {
            return None;
        }
        let (signed, signature) = token.rsplit_once('.')?;
        let claims = signed.strip_prefix(HEADER)?.strip_prefix('.')?;
        let signature = BASE64.decode(signature).ok()?;
        // Compared in constant time.
        self.mac.clone().chain_update(signed.as_bytes()).verify_slice(&signature).ok()?;
        let claims: Claims = serde_json::from_slice(&BASE64.decode(claims).ok()?).ok()?;
        let expires_at = Timestamp::from_secs(claims.exp);
        if expires_at <= now {
            return None;
        }
        let actor = if claims.sub == 0 {
            Actor::Guest
        } else {
            Actor::User(UserActor { id: UserId(claims.sub), username: claims.name, session: claims.sid })
        };
        Some((actor, expires_at))
    }
}

/// Letters and digits that are not mistaken for each other.
const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// Random text of so many letters, five bits each.
pub(crate) fn random_text(rng: &dyn Rng, letters: usize) -> String {
    let mut bytes = vec![0; letters];
    rng.fill(&mut bytes);
    bytes.iter().map(|byte| char::from(LETTERS[usize::from(byte & 31)])).collect()
}

/// A random UUID (RFC 9562, version 4).
pub(crate) fn random_uuid(rng: &dyn Rng) -> uuid::Uuid {
    let mut bytes = [0; 16];
    rng.fill(&mut bytes);
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}

/// What is stored of a secret: enough to know it again, not enough to use it.
pub(crate) fn fingerprint(secret: &str) -> String {
    BASE64.encode(Sha256::digest(secret.as_bytes()))
}

/// A number by which two requests with one `client_id` are told apart.
pub(crate) fn content_hash(content: &impl Serialize) -> i64 {
    let json = serde_json::to_vec(content).expect("commands are always JSON");
    let digest = Sha256::digest(&json);
    i64::from_be_bytes(digest[..8].try_into().expect("a digest has 32 bytes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Counting;
    impl Rng for Counting {
        fn fill(&self, bytes: &mut [u8]) {
            for (at, byte) in bytes.iter_mut().enumerate() {
                *byte = at as u8;
            }
        }
    }

    fn actor() -> Actor {
        Actor::User(UserActor { id: UserId(7), username: "анна".into(), session: "s".into() })
    }

    #[test]
    fn a_token_is_good_until_it_ends_and_only_here() {
        let (now, end) = (Timestamp::from_secs(1_000), Timestamp::from_secs(1_900));
        let signer = Signer::new(b"secret");
        let token = signer.sign(&actor(), now, end, &Counting);
        assert_eq!(signer.verify(&token, now), Some((actor(), end)));
        assert_eq!(signer.verify(&token, end), None);
        assert_eq!(Signer::new(b"other").verify(&token, now), None);
    }

    #[test]
    fn a_changed_token_is_refused() {
        let (now, end) = (Timestamp::from_secs(1_000), Timestamp::from_secs(1_900));
        let signer = Signer::new(b"secret");
        let token = signer.sign(&actor(), now, end, &Counting);
        for at in 0..token.len() {
            let mut changed = token.clone().into_bytes();
            changed[at] ^= 1;
            let changed = String::from_utf8_lossy(&changed).into_owned();
            // The last letter's lowest bits are padding; everything else must matter.
            if at + 1 < token.len() {
                assert_eq!(signer.verify(&changed, now), None, "letter {at}");
            }
        }
        for forged in ["", ".", "..", "a.b.c", &format!("{HEADER}.e30."), "eyJhbGciOiJub25lIn0.e30."] {
            assert_eq!(signer.verify(forged, now), None);
        }
    }
}
