//! What stands on a slip, what a telephone reads off it, and what becomes of it at the printer.

use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use health_hut::commands::screens::samples::{self, Sample, Shown};
use health_hut::kiosk::Lang;
use health_hut::model::ClockTrust;
use health_hut::model::device::{DeviceEvent, PrintTrouble, Role};
use health_hut::session::slip::{self, Line, Style};
use health_hut::session::{Effect, Event, Paper, Screen, Slip, State, Tap, update};
use health_hut::shell::ports::{Memory, Ports};
use health_hut::shell::settings::Settings;
use hut_drivers::emulate::{Act, Behaviour, Emulator, Paper as Roll};

const WHOLE: [(&str, &str); 8] = [
    ("R20-result", "good"),
    ("R20-result", "normal"),
    ("R20-result", "clearly-high"),
    ("R20-result", "sugar-first"),
    ("R20-result", "all"),
    ("R20-result", "empty"),
    ("R20-result", "fault"),
    ("R21-trend", "single"),
];
const FOR_DOCTORS: [(&str, &str); 3] = [("R22-urgent", "emergency"), ("R22-urgent", "low"), ("R22-urgent", "pregnant")];

/// Made anew with `SLIPS=new`.
#[test]
fn slips_are_as_read_in_review() {
    let samples = samples::all().unwrap();
    let mut text = String::new();
    for lang in Lang::ALL {
        for (name, variant) in WHOLE.iter().chain(&FOR_DOCTORS) {
            let sample = find(&samples, name, variant);
            text += &format!("== {name} {variant} {}\n{}\n", lang.tag(), written(&slip_of(sample, lang)));
        }
    }
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/slips.txt");
    if std::env::var_os("SLIPS").is_some() {
        std::fs::write(&file, &text).unwrap();
    }
    assert_eq!(text, std::fs::read_to_string(file).unwrap());
}

#[test]
fn a_slip_names_nobody_and_its_code_less_than_that() {
    let samples = samples::all().unwrap();
    for (name, variant) in WHOLE {
        let sample = find(&samples, name, variant);
        let (_, visit) = visit_of(sample);
        let slip = written(&slip_of(sample, Lang::ZhCn));
        let person = visit.who.name.as_ref().map(|name| name.0.clone()).unwrap_or("nobody".to_owned());
        let number = visit.who.number.as_ref().map(|number| number.reveal().to_owned()).unwrap_or("nobody".to_owned());
        assert!(!slip.contains(&person) && !slip.contains(&number), "{slip}");
        let code = slip.split_once("[code] ").unwrap().1.split_once("\n[below]").unwrap().0.to_owned();
        let four = visit.who.last_four();
        assert!(!code.contains(&visit.who.masked()) || visit.who.masked().is_empty(), "{code}");
        assert!(four.is_empty() || !code.contains(four), "{code}");
        assert_eq!(
            format!("{:?}", slip_of(sample, Lang::ZhCn)),
            format!("Slip({} lines)", slip_of(sample, Lang::ZhCn).0.len())
        );
    }
    let (name, variant) = FOR_DOCTORS[0];
    assert!(written(&slip_of(find(&samples, name, variant), Lang::ZhCn)).contains("马占山"));
}

#[test]
fn a_clock_that_is_not_trusted_says_so_on_paper() {
    let samples = samples::all().unwrap();
    let sample = find(&samples, "R20-result", "normal");
    let (state, visit) = visit_of(sample);
    let Screen::Result(page) = &state.screen else { panic!("a result") };
    let now = health_hut::model::Moment { trust: ClockTrust::Suspect, ..state.now };
    let slip = slip::resident(&sample.world, visit, page, now, Lang::ZhCn);
    assert!(written(&slip).contains("时间可能不准"));
}

#[test]
fn the_page_tells_what_became_of_the_paper_and_puts_the_code_away() {
    let samples = samples::all().unwrap();
    let sample = find(&samples, "R20-result", "normal");
    let mut hut = Boxed { sample, state: visit_of(sample).0.clone(), effects: Vec::new() };
    hut.take(Event::Tap(Tap::Print));
    assert!(hut.effects.iter().any(|effect| matches!(effect, Effect::Print(_))));
    let paper = |hut: &Boxed<'_>| match &hut.state.screen {
        Screen::Slip(page) => (page.paper, page.code_left(hut.state.now)),
        other => panic!("{}", other.id()),
    };
    assert!(matches!(paper(&hut), (Some(Paper::Printing(_)), 60)));
    // A second touch while it prints gives no second slip.
    hut.effects.clear();
    hut.take(Event::Tap(Tap::Print));
    assert!(hut.effects.is_empty());
    hut.hears(Err(PrintTrouble::NoPaper));
    assert_eq!(paper(&hut).0, Some(Paper::Failed(PrintTrouble::NoPaper)));
    hut.take(Event::Tap(Tap::Print));
    hut.hears(Ok(()));
    assert_eq!(paper(&hut).0, Some(Paper::Printed));
    hut.waits(60);
    assert_eq!(paper(&hut).1, 0, "the code is put away after a minute");
    hut.take(Event::Tap(Tap::TakeByPhone));
    assert_eq!(paper(&hut).1, 60);
    hut.take(Event::Tap(Tap::Back));
    assert_eq!(hut.state.screen.id(), "R20");
    hut.waits(2);
    hut.take(Event::Tap(Tap::Finish));
    let Screen::Goodbye(page) = &hut.state.screen else { panic!("R24") };
    assert!(page.slip && hut.state.visit.is_none());
}

#[test]
fn a_printer_that_says_nothing_is_told_about_and_a_late_answer_is_nobodys() {
    let samples = samples::all().unwrap();
    let sample = find(&samples, "R20-result", "normal");
    let mut hut = Boxed { sample, state: visit_of(sample).0.clone(), effects: Vec::new() };
    hut.take(Event::Tap(Tap::Print));
    hut.waits(20);
    let Screen::Slip(page) = &hut.state.screen else { panic!("R23") };
    assert_eq!(page.paper, Some(Paper::Failed(PrintTrouble::Gone)));
    hut.take(Event::Tap(Tap::Finish));
    hut.waits(11);
    assert_eq!(hut.state.screen.id(), "R01");
    hut.hears(Ok(()));
    assert_eq!(hut.state.screen.id(), "R01");
}

struct Station {
    printer: Emulator,
    ports: Ports,
    heard: Receiver<DeviceEvent>,
}

impl Station {
    fn with(paper_mm: u8) -> Self {
        let printer = Emulator::open("printer-escpos").unwrap();
        let folder = std::env::temp_dir().join(format!("hut-slip-{paper_mm}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let port = printer.path().display();
        let text = format!(
            "[station]\nid = \"changji-sangong\"\n[store]\npath = \"hut.db\"\nkey = {{ class = \"K1\", file = \"hut.key\" }}\n\
             [[device]]\nrole = \"printer\"\nmodel = \"printer-escpos\"\nport = \"{port}\"\n[printer]\npaper_mm = {paper_mm}\n"
        );
        std::fs::write(folder.join("hut.toml"), text).unwrap();
        let settings = Settings::read(&folder.join("hut.toml")).unwrap();
        let (tell, heard) = mpsc::channel();
        let ports = Ports::open(&settings, &Memory::default(), move |role, event| {
            assert_eq!(role, Role::Printer);
            _ = tell.send(event);
        });
        let station = Self { printer, ports: ports.unwrap(), heard };
        while station.next() != DeviceEvent::Up {}
        station
    }

    fn next(&self) -> DeviceEvent {
        self.heard.recv_timeout(Duration::from_secs(20)).expect("the printer is heard")
    }

    fn prints(&self) -> DeviceEvent {
        let samples = samples::all().unwrap();
        assert!(self.ports.print(&slip_of(find(&samples, "R20-result", "normal"), Lang::ZhCn)).is_none());
        self.next()
    }
}

#[test]
fn a_slip_comes_out_of_the_printer_as_wide_as_its_paper() {
    for (paper_mm, columns) in [(58, 32), (80, 48)] {
        let station = Station::with(paper_mm);
        assert_eq!(station.prints(), DeviceEvent::Printed(Ok(())));
        let paper = station.printer.printed();
        let width = |line: &str| line.chars().map(|letter| if letter.is_ascii() { 1 } else { 2 }).sum::<usize>();
        assert!(paper.lines().all(|line| width(line) <= columns), "{paper}");
        assert!(paper.lines().any(|line| line == "-".repeat(columns)), "{paper}");
        for words in ["赵*芳 尾号 2048", "▲ 偏高", "本结果供参考", "[picture ", "[partial cut]"] {
            assert!(paper.contains(words), "{words} is not on\n{paper}");
        }
    }
}

#[test]
fn without_paper_or_with_an_open_cover_nothing_is_sent() {
    let station = Station::with(58);
    station.printer.act(Act::Paper(Roll::Out));
    assert_eq!(station.prints(), DeviceEvent::Printed(Err(PrintTrouble::NoPaper)));
    station.printer.act(Act::Paper(Roll::Enough));
    station.printer.act(Act::Cover { open: true });
    assert_eq!(station.prints(), DeviceEvent::Printed(Err(PrintTrouble::CoverOpen)));
    station.printer.act(Act::Cover { open: false });
    assert_eq!(station.printer.printed(), "", "what could not be printed is not printed later");
    // A clone that never answers prints all the same.
    station.printer.behave(Behaviour::Silent);
    assert_eq!(station.prints(), DeviceEvent::Printed(Ok(())));
    assert!(station.printer.printed().contains("偏高"));
}

#[test]
fn paper_that_runs_out_under_a_slip_is_noticed() {
    let station = Station::with(58);
    let samples = samples::all().unwrap();
    assert!(station.ports.print(&slip_of(find(&samples, "R20-result", "normal"), Lang::ZhCn)).is_none());
    let until = Instant::now() + Duration::from_secs(10);
    while station.printer.printed().is_empty() && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(20));
    }
    station.printer.act(Act::Paper(Roll::Out));
    assert_eq!(station.next(), DeviceEvent::Printed(Err(PrintTrouble::NoPaper)));
}

#[test]
fn a_printer_that_is_pulled_out_ends_its_slip() {
    let Station { printer, ports, heard } = Station::with(58);
    let samples = samples::all().unwrap();
    let slip = slip_of(find(&samples, "R20-result", "normal"), Lang::ZhCn);
    ports.print(&slip);
    drop(printer);
    let next = || heard.recv_timeout(Duration::from_secs(20)).expect("the printer is heard");
    assert_eq!([next(), next()], [DeviceEvent::Gone, DeviceEvent::Printed(Err(PrintTrouble::Gone))]);
    ports.print(&slip);
    assert_eq!(next(), DeviceEvent::Printed(Err(PrintTrouble::Gone)));
}

/// The session in a box, without store and window.
struct Boxed<'a> {
    sample: &'a Sample,
    state: State,
    effects: Vec<Effect>,
}

impl Boxed<'_> {
    fn take(&mut self, event: Event) {
        let (state, effects) = update(&self.sample.world, self.state.clone(), self.state.now, event);
        self.state = state;
        self.effects.extend(effects);
    }

    fn hears(&mut self, how: Result<(), PrintTrouble>) {
        self.take(Event::Device(Role::Printer, DeviceEvent::Printed(how)));
    }

    fn waits(&mut self, seconds: u64) {
        for _ in 0..seconds {
            self.state.now.since_boot_ms += 1000;
            self.take(Event::Tick);
        }
    }
}

fn find<'a>(samples: &'a [Sample], name: &str, variant: &str) -> &'a Sample {
    samples.iter().find(|sample| (sample.name, sample.variant) == (name, variant)).expect("the sample is there")
}

fn visit_of(sample: &Sample) -> (&State, &health_hut::session::Visit) {
    let Shown::State(state) = &sample.shown else { panic!("no state") };
    (state, state.visit.as_ref().expect("a visit runs"))
}

fn slip_of(sample: &Sample, lang: Lang) -> Slip {
    let (state, visit) = visit_of(sample);
    match &state.screen {
        Screen::Result(page) => slip::resident(&sample.world, visit, page, state.now, lang),
        Screen::Trend(page) => slip::resident(&sample.world, visit, &page.result, state.now, lang),
        Screen::Urgent(page) => slip::doctor(&sample.world, visit, page, state.now, lang),
        other => panic!("no slip on {}", other.id()),
    }
}

/// A slip as text: `#` in double size, `*` strong, `=` a title.
fn written(slip: &Slip) -> String {
    let line = |line: &Line| match line {
        Line::Rule => "----".to_owned(),
        Line::Code(text, below) => format!("[code] {text}\n[below] {below}"),
        Line::Text(style, left, right) => {
            let mark = match style {
                Style::Title => "= ",
                Style::Value => "# ",
                Style::Strong => "* ",
                Style::Plain => "",
            };
            format!("{mark}{left} | {right}").trim_end_matches(" | ").to_owned()
        }
    };
    slip.0.iter().map(line).collect::<Vec<_>>().join("\n")
}
