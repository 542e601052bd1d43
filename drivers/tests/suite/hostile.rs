//! `no_bytes_can_stop_a_port`: any input, cut anywhere: no panic, bounded, the next good frame decodes.

use std::time::{Duration, Instant};

use hut_drivers::custom::Device;
use hut_drivers::transcript::brief;
use hut_drivers::transport::Transport;
use hut_drivers::transport::faulty::{Faults, Faulty};
use hut_drivers::transport::replay::Replay;
use hut_drivers::{Catalog, Output, Skill};
use proptest::prelude::*;

use crate::vectors::{decode, vectors};

/// Random bytes mixed with shreds of real frames of all models.
fn hostile() -> impl Strategy<Value = Vec<u8>> {
    let frames: Vec<Vec<u8>> =
        Catalog::built_in().all().iter().flat_map(|model| vectors(&model.model)).map(|vector| vector.wire()).collect();
    let shred = (prop::sample::select(frames), any::<prop::sample::Index>(), any::<prop::sample::Index>()).prop_map(
        |(frame, from, to)| {
            let (from, to) = (from.index(frame.len()), to.index(frame.len()) + 1);
            frame[from.min(to)..from.max(to)].to_vec()
        },
    );
    let piece = prop_oneof![prop::collection::vec(any::<u8>(), 0..40), shred];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

fn run_out(device: &mut Device, out: &mut Vec<Output>) {
    for _ in 0..100_000 {
        let Some(deadline) = device.decoder().deadline() else {
            return;
        };
        device.decoder().handle_timeout(deadline, out);
    }
    panic!("deadlines never end");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn results_do_not_depend_on_the_cut(bytes in hostile(), size in 1usize..50) {
        for model in Catalog::built_in().all() {
            let whole = decode(&model.model, [bytes.as_slice()]);
            prop_assert_eq!(&whole, &decode(&model.model, bytes.chunks(size)));
        }
    }

    #[test]
    fn after_any_bytes_and_a_pause_the_next_good_frame_decodes(bytes in hostile()) {
        for model in Catalog::built_in().all() {
            let mut device = model.device();
            let mut out = Vec::new();
            device.decoder().handle_bytes(Instant::now(), &bytes, &mut out);
            run_out(&mut device, &mut out);
            out.clear();
            let good = vectors(&model.model).into_iter().find(|vector| {
                vector.is_from_device() && !vector.wants[0].starts_with("fault")
            }).unwrap();
            device.decoder().handle_bytes(Instant::now(), &good.wire(), &mut out);
            run_out(&mut device, &mut out);
            let told: Vec<String> = out.iter().map(brief).collect();
            prop_assert_eq!(told, good.wants);
        }
    }

    #[test]
    fn no_answer_confuses_a_conversation(pieces in prop::collection::vec((hostile(), 0u64..3000), 0..12)) {
        for model in Catalog::built_in().all() {
            let mut device = model.device();
            let Some(order) = model.listens.and_then(Skill::order) else { continue };
            let mut at = Instant::now();
            let mut out = Vec::new();
            device.conversation().unwrap().start(at, order, &mut out);
            for (bytes, pause) in &pieces {
                at += Duration::from_millis(*pause);
                while device.decoder().deadline().is_some_and(|deadline| deadline < at) {
                    let deadline = device.decoder().deadline().unwrap();
                    device.decoder().handle_timeout(deadline, &mut out);
                }
                device.decoder().handle_bytes(at, bytes, &mut out);
            }
            prop_assert!(out.len() < 2000);
        }
    }
}

#[test]
fn a_faulty_line_loses_frames_but_invents_none() {
    let frame = b"2026,07,11,09,05,                    ,0,120,080,072,0\r\n";
    let (replay, _) = Replay::new(vec![frame.to_vec(); 500]);
    let faults = Faults { drops: 3, garbles: 0, splits: 200, ..Faults::default() };
    let mut line = Faulty::new(replay, faults, 7);
    let mut device = Catalog::built_in().find("bp-omron-hbp9030").unwrap().device();
    let (mut out, mut bytes) = (Vec::new(), [0; 64]);
    while let Ok(count) = line.read(&mut bytes, Duration::ZERO) {
        device.decoder().handle_bytes(Instant::now(), &bytes[..count], &mut out);
    }
    let good = out.iter().filter(|output| matches!(output, Output::Reading(_)));
    assert!((300..500).contains(&good.count()));
    let whole = "systolic 120 mmHg, diastolic 80 mmHg, pulse 72 /min, at 2026-07-11T09:05";
    assert!(out.iter().map(brief).all(|told| told == whole || told.starts_with("fault")));
}
