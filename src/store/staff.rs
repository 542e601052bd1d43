//! Staff accounts: personal PINs, keyed with the device and slow to guess, and the lock-out that survives a power cut
//! (reliability-security.md S5, S6).

use argon2::{Algorithm, Argon2, Params, Version};
use rusqlite::{OptionalExtension, Transaction, params};
use zeroize::Zeroizing;

use super::append::{Saved, append, count, run};
use super::fault::{Doing, StoreFault};
use super::key::hmac;
use super::words::{fact, from_json, json};
use super::{Store, Writer};
use crate::model::{ClockTrust, Commit, Fact, Moment, StaffId};

/// Why a PIN cannot be one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PinFault {
    /// Fewer than 6 digits, more than 16, or something that is no digit.
    #[error("a PIN has 6 to 16 digits: choose another")]
    Shape,
    /// 123456, 987654.
    #[error("digits in a row are guessed first: choose another PIN")]
    Sequence,
    /// 111111, 121212, 123123.
    #[error("repeated digits are guessed first: choose another PIN")]
    Repeat,
    /// 19800229, 800229.
    #[error("a date is guessed first: choose another PIN")]
    Date,
}

/// Why an account was not made.
#[derive(Debug, thiserror::Error)]
pub enum StaffFault {
    /// The PIN is too easy.
    #[error(transparent)]
    Pin(#[from] PinFault),
    /// The store said no.
    #[error(transparent)]
    Store(#[from] StoreFault),
}

/// Why a PIN did not open.
#[derive(Debug, thiserror::Error)]
pub enum PinRefusal {
    /// Wrong; so many more wrong ones until the person's lock closes.
    #[error("the PIN is wrong: {tries_left} tries left")]
    Wrong {
        /// From 4 down to 1.
        tries_left: u32,
    },
    /// Too many wrong ones for this person.
    #[error("too many wrong PINs: wait {seconds} s")]
    LockedFor {
        /// Of running or trusted time.
        seconds: u64,
    },
    /// Too many wrong ones on this machine today.
    #[error("too many wrong PINs today: ask an administrator to unlock")]
    NeedsSupervisor,
    /// Nobody who may sign in here, or not for this.
    #[error("this person may not sign in for that: choose another")]
    NoAccount,
    /// The store said no, so the try could not be counted.
    #[error(transparent)]
    Store(#[from] StoreFault),
}

impl Store {
    /// Makes an account: stores the commit, which must hold the person's `StaffAdded`, and the PIN's hash, together.
    /// Waits for the disk.
    pub fn add_staff(&self, commit: Commit, pin: &str) -> Result<Saved, StaffFault> {
        check(pin)?;
        let staff = added(&commit)?;
        let hash = self.hash_of(staff, pin)?;
        let saved = self.ask(move |writer| {
            writer.write(|tx| {
                let saved = append(tx, &commit)?;
                set(tx, staff, &hash)?;
                Ok(saved)
            })
        });
        Ok(saved?)
    }

    /// Gives somebody who is on the staff a new PIN and a clean slate. Waits for the disk.
    pub fn set_pin(&self, staff: StaffId, pin: &str) -> Result<(), StaffFault> {
        check(pin)?;
        let hash = self.hash_of(staff, pin)?;
        Ok(self.ask(move |writer| writer.write(|tx| set(tx, staff, &hash)))?)
    }

    /// Takes the PIN away: the person stays in the records and can no longer sign in. Waits for the disk.
    ///
    /// False when nobody with this id may sign in.
    pub fn disable_staff(&self, staff: StaffId) -> Result<bool, StoreFault> {
        self.ask(move |writer| writer.write(|tx| count(tx, "DELETE FROM pin WHERE staff = ?1", [staff.0])))
            .map(|gone| gone > 0)
    }

    /// Checks a PIN. The try is counted on the disk as a failure before the PIN is looked at, and taken back when it is
    /// right: a power cut frees nobody from the count. Takes 50 to 500 ms.
    pub fn verify_pin(&self, staff: StaffId, pin: &str, now: &Moment) -> Result<(), PinRefusal> {
        self.try_pin(staff, pin, *now, Purpose::SignIn)
    }

    /// Lets an administrator end the machine's lock of the day with their own PIN.
    pub fn unlock_day(&self, admin: StaffId, pin: &str, now: &Moment) -> Result<(), PinRefusal> {
        self.try_pin(admin, pin, *now, Purpose::Unlock)
    }

    fn try_pin(&self, staff: StaffId, pin: &str, now: Moment, purpose: Purpose) -> Result<(), PinRefusal> {
        let charge = self.ask(move |writer| charge(writer, staff, &now, purpose))??;
        let right = hash(&self.pepper(), staff, pin, &charge.salt, charge.cost)?;
        if !same(right.as_slice(), &charge.hash) {
            return Err(charge.refusal());
        }
        Ok(self.ask(move |writer| writer.write(|tx| forgive(tx, staff, purpose)))?)
    }

    fn hash_of(&self, staff: StaffId, pin: &str) -> Result<PinHash, StoreFault> {
        let mut salt = [0; 16];
        getrandom::fill(&mut salt).map_err(|cause| StoreFault::File {
            doing: "draw randomness from",
            path: "the operating system".into(),
            cause: std::io::Error::other(cause.to_string()),
        })?;
        let hash = hash(&self.pepper(), staff, pin, &salt, COST)?;
        Ok(PinHash { salt, hash })
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Purpose {
    SignIn,
    Unlock,
}

/// What a PIN becomes.
struct PinHash {
    salt: [u8; 16],
    hash: Zeroizing<[u8; 32]>,
}

/// Memory in KiB and passes of Argon2id.
#[derive(Clone, Copy)]
struct Cost {
    memory_kib: u32,
    passes: u32,
}

/// A try that was counted, with what is needed to judge it.
struct Charge {
    salt: Vec<u8>,
    hash: Vec<u8>,
    cost: Cost,
    failures: u32,
    wait_s: u64,
    failures_today: u32,
}

impl Charge {
    fn refusal(&self) -> PinRefusal {
        if self.failures_today >= A_DAY {
            PinRefusal::NeedsSupervisor
        } else if self.wait_s > 0 {
            PinRefusal::LockedFor { seconds: self.wait_s }
        } else {
            PinRefusal::Wrong { tries_left: FREE_TRIES - self.failures }
        }
    }
}

/// A row of `pin`.
struct Account {
    charge: Charge,
    failed_at: Option<String>,
}

fn charge(
    writer: &mut Writer,
    staff: StaffId,
    now: &Moment,
    purpose: Purpose,
) -> Result<Result<Charge, PinRefusal>, StoreFault> {
    writer.write(|tx| {
        let Some(Account { mut charge, failed_at }) = account(tx, staff, purpose)? else {
            return Ok(Err(PinRefusal::NoAccount));
        };
        let (today, began) = failures_today(tx, now)?;
        if purpose == Purpose::SignIn && today >= A_DAY {
            return Ok(Err(PinRefusal::NeedsSupervisor));
        }
        if let Some(failed_at) = failed_at.as_deref().map(from_json::<Moment>).transpose()? {
            let seconds = charge.wait_s.saturating_sub(passed_s(&failed_at, now));
            if seconds > 0 {
                return Ok(Err(PinRefusal::LockedFor { seconds }));
            }
        }
        charge.failures = charge.failures.saturating_add(1);
        charge.wait_s = wait_after(charge.failures);
        charge.failures_today = today + 1;
        run(
            tx,
            "UPDATE pin SET failures = ?2, wait_s = ?3, failed_at = ?4 WHERE staff = ?1",
            params![staff.0, charge.failures, charge.wait_s, json(now)?],
        )?;
        run(
            tx,
            "INSERT OR REPLACE INTO pin_day (one, failures, began) VALUES (1, ?1, ?2)",
            params![charge.failures_today, json(&began)?],
        )?;
        Ok(Ok(charge))
    })
}

fn account(tx: &Transaction<'_>, staff: StaffId, purpose: Purpose) -> Result<Option<Account>, StoreFault> {
    let sql = "SELECT salt, hash, memory_kib, passes, failures, wait_s, failed_at,
               (SELECT max(seq) FROM staff WHERE id = ?1) FROM pin WHERE staff = ?1";
    let found = tx.query_row(sql, [staff.0], |row| {
        let charge = Charge {
            salt: row.get(0)?,
            hash: row.get(1)?,
            cost: Cost { memory_kib: row.get(2)?, passes: row.get(3)? },
            failures: row.get(4)?,
            wait_s: row.get(5)?,
            failures_today: 0,
        };
        Ok((Account { charge, failed_at: row.get(6)? }, row.get(7)?))
    });
    let Some((account, added)) = found.optional().doing("looking up an account")? else { return Ok(None) };
    let is_admin = || Ok(matches!(fact(tx, added)?.new.fact, Fact::StaffAdded { role, .. } if role == ADMIN));
    Ok(if purpose == Purpose::SignIn || is_admin()? { Some(account) } else { None })
}

/// The machine's failures of the day at hand, and when that day began.
fn failures_today(tx: &Transaction<'_>, now: &Moment) -> Result<(u32, Moment), StoreFault> {
    let found = tx.query_row("SELECT failures, began FROM pin_day", [], |row| {
        Ok((row.get::<_, u32>(0)?, row.get::<_, String>(1)?))
    });
    let Some((failures, began)) = found.optional().doing("counting failures")? else { return Ok((0, *now)) };
    let began: Moment = from_json(&began)?;
    let trusted = began.trust == ClockTrust::Trusted && now.trust == ClockTrust::Trusted;
    let over = ran_s(&began, now) >= DAY_S || (trusted && now.day() > began.day());
    Ok(if over { (0, *now) } else { (failures, began) })
}

/// Takes the counted try back after a right PIN.
fn forgive(tx: &Transaction<'_>, staff: StaffId, purpose: Purpose) -> Result<(), StoreFault> {
    run(tx, "UPDATE pin SET failures = 0, wait_s = 0, failed_at = NULL WHERE staff = ?1", [staff.0])?;
    match purpose {
        Purpose::SignIn => run(tx, "UPDATE pin_day SET failures = max(failures - 1, 0)", []),
        Purpose::Unlock => run(tx, "DELETE FROM pin_day", []),
    }
}

fn set(tx: &Transaction<'_>, staff: StaffId, hash: &PinHash) -> Result<(), StoreFault> {
    let sql = "INSERT OR REPLACE INTO pin (staff, salt, hash, memory_kib, passes)
               SELECT DISTINCT id, ?2, ?3, ?4, ?5 FROM staff WHERE id = ?1";
    let values = params![staff.0, hash.salt, hash.hash.as_slice(), COST.memory_kib, COST.passes];
    match count(tx, sql, values)? {
        1 => Ok(()),
        _ => Err(StoreFault::unsound("a PIN for somebody who is not on the staff")),
    }
}

fn added(commit: &Commit) -> Result<StaffId, StoreFault> {
    let mut added = commit.facts.iter().filter_map(|new| match new.fact {
        Fact::StaffAdded { staff, .. } => Some(staff),
        _ => None,
    });
    match (added.next(), added.next()) {
        (Some(staff), None) => Ok(staff),
        _ => Err(StoreFault::unsound("an account is made with exactly one StaffAdded")),
    }
}

/// Seconds to wait after so many failures in a row.
fn wait_after(failures: u32) -> u64 {
    match failures.checked_sub(FREE_TRIES) {
        None => 0,
        Some(more) => FIRST_WAIT_S.saturating_mul(1_u64.checked_shl(more).unwrap_or(u64::MAX)).min(LONGEST_WAIT_S),
    }
}

/// Seconds that certainly passed: running time, or wall time across a restart when both clocks are trusted.
fn passed_s(since: &Moment, now: &Moment) -> u64 {
    let ran = ran_s(since, now);
    if since.boot == now.boot || since.trust != ClockTrust::Trusted || now.trust != ClockTrust::Trusted {
        return ran;
    }
    ran.max(u64::try_from((now.wall - since.wall).num_seconds()).unwrap_or(0))
}

/// Seconds of running time since then that this boot can vouch for.
fn ran_s(since: &Moment, now: &Moment) -> u64 {
    let ms = if since.boot == now.boot { now.ms_since(since) } else { now.since_boot_ms };
    ms / 1000
}

fn hash(
    pepper: &[u8; 32],
    staff: StaffId,
    pin: &str,
    salt: &[u8],
    cost: Cost,
) -> Result<Zeroizing<[u8; 32]>, StoreFault> {
    let keyed = hmac(pepper, &[staff.0.as_bytes(), pin.as_bytes()]);
    let mut out = Zeroizing::new([0; 32]);
    Params::new(cost.memory_kib, cost.passes, 1, Some(out.len()))
        .map(|params| Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
        .and_then(|argon| argon.hash_password_into(keyed.as_slice(), salt, out.as_mut_slice()))
        .map_err(|cause| StoreFault::unsound(format!("the PIN cannot be hashed: {cause}")))?;
    Ok(out)
}

/// Compares without telling by its time where the difference lies.
fn same(one: &[u8], other: &[u8]) -> bool {
    one.len() == other.len() && one.iter().zip(other).fold(0, |differs, (a, b)| differs | (a ^ b)) == 0
}

/// Refuses PINs that are guessed first.
fn check(pin: &str) -> Result<(), PinFault> {
    let digits = pin.as_bytes();
    if !(6..=16).contains(&digits.len()) || !digits.iter().all(u8::is_ascii_digit) {
        return Err(PinFault::Shape);
    }
    let steps = |by: i16| digits.windows(2).all(|pair| i16::from(pair[1]) - i16::from(pair[0]) == by);
    if steps(1) || steps(-1) {
        return Err(PinFault::Sequence);
    }
    if (1..=3).any(|period| digits.iter().zip(&digits[period..]).all(|(a, b)| a == b)) {
        return Err(PinFault::Repeat);
    }
    if is_date(pin) { Err(PinFault::Date) } else { Ok(()) }
}

fn is_date(pin: &str) -> bool {
    let day = |text: &str| chrono::NaiveDate::parse_from_str(text, "%Y%m%d").is_ok();
    match pin.len() {
        6 => day(&format!("19{pin}")) || day(&format!("20{pin}")),
        8 => (pin.starts_with("19") || pin.starts_with("20")) && day(pin),
        _ => false,
    }
}

const ADMIN: &str = "admin";
const COST: Cost = Cost { memory_kib: 19_456, passes: 2 };
const FREE_TRIES: u32 = 5;
const FIRST_WAIT_S: u64 = 60;
const LONGEST_WAIT_S: u64 = 3600;
const A_DAY: u32 = 20;
const DAY_S: u64 = 24 * 3600;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn easy_pins_are_refused() {
        for (pin, fault) in [
            ("12345", PinFault::Shape),
            ("12345a", PinFault::Shape),
            ("123456", PinFault::Sequence),
            ("9876543", PinFault::Sequence),
            ("777777", PinFault::Repeat),
            ("121212", PinFault::Repeat),
            ("1231231", PinFault::Repeat),
            ("800229", PinFault::Date),
            ("19790513", PinFault::Date),
        ] {
            assert_eq!(check(pin), Err(fault), "{pin}");
        }
        assert_eq!(check("258036"), Ok(()));
    }

    #[test]
    fn the_wait_doubles_to_an_hour() {
        let waits: Vec<u64> = [4, 5, 6, 7, 10, 11, 12, 70, u32::MAX].map(wait_after).to_vec();
        assert_eq!(waits, [0, 60, 120, 240, 1920, 3600, 3600, 3600, 3600]);
    }
}
