//! The wire as a promise: the exact JSON of every frame, code and limit, and decoders that take
//! whatever comes.

mod codes;
mod contract;
mod hostile;
mod samples;
mod snapshots;
