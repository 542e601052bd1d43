//! Behaving as a device: `emulate`.

use std::io;
use std::path::Path;
use std::thread;
use std::time::Duration;

use hut_drivers::emulate::{Act, Behaviour, Emulator, Options};
use hut_drivers::{Descriptor, Kind, Skill};

use crate::{Failure, failed, print, read};

pub fn emulate(model: &Descriptor, script: Option<&Path>, count: Option<u16>, paced: bool) -> Result<(), Failure> {
    let script = script.map(read_script).transpose()?.unwrap_or_default();
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
    for _ in 0..count {
        // An empty line is known to every device.
        let _ = device.tell("");
        thread::sleep(match model.kind {
            Kind::Weight => Duration::from_millis(4500),
            Kind::IdCard => Duration::from_secs(4),
            _ => Duration::ZERO,
        });
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
            None => eprintln!("no such behaviour; good, silent, slow MS, garbage, bad_checksum, half, hang_up"),
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

fn read_script(path: &Path) -> Result<Vec<(Duration, String)>, Failure> {
    let text = read(path)?;
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let steps = lines.map(|line| {
        let (delay, rest) = line.split_once(' ').unwrap_or((line, ""));
        let ms = delay.strip_suffix("ms").and_then(|ms| ms.parse().ok());
        let ms = ms.ok_or_else(|| failed(format!("{}: `{line}` has no delay such as 500ms", path.display())))?;
        Ok((Duration::from_millis(ms), rest.trim().to_owned()))
    });
    steps.collect()
}
