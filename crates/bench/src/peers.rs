//! What Vestnik is measured beside: references that do next to nothing, and the chat servers that
//! Debian ships. Each is started on loopback with a configuration of its own in a temporary
//! directory, and ended by the generator.

pub mod raw;
pub mod raw_full;
pub mod stanza;

use std::{
    fs::File,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use futures_util::{StreamExt, TryStreamExt, stream};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    time::{Instant, sleep, timeout},
};

use crate::{
    conn::{Connection, within},
    error::{Doing, Error, Result},
    fanout::Speech,
    process,
    server::last_lines,
    talk::{Session, Tongue},
};

/// Sign-ins and joins under way at once.
const AT_ONCE: usize = 8;
/// Seconds a peer may take until it greets.
const READY_SECS: u64 = 60;
/// Seconds a peer may take to stop when asked to.
const STOP_SECS: u64 = 10;
/// How often a starting peer is asked whether it is there.
const READY_INTERVAL: Duration = Duration::from_millis(5);
/// Members of a room above which an XMPP server is left out: joining costs each a presence of each.
pub const XMPP_MEMBERS_MAX: usize = 200;
/// The domain of the XMPP servers.
const DOMAIN: &str = "localhost";
/// The room of the XMPP servers.
const ROOM: &str = "bench@conference.localhost";
/// The subject of NATS.
const SUBJECT: &str = "room";

/// A server beside which Vestnik is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peer {
    /// Bare tokio: copies lines to everybody.
    Raw,
    /// Bare tokio and SQLite: a line is synced to disk before anybody is told.
    RawFull,
    /// NATS core: copies to subscribers, keeps nothing.
    Nats,
    /// ejabberd with Mnesia and without an archive: rooms and direct chats, nothing kept.
    Ejabberd,
    /// Prosody with its own files and without an archive.
    Prosody,
    /// ejabberd that archives every message in Mnesia, as packaged: not synced to disk.
    EjabberdArchive,
    /// Prosody that archives every message in its own files, as packaged: not synced to disk.
    ProsodyArchive,
}

/// Peers by name, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PeerChoice {
    /// None at all.
    None,
    /// This one.
    One(Peer),
}

impl std::str::FromStr for PeerChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "none" {
            return Ok(Self::None);
        }
        Peer::ALL.iter().copied().find(|peer| peer.name() == text).map(Self::One).ok_or_else(|| {
            let names: Vec<&str> = Peer::ALL.iter().map(|peer| peer.name()).collect();
            format!("there is no peer {text:?}; there are none, {}", names.join(", "))
        })
    }
}

impl Peer {
    /// Every one, in the order of the report.
    pub const ALL: &[Self] = &[
        Self::Raw,
        Self::RawFull,
        Self::Nats,
        Self::Ejabberd,
        Self::Prosody,
        Self::EjabberdArchive,
        Self::ProsodyArchive,
    ];

    /// Its name on the command line and in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Raw => "raw",
            Self::RawFull => "raw-full",
            Self::Nats => "nats",
            Self::Ejabberd => "ejabberd",
            Self::Prosody => "prosody",
            Self::EjabberdArchive => "ejabberd-archive",
            Self::ProsodyArchive => "prosody-archive",
        }
    }

    /// Whether it speaks XMPP.
    pub fn is_xmpp(self) -> bool {
        !matches!(self, Self::Raw | Self::RawFull | Self::Nats)
    }

    /// Whether it is on this machine.
    ///
    /// # Errors
    /// When it is not, with what to do about it.
    pub fn installed(self) -> Result<(), String> {
        let (program, package) = match self {
            Self::Raw | Self::RawFull => return Ok(()),
            Self::Nats => ("nats-server", "nats-server"),
            Self::Ejabberd | Self::EjabberdArchive => ("ejabberdctl", "ejabberd"),
            Self::Prosody | Self::ProsodyArchive => ("prosody", "prosody"),
        };
        match find(program) {
            Some(_) => Ok(()),
            None => Err(format!("{} is not installed: apt-get install {package}", self.name())),
        }
    }
}

/// Where a program is; Debian keeps some where people's paths do not lead.
#[expect(clippy::disallowed_methods, reason = "where programs are is no setting of the server")]
fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(["/usr/sbin", "/usr/bin"].map(PathBuf::from))
        .map(|directory| directory.join(program))
        .find(|file| file.is_file())
}

/// Somebody who has an account at an XMPP server.
#[derive(Clone, Debug)]
pub struct Person(usize);

/// A peer that runs. Dropping it ends it.
#[derive(Debug)]
pub struct Running {
    /// Which.
    pub peer: Peer,
    child: Child,
    address: SocketAddr,
    directory: TempDir,
    /// From starting the program to its greeting a connection, seconds.
    pub ready_after: f64,
}

impl Running {
    /// Starts one, with its data below `work_dir`.
    ///
    /// # Errors
    /// When it does not come up; the end of its log is in the message.
    pub async fn start(peer: Peer, work_dir: &Path) -> Result<Self> {
        let directory = tempfile::Builder::new()
            .prefix("vestnik-bench-peer-")
            .tempdir_in(work_dir)
            .doing("making a directory for a peer")?;
        let start = Instant::now();
        let (child, address) = match peer {
            Peer::Raw => own(&["raw-server".as_ref()]).await?,
            Peer::RawFull => own(&["raw-full-server".as_ref(), directory.path().as_os_str()]).await?,
            _ => foreign(peer, directory.path())?,
        };
        let mut running = Self { peer, child, address, directory, ready_after: 0.0 };
        running.wait(start).await?;
        running.ready_after = start.elapsed().as_secs_f64();
        Ok(running)
    }

    async fn wait(&mut self, start: Instant) -> Result<()> {
        while !self.greets().await {
            let name = self.peer.name();
            if let Some(status) = self.child.try_wait().doing("watching a peer")? {
                return Err(Error::Setup(format!("{name} ended with {status}:\n{}", self.log_end())));
            }
            if start.elapsed() > Duration::from_secs(READY_SECS) {
                let doing = format!("starting {name}\n{}", self.log_end());
                return Err(Error::Timeout { doing, seconds: READY_SECS });
            }
            // Readiness is only told when asked for.
            sleep(READY_INTERVAL).await;
        }
        Ok(())
    }

    /// Whether a connection is answered.
    async fn greets(&self) -> bool {
        let ask = async {
            match self.peer {
                Peer::Raw | Peer::RawFull => Connection::tcp(self.address, None).await.map(|_| ()),
                Peer::Nats => Connection::tcp(self.address, None).await?.reader.frame().await.map(|_| ()),
                _ => open_stream(self.address).await.map(|_| ()),
            }
        };
        matches!(timeout(Duration::from_secs(1), ask).await, Ok(Ok(())))
    }

    /// Its process.
    pub fn pid(&self) -> Option<u32> {
        self.child.id()
    }

    /// Resident memory now, MiB.
    pub fn rss_mib(&self) -> f64 {
        self.pid().and_then(|pid| process::rss_kib(pid).ok()).map_or(f64::NAN, |kib| kib as f64 / 1024.0)
    }

    /// Resident memory once it has settled, KiB.
    pub async fn settled_kib(&self) -> f64 {
        match self.pid() {
            Some(pid) => process::settled_rss_kib(pid).await.map_or(f64::NAN, |kib| kib as f64),
            None => f64::NAN,
        }
    }

    /// The end of what it logged.
    pub fn log_end(&self) -> String {
        last_lines(&self.directory.path().join("log"), 20)
    }

    /// The error with the peer's name and the end of its log.
    pub fn explain(&self, error: Error) -> Error {
        Error::Setup(format!("{}: {error}\n{}", self.peer.name(), self.log_end()))
    }

    /// Asks it to stop and waits for its end.
    ///
    /// # Errors
    /// When it cannot be asked; it is killed then.
    pub async fn stop(mut self) -> Result<()> {
        let pid = self.pid().and_then(|pid| i32::try_from(pid).ok()).and_then(rustix::process::Pid::from_raw);
        if let Some(pid) = pid {
            // It may have ended by itself.
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        }
        if timeout(Duration::from_secs(STOP_SECS), self.child.wait()).await.is_err() {
            self.child.kill().await.doing("killing a peer")?;
        }
        Ok(())
    }

    /// Connections that all receive what any of them says, and how to say it.
    ///
    /// # Errors
    /// When it does not take them.
    pub async fn room(&self, count: usize) -> Result<(Vec<Connection>, Speech)> {
        match self.peer {
            Peer::Raw => {
                let mut connections = Vec::with_capacity(count);
                for _ in 0..count {
                    let mut connection = Connection::tcp(self.address, None).await?;
                    connection.reader.frame().await?;
                    connections.push(connection);
                }
                Ok((connections, Speech::Events))
            }
            Peer::Nats => {
                let connections = stream::iter(0..count)
                    .map(|_| subscribe(self.address))
                    .buffered(AT_ONCE)
                    .try_collect::<Vec<_>>()
                    .await?;
                Ok((connections, Speech::Publish(SUBJECT)))
            }
            Peer::RawFull => Err(Error::Setup("raw-full has pairs and no rooms".to_owned())),
            _ => {
                let people = self.register(count).await?;
                let mut connections = self.sign_in(&people).await?;
                // The first makes the room.
                let (first, others) = connections
                    .split_first_mut()
                    .ok_or_else(|| Error::Setup("a room needs at least one member".to_owned()))?;
                join(first, 0).await?;
                stream::iter(others.iter_mut().zip(1..).map(Ok))
                    .try_for_each_concurrent(AT_ONCE, |(connection, number)| join(connection, number))
                    .await?;
                Ok((connections, Speech::Groupchat(ROOM)))
            }
        }
    }

    /// Connections of which two and two can write to each other, how each does, and whether what
    /// one says comes back to them.
    ///
    /// # Errors
    /// When it does not take them.
    pub async fn pairs(&self, count: usize) -> Result<(Vec<Connection>, Vec<Tongue>, bool)> {
        match self.peer {
            Peer::RawFull => {
                let (mut connections, mut tongues) = (Vec::with_capacity(count), Vec::with_capacity(count));
                for number in 0..count {
                    let mut connection = Connection::tcp(self.address, None).await?;
                    connection.writer.push(format!("join {}", number / 2).as_bytes());
                    connection.writer.flush().await?;
                    connection.reader.frame().await?;
                    connections.push(connection);
                    tongues.push(Tongue::Pair((number / 2).to_string()));
                }
                Ok((connections, tongues, true))
            }
            Peer::Raw | Peer::Nats => Err(Error::Setup(format!("{} acknowledges nothing", self.peer.name()))),
            _ => {
                let people = self.register(count).await?;
                let mut connections = self.sign_in(&people).await?;
                for connection in &mut connections {
                    say(connection, "<enable xmlns='urn:xmpp:sm:3'/>").await?;
                    hear(connection, |stanza| stanza.starts_with("<enabled")).await?;
                }
                let tongues = (0..count)
                    .map(|number| {
                        let to = format!("{}@{DOMAIN}/bench", name(number ^ 1));
                        Tongue::Stanzas(Session::to(to))
                    })
                    .collect();
                Ok((connections, tongues, false))
            }
        }
    }

    /// Accounts of an XMPP server, made by the door that everybody has.
    ///
    /// # Errors
    /// When it refuses one.
    pub async fn register(&self, count: usize) -> Result<Vec<Person>> {
        stream::iter(0..count)
            .map(|number| async move {
                let mut connection = open_stream(self.address).await?;
                let name = name(number);
                let register = format!(
                    "<iq type='set' id='r'><query xmlns='jabber:iq:register'><username>{name}</username>\
                     <password>{name}-pass</password></query></iq>"
                );
                ask(&mut connection, "r", &register).await?;
                Ok(Person(number))
            })
            .buffered(AT_ONCE)
            .try_collect()
            .await
    }

    /// Signed-in connections of these people, who are there.
    ///
    /// # Errors
    /// When it refuses one.
    pub async fn sign_in(&self, people: &[Person]) -> Result<Vec<Connection>> {
        stream::iter(people).map(|person| sign_in(self.address, person.0)).buffered(AT_ONCE).try_collect().await
    }
}

fn name(number: usize) -> String {
    format!("bench{number}")
}

/// Starts this program as a server that says its address.
async fn own(arguments: &[&std::ffi::OsStr]) -> Result<(Child, SocketAddr)> {
    let program = std::env::current_exe().doing("finding this program")?;
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .doing("starting the raw server")?;
    let out = child.stdout.take().ok_or_else(|| Error::Setup("the raw server has no output".to_owned()))?;
    let mut line = String::new();
    within("starting the raw server", BufReader::new(out).read_line(&mut line)).await?.doing("reading its address")?;
    let address = line.trim().strip_prefix(raw::LISTENING).and_then(|address| address.parse().ok());
    Ok((child, address.ok_or_else(|| Error::Setup(format!("the raw server said {line:?}")))?))
}

/// Starts somebody else's server.
fn foreign(peer: Peer, directory: &Path) -> Result<(Child, SocketAddr)> {
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .doing("finding a free port")?
        .port();
    let program = |name: &str| find(name).ok_or_else(|| Error::Setup(format!("there is no program {name}")));
    let file = |name: &str, text: String| -> Result<PathBuf> {
        let path = directory.join(name);
        std::fs::write(&path, text).doing("writing a peer's configuration")?;
        Ok(path)
    };
    let shown = directory.display().to_string();
    let archive = matches!(peer, Peer::EjabberdArchive | Peer::ProsodyArchive);
    let mut command = match peer {
        Peer::Nats => {
            let mut command = Command::new(program("nats-server")?);
            command.arg("-c").arg(file("nats.conf", nats_configuration(port))?);
            command
        }
        Peer::Prosody | Peer::ProsodyArchive => {
            let mut command = Command::new(program("prosody")?);
            std::fs::create_dir(directory.join("data")).doing("making a peer's data directory")?;
            std::fs::create_dir(directory.join("certs")).doing("making a peer's data directory")?;
            command
                .arg("-F")
                .arg("--config")
                .arg(file("prosody.cfg.lua", prosody_configuration(port, &shown, archive))?);
            command
        }
        _ => {
            // As its own script starts it, but in the foreground and without a node's name, so
            // that neither the distribution of Erlang nor its port mapper runs.
            let libraries = std::fs::read_to_string(program("ejabberdctl")?)
                .ok()
                .and_then(|script| erlang_libraries(&script))
                .ok_or_else(|| Error::Setup("ejabberdctl names no ERL_LIBS".to_owned()))?;
            std::fs::create_dir(directory.join("data")).doing("making a peer's data directory")?;
            let mut command = Command::new(program("erl")?);
            command
                .args(["-noinput", "+K", "true", "+P", "250000", "-mnesia", "dir"])
                .arg(format!("\"{shown}/data\""))
                .args(["-s", "ejabberd"])
                .env("ERL_LIBS", libraries)
                .env("ERL_CRASH_DUMP_BYTES", "0")
                .env("EJABBERD_CONFIG_PATH", file("ejabberd.yml", ejabberd_configuration(port, archive))?)
                .env("EJABBERD_LOG_PATH", directory.join("ejabberd.log"))
                // Where its cookie would be written.
                .env("HOME", directory);
            command
        }
    };
    let log = File::create(directory.join("log")).doing("making a peer's log")?;
    let child = command
        .current_dir(directory)
        .stdin(Stdio::null())
        .stdout(log.try_clone().doing("sharing a peer's log")?)
        .stderr(log)
        .kill_on_drop(true)
        .spawn()
        .doing(&format!("starting {}", peer.name()))?;
    Ok((child, SocketAddr::from((Ipv4Addr::LOCALHOST, port))))
}

/// Where ejabberd's script finds its modules.
fn erlang_libraries(script: &str) -> Option<String> {
    let value = script.lines().find_map(|line| line.strip_prefix("ERL_LIBS="))?;
    Some(value.trim_matches(['\'', '"']).to_owned()).filter(|value| !value.is_empty() && !value.contains('$'))
}

fn nats_configuration(port: u16) -> String {
    format!(
        "listen: \"127.0.0.1:{port}\"\nmax_connections: 20000\nping_interval: \"1h\"\n\
         authorization {{ user: bench, password: bench }}\n"
    )
}

fn prosody_configuration(port: u16, directory: &str, archive: bool) -> String {
    let (direct, room) = if archive {
        (r#", "mam""#, "  modules_enabled = { \"muc_mam\" }\n  muc_log_by_default = true\n")
    } else {
        ("", "")
    };
    format!(
        r#"run_as_root = true
daemonize = false
pidfile = "{directory}/prosody.pid"
data_path = "{directory}/data"
certificates = "{directory}/certs"
log = {{ warn = "{directory}/prosody.log" }}
interfaces = {{ "127.0.0.1" }}
c2s_ports = {{ {port} }}
c2s_direct_tls_ports = {{ }}
s2s_ports = {{ }}
http_ports = {{ }}
https_ports = {{ }}
modules_enabled = {{ "disco", "roster", "saslauth", "smacks", "register", "ping", "posix"{direct} }}
modules_disabled = {{ "s2s", "tls" }}
allow_registration = true
authentication = "internal_hashed"
c2s_require_encryption = false
allow_unencrypted_plain_auth = true
VirtualHost "{DOMAIN}"
Component "conference.{DOMAIN}" "muc"
  muc_room_locking = false
  muc_room_default_persistent = true
{room}"#
    )
}

fn ejabberd_configuration(port: u16, archive: bool) -> String {
    let mam = if archive { "  mod_mam: {default: always}\n" } else { "" };
    format!(
        r#"hosts: ["{DOMAIN}"]
loglevel: warning
log_rotate_count: 0
listen:
  - port: {port}
    ip: "127.0.0.1"
    module: ejabberd_c2s
    max_stanza_size: 262144
    shaper: none
    access: c2s
    starttls: false
acl: {{local: {{user_regexp: ""}}}}
access_rules: {{c2s: [{{allow: all}}], register: [{{allow: all}}]}}
auth_method: internal
auth_password_format: scram
registration_timeout: infinity
default_db: mnesia
modules:
  mod_disco: {{}}
  mod_roster: {{}}
  mod_register: {{access: register, ip_access: all}}
  mod_stream_mgmt: {{ack_timeout: infinity, max_ack_queue: infinity}}
  mod_ping: {{}}
  mod_muc:
    access: all
    access_create: all
    max_users: 20000
    default_room_options: {{persistent: true, mam: {archive}}}
{mam}"#
    )
}

/// A connection to NATS that has subscribed.
async fn subscribe(address: SocketAddr) -> Result<Connection> {
    let mut connection = Connection::tcp(address, None).await?;
    hear(&mut connection, |line| line.starts_with("INFO")).await?;
    let connect = r#"CONNECT {"verbose":false,"pedantic":false,"user":"bench","pass":"bench","echo":true}"#;
    say(&mut connection, &format!("{connect}\r\nSUB {SUBJECT} 1\r\nPING\r")).await?;
    hear(&mut connection, |line| line.starts_with("PONG")).await?;
    Ok(connection)
}

/// Begins a stream and waits for its features.
async fn open_stream(address: SocketAddr) -> Result<Connection> {
    let mut connection = Connection::stanzas(address).await?;
    begin_stream(&mut connection).await?;
    Ok(connection)
}

async fn begin_stream(connection: &mut Connection) -> Result<()> {
    let header = format!(
        "<?xml version='1.0'?><stream:stream to='{DOMAIN}' xmlns='jabber:client' \
         xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>"
    );
    say(connection, &header).await?;
    hear(connection, |stanza| stanza.starts_with("<stream:features")).await
}

/// Signs in by password, which is sent as it is: the connection does not leave the machine.
async fn sign_in(address: SocketAddr, number: usize) -> Result<Connection> {
    let mut connection = open_stream(address).await?;
    let name = name(number);
    let secret = base64(format!("\0{name}\0{name}-pass").as_bytes());
    say(&mut connection, &format!("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{secret}</auth>"))
        .await?;
    hear(&mut connection, |stanza| stanza.starts_with("<success")).await?;
    begin_stream(&mut connection).await?;
    let bind =
        "<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>bench</resource></bind></iq>";
    ask(&mut connection, "b", bind).await?;
    ask(&mut connection, "s", "<iq type='set' id='s'><session xmlns='urn:ietf:params:xml:ns:xmpp-session'/></iq>")
        .await?;
    say(&mut connection, "<presence/>").await?;
    hear(&mut connection, |stanza| stanza.starts_with("<presence")).await?;
    Ok(connection)
}

/// Enters the room, up to one's own presence in it.
async fn join(connection: &mut Connection, number: usize) -> Result<()> {
    let join = format!(
        "<presence to='{ROOM}/{}'><x xmlns='http://jabber.org/protocol/muc'><history maxstanzas='0'/></x></presence>",
        name(number)
    );
    say(connection, &join).await?;
    hear(connection, |stanza| stanza.starts_with("<presence") && stanza.contains("code='110'")).await
}

async fn say(connection: &mut Connection, text: &str) -> Result<()> {
    connection.writer.push(text.as_bytes());
    connection.writer.flush().await
}

/// An `iq` and its answer.
async fn ask(connection: &mut Connection, id: &str, iq: &str) -> Result<()> {
    say(connection, iq).await?;
    let named = [format!("id='{id}'"), format!("id=\"{id}\"")];
    hear(connection, |stanza| {
        stanza.starts_with("<iq") && !stanza.contains("type='error'") && named.iter().any(|id| stanza.contains(id))
    })
    .await
}

/// Waits for a frame that is wanted; errors end the wait.
async fn hear(connection: &mut Connection, wanted: impl Fn(&str) -> bool) -> Result<()> {
    loop {
        let frame = connection.reader.frame().await?;
        let text = String::from_utf8_lossy(&frame);
        if wanted(&text) {
            return Ok(());
        }
        let refused = ["<failure", "<stream:error", "</stream:stream", "<failed", "-ERR"];
        if refused.iter().any(|start| text.starts_with(start)) || text.contains("type='error'") {
            return Err(Error::Setup(format!("the peer refused: {text}")));
        }
    }
}

/// Base64 with padding, for one short secret.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for three in bytes.chunks(3) {
        let value = three.iter().fold(0u32, |value, &byte| value << 8 | u32::from(byte)) << (8 * (3 - three.len()));
        for digit in 0..4 {
            let place = (value >> (18 - 6 * digit) & 63) as usize;
            out.push(if digit <= three.len() { char::from(DIGITS[place]) } else { '=' });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_written_in_base64() {
        for (text, wanted) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("\0a\0b?>", "AGEAYj8+")] {
            assert_eq!(base64(text.as_bytes()), wanted);
        }
    }

    #[test]
    fn the_modules_of_erlang_are_found() {
        assert_eq!(
            erlang_libraries("#!/bin/sh\nERL_LIBS='/usr/lib/x'\nexport ERL_LIBS\n").as_deref(),
            Some("/usr/lib/x")
        );
        assert_eq!(erlang_libraries("export ERL_LIBS\n"), None);
        assert_eq!(erlang_libraries("ERL_LIBS=$HOME\n"), None);
    }

    #[test]
    fn peers_have_names() {
        for peer in Peer::ALL {
            assert_eq!(peer.name().parse(), Ok(PeerChoice::One(*peer)));
        }
        assert_eq!("none".parse(), Ok(PeerChoice::None));
        assert!("matrix".parse::<PeerChoice>().is_err());
        assert_eq!(Peer::Raw.installed(), Ok(()));
    }
}
