//! `staff add`, `staff list`, `staff disable`: who may sign in at the desk. PINs come from a prompt or a file, never from an
//! argument.

use std::io::{BufRead, Write};
use std::path::Path;

use uuid::Uuid;
use zeroize::Zeroizing;

use super::say;
use super::setup::{CommandFault, seed, setup};
use crate::model::{Mint, StaffId};
use crate::shell::clock::Clock;
use crate::shell::site;
use crate::store::{Reader, Store};

/// Roles that an account can have.
pub const ROLES: [&str; 4] = ["doctor", "nurse", "keeper", "admin"];

/// Adds an account.
pub fn add(config: &Path, name: &str, role: &str, pin_file: Option<&Path>) -> Result<(), CommandFault> {
    if name.trim().is_empty() {
        return Err(CommandFault::Said("a name is needed: --name".to_owned()));
    }
    let setup = setup(config)?;
    let store = Store::open(&setup.opening)?;
    let pin = pin(pin_file)?;
    let reader = store.reader()?;
    for twin in reader.staff()?.iter().filter(|known| known.may_sign_in && known.name.0 == name.trim()) {
        eprintln!(
            "a {} of this name may sign in already: this is one more account; `staff disable {}`",
            twin.role, twin.id
        );
    }
    let now = Clock::new(Uuid::from_bytes(first_16(seed()?)), None).now();
    let mut mint = Mint::new(seed()?);
    // The station comes first, so that the platform knows where the person works.
    site::declare(&setup.world, &store, &reader, &mut mint, now)?;
    let staff = site::add_staff(&store, name.trim(), role, &pin, &mut mint, now)?;
    say(staff);
    Ok(())
}

/// Lists the accounts, one a line: id, role, name.
pub fn list(config: &Path) -> Result<(), CommandFault> {
    let reader = Reader::open(&setup(config)?.opening)?;
    for member in reader.staff()? {
        let state = if member.may_sign_in { "" } else { "  (disabled)" };
        say(format!("{}  {}  {}{state}", member.id, member.role, member.name.0));
    }
    Ok(())
}

/// Disables an account; what the person decided stays.
pub fn disable(config: &Path, staff: Uuid) -> Result<(), CommandFault> {
    let store = Store::open(&setup(config)?.opening)?;
    match store.disable_staff(StaffId(staff))? {
        true => Ok(()),
        false => Err(CommandFault::Said(format!("nobody with the id {staff} may sign in; `staff list` has the ids"))),
    }
}

fn pin(file: Option<&Path>) -> Result<Zeroizing<String>, CommandFault> {
    let mut line = Zeroizing::new(String::new());
    match file {
        Some(file) => {
            warn_if_open(file)?;
            *line = std::fs::read_to_string(file)?;
        }
        None => {
            eprint!("PIN (6 to 16 digits): ");
            std::io::stderr().flush()?;
            std::io::stdin().lock().read_line(&mut line)?;
        }
    }
    match line.trim() {
        "" => Err(CommandFault::Said("no PIN was given: type it, or name its file with --pin-file".to_owned())),
        pin => Ok(Zeroizing::new(pin.to_owned())),
    }
}

/// A PIN that others can read is no secret.
fn warn_if_open(file: &Path) -> Result<(), CommandFault> {
    #[cfg(unix)]
    if std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(file)?.permissions()) & 0o077 != 0 {
        eprintln!("others on this machine can read {}: delete it when you are done", file.display());
    }
    Ok(())
}

fn first_16(seed: [u8; 32]) -> [u8; 16] {
    std::array::from_fn(|place| seed[place])
}
