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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::key::Purpose;
    use crate::store::{KeySource, Opening};

    const NEXT: &str = "CREATE TABLE later (one INTEGER); INSERT INTO later SELECT count(*) FROM fact;";
    const BROKEN: &str = "CREATE TABLE half (one INTEGER); INSERT INTO nowhere VALUES (1);";
    const A_FACT: &str = "INSERT INTO fact (id, kind, wall, since_boot_ms, boot, trust, body)
                          VALUES (x'01', 'unknown', '2026-03-02T08:00:00+08:00', 0, x'02', 2, '{}')";

    fn in_a_new_folder(test: impl FnOnce(&Vault)) {
        let folder = std::env::temp_dir()
            .join(format!("hut-migrate-{}-{:?}", std::process::id(), { std::thread::current().id() }));
        std::fs::create_dir_all(&folder).expect("a folder");
        let opening = Opening { allow_plain: true, ..Opening::new(folder.join("hut.db"), KeySource::K0) };
        test(&Vault::prepare(&opening, Purpose::Write).unwrap_or_else(|fault| panic!("{fault}")));
        std::fs::remove_dir_all(&folder).expect("gone");
    }

    fn facts(conn: &Connection) -> i64 {
        conn.query_row("SELECT count(*) FROM fact", [], |row| row.get(0)).expect("a count")
    }

    #[test]
    fn a_database_with_data_is_copied_first_and_keeps_its_data() {
        in_a_new_folder(|vault| {
            let mut conn = vault.write().expect("opens");
            migrate(&mut conn, vault, STEPS).expect("is made");
            assert!(!backup::beside(&vault.path, "before-2").exists());
            conn.execute(A_FACT, []).expect("stored");
            let next = [STEPS[0], NEXT];
            migrate(&mut conn, vault, &next).expect("is upgraded");
            assert_eq!((version(&conn).expect("read"), facts(&conn)), (2, 1));
            let copy = vault.read_at(&backup::beside(&vault.path, "before-2")).expect("a copy");
            assert_eq!((version(&copy).expect("read"), facts(&copy)), (1, 1));
            migrate(&mut conn, vault, &next).expect("nothing to do");
            let newer = migrate(&mut conn, vault, STEPS).expect_err("refused");
            assert!(matches!(newer, StoreFault::Newer { found: 2, known: 1 }));
        });
    }

    #[test]
    fn a_step_that_fails_leaves_everything_as_it_was() {
        in_a_new_folder(|vault| {
            let mut conn = vault.write().expect("opens");
            migrate(&mut conn, vault, STEPS).expect("is made");
            conn.execute(A_FACT, []).expect("stored");
            for _ in 0..2 {
                migrate(&mut conn, vault, &[STEPS[0], NEXT, BROKEN]).expect_err("broken");
                assert_eq!((version(&conn).expect("read"), facts(&conn)), (1, 1));
            }
            let sql = "SELECT count(*) FROM sqlite_schema WHERE name IN ('later', 'half')";
            assert_eq!(conn.query_row(sql, [], |row| row.get::<_, i64>(0)), Ok(0));
        });
    }
}
