//! The rules, held to the contract: every test runs on SQLite, and on PostgreSQL when `VESTNIK_TEST_PG` names a server
//! (`scripts/with-postgres cargo test -p vestnik-core`), each in a fresh database of its own.
//!
//! [`law`] holds the log: for every command that changes something, the state before it plus the events it told is the
//! state read afresh. [`permissions`] holds the table, cell by cell. The rest hold one rule after the other.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[macro_use]
mod world;

mod accounts;
mod chats;
mod cluster;
mod history;
mod law;
mod law_cases;
mod limits;
mod members;
mod messages;
mod permissions;
mod personal;
mod preferences;
mod random;
mod repeats;
mod scheduled;
mod sessions;
mod sync;
