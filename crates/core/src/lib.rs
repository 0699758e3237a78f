//! Actions and rules of Vestnik: accounts, chats, messages. Knows no HTTP and no socket.
//!
//! A door decodes a frame, authenticates it to an [`Actor`], calls one action of [`Core`] and
//! encodes the answer. Everything that may be refused is refused here.

mod actor;
mod chats;
mod cluster;
mod config;
mod context;
mod dispatch;
mod error;
mod history;
mod invites;
mod jobs;
mod members;
mod messages;
mod passwords;
mod permissions;
mod personal;
mod ports;
mod preferences;
mod rate;
mod registry;
mod sessions;
mod sync;
mod tokens;
mod turns;
mod users;
mod views;

pub use actor::{Actor, Origin, UserActor};
pub use cluster::{ChatHead, Subscribed, cluster_name};
pub use config::{CoreConfig, PasswordCost};
pub use context::{Core, OpenError, Ports};
pub use messages::PendingAck;
pub use permissions::{Standing, TABLE, allows, outranks};
pub use ports::{Audience, ChatKey, Clock, Notice, Rng, Sink};
pub use sessions::{Authenticated, SignedIn};
pub use sync::{AccountSync, ChatBehind, ChatSync, SyncPlan};
