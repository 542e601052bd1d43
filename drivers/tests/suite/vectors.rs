//! Every vector of the protocol pages, cut every way, with noise around it.

use std::time::Instant;

use hut_drivers::Catalog;
use hut_drivers::custom::sam;
use hut_drivers::reading::unhex;
use hut_drivers::transcript::brief;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    pub vector: Vec<Vector>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code)]
pub struct Vector {
    pub id: String,
    pub evidence: String,
    pub direction: String,
    pub source: String,
    #[serde(default)]
    pub text_block: bool,
    pub bytes: String,
    pub wants: Vec<String>,
}

impl Vector {
    /// The bytes as they go over the wire.
    pub fn wire(&self) -> Vec<u8> {
        let bytes = unhex(&self.bytes).unwrap();
        if !self.text_block {
            return bytes;
        }
        let body = [&[0, 0, 0x90, 0x01, 0x00, 0x04, 0x00], bytes.as_slice(), &[0; 1024]].concat();
        sam::frame(&body)
    }

    pub fn is_from_device(&self) -> bool {
        self.direction == "device->host"
    }
}

pub fn vectors(model: &str) -> Vec<Vector> {
    // One file for all devices of a protocol, in a shape of its own.
    if Catalog::built_in().find(model).is_some_and(|model| model.protocol == "ieee11073") {
        return crate::ieee11073::vectors(model);
    }
    let path = format!("{}/tests/vectors/{model}.toml", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|_| panic!("{path} is missing"));
    toml::from_str::<File>(&text).unwrap().vector
}

/// What a fresh decoder of `model` tells about these pieces, all time-outs run out.
pub fn decode<'a>(model: &str, pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<String> {
    let mut device = Catalog::built_in().find(model).unwrap().device();
    let at = Instant::now();
    let mut out = Vec::new();
    for piece in pieces {
        device.decoder().handle_bytes(at, piece, &mut out);
    }
    while let Some(deadline) = device.decoder().deadline() {
        device.decoder().handle_timeout(deadline, &mut out);
    }
    out.iter().map(brief).collect()
}

fn each(check: impl Fn(&str, &Vector, &[u8])) {
    for model in Catalog::built_in().all() {
        for vector in vectors(&model.model).iter().filter(|vector| vector.is_from_device()) {
            check(&model.model, vector, &vector.wire());
        }
    }
}

#[test]
fn whole() {
    each(|model, vector, wire| {
        assert_eq!(decode(model, [wire]), vector.wants, "{model} {}", vector.id);
    });
}

#[test]
fn byte_by_byte() {
    each(|model, vector, wire| {
        assert_eq!(decode(model, wire.chunks(1)), vector.wants, "{model} {}", vector.id);
    });
}

#[test]
fn cut_in_two_anywhere() {
    each(|model, vector, wire| {
        for cut in 0..=wire.len() {
            let (first, second) = wire.split_at(cut);
            assert_eq!(decode(model, [first, second]), vector.wants, "{model} {} at {cut}", vector.id);
        }
    });
}

#[test]
fn noise_before_and_after_is_skipped() {
    each(|model, vector, wire| {
        let noise: &[u8] = b"\x00\xFF\x80\xFE\x00";
        assert_eq!(decode(model, [noise, wire, noise]), vector.wants, "{model} {}", vector.id);
    });
}

/// Formats that cannot tell text before a frame from the frame.
const TAKES_ANY_TEXT: [(&str, &str); 2] = [
    ("printer-escpos", "each answer is a single byte, and letters are such bytes"),
    ("scanner-serial", "every text is a code"),
];

#[test]
fn printable_noise_before_is_skipped() {
    each(|model, vector, wire| {
        if TAKES_ANY_TEXT.iter().any(|(name, _reason)| *name == model) {
            return;
        }
        for noise in [b"garbage ".as_slice(), b"#7;x,", b"12.5 kg 3", b"0A55,SN\"^ "] {
            let told = decode(model, [noise, wire]);
            assert_eq!(told, decode(model, [noise, wire].concat().chunks(1)), "{model} {}", vector.id);
            // That the noise was no frame may be told.
            let noise = noise.escape_ascii();
            assert!(told.ends_with(&vector.wants), "{model} {} after {noise}: {told:?}", vector.id);
        }
    });
}

#[test]
fn a_line_of_noise_between_frames_spoils_neither() {
    each(|model, vector, wire| {
        // To a scanner every line is a code, and the same code again is no news; nor is a frame of a Contour.
        let said_again = model.starts_with("glucose-contour");
        if said_again || vector.wants.iter().any(|want| want.starts_with("fault") || want.starts_with("code")) {
            return;
        }
        let noise: &[u8] = b"?!noise;\r\n";
        let told = decode(model, [noise, wire, noise, wire]);
        let good: Vec<_> = told.iter().filter(|told| !told.starts_with("fault")).collect();
        let twice: Vec<_> = vector.wants.iter().chain(&vector.wants).collect();
        // A serial number heard before is told with the readings that follow.
        assert_eq!(good, twice, "{model} {}", vector.id);
    });
}

#[test]
fn a_card_of_another_type_is_not_told() {
    let card = hut_drivers::emulate::sam::example();
    for (id, birth, sex) in [
        ("999901195202290015", card.birth, card.sex),
        (&card.id, card.birth.succ_opt().unwrap(), card.sex),
        (&card.id, card.birth, hut_drivers::reading::Sex::Female),
    ] {
        let other = hut_drivers::Identity { id: id.to_owned(), birth, sex, ..card.clone() };
        let wire = hut_drivers::emulate::sam::read_answer(&other);
        assert_eq!(decode("idcard-sdt-sam", [wire.as_slice()]), ["fault unsupported_format"]);
    }
}

/// What a text block means whose letters from `place` on are replaced: in its frame, and by itself.
fn block_with(place: usize, letters: &str) -> Vec<String> {
    let mut block = hut_drivers::emulate::sam::text_block(&hut_drivers::emulate::sam::example());
    let units: Vec<u8> = letters.encode_utf16().flat_map(u16::to_le_bytes).collect();
    block[2 * place..2 * place + units.len()].copy_from_slice(&units);
    let body = [&[0, 0, 0x90, 0x01, 0x00, 0x04, 0x00], block.as_slice(), &[0; 1024]].concat();
    let framed = decode("idcard-sdt-sam", [sam::frame(&body).as_slice()]);
    assert_eq!(decode("idcard-sdt-sam", [block.as_slice()]), framed);
    assert_eq!(decode("idcard-sdt-sam", block.chunks(7)), framed);
    let noise = b"garbage \xFF\xAA\xAA".as_slice();
    let between_frames = [noise, &vectors("idcard-sdt-sam")[3].wire(), noise, &block, noise].concat();
    assert_eq!(decode("idcard-sdt-sam", [between_frames.as_slice()])[1..], framed);
    framed
}

#[test]
fn the_text_block_of_a_card_is_read_by_itself_too() {
    let known = ["identity 999901195202290014 测试甲"];
    assert_eq!(block_with(0, ""), known);
    assert_eq!(block_with(16, "57"), known, "a nationality that is not in the table");
    assert_eq!(block_with(124, "J"), ["fault unsupported_format"], "a residence permit");
    let foreign = format!("{:60}1CHN110012345678{:48}I", "TEST, PERSON", "");
    assert_eq!(block_with(0, &foreign), ["fault unsupported_format"], "a permanent resident");
}

#[test]
fn no_text_block_is_read_out_of_a_broken_answer() {
    let block = hut_drivers::emulate::sam::text_block(&hut_drivers::emulate::sam::example());
    let mut answer = sam::frame(&[&[0, 0, 0x90, 0x01, 0x00, 0x04, 0x00], block.as_slice(), &[0; 1024]].concat());
    *answer.last_mut().unwrap() ^= 1;
    assert_eq!(decode("idcard-sdt-sam", [answer.as_slice()]), ["fault checksum"]);
    assert_eq!(decode("idcard-sdt-sam", [&answer[..700]]), ["fault malformed"]);
}

#[test]
fn a_card_with_fingerprints_is_read_too() {
    let card = hut_drivers::emulate::sam::example();
    let block = hut_drivers::emulate::sam::text_block(&card);
    let head = [0, 0, 0x90, 0x01, 0x00, 0x04, 0x00, 0x02, 0x00];
    let body = [&head, block.as_slice(), &[0; 1024], &[0; 512]].concat();
    let told = decode("idcard-sdt-sam", [sam::frame(&body).as_slice()]);
    assert_eq!(told, [format!("identity {} {}", card.id, card.name)]);
}

#[test]
fn glucose_records_that_are_no_plain_number() {
    let record = |value: &str, date: &str| {
        let text = format!("P \"SAT\",\"{date}\",\"16:45:24   \",\"{value}\",\"A\",\"00\", 00");
        decode("glucose-onetouch-ultra2", [hut_drivers::custom::ultra2::with_sum(&text).as_slice()])
    };
    let rest = "meal after, at 2015-03-21T16:45:24";
    assert_eq!(record("  HIGH", "03/21/15"), [format!("special HI, {rest}")]);
    assert_eq!(record("  019 ", "03/21/15"), [format!("special LO, {rest}")]);
    assert_eq!(record("  601 ", "03/21/15"), [format!("special HI, {rest}")]);
    assert_eq!(record("  020 ", "03/21/15"), [format!("glucose 20 mg/dL, {rest}")]);
    assert_eq!(record("  081?", "03/21/15"), [format!("glucose 81 mg/dL, mark memory_parity, {rest}")]);
    assert_eq!(record("  081 ", "02/30/15"), ["fault invalid_timestamp"]);
    assert_eq!(record("  -81 ", "03/21/15"), ["fault malformed"]);
    assert_eq!(record("X 081 ", "03/21/15"), ["fault malformed"]);
}

#[test]
fn pressure_lines_are_read_strictly() {
    let line = |text: &str| decode("bp-omron-hbp9030", [text.as_bytes()]);
    let good = "2026,07,11,09,05,                    ,0,120,080,072,0\r\n";
    assert_eq!(line(good).len(), 1);
    for (from, to, wants) in [
        (",120,", ",+12,", "fault malformed"),
        (",120,", ",1 0,", "fault malformed"),
        (",120,", ",059,", "fault out_of_range"),
        (",080,", ",029,", "fault out_of_range"),
        (",080,", ",120,", "fault out_of_range"),
        (",072,", ",181,", "fault out_of_range"),
        (",0,120,080,072,", ",0,   ,   ,   ,", "fault malformed"),
        (",0,120,080,072,", ",3,   ,080,   ,", "fault malformed"),
        (",0,120,080,072,", ",3,120,080,072,", "fault device_error 3"),
        (",07,11,", ",02,30,", "fault invalid_timestamp"),
        ("\r\n", "\n", "fault malformed"),
        ("\r\n", "\r", "fault malformed"),
    ] {
        assert_eq!(line(&good.replacen(from, to, 1)), [wants], "{from} -> {to}");
    }
    let long = format!("{}{good}{good}", "9".repeat(300));
    assert_eq!(line(&long).len(), 2, "one fault for the overlong line, then the next good one");
}

#[test]
fn what_an_esc_scale_prints_never_vanishes() {
    let told = |text: &str| decode("scale-esc-healthometer", [text.as_bytes()]);
    for (text, wants) in [
        ("     71.4 kg Gross \r\n", "weight 71.4 kg, mode gross"),
        ("    157.4 lb Gross \r\n", "weight 157.4 lb, mode gross"),
        ("     71.4 kg Net \r\n", "status {\"skipped\":\"net\"}"),
        ("    -71.4 kg Gross \r\n", "fault underload"),
        ("    71400 g Gross \r\n", "fault unsupported_format"),
        (" 11 st 3.4 oz Gross \r\n", "fault unsupported_format"),
        ("     71.4 Gross \r\n", "fault no_unit"),
        ("     71.4\r\n", "fault no_unit"),
        ("     71.4 kg\r\n", "fault malformed"),
        ("     71.4 kg Gr\r\n", "fault malformed"),
        ("     7.1.4 kg Gross \r\n", "fault malformed"),
        ("     71.4 kg Gross ", "fault malformed"),
        ("     71.4", "fault malformed"),
    ] {
        assert_eq!(told(text), [wants], "{text:?}");
    }
    assert_eq!(told("hello\r\n"), [""; 0]);
}

#[test]
fn other_records_of_a_terumo_are_skipped() {
    let told = |text: &str| decode("bp-terumo-csv", [text.as_bytes()]);
    assert_eq!(told("\x02R2,000000000,210427,153000\x03?"), ["status {\"skipped\":\"record_type\"}"]);
    assert_eq!(told("\x02R1,000000000,210427,153000\x03?"), ["fault malformed"]);
    assert_eq!(told("\x02hello\x03?"), [""; 0]);
}

#[test]
fn silence_ends_a_line_that_is_too_long() {
    use std::time::Duration;
    for (model, filler) in [("bp-omron-hbp9030", b"9".as_slice()), ("scale-st-gs", b"ST,")] {
        for length in 1..200 {
            let mut device = Catalog::built_in().find(model).unwrap().device();
            let (start, mut out) = (Instant::now(), Vec::new());
            let babble: Vec<u8> = filler.iter().copied().cycle().take(length).collect();
            device.decoder().handle_bytes(start, &babble, &mut out);
            let later = start + Duration::from_secs(2);
            device.decoder().handle_timeout(later, &mut out);
            out.clear();
            let good = vectors(model).into_iter().find(|vector| vector.id == "V01").unwrap();
            device.decoder().handle_bytes(later, &good.wire(), &mut out);
            let told: Vec<String> = out.iter().map(brief).collect();
            assert_eq!(told, good.wants, "{model} after {length} bytes");
        }
    }
}
