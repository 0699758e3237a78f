//! The data directory, which one server at a time may use.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use rustix::fs::{FlockOperation, flock};

/// Why the data directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DataDirError {
    /// It cannot be made or written.
    #[error("the data directory {path} cannot be used: {problem}. Make it writable, or set VESTNIK_DATA_DIR.")]
    Unusable {
        /// Which.
        path: String,
        /// Why.
        problem: String,
    },
    /// Another server uses it.
    #[error("the data directory {path} is in use by another server. Stop that one first, or set VESTNIK_DATA_DIR.")]
    InUse {
        /// Which.
        path: String,
    },
}

/// Holds the data directory for this process until dropped.
#[derive(Debug)]
pub struct DataDirLock(#[expect(dead_code, reason = "the lock lasts as long as the file is open")] File);

/// Makes the directory where there is none and takes it for this server alone.
///
/// # Errors
/// [`DataDirError`] says why not.
pub fn take(path: &Path) -> Result<DataDirLock, DataDirError> {
    let unusable =
        |error: std::io::Error| DataDirError::Unusable { path: path.display().to_string(), problem: error.to_string() };
    fs::create_dir_all(path).map_err(unusable)?;
    let file = path.join("vestnik.lock");
    let mut file = File::options().create(true).truncate(false).read(true).write(true).open(file).map_err(unusable)?;
    flock(&file, FlockOperation::NonBlockingLockExclusive)
        .map_err(|_| DataDirError::InUse { path: path.display().to_string() })?;
    // For people who wonder who holds it; the lock itself is the kernel's.
    let _ = file.set_len(0).and_then(|()| writeln!(file, "{}", std::process::id()));
    Ok(DataDirLock(file))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_at_a_time() {
        let dir = tempfile::tempdir().unwrap();
        let lock = take(dir.path()).unwrap();
        assert!(matches!(take(dir.path()), Err(DataDirError::InUse { .. })));
        drop(lock);
        take(dir.path()).unwrap();
        assert!(matches!(take(Path::new("/proc/nowhere")), Err(DataDirError::Unusable { .. })));
    }
}
