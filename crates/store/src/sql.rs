//! One SQL text for both engines, and the few named fragments in which they differ.
//!
//! | fragment | SQLite | PostgreSQL |
//! |---|---|---|
//! | `{rows $1: a BIGINT, b TEXT}` | a subselect over `jsonb_each` | `json_to_recordset` |
//! | `{for_update}` | nothing: there is one writer | `FOR UPDATE` |
//! | `{bytewise}` | nothing: it compares bytes | `COLLATE "C"`, whatever the database's locale |
//! | `{without_rowid}`, `{often_updated}`, `{by_chat}`, `{partitions t}` | words of table definitions | the same |

use std::collections::HashMap;
use std::sync::LazyLock;

use parking_lot::RwLock;

/// The database behind the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Engine {
    /// A file in the data directory.
    Sqlite,
    /// A server, for those who have outgrown the file.
    Postgres,
}

/// Partitions of the tables that grow with every message. They cannot be added later.
const PARTITIONS: u32 = 16;

impl Engine {
    /// The statement as this engine wants it. Statements without fragments are returned as they are;
    /// others are expanded once and kept for the life of the program, as there is a fixed number of them.
    pub(crate) fn sql(self, text: &'static str) -> &'static str {
        type Expanded = RwLock<HashMap<(Engine, &'static str), &'static str>>;
        static EXPANDED: LazyLock<Expanded> = LazyLock::new(Expanded::default);
        if !text.contains('{') {
            return text;
        }
        if let Some(known) = EXPANDED.read().get(&(self, text)) {
            return known;
        }
        let expanded: &'static str = Box::leak(self.expand(text).into_boxed_str());
        EXPANDED.write().entry((self, text)).or_insert(expanded)
    }

    /// Replaces every `{fragment}`.
    pub(crate) fn expand(self, text: &str) -> String {
        let mut out = String::with_capacity(text.len() * 2);
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            let (fragment, behind) = after.split_once('}').expect("every fragment is closed: statements are constants");
            out.push_str(before);
            out.push_str(&self.fragment(fragment));
            rest = behind;
        }
        out.push_str(rest);
        out
    }

    fn fragment(self, fragment: &str) -> String {
        let (word, argument) = fragment.split_once(' ').unwrap_or((fragment, ""));
        match (word, self) {
            ("rows", _) => self.rows(argument),
            ("for_update", Self::Postgres) => "FOR UPDATE".to_owned(),
            ("bytewise", Self::Postgres) => "COLLATE \"C\"".to_owned(),
            ("without_rowid", Self::Sqlite) => "WITHOUT ROWID".to_owned(),
            ("often_updated", Self::Postgres) => "WITH (fillfactor = 50)".to_owned(),
            ("by_chat", Self::Postgres) => "PARTITION BY HASH (chat_id)".to_owned(),
            ("partitions", Self::Postgres) => (0..PARTITIONS).fold(String::new(), |all, n| {
                format!(
                    "{all}CREATE TABLE {argument}_{n} PARTITION OF {argument} \
                     FOR VALUES WITH (MODULUS {PARTITIONS}, REMAINDER {n});\n"
                )
            }),
            ("for_update" | "bytewise" | "often_updated" | "by_chat" | "partitions", Self::Sqlite)
            | ("without_rowid", Self::Postgres) => String::new(),
            _ => panic!("no fragment {fragment:?}: statements are constants, tested on both engines"),
        }
    }

    /// `$1: a BIGINT, b TEXT` as a table `r` of the objects in a JSON array parameter.
    fn rows(self, argument: &str) -> String {
        let (parameter, columns) = argument.split_once(':').expect("a rows fragment names its parameter");
        match self {
            Self::Postgres => format!("json_to_recordset(CAST({parameter} AS json)) AS r({columns})"),
            Self::Sqlite => {
                let columns: Vec<String> = columns
                    .split(',')
                    .map(|column| {
                        let name = column.split_whitespace().next().expect("a column has a name");
                        format!("value ->> '{name}' AS {name}")
                    })
                    .collect();
                // Each object stays in the binary form of the parsed whole, and is not written out and parsed again.
                format!("(SELECT {} FROM jsonb_each({parameter})) AS r", columns.join(", "))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expands_fragments() {
        let text = "SELECT a FROM {rows $1: a BIGINT, b TEXT} {for_update}";
        assert_eq!(
            Engine::Sqlite.sql(text),
            "SELECT a FROM (SELECT value ->> 'a' AS a, value ->> 'b' AS b FROM jsonb_each($1)) AS r "
        );
        assert_eq!(
            Engine::Postgres.sql(text),
            "SELECT a FROM json_to_recordset(CAST($1 AS json)) AS r( a BIGINT, b TEXT) FOR UPDATE"
        );
    }
}
