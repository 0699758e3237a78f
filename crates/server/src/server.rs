//! The whole server: opens the store and the core, binds the doors, runs until told to stop.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::routing::get;
use http::header;
use tokio::net::{TcpListener, TcpSocket};
use vestnik_core::{Clock, Core, CoreConfig, OpenError, Ports, Rng, Sink};
use vestnik_proto::Registration;
use vestnik_store::{Engine, Store, StoreConfig, StoreError};

use crate::bus::{Bus, BusError, RedisBus};
use crate::cluster::Cluster;
use crate::config::Settings;
use crate::data_dir::{self, DataDirError, DataDirLock};
use crate::http::{HttpDoor, HttpService};
use crate::hub::{Hub, QueueLimits};
use crate::jobs;
use crate::listener::{Door, PerIp};
use crate::live::{Live, Times};
use crate::metrics::Metrics;
use crate::stop::Stop;
use crate::system::{SystemClock, SystemRng};
use crate::tls::{self, TlsError};

/// Why the server could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data directory.
    #[error(transparent)]
    DataDir(#[from] DataDirError),
    /// The certificate.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// A door.
    #[error("the {door} door cannot listen on {addr}: {problem}. Stop what uses it, or set {key}.")]
    Bind {
        /// Which.
        door: &'static str,
        /// Where.
        addr: SocketAddr,
        /// Why.
        problem: std::io::Error,
        /// The setting.
        key: &'static str,
    },
    /// The database.
    #[error("{}", of_store(.0))]
    Store(#[from] StoreError),
    /// The rules.
    #[error("the server's own state cannot be read: {0}")]
    Core(#[from] OpenError),
    /// The bus.
    #[error("{0}")]
    Bus(#[from] BusError),
    /// The question whether there is an owner.
    #[error("the server's own state cannot be read: {0}")]
    State(#[from] vestnik_proto::ApiError),
}

fn of_store(error: &StoreError) -> String {
    match error {
        StoreError::Moved { .. } | StoreError::HalfMoved => error.to_string(),
        error => format!("the database cannot be opened: {error}. Run `vestnik doctor` to see what is wrong."),
    }
}

/// What a test may set besides the settings.
#[derive(Default)]
pub struct Overrides {
    /// The clock; the machine's when absent.
    pub clock: Option<Arc<dyn Clock>>,
    /// The randomness; the system's when absent.
    pub rng: Option<Arc<dyn Rng>>,
    /// The rules' settings; those of [`Settings::core`] when absent.
    pub core: Option<CoreConfig>,
    /// The bus between nodes; that of the settings when absent.
    pub bus: Option<Arc<dyn Bus>>,
    /// What makes this a newer program than it is.
    pub newer: Option<vestnik_store::Newer>,
}

impl std::fmt::Debug for Overrides {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Overrides").field("core", &self.core).finish_non_exhaustive()
    }
}

/// Starts servers.
#[derive(Debug)]
pub struct Server;

/// A server that runs.
pub struct Running {
    /// Where the HTTP door listens.
    pub http_addr: SocketAddr,
    /// Where the TCP door listens.
    pub tcp_addr: SocketAddr,
    /// Where the metrics listen, when they do.
    pub metrics_addr: Option<SocketAddr>,
    /// The one-time token of the setup link, while there is no owner.
    pub setup_token: Option<String>,
    /// The certificate in use.
    pub cert_file: PathBuf,
    /// SHA-256 of the certificate, in hexadecimal: what clients may pin.
    pub fingerprint: String,
    /// The rules, for tests and the administrator.
    pub core: Core,
    metrics: Metrics,
    stop: Stop,
    store: Store,
    cluster: Option<Arc<Cluster>>,
    settings: Arc<Settings>,
    // Last, so that it is let go of last.
    lock: DataDirLock,
}

impl std::fmt::Debug for Running {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Running")
            .field("http_addr", &self.http_addr)
            .field("tcp_addr", &self.tcp_addr)
            .finish_non_exhaustive()
    }
}

/// Connections that may wait to be accepted; the kernel may allow fewer. When everybody comes back
/// at once after a restart, those beyond it would wait a second and more for their next attempt.
const BACKLOG: u32 = 4_096;

/// How often a server on SQLite looks whether it was moved; until then its writes are refused by the database.
const LOOK_FOR_MOVE: std::time::Duration = std::time::Duration::from_secs(1);

fn listen(addr: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = if addr.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // A restart must not wait for the connections of the process before it.
    socket.set_reuseaddr(true)?;
    socket.bind(addr)?;
    socket.listen(BACKLOG)
}

async fn bind(
    door: &'static str,
    addr: SocketAddr,
    key: &'static str,
) -> Result<(TcpListener, SocketAddr), StartError> {
    let bound = listen(addr).and_then(|listener| listener.local_addr().map(|addr| (listener, addr)));
    bound.map_err(|problem| StartError::Bind { door, addr, problem, key })
}

/// The bus at an address of the settings.
pub(crate) fn open_bus(settings: &Settings, url: &str, prefix: &str) -> Result<RedisBus, BusError> {
    let file = &settings.general.bus_ca_file;
    if file.as_os_str().is_empty() {
        return RedisBus::new(url, prefix);
    }
    let authorities = std::fs::read(file).map_err(|error| {
        BusError::Address(format!("bus_ca_file {} cannot be read: {error} (VESTNIK_BUS_CA_FILE).", file.display()))
    })?;
    RedisBus::trusting(url, prefix, Some(authorities))
}

/// How the store is opened.
pub fn store_config(settings: &Settings) -> StoreConfig {
    let mut config = StoreConfig::new(settings.database_url());
    config.max_readers = settings.database.max_readers;
    let database = &settings.database;
    config.lanes = database.lanes;
    config.replica_url = Some(database.replica_url.expose().to_owned()).filter(|url| !url.is_empty());
    config.acquire_timeout = database.acquire_timeout.0;
    config.read_timeout = database.read_timeout.0;
    config.write_timeout = database.write_timeout.0;
    config.lock_timeout = database.lock_timeout.0;
    config.idle_transaction_timeout = database.idle_transaction_timeout.0;
    config
}

impl Server {
    /// Starts a server; it accepts connections when this returns.
    ///
    /// # Errors
    /// [`StartError`] says what is wrong and what to do.
    pub async fn start(settings: Settings, overrides: Overrides) -> Result<Running, StartError> {
        let settings = Arc::new(settings);
        let Overrides { clock, rng, core, bus, newer } = overrides;
        let clock = clock.unwrap_or_else(|| Arc::new(SystemClock));
        let rng = rng.unwrap_or_else(|| Arc::new(SystemRng));

        let lock = data_dir::take(&settings.general.data_dir)?;
        let tls = tls::load(&settings.tls, &settings.general.data_dir)?;
        // Before the database: a port in use is found at once.
        let (http, http_addr) = bind("http", settings.http.bind, "http.bind (VESTNIK_HTTP__BIND)").await?;
        let (tcp, tcp_addr) = bind("tcp", settings.tcp.bind, "tcp.bind (VESTNIK_TCP__BIND)").await?;
        let metrics_listener = if settings.metrics.enabled {
            Some(bind("metrics", settings.metrics.bind, "metrics.bind (VESTNIK_METRICS__BIND)").await?)
        } else {
            None
        };

        let metrics = Metrics::default();
        let queue = QueueLimits { frames: settings.limits.queue_frames, bytes: settings.limits.queue_bytes.0 };
        let store = Store::open(&StoreConfig { newer, ..store_config(&settings) }).await?;
        let bus = match (bus, settings.bus_url()) {
            (Some(bus), _) => Some(bus),
            (None, Some(url)) => {
                let name = vestnik_core::cluster_name(&store, &*rng).await?;
                let bus: Arc<dyn Bus> = Arc::new(open_bus(&settings, url, &format!("vestnik:{name}"))?);
                Some(bus)
            }
            (None, None) => None,
        };
        let mut core_config = core.unwrap_or_else(|| settings.core());
        core_config.cluster = bus.is_some();
        let (hub, cluster) = match bus {
            None => (Hub::new(queue, clock.clone(), metrics.clone()), None),
            Some(bus) => {
                let hub = Hub::of_cluster(queue, clock.clone(), metrics.clone());
                let cluster = Cluster::new(hub.clone(), bus, clock.clone(), &*rng, metrics.clone());
                (hub, Some(cluster))
            }
        };
        let sink: Arc<dyn Sink> = match &cluster {
            Some(cluster) => cluster.clone(),
            None => hub.clone(),
        };
        let ports = Ports { store: store.clone(), clock: clock.clone(), rng: rng.clone(), sink };
        let core = Core::open(core_config, ports).await?;
        let setup_token = core.setup_token().await?;

        let stop = Stop::default();
        if let Some(cluster) = &cluster {
            cluster.run(&core, &stop);
        }
        let limits = &settings.limits;
        let live = Arc::new(Live {
            core: core.clone(),
            hub: hub.clone(),
            metrics: metrics.clone(),
            clock: clock.clone(),
            stop: stop.clone(),
            times: Times {
                auth: limits.auth_timeout.0,
                write: limits.write_timeout.0,
                tcp_idle: settings.tcp.idle_timeout.0,
                ws_idle: settings.http.idle_timeout.0,
                ws_ping: settings.http.ping_interval.0,
            },
            pending_messages: limits.pending_messages,
        });
        let mut prefix = [0u8; 4];
        rng.fill(&mut prefix);
        let http_door = Arc::new(HttpDoor {
            live: live.clone(),
            trusted_proxies: settings.http.trusted_proxies.clone(),
            cors_origins: settings.http.cors_origins.clone(),
            max_body_bytes: settings.http.max_body_bytes.0,
            request_timeout: settings.http.request_timeout.0,
            head_timeout: limits.handshake_timeout.0,
            refresh_token_secs: settings.accounts.refresh_token.as_secs(),
            request_prefix: u32::from_be_bytes(prefix),
            requests: AtomicU64::new(1),
        });
        let per_ip = PerIp::new(limits.connections_per_ip, settings.http.trusted_proxies.clone());
        let door = |name, listener, proxies, allow_plain_text, max_connections, timeout: std::time::Duration| Door {
            name,
            listener,
            tls: tls.acceptor.clone(),
            allow_plain_text,
            max_connections,
            per_ip: per_ip.clone(),
            proxies,
            handshake_timeout: timeout,
        };
        let (handshake, auth) = (limits.handshake_timeout.0, limits.auth_timeout.0);
        let http_settings = (settings.http.allow_plain_text, settings.http.max_connections);
        let http = door("http", http, Vec::new(), http_settings.0, http_settings.1, handshake);
        let tcp_settings = (settings.tcp.allow_plain_text, settings.tcp.max_connections);
        let proxies = settings.tcp.trusted_proxies.clone();
        let tcp = door("tcp", tcp, proxies, tcp_settings.0, tcp_settings.1, handshake.min(auth));
        stop.tasks.spawn(http.run(Arc::new(HttpService::new(http_door)), stop.clone()));
        stop.tasks.spawn(tcp.run(live, stop.clone()));
        stop.tasks.spawn(hub.clone().run_presence(stop.clone()));
        stop.tasks.spawn(hub.clone().run_crowds(stop.clone()));
        let holder = cluster.as_ref().map(|cluster| cluster.name());
        stop.tasks.spawn(jobs::run(core.clone(), clock, stop.clone(), holder));
        let metrics_addr = metrics_listener.map(|(listener, addr)| {
            stop.tasks.spawn(serve_metrics(listener, metrics.clone(), store.clone(), stop.clone()));
            addr
        });
        tracing::info!(http = %http_addr, tcp = %tcp_addr, "the server is ready");
        Ok(Running {
            http_addr,
            tcp_addr,
            metrics_addr,
            setup_token,
            cert_file: tls.cert_file,
            fingerprint: tls.fingerprint,
            core,
            metrics,
            stop,
            store,
            cluster,
            settings,
            lock,
        })
    }
}

/// Serves `/metrics` until the soft stop.
async fn serve_metrics(listener: TcpListener, metrics: Metrics, store: Store, stop: Stop) {
    let scrape = move || {
        let text = scrape(&metrics, &store);
        let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
        std::future::ready(([(header::CONTENT_TYPE, kind)], text))
    };
    let router: Router = Router::new().route("/metrics", get(scrape));
    loop {
        let stream = tokio::select! {
            biased;
            () = stop.soft.cancelled() => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                Err(_) => {
                    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
                    continue;
                }
            },
        };
        let service = hyper_util::service::TowerToHyperService::new(router.clone());
        let hard = stop.hard.clone();
        stop.tasks.spawn(async move {
            let connection = hyper::server::conn::http1::Builder::new()
                .timer(hyper_util::rt::TokioTimer::new())
                .header_read_timeout(std::time::Duration::from_secs(10))
                .keep_alive(false)
                .serve_connection(hyper_util::rt::TokioIo::new(stream), service);
            tokio::select! {
                () = hard.cancelled() => {}
                _ = connection => {}
            }
        });
    }
}

/// The text of `/metrics`.
fn scrape(metrics: &Metrics, store: &Store) -> String {
    let stats = store.stats();
    let replica = store
        .replica_stats()
        .map(|stats| [&stats.used, &stats.behind, &stats.failed].map(|counter| counter.load(Ordering::Relaxed)));
    metrics.scrape((stats.commits.load(Ordering::Relaxed), stats.appends.load(Ordering::Relaxed)), replica)
}

impl Running {
    /// What `/metrics` says.
    pub fn metrics_text(&self) -> String {
        scrape(&self.metrics, &self.store)
    }

    /// The settings in force.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The link under which people open the server.
    pub fn public_url(&self) -> String {
        match self.settings.http.public_url.trim_end_matches('/') {
            "" => {
                let host = match self.http_addr.ip() {
                    ip if ip.is_unspecified() => "127.0.0.1".to_owned(),
                    std::net::IpAddr::V6(ip) => format!("[{ip}]"),
                    ip => ip.to_string(),
                };
                format!("http://{host}:{}", self.http_addr.port())
            }
            url => url.to_owned(),
        }
    }

    /// Whether anybody from elsewhere could make an account.
    pub fn open_to_the_world(&self) -> bool {
        let beyond = |addr: &SocketAddr| !addr.ip().is_loopback();
        self.settings.general.registration == Registration::Open && (beyond(&self.http_addr) || beyond(&self.tcp_addr))
    }

    /// Resolves once `vestnik migrate` has taken this server out of service; where it is now, without the password.
    pub async fn moved(&self) -> String {
        if self.store.engine() != Engine::Sqlite {
            return std::future::pending().await;
        }
        loop {
            // Another process writes the mark; the file tells nobody.
            tokio::time::sleep(LOOK_FOR_MOVE).await;
            match self.store.moved_to().await {
                Ok(None) => {}
                Ok(Some(to)) => return to,
                Err(error) => tracing::debug!(%error, "whether the server was moved cannot be read"),
            }
        }
    }

    /// Stops at once when called while [`Running::shutdown`] goes on.
    pub fn hard_stop(&self) -> impl Fn() + Send + Sync + 'static {
        let hard = self.stop.hard.clone();
        move || hard.cancel()
    }

    /// Stops: no more connections, goodbye to clients, what is begun is finished; after the
    /// deadline of `limits.shutdown_timeout` everything is cut off. Whatever was acknowledged is kept.
    pub async fn shutdown(self) {
        self.stop.soft.cancel();
        self.stop.tasks.close();
        let deadline = self.settings.limits.shutdown_timeout.0;
        tokio::select! {
            () = self.stop.tasks.wait() => {}
            () = self.stop.hard.cancelled() => {}
            () = tokio::time::sleep(deadline) => tracing::warn!("some connections did not finish in time"),
        }
        self.stop.hard.cancel();
        self.stop.tasks.wait().await;
        drop(self.core);
        self.store.close().await;
        // Whatever was committed has been handed over by now.
        if let Some(cluster) = self.cluster {
            cluster.end().await;
        }
        tracing::info!("the server has stopped");
        drop(self.lock);
    }
}

#[cfg(test)]
mod tests;
