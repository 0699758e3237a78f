//! The sessions in the README, run as they stand.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;
use tokio::time::timeout;
use vestnik_testkit::ServerProcess;

/// Longest one session may take.
const PATIENCE: Duration = Duration::from_secs(30);

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// The block of code after `<!-- session: name -->`.
fn session(readme: &str, name: &str) -> String {
    let marker = format!("<!-- session: {name} -->\n```sh\n");
    let (_, rest) = readme.split_once(&marker).unwrap_or_else(|| panic!("the README has no session {name}"));
    rest.split_once("\n```").unwrap().0.to_owned()
}

/// Types a session into a shell in the repository; what it said.
async fn typed(session: &str) -> String {
    let child = Command::new("bash")
        .args(["-e", "-o", "pipefail", "-c", session])
        .current_dir(root())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let output = timeout(PATIENCE, child.wait_with_output()).await.expect("the session ends").unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{session}\n{said}\n{complaint}");
    said
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_sessions_of_the_readme_do_what_it_says() {
    sessions("README.md", ["masha: Привет! Is anybody there?", "boris: Здравствуй, Маша!"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_sessions_of_the_russian_readme_do_what_it_says() {
    sessions("README.ru.md", ["маша: Привет! Есть кто живой?", "борис: Здравствуй, Маша!"]).await;
}

/// Runs a README's sessions one after the other; at the end these two have said this.
async fn sessions(readme: &str, [first, second]: [&str; 2]) {
    let dir = tempfile::tempdir().unwrap();
    let server = ServerProcess::start(Path::new(env!("CARGO_BIN_EXE_vestnik")), dir.path(), &[]).await;
    let here = |text: &str| {
        text.replace("127.0.0.1:8888", &server.tcp_addr.to_string())
            .replace("127.0.0.1 8888", &format!("127.0.0.1 {}", server.tcp_addr.port()))
            .replace("127.0.0.1:8080", &server.http_addr.to_string())
    };
    let readme = std::fs::read_to_string(root().join(readme)).unwrap();
    let content = |line: &str| line.split_once(": ").unwrap().1.to_owned();

    let said = typed(&here(&session(&readme, "nc"))).await;
    let frames: Vec<serde_json::Value> = said.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let kinds: Vec<_> = frames.iter().map(|frame| frame["type"].as_str().unwrap()).collect();
    // Answers come in the order of the questions, an echo when it comes, but after the acknowledgement.
    for order in
        [&["auth_success", "chat", "ack", "history", "logged_out", "bye"][..], &["ack", "new_message", "logged_out"]]
    {
        let told: Vec<_> = kinds.iter().filter(|kind| order.contains(kind)).collect();
        assert!(told.into_iter().eq(order), "{kinds:?}");
    }
    let frame = |kind: &str| &frames[kinds.iter().position(|other| *other == kind).unwrap()];
    assert_eq!((&frame("ack")["id"], &frame("ack")["seq"]), (&"1".into(), &1.into()));
    assert_eq!(frame("history")["id"], "2");
    assert_eq!(frame("history")["messages"][0]["content"], content(first));
    assert_eq!(frame("bye")["code"], 1000);

    let said = typed(&here(&session(&readme, "curl"))).await;
    assert!(said.contains(&format!("\"content\": \"{}\"", content(second))), "{said}");
    assert!(said.ends_with(&format!("{first}\n{second}\n")), "{said}");

    // The example has the usual address in it, as people run it.
    let example = "docs/examples/listen.py";
    let copy = dir.path().join("listen.py");
    std::fs::write(&copy, here(&std::fs::read_to_string(root().join(example)).unwrap())).unwrap();
    let said = typed(&session(&readme, "websocket").replace(example, copy.to_str().unwrap())).await;
    assert_eq!(said, format!("{first}\n{second}\n"));
}
