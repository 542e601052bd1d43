//! Between the Facts of a step and its bytes: JSON, compressed by zstd against a frozen dictionary of the words and keys
//! that steps are made of. Only the ids, times and values of a step cost bytes then.
//!
//! A frame names its dictionary. A dictionary is never edited once released: a better one is a new file beside it, new
//! steps are written with it, and the old ones are read as before. A key that no dictionary knows costs its own length
//! and nothing else.

use std::cell::RefCell;
use std::sync::LazyLock;

use serde_json::Value;
use zstd::bulk::{Compressor, Decompressor};
use zstd::dict::{DecoderDictionary, EncoderDictionary};

use super::fault::StoreFault;
use super::words::json;
use crate::model::{Fact, NewFact};

/// Writes the Facts of a step down.
pub(super) fn write(facts: &[NewFact]) -> Result<Vec<u8>, StoreFault> {
    let lean = facts.iter().map(lean).collect::<Result<Vec<_>, _>>()?;
    let text = json(&lean)?;
    if text.len() > MOST_BYTES {
        return Err(StoreFault::unsound("a step is too large to be stored"));
    }
    let squeezed = SQUEEZER.with_borrow_mut(|squeezer| match squeezer {
        Some(squeezer) => squeezer.compress(text.as_bytes()),
        none => none.insert(Compressor::with_prepared_dictionary(&TO)?).compress(text.as_bytes()),
    });
    squeezed.map_err(|_| StoreFault::unsound("a step cannot be compressed"))
}

/// Reads them back; `None` for bytes that no `write` made.
pub(super) fn read(body: &[u8]) -> Option<Vec<NewFact>> {
    let length = zstd::zstd_safe::get_frame_content_size(body).ok().flatten()?;
    let length = usize::try_from(length).ok().filter(|length| *length <= MOST_BYTES)?;
    let text = OPENER.with_borrow_mut(|opener| match opener {
        Some(opener) => opener.decompress(body, length),
        none => none.insert(Decompressor::with_prepared_dictionary(&FROM)?).decompress(body, length),
    });
    serde_json::from_slice(&text.ok()?).ok()
}

/// The serial form without keys that are null: no Fact of ours tells null from absent. Of one that we do not know
/// nothing is left out.
fn lean(new: &NewFact) -> Result<Value, StoreFault> {
    let mut value = serde_json::to_value(new).map_err(|_| StoreFault::unsound("a fact has no serial form"))?;
    if !matches!(new.fact, Fact::Unknown(_)) {
        drop_nulls(&mut value);
        debug_assert!(serde_json::from_value::<NewFact>(value.clone()).is_ok_and(|again| again == *new));
    }
    Ok(value)
}

fn drop_nulls(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|_, field| !field.is_null());
            fields.values_mut().for_each(drop_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_nulls),
        _ => {}
    }
}

/// Made from invented visits by `make_a_dictionary` in `tests/store/size.rs`.
static DICTIONARY: &[u8] = include_bytes!("schema/step-1.dict");
static TO: LazyLock<EncoderDictionary<'static>> = LazyLock::new(|| EncoderDictionary::copy(DICTIONARY, LEVEL));
static FROM: LazyLock<DecoderDictionary<'static>> = LazyLock::new(|| DecoderDictionary::copy(DICTIONARY));
thread_local! {
    // Each takes a tenth of a millisecond to make.
    static SQUEEZER: RefCell<Option<Compressor<'static>>> = const { RefCell::new(None) };
    static OPENER: RefCell<Option<Decompressor<'static>>> = const { RefCell::new(None) };
}
/// The slowest levels save one byte in twenty and cost a save a millisecond each time.
const LEVEL: i32 = 9;
/// Far more than a step of a visit; damaged bytes cannot ask for more memory.
const MOST_BYTES: usize = 4 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    /// A step as the dictionary 1 wrote it; both are for good.
    const STORED: &[u8] = include_bytes!("schema/step-1.sample");
    const TEXT: &str = r#"[{"id":"019cadae-2ffe-728f-bb77-6164d499bb0b","at":{"wall":"2026-03-02T16:33:19.870+08:00",
        "since_boot_ms":30800870,"boot":"3f1c9a52-7d06-4be8-a417-c05e92d368fb","trust":"trusted"},
        "fact":{"fact":"staff_signed_in","by":"019cadad-bd04-7ea8-999f-8385e313e1ad"}}]"#;

    fn facts() -> Vec<NewFact> {
        serde_json::from_str(TEXT).expect("facts")
    }

    #[test]
    fn what_an_earlier_program_wrote_is_read() {
        assert_eq!(zstd::zstd_safe::get_dict_id_from_frame(STORED).map(u32::from), Some(1));
        assert_eq!(read(STORED), Some(facts()));
        let body = write(&facts()).expect("written");
        assert_eq!(read(&body), Some(facts()));
        assert!(body.len() * 2 < TEXT.len());
    }

    #[test]
    fn damaged_bytes_are_refused() {
        assert_eq!(read(&[]), None);
        for at in 0..STORED.len() {
            assert_eq!(read(&STORED[..at]), None);
            let mut bytes = STORED.to_vec();
            bytes[at] ^= 0x40;
            // Any answer but a panic.
            let _ = read(&bytes);
        }
    }
}
