//! What both sides tell of themselves when they associate.

use super::mder::{Attribute, Broken, put_attributes, put_octets, whole};

/// What both sides tell of themselves in AARQ and AARE, for the data protocol 20601.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Info<'a> {
    /// Bit set of protocol versions.
    pub protocol_version: u32,
    /// Bit set of encoding rules.
    pub encoding_rules: u16,
    /// Nomenclature version.
    pub nomenclature: u32,
    /// Functional units.
    pub functional_units: u32,
    /// Agent or manager.
    pub system_type: u32,
    /// EUI-64.
    pub system_id: &'a [u8],
    /// Configuration id.
    pub config: u16,
    /// Data request modes.
    pub request_flags: u16,
    /// Requests the agent may start at once.
    pub agent_requests: u8,
    /// Requests the manager may start at once.
    pub manager_requests: u8,
    /// More.
    pub options: Vec<Attribute<'a>>,
}

impl<'a> Info<'a> {
    /// Reads the information of the data protocol 20601.
    pub fn parse(bytes: &'a [u8]) -> Result<Info<'a>, Broken> {
        whole(bytes, |input| {
            Ok(Info {
                protocol_version: input.u32()?,
                encoding_rules: input.u16()?,
                nomenclature: input.u32()?,
                functional_units: input.u32()?,
                system_type: input.u32()?,
                system_id: input.octets()?,
                config: input.u16()?,
                request_flags: input.u16()?,
                agent_requests: input.u8()?,
                manager_requests: input.u8()?,
                options: input.attributes()?,
            })
        })
    }

    /// Writes it.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        bytes.extend(self.protocol_version.to_be_bytes());
        bytes.extend(self.encoding_rules.to_be_bytes());
        bytes.extend(self.nomenclature.to_be_bytes());
        bytes.extend(self.functional_units.to_be_bytes());
        bytes.extend(self.system_type.to_be_bytes());
        put_octets(&mut bytes, self.system_id);
        bytes.extend(self.config.to_be_bytes());
        bytes.extend(self.request_flags.to_be_bytes());
        bytes.extend([self.agent_requests, self.manager_requests]);
        put_attributes(&mut bytes, &self.options);
        bytes
    }

    /// What a manager tells of itself.
    pub fn of_manager(system_id: &'a [u8]) -> Info<'a> {
        Info {
            protocol_version: VERSION_1,
            encoding_rules: MDER,
            nomenclature: VERSION_1,
            functional_units: 0,
            system_type: 0x8000_0000,
            system_id,
            config: 0,
            request_flags: 0,
            agent_requests: 0,
            manager_requests: 0,
            options: Vec::new(),
        }
    }

    /// What an agent with this configuration tells of itself.
    pub fn of_agent(system_id: &'a [u8], config: u16) -> Info<'a> {
        Info {
            system_type: 0x0080_0000,
            config,
            request_flags: 0x0001,
            agent_requests: 1,
            ..Info::of_manager(system_id)
        }
    }
}

/// The data protocol spoken here.
pub const PROTOCOL: u16 = 20601;
/// The bit of version 1, of association, protocol and nomenclature.
pub const VERSION_1: u32 = 0x8000_0000;
/// The bit of the encoding rules spoken here.
pub const MDER: u16 = 0x8000;
