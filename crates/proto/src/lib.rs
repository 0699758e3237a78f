//! The wire of Vestnik: every frame, event, transfer object, error code and limit, as types.
//!
//! This crate knows serde and nothing else: no socket, no database, no clock.
//! The TypeScript types and the OpenAPI document are generated from it (`cargo run -p xtask -- gen`),
//! and a test fails when a generated file is stale.

pub mod command;
pub mod error;
pub mod event;
pub mod frame;
pub mod http;
pub mod ids;
pub mod limits;
pub mod model;
pub mod names;
#[cfg(feature = "schema")]
pub mod schema;
pub mod time;

pub use command::Command;
pub use error::{ApiError, ErrorCode};
pub use event::{AccountEvent, AccountEventContent, ChatEvent, ChatEventContent, PassingEvent};
pub use frame::{Answer, ClientFrame, CloseCode, ServerFrame};
pub use ids::{ChatId, ClientId, MessageId, UserId};
pub use model::*;
pub use time::Timestamp;

/// Derives every wire type shares: serde, comparison, and under `schema` JSON Schema and TypeScript.
macro_rules! wire {
    ($(#[$meta:meta])* pub $($rest:tt)+) => {
        #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema, ts_rs::TS))]
        $(#[$meta])*
        pub $($rest)+
    };
}
pub(crate) use wire;
