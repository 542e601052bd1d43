//! The configuration file: one TOML file, every key described in `seeds/config.example.toml`. Unknown keys are refused
//! with the nearest known name.

use std::path::{Path, PathBuf};

use chrono::NaiveTime;
use serde::Deserialize;

use crate::model::device::Role;

/// The whole file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Which check point this is.
    pub station: StationSettings,
    /// Where the records are kept.
    pub store: StoreSettings,
    /// The county platform; left out: no sync.
    pub platform: Option<PlatformSettings>,
    /// A folder with descriptions of devices that are not built in.
    pub descriptors: Option<PathBuf>,
    /// A folder with rules of the county, laid over the shipped tables.
    pub county_rules: Option<PathBuf>,
    /// One entry a device.
    #[serde(default)]
    pub device: Vec<DeviceSettings>,
    /// How the screens look.
    #[serde(default)]
    pub screen: ScreenSettings,
    /// How slips are printed.
    #[serde(default)]
    pub printer: PrinterSettings,
    /// What residents may see of themselves.
    #[serde(default)]
    pub privacy: PrivacySettings,
    /// What the client says aloud.
    #[serde(default)]
    pub voice: VoiceSettings,
}

/// `[station]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StationSettings {
    /// A file of `seeds/stations`.
    pub id: String,
    /// Number of the machine at this place; overrides the station's file.
    pub machine: Option<u16>,
    /// Called by 找工作人员; overrides the station's file.
    pub phone: Option<String>,
    /// The doctor that residents are told about; overrides the station's file.
    pub doctor: Option<String>,
    /// Where referrals go, nearest first; overrides the station's file.
    pub referral_to: Option<Vec<String>>,
    /// Instruments and test kits whose results staff type in; overrides the station's file.
    pub kits: Option<Vec<String>>,
    /// No staff at hand.
    #[serde(default)]
    pub unattended: bool,
    /// `18:00`: when the house closes; left out: never.
    pub closes: Option<NaiveTime>,
}

/// `[store]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoreSettings {
    /// The database; relative paths count from the folder of the configuration file.
    pub path: PathBuf,
    /// Where its key lives.
    pub key: KeySettings,
}

/// `key = { class = "K1", file = "hut.key" }`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeySettings {
    /// Class of reliability-security.md 5.
    pub class: String,
    /// K1: the key file.
    pub file: Option<PathBuf>,
}

/// `[platform]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlatformSettings {
    /// Base address; plain http to a loopback address only.
    pub url: String,
    /// `fhir-r4`
    pub wire: String,
    /// Pause between two rounds while all is well: `15m`, `30s`, `1h`.
    #[serde(default = "fifteen_minutes")]
    pub every: String,
    /// The platform's certificate authority, PEM.
    pub ca: Option<PathBuf>,
}

fn fifteen_minutes() -> String {
    "15m".to_owned()
}

/// `[[device]]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeviceSettings {
    /// What it is for.
    pub role: Role,
    /// Its protocol.
    pub model: String,
    /// Where it is plugged in.
    pub port: String,
    /// `9600 8N1`, where the protocol leaves it open.
    pub line: Option<String>,
    /// Somebody compared an experimental model's readings with the device's own display.
    #[serde(default)]
    pub confirmed: bool,
    /// A blood-pressure monitor with a fixed arm tunnel.
    #[serde(default)]
    pub arm_in: bool,
    /// A blood-pressure monitor: the upper arms that its cuff fits, in centimetres, as printed on it.
    pub cuff_cm: Option<[u16; 2]>,
}

/// `[screen]`
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScreenSettings {
    /// Font files with rare letters of names, beyond the fonts of the program and of the machine.
    #[serde(default)]
    pub name_fonts: Vec<PathBuf>,
    /// When black stands on white (ux.md 3.1).
    #[serde(default)]
    pub contrast: Contrast,
    /// 减少动画: everything instant.
    #[serde(default)]
    pub calm: bool,
    /// Diagonal of the panel's glass in inches, 3 to 100; what would be too small for fingers there is enlarged (ux.md 3.4).
    #[serde(default)]
    pub diagonal_inches: Option<f32>,
    /// 控件下移: an upright panel is used in its lower half (ux.md 4).
    #[serde(default)]
    pub controls_low: bool,
}

/// `contrast = "largest"`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Contrast {
    /// At no step of 大字.
    Never,
    /// At its third step.
    #[default]
    Largest,
    /// At every step.
    Always,
}

/// `[printer]`; the device itself is an entry of `[[device]]`.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PrinterSettings {
    /// Width of the paper: 58 or 80.
    pub paper_mm: u8,
    /// A QR code at the end of the slip.
    pub code: bool,
}

impl Default for PrinterSettings {
    fn default() -> Self {
        Self { paper_mm: 58, code: true }
    }
}

/// `[privacy]`
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrivacySettings {
    /// Earlier values open for ID-card holders without a second fact (ux.md P14).
    #[serde(default)]
    pub card_opens_history: bool,
}

/// `[voice]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VoiceSettings {
    /// Recorded prompts: `zh-CN/V01.wav` to `zh-CN/V28.wav`, and other languages beside; left out: the speech engine.
    pub folder: Option<PathBuf>,
    /// Per cent.
    #[serde(default = "full_volume")]
    pub volume: u8,
    /// Hours with a volume of their own; the first that fits counts.
    #[serde(default)]
    pub hours: Vec<HoursSettings>,
}

/// `[[voice.hours]]`
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HoursSettings {
    /// The first hour, 0 to 23.
    pub from: u32,
    /// The hour that is no longer part of it, 0 to 24; before `from`: over midnight.
    pub to: u32,
    /// Per cent; 0 is silence.
    pub volume: u8,
}

fn full_volume() -> u8 {
    100
}

impl Default for VoiceSettings {
    fn default() -> Self {
        Self { folder: None, volume: full_volume(), hours: Vec::new() }
    }
}

impl VoiceSettings {
    /// Per cent of the volume in an hour of the day.
    pub fn volume_at(&self, hour: u32) -> u8 {
        let holds = |hours: &&HoursSettings| match hours.from < hours.to {
            true => (hours.from..hours.to).contains(&hour),
            false => hour >= hours.from || hour < hours.to,
        };
        self.hours.iter().find(holds).map_or(self.volume, |hours| hours.volume)
    }

    fn misfit(&self) -> Option<String> {
        let loud = self.volume > 100 || self.hours.iter().any(|hours| hours.volume > 100);
        let late = self.hours.iter().any(|hours| hours.from > 23 || hours.to > 24);
        loud.then(|| "a volume of `voice` is per cent, 0 to 100".to_owned())
            .or_else(|| late.then(|| "the hours of `voice.hours` are 0 to 24".to_owned()))
    }
}

/// Why a configuration cannot be used, and what to do.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)] // the messages say it
pub enum SettingsFault {
    #[error("cannot read the configuration `{path}`: is the path right, and may this user read it?")]
    Read {
        path: PathBuf,
        #[source]
        cause: std::io::Error,
    },
    #[error("the configuration `{path}` is not valid TOML: {says}")]
    Syntax { path: PathBuf, says: String },
    #[error("the configuration `{path}` has the unknown key `{key}`; did you mean `{nearest}`?")]
    UnknownKey { path: PathBuf, key: String, nearest: String },
    #[error("the configuration `{path}` has `{key}` inside of a table; move it up, above the first [table]")]
    TooLow { path: PathBuf, key: String },
    #[error("the configuration `{path}` does not fit: {says}")]
    Misfit { path: PathBuf, says: String },
    #[error("`{text}` is no pause; write for example 15m, 30s or 1h")]
    Pause { text: String },
}

/// Keys of no table, which count as a table's when they are written below its head.
const ABOVE_ALL: [&str; 2] = ["descriptors", "county_rules"];
/// Every key, by table.
const KEYS: [(&str, &[&str]); 11] = [
    (
        "",
        &[
            "station",
            "store",
            "platform",
            "descriptors",
            "county_rules",
            "device",
            "printer",
            "privacy",
            "voice",
            "screen",
        ],
    ),
    ("station", &["id", "machine", "phone", "doctor", "referral_to", "kits", "unattended", "closes"]),
    ("store", &["path", "key"]),
    ("store.key", &["class", "file"]),
    ("platform", &["url", "wire", "every", "ca"]),
    ("device", &["role", "model", "port", "line", "confirmed", "arm_in", "cuff_cm"]),
    ("printer", &["paper_mm", "code"]),
    ("privacy", &["card_opens_history"]),
    ("voice", &["folder", "volume", "hours"]),
    ("voice.hours", &["from", "to", "volume"]),
    ("screen", &["name_fonts", "contrast", "calm", "diagonal_inches", "controls_low"]),
];

impl Settings {
    /// Reads and checks a configuration file.
    pub fn read(path: &Path) -> Result<Self, SettingsFault> {
        let text =
            std::fs::read_to_string(path).map_err(|cause| SettingsFault::Read { path: path.to_owned(), cause })?;
        let mut settings = Self::parse(path, &text)?;
        let folder = path.parent().unwrap_or(Path::new("."));
        settings.anchor(folder);
        Ok(settings)
    }

    fn parse(path: &Path, text: &str) -> Result<Self, SettingsFault> {
        let path = || path.to_owned();
        let table: toml::Table = text
            .parse()
            .map_err(|fault: toml::de::Error| SettingsFault::Syntax { path: path(), says: fault.to_string() })?;
        if let Some((key, nearest)) = unknown_key("", &table) {
            let alone = key.rsplit('.').next().unwrap_or_default();
            if key.contains('.') && ABOVE_ALL.contains(&alone) {
                return Err(SettingsFault::TooLow { path: path(), key: alone.to_owned() });
            }
            return Err(SettingsFault::UnknownKey { path: path(), key, nearest });
        }
        let settings: Settings =
            toml::from_str(text).map_err(|fault| SettingsFault::Misfit { path: path(), says: fault.to_string() })?;
        if let Some(says) = settings.voice.misfit() {
            return Err(SettingsFault::Misfit { path: path(), says });
        }
        if let Some(inches) = settings.screen.diagonal_inches.filter(|inches| !(3.0..=100.0).contains(inches)) {
            let says = format!("a panel of {inches} inches is not believed; diagonal_inches is 3 to 100");
            return Err(SettingsFault::Misfit { path: path(), says });
        }
        if !matches!(settings.printer.paper_mm, 58 | 80) {
            let says = format!("paper of {} mm is not known here; paper_mm is 58 or 80", settings.printer.paper_mm);
            return Err(SettingsFault::Misfit { path: path(), says });
        }
        if let Some(platform) = &settings.platform {
            platform.pause_s()?;
            if platform.wire != "fhir-r4" {
                let says = format!("wire `{}` is not known here; this version speaks `fhir-r4`", platform.wire);
                return Err(SettingsFault::Misfit { path: path(), says });
            }
        }
        Ok(settings)
    }

    fn anchor(&mut self, folder: &Path) {
        let anchored = |path: &mut PathBuf| *path = folder.join(&*path);
        anchored(&mut self.store.path);
        self.descriptors.as_mut().map(anchored);
        self.county_rules.as_mut().map(anchored);
        self.screen.name_fonts.iter_mut().for_each(anchored);
        self.voice.folder.as_mut().map(anchored);
        self.store.key.file.as_mut().map(anchored);
        self.platform.as_mut().and_then(|platform| platform.ca.as_mut()).map(anchored);
    }
}

impl DeviceSettings {
    /// False when the port is a path where nothing is plugged in; other addresses are only known by opening them.
    pub fn is_present(&self) -> bool {
        !self.port.starts_with('/') || Path::new(&self.port).exists()
    }
}

impl PlatformSettings {
    /// Seconds between two rounds while all is well.
    pub fn pause_s(&self) -> Result<u64, SettingsFault> {
        let fault = || SettingsFault::Pause { text: self.every.clone() };
        let unit = self.every.chars().last().ok_or_else(fault)?;
        let factor = match unit {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            _ => return Err(fault()),
        };
        let number: u64 = self.every[..self.every.len() - unit.len_utf8()].parse().map_err(|_| fault())?;
        number.checked_mul(factor).filter(|seconds| *seconds > 0).ok_or_else(fault)
    }
}

/// The first key that no table knows, with the nearest that this one does.
fn unknown_key(name: &str, table: &toml::Table) -> Option<(String, String)> {
    let (_, known) = KEYS.iter().find(|(table, _)| *table == name)?;
    for (key, value) in table {
        if !known.contains(&key.as_str()) {
            let similar = |known: &&&str| (strsim::jaro_winkler(known, key) * 1000.0) as u32;
            let nearest = known.iter().max_by_key(similar).copied().unwrap_or_default();
            return Some((dotted(name, key), dotted(name, nearest)));
        }
        let inner = dotted(name, key);
        let found = match value {
            toml::Value::Table(table) => unknown_key(&inner, table),
            toml::Value::Array(entries) => {
                entries.iter().filter_map(toml::Value::as_table).find_map(|table| unknown_key(&inner, table))
            }
            _ => None,
        };
        if found.is_some() {
            return found;
        }
    }
    None
}

fn dotted(table: &str, key: &str) -> String {
    if table.is_empty() { key.to_owned() } else { format!("{table}.{key}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
        [station]
        id = "changji-sangong"
        [store]
        path = "hut.db"
        key = { class = "K1", file = "hut.key" }
        [platform]
        url = "http://127.0.0.1:8080/fhir"
        wire = "fhir-r4"
        [[device]]
        role = "blood_pressure"
        model = "bp-omron-hbp9030"
        port = "/dev/pts/3"
    "#;

    fn fault(text: &str) -> String {
        Settings::parse(Path::new("hut.toml"), text).expect_err("refused").to_string()
    }

    #[test]
    fn reads_the_keys_of_the_contract() {
        let settings = Settings::parse(Path::new("hut.toml"), GOOD).expect("valid");
        assert_eq!(settings.device[0].role, Role::BloodPressure);
        assert_eq!(settings.platform.expect("given").pause_s().expect("a pause"), 900);
    }

    #[test]
    fn an_unknown_key_is_refused_with_the_nearest_known_one() {
        assert!(fault(&GOOD.replace("url", "ulr")).contains("`platform.ulr`; did you mean `platform.url`"));
        let low = fault(&format!("{GOOD}\ncounty_rules = \"county-rules\"\n"));
        assert!(low.contains("has `county_rules` inside of a table; move it up, above the first [table]"), "{low}");
        assert!(fault(&GOOD.replace("model", "modle")).contains("did you mean `device.model`"));
        assert!(fault(&format!("{GOOD}\n[printer]\npaper_mm = 57")).contains("58 or 80"));
        assert!(fault(&format!("{GOOD}\n[printer]\npaper = 58")).contains("`printer.paper_mm`"));
        assert!(fault(&GOOD.replace("class", "clas")).contains("did you mean `store.key.class`"));
    }

    #[test]
    fn a_station_says_whether_and_until_when_a_call_is_heard() {
        let with = |more: &str| GOOD.replace("id = \"changji-sangong\"", &format!("id = \"changji-sangong\"\n{more}"));
        let station = |text: &str| Settings::parse(Path::new("hut.toml"), text).expect("valid").station;
        assert_eq!((station(GOOD).unattended, station(GOOD).closes), (false, None));
        let alone = station(&with("unattended = true\ncloses = \"18:30\""));
        assert_eq!((alone.unattended, alone.closes), (true, NaiveTime::from_hms_opt(18, 30, 0)));
        assert!(fault(&with("closes = \"half past six\"")).contains("closes"));
        assert!(fault(&with("closed = \"18:30\"")).contains("`station.closes`"));
    }

    #[test]
    fn the_volume_follows_the_hour() {
        let text = format!(
            "{GOOD}\n[voice]\nvolume = 80\n[[voice.hours]]\nfrom = 12\nto = 14\nvolume = 30\n[[voice.hours]]\nfrom = 21\nto = 7\nvolume = 0"
        );
        let voice = Settings::parse(Path::new("hut.toml"), &text).expect("valid").voice;
        assert_eq!(
            [8, 12, 13, 14, 20, 21, 23, 0, 6, 7].map(|hour| voice.volume_at(hour)),
            [80, 30, 30, 80, 80, 0, 0, 0, 0, 80]
        );
        assert!(fault(&format!("{GOOD}\n[voice]\nvolume = 101")).contains("per cent"));
        assert!(fault(&format!("{GOOD}\n[voice]\nvolum = 10")).contains("`voice.volume`"));
    }

    #[test]
    fn a_wrong_role_wire_or_pause_says_so() {
        assert!(fault(&GOOD.replace("blood_pressure", "bloodpressure")).contains("blood_pressure"));
        assert!(fault(&GOOD.replace("fhir-r4", "soap")).contains("fhir-r4"));
        assert!(fault(&GOOD.replace("wire = \"fhir-r4\"", "wire = \"fhir-r4\"\nevery = \"soon\"")).contains("15m"));
    }
}
