//! Keeps Facts for good, and hands them on. The only room that knows SQL.
//!
//! It judges nothing, reads no clock and opens no connection to anywhere. One thread owns the one connection that
//! writes; [`Store`] is a handle to its inbox. A commit is answered after it is on the disk and not earlier, all of it
//! or nothing. [`Reader`] answers questions beside it, also from another process.
//!
//! Facts are appended and never edited; those stored together are one row, see [`crate::manual`]. The other tables are folded from them ([`Store::rebuild`] does it again), but
//! for the outbox, its receipts and the PINs, which are the store's own.

mod append;
mod backup;
mod body;
mod fault;
mod fold;
mod key;
mod migrate;
mod outbox;
mod queries;
mod staff;
mod words;

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rusqlite::{Connection, Transaction, TransactionBehavior, params};
use zeroize::Zeroizing;

use crate::model::device::Role;
use crate::model::outbox::Report;
use crate::model::{Commit, Moment, UnitId};
use fault::Doing;
use key::{Purpose, Vault};

pub use append::Saved;
pub use fault::StoreFault;
pub use key::KeySource;
pub use queries::{FlagCounts, OpenVisit, Reader, StaffMember, Who};
pub use staff::{PinFault, PinRefusal, StaffFault};

/// How to open a store.
#[derive(Clone, Debug)]
pub struct Opening {
    /// The database file; made at the first start.
    pub path: PathBuf,
    /// Where its key lives.
    pub key: KeySource,
    /// Lets a build without the cipher, or class K0, hold invented data in plain. For tests and the demo only.
    pub allow_plain: bool,
    /// A disk that is full at so many pages; 0 is the real disk. For tests and the demo only.
    pub page_limit: Option<Arc<AtomicU32>>,
}

impl Opening {
    /// A store under a key, on the real disk.
    pub fn new(path: impl Into<PathBuf>, key: KeySource) -> Self {
        Self { path: path.into(), key, allow_plain: false, page_limit: None }
    }
}

/// A handle to the store's writer. Clones share it; the last one to go closes the store and waits for what is under way.
#[derive(Clone)]
pub struct Store {
    writer: Arc<Handle>,
}

impl Store {
    /// Opens a store, making or upgrading it as needed. One process at a time.
    pub fn open(opening: &Opening) -> Result<Self, StoreFault> {
        let lock = lock(&opening.path)?;
        let vault = Arc::new(Vault::prepare(opening, Purpose::Write)?);
        let mut conn = vault.write()?;
        migrate::migrate(&mut conn, &vault, migrate::STEPS)?;
        vault.check_encrypted()?;
        let writer =
            Writer { vault: Arc::clone(&vault), conn: Some(conn), page_limit: opening.page_limit.clone(), _lock: lock };
        let (inbox, jobs) = mpsc::channel();
        let thread = thread::Builder::new()
            .name("store".to_owned())
            .spawn(move || writer.serve(&jobs))
            .map_err(|cause| StoreFault::File { doing: "start the writer of", path: opening.path.clone(), cause })?;
        Ok(Self { writer: Arc::new(Handle { vault, inbox: Some(inbox), thread: Some(thread) }) })
    }

    /// Stores a commit. `done` runs on the writer's thread after the disk has it, or with the reason why not; it must
    /// not wait for this store. The same commit may be handed in again: what is stored already is not stored twice.
    pub fn commit(&self, commit: Commit, done: impl FnOnce(Result<Saved, StoreFault>) + Send + 'static) {
        self.send(Box::new(move |writer| {
            done(writer.and_then(|writer| writer.write(|tx| append::append(tx, &commit))))
        }));
    }

    /// Stores a commit and waits for the disk.
    pub fn commit_now(&self, commit: Commit) -> Result<Saved, StoreFault> {
        self.ask(move |writer| writer.write(|tx| append::append(tx, &commit)))
    }

    /// Opens a connection for reading, to be used on any one thread.
    pub fn reader(&self) -> Result<Reader, StoreFault> {
        Reader::of(&self.writer.vault)
    }

    /// Writes down what became of the units that were tried. Waits for the disk.
    pub fn report(&self, reports: Vec<Report>, now: &Moment) -> Result<(), StoreFault> {
        let now = *now;
        self.ask(move |writer| writer.write(|tx| outbox::report(tx, &reports, &now)))
    }

    /// Lets stuck units try again, by hand or after an update; returns how many were stuck. Waits for the disk.
    pub fn retry(&self, units: Vec<UnitId>) -> Result<usize, StoreFault> {
        self.ask(move |writer| writer.write(|tx| outbox::retry(tx, &units)))
    }

    /// Keeps what the device in this role need not tell again. Does not wait: lost, it is told anew.
    pub fn remember(&self, role: Role, body: String) {
        self.send(Box::new(move |writer| {
            let sql = "INSERT INTO device_memory (role, body) VALUES (?1, ?2)
                ON CONFLICT (role) DO UPDATE SET body = excluded.body";
            let kept = writer.and_then(|writer| {
                writer.write(|tx| tx.execute(sql, params![role.to_string(), body]).doing("keeping what a device told"))
            });
            if let Err(fault) = kept {
                log::warn!("what {role} told is not kept: {fault}");
            }
        }));
    }

    /// Folds all Facts anew into the tables that are made of them. Waits for the disk.
    pub fn rebuild(&self) -> Result<(), StoreFault> {
        self.ask(|writer| writer.write(append::rebuild))
    }

    /// Empties the write-ahead log into the database; for the night. Waits for the disk.
    pub fn tidy(&self) -> Result<(), StoreFault> {
        self.ask(|writer| checkpoint(writer.conn()?, "TRUNCATE"))
    }

    /// Hands back the store's file name, for `status`.
    pub fn path(&self) -> &Path {
        &self.writer.vault.path
    }

    fn pepper(&self) -> Zeroizing<[u8; 32]> {
        self.writer.vault.pepper()
    }

    fn ask<T: Send + 'static>(
        &self,
        act: impl FnOnce(&mut Writer) -> Result<T, StoreFault> + Send + 'static,
    ) -> Result<T, StoreFault> {
        let (answer, answered) = mpsc::channel();
        self.send(Box::new(move |writer| {
            // The asker may be gone; then nobody wants the answer.
            let _ = answer.send(writer.and_then(act));
        }));
        answered.recv().unwrap_or(Err(StoreFault::Closed))
    }

    fn send(&self, job: Job) {
        // The inbox is there until the last handle is dropped.
        let inbox = self.writer.inbox.as_ref().expect("a handle in use has its inbox");
        if let Err(mpsc::SendError(job)) = inbox.send(job) {
            job(Err(StoreFault::Closed));
        }
    }
}

/// Writes a verified copy of a store to `to`, under the same key; from any process, beside a running kiosk.
pub fn back_up(opening: &Opening, to: &Path) -> Result<(), StoreFault> {
    let vault = Vault::prepare(opening, Purpose::Read)?;
    backup::copy_out(&vault.read()?, &vault, to)
}

/// Puts a backup in the place of a store that nobody uses. The old files are moved aside, never deleted.
pub fn restore(opening: &Opening, from: &Path) -> Result<(), StoreFault> {
    let _lock = lock(&opening.path)?;
    backup::put_back(&Vault::prepare(opening, Purpose::Restore)?, from)
}

type Job = Box<dyn FnOnce(Result<&mut Writer, StoreFault>) + Send>;

struct Handle {
    vault: Arc<Vault>,
    inbox: Option<Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Handle {
    fn drop(&mut self) {
        drop(self.inbox.take());
        let Some(thread) = self.thread.take() else { return };
        // The last handle may be dropped inside a `done`.
        if thread.thread().id() != thread::current().id() && thread.join().is_err() {
            log::error!("the store's writer ended with a panic");
        }
    }
}

/// The writing side. Lives on its own thread.
struct Writer {
    vault: Arc<Vault>,
    /// `None` after a fault that spoils connections, until it opens again.
    conn: Option<Connection>,
    page_limit: Option<Arc<AtomicU32>>,
    /// Released by the system when the process ends, however it ends.
    _lock: File,
}

impl Writer {
    fn serve(mut self, jobs: &Receiver<Job>) {
        let mut idle = true;
        loop {
            match jobs.recv_timeout(if idle { REST } else { QUIET }) {
                Ok(job) => {
                    job(Ok(&mut self));
                    self.recover();
                    idle = false;
                }
                Err(RecvTimeoutError::Timeout) if idle => {}
                Err(RecvTimeoutError::Timeout) => idle = self.rest(),
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    /// Runs a write in a transaction of its own: all of it is on the disk, or nothing.
    fn write<T>(&mut self, act: impl FnOnce(&Transaction<'_>) -> Result<T, StoreFault>) -> Result<T, StoreFault> {
        let limit = self.page_limit.as_ref().map(|limit| limit.load(Ordering::Relaxed));
        let conn = self.conn()?;
        if let Some(limit) = limit {
            limit_pages(conn, limit)?;
        }
        let result = in_transaction(conn, act);
        if let Err(fault) = &result
            && fault.spoils_connection()
        {
            // R9: nothing on this handle is believed any more, least of all a second try of the same sync.
            log::error!("a write failed and its connection is closed: {fault}");
            self.conn = None;
        }
        result
    }

    fn conn(&mut self) -> Result<&mut Connection, StoreFault> {
        if self.conn.is_none() {
            let conn = self.vault.write()?;
            backup::quick_check(&conn)?;
            log::info!("the store is open again");
            self.conn = Some(conn);
        }
        // Filled just above.
        Ok(self.conn.as_mut().expect("the connection is open"))
    }

    /// Tries to open again at once; while that fails, each later write tries first.
    fn recover(&mut self) {
        if self.conn.is_none()
            && let Err(fault) = self.conn()
        {
            log::error!("the store cannot be opened again yet: {fault}");
        }
    }

    /// Nobody wrote for a while: moves the log into the database. Returns true, the writer has nothing left to do.
    fn rest(&mut self) -> bool {
        if let Some(conn) = &self.conn
            && let Err(fault) = checkpoint(conn, "PASSIVE")
        {
            log::warn!("no checkpoint: {fault}");
        }
        true
    }
}

fn in_transaction<T>(
    conn: &mut Connection,
    act: impl FnOnce(&Transaction<'_>) -> Result<T, StoreFault>,
) -> Result<T, StoreFault> {
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate).doing("beginning to store")?;
    let value = act(&tx)?;
    tx.commit().doing("making it durable")?;
    Ok(value)
}

fn limit_pages(conn: &Connection, limit: u32) -> Result<(), StoreFault> {
    // SQLite's own limit when none is asked for.
    let pages = if limit == 0 { u32::MAX - 1 } else { limit };
    let sql = format!("PRAGMA max_page_count = {pages}");
    conn.query_row(&sql, [], |_| Ok(())).doing("limiting the database")
}

fn checkpoint(conn: &Connection, how: &str) -> Result<(), StoreFault> {
    conn.query_row(&format!("PRAGMA wal_checkpoint({how})"), [], |_| Ok(())).doing("tidying the log")
}

/// Takes the lock of the one process that writes.
fn lock(path: &Path) -> Result<File, StoreFault> {
    let path = backup::beside(path, "lock");
    let fault = |cause| StoreFault::File { doing: "lock", path: path.clone(), cause };
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path).map_err(fault)?;
    let patience = Instant::now() + LOCK_PATIENCE;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) if Instant::now() < patience => thread::sleep(Duration::from_millis(20)),
            Err(TryLockError::WouldBlock) => return Err(StoreFault::InUse { path }),
            Err(TryLockError::Error(cause)) => return Err(fault(cause)),
        }
    }
}

/// Who held the lock may be ending just now, or have a child that has not begun its own program yet.
const LOCK_PATIENCE: Duration = Duration::from_millis(500);

/// A pause in which nobody wrote.
const QUIET: Duration = Duration::from_secs(2);
/// With nothing left to do.
const REST: Duration = Duration::from_secs(3600);
