//! Single records of the meters that must be asked: limits, flags, dates, units.

use std::time::Instant;

use hut_drivers::custom::{areo, caresens, codefree, contour_text, optium_text, ultraeasy_frames};
use hut_drivers::transcript::brief;
use hut_drivers::{Catalog, Order};

use crate::vectors::decode;

#[test]
fn ultra_easy() {
    let told = |payload: &[u8]| decode("glucose-onetouch-ultraeasy", [ultraeasy_frames::frame(1, payload).as_slice()]);
    let record = |time: [u8; 4], value: u32| told(&[&[0x05, 0x06], time.as_slice(), &value.to_le_bytes()].concat());
    let time = [0x08, 0xA8, 0x02, 0x6B];
    assert_eq!(record(time, 20), ["glucose 20 mg/dL, at 2026-11-22T08:30:00"]);
    assert_eq!(record(time, 600), ["glucose 600 mg/dL, at 2026-11-22T08:30:00"]);
    assert_eq!(record(time, 0xFFFE), ["special LO, at 2026-11-22T08:30:00"]);
    for wrong in [0, 19, 601, 0xFFFD, 0x1_FFFF, u32::MAX] {
        assert_eq!(record(time, wrong), ["fault out_of_range"], "{wrong}");
    }
    assert_eq!(record([0; 4], 126), ["glucose 126 mg/dL, mark time_doubtful, at 1970-01-01T00:00:00"]);
    assert_eq!(told(&[0x0F, 0x1E, 0x00]), ["status {\"records\":30}"], "without the 05");
    assert_eq!(told(&[0x05, 0x0F, 0xFF, 0xFF]), ["fault malformed"]);
    assert_eq!(told(b"\x05\x06\x09T999TEST1"), ["status {\"device_id\":\"T999TEST1\",\"fits\":true}"]);
    assert_eq!(told(b"\x05\x06\x04P02."), ["status {\"version\":\"P02.\"}"]);
    assert_eq!(told(&[0x05, 0x06, 1, 0, 0, 0]), ["status {\"display_unit\":\"mmol/L\"}"]);
    assert_eq!(told(&[0x05, 0x06, 1, 2]), ["fault malformed"]);
}

#[test]
fn what_meters_say_of_themselves() {
    let verio = |payload: &[u8]| {
        let mut frame = [&[2, u8::try_from(payload.len() + 6).unwrap(), 0], payload, &[3]].concat();
        frame.extend(hut_drivers::checksum::crc16_ccitt_false(&frame).to_le_bytes());
        decode("glucose-onetouch-verioiq", [frame.as_slice()])
    };
    for (payload, says) in [
        (b"\x03\x06VQ1234567\0".as_slice(), "status {\"device_id\":\"VQ1234567\",\"fits\":true}"),
        (b"\x03\x06VER 1.0\0", "status {\"version\":\"VER 1.0\"}"),
        (b"\x03\x06\x01\0\0\0", "status {\"display_unit\":\"mmol/L\"}"),
        (b"\x03\x06\x88\x64\x95\x32", "status {\"device_time\":\"2026-11-22T08:30:00\"}"),
        (b"\x03\x06", "status {\"event\":\"done\"}"),
    ] {
        assert_eq!(verio(payload), [says]);
    }
    let ultra = hut_drivers::custom::ultra2::with_sum("SU?,\"MMOL/L\"");
    assert_eq!(decode("glucose-onetouch-ultra2", [ultra.as_slice()]), ["status {\"display_unit\":\"mmol/L\"}"]);
    // The older form has no serial number of nine bytes.
    let mut bioland = b"\x55\x0F\x00\x1F\x03\x32\x02\x00\x11\x22\x33\x44\x55\x66".to_vec();
    bioland.push(hut_drivers::checksum::sum8(&bioland).wrapping_add(2));
    assert_eq!(decode("glucose-bioland-g500", [bioland.as_slice()]), ["status {\"battery\":50}"]);
    assert_eq!(decode("bp-contec08a", [[0x4A, 0x43, 1].as_slice()]), ["status {\"event\":\"ready\"}"]);
}

#[test]
fn code_free() {
    let told = |when: [u8; 5], value: u16, meal: u8| {
        let [high, low] = value.to_be_bytes();
        let message = [&[0x10, 0x30], when.as_slice(), &[high, low, meal], &[0; 7]].concat();
        decode("glucose-sd-codefree", [codefree::answer(&message).as_slice()])
    };
    let when = [26, 11, 22, 8, 30];
    for (meal, said) in [(0x00, "meal none"), (0x10, "meal before"), (0x20, "meal after"), (0x30, "mark questionable")]
    {
        assert_eq!(told(when, 10, meal), [format!("glucose 10 mg/dL, {said}, at 2026-11-22T08:30")]);
    }
    for wrong in [0, 9, 601, 0xFFFF] {
        assert_eq!(told(when, wrong, 0), ["fault out_of_range"], "{wrong}");
    }
    for wrong in [[26, 2, 30, 8, 30], [26, 0, 1, 8, 30], [26, 1, 1, 24, 0], [26, 1, 1, 0, 60], [100, 1, 1, 0, 0]] {
        assert_eq!(told(wrong, 126, 0), ["fault invalid_timestamp"], "{wrong:?}");
    }
}

#[test]
fn care_sens() {
    let told = |when: [u8; 6], flags: u8, value: u16| {
        let record = [when.as_slice(), &[flags], &value.to_be_bytes()].concat();
        decode("glucose-caresens", [caresens::frame("GLUE", &record).as_slice()])
    };
    let when = [26, 11, 22, 8, 30, 0];
    let at = "at 2026-11-22T08:30:00";
    for (flags, value, said) in [
        (0x00, 126, "glucose 126 mg/dL"),
        (0x02, 20, "glucose 20 mg/dL, meal after"),
        (0x10, 600, "glucose 600 mg/dL, meal fasting"),
        (0x20, 126, "glucose 126 mg/dL, meal none"),
        (0x01, 102, "glucose 102 mg/dL, special control"),
        (0x09, 102, "special control"),
        (0x04, 0, "special LO"),
        (0x18, 0, "special HI, meal fasting"),
    ] {
        assert_eq!(told(when, flags, value), [format!("{said}, {at}")], "{flags:02x}");
    }
    assert_eq!(told(when, 0x40, 5), ["status {\"skipped\":\"ketone\"}"]);
    assert_eq!(told(when, 0x41, 5), ["status {\"skipped\":\"ketone\"}"], "a ketone control is no glucose control");
    assert_eq!(told(when, 0x0C, 5), ["fault malformed"]);
    assert_eq!(told(when, 0x20, 19), [format!("special LO, meal none, {at}")]);
    assert_eq!(told(when, 0x20, 601), [format!("special HI, meal none, {at}")]);
    assert_eq!(told([26, 2, 29, 0, 0, 0], 0x20, 126), ["fault invalid_timestamp"]);
    let odd = caresens::frame("GLUE", &[26; 10]);
    assert_eq!(decode("glucose-caresens", [odd.as_slice()]), ["fault checksum"], "no whole records");
    let clock = |command| decode("glucose-caresens", [caresens::frame(command, &when).as_slice()]);
    assert_eq!(clock("RTIM"), ["status {\"device_time\":\"2026-11-22T08:30:00\"}"]);
    assert_eq!(clock("WTIM"), ["status {\"clock_set\":\"2026-11-22T08:30:00\"}"]);
    let set = caresens::frame("WTIM", &[]);
    assert_eq!(decode("glucose-caresens", [set.as_slice()]), ["status {\"event\":\"clock_set\"}"]);
    let refused = caresens::frame("CMND", &[]);
    assert_eq!(decode("glucose-caresens", [refused.as_slice()]), ["fault device_error"]);
}

#[test]
fn areo_lines() {
    let told = |line: &str| decode("glucose-glucomen-areo", [areo::block([line.as_bytes()]).as_slice()]);
    let line = |value: &str, unit: &str, mark: &str| told(&format!("Glu,{value},{unit},{mark},261122,0830"));
    let at = "at 2026-11-22T08:30";
    for (value, unit, mark, said) in [
        ("126", "mg/dL", "00", "glucose 126 mg/dL, meal none"),
        ("1.1", "mmol/L", "02", "glucose 1.1 mmol/L, meal before"),
        ("33.3", "mmol/L", "04", "glucose 33.3 mmol/L, meal after"),
        ("7.0", "mmol/L", "01", "glucose 7.0 mmol/L, comment check"),
        ("7.0", "mmol/L", "08", "glucose 7.0 mmol/L, comment exercise"),
        ("7.0", "mmol/L", "10", "glucose 7.0 mmol/L, mark questionable"),
    ] {
        assert_eq!(line(value, unit, mark), [format!("{said}, {at}")]);
    }
    assert_eq!(line("126", "mmol/L", "00"), ["fault out_of_range"], "the unit of the line counts");
    assert_eq!(line("7.0", "mg/dL", "00"), ["fault out_of_range"]);
    assert_eq!(line("7.0", "", "00"), ["fault no_unit"]);
    for wrong in ["", "-7", "+7.0", "7.", ".7", "7,0", "HI", "99999"] {
        assert_eq!(line(wrong, "mmol/L", "00"), ["fault malformed"], "{wrong}");
    }
    assert_eq!(told("Glu,7.0,mmol/L,00,260230,0830"), ["fault invalid_timestamp"]);
    assert_eq!(told("Ket,0.5,mmol/L,00,261122,0830"), ["status {\"skipped\":\"ketone\"}"]);
    let info = ["status {\"device_id\":\"AB1\",\"fits\":true}", "status {\"version\":\"1.07\"}"];
    assert_eq!(told("GMA, 1, 2, AB1 ,1.07"), info);
    let empty = areo::block([areo::NOTHING]);
    assert!(decode("glucose-glucomen-areo", [empty.as_slice()]).is_empty());
    let two = areo::block([b"Glu,7.0,mmol/L,00,260230,0830".as_slice(), b"Glu,7.1,mmol/L,00,261122,0830"]);
    let told = decode("glucose-glucomen-areo", [two.as_slice()]);
    assert_eq!(told, ["fault invalid_timestamp", "glucose 7.1 mmol/L, meal none, at 2026-11-22T08:30"]);
}

#[test]
fn optium_lines() {
    let block = |count: &str, lines: &[&str]| {
        let mut body = format!("\r\nAB1\r\n1.00\r\nNov  22 2026 08:35:00\r\n{count}\r\n");
        lines.iter().for_each(|line| body += &format!("{line}\r\n"));
        body += &optium_text::write_end(&body);
        decode("glucose-freestyle-optium", [body.as_bytes()])
    };
    let line = |line: &str| block("001", &[line])[3..].to_vec();
    let at = "at 2026-11-22T08:30, device AB1";
    for (value, rest, said) in [
        ("020", "G 0x00", "glucose 20 mg/dL"),
        ("500", "G 0x00", "glucose 500 mg/dL"),
        ("HI ", "G 0x00", "special HI"),
        ("LO ", "G 0x00", "special LO"),
        ("102", "G 0x01", "glucose 102 mg/dL, special control"),
        ("126", "G 0x02", "glucose 126 mg/dL, mark time_doubtful"),
        ("126", "G 0x04", "glucose 126 mg/dL, mark questionable"),
    ] {
        assert_eq!(line(&format!("{value}  Nov  22 2026 08:30 {rest}")), [format!("{said}, {at}")]);
    }
    assert_eq!(line("019  Nov  22 2026 08:30 G 0x00"), [format!("special LO, {at}")]);
    assert_eq!(line("501  Nov  22 2026 08:30 G 0x00"), [format!("special HI, {at}")]);
    assert_eq!(line("126  June  22 2026 08:30 G 0x00").len(), 1);
    assert_eq!(line("126  Feb  30 2026 08:30 G 0x00"), ["fault invalid_timestamp"]);
    assert_eq!(line("126  June 01 2026 08:30 G 0x00"), ["glucose 126 mg/dL, at 2026-06-01T08:30, device AB1"]);
    let unknown = ["fault malformed"];
    for wrong in ["126 Nov  22 2026 08:30 G 0x00", "126  Nove 22 2026 08:30 G 0x00", "126  Nov  22 2026 08:30 X 0x00"] {
        assert_eq!(block("001", &[wrong]), unknown, "{wrong}");
    }
    assert_eq!(block("002", &["126  Nov  22 2026 08:30 G 0x00"]), unknown, "the count must match");
    assert_eq!(block("Log Empty", &[]).len(), 3);
    let clock = |text: &str| decode("glucose-freestyle-optium", [format!("Clock:\t{text}\r\n").as_bytes()]);
    assert_eq!(clock("Feb  30 2014\t02:14:37"), ["fault invalid_timestamp"]);
    assert_eq!(clock("Apr  22 2014\t02:14"), unknown);
}

#[test]
fn optium_lines_without_their_block() {
    let line = |text: &str| decode("glucose-freestyle-optium", [text.as_bytes()]);
    let record = "126  Nov  22 2026 08:30 G 0x00";
    let told = "glucose 126 mg/dL, at 2026-11-22T08:30";
    for end in ["\r\n", "\n", ""] {
        assert_eq!(line(&format!("{record}{end}")), [told], "{end:?}");
    }
    assert_eq!(line(&format!("\r\n{record}\r\nHI   June 01 2026 07:00 G 0x00\r\n")).len(), 2);
    assert_eq!(line("126  Feb  30 2026 08:30 G 0x00\r\n"), ["fault invalid_timestamp"]);
    assert_eq!(line("003  July 02 2026 07:05 K 0x00\r\n"), ["status {\"skipped\":\"ketone\"}"]);
    assert_eq!(line("Log Empty\r\n"), ["status {\"records\":0}"]);
}

#[test]
fn contour_records() {
    let told = |texts: &[&str]| {
        let wire: Vec<u8> =
            texts.iter().zip(1..).flat_map(|(text, digit)| contour_text::frame(digit, text, false)).collect();
        decode("glucose-contour-astm", [wire.as_slice()])
    };
    let result = |value: &str, unit: &str, flags: &str| {
        told(&[&format!("R|9|^^^Glucose|{value}|{unit}^P||{flags}||202611220830")])
    };
    let at = "at 2026-11-22T08:30";
    for (value, unit, flags, said) in [
        ("133", "mg/dL", "B/X", "glucose 133 mg/dL, meal before"),
        ("93", "mg/dL", "A/M0/T1", "glucose 93 mg/dL, meal after"),
        ("102", "mg/dL", "C", "glucose 102 mg/dL, special control"),
        ("600", "mg/dL", ">/A", "special HI, meal after"),
        ("0.6", "mmol/L", "<", "special LO"),
        ("33.3", "mmol/L", "", "glucose 33.3 mmol/L"),
        ("133", "mg/dL", "D", "glucose 133 mg/dL, mark questionable"),
    ] {
        assert_eq!(result(value, unit, flags), [format!("{said}, {at}")], "{flags}");
    }
    assert_eq!(result("601", "mg/dL", ""), ["fault out_of_range"]);
    assert_eq!(result("0.5", "mmol/L", ""), ["fault out_of_range"]);
    assert_eq!(result("7.4", "", ""), ["fault no_unit"]);
    assert_eq!(result("7.4", "g/L", ""), ["fault malformed"]);
    assert_eq!(result("x", "mg/dL", ""), ["fault malformed"]);
    assert_eq!(told(&["R|9|^^^Glucose|133|mg/dL^P||||202602300830"]), ["fault invalid_timestamp"]);
    assert_eq!(told(&["R|9|^^^Ketone|0.5|mmol/L^P||||202611220830"]), ["status {\"skipped\":\"ketone\"}"]);
    let header = r"H|\^&||pw|Bayer7390^1\1\1^AB1^7403-|A=1^U=0^V=20500^Z=1|1||||||1|202611220830";
    let low = told(&[header, "R|1|^^^Glucose|19|mg/dL^P||||202611220830"]);
    assert_eq!(low.last().map(String::as_str), Some("fault out_of_range"), "the header sets the limits");
    let named = told(&[header, "R|1|^^^Glucose|99|mg/dL^P||||20261122083045"]);
    assert_eq!(named.last(), Some(&format!("glucose 99 mg/dL, {at}, device AB1")));
}

/// A header by itself says how many there are; with records behind it, it says how many are missing.
#[test]
fn a_short_download_is_told() {
    let ultra = crate::vectors::vectors("glucose-onetouch-ultra2");
    let contec = crate::vectors::vectors("bp-contec08a");
    let three = (ultra[0].wire(), ultra[1].wire());
    let mut two = (contec[5].wire(), contec[0].wire());
    two.0[4] = 0x82;
    for (model, (header, record), all) in [("glucose-onetouch-ultra2", three, 3), ("bp-contec08a", two, 2)] {
        let told = |records: usize| decode(model, [header.clone(), record.repeat(records)].concat().chunks(9));
        assert_eq!(told(0).len(), 1, "{model}");
        assert_eq!(told(all).len(), 1 + all, "{model}");
        assert_eq!(told(1).len(), 3, "{model}");
        assert_eq!(told(1)[2], "fault malformed", "{model}");
        let again = decode(model, [header.as_slice(), &record, &header]);
        assert_eq!(again[2..3], ["fault malformed"], "{model}");
        let half = decode(model, [header.as_slice(), &record.repeat(all)[..record.len() * all - 5]]);
        assert_eq!(half.len(), 1 + all, "{model}: the half record is missed once: {half:?}");
    }
}

/// Whoever has bytes of a meter need not know how they were carried.
#[test]
fn a_contour_is_read_from_reports_and_from_text() {
    let text = "R|9|^^^Glucose|7.4|mmol/L^P||A||202611220830";
    let frames = [contour_text::frame(1, &"P|1|".repeat(30), false), contour_text::frame(2, text, true)].concat();
    let reports = contour_text::reports(&frames).concat();
    for model in ["glucose-contour-astm", "glucose-contour-usb"] {
        for wire in [&frames, &reports] {
            let told = ["glucose 7.4 mmol/L, meal after, at 2026-11-22T08:30"];
            assert_eq!(decode(model, [wire.as_slice()]), told, "{model}");
            assert_eq!(decode(model, wire.chunks(1)), told, "{model}");
        }
    }
    let noise = [b"\x00\x00\x00".as_slice(), &frames].concat();
    assert_eq!(decode("glucose-contour-astm", [noise.as_slice()]).len(), 1, "noise passes for no report");
}

#[test]
fn a_contour_frame_that_is_said_again_is_taken_once() {
    let frame = |digit, number| {
        contour_text::frame(digit, &format!("R|{number}|^^^Glucose|133|mg/dL^P||||202611220830"), false)
    };
    let twice = [frame(1, 1), frame(1, 1), frame(2, 2)];
    for wire in [twice.concat(), contour_text::reports(&twice.concat()).concat()] {
        assert_eq!(decode("glucose-contour-astm", [wire.as_slice()]).len(), 2);
    }
    let two = [frame(1, 1), vec![contour_text::EOT], frame(1, 1)].concat();
    assert_eq!(decode("glucose-contour-astm", [two.as_slice()]).len(), 3, "two transfers and the end between them");
}

/// The page does not say how the mark of an empty memory comes: bare or in a block, as bytes or as text.
#[test]
fn an_empty_areo_says_so_in_any_form() {
    let about = areo::block([b"a,b,c,SN1,1.0".as_slice()]);
    for mark in [
        b"\x90\x3D".to_vec(),
        b"90 3D\r\n".to_vec(),
        areo::block([b"\x90\x3D".as_slice()]),
        areo::block([b"90 3D".as_slice()]),
    ] {
        let (now, mut out) = (Instant::now(), Vec::new());
        let mut device = Catalog::built_in().find("glucose-glucomen-areo").unwrap().device();
        device.conversation().unwrap().start(now, Order::Download, &mut out);
        device.decoder().handle_bytes(now, &about, &mut out);
        mark.chunks(1).for_each(|byte| device.decoder().handle_bytes(now, byte, &mut out));
        assert_eq!(brief(out.last().unwrap()), "status {\"downloaded\":0}", "{mark:02x?}");
    }
}
