//! What IEEE 11073 agents say beyond the captured sessions: circumstances, scanners, stores, clocks, USB descriptors.

use hut_drivers::ieee11073::State;
use hut_drivers::{Decoder, Order};

use crate::ieee11073::{Bench, apdu, book, bytes, hex_of, session};

/// A PRST around what `tag` says.
fn data(invoke: u16, tag: u16, body: &[u8]) -> Vec<u8> {
    let length = |count: usize| u16::try_from(count).unwrap().to_be_bytes();
    let inner = [&invoke.to_be_bytes()[..], &tag.to_be_bytes(), &length(body.len()), body].concat();
    [&[0xE7, 0][..], &length(inner.len() + 2), &length(inner.len()), &inner].concat()
}

/// A report of the device, `info` in hexadecimal.
pub fn report(event: u16, handle: u16, info: &str) -> Vec<u8> {
    let info = bytes(&info.replace(' ', ""));
    let length = u16::try_from(info.len()).unwrap().to_be_bytes();
    let head = [&handle.to_be_bytes()[..], &[0xFF; 4], &event.to_be_bytes(), &length].concat();
    data(0x77, 0x0101, &[head, info].concat())
}

/// An agent with these objects, operating.
fn with_objects(objects: &str) -> Bench {
    let mut bench = Bench::plain();
    bench.hear(&apdu("aarq_bp_extended"));
    bench.hear(&report(0x0D1C, 0, &format!("4000{objects}")));
    assert_eq!(bench.manager.state(), State::Operating, "{:?}", bench.told);
    bench.told.clear();
    bench
}

const AT: &str = "2026112208304500";

/// An object list: class, handle, attributes.
fn objects(list: &[(u16, u16, String)]) -> String {
    let each: String = list.iter().map(|(class, handle, list)| format!("{class:04x}{handle:04x}{list}")).collect();
    format!("{:04x}{:04x}{each}", list.len(), each.len() / 2)
}

/// A numeric object with an SFLOAT and a time.
fn numeric(handle: u16, code: u16, unit: u16) -> (u16, u16, String) {
    let (code, unit) = (format!("0002{code:04x}"), format!("{unit:04x}"));
    (6, handle, attributes(&[(0x092F, &code), (0x0996, &unit), (0x0A55, VALUE_AND_TIME)]))
}

/// A glucose meter: handle 1 mmol/L, 2 meal, 3 sample site, 4 meter status.
fn meter() -> Bench {
    let word = |handle, code: &str| (5, handle, attributes(&[(0x092F, code)]));
    let list = [numeric(1, 29116, 4722), word(2, "00807248"), word(3, "00807234"), word(4, "008071d8")];
    with_objects(&objects(&list))
}

const VALUE_AND_TIME: &str = "000200080a4c000209900008";

fn variable(observations: &[(u16, String)]) -> Vec<u8> {
    let each: String = observations.iter().map(|(handle, list)| format!("{handle:04x}{list}")).collect();
    report(0x0D1E, 0, &format!("f0000000{:04x}{:04x}{each}", observations.len(), each.len() / 2))
}

fn attributes(list: &[(u16, &str)]) -> String {
    let each: String = list.iter().map(|(id, hex)| format!("{id:04x}{:04x}{hex}", hex.len() / 2)).collect();
    format!("{:04x}{:04x}{each}", list.len(), each.len() / 2)
}

#[test]
fn circumstances_of_the_same_moment_belong_to_the_glucose() {
    let glucose = |value| (1, attributes(&[(0x0A4C, value), (0x0990, AT)]));
    let word = |handle, code| (handle, attributes(&[(0x0A49, code), (0x0990, AT)]));
    let told = |observations: &[(u16, String)]| {
        let mut bench = meter();
        bench.hear(&variable(observations));
        bench.told
    };
    let rest = "at 2026-11-22T08:30:45, device 00220922580803cc";
    assert_eq!(
        told(&[glucose("f038"), word(2, "7254"), word(3, "7238")]),
        [format!("glucose 5.6 mmol/L, meal fasting, sample capillary_plasma, site finger, {rest}")]
    );
    assert_eq!(
        told(&[word(3, "7244"), glucose("f038")]),
        [format!("glucose 5.6 mmol/L, special control, sample capillary_plasma, site control_solution, {rest}")]
    );
    assert_eq!(told(&[glucose("07fe")]), [format!("special HI, sample capillary_plasma, {rest}")]);
    assert_eq!(told(&[glucose("0802")]), [format!("special LO, sample capillary_plasma, {rest}")]);
    let control = (1, attributes(&[(0x092B, "71d0"), (0x0A4C, "f038"), (0x0990, AT)]));
    assert_eq!(told(&[control]), [format!("glucose 5.6 mmol/L, special control, sample control_solution, {rest}")]);
    let other = "2026112208304600";
    let later = (2, attributes(&[(0x0A49, "7254"), (0x0990, other)]));
    assert_eq!(told(&[glucose("f038"), later]), [format!("glucose 5.6 mmol/L, sample capillary_plasma, {rest}")]);
}

#[test]
fn the_measurement_status_decides_what_is_a_reading() {
    for (status, wanted) in [
        ("8000", "skipped"),
        ("2000", "skipped"),
        ("1000", "skipped"),
        ("0800", "skipped"),
        ("0400", "skipped"),
        ("4000", "mark questionable"),
        ("0080", "5.6"),
    ] {
        let mut bench = meter();
        let list = attributes(&[(0x0A4C, "f038"), (0x0947, status), (0x0990, AT)]);
        bench.hear(&variable(&[(1, list)]));
        assert!(bench.told[0].contains(wanted), "{status}: {:?}", bench.told);
        assert_eq!(bench.sent().last().map(|sent| sent[12..20].to_owned()), Some("00770201".to_owned()));
    }
}

#[test]
fn units_and_times_that_make_no_sense() {
    let told = |list: &[(u16, &str)]| {
        let mut bench = meter();
        bench.hear(&variable(&[(1, attributes(list))]));
        bench.told.join("; ")
    };
    assert_eq!(told(&[(0x0A4C, "f038"), (0x0996, "0220"), (0x0990, AT)]), r#"status {"skipped":"unknown_unit"}"#);
    assert_eq!(told(&[(0x0A4C, "f038"), (0x0996, "ffff"), (0x0990, AT)]), r#"status {"skipped":"unknown_unit"}"#);
    let doubtful = told(&[(0x0A4C, "f038"), (0x0990, "2026022908000000")]);
    assert!(doubtful.contains("mark time_doubtful") && !doubtful.contains("at 20"), "{doubtful}");
    let none = told(&[(0x0A4C, "f038"), (0x0990, "0000000000000000")]);
    assert!(!none.contains("mark") && !none.contains("at 20"), "{none}");
    let mg = told(&[(0x0A4C, "0065"), (0x0996, "0852"), (0x0950, "71bc000008520000007b")]);
    assert!(mg.contains("123 mg/dL"), "{mg}");
    // 2026-11-22T08:30:45 two hours east of Greenwich.
    let base_offset = told(&[(0x0A4C, "f038"), (0x0A82, "eead0a9580000078")]);
    assert!(base_offset.contains("at 2026-11-22T08:30:45"), "{base_offset}");
}

#[test]
fn a_scanner_is_enabled_and_its_grouped_reports_are_cut_by_its_map() {
    let map = format!("0002001c0001{VALUE_AND_TIME}000a{VALUE_AND_TIME}");
    let scanner = attributes(&[(0x0A53, &map)]);
    let mut bench = with_objects(&objects(&[numeric(1, 19384, 544), numeric(10, 18458, 2720), (18, 55, scanner)]));
    bench.hear_answer_to_get(&session("bp_std_annex").steps[3].1);
    let enable = apdu("scanner_enable");
    let sent = bench.sent.iter().find(|sent| sent[8..] == enable[8..]).expect("the scanner is enabled");
    let mut answer = apdu("scanner_enable_response");
    answer[6..8].copy_from_slice(&sent[6..8]);
    bench.hear(&answer);
    bench.told.clear();
    bench.hear(&apdu("scanner_unbuf_grouped"));
    assert_eq!(bench.told, ["pulse 80.1 /min, spo2 97.5 %, at 2010-08-03T10:51:11, device 00220922580803cc"]);
}

/// A meter with a store, and how it describes its one segment of `count` entries.
fn stored(count: u32) -> (Bench, Vec<u8>) {
    let bench = with_objects(&objects(&[numeric(1, 29112, 2130), (61, 11, attributes(&[]))]));
    let map = "8000 0001 0014 0006 0002 71b8 0001 0002 0008 0a4c0002 09470002".replace(' ', "");
    let list = attributes(&[(0x0A4E, map.as_str()), (0x097B, &format!("{count:08x}")), (0x0A64, "00013880")]);
    let args = format!("0001{:04x}0001{list}", list.len() / 2 + 2);
    let body = format!("000b0c0d{:04x}{args}", args.len() / 2);
    (bench, bytes(&body))
}

fn page(first: u32, count: u32, status: u16, entries: &str) -> Vec<u8> {
    let info = format!("0001{first:08x}{count:08x}{status:04x}{:04x}{entries}", entries.len() / 2);
    report(0x0D21, 11, &info)
}

const ENTRIES: [&str; 2] = ["202611210800000000660000", "202611220800000000780000"];

/// Up to where the meter has said that the segment comes.
fn downloading() -> Bench {
    let (mut bench, segments) = stored(2);
    bench.order(Order::Download);
    bench.hear_answer_to_get(&session("bp_std_annex").steps[3].1);
    assert_eq!(bench.sent().last().map(|sent| sent[16..].to_owned()), Some("0107000c000b0c0d0006000100020000".into()));
    bench.hear(&data(1, 0x0207, &segments));
    assert_eq!(bench.sent(), ["e7000010000e000201070008000b0c1c00020001"]);
    bench.hear(&data(2, 0x0207, &bytes("000b0c1c000400010000")));
    bench.told.clear();
    bench
}

#[test]
fn a_store_is_read_page_by_page_and_never_cleared() {
    let mut bench = downloading();
    bench.hear(&page(0, 1, 0x8000, ENTRIES[0]));
    assert_eq!(bench.sent()[0][16..], apdu_text("pmstore_segment_data_confirmation", 0, 1)[16..]);
    assert_eq!(bench.told, [r#"status {"done":1,"of":2}"#], "nothing before the end");
    bench.hear(&page(1, 1, 0x4000, ENTRIES[1]));
    let glucose = "sample capillary_whole_blood, at 2026-11-2";
    assert!(bench.told[2].starts_with(&format!("glucose 102 mg/dL, {glucose}1")), "{:?}", bench.told);
    assert!(bench.told[3].starts_with(&format!("glucose 120 mg/dL, {glucose}2")), "{:?}", bench.told);
    assert_eq!(bench.told[4], r#"status {"downloaded":2}"#);
    assert_eq!(bench.manager.deadline(), None);
    assert!(bench.sent().iter().all(|sent| !sent.contains("0b0c0c")));

    let mut whole = downloading();
    whole.hear(&apdu("pmstore_segment_data"));
    assert_eq!(whole.readings.len(), 2);
}

fn apdu_text(name: &str, first: u32, count: u32) -> String {
    let text = hut_drivers::reading::hex(&apdu(name));
    text.replacen("00010000000000000002", &format!("0001{first:08x}{count:08x}"), 1)
}

#[test]
fn a_gap_or_a_broken_page_ends_a_download_with_nothing_kept() {
    for (pages, why) in [
        (vec![page(0, 1, 0x8000, ENTRIES[0]), page(2, 1, 0x4000, ENTRIES[1])], "a gap"),
        (vec![page(0, 1, 0x0000, ENTRIES[0])], "no first page"),
        (vec![page(0, 1, 0x8000, ENTRIES[0]), page(0, 1, 0x8000, ENTRIES[0])], "begun anew"),
        (vec![page(0, 2, 0xC000, ENTRIES[0])], "fewer entries than counted"),
        (vec![page(0, 1, 0x8800, ENTRIES[0])], "the meter gives up"),
    ] {
        let mut bench = downloading();
        for page in pages {
            bench.hear(&page);
        }
        assert!(bench.sent().last().unwrap().ends_with("0008"), "{why}");
        assert_eq!((bench.readings.len(), bench.told.last().unwrap().as_str()), (0, "fault malformed"), "{why}");
        assert_eq!(bench.manager.state(), State::Operating);
    }
    let mut silent = downloading();
    silent.hear(&page(0, 1, 0x8000, ENTRIES[0]));
    silent.pass(10_000);
    assert_eq!((silent.readings.len(), silent.told.last().unwrap().as_str()), (0, "fault no_answer"));
    assert_eq!((silent.manager.state(), silent.manager.deadline()), (State::Unassociated, None));
    let mut gone = downloading();
    gone.hear(&apdu("rlrq_normal"));
    assert_eq!(gone.told.last().unwrap(), "fault no_answer");
}

#[test]
fn a_clock_is_set_only_where_the_device_offers_it() {
    let moment = "2026-11-22T08:30:45".parse().unwrap();
    let mut bench = Bench::plain();
    bench.order(Order::SetClock(moment));
    bench.pass(5000);
    bench.hear(&apdu("aarq_bp_standard"));
    bench.sent.clear();
    let list = attributes(&[(0x0A45, &format!("c000{}", "00".repeat(14)))]);
    bench.hear(&data(0, 0x0203, &bytes(&format!("0000{list}"))));
    // Five seconds have passed since it was told.
    assert_eq!(bench.sent(), ["e700001a0018000101070012 00000c17000c202611220830500000000000".replace(' ', "")]);
    bench.hear(&data(1, 0x0207, &bytes("00000c170000")));
    assert_eq!(bench.told.last().unwrap(), r#"status {"clock_set":"2026-11-22T08:30:50"}"#);

    let mut bench = Bench::operating();
    bench.order(Order::SetClock(moment));
    assert_eq!((bench.sent().len(), bench.told.as_slice()), (0, ["fault unsupported_format".to_owned()].as_slice()));
}

#[test]
fn phdc_descriptors_are_read() {
    use hut_drivers::transport::phdc::{Preamble, interfaces, preamble};
    let row = |name: &str| hex_of(book().usb_descriptor.iter().find(|row| row["name"].as_str() == Some(name)).unwrap());
    let device = |function: &str, extension: &str| {
        let configuration = bytes("0902000001010080 32".replace(' ', "").as_str());
        let out = bytes("07050202400000");
        let parts = ["interface", function, extension, "endpoint_bulk_in", "qos_bulk"].map(row);
        [configuration, parts.concat(), out, row("qos_bulk_any")].concat()
    };
    let found = &interfaces(&device("phdc_class_function", "phd_function_extension_bp"))[0];
    assert!(found.speaks_11073() && found.is_bulk() && !found.preamble);
    assert_eq!((found.types.as_slice(), found.class), ([0x1007].as_slice(), 0x0F));
    let ends = (found.bulk_in.unwrap(), found.bulk_out.unwrap());
    assert_eq!((ends.0.address, ends.0.packet, ends.0.bins, ends.1.bins), (0x81, 64, 0x08, 0x3E));
    let two = &interfaces(&device("phdc_class_function_preamble", "phd_function_extension_two"))[0];
    assert_eq!((two.preamble, two.types.as_slice()), (true, [0x100F, 0x1011].as_slice()));
    assert!(!interfaces(&device("phdc_class_function_vendor", "phd_function_extension_bp"))[0].speaks_11073());
    for end in 0..60 {
        let whole = device("phdc_class_function", "phd_function_extension_two");
        interfaces(&whole[..end.min(whole.len())]);
    }
    assert_eq!(preamble(&row("preamble")), Preamble::Of { length: 20, transfers: 1 });
    assert_eq!(preamble(&row("preamble_zero_transfers")), Preamble::Invalid);
    assert_eq!(preamble(&row("preamble_two_bins")), Preamble::Invalid);
    assert_eq!(preamble(&apdu("aarq_bp_standard")), Preamble::None);
}
