//! The client side of Vestnik as a library: folding events into state, and, with the feature
//! `net`, connecting, signing in, resuming, sending durably and keeping a cache.
//!
//! ```text
//! reducer   events -> state; no I/O, no clock, compiles to wasm
//! net       Connection (one socket) < Session (resumes for ever) with its store (cache + outbox)
//! ```
//! Nothing here reads the environment, the wall clock or a global random source: a program hands
//! them in, and so can a test.

#[cfg(feature = "net")]
pub mod net;
pub mod reducer;
