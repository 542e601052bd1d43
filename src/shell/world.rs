//! Puts together what does not change while the client runs.

use super::ports::catalog;
use super::settings::Settings;
use crate::model::device::{Monitor, Role};
use crate::model::{ConsentText, Duty, Station};
use crate::seeds::{self, SeedFault};
use crate::session::World;
use hut_drivers::Skill;

/// Why the client cannot be put together.
#[derive(Debug, thiserror::Error)]
pub enum WorldFault {
    /// The program's own tables.
    #[error(transparent)]
    Seeds(#[from] SeedFault),
    /// A wrong id in the configuration.
    #[error("no station is called `{id}`: write one of these into [station] id: {known}")]
    Station {
        /// As configured.
        id: String,
        /// All ids.
        known: String,
    },
}

/// The world of a configuration.
pub fn world(settings: &Settings) -> Result<World, WorldFault> {
    Ok(World {
        station: station(settings)?,
        rules: seeds::rule_book(settings.county_rules.as_deref())?,
        consent: consent(settings),
        fitted: settings.device.iter().map(|device| (device.role, device.model.clone())).collect(),
        monitor: monitor(settings),
        duty: Duty { unattended: settings.station.unattended, closes: settings.station.closes },
        card_opens_history: settings.privacy.card_opens_history,
    })
}

/// A county's text that cannot be used keeps nobody from measuring; only nothing is kept (ux.md R05).
fn consent(settings: &Settings) -> Option<ConsentText> {
    seeds::consent(settings.county_rules.as_deref()).inspect_err(|fault| log::error!("nothing is kept: {fault}")).ok()
}

fn monitor(settings: &Settings) -> Monitor {
    let Some(device) = settings.device.iter().find(|device| device.role == Role::BloodPressure) else {
        return Monitor::default();
    };
    // A model that is not known stops the client where its port is opened.
    let by_cable = catalog(settings)
        .is_ok_and(|catalog| catalog.find(&device.model).is_some_and(|model| model.orders.contains(&Skill::Measure)));
    Monitor { arm_in: device.arm_in, cuff_cm: device.cuff_cm, by_cable }
}

fn station(settings: &Settings) -> Result<Station, WorldFault> {
    let configured = &settings.station;
    let mut station = seeds::station(&configured.id)?.ok_or_else(|| WorldFault::Station {
        id: configured.id.clone(),
        known: seeds::stations()
            .map(|all| all.into_iter().map(|station| station.id).collect::<Vec<_>>().join(", "))
            .unwrap_or_default(),
    })?;
    station.machine = configured.machine.unwrap_or(station.machine);
    if let Some(phone) = &configured.phone {
        station.phone.clone_from(phone);
    }
    if let Some(doctor) = &configured.doctor {
        station.doctor_zh.clone_from(doctor);
        station.doctor_en.clone_from(doctor);
    }
    if let Some(places) = &configured.referral_to {
        station.referral_to.clone_from(places);
    }
    if let Some(kits) = &configured.kits {
        station.kits.clone_from(kits);
    }
    if station.referral_to.is_empty() {
        station.referral_to.push(ANY_HOSPITAL.to_owned());
    }
    Ok(station)
}

/// Where a referral goes while the site has named no place.
const ANY_HOSPITAL: &str = "上级医院";
