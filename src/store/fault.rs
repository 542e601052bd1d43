//! What can go wrong with the store, in words that end with what to do.

use std::io;
use std::path::PathBuf;

use rusqlite::ErrorCode;

use crate::model::NotSaved;

/// Why the store could not do what was asked. No variant holds a name, a number or a reading.
#[derive(Debug, thiserror::Error)]
pub enum StoreFault {
    /// Another process writes to this store.
    #[error("a kiosk is running on this store (`{path}`): close it first")]
    InUse {
        /// The lock file.
        path: PathBuf,
    },
    /// There is nothing to read yet.
    #[error("there is no store at `{path}` yet: start the kiosk once, it makes one")]
    Absent {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The database is there, its key is not.
    #[error(
        "the key file `{file}` is missing, and the database beside it cannot be read without it: \
         put the key file back from its safe copy; nothing was changed"
    )]
    KeyMissing {
        /// Where it was looked for.
        file: PathBuf,
    },
    /// The key file is not 32 bytes long.
    #[error("the key file `{file}` is damaged (it must hold 32 bytes): put it back from its safe copy")]
    KeyDamaged {
        /// Which.
        file: PathBuf,
    },
    /// The key does not open the database.
    #[error(
        "the key does not fit the database `{path}`: use the key file that was made with it, or move both away \
         and restore a backup with its key; the database was not changed"
    )]
    WrongKey {
        /// The database.
        path: PathBuf,
    },
    /// A plain file stands where an encrypted one is expected.
    #[error(
        "the database `{path}` is not encrypted and is refused: move it away, then start again; \
         it was not changed"
    )]
    NotEncrypted {
        /// The database.
        path: PathBuf,
    },
    /// This program was built without the cipher.
    #[error("this build cannot encrypt and holds no real data: use a build with the feature `encrypted`")]
    NoCipher,
    /// Class K0 outside development.
    #[error("key class K0 (no key) is for development only: choose K1 or better in `[store] key`")]
    NoKey,
    /// A key class that this version does not know how to use.
    #[error("key class {class} is not supported yet: choose K1 in `[store] key`")]
    KeyClass {
        /// As configured.
        class: String,
    },
    /// The linked SQLite may lose data.
    #[error("SQLite {found} is too old (at least 3.51.3 is needed): rebuild with the bundled one")]
    OldSqlite {
        /// What is linked.
        found: String,
    },
    /// A setting did not take.
    #[error("the database setting `{name}` is `{found}` and not `{wanted}`: check the disk and its file system")]
    Setting {
        /// The PRAGMA.
        name: &'static str,
        /// What it must be.
        wanted: String,
        /// What it is.
        found: String,
    },
    /// The database was written by a newer program.
    #[error("the database is of version {found}, this program knows {known}: install the newer program again")]
    Newer {
        /// The database's version.
        found: u32,
        /// The newest this program knows.
        known: u32,
    },
    /// The database was written before the first release.
    #[error(
        "the database is of version {found}, from before the first release, and is not upgraded: move it away, then \
         start again; it was not changed"
    )]
    TooOld {
        /// The database's version.
        found: u32,
    },
    /// No space left; nothing was stored.
    #[error("the disk is full and nothing was stored: make space, it goes on by itself")]
    DiskFull,
    /// The disk failed; nothing is promised of what was being stored.
    #[error("the disk failed while {doing}: print what is on the screen, then have the disk checked")]
    Disk {
        /// What we were doing.
        doing: &'static str,
        /// The cause.
        #[source]
        cause: rusqlite::Error,
    },
    /// A file could not be read or written.
    #[error("cannot {doing} `{path}`: check that it exists and who may use it")]
    File {
        /// What we were doing.
        doing: &'static str,
        /// Which.
        path: PathBuf,
        /// The cause.
        #[source]
        cause: io::Error,
    },
    /// The database is damaged.
    #[error("the database is damaged ({says}): keep the file and restore the newest backup")]
    Damaged {
        /// What the check found.
        says: String,
    },
    /// A stored Fact cannot be read.
    #[error("stored fact {seq} cannot be read: keep the file and restore the newest backup")]
    Unreadable {
        /// Which.
        seq: u64,
    },
    /// Another connection held the database for longer than 5 s.
    #[error("the database was busy for too long: try again")]
    Busy,
    /// What was to be stored contradicts what is stored. A fault of this program.
    #[error("refused to store: {why}; this is a fault of the program, report it")]
    Unsound {
        /// What contradicts what.
        why: String,
    },
    /// A unit of upload that does not exist.
    #[error("there is no unit of upload {0}")]
    NoUnit(crate::model::UnitId),
    /// Any other refusal of the database. A fault of this program.
    #[error("the database refused while {doing}; this is a fault of the program, report it")]
    Refused {
        /// What we were doing.
        doing: &'static str,
        /// The cause.
        #[source]
        cause: rusqlite::Error,
    },
    /// The store was closed, or its writer is gone.
    #[error("the store is closed: start the program again")]
    Closed,
}

impl StoreFault {
    /// The same as a code for the screens, of something that was to be kept.
    pub fn not_saved(&self) -> NotSaved {
        match self {
            Self::DiskFull => NotSaved::DiskFull,
            Self::Disk { .. } | Self::File { .. } | Self::Setting { .. } => NotSaved::Disk,
            Self::Damaged { .. } | Self::Unreadable { .. } | Self::WrongKey { .. } | Self::NotEncrypted { .. } => {
                NotSaved::Damaged
            }
            Self::Busy | Self::InUse { .. } => NotSaved::Busy,
            Self::Closed => NotSaved::Closed,
            _ => NotSaved::Program,
        }
    }

    pub(super) fn sql(doing: &'static str, cause: rusqlite::Error) -> Self {
        match cause.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::DiskFull,
            Some(ErrorCode::SystemIoFailure | ErrorCode::CannotOpen | ErrorCode::ReadOnly) => {
                Self::Disk { doing, cause }
            }
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                Self::Damaged { says: format!("found while {doing}") }
            }
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy,
            // SQLite's words for a constraint name the table and column, never a value.
            Some(ErrorCode::ConstraintViolation) => Self::Unsound { why: cause.to_string() },
            _ => Self::Refused { doing, cause },
        }
    }

    pub(super) fn unsound(why: impl Into<String>) -> Self {
        Self::Unsound { why: why.into() }
    }

    /// True when the connection that met it must not be used again (R9).
    pub(super) fn spoils_connection(&self) -> bool {
        matches!(self, Self::DiskFull | Self::Disk { .. } | Self::Damaged { .. })
    }
}

/// Adds what we were doing to an error of the database.
pub(super) trait Doing<T> {
    fn doing(self, doing: &'static str) -> Result<T, StoreFault>;
}

impl<T> Doing<T> for rusqlite::Result<T> {
    fn doing(self, doing: &'static str) -> Result<T, StoreFault> {
        self.map_err(|cause| StoreFault::sql(doing, cause))
    }
}
