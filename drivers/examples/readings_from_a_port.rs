//! Readings from a port, here with an emulated monitor in the place of a real one.

use std::sync::mpsc;

use hut_drivers::emulate::Emulator;
use hut_drivers::transport::serial::Address;
use hut_drivers::{Catalog, Output, Port, PortEvent};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let monitor = Emulator::open("bp-omron-hbp9030")?;
    let model = Catalog::built_in().find("bp-omron-hbp9030").expect("a known model");
    let (sender, events) = mpsc::channel();
    let address = Address::Path(monitor.path().to_owned());
    let _port = Port::open(model, address, None, move |event| drop(sender.send(event)))?;
    monitor.tell("145 91 76")?;
    for event in events {
        if let PortEvent::Output(Output::Reading(reading)) = event {
            println!("{:?}", reading.values);
            break;
        }
    }
    Ok(())
}
