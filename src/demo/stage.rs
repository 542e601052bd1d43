//! Everything on one machine with no hardware: emulated devices on pseudo-terminals, a fresh store, a local platform.

use std::io;
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use hut_drivers::emulate::{Act, EmulateFault, Emulator};
use hut_drivers::reading::{Identity, Sex};
use rust_decimal::Decimal;

use super::Platform;
use crate::model::device::Role;
use crate::model::{Mint, Moment};
use crate::shell::settings::{
    DeviceSettings, KeySettings, PlatformSettings, PrinterSettings, PrivacySettings, ScreenSettings, Settings,
    StationSettings, StoreSettings,
};
use crate::shell::site;
use crate::store::{KeySource, Opening, StaffFault, Store};

/// The devices of the demo's station.
const DEVICES: [(Role, &str); 8] = [
    (Role::IdCard, "idcard-sdt-sam"),
    (Role::Scanner, "scanner-serial"),
    (Role::BloodPressure, "bp-omron-hbp9030"),
    (Role::HeightWeight, "scale-gtech-gl150"),
    (Role::Glucose, "glucose-onetouch-ultra2"),
    (Role::Spo2, "spo2-contec-cms50"),
    (Role::Temperature, "temp-suretemp-plus"),
    (Role::Printer, "printer-escpos"),
];

/// Name and PIN of the invented doctor who may sign in.
pub const DOCTOR: (&str, &str) = ("李建国", "481526");

/// Gives the invented doctor an account.
pub fn hire(store: &Store, now: Moment) -> Result<(), StaffFault> {
    site::add_staff(store, DOCTOR.0, "doctor", DOCTOR.1, &mut Mint::new([77; 32]), now).map(|_| ())
}

/// The emulated devices and the platform; dropping it ends them.
pub struct Stage {
    devices: Vec<(Role, Emulator)>,
    /// The county platform.
    pub platform: Platform,
    folder: PathBuf,
}

/// Why the stage cannot be set.
#[derive(Debug, thiserror::Error)]
pub enum StageFault {
    /// A device.
    #[error("a device cannot be emulated here")]
    Device(#[from] EmulateFault),
    /// Folder or platform.
    #[error("the demo cannot write or listen here")]
    Io(#[from] io::Error),
}

impl Stage {
    /// Sets everything up in `folder`.
    pub fn set(folder: &Path) -> Result<Self, StageFault> {
        std::fs::create_dir_all(folder)?;
        let mut devices = Vec::new();
        for (role, model) in DEVICES {
            devices.push((role, Emulator::open(model)?));
        }
        Ok(Self { devices, platform: Platform::start()?, folder: folder.to_owned() })
    }

    /// The configuration of a client at this station.
    pub fn settings(&self) -> Settings {
        let device = self.devices.iter().zip(DEVICES).map(|((role, emulator), (_, model))| DeviceSettings {
            role: *role,
            model: model.to_owned(),
            port: emulator.path().display().to_string(),
            line: None,
            confirmed: false,
            arm_in: false,
            cuff_cm: None,
        });
        Settings {
            descriptors: None,
            county_rules: None,
            station: StationSettings {
                id: crate::seeds::DEMO_STATION.to_owned(),
                machine: None,
                phone: Some("0994-000 0000".to_owned()),
                doctor: Some("李医生".to_owned()),
                referral_to: Some(vec!["县人民医院 急诊科".to_owned(), "县中医医院".to_owned()]),
                kits: None,
                unattended: false,
                closes: None,
            },
            store: StoreSettings {
                path: self.folder.join("hut.db"),
                key: KeySettings { class: "K1".to_owned(), file: Some(self.folder.join("hut.key")) },
            },
            platform: Some(PlatformSettings {
                url: self.platform.url(),
                wire: "fhir-r4".to_owned(),
                every: "15m".to_owned(),
                ca: None,
            }),
            device: device.collect(),
            screen: ScreenSettings::default(),
            printer: PrinterSettings::default(),
            privacy: PrivacySettings::default(),
            voice: Default::default(),
        }
    }

    /// How to open the stage's store; a build without the cipher holds the invented data in plain.
    pub fn opening(&self) -> Opening {
        let key = KeySource::K1 { file: self.folder.join("hut.key") };
        Opening { allow_plain: !cfg!(feature = "encrypted"), ..Opening::new(self.folder.join("hut.db"), key) }
    }

    /// The emulated device of a role, to pull its plug or make it misbehave.
    pub fn device(&self, role: Role) -> Option<&Emulator> {
        self.devices.iter().find(|(known, _)| *known == role).map(|(_, device)| device)
    }

    /// Lets something happen to a device.
    pub fn act(&self, role: Role, act: Act) {
        if let Some(device) = self.device(role) {
            device.act(act);
        }
    }

    /// Measures on the monitor.
    pub fn pressure(&self, systolic: u16, diastolic: u16, pulse: u16) {
        self.act(Role::BloodPressure, Act::Pressure { systolic, diastolic, pulse, movement: false });
    }

    /// Lays a card down, or another one.
    pub fn card(&self, person: &Invented) {
        self.act(Role::IdCard, Act::LiftCard);
        self.act(Role::IdCard, Act::LayCard(Box::new(person.identity())));
    }

    /// A finger in the clip, and a temperature.
    pub fn others(&self) {
        self.act(Role::Spo2, Act::Oxygen { spo2: 97, pulse: 75 });
        self.act(Role::Temperature, Act::Temperature(Decimal::new(366, 1)));
    }

    /// Takes the card away.
    pub fn lift(&self) {
        self.act(Role::IdCard, Act::LiftCard);
    }
}

/// Somebody who does not exist: the region of the number is nobody's.
pub struct Invented {
    /// Full name.
    pub name: &'static str,
    /// Sex.
    pub sex: Sex,
    /// Year, month, day.
    pub born: (i32, u32, u32),
}

/// A woman of 55 with a raised pressure and a wide waist.
pub const FANG: Invented = Invented { name: "赵玉芳", sex: Sex::Female, born: (1971, 8, 12) };
/// A man of 67 with a critical pressure.
pub const SHAN: Invented = Invented { name: "马占山", sex: Sex::Male, born: (1959, 3, 17) };
/// A man of 42 whose numbers are in order.
pub const GANG: Invented = Invented { name: "周志刚", sex: Sex::Male, born: (1984, 5, 20) };
/// A woman of 36 with a long name.
pub const GULINA: Invented = Invented { name: "古丽娜·艾山", sex: Sex::Female, born: (1990, 9, 1) };

impl Invented {
    /// The citizen number on the card.
    pub fn number(&self) -> String {
        hut_drivers::emulate::sam::made_up_number(self.birth(), self.sex, 1)
    }

    fn birth(&self) -> NaiveDate {
        let (year, month, day) = self.born;
        NaiveDate::from_ymd_opt(year, month, day).expect("an invented person has a birthday")
    }

    fn identity(&self) -> Identity {
        let (name, sex, birth, id) = (self.name.to_owned(), self.sex, self.birth(), self.number());
        let text = Identity { name, sex, birth, id, ..hut_drivers::emulate::sam::example() };
        Identity { address: None, ..text }
    }
}
