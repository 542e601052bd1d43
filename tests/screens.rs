//! Every screen as golden text and as a picture, and the touches of the main journey.
//!
//! `HUT_WRITE_GOLDEN=1 cargo test --test suite screens` writes `tests/screens/*.txt` anew; read the difference in review.

use std::cell::RefCell;
use std::fmt::Write;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use health_hut::commands::screens::samples::{self, GULINA, LIU, MA, Sample, Shown, WANG, ZHAO};
use health_hut::kiosk::pictures::{Lang, Pictures, Size, TouchPanel};
use health_hut::kiosk::views;
use health_hut::model::resident::{Answer, Answers, Question};
use health_hut::session::doctor::{DeskTap, SheetKind};
use health_hut::session::{
    Effect, Event, Item, PressureStep, Screen, State, Symptom, Tap, Tone, TrendLock, World, update,
};
use slint::{Model, ModelRc, SharedString};

#[test]
fn every_screen_says_what_it_said() {
    for lang in Lang::ALL {
        let mut told = String::new();
        for sample in samples::all().unwrap() {
            writeln!(told, "== {}.{}", sample.name, sample.variant).unwrap();
            for line in said(&sample, lang).iter().filter(|line| !line.is_empty()) {
                writeln!(told, "{}", line.replace('\n', " / ")).unwrap();
            }
        }
        golden(&format!("{}.txt", lang.tag()), &told);
    }
}

#[test]
fn resident_screens_show_nobodys_name_or_number() {
    let people = [ZHAO, MA, WANG, GULINA, LIU];
    for sample in samples::all().unwrap().iter().filter(|sample| sample.name.starts_with('R')) {
        for lang in Lang::ALL {
            let told = said(sample, lang).join("\n");
            for person in people {
                assert!(!told.contains(person.name), "{}.{}: {}", sample.name, sample.variant, person.name);
                assert!(!told.contains(&person.number[..14]), "{}.{}", sample.name, sample.variant);
            }
            assert!(!told.contains("13000005678"), "{}.{}", sample.name, sample.variant);
        }
    }
    assert!(said(&sample("R06-choose", "normal"), Lang::ZhCn).join("\n").contains("王*英"));
    assert!(!said(&sample("R22-urgent", "hidden"), Lang::ZhCn).join("\n").contains("马*山"));
}

#[test]
fn staff_screens_show_full_names_and_the_last_four() {
    let queue = said(&sample("D02-queue", "normal"), Lang::ZhCn).join("\n");
    for person in [ZHAO, MA, GULINA, LIU] {
        assert!(queue.contains(person.name), "{}", person.name);
    }
    let sheet = said(&sample("D03-decide", "register"), Lang::ZhCn).join("\n");
    assert!(sheet.contains("赵玉芳") && sheet.contains("2048") && !sheet.contains(ZHAO.number));
}

#[test]
fn no_screen_says_that_a_bell_rings_which_does_not() {
    for (name, variant) in [("R22-urgent", "normal"), ("R02-identify", "calling")] {
        let mut sample = sample(name, variant);
        let rings = said(&sample, Lang::ZhCn).join("\n");
        let Shown::State(state) = &mut sample.shown else { panic!("{name} is a state") };
        let moment = state.now;
        let (mute, _) = update(&sample.world, (**state).clone(), moment, Event::Played(false));
        **state = mute;
        let silent = said(&sample, Lang::ZhCn).join("\n");
        assert!(rings.contains("响铃") || rings.contains("铃声在响"), "{rings}");
        assert!(silent.contains("铃没有响，请大声叫人") && !silent.contains("正在响铃"), "{silent}");
    }
}

#[test]
fn who_feels_unwell_before_a_visit_is_asked_and_told_what_to_do() {
    let sample = sample("R02-identify", "calling");
    let Shown::State(state) = &sample.shown else { panic!("a state") };
    let (state, effects) = update(&sample.world, (**state).clone(), state.now, Event::Tap(Tap::Unwell));
    assert!(effects.contains(&Effect::Tone(Tone::Urgent)));
    let Screen::Urgent(page) = &state.screen else { panic!("{}", state.screen.id()) };
    let view = views::urgent::view(&sample.world, &state, page, Lang::ZhCn);
    assert_eq!((view.symptoms.row_count(), view.can_close), (5, true));

    let told = self::sample("R22-urgent", "nobody");
    let Shown::State(state) = &told.shown else { panic!("a state") };
    let Screen::Urgent(page) = &state.screen else { panic!("{}", state.screen.id()) };
    let view = views::urgent::view(&told.world, state, page, Lang::ZhCn);
    assert_eq!(view.steps.row_data(0).unwrap(), "现在就打 120");
    assert_eq!(view.note, "", "nothing is noted of somebody unknown");
}

/// The doctor signs what the sheet says: what nobody asked is not told as a "no".
#[test]
fn the_register_sheet_says_what_was_not_asked() {
    let says = |smoking: Option<Answer>| {
        let mut sample = sample("D03-decide", "register");
        let Shown::State(state) = &mut sample.shown else { panic!("a state") };
        let answers = Answers(smoking.map(|answer| (Question::Smoking, answer)).into_iter().collect());
        state.desk.cases.iter_mut().for_each(|case| case.answers = answers.clone());
        let sheet = said(&sample, Lang::ZhCn);
        sheet.into_iter().find(|line| line.contains("现在吸烟")).unwrap()
    };
    assert!(says(None).contains("没有问过") && says(None).contains("可补问本人"), "{}", says(None));
    assert!(!says(None).contains("不吸"), "{}", says(None));
    assert!(says(Some(Answer::NotSure)).contains("没有答"), "{}", says(Some(Answer::NotSure)));
    assert!(says(Some(Answer::Never)).contains("不吸"), "{}", says(Some(Answer::Never)));
}

/// What is to be known of a pregnancy is told at the desk, and nowhere to the resident.
#[test]
fn the_desk_is_told_what_a_pregnancy_asks_for() {
    let why = |answer: Answer| {
        let mut sample = sample("D02-queue", "normal");
        let Shown::State(state) = &mut sample.shown else { panic!("a state") };
        state.desk.cases.iter_mut().for_each(|case| case.answers.0.extend([(Question::Pregnant, answer)]));
        said(&sample, Lang::ZhCn).into_iter().find(|line| line.starts_with("为什么紧急")).unwrap()
    };
    assert!(why(Answer::Yes).contains("产科"), "{}", why(Answer::Yes));
    assert!(why(Answer::Yes).contains("依据") && !why(Answer::No).contains("产科"), "{}", why(Answer::No));
}

#[test]
fn every_screen_draws_something_in_every_language() {
    let pictures = Pictures::new().unwrap();
    let size = Size::panel(1280, 800);
    for sample in samples::all().unwrap() {
        let Shown::State(state) = &sample.shown else { continue };
        for lang in Lang::ALL {
            let pixels = pictures.pixels(&sample.world, state, size, lang, 1.0).unwrap();
            let mut colours: Vec<&[u8]> = pixels.chunks(3).step_by(97).collect();
            colours.sort_unstable();
            colours.dedup();
            assert!(
                colours.len() > 12,
                "{}.{} in {}: {} colours",
                sample.name,
                sample.variant,
                lang.tag(),
                colours.len()
            );
        }
    }
}

#[test]
fn touches_of_the_main_journey_come_out_as_taps() {
    let taps: Rc<RefCell<Vec<Tap>>> = Rc::default();
    let first = sample("R01-idle", "normal");
    let sink = taps.clone();
    let panel =
        TouchPanel::new(first.world.clone(), Size::panel(1280, 800), move |tap| sink.borrow_mut().push(tap)).unwrap();
    let touches = |name: &str, variant: &str, x: f32, y: f32| {
        taps.borrow_mut().clear();
        let Shown::State(state) = sample(name, variant).shown else { panic!("{name} is a state") };
        panel.show(&state);
        // A touch on a page that has only just come is no answer to it.
        std::thread::sleep(Duration::from_millis(450));
        panel.touch(x, y);
        taps.borrow().clone()
    };
    assert_eq!(touches("R01-idle", "normal", 640.0, 400.0), [Tap::Screen]);
    assert_eq!(touches("R02-identify", "normal", 890.0, 320.0), [Tap::TypeNumber]);
    assert_eq!(touches("R02-identify", "normal", 890.0, 560.0), [Tap::Guest]);
    assert_eq!(touches("R06-choose", "normal", 272.0, 584.0), [Tap::Item(Item::Pressure)]);
    assert_eq!(touches("R06-choose", "normal", 890.0, 247.0), [Tap::Item(Item::All)]);
    assert_eq!(touches("R09-posture", "normal", 1128.0, 741.0), [Tap::Next]);
    assert_eq!(touches("R10-rest", "normal", 1122.0, 741.0), [Tap::Rested]);
    assert_eq!(touches("R11-measuring", "normal", 1098.0, 741.0), [Tap::Stop]);
    assert_eq!(touches("R13-body", "normal", 1128.0, 741.0), [Tap::Yes]);
    assert_eq!(touches("R14-waist", "normal", 1128.0, 741.0), [Tap::Next]);
    assert_eq!(touches("R15-meal", "normal", 1128.0, 741.0), [Tap::Next]);
    assert_eq!(touches("R20-result", "normal", 1128.0, 741.0), [Tap::Finish]);
    assert_eq!(touches("R22-urgent", "normal", 1038.0, 238.0), [Tap::Symptom(Symptom::Chest)]);
    assert_eq!(touches("R22-urgent", "normal", 1083.0, 741.0), [Tap::CallAgain]);
    assert_eq!(touches("D02-queue", "normal", 478.0, 362.0), [Tap::Desk(DeskTap::Case(1))]);
    assert_eq!(touches("D02-queue", "normal", 1070.0, 604.0), [Tap::Desk(DeskTap::Open(SheetKind::Refer))]);
    assert_eq!(touches("D03-decide", "register", 1106.0, 750.0), [Tap::Desk(DeskTap::Confirm)]);
    // A touch beside everything only says that somebody is there.
    assert_eq!(touches("R06-choose", "normal", 900.0, 741.0), [Tap::Here]);
}

fn sample(name: &str, variant: &str) -> Sample {
    let mut all = samples::all().unwrap().into_iter();
    all.find(|sample| sample.name == name && sample.variant == variant).unwrap()
}

fn golden(file: &str, told: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/screens").join(file);
    if std::env::var_os("HUT_WRITE_GOLDEN").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, told).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    let differs = kept.lines().zip(told.lines()).find(|(kept, told)| kept != told);
    assert!(kept == told, "{file} differs, first at {differs:?}; HUT_WRITE_GOLDEN=1 writes it anew");
}

/// All texts of a sample, top to bottom.
fn said(sample: &Sample, lang: Lang) -> Vec<String> {
    match &sample.shown {
        Shown::State(state) => said_by(&sample.world, state, lang),
        Shown::Fault => {
            let view = views::fault::view(&sample.world.station, lang);
            texts(&[&view.title, &view.text, &view.phone, &view.code])
        }
    }
}

pub fn said_by(world: &World, state: &State, lang: Lang) -> Vec<String> {
    let top = views::top::bar(world, state, lang);
    let mut lines = vec![format!("[{} | {} {}]", top.station, top.person, top.tail)];
    lines.extend(said_in_front(world, state, lang));
    let notice = views::top::notice(state, lang);
    if !notice.text.is_empty() {
        lines.push(format!("! {:?} {}", notice.level, notice.text));
    }
    let overlay = views::top::overlay(world, state, lang);
    lines.extend(texts(&[&overlay.title, &overlay.text, &overlay.seconds, &overlay.phone]));
    lines
}

fn said_in_front(world: &World, state: &State, lang: Lang) -> Vec<String> {
    match &state.screen {
        Screen::Idle => {
            let view = views::idle::view(world, state, lang);
            texts(&[&view.tip_topic, &view.tip_title, &view.tip_text, &view.note, &view.date])
        }
        Screen::Identify => {
            let view = views::identify::view(world, state, lang);
            vec![format!("card {} | {} | {}", view.card, view.note, view.waiting_cases)]
        }
        Screen::IdPad(pad) => pad_lines(&views::id_pad::view(state, pad, lang)),
        Screen::Trend(page) if state.trend_lock(world, page) == TrendLock::AskPhone => {
            pad_lines(&views::id_pad::code_view(page, page.tries_left(), lang))
        }
        Screen::Guest(form) => {
            let view = views::guest::view(form, lang);
            vec![format!("{:?} {}", view.sex, rows(&view.ages, |age| mark(&age.label, age.chosen)))]
        }
        Screen::Confirm(candidate) => {
            let view = views::confirm::view(candidate, lang);
            texts(&[&view.name, &view.line, &view.last_visit])
        }
        Screen::Consent(form) => {
            let view = views::consent::view(form, lang);
            vec![
                rows(&view.lines, |line| line.text.to_string()),
                format!("save {} doctor {} upload {} ready {}", view.save, view.doctor, view.upload, view.ready),
            ]
        }
        Screen::Choose => {
            let view = views::choose::view(world, state, lang);
            let item = |item: &hut_ui::ChooseItem| {
                format!("{} ({}){}", item.title, item.detail, if item.available { "" } else { " off" })
            };
            vec![
                view.last_visit.to_string(),
                format!("{}: {}", view.usual_badge, item(&view.usual)),
                item(&view.suite),
                rows(&view.items, item),
            ]
        }
        Screen::Pressure(step) => pressure_lines(world, state, step, lang),
        Screen::Body(step) => {
            let view = views::body::view(world, state, step, lang);
            let value = |value: &hut_ui::BodyValue| format!("{:?} {} {}", value.state, value.value, value.word);
            vec![
                value(&view.height),
                value(&view.weight),
                format!("{} | {:?} {}", view.to_confirm, view.note_level, view.note),
            ]
        }
        Screen::Waist(form) => {
            let view = views::waist::view(state, form, lang);
            vec![format!("{} | {} | {} | {}", view.value, spans(&view.folk), view.note, view.ready)]
        }
        Screen::Meal(form) => {
            let view = views::glucose_context::view(world, state, form, lang);
            let mut lines =
                vec![format!("{:?} yesterday {} {} {}", view.meal, view.yesterday, view.time, view.time_words)];
            lines.push(format!("{:?} {} {}", view.verdict_level, view.verdict, view.verdict_more));
            lines
        }
        Screen::Glucose(step) if step.found.len() > 1 => question_lines(&views::glucose::records_view(step, lang)),
        Screen::Glucose(step) => {
            let view = views::glucose::view(state, step, 0, lang);
            texts(&[&view.meal, &view.seconds, &view.note])
        }
        Screen::Question(step) => question_lines(&views::question::view(step, lang)),
        Screen::Result(page) => result_lines(&views::result::view(world, state, page, lang)),
        Screen::Trend(page) => {
            let view = views::trend::view(world, state, page, Default::default(), lang);
            vec![
                rows(&view.tabs, |tab| mark(&tab.label, tab.chosen)),
                rows(&view.periods, |period| mark(&period.label, period.chosen)),
                format!("{} {}", view.title, view.unit),
                rows(&view.series, |series| {
                    format!("{} {} ({})", series.label, series.last_text, series.points.row_count())
                }),
                rows(&view.grid, |line| line.label.to_string()),
                rows(&view.limits, |line| line.label.to_string()),
                rows(&view.dates, |date| date.label.to_string()),
                format!("{:?} {} | {} | {}", view.verdict_level, view.verdict, view.headline, view.text),
                rows(&view.facts, |fact| {
                    format!("{} {}/{} {}", fact.label, fact.first, fact.second, spans(&fact.line))
                }),
                view.empty.to_string(),
                view.leaves.to_string(),
            ]
        }
        Screen::Urgent(page) => {
            let view = views::urgent::view(world, state, page, lang);
            vec![
                format!("{:?} {}", view.level, view.title),
                format!("{} {} {} {}", view.value_label, view.value, view.unit, view.pulse),
                rows(&view.steps, ToString::to_string),
                format!("{} | {}", view.repeat, view.repeat_refuse),
                rows(&view.symptoms, |tile| mark(&tile.label, tile.chosen)),
                view.note.to_string(),
            ]
        }
        Screen::Goodbye(page) => {
            let view = views::goodbye::view(state, page, lang);
            vec![
                view.title.to_string(),
                format!("{}: {}", view.next_title, rows(&view.next_dates, ToString::to_string)),
                view.seconds.to_string(),
            ]
        }
        Screen::Pin(form) => {
            let view = views::pin::view(state, form, lang);
            vec![
                rows(&view.staff, |tile| {
                    mark(&format!("{}: {} ({})", tile.initial, tile.name, tile.role).into(), tile.chosen)
                }),
                format!("{}/{} {}", view.entered, view.places, spans(&view.warning)),
                format!("{} {}", spans(&view.waiting), view.urgent),
                format!("{} | {}", view.button, spans(&view.leaves)),
            ]
        }
        Screen::Queue(page) => {
            let mut lines = desk_lines(&views::desk::view(world, state, lang));
            lines.extend(match views::decide::view(world, state, page, lang) {
                Some(view) => decide_lines(&view),
                None => queue_lines(&views::queue::view(world, state, page, false, lang)),
            });
            lines
        }
    }
}

fn pad_lines(view: &hut_ui::IdPadView) -> Vec<String> {
    let group = |group: &hut_ui::PadGroup| {
        format!("{}{}{}", group.text, "_".repeat(group.empty as usize), if group.current { "<" } else { "" })
    };
    vec![
        format!("{:?} {}", view.kind, rows(&view.groups, group)),
        format!("{:?} {} ready {}", view.note_level, view.note, view.ready),
    ]
}

fn pressure_lines(world: &World, state: &State, step: &PressureStep, lang: Lang) -> Vec<String> {
    let steps = |steps: &ModelRc<hut_ui::StepView>| {
        rows(steps, |step| mark(&step.label, step.state == hut_ui::StepState::Current))
    };
    match step {
        PressureStep::Posture => vec![steps(&views::posture::view(world, state, lang).steps)],
        PressureStep::Rest { since } => {
            let view = views::rest::view(world, state, *since, lang);
            vec![steps(&view.steps), format!("{} {} {} {}", view.clock, view.line, view.total, view.declare)]
        }
        PressureStep::Measuring { .. } => {
            let view = views::measuring::view(world, state, step, false, lang);
            vec![
                steps(&view.steps),
                format!("{:?} {} {} {}", view.mode, view.pressure, view.seconds, view.state),
                format!("{} | {} | {}", view.title, view.more, view.stop_hint),
                format!("{} {}", view.saved, view.saved_more),
            ]
        }
        PressureStep::Between { .. } => {
            let view = views::between::view(world, state, step, lang);
            vec![steps(&view.steps), format!("{} {} {} {}", view.saved, view.clock, view.total, view.line)]
        }
    }
}

fn question_lines(view: &hut_ui::QuestionView) -> Vec<String> {
    vec![
        format!("{} | {} | {}", view.title, view.sub, view.progress),
        rows(&view.answers, |answer| mark(&format!("{} {}", answer.title, answer.detail).into(), answer.chosen)),
    ]
}

fn result_lines(view: &hut_ui::ResultView) -> Vec<String> {
    vec![
        format!("{} | {} | {:?} {}", view.title, view.meta, view.level, view.word),
        format!("{} / {} {} {}", view.first, view.second, view.unit, view.pulse),
        rows(&view.bars, |bar| {
            let zone = |zone: &hut_ui::Zone| mark(&zone.label, zone.is_current);
            format!(
                "{} {}: {} ({})",
                bar.label,
                bar.value,
                rows(&bar.zones, zone),
                rows(&bar.limits, |limit| limit.text.to_string())
            )
        }),
        rows(&view.items, |item| format!("{} {} {} {:?} {}", item.title, item.value, item.unit, item.level, item.word)),
        view.missing.to_string(),
        view.quality.to_string(),
        format!("{:?} {}: {}", view.next_level, view.next_title, spans(&view.next_line)),
        rows(&view.advice, |advice| format!("{:?} {} ({})", advice.icon, advice.line, advice.more)),
        format!("{} {}", view.told, view.leaves),
    ]
}

fn desk_lines(view: &hut_ui::DeskView) -> Vec<String> {
    vec![format!(
        "{} | {:?} {} | {} {} | {} | {}",
        view.place, view.line_level, view.line, view.user, view.role, view.lock_left, view.queue_badge
    )]
}

fn queue_lines(view: &hut_ui::QueueView) -> Vec<String> {
    let case = &view.case;
    let mut lines = vec![
        rows(&view.counters, |counter| format!("{} {} {}", counter.label, counter.value, counter.more)),
        format!("{} | {}", rows(&view.filters, |filter| mark(&filter.label, filter.chosen)), view.order),
        view.empty.to_string(),
    ];
    lines.extend(view.rows.iter().map(|row| {
        format!(
            "{:?} {} {} | {} {} | {} | {}{}{}",
            row.level,
            row.name,
            row.who,
            row.value,
            row.unit,
            row.reason,
            row.age,
            if row.late { " late" } else { "" },
            if row.chosen { " *" } else { "" }
        )
    }));
    lines.push(format!("{:?} {} {}", case.level, case.name, case.who));
    lines.push(format!("{}: {}", case.why_title, rows(&case.why, ToString::to_string)));
    lines.push(rows(&case.facts, |fact| format!("{} {}", fact.label, fact.value)));
    lines.push(format!("{} ({}) {}", case.chart_title, case.chart.first.row_count(), case.quality));
    lines.push(rows(&case.actions, |action| format!("{:?} {:?} {}", action.kind, action.tone, action.label)));
    lines
}

fn decide_lines(view: &hut_ui::DecideView) -> Vec<String> {
    let choice = |choice: &hut_ui::ChoiceView| mark(&choice.label, choice.chosen);
    let mut lines = vec![format!("{:?} {} | {}", view.kind, view.title, view.person), spans(&view.banner)];
    lines.push(format!("{}: {}", view.why_title, rows(&view.why, ToString::to_string)));
    lines.push(rows(&view.urgency, choice));
    lines.push(rows(&view.places, |place| mark(&place.title, place.chosen)));
    lines.extend(view.criteria.iter().map(|row| {
        format!("{:?} {} {} {} | {} | {}", row.state, row.title, row.value, row.unit, row.range, row.remark)
    }));
    lines.push(rows(&view.ticks, |tick| mark(&tick.label, tick.on)));
    lines.extend(
        view.rows.iter().map(|row| {
            format!("{}: {} {}", row.label, rows(&row.options, choice), rows(&row.dates, ToString::to_string))
        }),
    );
    lines.push(spans(&view.info));
    lines.extend(view.slip.iter().map(|line| if line.rule { "----".to_owned() } else { line.text.to_string() }));
    lines.push(view.slip_state.to_string());
    lines.push(format!(
        "{} | {} | {} {:?} {}",
        view.signature, view.second, view.confirm, view.confirm_tone, view.ready
    ));
    lines
}

fn texts(texts: &[&SharedString]) -> Vec<String> {
    texts.iter().map(|text| text.to_string()).collect()
}

fn rows<T: Clone + 'static>(model: &ModelRc<T>, told: impl Fn(&T) -> String) -> String {
    model.iter().map(|row| told(&row)).collect::<Vec<_>>().join(" · ")
}

fn mark(label: &SharedString, chosen: bool) -> String {
    if chosen { format!("*{label}*") } else { label.to_string() }
}

fn spans(line: &ModelRc<hut_ui::Span>) -> String {
    line.iter().map(|span| if span.strong { format!("*{}*", span.text) } else { span.text.to_string() }).collect()
}
