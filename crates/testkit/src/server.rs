//! A server in the test's own process.

use std::sync::Arc;

use serde_json::Value;
use tempfile::TempDir;
use vestnik_core::{Clock, CoreConfig, PasswordCost, Rng};
use vestnik_proto::UserId;
use vestnik_server::bus::Bus;
use vestnik_server::config::Settings;
use vestnik_server::config::units::Secret;
use vestnik_server::{Overrides, Running, Server, StartError};
use vestnik_store::Newer;

use crate::process::free_addr;
use crate::{MockClock, RawClient, Rest, SeededRng, TempDatabase};

/// Which database a test server uses.
#[derive(Debug)]
pub enum Database {
    /// A file in the temporary data directory.
    Sqlite,
    /// One of its own on PostgreSQL.
    Postgres(TempDatabase),
}

/// What a test server shall be like.
pub struct TestServerBuilder {
    settings: Settings,
    core: CoreConfig,
    clock: Option<Arc<dyn Clock>>,
    rng: Option<Arc<dyn Rng>>,
    bus: Option<Arc<dyn Bus>>,
    database: Database,
}

impl std::fmt::Debug for TestServerBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TestServerBuilder").field("core", &self.core).finish_non_exhaustive()
    }
}

/// A running server with its own temporary data directory.
#[derive(Debug)]
pub struct TestServer {
    /// The server.
    pub running: Option<Running>,
    /// A REST client without cookies.
    pub rest: reqwest::Client,
    base: String,
    http: std::net::SocketAddr,
    tcp: std::net::SocketAddr,
    setup_token: Option<String>,
    // Dropped after the server.
    database: Database,
    dir: TempDir,
    /// What it is started with again.
    again: Again,
}

/// Everything a server is started with but its database.
struct Again {
    settings: Settings,
    core: CoreConfig,
    clock: Option<Arc<dyn Clock>>,
    rng: Option<Arc<dyn Rng>>,
    bus: Option<Arc<dyn Bus>>,
    newer: Option<Newer>,
}

impl std::fmt::Debug for Again {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Again").finish_non_exhaustive()
    }
}

impl Again {
    async fn start(&self) -> Result<Running, StartError> {
        let overrides = Overrides {
            clock: self.clock.clone(),
            rng: self.rng.clone(),
            core: Some(self.core.clone()),
            bus: self.bus.clone(),
            newer: self.newer.clone(),
        };
        Server::start(self.settings.clone(), overrides).await
    }
}

/// Someone with an account.
#[derive(Clone, Debug)]
pub struct SignedUp {
    /// Their number.
    pub id: UserId,
    /// Their name.
    pub username: String,
    /// Their access token.
    pub token: String,
    /// Their refresh token.
    pub refresh_token: String,
}

/// The password of everyone [`TestServer::register`] makes.
pub const PASSWORD: &str = "correct horse battery";

impl TestServerBuilder {
    /// Changes the settings.
    pub fn settings(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(&mut self.settings);
        self
    }

    /// Changes the rules' settings.
    pub fn core(mut self, change: impl FnOnce(&mut CoreConfig)) -> Self {
        change(&mut self.core);
        self
    }

    /// Uses a clock that the test moves.
    pub fn clock(mut self, clock: Arc<MockClock>) -> Self {
        self.clock = Some(clock);
        self
    }

    /// Uses chance from a seed.
    pub fn seed(mut self, seed: u64) -> Self {
        self.rng = Some(Arc::new(SeededRng::new(seed)));
        self
    }

    /// Makes the server a node of a cluster on this bus.
    pub fn bus(mut self, bus: impl Bus + 'static) -> Self {
        self.bus = Some(Arc::new(bus));
        self
    }

    /// Uses another database than SQLite.
    pub fn database(mut self, database: Database) -> Self {
        self.database = database;
        self
    }

    /// Listens on ports of its own that no client is given meanwhile, for a server that is stopped
    /// and started again.
    pub fn steady_ports(mut self) -> Self {
        self.settings.http.bind = free_addr();
        self.settings.tcp.bind = free_addr();
        self
    }

    /// Starts the server.
    pub async fn start(self) -> TestServer {
        let Self { mut settings, core, clock, rng, bus, database } = self;
        let dir = tempfile::tempdir().unwrap();
        settings.general.data_dir = dir.path().to_owned();
        if let Database::Postgres(postgres) = &database {
            settings.general.database_url = Secret::new(postgres.url());
        }
        let again = Again { settings, core, clock, rng, bus, newer: None };
        let running = again.start().await.unwrap();
        TestServer {
            rest: reqwest::Client::new(),
            base: format!("http://{}", running.http_addr),
            http: running.http_addr,
            tcp: running.tcp_addr,
            setup_token: running.setup_token.clone(),
            running: Some(running),
            database,
            dir,
            again,
        }
    }
}

impl TestServer {
    /// A server on free ports, with SQLite in a temporary directory and cheap password hashes.
    pub fn builder() -> TestServerBuilder {
        let mut settings = Settings::default();
        let any_port = std::net::SocketAddr::from(([127, 0, 0, 1], 0));
        settings.http.bind = any_port;
        settings.tcp.bind = any_port;
        settings.metrics.bind = any_port;
        let core =
            CoreConfig { password_cost: PasswordCost { memory_kib: 64, passes: 1, lanes: 1 }, ..CoreConfig::default() };
        TestServerBuilder { settings, core, clock: None, rng: None, bus: None, database: Database::Sqlite }
    }

    /// The usual test server.
    pub async fn start() -> Self {
        Self::builder().start().await
    }

    /// The address of a path.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// Where the HTTP door listens.
    pub fn http_addr(&self) -> std::net::SocketAddr {
        self.http
    }

    /// Where the TCP door listens.
    pub fn tcp_addr(&self) -> std::net::SocketAddr {
        self.tcp
    }

    /// Where the metrics are served.
    pub fn metrics_addr(&self) -> Option<std::net::SocketAddr> {
        self.running.as_ref().and_then(|running| running.metrics_addr)
    }

    /// The setup link's token.
    pub fn setup_token(&self) -> Option<&str> {
        self.setup_token.as_deref()
    }

    /// The temporary data directory.
    pub fn data_dir(&self) -> &std::path::Path {
        self.dir.path()
    }

    /// The database.
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// A REST call; status and JSON body (`null` when empty).
    pub async fn call(&self, method: &str, path: &str, token: Option<&str>, body: Option<&Value>) -> (u16, Value) {
        self.script().call(method, path, token, body).await
    }

    /// The REST door.
    pub fn script(&self) -> Rest {
        Rest::over(self.rest.clone(), self.http)
    }

    /// Makes an account.
    pub async fn register(&self, username: &str) -> SignedUp {
        self.script().register(username).await
    }

    /// A raw TCP connection that has said nothing yet.
    pub async fn raw_tcp(&self) -> RawClient {
        RawClient::tcp(self.tcp).await
    }

    /// A raw WebSocket connection that has said nothing yet.
    pub async fn raw_ws(&self) -> RawClient {
        RawClient::ws(self.http).await
    }

    /// A TCP connection signed in as this person.
    pub async fn tcp_as(&self, user: &SignedUp) -> RawClient {
        let mut client = self.raw_tcp().await;
        client.auth(&user.token).await;
        client
    }

    /// A WebSocket signed in as this person.
    pub async fn ws_as(&self, user: &SignedUp) -> RawClient {
        let mut client = self.raw_ws().await;
        client.auth(&user.token).await;
        client
    }

    /// Is another version when it is started again.
    pub fn set_version(&mut self, newer: Option<Newer>) {
        self.again.newer = newer;
    }

    /// Tries to start the stopped server again, and why it does not.
    pub async fn fails_to_start(&self) -> String {
        self.again.start().await.expect_err("it does not start").to_string()
    }

    /// Starts the stopped server again, on its data and its ports; the latter surely when they are
    /// [steady](TestServerBuilder::steady_ports).
    pub async fn start_again(&mut self) {
        assert!(self.running.is_none(), "it was stopped before");
        self.again.settings.http.bind = self.http;
        self.again.settings.tcp.bind = self.tcp;
        let running = self.again.start().await.unwrap();
        self.setup_token.clone_from(&running.setup_token);
        self.running = Some(running);
    }

    /// Stops the server at once: connections are cut off in the middle of whatever they were about.
    pub async fn cut_off(&mut self) {
        if let Some(running) = self.running.take() {
            running.hard_stop()();
            running.shutdown().await;
        }
    }

    /// Stops the server gracefully.
    pub async fn stop(&mut self) {
        if let Some(running) = self.running.take() {
            running.shutdown().await;
        }
    }
}
