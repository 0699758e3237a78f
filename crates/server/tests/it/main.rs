//! The server as a whole: over its doors, as a program, and when things go wrong.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

mod bus;
mod cluster;
mod crash;
mod doors;
mod failures;
mod hostile;
mod live;
mod migrate;
mod nodes;
mod pages;
mod postgres;
mod readme;
mod sessions;
mod shutdown;
mod slow;
mod story;
