//! What an IEEE 11073 manager must do and must never do: damage, timers, confirmations, configurations.

use hut_drivers::ieee11073::apdu::{Apdu, Message};
use hut_drivers::ieee11073::mder::{Number, float, sfloat, to_float, to_sfloat};
use hut_drivers::ieee11073::{ConfigCache, Settings, State};
use hut_drivers::{Decoder, Order};
use proptest::prelude::*;

use crate::ieee11073::{Bench, GET, apdu, book, bytes, hex_of, replay, session};
use crate::ieee11073_talk::report;

#[test]
fn malformed_messages_are_refused() {
    let row = |name: &str| hex_of(book().malformed.iter().find(|row| row["name"].as_str() == Some(name)).unwrap());
    for (name, answers, told, state) in [
        ("inner_length_longer_than_outer", vec![REJECT_FFFF], "fault malformed", State::Operating),
        ("attribute_list_length_wrong", vec![REJECT_0054], "fault malformed", State::Operating),
        ("unknown_apdu_choice", vec![ABORT], "fault malformed", State::Unassociated),
    ] {
        let mut bench = Bench::operating();
        bench.hear(&row(name));
        assert_eq!(
            (bench.sent(), bench.told[0].as_str()),
            (answers.iter().map(|it| it.to_string()).collect(), told),
            "{name}"
        );
        assert_eq!((bench.manager.state(), bench.readings.len()), (state, 0), "{name}");
    }
    let mut bench = Bench::operating();
    bench.hear(&row("observation_shorter_than_map"));
    assert_eq!((bench.sent(), bench.readings.len()), (vec![CONFIRM_0001.to_owned()], 0));

    let mut bench = Bench::operating();
    bench.hear(&row("length_runs_past_buffer"));
    assert!(bench.told.is_empty() && bench.sent().is_empty(), "it may still come");
    bench.pass(2000);
    assert_eq!(bench.told, ["fault malformed", ENDED_MALFORMED]);
    assert_eq!(bench.sent(), [ABORT]);
}

#[test]
fn after_garbage_nothing_is_heard_until_silence() {
    let mut bench = Bench::operating();
    let aarq = apdu("aarq_bp_standard");
    bench.hear(&[&[0x41, 0x42], aarq.as_slice()].concat());
    assert_eq!((bench.sent(), bench.manager.state()), (vec![ABORT.to_owned()], State::Unassociated));
    bench.pass(300);
    bench.hear(&aarq);
    assert_eq!(bench.manager.state(), State::Unassociated);
    bench.pass(500);
    bench.hear(&aarq);
    assert_eq!(bench.manager.state(), State::Operating);
}

/// A report cut off at any place, or with any bit turned: no panic, and never a number that was not in it.
#[test]
fn damaged_reports_invent_nothing() {
    for name in ["report_bp_fixed", "report_bp_mp_fixed", "report_scale_ext_fixed", "config_report_bp_extended"] {
        let whole = apdu(name);
        for end in 0..whole.len() {
            let mut bench = Bench::operating();
            bench.hear(&whole[..end]);
            bench.pass(5000);
            assert!(bench.readings.is_empty(), "{name} cut at {end}");
            // The same cut, with an outer length that agrees.
            let mut cut = whole[..end].to_vec();
            if let Some(body) = end.checked_sub(4) {
                cut[2..4].copy_from_slice(&u16::try_from(body).unwrap().to_be_bytes());
                let mut bench = Bench::operating();
                bench.hear(&cut);
                bench.pass(5000);
                assert!(bench.readings.is_empty(), "{name} cut at {end}, outer length mended");
            }
        }
    }
    let whole = apdu("report_bp_fixed");
    // Lengths and counts of the report, up to the first value and around the second observation.
    let lengths = [2, 3, 4, 5, 10, 11, 20, 21, 26, 27, 28, 29, 32, 33, 34, 35, 36, 37, 54, 55];
    for at in 0..whole.len() {
        for bit in 0..8 {
            let mut flipped = whole.clone();
            flipped[at] ^= 1 << bit;
            let mut bench = Bench::operating();
            bench.hear(&flipped);
            bench.pass(5000);
            assert!(!lengths.contains(&at) || bench.readings.is_empty(), "bit {bit} of byte {at}: {:?}", bench.told);
        }
    }
}

#[test]
fn every_message_may_be_cut_or_damaged_without_a_panic() {
    for row in &book().apdu {
        let whole = hex_of(row);
        for end in 0..whole.len() {
            assert!(Apdu::parse(&whole[..end]).is_err(), "{}", row["name"]);
        }
        for at in 0..whole.len() {
            for value in [0, 1, 0x7F, 0x80, 0xFF] {
                let mut changed = whole.clone();
                changed[at] = value;
                for mut bench in [Bench::plain(), Bench::operating()] {
                    bench.hear(&changed);
                    bench.pass(60_000);
                }
            }
        }
    }
}

#[test]
fn a_report_is_confirmed_only_when_its_reading_is_kept() {
    let mut bench = Bench::operating();
    bench.keeps = false;
    let report = apdu("report_bp_fixed");
    bench.hear(&report);
    assert_eq!((bench.readings.len(), bench.sent().len()), (1, 0));
    bench.kept();
    assert_eq!(bench.sent(), ["e7000012001000540201000a0000004900500d1d0000"]);
    // The confirmation was lost: the same again is confirmed and not told again.
    bench.hear(&report);
    assert_eq!((bench.readings.len(), bench.sent().len()), (1, 1));
}

#[test]
fn a_reading_that_is_not_kept_in_time_is_offered_and_told_again() {
    let mut bench = Bench::operating();
    bench.keeps = false;
    bench.hear(&apdu("report_bp_fixed"));
    bench.pass(3000);
    bench.kept();
    assert!(bench.sent().is_empty(), "too late: the agent has given up");
    bench.hear(&apdu("abrt_response_timeout"));
    assert_eq!(bench.manager.state(), State::Unassociated);
    bench.hear(&apdu("aarq_three_encodings"));
    bench.sent.clear();
    // It was kept, late: confirmed at once and one reading.
    bench.hear(&apdu("report_bp_fixed"));
    assert_eq!((bench.readings.len(), bench.sent().len()), (1, 1));

    let mut bench = Bench::operating();
    bench.keeps = false;
    bench.hear(&apdu("report_bp_fixed"));
    bench.hear(&apdu("abrt_response_timeout"));
    bench.hear(&apdu("aarq_three_encodings"));
    bench.hear(&apdu("report_bp_fixed"));
    assert_eq!(bench.readings.len(), 2, "nobody said that it is safe");
}

#[test]
fn what_is_reported_again_is_one_reading_for_a_listener_too() {
    let report = apdu("report_bp_fixed");
    let of = |pieces: &[&[u8]]| crate::vectors::decode("ieee11073-bp", pieces.iter().copied());
    let readings = |told: Vec<String>| told.into_iter().filter(|told| told.starts_with("systolic")).count();
    let hello = apdu("aarq_bp_standard");
    assert_eq!(readings(of(&[&hello, &report, &report])), 1);
    assert_eq!(readings(of(&[&hello, &report, &hello, &report])), 2, "another session");
}

#[test]
fn pressures_that_contradict_each_other_are_no_reading() {
    let mut bench = Bench::operating();
    let mut report = apdu("report_bp_fixed");
    let systolic = report.windows(2).position(|pair| pair == [0, 120]).unwrap();
    report[systolic + 1] = 70;
    bench.hear(&report);
    assert_eq!((bench.readings.len(), bench.told.as_slice()), (0, ["fault out_of_range".to_owned()].as_slice()));
    assert_eq!(bench.sent().len(), 1, "confirmed: offered again it is no better");
}

#[test]
fn timers_run_out() {
    let mut bench = Bench::plain();
    bench.hear(&apdu("aarq_bp_extended"));
    assert_eq!(bench.manager.state(), State::WaitingForConfig);
    bench.sent.clear();
    bench.pass(9_999);
    assert!(bench.sent().is_empty());
    bench.pass(1);
    assert_eq!((bench.sent(), bench.manager.state()), (vec![abort(3)], State::Unassociated));

    let mut bench = Bench::plain();
    bench.hear(&apdu("aarq_bp_standard"));
    assert_eq!(bench.sent().last().map(String::as_str), Some(GET));
    bench.pass(3000);
    assert_eq!((bench.sent(), bench.manager.state()), (vec![abort(2)], State::Unassociated));

    let mut bench = Bench::operating();
    bench.order(Order::Rest);
    assert_eq!((bench.sent(), bench.manager.state()), (vec!["e40000020000".to_owned()], State::Disassociating));
    bench.pass(3000);
    assert_eq!((bench.sent(), bench.manager.state()), (vec![abort(2)], State::Unassociated));

    let mut bench = Bench::plain();
    bench.order(Order::Download);
    bench.pass(34_999);
    assert!(bench.told.len() == 1 && bench.told[0].starts_with("status {\"no_answer\":\"no answer yet"));
    bench.pass(1);
    assert_eq!(bench.told[1..], ["fault no_answer"]);
    assert_eq!(bench.manager.deadline(), None);
}

#[test]
fn an_abort_ends_every_state_without_an_answer() {
    let mut waiting = Bench::plain();
    waiting.hear(&apdu("aarq_bp_extended"));
    let mut ending = Bench::operating();
    ending.order(Order::Rest);
    for mut bench in [Bench::plain(), waiting, Bench::operating(), ending] {
        bench.sent.clear();
        bench.hear(&apdu("abrt_undefined"));
        assert_eq!((bench.sent().len(), bench.manager.state()), (0, State::Unassociated));
        bench.hear(&apdu("aarq_bp_standard"));
        assert_eq!(bench.manager.state(), State::Operating);
    }
}

#[test]
fn while_the_association_is_ended_reports_are_heard_and_not_answered() {
    let mut bench = Bench::operating();
    bench.order(Order::Rest);
    bench.sent.clear();
    bench.hear(&apdu("report_bp_fixed"));
    assert_eq!((bench.readings.len(), bench.sent().len()), (1, 0));
    bench.hear(&apdu("rlrq_normal"));
    assert_eq!((bench.sent(), bench.manager.state()), (vec!["e50000020000".to_owned()], State::Disassociating));
    bench.hear(&apdu("rlre_normal"));
    assert_eq!((bench.sent().len(), bench.manager.state()), (0, State::Unassociated));
}

#[test]
fn requests_of_an_agent_are_rejected_and_change_nothing() {
    let mut bench = Bench::operating();
    bench.hear(&apdu("get_all_mds_attributes"));
    assert_eq!(bench.sent(), ["e700000a00080000040000020065"]);
    bench.hear(&apdu("set_time"));
    assert_eq!((bench.sent().len(), bench.manager.state()), (1, State::Operating));
    let mut waiting = Bench::plain();
    waiting.hear(&apdu("aarq_bp_extended"));
    waiting.sent.clear();
    waiting.hear(&apdu("report_bp_mp_fixed"));
    assert_eq!(waiting.sent(), ["e700000c000a00010300000400010000"]);
    waiting.hear(&apdu("report_oximeter_unconfirmed"));
    assert_eq!((waiting.sent().len(), waiting.readings.len()), (0, 0));
}

#[test]
fn a_configuration_is_asked_for_once_and_survives_a_restart() {
    let first = session("bp_ext_three_objects");
    let bench = replay(first, usize::MAX);
    let kept = serde_json::to_string(bench.manager.cache()).unwrap();
    let cache: ConfigCache = serde_json::from_str(&kept).unwrap();
    assert_eq!(cache.len(), 1);

    let mut bench = Bench::new(Settings::default(), cache);
    bench.hear(&apdu("aarq_bp_extended"));
    assert!(bench.sent()[0].starts_with("e300002c0000"), "known");
    bench.hear(&apdu("report_bp_mp_fixed"));
    assert_eq!(bench.readings.len(), 1);
    // A report that does not fit it: the agent is asked anew next time.
    let mut strange = apdu("report_scale_ext_fixed");
    for handle in [33, 49, 65] {
        strange[handle] = 77;
    }
    bench.hear(&strange);
    assert!(bench.manager.cache().is_empty(), "{:?}", bench.told);

    let mut cache = ConfigCache::new();
    for config in 0..100u16 {
        cache.keep(&config.to_be_bytes(), 0x4000, &[0; 4]);
    }
    assert_eq!(cache.len(), 32);
    cache.keep(&[1], 0x4001, &[0; 9000]);
    assert_eq!(cache.len(), 32, "a monstrous one is not kept");
}

#[test]
fn an_agent_that_repeats_an_unknown_standard_is_let_in() {
    let fallback = session("thermometer_std_unknown_then_ext");
    let mut bench = Bench::of(fallback);
    bench.hear(&bytes(&fallback.steps[0].1));
    let config = bytes(&fallback.steps[2].1);
    bench.sent.clear();
    bench.hear(&config);
    assert!(bench.sent()[0].ends_with("03200002"));
    bench.hear(&config);
    assert!(bench.sent()[0].ends_with("03200000"));
    // What it reports is still not guessed at, and not confirmed.
    bench.hear(&bytes(&fallback.steps[7].1));
    assert_eq!((bench.readings.len(), bench.told.last().map(String::as_str)), (0, Some("fault unsupported_format")));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_can_be_read_can_be_written(bytes in prop::collection::vec(any::<u8>(), 0..60), choice in 0xE2u8..0xE8) {
        let length = u16::try_from(bytes.len()).unwrap().to_be_bytes();
        let wire = [&[choice, 0][..], &length, &bytes].concat();
        if let Ok(apdu) = Apdu::parse(&wire)
            && !matches!(&apdu, Apdu::Data { message: Message::Unknown { .. }, .. })
        {
            prop_assert_eq!(apdu.bytes(), wire);
        }
    }

    #[test]
    fn numbers_survive_being_written(bits in any::<u16>(), wide in any::<u32>()) {
        if let number @ (Number::NaN | Number::NRes | Number::High | Number::Low | Number::Reserved) = sfloat(bits) {
            prop_assert_eq!(to_sfloat(number), Some(bits));
        }
        if let number @ Number::Exact(decimal) = sfloat(bits) && let Some(again) = to_sfloat(number) {
            prop_assert_eq!(sfloat(again), Number::Exact(decimal));
        }
        if let number @ Number::Exact(decimal) = float(wide) && let Some(again) = to_float(number) {
            prop_assert_eq!(float(again), Number::Exact(decimal));
        }
    }

    #[test]
    fn no_agent_can_stop_a_manager(
        pieces in prop::collection::vec((prop::collection::vec(any::<u8>(), 0..80), 0u64..4000, any::<u8>()), 0..12),
    ) {
        let mut bench = Bench::operating();
        for (noise, pause, event) in pieces {
            bench.pass(pause);
            // Reports with sound outer lengths and any content.
            let info: String = noise.iter().map(|byte| format!("{byte:02x}")).collect();
            bench.hear(&report(0x0D1C + u16::from(event % 20), u16::from(event / 80), &info));
            bench.hear(&apdu("aarq_bp_extended"));
            prop_assert!(bench.manager.held() <= 65536);
        }
        prop_assert!(bench.told.len() < 500);
    }
}

fn abort(reason: u8) -> String {
    format!("e600000200{reason:02x}")
}

const ABORT: &str = "e60000020000";
const REJECT_FFFF: &str = "e700000a00080000040000020002";
const REJECT_0054: &str = "e700000a00080054040000020002";
const CONFIRM_0001: &str = "e7000012001000010201000a0000ffffffff0d1d0000";
const ENDED_MALFORMED: &str = r#"status {"association_ended":"malformed"}"#;
