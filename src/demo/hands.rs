//! The demo in a window: the devices answer by themselves when their screen has come, and a line says what to touch.

use hut_drivers::emulate::Act;
use rust_decimal::Decimal;

use super::stage::{DOCTOR, FANG, SHAN, Stage};
use crate::model::device::Role;

/// What the emulated world does, and what the person in front is told, when a screen comes.
pub struct Hands {
    stage: Stage,
    visits: u32,
    readings: u32,
}

/// Seconds that a device takes to answer on a screen.
pub const DEVICE_S: u64 = 4;

impl Hands {
    /// Hands for a stage.
    pub fn new(stage: Stage) -> Self {
        Self { stage, visits: 0, readings: 0 }
    }

    /// The line at the bottom edge.
    pub fn hint(&self, screen: &str) -> String {
        match screen {
            "R01" => "演示：点一下屏幕 · Demo: touch the screen".to_owned(),
            "R02" => "演示：4 秒后自动放身份证 · Demo: a card is laid down in 4 s".to_owned(),
            "R11" => "演示：4 秒后血压计出结果 · Demo: the monitor measures in 4 s".to_owned(),
            "R13" => "演示：4 秒后有人站上秤 · Demo: somebody steps on in 4 s".to_owned(),
            "R16" => "演示：4 秒后血糖仪出结果 · Demo: the meter has a result in 4 s".to_owned(),
            "R19" => "演示：4 秒后测好血氧和体温 · Demo: oximeter and thermometer have values in 4 s".to_owned(),
            "R10" => "演示：可以点“我已经静坐过” · Demo: you may touch \"rested already\"".to_owned(),
            "D01" => format!("演示：选{}，密码 {} · Demo: choose the tile, PIN {}", DOCTOR.0, DOCTOR.1, DOCTOR.1),
            _ => "演示：所有设备都是模拟的 · Demo: all devices are emulated".to_owned(),
        }
    }

    /// Lets the device of this screen answer.
    pub fn act(&mut self, screen: &str) {
        match screen {
            "R02" => {
                self.stage.card(if self.visits.is_multiple_of(2) { &FANG } else { &SHAN });
                self.visits += 1;
                self.readings = 0;
            }
            "R11" | "R22" => {
                let (systolic, diastolic) = if self.visits % 2 == 1 { (146, 92) } else { (188, 116) };
                let lower = u16::try_from(self.readings.min(2)).unwrap_or(2) * 2;
                self.stage.pressure(systolic - lower, diastolic - lower, 77);
                self.readings += 1;
            }
            "R13" => {
                let (height, weight) = (Decimal::new(1580, 1), Decimal::new(6440, 2));
                self.stage.act(Role::HeightWeight, Act::HeightWeight { height, weight });
            }
            "R16" => self.stage.act(Role::Glucose, Act::Glucose { mg_per_dl: 97, control: false }),
            "R19" => self.stage.others(),
            "R24" => self.stage.lift(),
            _ => {}
        }
    }
}
