//! The program as a person or a script starts it, against a scripted peer over loopback.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[cfg(unix)]
mod pty;
#[cfg(unix)]
mod real;
#[cfg(unix)]
mod tmux;

use std::collections::{BTreeMap, VecDeque};
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

#[derive(Default)]
struct World {
    /// What was sent: contents, and the events by `client_id`.
    contents: Vec<String>,
    acks: BTreeMap<String, Value>,
    /// Errors for the next messages.
    refusals: VecDeque<Value>,
    /// Accounts made and logins done.
    signed_in: Vec<String>,
    access_is_valid: bool,
}

/// Just enough of a server, with one room.
struct Peer {
    port: u16,
    world: Arc<Mutex<World>>,
    state: tempfile::TempDir,
}

fn peer() -> Peer {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let world = Arc::new(Mutex::new(World { access_is_valid: true, ..World::default() }));
    let shared = Arc::clone(&world);
    std::thread::spawn(move || {
        while let Ok((socket, _)) = listener.accept() {
            let world = Arc::clone(&shared);
            std::thread::spawn(move || serve(socket, &world));
        }
    });
    Peer { port, world, state: tempfile::tempdir().unwrap() }
}

fn serve(socket: TcpStream, world: &Mutex<World>) -> Option<()> {
    let mut write = socket.try_clone().ok()?;
    for line in BufReader::new(socket).lines() {
        let command: Value = serde_json::from_str(&line.ok()?).unwrap();
        let mut event = None;
        let mut answer = answer(&command, &mut world.lock().unwrap(), &mut event);
        answer["id"] = command["id"].clone();
        let event = event.map(|event| format!("{event}\n")).unwrap_or_default();
        write.write_all(format!("{event}{answer}\n").as_bytes()).ok()?;
    }
    None
}

fn message(seq: usize, content: &str) -> Value {
    json!({"id":format!("1-{seq}"),"seq":seq,"sender_id":1,"sender_username":"anna","content":content,
        "message_type":"text","timestamp":"2026-01-01T10:32:00.000Z"})
}

fn answer(command: &Value, world: &mut World, event: &mut Option<Value>) -> Value {
    let chat = json!({"id":"general","type":"room","name":"General","created_at":"2026-01-01T00:00:00.000Z",
        "rev":world.contents.len(),"last_seq":world.contents.len(),"member_count":1,"role":"member"});
    let success = json!({"type":"auth_success","user_id":1,"username":"anna","expires_in":900,
        "access_token":"a","refresh_token":"r"});
    let error = |code: &str| json!({"type":"error","code":code,"message":"No."});
    match command["type"].as_str().unwrap() {
        "auth" if world.access_is_valid => success,
        "auth" | "refresh" => error("unauthorized"),
        kind @ ("register" | "login") => {
            world.signed_in.push(format!("{kind} {}", command["username"].as_str().unwrap()));
            if command["password"] == "right" {
                world.access_is_valid = true;
                success
            } else {
                error("invalid_credentials")
            }
        }
        "list_chats" => json!({"type":"chats","chats":[chat],"account_rev":1}),
        "sync" => json!({"type":"sync_done","account":1,"chats":{"general":world.contents.len()}}),
        "join" => error("not_found"),
        "history" => {
            let messages: Vec<_> = world.contents.iter().enumerate().map(|(at, text)| message(at + 1, text)).collect();
            json!({"type":"history","chat_id":"general","messages":messages,"has_more":false})
        }
        "message" => {
            if let Some(refusal) = world.refusals.pop_front() {
                return refusal;
            }
            let key = command["client_id"].as_str().unwrap().to_owned();
            if let Some(ack) = world.acks.get(&key) {
                return ack.clone();
            }
            let content = command["content"].as_str().unwrap().to_owned();
            world.contents.push(content.clone());
            let seq = world.contents.len();
            *event = Some(json!({"type":"new_message","chat_id":"general","rev":seq,"message":message(seq, &content)}));
            let ack = json!({"type":"ack","chat_id":"general","rev":seq,"message_id":format!("1-{seq}"),"seq":seq,
                "timestamp":"2026-01-01T10:32:00.000Z"});
            world.acks.insert(key, ack.clone());
            ack
        }
        "ping" => json!({"type":"pong","timestamp":"2026-01-01T10:32:00.000Z"}),
        _ => json!({"type":"ok"}),
    }
}

impl Peer {
    fn start(&self, arguments: &[&str], password: Option<&str>) -> Child {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vestnik-tui"));
        command.env_clear().env("LANG", "C").env("TZ", "UTC");
        password.map(|password| command.env("VESTNIK_PASSWORD", password));
        command
            .args(["--plain", "--user", "anna", "--server", &format!("tcp://127.0.0.1:{}", self.port)])
            .args(["--state-dir", self.state.path().to_str().unwrap()])
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    fn run(&self, arguments: &[&str], password: Option<&str>, input: &[u8]) -> Output {
        let mut child = self.start(arguments, password);
        let mut stdin = child.stdin.take().unwrap();
        let input = input.to_vec();
        // The program may end before it has read everything.
        let writing = std::thread::spawn(move || stdin.write_all(&input));
        let output = child.wait_with_output().unwrap();
        let _ = writing.join().unwrap();
        output
    }

    fn contents(&self) -> Vec<String> {
        self.world.lock().unwrap().contents.clone()
    }
}

fn code(output: &Output) -> Option<i32> {
    output.status.code()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn a_pipe_becomes_messages_and_nothing_is_lost() {
    let peer = peer();
    let lines: Vec<String> = (0..3_000).map(|number| format!("/line {number} of the build log")).collect();
    let output = peer.run(&[], Some("right"), lines.join("\n").as_bytes());
    assert_eq!(code(&output), Some(0), "{}", text(&output.stderr));
    assert_eq!(peer.contents().join("\n"), lines.join("\n"));
    assert!(peer.contents().len() < 100, "lines go together: {} messages", peer.contents().len());
    assert_eq!(text(&output.stdout), "", "nothing is printed unless asked for");
}

#[test]
fn nothing_sends_nothing_and_history_is_printed() {
    let peer = peer();
    assert_eq!(code(&peer.run(&[], Some("right"), b"")), Some(0));
    assert!(peer.contents().is_empty());
    peer.run(&[], None, b"hi\nthere\x1b[0m\n");
    let output = peer.run(&["--history", "5"], None, b"");
    assert_eq!(text(&output.stdout), "10:32 anna: hi\n            there\n");
    assert_eq!(peer.world.lock().unwrap().signed_in, ["login anna"], "the session is kept");
}

#[test]
fn json_tells_events_and_acks_and_takes_commands() {
    let peer = peer();
    let input = b"{\"type\":\"ping\",\"id\":\"p\"}\nnonsense\n";
    let output = peer.run(&["--json-in"], Some("right"), input);
    assert_eq!(code(&output), Some(5));
    let lines: Vec<Value> = text(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&lines[0]["type"], &lines[0]["id"]), (&json!("pong"), &json!("p")));
    assert_eq!((&lines[1]["type"], &lines[1]["code"]), (&json!("error"), &json!("invalid")));

    let output = peer.run(&["--json"], None, b"hello\n");
    assert_eq!(code(&output), Some(0));
    let lines: Vec<Value> = text(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let kinds: Vec<_> = lines.iter().map(|line| line["type"].as_str().unwrap()).collect();
    assert!(kinds.contains(&"ack"), "{kinds:?}");
}

#[test]
fn exit_codes_tell_what_went_wrong() {
    let refused = peer();
    let forbidden = json!({"type":"error","code":"forbidden","message":"No."});
    refused.world.lock().unwrap().refusals.push_back(forbidden);
    let output = refused.run(&[], Some("right"), b"one\n");
    assert_eq!(code(&output), Some(5));
    assert_eq!(text(&output.stderr), "Not sent: You may not do this here.\n");
    assert_eq!(code(&refused.run(&[], None, b"two\n")), Some(0), "what was refused is not kept");
    assert_eq!(refused.contents(), ["two"]);
    assert_eq!(code(&refused.run(&["--chat", "elsewhere"], None, b"")), Some(5));
    assert_eq!(code(&refused.run(&["--history", "x"], None, b"")), Some(2));

    let wrong = peer();
    let output = wrong.run(&[], Some("wrong"), b"x\n");
    assert_eq!(
        (code(&output), text(&output.stderr)),
        (
            Some(4),
            "vestnik-tui: The name or the password is wrong. If you have no account here yet, add --register.\n".into()
        )
    );
    assert_eq!(code(&wrong.run(&[], None, b"x\n")), Some(2), "there is no password and no one to ask");
    assert_eq!(code(&wrong.run(&["--server", "nowhere"], Some("x"), b"")), Some(2));
    assert_eq!(code(&wrong.run(&["--server", "tcp://127.0.0.1:1"], Some("x"), b"")), Some(3));
}

#[test]
fn a_rate_limit_is_waited_for() {
    let peer = peer();
    let slow = json!({"type":"error","code":"rate_limited","message":"Slow.","retry_after_ms":1});
    peer.world.lock().unwrap().refusals.extend([slow.clone(), slow]);
    let output = peer.run(&[], Some("right"), b"patient\n");
    assert_eq!((code(&output), peer.contents()), (Some(0), vec!["patient".to_owned()]));
}

#[test]
fn a_session_that_is_refused_is_replaced_by_the_password() {
    let peer = peer();
    assert_eq!(code(&peer.run(&["--register"], Some("right"), b"one\n")), Some(0));
    peer.world.lock().unwrap().access_is_valid = false;
    assert_eq!(code(&peer.run(&[], Some("right"), b"two\n")), Some(0));
    assert_eq!(peer.world.lock().unwrap().signed_in, ["register anna", "login anna"]);
    peer.world.lock().unwrap().access_is_valid = false;
    assert_eq!(code(&peer.run(&[], Some("wrong"), b"three\n")), Some(4));
    assert_eq!(peer.contents(), ["one", "two"]);
}

#[test]
fn the_password_may_stand_in_a_file() {
    let peer = peer();
    let file = peer.state.path().join("password");
    std::fs::write(&file, "right\n").unwrap();
    let output = peer.run(&["--password-file", file.to_str().unwrap()], None, b"x\n");
    assert_eq!(code(&output), Some(0), "{}", text(&output.stderr));
}

/// The output is closed by its reader: the program ends without a word.
#[test]
fn a_broken_pipe_ends_quietly() {
    let peer = peer();
    peer.run(&[], Some("right"), b"one\n");
    let mut child = peer.start(&["--follow"], None);
    drop(child.stdout.take());
    child.stdin.take().unwrap().write_all(b"two\n").unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!((code(&output), text(&output.stderr)), (Some(0), String::new()));
}

#[cfg(unix)]
#[test]
fn a_signal_ends_it_cleanly() {
    let peer = peer();
    for signal in ["INT", "TERM"] {
        let mut child = peer.start(&["--follow"], Some("right"));
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(b"before\n").unwrap();
        // It prints what it sent, so it is up.
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, "10:32 anna: before\n");
        let id = child.id().to_string();
        assert!(Command::new("kill").args(["-s", signal, &id]).status().unwrap().success());
        assert_eq!(child.wait().unwrap().code(), Some(0), "{signal}");
    }
}

#[test]
fn speaks_russian() {
    let peer = peer();
    let mut command = Command::new(env!("CARGO_BIN_EXE_vestnik-tui"));
    let help = command.env("LC_ALL", "ru_RU.UTF-8").arg("--help").output().unwrap();
    assert!(text(&help.stdout).contains("Коды завершения"), "{}", text(&help.stdout));
    drop(peer);
}
