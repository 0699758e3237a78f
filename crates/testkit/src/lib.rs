//! What tests share: a server in process or as a program, raw connections to it, clocks and
//! randomness they can set, and temporary PostgreSQL databases. Never part of the product.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

mod client;
mod clock;
mod postgres;
mod process;
mod redis;
mod rest;
mod server;

pub use client::{LiveDoor, RawClient, Received};
pub use clock::{MockClock, SeededRng};
pub use postgres::{PostgresProcess, TempDatabase};
pub use process::ServerProcess;
pub use redis::{RedisProcess, test_redis};
pub use rest::Rest;
pub use server::{Database, PASSWORD, SignedUp, TestServer, TestServerBuilder};
