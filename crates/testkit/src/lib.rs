//! What tests share: a server in process or as a program, raw connections to it, clocks and
//! randomness they can set, temporary PostgreSQL databases and Redis servers, and networks and disks
//! that fail. Never part of the product.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

mod client;
mod clock;
mod disk;
mod postgres;
mod process;
mod proxy;
mod redis;
mod rest;
mod server;

pub use client::{LiveDoor, RawClient, Received};
pub use clock::{MockClock, SeededRng};
pub use disk::SmallDisk;
pub use postgres::{PostgresProcess, TakenConnections, TempDatabase};
pub use process::{ServerProcess, fake_time};
pub use proxy::Proxy;
pub use redis::{RedisProcess, test_redis};
pub use rest::Rest;
pub use server::{Database, PASSWORD, SignedUp, TestServer, TestServerBuilder};
