//! The data key: where it lives by class, how it opens the database, what must be true before anything is read.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, Zeroizing};

use super::Opening;
use super::fault::{Doing, StoreFault};

/// Where the 32-byte data key lives (reliability-security.md 5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeySource {
    /// No key. Development only, and refused in release builds.
    K0,
    /// A file on the internal system disk; made at the first start.
    K1 {
        /// The key file.
        file: PathBuf,
    },
}

impl KeySource {
    /// Reads the class as configured in `[store] key`; `file` is needed for K1.
    pub fn of_class(class: &str, file: Option<&Path>) -> Result<Self, StoreFault> {
        match (class, file) {
            ("K0", _) => Ok(Self::K0),
            ("K1", Some(file)) => Ok(Self::K1 { file: file.to_owned() }),
            ("K1", None) => Err(StoreFault::KeyClass { class: "K1 without a file".to_owned() }),
            _ => Err(StoreFault::KeyClass { class: class.to_owned() }),
        }
    }

    /// The class's name, for `status` and the settings page.
    pub fn class(&self) -> &'static str {
        match self {
            Self::K0 => "K0",
            Self::K1 { .. } => "K1",
        }
    }

    /// What the settings page must say of this class's weakness.
    pub fn weakness(&self) -> &'static str {
        match self {
            Self::K0 => "no encryption: whoever copies the file reads all of it",
            Self::K1 { .. } => "whoever takes the whole box, or the disk with the key file, reads all of it",
        }
    }
}

/// The data key in memory; wiped when dropped.
pub(super) struct Key(Zeroizing<[u8; KEY_BYTES]>);

impl Key {
    fn pragma(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(96));
        text.push_str("PRAGMA key = \"x'");
        for byte in self.0.iter() {
            text.push(char::from(HEX[usize::from(byte >> 4)]));
            text.push(char::from(HEX[usize::from(byte & 15)]));
        }
        text.push_str("'\"");
        text
    }
}

/// What a vault is prepared for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// To write; makes what is missing at the first start.
    Write,
    /// To read what is there.
    Read,
    /// To put a backup in its place, whatever stands there now.
    Restore,
}

/// A database file with the key that opens it.
pub(super) struct Vault {
    pub path: PathBuf,
    key: Option<Key>,
    /// The file must be encrypted.
    encrypted: bool,
}

impl Vault {
    /// Makes all start checks that need no open database; a kiosk's first start makes the key file too.
    pub fn prepare(opening: &Opening, purpose: Purpose) -> Result<Self, StoreFault> {
        refuse_old_sqlite(rusqlite::version(), rusqlite::version_number())?;
        let cipher = cipher_is_linked()?;
        let exists = has_content(&opening.path)?;
        if !exists && purpose == Purpose::Read {
            return Err(StoreFault::Absent { path: opening.path.clone() });
        }
        let key_exists = exists || purpose == Purpose::Restore;
        let key = match &opening.key {
            KeySource::K0 if !cfg!(debug_assertions) || !opening.allow_plain => return Err(StoreFault::NoKey),
            KeySource::K0 => None,
            KeySource::K1 { .. } if !cipher && !opening.allow_plain => return Err(StoreFault::NoCipher),
            KeySource::K1 { file } => Some(load_or_make(file, key_exists)?),
        };
        let vault = Self { path: opening.path.clone(), encrypted: cipher && key.is_some(), key };
        if purpose != Purpose::Restore {
            vault.check_header(cipher)?;
        }
        Ok(vault)
    }

    /// Opens the one connection that writes.
    pub fn write(&self) -> Result<Connection, StoreFault> {
        if has_content(&self.path)? {
            // A wrong key is found by a connection that cannot change the file.
            drop(self.read()?);
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let conn = self.open(&self.path, flags)?;
        for (name, value, wanted) in WRITER_SETTINGS {
            set(&conn, name, value, wanted)?;
        }
        Ok(conn)
    }

    /// Opens a connection that only reads.
    pub fn read(&self) -> Result<Connection, StoreFault> {
        self.read_at(&self.path)
    }

    /// Opens a copy of the database for reading.
    pub fn read_at(&self, path: &Path) -> Result<Connection, StoreFault> {
        let conn = self.open(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        for (name, value, wanted) in READER_SETTINGS {
            set(&conn, name, value, wanted)?;
        }
        Ok(conn)
    }

    /// Fails when the file has become, or stayed, plain although it must not be.
    pub fn check_encrypted(&self) -> Result<(), StoreFault> {
        self.check_header(true)
    }

    /// Keys staff PINs, so that a stolen database alone does not allow guessing.
    pub fn pepper(&self) -> Zeroizing<[u8; 32]> {
        let key: &[u8] = self.key.as_ref().map_or(&[], |key| key.0.as_slice());
        hmac(key, &[b"health-hut staff pin pepper 1"])
    }

    fn open(&self, path: &Path, flags: OpenFlags) -> Result<Connection, StoreFault> {
        let conn = Connection::open_with_flags(path, flags).doing("opening the database")?;
        conn.busy_timeout(BUSY).doing("opening the database")?;
        conn.set_prepared_statement_cache_capacity(STATEMENTS);
        if let Some(key) = self.key.as_ref().filter(|_| self.encrypted) {
            conn.execute_batch(QUIET_CIPHER).doing("quieting the cipher")?;
            conn.execute_batch(&key.pragma()).doing("keying the database")?;
        }
        match conn.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get::<_, i64>(0)) {
            Err(cause) if cause.sqlite_error_code() == Some(rusqlite::ErrorCode::NotADatabase) => {
                Err(StoreFault::WrongKey { path: path.to_owned() })
            }
            other => other.map(|_| conn).doing("reading the database"),
        }
    }

    fn check_header(&self, cipher: bool) -> Result<(), StoreFault> {
        let Some(magic) = is_plain(&self.path)? else { return Ok(()) };
        match (self.encrypted, magic) {
            (true, true) => Err(StoreFault::NotEncrypted { path: self.path.clone() }),
            (false, false) if cipher => Err(StoreFault::WrongKey { path: self.path.clone() }),
            (false, false) => Err(StoreFault::NoCipher),
            _ => Ok(()),
        }
    }
}

fn set(conn: &Connection, name: &'static str, value: &str, wanted: &str) -> Result<(), StoreFault> {
    conn.execute_batch(&format!("PRAGMA {name} = {value}")).doing("setting up the database")?;
    let found = conn.query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, rusqlite::types::Value>(0));
    let found = match found.doing("reading a setting of the database")? {
        rusqlite::types::Value::Integer(number) => number.to_string(),
        rusqlite::types::Value::Text(text) => text,
        other => format!("{other:?}"),
    };
    if found == wanted { Ok(()) } else { Err(StoreFault::Setting { name, wanted: wanted.to_owned(), found }) }
}

fn refuse_old_sqlite(found: &str, number: i32) -> Result<(), StoreFault> {
    if number >= OLDEST_SQLITE { Ok(()) } else { Err(StoreFault::OldSqlite { found: found.to_owned() }) }
}

/// Asks the linked library, not the build: a build without the cipher accepts a key in silence and writes plain text.
pub(super) fn cipher_is_linked() -> Result<bool, StoreFault> {
    let memory = Connection::open_in_memory().doing("asking for the cipher")?;
    match memory.query_row("PRAGMA cipher_version", [], |row| row.get::<_, String>(0)) {
        Ok(version) => Ok(!version.is_empty()),
        Err(rusqlite::Error::QueryReturnedNoRows) => Ok(false),
        Err(cause) => Err(StoreFault::sql("asking for the cipher", cause)),
    }
}

fn has_content(path: &Path) -> Result<bool, StoreFault> {
    match fs::metadata(path) {
        Ok(about) => Ok(about.len() > 0),
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(cause) => Err(StoreFault::File { doing: "look at", path: path.to_owned(), cause }),
    }
}

/// Does the file begin like a plain database? `None` while there is nothing in it.
fn is_plain(path: &Path) -> Result<Option<bool>, StoreFault> {
    if !has_content(path)? {
        return Ok(None);
    }
    let mut head = [0; 16];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut head));
    match read {
        Ok(()) => Ok(Some(&head == SQLITE_MAGIC)),
        Err(cause) if cause.kind() == std::io::ErrorKind::UnexpectedEof => {
            Err(StoreFault::Damaged { says: "shorter than its header".to_owned() })
        }
        Err(cause) => Err(StoreFault::File { doing: "read", path: path.to_owned(), cause }),
    }
}

fn load_or_make(file: &Path, database_exists: bool) -> Result<Key, StoreFault> {
    match fs::read(file) {
        Ok(bytes) => {
            let mut bytes = Zeroizing::new(bytes);
            warn_if_open_to_others(file);
            let key: Result<[u8; KEY_BYTES], _> = bytes.as_slice().try_into();
            bytes.zeroize();
            key.map(|key| Key(Zeroizing::new(key))).map_err(|_| StoreFault::KeyDamaged { file: file.to_owned() })
        }
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound && database_exists => {
            Err(StoreFault::KeyMissing { file: file.to_owned() })
        }
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => make(file),
        Err(cause) => Err(StoreFault::File { doing: "read the key file", path: file.to_owned(), cause }),
    }
}

/// Makes a key file, on the disk for good before it is used. Never overwrites one.
fn make(file: &Path) -> Result<Key, StoreFault> {
    let fault = |cause| StoreFault::File { doing: "make the key file", path: file.to_owned(), cause };
    let mut key = Key(Zeroizing::new([0; KEY_BYTES]));
    getrandom::fill(key.0.as_mut_slice()).map_err(|cause| fault(std::io::Error::other(cause.to_string())))?;
    // Written beside and linked into place: a cut leaves no half key, and an existing key is never replaced.
    let part = file.with_extension("part");
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut written = options.open(&part).map_err(fault)?;
    written.write_all(key.0.as_slice()).and_then(|()| written.sync_all()).map_err(fault)?;
    fs::hard_link(&part, file).map_err(fault)?;
    fs::remove_file(&part).map_err(fault)?;
    sync_folder(file).map_err(fault)?;
    Ok(key)
}

/// Makes a name in a folder durable.
pub(super) fn sync_folder(of: &Path) -> std::io::Result<()> {
    let folder = of.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

#[cfg(unix)]
fn warn_if_open_to_others(file: &Path) {
    use std::os::unix::fs::PermissionsExt;
    if fs::metadata(file).is_ok_and(|about| about.permissions().mode() & 0o077 != 0) {
        log::warn!("the key file can be read by other users: `chmod 600` it");
    }
}

#[cfg(not(unix))]
fn warn_if_open_to_others(_: &Path) {}

/// HMAC-SHA256 (RFC 2104) over the joined parts; keys here are at most one block long.
pub(super) fn hmac(key: &[u8], parts: &[&[u8]]) -> Zeroizing<[u8; 32]> {
    debug_assert!(key.len() <= BLOCK);
    let pad = |with: u8| {
        let mut block = Zeroizing::new([with; BLOCK]);
        block.iter_mut().zip(key).for_each(|(byte, key)| *byte ^= key);
        block
    };
    let mut inner = Sha256::new_with_prefix(pad(0x36).as_slice());
    parts.iter().for_each(|part| inner.update(part));
    let outer = Sha256::new_with_prefix(pad(0x5c).as_slice()).chain_update(inner.finalize());
    Zeroizing::new(outer.finalize().into())
}

const KEY_BYTES: usize = 32;
const BLOCK: usize = 64;
const HEX: &[u8; 16] = b"0123456789abcdef";
const SQLITE_MAGIC: &[u8; 16] = b"SQLite format 3\0";
/// More than a commit has different statements.
const STATEMENTS: usize = 64;
const BUSY: Duration = Duration::from_secs(5);
/// 3.7.0 to 3.51.2 can lose committed data when the WAL is reset with two connections open.
const OLDEST_SQLITE: i32 = 3_051_003;
/// SQLCipher writes to standard error of its own accord; our faults say more.
const QUIET_CIPHER: &str = "PRAGMA cipher_log_level = NONE";

/// Name, value as set, value as read back.
const WRITER_SETTINGS: &[(&str, &str, &str)] = &[
    ("journal_mode", "WAL", "wal"),
    ("synchronous", "FULL", "2"),
    ("foreign_keys", "ON", "1"),
    ("wal_autocheckpoint", "1000", "1000"),
    ("journal_size_limit", "8388608", "8388608"),
    ("cache_size", "-32000", "-32000"),
    ("trusted_schema", "OFF", "0"),
    ("secure_delete", "ON", "1"),
    ("temp_store", "MEMORY", "2"),
    ("busy_timeout", "5000", "5000"),
];

/// The file itself is opened for reading only.
const READER_SETTINGS: &[(&str, &str, &str)] = &[
    ("cache_size", "-32000", "-32000"),
    ("trusted_schema", "OFF", "0"),
    ("temp_store", "MEMORY", "2"),
    ("busy_timeout", "5000", "5000"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hmac_agrees_with_rfc_4231() {
        let tag = hmac(b"Jefe", &[b"what do ya want ", b"for nothing?"]);
        let hex: String = tag.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }

    #[test]
    fn an_old_sqlite_is_refused() {
        assert!(matches!(refuse_old_sqlite("3.51.2", 3_051_002), Err(StoreFault::OldSqlite { .. })));
        assert!(refuse_old_sqlite("3.51.3", 3_051_003).is_ok());
    }

    #[test]
    fn unknown_classes_are_refused_in_words() {
        for class in ["K2", "K3", "K4", "K5", "k1"] {
            assert!(matches!(KeySource::of_class(class, None), Err(StoreFault::KeyClass { .. })));
        }
    }
}
