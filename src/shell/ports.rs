//! Starts the ports of hut-drivers and turns what they tell into events of the session.

use std::collections::BTreeMap;

use hut_drivers::transport::serial::Address;
use hut_drivers::{Catalog, FaultCode, Identity, Line, Mark, Output, Port, PortEvent, Quantity, Special, Status, Unit};

use super::settings::DeviceSettings;
use crate::model::device::{Card, DeviceEvent, GlucoseRecord, Origin, Role, Sensed, Trouble};
use crate::model::measurement::{GlucoseLevel, Pressure, Quality, RawValue};
use crate::model::resident::Personal;
use crate::model::units::{BeatsPerMinute, Centimetres, Kilograms, MmHg, MmolPerLitre};
use crate::model::{IdNumber, Sex};
use crate::session::Order;

/// Why a device of the configuration cannot be served.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)] // the messages say it
pub enum PortsFault {
    #[error("no model is called `{0}`; `hut-devices models` lists them")]
    Model(String),
    #[error("`{model}` is a device of kind `{kind}` and cannot play the role `{role}`")]
    Role { model: String, kind: String, role: Role },
    #[error("the port of `{role}`: {says}")]
    Port { role: Role, says: String },
    #[error("two devices have the role `{0}`")]
    Twice(Role),
    #[error("the system gives no thread for a port")]
    Thread(#[source] std::io::Error),
}

/// The running ports, by role.
pub struct Ports(BTreeMap<Role, Port>);

impl Ports {
    /// Starts one thread a device; `tell` is called from those threads.
    pub fn open(
        devices: &[DeviceSettings],
        tell: impl Fn(Role, DeviceEvent) + Clone + Send + 'static,
    ) -> Result<Self, PortsFault> {
        let mut ports = BTreeMap::new();
        for device in devices {
            if ports.contains_key(&device.role) {
                return Err(PortsFault::Twice(device.role));
            }
            ports.insert(device.role, open(device, tell.clone())?);
        }
        Ok(Self(ports))
    }

    /// Tells a device that a step begins or ends. A device that only speaks needs no telling.
    pub fn order(&self, role: Role, order: Order) {
        let Some(port) = self.0.get(&role) else { return };
        let order = match (role, order) {
            (Role::Glucose, Order::Begin) => hut_drivers::Order::WatchForNew,
            (Role::Glucose, Order::End) => hut_drivers::Order::Rest,
            _ => return,
        };
        if let Err(refused) = port.order(order) {
            log::warn!("{role}: {refused}");
        }
    }
}

fn open(device: &DeviceSettings, tell: impl Fn(Role, DeviceEvent) + Send + 'static) -> Result<Port, PortsFault> {
    let descriptor = Catalog::built_in().find(&device.model).ok_or_else(|| PortsFault::Model(device.model.clone()))?;
    let role = device.role;
    let kind = serde_json::to_value(descriptor.kind).ok().and_then(|kind| kind.as_str().map(str::to_owned));
    let kind = kind.unwrap_or_default();
    if kind != role.to_string() {
        return Err(PortsFault::Role { model: device.model.clone(), kind, role });
    }
    let address: Address = device.port.parse().map_err(|fault| PortsFault::Port { role, says: format!("{fault}") })?;
    let line: Option<Line> = match &device.line {
        Some(line) => Some(line.parse().map_err(|fault| PortsFault::Port { role, says: format!("{fault}") })?),
        None => None,
    };
    let mut ear = Ear { role, model: device.model.clone(), silent: false };
    let port = Port::open(descriptor, address, line, move |event| {
        for heard in ear.hear(event) {
            tell(role, heard);
        }
    })
    .map_err(PortsFault::Thread)?;
    if role == Role::IdCard && port.order(hut_drivers::Order::FindCards).is_err() {
        log::warn!("{role}: this model cannot look for cards");
    }
    Ok(port)
}

/// Turns one port's events into the session's.
struct Ear {
    role: Role,
    model: String,
    /// It stopped speaking although its port is open.
    silent: bool,
}

impl Ear {
    fn hear(&mut self, event: PortEvent) -> Vec<DeviceEvent> {
        let fault = matches!(event, PortEvent::Output(Output::Fault(_)));
        let speaks = matches!(event, PortEvent::Output(_) | PortEvent::Fresh(_)) && !fault;
        let back = speaks && std::mem::take(&mut self.silent);
        let up = back.then_some(DeviceEvent::Up);
        up.into_iter().chain(self.heard(event)).collect()
    }

    fn heard(&mut self, event: PortEvent) -> Vec<DeviceEvent> {
        match event {
            PortEvent::Up => vec![DeviceEvent::Up],
            PortEvent::Down { why } => {
                log::warn!("{}: {why}", self.role);
                vec![DeviceEvent::Gone]
            }
            PortEvent::NoAnswer => {
                log::warn!("{}: no answer", self.role);
                // A meter is asleep until somebody needs it; of the others silence is a pulled plug.
                if self.role == Role::Glucose {
                    return vec![DeviceEvent::Trouble(Trouble::NoAnswer)];
                }
                self.silent = true;
                vec![DeviceEvent::Gone]
            }
            PortEvent::Fresh(readings) => {
                let records: Vec<_> = readings.iter().filter_map(|reading| self.record(reading)).collect();
                if records.is_empty() { Vec::new() } else { vec![DeviceEvent::Records(records)] }
            }
            PortEvent::Output(output) => self.output(output).into_iter().collect(),
        }
    }

    fn output(&mut self, output: Output) -> Option<DeviceEvent> {
        match output {
            Output::Reading(reading) => self.reading(&reading),
            Output::Identity(identity) => Some(card(identity)),
            Output::Status(status) => status_event(&status),
            Output::Fault(fault) => {
                log::warn!("{}: {}", self.role, fault.code);
                Some(DeviceEvent::Trouble(self.trouble(fault.code, fault.device_code)))
            }
            Output::Code(_) | Output::Send(_) => None,
        }
    }

    fn trouble(&self, code: FaultCode, device_code: Option<u32>) -> Trouble {
        match code {
            _ if self.role == Role::IdCard => Trouble::Card,
            FaultCode::DeviceError => {
                Trouble::DeviceError(device_code.and_then(|code| code.try_into().ok()).unwrap_or(0))
            }
            FaultCode::OutOfRange | FaultCode::Underload => Trouble::OutOfRange,
            FaultCode::Overload => Trouble::Overload,
            FaultCode::UnsupportedFormat => Trouble::WrongFormat,
            FaultCode::NoAnswer | FaultCode::Gone | FaultCode::Denied => Trouble::NoAnswer,
            FaultCode::Malformed
            | FaultCode::Checksum
            | FaultCode::NoUnit
            | FaultCode::InvalidTimestamp
            | FaultCode::MissingChecksum => Trouble::Garbled,
        }
    }

    fn reading(&self, reading: &hut_drivers::Reading) -> Option<DeviceEvent> {
        let sensed = match self.role {
            Role::BloodPressure => Sensed::Pressure(pressure(reading)?),
            Role::HeightWeight | Role::Weight => Sensed::Body {
                height: reading.value(Quantity::Height).map(|height| Centimetres(height.number)),
                weight: Kilograms(reading.value(Quantity::Weight)?.to(Unit::Kg)?.number),
            },
            Role::Glucose | Role::IdCard => return None,
        };
        let raw = match self.role {
            Role::Weight => raw(reading, Quantity::Weight, Unit::Kg),
            _ => None,
        };
        Some(DeviceEvent::Reading { sensed, quality: quality(reading), origin: self.origin(reading, raw) })
    }

    fn record(&self, reading: &hut_drivers::Reading) -> Option<GlucoseRecord> {
        let level = match reading.special {
            Some(Special::HI) => GlucoseLevel::High,
            Some(Special::LO) => GlucoseLevel::Low,
            Some(Special::Control) => return None,
            None => GlucoseLevel::Value(MmolPerLitre(reading.value(Quantity::Glucose)?.to(Unit::MmolPerL)?.number)),
        };
        let raw = raw(reading, Quantity::Glucose, Unit::MmolPerL);
        Some(GlucoseRecord { level, quality: quality(reading), origin: self.origin(reading, raw) })
    }

    fn origin(&self, reading: &hut_drivers::Reading, raw: Option<RawValue>) -> Origin {
        let device_time = reading.device_time.map(|time| time.moment);
        Origin { role: self.role, model: self.model.clone(), device_time, raw }
    }
}

/// The number as sent, when it was sent in another unit than ours.
fn raw(reading: &hut_drivers::Reading, quantity: Quantity, ours: Unit) -> Option<RawValue> {
    let value = reading.value(quantity).filter(|value| value.unit != ours)?;
    Some(RawValue { value: value.number, unit: value.unit.symbol().to_owned() })
}

fn pressure(reading: &hut_drivers::Reading) -> Option<Pressure> {
    let whole = |quantity, unit| -> Option<u16> { reading.value(quantity)?.to(unit)?.number.try_into().ok() };
    Some(Pressure {
        systolic: MmHg(whole(Quantity::Systolic, Unit::MmHg)?),
        diastolic: MmHg(whole(Quantity::Diastolic, Unit::MmHg)?),
        pulse: whole(Quantity::Pulse, Unit::PerMinute).map(BeatsPerMinute),
    })
}

fn quality(reading: &hut_drivers::Reading) -> Vec<Quality> {
    reading
        .marks
        .iter()
        .map(|mark| match mark {
            Mark::Movement => Quality::Movement,
            Mark::BmiMismatch => Quality::BmiMismatch,
            Mark::MemoryParity => Quality::ParityError,
        })
        .collect()
}

fn status_event(status: &Status) -> Option<DeviceEvent> {
    match status {
        Status::CuffPressure { cuff_pressure } => Some(DeviceEvent::Cuff(*cuff_pressure)),
        Status::LiveWeight { .. } => Some(DeviceEvent::Settling),
        Status::Baseline { .. } => Some(DeviceEvent::Ready),
        _ => None,
    }
}

/// A card whose number this client accepts too; any other is not a resident's card.
fn card(identity: Identity) -> DeviceEvent {
    match IdNumber::parse(&identity.id) {
        Ok(number) => DeviceEvent::Card(Card {
            name: Personal(identity.name),
            sex: match identity.sex {
                hut_drivers::reading::Sex::Male => Sex::Male,
                hut_drivers::reading::Sex::Female => Sex::Female,
                _ => number.sex(),
            },
            birth_date: number.birth_date(),
            number,
            valid_to: identity.valid_to,
        }),
        Err(_) => DeviceEvent::Trouble(Trouble::Card),
    }
}
