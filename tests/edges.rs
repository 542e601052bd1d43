//! Bad input at each edge, through the whole client: it gets a clear answer, loses nothing, and works again when the
//! cause is gone.
//!
//! What the person reads is compared in both languages where the screens are compiled in.

#[path = "support/live.rs"]
pub mod live;
#[path = "support/starts.rs"]
mod starts;

use std::io::Write;
use std::net::TcpListener;
use std::sync::atomic::Ordering;
use std::time::Duration;

use chrono::NaiveDate;
use health_hut::demo::stage::{DOCTOR, FANG};
use health_hut::demo::{Mischief, Times};
use health_hut::model::device::Role;
use health_hut::model::resident::ConsentSwitch;
use health_hut::model::{NotSaved, Note};
use health_hut::session::doctor::DeskTap;
use health_hut::session::measure::Meal;
use health_hut::session::{Item, Notice, PressureStep, Screen, State, Tap};
use hut_drivers::emulate::{Act, Behaviour};
use hut_drivers::reading::Sex;
use live::Live;

/// What a person sees within two seconds of a plug being pulled, and can use five seconds after it is back (R13).
const PULLED: Duration = Duration::from_secs(2);
const BACK: Duration = Duration::from_secs(5);

#[test]
fn no_device_on_the_port() {
    let hut = Live::open_with("absent", None, |stage| {
        for role in [Role::BloodPressure, Role::IdCard] {
            stage.device(role).unwrap().unplug();
        }
    });
    let missing = |role| move |state: &State| state.devices.get(&role) == Some(&false);
    let known = |state: &State| state.devices.len() == hut.world.fitted.len() && missing(Role::BloodPressure)(state);
    let state = hut.until("no monitor", |state| known(state) && state.has(&hut.world, Role::Glucose));
    reads(&hut, &state, ["今天血压计在修，可以量血糖", "The pressure monitor is being repaired."]);
    hut.taps([Tap::Screen]);
    let state = hut.until("no reader", |state| state.screen.id() == "R02" && missing(Role::IdCard)(state));
    reads(&hut, &state, ["读卡器没有回应，可以输入身份证号", "The card reader does not answer."]);
    hut.device(Role::IdCard).plug();
    hut.within(BACK, "the reader", |state| state.has(&hut.world, Role::IdCard));

    hut.identify();
    hut.taps([Tap::Item(Item::Pressure)]);
    let state = hut.until("a notice", |s| s.notice == Some(Notice::DeviceMissing(Role::BloodPressure)));
    assert_eq!(state.screen.id(), "R06");
    reads(&hut, &state, ["血压计没接上，停用", "Pressure monitor not connected"]);

    hut.device(Role::BloodPressure).plug();
    hut.within(BACK, "the monitor", |state| state.has(&hut.world, Role::BloodPressure));
    hut.measure();
    hut.measured(118, 76);
    hut.leaves();
    hut.arrives(&[[118, 76]]);
}

/// The monitor's damaged and half results: neither becomes a reading, and the person is not told that it is silent.
/// No network, printer, card reader, scale, meter or sound: measuring goes on, and the screens say what is not there
/// (ux.md 13, check 4).
#[test]
fn nothing_but_the_monitor() {
    let hut = Live::open_with("alone", Some("http://127.0.0.1:9".to_owned()), |stage| {
        let others = stage.settings().device.into_iter().map(|device| device.role);
        for role in others.filter(|role| *role != Role::BloodPressure) {
            stage.device(role).unwrap().unplug();
        }
    });
    hut.until("the monitor alone", |state| {
        state.devices.len() == hut.world.fitted.len()
            && state.devices.iter().all(|(role, there)| *there == (*role == Role::BloodPressure))
            && state.online == Some(false)
    });
    hut.taps([Tap::Screen]);
    let state = hut.screen("R02");
    reads(&hut, &state, ["读卡器没有回应，可以输入身份证号", "The card reader does not answer."]);
    hut.taps([Tap::TypeNumber]);
    hut.keys(&FANG.number());
    hut.taps([Tap::Next, Tap::Yes]);
    hut.screen("R05");
    hut.taps([Tap::Switch(ConsentSwitch::Keep), Tap::Agree]);
    let state = hut.screen("R06");
    reads(&hut, &state, ["身高体重仪没接上，停用", "Height and weight machine not connected"]);
    hut.measure();
    hut.measured(118, 76);
    hut.pass(61);
    hut.screen("R11");
    hut.stage.pressure(116, 74, 70);
    hut.screen("R18");
    hut.taps([Tap::Skip, Tap::Skip]);
    let state = hut.screen("R20");
    reads(&hut, &state, ["手机带走", "Take by phone"]);
    reads_nowhere(&hut, &state, ["打印小票", "Print slip"]);
    hut.pass(2);
    hut.taps([Tap::Finish]);
    let state = hut.screen("R24");
    reads(&hut, &state, ["没有网络，不影响测量，记录已存好", "No network. Measuring works; records are safe."]);
}

#[test]
fn a_wrong_checksum_and_half_a_frame_from_the_monitor() {
    let hut = Live::open("garbled");
    hut.identify();
    hut.measure();
    for behaviour in [Behaviour::BadChecksum, Behaviour::Half] {
        hut.behave(Role::BloodPressure, behaviour);
        hut.stage.pressure(146, 92, 77);
        let state = hut.screen("R12");
        reads(&hut, &state, ["传来的数不完整，再量一次", "The result arrived incomplete. Measure again."]);
        assert!(!hut.kept().contains(&"measurement_taken".to_owned()), "{behaviour:?}");
        hut.pass(61);
        hut.screen("R11");
    }
    hut.behave(Role::BloodPressure, Behaviour::Good);
    hut.measured(118, 76);
    hut.leaves();
    hut.arrives(&[[118, 76]]);
}

#[test]
fn a_wrong_checksum_half_a_frame_and_silence_from_the_card_reader() {
    let hut = Live::open("card");
    hut.until("the reader", |state| state.has(&hut.world, Role::IdCard));
    hut.taps([Tap::Screen]);
    hut.behave(Role::IdCard, Behaviour::BadChecksum);
    hut.stage.card(&FANG);
    let state = hut.until("a notice", |state| state.notice == Some(Notice::CardAgain));
    assert_eq!(state.screen.id(), "R02");
    reads(&hut, &state, ["请把卡拿起来，再放一次", "Please lift the card and place it again"]);
    hut.behave(Role::IdCard, Behaviour::Good);
    hut.stage.lift();
    for behaviour in [Behaviour::Half, Behaviour::Silent] {
        hut.behave(Role::IdCard, behaviour);
        let gone = |state: &State| !state.has(&hut.world, Role::IdCard) && state.notice.is_none();
        let state = hut.until((behaviour, "no reader"), gone);
        reads(&hut, &state, ["读卡器没有回应，可以输入身份证号", "The card reader does not answer."]);
        hut.behave(Role::IdCard, Behaviour::Good);
        hut.within(BACK, "the reader", |state| state.has(&hut.world, Role::IdCard));
    }
    hut.stage.card(&FANG);
    hut.screen("R04");
}

#[test]
fn a_wrong_checksum_half_a_frame_and_silence_from_the_meter() {
    let hut = Live::open("meter");
    hut.identify();
    hut.behave(Role::Glucose, Behaviour::BadChecksum);
    hut.taps([Tap::Item(Item::Glucose), Tap::Meal(Meal::Other), Tap::Next, Tap::Illness(None)]);
    let trouble = |state: &State| matches!(&state.screen, Screen::Glucose(step) if step.trouble.is_some());
    let ready = |state: &State| matches!(&state.screen, Screen::Glucose(step) if step.ready && step.trouble.is_none());
    let state = hut.until("a wrong sum", trouble);
    reads(&hut, &state, ["传来的数不完整，再量一次", "The result arrived incomplete. Measure again."]);
    hut.behave(Role::Glucose, Behaviour::Good);
    hut.until("a meter that is ready", ready);
    for behaviour in [Behaviour::Half, Behaviour::Silent] {
        hut.behave(Role::Glucose, behaviour);
        let state = hut.until((behaviour, "trouble"), trouble);
        reads(&hut, &state, ["血糖仪没有回应，请找工作人员", "No answer: Sugar meter. Please call staff."]);
        hut.behave(Role::Glucose, Behaviour::Good);
        hut.until((behaviour, "a meter that is ready"), ready);
    }
    hut.stage.act(Role::Glucose, Act::Glucose { mg_per_dl: 97, control: false });
    hut.screen("R20");
    assert_eq!(hut.kept().iter().filter(|kind| *kind == "measurement_taken").count(), 1);
}

#[test]
fn unplugged_while_measuring() {
    let hut = Live::open("pulled");
    hut.identify();
    hut.measure();
    hut.measured(118, 76);
    hut.pass(61);
    hut.screen("R11");
    let gone = |state: &State| matches!(state.screen, Screen::Pressure(PressureStep::Measuring { gone: true, .. }));
    // In the middle of a result, and while nothing is said.
    hut.behave(Role::BloodPressure, Behaviour::HangUp);
    hut.stage.pressure(146, 92, 77);
    for told in ["pulled in the middle of a line", "pulled in silence"] {
        let state = hut.within(PULLED, told, gone);
        reads(&hut, &state, ["血压计断开了，已经量好的结果没有丢", "Saved readings are safe"]);
        hut.device(Role::BloodPressure).plug();
        hut.within(BACK, "the monitor", |state| state.screen.id() == "R11" && !gone(state));
        if told != "pulled in silence" {
            hut.device(Role::BloodPressure).unplug();
        }
    }
    hut.stage.pressure(122, 78, 70);
    hut.until("the questions", |state| state.screen.id() > "R12");
    hut.taps([Tap::Illness(None)]);
    hut.screen("R20");
    hut.taps([Tap::Finish]);
    hut.arrives(&[[118, 76], [122, 78]]);
}

#[test]
fn an_id_number_with_a_wrong_check_digit() {
    let hut = Live::open("number");
    hut.until("the reader", |state| state.has(&hut.world, Role::IdCard));
    hut.taps([Tap::Screen, Tap::TypeNumber]);
    // The right one ends in 7.
    hut.keys("999999197001010018");
    hut.taps([Tap::Next]);
    let typed = |state: &State| matches!(&state.screen, Screen::IdPad(pad) if pad.typed.0.len() == 18);
    let state = hut.until("18 digits", typed);
    reads(&hut, &state, ["号码好像不对，请看看最后几位", "Number looks wrong"]);
    hut.taps([Tap::Backspace, Tap::Key('7'), Tap::Next]);
    hut.screen("R04");
    hut.taps([Tap::No]);
    hut.screen("R02");

    // The same on a card that was read without an error.
    let birth = NaiveDate::from_ymd_opt(1970, 1, 1).unwrap();
    let wrong = hut_drivers::reading::Identity {
        id: "999999197001010018".to_owned(),
        birth,
        sex: Sex::Male,
        ..hut_drivers::emulate::sam::example()
    };
    hut.stage.act(Role::IdCard, Act::LayCard(Box::new(wrong)));
    let state = hut.until("a notice", |state| state.notice == Some(Notice::CardAgain));
    assert_eq!(state.screen.id(), "R02");
    assert_eq!(hut.kept(), Vec::<String>::new());
}

/// The resident notices nothing; staff read whose fault it is; everything arrives once, later.
#[test]
fn the_platform_answers_500_html_or_nothing() {
    let faults = [
        (Mischief::Status(500), Note::PlatformError { status: 500 }, ["平台有故障 · 待上传", "Platform trouble"]),
        (Mischief::Html200, Note::LoginPage, ["今天离线 · 待上传", "Offline today"]),
        (Mischief::EmptyBody, Note::BadAnswer, ["平台有故障 · 待上传", "Platform trouble"]),
        (Mischief::Down, Note::Cut, ["今天离线 · 待上传", "Offline today"]),
        (Mischief::Slow(Duration::from_secs(3)), Note::TimedOut, ["今天离线 · 待上传", "Offline today"]),
        (Mischief::Status(401), Note::Credentials, ["上传设置要改 · 待上传", "Sending needs setting up"]),
        (Mischief::CutAnswer, Note::Cut, ["今天离线 · 待上传", "Offline today"]),
    ];
    for (place, (mischief, note, line)) in faults.into_iter().enumerate() {
        let hut = Live::open(&format!("platform-{place}"));
        hut.until("the line", |state| state.online == Some(true));
        hut.stage.platform.misbehave(mischief, Times::UntilCleared);
        one_reading(&hut);
        hut.until(&note, |state| state.hindrance.as_ref() == Some(&note));
        reads_at_the_desk(&hut, line);
        hut.stage.platform.behave();
        hut.arrives(&[[118, 76]]);
    }
}

/// Something listens and never says a word.
#[test]
fn the_platform_takes_the_call_and_says_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/fhir", listener.local_addr().unwrap());
    let hut = Live::open_with("mute", Some(url), |_| {});
    one_reading(&hut);
    let state = hut.until("the time ran out", |state| state.hindrance == Some(Note::TimedOut));
    assert!(state.outbox.waiting.iter().sum::<u32>() > 0, "{:?}", state.outbox);
    reads_at_the_desk(&hut, ["今天离线 · 待上传", "Offline today"]);
}

#[test]
fn the_disk_is_full() {
    let hut = Live::open("disk");
    nothing_can_be_kept(&hut, || hut.fill_disk(), || hut.disk.store(0, Ordering::Relaxed));
}

/// `mount -t tmpfs -o size=2m none DIR`, then `TMPDIR=DIR cargo test --test suite -- --ignored really_full`.
#[test]
#[ignore = "fills up the file system that TMPDIR names: give it a small one of its own"]
fn the_disk_is_really_full() {
    let hut = Live::open("full");
    let filler = std::env::temp_dir().join("filler");
    let fill = || {
        let mut file = std::fs::File::create(&filler).unwrap();
        while file.write_all(&[0; 512]).is_ok() {}
        hut.fill_store();
    };
    nothing_can_be_kept(&hut, fill, || std::fs::remove_file(&filler).unwrap());
}

fn nothing_can_be_kept(hut: &Live, fill: impl FnOnce(), free: impl FnOnce()) {
    hut.identify();
    hut.measure();
    fill();
    hut.stage.pressure(146, 92, 77);
    let refused = |state: &State| matches!(state.not_saved, Some((_, NotSaved::DiskFull)));
    let state = hut.until("not saved", refused);
    assert_eq!(state.screen.id(), "R11", "R12 would say that it is kept");
    reads(hut, &state, ["146/92 mmHg 没有存好，请找工作人员", "146/92 mmHg is not saved. Please call staff."]);
    reads_nowhere(hut, &state, ["已记好", "Reading 1 saved"]);
    // It is offered again and again, refused, and told all the while.
    for _ in 0..3 {
        hut.pass(6);
        let state = hut.until("offered again", |state| refused(state) && !state.all_saved());
        assert_eq!(state.screen.id(), "R11");
    }
    assert!(!hut.kept().contains(&"measurement_taken".to_owned()));

    free();
    hut.pass(6);
    let state = hut.screen("R12");
    assert_eq!(state.not_saved, None);
    reads(hut, &state, ["第 1 次已记好", "1"]);
    hut.leaves();
    hut.arrives(&[[146, 92]]);
}

/// Staff who sign in while nothing can be kept read why, not only that.
#[test]
fn the_disk_is_full_and_staff_sign_in() {
    let hut = Live::open("disk-desk");
    hut.until("the devices", |state| state.devices.len() == hut.world.fitted.len());
    hut.fill_disk();
    hut.taps([Tap::CallStaff]);
    hut.until("not saved", |state| state.not_saved.is_some());
    hut.taps([Tap::CancelCall, Tap::Staff]);
    let state = hut.screen("D01");
    reads(&hut, &state, ["硬盘满了，没有存好，腾出空间后自动再存", "The disk is full and this is not saved."]);
    hut.disk.store(0, Ordering::Relaxed);
    hut.pass(6);
    hut.until("saved", |state| state.not_saved.is_none() && state.all_saved());
    assert!(hut.kept().contains(&"staff_called".to_owned()));
}

/// A visit with one reading, through to R01.
fn one_reading(hut: &Live) {
    hut.identify();
    hut.measure();
    let state = hut.measured(118, 76);
    reads(hut, &state, ["第 1 次已记好", "1"]);
    hut.leaves();
}

/// What stands in the line at the desk, while somebody is signed in.
fn reads_at_the_desk(hut: &Live, line: [&str; 2]) {
    hut.taps([Tap::Screen, Tap::Staff, Tap::Desk(DeskTap::Person(0))]);
    hut.keys(DOCTOR.1);
    hut.taps([Tap::Next]);
    let state = hut.screen("D02");
    reads(hut, &state, line);
    hut.taps([Tap::Desk(DeskTap::Lock)]);
    hut.screen("R01");
}

#[cfg(feature = "kiosk")]
fn told(hut: &Live, state: &State) -> [String; 2] {
    use health_hut::kiosk::pictures::Lang;
    [Lang::ZhCn, Lang::En].map(|lang| crate::screens::said_by(&hut.world, state, lang).join("\n"))
}

/// Both languages say so.
#[cfg(feature = "kiosk")]
fn reads(hut: &Live, state: &State, wanted: [&str; 2]) {
    for (told, wanted) in told(hut, state).iter().zip(wanted) {
        assert!(told.contains(wanted), "`{wanted}` is not in\n{told}");
    }
}

/// Neither language says so.
#[cfg(feature = "kiosk")]
fn reads_nowhere(hut: &Live, state: &State, wrong: [&str; 2]) {
    for (told, wrong) in told(hut, state).iter().zip(wrong) {
        assert!(!told.contains(wrong), "`{wrong}` is in\n{told}");
    }
}

#[cfg(not(feature = "kiosk"))]
fn reads(_: &Live, _: &State, _: [&str; 2]) {}

#[cfg(not(feature = "kiosk"))]
fn reads_nowhere(_: &Live, _: &State, _: [&str; 2]) {}
