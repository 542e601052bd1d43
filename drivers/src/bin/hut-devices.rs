//! The commands of the drivers: see, decode, listen, download, emulate, replay. JSON on standard output.

use std::convert::identity;
use std::fs::{self, File};
use std::io::{self, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use chrono::Local;
use clap::{Parser, Subcommand};
use hut_drivers::emulate::{self, Act, Behaviour, Emulator, Options, Wall};
use hut_drivers::ieee11073::time::drift;
use hut_drivers::reading::{Fault, FaultCode, Status};
use hut_drivers::transcript::{Cut, Recorder, Transcript};
use hut_drivers::transport::Trouble;
use hut_drivers::transport::serial::{self, Address};
use hut_drivers::{Catalog, Descriptor, Kind, Line, Order, Output, Port, PortEvent, Skill};
use serde_json::json;

/// Readings from health devices on the command line.
#[derive(Parser)]
#[command(version, about, max_term_width = 100)]
struct Arguments {
    /// A folder with descriptors of your own (*.toml), known beside the built-in models.
    #[arg(long, global = true, value_name = "DIR")]
    devices: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Lists every supported model.
    #[command(after_help = "Example: hut-devices models --json")]
    Models {
        /// One JSON array instead of a table.
        #[arg(long)]
        json: bool,
    },
    /// Lists what is plugged in, one JSON object a line; opens nothing.
    #[command(after_help = "Example: hut-devices list")]
    List,
    /// Turns a device's bytes on standard input into JSON Lines, one for each frame.
    #[command(
        after_help = "Example: echo '53 54 2C 2B 30 30 30 37 31 2E 34 20 20 6B 67 0D 0A' | hut-devices decode scale-st-gs --hex"
    )]
    Decode {
        /// Model id or protocol name.
        model: String,
        /// The input is hexadecimal text, with or without blanks.
        #[arg(long)]
        hex: bool,
    },
    /// Tells settled readings from a port as they come, until Ctrl-C.
    #[command(after_help = "Example: hut-devices listen bp-omron-hbp9030 --port /dev/ttyACM0 --once")]
    Listen {
        /// Model id or protocol name.
        model: String,
        /// Path of the port, or usb:, hid:, bulk:VVVV:PPPP, tcp:HOST:PORT, listen:ADDRESS:PORT, phdc:any.
        #[arg(long)]
        port: Address,
        /// Line settings instead of the model's own, such as "2400 7E1".
        #[arg(long)]
        line: Option<Line>,
        /// End after the first result.
        #[arg(long)]
        once: bool,
        /// Write a transcript of everything said. Refused for card readers and scanners.
        #[arg(long)]
        record: Option<PathBuf>,
    },
    /// Reads a meter's memory.
    #[command(after_help = "Example: hut-devices download glucose-onetouch-ultra2 --port /dev/ttyUSB0")]
    Download {
        /// Model id or protocol name.
        model: String,
        /// Path of the port, or usb:, hid:, bulk:VVVV:PPPP, tcp:HOST:PORT, listen:ADDRESS:PORT, phdc:any.
        #[arg(long)]
        port: Address,
        /// Line settings instead of the model's own.
        #[arg(long)]
        line: Option<Line>,
    },
    /// Behaves as a device on a pseudo-terminal, whose path is the first line of output.
    #[command(after_help = EMULATE_HELP)]
    Emulate {
        /// Model id or protocol name.
        model: String,
        /// Lines with a delay in front, done before standard input is read.
        #[arg(long)]
        script: Option<PathBuf>,
        /// Fill a meter's memory with so many records; others measure so many times, but for those that wait for a command.
        #[arg(long)]
        count: Option<u16>,
        /// Speak no faster than the model's line.
        #[arg(long)]
        baud_paced: bool,
    },
    /// Replays a transcript against the decoder and says where it differs.
    #[command(after_help = "Example: hut-devices replay transcripts/scale-st-gs/steady.txt")]
    Replay {
        /// The transcript.
        file: PathBuf,
    },
}

/// Why a command ended badly: its words, and 1 = the thing failed or 2 = wrong use.
struct Failure {
    says: String,
    status: u8,
}

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            if !failure.says.is_empty() {
                eprintln!("{}", failure.says);
            }
            ExitCode::from(failure.status)
        }
    }
}

fn run(arguments: Arguments) -> Result<(), Failure> {
    let mut catalog = Catalog::built_in().clone();
    if let Some(folder) = &arguments.devices {
        catalog.add_folder(folder).map_err(|fault| wrong_use(&in_full(&fault)))?;
    }
    let find = |model: &str| {
        let found = catalog.find(model);
        found.ok_or_else(|| wrong_use(&format!("there is no model `{model}`; `hut-devices models` lists them")))
    };
    match arguments.command {
        Command::Models { json } => models(&catalog, json),
        Command::List => list(),
        Command::Decode { model, hex } => decode(find(&model)?, hex),
        Command::Listen { model, port, line, once, record } => {
            listen(find(&model)?, port, line, once, record.as_deref())
        }
        Command::Download { model, port, line } => download(find(&model)?, port, line),
        Command::Emulate { model, script, count, baud_paced } => {
            emulate(find(&model)?, script.as_deref(), count, baud_paced)
        }
        Command::Replay { file } => replay(&catalog, &file),
    }
}

fn models(catalog: &Catalog, as_json: bool) -> Result<(), Failure> {
    let all = catalog.all();
    if as_json {
        let rows: Vec<_> = all.iter().map(model_row).collect();
        return print(&json!(rows).to_string());
    }
    for model in all {
        let row = model_row(model);
        let word = |key: &str| row[key].as_str().unwrap_or_default().to_owned();
        let experimental = if model.experimental { "  experimental" } else { "" };
        let line = format!(
            "{:28} {:15} {:8} {:16} {}{experimental}",
            model.model,
            word("class"),
            word("transport"),
            word("evidence"),
            model.name
        );
        print(&line)?;
    }
    Ok(())
}

fn model_row(model: &Descriptor) -> serde_json::Value {
    json!({
        "id": model.model,
        "name": model.name,
        "class": model.kind,
        "protocol": model.protocol,
        "transport": model.transport,
        "evidence": model.evidence,
        "experimental": model.experimental,
        "setup": model.setup,
    })
}

fn list() -> Result<(), Failure> {
    for found in serial::list() {
        print(&json!(found).to_string())?;
    }
    Ok(())
}

fn decode(model: &Descriptor, hex: bool) -> Result<(), Failure> {
    let mut bytes = Vec::new();
    io::stdin().read_to_end(&mut bytes).map_err(|error| failed(format!("cannot read the input: {error}")))?;
    if hex {
        bytes = unhex(&bytes).ok_or_else(|| wrong_use("the input is not hexadecimal text"))?;
    }
    let mut device = model.device();
    let mut out = Vec::new();
    device.decoder().handle_bytes(Instant::now(), &bytes, &mut out);
    while let Some(deadline) = device.decoder().deadline() {
        device.decoder().handle_timeout(deadline, &mut out);
    }
    let lines: Vec<_> = out.iter().filter_map(Output::to_json).collect();
    if lines.is_empty() {
        eprintln!(
            "{} bytes, and no frame of {} in them: is it this model, and are the bytes whole?",
            bytes.len(),
            model.model
        );
    }
    lines.iter().try_for_each(|line| print(line))
}

fn listen(
    model: &Descriptor,
    port: Address,
    line: Option<Line>,
    once: bool,
    record: Option<&Path>,
) -> Result<(), Failure> {
    let (port, events) = open(model, port, line, record)?;
    if let Some(order) = model.listens.and_then(Skill::order) {
        port.order(order).map_err(|refused| failed(refused.to_string()))?;
    }
    let mut was_up = false;
    for event in events.into_iter().map_while(identity) {
        let results = match event {
            PortEvent::Up => {
                was_up = true;
                eprintln!("listening");
                continue;
            }
            PortEvent::Remember(_) => continue,
            PortEvent::Down { why } if !was_up => return Err(failed(why.to_string())),
            PortEvent::Down { why } => vec![down(&why)],
            PortEvent::NoAnswer => vec![no_answer()],
            PortEvent::Fresh(readings) => readings.into_iter().map(Output::Reading).collect(),
            PortEvent::Output(output) => vec![output],
        };
        for result in &results {
            show(result)?;
        }
        if results.iter().any(is_result) {
            // What is printed is safe: some devices wait for that word.
            port.kept();
        }
        if once && results.iter().any(is_result) {
            return Ok(());
        }
        // A measurement that was asked for and failed is not begun again unasked.
        if once
            && model.listens == Some(Skill::Measure)
            && let Some(Output::Fault(fault)) = results.iter().find(|result| matches!(result, Output::Fault(_)))
        {
            return Err(failed(fault.code.to_string()));
        }
    }
    Ok(())
}

fn download(model: &Descriptor, port: Address, line: Option<Line>) -> Result<(), Failure> {
    if !model.orders.contains(&Skill::Download) {
        return Err(wrong_use(&format!("`{}` has no memory to read; use `listen`", model.model)));
    }
    let (port, events) = open(model, port, line, None)?;
    port.order(Order::Download).map_err(|refused| failed(refused.to_string()))?;
    for event in events.into_iter().map_while(identity) {
        match event {
            PortEvent::Down { why } => return Err(failed(why.to_string())),
            PortEvent::Output(Output::Status(Status::Progress { done, of })) => progress(done, of),
            PortEvent::Output(Output::Status(Status::Downloaded { .. })) => return Ok(()),
            // A single record that is no use does not end a download.
            PortEvent::Output(Output::Fault(fault))
                if !matches!(fault.code, FaultCode::InvalidTimestamp | FaultCode::OutOfRange | FaultCode::NoUnit) =>
            {
                show(&Output::Fault(fault.clone()))?;
                return Err(failed(fault.says));
            }
            PortEvent::Output(output) => {
                show(&output)?;
                if is_result(&output) {
                    port.kept();
                }
            }
            PortEvent::Up | PortEvent::NoAnswer | PortEvent::Fresh(_) | PortEvent::Remember(_) => {}
        }
    }
    Err(failed("interrupted: the memory was not read to its end"))
}

fn emulate(model: &Descriptor, script: Option<&Path>, count: Option<u16>, paced: bool) -> Result<(), Failure> {
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

fn replay(catalog: &Catalog, file: &Path) -> Result<(), Failure> {
    let text = read(file)?;
    let transcript =
        Transcript::parse(&text).map_err(|fault| failed(format!("{} is no transcript: {fault}", file.display())))?;
    match transcript.replay(catalog, Instant::now(), Cut::AsWritten) {
        Ok(()) => print(&json!({ "replay": { "model": transcript.model, "same": true } }).to_string()),
        Err(difference) => {
            let found = json!({ "replay": {
                "model": transcript.model,
                "same": false,
                "line": difference.line,
                "wanted": difference.wanted,
                "got": difference.got,
            } });
            print(&found.to_string())?;
            Err(failed(format!("{} differs, {difference}", file.display())))
        }
    }
}

fn open(
    model: &Descriptor,
    address: Address,
    line: Option<Line>,
    record: Option<&Path>,
) -> Result<(Port, Receiver<Option<PortEvent>>), Failure> {
    let (sender, events) = mpsc::channel();
    let ended = sender.clone();
    // Ctrl-C, SIGTERM and a closed terminal end the command in order: the port is closed, a cuff is let down.
    ctrlc::set_handler(move || drop(ended.send(None)))
        .map_err(|error| failed(format!("cannot hear signals: {error}")))?;
    let tell = move |event| {
        // The receiver is gone only when this command is ending.
        let _ = sender.send(Some(event));
    };
    let opener = address.for_link(model.transport).opener(line.unwrap_or(model.port));
    let port = match record {
        None => Port::start(model, opener, tell),
        Some(_) if matches!(model.kind, Kind::IdCard | Kind::Scanner) => {
            return Err(wrong_use("card readers and scanners are not recorded: their bytes are a person's data"));
        }
        Some(path) => {
            let cannot = |error| failed(format!("cannot write {}: {error}", path.display()));
            let file = File::create(path).map_err(cannot)?;
            let mut recorder = Recorder::new(file, &model.model).map_err(cannot)?;
            Port::start_recorded(model, opener, tell, move |at, heard| {
                if let Err(error) = recorder.hear(at, heard) {
                    eprintln!("cannot write the transcript: {error}");
                }
            })
        }
    };
    Ok((port.map_err(|error| failed(format!("cannot start the port: {error}")))?, events))
}

fn show(output: &Output) -> Result<(), Failure> {
    match output {
        Output::Status(Status::LiveWeight { .. } | Status::Progress { .. }) => Ok(()),
        Output::Status(Status::Clock { device_time }) => {
            if let Some(ahead) = drift(device_time.moment, Local::now().naive_local()) {
                let (minutes, way) = (ahead.num_minutes().abs(), if ahead.num_minutes() > 0 { "fast" } else { "slow" });
                eprintln!("the device's clock is {minutes} minutes {way}; set it");
            }
            output.to_json().map_or(Ok(()), |line| print(&line))
        }
        Output::Fault(fault) => {
            eprintln!("{}", fault.says);
            output.to_json().map_or(Ok(()), |line| print(&line))
        }
        _ => output.to_json().map_or(Ok(()), |line| print(&line)),
    }
}

fn is_result(output: &Output) -> bool {
    matches!(output, Output::Reading(_) | Output::Identity(_) | Output::Code(_) | Output::Status(Status::Paper { .. }))
}

fn down(why: &Trouble) -> Output {
    Output::Fault(Fault::new(why.code(), why.to_string(), &[]))
}

fn no_answer() -> Output {
    let says = "the device does not answer; check that it is switched on and its cable is plugged in";
    Output::Fault(Fault::new(FaultCode::NoAnswer, says, &[]))
}

fn progress(done: u16, of: u16) {
    let mut terminal = io::stderr();
    if !terminal.is_terminal() {
        return;
    }
    let filled = usize::from(done) * BAR / usize::from(of.max(1));
    let end = if done == of { "\n" } else { "" };
    // A bar that cannot be drawn is no reason to stop a download.
    let _ = write!(terminal, "\r[{:BAR$}] {done} of {of}{end}", "#".repeat(filled));
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

fn read(path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path).map_err(|error| failed(format!("cannot read {}: {error}", path.display())))
}

/// A fault with what caused it, one below the other.
fn in_full(fault: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(fault), |fault| fault.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

fn unhex(text: &[u8]) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = text
        .iter()
        .filter(|byte| !byte.is_ascii_whitespace())
        .map(|byte| char::from(*byte).to_digit(16).map(|digit| digit as u8))
        .collect();
    let digits = digits?;
    (digits.len() % 2 == 0).then(|| digits.chunks(2).map(|pair| pair[0] * 16 + pair[1]).collect())
}

fn print(line: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}").and_then(|()| out.flush()).map_err(|error| match error.kind() {
        // Whoever read the output has seen enough.
        io::ErrorKind::BrokenPipe => Failure { says: String::new(), status: 0 },
        _ => failed(format!("cannot write the output: {error}")),
    })
}

fn failed(says: impl Into<String>) -> Failure {
    Failure { says: says.into(), status: 1 }
}

fn wrong_use(says: &str) -> Failure {
    Failure { says: says.to_owned(), status: 2 }
}

const BAR: usize = 40;
const SAYS_BEHAVIOUR: &str = "no such behaviour; good, silent, slow MS, garbage, bad_checksum, half, hang_up";
const EMULATE_HELP: &str = "\
Each line of standard input lets something happen; an empty line is the usual measurement of a device of its kind:
  blood pressure      145 91 76 | 145 91 76 moved | error 7 | records 50  (mmHg, mmHg, /min)
  weight              64.4 | on 64.4 | off                               (kg)
  height and weight   168.5 64.4                                         (cm, kg)
  glucose             101 | HI | LO | control 102 | ketone 5 | records 50 (mg/dL)
  oximeter            98 72 | off                                        (%, /min)
  thermometer         36.6                                               (degrees Celsius)
  card reader         lay | lay name=测试乙 sex=female birth=1960-05-01 | lay id=... | lift
  scanner             6901234567892                                      (the text of a code)
  printer             paper ok | paper low | paper out
  any                 clock 2026-11-22T08:30:00 | unplug | plug
                      behave good|silent|slow MS|garbage|bad_checksum|half|hang_up
A device that must be told to measure measures then what the last line said.
After `plug` the device is on another pseudo-terminal: its path is printed as one more line of output.
A script holds the same lines, each with the pause before it: 500ms 145 91 76 (or 2s, 1min); it is checked before it begins.

Example: hut-devices emulate bp-omron-hbp9030";
