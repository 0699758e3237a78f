//! Who asks: address, encryption, token.

use std::net::{IpAddr, SocketAddr};

use http::{HeaderMap, header, request::Parts};
use ipnet::IpNet;
use vestnik_core::{Actor, Core, Origin};
use vestnik_proto::http::Access;
use vestnik_proto::{ApiError, ErrorCode};

/// Longest `User-Agent` kept. Characters.
const AGENT_CHARS: usize = 200;
/// The cookie that keeps a browser's refresh token.
pub const REFRESH_COOKIE: &str = "vestnik_refresh";

/// The connection a request came by; in the request's extensions.
#[derive(Clone, Copy, Debug)]
pub struct Peer {
    /// The other end.
    pub addr: SocketAddr,
    /// Whether the connection is encrypted.
    pub tls: bool,
}

/// Where a request comes from, seen through trusted proxies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct From {
    /// The client's address.
    pub ip: IpAddr,
    /// Whether the client's own connection is encrypted.
    pub secure: bool,
}

impl From {
    /// Follows `X-Forwarded-For` from its end as long as the addresses are trusted proxies.
    pub fn new(peer: Peer, headers: &HeaderMap, trusted: &[IpNet]) -> Self {
        let is_trusted = |ip: &IpAddr| trusted.iter().any(|net| net.contains(ip));
        let mut from = Self { ip: peer.addr.ip(), secure: peer.tls };
        if !is_trusted(&from.ip) {
            return from;
        }
        let forwarded: Vec<&str> = headers
            .get_all("x-forwarded-for")
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .collect();
        for text in forwarded.iter().rev() {
            let Ok(ip) = text.trim().parse::<IpAddr>() else { break };
            from.ip = ip.to_canonical();
            if !is_trusted(&from.ip) {
                break;
            }
        }
        if let Some(proto) = headers.get("x-forwarded-proto") {
            from.secure = proto.as_bytes().eq_ignore_ascii_case(b"https");
        }
        from
    }
}

/// The origin of a request, for limits and the list of sessions.
pub fn origin(parts: &Parts, trusted: &[IpNet]) -> Origin {
    let peer = peer(parts);
    let agent = parts.headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
    let agent = agent.map(|agent| agent.chars().take(AGENT_CHARS).collect());
    Origin { ip: From::new(peer, &parts.headers, trusted).ip, agent }
}

/// The connection a request came by.
pub fn peer(parts: &Parts) -> Peer {
    let unknown = Peer { addr: SocketAddr::from(([0, 0, 0, 0], 0)), tls: false };
    parts.extensions.get::<Peer>().copied().unwrap_or(unknown)
}

/// Who asks, by the bearer token; a guest where nobody need be signed in and no token was sent.
///
/// # Errors
/// `unauthorized` when the token is missing or not valid.
pub fn actor(core: &Core, headers: &HeaderMap, access: Access) -> Result<Actor, ApiError> {
    match headers.get(header::AUTHORIZATION) {
        Some(value) => {
            let token = value.to_str().ok().and_then(|value| {
                let (scheme, token) = value.split_once(' ')?;
                scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
            });
            let wrong = || ApiError::new(ErrorCode::Unauthorized, "The Authorization header must be `Bearer <token>`.");
            Ok(core.authenticate(token.ok_or_else(wrong)?)?.actor)
        }
        None if access == Access::SignedIn => {
            let words = "Sign in, and send the access token as `Authorization: Bearer <token>`.";
            Err(ApiError::new(ErrorCode::Unauthorized, words))
        }
        None => Ok(Actor::Guest),
    }
}

/// The refresh token of the browser's cookie.
pub fn refresh_cookie(headers: &HeaderMap) -> Option<&str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, value)| *name == REFRESH_COOKIE && !value.is_empty())
        .map(|(_, value)| value)
}

/// Whether the request is for this very machine, where browsers keep plain text cookies safe.
fn is_local(parts: &Parts) -> bool {
    let host = parts.headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let Some(host) = host.or_else(|| parts.uri.host()) else { return false };
    let name = host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()));
    let name = name.map_or(host, |(name, _)| name).trim_matches(['[', ']']);
    name == "localhost" || name.ends_with(".localhost") || name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// `Set-Cookie` that keeps (or, with an empty token, forgets) the refresh token.
pub fn set_cookie(parts: &Parts, trusted: &[IpNet], token: &str, max_age_secs: i64) -> String {
    let secure = From::new(peer(parts), &parts.headers, trusted).secure || !is_local(parts);
    let secure = if secure { "; Secure" } else { "" };
    let age = if token.is_empty() { 0 } else { max_age_secs };
    format!("{REFRESH_COOKIE}={token}; Path=/api/v1/auth; Max-Age={age}; HttpOnly; SameSite=Strict{secure}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(headers: &[(&str, &str)], tls: bool) -> Parts {
        let mut request = http::Request::builder();
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let addr = "10.0.0.9:1".parse().unwrap();
        request.extension(Peer { addr, tls }).body(()).unwrap().into_parts().0
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        let trusted = ["10.0.0.0/8".parse().unwrap()];
        let headers = [("x-forwarded-for", "1.1.1.1, 203.0.113.7, 10.0.0.3"), ("x-forwarded-proto", "https")];
        let seen = parts(&headers, false);
        let from = From::new(peer(&seen), &seen.headers, &trusted);
        assert_eq!(from, From { ip: "203.0.113.7".parse().unwrap(), secure: true });
        let from = From::new(peer(&seen), &seen.headers, &[]);
        assert_eq!(from, From { ip: "10.0.0.9".parse().unwrap(), secure: false });
    }

    #[test]
    fn the_cookie_is_secure_except_on_this_machine() {
        for (host, tls, secure) in [
            ("localhost:8080", false, false),
            ("127.0.0.1:8080", false, false),
            ("[::1]:8080", false, false),
            ("localhost:8080", true, true),
            ("chat.example.org", false, true),
        ] {
            let cookie = set_cookie(&parts(&[("host", host)], tls), &[], "t", 5);
            assert_eq!(cookie.ends_with("; Secure"), secure, "{host} {cookie}");
        }
        let seen = parts(&[("cookie", "a=b; vestnik_refresh=xyz; c=d")], false);
        assert_eq!(refresh_cookie(&seen.headers), Some("xyz"));
    }
}
