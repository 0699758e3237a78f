//! Whether the copy is equal to the original: rows counted and hashed, and for every chat a chain over its log.

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};

use super::source::{Range, Source, Table};
use super::target::Target;
use super::{MoveError, Progress, Watch, step};

/// Rows between two words about how far the comparison is.
const TELL: u64 = 10_000;

/// The end of a chat's chain: the number of its last row, and the hash over everything up to it.
type Chains = BTreeMap<i64, (i64, [u8; 32])>;

/// What is known after everything was compared.
#[derive(Debug, Default)]
pub(super) struct Checked {
    /// The last change that was seen by it.
    upto: i64,
    /// The chains of the tables that are logs.
    logs: BTreeMap<String, Chains>,
}

/// What was compared at the end.
#[derive(Debug, Default)]
pub(super) struct Compared {
    pub(super) rows: u64,
    pub(super) messages: u64,
    pub(super) chats: u64,
}

/// The rows of one side of a table.
#[derive(Debug, Default, PartialEq)]
struct Digest {
    rows: u64,
    /// The hashes of all rows added up: the same in whichever order they come.
    sum: u128,
    chains: Chains,
}

impl Digest {
    fn add(&mut self, table: &Table, line: &[u8]) -> Result<(), MoveError> {
        self.rows += 1;
        let hash = Sha256::digest(line);
        let half = hash.first_chunk::<16>().expect("SHA-256 has 32 bytes");
        self.sum = self.sum.wrapping_add(u128::from_be_bytes(*half));
        if !table.is_log() {
            return Ok(());
        }
        let mut parts = line.split(|byte| *byte == b'\t');
        let mut number = || parts.next().and_then(|part| std::str::from_utf8(part).ok()?.parse::<i64>().ok());
        let (Some(chat), Some(number)) = (number(), number()) else {
            return Err(MoveError::Differs(format!("a row of {} has no numbers", table.name)));
        };
        let (head, chain) = self.chains.entry(chat).or_default();
        // A row from before the last comparison: it is in the sum.
        if number > *head {
            let mut next = Sha256::new();
            next.update(*chain);
            next.update(line);
            (*head, *chain) = (number, next.finalize().into());
        }
        Ok(())
    }

    /// Where this side and the other differ.
    fn compare(&self, other: &Self, table: &Table) -> Result<(), MoveError> {
        let differs = |what: String| Err(MoveError::Differs(what));
        if self.rows != other.rows {
            return differs(format!("{} has {} rows here and {} there", table.name, self.rows, other.rows));
        }
        if self.chains != other.chains {
            let chat =
                self.chains.iter().find(|(chat, end)| other.chains.get(chat) != Some(end)).map(|(chat, _)| *chat);
            let which = chat.or_else(|| other.chains.keys().next().copied()).unwrap_or_default();
            return differs(format!("the {} of chat {which} have other hashes there", table.name));
        }
        if self.sum != other.sum {
            return differs(format!("rows of {} have other hashes there", table.name));
        }
        Ok(())
    }
}

/// Compares everything; the source's state is held meanwhile.
pub(super) async fn everything(
    source: &mut Source,
    target: &mut Target,
    upto: i64,
    watch: &mut Watch<'_>,
) -> Result<Checked, MoveError> {
    let mut checked = Checked { upto, logs: BTreeMap::new() };
    let tables = source.tables();
    let of = source.count_all(&tables).await?;
    let mut rows = 0;
    for table in &tables {
        let (mut here, mut there) = (Digest::default(), Digest::default());
        let ours = source.each(table, |line| {
            rows += 1;
            if rows % TELL == 0 {
                step(watch, &Progress::Comparing { rows, of })?;
            }
            here.add(table, line)
        });
        let theirs = target.each(table, |line| there.add(table, line));
        tokio::try_join!(ours, theirs)?;
        here.compare(&there, table)?;
        if table.is_log() {
            checked.logs.insert(table.name.clone(), here.chains);
        }
    }
    step(watch, &Progress::Comparing { rows, of })?;
    Ok(checked)
}

/// Compares whatever has changed since, continues the chains, and counts everything.
pub(super) async fn since(
    source: &mut Source,
    target: &mut Target,
    checked: &Checked,
    upto: i64,
) -> Result<Compared, MoveError> {
    let range = Range { after: checked.upto, upto };
    for table in source.changed_tables(range).await? {
        let chains = checked.logs.get(&table.name).cloned().unwrap_or_default();
        let (mut here, mut there) =
            (Digest { chains: chains.clone(), ..Digest::default() }, Digest { chains, ..Digest::default() });
        source.changed_rows(&table, range, |line| here.add(&table, line)).await?;
        target.changed_rows(source, &table, range, |line| there.add(&table, line)).await?;
        here.compare(&there, &table)?;
    }
    let mut compared = Compared::default();
    for table in source.tables() {
        let (here, there) = tokio::try_join!(source.count(&table), target.count(&table))?;
        if here != there {
            return Err(MoveError::Differs(format!("{} has {here} rows here and {there} there", table.name)));
        }
        compared.rows += here;
        match table.name.as_str() {
            "messages" => compared.messages = here,
            "chats" => compared.chats = here,
            _ => {}
        }
    }
    Ok(compared)
}
