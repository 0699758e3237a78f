//! The full screen on a terminal of its own: whatever is pressed and however it ends, the
//! terminal is given back as it was.

use std::fs::File;
use std::io::{Read, Write};
use std::process::{Child, Command};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, Winsize, tcgetattr, tcsetattr, tcsetwinsize};
use vestnik_testkit::{PASSWORD, TestServer};

/// Longest a test waits for anything.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often it looks at what the program wrote.
const GLANCE: Duration = Duration::from_millis(20);
/// What must be undone, and by what: alternate screen, paste, focus, mouse, cursor.
const UNDONE: [(&str, &str); 4] = [
    ("\x1b[?1049h", "\x1b[?1049l"),
    ("\x1b[?2004h", "\x1b[?2004l"),
    ("\x1b[?1004h", "\x1b[?1004l"),
    ("\x1b[?25l", "\x1b[?25h"),
];

/// The program on a terminal.
struct Terminal {
    child: Child,
    keyboard: File,
    /// Kept open, so that what the program leaves can be looked at.
    slave: File,
    before: String,
    written: Arc<Mutex<Vec<u8>>>,
}

impl Terminal {
    fn start(state: &std::path::Path, arguments: &[&str]) -> Self {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let name = ptsname(&master, vec![]).unwrap().into_string().unwrap();
        let open = || File::options().read(true).write(true).open(&name).unwrap();
        let slave = open();
        resize(&slave, 80, 24);
        let before = modes(&slave);
        let mut command = Command::new(env!("CARGO_BIN_EXE_vestnik-tui"));
        command
            .env_clear()
            .envs([
                ("LANG", "C.UTF-8"),
                ("TZ", "UTC"),
                ("TERM", "xterm-256color"),
                ("EDITOR", "true"),
                ("VESTNIK_TEST_PANIC", "1"),
            ])
            .args(["--config", "/dev/null", "--state-dir", state.to_str().unwrap()])
            .args(arguments);
        let child = command.stdin(open()).stdout(open()).stderr(open()).spawn().unwrap();
        let keyboard = File::from(master);
        let written = Arc::<Mutex<Vec<u8>>>::default();
        let (mut reading, into) = (keyboard.try_clone().unwrap(), Arc::clone(&written));
        std::thread::spawn(move || {
            let mut bytes = [0; 65_536];
            while let Ok(count @ 1..) = reading.read(&mut bytes) {
                into.lock().unwrap().extend_from_slice(&bytes[..count]);
            }
        });
        Self { child, keyboard, slave, before, written }
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.written.lock().unwrap()).into_owned()
    }

    fn press(&mut self, bytes: &[u8]) {
        // It may have ended already.
        let _ = self.keyboard.write_all(bytes);
    }

    async fn wrote(&self, text: &str) {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        while !self.text().contains(text) {
            let written = self.text();
            assert!(tokio::time::Instant::now() < deadline, "{text:?} was not written: {written:?}");
            tokio::time::sleep(GLANCE).await;
        }
    }

    /// Waits for the end; holds that the terminal is as it was.
    async fn ended(&mut self) -> Option<i32> {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(tokio::time::Instant::now() < deadline, "it does not end");
            tokio::time::sleep(GLANCE).await;
        };
        self.wrote("\x1b[23;0t").await;
        let written = self.text();
        for (on, off) in UNDONE {
            let (on, off) = (written.rfind(on), written.rfind(off));
            assert!(off > on, "{on:?} is not undone by {off:?}: {written:?}");
        }
        assert_eq!(modes(&self.slave), self.before, "the modes of the terminal are restored");
        status.code()
    }
}

fn resize(terminal: &File, columns: u16, rows: u16) {
    tcsetwinsize(terminal, Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 }).unwrap();
}

/// The modes of a terminal, to be compared.
fn modes(terminal: &File) -> String {
    let modes = tcgetattr(terminal).unwrap();
    format!("{:?} {:?} {:?} {:?}", modes.input_modes, modes.output_modes, modes.control_modes, modes.local_modes)
}

async fn signed_up(server: &TestServer, state: &std::path::Path) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vestnik-tui"));
    let address = format!("tcp://{}", server.tcp_addr());
    command.env_clear().envs([("LANG", "C.UTF-8"), ("VESTNIK_PASSWORD", PASSWORD)]);
    command.args(["--plain", "--register", "--user", "anna", "--server", &address]);
    command.args(["--state-dir", state.to_str().unwrap()]).stdin(std::process::Stdio::null());
    let done = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

fn signal(child: &Child, signal: rustix::process::Signal) {
    rustix::process::kill_process(rustix::process::Pid::from_child(child), signal).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_terminal_is_given_back_however_it_ends() {
    let server = TestServer::start().await;
    let state = tempfile::tempdir().unwrap();
    signed_up(&server, state.path()).await;
    // By its keys.
    let mut terminal = Terminal::start(state.path(), &[]);
    terminal.wrote("online").await;
    terminal.press(b"\x03\x03");
    assert_eq!(terminal.ended().await, Some(0));
    // By signals.
    for stop in [rustix::process::Signal::TERM, rustix::process::Signal::HUP, rustix::process::Signal::INT] {
        let mut terminal = Terminal::start(state.path(), &[]);
        terminal.wrote("online").await;
        signal(&terminal.child, stop);
        assert_eq!(terminal.ended().await, Some(0), "{stop:?}");
    }
    // By a panic: F12 makes a test build do so. It is told after the screen was given back.
    let mut terminal = Terminal::start(state.path(), &[]);
    terminal.wrote("online").await;
    terminal.press(b"\x1b[24~");
    assert_eq!(terminal.ended().await, Some(101));
    let written = terminal.text();
    assert!(written.rfind("panicked at") > written.rfind("\x1b[?1049l"), "{written:?}");
    // By an editor that comes between.
    let mut terminal = Terminal::start(state.path(), &[]);
    terminal.wrote("online").await;
    terminal.press(b"\x05");
    terminal.wrote("\x1b[?1049l").await;
    let times = |terminal: &Terminal| terminal.text().matches("\x1b[?1049h").count();
    let deadline = tokio::time::Instant::now() + PATIENCE;
    while times(&terminal) < 2 {
        assert!(tokio::time::Instant::now() < deadline, "it comes back from the editor");
        tokio::time::sleep(GLANCE).await;
    }
    terminal.press(b"\x03\x03");
    assert_eq!(terminal.ended().await, Some(0));
}

/// How long random keys are pressed: `VESTNIK_TEST_FUZZ_SECS`, a few seconds when it is not set.
#[expect(clippy::disallowed_methods, reason = "the one setting of this test")]
fn fuzz_time() -> Duration {
    Duration::from_secs(std::env::var("VESTNIK_TEST_FUZZ_SECS").ok().and_then(|secs| secs.parse().ok()).unwrap_or(5))
}

/// A small generator of numbers (xorshift), the same in every run with the same seed.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit as u64).unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn random_keys_and_sizes_break_nothing() {
    let mut server = TestServer::builder().steady_ports().start().await;
    let state = tempfile::tempdir().unwrap();
    signed_up(&server, state.path()).await;
    let seed = u64::from(std::process::id()) << 20 | 1;
    let mut chance = Chance(seed);
    let keys: &[&[u8]] = &[
        b"\x1b",
        b"\r",
        b"\t",
        b"\x1b[Z",
        b"\x7f",
        b"\x1b[A",
        b"\x1b[B",
        b"\x1b[C",
        b"\x1b[D",
        b"\x1b[5~",
        b"\x1b[6~",
        b"\x1b[H",
        b"\x1b[F",
        b"\x1b[3~",
        b"\x0b",
        b"\x1ba",
        b"\x1b1",
        b"\x1bs",
        b"\x0f",
        b"\x15",
        b"\x04",
        b"\x0c",
        b"\x1b[1;2A",
        b"\x1b[1;5A",
        b"\x1b\r",
        b"\x0a",
        b"\x1bOP",
        b"j",
        b"k",
        b"g",
        b"G",
        b"r",
        b"e",
        b"d",
        b"+",
        b"y",
        b"Y",
        b"o",
        b"/",
        b"n",
        b"N",
        b"?",
        b":",
        b"u",
        b"p",
        b"D",
        b"R",
        b"i",
        b"q",
        b"@a",
        b"#g",
        b":ta",
        b"/he",
        b"/search a",
        b"/later 2h x",
        b"/me x",
        b"```",
        b"\xd0\xbb",
        b"\xd0\xbe",
        b"\xf0\x9f\x91\x8d",
        b"\x1b[I",
        b"\x1b[O",
        b"\x1b[200~pasted\ntext\x1b[201~",
        b"\x1b[<0;5;5M",
        b"\x1b[<64;30;5M",
        b"\x1b[",
        b"\xff",
        b"hello world",
        b"**x**",
        b"a\x1b",
        b"\x05",
        b"\x14",
    ];
    let mut terminal = Terminal::start(state.path(), &[]);
    terminal.wrote("online").await;
    let end = tokio::time::Instant::now() + fuzz_time();
    let mut pace = tokio::time::interval(Duration::from_millis(4));
    let mut pressed = 0usize;
    let mut away = false;
    while tokio::time::Instant::now() < end {
        pace.tick().await;
        pressed += 1;
        // Two presses of Ctrl-C would end it; everything else may come in any order.
        let key = keys[chance.below(keys.len())];
        terminal.press(key);
        if chance.below(12) == 0 {
            resize(&terminal.slave, 1 + chance.below(140) as u16, 1 + chance.below(50) as u16);
            signal(&terminal.child, rustix::process::Signal::WINCH);
        }
        if pressed.is_multiple_of(900) {
            if away {
                server.start_again().await
            } else {
                server.cut_off().await
            }
            away = !away;
        }
        if pressed.is_multiple_of(25) {
            let ended = terminal.child.try_wait().unwrap();
            // `/quit` may be among what is pressed: then it starts again.
            if let Some(status) = ended {
                assert!(status.success(), "seed {seed}, after {pressed} keys: {status}\n{}", tail(&terminal.text()));
                terminal.ended().await;
                terminal = Terminal::start(state.path(), &[]);
            }
            let mut written = terminal.written.lock().unwrap();
            let many = written.len().saturating_sub(200_000);
            if many > 0 {
                // What was turned on at the start is still to be undone.
                written.splice(..many, b"\x1b[?1049h\x1b[?2004h\x1b[?1004h\x1b[?25l".iter().copied());
            }
        }
    }
    // It may have been asked to end a moment ago, by its keys.
    if terminal.child.try_wait().unwrap().is_none() {
        signal(&terminal.child, rustix::process::Signal::TERM);
    }
    assert_eq!(terminal.ended().await, Some(0), "seed {seed}, {pressed} keys: {}", tail(&terminal.text()));
}

fn tail(text: &str) -> String {
    let skip = text.chars().count().saturating_sub(3_000);
    text.chars().skip(skip).collect()
}

/// Whoever starts it where there is no terminal for a full screen gets the lines.
#[tokio::test(flavor = "multi_thread")]
async fn modes_that_a_program_left_are_given_back_as_they_were() {
    let state = tempfile::tempdir().unwrap();
    let mut terminal = Terminal::start(state.path(), &["tcp://127.0.0.1:9"]);
    terminal.wrote("Sign in to Vestnik").await;
    let now = tcgetattr(&terminal.slave).unwrap();
    tcsetattr(&terminal.slave, OptionalActions::Now, &now).unwrap();
    terminal.press(b"\x1b[24~");
    assert_eq!(terminal.ended().await, Some(101), "also from the form");
}
