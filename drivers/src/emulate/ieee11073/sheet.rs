//! What an agent tells of itself, its objects and its store.

use chrono::NaiveDateTime;

use super::{SEGMENT, STORE};
use crate::ieee11073::mder::{Attribute, put_attributes, put_list, put_octets};
use crate::ieee11073::nomenclature::{attribute, device_code};
use crate::ieee11073::time::to_absolute;
use crate::reading::Kind;

/// Configuration id and objects; no objects for a standard configuration, which everybody knows.
pub fn config(kind: Kind) -> (u16, Vec<u8>) {
    match kind {
        Kind::BloodPressure => (0x02BC, vec![0; 4]),
        Kind::Spo2 => (0x0191, vec![0; 4]),
        Kind::Temperature => (0x0320, vec![0; 4]),
        Kind::Weight => (0x4004, objects(&[(1, 57664, 1731, 4), (2, 57668, 1297, 4), (3, 57680, 1952, 4)], None)),
        _ => (0x4000, objects(&[(1, 29112, 2130, 2)], Some(STORE))),
    }
}

/// The answer to the question which segments there are.
pub fn segments(entries: usize) -> Vec<u8> {
    let mut map = 0x8000u16.to_be_bytes().to_vec();
    put_list(&mut map, &[()], |bytes, ()| {
        words(bytes, &[6, 2, 29112, 1]);
        put_list(bytes, &[[attribute::BASIC, 2], [attribute::STATUS, 2]], |bytes, pair| words(bytes, pair));
    });
    let count = u32::try_from(entries).unwrap_or(u32::MAX).to_be_bytes();
    let patience = 80_000u32.to_be_bytes();
    let attributes = [
        Attribute { id: attribute::ENTRY_MAP, value: &map },
        Attribute { id: attribute::USAGE, value: &count },
        Attribute { id: attribute::TRANSFER_TIMEOUT, value: &patience },
    ];
    let mut args = Vec::new();
    put_list(&mut args, &[SEGMENT], |bytes, instance| {
        words(bytes, &[*instance]);
        put_attributes(bytes, &attributes);
    });
    args
}

/// What it tells of itself.
pub fn sheet(kind: Kind, system_id: &[u8], now: NaiveDateTime) -> Vec<(u16, Vec<u8>)> {
    let mut types = Vec::new();
    let code = word(kind).and_then(device_code).unwrap_or_default();
    put_list(&mut types, &[[code, 1]], |bytes, pair| words(bytes, pair));
    let mut model = Vec::new();
    put_octets(&mut model, b"health-hut");
    put_octets(&mut model, b"emulated\0\0");
    let mut production = Vec::new();
    put_list(&mut production, &[SERIAL], |bytes, serial| {
        words(bytes, &[1, 0]);
        put_octets(bytes, serial.as_bytes());
    });
    let mut id = Vec::new();
    put_octets(&mut id, system_id);
    // It has a clock, which can be set.
    let clock_info = [&[0xC0, 0][..], &[0; 14]].concat();
    vec![
        (attribute::TYPES, types),
        (attribute::MODEL, model),
        (attribute::SYSTEM_ID, id),
        (attribute::CONFIG, config(kind).0.to_be_bytes().to_vec()),
        (attribute::PRODUCTION, production),
        (attribute::CLOCK_INFO, clock_info),
        (attribute::CLOCK, to_absolute(now).to_vec()),
        (attribute::BATTERY, 90u16.to_be_bytes().to_vec()),
    ]
}

/// Numeric objects by handle, code, unit and length of the value, all with a time; and a store.
fn objects(numerics: &[(u16, u16, u16, u16)], store: Option<u16>) -> Vec<u8> {
    let mut rows: Vec<(u16, u16, Vec<u8>)> = Vec::new();
    for &(handle, code, unit, length) in numerics {
        let value = if length == 2 { attribute::BASIC } else { attribute::SIMPLE };
        let (mut kind, mut map) = (Vec::new(), Vec::new());
        words(&mut kind, &[2, code]);
        put_list(&mut map, &[[value, length], [attribute::TIME, 8]], |bytes, pair| words(bytes, pair));
        let unit = unit.to_be_bytes();
        let mut attributes = Vec::new();
        let list = [(attribute::TYPE, &kind[..]), (attribute::UNIT, &unit), (attribute::VALUE_MAP, &map)];
        put_attributes(&mut attributes, &list.map(|(id, value)| Attribute { id, value }));
        rows.push((6, handle, attributes));
    }
    rows.extend(store.map(|handle| (61, handle, vec![0; 4])));
    let mut objects = Vec::new();
    put_list(&mut objects, &rows, |bytes, (class, handle, attributes)| {
        words(bytes, &[*class, *handle]);
        bytes.extend(attributes);
    });
    objects
}

/// Writes words.
pub fn words(bytes: &mut Vec<u8>, words: &[u16]) {
    bytes.extend(words.iter().flat_map(|word| word.to_be_bytes()));
}

/// The word for this kind of device.
pub fn word(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::BloodPressure => Some("blood_pressure"),
        Kind::Weight => Some("weight"),
        Kind::Glucose => Some("glucose"),
        Kind::Spo2 => Some("spo2"),
        Kind::Temperature => Some("temperature"),
        _ => None,
    }
}

/// The serial number the agents tell.
pub const SERIAL: &str = "EMU11073";
