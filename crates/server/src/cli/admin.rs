//! `vestnik admin`: what only the one at the machine may do.

use std::io::{BufRead, IsTerminal};
use std::sync::Arc;

use clap::{Subcommand, ValueEnum};
use vestnik_core::{Core, Notice, Ports, Sink};
use vestnik_proto::ServerRole;
use vestnik_store::Store;

use super::{Failure, runtime, say};
use crate::config::Settings;
use crate::data_dir;
use crate::server::store_config;
use crate::system::{SystemClock, SystemRng};

/// What to do.
#[derive(Debug, Subcommand)]
pub(super) enum Admin {
    /// Makes an account. The password is asked for, or read from standard input.
    CreateUser {
        /// The name to have.
        username: String,
        /// Rights on the whole server.
        #[arg(long, value_enum, default_value_t = RoleName::User)]
        role: RoleName,
    },
    /// Changes an account's rights on the whole server.
    SetRole {
        /// Whose.
        username: String,
        /// The rights.
        #[arg(value_enum)]
        role: RoleName,
    },
    /// Sets a new password and ends the account's sessions.
    ResetPassword {
        /// Whose.
        username: String,
    },
}

/// A right on the whole server, as a word of the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum RoleName {
    Owner,
    Admin,
    User,
}

impl From<RoleName> for ServerRole {
    fn from(name: RoleName) -> Self {
        match name {
            RoleName::Owner => Self::Owner,
            RoleName::Admin => Self::Admin,
            RoleName::User => Self::User,
        }
    }
}

/// Nobody is connected to this process.
struct Nobody;
impl Sink for Nobody {
    fn publish(&self, _: Notice) {}
}

pub(super) fn run(settings: Settings, action: Admin) -> Result<(), Failure> {
    // Asked for before anything is opened.
    let password = match &action {
        Admin::CreateUser { .. } | Admin::ResetPassword { .. } => read_password()?,
        Admin::SetRole { .. } => String::new(),
    };
    runtime()?.block_on(async move {
        // An SQLite server keeps its writer to itself; on PostgreSQL this is one more node for a moment.
        let on_file = settings.database_url().starts_with("sqlite:");
        let _lock = on_file.then(|| data_dir::take(&settings.general.data_dir)).transpose()?;
        let store = Store::open(&store_config(&settings)).await?;
        let ports = Ports {
            store: store.clone(),
            clock: Arc::new(SystemClock),
            rng: Arc::new(SystemRng),
            sink: Arc::new(Nobody),
        };
        let core = Core::open(settings.core(), ports).await?;
        let done = match action {
            Admin::CreateUser { username, role } => {
                let user = core.admin_create_user(username, password, role.into()).await;
                user.map(|user| format!("{} has the number {}.\n", user.username, user.id))
            }
            Admin::SetRole { username, role } => core
                .admin_set_role(&username, role.into())
                .await
                .map(|_| format!("{username} has the rights of {}.\n", role_word(role))),
            Admin::ResetPassword { username } => core
                .admin_reset_password(&username, password)
                .await
                .map(|_| format!("{username} has a new password and is signed out everywhere.\n")),
        };
        drop(core);
        store.close().await;
        say(&done.map_err(|error| error.message)?);
        Ok(())
    })
}

fn role_word(role: RoleName) -> &'static str {
    match role {
        RoleName::Owner => "owner",
        RoleName::Admin => "admin",
        RoleName::User => "user",
    }
}

fn read_password() -> Result<String, Failure> {
    if !std::io::stdin().is_terminal() {
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line)?;
        return Ok(line.trim_end_matches(['\n', '\r']).to_owned());
    }
    let password = rpassword::prompt_password("New password: ")?;
    if rpassword::prompt_password("Once more: ")? != password {
        return Err("The two passwords differ. Nothing was changed.".into());
    }
    Ok(password)
}
