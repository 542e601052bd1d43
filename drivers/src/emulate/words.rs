//! Acts in words, one line each: what `hut-devices emulate` reads and what scripts hold.

use rust_decimal::Decimal;

use super::{Act, Paper, sam};
use crate::reading::{Identity, Kind, Sex};

/// An act that a device of this kind does not know.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this device cannot `{what}`; it knows: {knows}")]
pub struct Cannot {
    /// What was asked; nothing of a card's text.
    pub what: String,
    /// What it can do, as lines of text.
    pub knows: &'static str,
}

/// Reads an act from a line of text; an empty line is the usual measurement of a device of this kind.
///
/// # Errors
/// When such a device does not know the words.
pub fn read(kind: Kind, line: &str) -> Result<Act, Cannot> {
    let words: Vec<&str> = line.split([' ', '/', '\t']).filter(|word| !word.is_empty()).collect();
    let act = match words[..] {
        ["clock", moment] => moment.parse().ok().map(Act::SetClock),
        ["error", code] if !matches!(kind, Kind::IdCard | Kind::Scanner | Kind::Printer) => {
            code.parse().ok().map(Act::Error)
        }
        _ => match kind {
            Kind::BloodPressure => pressure(&words),
            Kind::Weight => weight(&words),
            Kind::HeightWeight | Kind::BodyComposition => height_weight(&words),
            Kind::Glucose => glucose(&words),
            Kind::Spo2 => oxygen(&words),
            Kind::Temperature => temperature(&words),
            Kind::IdCard => card(line),
            Kind::Scanner => Some(Act::Scan(if line.trim().is_empty() { CODE } else { line.trim() }.to_owned())),
            Kind::Printer => paper(&words),
        },
    };
    act.ok_or_else(|| cannot(kind, line))
}

/// The words that a device of this kind does not know, or this one of its kind.
pub(super) fn cannot(kind: Kind, line: &str) -> Cannot {
    let what = if kind == Kind::IdCard { "do that" } else { line.trim() };
    Cannot { what: what.to_owned(), knows: knows(kind) }
}

/// The words that devices of this kind know.
pub fn knows(kind: Kind) -> &'static str {
    match kind {
        Kind::BloodPressure => "`145 91 76` (mmHg, mmHg, /min), `145 91 76 moved`, `error 7`, `records 50`",
        Kind::Weight => {
            "`64.4` (kg; steps on and off), `on 64.4`, `off`, `168.5 64.4` (cm, kg) and `error 7`, as far as the model can"
        }
        Kind::HeightWeight | Kind::BodyComposition => "`168.5 64.4` (cm, kg), and `error 7` if the model can",
        Kind::Glucose => {
            "`101` (mg/dL), `HI`, `LO`, `control 102`, `ketone 5`, `records 50`, and `error 7` if the model can"
        }
        Kind::Spo2 => "`98 72` (%, /min), `off` (no finger), and `error 7` if the model can",
        Kind::Temperature => "`36.6` (°C), and `error 7` if the model can",
        Kind::IdCard => "`lay`, `lay name=测试乙 sex=female birth=1960-05-01`, `lay id=…`, `lift`",
        Kind::Scanner => "the text of a code, such as `6901234567892`",
        Kind::Printer => "`paper ok`, `paper low`, `paper out`",
    }
}

fn pressure(words: &[&str]) -> Option<Act> {
    let (numbers, movement) = match words {
        [] => return Some(Act::Pressure { systolic: 128, diastolic: 78, pulse: 72, movement: false }),
        ["records", count] => return count.parse().ok().map(Act::Records),
        [numbers @ .., "moved"] => (numbers, true),
        numbers => (numbers, false),
    };
    let [systolic, diastolic, pulse] = numbers else { return None };
    Some(Act::Pressure {
        systolic: systolic.parse().ok()?,
        diastolic: diastolic.parse().ok()?,
        pulse: pulse.parse().ok()?,
        movement,
    })
}

fn weight(words: &[&str]) -> Option<Act> {
    match words {
        [] => Some(Act::Weigh(Decimal::new(644, 1))),
        ["off"] => Some(Act::StepOff),
        ["on", load] => load.parse().ok().map(Act::StepOn),
        [load] => load.parse().ok().map(Act::Weigh),
        [_, _] => height_weight(words),
        _ => None,
    }
}

fn height_weight(words: &[&str]) -> Option<Act> {
    let (height, weight) = match words {
        [] => (Decimal::new(1685, 1), Decimal::new(6440, 2)),
        [height, weight] => (height.parse().ok()?, weight.parse().ok()?),
        _ => return None,
    };
    Some(Act::HeightWeight { height, weight })
}

fn glucose(words: &[&str]) -> Option<Act> {
    let strip = |mg_per_dl, control| Act::Glucose { mg_per_dl, control };
    match words {
        [] => Some(strip(101, false)),
        ["HI"] => Some(strip(601, false)),
        ["LO"] => Some(strip(9, false)),
        ["control", number] => number.parse().ok().map(|number| strip(number, true)),
        ["ketone", tenths] => tenths.parse().ok().map(Act::Ketone),
        ["records", count] => count.parse().ok().map(Act::Records),
        [number] => number.parse().ok().map(|number| strip(number, false)),
        _ => None,
    }
}

fn oxygen(words: &[&str]) -> Option<Act> {
    match words {
        [] => Some(Act::Oxygen { spo2: 98, pulse: 72 }),
        ["off"] => Some(Act::StepOff),
        [spo2, pulse] => Some(Act::Oxygen { spo2: spo2.parse().ok()?, pulse: pulse.parse().ok()? }),
        _ => None,
    }
}

fn temperature(words: &[&str]) -> Option<Act> {
    match words {
        [] => Some(Act::Temperature(Decimal::new(366, 1))),
        [celsius] => celsius.parse().ok().map(Act::Temperature),
        _ => None,
    }
}

fn paper(words: &[&str]) -> Option<Act> {
    match words {
        [] | ["paper", "ok"] => Some(Act::Paper(Paper::Enough)),
        ["paper", "low"] => Some(Act::Paper(Paper::Low)),
        ["paper", "out"] => Some(Act::Paper(Paper::Out)),
        ["cover", "open"] => Some(Act::Cover { open: true }),
        ["cover", "shut"] => Some(Act::Cover { open: false }),
        _ => None,
    }
}

fn card(line: &str) -> Option<Act> {
    if line.trim() == "lift" {
        return Some(Act::LiftCard);
    }
    let mut card = sam::example();
    card.id.clear();
    for word in line.split_whitespace().filter(|word| *word != "lay") {
        let (key, value) = word.split_once('=')?;
        set(&mut card, key, value)?;
    }
    if card.id.is_empty() {
        card.id = sam::made_up_number(card.birth, card.sex, 0);
    }
    Some(Act::LayCard(Box::new(card)))
}

fn set(card: &mut Identity, key: &str, value: &str) -> Option<()> {
    match key {
        "name" => card.name = value.to_owned(),
        "sex" if value == "male" => card.sex = Sex::Male,
        "sex" if value == "female" => card.sex = Sex::Female,
        "birth" => card.birth = value.parse().ok()?,
        "address" => card.address = Some(value.to_owned()),
        "id" => card.id = value.to_owned(),
        _ => return None,
    }
    Some(())
}

const CODE: &str = "6901234567892";
