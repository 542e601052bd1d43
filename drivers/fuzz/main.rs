//! Fuzzing on the stable compiler: seeded mutations of vectors and transcripts against every parser of this crate.
//!
//! `./dev fuzz` runs each target for a minute. A target is a plain function on bytes (`targets.rs`), so that an engine guided by
//! coverage can drive the same ones. What was found stands in `fuzz/found/` and is replayed by the tests.

mod targets;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};
use std::{env, fs, panic, thread};

use targets::Target;

fn main() -> ExitCode {
    let mut arguments = env::args().skip(1);
    let mut seconds = 60;
    let mut seed = 1;
    let mut wanted = Vec::new();
    while let Some(argument) = arguments.next() {
        let mut number = || arguments.next().and_then(|text| text.parse().ok());
        match argument.as_str() {
            "--seconds" => seconds = number().unwrap_or(seconds),
            "--seed" => seed = number().unwrap_or(seed),
            "--list" => {
                println!("{}", names().join("\n"));
                return ExitCode::SUCCESS;
            }
            name if names().contains(&name.to_owned()) => wanted.push(name.to_owned()),
            name => {
                eprintln!("there is no target `{name}`; there are: {}", names().join(" "));
                return ExitCode::from(2);
            }
        }
    }
    let chosen = targets::all().into_iter().filter(|target| wanted.is_empty() || wanted.contains(&target.name));
    let failures = chosen.filter(|target| !run(target, Duration::from_secs(seconds), seed)).count();
    if failures == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn names() -> Vec<String> {
    targets::all().into_iter().map(|target| target.name).collect()
}

/// Runs one target for so long. `false`: something was found and written down.
fn run(target: &Target, span: Duration, seed: u64) -> bool {
    let corpus = targets::corpus(target);
    let mut random = fastrand::Rng::with_seed(seed);
    let (start, before) = (Instant::now(), resident());
    let (mut count, mut slowest) = (0u64, Duration::ZERO);
    while start.elapsed() < span {
        let input = mutated(&corpus, &mut random);
        let (result, mut took) = timed(target, &input);
        // A busy machine is slow too; only what is slow each time is a hang.
        for _ in 0..4 {
            if took > HANG {
                took = took.min(timed(target, &input).1);
            }
        }
        (count, slowest) = (count + 1, slowest.max(took));
        if result.is_err() || took > HANG {
            let path = write_down(target, &input);
            eprintln!("{}: {} at {}", target.name, if result.is_err() { "a panic" } else { "a hang" }, path.display());
            return false;
        }
    }
    let grown = resident().saturating_sub(before) / 1024;
    println!("{:28} {count:>10} runs  slowest {slowest:>9.1?}  memory +{grown} KiB", target.name);
    let bounded = grown < MEMORY_KIB;
    if !bounded {
        eprintln!("{}: memory grew by {grown} KiB", target.name);
    }
    bounded
}

fn timed(target: &Target, input: &[u8]) -> (thread::Result<()>, Duration) {
    let began = Instant::now();
    let result = panic::catch_unwind(|| (target.run)(input));
    (result, began.elapsed())
}

/// One input: something known, damaged in one to eight places.
fn mutated(corpus: &[Vec<u8>], random: &mut fastrand::Rng) -> Vec<u8> {
    let pick = |random: &mut fastrand::Rng| random.choice(corpus).cloned().unwrap_or_default();
    let mut bytes = pick(random);
    for _ in 0..random.usize(1..=8) {
        let at = random.usize(0..=bytes.len());
        match random.u8(0..8) {
            0 if at < bytes.len() => bytes[at] ^= 1 << random.u8(0..8),
            1 if at < bytes.len() => bytes[at] = random.u8(..),
            2 if at < bytes.len() => bytes[at] = *random.choice(EDGES).unwrap_or(&0),
            3 => bytes.insert(at, random.u8(..)),
            4 => {
                let end = (at + random.usize(0..16)).min(bytes.len());
                bytes.drain(at..end);
            }
            5 => {
                let end = (at + random.usize(0..64)).min(bytes.len());
                let piece = bytes[at..end].to_vec();
                bytes.splice(at..at, piece);
            }
            6 => {
                let other = pick(random);
                let (from, to) = (random.usize(0..=other.len()), random.usize(0..=other.len()));
                bytes.splice(at..at, other[from.min(to)..from.max(to)].iter().copied());
            }
            _ => bytes.truncate(at.max(1)),
        }
    }
    bytes.truncate(LONGEST);
    bytes
}

fn write_down(target: &Target, input: &[u8]) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/found").join(&target.name);
    let sum =
        input.iter().fold(0xcbf2_9ce4_8422_2325u64, |sum, byte| (sum ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3));
    let path = folder.join(format!("{sum:016x}"));
    if let Err(error) = fs::create_dir_all(&folder).and_then(|()| fs::write(&path, input)) {
        eprintln!("cannot write {}: {error}", path.display());
    }
    path
}

/// Resident memory in bytes; 0 where the system does not tell.
fn resident() -> usize {
    let pages = fs::read_to_string("/proc/self/statm").ok().and_then(|text| text.split(' ').nth(1)?.parse().ok());
    pages.unwrap_or(0) * 4096
}

const EDGES: &[u8] = &[0x00, 0x01, 0x02, 0x03, 0x7F, 0x80, 0xFE, 0xFF, b'\r', b'\n', b' ', b'0', b'9'];
/// Longer than this for one input is a hang (R14).
const HANG: Duration = Duration::from_millis(100);
/// Allocators keep some; a leak of every run would be far above.
const MEMORY_KIB: usize = 16 * 1024;
const LONGEST: usize = 16 * 1024;
