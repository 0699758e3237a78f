//! What happens around the server: full disks, lost databases, a second server, a first start, and
//! the commands for the one who runs it.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::time::{Instant, sleep, timeout};
use vestnik_server::config::units::Secret;
use vestnik_testkit::{
    Database, LiveDoor, PASSWORD, PostgresProcess, Proxy, RawClient, Received, Rest, ServerProcess, SignedUp,
    SmallDisk, TempDatabase, TestServer,
};

const PROGRAM: &str = env!("CARGO_BIN_EXE_vestnik");
const CHEAP: [(&str, &str); 3] = [
    ("VESTNIK_ACCOUNTS__PASSWORD_MEMORY_KIB", "64"),
    ("VESTNIK_ACCOUNTS__PASSWORD_PASSES", "1"),
    ("VESTNIK_LOG__LEVEL", "off"),
];
/// Longest any command or recovery may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Runs a command to its end with this on its standard input.
async fn run(command: Command, input: &str) -> Output {
    let mut command = tokio::process::Command::from(command);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn().unwrap();
    // One that does not read its input is no fault.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes()).await;
    timeout(PATIENCE, child.wait_with_output()).await.expect("the command ends").unwrap()
}

/// Runs a subcommand of the program; whether it ended well, and what it said on both outputs.
async fn subcommand(server: &ServerProcess, args: &[&str], input: &str) -> (bool, String) {
    let mut command = server.command();
    command.args(args);
    let output = run(command, input).await;
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(text).unwrap())
}

async fn status(rest: &Rest, path: &str) -> u16 {
    rest.call("GET", path, None, None).await.0
}

/// Waits until the server says that it is ready (or that it is not).
async fn until_ready(rest: &Rest, wanted: u16) {
    let begun = Instant::now();
    while status(rest, "/api/health/ready").await != wanted {
        assert!(begun.elapsed() < PATIENCE, "ready does not become {wanted}");
        // Readiness is asked for, never told.
        sleep(Duration::from_millis(20)).await;
    }
}

async fn send(client: &mut RawClient, content: &str) -> Value {
    client.ask(json!({"type": "message", "chat_id": "general", "content": content})).await
}

/// Every text in the room, oldest first.
async fn texts(rest: &Rest, user: &SignedUp) -> Vec<String> {
    let mut texts = Vec::new();
    loop {
        let path = format!("/api/v1/chats/general/messages?limit=200&after={}", texts.len());
        let (status, page) = rest.call("GET", &path, Some(&user.token), None).await;
        assert_eq!(status, 200, "{page}");
        let text = |message: &Value| message["content"].as_str().unwrap().to_owned();
        texts.extend(page["messages"].as_array().unwrap().iter().map(text));
        if page["has_more"] == false {
            return texts;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_refuses_loses_nothing_and_is_over_when_there_is_room() {
    let Some(disk) = SmallDisk::mount(16) else { return };
    let mut server = ServerProcess::start(Path::new(PROGRAM), disk.path(), &CHEAP).await;
    let rest = server.rest().clone();
    let anna = rest.register("anna").await;
    let mut client = RawClient::tcp(server.tcp_addr).await;
    client.auth(&anna.token).await;
    let mut kept = Vec::new();
    for round in 0..2 {
        disk.fill();
        // What the database has in its files already can still be used.
        let refused = loop {
            let content = format!("{round}-{} {}", kept.len(), "x".repeat(2_000));
            let answer = send(&mut client, &content).await;
            if answer["type"] != "ack" {
                break answer;
            }
            kept.push(content);
            assert!(kept.len() < 5_000, "the disk is full and nothing is refused");
        };
        assert_eq!((&refused["type"], &refused["code"]), (&json!("error"), &json!("unavailable")), "{refused}");
        assert_eq!(send(&mut client, "still").await["code"], "unavailable");
        let body = json!({"content": "by REST"});
        let (status_sent, problem) =
            rest.call("POST", "/api/v1/chats/general/messages", Some(&anna.token), Some(&body)).await;
        assert_eq!((status_sent, &problem["code"]), (503, &json!("unavailable")), "{problem}");
        assert_eq!(status(&rest, "/api/health/ready").await, 503);
        assert_eq!(status(&rest, "/api/health/live").await, 200);
        assert_eq!(texts(&rest, &anna).await, kept, "reading goes on");

        disk.free();
        until_ready(&rest, 200).await;
        let content = format!("{round}: there is room again");
        assert_eq!(send(&mut client, &content).await["type"], "ack");
        kept.push(content);
    }
    // And after a power cut on a full disk.
    disk.fill();
    server.kill();
    disk.free();
    server.restart().await;
    assert_eq!(texts(&rest, &anna).await, kept, "what was acknowledged and nothing else");
}

/// Under a running server a file system cannot be made read-only by hand, as its files are open for
/// writing; what the kernel does after a fault of the disk is seen by the server as the full disk is.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_read_only_data_directory_is_named_and_writable_again_all_is_there() {
    let Some(disk) = SmallDisk::mount(16) else { return };
    let mut server = ServerProcess::start(Path::new(PROGRAM), disk.path(), &CHEAP).await;
    let rest = server.rest().clone();
    let anna = rest.register("anna").await;
    let mut client = RawClient::tcp(server.tcp_addr).await;
    client.auth(&anna.token).await;
    assert_eq!(send(&mut client, "kept").await["type"], "ack");
    server.kill();
    disk.remount("ro");
    let (good, text) = subcommand(&server, &["serve"], "").await;
    assert!(!good && text.contains("cannot be used") && text.contains("VESTNIK_DATA_DIR"), "{text}");
    assert!(text.contains(&disk.path().display().to_string()), "{text}");
    disk.remount("rw");
    server.restart().await;
    assert_eq!(texts(&rest, &anna).await, ["kept"]);
}

async fn on_postgres() -> Option<TestServer> {
    let database = TempDatabase::create()?;
    Some(TestServer::builder().database(Database::Postgres(database)).start().await)
}

fn postgres(server: &TestServer) -> &TempDatabase {
    let Database::Postgres(database) = server.database() else { panic!("not on PostgreSQL") };
    database
}

/// Ends all of the server's connections to its database.
fn cut_off(database: &TempDatabase) {
    let name = database.name();
    database.run(&format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"));
}

/// Sends until the message is taken; refusals may be nothing but `unavailable`.
async fn send_until_taken(client: &mut RawClient, number: u128, content: &str) {
    let client_id = uuid::Uuid::from_u128(number);
    let begun = Instant::now();
    loop {
        let message = json!({"type": "message", "chat_id": "general", "content": content, "client_id": client_id});
        let answer = client.ask(message).await;
        if answer["type"] == "ack" {
            return;
        }
        assert_eq!(answer["code"], "unavailable", "{answer}");
        assert!(begun.elapsed() < PATIENCE, "the service does not resume");
        sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lost_connections_to_postgres_are_made_again() {
    let Some(server) = on_postgres().await else { return };
    let anna = server.register("anna").await;
    let mut client = server.ws_as(&anna).await;
    let mut kept = Vec::new();
    for round in 0..5 {
        let content = format!("before the cut, number {round}");
        send_until_taken(&mut client, 2 * round, &content).await;
        kept.push(content);
        cut_off(postgres(&server));
        let content = format!("right after cut number {round}");
        send_until_taken(&mut client, 2 * round + 1, &content).await;
        kept.push(content);
        until_ready(&server.script(), 200).await;
        assert_eq!(texts(&server.script(), &anna).await, kept);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_read_only_postgres_refuses_and_is_over_by_itself() {
    let Some(server) = on_postgres().await else { return };
    let rest = server.script();
    let anna = server.register("anna").await;
    let mut client = server.tcp_as(&anna).await;
    assert_eq!(send(&mut client, "kept").await["type"], "ack");
    let database = postgres(&server);
    let name = database.name();
    database.run(&format!("ALTER DATABASE {name} SET default_transaction_read_only = on"));
    cut_off(database);
    let begun = Instant::now();
    // Which of the lanes notices the cut first is not told.
    while status(&rest, "/api/health/ready").await != 503 {
        assert_eq!(send(&mut client, "refused").await["code"], "unavailable");
        assert!(begun.elapsed() < PATIENCE, "the server stays ready");
    }
    assert_eq!(send(&mut client, "refused").await["code"], "unavailable");
    assert_eq!(status(&rest, "/api/health/live").await, 200);
    assert_eq!(texts(&rest, &anna).await, ["kept"], "reading goes on");
    database.run(&format!("ALTER DATABASE {name} RESET default_transaction_read_only"));
    cut_off(database);
    until_ready(&rest, 200).await;
    send_until_taken(&mut client, 1, "there it is again").await;
    assert_eq!(texts(&rest, &anna).await, ["kept", "there it is again"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_data_directory_is_for_one_server() {
    let dir = tempfile::tempdir().unwrap();
    let server = ServerProcess::start(Path::new(PROGRAM), dir.path(), &CHEAP).await;
    let other = ServerProcess::new(Path::new(PROGRAM), dir.path(), &CHEAP);
    let (good, text) = subcommand(&other, &["serve"], "").await;
    assert!(!good && text.contains("in use by another server") && text.contains("Stop that one first"), "{text}");
    let (good, text) = subcommand(&server, &["admin", "set-role", "anna", "admin"], "").await;
    assert!(!good && text.contains("in use by another server"), "{text}");
    let (_, text) = subcommand(&server, &["doctor"], "").await;
    assert!(text.contains("A server is running on"), "{text}");
    assert_eq!(status(server.rest(), "/api/health/ready").await, 200, "the first one goes on");
    // The same doors, another directory.
    let elsewhere = tempfile::tempdir().unwrap();
    let mut command = server.command();
    command.arg("serve").env("VESTNIK_DATA_DIR", elsewhere.path());
    let output = run(command, "").await;
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && text.contains("cannot listen on"), "{text}");
    assert!(text.contains("VESTNIK_HTTP__BIND"), "{text}");
}

/// The token of the setup link that the server has printed at its last start.
async fn setup_token(server: &ServerProcess) -> Option<String> {
    let banner = server.banner().await;
    let link = banner.lines().find(|line| line.contains("/setup#"))?;
    Some(link.rsplit_once('#')?.1.to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_start_is_quick_and_says_what_one_needs() {
    let place = tempfile::tempdir().unwrap();
    let dir = place.path().join("data");
    let begun = Instant::now();
    let mut server = ServerProcess::start(Path::new(PROGRAM), &dir, &[]).await;
    let took = begun.elapsed();
    // A second is the goal; a machine that runs other tests gets more.
    assert!(took < Duration::from_secs(5), "the first start took {took:?}");
    let printed = server.banner().await;
    let first = setup_token(&server).await.unwrap_or_default();
    for part in [
        format!("http://{}", server.http_addr),
        server.tcp_addr.to_string(),
        dir.display().to_string(),
        format!("http://{}/setup#{first}", server.http_addr),
    ] {
        assert!(printed.contains(&part), "{part} is not in\n{printed}");
    }
    assert!(first.len() >= 20, "{printed}");

    // Until it is used there is a link at every start; an old one is worth nothing.
    server.restart().await;
    let token = setup_token(&server).await.unwrap();
    let rest = server.rest().clone();
    let body = |token: &str, name: &str| json!({"token": token, "username": name, "password": PASSWORD});
    let (status, problem) = rest.call("POST", "/api/v1/setup", None, Some(&body(&first, "thief"))).await;
    assert_eq!((status, &problem["code"]), (403, &json!("forbidden")), "{problem}");
    // Two at once: one of them is the owner.
    let (anna, boris) = (body(&token, "anna"), body(&token, "boris"));
    let (one, two) = tokio::join!(
        rest.call("POST", "/api/v1/setup", None, Some(&anna)),
        rest.call("POST", "/api/v1/setup", None, Some(&boris)),
    );
    let mut statuses = [one.0, two.0];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 403], "{one:?} {two:?}");
    let (status, _) = rest.call("POST", "/api/v1/setup", None, Some(&body(&token, "late"))).await;
    assert_eq!(status, 403, "the link works once");
    server.restart().await;
    assert_eq!(setup_token(&server).await, None, "there is an owner now");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_administrator_makes_accounts_and_changes_them() {
    let dir = tempfile::tempdir().unwrap();
    let mut server = ServerProcess::new(Path::new(PROGRAM), dir.path(), &CHEAP);
    let (good, text) = subcommand(&server, &["admin", "create-user", "anna"], "first password of anna\n").await;
    assert!(good && text.contains("anna"), "{text}");
    let (good, text) = subcommand(&server, &["admin", "create-user", "boris"], "short\n").await;
    assert!(!good && text.contains("8 characters"), "{text}");
    let (good, text) = subcommand(&server, &["admin", "create-user", "Anna"], "another password\n").await;
    assert!(!good && text.contains("taken"), "{text}");
    let (good, text) = subcommand(&server, &["admin", "set-role", "anna", "owner"], "").await;
    assert!(good, "{text}");
    let args = ["admin", "create-user", "--role", "owner", "boris"];
    let (good, text) = subcommand(&server, &args, "password of boris\n").await;
    assert!(!good && text.contains("has an owner already"), "{text}");
    let (good, text) = subcommand(&server, &["admin", "set-role", "nobody", "admin"], "").await;
    assert!(!good && !text.is_empty(), "{text}");
    let (good, _) = subcommand(&server, &["admin", "set-role", "anna", "emperor"], "").await;
    assert!(!good);

    server.restart().await;
    assert_eq!(setup_token(&server).await, None, "there is an owner");
    let rest = server.rest().clone();
    let login = async |password: &str| {
        let body = json!({"username": "anna", "password": password});
        rest.call("POST", "/api/v1/auth/login", None, Some(&body)).await
    };
    let (status, answer) = login("first password of anna").await;
    assert_eq!(status, 200, "{answer}");
    let (_, account) = rest.call("GET", "/api/v1/account", answer["access_token"].as_str(), None).await;
    assert_eq!(account["server_role"], "owner", "{account}");
    assert!(server.terminate());

    let (good, text) = subcommand(&server, &["admin", "reset-password", "anna"], "second password of anna\n").await;
    assert!(good && text.contains("signed out"), "{text}");
    server.restart().await;
    assert_eq!(login("first password of anna").await.0, 401);
    assert_eq!(login("second password of anna").await.0, 200);
    let old = answer["access_token"].as_str().unwrap();
    assert_eq!(rest.call("GET", "/api/v1/account", Some(old), None).await.0, 401, "the old session has ended");
}

#[tokio::test]
async fn a_configuration_is_checked_and_the_nearest_setting_named() {
    let dir = tempfile::tempdir().unwrap();
    let server = ServerProcess::new(Path::new(PROGRAM), dir.path(), &CHEAP);
    let (good, text) = subcommand(&server, &["config", "check"], "").await;
    assert!(good, "{text}");
    let mut command = server.command();
    command.args(["config", "check"]).env("VESTNIK_HTTP__BINDD", "127.0.0.1:1");
    let output = run(command, "").await;
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && text.contains("Did you mean \"http.bind\"?"), "{text}");
    fs::write(dir.path().join("vestnik.toml"), "[limits]\nqueue_frame = 7\n").unwrap();
    for subcommand_name in [&["config", "check"][..], &["serve"], &["doctor"]] {
        let (good, text) = subcommand(&server, subcommand_name, "").await;
        assert!(!good && text.contains("Did you mean \"limits.queue_frames\"?"), "{text}");
        assert!(text.contains("vestnik.toml"), "{text}");
    }
}

#[tokio::test]
async fn the_doctor_says_whether_a_server_can_run() {
    let dir = tempfile::tempdir().unwrap();
    let server = ServerProcess::new(Path::new(PROGRAM), dir.path(), &CHEAP);
    let (good, text) = subcommand(&server, &["doctor"], "").await;
    let warnings: Vec<_> = text.lines().filter(|line| line.starts_with('✗')).collect();
    // How much room the machine has is not the program's.
    let excused = |line: &&&str| line.contains("MiB are free") || line.contains("files may be open");
    assert_eq!(warnings.iter().filter(|line| !excused(line)).count(), 0, "{text}");
    assert_eq!(good, warnings.is_empty(), "{text}");
    let taken = std::net::TcpListener::bind(server.tcp_addr).unwrap();
    let (good, text) = subcommand(&server, &["doctor"], "").await;
    assert!(!good && text.contains("VESTNIK_TCP__BIND"), "{text}");
    drop(taken);
    let mut command = server.command();
    command.arg("doctor").env("VESTNIK_DATABASE_URL", "postgres://nobody@127.0.0.1:1/nothing");
    let output = run(command, "").await;
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(!output.status.success() && text.contains("VESTNIK_DATABASE_URL"), "{text}");
    let (good, text) = subcommand(&server, &["doctor", "--data-dir", "/proc/nowhere"], "").await;
    assert!(!good && text.contains("/proc/nowhere"), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_that_is_full_at_the_start_is_named() {
    let Some(disk) = SmallDisk::mount(2) else { return };
    disk.fill();
    let server = ServerProcess::new(Path::new(PROGRAM), disk.path(), &CHEAP);
    let (good, text) = subcommand(&server, &["serve"], "").await;
    assert!(!good && text.to_lowercase().contains("space"), "{text}");
    disk.free();
    let mut server = server;
    server.restart().await;
    let client = RawClient::try_connect(LiveDoor::Ws, server.http_addr, None).await;
    assert!(client.is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_is_gone_without_a_word_is_given_up_in_time() {
    let Some(postgres) = PostgresProcess::start() else { return };
    let proxy = Proxy::to(postgres.addr());
    let url = postgres.url_at(proxy.addr());
    let mut server = TestServer::builder()
        .settings(|settings| {
            settings.general.database_url = Secret::new(url);
            settings.database.lanes = 1;
        })
        .start()
        .await;
    let anna = server.register("anna").await;
    let mut client = server.tcp_as(&anna).await;
    assert_eq!(send(&mut client, "before").await["type"], "ack");
    // As when the machine behind an address is another from now on.
    proxy.strand_all();
    let frame = json!({"type": "message", "id": "lost", "chat_id": "general", "content": "given up"});
    client.send_json(&frame).await;
    let answer = loop {
        match client.try_next(PATIENCE).await {
            Some(Received::Frame(frame)) if frame["id"] == "lost" => break frame,
            Some(Received::Frame(_)) => {}
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(answer["code"], "unavailable", "{answer}");
    assert_eq!(send(&mut client, "after").await["type"], "ack");
    assert_eq!(texts(&server.script(), &anna).await, ["before", "after"]);
    proxy.break_all();
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_probe_learns_whether_the_server_is_ready() {
    let dir = tempfile::tempdir().unwrap();
    let mut server = ServerProcess::start(Path::new(PROGRAM), dir.path(), &CHEAP).await;
    let (good, text) = subcommand(&server, &["health"], "").await;
    assert!(good && text == format!("The server at {} is ready.\n", server.http_addr), "{text}");
    let url = format!("http://{}", server.http_addr);
    assert!(subcommand(&server, &["health", "--url", &url], "").await.0);
    // Something else answers there.
    let (good, text) = subcommand(&server, &["health", "--url", &format!("http://{}", server.tcp_addr)], "").await;
    assert!(!good && text.lines().count() == 1, "{text}");
    server.kill();
    let (good, text) = subcommand(&server, &["health"], "").await;
    assert!(!good && text.contains("Nothing answers"), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgres_the_administrator_needs_no_stop() {
    let Some(database) = TempDatabase::create() else { return };
    let dir = tempfile::tempdir().unwrap();
    let url = database.url();
    let env: Vec<_> = CHEAP.into_iter().chain([("VESTNIK_DATABASE_URL", url.as_str())]).collect();
    let server = ServerProcess::start(Path::new(PROGRAM), dir.path(), &env).await;
    let (good, text) = subcommand(&server, &["admin", "create-user", "anna"], &format!("{PASSWORD}\n")).await;
    assert!(good && text.contains("anna has the number"), "{text}");
    let login = json!({"username": "anna", "password": PASSWORD});
    let (status, answer) = server.rest().call("POST", "/api/v1/auth/login", None, Some(&login)).await;
    assert_eq!(status, 200, "{answer}");
}
