//! Starts the ports of hut-drivers and turns what they tell into events of the session.

use std::collections::BTreeMap;
use std::path::PathBuf;

use hut_drivers::transport::serial::Address;
use hut_drivers::{
    Catalog, Descriptor, FaultCode, Identity, Line, Mark, Output, Port, PortEvent, Quantity, Skill, Special, Status,
    Unit,
};
use rust_decimal::Decimal;

use super::printer::Printer;
use super::settings::{DeviceSettings, PrinterSettings, Settings};
use crate::model::device::{Card, DeviceEvent, GlucoseRecord, Origin, PrintTrouble, Role, Sensed, Trouble};
use crate::model::fact::{Commit, Fact};
use crate::model::measurement::{GlucoseLevel, Pressure, Quality, RawValue, Source};
use crate::model::resident::Personal;
use crate::model::units::{BeatsPerMinute, Celsius, Centimetres, Kilograms, MmHg, MmolPerLitre, Percent, half_up};
use crate::model::{IdNumber, Sex};
use crate::session::{Event, Order, Slip};
use crate::store::{Store, StoreFault};

/// Why a device of the configuration cannot be served.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)] // the messages say it
pub enum PortsFault {
    #[error("no model is called `{0}`; `hut-devices models` lists them")]
    Model(String),
    #[error("a device description in `{folder}` cannot be used: {says}")]
    Descriptors { folder: PathBuf, says: String },
    #[error(
        "`{model}` is experimental: compare its readings with the device's own display (`hut-devices listen {model} --port {port}`), then write `confirmed = true` below its `model`"
    )]
    Unconfirmed { model: String, port: String },
    #[error("`{model}` is a device of kind `{kind}` and cannot play the role `{role}`")]
    Role { model: String, kind: String, role: Role },
    #[error("the port of `{role}`: {says}")]
    Port { role: Role, says: String },
    #[error("two devices have the role `{0}`")]
    Twice(Role),
    #[error("`{0}` and `{1}` have the same port: each device has its own")]
    Shared(Role, Role),
    #[error("the system gives no thread for a port")]
    Thread(#[source] std::io::Error),
}

/// What devices told before, and where to keep what they tell.
#[derive(Clone, Default)]
pub struct Memory {
    /// By role.
    pub told: BTreeMap<String, String>,
    /// The store of this client; none keeps nothing.
    pub store: Option<Store>,
}

impl Memory {
    /// What this store holds.
    pub fn of(store: &Store) -> Result<Self, StoreFault> {
        Ok(Self { told: store.reader()?.remembered()?, store: Some(store.clone()) })
    }
}

/// The running ports, by role; the printer has its own way.
pub struct Ports {
    ports: BTreeMap<Role, Port>,
    printer: Option<Printer>,
}

impl Ports {
    /// Starts one thread a device; `tell` is called from those threads. Starts none if one cannot be served.
    pub fn open(
        settings: &Settings,
        memory: &Memory,
        tell: impl Fn(Role, DeviceEvent) + Clone + Send + 'static,
    ) -> Result<Self, PortsFault> {
        let catalog = catalog(settings)?;
        if let Some(fault) = Plan::faults_with(settings, &catalog).into_iter().next() {
            return Err(fault);
        }
        let (mut ports, mut printer) = (BTreeMap::new(), None);
        for device in &settings.device {
            let plan = Plan::of(device, &catalog)?;
            match device.role {
                Role::Printer => printer = Some(plan.start_printer(settings.printer, tell.clone())?),
                role => _ = ports.insert(role, plan.start(memory, tell.clone())?),
            }
        }
        Ok(Self { ports, printer })
    }

    /// Prints a slip, and tells later what became of it; without a printer it is known at once.
    pub fn print(&self, slip: &Slip) -> Option<Event> {
        match &self.printer {
            Some(printer) => {
                printer.print(slip);
                None
            }
            None => Some(Event::Device(Role::Printer, DeviceEvent::Printed(Err(PrintTrouble::Gone)))),
        }
    }

    /// A commit is safe: a device that deletes what it handed over may be told so now.
    pub fn kept(&self, commit: &Commit) {
        let heard = commit.facts.iter().filter_map(|new| match &new.fact {
            Fact::MeasurementTaken { measurement } => Some(&measurement.source),
            _ => None,
        });
        for source in heard {
            let Source::Device { role: name, .. } = source else { continue };
            let ports = self.ports.iter().filter(|(role, _)| role.to_string() == *name);
            ports.for_each(|(_, port)| port.kept());
        }
    }

    /// Tells a device that a step begins or ends. A device that only speaks needs no telling.
    pub fn order(&self, role: Role, order: Order) {
        let Some(port) = self.ports.get(&role) else { return };
        // What a step means to a device is what it can be told: to look for a new record, to measure, to stream.
        let Some(skill) = STEP.into_iter().find(|skill| port.can(*skill)) else { return };
        let order = match (order, skill.order()) {
            (Order::Begin, Some(order)) => order,
            _ => hut_drivers::Order::Rest,
        };
        if let Err(refused) = port.order(order) {
            log::warn!("{role}: {refused}");
        }
    }
}

/// What a step of the session can be to a device, the first it can do.
const STEP: [Skill; 3] = [Skill::WatchForNew, Skill::Measure, Skill::Stream];

/// A device of the configuration, understood; nothing is open yet.
pub struct Plan<'a> {
    settings: &'a DeviceSettings,
    descriptor: &'a Descriptor,
    address: Address,
    line: Option<Line>,
}

impl<'a> Plan<'a> {
    /// Everything that is wrong with the devices of a configuration, as far as can be told without opening them.
    pub fn faults(settings: &Settings) -> Vec<PortsFault> {
        match catalog(settings) {
            Ok(catalog) => Plan::faults_with(settings, &catalog),
            Err(fault) => vec![fault],
        }
    }

    fn faults_with(settings: &Settings, catalog: &Catalog) -> Vec<PortsFault> {
        let devices = &settings.device;
        let mut faults: Vec<PortsFault> = devices.iter().filter_map(|device| Plan::of(device, catalog).err()).collect();
        for (place, device) in devices.iter().enumerate() {
            for other in &devices[..place] {
                if other.role == device.role {
                    faults.push(PortsFault::Twice(device.role));
                } else if same_port(other, device) {
                    faults.push(PortsFault::Shared(other.role, device.role));
                }
            }
        }
        faults
    }

    fn of(settings: &'a DeviceSettings, catalog: &'a Catalog) -> Result<Self, PortsFault> {
        let DeviceSettings { role, model, .. } = settings;
        let descriptor = catalog.find(model).ok_or_else(|| PortsFault::Model(model.clone()))?;
        if descriptor.experimental && !settings.confirmed {
            return Err(PortsFault::Unconfirmed { model: model.clone(), port: settings.port.clone() });
        }
        let kind = serde_json::to_value(descriptor.kind).ok().and_then(|kind| kind.as_str().map(str::to_owned));
        let kind = kind.unwrap_or_default();
        if kind != role.to_string() {
            return Err(PortsFault::Role { model: model.clone(), kind, role: *role });
        }
        let port_fault = |says: String| PortsFault::Port { role: *role, says };
        let address = settings.port.parse().map_err(|fault| port_fault(format!("{fault}")))?;
        let line =
            settings.line.as_deref().map(str::parse).transpose().map_err(|fault| port_fault(format!("{fault}")))?;
        Ok(Self { settings, descriptor, address, line })
    }

    fn start(self, memory: &Memory, tell: impl Fn(Role, DeviceEvent) + Send + 'static) -> Result<Port, PortsFault> {
        let role = self.settings.role;
        let store = memory.store.clone();
        let mut ear = Ear { role, model: self.settings.model.clone(), silent: false };
        let port = Port::open(self.descriptor, self.address, self.line, move |event| {
            if let (PortEvent::Remember(body), Some(store)) = (&event, &store) {
                store.remember(role, body.clone());
            }
            for heard in ear.hear(event) {
                tell(role, heard);
            }
        })
        .map_err(PortsFault::Thread)?;
        if let Some(body) = memory.told.get(&role.to_string()) {
            port.recall(body.as_str());
        }
        if role == Role::IdCard && port.order(hut_drivers::Order::FindCards).is_err() {
            log::warn!("{role}: this model cannot look for cards");
        }
        Ok(port)
    }
}

impl Plan<'_> {
    fn start_printer(
        self,
        settings: PrinterSettings,
        tell: impl Fn(Role, DeviceEvent) + Send + 'static,
    ) -> Result<Printer, PortsFault> {
        let tell = move |event| tell(Role::Printer, event);
        Printer::open(self.descriptor, self.address, self.line, settings, tell).map_err(PortsFault::Thread)
    }
}

/// The built-in models and those of the configured folder.
pub(super) fn catalog(settings: &Settings) -> Result<Catalog, PortsFault> {
    let mut catalog = Catalog::built_in().clone();
    if let Some(folder) = &settings.descriptors {
        for path in Catalog::passed_over(folder) {
            log::warn!("{}: passed over; a description ends with .toml", path.display());
        }
        catalog
            .add_folder(folder)
            .map_err(|fault| PortsFault::Descriptors { folder: folder.clone(), says: fault.in_full(": ") })?;
    }
    Ok(catalog)
}

/// Two names of one port: the same text, or links to the same node.
fn same_port(one: &DeviceSettings, other: &DeviceSettings) -> bool {
    let node = |device: &DeviceSettings| std::fs::canonicalize(&device.port).ok();
    one.port == other.port || node(one).is_some_and(|port| Some(port) == node(other))
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
            PortEvent::Remember(_) => Vec::new(),
            PortEvent::Down { why } => {
                log::warn!("{}: {why}", self.role);
                vec![DeviceEvent::Gone]
            }
            PortEvent::NoAnswer => {
                log::warn!("{}: no answer", self.role);
                // Some are asleep until somebody needs them; of the others silence is a pulled plug.
                if matches!(self.role, Role::Glucose | Role::Spo2 | Role::Temperature) {
                    return vec![DeviceEvent::Trouble(Trouble::NoAnswer)];
                }
                self.silent = true;
                vec![DeviceEvent::Gone]
            }
            PortEvent::Fresh(readings) if self.role != Role::Glucose => match readings.as_slice() {
                [reading] => self.reading(reading).into_iter().collect(),
                // Nobody can say which of them is the person's in front: measure again.
                _ => vec![DeviceEvent::Trouble(Trouble::Garbled)],
            },
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
            Output::Status(status) => self.status(&status),
            Output::Fault(fault) => {
                log::warn!("{}: {}", self.role, fault.code);
                Some(DeviceEvent::Trouble(self.trouble(fault.code, fault.device_code)))
            }
            Output::Code(code) => Some(DeviceEvent::Code(Personal(code.0))),
            Output::Send(_) | Output::Feature(_) => None,
        }
    }

    fn trouble(&self, code: FaultCode, device_code: Option<u32>) -> Trouble {
        match code {
            _ if self.role == Role::IdCard => Trouble::Card,
            FaultCode::DeviceError => self.device_error(device_code.unwrap_or(0)),
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

    /// The numbers that a monitor's own document explains (devices/bp-nibp-stx.md).
    fn device_error(&self, code: u32) -> Trouble {
        match (self.model.as_str(), code) {
            ("bp-nibp-stx", 6 | 14) => Trouble::CuffLoose,
            ("bp-nibp-stx", 11) => Trouble::Movement,
            ("bp-nibp-stx", 8 | 15) => Trouble::Broken,
            _ => Trouble::DeviceError(code.try_into().unwrap_or(0)),
        }
    }

    fn reading(&self, reading: &hut_drivers::Reading) -> Option<DeviceEvent> {
        let sensed = match self.role {
            Role::BloodPressure => Sensed::Pressure(pressure(reading)?),
            Role::HeightWeight | Role::Weight => Sensed::Body { height: height(reading), weight: weight(reading)? },
            // Its height was typed into it.
            Role::BodyComposition => Sensed::Body { height: None, weight: weight(reading)? },
            Role::Spo2 => Sensed::Oxygen(Percent(whole(reading, Quantity::Spo2, Unit::Percent)?)),
            Role::Temperature => {
                let celsius = reading.value(Quantity::Temperature)?.to(Unit::Celsius)?;
                Sensed::Temperature(Celsius(half_up(celsius.number, 1)))
            }
            Role::Glucose | Role::IdCard | Role::Scanner | Role::Printer => return None,
        };
        let raw = match self.role {
            Role::Weight | Role::HeightWeight | Role::BodyComposition => raw(reading, Quantity::Weight, Unit::Kg),
            Role::Temperature => raw(reading, Quantity::Temperature, Unit::Celsius),
            _ => None,
        };
        Some(DeviceEvent::Reading { sensed, quality: quality(reading), origin: self.origin(reading, raw) })
    }

    fn status(&self, status: &Status) -> Option<DeviceEvent> {
        match status {
            Status::CuffPressure { cuff_pressure } => Some(DeviceEvent::Cuff(*cuff_pressure)),
            Status::LiveWeight { .. } | Status::Finger { finger: true, .. } => Some(DeviceEvent::Settling),
            Status::Finger { finger: false, .. } => Some(DeviceEvent::Lifted),
            Status::Baseline { .. } => Some(DeviceEvent::Ready),
            // What a thermometer's probe feels is told in its well, too: nobody need be measured.
            _ => None,
        }
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

fn whole(reading: &hut_drivers::Reading, quantity: Quantity, unit: Unit) -> Option<u16> {
    reading.value(quantity)?.to(unit)?.number.try_into().ok()
}

/// A height in inches becomes one of a decimal, as height is told.
fn height(reading: &hut_drivers::Reading) -> Option<Centimetres> {
    converted(reading, Quantity::Height, Unit::Cm, 1).map(Centimetres)
}

/// A weight in pounds or jin becomes one of two decimals: the factor has more than any scale means.
fn weight(reading: &hut_drivers::Reading) -> Option<Kilograms> {
    converted(reading, Quantity::Weight, Unit::Kg, 2).map(Kilograms)
}

/// The number in our unit: as sent, or rounded to so many decimals when it came in another.
fn converted(reading: &hut_drivers::Reading, quantity: Quantity, ours: Unit, decimals: u32) -> Option<Decimal> {
    let sent = reading.value(quantity)?;
    let number = sent.to(ours)?.number;
    Some(if sent.unit == ours { number } else { half_up(number, decimals) })
}

fn pressure(reading: &hut_drivers::Reading) -> Option<Pressure> {
    Some(Pressure {
        systolic: MmHg(whole(reading, Quantity::Systolic, Unit::MmHg)?),
        diastolic: MmHg(whole(reading, Quantity::Diastolic, Unit::MmHg)?),
        pulse: whole(reading, Quantity::Pulse, Unit::PerMinute).map(BeatsPerMinute),
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
            Mark::IrregularPulse => Quality::IrregularPulse,
            Mark::Questionable => Quality::Questionable,
            Mark::TimeDoubtful => Quality::DeviceClockDoubtful,
        })
        .collect()
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

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    fn body(model: &str, bytes: &[u8]) -> hut_drivers::Reading {
        let mut device = Catalog::built_in().find(model).expect("a known model").device();
        let mut out = Vec::new();
        device.decoder().handle_bytes(Instant::now(), bytes, &mut out);
        match out.pop() {
            Some(Output::Reading(reading)) => reading,
            other => panic!("no reading: {other:?}"),
        }
    }

    #[test]
    fn pounds_and_inches_become_kilograms_and_centimetres() {
        let told = body("scale-esc-healthometer", b"\x1bR\x1bW0140.0\x1bH066.0\x1bNc\x1bE");
        assert_eq!(height(&told).map(|height| height.to_string()), Some("167.6".to_owned()));
        assert_eq!(weight(&told).map(|weight| weight.to_string()), Some("63.50".to_owned()));
        let raw = raw(&told, Quantity::Weight, Unit::Kg).expect("sent in pounds");
        assert_eq!((raw.value.to_string(), raw.unit), ("140.0".to_owned(), "lb".to_owned()));
        let told = body("scale-esc-healthometer", b"\x1bR\x1bW0071.4\x1bH168.25\x1bNm\x1bE");
        assert_eq!(height(&told).map(|height| height.0.normalize().to_string()), Some("168.25".to_owned()));
    }
}
