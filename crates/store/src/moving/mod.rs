//! Moving a live SQLite server to PostgreSQL.
//!
//! The server goes on while its rows are copied by a second process. Triggers in the SQLite file write down the key
//! of every row that changes meanwhile (`moving_log`), and catching up means: take the keys since last time, and
//! make the rows of the target what those of the source are now. The copy is compared with one state of the source
//! in full, and after that whatever has changed once more. For the last of it the source is locked for writing:
//! that is the pause, and it ends by itself when this process dies.
//!
//! Both databases say in the table `moving` how far the move is, and [`crate::Store::open`] refuses whichever must
//! not be in service:
//!
//! | source | target | in service | a killed move is |
//! |---|---|---|---|
//! | no mark, or `copying` | no mark, `copying` or `verified` | the source | resumed |
//! | `moved` | `verified` | neither | finished by running it again |
//! | `moved` | `finished` | the target | done |
//!
//! Nothing here knows a table by name: whatever the schema has is copied, but for `migrations` and the marks.

mod marks;
mod source;
mod target;
mod verify;

use std::time::Duration;

use tokio::time::{Instant, timeout};

use crate::StoreError;
pub(crate) use marks::{CREATE as CREATE_MARKS, MOVED_SIGN, check};
use marks::{SourceMark, SourceState, TargetMark, TargetState};
use source::{Range, Source};
use target::Target;
use verify::{Checked, Compared};

/// What is to be moved where.
#[derive(Clone, Debug)]
pub struct MoveConfig {
    /// `sqlite:<path>`: the server as it is.
    pub from: String,
    /// `postgres://…`: an empty database, or the one of a move that was begun.
    pub to: String,
    /// A name for this move that no other has; a move that is resumed keeps the name it had.
    pub id: String,
    /// Rows that are copied in one transaction.
    pub chunk: u32,
    /// Longest time for which nobody may write. Beyond it the move is given up and the source goes on.
    pub max_pause: Duration,
}

/// How far a move is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// It begins, or goes on with what an earlier run has done.
    Begun {
        /// Whether an earlier run is continued.
        resumed: bool,
        /// Where to, without the password.
        to: String,
    },
    /// Rows are copied while the server goes on.
    Copying {
        /// Which table.
        table: String,
        /// Rows copied so far, those of earlier runs included.
        rows: u64,
        /// Rows there were at the beginning.
        of: u64,
    },
    /// What has changed meanwhile is copied.
    CatchingUp {
        /// How many changes.
        changes: u64,
    },
    /// Both sides are compared while the server goes on.
    Comparing {
        /// Rows compared so far.
        rows: u64,
        /// Rows there are.
        of: u64,
    },
    /// From here nobody may write.
    Paused,
    /// The last changes are there and both sides are equal.
    Verified,
    /// From here the source is out of service; the target is not in service yet.
    SourceClosed,
}

/// What was moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// Where to, without the password.
    pub to: String,
    /// Rows of all tables.
    pub rows: u64,
    /// Messages among them.
    pub messages: u64,
    /// Chats whose logs were compared event by event.
    pub chats: u64,
    /// How long nobody could write; nothing when an earlier run had come beyond that.
    pub pause: Option<Duration>,
}

/// Why a move did not happen. Whatever it is, the source is in service as before unless it says otherwise.
#[derive(Debug, thiserror::Error)]
pub enum MoveError {
    /// Something about the two databases forbids it.
    #[error("{0}")]
    Refused(String),
    /// The source failed.
    #[error("{0}. It is in service as before; run the same command again to go on from here.")]
    Source(StoreError),
    /// The target failed.
    #[error(
        "the new database: {0}. The old server is in service as before; run the same command again to go on from here."
    )]
    Target(StoreError),
    /// The two sides are not the same.
    #[error(
        "The copy is not equal to the original: {0}. The old server is in service as before. Drop the new database, \
         make it anew and move again; if it happens again, report it."
    )]
    Differs(String),
    /// The pause would have been too long.
    #[error(
        "Writing would have to stand still for more than {0} s, so the move was given up; the old server is in service \
         as before. Run the same command again at a quieter time, or allow more with --max-pause."
    )]
    PauseTooLong(u64),
    /// The one who watches has had enough.
    #[error("The move was stopped. The old server is in service as before; run the same command again to go on.")]
    Stopped,
}

/// Changes that are left for the pause at most, unless more come than can be carried over.
const FEW: u64 = 2_000;
/// Rounds of catching up before the pause is tried anyway.
const ROUNDS: u32 = 30;
/// Longest wait for the source's lock, which a busy server lets go of only for moments.
const LOCK: Duration = Duration::from_secs(30);
/// Of the pause, kept for closing the source once everything is equal.
const CLOSING: Duration = Duration::from_secs(2);

/// Told of every step; answers whether to go on.
pub type Watch<'w> = &'w mut (dyn FnMut(&Progress) -> bool + Send);

fn step(watch: &mut Watch<'_>, progress: &Progress) -> Result<(), MoveError> {
    if watch(progress) { Ok(()) } else { Err(MoveError::Stopped) }
}

/// Moves a server, running or not, to an empty PostgreSQL database, or goes on with a move that was begun.
///
/// # Errors
/// [`MoveError`] says why not and what to do. It may be called again after any failure, and after being killed.
pub async fn move_to(config: &MoveConfig, mut watch: Watch<'_>) -> Result<Moved, MoveError> {
    let mut source = Source::open(&config.from).await?;
    let mut target = Target::open(&config.to).await?;
    let to = target.name().to_owned();
    let (here, there) = (source.mark().await?, target.mark().await?);
    let id = match (&here, &there) {
        (None, None) => config.id.clone(),
        (None, Some(_)) => {
            return Err(MoveError::Refused(format!(
                "{to} holds the copy of another server, or of a move that was given up. Drop it and make an empty database."
            )));
        }
        (Some(here), _) if here.to != to => {
            return Err(MoveError::Refused(match here.state {
                SourceState::Copying => format!(
                    "This server is being moved to {} already. Go on with that one, or give it up first: \
                     vestnik migrate --abandon",
                    here.to
                ),
                SourceState::Moved => format!("This server has been moved to {} already.", here.to),
            }));
        }
        (Some(here), Some(there)) if here.id != there.id => {
            return Err(MoveError::Refused(format!(
                "{to} holds the copy of another server, or of a move that was given up. Drop it and make an empty database."
            )));
        }
        (Some(here), _) => here.id.clone(),
    };
    if here.as_ref().is_some_and(|mark| mark.state == SourceState::Moved) {
        return finish(source, target, there, watch).await;
    }
    if let Some(mark) = here.as_ref().filter(|mark| mark.schema != source.schema()) {
        return Err(MoveError::Refused(format!(
            "This server was updated from schema version {} to {} since the move was begun. Give the move up \
             (vestnik migrate --abandon), drop the new database, make it anew and move again.",
            mark.schema,
            source.schema()
        )));
    }
    if there.is_none() {
        target.must_be_empty().await?;
    }
    // The source first: a run that is killed in between finds its name there, and an empty target.
    if here.is_none() {
        let mark = SourceMark { id: id.clone(), to: to.clone(), state: SourceState::Copying, schema: source.schema() };
        source.begin(&mark, LOCK).await?;
    }
    if there.is_none() {
        target.begin(&TargetMark { id: id.clone(), state: TargetState::Copying }).await?;
    }
    step(&mut watch, &Progress::Begun { resumed: here.is_some(), to: to.clone() })?;
    copy(&mut source, &mut target, config.chunk.max(1), &mut watch).await?;
    target.analyse().await?;

    // One state of the source, and the target made equal to it, compared in full.
    let mut checked = Checked::default();
    catch_up(&mut source, &mut target, &mut watch, Some(&mut checked)).await?;
    catch_up(&mut source, &mut target, &mut watch, None).await?;

    let begun = Instant::now();
    source.lock(LOCK).await?;
    let locked = Instant::now();
    tracing::debug!(waited_ms = (locked - begun).as_millis() as u64, "the source is locked");
    let room = config.max_pause.saturating_sub(CLOSING).max(config.max_pause / 2);
    let last = async {
        step(&mut watch, &Progress::Paused)?;
        let compared = carry_over(&mut source, &mut target, &checked).await?;
        target.set_state(&id, TargetState::Verified).await?;
        step(&mut watch, &Progress::Verified)?;
        Ok(compared)
    };
    // Whatever goes wrong here, the lock on the source is let go of and the server goes on.
    let compared: Compared = match timeout(room, last).await {
        Ok(Ok(compared)) => compared,
        Ok(Err(error)) => {
            source.unlock().await;
            return Err(error);
        }
        Err(_) => {
            source.unlock().await;
            return Err(MoveError::PauseTooLong(config.max_pause.as_secs()));
        }
    };
    let mark = SourceMark { id: id.clone(), to: to.clone(), state: SourceState::Moved, schema: source.schema() };
    source.close_for_good(&mark).await?;
    step(&mut watch, &Progress::SourceClosed)?;
    target.set_state(&id, TargetState::Finished).await?;
    let pause = locked.elapsed();
    source.close().await;
    target.close().await;
    Ok(Moved { to, rows: compared.rows, messages: compared.messages, chats: compared.chats, pause: Some(pause) })
}

/// Copies every table in the order of its keys, in transactions of their own, from where an earlier run ended.
async fn copy(source: &mut Source, target: &mut Target, chunk: u32, watch: &mut Watch<'_>) -> Result<(), MoveError> {
    let tables = source.tables();
    let of = source.count_all(&tables).await?;
    let mut rows = 0;
    for table in &tables {
        let mut progress = target.progress(table).await?;
        rows += progress.rows;
        let whole = !table.unique.is_empty();
        while !progress.done {
            // What the schema itself has put there; and rows that pass a unique value from one to the other must come
            // from one moment.
            if whole || progress.after.is_empty() {
                target.begin_again(table).await?;
                progress = target::TableProgress::default();
            }
            let limit = if whole { None } else { Some(chunk) };
            let lines = source.page(table, &progress.after, limit).await?;
            let count = lines.rows;
            progress.rows += count;
            progress.done = limit.is_none_or(|limit| count < u64::from(limit));
            if let Some(last) = lines.last {
                progress.after = last;
            }
            target.put(table, lines.text, &progress).await?;
            rows += count;
            step(watch, &Progress::Copying { table: table.name.clone(), rows, of: of.max(rows) })?;
        }
    }
    Ok(())
}

/// Carries over what has changed until little is left; with `checked`, compares everything with the last state.
async fn catch_up(
    source: &mut Source,
    target: &mut Target,
    watch: &mut Watch<'_>,
    checked: Option<&mut Checked>,
) -> Result<(), MoveError> {
    for round in 1.. {
        let after = target.applied().await?;
        let upto = source.pin().await?;
        let changes = upto.saturating_sub(after).unsigned_abs();
        if changes > 0 {
            target.apply(source, Range { after, upto }).await?;
        }
        step(watch, &Progress::CatchingUp { changes })?;
        if changes > FEW && round < ROUNDS {
            source.unpin().await?;
            continue;
        }
        if let Some(checked) = checked {
            *checked = verify::everything(source, target, upto, watch).await?;
        }
        source.unpin().await?;
        break;
    }
    Ok(())
}

/// The work of the pause: the last changes, and the comparison of whatever changed since everything was compared.
async fn carry_over(source: &mut Source, target: &mut Target, checked: &Checked) -> Result<Compared, MoveError> {
    if source.schema_now().await? != source.schema() {
        return Err(MoveError::Refused(
            "The old server was updated while it was moved. Give the move up (vestnik migrate --abandon), drop the new \
             database, make it anew and move again."
                .to_owned(),
        ));
    }
    let after = target.applied().await?;
    let upto = source.newest().await?;
    target.apply(source, Range { after, upto }).await?;
    verify::since(source, target, checked, upto).await
}

/// The source is closed already: opens the target, which was found equal before.
async fn finish(
    source: Source,
    mut target: Target,
    there: Option<TargetMark>,
    mut watch: Watch<'_>,
) -> Result<Moved, MoveError> {
    let to = target.name().to_owned();
    let Some(mark) = there.filter(|mark| mark.state != TargetState::Copying) else {
        return Err(MoveError::Refused(format!(
            "This server was moved to {to}, but that database does not hold it any more. To take the old server back \
             into service as it was at the switch: vestnik migrate --abandon"
        )));
    };
    if mark.state == TargetState::Abandoned {
        return Err(MoveError::Refused(format!("The move to {to} was given up. Drop that database and make it anew.")));
    }
    step(&mut watch, &Progress::Begun { resumed: true, to: to.clone() })?;
    target.set_state(&mark.id, TargetState::Finished).await?;
    let mut moved = Moved { to, rows: 0, messages: 0, chats: 0, pause: None };
    for table in source.tables() {
        let rows = target.count(&table).await?;
        moved.rows += rows;
        match table.name.as_str() {
            "messages" => moved.messages = rows,
            "chats" => moved.chats = rows,
            _ => {}
        }
    }
    source.close().await;
    target.close().await;
    Ok(moved)
}

/// What giving a move up has done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Abandoned {
    /// There was no move.
    Nothing,
    /// The move was not finished; the source was in service and is.
    Unfinished,
    /// The source had been closed and is in service again.
    TakenBack,
}

/// Gives a move up: the source is in service again, and the target refuses to be.
///
/// When the switch was made already, `to` must be the target and nobody may have written to it since, unless
/// `lose_newer` says that what was written there may be lost.
///
/// # Errors
/// [`MoveError`] says why not and what to do.
pub async fn abandon(from: &str, to: Option<&str>, lose_newer: bool) -> Result<Abandoned, MoveError> {
    let mut source = Source::open(from).await?;
    let Some(mark) = source.mark().await? else { return Ok(Abandoned::Nothing) };
    let done = match mark.state {
        SourceState::Copying => Abandoned::Unfinished,
        SourceState::Moved => {
            match close_target(&mut source, &mark, to).await {
                Ok(()) => {}
                Err(error) if lose_newer => tracing::warn!(%error, "the new database is left as it is"),
                Err(error) => return Err(error),
            }
            Abandoned::TakenBack
        }
    };
    source.forget(LOCK).await?;
    source.close().await;
    Ok(done)
}

/// Takes the target out of service if nothing happened there that would be lost.
async fn close_target(source: &mut Source, mark: &SourceMark, to: Option<&str>) -> Result<(), MoveError> {
    let Some(to) = to else {
        return Err(MoveError::Refused(format!(
            "This server was moved to {}, and both must not be in service. Stop what runs there and name it: \
             vestnik migrate --abandon --to <its URL>",
            mark.to
        )));
    };
    let mut target = Target::open(to).await?;
    let there = target.mark().await?;
    if target.name() != mark.to || there.as_ref().is_none_or(|there| there.id != mark.id) {
        return Err(MoveError::Refused(format!(
            "{} is not where this server was moved to: that is {}.",
            target.name(),
            mark.to
        )));
    }
    if let Some(what) = target.newer_than(source).await? {
        return Err(MoveError::Refused(format!(
            "The new server has been used since: {what}. Taking the old one back would lose that. If it may be lost, \
             say --lose-newer."
        )));
    }
    target.set_state(&mark.id, TargetState::Abandoned).await?;
    target.close().await;
    Ok(())
}
