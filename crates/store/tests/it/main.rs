//! The contract of the store: every test runs on SQLite, and on PostgreSQL when `VESTNIK_TEST_PG` names a server
//! (`scripts/with-postgres cargo test -p vestnik-store`), each in a fresh database of its own.
//!
//! [`contract!`] writes both tests from one body, so that none can be forgotten on one engine. On a CI machine
//! (`CI` is set) a missing server fails the suite; elsewhere the PostgreSQL half says that it was skipped.

#![expect(clippy::unwrap_used, reason = "clippy takes only #[test] functions for tests, not what they call")]

#[macro_use]
mod bed;

mod accounts;
mod chats;
mod events;
mod failures;
mod members;
mod messages;
mod migrations;
mod model;
mod moving;
mod plans;
mod preferences;
mod scheduled;
mod writer;
