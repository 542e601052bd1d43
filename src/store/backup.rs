//! Copies out, checked before they count, and back in.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::fault::{Doing, StoreFault};
use super::key::{Vault, sync_folder};
use super::migrate;

/// Writes a verified copy of the database to `to`, under the same key. Refuses to replace a file.
pub(super) fn copy_out(conn: &Connection, vault: &Vault, to: &Path) -> Result<(), StoreFault> {
    if to.exists() {
        let cause = std::io::Error::from(std::io::ErrorKind::AlreadyExists);
        return Err(StoreFault::File { doing: "write the backup", path: to.to_owned(), cause });
    }
    let part = beside(to, "part");
    remove_if_there(&part)?;
    let text = part.to_str().ok_or_else(|| StoreFault::unsound("the backup's path is not Unicode"))?;
    conn.execute("VACUUM INTO ?1", [text]).doing("copying the database")?;
    sync(&part)?;
    verify(conn, vault, &part)?;
    fs::rename(&part, to).and_then(|()| sync_folder(to)).map_err(|cause| file_fault("write the backup", to, cause))
}

/// Copies the database to `<name>.before-<version + 1>` ahead of a migration.
pub(super) fn copy_before_migration(conn: &Connection, vault: &Vault, version: u32) -> Result<(), StoreFault> {
    let to = beside(&vault.path, &format!("before-{}", version + 1));
    if to.exists() {
        // A migration that was cut off copied the same data; the newer copy counts.
        remove_if_there(&to)?;
    }
    copy_out(conn, vault, &to)
}

/// Puts a backup in the place of the database. What stood there is moved aside under a new name, never deleted.
///
/// The caller holds the store's lock and has no connection open.
pub(super) fn put_back(vault: &Vault, backup: &Path) -> Result<(), StoreFault> {
    let check = vault.read_at(backup)?;
    migrate::check_version(&check)?;
    quick_check(&check)?;
    drop(check);
    let part = beside(&vault.path, "restoring");
    fs::copy(backup, &part).map_err(|cause| file_fault("copy the backup", &part, cause))?;
    sync(&part)?;
    let aside = unused_name(&vault.path);
    for suffix in ["", "-wal", "-shm"] {
        let (from, to) = (with_suffix(&vault.path, suffix), with_suffix(&aside, suffix));
        if from.exists() {
            fs::rename(&from, &to).map_err(|cause| file_fault("move aside", &from, cause))?;
        }
    }
    let put = fs::rename(&part, &vault.path).and_then(|()| sync_folder(&vault.path));
    put.map_err(|cause| file_fault("put back", &vault.path, cause))
}

/// Runs SQLite's quick check; its findings name pages and rows, never values.
pub(super) fn quick_check(conn: &Connection) -> Result<(), StoreFault> {
    let says: String = conn.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).doing("checking the database")?;
    if says == "ok" { Ok(()) } else { Err(StoreFault::Damaged { says }) }
}

fn verify(conn: &Connection, vault: &Vault, copy: &Path) -> Result<(), StoreFault> {
    let copy = vault.read_at(copy)?;
    quick_check(&copy)?;
    if migrate::version(conn)? != migrate::version(&copy)? || newest(conn)? < newest(&copy)? {
        return Err(StoreFault::Damaged { says: "the copy differs from the database".to_owned() });
    }
    Ok(())
}

fn newest(conn: &Connection) -> Result<(i64, i64), StoreFault> {
    conn.query_row("SELECT count(*), coalesce(max(seq), 0) FROM step", [], |row| Ok((row.get(0)?, row.get(1)?)))
        .doing("comparing the copy")
}

fn sync(path: &Path) -> Result<(), StoreFault> {
    File::open(path).and_then(|file| file.sync_all()).map_err(|cause| file_fault("write", path, cause))
}

fn remove_if_there(path: &Path) -> Result<(), StoreFault> {
    match fs::remove_file(path) {
        Err(cause) if cause.kind() != std::io::ErrorKind::NotFound => Err(file_fault("replace", path, cause)),
        _ => Ok(()),
    }
}

fn file_fault(doing: &'static str, path: &Path, cause: std::io::Error) -> StoreFault {
    StoreFault::File { doing, path: path.to_owned(), cause }
}

/// `hut.db` -> `hut.db.part`.
pub(super) fn beside(path: &Path, extension: &str) -> PathBuf {
    with_suffix(path, &format!(".{extension}"))
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

fn unused_name(path: &Path) -> PathBuf {
    let mut names = (1..).map(|n: u32| beside(path, &format!("aside-{n}")));
    names.find(|name| !name.exists()).expect("there are more numbers than files")
}
