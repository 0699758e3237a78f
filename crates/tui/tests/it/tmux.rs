//! Two people in two panes of tmux, against a real server: what they press, and what they see.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use vestnik_testkit::{PASSWORD, TestServer};

/// Longest a test waits for something to be seen.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often it looks: another program's screen tells nothing of its changes.
const GLANCE: Duration = Duration::from_millis(40);

/// A tmux server of its own, ended when dropped.
struct Tmux {
    socket: String,
}

impl Tmux {
    /// Starts with one window of this size.
    fn start(name: &str, width: u16, height: u16) -> Self {
        let tmux = Self { socket: format!("vestnik-{name}-{}", std::process::id()) };
        let (width, height) = (width.to_string(), height.to_string());
        tmux.run(&["-f", "/dev/null", "new-session", "-d", "-s", "t", "-x", &width, "-y", &height, "sh"]);
        tmux.run(&["set-option", "-g", "status", "off"]);
        // Nobody is attached, so tmux would say that nobody looks.
        tmux.run(&["set-option", "-g", "focus-events", "off"]);
        tmux.run(&["set-option", "-sg", "escape-time", "10"]);
        tmux.run(&["set-option", "-g", "remain-on-exit", "on"]);
        tmux
    }

    fn run(&self, arguments: &[&str]) -> String {
        let mut command = Command::new("tmux");
        command.env_remove("TMUX").env("LANG", "C.UTF-8").env("LC_ALL", "C.UTF-8");
        let output = command
            .args(["-L", &self.socket])
            .args(arguments)
            .output()
            .expect("tmux is installed (scripts/setup test)");
        assert!(output.status.success(), "tmux {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

impl Drop for Tmux {
    fn drop(&mut self) {
        let _ = Command::new("tmux").args(["-L", &self.socket, "kill-server"]).output();
    }
}

/// A person in a pane.
struct Person<'a> {
    tmux: &'a Tmux,
    pane: String,
    state: tempfile::TempDir,
}

impl<'a> Person<'a> {
    /// Starts the program in a pane.
    fn start(tmux: &'a Tmux, pane: &str, server: &str, more: &str) -> Self {
        let state = tempfile::tempdir().unwrap();
        let person = Self { tmux, pane: pane.to_owned(), state };
        person.launch(server, more);
        person
    }

    fn launch(&self, server: &str, more: &str) {
        let program = env!("CARGO_BIN_EXE_vestnik-tui");
        let state = self.state.path().display();
        let environment =
            format!("env -i PATH=/usr/bin:/bin TERM=tmux-256color LANG=C.UTF-8 TZ=UTC HOME={state} EDITOR=true");
        let _ = std::fs::remove_file(self.state.path().join("ended"));
        let line = format!(
            "{environment} {program} --state-dir {state} --config /dev/null {more} {server}; echo $? >{state}/ended"
        );
        self.tmux.run(&["respawn-pane", "-k", "-t", &self.pane, &line]);
    }

    /// Presses Ctrl-C twice, and holds that the program ends well.
    async fn quits(&self) {
        self.press(&["C-c", "C-c"]);
        let deadline = tokio::time::Instant::now() + PATIENCE;
        let ended = || std::fs::read_to_string(self.state.path().join("ended")).unwrap_or_default();
        while !ended().ends_with('\n') {
            assert!(tokio::time::Instant::now() < deadline, "it does not end:\n{}", self.screen());
            tokio::time::sleep(GLANCE).await;
        }
        assert_eq!(ended().trim(), "0");
    }

    fn screen(&self) -> String {
        self.tmux.run(&["capture-pane", "-p", "-t", &self.pane])
    }

    /// Waits until the screen is as it should be.
    async fn until(&self, what: &str, is: impl Fn(&str) -> bool) -> String {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            let screen = self.screen();
            if is(&screen) {
                return screen;
            }
            assert!(tokio::time::Instant::now() < deadline, "{what} is not seen in {}:\n{screen}", self.pane);
            tokio::time::sleep(GLANCE).await;
        }
    }

    async fn sees(&self, text: &str) -> String {
        self.until(text, |screen| screen.contains(text)).await
    }

    async fn sees_no(&self, text: &str) {
        self.until(&format!("no {text}"), |screen| !screen.contains(text)).await;
    }

    /// Presses keys by their names in tmux.
    fn press(&self, keys: &[&str]) {
        let mut arguments = vec!["send-keys", "-t", &self.pane];
        arguments.extend(keys);
        self.tmux.run(&arguments);
    }

    /// Types a text.
    fn types(&self, text: &str) {
        self.tmux.run(&["send-keys", "-t", &self.pane, "-l", text]);
    }

    /// Types a message or a command and sends it.
    async fn says(&self, text: &str) {
        self.types(text);
        self.sees(text).await;
        self.press(&["Enter"]);
    }

    /// Makes the account by the form.
    async fn registers(&self, name: &str) {
        self.sees("Sign in to Vestnik").await;
        self.press(&["C-t"]);
        self.sees("New account").await;
        self.types(name);
        self.press(&["Tab"]);
        self.types(PASSWORD);
        self.press(&["Tab"]);
        self.types(PASSWORD);
        self.press(&["Enter"]);
        self.sees("● online").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_people_in_two_panes() {
    let mut server = TestServer::builder().steady_ports().start().await;
    let address = format!("tcp://{}", server.tcp_addr());
    let tmux = Tmux::start("two", 121, 40);
    tmux.run(&["split-window", "-h", "-t", "t", "sh"]);
    let anna = Person::start(&tmux, "t.0", &address, "");
    anna.registers("anna").await;
    let boris = Person::start(&tmux, "t.1", &address, "");
    boris.registers("boris").await;

    // Talk: `general` is there for everybody; and a room of their own, which Boris joins.
    anna.sees("General").await;
    anna.says("good morning, Boris").await;
    boris.sees("good morning, Boris").await;
    anna.says("/new room Lobby").await;
    anna.sees("#Lobby").await;
    boris.says("/join lobby").await;
    boris.sees("#Lobby").await;
    boris.says("here I am").await;
    anna.sees("here I am").await;

    // Reply, to the selected message.
    anna.press(&["Escape"]);
    anna.sees("READ").await;
    anna.press(&["r"]);
    anna.sees("to boris: here I am").await;
    anna.says("welcome").await;
    boris.sees("┃ boris here I am").await;
    boris.sees("welcome").await;

    // Edit.
    anna.press(&["Up"]);
    anna.sees("edit; Esc cancels").await;
    anna.says(" aboard").await;
    boris.sees("welcome aboard (edited)").await;

    // React.
    boris.press(&["Escape"]);
    boris.sees("READ").await;
    boris.press(&["+"]);
    boris.sees("React").await;
    boris.types("tada");
    boris.press(&["Enter"]);
    anna.sees("🎉").await;
    // What Boris has seen is marked read.
    anna.sees("✓✓").await;

    // Switch, and the next unread one.
    boris.press(&["C-k"]);
    boris.sees("Go to").await;
    boris.types("general");
    boris.press(&["Enter"]);
    boris.sees("good morning, Boris").await;
    anna.says("are you still here?").await;
    boris
        .until("an unread chat", |screen| screen.lines().any(|line| line.contains("Lobby") && line.contains('1')))
        .await;
    boris.press(&["i"]);
    boris.press(&["M-a"]);
    boris.sees("are you still here?").await;

    // Delete.
    anna.says("/delete").await;
    anna.sees("Delete \"are you still here?\"").await;
    anna.press(&["y"]);
    boris.sees("(deleted)").await;

    // Away and back: what is written meanwhile is sent once.
    server.cut_off().await;
    anna.sees("offline").await;
    boris.sees("offline").await;
    anna.says("written while away").await;
    anna.sees("1 waiting").await;
    boris.says("me too").await;
    server.start_again().await;
    for person in [&anna, &boris] {
        person.sees("● online").await;
        person.sees_no("◷").await;
        let screen = person.until("both messages", |s| s.contains("written while away") && s.contains("me too")).await;
        assert_eq!(screen.matches("written while away").count(), 1, "{screen}");
        assert_eq!(screen.matches("me too").count(), 1, "{screen}");
    }

    // It opens from what is kept here, even when there is no server.
    server.cut_off().await;
    anna.quits().await;
    anna.launch("", "");
    anna.sees("written while away").await;
    anna.sees("offline").await;

    // A smaller pane, and as small as it gets.
    tmux.run(&["resize-pane", "-t", "t.0", "-x", "40"]);
    anna.sees("written while away").await;
    tmux.run(&["resize-pane", "-t", "t.0", "-x", "1"]);
    tmux.run(&["resize-pane", "-t", "t.0", "-x", "80"]);
    anna.sees("written while away").await;
    anna.quits().await;
}

/// The disk is full: what comes is shown all the same, what is written is not lost, nothing panics.
#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk() {
    let server = TestServer::start().await;
    let address = format!("tcp://{}", server.tcp_addr());
    let tmux = Tmux::start("full", 80, 24);
    let anna = Person::start(&tmux, "t.0", &address, "");
    anna.registers("anna").await;
    anna.says("before").await;
    anna.sees("before ✓").await;
    anna.quits().await;
    // From now on no file may grow beyond what it is: as on a full disk, but for this program alone.
    let store = walk(anna.state.path()).into_iter().find(|path| path.ends_with("store.sqlite")).unwrap();
    // The file beside it by which programs share it needs 32 KiB.
    let blocks = std::fs::metadata(&store).unwrap().len().max(64 * 1024).div_ceil(512);
    let program = env!("CARGO_BIN_EXE_vestnik-tui");
    let state = anna.state.path().display();
    let line = format!(
        "trap '' XFSZ; ulimit -f {blocks}; env TERM=tmux-256color LANG=C.UTF-8 {program} --state-dir {state} --config /dev/null; echo \\$? >{state}/ended"
    );
    std::fs::remove_file(anna.state.path().join("ended")).unwrap();
    tmux.run(&["respawn-pane", "-k", "-t", "t.0", &format!("sh -c \"{line}\"")]);
    anna.sees("before").await;
    anna.sees("● online").await;
    let boris = server.register("boris").await;
    for number in 0..60 {
        let body = serde_json::json!({"content": format!("{number} {}", "long ".repeat(750))});
        let (status, _) = server.call("POST", "/api/v1/chats/general/messages", Some(&boris.token), Some(&body)).await;
        assert_eq!(status, 201);
    }
    let body = serde_json::json!({"content": "the last one"});
    server.call("POST", "/api/v1/chats/general/messages", Some(&boris.token), Some(&body)).await;
    anna.until("why nothing is kept", |screen| told(screen).contains("cannot be kept on this computer")).await;
    anna.sees("the last one").await;
    anna.quits().await;
}

/// What is told in the right pane, without its rows.
fn told(screen: &str) -> String {
    let rows: Vec<&str> = screen.lines().map(|row| row.rsplit('│').next().unwrap_or(row).trim()).collect();
    rows.join(" ")
}

fn walk(path: &Path) -> Vec<std::path::PathBuf> {
    let mut found = vec![];
    for entry in std::fs::read_dir(path).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(walk(&path)) } else { found.push(path) }
    }
    found
}
