//! Reads and plays a journey file, line by line; the words are in `tests/journeys/README.md`.

use health_hut::assess::chronicle::Chronicle;
use health_hut::assess::reasons::{quality, why};
use health_hut::commands::reassess::reassess;
use health_hut::model::device::{Card, DeviceEvent, GlucoseRecord, Origin, Role, Sensed, Trouble};
use health_hut::model::measurement::{GlucoseLevel, Pressure};
use health_hut::model::resident::{AgeBand, Answer, ConsentSwitch, Personal, Question};
use health_hut::model::review::CasePerson;
use health_hut::model::units::{BeatsPerMinute, Celsius, Centimetres, Kilograms, MmHg, MmolPerLitre, Percent, half_up};
use health_hut::model::{IdNumber, Sex, Urgency};
use health_hut::seeds;
use health_hut::session::doctor::{DeskTap, SheetKind};
use health_hut::session::measure::{EntryTap, Meal};
use health_hut::session::{Habit, Item, PressureStep, Screen, State, Symptom, Tap};
use hut_words::Lang;
use rust_decimal::Decimal;

use super::hut::Hut;

pub fn play(name: &str, text: &str) {
    let mut player = Player { hut: None, name: name.to_owned(), saves: 0, units: 0, online: false, queue: None };
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let words: Vec<&str> = line.split_whitespace().collect();
        if let Err(says) = player.line(&words) {
            let state = player.hut.as_ref().map(|hut| describe(hut.state())).unwrap_or_default();
            panic!("{name}:{}: `{line}`: {says}\n  in front: {state}", number + 1);
        }
    }
    player.no_unread_queue();
    judged_again_the_same(name, player.hut());
}

/// The edition that judged a visit finds the same in what was stored of it.
fn judged_again_the_same(name: &str, hut: &Hut) {
    let mut chronicle = Chronicle::default();
    hut.reader().walk(|stored| chronicle.add(stored.new.at, stored.new.fact)).unwrap();
    let rules = seeds::rule_book(None).unwrap();
    let outcome = reassess(&rules, &chronicle, "2026-11").unwrap();
    assert_eq!(outcome.changes, [], "{name}");
    for visit in chronicle.visits() {
        let told = visit.evaluation.iter().flat_map(|(_, assessment)| &assessment.reasons);
        for reason in told {
            let told = why(&rules, reason);
            assert!(told.zh.contains(&reason.source) && told.en.contains(&reason.source), "{name}: {told:?}");
        }
        let readings = quality(&rules, &visit.taken);
        assert!(readings.zh.starts_with("读数：") && readings.en.starts_with("readings: "), "{name}: {readings:?}");
    }
}

struct Player {
    hut: Option<Hut>,
    name: String,
    /// Commits already told by `saves`, and by `units`.
    saves: usize,
    units: usize,
    online: bool,
    queue: Option<usize>,
}

impl Player {
    fn hut(&mut self) -> &mut Hut {
        self.hut.as_mut().expect("a journey begins with `clock`")
    }

    fn line(&mut self, words: &[&str]) -> Result<(), String> {
        if words[0] != "queue" {
            self.queue = None;
        }
        match words {
            ["clock", day, time] => {
                let stem = self.name.replace('.', "-");
                let mut hut = Hut::open_at(&stem, &format!("{day} {time}"));
                hut.sync();
                (self.saves, self.units) = (hut.commits.len(), hut.commits.len());
                self.hut = Some(hut);
            }
            ["online"] | ["offline"] => {
                self.online = words[0] == "online";
                let online = self.online;
                self.hut().online = online;
                self.hut().sync();
            }
            ["card", name, number, sex] => {
                let number = IdNumber::parse(number).map_err(|fault| fault.to_string())?;
                let sex = if *sex == "male" { Sex::Male } else { Sex::Female };
                let birth_date = number.birth_date();
                let card = Card { name: Personal((*name).to_owned()), number, sex, birth_date, valid_to: None };
                self.hut().hears(Role::IdCard, DeviceEvent::Card(card));
            }
            ["expired-card", name, number] => {
                let number = IdNumber::parse(number).map_err(|fault| fault.to_string())?;
                let (sex, birth_date) = (number.sex(), number.birth_date());
                let valid_to = self.hut().now().day().pred_opt();
                let card = Card { name: Personal((*name).to_owned()), number, sex, birth_date, valid_to };
                self.hut().hears(Role::IdCard, DeviceEvent::Card(card));
            }
            ["tap", rest @ ..] => {
                let tap = tap(rest)?;
                self.hut().taps(tap);
            }
            ["keys", keys] => keys.chars().for_each(|key| self.hut().taps(Tap::Key(key))),
            ["hears", rest @ ..] => self.hears(rest)?,
            ["waits", seconds] => {
                let seconds = seconds.parse().map_err(|_| "seconds")?;
                self.hut().waits(seconds);
            }
            ["power", "cut"] => self.hut().power_cut(),
            ["screen", wanted @ ..] => {
                let found = describe(self.hut().state());
                let missing: Vec<_> = wanted.iter().filter(|word| !found.contains(**word)).collect();
                same(&missing, &Vec::new()).map_err(|_| format!("not there: {missing:?}"))?;
            }
            ["saves", wanted @ ..] => {
                let at = self.saves;
                let commit = self.hut().commits.get(at).cloned().ok_or("nothing more was saved")?;
                self.saves += 1;
                same(&Hut::fact_kinds(&commit), &wanted.iter().map(|w| (*w).to_owned()).collect())?;
            }
            ["units", wanted @ ..] => {
                let until = self.hut().commits.len();
                let from = std::mem::replace(&mut self.units, until);
                let commits = &self.hut().commits[from..];
                let kinds = commits.iter().flat_map(|commit| &commit.units);
                let found: Vec<String> = kinds.map(|unit| format!("{:?}", unit.kind).to_lowercase()).collect();
                same(&found, &wanted.iter().map(|w| (*w).to_owned()).collect())?;
            }
            ["platform", what, count] => {
                let count: usize = count.parse().map_err(|_| "a count")?;
                let (kind, status) = what.split_once('.').unwrap_or((what, ""));
                let all = self.hut().platform.all(kind);
                let found = all.iter().filter(|it| status.is_empty() || it["status"] == status).count();
                let waiting = self.hut().reader().outlook().map_err(|fault| fault.to_string())?;
                let why: Vec<_> = waiting.iter().filter_map(|it| it.says.clone()).collect();
                same(&found, &count).map_err(|says| format!("{says}; waiting: {why:?}"))?;
                same(&self.hut().platform.doubles(), &Vec::new())?;
            }
            ["outbox", "waiting", waiting, "kept-back", kept, "stuck", stuck] => {
                let now = self.hut().now();
                let counts = self.hut().reader().outbox_counts(&now).map_err(|fault| fault.to_string())?;
                let sum: u32 = counts.waiting.iter().sum();
                let found = [sum.to_string(), counts.kept_back.to_string(), counts.refused.len().to_string()];
                same(&found, &[*waiting, *kept, *stuck].map(str::to_owned))
                    .map_err(|says| format!("{says} {:?}", counts.refused))?;
            }
            ["queue", "empty"] => {
                let now = self.hut().now();
                let cases = self.hut().reader().cases(&now).map_err(|fault| fault.to_string())?;
                same(&cases.len(), &0)?;
            }
            ["queue", wanted @ ..] => {
                let now = self.hut().now();
                let cases = self.hut().reader().cases(&now).map_err(|fault| fault.to_string())?;
                let found: Vec<String> = cases.iter().flat_map(|case| [level(case.level), who(&case.person)]).collect();
                same(&found, &wanted.iter().map(|w| (*w).to_owned()).collect())?;
            }
            _ => return Err("not a word of journeys/README.md".to_owned()),
        }
        Ok(())
    }

    fn no_unread_queue(&mut self) {
        let told = self.saves;
        let left: Vec<_> = self.hut().commits.get(told..).unwrap_or_default().iter().map(Hut::fact_kinds).collect();
        assert!(left.is_empty(), "{}: saved, but not told: {left:?}", self.name);
    }

    fn hears(&mut self, words: &[&str]) -> Result<(), String> {
        let number = |text: &str| text.parse::<u16>().map_err(|_| format!("`{text}` is no number"));
        let decimal = |text: &str| text.parse::<Decimal>().map_err(|_| format!("`{text}` is no number"));
        let reading = |role, sensed| (role, DeviceEvent::Reading { sensed, quality: Vec::new(), origin: origin(role) });
        let (role, event) = match words {
            ["bp", systolic, diastolic, pulse] => {
                let (systolic, diastolic) = (MmHg(number(systolic)?), MmHg(number(diastolic)?));
                let pulse = Some(BeatsPerMinute(number(pulse)?));
                reading(Role::BloodPressure, Sensed::Pressure(Pressure { systolic, diastolic, pulse }))
            }
            ["bp-error", code] => {
                let code = code.parse().map_err(|_| "an error number")?;
                (Role::BloodPressure, DeviceEvent::Trouble(Trouble::DeviceError(code)))
            }
            ["bp-trouble", trouble] => {
                let all = [Trouble::CuffLoose, Trouble::Movement, Trouble::Broken, Trouble::NoAnswer];
                let found = all.into_iter().find(|known| format!("{known:?}").to_lowercase() == *trouble);
                (Role::BloodPressure, DeviceEvent::Trouble(found.ok_or("no such trouble")?))
            }
            ["cuff", pressure] => (Role::BloodPressure, DeviceEvent::Cuff(number(pressure)?)),
            ["body", height, weight] => {
                let height = Some(Centimetres(decimal(height)?));
                reading(Role::HeightWeight, Sensed::Body { height, weight: Kilograms(decimal(weight)?) })
            }
            ["glucose", mg_per_dl] => {
                let level = GlucoseLevel::Value(MmolPerLitre(half_up(decimal(mg_per_dl)? / Decimal::from(18), 1)));
                let record = GlucoseRecord { level, quality: Vec::new(), origin: origin(Role::Glucose) };
                (Role::Glucose, DeviceEvent::Records(vec![record]))
            }
            ["bad-card"] => (Role::IdCard, DeviceEvent::Trouble(Trouble::Card)),
            ["code", says] => (Role::Scanner, DeviceEvent::Code(Personal((*says).to_owned()))),
            ["spo2", percent] => reading(Role::Spo2, Sensed::Oxygen(Percent(number(percent)?))),
            ["temperature", celsius] => reading(Role::Temperature, Sensed::Temperature(Celsius(decimal(celsius)?))),
            ["settling", device] => (role(device)?, DeviceEvent::Settling),
            ["gone", device] => (role(device)?, DeviceEvent::Gone),
            ["back", device] => (role(device)?, DeviceEvent::Up),
            _ => return Err("nothing that a device says".to_owned()),
        };
        self.hut().hears(role, event);
        Ok(())
    }
}

fn same<T: PartialEq + std::fmt::Debug>(found: &T, wanted: &T) -> Result<(), String> {
    if found == wanted { Ok(()) } else { Err(format!("found {found:?}")) }
}

fn origin(role: Role) -> Origin {
    Origin { role, model: "scripted".to_owned(), device_time: None, raw: None }
}

fn role(name: &str) -> Result<Role, String> {
    let all = [
        Role::IdCard,
        Role::BloodPressure,
        Role::HeightWeight,
        Role::Weight,
        Role::Glucose,
        Role::Spo2,
        Role::Temperature,
        Role::Scanner,
    ];
    all.into_iter().find(|role| role.to_string() == name).ok_or_else(|| format!("no role `{name}`"))
}

fn level(level: Urgency) -> String {
    format!("{level:?}").to_lowercase()
}

fn who(person: &CasePerson) -> String {
    match person {
        CasePerson::Resident { name, .. } => name.as_ref().map(|name| name.0.clone()).unwrap_or_default(),
        CasePerson::Guest(_) => "guest".to_owned(),
    }
}

fn tap(words: &[&str]) -> Result<Tap, String> {
    Ok(match words {
        ["screen"] => Tap::Screen,
        ["yes"] => Tap::Yes,
        ["no"] => Tap::No,
        ["next"] => Tap::Next,
        ["back"] => Tap::Back,
        ["clear"] => Tap::Clear,
        ["here"] => Tap::Here,
        ["skip"] => Tap::Skip,
        ["agree"] => Tap::Agree,
        ["refuse"] => Tap::Refuse,
        ["habit", "none"] => Tap::Habit(None),
        ["habit", "coffee"] => Tap::Habit(Some(Habit::Coffee)),
        ["misfits"] => Tap::CuffMisfits,
        ["rested"] => Tap::Rested,
        ["stop"] => Tap::Stop,
        ["print"] => Tap::Print,
        ["by-phone"] => Tap::TakeByPhone,
        ["finish"] => Tap::Finish,
        ["staff"] => Tap::Staff,
        ["language"] => Tap::Language,
        ["large"] => Tap::LargeText,
        ["call"] => Tap::CallStaff,
        ["cancel"] => Tap::CancelCall,
        ["received"] => Tap::Received,
        ["unwell"] => Tap::Unwell,
        ["close"] => Tap::CloseUrgent,
        ["switch", "keep"] => Tap::Switch(ConsentSwitch::Keep),
        ["switch", "doctor_view"] => Tap::Switch(ConsentSwitch::DoctorView),
        ["switch", "upload"] => Tap::Switch(ConsentSwitch::Upload),
        ["way", "guest"] => Tap::Guest,
        ["way", "number"] => Tap::TypeNumber,
        ["way", "phone"] => Tap::TypePhone,
        ["way", "code"] => Tap::Scan,
        ["item", "pressure"] => Tap::Item(Item::Pressure),
        ["item", "body"] => Tap::Item(Item::Body),
        ["item", "waist"] => Tap::Item(Item::Waist),
        ["item", "glucose"] => Tap::Item(Item::Glucose),
        ["item", "others"] => Tap::Item(Item::Others),
        ["item", "all"] => Tap::Item(Item::All),
        ["sex", "male"] => Tap::Sex(Sex::Male),
        ["sex", "female"] => Tap::Sex(Sex::Female),
        ["age", age] => Tap::Age(AgeBand::of(age.parse().map_err(|_| "an age")?)),
        ["meal", "fasting"] => Tap::Meal(Meal::Fasting),
        ["meal", "other"] => Tap::Meal(Meal::Other),
        ["answer", "yes"] => Tap::Answer(Answer::Yes),
        ["answer", "no"] => Tap::Answer(Answer::No),
        ["answer", "some"] => Tap::Answer(Answer::Some),
        ["answer", "never"] => Tap::Answer(Answer::Never),
        ["answer", "current"] => Tap::Answer(Answer::Current),
        ["answer", "much"] => Tap::Answer(Answer::Much),
        ["answer", "not-yet"] => Tap::Answer(Answer::NotYet),
        ["answer", "unknown"] => Tap::Answer(Answer::NotSure),
        ["illness", "insulin"] => Tap::Illness(Some(Question::OnInsulin)),
        ["illness", "family-stroke"] => Tap::Illness(Some(Question::FamilyStroke)),
        ["illness", "family-pressure"] => Tap::Illness(Some(Question::FamilyHypertension)),
        ["illness", "none"] => Tap::Illness(None),
        ["illness", "hypertension"] => Tap::Illness(Some(Question::Hypertension)),
        ["illness", "pregnant"] => Tap::Illness(Some(Question::Pregnant)),
        ["illness", "diabetes"] => Tap::Illness(Some(Question::Diabetes)),
        ["entry", "what", place] => Tap::Entry(EntryTap::What(place.parse().map_err(|_| "a place")?)),
        ["entry", "unit", place] => Tap::Entry(EntryTap::Unit(place.parse().map_err(|_| "a place")?)),
        ["entry", "kit", place] => Tap::Entry(EntryTap::Kit(place.parse().map_err(|_| "a place")?)),
        ["entry", "day", step] => Tap::Entry(EntryTap::Day(step.parse().map_err(|_| "a step")?)),
        ["symptom", "chest"] => Tap::Symptom(Symptom::Chest),
        ["symptom", "none"] => Tap::Symptom(Symptom::None),
        ["person", index] => Tap::Desk(DeskTap::Person(index.parse().map_err(|_| "a number")?)),
        ["case", index] => Tap::Desk(DeskTap::Case(index.parse().map_err(|_| "a number")?)),
        ["decide", "register"] => Tap::Desk(DeskTap::Open(SheetKind::Register)),
        ["decide", "refer"] => Tap::Desk(DeskTap::Open(SheetKind::Refer)),
        ["decide", "retest"] => Tap::Desk(DeskTap::Open(SheetKind::Retest)),
        ["decide", "dismiss"] => Tap::Desk(DeskTap::Open(SheetKind::Dismiss)),
        ["confirm"] => Tap::Desk(DeskTap::Confirm),
        ["lock"] => Tap::Desk(DeskTap::Lock),
        _ => return Err("nothing that can be touched".to_owned()),
    })
}

/// The state as text: the screen's id, then what stands on it.
fn describe(state: &State) -> String {
    let mut text = vec![state.screen.id().to_owned()];
    match &state.screen {
        Screen::Confirm(candidate) => {
            text.push(candidate.who.masked());
            text.push(candidate.who.number.as_ref().map(|n| n.birth_date().to_string()).unwrap_or_default());
            text.push(format!("尾号 {}", candidate.who.last_four()));
        }
        Screen::Phone(pad) => {
            text.push(if pad.birthday.is_some() { "birthday" } else { "phone" }.to_owned());
            text.push(if pad.missed { "missed" } else { "fresh" }.to_owned());
            text.push(if pad.ready() { "ready" } else { "wanting" }.to_owned());
        }
        Screen::Consent(form) => {
            text.push(if form.phone.is_some() { "left-a-number" } else { "no-number" }.to_owned());
            text.push(format!("{:?}", form.consent).to_lowercase());
        }
        Screen::Choose => {
            text.extend(state.visit.as_ref().map(|visit| format!("by {:?}", visit.by).to_lowercase()));
            let asked = state.visit.as_ref().and_then(|visit| visit.past.asked_back);
            text.extend(asked.map(|day| format!("asked back {day}")));
        }
        Screen::Body(step) => {
            text.push(step.height.as_ref().map(|(height, _)| height.to_string()).unwrap_or_default());
            text.push(step.weight.as_ref().map(|(weight, _)| weight.to_string()).unwrap_or_default());
        }
        Screen::Others(step) => {
            text.push(step.spo2.as_ref().map(|(spo2, _)| spo2.to_string()).unwrap_or_default());
            text.push(step.temperature.as_ref().map(|(celsius, _)| celsius.to_string()).unwrap_or_default());
        }
        Screen::Entry(form) => text.extend(form.kept.map(|_| "kept".to_owned())),
        Screen::Result(page) => {
            let found = &page.assessment;
            text.extend(found.bp_mean.map(|[systolic, diastolic]| format!("{systolic}/{diastolic}")));
            let rows = [&found.bp_grade, &found.glucose_class, &found.waist_class, &found.spo2_class];
            let rows = rows.into_iter().flatten();
            text.extend(rows.chain(&found.high_risk).map(ToString::to_string));
            text.push(level(found.urgency));
        }
        Screen::Urgent(page) => {
            let readings = state.visit.as_ref().map(|visit| visit.pressures()).unwrap_or_default();
            text.extend(readings.last().map(|last| format!("{}/{}", last.systolic, last.diastolic)));
            text.push(if page.emergency { "emergency".to_owned() } else { String::new() });
            text.push(format!("{:?}", page.repeat).to_lowercase().replace("pause", "repeat"));
        }
        Screen::Queue(page) => {
            for case in page.listed(&state.desk.cases) {
                text.push(who(&case.person));
                text.extend(case.assessment.bp_mean.map(|[systolic, diastolic]| format!("{systolic}/{diastolic}")));
            }
        }
        Screen::Question(step) => {
            let (number, total) = step.progress();
            text.push(format!("{number}/{total}"));
            text.push(format!("{:?}", step.asked()).to_lowercase());
        }
        Screen::Pressure(PressureStep::Measuring { number, gone, .. }) => {
            text.push(number.to_string());
            text.push(if *gone { "gone" } else { "there" }.to_owned());
        }
        other => text.push(format!("{other:?}").to_lowercase()),
    }
    text.extend(state.call.map(|_| "calling".to_owned()));
    text.extend((state.lang != Lang::default()).then(|| state.lang.tag().to_owned()));
    text.extend((state.large_text > 0).then(|| "large".to_owned()));
    text.push(state.notice.map_or("quiet".to_owned(), |notice| format!("{notice:?}").to_lowercase()));
    text.join(" ")
}
