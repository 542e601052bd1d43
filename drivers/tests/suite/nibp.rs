//! Boards that measure when told: the whole of a measurement, and everything that can go wrong with it.

use std::time::{Duration, Instant};

use hut_drivers::custom::nibp_stx::{ABORT, command};
use hut_drivers::emulate::Act;
use hut_drivers::transcript::brief;
use hut_drivers::{Catalog, Order, Output};

use crate::vectors::{decode, vectors};
use crate::visit::Visit;

const BOARD: &str = "bp-nibp-stx";
const ARM: Act = Act::Pressure { systolic: 145, diastolic: 91, pulse: 76, movement: false };

fn aborted(visit: &Visit) -> bool {
    visit.commands().contains(&vec![ABORT])
}

#[test]
fn commands_are_as_printed() {
    let printed = vectors(BOARD);
    let commands = printed.iter().filter(|vector| !vector.is_from_device());
    for (vector, code) in commands.zip([1, 3, 14, 15, 17, 18, 20, 21, 22, 24]) {
        assert_eq!(vector.wire(), command(code), "{}", vector.id);
    }
}

#[test]
fn a_measurement_is_begun_followed_and_read() {
    let mut visit = Visit::to(BOARD);
    visit.act(ARM);
    visit.order(Order::Measure);
    visit.pass(60_000);
    assert_eq!(visit.commands(), [24, 21, 1, 18].map(command));
    let cuff = visit.told.iter().filter(|(_, told)| matches!(told, Output::Status(_))).count();
    assert!(cuff > 60, "{cuff} times told while it lasted");
    assert_eq!(visit.results(), ["systolic 145 mmHg, diastolic 91 mmHg, mean_arterial 109 mmHg, pulse 76 /min"]);
}

#[test]
fn the_boards_own_error_is_told_once() {
    for (act, wants) in [
        (Act::Error(6), "fault device_error 6"),
        (Act::Error(99), "fault device_error 99"),
        (Act::Pressure { systolic: 145, diastolic: 91, pulse: 76, movement: true }, "fault device_error 11"),
        (Act::Pressure { systolic: 145, diastolic: 91, pulse: 0, movement: false }, "fault out_of_range"),
    ] {
        let mut visit = Visit::to(BOARD);
        visit.act(act);
        visit.order(Order::Measure);
        visit.pass(60_000);
        assert_eq!(visit.results(), [wants]);
    }
}

#[test]
fn silence_is_told_within_five_seconds_and_the_cuff_let_down() {
    let mut visit = Visit::to(BOARD);
    visit.dead = true;
    visit.order(Order::Measure);
    visit.pass(60_000);
    assert_eq!(visit.results(), ["fault no_answer"]);
    assert!(visit.when("fault").unwrap() <= 5000 && aborted(&visit));

    let mut visit = Visit::to(BOARD);
    visit.order(Order::Measure);
    visit.pass(8000);
    visit.dead = true;
    visit.pass(3500);
    assert_eq!(visit.results(), ["fault no_answer"]);
    assert!(aborted(&visit));
}

#[test]
fn the_result_is_asked_for_three_times() {
    // 79 cuff frames and the frame that says it is finished come before.
    let mut visit = Visit::to(BOARD);
    visit.act(ARM);
    (visit.spoil, visit.lose) = (vec![81], vec![82]);
    visit.order(Order::Measure);
    visit.pass(60_000);
    assert_eq!(visit.results().len(), 1);
    assert!(visit.results()[0].starts_with("systolic 145"));
    assert_eq!(visit.commands().iter().filter(|sent| **sent == command(18)).count(), 3);

    let mut visit = Visit::to(BOARD);
    visit.spoil = vec![81, 82, 83];
    visit.order(Order::Measure);
    visit.pass(60_000);
    assert_eq!(visit.results(), ["fault checksum"]);
}

#[test]
fn stop_and_rest_let_the_cuff_down_at_once() {
    for order in [Order::Stop, Order::Rest] {
        let mut visit = Visit::to(BOARD);
        visit.order(Order::Measure);
        visit.pass(6000);
        visit.order(order);
        assert_eq!(visit.sent.last().unwrap(), &(6000, vec![ABORT]));
        visit.pass(30_000);
        assert_eq!(visit.results(), [""; 0]);
        assert_eq!(visit.when("status {\"cuff_pressure\":0}"), Some(6010));
    }
}

#[test]
fn a_board_found_again_is_let_down_once_and_then_left_alone() {
    let mut visit = Visit::to(BOARD);
    visit.order(Order::Rest);
    visit.order(Order::Rest);
    assert_eq!(visit.commands(), [[ABORT]]);
    visit.order(Order::Stop);
    assert_eq!(visit.commands(), [[ABORT], [ABORT]]);
}

#[test]
fn a_board_that_never_ends_is_stopped_after_three_minutes() {
    let mut device = Catalog::built_in().find(BOARD).unwrap().device();
    let (start, mut out) = (Instant::now(), Vec::new());
    device.conversation().unwrap().start(start, Order::Measure, &mut out);
    for second in 1..200 {
        let at = start + Duration::from_secs(second);
        if device.decoder().deadline().is_some_and(|deadline| deadline <= at) {
            assert_eq!(second, 180);
            device.decoder().handle_timeout(at, &mut out);
            break;
        }
        device.decoder().handle_bytes(at, b"\x02060C0S4\x03\r", &mut out);
    }
    let told: Vec<String> = out.iter().rev().take(2).map(brief).collect();
    assert_eq!(told, ["fault no_answer", "out \"X\""]);
}

#[test]
fn a_false_end_of_the_cuff_frames_does_not_bring_an_old_result() {
    let mut device = Catalog::built_in().find(BOARD).unwrap().device();
    let (at, mut out) = (Instant::now(), Vec::new());
    device.conversation().unwrap().start(at, Order::Measure, &mut out);
    out.clear();
    // Noise made 999 of 199: the board goes on deflating, and then truly ends.
    let old = hut_drivers::custom::nibp_stx::frame("S1;A0;C03;M00;P128081097;R072;T0000;;");
    let wire = [b"\x02999\x03\r\x02140C0S4\x03\r".as_slice(), &old, b"\r\x02999\x03\r"].concat();
    device.decoder().handle_bytes(at, &wire, &mut out);
    assert!(!out.iter().map(brief).any(|told| told.starts_with("systolic")));
}

#[test]
fn broken_frames_give_one_fault_each() {
    let good = "\x02142C0S4\x03\r";
    let (cuff, finished) = ("status {\"cuff_pressure\":142}", "status {\"event\":\"finished\"}");
    for (broken, wants) in [
        ("\x021A2C0S4\x03\r", "fault malformed"),
        ("\x02142CxS4\x03\r", "fault malformed"),
        ("\x0214\x03\r", "fault malformed"),
        ("\x02142C0S", "fault malformed"),
        ("\x02142C\x00", "fault malformed"),
        ("\x02400\x03\r", "fault out_of_range"),
        ("\x02S1;A0;C03;M00;P12808109x;R072;T0000;;88\x03\r", "fault checksum"),
    ] {
        let told = decode(BOARD, [broken.as_bytes(), good.as_bytes()]);
        assert_eq!(told, [wants, cuff], "{broken:?}");
    }
    let endless = format!("\x02{}{good}\x02999\x03", "1".repeat(90));
    assert_eq!(decode(BOARD, [endless.as_bytes()]), ["fault malformed", cuff, finished]);
    let body = |body: &str| decode(BOARD, [hut_drivers::custom::nibp_stx::frame(body).as_slice()]);
    assert_eq!(body("S1;A0;C03;M00;P12808109x;R072;T0000;;"), ["fault malformed"]);
    assert_eq!(body("S1;A0;C03;M00;P128081131;R072;T0000;;"), ["fault out_of_range"]);
    assert_eq!(body("S1;A0;C03;M00;P000000000;R072;T0000;;"), ["fault out_of_range"]);
    assert_eq!(body("S1;A0;C03;M00;P128081097;R000;T0000;;"), ["fault out_of_range"]);
    assert_eq!(body("S1;A0;C03;M06;P128081097;R072;T0000;;"), ["fault device_error 6"]);
}
