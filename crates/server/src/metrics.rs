//! What the server counts, in an explicit registry.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};

/// Which door.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct DoorLabel {
    door: &'static str,
}

/// Which direction.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct WayLabel {
    way: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ResultLabel {
    result: &'static str,
}

/// Which route, and how it went.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabel {
    method: &'static str,
    route: String,
    status: u16,
}

/// Which route.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabel {
    route: String,
}

/// The counters. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Metrics(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    registry: Registry,
    connections: Family<DoorLabel, Gauge>,
    frames: Family<WayLabel, Counter>,
    messages: Counter,
    deliveries: Counter,
    overflows: Counter,
    auth_failures: Family<DoorLabel, Counter>,
    requests: Family<RequestLabel, Counter>,
    durations: Family<RouteLabel, Histogram>,
    commits: Counter<u64, AtomicU64>,
    appends: Counter<u64, AtomicU64>,
    replica: Family<ResultLabel, Counter<u64, AtomicU64>>,
    bus_up: Gauge,
    bus_messages: Family<WayLabel, Counter>,
    bus_lost: Counter,
    bus_gaps: Counter,
    bus_repaired: Counter,
    nodes: Gauge,
    memory: Gauge,
    cpu: Gauge<f64, AtomicU64>,
    descriptors: Gauge,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("vestnik");
        macro_rules! register {
            ($name:literal, $help:literal, $metric:expr) => {{
                let metric = $metric;
                registry.register($name, $help, metric.clone());
                metric
            }};
        }
        let connections = register!("connections", "Live connections by door", Family::default());
        let frames = register!("frames", "Frames of live connections, in and out", Family::default());
        let messages = register!("messages", "Messages stored", Counter::default());
        let deliveries = register!("deliveries", "Frames put into connections' queues", Counter::default());
        let overflows =
            register!("queue_overflows", "Connections closed because they read too slowly", Counter::default());
        let auth_failures = register!("auth_failures", "Failed sign-ins by door", Family::default());
        let requests = register!("http_requests", "HTTP requests by route and status", Family::default());
        let durations: Family<RouteLabel, Histogram> = Family::new_with_constructor(
            (|| Histogram::new(exponential_buckets(0.000_5, 2.0, 16))) as fn() -> Histogram,
        );
        registry.register_with_unit("http_request_duration", "Time of HTTP requests", Unit::Seconds, durations.clone());
        let commits = register!("store_commits", "Transactions committed", Counter::default());
        let appends = register!(
            "store_appends",
            "Messages appended; divided by commits, the size of a batch",
            Counter::default()
        );
        let replica = register!(
            "replica_pages",
            "Pages of chats read from the replica (used), or from the primary as it was behind or failed",
            Family::default()
        );
        let bus_up = register!("bus_up", "Whether the bus between nodes is listened to", Gauge::default());
        let bus_messages = register!("bus_messages", "Messages of the bus, in and out", Family::default());
        let bus_lost = register!("bus_lost", "Messages the bus was not given or did not take", Counter::default());
        let bus_gaps =
            register!("bus_gaps", "Times messages of another node were seen to be missing", Counter::default());
        let bus_repaired = register!(
            "bus_repaired_events",
            "Events read from the store that the bus did not bring",
            Counter::default()
        );
        let nodes = register!("cluster_nodes", "Nodes of the cluster in sight, this one included", Gauge::default());
        let memory = Gauge::default();
        registry.register_with_unit("process_resident_memory", "Memory in use", Unit::Bytes, memory.clone());
        let cpu = Gauge::default();
        registry.register_with_unit("process_cpu", "Processor time used", Unit::Seconds, cpu.clone());
        let descriptors = register!("process_open_descriptors", "Open file descriptors", Gauge::default());
        Self(Arc::new(Inner {
            registry,
            connections,
            frames,
            messages,
            deliveries,
            overflows,
            auth_failures,
            requests,
            durations,
            commits,
            appends,
            replica,
            bus_up,
            bus_messages,
            bus_lost,
            bus_gaps,
            bus_repaired,
            nodes,
            memory,
            cpu,
            descriptors,
        }))
    }
}

impl Metrics {
    /// One more live connection at a door.
    pub fn connected(&self, door: &'static str) {
        self.0.connections.get_or_create(&DoorLabel { door }).inc();
    }

    /// One live connection less.
    pub fn disconnected(&self, door: &'static str) {
        self.0.connections.get_or_create(&DoorLabel { door }).dec();
    }

    /// A frame came in.
    pub fn frame_in(&self) {
        self.0.frames.get_or_create(&WayLabel { way: "in" }).inc();
    }

    /// Frames went out.
    pub fn frames_out(&self, count: usize) {
        self.0.frames.get_or_create(&WayLabel { way: "out" }).inc_by(count as u64);
    }

    /// A message was stored.
    pub fn message(&self) {
        self.0.messages.inc();
    }

    /// Frames were put into queues.
    pub fn delivered(&self, count: u64) {
        self.0.deliveries.inc_by(count);
    }

    /// A queue overflowed.
    pub fn overflowed(&self) {
        self.0.overflows.inc();
    }

    /// Someone could not sign in.
    pub fn auth_failed(&self, door: &'static str) {
        self.0.auth_failures.get_or_create(&DoorLabel { door }).inc();
    }

    /// An HTTP request was answered.
    pub fn request(&self, method: &'static str, route: &str, status: u16, took: std::time::Duration) {
        let route = route.to_owned();
        self.0.durations.get_or_create(&RouteLabel { route: route.clone() }).observe(took.as_secs_f64());
        self.0.requests.get_or_create(&RequestLabel { method, route, status }).inc();
    }

    /// Whether the bus is listened to.
    pub fn bus_up(&self, up: bool) {
        self.0.bus_up.set(i64::from(up));
    }

    /// Messages went out over the bus.
    pub fn bus_sent(&self, count: u64) {
        self.0.bus_messages.get_or_create(&WayLabel { way: "out" }).inc_by(count);
    }

    /// A message came over the bus.
    pub fn bus_received(&self) {
        self.0.bus_messages.get_or_create(&WayLabel { way: "in" }).inc();
    }

    /// Messages did not go out over the bus.
    pub fn bus_lost(&self, count: u64) {
        self.0.bus_lost.inc_by(count);
    }

    /// Messages of another node are missing.
    pub fn bus_gap(&self) {
        self.0.bus_gaps.inc();
    }

    /// Events were read from the store that the bus did not bring.
    pub fn bus_repaired(&self, count: u64) {
        self.0.bus_repaired.inc_by(count);
    }

    /// So many nodes are in sight.
    pub fn nodes(&self, count: usize) {
        self.0.nodes.set(i64::try_from(count).unwrap_or(i64::MAX));
    }

    /// Everything in Prometheus' text format, with the store's own counts (commits, appends), and those of its replica
    /// if there is one (used, behind, failed).
    pub fn scrape(&self, store: (u64, u64), replica: Option<[u64; 3]>) -> String {
        use std::sync::atomic::Ordering::Relaxed;
        for (result, count) in ["used", "behind", "failed"].into_iter().zip(replica.into_iter().flatten()) {
            self.0.replica.get_or_create(&ResultLabel { result }).inner().store(count, Relaxed);
        }
        self.0.commits.inner().store(store.0, Relaxed);
        self.0.appends.inner().store(store.1, Relaxed);
        let process = Process::read();
        self.0.memory.set(process.resident_bytes);
        self.0.cpu.set(process.cpu_seconds);
        self.0.descriptors.set(process.descriptors);
        let mut text = String::new();
        if let Err(error) = encode(&mut text, &self.0.registry) {
            tracing::error!(%error, "metrics could not be written");
        }
        text
    }
}

/// What the kernel says of this process; zeros where there is no `/proc`.
struct Process {
    resident_bytes: i64,
    cpu_seconds: f64,
    descriptors: i64,
}

impl Process {
    fn read() -> Self {
        let read = |name: &str| std::fs::read_to_string(format!("/proc/self/{name}")).unwrap_or_default();
        let pages: i64 = read("statm").split(' ').nth(1).and_then(|pages| pages.parse().ok()).unwrap_or(0);
        // The name in parentheses may hold spaces; user and system time are the 12th and 13th after it.
        let stat = read("stat");
        let after_name = stat.rsplit(") ").next().unwrap_or_default();
        let ticks: f64 = after_name.split(' ').skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum();
        let descriptors = std::fs::read_dir("/proc/self/fd").map_or(0, Iterator::count);
        Self {
            resident_bytes: pages * i64::try_from(rustix::param::page_size()).unwrap_or(4_096),
            cpu_seconds: ticks / rustix::param::clock_ticks_per_second() as f64,
            descriptors: i64::try_from(descriptors).unwrap_or(0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_and_the_process_are_in_the_text() {
        let metrics = Metrics::default();
        metrics.connected("tcp");
        metrics.request("GET", "/api/v1/chats", 200, std::time::Duration::from_millis(3));
        let text = metrics.scrape((2, 5), Some([7, 8, 9]));
        for line in [
            "vestnik_connections{door=\"tcp\"} 1",
            "vestnik_store_commits_total 2",
            "vestnik_replica_pages_total{result=\"behind\"} 8",
            "vestnik_http_requests_total{method=\"GET\",route=\"/api/v1/chats\",status=\"200\"} 1",
        ] {
            assert!(text.contains(line), "{line} is not in\n{text}");
        }
        assert!(!text.contains("resident_memory_bytes 0\n"));
    }
}
