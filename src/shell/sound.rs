//! The sounds of the house (ux.md 3.5): short notes, played by `aplay` where the machine has it. Those that call somebody
//! have a loudness of their own; the note of a step that is done follows the hour like the voice.

use std::io::Write;
use std::process::{Command, Stdio};
use std::thread;

use chrono::{Local, Timelike};

use super::settings::VoiceSettings;
use crate::session::Tone;

const RATE: u32 = 22_050;
const NOTE_S: f32 = 0.22;
/// The program that plays.
pub(super) const PLAYER: &str = "aplay";
/// At most 70 % of the full volume.
const VOLUME: f32 = 0.6;

/// Plays a tone on a thread of its own; `done` hears whether it sounded, since a screen says that a bell rings.
pub fn play(tone: Tone, settings: &VoiceSettings, done: impl FnOnce(bool) + Send + 'static) {
    let volume = volume(tone, settings, Local::now().hour());
    if volume == 0 {
        return;
    }
    let notes = notes(tone);
    let started = thread::Builder::new().name("sound".to_owned()).spawn(move || {
        let played = aplay(&louder(wave(notes), volume));
        if let Err(fault) = &played {
            log::warn!("no sound: {fault}; install alsa-utils and connect a loudspeaker");
        }
        done(played.is_ok());
    });
    if let Err(fault) = started {
        log::warn!("no sound: {fault}");
    }
}

/// A call must be heard at any hour.
fn volume(tone: Tone, settings: &VoiceSettings, hour: u32) -> u8 {
    match tone {
        Tone::Done => settings.volume_at(hour),
        Tone::Attention | Tone::Urgent => 100,
    }
}

/// A WAV file of 16-bit samples at so many per cent of its loudness; any other file as it is.
pub(super) fn louder(mut wave: Vec<u8>, volume: u8) -> Vec<u8> {
    let chunk = |name: &[u8; 4]| {
        let mut at = 12;
        while let Some(head) = wave.get(at..at + 8) {
            let size = u32::from_le_bytes([head[4], head[5], head[6], head[7]]) as usize;
            if &head[..4] == name {
                return Some(at + 8..(at + 8).saturating_add(size).min(wave.len()));
            }
            at = at.saturating_add(8).saturating_add(size.next_multiple_of(2));
        }
        None
    };
    let plain = chunk(b"fmt ")
        .and_then(|at| wave.get(at))
        .is_some_and(|format| format.len() >= 16 && format[..2] == [1, 0] && format[14..16] == [16, 0]);
    if let (Some(data), true) = (chunk(b"data"), plain && volume < 100) {
        for sample in wave[data].chunks_exact_mut(2) {
            let value = i32::from(i16::from_le_bytes([sample[0], sample[1]])) * i32::from(volume) / 100;
            sample.copy_from_slice(&(value as i16).to_le_bytes());
        }
    }
    wave
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
    let mut player = Command::new(PLAYER)
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

    fn loudest(wave: &[u8]) -> u16 {
        wave[44..]
            .chunks_exact(2)
            .map(|sample| i16::from_le_bytes([sample[0], sample[1]]).unsigned_abs())
            .max()
            .unwrap_or(0)
    }

    #[test]
    fn no_tone_is_louder_than_seventy_per_cent_and_half_is_half() {
        let urgent = wave(notes(Tone::Urgent));
        let full = loudest(&urgent);
        assert!(full > 0 && f32::from(full) <= 0.7 * f32::from(i16::MAX));
        let half = loudest(&louder(urgent, 50));
        assert!(half.abs_diff(full / 2) <= 1, "{half} of {full}");
    }

    #[test]
    fn a_call_sounds_at_any_hour_and_the_note_of_a_step_follows_the_hour() {
        let night = VoiceSettings { volume: 0, ..VoiceSettings::default() };
        assert_eq!(volume(Tone::Done, &night, 23), 0);
        assert_eq!(volume(Tone::Urgent, &night, 23), 100);
    }

    #[test]
    fn what_is_no_wave_of_16_bits_is_left_alone() {
        assert_eq!(louder(b"RIFF".to_vec(), 50), b"RIFF");
        assert_eq!(louder(b"RIFF____WAVEfmt \xff\xff\xff\xff".to_vec(), 50), b"RIFF____WAVEfmt \xff\xff\xff\xff");
    }
}
