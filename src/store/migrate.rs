//! Brings a database to this program's version: numbered steps, in order, inside one transaction, after a verified copy.

use rusqlite::{Connection, TransactionBehavior};

use super::backup;
use super::fault::{Doing, StoreFault};
use super::key::Vault;

/// The released steps. Version n is reached by the n-th; none is ever edited.
pub(super) const STEPS: &[&str] = &[include_str!("schema/0001_facts.sql")];

/// Applies the steps that are missing; refuses a database that knows more steps than we do.
pub(super) fn migrate(conn: &mut Connection, vault: &Vault, steps: &[&str]) -> Result<(), StoreFault> {
    let known = u32::try_from(steps.len()).map_err(|_| StoreFault::unsound("too many schema steps"))?;
    let found = version(conn)?;
    if found > known {
        return Err(StoreFault::Newer { found, known });
    }
    if found == known {
        return Ok(());
    }
    if found > 0 {
        backup::copy_before_migration(conn, vault, found)?;
    }
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate).doing("upgrading the database")?;
    for step in &steps[found as usize..] {
        tx.execute_batch(step).doing("upgrading the database")?;
    }
    tx.pragma_update(None, "user_version", known).doing("upgrading the database")?;
    tx.commit().doing("upgrading the database")
}

/// The number of steps a database has seen; 0 for an empty one.
pub(super) fn version(conn: &Connection) -> Result<u32, StoreFault> {
    conn.query_row("PRAGMA user_version", [], |row| row.get(0)).doing("reading the database version")
}

/// Fails unless the database is exactly of this program's version.
pub(super) fn check_version(conn: &Connection) -> Result<(), StoreFault> {
    let (found, known) = (version(conn)?, STEPS.len() as u32);
    match found {
        _ if found == known => Ok(()),
        _ if found > known => Err(StoreFault::Newer { found, known }),
        _ => Err(StoreFault::unsound("the database must be upgraded first, by starting the kiosk once")),
    }
}
