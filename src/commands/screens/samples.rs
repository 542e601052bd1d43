//! The states that are drawn: each is reached by touches and readings through the real session.

mod identifying;
mod measuring;
mod staff;
mod telling;
mod ways;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::player::{Person, Player};
use crate::kiosk::pictures::Lang;
use crate::model::device::{Monitor, Role};
use crate::model::{Duty, Station};
use crate::seeds::{self, SeedFault};
use crate::session::{State, World};

/// A picture to draw.
pub struct Sample {
    /// Id and name of the screen: `R20-result`.
    pub name: &'static str,
    /// `normal`, `empty`, `fault`, or what else there is to see.
    pub variant: &'static str,
    /// What does not change.
    pub world: Arc<World>,
    /// What is shown.
    pub shown: Shown,
}

impl Sample {
    /// A resident's screen, not staff's.
    pub fn is_residents(&self) -> bool {
        self.name.starts_with('R')
    }
}

/// What a sample shows.
pub enum Shown {
    /// A state of the session.
    State(Box<State>),
    /// The client is out of service.
    Fault,
}

/// 赵玉芳, 55, first time raised, waist past the limit.
pub const ZHAO: Person = Person { name: "赵玉芳", number: "999901197108122048" };
/// 马占山, 67, past the urgent limits.
pub const MA: Person = Person { name: "马占山", number: "999901195903170314" };
/// 孙小雨, 11.
pub const CHILD: Person = Person { name: "孙小雨", number: "999901201506140021" };
/// 王秀英, 57, comes every other week.
pub const WANG: Person = Person { name: "王秀英", number: "999901196812261223" };
/// 古丽娜·艾山, 59, low glucose.
pub const GULINA: Person = Person { name: "古丽娜·艾山", number: "999901196703051040" };
/// 孙国庆, 61, fasting glucose.
pub const SUN: Person = Person { name: "孙国庆", number: "999901196511012012" };
/// 刘桂兰, 72, second day.
pub const LIU: Person = Person { name: "刘桂兰", number: "999901195407091529" };

/// Somebody with a name of twenty characters.
pub const LONG: Person =
    Person { name: "阿卜杜热西提·麦麦提依明阿卜杜拉哈提艾江", number: "999901196703051040" };

/// Every sample, in the order of the screen map.
pub fn all() -> Result<Vec<Sample>, SeedFault> {
    told_in(Lang::default())
}

/// The same, of visits in this language: a slip stays as it was made.
pub fn told_in(lang: Lang) -> Result<Vec<Sample>, SeedFault> {
    let world = Arc::new(world()?);
    let mut samples = Samples { world, lang, monitor: MONITOR, all: Vec::new() };
    identifying::identification(&mut samples);
    identifying::without_consent_text(&mut samples)?;
    measuring::pressure(&mut samples);
    measuring::other_steps(&mut samples);
    telling::results(&mut samples);
    telling::trends(&mut samples);
    telling::slips(&mut samples);
    telling::urgent(&mut samples);
    telling::leaving(&mut samples);
    staff::desk(&mut samples);
    staff::out_of_service(&mut samples);
    Ok(samples.all)
}

/// The demo's station with every device, a phone, a doctor, two hospitals.
fn world() -> Result<World, SeedFault> {
    let station = seeds::station(seeds::DEMO_STATION)?;
    let station = station.ok_or_else(|| SeedFault::Station {
        file: seeds::DEMO_STATION,
        says: "it is not among the stations".to_owned(),
    })?;
    let station = Station {
        phone: "0994-000 0000".to_owned(),
        doctor_zh: "李医生".to_owned(),
        doctor_en: "Dr Li".to_owned(),
        referral_to: vec!["县人民医院 急诊科".to_owned(), "县中医医院".to_owned()],
        kits: vec!["卫生院生化仪".to_owned(), "干式血脂仪".to_owned(), "便携肺功能仪".to_owned()],
        ..station
    };
    let fitted = [
        (Role::IdCard, "id-card-sample"),
        (Role::BloodPressure, "bp-sample"),
        (Role::HeightWeight, "body-sample"),
        (Role::Glucose, "glucose-sample"),
        (Role::Scanner, "scanner-sample"),
        (Role::Printer, "printer-sample"),
        (Role::Spo2, "spo2-sample"),
        (Role::Temperature, "temperature-sample"),
    ];
    Ok(World {
        station,
        rules: seeds::rule_book(None)?,
        consent: Some(seeds::consent(None)?),
        fitted: fitted.into_iter().map(|(role, model)| (role, model.to_owned())).collect::<BTreeMap<_, _>>(),
        monitor: MONITOR,
        duty: Duty::default(),
        card_opens_history: true,
    })
}

/// With a cuff of its own, and a start key.
const MONITOR: Monitor = Monitor { arm_in: false, cuff_cm: Some([22, 32]), by_cable: false };

struct Samples {
    world: Arc<World>,
    lang: Lang,
    /// The monitor of the next samples.
    monitor: Monitor,
    all: Vec<Sample>,
}

impl Samples {
    fn add(&mut self, name: &'static str, variant: &'static str, play: impl FnOnce(&mut Player)) {
        let world = match self.monitor == self.world.monitor {
            true => self.world.clone(),
            false => Arc::new(World { monitor: self.monitor, ..(*self.world).clone() }),
        };
        let mut player = Player::open(&world, "08:40");
        player.state.lang = self.lang;
        play(&mut player);
        let shown = Shown::State(Box::new(player.state));
        self.all.push(Sample { name, variant, world, shown });
    }

    fn state(&mut self, name: &'static str, variant: &'static str, state: State) {
        let world = self.world.clone();
        self.all.push(Sample { name, variant, world, shown: Shown::State(Box::new(state)) });
    }
}
