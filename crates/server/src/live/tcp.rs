//! The TCP door: one JSON object per line.

use std::sync::Arc;

use vestnik_core::Origin;
use vestnik_proto::frame::{Control, encode};
use vestnik_proto::{ApiError, CloseCode, ErrorCode};

use super::Live;
use super::connection::Connection;
use super::framing::{Bye, Lines};
use crate::listener::{Accepted, Behind, Refusal};

impl Behind for Live {
    async fn serve(self: Arc<Self>, accepted: Accepted) {
        let Accepted { socket, peer, since, place } = accepted;
        let origin = Origin { ip: peer.ip(), agent: None };
        Connection::new(self, Lines::new(socket), origin, since).run().await;
        drop(place);
    }

    fn refuse(&self, why: Refusal) -> Vec<u8> {
        let (error, close) = match why {
            Refusal::TooMany => (
                Some(ApiError::new(ErrorCode::RateLimited, "There are too many connections. Close some, or wait.")),
                CloseCode::TooManyRequests,
            ),
            Refusal::PlainText => (
                Some(ApiError::new(
                    ErrorCode::Forbidden,
                    "Plain text is accepted only from this machine. Connect with TLS, as by `openssl s_client`, \
                     or let the operator set tcp.allow_plain_text.",
                )),
                CloseCode::Forbidden,
            ),
            Refusal::Silent => (None, CloseCode::Unauthorized),
        };
        let mut words = Vec::new();
        if let Some(error) = error {
            words.extend_from_slice(&encode(&Control::Error(error), None));
            words.push(b'\n');
        }
        words.extend_from_slice(&Bye::from(close).frame());
        words.push(b'\n');
        words
    }
}
