//! `staff add`, `staff list`, `staff disable`: who may sign in at the desk. PINs come from a prompt or a file, never from an
//! argument.

use std::io::{BufRead, Write};
use std::path::Path;

use chrono::DateTime;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::setup::{CommandFault, seed, setup};
use crate::model::{Mint, StaffId};
use crate::shell::clock::Clock;
use crate::shell::site;
use crate::store::{Reader, Store};

/// Roles that an account can have.
pub const ROLES: [&str; 4] = ["doctor", "nurse", "keeper", "admin"];

/// Adds an account.
pub fn add(config: &Path, name: &str, role: &str, pin_file: Option<&Path>) -> Result<(), CommandFault> {
    if !ROLES.contains(&role) {
        return Err(CommandFault::Said(format!("no role is called `{role}`; choose one of {}", ROLES.join(", "))));
    }
    if name.trim().is_empty() {
        return Err(CommandFault::Said("a name is needed: --name".to_owned()));
    }
    let setup = setup(config)?;
    let store = Store::open(&setup.opening)?;
    let pin = pin(pin_file)?;
    let now = Clock::new(Uuid::from_bytes(first_16(seed()?)), DateTime::default()).now();
    let mut mint = Mint::new(seed()?);
    // The station comes first, so that the platform knows where the person works.
    site::declare(&setup.world, &store, &store.reader()?, &mut mint, now)?;
    let staff = site::add_staff(&store, name.trim(), role, &pin, &mut mint, now)?;
    println!("{staff}");
    Ok(())
}

/// Lists the accounts, one a line: id, role, name.
pub fn list(config: &Path) -> Result<(), CommandFault> {
    let reader = Reader::open(&setup(config)?.opening)?;
    for member in reader.staff()? {
        let state = if member.may_sign_in { "" } else { "  (disabled)" };
        println!("{}  {}  {}{state}", member.id, member.role, member.name.0);
    }
    Ok(())
}

/// Disables an account; what the person decided stays.
pub fn disable(config: &Path, staff: Uuid) -> Result<(), CommandFault> {
    let store = Store::open(&setup(config)?.opening)?;
    store.disable_staff(StaffId(staff))?;
    Ok(())
}

fn pin(file: Option<&Path>) -> Result<Zeroizing<String>, CommandFault> {
    let mut line = Zeroizing::new(String::new());
    match file {
        Some(file) => *line = std::fs::read_to_string(file)?,
        None => {
            eprint!("PIN (6 to 16 digits): ");
            std::io::stderr().flush()?;
            std::io::stdin().lock().read_line(&mut line)?;
        }
    }
    Ok(Zeroizing::new(line.trim().to_owned()))
}

fn first_16(seed: [u8; 32]) -> [u8; 16] {
    std::array::from_fn(|place| seed[place])
}
