//! `vestnik health`: one sentence and an exit code, for whatever looks after the program.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{Failure, runtime, say};
use crate::config::Settings;

/// Longest time for the whole of it.
const PATIENCE: Duration = Duration::from_secs(4);
/// Longest answer that is read. Bytes.
const ANSWER: u64 = 64 << 10;
/// What is asked for.
const PATH: &str = "/api/health/ready";

/// Asks whether the server is ready.
///
/// # Errors
/// A sentence saying why not.
pub(super) fn run(settings: &Settings, url: Option<&str>) -> Result<(), Failure> {
    let place = match url {
        Some(url) => place_of(url)?,
        None => own_door(settings.http.bind),
    };
    let asked = runtime()?.block_on(async { tokio::time::timeout(PATIENCE, ask(&place)).await });
    match asked {
        Ok(Ok(200)) => {
            say(&format!("The server at {place} is ready.\n"));
            Ok(())
        }
        Ok(Ok(status)) => Err(format!("The server at {place} is not ready: it answers {status}.").into()),
        Ok(Err(error)) => Err(format!("Nothing answers at {place}: {error}.").into()),
        Err(_) => Err(format!("The server at {place} does not answer within {} s.", PATIENCE.as_secs()).into()),
    }
}

/// Host and port of an address.
fn place_of(url: &str) -> Result<String, Failure> {
    let Some(rest) = url.strip_prefix("http://") else {
        return Err("--url must begin with http://; the door takes plain text from this machine.".into());
    };
    let place = rest.split('/').next().unwrap_or_default();
    let has_port = place.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    if place.is_empty() || place.contains('@') || place.bytes().any(|byte| byte.is_ascii_control() || byte == b' ') {
        return Err("--url must name a host, like http://127.0.0.1:8080.".into());
    }
    Ok(if has_port { place.to_owned() } else { format!("{place}:80") })
}

/// Where this machine's own door is reached in plain text.
fn own_door(bind: SocketAddr) -> String {
    let ip = match bind.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::from([127, 0, 0, 1]),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1]),
        ip => ip,
    };
    SocketAddr::new(ip, bind.port()).to_string()
}

/// The status of the answer.
async fn ask(place: &str) -> std::io::Result<u16> {
    let mut stream = TcpStream::connect(place).await?;
    let request = format!("GET {PATH} HTTP/1.1\r\nHost: {place}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.take(ANSWER).read_to_end(&mut answer).await?;
    let first = answer.split(|byte| *byte == b'\r').next().unwrap_or_default();
    let status = std::str::from_utf8(first).ok().and_then(|line| {
        let (version, rest) = line.split_once(' ')?;
        version.starts_with("HTTP/1").then_some(rest.get(..3)?.parse().ok()).flatten()
    });
    status.ok_or_else(|| std::io::Error::other("the answer is not HTTP"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_it_asks() {
        for (bind, place) in [("0.0.0.0:80", "127.0.0.1:80"), ("[::]:8080", "[::1]:8080"), ("10.0.0.7:1", "10.0.0.7:1")]
        {
            assert_eq!(own_door(bind.parse().unwrap()), place);
        }
        for (url, place) in
            [("http://node", "node:80"), ("http://node:8080/x/y", "node:8080"), ("http://[::1]:8080", "[::1]:8080")]
        {
            assert_eq!(place_of(url).unwrap(), place);
        }
        for url in ["https://node", "node:80", "http://", "http:///x", "http://me:secret@node", "http://a b"] {
            assert!(place_of(url).is_err(), "{url}");
        }
    }
}
