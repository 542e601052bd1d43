//! The configuration file: one TOML file, every key described in `seeds/config.example.toml`. Unknown keys are refused
//! with the nearest known name.

use std::path::{Path, PathBuf};

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
    /// What residents may see of themselves.
    #[serde(default)]
    pub privacy: PrivacySettings,
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
}

/// `[privacy]`
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrivacySettings {
    /// Earlier values open for ID-card holders without a second fact (ux.md P14).
    #[serde(default)]
    pub card_opens_history: bool,
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
    #[error("the configuration `{path}` does not fit: {says}")]
    Misfit { path: PathBuf, says: String },
    #[error("`{text}` is no pause; write for example 15m, 30s or 1h")]
    Pause { text: String },
}

/// Every key, by table.
const KEYS: [(&str, &[&str]); 7] = [
    ("", &["station", "store", "platform", "descriptors", "county_rules", "device", "privacy"]),
    ("station", &["id", "machine", "phone", "doctor", "referral_to"]),
    ("store", &["path", "key"]),
    ("store.key", &["class", "file"]),
    ("platform", &["url", "wire", "every", "ca"]),
    ("device", &["role", "model", "port", "line", "confirmed"]),
    ("privacy", &["card_opens_history"]),
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
            return Err(SettingsFault::UnknownKey { path: path(), key, nearest });
        }
        let settings: Settings =
            toml::from_str(text).map_err(|fault| SettingsFault::Misfit { path: path(), says: fault.to_string() })?;
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
        assert!(fault(&GOOD.replace("model", "modle")).contains("did you mean `device.model`"));
        assert!(fault(&GOOD.replace("class", "clas")).contains("did you mean `store.key.class`"));
    }

    #[test]
    fn a_wrong_role_wire_or_pause_says_so() {
        assert!(fault(&GOOD.replace("blood_pressure", "bloodpressure")).contains("blood_pressure"));
        assert!(fault(&GOOD.replace("fhir-r4", "soap")).contains("fhir-r4"));
        assert!(fault(&GOOD.replace("wire = \"fhir-r4\"", "wire = \"fhir-r4\"\nevery = \"soon\"")).contains("15m"));
    }
}
