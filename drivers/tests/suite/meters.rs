//! Glucometers that must be asked, against their other sides: in jumping time, and on pseudo-terminals.

use std::collections::HashSet;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use hut_drivers::emulate::{Act, Behaviour, Emulator, Options};
use hut_drivers::reading::{FaultCode, Status};
use hut_drivers::transport::serial::Address;
use hut_drivers::{Catalog, Order, Output, Port, PortEvent, Skill};

use crate::vectors::{decode, vectors};
use crate::visit::{Visit, clock};

const METERS: [&str; 7] = [
    "glucose-caresens",
    "glucose-contour-astm",
    "glucose-contour-usb",
    "glucose-freestyle-optium",
    "glucose-glucomen-areo",
    "glucose-onetouch-ultraeasy",
    "glucose-sd-codefree",
];
const OPTIUM: &str = "glucose-freestyle-optium";
const ULTRA_EASY: &str = "glucose-onetouch-ultraeasy";
const CODE_FREE: &str = "glucose-sd-codefree";
const STILL_OFF: &str = "status {\"no_answer\":\"no answer yet: plug the cable into the meter and switch the meter on; it speaks first, and \
    is waited for five minutes\"}";

#[test]
fn a_memory_of_any_size_is_read_whole() {
    for model in METERS {
        for count in [0, 1, 27, 28, 200] {
            let mut couple = Visit::on_a_line(model);
            couple.try_act(Act::Records(count));
            couple.carry_out(Order::Download);
            assert_eq!(couple.readings().len(), usize::from(count), "{model}");
            let last = couple.words_so_far().pop();
            assert_eq!(last, Some(format!("status {{\"downloaded\":{count}}}")), "{model}");
            let times: HashSet<_> = couple.readings().iter().map(|reading| reading.device_time).collect();
            assert_eq!(times.len(), usize::from(count), "{model}");
            let named = couple.readings().iter().all(|reading| reading.device_id.is_some());
            assert!(named || model == CODE_FREE, "{model}");
            let progress = Output::Status(Status::Progress { done: count, of: count });
            assert!(couple.told.iter().any(|(_, told)| *told == progress), "{model} {count}");
        }
    }
}

#[test]
fn noise_around_every_frame_does_no_harm() {
    for model in METERS {
        let mut couple = Visit::on_a_line(model);
        couple.trouble = (Behaviour::Garbage, 0..usize::MAX);
        couple.try_act(Act::Records(3));
        couple.carry_out(Order::Download);
        assert_eq!(couple.readings().len(), 3, "{model} {:?}", couple.words_so_far());
    }
}

#[test]
fn strips_that_are_no_plain_number() {
    let strips = [
        Act::Glucose { mg_per_dl: 9, control: false },
        Act::Glucose { mg_per_dl: 601, control: false },
        Act::Glucose { mg_per_dl: 102, control: true },
        Act::Ketone(5),
    ];
    let at = |seconds: &str| format!("at 2026-11-22T08:30{seconds}");
    let wanted = |model: &str| -> Vec<String> {
        let (lo, hi) = ("special LO", "special HI");
        let control = "glucose 102 mg/dL, special control";
        let ketone = "status {\"skipped\":\"ketone\"}".to_owned();
        let minutes = |what: &str, device: &str| format!("{what}, {}, device {device}", at(""));
        match model {
            "glucose-caresens" => {
                let told = |what: &str, meal: &str| format!("{what}{meal}, {}, device TEST00CARE99", at(":00"));
                vec![ketone, told(control, ""), told(hi, ""), told(lo, "")]
            }
            "glucose-contour-astm" | "glucose-contour-usb" => {
                [control, hi, lo].map(|what| minutes(what, "7390-9999999")).to_vec()
            }
            "glucose-freestyle-optium" => {
                let told = [control, hi, lo].map(|what| minutes(what, "TEST123-99999"));
                [vec![ketone], told.to_vec()].concat()
            }
            "glucose-glucomen-areo" => vec![ketone],
            "glucose-onetouch-ultraeasy" => {
                [hi, lo].map(|what| format!("{what}, {}, device T999TEST1", at(":00"))).to_vec()
            }
            _ => vec![],
        }
    };
    for model in METERS {
        let mut couple = Visit::on_a_line(model);
        let stored = strips.iter().filter(|strip| couple.try_act((*strip).clone())).count();
        couple.carry_out(Order::Download);
        let told = couple.words_so_far();
        let result = |told: &&String| told.contains("special") || told.contains("skipped");
        let records: Vec<String> = told.iter().filter(result).cloned().collect();
        assert_eq!(records, wanted(model), "{model}");
        assert_eq!(records.len(), stored, "{model}");
        assert_eq!(told.last(), Some(&format!("status {{\"downloaded\":{stored}}}")), "{model}");
    }
}

#[test]
fn a_clock_is_set_where_the_meter_can() {
    let moment = "2027-02-03T04:05:00".parse().unwrap();
    for model in METERS {
        let can = Catalog::built_in().find(model).unwrap().orders.contains(&Skill::SetClock);
        let mut couple = Visit::on_a_line(model);
        couple.carry_out(Order::SetClock(moment));
        let set = couple.words_so_far().iter().any(|told| told.starts_with("status {\"clock_set\":\"2027-02-03T04:05"));
        assert_eq!(set, can, "{model} {:?}", couple.words_so_far());
        if can {
            assert!(couple.readings().is_empty());
            couple.try_act(Act::Glucose { mg_per_dl: 126, control: false });
            couple.carry_out(Order::Download);
            let time = couple.readings()[0].device_time.unwrap().moment;
            assert!((time - moment).num_seconds() < 60, "{model} {time}");
        }
    }
}

#[test]
fn silence_is_told_soon() {
    for model in METERS {
        for order in [Order::Download, Order::WatchForNew, Order::SetClock(clock())] {
            let mut couple = Visit::on_a_line(model);
            couple.trouble = (Behaviour::Silent, 0..usize::MAX);
            couple.carry_out(order);
            let wanted: &[&str] = match (model, order) {
                (CODE_FREE, _) => &["status {\"event\":\"waiting_for_meter\"}", STILL_OFF, "fault no_answer"],
                ("glucose-contour-astm" | "glucose-contour-usb", Order::SetClock(_)) => &[],
                _ => &["fault no_answer"],
            };
            assert!(couple.when("status {\"no_answer\"").is_none_or(|at| at < 5_000), "{model} {order}");
            assert_eq!(couple.words_so_far(), wanted, "{model} {order}");
            let limit = if model == CODE_FREE { 300 } else { 5 };
            assert!(couple.took() <= Duration::from_secs(limit), "{model} {:?}", couple.took());
        }
    }
}

/// A CareSens tells 27 records at a time.
fn some(model: &str) -> u16 {
    if model == "glucose-caresens" { 28 } else { 5 }
}

/// All of a memory, or one fault and nothing of it.
fn all_or_nothing(couple: &Visit, records: usize, what: &str) -> bool {
    let told = couple.words_so_far();
    let faults = told.iter().filter(|told| told.starts_with("fault")).count();
    let whole = told.last().is_some_and(|last| last.contains("downloaded"));
    let wanted = if whole { (records, 0) } else { (0, 1) };
    assert_eq!((couple.readings().len(), faults), wanted, "{what}: {told:?}");
    whole
}

#[test]
fn whatever_happens_on_the_line_nothing_is_kept_half() {
    let troubles = [Behaviour::Silent, Behaviour::BadChecksum, Behaviour::Half, Behaviour::HangUp];
    for (model, trouble) in METERS.iter().flat_map(|model| troubles.map(|trouble| (model, trouble))) {
        let (mut from, mut lost) = (0, 0);
        loop {
            let mut couple = Visit::on_a_line(model);
            couple.try_act(Act::Records(some(model)));
            couple.trouble = (trouble, from..usize::MAX);
            couple.carry_out(Order::Download);
            let whole = all_or_nothing(&couple, some(model).into(), &format!("{model} {trouble:?} after {from}"));
            assert!(whole || couple.took() < Duration::from_secs(310), "{model} {trouble:?}");
            lost += usize::from(!whole);
            if couple.pieces < from {
                break;
            }
            from += 1;
        }
        assert!(lost > 0 && from >= 3, "{model} {trouble:?}");
    }
}

#[test]
fn one_damaged_frame_is_asked_for_again_where_the_meter_allows() {
    for (model, trouble) in
        METERS.iter().flat_map(|model| [Behaviour::BadChecksum, Behaviour::Silent].map(|t| (model, t)))
    {
        for from in 0.. {
            let mut couple = Visit::on_a_line(model);
            couple.try_act(Act::Records(some(model)));
            couple.trouble = (trouble, from..from + 1);
            couple.carry_out(Order::Download);
            let whole = all_or_nothing(&couple, some(model).into(), &format!("{model} {trouble:?} at {from}"));
            // A wrong command stops the CodeFree; the Optium tells everything in one breath.
            let patient = ![CODE_FREE, OPTIUM].contains(model);
            assert!(whole || !patient, "{model} {trouble:?} at {from}: {:?}", couple.words_so_far());
            if couple.pieces <= from {
                break;
            }
        }
    }
}

/// Whoever ended a download with Ctrl-C reads again: what is left on the line of the old one is not taken for an answer.
#[test]
fn a_download_that_was_broken_off_does_no_harm_to_the_next() {
    let all = Catalog::built_in().all().iter().filter(|model| model.orders.contains(&Skill::Download));
    for model in all.map(|model| model.model.as_str()).filter(|model| !model.starts_with("ieee")) {
        for ms in (0..1500).step_by(23) {
            let mut couple = Visit::on_a_line(model);
            couple.try_act(Act::Records(20));
            couple.order(Order::Download);
            couple.pass(ms);
            couple.carry_out(Order::Download);
            let whole = all_or_nothing(&couple, 20, &format!("{model} after {ms} ms"));
            assert!(whole, "{model} after {ms} ms: {:?}", couple.words_so_far().last());
        }
    }
}

#[test]
fn a_broken_frame_hides_no_good_one() {
    for model in METERS {
        let good = vectors(model)
            .into_iter()
            .rfind(|vector| vector.is_from_device() && vector.wants.iter().any(|want| want.contains("glucose")));
        let good = good.unwrap();
        let wire = good.wire();
        let usb = model == "glucose-contour-usb";
        // In a report the frame ends before the report does.
        let end = if usb { 4 + usize::from(wire[3]) } else { wire.len() };
        // Half a report cannot come: USB hands over whole ones.
        // A block of the Optium is whole when only its last line end is missing.
        let end_mark = if model == OPTIUM { 2 } else { 0 };
        for cut in (1..end - end_mark).filter(|_| !usb) {
            let told = decode(model, [&wire[..cut], wire.as_slice()]);
            let faults = told.iter().filter(|told| told.starts_with("fault")).count();
            assert!(faults <= 1, "{model} cut after {cut}: {told:?}");
            assert!(told.ends_with(&good.wants) && told.len() == faults + good.wants.len(), "{model} {cut}: {told:?}");
        }
        let mut damaged = wire.clone();
        damaged[end / 2] ^= 0x01;
        if model == "glucose-caresens" {
            // Its records have no checksum; an impossible month is what can be seen.
            damaged = wire.clone();
            damaged[11] = 0x7F;
        }
        let told = decode(model, [damaged.as_slice(), &wire]);
        assert_eq!(told.len(), 1 + good.wants.len(), "{model}: {told:?}");
        assert!(told[0].starts_with("fault") && told.ends_with(&good.wants), "{model}: {told:?}");
    }
}

#[test]
fn a_mark_in_garbage_does_not_swallow_the_next_frame() {
    for (model, marks) in [
        (ULTRA_EASY, [b"\x02\x40\x00".as_slice(), b"\x02", b"\x02\x02\x02"]),
        (CODE_FREE, [b"\x53\x20\x18", b"\x53", b"\x53\x20\x53"]),
        ("glucose-caresens", [b"\x02iSPc\xF0RSNB", b"\x02iS", b"\x02iSPc"]),
        ("glucose-contour-astm", [b"\x023R|7", b"\x02", b"\x02\x021"]),
        ("glucose-glucomen-areo", [b"[\r\nGlu,", b"[", b"[[\r"]),
        ("glucose-freestyle-optium", [b"\r\nABC\r\n1", b"\r", b"\r\n0x12"]),
    ] {
        let good =
            vectors(model).into_iter().rfind(|vector| vector.is_from_device() && !vector.wants[0].starts_with("fault"));
        let good = good.unwrap();
        for mark in marks {
            let told = decode(model, [mark, &good.wire()]);
            assert!(told.ends_with(&good.wants), "{model} {mark:?}: {told:?}");
            assert!(told.len() <= good.wants.len() + 1, "{model} {mark:?}: {told:?}");
        }
    }
}

#[test]
fn no_word_can_erase_a_memory() {
    let erase = hut_drivers::custom::ultraeasy_frames::frame(0, &[0x05, 0x1A]);
    for model in METERS {
        let mut couple = Visit::on_a_line(model);
        couple.try_act(Act::Records(3));
        let mut say = Vec::new();
        couple.other.handle_bytes(couple.now, &erase, &mut say);
        assert!(say.len() <= 1, "{model}");
        couple.carry_out(Order::Download);
        assert_eq!(couple.readings().len(), 3, "{model}");
        let sent = couple.commands().concat();
        assert!(!sent.windows(2).any(|pair| pair == [0x05, 0x1A]), "{model}");
    }
}

/// The bar: 500 records in at most 25 s at 9600 baud.
#[test]
fn five_hundred_records_of_the_ultra_easy_fit_the_line() {
    let mut couple = Visit::on_a_line(ULTRA_EASY);
    couple.try_act(Act::Records(500));
    couple.carry_out(Order::Download);
    assert_eq!(couple.readings().len(), 500);
    // Command, its acknowledgement, the record, our acknowledgement: one after the other.
    let record = 10 + 6 + 16 + 6;
    let before = (6 + 6) + (18 + 6 + 18 + 6) + (9 + 6 + 27 + 6) + 2 * (13 + 6 + 12 + 6) + (10 + 6 + 10 + 6) + 1;
    assert_eq!(couple.bytes(), before + 500 * record);
    let least = Duration::from_secs(10) * u32::try_from(couple.bytes()).unwrap() / 9600;
    // The last acknowledgement is still under way when all is told.
    assert!(couple.took() <= least, "{:?} of {least:?}", couple.took());
    assert!(least < Duration::from_secs(21), "{least:?}");
}

/// A port on an emulated meter, and what became of an order: results but progress, and how long it took.
fn on_a_line(model: &str, options: Options, prepare: impl FnOnce(&Emulator), order: Order) -> (Vec<Output>, Duration) {
    let meter = Emulator::open_with(model, options).unwrap();
    prepare(&meter);
    // The answer comes after all that was wished: the meter is prepared before it is asked.
    meter.printed();
    let (sender, events) = mpsc::channel();
    let address = Address::Path(meter.path().to_owned());
    let port =
        Port::open(Catalog::built_in().find(model).unwrap(), address, None, move |event| drop(sender.send(event)));
    let port = port.unwrap();
    assert_eq!(events.recv_timeout(Duration::from_secs(2)), Ok(PortEvent::Up));
    let start = Instant::now();
    port.order(order).unwrap();
    let mut results = Vec::new();
    loop {
        match events.recv_timeout(Duration::from_secs(30)).expect("an end in time") {
            PortEvent::Output(Output::Status(Status::Progress { .. })) => {}
            PortEvent::Output(output) => {
                let last = match &output {
                    Output::Status(Status::Downloaded { .. } | Status::ClockSet { .. }) => true,
                    Output::Fault(fault) => fault.code != FaultCode::InvalidTimestamp,
                    _ => false,
                };
                results.push(output);
                if last {
                    return (results, start.elapsed());
                }
            }
            PortEvent::Down { .. } => return (results, start.elapsed()),
            _ => {}
        }
    }
}

fn count(results: &[Output]) -> usize {
    results.iter().filter(|output| matches!(output, Output::Reading(_))).count()
}

#[test]
fn meters_are_read_and_set_on_a_line() {
    std::thread::scope(|scope| {
        for model in METERS {
            scope.spawn(move || {
                let fill = |meter: &Emulator| meter.act(Act::Records(12));
                let (results, _) = on_a_line(model, Options::default(), fill, Order::Download);
                assert_eq!(count(&results), 12, "{model} {results:?}");
                let can = Catalog::built_in().find(model).unwrap().orders.contains(&Skill::SetClock);
                if can {
                    let (results, _) = on_a_line(model, Options::default(), |_| {}, Order::SetClock(clock()));
                    assert!(
                        matches!(results.last(), Some(Output::Status(Status::ClockSet { .. }))),
                        "{model} {results:?}"
                    );
                }
            });
        }
    });
}

#[test]
fn a_meter_that_is_pulled_out_on_a_line_leaves_nothing() {
    std::thread::scope(|scope| {
        for model in METERS {
            scope.spawn(move || {
                let pull = |meter: &Emulator| {
                    meter.act(Act::Records(12));
                    meter.behave(Behaviour::HangUp);
                };
                let (results, _) = on_a_line(model, Options::default(), pull, Order::Download);
                assert_eq!(count(&results), 0, "{model} {results:?}");
            });
        }
    });
}

/// Takes as long as the line does: twenty seconds.
#[test]
#[ignore = "takes as long as the real line"]
fn five_hundred_records_of_the_ultra_easy_on_a_paced_line() {
    let options = Options { paced: true, ..Options::default() };
    let (results, took) = on_a_line(ULTRA_EASY, options, |meter| meter.act(Act::Records(500)), Order::Download);
    println!("500 records in {took:?}");
    assert_eq!(count(&results), 500);
    assert!(took < Duration::from_secs(25), "{took:?}");
}
