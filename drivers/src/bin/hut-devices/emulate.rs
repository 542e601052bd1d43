//! Behaving as a device: `emulate`.

use std::io;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use chrono::Local;
use hut_drivers::emulate::{self, Act, Behaviour, Emulator, Options, Wall};
use hut_drivers::{Descriptor, Kind, Skill};

use crate::{Failure, failed, print, read, wrong_use};

pub fn emulate(model: &Descriptor, script: Option<&Path>, count: Option<u16>, paced: bool) -> Result<(), Failure> {
    let script = script.map(|path| read_script(path, model.kind)).transpose()?.unwrap_or_default();
    let options = Options { paced, no_link: true, ..Options::default() };
    let device = Emulator::of(model, options).map_err(|fault| failed(fault.to_string()))?;
    print(&device.pty().display().to_string())?;

    if let Some(count) = count {
        measure(model, &device, count);
    }
    for (delay, line) in script {
        thread::sleep(delay);
        obey(&device, &line)?;
    }
    for line in io::stdin().lines() {
        let line = line.map_err(|error| failed(format!("cannot read the input: {error}")))?;
        obey(&device, &line)?;
    }
    // The input ended; the device goes on until Ctrl-C.
    loop {
        thread::park();
    }
}

fn measure(model: &Descriptor, device: &Emulator, count: u16) {
    if model.orders.contains(&Skill::Download) {
        return device.act(Act::Records(count));
    }
    if [Skill::Measure, Skill::Status].iter().any(|skill| model.orders.contains(skill)) && !speaks_up(model) {
        return eprintln!("`{}` measures as often as it is told to: --count changes nothing", model.model);
    }
    for place in 0..count {
        if place > 0 {
            thread::sleep(pause_between(model.kind));
        }
        if place > 0 && model.kind == Kind::Spo2 {
            // The same finger again is no second measurement.
            let _ = device.tell("off");
            thread::sleep(Duration::from_secs(1));
        }
        // An empty line is known to every device.
        let _ = device.tell("");
    }
}

/// Whether a device says something when somebody is measured, without being asked.
fn speaks_up(model: &Descriptor) -> bool {
    let now = Instant::now();
    let device = model.emulated(Wall::new(now, Local::now().naive_local()));
    let usual = emulate::read(model.kind, "");
    device.zip(usual.ok()).is_some_and(|(mut device, usual)| {
        let mut said = Vec::new();
        device.act(now, usual, &mut said);
        !said.is_empty() || device.deadline().is_some()
    })
}

/// How long one measurement takes until the next can be told from it.
fn pause_between(kind: Kind) -> Duration {
    match kind {
        Kind::Weight => Duration::from_millis(4500),
        Kind::IdCard => Duration::from_secs(4),
        Kind::Temperature => Duration::from_secs(2),
        Kind::Spo2 => Duration::from_secs(12),
        _ => Duration::ZERO,
    }
}

fn obey(device: &Emulator, line: &str) -> Result<(), Failure> {
    let words: Vec<&str> = line.split_whitespace().collect();
    match words[..] {
        ["unplug"] => device.unplug(),
        ["plug"] => {
            device.plug();
            print(&device.pty().display().to_string())?;
        }
        ["behave", ref how @ ..] => match behaviour(how) {
            Some(how) => device.behave(how),
            None => eprintln!("{SAYS_BEHAVIOUR}"),
        },
        _ => {
            if let Err(cannot) = device.tell(line) {
                eprintln!("{cannot}");
            }
        }
    }
    Ok(())
}

fn behaviour(words: &[&str]) -> Option<Behaviour> {
    match words {
        ["good"] => Some(Behaviour::Good),
        ["silent"] => Some(Behaviour::Silent),
        ["slow", ms] => ms.parse().ok().map(|ms| Behaviour::Slow(Duration::from_millis(ms))),
        ["garbage"] => Some(Behaviour::Garbage),
        ["bad_checksum"] => Some(Behaviour::BadChecksum),
        ["half"] => Some(Behaviour::Half),
        ["hang_up"] => Some(Behaviour::HangUp),
        _ => None,
    }
}

/// Reads a whole script before its first line is done: a slip in its last line is told at once.
fn read_script(path: &Path, kind: Kind) -> Result<Vec<(Duration, String)>, Failure> {
    let text = read(path)?;
    let lines = text.lines().map(str::trim).enumerate();
    let steps = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#')).map(|(place, line)| {
        script_step(line, kind).map_err(|says| wrong_use(&format!("{}, line {}: {says}", path.display(), place + 1)))
    });
    steps.collect()
}

fn script_step(line: &str, kind: Kind) -> Result<(Duration, String), String> {
    let (pause, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let pause = pause_of(pause).ok_or("it begins with no pause such as 500ms, 2s or 1min")?;
    let rest = rest.trim();
    match rest.split_whitespace().collect::<Vec<_>>()[..] {
        ["unplug" | "plug"] => {}
        ["behave", ref how @ ..] => {
            behaviour(how).ok_or(SAYS_BEHAVIOUR)?;
        }
        _ => {
            emulate::read(kind, rest).map_err(|cannot| cannot.to_string())?;
        }
    }
    Ok((pause, rest.to_owned()))
}

fn pause_of(text: &str) -> Option<Duration> {
    let (number, unit) = text.split_at(text.find(|letter: char| letter.is_ascii_alphabetic())?);
    let number: u64 = number.parse().ok()?;
    match unit {
        "ms" => Some(Duration::from_millis(number)),
        "s" => Some(Duration::from_secs(number)),
        "min" => number.checked_mul(60).map(Duration::from_secs),
        _ => None,
    }
}

const SAYS_BEHAVIOUR: &str = "no such behaviour; good, silent, slow MS, garbage, bad_checksum, half, hang_up";
