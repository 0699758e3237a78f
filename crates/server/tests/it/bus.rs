//! What every bus between nodes keeps, whichever is behind it.

use std::time::Duration;

use futures_util::StreamExt;
use rand::RngExt as _;
use tokio::time::{Instant, sleep, timeout};
use vestnik_server::bus::{Bus, MemoryBus, Message, RedisBus, Subject, Subscription};
use vestnik_server::config::units::Secret;
use vestnik_testkit::{RedisProcess, ServerProcess, test_redis};

const PATIENCE: Duration = Duration::from_secs(10);

fn message(subject: Subject, text: &str) -> Message {
    Message { subject, payload: text.to_owned().into_bytes().into() }
}

/// A prefix no other test has.
fn prefix() -> String {
    format!("vestnik-test:{:016x}", rand::rng().random::<u64>())
}

async fn next(subscription: &mut Subscription) -> Option<Message> {
    timeout(PATIENCE, subscription.next()).await.expect("something comes, or it ends")
}

/// Everybody gets everything of every subject, in the order in which one sent it, and nothing from before.
async fn carries(bus: &dyn Bus) {
    bus.publish(vec![message(Subject::NODES, "before")]).await.unwrap();
    let mut both = [bus.subscribe().await.unwrap(), bus.subscribe().await.unwrap()];
    let sent: Vec<Message> = Subject::all()
        .chain([Subject::of(7), Subject::of(-7)])
        .map(|s| message(s, &format!("{}\0ж\r\n", s.0)))
        .collect();
    let (first, second) = sent.split_at(3);
    bus.publish(first.to_vec()).await.unwrap();
    bus.publish(second.to_vec()).await.unwrap();
    for subscription in &mut both {
        for message in &sent {
            assert_eq!(next(subscription).await.as_ref(), Some(message));
        }
    }
}

#[tokio::test]
async fn memory_carries() {
    carries(&MemoryBus::default()).await;
}

#[tokio::test]
async fn redis_carries() {
    let Some(url) = test_redis() else { return };
    carries(&RedisBus::new(&url, &prefix()).unwrap()).await;
}

#[tokio::test]
async fn redis_with_tls_carries_when_its_certificate_is_known() {
    let Some((redis, cert)) = RedisProcess::start_with_tls().await else { return };
    let pem = std::fs::read(&cert).unwrap();
    carries(&RedisBus::trusting(&redis.url(), &prefix(), Some(pem)).unwrap()).await;
    let stranger = RedisBus::new(&redis.url(), &prefix()).unwrap();
    assert!(stranger.publish(vec![message(Subject(1), "secret")]).await.is_err(), "the system does not know it");
    assert!(RedisBus::trusting(&redis.url(), "x", Some(b"nonsense".to_vec())).is_err());

    // The same by the settings.
    let (dir, url, file) = (tempfile::tempdir().unwrap(), redis.url(), cert.display().to_string());
    let mut env =
        vec![("VESTNIK_BUS_URL", url.as_str()), ("VESTNIK_DATABASE_URL", "postgres://nobody@127.0.0.1:1/none")];
    let says = |env: &[(&str, &str)]| {
        let server = ServerProcess::new(std::path::Path::new(env!("CARGO_BIN_EXE_vestnik")), dir.path(), env);
        String::from_utf8(server.command().arg("doctor").output().unwrap().stdout).unwrap()
    };
    let bad = says(&env);
    assert!(bad.contains("✗ The bus cannot be used"), "{bad}");
    env.push(("VESTNIK_BUS_CA_FILE", &file));
    let good = says(&env);
    assert!(good.contains("✓ A message over the bus comes back"), "{good}");
}

/// Everybody gets everything of every subject; on a Redis Cluster in the order of each subject alone.
async fn carries_by_subject(bus: &dyn Bus) {
    let mut both = [bus.subscribe().await.unwrap(), bus.subscribe().await.unwrap()];
    let sent: Vec<Message> =
        (0..3).flat_map(|n| Subject::all().map(move |s| message(s, &format!("{} {n}", s.0)))).collect();
    for part in sent.chunks(50) {
        bus.publish(part.to_vec()).await.unwrap();
    }
    for subscription in &mut both {
        let mut came = Vec::new();
        while came.len() < sent.len() {
            came.push(next(subscription).await.unwrap());
        }
        for subject in Subject::all() {
            let of = |messages: &[Message]| -> Vec<Message> {
                messages.iter().filter(|message| message.subject == subject).cloned().collect()
            };
            assert_eq!(of(&came), of(&sent));
        }
    }
}

#[tokio::test]
async fn a_redis_cluster_carries_each_subject_on_its_own_server_and_comes_back() {
    let Some(mut servers) = RedisProcess::start_cluster().await else { return };
    let bus = RedisBus::new(&servers[0].url(), &prefix()).unwrap();
    carries_by_subject(&bus).await;
    // Each server knows its own alone.
    let shares: Vec<u64> = servers.iter().map(RedisProcess::sharded_publishes).collect();
    assert!(shares.iter().all(|share| *share > 0), "{shares:?}");
    assert_eq!(shares.iter().sum::<u64>(), 3 * Subject::all().count() as u64);

    // Also when it is the one of the address that goes.
    for gone in [2, 0] {
        let subscription = bus.subscribe().await.unwrap();
        servers[gone].kill();
        servers[gone].launch().await;
        comes_back(&bus, subscription).await;
    }
    // A subject that moves is followed.
    let mut subscription = bus.subscribe().await.unwrap();
    RedisProcess::move_slot(&servers, bus.slot_of(Subject(5)));
    assert_eq!(next(&mut subscription).await, None, "it is told that it must listen elsewhere");
    let begun = Instant::now();
    let mut subscription = bus.subscribe().await.unwrap();
    while bus.publish(vec![message(Subject(5), "moved")]).await.is_err() {
        assert!(begun.elapsed() < PATIENCE, "nothing can be published");
    }
    assert_eq!(next(&mut subscription).await, Some(message(Subject(5), "moved")));
}

#[tokio::test]
async fn clusters_on_one_redis_do_not_hear_each_other() {
    let Some(url) = test_redis() else { return };
    let prefix = prefix();
    let one = RedisBus::new(&url, &prefix).unwrap();
    let other = RedisBus::new(&url, &format!("{prefix}x")).unwrap();
    let mut subscription = one.subscribe().await.unwrap();
    other.publish(vec![message(Subject(1), "not for us")]).await.unwrap();
    one.publish(vec![message(Subject(1), "for us")]).await.unwrap();
    assert_eq!(next(&mut subscription).await, Some(message(Subject(1), "for us")));
}

/// Whoever is cut off learns of it, and the same bus works once it is back.
async fn comes_back(bus: &dyn Bus, mut subscription: Subscription) {
    assert_eq!(next(&mut subscription).await, None, "the subscription ends");
    let begun = Instant::now();
    let mut subscription = loop {
        match bus.subscribe().await {
            Ok(subscription) => break subscription,
            Err(error) => assert!(begun.elapsed() < PATIENCE, "{error}"),
        }
        sleep(Duration::from_millis(20)).await;
    };
    while bus.publish(vec![message(Subject(3), "again")]).await.is_err() {
        assert!(begun.elapsed() < PATIENCE, "nothing can be published");
    }
    assert_eq!(next(&mut subscription).await, Some(message(Subject(3), "again")));
}

#[tokio::test]
async fn memory_comes_back() {
    let bus = MemoryBus::default();
    let subscription = bus.subscribe().await.unwrap();
    bus.set_stopped(true);
    assert!(bus.publish(vec![message(Subject(1), "lost")]).await.is_err());
    assert!(bus.subscribe().await.is_err());
    bus.set_stopped(false);
    comes_back(&bus, subscription).await;
}

#[tokio::test]
async fn redis_comes_back() {
    let Some(mut redis) = RedisProcess::start().await else { return };
    let bus = RedisBus::new(&redis.url(), &prefix()).unwrap();
    let mut subscription = bus.subscribe().await.unwrap();
    bus.publish(vec![message(Subject(1), "there")]).await.unwrap();
    assert_eq!(next(&mut subscription).await, Some(message(Subject(1), "there")));
    redis.kill();
    assert!(bus.publish(vec![message(Subject(1), "lost")]).await.is_err());
    redis.launch().await;
    comes_back(&bus, subscription).await;
}

#[tokio::test]
async fn a_paused_redis_is_given_up_in_time() {
    let Some(redis) = RedisProcess::start().await else { return };
    let bus = RedisBus::new(&redis.url(), &prefix()).unwrap();
    bus.publish(vec![message(Subject(1), "there")]).await.unwrap();
    redis.pause();
    let begun = Instant::now();
    assert!(bus.publish(vec![message(Subject(1), "lost")]).await.is_err());
    assert!(bus.subscribe().await.is_err());
    assert!(begun.elapsed() < PATIENCE);
    redis.go_on();
}

#[tokio::test]
async fn addresses_are_checked_and_never_shown() {
    assert!(RedisBus::new("redis://:a:b:c", "x").is_err());
    let bus = RedisBus::new("rediss://me:hunter2@bus.example:6380", "x").unwrap();
    assert!(!format!("{bus:?}{:?}", Secret::new("hunter2")).contains("hunter2"));
}

#[tokio::test]
async fn the_doctor_looks_at_the_bus() {
    let Some(mut redis) = RedisProcess::start().await else { return };
    let dir = tempfile::tempdir().unwrap();
    let url = redis.url();
    // Nobody listens there: that is a finding too, and not the one looked for.
    let env = [("VESTNIK_BUS_URL", url.as_str()), ("VESTNIK_DATABASE_URL", "postgres://nobody@127.0.0.1:1/none")];
    let server = ServerProcess::new(std::path::Path::new(env!("CARGO_BIN_EXE_vestnik")), dir.path(), &env);
    let says = || String::from_utf8(server.command().arg("doctor").output().unwrap().stdout).unwrap();
    let good = says();
    assert!(good.contains("✓ A message over the bus comes back"), "{good}");
    redis.kill();
    let bad = says();
    assert!(bad.contains("✗ The bus cannot be used") && bad.contains("VESTNIK_BUS_URL"), "{bad}");
}
