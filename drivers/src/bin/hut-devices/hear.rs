//! Hearing a device at its port: `listen` and `download`.

use std::convert::identity;
use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::sync::mpsc::{self, Receiver};

use chrono::Local;
use hut_drivers::ieee11073::time::drift;
use hut_drivers::reading::{Fault, FaultCode, Status};
use hut_drivers::transcript::Recorder;
use hut_drivers::transport::Trouble;
use hut_drivers::transport::serial::Address;
use hut_drivers::{Descriptor, Kind, Line, Order, Output, Port, PortEvent, Skill};

use crate::{Failure, failed, print, wrong_use};

pub fn listen(
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
            && results.iter().any(|result| matches!(result, Output::Fault(_)))
        {
            return Err(told_already());
        }
    }
    Ok(())
}

pub fn download(model: &Descriptor, port: Address, line: Option<Line>) -> Result<(), Failure> {
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
                show(&Output::Fault(fault))?;
                return Err(told_already());
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
        Output::Status(Status::NoAnswerYet { no_answer }) => {
            eprintln!("{no_answer}");
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
    matches!(
        output,
        Output::Reading(_)
            | Output::Identity(_)
            | Output::Code(_)
            | Output::Status(Status::Paper { .. } | Status::Cover { .. })
    )
}

/// It failed, and why was shown.
fn told_already() -> Failure {
    failed("")
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

const BAR: usize = 40;
