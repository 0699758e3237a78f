//! A small file system that a test may fill.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::process::Command;

/// A file system of its own, in memory; gone when dropped.
#[derive(Debug)]
pub struct SmallDisk {
    dir: tempfile::TempDir,
    mebibytes: u32,
}

impl SmallDisk {
    /// `None`, with the reason printed, where nothing may be mounted.
    pub fn mount(mebibytes: u32) -> Option<Self> {
        let dir = tempfile::tempdir().unwrap();
        let size = format!("size={mebibytes}m");
        let done = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(dir.path()).output();
        match done {
            Ok(output) if output.status.success() => Some(Self { dir, mebibytes }),
            Ok(output) => {
                eprintln!("skipped, mounting needs root: {}", String::from_utf8_lossy(&output.stderr).trim());
                None
            }
            Err(error) => {
                eprintln!("skipped, there is no mount: {error}");
                None
            }
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Mounts it anew with other options.
    pub fn remount(&self, options: &str) {
        let done = self.try_remount(options);
        assert!(done, "remounting with {options}");
    }

    fn try_remount(&self, options: &str) -> bool {
        let mut command = Command::new("mount");
        command.args(["-o", &format!("remount,{options}")]).arg(self.path());
        command.output().unwrap().status.success()
    }

    /// Leaves not a byte free.
    pub fn fill(&self) {
        let mut file = File::create(self.path().join("filler")).unwrap();
        let mut piece = vec![7u8; 64 * 1024];
        while !piece.is_empty() {
            while file.write_all(&piece).is_ok() {}
            piece.truncate(piece.len() / 2);
        }
    }

    /// Undoes [`SmallDisk::fill`].
    pub fn free(&self) {
        fs::remove_file(self.path().join("filler")).unwrap();
    }

    /// Leaves not a byte free, by making it smaller: for one too large to be filled.
    pub fn shrink(&self) {
        // What is used may grow before it is made smaller than that, which is refused.
        let shrunk = (0..100).any(|_| {
            let stat = rustix::fs::statvfs(self.path()).unwrap();
            let used = (stat.f_blocks - stat.f_bfree) * stat.f_frsize;
            self.try_remount(&format!("size={used}"))
        });
        assert!(shrunk, "what is used grows all the time");
    }

    /// Undoes [`SmallDisk::shrink`].
    pub fn grow(&self) {
        self.remount(&format!("size={}m", self.mebibytes));
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.path()).status();
    }
}
