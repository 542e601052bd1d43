//! Serial servers on the network: the bytes of a line over TCP.

use std::io::{ErrorKind, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

use super::{Transport, Trouble};

struct Tcp {
    stream: TcpStream,
    server: String,
}

/// Connects to `HOST:PORT`.
///
/// # Errors
/// When nobody answers there within two seconds.
pub fn open(server: &str) -> Result<Box<dyn Transport>, Trouble> {
    let missing = || Trouble::Missing(format!("tcp:{server}"));
    let address = server.to_socket_addrs().ok().and_then(|mut found| found.next());
    let stream = TcpStream::connect_timeout(&address.ok_or_else(missing)?, CONNECT).map_err(|_| missing())?;
    stream.set_write_timeout(Some(WRITE)).map_err(|_| missing())?;
    // Commands are short and wait for answers; without this they may wait for each other. Not vital.
    let _ = stream.set_nodelay(true);
    Ok(Box::new(Tcp { stream, server: format!("tcp:{server}") }))
}

impl Transport for Tcp {
    fn read(&mut self, into: &mut [u8], patience: Duration) -> Result<usize, Trouble> {
        let gone = || Trouble::Gone(self.server.clone());
        // Zero would mean to wait for ever.
        let patience = patience.max(Duration::from_millis(1));
        self.stream.set_read_timeout(Some(patience)).map_err(|_| gone())?;
        match self.stream.read(into) {
            Ok(0) => Err(gone()),
            Ok(count) => Ok(count),
            Err(error) => match error.kind() {
                ErrorKind::TimedOut | ErrorKind::WouldBlock | ErrorKind::Interrupted => Ok(0),
                _ => Err(gone()),
            },
        }
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Trouble> {
        self.stream.write_all(bytes).map_err(|_| Trouble::Gone(self.server.clone()))
    }
}

const CONNECT: Duration = Duration::from_secs(2);
const WRITE: Duration = Duration::from_secs(1);
