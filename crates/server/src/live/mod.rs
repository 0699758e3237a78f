//! The live doors: WebSocket and TCP share one connection state machine over framed streams.

pub mod connection;
pub mod framing;
pub mod tcp;
pub mod ws;

use std::sync::Arc;
use std::time::Duration;

use vestnik_core::{Clock, Core};

use crate::hub::Hub;
use crate::metrics::Metrics;
use crate::stop::Stop;

/// What every live connection works with.
#[derive(Clone)]
pub struct Live {
    /// The rules.
    pub core: Core,
    /// Who is connected.
    pub hub: Arc<Hub>,
    /// What is counted.
    pub metrics: Metrics,
    /// The wall clock, for tokens' ends.
    pub clock: Arc<dyn Clock>,
    /// When to stop.
    pub stop: Stop,
    /// How long things may take.
    pub times: Times,
    /// Messages that may wait to be durable.
    pub pending_messages: usize,
}

/// How long things may take.
#[derive(Clone, Copy, Debug)]
pub struct Times {
    /// To sign in, from the accept.
    pub auth: Duration,
    /// To take a write.
    pub write: Duration,
    /// Silence on TCP.
    pub tcp_idle: Duration,
    /// Silence on WebSocket.
    pub ws_idle: Duration,
    /// Between pings on WebSocket.
    pub ws_ping: Duration,
}
