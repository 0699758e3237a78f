//! The Vestnik server: three doors over one core.
//!
//! [`Server::start`] opens everything and binds the doors; [`cli::main`] is the `vestnik` program.
//! HTTP, WebSocket and TCP only decode, authenticate, call one action of core, and encode.

pub mod bus;
pub mod cli;
pub mod cluster;
pub mod config;
pub mod data_dir;
pub mod http;
pub mod hub;
mod jobs;
pub mod listener;
pub mod live;
pub mod logging;
pub mod metrics;
mod proxied;
pub mod server;
pub mod stop;
pub mod system;
pub mod tls;

pub use server::{Overrides, Running, Server, StartError};
