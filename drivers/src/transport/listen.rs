//! Devices that connect to us over TCP: one at a time, at one address of this machine.
//!
//! There is no authentication in such protocols: the address is that of one interface, never of all.

use std::io::{ErrorKind, Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use super::{Opener, Transport, Trouble};

/// A listening address, and the one device that has connected.
struct Listening {
    listener: TcpListener,
    device: Option<TcpStream>,
    address: SocketAddr,
}

/// Reads `127.0.0.1:6024`, `localhost:6024` or `[::1]:6024`; `None` for every interface at once, and for no address.
pub fn parse(text: &str) -> Option<SocketAddr> {
    let address = match text.strip_prefix("localhost:") {
        Some(port) => SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port.parse().ok()?),
        None => text.parse().ok()?,
    };
    let one = !address.ip().is_unspecified() && !address.ip().is_multicast() && address.ip() != Ipv4Addr::BROADCAST;
    one.then_some(address)
}

/// Returns what listens at `address`. It stays bound between two connections, so that no device is refused.
pub fn opener(address: SocketAddr) -> Opener {
    let mut bound: Option<TcpListener> = None;
    Box::new(move || {
        let listener = match &bound {
            Some(listener) => listener.try_clone(),
            None => TcpListener::bind(address),
        };
        let listener = listener.and_then(|listener| {
            listener.set_nonblocking(true)?;
            bound = Some(listener.try_clone()?);
            Ok(listener)
        });
        match listener {
            Ok(listener) => Ok(Box::new(Listening { listener, device: None, address })),
            Err(error) => Err(trouble(address, &error)),
        }
    })
}

fn trouble(address: SocketAddr, error: &std::io::Error) -> Trouble {
    let port = name(address);
    match error.kind() {
        ErrorKind::AddrInUse => Trouble::Busy(port),
        ErrorKind::PermissionDenied => Trouble::Denied(port),
        _ => Trouble::Address { port, cause: error.to_string() },
    }
}

fn name(address: SocketAddr) -> String {
    format!("listen:{address}")
}

impl Listening {
    /// Takes the first device in and turns others away.
    fn accept(&mut self) {
        while let Ok((stream, _)) = self.listener.accept() {
            let ready = stream.set_nonblocking(false).and_then(|()| stream.set_write_timeout(Some(WRITE)));
            if self.device.is_none() && ready.is_ok() {
                // Answers are short and waited for. Not vital.
                let _ = stream.set_nodelay(true);
                self.device = Some(stream);
            }
        }
    }
}

impl Transport for Listening {
    fn read(&mut self, into: &mut [u8], patience: Duration) -> Result<usize, Trouble> {
        let until = Instant::now() + patience;
        self.accept();
        while self.device.is_none() {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(0);
            }
            thread::sleep(left.min(LOOK));
            self.accept();
        }
        let gone = || Trouble::Gone(name(self.address));
        let Some(device) = &mut self.device else { return Ok(0) };
        let left = until.saturating_duration_since(Instant::now());
        // Zero would mean to wait for ever.
        device.set_read_timeout(Some(left.max(Duration::from_millis(1)))).map_err(|_| gone())?;
        match device.read(into) {
            Ok(0) => Err(gone()),
            Ok(count) => Ok(count),
            Err(error) => match error.kind() {
                ErrorKind::TimedOut | ErrorKind::WouldBlock | ErrorKind::Interrupted => Ok(0),
                _ => Err(gone()),
            },
        }
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Trouble> {
        match &mut self.device {
            Some(device) => device.write_all(bytes).map_err(|_| Trouble::Gone(name(self.address))),
            // Nobody is there to hear it.
            None => Ok(()),
        }
    }
}

const LOOK: Duration = Duration::from_millis(20);
const WRITE: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_interface_is_listened_on() {
        for good in ["127.0.0.1:6024", "localhost:6024", "[::1]:6024", "192.168.7.1:6024"] {
            assert!(parse(good).is_some(), "{good}");
        }
        for wrong in ["0.0.0.0:6024", "[::]:6024", "6024", "127.0.0.1", "host:6024", "224.0.0.1:6024", ":6024"] {
            assert!(parse(wrong).is_none(), "{wrong}");
        }
    }
}
