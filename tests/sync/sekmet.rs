//! The independent server `sekmet-fhir`, started from the virtual environment that `HUT_SEKMET_VENV` names.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use std::{env, fs, process, thread};

use health_hut::sync::wire::capability::{Strategies, Strategy};

use super::support::{Server, get};

/// A running server; it ends, and its database goes, when this is dropped.
pub struct Sekmet {
    child: Child,
    folder: PathBuf,
    port: u16,
}

impl Sekmet {
    /// Starts it on a free port with an empty database. `None`, with a line that says so, when there is no such venv.
    pub fn start() -> Option<Self> {
        let Some(venv) = env::var_os("HUT_SEKMET_VENV") else {
            eprintln!("SKIPPED: HUT_SEKMET_VENV is not set, sekmet-fhir is not tried (see tests/sekmet/README.md)");
            return None;
        };
        let port = TcpListener::bind("127.0.0.1:0").and_then(|it| it.local_addr()).expect("a free port").port();
        let folder = env::temp_dir().join(format!("hut-sekmet-{}-{port}", process::id()));
        fs::create_dir_all(&folder).expect("a writable temporary folder");
        let settings = folder.join("settings.yaml");
        fs::write(&settings, settings_for(&folder, port)).expect("a writable temporary folder");
        let child = Command::new(Path::new(&venv).join("bin/sekmet"))
            .args(["serve", "--config"])
            .arg(&settings)
            .current_dir(&folder)
            .env("SEKMET_CONFIG", &settings)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("bin/sekmet in HUT_SEKMET_VENV");
        let server = Self { child, folder, port };
        let up = (0..240).any(|_| {
            thread::sleep(Duration::from_millis(250));
            get(&format!("{}/metadata", server.url())).is_some()
        });
        assert!(up, "sekmet-fhir did not answer within a minute");
        Some(server)
    }
}

impl Server for Sekmet {
    fn url(&self) -> String {
        format!("http://127.0.0.1:{}/fhir", self.port)
    }

    /// It takes every type of R4, but lists only those with search parameters of their own (S3.3: servers misreport).
    fn strategies(&self) -> Option<Strategies> {
        Some(Strategies::all(Strategy::PutById))
    }

    /// The two types it does not list cannot be searched by identifier either, so they cannot be created on condition.
    fn choosing(&self) -> Strategies {
        let strategies = Strategies::all(Strategy::CreateOnce);
        strategies.with("RiskAssessment", Strategy::PutById).with("DetectedIssue", Strategy::PutById)
    }
}

impl Drop for Sekmet {
    fn drop(&mut self) {
        // Already gone is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn settings_for(folder: &Path, port: u16) -> String {
    format!(
        "host: 127.0.0.1\nport: {port}\nbase_url: http://127.0.0.1:{port}/fhir\ndb_path: {}\nsimulator: {{enabled: false}}\n",
        folder.join("sekmet.db").display()
    )
}
