//! USB devices with bulk endpoints and no driver of the kernel. The only file that opens them, through `nusb`.

use std::io::{ErrorKind, Read, Write};
use std::time::Duration;

use nusb::descriptors::TransferType;
use nusb::io::{EndpointRead, EndpointWrite};
use nusb::transfer::{Bulk, Direction, In, Out};
use nusb::{Device, MaybeFuture};

use super::{Transport, Trouble};

struct BulkPipe {
    from: EndpointRead<Bulk>,
    to: EndpointWrite<Bulk>,
    port: String,
}

/// An interface and its two bulk endpoints.
struct Pipes {
    interface: u8,
    setting: u8,
    from: u8,
    to: u8,
}

/// Opens the first device with this vendor and product, and claims its first interface with a bulk endpoint each way.
///
/// # Errors
/// When none is plugged in, it is not permitted, another program has it, or it has no such interface.
pub fn open(vendor: u16, product: u16) -> Result<Box<dyn Transport>, Trouble> {
    let port = format!("bulk:{vendor:04x}:{product:04x}");
    let missing = || Trouble::Missing(port.clone());
    // A machine without USB has nothing to list.
    let mut devices = nusb::list_devices().wait().map_err(|_| missing())?;
    let found = devices.find(|info| (info.vendor_id(), info.product_id()) == (vendor, product));
    let device = found.ok_or_else(missing)?.open().wait().map_err(|error| trouble(&port, &error))?;
    let no_pipes = || Trouble::Unfit { port: port.clone(), cause: "it has no bulk endpoints".to_owned() };
    let pipes = pipes(&device).ok_or_else(no_pipes)?;

    // Printers come with a driver of the kernel that would keep the interface.
    let claimed = device.detach_and_claim_interface(pipes.interface).wait();
    let interface = claimed.map_err(|error| trouble(&port, &error))?;
    if pipes.setting != 0 {
        interface.set_alt_setting(pipes.setting).wait().map_err(|error| trouble(&port, &error))?;
    }
    let from = interface.endpoint::<Bulk, In>(pipes.from).map_err(|error| trouble(&port, &error))?;
    let to = interface.endpoint::<Bulk, Out>(pipes.to).map_err(|error| trouble(&port, &error))?;
    Ok(Box::new(BulkPipe {
        from: from.reader(TRANSFER).with_num_transfers(1),
        to: to.writer(TRANSFER).with_write_timeout(WRITE_PATIENCE),
        port,
    }))
}

fn pipes(device: &Device) -> Option<Pipes> {
    let configuration = device.active_configuration().ok()?;
    configuration.interface_alt_settings().find_map(|setting| {
        let bulk = |direction| {
            let mut endpoints = setting.endpoints();
            endpoints.find(|end| end.transfer_type() == TransferType::Bulk && end.direction() == direction)
        };
        Some(Pipes {
            interface: setting.interface_number(),
            setting: setting.alternate_setting(),
            from: bulk(Direction::In)?.address(),
            to: bulk(Direction::Out)?.address(),
        })
    })
}

impl Transport for BulkPipe {
    fn read(&mut self, into: &mut [u8], patience: Duration) -> Result<usize, Trouble> {
        self.from.set_read_timeout(patience);
        match self.from.read(into) {
            Ok(count) => Ok(count),
            Err(error) if matches!(error.kind(), ErrorKind::TimedOut | ErrorKind::Interrupted) => Ok(0),
            Err(_) => Err(Trouble::Gone(self.port.clone())),
        }
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Trouble> {
        let written = self.to.write_all(bytes).and_then(|()| self.to.flush());
        written.map_err(|_| Trouble::Gone(self.port.clone()))
    }
}

fn trouble(port: &str, error: &nusb::Error) -> Trouble {
    let port = port.to_owned();
    match error.kind() {
        nusb::ErrorKind::PermissionDenied => Trouble::Denied(port),
        nusb::ErrorKind::Busy => Trouble::Busy(port),
        nusb::ErrorKind::Disconnected => Trouble::Gone(port),
        _ => Trouble::Unfit { port, cause: error.to_string() },
    }
}

/// A multiple of every packet size of bulk endpoints.
const TRANSFER: usize = 4096;
const WRITE_PATIENCE: Duration = Duration::from_secs(1);
