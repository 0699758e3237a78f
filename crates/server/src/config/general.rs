//! What stands above all tables: where things are kept and who may come in.

use std::path::PathBuf;

use vestnik_proto::Registration;

use super::section::section;
use super::units::Secret;

section! {
    /// Where everything is kept, and who may make an account.
    General = "" {
        /// Directory that holds everything: the database, the certificate, the files.
        /// Made when it is not there. Only one server may use it at a time.
        data_dir: PathBuf = PathBuf::from("vestnik-data"),
        /// The database: `sqlite:<path>` or `postgres://<user>:<password>@<host>/<name>`.
        /// Empty means the file `vestnik.db` in the data directory.
        database_url: Secret = Secret::default(),
        /// Carries events between nodes: `memory:` for one node, or the Redis or Valkey of a cluster:
        /// `redis://[<user>:<password>@]<host>[:<port>]`, `rediss://` with TLS. A cluster needs PostgreSQL.
        bus_url: Secret = Secret::new("memory:"),
        /// Whose certificates are good for a bus at `rediss://`, PEM. Empty means those the system trusts.
        bus_ca_file: PathBuf = PathBuf::new(),
        /// Where files are kept: `file:<path>`. Empty means the directory `files` in the data directory.
        blobs_url: Secret = Secret::default(),
        /// Who may make an account: anybody (`open`), those with an invite (`invite`), or nobody
        /// but the administrator (`closed`).
        registration: Registration = Registration::Open,
    }
}
