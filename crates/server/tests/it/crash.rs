//! Killed at random moments, the server loses nothing it has acknowledged, and doubles nothing.
//!
//! Clients of all three doors send and repeat by `client_id` until they are acknowledged, while the
//! program is killed and started again.

use std::path::Path;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};
use vestnik_testkit::{LiveDoor, ServerProcess, TempDatabase};

use crate::story::{Acked, Client, Manner, Story, heads, make_chats, readers_of, verify, within};

const KILLS: u32 = 20;
/// Clients that send, by door.
const TCP: usize = 12;
const WS: usize = 12;
const REST: usize = 8;
/// Clients that only listen, half of them by each live door.
const LISTENERS: usize = 6;
/// Most messages sent by one client without waiting for their acknowledgements.
const BURST: usize = 6;
/// Pause of a client between bursts, milliseconds.
const PAUSE: std::ops::Range<u64> = 60..240;
/// Longest anything in the story may take.
const PATIENCE: Duration = Duration::from_secs(45);
/// Before another try to connect.
const AGAIN: Duration = Duration::from_millis(20);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_twenty_times_on_sqlite() {
    story(0x5e_ed01, None).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_twenty_times_on_postgres() {
    let Some(database) = TempDatabase::create() else { return };
    story(0x5e_ed02, Some(&database.url())).await;
}

async fn story(seed: u64, database: Option<&str>) {
    eprintln!("seed {seed:#x}");
    let begun = Instant::now();
    let dir = tempfile::tempdir().unwrap();
    let mut env = vec![
        ("VESTNIK_ACCOUNTS__PASSWORD_MEMORY_KIB", "64"),
        ("VESTNIK_ACCOUNTS__PASSWORD_PASSES", "1"),
        ("VESTNIK_MESSAGES__PER_SECOND", "0"),
        ("VESTNIK_MESSAGES__SYNC_EVENTS", "1000000"),
        ("VESTNIK_LOG__LEVEL", "warn"),
    ];
    env.extend(database.map(|url| ("VESTNIK_DATABASE_URL", url)));
    let mut server = ServerProcess::start(Path::new(env!("CARGO_BIN_EXE_vestnik")), dir.path(), &env).await;
    let rest = server.rest().clone();

    let mut people = Vec::new();
    for number in 0..TCP + WS + REST + LISTENERS {
        people.push(rest.register(&format!("person{number}")).await);
    }
    let (everywhere, pairs) = make_chats(&rest, &people).await;
    let readers = readers_of(&everywhere, &pairs, &people);

    let manner = Manner { burst: BURST, pause: PAUSE, again: AGAIN, come: Duration::ZERO, may_fail: false };
    let story = Story::new(vec![(server.http_addr, server.tcp_addr)], manner, people.len(), &everywhere[0]);
    let mut clients = JoinSet::new();
    for (number, user) in people.into_iter().enumerate() {
        let mut chats = everywhere.clone();
        chats.extend(pairs.get(number / 2).cloned());
        let client = Client::new(&story, number, user, chats, seed);
        // The doors are dealt out so that pairs meet across them.
        let door = if number % 2 == 0 { LiveDoor::Tcp } else { LiveDoor::Ws };
        match number {
            _ if number >= TCP + WS + REST => drop(clients.spawn(client.run_live(door, false))),
            _ if number >= TCP + WS => drop(clients.spawn(client.run_rest())),
            _ => drop(clients.spawn(client.run_live(door, true))),
        }
    }

    kill_and_start(&mut server, &story, &mut clients, seed).await;
    story.stop.send_replace(true);
    let mut finished = story.finished.subscribe();
    let all = TCP + WS + REST;
    within(PATIENCE, &mut clients, "not all senders were acknowledged", finished.wait_for(|count| *count == all))
        .await
        .unwrap();

    // Nothing is on its way. What was acknowledged must be there after one more.
    server.restart().await;
    let goal = heads(&story.ledger, server.tcp_addr, &readers).await;
    story.goal.send_replace(Some(goal.clone()));
    let mut acked = Vec::new();
    while let Some(done) = timeout(PATIENCE, clients.join_next()).await.expect("not all clients have caught up") {
        acked.push(done.unwrap());
    }
    verify(&story.ledger, &goal, &rest, &readers, acked).await;
    assert!(server.terminate());
    eprintln!("{} messages, {:?}", *story.acks.borrow(), begun.elapsed());
}

/// The killing: after some number of acknowledgements and a moment more, or right after the start.
async fn kill_and_start(server: &mut ServerProcess, story: &Story, clients: &mut JoinSet<Vec<Acked>>, seed: u64) {
    let mut rng = StdRng::seed_from_u64(seed);
    let mut acks = story.acks.subscribe();
    for _ in 0..KILLS {
        if rng.random_bool(0.8) {
            server.ready().await;
            let target = *acks.borrow() + rng.random_range(1..=150);
            let wait = acks.wait_for(|count| *count >= target);
            within(PATIENCE, clients, "the clients got no acknowledgements", wait).await.unwrap();
            sleep(Duration::from_micros(rng.random_range(0..10_000))).await;
        } else {
            sleep(Duration::from_millis(rng.random_range(0..200))).await;
        }
        server.kill();
        server.launch();
    }
    server.ready().await;
}
