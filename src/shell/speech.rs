//! The voice: a speech engine found on the machine. What it says also stands on the screen.

use std::io::Write;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard};

const ENGINE: &str = "espeak-ng";
/// Words a minute: slower than the engine's own 175, for old ears.
const PACE: &str = "140";

/// Speaks one text at a time.
pub struct Speech(Mutex<Option<Child>>);

impl Speech {
    /// Finds the engine; `None` on a machine that cannot speak.
    pub fn find() -> Option<Self> {
        super::sound::is_installed(ENGINE).then(|| Self(Mutex::new(None)))
    }

    /// Says a text in the language of a tag such as `zh-CN`, and stops what was being said.
    pub fn say(&self, text: &str, language: &str) {
        self.hush();
        *self.talking() = speak(text, language).inspect_err(|fault| log::warn!("no voice: {fault}")).ok();
    }

    /// Stops what is being said.
    pub fn hush(&self) {
        if let Some(mut child) = self.talking().take() {
            // It may have ended by itself.
            _ = child.kill();
            _ = child.wait();
        }
    }

    fn talking(&self) -> MutexGuard<'_, Option<Child>> {
        self.0.lock().unwrap_or_else(|broken| broken.into_inner())
    }
}

fn speak(text: &str, language: &str) -> std::io::Result<Child> {
    // The engine calls Mandarin by its own code.
    let voice = if language.starts_with("zh") { "cmn" } else { language };
    let mut child = Command::new(ENGINE)
        .args(["--stdin", "-s", PACE, "-v", voice])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    if let Some(mut input) = child.stdin.take() {
        input.write_all(text.as_bytes())?;
    }
    Ok(child)
}

impl Drop for Speech {
    fn drop(&mut self) {
        self.hush();
    }
}
