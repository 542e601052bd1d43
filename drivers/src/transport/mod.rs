//! The only room that touches ports: [`Transport`], its kinds, and two for tests.

use std::time::Duration;

use crate::reading::FaultCode;

#[cfg(all(feature = "serial", feature = "nusb"))]
pub mod bulk;
pub mod faulty;
#[cfg(all(feature = "serial", feature = "hid"))]
pub mod hid;
#[cfg(feature = "serial")]
pub mod listen;
pub mod phdc;
pub mod replay;
#[cfg(feature = "serial")]
pub mod serial;
#[cfg(feature = "serial")]
pub mod sysfs;
#[cfg(feature = "serial")]
pub mod tcp;

/// A byte stream to and from a device. Dropping it closes it.
pub trait Transport: Send {
    /// Waits at most `patience` for bytes; `0` = nothing came. An error means that this transport never recovers.
    fn read(&mut self, into: &mut [u8], patience: Duration) -> Result<usize, Trouble>;
    /// Writes all bytes.
    fn write(&mut self, bytes: &[u8]) -> Result<(), Trouble>;
    /// Sends a HID feature report, without its id. Means nothing to other devices, nor to emulated ones.
    fn feature(&mut self, _report: &[u8]) -> Result<(), Trouble> {
        Ok(())
    }
}

/// Opens a transport; called again and again while the device is away.
pub type Opener = Box<dyn FnMut() -> Result<Box<dyn Transport>, Trouble> + Send>;

/// Why a port cannot be used now. The words say what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// Nothing is plugged in there.
    #[error("nothing is plugged in at `{0}`; plug the device in and switch it on, or choose its port again")]
    Missing(String),
    /// The operating system does not let this user open it.
    #[error(
        "no permission for `{0}`; add the user of the client to the group that owns the port (often dialout); a USB \
         device without a serial port also needs udev/70-health-hut.rules"
    )]
    Denied(String),
    /// Another program has it.
    #[error("`{0}` is used by another program; close that program")]
    Busy(String),
    /// It was there and went away.
    #[error("the device at `{0}` is gone; check its plug and its power")]
    Gone(String),
    /// There is something, but nothing that can be spoken to with these settings.
    #[error("`{port}` cannot be used ({cause}); choose another port or line setting")]
    Unfit {
        /// The port.
        port: String,
        /// What the system said.
        cause: String,
    },
    /// There is a USB device, but none that speaks as a health device, or USB cannot be used here.
    #[error("`{port}` cannot be used as a USB health device ({cause}); plug it in again, or choose another port")]
    Usb {
        /// The port.
        port: String,
        /// What is wrong.
        cause: String,
    },
    /// This machine has no such address to listen at.
    #[error("`{port}` cannot be listened at ({cause}); name the address of one interface of this machine")]
    Address {
        /// The address.
        port: String,
        /// What the system said.
        cause: String,
    },
}

impl Trouble {
    /// The fault code of the contract: `denied` or `gone`.
    pub fn code(&self) -> FaultCode {
        match self {
            Trouble::Denied(_) | Trouble::Busy(_) => FaultCode::Denied,
            Trouble::Missing(_)
            | Trouble::Gone(_)
            | Trouble::Unfit { .. }
            | Trouble::Usb { .. }
            | Trouble::Address { .. } => FaultCode::Gone,
        }
    }
}
