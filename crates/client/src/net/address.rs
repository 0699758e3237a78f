//! Where a server is: `ws://`, `wss://`, `tcp://` or `tls://`.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use tokio_tungstenite::tungstenite::http::Uri;

use super::ClientError;

/// Which door, and whether it is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// WebSocket in plain text.
    Ws,
    /// WebSocket over TLS.
    Wss,
    /// Lines over plain TCP.
    Tcp,
    /// Lines over TLS.
    Tls,
}

impl Scheme {
    /// Whether what is sent can be read on the way.
    pub fn is_plain(self) -> bool {
        matches!(self, Self::Ws | Self::Tcp)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Ws => "ws",
            Self::Wss => "wss",
            Self::Tcp => "tcp",
            Self::Tls => "tls",
        }
    }

    fn default_port(self) -> u16 {
        match self {
            Self::Ws => 80,
            Self::Wss => 443,
            Self::Tcp | Self::Tls => 8888,
        }
    }
}

/// Where a server is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// Which door.
    pub scheme: Scheme,
    /// Name or IP address, without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
    /// The path, for WebSocket.
    pub path: String,
}

impl Address {
    /// Whether it is this machine, so that plain text stays private.
    pub fn is_loopback(&self) -> bool {
        self.host == "localhost" || self.host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
    }

    /// Host and port as they stand in a URL.
    pub fn authority(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}{}", self.scheme.name(), self.authority(), self.path)
    }
}

impl FromStr for Address {
    type Err = ClientError;

    /// Reads a URL. `http://` and `https://` mean the WebSocket of that site, and a WebSocket
    /// without a path is at `/ws`.
    fn from_str(text: &str) -> Result<Self, ClientError> {
        let bad = |what: &str| {
            ClientError::Address(format!(
                "{text:?} is not a server address: {what}. Write it like tcp://127.0.0.1:8888, tls://chat.example.org or wss://chat.example.org."
            ))
        };
        if !text.contains("://") {
            return Err(bad("it does not begin with tcp://, tls://, ws:// or wss://"));
        }
        let uri: Uri = text.trim().parse().map_err(|_| bad("it is not a URL"))?;
        let scheme = match uri.scheme_str() {
            Some("ws" | "http") => Scheme::Ws,
            Some("wss" | "https") => Scheme::Wss,
            Some("tcp") => Scheme::Tcp,
            Some("tls") => Scheme::Tls,
            _ => return Err(bad("it does not begin with tcp://, tls://, ws:// or wss://")),
        };
        if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) {
            return Err(bad("names and passwords do not belong into it"));
        }
        let host = uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']').to_owned();
        if host.is_empty() {
            return Err(bad("there is no host"));
        }
        let path = match (scheme, uri.path()) {
            (Scheme::Ws | Scheme::Wss, "" | "/") => "/ws",
            (Scheme::Ws | Scheme::Wss, path) => path,
            (Scheme::Tcp | Scheme::Tls, "" | "/") => "",
            (Scheme::Tcp | Scheme::Tls, _) => return Err(bad("a TCP address has no path")),
        };
        let port = uri.port_u16().unwrap_or(scheme.default_port());
        Ok(Self { scheme, host, port, path: path.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_writes_addresses() {
        for (text, written) in [
            ("tcp://127.0.0.1:8888", "tcp://127.0.0.1:8888"),
            ("tcp://localhost", "tcp://localhost:8888"),
            ("tls://[::1]:99/", "tls://[::1]:99"),
            ("ws://127.0.0.1:8080", "ws://127.0.0.1:8080/ws"),
            ("https://chat.example.org", "wss://chat.example.org:443/ws"),
            ("wss://chat.example.org/elsewhere", "wss://chat.example.org:443/elsewhere"),
        ] {
            assert_eq!(text.parse::<Address>().unwrap().to_string(), written);
        }
    }

    #[test]
    fn refuses_what_is_no_address() {
        for text in ["", "localhost:8888", "ftp://a", "tcp://", "tcp://a/b", "tcp://me:secret@host", "tcp://a b"] {
            assert!(text.parse::<Address>().is_err(), "{text}");
        }
    }

    #[test]
    fn knows_this_machine() {
        let loopback = |text: &str| text.parse::<Address>().unwrap().is_loopback();
        assert!(loopback("tcp://127.0.0.1") && loopback("tcp://[::1]") && loopback("ws://localhost"));
        assert!(!loopback("tcp://10.0.0.1") && !loopback("tcp://example.org"));
    }
}
