//! The commands of the drivers: see, decode, listen, download, emulate, replay. JSON on standard output.

mod arguments;
mod emulate;
mod hear;

use std::fs;
use std::io::{self, Read, Write};
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use hut_drivers::reading::unhex;
use hut_drivers::transcript::{Cut, Transcript};
use hut_drivers::transport::serial;
use hut_drivers::{Catalog, Descriptor, Output};
use serde_json::json;

use arguments::{Arguments, Command};
use emulate::emulate;
use hear::{download, listen};

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
        catalog.add_folder(folder).map_err(|fault| wrong_use(&format!("--devices: {}", fault.in_full("\n"))))?;
        for path in Catalog::passed_over(folder) {
            eprintln!("{} is passed over: the name of a descriptor ends with .toml", path.display());
        }
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
        bytes = std::str::from_utf8(&bytes)
            .ok()
            .and_then(unhex)
            .ok_or_else(|| wrong_use("the input is not hexadecimal text"))?;
    }
    let mut device = model.device();
    let mut out = Vec::new();
    device.decoder().handle_bytes(Instant::now(), &bytes, &mut out);
    while let Some(deadline) = device.decoder().deadline() {
        device.decoder().handle_timeout(deadline, &mut out);
    }
    let lines: Vec<_> = out.iter().filter_map(Output::to_json).collect();
    if lines.is_empty() {
        let (count, model) = (bytes.len(), &model.model);
        return Err(failed(format!(
            "{count} bytes, and no frame of {model} in them: is it this model, and are the bytes whole?"
        )));
    }
    lines.iter().try_for_each(|line| print(line))
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

fn read(path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path).map_err(|error| failed(format!("cannot read {}: {error}", path.display())))
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
