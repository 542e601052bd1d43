//! Opens USB personal health devices. The only file that uses `nusb`.

use std::collections::VecDeque;
use std::time::Duration;

use nusb::transfer::{Buffer, Bulk, ControlIn, ControlType, In, Out, Recipient, TransferError};
use nusb::{Endpoint, ErrorKind, MaybeFuture};

use super::{CLASS, Interface, Preamble, Which, interfaces, preamble};
use crate::transport::{Transport, Trouble};

struct Usb {
    bulk_in: Endpoint<Bulk, In>,
    bulk_out: Endpoint<Bulk, Out>,
    /// Read from the device and not yet by the port.
    held: VecDeque<u8>,
    name: String,
}

/// Opens the device that is meant.
///
/// # Errors
/// When it is not plugged in, may not be opened, or has no interface that fits.
pub fn open(which: Which) -> Result<Box<dyn Transport>, Trouble> {
    let name = which.to_string();
    let fits = |info: &nusb::DeviceInfo| match which {
        Which::Any => info.interfaces().any(|interface| interface.class() == CLASS),
        Which::Id(vendor, product) => (info.vendor_id(), info.product_id()) == (vendor, product),
    };
    let fault = |error: &nusb::Error| trouble(&name, error);
    let mut devices = nusb::list_devices().wait().map_err(|error| fault(&error))?;
    let info = devices.find(fits).ok_or_else(|| Trouble::Missing(name.clone()))?;
    let device = info.open().wait().map_err(|error| fault(&error))?;
    let unfit = |cause: &str| Trouble::Usb { port: name.clone(), cause: cause.to_owned() };
    let configuration = device.active_configuration().map_err(|_| unfit("it is not configured"))?;
    let interface = choose(interfaces(configuration.as_bytes()), which)
        .ok_or_else(|| unfit("it has no interface for IEEE 11073"))?;
    let (Some(bulk_in), Some(bulk_out)) = (interface.bulk_in, interface.bulk_out) else {
        return Err(unfit("it has no bulk endpoints"));
    };
    let claimed = device.claim_interface(interface.number).wait().map_err(|error| fault(&error))?;
    // Some meters want to be asked for their status before they speak; others do not mind.
    let status = ControlIn {
        control_type: ControlType::Standard,
        recipient: Recipient::Device,
        request: GET_STATUS,
        value: 0,
        index: 0,
        length: 2,
    };
    let _ = claimed.control_in(status, LONGEST_READ).wait();
    Ok(Box::new(Usb {
        bulk_in: claimed.endpoint(bulk_in.address).map_err(|error| fault(&error))?,
        bulk_out: claimed.endpoint(bulk_out.address).map_err(|error| fault(&error))?,
        held: VecDeque::new(),
        name,
    }))
}

/// An interface that says it speaks the protocol; of a device that is known by its ids, any that can be read and written.
fn choose(interfaces: Vec<Interface>, which: Which) -> Option<Interface> {
    let declared = interfaces.iter().find(|interface| interface.speaks_11073() && interface.is_bulk());
    let known = || interfaces.iter().find(|interface| which != Which::Any && interface.is_bulk());
    declared.or_else(known).cloned()
}

impl Usb {
    fn gone(&self) -> Trouble {
        Trouble::Gone(self.name.clone())
    }

    /// Takes one finished transfer in. An empty one ends a transfer of whole packets and says nothing.
    fn take(&mut self, bytes: &[u8]) -> Result<(), Trouble> {
        match preamble(bytes) {
            Preamble::None => self.held.extend(bytes),
            Preamble::Of { length, .. } => self.held.extend(&bytes[length..]),
            Preamble::Invalid => {
                self.held.clear();
                self.bulk_in.clear_halt().wait().map_err(|_| self.gone())?;
            }
        }
        Ok(())
    }
}

impl Transport for Usb {
    fn read(&mut self, into: &mut [u8], patience: Duration) -> Result<usize, Trouble> {
        if self.held.is_empty() {
            if self.bulk_in.pending() == 0 {
                let packet = self.bulk_in.max_packet_size().max(1);
                self.bulk_in.submit(Buffer::new(READ.next_multiple_of(packet)));
            }
            let Some(done) = self.bulk_in.wait_next_complete(patience.min(LONGEST_READ)) else {
                return Ok(0);
            };
            match done.status {
                Ok(()) => self.take(&done.buffer[..done.actual_len.min(done.buffer.len())])?,
                Err(TransferError::Cancelled) => {}
                Err(TransferError::Stall) => self.bulk_in.clear_halt().wait().map_err(|_| self.gone())?,
                Err(_) => return Err(self.gone()),
            }
        }
        let count = into.len().min(self.held.len());
        for (place, byte) in into.iter_mut().zip(self.held.drain(..count)) {
            *place = byte;
        }
        Ok(count)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Trouble> {
        let mut send = |bytes: &[u8]| self.bulk_out.transfer_blocking(bytes.to_vec().into(), WRITE).status.is_ok();
        let mut sent = send(bytes);
        let packet = self.bulk_out.max_packet_size();
        if sent && packet > 0 && bytes.len().is_multiple_of(packet) {
            // Whole packets alone do not end a transfer.
            sent = self.bulk_out.transfer_blocking(Vec::<u8>::new().into(), WRITE).status.is_ok();
        }
        if sent { Ok(()) } else { Err(self.gone()) }
    }
}

fn trouble(name: &str, error: &nusb::Error) -> Trouble {
    let port = name.to_owned();
    match error.kind() {
        ErrorKind::Disconnected => Trouble::Gone(port),
        ErrorKind::Busy => Trouble::Busy(port),
        ErrorKind::PermissionDenied => Trouble::Denied(port),
        ErrorKind::NotFound => Trouble::Missing(port),
        _ => Trouble::Usb { port, cause: error.to_string() },
    }
}

/// More than most messages have; a longer one comes in several reads.
const READ: usize = 16 * 1024;
const LONGEST_READ: Duration = Duration::from_millis(250);
const WRITE: Duration = Duration::from_secs(1);
const GET_STATUS: u8 = 0;
