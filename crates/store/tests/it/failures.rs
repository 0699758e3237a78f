//! Disks that are full or read-only, servers that go away, processes that are killed.

use std::collections::BTreeMap;
use std::io::{BufRead as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use sqlx::Connection as _;
use vestnik_proto::{ChatKind, Role};
use vestnik_store::*;

use crate::bed::{Bed, client_id, message, post, runtime, sqlite_config};

/// A small file system of its own; gone with the value.
struct Disk(PathBuf);

impl Disk {
    /// `None` where this user may not mount.
    fn mount(size: &str) -> Option<Self> {
        let dir = tempfile::tempdir().unwrap().keep();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={size}"), "vestnik-test"])
            .arg(&dir)
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success());
        if !mounted {
            let _ = std::fs::remove_dir(&dir);
            println!("skipped: this user may not mount a small disk");
        }
        mounted.then_some(Self(dir))
    }

    fn remount(&self, how: &str) {
        let done = Command::new("mount").args(["-o", &format!("remount,{how}")]).arg(&self.0).status().unwrap();
        assert!(done.success(), "remounted {how}");
    }

    /// Leaves no free page.
    fn fill(&self) {
        let mut file = std::fs::OpenOptions::new().append(true).create(true).open(self.filler()).unwrap();
        while file.write_all(&[0; 4_096]).is_ok() {}
    }

    fn filler(&self) -> PathBuf {
        self.0.join("filler")
    }

    fn url(&self) -> String {
        format!("sqlite:{}/vestnik.db", self.0.display())
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
        let _ = std::fs::remove_dir(&self.0);
    }
}

async fn bed_on(disk: &Disk) -> Bed {
    let config = StoreConfig::new(disk.url());
    Bed { store: Store::open(&config).await.unwrap(), config }
}

/// Every message that was acknowledged is there, and nothing that was not.
async fn assert_kept(store: &Store, chat: ChatKey, acknowledged: &BTreeMap<i64, String>) {
    let mut read = store.read().await.unwrap();
    let range = Range { from: 1, to: i64::MAX, limit: i64::MAX, newest: false };
    let messages = list_messages(&mut read, chat, range).await.unwrap();
    let found: BTreeMap<_, _> = messages.into_iter().map(|message| (message.seq, message.content)).collect();
    assert_eq!(found.keys().collect::<Vec<_>>(), acknowledged.keys().collect::<Vec<_>>());
    assert_eq!(&found, acknowledged);
    let events = list_events(&mut read, chat, &"general".into(), 0, i64::MAX).await.unwrap();
    assert_eq!(events.len(), found.len());
    let row = find_chat_by_key(&mut read, chat).await.unwrap().unwrap();
    assert_eq!((row.rev, row.last_seq), (found.len() as i64, found.len() as i64));
}

#[test]
fn a_full_disk_is_told_and_writing_goes_on_when_there_is_room() {
    let Some(disk) = Disk::mount("4m") else { return };
    runtime().block_on(async {
        let mut bed = bed_on(&disk).await;
        let (anna, chat) = (bed.user("anna").await, bed.chat("general", ChatKind::Room).await);
        bed.join(chat, anna, Role::Owner).await;
        let mut acknowledged = BTreeMap::new();
        for round in 0..3 {
            disk.fill();
            let mut refused = 0;
            for n in 0..200 {
                let content = format!("{round}.{n} {}", "x".repeat(2_000));
                // Several at once now and then, so that whole batches fail.
                let batch: Vec<_> = (0..1 + n % 3).map(|_| post(&bed.store, message(chat, anna, &content))).collect();
                for pending in batch {
                    match pending.await {
                        Ok(appended) => assert!(acknowledged.insert(appended.seq, content.clone()).is_none()),
                        Err(StoreError::Unavailable(_)) => refused += 1,
                        Err(error) => panic!("{error}"),
                    }
                }
                if refused > 5 {
                    break;
                }
            }
            assert!(refused > 5, "the disk was full");
            assert!(!bed.store.is_healthy());
            let written = write!(bed.store, chat, |tx| tx.set_meta("big", &"y".repeat(100_000)).await);
            assert!(matches!(written, Err(StoreError::Unavailable(_))), "{written:?}");
            assert!(!bed.store.is_healthy());
            assert!(matches!(bed.store.probe().await, Err(StoreError::Unavailable(_))));
            assert_kept(&bed.store, chat, &acknowledged).await;

            std::fs::remove_file(disk.filler()).unwrap();
            bed.store.probe().await.expect("it goes on by itself");
            assert!(bed.store.is_healthy());
            let content = format!("after {round}");
            acknowledged.insert(bed.say(chat, anna, &content).await.seq, content);
            assert_kept(&bed.store, chat, &acknowledged).await;
        }
        bed.reopen().await;
        assert_kept(&bed.store, chat, &acknowledged).await;
        assert_eq!(find_meta(&mut bed.store.read().await.unwrap(), "big").await.unwrap(), None);
        bed.store.close().await;
    });
}

#[test]
fn a_full_disk_fails_the_writes_of_a_batch_alike() {
    let Some(disk) = Disk::mount("4m") else { return };
    runtime().block_on(async {
        let bed = bed_on(&disk).await;
        let (anna, chat) = (bed.user("anna").await, bed.chat("general", ChatKind::Room).await);
        bed.join(chat, anna, Role::Owner).await;
        disk.fill();
        let gate = crate::bed::Gate::shut(&bed.store, chat).await;
        let sent = post(&bed.store, message(chat, anna, &"x".repeat(200_000)));
        let writes: Vec<_> = (0..3)
            .map(|n| {
                let store = bed.store.clone();
                tokio::spawn(async move {
                    write!(store, chat, |tx| tx.set_meta(&format!("big {n}"), &"y".repeat(30_000_000)).await)
                })
            })
            .collect();
        tokio::task::yield_now().await;
        gate.open().await;
        assert!(matches!(sent.await, Err(StoreError::Unavailable(_))));
        for write in writes {
            let result = write.await.unwrap();
            assert!(matches!(result, Err(StoreError::Unavailable(_))), "{result:?}");
        }
        assert!(!bed.store.is_healthy());
        std::fs::remove_file(disk.filler()).unwrap();
        assert_eq!(bed.say(chat, anna, "after").await.seq, 1);
        assert!(bed.store.is_healthy());
        bed.store.close().await;
    });
}

#[test]
fn a_read_only_disk_is_told_at_the_start() {
    let Some(disk) = Disk::mount("4m") else { return };
    runtime().block_on(async {
        let mut bed = bed_on(&disk).await;
        bed.user("anna").await;
        bed.store.clone().close().await;
        disk.remount("ro");
        let error = Store::open(&bed.config).await.unwrap_err();
        assert!(matches!(error, StoreError::Unavailable(_)), "{error}");
        disk.remount("rw");
        bed.reopen().await;
        bed.user("boris").await;
        bed.store.close().await;
    });
}

/// Ends every connection of the store, and waits until the server has done so.
async fn terminate(bed: &Bed) {
    let mut conn = bed.raw().await;
    let others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
    sqlx::query(sqlx::AssertSqlSafe(format!("SELECT pg_terminate_backend(pid) {others}")))
        .execute(&mut conn)
        .await
        .unwrap();
    loop {
        let (left,): (i64,) = sqlx::query_as(sqlx::AssertSqlSafe(format!("SELECT COUNT(*) {others}")))
            .fetch_one(&mut conn)
            .await
            .unwrap();
        if left == 0 {
            break;
        }
    }
    conn.close().await.unwrap();
}

contract!(a_lost_connection_costs_one_answer, |bed| {
    let (anna, chat) = (bed.user("anna").await, bed.chat("general", ChatKind::Room).await);
    bed.join(chat, anna, Role::Owner).await;
    if bed.engine() == Engine::Sqlite {
        return;
    }
    let mut expected = 0;
    for _ in 0..2 {
        bed.say(chat, anna, "before").await;
        terminate(bed).await;
        let lost = post(&bed.store, message(chat, anna, "lost")).await;
        assert!(matches!(lost, Err(StoreError::Unavailable(_))), "{lost:?}");
        assert!(!bed.store.is_healthy());
        expected += 2;
        assert_eq!(bed.say(chat, anna, "after").await.seq, expected);
        assert!(bed.store.is_healthy());
        find_user(&mut bed.store.read().await.expect("readers are made anew"), anna).await.unwrap();
    }
    // In the middle of a write, with others waiting behind it.
    terminate(bed).await;
    let _ = post(&bed.store, message(chat, anna, "lost")).await;
    let gate = crate::bed::Gate::shut(&bed.store, chat).await;
    terminate(bed).await;
    let waiting = post(&bed.store, message(chat, anna, "waiting"));
    let store = bed.store.clone();
    let behind = tokio::spawn(async move { write!(store, chat, |tx| tx.set_meta("k", "v").await) });
    tokio::task::yield_now().await;
    assert!(matches!(gate.release().await, Err(StoreError::Unavailable(_))));
    assert_eq!(waiting.await.unwrap().seq, expected + 1);
    behind.await.unwrap().unwrap();
});

contract!(a_read_only_server_is_told_and_writing_goes_on_afterwards, |bed| {
    let (anna, chat) = (bed.user("anna").await, bed.chat("general", ChatKind::Room).await);
    bed.join(chat, anna, Role::Owner).await;
    if bed.engine() == Engine::Sqlite {
        return;
    }
    let database = bed.config.url.rsplit('/').next().unwrap().split('?').next().unwrap().to_owned();
    for value in ["on", "off"] {
        let mut conn = bed.raw().await;
        sqlx::raw_sql("SET default_transaction_read_only = off").execute(&mut conn).await.unwrap();
        let set = format!("ALTER DATABASE {database} SET default_transaction_read_only = {value}");
        sqlx::raw_sql(sqlx::AssertSqlSafe(set)).execute(&mut conn).await.unwrap();
        conn.close().await.unwrap();
        terminate(bed).await;
        if value == "on" {
            // The lane learns of its lost connection.
            let lost = post(&bed.store, message(chat, anna, "lost")).await;
            assert!(matches!(lost, Err(StoreError::Unavailable(_))));
        }
        for _ in 0..2 {
            let sent = post(&bed.store, message(chat, anna, "x")).await;
            assert_eq!(sent.is_ok(), value == "off", "{sent:?}");
            assert!(matches!(sent, Ok(_) | Err(StoreError::Unavailable(_))), "{sent:?}");
            assert_eq!(bed.store.is_healthy(), value == "off");
            let mut read = bed.store.read().await.unwrap();
            assert!(find_member(&mut read, chat, anna).await.unwrap().is_some(), "reading goes on");
        }
    }
});

const CHILD: &str = "failures::a_child_that_is_killed";

#[expect(clippy::disallowed_methods, reason = "how a test tells its child process where to write")]
fn child_directory() -> Option<PathBuf> {
    std::env::var_os("VESTNIK_TEST_CHILD").map(PathBuf::from)
}

/// Not a test by itself: the process that the next test kills.
#[test]
fn a_child_that_is_killed() {
    let Some(dir) = child_directory() else { return };
    runtime().block_on(async {
        let store = Store::open(&StoreConfig::new(format!("sqlite:{}/vestnik.db", dir.display()))).await.unwrap();
        let chat = find_chat(&mut store.read().await.unwrap(), &"general".into()).await.unwrap().unwrap().key;
        let anna = find_user_by_name(&mut store.read().await.unwrap(), "anna").await.unwrap().unwrap().user.id;
        for n in 0..u64::MAX {
            let batch: Vec<_> = (0..1 + n % 5)
                .map(|k| {
                    let id = n * 8 + k;
                    let append =
                        Append { client_id: Some(client_id(id)), ..message(chat, anna, &format!("message {id}")) };
                    (id, post(&store, append))
                })
                .collect();
            for (id, pending) in batch {
                let appended = pending.await.unwrap();
                println!("\nacknowledged {id} {}", appended.seq);
            }
        }
    });
}

#[test]
fn what_was_acknowledged_outlives_a_killed_process() {
    let dir = tempfile::tempdir().unwrap();
    runtime().block_on(async {
        let mut bed = Bed { store: Store::open(&sqlite_config(&dir)).await.unwrap(), config: sqlite_config(&dir) };
        let (anna, chat) = (bed.user("anna").await, bed.chat("general", ChatKind::Room).await);
        bed.join(chat, anna, Role::Owner).await;
        let mut acknowledged = BTreeMap::new();
        for round in 1..=3 {
            bed.store.clone().close().await;
            for (id, seq) in acknowledged_until_killed(dir.path(), round * 60) {
                let known = acknowledged.entry(id).or_insert(seq);
                assert_eq!(*known, seq, "a repeat after the crash gets its first answer");
            }
            bed.store = Store::open(&bed.config).await.unwrap();
            let mut read = bed.store.read().await.unwrap();
            let range = Range { from: 1, to: i64::MAX, limit: i64::MAX, newest: false };
            let messages = list_messages(&mut read, chat, range).await.unwrap();
            let row = find_chat_by_key(&mut read, chat).await.unwrap().unwrap();
            assert_eq!((row.rev, row.last_seq), (messages.len() as i64, messages.len() as i64));
            for (id, seq) in &acknowledged {
                assert_eq!(messages[*seq as usize - 1].content, format!("message {id}"));
            }
            let mut texts: Vec<_> = messages.into_iter().map(|message| message.content).collect();
            texts.sort();
            texts.dedup();
            assert_eq!(texts.len() as i64, row.last_seq, "nothing twice");
        }
        bed.store.close().await;
    });
}

fn acknowledged_until_killed(dir: &Path, count: usize) -> Vec<(u64, i64)> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", CHILD, "--nocapture"])
        .env("VESTNIK_TEST_CHILD", dir)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = std::io::BufReader::new(child.stdout.take().unwrap()).lines();
    let mut acknowledged = Vec::new();
    for line in lines.map_while(Result::ok) {
        if let Some((id, seq)) = line.strip_prefix("acknowledged ").and_then(|rest| rest.split_once(' ')) {
            acknowledged.push((id.parse().unwrap(), seq.parse().unwrap()));
        }
        if acknowledged.len() == count {
            child.kill().unwrap();
        }
    }
    child.wait().unwrap();
    assert!(acknowledged.len() >= count);
    acknowledged
}
