//! The voice: recorded clips where the station has them, else the speech engine found on the machine, else nothing. What
//! it says stands on the screen.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

use chrono::{Local, Timelike};

use super::settings::VoiceSettings;
use super::sound;
use crate::session::Saying;

const ENGINE: &str = "espeak-ng";
/// Words a minute: slower than the engine's own 175, for old ears.
const PACE: &str = "140";
/// How often the end of a line is looked for.
const LOOK: Duration = Duration::from_millis(50);

/// One thing to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The clip's name, `V05`, if these words may have been recorded.
    pub clip: Option<String>,
    /// The words.
    pub text: String,
}

/// Speaks on a thread of its own, one line after the other.
pub struct Speech(Sender<Wish>);

/// The newest wish ends what was being said.
struct Wish {
    lines: VecDeque<Line>,
    language: String,
    saying: Saying,
}

/// What a line is said with.
#[derive(Debug, PartialEq, Eq)]
enum With<'a> {
    Clip(PathBuf),
    Engine(&'a str),
    Nothing,
}

/// What this machine can speak with.
struct Voice {
    settings: VoiceSettings,
    plays: bool,
    engine: bool,
}

impl Speech {
    /// Finds clips and engine; `None` on a machine that cannot speak. `tell` hears what is being said, whenever that is
    /// another thing than before.
    pub fn find(settings: &VoiceSettings, tell: impl Fn(Option<Saying>) + Send + 'static) -> Option<Self> {
        let voice = Voice {
            settings: settings.clone(),
            plays: settings.folder.as_deref().is_some_and(Path::is_dir) && sound::is_installed(sound::PLAYER),
            engine: sound::is_installed(ENGINE),
        };
        if !voice.plays && !voice.engine {
            return None;
        }
        let (wishes, inbox) = mpsc::channel();
        let thread = thread::Builder::new().name("voice".to_owned()).spawn(move || {
            work(&inbox, |line, wish| voice.start(line, wish), tell);
        });
        thread.inspect_err(|fault| log::warn!("no voice: {fault}")).is_ok().then_some(Self(wishes))
    }

    /// Says lines in the language of a tag such as `zh-CN`; stops what was being said.
    pub fn say(&self, lines: impl Iterator<Item = Line>, language: &str, saying: Saying) {
        // Its thread ends only with this.
        _ = self.0.send(Wish { lines: lines.collect(), language: language.to_owned(), saying });
    }
}

/// Fulfils wishes until nobody has any more.
fn work(inbox: &Receiver<Wish>, start: impl Fn(&Line, &Wish) -> Option<Talk>, tell: impl Fn(Option<Saying>)) {
    let mut wish = Wish { lines: VecDeque::new(), language: String::new(), saying: Saying::Prompts };
    let mut talking: Option<Talk> = None;
    let mut told = None;
    loop {
        let silent = talking.is_none() && wish.lines.is_empty();
        let newer = match silent {
            true => inbox.recv().map_err(|_| RecvTimeoutError::Disconnected),
            false => inbox.recv_timeout(LOOK),
        };
        match newer {
            Ok(newer) => (talking, wish) = (None, newer),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        if talking.as_mut().is_none_or(Talk::ended) {
            let line = wish.lines.pop_front();
            talking = line.and_then(|line| start(&line, &wish));
        }
        let saying = talking.as_ref().map(|_| wish.saying);
        if saying != told {
            tell(saying);
            told = saying;
        }
    }
}

impl Voice {
    fn start(&self, line: &Line, Wish { language, saying, .. }: &Wish) -> Option<Talk> {
        let by_hour = self.settings.volume_at(Local::now().hour());
        let volume = if *saying == (Saying::Page { soft: true }) { by_hour / 2 } else { by_hour };
        let started = match self.choose(line, language, volume) {
            With::Clip(clip) => std::fs::read(&clip).and_then(|wave| play(sound::louder(wave, volume))),
            With::Engine(text) => speak(text, language, volume),
            With::Nothing => return None,
        };
        started.inspect_err(|fault| log::warn!("no voice: {fault}")).ok().map(Talk)
    }

    /// The clip, else the engine, else the screen alone.
    fn choose<'a>(&self, line: &'a Line, language: &str, volume: u8) -> With<'a> {
        if volume == 0 {
            return With::Nothing;
        }
        let folder = self.settings.folder.as_ref().filter(|_| self.plays);
        let clip =
            folder.zip(line.clip.as_ref()).map(|(folder, clip)| folder.join(language).join(format!("{clip}.wav")));
        match clip.filter(|clip| clip.is_file()) {
            Some(clip) => With::Clip(clip),
            None if self.engine => With::Engine(&line.text),
            None => With::Nothing,
        }
    }
}

/// A line being said; dropped, it falls silent.
struct Talk(Child);

impl Talk {
    fn ended(&mut self) -> bool {
        !matches!(self.0.try_wait(), Ok(None))
    }
}

impl Drop for Talk {
    fn drop(&mut self) {
        // It may have ended by itself.
        _ = self.0.kill();
        _ = self.0.wait();
    }
}

fn play(wave: Vec<u8>) -> io::Result<Child> {
    fed(Command::new(sound::PLAYER).args(["-q", "-t", "wav", "-"]), wave)
}

fn speak(text: &str, language: &str, volume: u8) -> io::Result<Child> {
    // The engine calls Mandarin by its own code.
    let voice = if language.starts_with("zh") { "cmn" } else { language };
    let volume = volume.to_string();
    let mut engine = Command::new(ENGINE);
    fed(engine.args(["--stdin", "-s", PACE, "-a", &volume, "-v", voice]), text.as_bytes().to_vec())
}

/// Starts a program and gives it its input from a thread: it takes a clip only as fast as it plays.
fn fed(program: &mut Command, bytes: Vec<u8>) -> io::Result<Child> {
    let mut child = program.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    if let Some(mut input) = child.stdin.take() {
        // It fails when the program is ended before its time.
        thread::Builder::new().name("voice input".to_owned()).spawn(move || _ = input.write_all(&bytes))?;
    }
    Ok(child)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clip_goes_before_the_engine_and_the_engine_before_silence() {
        let folder = std::env::temp_dir().join(format!("hut-voice-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("zh-CN")).expect("a folder");
        std::fs::write(folder.join("zh-CN/V05.wav"), b"RIFF").expect("a clip");
        let settings = VoiceSettings { folder: Some(folder.clone()), ..VoiceSettings::default() };
        let voice = |plays, engine| Voice { settings: settings.clone(), plays, engine };
        let line = Line { clip: Some("V05".to_owned()), text: "请坐好".to_owned() };
        let clip = With::Clip(folder.join("zh-CN/V05.wav"));
        assert_eq!(voice(true, true).choose(&line, "zh-CN", 80), clip);
        assert_eq!(voice(true, true).choose(&line, "en", 80), With::Engine("请坐好"));
        assert_eq!(voice(false, true).choose(&line, "zh-CN", 80), With::Engine("请坐好"));
        assert_eq!(voice(true, false).choose(&line, "en", 80), With::Nothing);
        assert_eq!(voice(true, true).choose(&line, "zh-CN", 0), With::Nothing);
        let read = Line { clip: None, ..line };
        assert_eq!(voice(true, true).choose(&read, "zh-CN", 80), With::Engine("请坐好"));
        _ = std::fs::remove_dir_all(folder);
    }

    #[test]
    fn what_is_being_said_is_told_from_the_first_line_to_the_last() {
        let (sender, inbox) = mpsc::channel();
        let (tell, told) = mpsc::channel();
        let line = |seconds: &str| Line { clip: None, text: seconds.to_owned() };
        let wish = |lines: &[&str], saying| Wish {
            lines: lines.iter().map(|seconds| line(seconds)).collect(),
            language: "zh-CN".to_owned(),
            saying,
        };
        let thread = thread::spawn(move || {
            let start = |line: &Line, _: &Wish| Command::new("sleep").arg(&line.text).spawn().ok().map(Talk);
            work(&inbox, start, |saying| _ = tell.send(saying));
        });
        let next = || told.recv_timeout(Duration::from_secs(20)).expect("it is told");
        let (prompts, page) = (Saying::Prompts, Saying::Page { soft: false });
        sender.send(wish(&["0.1", "0.1"], prompts)).expect("it listens");
        assert_eq!([next(), next()], [Some(prompts), None], "two lines are said in one go");
        // What is said next cuts off what is said now; nothing to say is silence.
        sender.send(wish(&["60"], page)).expect("it listens");
        assert_eq!(next(), Some(page));
        sender.send(wish(&["60"], prompts)).expect("it listens");
        assert_eq!(next(), Some(prompts));
        sender.send(wish(&[], prompts)).expect("it listens");
        assert_eq!(next(), None);
        drop(sender);
        thread.join().expect("it ends with the last who could wish");
    }
}
