//! The other side of each conversation: devices that answer as the protocol pages say, for tests and the demo.
//!
//! An [`Emulate`] is as pure as a decoder: bytes, acts and moments in, bytes with delays out. `Emulator` runs one on a
//! pseudo-terminal (feature `serial`).

use std::time::{Duration, Instant};

use chrono::NaiveDateTime;
use rust_decimal::Decimal;

use crate::reading::{Identity, Kind};

pub mod areo;
pub mod bm58;
pub mod caresens;
pub mod cms50;
pub mod codefree;
pub mod contec08a;
pub mod contour;
pub mod described;
pub mod diary;
pub mod escpos;
pub mod gl150;
pub mod hem790it;
pub mod ieee11073;
pub mod meter;
pub mod nibp_stx;
pub mod optium;
#[cfg(feature = "serial")]
mod run;
pub mod sam;
pub mod scanner;
pub mod seca460;
pub mod st_gs;
pub mod ultra2;
pub mod ultraeasy;
pub mod visomat;
mod words;

#[cfg(feature = "serial")]
pub use run::{EmulateFault, Emulator, Options};
pub use words::{Cannot, knows, read};

/// A device as seen from its wire.
pub trait Emulate: Send {
    /// Takes bytes from the host.
    fn handle_bytes(&mut self, at: Instant, bytes: &[u8], say: &mut Vec<Say>);
    /// Takes notice that the [`deadline`](Emulate::deadline) has come.
    fn handle_timeout(&mut self, at: Instant, say: &mut Vec<Say>);
    /// When it wants to do something by itself.
    fn deadline(&self) -> Option<Instant>;
    /// Lets something happen to the device; `false` if it cannot happen to this one.
    fn act(&mut self, at: Instant, act: Act, say: &mut Vec<Say>) -> bool;
    /// Damages one of its frames so that the host must notice.
    fn spoil(&self, frame: &mut [u8]);
    /// Whether it speaks all the time; what nobody hears is then lost.
    fn streams(&self) -> bool {
        false
    }
    /// What a printer has printed so far, as text; a cut is a line `[full cut]` or `[partial cut]`.
    fn printed(&self) -> &str {
        ""
    }
}

/// Bytes for the host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Say {
    /// How long after what was said before.
    pub after: Duration,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// What can happen to a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// A blood-pressure measurement ends well. mmHg, /min.
    Pressure {
        /// Systolic.
        systolic: u16,
        /// Diastolic.
        diastolic: u16,
        /// Pulse.
        pulse: u16,
        /// Whether the person moved.
        movement: bool,
    },
    /// A measurement ends with the device's own error number.
    Error(u8),
    /// Somebody is measured for height (cm) and weight (kg).
    HeightWeight {
        /// Centimetres.
        height: Decimal,
        /// Kilograms.
        weight: Decimal,
    },
    /// Somebody steps on, stands still and steps off. Kilograms.
    Weigh(Decimal),
    /// Somebody steps on and stays. Kilograms.
    StepOn(Decimal),
    /// The platform is left.
    StepOff,
    /// A strip is measured: a new record in the meter's memory.
    Glucose {
        /// mg/dL.
        mg_per_dl: u16,
        /// Whether it was control solution.
        control: bool,
    },
    /// A ketone strip is measured, in tenths of a mmol/L: a record that is no glucose.
    Ketone(u16),
    /// A finger lies in the oximeter.
    Oxygen {
        /// Per cent.
        spo2: u8,
        /// Per minute.
        pulse: u8,
    },
    /// A temperature is taken. Degrees Celsius.
    Temperature(Decimal),
    /// A code is held before the scanner. Personal.
    Scan(String),
    /// The printer's paper.
    Paper(Paper),
    /// The printer's cover is opened or closed.
    Cover {
        /// Opened.
        open: bool,
    },
    /// The memory is filled with this many records, the newest an hour old.
    Records(u16),
    /// A card is laid on the reader; one that lies there is lifted first.
    LayCard(Box<Identity>),
    /// The card is lifted.
    LiftCard,
    /// The device's clock is set.
    SetClock(NaiveDateTime),
}

/// How much paper a printer has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Paper {
    /// Enough.
    #[default]
    Enough,
    /// Near its end.
    Low,
    /// None.
    Out,
}

/// How an emulated device misbehaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Behaviour {
    /// Not at all.
    #[default]
    Good,
    /// It says nothing.
    Silent,
    /// Everything comes this much later.
    Slow(Duration),
    /// Noise stands before and after each frame.
    Garbage,
    /// Frames are damaged.
    BadChecksum,
    /// Frames stop in the middle.
    Half,
    /// It is unplugged in the middle of the next frame.
    HangUp,
}

/// A device's clock.
#[derive(Clone, Copy, Debug)]
pub struct Wall {
    since: Instant,
    moment: NaiveDateTime,
}

impl Wall {
    /// Returns a clock that shows `moment` at `since`.
    pub fn new(since: Instant, moment: NaiveDateTime) -> Wall {
        Wall { since, moment }
    }

    /// What it shows at `at`.
    pub fn at(&self, at: Instant) -> NaiveDateTime {
        // A device's clock that runs for longer than chrono can count shows its start again.
        chrono::Duration::from_std(at.saturating_duration_since(self.since))
            .ok()
            .and_then(|passed| self.moment.checked_add_signed(passed))
            .unwrap_or(self.moment)
    }
}

/// Returns the emulated device by the name of its decoder, as descriptors use it, and for some by what it is for.
pub fn by_name(decoder: &str, kind: Kind, wall: Wall) -> Option<Box<dyn Emulate>> {
    Some(match decoder {
        "areo" => Box::new(areo::Areo::new(wall)),
        "bm58" => Box::new(bm58::Bm58::new(wall)),
        "caresens" => Box::new(caresens::CareSens::new(wall)),
        "cms50" => Box::new(cms50::Cms50::new()),
        "codefree" => Box::new(codefree::CodeFree::new(wall)),
        "contec08a" => Box::new(contec08a::Contec08a::new(wall)),
        "contour" => Box::new(contour::Contour::serial(wall)),
        "contour_hid" => Box::new(contour::Contour::usb(wall)),
        "escpos" => Box::new(escpos::Escpos::new()),
        "gl150" => Box::new(gl150::Gl150::new()),
        "hem790it" => Box::new(hem790it::Hem790it::new(wall)),
        "ieee11073" => Box::new(ieee11073::Agent::new(kind, wall)?),
        "nibp_stx" => Box::new(nibp_stx::NibpStx::new()),
        "optium" => Box::new(optium::Optium::new(wall)),
        "sam" => Box::new(sam::Sam::new()),
        "scanner" => Box::new(scanner::Scanner::new()),
        "seca460" => Box::new(seca460::Seca460::new(wall.since)),
        "st_gs" => Box::new(st_gs::StGs::new(wall.since)),
        "ultra2" => Box::new(ultra2::Ultra2::new(wall)),
        "ultraeasy" => Box::new(ultraeasy::UltraEasy::new(wall)),
        "visomat" => Box::new(visomat::Visomat::new(wall)),
        _ => return None,
    })
}

fn say(after_ms: u64, bytes: impl Into<Vec<u8>>) -> Say {
    Say { after: Duration::from_millis(after_ms), bytes: bytes.into() }
}
