//! Brings a database to this program's version: numbered steps, in order, inside one transaction, after a verified copy.

use rusqlite::{Connection, TransactionBehavior};

use super::backup;
use super::fault::{Doing, StoreFault};
use super::key::Vault;

/// Versions that were in use before the first release and are not upgraded.
const BEFORE: u32 = 1;

/// The released steps. Version `BEFORE + n` is reached by the n-th; none is ever edited.
pub(super) const STEPS: &[&str] =
    &[include_str!("schema/0001_facts.sql"), include_str!("schema/0002_device_memory.sql")];

/// Applies the steps that are missing; refuses a database that knows more steps than we do.
pub(super) fn migrate(conn: &mut Connection, vault: &Vault, steps: &[&str]) -> Result<(), StoreFault> {
    let (found, known) = (version(conn)?, BEFORE + steps.len() as u32);
    if found > known {
        return Err(StoreFault::Newer { found, known });
    }
    if (1..=BEFORE).contains(&found) {
        return Err(StoreFault::TooOld { found });
    }
    if found == known {
        return Ok(());
    }
    if found > 0 {
        backup::copy_before_migration(conn, vault, found)?;
    }
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate).doing("upgrading the database")?;
    for step in &steps[found.saturating_sub(BEFORE) as usize..] {
        tx.execute_batch(step).doing("upgrading the database")?;
    }
    tx.pragma_update(None, "user_version", known).doing("upgrading the database")?;
    tx.commit().doing("upgrading the database")
}

/// The version that a database has reached; 0 for an empty one.
pub(super) fn version(conn: &Connection) -> Result<u32, StoreFault> {
    conn.query_row("PRAGMA user_version", [], |row| row.get(0)).doing("reading the database version")
}

/// Fails unless the database is exactly of this program's version.
pub(super) fn check_version(conn: &Connection) -> Result<(), StoreFault> {
    let (found, known) = (version(conn)?, BEFORE + STEPS.len() as u32);
    match found {
        _ if found == known => Ok(()),
        _ if found > known => Err(StoreFault::Newer { found, known }),
        _ => Err(StoreFault::unsound("the database must be upgraded first, by starting the kiosk once")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::key::Purpose;
    use crate::store::{KeySource, Opening};

    /// The steps of these tests do not change with the program's.
    const FIRST: &[&str] = &[STEPS[0]];
    const NEXT: &str = "CREATE TABLE later (one INTEGER); INSERT INTO later SELECT count(*) FROM step;";
    const BROKEN: &str = "CREATE TABLE half (one INTEGER); INSERT INTO nowhere VALUES (1);";
    const A_FACT: &str = "INSERT INTO step (id, body) VALUES (x'01', x'02')";

    fn in_a_new_folder(test: impl FnOnce(&Vault)) {
        let folder = std::env::temp_dir()
            .join(format!("hut-migrate-{}-{:?}", std::process::id(), { std::thread::current().id() }));
        std::fs::create_dir_all(&folder).expect("a folder");
        let opening = Opening { allow_plain: true, ..Opening::new(folder.join("hut.db"), KeySource::K0) };
        test(&Vault::prepare(&opening, Purpose::Write).unwrap_or_else(|fault| panic!("{fault}")));
        std::fs::remove_dir_all(&folder).expect("gone");
    }

    fn facts(conn: &Connection) -> i64 {
        conn.query_row("SELECT count(*) FROM step", [], |row| row.get(0)).expect("a count")
    }

    #[test]
    fn a_database_with_data_is_copied_first_and_keeps_its_data() {
        in_a_new_folder(|vault| {
            let mut conn = vault.write().expect("opens");
            migrate(&mut conn, vault, FIRST).expect("is made");
            assert!(!backup::beside(&vault.path, "before-3").exists());
            conn.execute(A_FACT, []).expect("stored");
            let next = [FIRST[0], NEXT];
            migrate(&mut conn, vault, &next).expect("is upgraded");
            assert_eq!((version(&conn).expect("read"), facts(&conn)), (3, 1));
            let copy = vault.read_at(&backup::beside(&vault.path, "before-3")).expect("a copy");
            assert_eq!((version(&copy).expect("read"), facts(&copy)), (2, 1));
            migrate(&mut conn, vault, &next).expect("nothing to do");
            let newer = migrate(&mut conn, vault, FIRST).expect_err("refused");
            assert!(matches!(newer, StoreFault::Newer { found: 3, known: 2 }));
        });
    }

    #[test]
    fn a_database_from_before_the_first_release_is_refused_and_kept() {
        in_a_new_folder(|vault| {
            let mut conn = vault.write().expect("opens");
            conn.pragma_update(None, "user_version", 1).expect("set");
            let fault = migrate(&mut conn, vault, FIRST).expect_err("refused");
            assert!(matches!(fault, StoreFault::TooOld { found: 1 }));
            assert_eq!(version(&conn).expect("read"), 1);
        });
    }

    #[test]
    fn a_step_that_fails_leaves_everything_as_it_was() {
        in_a_new_folder(|vault| {
            let mut conn = vault.write().expect("opens");
            migrate(&mut conn, vault, FIRST).expect("is made");
            conn.execute(A_FACT, []).expect("stored");
            for _ in 0..2 {
                migrate(&mut conn, vault, &[FIRST[0], NEXT, BROKEN]).expect_err("broken");
                assert_eq!((version(&conn).expect("read"), facts(&conn)), (2, 1));
            }
            let sql = "SELECT count(*) FROM sqlite_schema WHERE name IN ('later', 'half')";
            assert_eq!(conn.query_row(sql, [], |row| row.get::<_, i64>(0)), Ok(0));
        });
    }
}
