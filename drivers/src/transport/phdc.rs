//! USB personal health devices (PHDC, interface class 0x0F): what their descriptors and transfers say.
//!
//! This file opens nothing; with the feature `nusb`, `usb` does.

use std::fmt;
use std::str::FromStr;

use crate::descriptor::parse_usb;

#[cfg(feature = "nusb")]
mod usb;

#[cfg(feature = "nusb")]
pub use usb::open;

/// Which device is meant: `any` with an interface of the class, or one by its ids, whatever class it declares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// The first with an interface of the class.
    Any,
    /// Vendor and product.
    Id(u16, u16),
}

/// An interface of a USB device, as far as it matters here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Interface {
    /// Its number.
    pub number: u8,
    /// Its class.
    pub class: u8,
    /// What its data is: 1 the vendor's own, 2 IEEE 11073-20601.
    pub data: Option<u8>,
    /// Whether it can put a preamble before its data.
    pub preamble: bool,
    /// Device types, for a label only.
    pub types: Vec<u16>,
    /// Bulk IN endpoint.
    pub bulk_in: Option<Endpoint>,
    /// Bulk OUT endpoint.
    pub bulk_out: Option<Endpoint>,
}

/// A bulk endpoint.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Endpoint {
    /// Its address.
    pub address: u8,
    /// Its packet size.
    pub packet: u16,
    /// Quality-of-service bins it declares.
    pub bins: u8,
}

/// What stands at the front of a transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preamble {
    /// Data.
    None,
    /// A preamble of so many bytes, for so many transfers that follow.
    Of {
        /// Its own length.
        length: usize,
        /// Transfers that follow.
        transfers: u8,
    },
    /// A preamble that breaks the rules: clear the endpoint and begin anew.
    Invalid,
}

impl FromStr for Which {
    type Err = ();

    /// Reads `any` or `173a:21d5`.
    fn from_str(text: &str) -> Result<Which, ()> {
        match text {
            "any" => Ok(Which::Any),
            id => parse_usb(id).map(|(vendor, product)| Which::Id(vendor, product)).ok_or(()),
        }
    }
}

impl fmt::Display for Which {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Which::Any => f.write_str("phdc:any"),
            Which::Id(vendor, product) => write!(f, "phdc:{vendor:04x}:{product:04x}"),
        }
    }
}

impl Interface {
    /// Whether it says that it speaks IEEE 11073-20601.
    pub fn speaks_11073(&self) -> bool {
        (self.class, self.data) == (CLASS, Some(DATA_11073))
    }

    /// Whether it can be read and written.
    pub fn is_bulk(&self) -> bool {
        self.bulk_in.is_some() && self.bulk_out.is_some()
    }
}

/// Reads the interfaces of a configuration, alternate setting 0. Descriptors of other kinds and broken ones are skipped.
pub fn interfaces(configuration: &[u8]) -> Vec<Interface> {
    let mut found: Vec<Interface> = Vec::new();
    let mut alternate = false;
    let mut last_is_in = None;
    for descriptor in descriptors(configuration) {
        if let [_, INTERFACE, number, setting, _, class, ..] = descriptor {
            alternate = *setting != 0;
            last_is_in = None;
            if !alternate {
                found.push(Interface { number: *number, class: *class, ..Interface::default() });
            }
            continue;
        }
        let Some(interface) = found.last_mut().filter(|_| !alternate) else { continue };
        match descriptor {
            [_, FUNCTION, data, capability, ..] => {
                interface.data = Some(*data);
                interface.preamble = capability & 1 != 0;
            }
            [_, EXTENSION, _, count, types @ ..] => {
                let types = types.chunks_exact(2).take((*count).into());
                interface.types = types.map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
            }
            [_, ENDPOINT, address, attributes, low, high, ..] if attributes & 3 == BULK => {
                let packet = u16::from_le_bytes([*low, *high]) & 0x07FF;
                let endpoint = Some(Endpoint { address: *address, packet, bins: 0 });
                let is_in = address & 0x80 != 0;
                let place = if is_in { &mut interface.bulk_in } else { &mut interface.bulk_out };
                *place = place.or(endpoint);
                last_is_in = Some(is_in);
            }
            [_, ENDPOINT, ..] => last_is_in = None,
            [_, QUALITY, 1, bins, ..] => {
                let endpoint = match last_is_in {
                    Some(true) => &mut interface.bulk_in,
                    Some(false) => &mut interface.bulk_out,
                    None => continue,
                };
                *endpoint = endpoint.map(|endpoint| Endpoint { bins: *bins, ..endpoint });
            }
            _ => {}
        }
    }
    found
}

fn descriptors(mut bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let length = usize::from(*bytes.first()?);
        // Shorter than its own head: nothing behind it can be trusted.
        let (descriptor, rest) = bytes.split_at_checked(length).filter(|_| length >= 2)?;
        bytes = rest;
        Some(descriptor)
    })
}

/// Looks for a meta-data preamble, which comes only when a host turned it on, or uninvited.
pub fn preamble(transfer: &[u8]) -> Preamble {
    let Some(rest) = transfer.strip_prefix(SIGNATURE) else { return Preamble::None };
    match rest {
        [transfers, 1, bin, opaque, data @ ..]
            if *transfers > 0 && bin.count_ones() == 1 && *bin < 0x40 && data.len() >= usize::from(*opaque) =>
        {
            Preamble::Of { length: SIGNATURE.len() + 4 + usize::from(*opaque), transfers: *transfers }
        }
        _ => Preamble::Invalid,
    }
}

/// The interface class.
pub const CLASS: u8 = 0x0F;
const DATA_11073: u8 = 2;
const INTERFACE: u8 = 4;
const ENDPOINT: u8 = 5;
const FUNCTION: u8 = 0x20;
const QUALITY: u8 = 0x21;
const EXTENSION: u8 = 0x30;
const BULK: u8 = 2;
const SIGNATURE: &[u8] = b"PhdcQoSSignature";
