//! `check`: reads the configuration, opens the store, looks at ports, platform and clock, and says what to do.

use std::path::Path;

use uuid::Uuid;

use super::setup::{CommandFault, setup_of};
use super::{rules, say, with_causes};
use crate::model::ClockTrust;
use crate::seeds::{self, SeedFault};
use crate::shell::clock::Clock;
use crate::shell::courier::Line;
use crate::shell::ports::Plan;
use crate::shell::settings::{Settings, VoiceSettings};
use crate::shell::sound;
use crate::shell::speech::Speech;
use crate::store::{Reader, StoreFault};
use crate::sync::Wire;

/// Prints one line a finding; fails when a technician must do something.
pub fn run(config: &Path) -> Result<(), CommandFault> {
    let mut settings = Settings::read(config)?;
    let mut todo = 0;
    let mut tell = |good: bool, what: String| {
        todo += u32::from(!good);
        say(format!("{} {what}", if good { "ok  " } else { "DO  " }));
    };
    if let Some(folder) = settings.county_rules.take() {
        county(&folder).into_iter().for_each(|(good, what)| tell(good, what));
    }
    // Without the county's folder, so that the rest is looked at even where it is refused.
    let setup = setup_of(settings)?;
    tell(true, format!("station {} ({})", setup.world.station.id, setup.world.station.name_zh));
    let floor = match Reader::open(&setup.opening) {
        Ok(reader) => {
            tell(true, format!("store, key class {}: {}", setup.opening.key.class(), setup.opening.key.weakness()));
            reader.newest_wall()?
        }
        Err(fault @ StoreFault::Absent { .. }) => {
            let folder = setup.settings.store.path.parent().filter(|folder| !folder.as_os_str().is_empty());
            match folder.filter(|folder| !folder.is_dir()) {
                // Never made by us: it may be a disk that is not mounted, with all records on it.
                Some(folder) => {
                    let folder = folder.display();
                    tell(false, format!("the store's folder {folder} is not there: make it, or mount its disk"));
                }
                None => tell(true, fault.to_string()),
            }
            None
        }
        Err(fault) => {
            tell(false, fault.to_string());
            None
        }
    };
    for fault in Plan::faults(&setup.settings) {
        tell(false, fault.to_string());
    }
    for device in &setup.settings.device {
        let there = device.is_present();
        let says = if there { "is there" } else { "is not there: plug the device in, or correct its `port`" };
        tell(there, format!("{} ({}) on {}: {says}", device.role, device.model, device.port));
    }
    match &setup.settings.platform {
        None => tell(true, "no platform: nothing is sent from here".to_owned()),
        Some(platform) => match Line::try_from(platform)?.open().and_then(|mut wire| wire.capability()) {
            Ok(answer) if answer.status == 200 => tell(true, format!("platform {}", platform.url)),
            Ok(answer) => {
                tell(false, format!("platform {} answers {}: check the address", platform.url, answer.status))
            }
            Err(fault) => tell(false, format!("platform {}: {fault}", platform.url)),
        },
    }
    tell_sound(&setup.settings.voice, &mut tell);
    let trust = Clock::new(Uuid::nil(), floor).now().trust;
    let says = if trust == ClockTrust::Unset {
        "lies before the newest record or this program: set it"
    } else {
        "goes forward"
    };
    tell(trust != ClockTrust::Unset, format!("clock {says}"));
    if todo == 0 { Ok(()) } else { Err(CommandFault::Said(format!("{todo} to do"))) }
}

/// What is to be said of a county's folder, whether it is good: the rules as `rules check` judges them, and the consent text.
pub fn county(folder: &Path) -> Vec<(bool, String)> {
    let mut says = match rules::check(folder) {
        Ok(found) => vec![(true, format!("county rules {}", found.county.unwrap_or_default()))],
        Err(fault) => vec![(false, format!("county rules in {}: {}", folder.display(), with_causes(&fault)))],
    };
    if let Err(fault @ SeedFault::OwnConsent(_)) = seeds::consent(Some(folder)) {
        says.push((false, format!("{}; until it is mended nothing is kept", with_causes(&fault))));
    }
    says
}

fn tell_sound(voice: &VoiceSettings, tell: &mut impl FnMut(bool, String)) {
    match sound::works() {
        true => tell(true, "sound can be played; listen whether the loudspeaker is loud enough".to_owned()),
        false => {
            let what = "no sound: nobody hears an urgent call; install alsa-utils and connect a sound card";
            tell(false, what.to_owned());
        }
    }
    match Speech::find(voice, |_| {}) {
        Some(_) => tell(true, "voice".to_owned()),
        None => {
            tell(true, "no voice: install espeak-ng, or write a folder of clips into [voice], to let the client speak; its words stand on the screens".to_owned())
        }
    }
}
