//! What can happen to an agent, in words.

use rust_decimal::Decimal;

use crate::emulate::Act;
use crate::reading::Kind;

/// Reads an act from the words of a line.
pub fn read_act(kind: Kind, words: &[&str]) -> Option<Act> {
    let whole = |word: &str| word.parse::<u16>().ok();
    let exact = |word: &str| Decimal::from_str_exact(word).ok();
    let pressure = |systolic, diastolic, pulse| Act::Pressure { systolic, diastolic, pulse, movement: false };
    match (kind, words) {
        (Kind::BloodPressure, []) => Some(pressure(121, 79, 68)),
        (Kind::BloodPressure, [systolic, diastolic, pulse]) => {
            Some(pressure(whole(systolic)?, whole(diastolic)?, whole(pulse)?))
        }
        (Kind::Weight, []) => Some(Act::Weigh(Decimal::new(644, 1))),
        (Kind::Weight, [weight]) => Some(Act::Weigh(exact(weight)?)),
        (Kind::Weight, [height, weight]) => Some(Act::HeightWeight { height: exact(height)?, weight: exact(weight)? }),
        (Kind::Glucose, []) => Some(Act::Glucose { mg_per_dl: 101, control: false }),
        (Kind::Glucose, ["HI"]) => Some(Act::Glucose { mg_per_dl: 601, control: false }),
        (Kind::Glucose, ["LO"]) => Some(Act::Glucose { mg_per_dl: 19, control: false }),
        (Kind::Glucose, ["control", number]) => Some(Act::Glucose { mg_per_dl: whole(number)?, control: true }),
        (Kind::Glucose, ["records", count]) => Some(Act::Records(whole(count)?)),
        (Kind::Glucose, [number]) => Some(Act::Glucose { mg_per_dl: whole(number)?, control: false }),
        (Kind::Spo2, []) => Some(Act::Oxygen { spo2: 97, pulse: 68 }),
        (Kind::Spo2, [spo2, pulse]) => Some(Act::Oxygen { spo2: whole(spo2)?, pulse: whole(pulse)? }),
        (Kind::Temperature, []) => Some(Act::Temperature(Decimal::new(366, 1))),
        (Kind::Temperature, [celsius]) => Some(Act::Temperature(exact(celsius)?)),
        _ => None,
    }
}

/// The lines that an agent of this kind knows.
pub fn knows(kind: Kind) -> &'static str {
    match kind {
        Kind::BloodPressure => "`145 91 76` (mmHg, mmHg, /min)",
        Kind::Weight => "`64.4` (kg), `168.5 64.4` (cm, kg)",
        Kind::Glucose => "`101` (mg/dL), `HI`, `LO`, `control 102`, `records 50`",
        Kind::Spo2 => "`97 68` (%, /min)",
        _ => "`36.6` (°C)",
    }
}
