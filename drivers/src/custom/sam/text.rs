//! The text of a resident identity card.

use std::ops::Range;

use chrono::NaiveDate;

use super::SAYS_LAY_AGAIN;
use crate::reading::{Fault, FaultCode, Identity, Sex};

/// Reads the answer to `30 01` or `30 10`: lengths, then the text block. Photo and fingerprint are dropped.
pub(super) fn card_text(data: &[u8]) -> Result<Identity, Fault> {
    let malformed = || Fault::new(FaultCode::Malformed, SAYS_LAY_AGAIN, &[]);
    let lengths = data.get(..4).ok_or_else(malformed)?;
    let text = usize::from(u16::from_be_bytes([lengths[0], lengths[1]]));
    let photo = usize::from(u16::from_be_bytes([lengths[2], lengths[3]]));
    let plain = data.len() == 4 + text + photo;
    let prints = data.get(4..6).map(|length| usize::from(u16::from_be_bytes([length[0], length[1]])));
    let start = match prints {
        _ if plain => 4,
        Some(prints) if data.len() == 6 + text + photo + prints => 6,
        _ => return Err(malformed()),
    };
    let block = data.get(start..start + text).ok_or_else(malformed)?;
    identity(block)
}

/// Whether bytes are text all through, and hold sex, nation and birth, or the letter of another card type.
pub(super) fn is_block(bytes: &[u8]) -> bool {
    let is_text = |letter: char| letter == '\0' || !letter.is_control();
    let citizen = bytes[DIGITS].chunks(2).all(|pair| pair[0].is_ascii_digit() && pair[1] == 0);
    let typed = bytes[TYPE].is_ascii_uppercase() && bytes[TYPE + 1] == 0;
    (citizen || typed) && utf16_raw(bytes).is_some_and(|text| text.chars().all(is_text))
}

/// Reads the 256-byte text block of a card.
///
/// # Errors
/// `malformed` when it is no such block; `unsupported_format` when number, birth date and sex do not agree, or when a letter
/// in the reserved area tells another layout, as on foreign permanent-resident cards and residence permits. The fault never
/// holds the text.
pub fn identity(block: &[u8]) -> Result<Identity, Fault> {
    let malformed = || Fault::new(FaultCode::Malformed, SAYS_LAY_AGAIN, &[]);
    if block.len() != BLOCK {
        return Err(malformed());
    }
    let mut at = 0;
    let mut fields = [const { String::new() }; 10];
    for (field, width) in fields.iter_mut().zip(WIDTHS) {
        *field = utf16(&block[at..at + width]).ok_or_else(malformed)?;
        at += width;
    }
    let [name, sex, nation, birth, address, id, issuer, from, to, reserved] = fields;
    let other_card = || Fault::new(FaultCode::UnsupportedFormat, SAYS_CARD_TYPE, &[]);
    if reserved.contains(|letter: char| letter.is_ascii_uppercase()) {
        return Err(other_card());
    }
    let card = agreeing(&name, &sex, &nation, &birth, &address, &id, &from, &to).ok_or_else(other_card)?;
    Ok(Identity { issuer: Some(issuer).filter(|issuer| !issuer.is_empty()), ..card })
}

#[expect(clippy::too_many_arguments, reason = "the fields of a card, in its order")]
fn agreeing(
    name: &str,
    sex: &str,
    nation: &str,
    birth: &str,
    address: &str,
    id: &str,
    from: &str,
    to: &str,
) -> Option<Identity> {
    let sex = match sex {
        "1" => Sex::Male,
        "2" => Sex::Female,
        "0" => Sex::Unknown,
        "9" => Sex::NotStated,
        _ => return None,
    };
    let odd = id.as_bytes().get(16)? % 2 == 1;
    let sexes_agree = match sex {
        Sex::Male => odd,
        Sex::Female => !odd,
        Sex::Unknown | Sex::NotStated => true,
    };
    if !is_citizen_number(id) || id.get(6..14) != Some(birth) || !sexes_agree || name.is_empty() {
        return None;
    }
    Some(Identity {
        name: name.to_owned(),
        sex,
        nation: nation_name(nation),
        birth: date(birth)?,
        address: Some(address.to_owned()).filter(|address| !address.is_empty()),
        id: id.to_owned(),
        issuer: None,
        valid_from: date(from),
        valid_to: if to == UNLIMITED { None } else { Some(date(to)?) },
    })
}

/// Whether 17 digits and a check character make a citizen number.
pub fn is_citizen_number(id: &str) -> bool {
    check_character(id).is_some_and(|check| id.len() == 18 && id.as_bytes()[17] == check)
}

/// Returns the check character that the first 17 digits ask for.
pub fn check_character(id: &str) -> Option<u8> {
    let digits = id.as_bytes().get(..17)?;
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let sum: u32 = digits.iter().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    Some(CHECKS[(sum % 11) as usize])
}

fn date(text: &str) -> Option<NaiveDate> {
    if text.len() != 8 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    NaiveDate::parse_from_str(text, "%Y%m%d").ok()
}

fn utf16(bytes: &[u8]) -> Option<String> {
    Some(utf16_raw(bytes)?.trim_matches([' ', '\0']).to_owned())
}

/// The text with its padding.
fn utf16_raw(bytes: &[u8]) -> Option<String> {
    let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
    String::from_utf16(&units).ok()
}

fn nation_name(code: &str) -> &'static str {
    match code.parse::<usize>() {
        Ok(97) => "其他",
        Ok(98) => "外国血统",
        Ok(number @ 1..) => NATIONS.get(number - 1).copied().unwrap_or(""),
        _ => "",
    }
}

/// Returns the code of a nationality by its name, as cards hold it.
pub fn nation_code(name: &str) -> Option<String> {
    let index = NATIONS.iter().position(|nation| *nation == name)?;
    Some(format!("{:02}", index + 1))
}

/// Bytes of the text block.
pub(super) const BLOCK: usize = 256;
/// Where sex, nation and birth stand in it, and on cards of another layout the letter of their type.
const DIGITS: Range<usize> = 30..52;
const TYPE: usize = 248;
/// Bytes of each field of the text block.
pub(crate) const WIDTHS: [usize; 10] = [30, 2, 4, 16, 70, 36, 30, 16, 16, 36];
const UNLIMITED: &str = "长期";
const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECKS: [u8; 11] = *b"10X98765432";
/// GB/T 3304, codes 01-56.
const NATIONS: [&str; 56] = [
    "汉",
    "蒙古",
    "回",
    "藏",
    "维吾尔",
    "苗",
    "彝",
    "壮",
    "布依",
    "朝鲜",
    "满",
    "侗",
    "瑶",
    "白",
    "土家",
    "哈尼",
    "哈萨克",
    "傣",
    "黎",
    "傈僳",
    "佤",
    "畲",
    "高山",
    "拉祜",
    "水",
    "东乡",
    "纳西",
    "景颇",
    "柯尔克孜",
    "土",
    "达斡尔",
    "仫佬",
    "羌",
    "布朗",
    "撒拉",
    "毛南",
    "仡佬",
    "锡伯",
    "阿昌",
    "普米",
    "塔吉克",
    "怒",
    "乌孜别克",
    "俄罗斯",
    "鄂温克",
    "德昂",
    "保安",
    "裕固",
    "京",
    "塔塔尔",
    "独龙",
    "鄂伦春",
    "赫哲",
    "门巴",
    "珞巴",
    "基诺",
];
const SAYS_CARD_TYPE: &str =
    "this card type is not supported; only resident identity cards can be read, enter the number by hand";
