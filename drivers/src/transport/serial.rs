//! Serial ports and pseudo-terminals. The only file that uses `serialport`.

use std::fs;
use std::io::{self, ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::{Duration, Instant};

use serde::Serialize;
use serialport::{DataBits, SerialPort, SerialPortInfo, SerialPortType, StopBits, TTYPort};

use super::{Opener, Transport, Trouble, listen, phdc, sysfs, tcp};
use crate::catalog::Catalog;
use crate::descriptor::{Line, Link, Parity, parse_usb};

/// Where a device is, as configurations write it: a path, `usb:0590:0028`, `hid:0590:0028`, `bulk:1247:00f8`,
/// `tcp:HOST:PORT`, `listen:ADDRESS:PORT` or `phdc:any`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// A path, best one of `/dev/serial/by-path/`: it survives renumbering.
    Path(PathBuf),
    /// The first serial port with this vendor and product.
    Usb(u16, u16),
    /// `HOST:PORT` of a serial server on the network; line settings are its own business.
    Tcp(String),
    /// Where a device connects to us: the address of one interface of this machine.
    Listen(SocketAddr),
    /// A USB personal health device.
    Phdc(phdc::Which),
    /// The first HID device with this vendor and product.
    Hid(u16, u16),
    /// The first USB device with this vendor and product, by its bulk endpoints.
    Bulk(u16, u16),
}

/// Text that is no address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no port; write a path such as /dev/serial/by-path/..., usb:0590:0028, tcp:HOST:PORT, phdc:any, phdc:173a:21d5 \
     or listen:127.0.0.1:6024 (the address of one interface; all of them at once would let anyone in)"
)]
pub struct AddressFault(pub String);

/// A port that is plugged in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Found {
    /// Its path now.
    pub port: PathBuf,
    /// Its path by physical socket, if the system keeps one.
    pub by_path: Option<PathBuf>,
    /// Its USB id, such as `067b:2303`.
    pub usb: Option<String>,
    /// The model that shows this id, if exactly one does.
    pub model: Option<String>,
    /// Whether it may be opened.
    pub access: Access,
}

/// Whether a port may be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    /// Yes.
    Ok,
    /// The operating system says no.
    Denied,
    /// Another program has it open.
    Busy,
}

/// An open serial port.
struct Serial {
    port: TTYPort,
    path: PathBuf,
    /// Which device the path meant when it was opened.
    device: Option<(u64, u64)>,
    looked: Instant,
}

impl FromStr for Address {
    type Err = AddressFault;

    fn from_str(text: &str) -> Result<Address, AddressFault> {
        let kinds =
            [("usb:", Address::Usb as fn(u16, u16) -> Address), ("hid:", Address::Hid), ("bulk:", Address::Bulk)];
        for (kind, address) in kinds {
            if let Some(id) = text.strip_prefix(kind) {
                let (vendor, product) = parse_usb(id).ok_or_else(|| AddressFault(text.to_owned()))?;
                return Ok(address(vendor, product));
            }
        }
        if let Some(server) = text.strip_prefix("tcp:") {
            let port = server.rsplit_once(':').and_then(|(_, port)| port.parse::<u16>().ok());
            port.ok_or_else(|| AddressFault(text.to_owned()))?;
            return Ok(Address::Tcp(server.to_owned()));
        }
        if let Some(address) = text.strip_prefix("listen:") {
            return listen::parse(address).map(Address::Listen).ok_or_else(|| AddressFault(text.to_owned()));
        }
        if let Some(which) = text.strip_prefix("phdc:") {
            return which.parse().map(Address::Phdc).map_err(|()| AddressFault(text.to_owned()));
        }
        if text.is_empty() {
            return Err(AddressFault(text.to_owned()));
        }
        Ok(Address::Path(PathBuf::from(text)))
    }
}

impl Address {
    /// What this address means for a model connected so: `usb:` is a HID device where the model is one.
    pub fn for_link(self, link: Link) -> Address {
        match (self, link) {
            (Address::Usb(vendor, product), Link::UsbHid) => Address::Hid(vendor, product),
            (Address::Usb(vendor, product), Link::UsbBulk) => Address::Bulk(vendor, product),
            (address, _) => address,
        }
    }

    /// Returns what opens this address with these line settings, as often as asked.
    pub fn opener(self, line: Line) -> Opener {
        if let Address::Listen(address) = self {
            // It stays bound from one opening to the next.
            return listen::opener(address);
        }
        Box::new(move || self.open(line))
    }

    /// Opens the port for this process alone.
    pub fn open(&self, line: Line) -> Result<Box<dyn Transport>, Trouble> {
        let path = match self {
            Address::Path(path) if path.to_string_lossy().starts_with("/dev/hidraw") => return open_hid(path),
            Address::Path(path) => path.clone(),
            Address::Hid(vendor, product) => {
                let missing = || Trouble::Missing(format!("hid:{vendor:04x}:{product:04x}"));
                let node = sysfs::hid().into_iter().find(|node| node.usb == (*vendor, *product));
                return open_hid(&node.ok_or_else(missing)?.path);
            }
            Address::Bulk(vendor, product) => return open_bulk(*vendor, *product),
            Address::Usb(vendor, product) => with_usb(*vendor, *product)?,
            Address::Tcp(server) => return tcp::open(server),
            Address::Listen(address) => return listen::opener(*address)(),
            Address::Phdc(which) => return open_phdc(*which),
        };
        let port = open_tty(&path, line).map_err(|error| trouble(&path, &error))?;
        let device = identity(&path);
        Ok(Box::new(Serial { port, path, device, looked: Instant::now() }))
    }
}

impl Transport for Serial {
    fn read(&mut self, into: &mut [u8], patience: Duration) -> Result<usize, Trouble> {
        let gone = || Trouble::Gone(self.path.display().to_string());
        if self.looked.elapsed() > LOOK_EVERY {
            self.looked = Instant::now();
            // A renumbered or replugged device leaves a dead handle behind without a word.
            if identity(&self.path) != self.device {
                return Err(gone());
            }
        }
        self.port.set_timeout(patience).map_err(|_| gone())?;
        match self.port.read(into) {
            Ok(0) => Err(gone()),
            Ok(count) => Ok(count),
            Err(error) if is_pause(&error) => Ok(0),
            // BrokenPipe, NotFound, NoDevice, EIO and whatever else: such a handle never recovers.
            Err(_) => Err(gone()),
        }
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Trouble> {
        let gone = |_| Trouble::Gone(self.path.display().to_string());
        self.port.set_timeout(WRITE_PATIENCE).map_err(gone)?;
        self.port.write_all(bytes).map_err(|_| Trouble::Gone(self.path.display().to_string()))
    }
}

/// Lists what is plugged in. Opens nothing.
pub fn list() -> Vec<Found> {
    let mut found: Vec<Found> = ports().into_iter().map(look).collect();
    found.extend(sysfs::hid().into_iter().filter_map(|node| claimed(node, Link::UsbHid)));
    found.extend(sysfs::usb().into_iter().filter_map(|node| claimed(node, Link::UsbBulk)));
    found.sort_by(|one, other| one.port.cmp(&other.port));
    found
}

fn look(info: SerialPortInfo) -> Found {
    let port = PathBuf::from(&info.port_name);
    let usb = match info.port_type {
        SerialPortType::UsbPort(usb) => Some((usb.vid, usb.pid)),
        _ => None,
    };
    let mut models = usb.iter().flat_map(|(vendor, product)| Catalog::built_in().with_usb(*vendor, *product));
    let model = match (models.next(), models.next()) {
        (Some(only), None) => Some(only.model.clone()),
        _ => None,
    };
    Found {
        by_path: by_path(&port),
        usb: usb.map(|(vendor, product)| format!("{vendor:04x}:{product:04x}")),
        model,
        access: access(&port),
        port,
    }
}

/// A USB device without a serial port is worth telling when a model claims it.
fn claimed(node: sysfs::Node, link: Link) -> Option<Found> {
    let (vendor, product) = node.usb;
    let mut models = Catalog::built_in().with_usb(vendor, product).filter(|model| model.transport == link);
    let first = models.next()?;
    let model = models.next().is_none().then(|| first.model.clone());
    let usb = Some(format!("{vendor:04x}:{product:04x}"));
    Some(Found { by_path: None, usb, model, access: access(&node.path), port: node.path })
}

fn open_hid(path: &Path) -> Result<Box<dyn Transport>, Trouble> {
    #[cfg(feature = "hid")]
    return super::hid::open(path);
    #[cfg(not(feature = "hid"))]
    return Err(left_out(path.display().to_string(), "hid"));
}

fn open_bulk(vendor: u16, product: u16) -> Result<Box<dyn Transport>, Trouble> {
    #[cfg(feature = "nusb")]
    return super::bulk::open(vendor, product);
    #[cfg(not(feature = "nusb"))]
    return Err(left_out(format!("bulk:{vendor:04x}:{product:04x}"), "nusb"));
}

#[cfg(not(all(feature = "hid", feature = "nusb")))]
fn left_out(port: String, feature: &str) -> Trouble {
    Trouble::Unfit { port, cause: format!("this program was built without the feature `{feature}`") }
}

fn ports() -> Vec<SerialPortInfo> {
    // Without this folder `available_ports` panics.
    if !Path::new("/sys/class/tty").is_dir() {
        return Vec::new();
    }
    serialport::available_ports().unwrap_or_default()
}

fn with_usb(vendor: u16, product: u16) -> Result<PathBuf, Trouble> {
    let fits = |info: &SerialPortInfo| matches!(&info.port_type, SerialPortType::UsbPort(usb) if (usb.vid, usb.pid) == (vendor, product));
    match ports().into_iter().find(fits) {
        Some(info) => Ok(PathBuf::from(info.port_name)),
        None => Err(Trouble::Missing(format!("usb:{vendor:04x}:{product:04x}"))),
    }
}

fn by_path(port: &Path) -> Option<PathBuf> {
    let links = fs::read_dir("/dev/serial/by-path").ok()?;
    links
        .filter_map(|link| Some(link.ok()?.path()))
        .find(|link| fs::canonicalize(link).is_ok_and(|target| target == port))
}

fn access(port: &Path) -> Access {
    use rustix::fs::Access as Mode;
    if rustix::fs::access(port, Mode::READ_OK | Mode::WRITE_OK).is_err() {
        return Access::Denied;
    }
    if is_open_elsewhere(port) { Access::Busy } else { Access::Ok }
}

/// Whether a process that we may look at has the port open.
fn is_open_elsewhere(port: &Path) -> bool {
    let Ok(processes) = fs::read_dir("/proc") else {
        return false;
    };
    let handles = processes.flatten().filter_map(|process| fs::read_dir(process.path().join("fd")).ok());
    handles.flatten().flatten().any(|handle| fs::read_link(handle.path()).is_ok_and(|target| target == port))
}

fn open_tty(path: &Path, line: Line) -> serialport::Result<TTYPort> {
    let builder = serialport::new(path.to_string_lossy(), line.baud)
        .data_bits(match line.data {
            5 => DataBits::Five,
            6 => DataBits::Six,
            7 => DataBits::Seven,
            _ => DataBits::Eight,
        })
        .parity(match line.parity {
            Parity::None => serialport::Parity::None,
            Parity::Even => serialport::Parity::Even,
            Parity::Odd => serialport::Parity::Odd,
        })
        .stop_bits(if line.stop == 2 { StopBits::Two } else { StopBits::One });
    let plain = builder.clone().data_bits(DataBits::Eight).parity(serialport::Parity::None);
    match TTYPort::open(&builder) {
        // A pseudo-terminal carries bytes, not bits; some refuse to be told about parity.
        Err(_) if is_pty(path) => TTYPort::open(&plain),
        result => result,
    }
}

#[cfg(feature = "nusb")]
fn open_phdc(which: phdc::Which) -> Result<Box<dyn Transport>, Trouble> {
    phdc::open(which)
}

#[cfg(not(feature = "nusb"))]
fn open_phdc(which: phdc::Which) -> Result<Box<dyn Transport>, Trouble> {
    let cause = "this program was built without the feature `nusb`".to_owned();
    Err(Trouble::Usb { port: which.to_string(), cause })
}

fn is_pty(path: &Path) -> bool {
    fs::canonicalize(path).is_ok_and(|target| target.starts_with("/dev/pts"))
}

fn trouble(path: &Path, error: &serialport::Error) -> Trouble {
    use serialport::ErrorKind as Kind;
    let port = path.display().to_string();
    match error.kind() {
        _ if !path.exists() => Trouble::Missing(port),
        Kind::Io(ErrorKind::NotFound) => Trouble::Missing(port),
        Kind::Io(ErrorKind::PermissionDenied) => Trouble::Denied(port),
        Kind::NoDevice => Trouble::Busy(port),
        _ => Trouble::Unfit { port, cause: error.to_string() },
    }
}

fn identity(path: &Path) -> Option<(u64, u64)> {
    let metadata = fs::metadata(path).ok()?;
    Some((metadata.rdev(), metadata.ino()))
}

fn is_pause(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::TimedOut | ErrorKind::Interrupted | ErrorKind::WouldBlock)
}

const LOOK_EVERY: Duration = Duration::from_millis(500);
const WRITE_PATIENCE: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_configurations_write_them() {
        let path = PathBuf::from("/dev/ttyUSB0");
        assert_eq!("/dev/ttyUSB0".parse(), Ok(Address::Path(path)));
        assert_eq!("usb:0590:0028".parse(), Ok(Address::Usb(0x0590, 0x0028)));
        assert_eq!("tcp:10.0.0.9:4001".parse(), Ok(Address::Tcp("10.0.0.9:4001".to_owned())));
        assert_eq!("phdc:any".parse(), Ok(Address::Phdc(phdc::Which::Any)));
        assert_eq!("phdc:173a:21d5".parse(), Ok(Address::Phdc(phdc::Which::Id(0x173A, 0x21D5))));
        assert!(matches!("listen:127.0.0.1:6024".parse(), Ok(Address::Listen(_))));
        for wrong in [
            "",
            "listen:0.0.0.0:6024",
            "listen:[::]:6024",
            "phdc:all",
            "usb:590:28",
            "usb:",
            "tcp:host",
            "tcp:host:port",
        ] {
            assert!(wrong.parse::<Address>().is_err(), "{wrong}");
        }
    }
}
