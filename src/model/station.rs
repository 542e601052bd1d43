//! A check point: what stands in `seeds/stations/*.toml`, and the ids its resources have on the wire.

use serde::{Deserialize, Serialize};

use super::SiteId;

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
