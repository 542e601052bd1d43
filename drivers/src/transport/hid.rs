//! USB devices that speak in HID reports, through the kernel's hidraw. The only file that uses `hidapi`.
//!
//! What is read and written are reports without their id: these devices number none.

use std::ffi::CString;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::Duration;

use hidapi::{HidApi, HidDevice, HidError};

use super::{Transport, Trouble};

struct Hid {
    device: HidDevice,
    port: String,
}

/// Opens a raw HID node such as `/dev/hidraw0`.
///
/// # Errors
/// When it is not there, not permitted, or no such node.
pub fn open(path: &Path) -> Result<Box<dyn Transport>, Trouble> {
    let port = path.display().to_string();
    if !path.exists() {
        return Err(Trouble::Missing(port));
    }
    if rustix::fs::access(path, rustix::fs::Access::READ_OK | rustix::fs::Access::WRITE_OK).is_err() {
        return Err(Trouble::Denied(port));
    }
    let unfit = |cause: String| Trouble::Unfit { port: port.clone(), cause };
    let name = CString::new(path.as_os_str().as_bytes()).map_err(|error| unfit(error.to_string()))?;
    if path.to_str().is_none() {
        return Err(unfit("its name is no text".to_owned()));
    }
    let api = HidApi::new().map_err(|error| unfit(error.to_string()))?;
    let device = api.open_path(&name).map_err(|error| unfit(error.to_string()))?;
    Ok(Box::new(Hid { device, port }))
}

impl Hid {
    fn gone(&self) -> Trouble {
        Trouble::Gone(self.port.clone())
    }
}

impl Transport for Hid {
    fn read(&mut self, into: &mut [u8], patience: Duration) -> Result<usize, Trouble> {
        // Zero would not wait at all.
        let ms = i32::try_from(patience.as_millis()).unwrap_or(i32::MAX).max(1);
        match self.device.read_timeout(into, ms) {
            Ok(count) => Ok(count),
            Err(HidError::IoError { error }) if error.kind() == std::io::ErrorKind::Interrupted => Ok(0),
            // Pulled out: such a handle never recovers.
            Err(_) => Err(self.gone()),
        }
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Trouble> {
        self.device.write(&with_id(bytes)).map_err(|_| self.gone()).map(|_| ())
    }

    fn feature(&mut self, report: &[u8]) -> Result<(), Trouble> {
        self.device.send_feature_report(&with_id(report)).map_err(|_| self.gone())
    }
}

/// Report id 0: the device numbers none.
fn with_id(report: &[u8]) -> Vec<u8> {
    [&[0], report].concat()
}
