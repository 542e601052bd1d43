//! Medical Device Encoding Rules: big-endian, no padding, no tags; numbers to the base of ten.
//!
//! Reading never goes beyond an inner length, and every length must be used up: a report whose lengths disagree is
//! no report.

use rust_decimal::Decimal;

/// Bytes that do not have the shape they should have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the lengths inside a message disagree, or it ends too early")]
pub struct Broken;

/// Bytes being read from the front.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    rest: &'a [u8],
}

/// A number as it stands on the wire. Special values are no zeros.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Number {
    /// Mantissa and exponent, exactly; the exponent carries the precision: `0xF014` is `2.0`.
    Exact(Decimal),
    /// Not a number: there is no value.
    NaN,
    /// Not at this resolution: there is no value.
    NRes,
    /// Above what can be measured.
    High,
    /// Below what can be measured.
    Low,
    /// Reserved by the standard.
    Reserved,
    /// A reserved mantissa with an exponent, or a number of more digits than can be kept.
    Invalid,
}

/// An attribute-value assertion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attribute<'a> {
    /// Attribute id.
    pub id: u16,
    /// Its value, still encoded.
    pub value: &'a [u8],
}

impl<'a> Input<'a> {
    /// Begins to read.
    pub fn new(bytes: &'a [u8]) -> Input<'a> {
        Input { rest: bytes }
    }

    /// Takes so many bytes.
    pub fn take(&mut self, count: usize) -> Result<&'a [u8], Broken> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or(Broken)?;
        self.rest = rest;
        Ok(taken)
    }

    /// Takes an INT-U8.
    pub fn u8(&mut self) -> Result<u8, Broken> {
        Ok(self.take(1)?[0])
    }

    /// Takes an INT-U16.
    pub fn u16(&mut self) -> Result<u16, Broken> {
        let bytes = self.take(2)?;
        Ok(u16::from_be_bytes([bytes[0], bytes[1]]))
    }

    /// Takes an INT-U32.
    pub fn u32(&mut self) -> Result<u32, Broken> {
        Ok(u32::from(self.u16()?) << 16 | u32::from(self.u16()?))
    }

    /// Takes an OCTET STRING, an ANY, or the body of a CHOICE: length and bytes.
    pub fn octets(&mut self) -> Result<&'a [u8], Broken> {
        let length = self.u16()?;
        self.take(length.into())
    }

    /// Takes a SEQUENCE OF: count, length, items. Both must agree.
    pub fn list<T>(&mut self, mut read: impl FnMut(&mut Input<'a>) -> Result<T, Broken>) -> Result<Vec<T>, Broken> {
        let count = self.u16()?;
        let mut inner = Input::new(self.octets()?);
        // Grows with the bytes that are there, never with what a count claims.
        let mut items = Vec::new();
        for _ in 0..count {
            if inner.rest.is_empty() {
                return Err(Broken);
            }
            items.push(read(&mut inner)?);
        }
        inner.end()?;
        Ok(items)
    }

    /// Takes an attribute list.
    pub fn attributes(&mut self) -> Result<Vec<Attribute<'a>>, Broken> {
        self.list(Input::attribute)
    }

    /// Takes one attribute.
    pub fn attribute(&mut self) -> Result<Attribute<'a>, Broken> {
        Ok(Attribute { id: self.u16()?, value: self.octets()? })
    }

    /// Takes what is left.
    pub fn all(&mut self) -> &'a [u8] {
        std::mem::take(&mut self.rest)
    }

    /// How many bytes are left.
    pub fn left(&self) -> usize {
        self.rest.len()
    }

    /// Makes sure that nothing is left.
    pub fn end(&self) -> Result<(), Broken> {
        if self.rest.is_empty() { Ok(()) } else { Err(Broken) }
    }
}

/// Reads all of `bytes` with `read`; nothing may be left.
pub fn whole<'a, T>(bytes: &'a [u8], read: impl FnOnce(&mut Input<'a>) -> Result<T, Broken>) -> Result<T, Broken> {
    let mut input = Input::new(bytes);
    let value = read(&mut input)?;
    input.end()?;
    Ok(value)
}

/// Reads an SFLOAT: 4 bits of exponent, 12 of mantissa, both signed.
pub fn sfloat(bits: u16) -> Number {
    let exponent = (bits as i16) >> 12;
    let mantissa = ((bits << 4) as i16) >> 4;
    number(mantissa.into(), exponent.into(), 11)
}

/// Reads a FLOAT: 8 bits of exponent, 24 of mantissa, both signed.
pub fn float(bits: u32) -> Number {
    let exponent = (bits as i32) >> 24;
    let mantissa = ((bits << 8) as i32) >> 8;
    number(mantissa, exponent, 23)
}

/// `bits`: of the mantissa, without its sign.
fn number(mantissa: i32, exponent: i32, bits: u32) -> Number {
    let largest = (1 << bits) - 1;
    let special = if mantissa == largest {
        Number::NaN
    } else if mantissa == largest - 1 {
        Number::High
    } else if mantissa == -largest - 1 {
        Number::NRes
    } else if mantissa == -largest {
        Number::Reserved
    } else if mantissa == -largest + 1 {
        Number::Low
    } else {
        return exact(mantissa, exponent).map_or(Number::Invalid, Number::Exact);
    };
    if exponent == 0 { special } else { Number::Invalid }
}

fn exact(mantissa: i32, exponent: i32) -> Option<Decimal> {
    if exponent <= 0 {
        return Decimal::try_from_i128_with_scale(mantissa.into(), exponent.unsigned_abs()).ok();
    }
    let power = 10i128.checked_pow(exponent.unsigned_abs())?;
    Decimal::try_from_i128_with_scale(i128::from(mantissa).checked_mul(power)?, 0).ok()
}

/// Writes an SFLOAT; `None` for a number that needs more than 12 bits of mantissa.
pub fn to_sfloat(number: Number) -> Option<u16> {
    let (mantissa, exponent) = parts(number, 11)?;
    let exponent = u16::try_from(exponent.rem_euclid(16)).ok().filter(|_| (-8..8).contains(&exponent))?;
    Some(exponent << 12 | (mantissa as u16 & 0x0FFF))
}

/// Writes a FLOAT; `None` for a number that needs more than 24 bits of mantissa.
pub fn to_float(number: Number) -> Option<u32> {
    let (mantissa, exponent) = parts(number, 23)?;
    let exponent = u32::try_from(exponent.rem_euclid(256)).ok().filter(|_| (-128..128).contains(&exponent))?;
    Some(exponent << 24 | (mantissa as u32 & 0x00FF_FFFF))
}

fn parts(number: Number, bits: u32) -> Option<(i32, i32)> {
    let largest: i32 = (1 << bits) - 1;
    let mantissa = match number {
        Number::Exact(decimal) => {
            let fit = |decimal: Decimal| {
                let mantissa = i32::try_from(decimal.mantissa()).ok().filter(|it| it.abs() < largest - 1)?;
                Some((mantissa, -i32::try_from(decimal.scale()).ok()?))
            };
            // Trailing zeros are given up only where there is no room for them.
            return fit(decimal).or_else(|| fit(decimal.normalize()));
        }
        Number::NaN => largest,
        Number::High => largest - 1,
        Number::NRes => -largest - 1,
        Number::Reserved => -largest,
        Number::Low => -largest + 1,
        Number::Invalid => return None,
    };
    Some((mantissa, 0))
}

/// Reads text: trailing NULs and blanks are padding.
pub fn text(octets: &[u8]) -> String {
    let text = String::from_utf8_lossy(octets);
    text.trim_matches(['\0', ' ']).chars().filter(|letter| !letter.is_control()).collect()
}

/// Writes length and bytes. Every caller writes far less than 64 KiB; longer bytes are cut off.
pub fn put_octets(bytes: &mut Vec<u8>, octets: &[u8]) {
    let length = u16::try_from(octets.len()).unwrap_or(u16::MAX);
    bytes.extend(length.to_be_bytes());
    bytes.extend(&octets[..length.into()]);
}

/// Writes a SEQUENCE OF: count, length, items.
pub fn put_list<T>(bytes: &mut Vec<u8>, items: &[T], mut put: impl FnMut(&mut Vec<u8>, &T)) {
    let mut inner = Vec::new();
    for item in items {
        put(&mut inner, item);
    }
    bytes.extend(u16::try_from(items.len()).unwrap_or(u16::MAX).to_be_bytes());
    put_octets(bytes, &inner);
}

/// Writes an attribute list.
pub fn put_attributes(bytes: &mut Vec<u8>, attributes: &[Attribute<'_>]) {
    put_list(bytes, attributes, |bytes, attribute| {
        bytes.extend(attribute.id.to_be_bytes());
        put_octets(bytes, attribute.value);
    });
}
