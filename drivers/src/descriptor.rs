//! The shape of `devices/<kind>/*.toml`: one file a model, unknown keys refused.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use toml::Spanned;

use crate::custom::{self, Device};
use crate::decoder::Skill;
use crate::described::Protocol;
use crate::described::frame::FrameTable;
use crate::described::record::RecordTable;
use crate::described::slip::Slip;
use crate::described::talk::TalkTable;
use crate::emulate::described::{Described, EmulateTable};
use crate::emulate::{self, Emulate, Wall};
use crate::reading::Kind;

/// What is known about a model.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Descriptor {
    /// Model id, the name of its protocol page, such as `bp-omron-hbp9030`.
    pub model: String,
    /// Maker and type, for people.
    pub name: String,
    /// What it measures or is for.
    pub kind: Kind,
    /// The protocol it speaks; often the same as the model id.
    pub protocol: String,
    /// How it is connected.
    pub transport: Link,
    /// What the protocol is known from.
    pub evidence: Evidence,
    /// Whether a person must confirm it on the real device before it is relied on.
    #[serde(default)]
    pub experimental: bool,
    /// What must be set on the device, in words.
    #[serde(default)]
    pub setup: String,
    /// Line settings.
    pub port: Line,
    /// USB ids such as `0590:0028` that it, or the cable it comes with, shows.
    #[serde(default)]
    pub usb: Vec<String>,
    /// The decoder, by its name in [`custom`]; without it the tables below are the decoder.
    #[serde(default)]
    pub decoder: Option<String>,
    /// The second step that makes one person's value of several frames, by its name in [`settle`](crate::settle).
    #[serde(default)]
    pub settle: Option<String>,
    /// What it can be told to do; empty for a device that only speaks.
    #[serde(default)]
    pub orders: Vec<Skill>,
    /// What it is told as soon as its port is up, when readings are wanted as they come.
    #[serde(default)]
    pub listens: Option<Skill>,
    /// For a device that streams: after how many milliseconds of silence it counts as unplugged.
    #[serde(default)]
    pub silence_ms: Option<u64>,
    /// How its frames begin and end.
    #[serde(default, rename = "frame")]
    frames: Vec<Spanned<FrameTable>>,
    /// What they mean.
    #[serde(default, rename = "record")]
    records: Vec<Spanned<RecordTable>>,
    /// How it is asked.
    #[serde(default)]
    talk: Option<Spanned<TalkTable>>,
    /// The emulated device, by its name in [`emulate`](crate::emulate); without it, that of the decoder or the table below.
    #[serde(default)]
    emulator: Option<String>,
    /// How it is emulated.
    #[serde(default)]
    emulate: Option<Spanned<EmulateTable>>,
    /// The file it stands in.
    #[serde(skip)]
    pub(crate) file: String,
    /// The tables, understood.
    #[serde(skip)]
    tables: Option<Arc<Protocol>>,
}

/// How a device is connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Link {
    /// A serial line, or a USB device that shows itself as one.
    Serial,
    /// A USB device that speaks in HID reports.
    UsbHid,
    /// A USB device with bulk endpoints and no driver of the kernel.
    UsbBulk,
}

/// What a protocol is known from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Evidence {
    /// Tried on the device.
    Hardware,
    /// The maker's paper.
    VendorDocument,
    /// Bytes somebody recorded and published.
    PublicCapture,
    /// Computed from rules; nobody saw such bytes.
    Constructed,
}

/// Settings of a serial line.
///
/// Written as a table in a descriptor and as `9600 8N1` by a technician.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// Bits a second.
    pub baud: u32,
    /// Data bits, 5 to 8.
    pub data: u8,
    /// Parity.
    pub parity: Parity,
    /// Stop bits, 1 or 2.
    pub stop: u8,
}

/// Parity of a serial line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Parity {
    /// No parity bit.
    None,
    /// An even number of ones.
    Even,
    /// An odd number of ones.
    Odd,
}

/// A descriptor that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DescriptorFault {
    /// Not the shape of a descriptor.
    #[error("`{file}` is no descriptor")]
    Shape {
        /// The file.
        file: String,
        /// What the reader said.
        #[source]
        cause: toml::de::Error,
    },
    /// No decoder of that name.
    #[error("`{model}` asks for the decoder `{decoder}`, which does not exist")]
    Decoder {
        /// The model.
        model: String,
        /// The name it asks for.
        decoder: String,
    },
    /// No second step of that name.
    #[error("`{model}` asks for the second step `{settle}`; there are `once`, `stable_weight` and `oximeter_8s`")]
    Settle {
        /// The model.
        model: String,
        /// The name it asks for.
        settle: String,
    },
    /// Line settings no port has.
    #[error("`{model}` asks for line settings no port has")]
    Line {
        /// The model.
        model: String,
    },
    /// A USB id that is not four hexadecimal digits, a colon and four more.
    #[error("`{model}` has the USB id `{id}`; write it as 0590:0028")]
    Usb {
        /// The model.
        model: String,
        /// The id.
        id: String,
    },
    /// A device that only speaks cannot be told anything, and one that converses must be told something.
    #[error("`{model}`: `orders` names exactly what its [talk] or decoder can be told, and `listens` is one of them")]
    Orders {
        /// The model.
        model: String,
    },
    /// Tables that make no decoder.
    #[error("`{file}`{}: {says}", of_line(*line))]
    Tables {
        /// The file.
        file: String,
        /// The line, counted from one, if it is about one.
        line: Option<usize>,
        /// What is wrong and what to do.
        says: String,
    },
    /// A model id that does not say what the device is for.
    #[error(
        "`{file}`, line {line}: `{model}` is no model name: write lower-case letters, digits and dashes, `{class}…`"
    )]
    Name {
        /// The file.
        file: String,
        /// The line, counted from one.
        line: usize,
        /// The model.
        model: String,
        /// How it begins.
        class: &'static str,
    },
    /// Two descriptors with one id.
    #[error("`{model}` is described twice, in `{first}` and in `{second}`: give one of them another name")]
    Twice {
        /// The model.
        model: String,
        /// The file that was read first.
        first: String,
        /// The other one.
        second: String,
    },
}

/// Text that is no line setting.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no line setting; write it as `9600 8N1`: speed, data bits, parity N, E or O, stop bits")]
pub struct LineFault(pub String);

impl Descriptor {
    /// Reads and checks a descriptor; `file` is named in faults.
    pub fn parse(file: &str, text: &str) -> Result<Descriptor, DescriptorFault> {
        let mut descriptor: Descriptor =
            toml::from_str(text).map_err(|cause| DescriptorFault::Shape { file: file.to_owned(), cause })?;
        descriptor.file = file.to_owned();
        descriptor.ensure_name(text)?;
        descriptor.understand().map_err(|slip| {
            let line = slip.line(text);
            DescriptorFault::Tables { file: file.to_owned(), line, says: slip.says }
        })?;
        descriptor.validate()?;
        Ok(descriptor)
    }

    /// Returns a fresh decoder for this model.
    pub fn device(&self) -> Device {
        match (&self.tables, self.decoder.as_deref().and_then(custom::by_name)) {
            (Some(tables), _) => tables.device(),
            (None, Some(device)) => device,
            // `parse` refused a descriptor that has neither tables nor a decoder that exists.
            (None, None) => unreachable!("a validated descriptor has a decoder"),
        }
    }

    /// How it is connected, in words: `serial 9600 8N1`.
    pub fn connection(&self) -> String {
        match self.transport {
            Link::Serial => format!("serial {}", self.port),
            Link::UsbHid => format!("USB HID {}", self.usb.join(", ")),
            Link::UsbBulk => format!("USB bulk {}", self.usb.join(", ")),
        }
    }

    /// Returns the emulated device, if this model has one.
    pub fn emulated(&self, wall: Wall) -> Option<Box<dyn Emulate>> {
        let by_tables = self.emulate.as_ref().zip(self.tables.as_ref());
        if let Some((table, tables)) = by_tables {
            // `parse` understood the table already.
            return Described::of(table, tables.check())
                .ok()
                .map(|device| Box::new(device.with(wall)) as Box<dyn Emulate>);
        }
        emulate::by_name(self.emulator.as_deref().or(self.decoder.as_deref())?, self.kind, wall)
    }

    /// Makes a decoder of the tables, if there is no other.
    fn understand(&mut self) -> Result<(), Slip> {
        if self.decoder.is_some() {
            let none = self.frames.is_empty() && self.records.is_empty() && self.talk.is_none();
            return if none { Ok(()) } else { Err(Slip::new("it has a `decoder`, so its tables are never used")) };
        }
        let tables =
            Arc::new(Protocol::of(self.kind, self.settle.as_deref(), &self.frames, &self.records, self.talk.as_ref())?);
        if let Some(emulate) = &self.emulate {
            Described::of(emulate, tables.check())?.ensure_understood(emulate.get_ref(), &tables)?;
        }
        self.tables = Some(tables);
        Ok(())
    }

    /// A model is found by its name in lists, settings and recordings: it begins with what it is for.
    fn ensure_name(&self, text: &str) -> Result<(), DescriptorFault> {
        let class = class_word(self.kind);
        let rest = self.model.strip_prefix(class).or_else(|| self.model.strip_prefix(STANDARD)).unwrap_or_default();
        let plain = |part: &str| !part.is_empty() && part.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9'));
        if rest.split('-').all(plain) {
            return Ok(());
        }
        let line = text.lines().position(|line| line.trim_start().starts_with("model")).unwrap_or(0) + 1;
        Err(DescriptorFault::Name { file: self.file.clone(), line, model: self.model.clone(), class })
    }

    /// Checks what the shape alone cannot.
    fn validate(&self) -> Result<(), DescriptorFault> {
        self.ensure_line()?;
        self.ensure_usb_ids()?;
        self.ensure_settle()?;
        self.ensure_orders_fit()
    }

    fn ensure_line(&self) -> Result<(), DescriptorFault> {
        if self.port.is_possible() {
            return Ok(());
        }
        Err(DescriptorFault::Line { model: self.model.clone() })
    }

    fn ensure_usb_ids(&self) -> Result<(), DescriptorFault> {
        match self.usb.iter().find(|id| parse_usb(id).is_none()) {
            None => Ok(()),
            Some(id) => Err(DescriptorFault::Usb { model: self.model.clone(), id: id.clone() }),
        }
    }

    fn ensure_settle(&self) -> Result<(), DescriptorFault> {
        match self.settle.as_deref() {
            Some(name) if crate::settle::by_name(name).is_none() => {
                Err(DescriptorFault::Settle { model: self.model.clone(), settle: name.to_owned() })
            }
            _ => Ok(()),
        }
    }

    fn ensure_orders_fit(&self) -> Result<(), DescriptorFault> {
        let told = self.listens.is_none_or(|order| self.orders.contains(&order));
        let fits = match (&self.tables, &self.decoder) {
            (Some(tables), _) => tables.fits(&self.orders),
            (None, decoder) => {
                let decoder = decoder.clone().unwrap_or_default();
                let Some(device) = custom::by_name(&decoder) else {
                    return Err(DescriptorFault::Decoder { model: self.model.clone(), decoder });
                };
                device.converses() != self.orders.is_empty()
            }
        };
        if told && fits {
            return Ok(());
        }
        Err(DescriptorFault::Orders { model: self.model.clone() })
    }
}

impl Line {
    /// Whether a serial port can be set so.
    pub fn is_possible(&self) -> bool {
        (50..=4_000_000).contains(&self.baud) && (5..=8).contains(&self.data) && (1..=2).contains(&self.stop)
    }
}

impl fmt::Display for Line {
    /// Writes `9600 8N1`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parity = match self.parity {
            Parity::None => 'N',
            Parity::Even => 'E',
            Parity::Odd => 'O',
        };
        write!(f, "{} {}{parity}{}", self.baud, self.data, self.stop)
    }
}

impl FromStr for Line {
    type Err = LineFault;

    /// Reads `9600 8N1`.
    fn from_str(text: &str) -> Result<Line, LineFault> {
        let fault = || LineFault(text.to_owned());
        let (baud, rest) = text.trim().split_once(' ').ok_or_else(fault)?;
        let [data, parity, stop] = rest.trim().as_bytes() else {
            return Err(fault());
        };
        let parity = match parity.to_ascii_uppercase() {
            b'N' => Parity::None,
            b'E' => Parity::Even,
            b'O' => Parity::Odd,
            _ => return Err(fault()),
        };
        let line = Line {
            baud: baud.parse().map_err(|_| fault())?,
            data: data.wrapping_sub(b'0'),
            parity,
            stop: stop.wrapping_sub(b'0'),
        };
        if line.is_possible() { Ok(line) } else { Err(fault()) }
    }
}

/// How the models of a kind begin.
fn class_word(kind: Kind) -> &'static str {
    match kind {
        Kind::BloodPressure => "bp-",
        Kind::Weight | Kind::HeightWeight | Kind::BodyComposition => "scale-",
        Kind::Glucose => "glucose-",
        Kind::Spo2 => "spo2-",
        Kind::Temperature => "temp-",
        Kind::IdCard => "idcard-",
        Kind::Scanner => "scanner-",
        Kind::Printer => "printer-",
    }
}

fn of_line(line: Option<usize>) -> String {
    line.map_or_else(String::new, |line| format!(", line {line}"))
}

/// Reads a USB id such as `0590:0028`: vendor, product.
pub fn parse_usb(id: &str) -> Option<(u16, u16)> {
    let (vendor, product) = id.split_once(':')?;
    if vendor.len() != 4 || product.len() != 4 {
        return None;
    }
    Some((u16::from_str_radix(vendor, 16).ok()?, u16::from_str_radix(product, 16).ok()?))
}

/// How models begin that only have a standard in common.
const STANDARD: &str = "ieee11073-";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_settings_are_read_as_technicians_write_them() {
        let line: Line = "2400 7e1".parse().unwrap();
        assert_eq!(line, Line { baud: 2400, data: 7, parity: Parity::Even, stop: 1 });
        assert_eq!(line.to_string(), "2400 7E1");
        for wrong in ["", "9600", "9600 8N", "9600 9N1", "9600 8X1", "fast 8N1", "9600 8N3"] {
            assert!(wrong.parse::<Line>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_unknown_key_is_refused() {
        let text = include_str!("../devices/blood_pressure/omron-hbp9030.toml");
        assert!(Descriptor::parse("x", text).is_ok());
        assert!(Descriptor::parse("x", &format!("colour = 1\n{text}")).is_err());
    }
}
