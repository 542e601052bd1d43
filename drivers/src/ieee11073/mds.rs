//! What a device tells of itself.

use super::mder::{Attribute, Broken, Input, text, whole};
use super::nomenclature::{attribute, device_type};
use super::time::{Stamp, absolute};

/// What a device tells of itself. All of it may be missing: sample agents answer with zeros and empty lists.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mds {
    /// What it is.
    pub device_type: Option<&'static str>,
    /// Who made it.
    pub maker: Option<String>,
    /// Its model.
    pub model: Option<String>,
    /// Its serial number.
    pub serial: Option<String>,
    /// System id.
    pub system_id: Option<Vec<u8>>,
    /// Configuration id.
    pub config: Option<u16>,
    /// What its clock shows.
    pub clock: Stamp,
    /// Whether its clock can be set.
    pub clock_settable: bool,
    /// Whether it wants its clock to be set.
    pub wants_clock: bool,
    /// Battery, in per cent.
    pub battery: Option<u16>,
}

impl Mds {
    /// Reads what can be read; an attribute of another shape is left out.
    pub fn read(attributes: &[Attribute<'_>]) -> Mds {
        let mut mds = Mds::default();
        for &Attribute { id, value } in attributes {
            // One attribute of another shape says nothing about the others.
            let _ = whole(value, |input| mds.take(id, input));
        }
        mds
    }

    fn take(&mut self, id: u16, input: &mut Input<'_>) -> Result<(), Broken> {
        match id {
            attribute::TYPES => {
                let types = input.list(|input| {
                    let (code, _version) = (input.u16()?, input.u16()?);
                    Ok(code)
                })?;
                self.device_type = types.into_iter().find_map(device_type);
            }
            attribute::MODEL => {
                self.maker = said(input.octets()?);
                self.model = said(input.octets()?);
            }
            attribute::PRODUCTION => {
                let entries = input.list(|input| {
                    let (kind, _component) = (input.u16()?, input.u16()?);
                    Ok((kind, input.octets()?))
                })?;
                self.serial = entries.into_iter().find(|(kind, _)| *kind == SERIAL).and_then(|(_, text)| said(text));
            }
            attribute::SYSTEM_ID => self.system_id = Some(input.octets()?.to_vec()),
            attribute::CONFIG => self.config = Some(input.u16()?),
            attribute::CLOCK => self.clock = absolute(input)?,
            attribute::BATTERY => self.battery = Some(input.u16()?).filter(|percent| (1..=100).contains(percent)),
            attribute::CLOCK_INFO => {
                let can = input.u16()?;
                input.all();
                self.clock_settable = can & SETTABLE != 0;
                self.wants_clock = can & WANTS_CLOCK != 0;
            }
            _ => {
                input.all();
            }
        }
        Ok(())
    }
}

fn said(octets: &[u8]) -> Option<String> {
    Some(text(octets)).filter(|text| !text.is_empty())
}

/// The serial number among the production specifications.
const SERIAL: u16 = 1;
const SETTABLE: u16 = 0x4000;
const WANTS_CLOCK: u16 = 0x0010;
