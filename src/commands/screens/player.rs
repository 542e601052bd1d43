//! Plays a visit through the real session: the store, the meter and the fingers are scripted.

use std::collections::VecDeque;
use std::sync::Arc;

use chrono::{DateTime, FixedOffset, TimeDelta};
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::model::device::{Card, DeviceEvent, GlucoseRecord, Origin, Role, Sensed};
use crate::model::measurement::{GlucoseLevel, Pressure, Quality};
use crate::model::resident::{Consent, Personal};
use crate::model::review::{CasePerson, DeskCounts};
use crate::model::units::{BeatsPerMinute, Celsius, Centimetres, Kilograms, MmHg, MmolPerLitre, Percent};
use crate::model::{
    CaseRow, ClockTrust, IdNumber, Measurement, Mint, Moment, Past, Resident, Source, StaffId, Subject, Urgency, Value,
};
use crate::session::doctor::{DeskEvent, PinRefusal, StaffMember};
use crate::session::{Effect, Event, Query, Saying, State, Tap, World, update};

/// Somebody invented.
#[derive(Clone, Copy, Debug)]
pub struct Person {
    /// Full name.
    pub name: &'static str,
    /// Citizen number of the region 999901, which does not exist.
    pub number: &'static str,
}

impl Person {
    /// The number, checked.
    pub fn id(&self) -> IdNumber {
        IdNumber::parse(self.number).expect("the invented numbers are well formed")
    }

    fn card(&self) -> Card {
        let number = self.id();
        Card {
            name: Personal(self.name.to_owned()),
            sex: number.sex(),
            birth_date: number.birth_date(),
            number,
            valid_to: None,
        }
    }

    fn resident(&self, id: crate::model::ResidentId) -> Resident {
        let number = self.id();
        Resident {
            id,
            name: Some(Personal(self.name.to_owned())),
            sex: number.sex(),
            birth_date: number.birth_date(),
            id_number: number,
            phone: Some(Personal("13000005678".to_owned())),
        }
    }
}

/// A client whose store remembers nothing and answers at once.
pub struct Player {
    /// What does not change.
    pub world: Arc<World>,
    /// What is shown.
    pub state: State,
    past: Past,
    cases: Vec<CaseRow>,
    refusal: Option<PinRefusal>,
    now: Moment,
}

impl Player {
    /// Opens the hut on 22 November at `time`, `08:40`, with every device there.
    pub fn open(world: &Arc<World>, time: &str) -> Self {
        let wall: DateTime<FixedOffset> =
            DateTime::parse_from_rfc3339(&format!("2026-11-22T{time}:00+08:00")).expect("the samples' times are times");
        let now = Moment { wall, since_boot_ms: 3_600_000, boot: Uuid::nil(), trust: ClockTrust::Trusted };
        let mut player = Self {
            world: world.clone(),
            state: State::new(now, [7; 32]),
            past: Past::default(),
            cases: Vec::new(),
            refusal: None,
            now,
        };
        let roles: Vec<Role> = world.fitted.keys().copied().collect();
        for role in roles {
            player.hears(role, DeviceEvent::Up);
        }
        player
    }

    /// The next person is known, with these session means before (days ago, upper, lower).
    pub fn knows(&mut self, person: Person, earlier: &[(i64, u16, u16)]) -> &mut Self {
        let today = self.now.day();
        let day = |ago: i64| today - TimeDelta::days(ago);
        let past = |(ago, systolic, diastolic): &(i64, u16, u16)| crate::model::past::PastPressure {
            date: day(*ago),
            systolic: *systolic,
            diastolic: *diastolic,
            trusted: true,
        };
        let mut mint = Mint::new([3; 32]);
        self.past = Past {
            resident: Some(person.resident(mint.id(self.now))),
            consent: Some(Consent { keep: true, doctor_view: true, upload: true }),
            pressures: earlier.iter().map(past).collect(),
            last_visit: earlier.last().map(|(ago, ..)| day(*ago)),
            ..Past::default()
        };
        self
    }

    /// The next person was measured before: so many days ago, this.
    pub fn measured_before(&mut self, earlier: &[(i64, Value)]) -> &mut Self {
        let mut mint = Mint::new([4; 32]);
        let measurement = |(ago, value): &(i64, Value)| {
            let at = Moment { wall: self.now.wall - TimeDelta::days(*ago), ..self.now };
            Measurement {
                id: mint.id(at),
                visit: mint.id(at),
                at,
                value: *value,
                source: Source::Typed,
                quality: Vec::new(),
            }
        };
        self.past.measurements = earlier.iter().map(measurement).collect();
        self
    }

    /// The doctor's queue holds these.
    pub fn queue(&mut self, cases: Vec<CaseRow>) -> &mut Self {
        self.cases = cases;
        self
    }

    /// The next PIN is refused.
    pub fn refuses(&mut self, refusal: PinRefusal) -> &mut Self {
        self.refusal = Some(refusal);
        self
    }

    /// A card is laid down.
    pub fn card(&mut self, person: Person) -> &mut Self {
        self.hears(Role::IdCard, DeviceEvent::Card(person.card()))
    }

    /// A card is laid down whose last day was so many days ago.
    pub fn expired_card(&mut self, person: Person, days: i64) -> &mut Self {
        let valid_to = Some(self.now.day() - TimeDelta::days(days));
        self.hears(Role::IdCard, DeviceEvent::Card(Card { valid_to, ..person.card() }))
    }

    /// A code is held before the scanner.
    pub fn code(&mut self, says: &str) -> &mut Self {
        self.hears(Role::Scanner, DeviceEvent::Code(Personal(says.to_owned())))
    }

    /// A touch.
    pub fn tap(&mut self, tap: Tap) -> &mut Self {
        self.take(Event::Tap(tap))
    }

    /// Touches on a keypad.
    pub fn keys(&mut self, keys: &str) -> &mut Self {
        for key in keys.chars() {
            self.tap(Tap::Key(key));
        }
        self
    }

    /// A device says something.
    pub fn hears(&mut self, role: Role, event: DeviceEvent) -> &mut Self {
        self.take(Event::Device(role, event))
    }

    /// From R07 by way of 都没有 and the cuff to R09.
    pub fn cuffed(&mut self) -> &mut Self {
        self.tap(Tap::Habit(None)).tap(Tap::Next)
    }

    /// From R07 to R11: nothing to tell, the cuff is on, sits well, has rested.
    pub fn seated(&mut self) -> &mut Self {
        self.cuffed().tap(Tap::Next).waits(3).tap(Tap::Rested)
    }

    /// The monitor gives a reading.
    pub fn bp(&mut self, systolic: u16, diastolic: u16, pulse: u16) -> &mut Self {
        self.bp_marked(systolic, diastolic, pulse, Vec::new())
    }

    /// The monitor gives a reading with marks.
    pub fn bp_marked(&mut self, systolic: u16, diastolic: u16, pulse: u16, quality: Vec<Quality>) -> &mut Self {
        let pressure =
            Pressure { systolic: MmHg(systolic), diastolic: MmHg(diastolic), pulse: Some(BeatsPerMinute(pulse)) };
        let sensed = Sensed::Pressure(pressure);
        let origin = self.origin(Role::BloodPressure);
        self.hears(Role::BloodPressure, DeviceEvent::Reading { sensed, quality, origin })
    }

    /// The height and weight machine gives a reading, in millimetres and grams.
    pub fn body(&mut self, height_mm: i64, weight_g: i64) -> &mut Self {
        let sensed = Sensed::Body {
            height: Some(Centimetres(Decimal::new(height_mm, 1))),
            weight: Kilograms(Decimal::new(weight_g / 100, 1)),
        };
        let origin = self.origin(Role::HeightWeight);
        self.hears(Role::HeightWeight, DeviceEvent::Reading { sensed, quality: Vec::new(), origin })
    }

    /// The meter has these new records, in tenths of mmol/L.
    pub fn glucose(&mut self, tenths: &[i64]) -> &mut Self {
        self.hears(Role::Glucose, DeviceEvent::Ready);
        let record = |tenths: &i64| GlucoseRecord {
            level: GlucoseLevel::Value(MmolPerLitre(Decimal::new(*tenths, 1))),
            quality: Vec::new(),
            origin: self.origin(Role::Glucose),
        };
        let records = tenths.iter().map(record).collect();
        self.hears(Role::Glucose, DeviceEvent::Records(records))
    }

    /// The clip gives a value, in per cent.
    pub fn oxygen(&mut self, spo2: u16) -> &mut Self {
        let origin = self.origin(Role::Spo2);
        let sensed = Sensed::Oxygen(Percent(spo2));
        self.hears(Role::Spo2, DeviceEvent::Reading { sensed, quality: Vec::new(), origin })
    }

    /// The thermometer gives a value, in tenths of a degree.
    pub fn temperature(&mut self, tenths: i64) -> &mut Self {
        let origin = self.origin(Role::Temperature);
        let sensed = Sensed::Temperature(Celsius(Decimal::new(tenths, 1)));
        self.hears(Role::Temperature, DeviceEvent::Reading { sensed, quality: Vec::new(), origin })
    }

    /// The voice begins to say something.
    pub fn says(&mut self, saying: Saying) -> &mut Self {
        self.take(Event::Voice(Some(saying)))
    }

    /// So many seconds pass, tick by tick.
    pub fn waits(&mut self, seconds: u64) -> &mut Self {
        for _ in 0..seconds {
            self.pass(1000);
            self.take(Event::Tick);
        }
        self
    }

    /// The case that this visit makes for the doctor, raised so many minutes before `now`.
    pub fn case(&self, person: Option<Person>, level: Urgency, now: Moment, minutes_ago: i64) -> CaseRow {
        let visit = self.state.visit.as_ref().expect("the sample has a visit");
        let mut mint = Mint::new([minutes_ago.rem_euclid(251) as u8; 32]);
        let since = Moment { wall: now.wall - TimeDelta::minutes(minutes_ago), ..now };
        CaseRow {
            flag: mint.id(since),
            task: mint.id(since),
            evaluation: mint.id(since),
            visit: visit.id,
            person: match (person, visit.subject) {
                (_, Subject::Guest(guest)) => CasePerson::Guest(guest),
                (person, Subject::Resident(id)) => CasePerson::Resident {
                    id,
                    name: person.map(|person| Personal(person.name.to_owned())),
                    last_four: visit.who.last_four().to_owned(),
                    sex: visit.who.sex,
                    birth: visit.who.number.as_ref().map_or(now.day(), IdNumber::birth_date),
                    age: visit.who.age(now.day()),
                },
            },
            level,
            since,
            assessment: visit.assessment.clone().unwrap_or_default(),
            readings: visit.taken.clone(),
            symptoms: visit.symptoms.clone(),
            answers: visit.all_answers(),
            registration: (!visit.assessment.clone().unwrap_or_default().high_risk.is_empty()).then(|| mint.id(since)),
            history: visit.past.pressures.iter().map(|past| (past.date, past.systolic, past.diastolic)).collect(),
            upload: true,
        }
    }

    /// Now.
    pub fn now(&self) -> Moment {
        self.now
    }

    fn origin(&self, role: Role) -> Origin {
        let model = self.world.fitted.get(&role).cloned().unwrap_or_default();
        Origin { role, model, device_time: Some(self.now.wall.naive_local()), raw: None }
    }

    fn pass(&mut self, ms: i64) {
        self.now.wall += TimeDelta::milliseconds(ms);
        self.now.since_boot_ms += ms.unsigned_abs();
    }

    fn take(&mut self, event: Event) -> &mut Self {
        let mut events = VecDeque::from([event]);
        while let Some(event) = events.pop_front() {
            let (state, effects) = update(&self.world, self.state.clone(), self.now, event);
            self.state = state;
            events.extend(effects.into_iter().filter_map(|effect| self.answer(effect)));
        }
        self
    }

    fn answer(&mut self, effect: Effect) -> Option<Event> {
        Some(match effect {
            Effect::Record(_) => Event::Recorded(Ok(())),
            Effect::Load(Query::Past(_)) => Event::Past(Box::new(self.past.clone())),
            Effect::Load(Query::Registered(phone, _)) => {
                let known = self.past.resident.clone().into_iter();
                Event::Registered(
                    known.filter(|known| known.phone.as_ref().is_some_and(|own| own.0 == phone.0)).collect(),
                )
            }
            Effect::Load(Query::Slips) => Event::Slips(Vec::new()),
            Effect::Load(Query::Desk) => Event::Desk(DeskEvent::Loaded {
                cases: self.cases.clone(),
                counts: DeskCounts { visits_today: 23, guided: (318, 318), registered: (41, 42) },
                staff: staff(self.now),
            }),
            Effect::Load(Query::Pin(staff, _)) => {
                Event::Desk(DeskEvent::Pin(staff, self.refusal.take().map_or(Ok(()), Err)))
            }
            Effect::Print(_) | Effect::Order(..) | Effect::Tone(_) | Effect::SyncNow | Effect::SyncByHand => {
                return None;
            }
        })
    }
}

fn staff(now: Moment) -> Vec<StaffMember> {
    let mut mint = Mint::new([5; 32]);
    let mut member = |name: &str, role: &str| {
        let id: StaffId = mint.id(now);
        StaffMember { id, name: name.to_owned(), role: role.to_owned() }
    };
    vec![member("李建国", "doctor"), member("王晓梅", "nurse"), member("阿依古丽·买买提", "keeper")]
}
