//! Who stands behind a TCP proxy: the PROXY protocol, versions 1 and 2.
//!
//! The specification is HAProxy's `proxy-protocol.txt`. A header is read to its last byte and no
//! further: what follows is the client's.

use std::io;
use std::net::{IpAddr, SocketAddr};

use ppp::v1::Addresses as TextAddresses;
use ppp::v2::{Addresses as BinaryAddresses, Command};
use ppp::{HeaderResult, v1, v2};
use tokio::io::{AsyncRead, AsyncReadExt};

/// Bytes by which a binary header is known: shorter than any header, text or binary.
const PREFIX: usize = 12;
/// Bytes of a binary header before its addresses, the last two of which are the length of the rest.
const FIXED: usize = 16;
/// Longest text header, its end of line included. Bytes.
const LONGEST_TEXT: usize = 107;
/// Longest rest of a binary header that is read: addresses and some notes. Bytes.
const LONGEST_REST: usize = 1_024;

/// Reads the header with which a proxy begins, and returns the client's address.
///
/// `None` when the proxy speaks for itself, as in its health checks, or does not know.
///
/// # Errors
/// [`io::ErrorKind::InvalidData`] when there is no header or a longer one than anybody needs;
/// otherwise what reading brought.
pub async fn client(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<SocketAddr>> {
    let mut header = vec![0; PREFIX];
    stream.read_exact(&mut header).await?;
    if header == v2::PROTOCOL_PREFIX {
        header.resize(FIXED, 0);
        stream.read_exact(&mut header[PREFIX..]).await?;
        let rest = usize::from(u16::from_be_bytes([header[FIXED - 2], header[FIXED - 1]]));
        if rest > LONGEST_REST {
            return Err(invalid("its header is too long"));
        }
        header.resize(FIXED + rest, 0);
        stream.read_exact(&mut header[FIXED..]).await?;
    } else if header.starts_with(v1::PROTOCOL_PREFIX.as_bytes()) {
        // One by one, because the client's first words may follow at once.
        while header.last() != Some(&b'\n') {
            if header.len() == LONGEST_TEXT {
                return Err(invalid("its header does not end"));
            }
            header.push(stream.read_u8().await?);
        }
    } else {
        return Err(invalid("it does not begin with a PROXY protocol header"));
    }
    let source = match HeaderResult::parse(&header) {
        HeaderResult::V1(Ok(header)) => match header.addresses {
            TextAddresses::Tcp4(pair) => Some(address(pair.source_address, pair.source_port)),
            TextAddresses::Tcp6(pair) => Some(address(pair.source_address, pair.source_port)),
            TextAddresses::Unknown => None,
        },
        HeaderResult::V2(Ok(header)) if header.command == Command::Local => None,
        HeaderResult::V2(Ok(header)) => match header.addresses {
            BinaryAddresses::IPv4(pair) => Some(address(pair.source_address, pair.source_port)),
            BinaryAddresses::IPv6(pair) => Some(address(pair.source_address, pair.source_port)),
            BinaryAddresses::Unspecified | BinaryAddresses::Unix(_) => None,
        },
        HeaderResult::V1(Err(error)) => return Err(invalid(&error.to_string())),
        HeaderResult::V2(Err(error)) => return Err(invalid(&error.to_string())),
    };
    Ok(source)
}

fn address(ip: impl Into<IpAddr>, port: u16) -> SocketAddr {
    SocketAddr::new(ip.into().to_canonical(), port)
}

fn invalid(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tokio::io::AsyncWriteExt;

    use super::*;

    /// What a proxy sends is read as, and what is left for the client.
    async fn read(sent: &[u8]) -> (io::Result<Option<SocketAddr>>, Vec<u8>) {
        let (mut near, mut far) = tokio::io::duplex(4);
        let sent = sent.to_vec();
        let sending = tokio::spawn(async move {
            let _ = far.write_all(&sent).await;
        });
        let found = client(&mut near).await;
        let mut rest = Vec::new();
        if found.is_ok() {
            near.read_to_end(&mut rest).await.unwrap();
        }
        drop(near);
        sending.await.unwrap();
        (found, rest)
    }

    fn binary(command: u8, family: u8, rest: &[u8]) -> Vec<u8> {
        let mut header = v2::PROTOCOL_PREFIX.to_vec();
        header.extend([0x20 | command, family]);
        header.extend(u16::try_from(rest.len()).unwrap().to_be_bytes());
        header.extend(rest);
        header
    }

    #[tokio::test]
    async fn both_versions_name_the_client_and_leave_its_words() {
        let mut four = vec![203, 0, 113, 7, 10, 0, 0, 1];
        four.extend([0x1f, 0x90, 0x22, 0xb8]);
        // A note (type 4, nothing in it) after the addresses is skipped.
        let noted = [four.as_slice(), &[4, 0, 2, 0, 0]].concat();
        let mut six = vec![0; 36];
        six[..16].copy_from_slice(&"2001:db8::7".parse::<std::net::Ipv6Addr>().unwrap().octets());
        six[32..34].copy_from_slice(&8_080u16.to_be_bytes());
        let cases: [(&[u8], Option<&str>); 8] = [
            (b"PROXY TCP4 203.0.113.7 10.0.0.1 8080 8888\r\n", Some("203.0.113.7:8080")),
            (b"PROXY TCP6 2001:db8::7 ::1 8080 8888\r\n", Some("[2001:db8::7]:8080")),
            (b"PROXY TCP6 ::ffff:203.0.113.7 ::1 8080 8888\r\n", Some("203.0.113.7:8080")),
            (b"PROXY UNKNOWN\r\n", None),
            (&binary(1, 0x11, &four), Some("203.0.113.7:8080")),
            (&binary(1, 0x11, &noted), Some("203.0.113.7:8080")),
            (&binary(1, 0x21, &six), Some("[2001:db8::7]:8080")),
            (&binary(0, 0x00, &[]), None),
        ];
        for (header, expected) in cases {
            let words = b"{\"type\":\"ping\"}\n";
            let (found, rest) = read(&[header, words].concat()).await;
            assert_eq!(found.unwrap(), expected.map(|text| text.parse().unwrap()), "{header:?}");
            assert_eq!(rest, words, "{header:?}");
        }
    }

    #[tokio::test]
    async fn what_is_no_header_is_refused() {
        let endless = [b"PROXY TCP4 ".as_slice(), &[b'1'; 200]].concat();
        let cases: [&[u8]; 8] = [
            b"{\"type\":\"login\",\"username\":\"anna\"}\n",
            b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
            b"PROXY TCP4 300.0.0.1 10.0.0.1 8080 8888\r\n",
            b"PROXY TCP4 203.0.113.7 10.0.0.1 8080 88888\r\n",
            b"PROXY NONSENSE and more\r\n",
            &endless,
            &binary(1, 0x11, &[1, 2, 3]),
            &binary(1, 0x11, &[0; LONGEST_REST + 1]),
        ];
        for sent in cases {
            let (found, _) = read(sent).await;
            assert_eq!(found.unwrap_err().kind(), io::ErrorKind::InvalidData, "{sent:?}");
        }
        let (found, _) = read(b"PROXY TCP4 203").await;
        assert_eq!(found.unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    }

    proptest! {
        #[test]
        fn whatever_comes_is_borne(
            binary in any::<bool>(),
            rest in proptest::collection::vec(any::<u8>(), 0..300),
        ) {
            let prefix = if binary { v2::PROTOCOL_PREFIX } else { b"PROXY " };
            let sent = [prefix, &rest].concat();
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let _ = runtime.block_on(read(&sent));
        }
    }
}
