//! What the tests stand on: a store over a fresh database, and short words for filling it.

use std::future::Future;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};

use futures_util::FutureExt as _;
use sqlx::{AnyConnection, Connection as _, Executor as _};
use tempfile::TempDir;
use tokio::sync::oneshot;
use vestnik_proto::{ChatId, ChatKind, ClientId, MessageType, Role, ServerRole, Timestamp, UserId};
use vestnik_store::{
    Append, Appended, ChatKey, Engine, NewChat, NewUser, PendingAppend, Store, StoreConfig, StoreError,
};

/// A test's body for both engines: `contract!(name, |bed| { … })`.
macro_rules! contract {
    ($name:ident, |$bed:ident| $body:block) => {
        mod $name {
            use super::*;

            async fn run($bed: &mut $crate::bed::Bed) $body

            #[test]
            fn sqlite() {
                $crate::bed::on_sqlite(|bed| Box::pin(run(bed)));
            }
            #[test]
            fn postgres() {
                $crate::bed::on_postgres(|bed| Box::pin(run(bed)));
            }
        }
    };
}

/// A write: `write!(store, chat, |tx| expression)`.
macro_rules! write {
    ($store:expr, $chat:expr, |$tx:ident| $body:expr) => {
        $store.write::<_, vestnik_store::StoreError, _>($chat, move |$tx| Box::pin(async move { $body })).await
    };
}

pub(crate) struct Bed {
    pub(crate) store: Store,
    pub(crate) config: StoreConfig,
}

type Body = for<'b> fn(&'b mut Bed) -> Pin<Box<dyn Future<Output = ()> + Send + 'b>>;

/// A moment, in seconds from an arbitrary beginning.
pub(crate) fn at(secs: i64) -> Timestamp {
    Timestamp::from_secs(1_790_000_000 + secs)
}

pub(crate) fn client_id(n: u64) -> ClientId {
    ClientId::from_u64_pair(1, n)
}

pub(crate) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime")
}

pub(crate) fn sqlite_config(dir: &TempDir) -> StoreConfig {
    StoreConfig::new(format!("sqlite:{}/vestnik.db", dir.path().display()))
}

pub(crate) fn on_sqlite(body: Body) {
    let dir = tempfile::tempdir().unwrap();
    runtime().block_on(async {
        let failed = run(sqlite_config(&dir), body).await;
        drop(dir);
        failed.unwrap_or_else(|panic| resume_unwind(panic));
    });
}

pub(crate) fn on_postgres(body: Body) {
    let Some(server) = postgres_server() else { return };
    runtime().block_on(async {
        let name = create_database(&server, "").await;
        let failed = run(StoreConfig::new(with_database(&server, &name)), body).await;
        drop_database(&server, &name).await;
        failed.unwrap_or_else(|panic| resume_unwind(panic));
    });
}

async fn run(config: StoreConfig, body: Body) -> std::thread::Result<()> {
    let mut bed = Bed { store: Store::open(&config).await.expect("a fresh database opens"), config };
    let result = AssertUnwindSafe(body(&mut bed)).catch_unwind().await;
    bed.store.close().await;
    result
}

/// The server to make databases on; on a CI machine there must be one.
#[expect(clippy::disallowed_methods, reason = "the one place where the tests learn of their surroundings")]
pub(crate) fn postgres_server() -> Option<String> {
    let server = std::env::var("VESTNIK_TEST_PG").ok();
    if server.is_none() {
        assert!(
            std::env::var_os("CI").is_none(),
            "VESTNIK_TEST_PG is not set, so nothing was tested on PostgreSQL. Run the tests through scripts/with-postgres."
        );
        println!("skipped: VESTNIK_TEST_PG is not set");
    }
    server
}

fn with_database(server: &str, name: &str) -> String {
    let (address, options) =
        server.split_once('?').map_or((server, None), |(address, options)| (address, Some(options)));
    let (host, _) = address.rsplit_once('/').expect("VESTNIK_TEST_PG names a database");
    options.map_or_else(|| format!("{host}/{name}"), |options| format!("{host}/{name}?{options}"))
}

async fn admin(server: &str) -> AnyConnection {
    sqlx::any::install_default_drivers();
    AnyConnection::connect(server).await.expect("the server of VESTNIK_TEST_PG answers")
}

async fn execute(server: &str, sql: String) {
    let mut conn = admin(server).await;
    conn.execute(sqlx::raw_sql(sqlx::AssertSqlSafe(sql))).await.unwrap();
    conn.close().await.unwrap();
}

async fn create_database(server: &str, options: &str) -> String {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let name = format!("vestnik_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    execute(server, format!("CREATE DATABASE {name} {options}")).await;
    name
}

async fn drop_database(server: &str, name: &str) {
    execute(server, format!("DROP DATABASE {name} WITH (FORCE)")).await;
}

/// Runs a body in a PostgreSQL database made with options of its own.
pub(crate) fn on_postgres_with(options: &'static str, body: Body) {
    let Some(server) = postgres_server() else { return };
    runtime().block_on(async {
        let name = create_database(&server, options).await;
        let failed = run(StoreConfig::new(with_database(&server, &name)), body).await;
        drop_database(&server, &name).await;
        failed.unwrap_or_else(|panic| resume_unwind(panic));
    });
}

/// Writes of a lane wait behind it until it is opened.
pub(crate) struct Gate {
    open: oneshot::Sender<()>,
    write: tokio::task::JoinHandle<Result<(), StoreError>>,
}

impl Gate {
    /// Returns when the lane of the chat stands at the gate.
    pub(crate) async fn shut(store: &Store, chat: ChatKey) -> Self {
        let (open, opened) = oneshot::channel();
        let (arrive, arrived) = oneshot::channel();
        let store = store.clone();
        let write = tokio::spawn(async move {
            write!(store, chat, |_tx| {
                arrive.send(()).unwrap();
                opened.await.unwrap();
                Ok(())
            })
        });
        arrived.await.unwrap();
        Self { open, write }
    }

    pub(crate) async fn open(self) {
        self.release().await.unwrap();
    }

    /// Opens it and returns what became of the write that stood in it.
    pub(crate) async fn release(self) -> Result<(), StoreError> {
        self.open.send(()).unwrap();
        self.write.await.unwrap()
    }
}

pub(crate) fn new_user(name: &str) -> NewUser {
    NewUser {
        username: name.to_owned(),
        folded: name.to_lowercase(),
        skeleton: format!("skeleton of {}", name.to_lowercase()),
        display_name: format!("{name} the First"),
        display_folded: format!("{name} the first").to_lowercase(),
        email: None,
        password: "$argon2id$…".to_owned(),
        server_role: ServerRole::User,
        created_at: at(0),
    }
}

pub(crate) fn new_chat(id: &str, kind: ChatKind) -> NewChat {
    NewChat {
        public_id: ChatId::from(id),
        kind,
        name: format!("The {id}"),
        name_folded: format!("the {id}"),
        description: format!("About {id}"),
        pair: None,
        created_at: at(0),
    }
}

/// A message that differs from the others by its text alone.
pub(crate) fn message(chat: ChatKey, sender: UserId, content: &str) -> Append {
    Append {
        chat,
        sender,
        client_id: None,
        hash: content.bytes().fold(7, |hash, byte| hash * 31 % 1_000_003 + i64::from(byte)),
        ts: at(100),
        message_type: MessageType::Text,
        content: content.to_owned(),
        reply_seq: None,
        mentions: Vec::new(),
        mention_all: None,
    }
}

/// Hands over a message nobody else is told of.
pub(crate) fn post(store: &Store, append: Append) -> PendingAppend {
    store.append(append, |_, _| {}).unwrap()
}

impl Bed {
    pub(crate) fn engine(&self) -> Engine {
        self.store.engine()
    }

    pub(crate) async fn user(&self, name: &str) -> UserId {
        let new = new_user(name);
        write!(self.store, ChatKey(0), |tx| tx.insert_user(&new).await).unwrap()
    }

    pub(crate) async fn chat(&self, id: &str, kind: ChatKind) -> ChatKey {
        let new = new_chat(id, kind);
        write!(self.store, ChatKey(0), |tx| tx.insert_chat(&new).await).unwrap()
    }

    pub(crate) async fn direct(&self, id: &str, a: UserId, b: UserId) -> ChatKey {
        let new = NewChat { pair: Some((a, b)), name: String::new(), ..new_chat(id, ChatKind::Direct) };
        let chat = write!(self.store, ChatKey(0), |tx| tx.insert_chat(&new).await).unwrap();
        self.join(chat, a, Role::Member).await;
        self.join(chat, b, Role::Member).await;
        chat
    }

    pub(crate) async fn join(&self, chat: ChatKey, user: UserId, role: Role) {
        write!(self.store, chat, |tx| tx.insert_member(chat, user, role, at(1)).await).unwrap();
    }

    pub(crate) async fn say(&self, chat: ChatKey, user: UserId, content: &str) -> Appended {
        post(&self.store, message(chat, user, content)).await.unwrap()
    }

    /// Closes the store and opens it again.
    pub(crate) async fn reopen(&mut self) {
        self.store.clone().close().await;
        self.store = Store::open(&self.config).await.unwrap();
    }

    /// A connection past the store.
    pub(crate) async fn raw(&self) -> AnyConnection {
        raw(&self.config).await
    }

    pub(crate) async fn number(&self, sql: &'static str) -> i64 {
        let mut conn = self.raw().await;
        let (n,): (i64,) = sqlx::query_as(sql).fetch_one(&mut conn).await.unwrap();
        conn.close().await.unwrap();
        n
    }
}

pub(crate) async fn raw(config: &StoreConfig) -> AnyConnection {
    sqlx::any::install_default_drivers();
    AnyConnection::connect(&format!(
        "{}{}",
        config.url,
        if config.url.starts_with("sqlite") { "?mode=rwc" } else { "" }
    ))
    .await
    .unwrap()
}

/// An SQLite store, and an empty PostgreSQL database to move it to.
pub(crate) fn with_empty_postgres(body: impl AsyncFnOnce(&mut Bed, String)) {
    let Some(server) = postgres_server() else { return };
    let dir = tempfile::tempdir().unwrap();
    runtime().block_on(async {
        let name = create_database(&server, "").await;
        let config = sqlite_config(&dir);
        let mut bed = Bed { store: Store::open(&config).await.unwrap(), config };
        let result = AssertUnwindSafe(body(&mut bed, with_database(&server, &name))).catch_unwind().await;
        bed.store.close().await;
        drop_database(&server, &name).await;
        result.unwrap_or_else(|panic| resume_unwind(panic));
    });
}
