//! The sounds of the house (ux.md 3.5): short notes, played by `aplay` where the machine has it.

use std::io::Write;
use std::process::{Command, Stdio};
use std::thread;

use crate::session::Tone;

const RATE: u32 = 22_050;
const NOTE_S: f32 = 0.22;
/// At most 70 % of the full volume.
const VOLUME: f32 = 0.6;

/// Plays a tone on a thread of its own; `done` hears whether it sounded, since a screen says that a bell rings.
pub fn play(tone: Tone, done: impl FnOnce(bool) + Send + 'static) {
    let notes = notes(tone);
    let started = thread::Builder::new().name("sound".to_owned()).spawn(move || {
        let played = aplay(&wave(notes));
        if let Err(fault) = &played {
            log::warn!("no sound: {fault}; install alsa-utils and connect a loudspeaker");
        }
        done(played.is_ok());
    });
    if let Err(fault) = started {
        log::warn!("no sound: {fault}");
    }
}

/// Plays a moment of silence: true when the machine has a player and a sound card. Whether a loudspeaker hangs on it
/// cannot be told.
pub fn works() -> bool {
    aplay(&wave(&[0.0])).is_ok()
}

/// True when a program of the machine answers.
pub(super) fn is_installed(program: &str) -> bool {
    let answers = Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    answers.is_ok_and(|status| status.success())
}

/// Frequencies in hertz: one soft note, two, three.
fn notes(tone: Tone) -> &'static [f32] {
    match tone {
        Tone::Done => &[660.0],
        Tone::Attention => &[660.0, 880.0],
        Tone::Urgent => &[880.0, 660.0, 880.0],
    }
}

fn aplay(wave: &[u8]) -> std::io::Result<()> {
    let mut player = Command::new("aplay")
        .args(["-q", "-t", "wav", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    if let Some(mut input) = player.stdin.take() {
        input.write_all(wave)?;
    }
    let ended = player.wait()?;
    if ended.success() { Ok(()) } else { Err(std::io::Error::other("the player failed")) }
}

/// A WAV file: one channel of 16-bit samples, each note fading out.
fn wave(notes: &[f32]) -> Vec<u8> {
    let samples_a_note = (RATE as f32 * NOTE_S) as u32;
    let bytes = samples_a_note * u32::try_from(notes.len()).unwrap_or(0) * 2;
    let mut wave = Vec::with_capacity(bytes as usize + 44);
    wave.extend(b"RIFF");
    wave.extend((bytes + 36).to_le_bytes());
    wave.extend(b"WAVEfmt ");
    wave.extend(16u32.to_le_bytes());
    wave.extend(1u16.to_le_bytes());
    wave.extend(1u16.to_le_bytes());
    wave.extend(RATE.to_le_bytes());
    wave.extend((RATE * 2).to_le_bytes());
    wave.extend(2u16.to_le_bytes());
    wave.extend(16u16.to_le_bytes());
    wave.extend(b"data");
    wave.extend(bytes.to_le_bytes());
    for note in notes {
        for sample in 0..samples_a_note {
            let at = sample as f32 / RATE as f32;
            let fade = 1.0 - at / NOTE_S;
            let value = (at * note * std::f32::consts::TAU).sin() * VOLUME * fade;
            wave.extend(((value * f32::from(i16::MAX)) as i16).to_le_bytes());
        }
    }
    wave
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tone_is_a_whole_wave_file() {
        let wave = wave(notes(Tone::Urgent));
        assert_eq!(&wave[..4], b"RIFF");
        assert_eq!(u32::from_le_bytes([wave[4], wave[5], wave[6], wave[7]]) as usize, wave.len() - 8);
        assert!(wave[44..].iter().any(|byte| *byte != 0));
    }
}
