//! Decode throughput of each model, latency from the last byte on a line to the reading, and the rate of whole downloads.
//!
//! `./dev bench decode`. Rates are of this machine; what counts is that a line at 115200 baud brings 0.0115 MB/s.

use std::error::Error;
use std::io::Write;
use std::sync::mpsc;
use std::time::{Duration, Instant};
use std::{fs, path::Path};

use hut_drivers::emulate::{Act, Emulator};
use hut_drivers::transport::serial::Address;
use hut_drivers::{Catalog, Descriptor, Order, Output, Port, PortEvent, Skill};
use serialport::{SerialPort, TTYPort};

fn main() -> Result<(), Box<dyn Error>> {
    println!("{:28} {:>9}  {:>12}", "model", "MB/s", "frames/s");
    for model in Catalog::built_in().all() {
        throughput(model);
    }
    latency()?;
    for model in Catalog::built_in().all().iter().filter(|model| model.orders.contains(&Skill::Download)) {
        download(model)?;
    }
    Ok(())
}

/// Good frames of the model's vectors, again and again, in pieces of 64 bytes.
fn throughput(model: &Descriptor) {
    let frames = vectors(&model.model);
    let round: Vec<u8> = frames.concat();
    if round.is_empty() {
        return;
    }
    let wire: Vec<u8> =
        round.iter().copied().cycle().take(round.len() * (1usize << 20).div_ceil(round.len())).collect();
    let mut device = model.device();
    let (at, mut out, mut told) = (Instant::now(), Vec::new(), 0);
    for piece in wire.chunks(64) {
        device.decoder().handle_bytes(at, piece, &mut out);
        told += out.drain(..).filter(|output| !matches!(output, Output::Fault(_))).count();
    }
    let took = at.elapsed().as_secs_f64();
    println!("{:28} {:>9.1}  {:>12.0}", model.model, wire.len() as f64 / took / 1e6, told as f64 / took);
}

/// From the last byte written on a pseudo-terminal to the reading in the hand of the port's holder.
fn latency() -> Result<(), Box<dyn Error>> {
    let model = Catalog::built_in().find("bp-omron-hbp9030").ok_or("no such model")?;
    let (mut device, host) = TTYPort::pair()?;
    let path = host.name().ok_or("a pseudo-terminal without a name")?;
    let (sender, events) = mpsc::channel();
    let _port = Port::open(model, path.parse::<Address>()?, None, move |event| drop(sender.send(event)))?;
    while !matches!(events.recv()?, PortEvent::Up) {}
    let mut took = Vec::new();
    for _ in 0..1000 {
        device.write_all(b"2026,07,11,09,05,                    ,0,120,080,072,0\r\n")?;
        let written = Instant::now();
        while !matches!(events.recv()?, PortEvent::Output(Output::Reading(_))) {}
        took.push(written.elapsed());
    }
    took.sort_unstable();
    println!("last byte to reading: median {:.0?}, p99 {:.0?} of {}", took[500], took[990], took.len());
    Ok(())
}

/// A whole memory from an emulated meter whose line is not paced.
fn download(model: &Descriptor) -> Result<(), Box<dyn Error>> {
    let meter = Emulator::open(&model.model)?;
    meter.act(Act::Records(500));
    let (sender, events) = mpsc::channel();
    let address = meter.path().display().to_string().parse::<Address>()?;
    let port = Port::open(model, address, None, move |event| drop(sender.send(event)))?;
    let (mut first, mut records) = (None, 0);
    port.order(Order::Download)?;
    let until = Instant::now() + Duration::from_secs(30);
    while let Ok(event) = events.recv_timeout(until.saturating_duration_since(Instant::now())) {
        match event {
            PortEvent::Output(Output::Status(hut_drivers::reading::Status::Progress { .. })) => {
                first.get_or_insert_with(Instant::now);
            }
            PortEvent::Output(Output::Reading(_)) => records += 1,
            PortEvent::Output(Output::Status(hut_drivers::reading::Status::Downloaded { .. })) => break,
            _ => {}
        }
    }
    let took = first.map_or(Duration::ZERO, |first| first.elapsed());
    let rate = f64::from(records) / took.as_secs_f64();
    println!("{:28} {records} records in {took:.0?}: {rate:.0}/s", model.model);
    Ok(())
}

/// The bytes of the good vectors of a model.
fn vectors(model: &str) -> Vec<Vec<u8>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/vectors/{model}.toml"));
    let text = fs::read_to_string(path).unwrap_or_default();
    let each =
        text.split("[[vector]]").skip(1).filter(|vector| vector.contains("device->host") && !vector.contains("'fault"));
    let hex = each.filter_map(|vector| vector.split("'''\n").nth(2)?.split("'''").next());
    hex.map(|hex| hex.split_whitespace().filter_map(|pair| u8::from_str_radix(pair, 16).ok()).collect()).collect()
}
