//! The program itself, started on something that is wrong: it stops at once, says what to do, and changes nothing.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const CONFIG: &str = r#"
[station]
id = "changji-sangong"
[store]
path = "hut.db"
key = { class = "K1", file = "hut.key" }
"#;

/// A folder with a configuration; in a build with the cipher also with a store and its key.
struct Site(PathBuf);

impl Site {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("hut-start-{name}-{}", std::process::id()));
        _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        let site = Self(folder);
        site.write("hut.toml", CONFIG);
        if cfg!(feature = "encrypted") {
            site.write("pin", "481526");
            let pin = site.file("pin");
            let made = site.run(&["staff", "add"], &["--name", "李建国", "--role", "doctor", "--pin-file", &pin]);
            assert!(made.status.success(), "{made:?}");
        }
        site
    }

    fn file(&self, name: &str) -> String {
        self.0.join(name).display().to_string()
    }

    fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        std::fs::write(self.0.join(name), text).unwrap();
    }

    fn run(&self, command: &[&str], more: &[&str]) -> Output {
        let config = ["--config", &self.file("hut.toml")];
        let mut program = Command::new(env!("CARGO_BIN_EXE_health-hut"));
        // With a display the kiosk would stay, to tell residents that it is out of use.
        program.env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY");
        program.args(command).args(config).args(more).output().unwrap()
    }

    /// Every command stops with these words, and nothing in the folder changes.
    fn refuses(&self, says: &[&str]) {
        let before = contents(&self.0);
        let commands: &[&str] =
            if cfg!(feature = "kiosk") { &["kiosk", "check", "status"] } else { &["check", "status"] };
        for command in commands {
            let ended = self.run(&[command], &[]);
            let told = [ended.stdout, ended.stderr].concat();
            let told = String::from_utf8_lossy(&told);
            assert_eq!(ended.status.code(), Some(1), "{command}: {told}");
            for says in says {
                assert!(told.contains(says), "{command}: `{says}` is not in\n{told}");
            }
        }
        assert_eq!(contents(&self.0), before);
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Every file but the lock, which comes and goes.
fn contents(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let kept = files.filter(|path| path.extension().is_none_or(|end| end != "lock"));
    let mut found: Vec<_> =
        kept.map(|path| (path.display().to_string(), std::fs::read(&path).unwrap_or_default())).collect();
    found.sort();
    found
}

#[test]
fn on_an_unknown_key_of_the_configuration() {
    let site = Site::new("unknown-key");
    site.write("hut.toml", CONFIG.replace("path", "pfad"));
    site.refuses(&["hut.toml", "unknown key `store.pfad`", "did you mean `store.path`?"]);
}

#[test]
fn on_a_station_that_does_not_exist() {
    let site = Site::new("station");
    site.write("hut.toml", CONFIG.replace("changji-sangong", "changji-sangon"));
    site.refuses(&["no station is called `changji-sangon`", "changji-sangong", "[station] id"]);
}

/// `check` tells all that is wrong with the devices at once, and the kiosk starts with none of it.
#[test]
fn on_devices_that_cannot_be_served() {
    let site = Site::new("devices");
    let device = |role: &str, model: &str, port: &str| {
        format!("[[device]]\nrole = \"{role}\"\nmodel = \"{model}\"\nport = \"{port}\"\n")
    };
    let devices = [
        device("blood_pressure", "bp-omron-hbp9039", "/dev/hut-none-1"),
        device("glucose", "scale-st-gs", "/dev/hut-none-2"),
        device("weight", "scale-st-gs", "/dev/hut-none-3"),
        device("height_weight", "scale-gtech-gl150", "/dev/hut-none-3"),
        device("weight", "scale-st-gs", "/dev/hut-none-4"),
    ];
    site.write("hut.toml", format!("{CONFIG}{}", devices.concat()));
    let ended = site.run(&["check"], &[]);
    let told = String::from_utf8_lossy(&ended.stdout);
    assert_eq!(ended.status.code(), Some(1), "{told}");
    for says in [
        "DO   no model is called `bp-omron-hbp9039`",
        "DO   `scale-st-gs` is a device of kind `weight` and cannot play the role `glucose`",
        "DO   `weight` and `height_weight` have the same port",
        "DO   two devices have the role `weight`",
        "is not there: plug the device in",
    ] {
        assert!(told.contains(says), "`{says}` is not in\n{told}");
    }
}

#[test]
fn on_a_store_whose_disk_is_not_mounted() {
    let site = Site::new("unmounted");
    site.write("hut.toml", CONFIG.replace("hut.db", "disk/hut.db"));
    let ended = site.run(&["check"], &[]);
    let told = String::from_utf8_lossy(&ended.stdout);
    assert!(told.contains("DO   the store's folder") && told.contains("mount its disk"), "{told}");
    assert!(!site.0.join("disk").exists(), "a folder that may be a mount point is never made");
}

#[test]
fn with_wrong_use() {
    let site = Site::new("wrong-use");
    for arguments in [
        &["staff", "add", "--name", "李建国", "--role", "boss"][..],
        &["rules", "check", "/hut-none"],
        &["rules", "explain", "no.such.row"],
        &["screens", "--out", "/hut-none", "--text-scale", "3"],
        &["no-such-command"],
    ] {
        let mut program = Command::new(env!("CARGO_BIN_EXE_health-hut"));
        let ended = program.args(arguments).current_dir(&site.0).output().unwrap();
        assert_eq!(ended.status.code(), Some(2), "{arguments:?}: {ended:?}");
    }
}

#[test]
fn on_a_configuration_that_is_not_there() {
    let site = Site::new("no-file");
    std::fs::remove_file(site.file("hut.toml")).unwrap();
    site.refuses(&["cannot read the configuration", "hut.toml", "is the path right"]);
}

#[cfg(feature = "encrypted")]
mod with_the_cipher {
    use super::Site;

    #[test]
    fn on_a_wrong_key() {
        let site = Site::new("wrong-key");
        site.write("hut.key", [7; 32]);
        site.refuses(&["the key does not fit the database", "use the key file that was made with it"]);
    }

    #[test]
    fn on_a_missing_key() {
        let site = Site::new("no-key");
        std::fs::remove_file(site.file("hut.key")).unwrap();
        site.refuses(&["the key file", "is missing", "put the key file back from its safe copy"]);
    }

    #[test]
    fn on_half_a_key() {
        let site = Site::new("half-key");
        site.write("hut.key", [7; 16]);
        site.refuses(&["is damaged (it must hold 32 bytes)", "put it back from its safe copy"]);
    }

    #[test]
    fn on_a_plain_database() {
        let site = Site::new("plain");
        site.write("hut.db", [b"SQLite format 3\0".as_slice(), &[0; 4080]].concat());
        site.refuses(&["is not encrypted and is refused", "move it away"]);
    }

    #[test]
    fn on_half_a_database() {
        let site = Site::new("half-database");
        let whole = std::fs::read(site.file("hut.db")).unwrap();
        site.write("hut.db", &whole[..10]);
        site.refuses(&["the database is damaged", "restore the newest backup"]);
    }
}
