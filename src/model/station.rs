//! A check point: what stands in `seeds/stations/*.toml`, and the ids its resources have on the wire.

use chrono::{NaiveTime, TimeDelta};
use serde::{Deserialize, Serialize};

use super::{ClockTrust, Moment, SiteId};

/// The kind of check point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StationKind {
    /// 乡镇卫生院
    TownshipHealthCentre,
    /// 社区卫生服务中心
    CommunityHealthCentre,
    /// 健康小屋 in a park or village.
    HealthHut,
    /// 社区自助检测点
    CommunityPoint,
}

/// One check point.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Station {
    /// The file's name.
    pub id: String,
    /// Shown in the top bar.
    pub name_zh: String,
    /// Shown in the top bar in English.
    pub name_en: String,
    /// What it is.
    pub kind: StationKind,
    /// The institution that answers for it (`Organization` on the wire).
    pub organisation_zh: String,
    /// Number of the machine at this place.
    #[serde(default = "first_machine")]
    pub machine: u16,
    /// Called by 找工作人员, shown on R22; empty when the site has not set it.
    #[serde(default)]
    pub phone: String,
    /// Name of the doctor residents are told about; empty: "the doctor".
    #[serde(default)]
    pub doctor_zh: String,
    /// The same in English.
    #[serde(default)]
    pub doctor_en: String,
    /// Where referrals go, nearest first.
    #[serde(default)]
    pub referral_to: Vec<String>,
    /// Instruments and test kits whose results staff type in (R19).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kits: Vec<String>,
}

fn first_machine() -> u16 {
    1
}

/// Who hears a call at the station (ux.md 7.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Duty {
    /// No staff at hand: nobody is waited for, and the tone sounds seldom.
    pub unattended: bool,
    /// When the house closes: a tone that nobody answered ends.
    pub closes: Option<NaiveTime>,
}

impl Duty {
    /// True when the house has closed since `began`. A clock that is not set closes no house.
    pub fn over(&self, began: Moment, now: Moment) -> bool {
        let Some(closes) = self.closes.filter(|_| now.trust != ClockTrust::Unset) else { return false };
        let began = began.wall.naive_local();
        let today = began.date().and_time(closes);
        let closing = if today > began { today } else { today + TimeDelta::days(1) };
        now.wall.naive_local() >= closing
    }
}

/// An instrument at the station.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instrument {
    /// `Device` on the wire.
    pub id: SiteId,
    /// Its role (kinds of interfaces.md).
    pub role: String,
    /// Its protocol.
    pub model: String,
}

/// The station's resources, made at the first start and kept for good.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Site {
    /// `Organization` on the wire.
    pub organisation: SiteId,
    /// `Location` on the wire.
    pub location: SiteId,
    /// `Device` of this terminal.
    pub terminal: SiteId,
    /// What was configured.
    pub station: Station,
    /// The measuring devices.
    pub instruments: Vec<Instrument>,
    /// The program's version.
    pub software: String,
    /// Name and version of the rule set.
    pub rules: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(wall: &str) -> Moment {
        let (boot, trust) = ("3f1c9a52-7d06-4be8-a417-c05e92d368fb", "trusted");
        let moment = serde_json::json!({ "wall": wall, "since_boot_ms": 0, "boot": boot, "trust": trust });
        serde_json::from_value(moment).expect("a moment")
    }

    #[test]
    fn a_call_is_over_at_the_next_closing_time() {
        let duty = Duty { unattended: false, closes: NaiveTime::from_hms_opt(18, 0, 0) };
        let over = |began: &str, now: &str| duty.over(at(began), at(now));
        assert!(!over("2026-11-22T17:40:00+08:00", "2026-11-22T17:59:59+08:00"));
        assert!(over("2026-11-22T17:40:00+08:00", "2026-11-22T18:00:00+08:00"));
        assert!(over("2026-11-22T17:40:00+08:00", "2026-11-23T07:00:00+08:00"), "nor is it taken up in the morning");
        // Somebody is there although the house is closed.
        assert!(!over("2026-11-22T18:00:00+08:00", "2026-11-22T18:30:00+08:00"));
        assert!(!over("2026-11-22T20:00:00+08:00", "2026-11-23T17:59:00+08:00"));
        let unset = Moment { trust: ClockTrust::Unset, ..at("2026-11-22T18:00:00+08:00") };
        assert!(!duty.over(at("2026-11-22T17:40:00+08:00"), unset));
        assert!(!Duty::default().over(at("2026-11-22T17:40:00+08:00"), at("2026-11-23T07:00:00+08:00")));
    }
}
