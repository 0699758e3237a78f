//! The program against the real server, from the outside: arguments, pipes, a terminal, exit codes.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use vestnik_client::net::{Entry, Store};
use vestnik_proto::Command::Message;
use vestnik_testkit::{PASSWORD, SignedUp, TestServer};

use crate::{code, text};

/// Longest a test waits for anything.
const PATIENCE: Duration = Duration::from_secs(20);

/// A person's computer: where the program keeps its state, and the server it talks to.
struct Desk {
    user: String,
    server: String,
    state: tempfile::TempDir,
}

impl Desk {
    fn new(server: &TestServer, user: &str) -> Self {
        let server = format!("tcp://{}", server.tcp_addr());
        Self { user: user.to_owned(), server, state: tempfile::tempdir().unwrap() }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vestnik-tui"));
        command
            .env_clear()
            .envs([("LANG", "C.UTF-8"), ("TZ", "UTC"), ("VESTNIK_PASSWORD", PASSWORD)])
            .args(["--plain", "--user", &self.user, "--server", &self.server])
            .args(["--state-dir", self.state.path().to_str().unwrap()])
            .args(arguments);
        command
    }

    fn start(&self, arguments: &[&str]) -> Child {
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// Runs to the end with this input.
    async fn run(&self, arguments: &[&str], input: &str) -> Output {
        let mut child = self.start(arguments);
        let mut stdin = child.stdin.take().unwrap();
        let input = input.to_owned();
        // The program may end before it has read everything.
        std::thread::spawn(move || stdin.write_all(input.as_bytes()));
        finished(child).await
    }

    /// Waits until a message with this text waits to be sent.
    async fn has_waiting(&self, text: &str) {
        let server = only_entry(self.state.path());
        let store = Store::open(&only_entry(&server).join("store.sqlite")).await.unwrap();
        let waiting = async {
            // Another program's file tells nothing of its changes; asking again is all there is.
            let is = |entry: &Entry| matches!(&entry.command, Message(message) if message.content == text);
            while !store.outbox().await.unwrap().iter().any(is) {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(PATIENCE, waiting).await.expect("it waits in time");
        store.close().await;
    }

    /// Runs to a good end.
    async fn ok(&self, arguments: &[&str], input: &str) -> String {
        let output = self.run(arguments, input).await;
        assert_eq!(code(&output), Some(0), "{}", text(&output.stderr));
        text(&output.stdout)
    }
}

fn only_entry(directory: &Path) -> PathBuf {
    let mut entries = std::fs::read_dir(directory).unwrap();
    entries.next().unwrap().unwrap().path()
}

async fn finished(child: Child) -> Output {
    let waiting = tokio::task::spawn_blocking(move || child.wait_with_output().unwrap());
    tokio::time::timeout(PATIENCE, waiting).await.expect("it ends in time").unwrap()
}

/// Everything said in `general`, by everybody, in order.
async fn said(server: &TestServer, reader: &SignedUp) -> Vec<Value> {
    let mut all: Vec<Value> = vec![];
    loop {
        let after = all.len();
        let path = format!("/api/v1/chats/general/messages?limit=200&after={after}");
        let (status, page) = server.call("GET", &path, Some(&reader.token), None).await;
        assert_eq!(status, 200, "{page}");
        let messages = page["messages"].as_array().unwrap().clone();
        if messages.is_empty() {
            return all;
        }
        all.extend(messages);
    }
}

fn contents(messages: &[Value]) -> String {
    let contents: Vec<_> = messages.iter().map(|message| message["content"].as_str().unwrap()).collect();
    contents.join("\n")
}

fn lines(count: usize) -> Vec<String> {
    (1..=count).map(|number| format!("строка {number} of the build log")).collect()
}

/// What a program prints, line by line as it comes.
struct Lines(tokio::sync::mpsc::UnboundedReceiver<String>);

impl Lines {
    fn of(read: impl Read + Send + 'static) -> Self {
        let (sender, receiver) = tokio::sync::mpsc::unbounded_channel();
        std::thread::spawn(move || {
            for line in BufReader::new(read).lines() {
                if line.is_err() || sender.send(line.unwrap()).is_err() {
                    return;
                }
            }
        });
        Self(receiver)
    }

    async fn next(&mut self) -> String {
        let line = tokio::time::timeout(PATIENCE, self.0.recv()).await;
        line.expect("it prints in time").expect("it goes on printing")
    }

    /// Takes lines until one has this text, and gives it.
    async fn until(&mut self, part: &str) -> String {
        let mut passed = vec![];
        loop {
            let line = tokio::time::timeout(PATIENCE, self.0.recv()).await;
            let line = line.ok().flatten().unwrap_or_else(|| panic!("no {part:?} came after {passed:#?}"));
            if line.contains(part) {
                return line;
            }
            passed.push(line);
        }
    }
}

fn terminate(child: &Child) {
    let pid = rustix::process::Pid::from_child(child);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn two_people_talk_one_by_a_pipe_and_one_by_json() {
    let server = TestServer::start().await;
    let (anya, boris) = (Desk::new(&server, "Аня"), Desk::new(&server, "борис"));
    boris.ok(&["--register"], "").await;
    anya.ok(&["--register"], "").await;

    let mut follower = anya.start(&["--json", "--follow"]);
    let mut told = Lines::of(follower.stdout.take().unwrap());
    let mut typing = follower.stdin.take().unwrap();
    typing.write_all("я слушаю\n".as_bytes()).unwrap();
    told.until(r#""type":"ack""#).await;

    let log = lines(2_000).join("\n");
    assert_eq!(boris.ok(&[], &log).await, "", "a pipe is silent");
    let mut heard = vec![];
    while heard.iter().map(|text: &String| text.lines().count()).sum::<usize>() < 2_000 {
        let event: Value = serde_json::from_str(&told.next().await).unwrap();
        if event["message"]["sender_username"] == "борис" {
            heard.push(event["message"]["content"].as_str().unwrap().to_owned());
        }
    }
    assert!(heard.join("\n") == log, "every line once and in order");
    assert!(heard.len() < 100, "lines go together: {} messages", heard.len());

    // The other way, by name.
    boris.ok(&["--chat", "@аня"], "между нами\n").await;
    let event: Value = serde_json::from_str(&told.until("между нами").await).unwrap();
    assert_ne!(event["chat_id"], "general");
    terminate(&follower);
    drop(typing);
    assert_eq!(code(&finished(follower).await), Some(0));
    let shown = anya.ok(&["--chat", "@борис", "--history", "5"], "").await;
    assert!(shown.ends_with(" борис: между нами\n"), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn exit_codes_of_the_real_server() {
    let mut server = TestServer::builder().core(|core| core.message_chars = 20).start().await;
    let anna = Desk::new(&server, "anna");
    let refused = anna.run(&[], "x").await;
    assert_eq!(code(&refused), Some(4), "there is no such account");
    assert!(text(&refused.stderr).contains("--register"), "{}", text(&refused.stderr));
    anna.ok(&["--register"], "short enough\n").await;
    let other = Desk::new(&server, "Anna");
    let taken = other.run(&["--register"], "").await;
    assert_eq!((code(&taken), text(&taken.stderr).contains("is taken")), (Some(4), true), "{}", text(&taken.stderr));

    let long = anna.run(&[], "longer than this server takes\n").await;
    let told = "Not sent: The message is too long. Send it in parts.\n";
    assert_eq!((code(&long), text(&long.stderr)), (Some(5), told.to_owned()));
    for (chat, told) in [("nowhere", "no chat nowhere"), ("@никто", "no user никто")] {
        let output = anna.run(&["--chat", chat], "x\n").await;
        assert_eq!((code(&output), text(&output.stderr).contains(told)), (Some(5), true), "{}", text(&output.stderr));
    }
    server.stop().await;
    let gone = anna.run(&[], "x\n").await;
    assert_eq!(code(&gone), Some(3));
    assert!(text(&gone.stderr).contains("Nothing answers"), "{}", text(&gone.stderr));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pipe_outlives_the_server() {
    let mut server = TestServer::builder().steady_ports().start().await;
    let reader = server.register("reader").await;
    let anna = Desk::new(&server, "anna");
    anna.ok(&["--register"], "").await;
    let log = lines(900);
    let mut child = anna.start(&[]);
    let mut stdin = child.stdin.take().unwrap();
    let mut errors = Lines::of(child.stderr.take().unwrap());
    let mut write = |lines: &[String]| stdin.write_all(format!("{}\n", lines.join("\n")).as_bytes()).unwrap();
    write(&log[..300]);
    // It is in the middle of the pipe now.
    let mut watch = server.tcp_as(&reader).await;
    while said(&server, &reader).await.is_empty() {
        watch.next_of_type("new_message").await;
    }
    server.cut_off().await;
    errors.until("trying again").await;
    write(&log[300..600]);
    server.start_again().await;
    write(&log[600..]);
    drop(stdin);
    assert_eq!(code(&finished(child).await), Some(0));
    let said = contents(&said(&server, &reader).await);
    assert!(said == log.join("\n"), "nothing lost, nothing doubled, in order");
}

/// The program is told to stop while the server is away: what it had read waits for the next run.
#[tokio::test(flavor = "multi_thread")]
async fn what_waits_is_sent_by_the_next_run() {
    let mut server = TestServer::builder().steady_ports().start().await;
    let reader = server.register("reader").await;
    let anna = Desk::new(&server, "anna");
    anna.ok(&["--register"], "").await;
    let mut child = anna.start(&["--follow"]);
    let mut stdin = child.stdin.take().unwrap();
    let mut printed = Lines::of(child.stdout.take().unwrap());
    let mut errors = Lines::of(child.stderr.take().unwrap());
    stdin.write_all(b"one\n").unwrap();
    printed.until("one").await;
    server.cut_off().await;
    errors.until("trying again").await;
    stdin.write_all(b"two\n").unwrap();
    anna.has_waiting("two").await;
    drop(stdin);
    // It waits a while for the acks, unless it is told again.
    let ended = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        terminate(&child);
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    assert_eq!(ended.code(), Some(1));
    errors.until("wait in the outbox").await;
    server.start_again().await;
    anna.ok(&[], "three\n").await;
    assert_eq!(contents(&said(&server, &reader).await), "one\ntwo\nthree");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_wrote_is_printed_harmless() {
    let server = TestServer::start().await;
    let mallory = server.register("mallory").await;
    let hostile = "\u{1b}[2J\u{1b}]0;pwned\u{7}a\u{9b}31mb\u{202e}cba\u{2066}d\r10:00 anna: I agree\n10:00 anna: so do I\u{8}\u{7f}";
    let body = json!({"content": hostile});
    let (status, sent) = server.call("POST", "/api/v1/chats/general/messages", Some(&mallory.token), Some(&body)).await;
    assert_eq!(status, 201, "{sent}");
    let group = json!({"type": "group", "name": "x\u{1b}[31mred", "members": ["anna"]});
    let anna = Desk::new(&server, "anna");
    anna.ok(&["--register"], "").await;
    let (status, _) = server.call("POST", "/api/v1/chats", Some(&mallory.token), Some(&group)).await;
    assert!(status == 201 || status == 400, "{status}: such a name is refused or shown harmless");

    let shown = anna.ok(&["--history", "10"], "").await;
    let harmless = |c: char| c == '\n' || !(c.is_control() || vestnik_proto::names::is_unsafe(c));
    assert!(shown.chars().all(harmless), "{shown:?}");
    assert!(!shown.lines().any(|line| line.starts_with("10:00")), "no line passes for another's: {shown}");
    // JSON escapes what a terminal would understand.
    let raw = anna.ok(&["--history", "10", "--json"], "").await;
    assert!(!raw.contains('\u{1b}'), "{raw:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_output_of_a_build_goes_into_the_room() {
    let server = TestServer::start().await;
    let anna = Desk::new(&server, "anna");
    anna.ok(&["--register"], "").await;
    let reader = server.register("reader").await;
    // As the documentation shows it: both outputs of a program, in colours, through a pipe.
    let script = r#"(echo "running 2 tests"; printf '\033[32mok\033[0m 50%%\r100%%\n'; echo "warning: unused" >&2; exit 1) 2>&1 | "$@""#;
    let program = anna.command(&["--chat", "general"]);
    let mut shell = Command::new("sh");
    shell.args(["-c", script, "sh"]).arg(program.get_program()).args(program.get_args());
    shell.env_clear().envs(program.get_envs().filter_map(|(name, value)| Some((name, value?)))).env("PATH", path());
    let child = shell.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let output = finished(child).await;
    assert_eq!((code(&output), text(&output.stderr)), (Some(0), String::new()));
    assert_eq!(contents(&said(&server, &reader).await), "running 2 tests\n100%\nwarning: unused");
}

#[expect(clippy::disallowed_methods, reason = "a shell finds its programs by it")]
fn path() -> String {
    std::env::var("PATH").unwrap()
}

/// The program on a terminal.
struct Terminal {
    child: Child,
    keyboard: std::fs::File,
    screen: Lines,
}

impl Terminal {
    fn start(desk: &Desk, language: &str, arguments: &[&str]) -> Self {
        Self::with(desk, language, arguments, false)
    }

    /// Typed at a terminal; what is printed goes there too, or into a pipe.
    fn with(desk: &Desk, language: &str, arguments: &[&str], piped: bool) -> Self {
        use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let name = ptsname(&master, vec![]).unwrap().into_string().unwrap();
        let open = || std::fs::File::options().read(true).write(true).open(&name).unwrap();
        let mut command = desk.command(arguments);
        command.env("LANG", language).env("NO_COLOR", "1").stdin(open()).stdout(open()).stderr(open());
        if piped {
            command.stdout(Stdio::piped());
        }
        let mut child = command.spawn().unwrap();
        let keyboard = std::fs::File::from(master);
        let screen = match child.stdout.take() {
            Some(stdout) => Lines::of(stdout),
            None => Lines::of(keyboard.try_clone().unwrap()),
        };
        Self { child, keyboard, screen }
    }

    fn key_in(&mut self, line: &str) {
        self.keyboard.write_all(format!("{line}\n").as_bytes()).unwrap();
    }

    /// Types a line and gives the line that the program says to it.
    async fn say(&mut self, line: &str, answer: &str) -> String {
        self.key_in(line);
        self.screen.until(line).await;
        self.screen.until(answer).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_at_a_terminal() {
    let server = TestServer::start().await;
    let (anya, boris) = (Desk::new(&server, "Аня"), Desk::new(&server, "борис"));
    boris.ok(&["--register"], "привет из трубы\n").await;
    let mut terminal = Terminal::start(&anya, "ru_RU.UTF-8", &["--register"]);
    terminal.screen.until("вы — Аня").await;
    let hint = terminal.screen.until("Вы в чате General").await;
    assert!(hint.contains("/help"), "{hint}");
    terminal.screen.until("привет из трубы").await;

    // One's own message stands there as it was typed; its number is told.
    let mine = terminal.say("моё сообщение", "Отправлено").await;
    assert_eq!(mine.trim_end(), "Отправлено, сообщение 2.");
    let mine = terminal.say("/history 1", "моё сообщение").await;
    assert!(mine.starts_with("2. вы, ") && mine.trim_end().ends_with(": моё сообщение"), "{mine}");

    terminal.say("/reply 1 и тебе", "Отправлено, сообщение 3.").await;
    terminal.say("/edit 3 и тебе привет", "вы: сообщение 3 изменено: и тебе привет").await;
    terminal.say("/react 3 👍", "вы: реакция 👍 на сообщение 3: и тебе привет").await;
    terminal.say("/say 3", "Ответ на сообщение 1, борис: привет из трубы").await;
    terminal.screen.until("Реакция 👍: вы.").await;
    terminal.say("/delete 3", "/yes — удалить").await;
    terminal.say("/yes", "Сообщение 3 (вы) удалено.").await;
    terminal.say("/me машет", "Отправлено, сообщение 4.").await;
    terminal.say("/who", "борис, участник").await;
    terminal.screen.until("Аня (вы)").await;
    terminal.say("/msg @борис по секрету", "Отправлено: борис.").await;
    terminal.say("/chats", "1. @борис, личный").await;
    terminal.screen.until("2. General, комната, открыт").await;
    boris.ok(&["--chat", "@Аня"], "ответ\n").await;
    terminal.screen.until("борис пишет вам (непрочитано: 1)").await;
    terminal.say("/chat 1", "Теперь вы в чате @борис.").await;
    terminal.screen.until("2. борис, ").await;
    terminal.say("/chat @никто", "Такого здесь нет").await;
    terminal.say("/join nowhere", "Такого здесь нет").await;
    terminal.say("/reply 99 x", "Сообщения 99").await;
    terminal.say("/pasword тайна", "Команды /pasword нет").await;
    terminal.say("/msg", "Пишите так").await;
    terminal.say("/help older", "/older [СКОЛЬКО]").await;
    boris.ok(&["--chat", "@Аня"], "ещё\n").await;
    terminal.screen.until("3. борис: ещё").await;
    terminal.say("/where", "Других непрочитанных чатов: 0.").await;
    terminal.key_in("/quit");
    assert_eq!(terminal.child.wait().unwrap().code(), Some(0));
}

/// `vestnik-tui --plain | tee log`: typed by a person, but printed for a program.
#[tokio::test(flavor = "multi_thread")]
async fn typed_at_a_terminal_and_printed_into_a_pipe() {
    let server = TestServer::start().await;
    let anya = Desk::new(&server, "Аня");
    anya.ok(&["--register"], "привет из трубы\n").await;
    let mut terminal = Terminal::with(&anya, "ru_RU.UTF-8", &[], true);
    terminal.screen.until("Аня: привет из трубы").await;
    let mut asks = async |line: &str, answer: &str| {
        terminal.key_in(line);
        terminal.screen.until(answer).await
    };
    asks("моё сообщение", "Аня: моё сообщение").await;
    asks("/reply 1 и тебе", "(на #1) и тебе").await;
    asks("/edit и тебе привет", "и тебе привет (изменено)").await;
    asks("/react 👍", "👍 к #3 и тебе привет").await;
    asks("/delete", "(удалено)").await;
    asks("/me машет", "* Аня машет").await;
    asks("/who", "Аня (вы)").await;
    asks("/chats", "* general  General").await;
    asks("/help", "/join КОМНАТА").await;
    terminal.key_in("/quit");
    assert_eq!(terminal.child.wait().unwrap().code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_who_listens_turns_pages_switches_and_goes_offline() {
    let mut server = TestServer::builder().steady_ports().start().await;
    let anna = Desk::new(&server, "anna");
    for number in 1..=12 {
        anna.ok(if number == 1 { &["--register"] } else { &[] }, &format!("said {number}\n")).await;
    }
    anna.ok(&["--user", "second", "--register"], "").await;
    let mut terminal = Terminal::start(&anna, "C.UTF-8", &[]);
    terminal.screen.until("12. you, ").await;
    terminal.say("/older 3", "5. you, ").await;
    terminal.screen.until("7. you, ").await;
    terminal.say("/newer 2", "8. you, ").await;
    terminal.say("/date today", "1. you, ").await;
    terminal.say("/say 2", "Text: said 2").await;
    terminal.say("/accounts", "1. anna at ").await;
    terminal.say("/accounts 2", "as second.").await;
    terminal.say("/where", "You are second at ").await;
    terminal.say("/accounts 1", "as anna.").await;
    terminal.screen.until("12. you, ").await;
    server.cut_off().await;
    terminal.screen.until("The connection is lost: ").await;
    terminal.say("kept for later", "this is kept and sent").await;
    terminal.say("/where", "Waiting to be sent: 1.").await;
    // It opens without a connection, too, and still has what waits.
    terminal.key_in("/quit");
    terminal.screen.until("wait in the outbox").await;
    assert_eq!(terminal.child.wait().unwrap().code(), Some(1));
    let mut terminal = Terminal::start(&anna, "C.UTF-8", &[]);
    terminal.screen.until("There is no connection yet: ").await;
    terminal.screen.until("12. you, ").await;
    server.start_again().await;
    terminal.screen.until("Connected again. Waiting to be sent: 1.").await;
    terminal.screen.until("kept for later").await;
    terminal.say("/logout", "/yes ends it.").await;
    terminal.key_in("/yes");
    assert_eq!(terminal.child.wait().unwrap().code(), Some(0));
    let signed_out = anna.command(&[]).env_remove("VESTNIK_PASSWORD").stdin(Stdio::null()).output().unwrap();
    assert_eq!(code(&signed_out), Some(2), "a password is needed again");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_servers_own_certificate_is_pinned_by_its_fingerprint() {
    let server = TestServer::start().await;
    let mut anna = Desk::new(&server, "anna");
    anna.server = format!("tls://{}", server.tcp_addr());
    let unknown = anna.run(&["--register"], "").await;
    assert_eq!(code(&unknown), Some(3));
    assert!(text(&unknown.stderr).contains("--fingerprint"), "{}", text(&unknown.stderr));
    let fingerprint = fingerprint(server.data_dir().join("tls/cert.pem"));
    anna.ok(&["--register", "--fingerprint", &fingerprint], "sealed\n").await;
    anna.server = format!("wss://{}", server.http_addr());
    assert!(anna.ok(&["--fingerprint", &fingerprint, "--history", "1"], "").await.ends_with("anna: sealed\n"));
    let wrong = anna.run(&["--fingerprint", &"ab".repeat(32)], "").await;
    assert_eq!(code(&wrong), Some(3));
    assert!(text(&wrong.stderr).contains("is not the one given"), "{}", text(&wrong.stderr));
}

fn fingerprint(pem: PathBuf) -> String {
    let arguments = ["x509", "-noout", "-fingerprint", "-sha256", "-in", pem.to_str().unwrap()];
    let told = Command::new("openssl").args(arguments).output().unwrap();
    text(&told.stdout).trim().split_once('=').unwrap().1.to_owned()
}
