//! The binary as its users see it: exit status, standard output, standard error.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc;
use std::thread;

use hut_drivers::emulate::{Act, Emulator};
use serde_json::Value;
use serialport::{SerialPort, TTYPort};
use std::time::Duration;

fn run(arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_hut-devices"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that reads no input may have ended already.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

fn lines(output: &Output) -> Vec<Value> {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn decode_tells_each_frame_and_a_cut_off_one() {
    let hex = "53 54 2C 2B 30 30 30 37 31 2E 34 20 20 6B 67 0D 0A 53 54 2C";
    let output = run(&["decode", "scale-st-gs", "--hex"], hex);
    assert_eq!(output.status.code(), Some(0));
    let told = lines(&output);
    assert_eq!(told[0]["reading"]["values"]["weight"][0], "71.4");
    assert_eq!(told[0]["reading"]["context"]["stable"], true);
    assert_eq!(told[1]["fault"]["code"], "malformed");
}

#[test]
fn nothing_decoded_is_a_failure() {
    for input in ["", "neither a weight nor a line of a scale"] {
        let output = run(&["decode", "scale-st-gs"], input);
        assert_eq!(output.status.code(), Some(1), "{input}");
        assert!(String::from_utf8(output.stderr).unwrap().contains("no frame of scale-st-gs in them"));
    }
}

/// The other end is there and says nothing; why it failed is said once, in a sentence.
#[test]
fn a_silent_device_is_told_once_in_words() {
    for (command, model) in [("download", "glucose-onetouch-ultra2"), ("listen", "bp-nibp-stx")] {
        let (_silent, host) = TTYPort::pair().unwrap();
        let mut arguments = vec![command, model, "--port"];
        let port = host.name().unwrap();
        arguments.push(&port);
        arguments.extend((command == "listen").then_some("--once"));
        let output = run(&arguments, "");
        assert_eq!(output.status.code(), Some(1), "{model}");
        assert_eq!(lines(&output)[0]["fault"]["code"], "no_answer");
        let told = String::from_utf8(output.stderr).unwrap();
        let told: Vec<&str> = told.lines().filter(|line| *line != "listening").collect();
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(["check", "switch"].iter().any(|word| told[0].contains(word)), "{told:?}");
    }
}

#[test]
fn wrong_use_ends_with_2_and_failure_with_1() {
    assert_eq!(run(&["decode", "no-such-model"], "").status.code(), Some(2));
    assert_eq!(run(&["decode", "scale-st-gs", "--hex"], "xyz").status.code(), Some(2));
    assert_eq!(run(&["fly"], "").status.code(), Some(2));
    let folder = run(&["models", "--devices", "no-such-folder"], "");
    assert_eq!(folder.status.code(), Some(2));
    assert!(String::from_utf8(folder.stderr).unwrap().starts_with("--devices: cannot read the folder"));
    let missing = run(&["listen", "scale-st-gs", "--port", "/dev/no-such-port"], "");
    assert_eq!(missing.status.code(), Some(1));
    assert!(String::from_utf8(missing.stderr).unwrap().contains("plug the device in"));
}

#[test]
fn models_and_list_are_json() {
    let models = &lines(&run(&["models", "--json"], ""))[0];
    let ids: Vec<&str> = models.as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap()).collect();
    assert!(ids.contains(&"idcard-sdt-sam"));
    assert_eq!(run(&["list"], "").status.code(), Some(0));
}

/// An emulated device and its path.
fn emulated(model: &str, arguments: &[&str]) -> (Child, String) {
    let mut device = Command::new(env!("CARGO_BIN_EXE_hut-devices"))
        .args(["emulate", model])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut path = String::new();
    BufReader::new(device.stdout.take().unwrap()).read_line(&mut path).unwrap();
    (device, path.trim().to_owned())
}

/// What `listen --once` hears of an emulated device.
fn listened(model: &str, emulate: &[&str]) -> Output {
    let (mut device, path) = emulated(model, emulate);
    let output = run(&["listen", model, "--port", &path, "--once"], "");
    device.kill().unwrap();
    device.wait().unwrap();
    output
}

#[test]
fn listen_tells_one_reading_and_ends() {
    let (mut device, path) = emulated("bp-omron-hbp9030", &[]);
    writeln!(device.stdin.as_mut().unwrap(), "145 91 76").unwrap();
    let output = run(&["listen", "bp-omron-hbp9030", "--port", &path, "--once"], "");
    device.kill().unwrap();
    device.wait().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(lines(&output)[0]["reading"]["values"]["systolic"][0], "145");
}

#[test]
fn a_slip_in_a_script_is_told_before_it_begins() {
    let file = std::env::temp_dir().join(format!("hut-script-{}.txt", std::process::id()));
    let path = file.to_str().unwrap();
    for (slip, says) in [
        ("145 91 76", "line 3: it begins with no pause"),
        ("5h 145 91 76", "line 3: it begins with no pause"),
        ("1s fly", "line 3: this device cannot `fly`"),
        ("1s behave well", "line 3: no such behaviour"),
    ] {
        std::fs::write(&file, format!("# one\n1min 145 91 76\n{slip}\n")).unwrap();
        let output = run(&["emulate", "bp-omron-hbp9030", "--script", path], "");
        assert_eq!(output.status.code(), Some(2), "{slip}");
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(told.contains(says), "{told}");
        assert!(output.stdout.is_empty(), "nothing was plugged in");
    }
    std::fs::write(&file, "0s\n10ms behave slow 5\n0min 145 91 76\n").unwrap();
    assert_eq!(lines(&listened("bp-omron-hbp9030", &["--script", path]))[0]["reading"]["values"]["systolic"][0], "128");
    std::fs::remove_file(&file).unwrap();
}

#[test]
fn an_asked_thermometer_measures_as_often_as_counted() {
    let (mut device, path) = emulated("temp-suretemp-plus", &["--count", "2"]);
    let mut listen = Command::new(env!("CARGO_BIN_EXE_hut-devices"))
        .args(["listen", "temp-suretemp-plus", "--port", &path])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let (sender, told) = mpsc::channel();
    let lines = BufReader::new(listen.stdout.take().unwrap()).lines();
    let mut readings = lines.map_while(Result::ok).filter(|line| line.contains("reading"));
    thread::spawn(move || readings.try_for_each(|line| sender.send(line)));
    let patience = Duration::from_secs(10);
    let told = [told.recv_timeout(patience), told.recv_timeout(patience)];
    for process in [&mut listen, &mut device] {
        process.kill().unwrap();
        process.wait().unwrap();
    }
    assert!(told.iter().all(Result::is_ok), "{told:?}");
}

#[test]
fn download_and_its_recording_replay() {
    let meter = Emulator::open("glucose-onetouch-ultra2").unwrap();
    meter.act(Act::Records(3));
    let path = meter.path().to_str().unwrap();
    let output = run(&["download", "glucose-onetouch-ultra2", "--port", path], "");
    assert_eq!(output.status.code(), Some(0));
    let told = lines(&output);
    assert_eq!(told.iter().filter(|line| line.get("reading").is_some()).count(), 3);

    let file = std::env::temp_dir().join(format!("hut-recording-{}.txt", std::process::id()));
    let scale = Emulator::open("scale-st-gs").unwrap();
    scale.act(Act::StepOn(64.into()));
    let port = scale.path().to_str().unwrap();
    let record = file.to_str().unwrap();
    let arguments = ["listen", "scale-st-gs", "--port", port, "--once", "--record", record];
    assert_eq!(run(&arguments, "").status.code(), Some(0));
    let replay = run(&["replay", record], "");
    std::fs::remove_file(&file).unwrap();
    assert_eq!(replay.status.code(), Some(0), "{replay:?}");
    assert_eq!(lines(&replay)[0]["replay"]["same"], true);
}

#[test]
fn card_readers_and_scanners_are_not_recorded() {
    for model in ["idcard-sdt-sam", "scanner-serial"] {
        let reader = Emulator::open(model).unwrap();
        let port = reader.path().to_str().unwrap();
        let output = run(&["listen", model, "--port", port, "--record", "/tmp/never"], "");
        assert_eq!(output.status.code(), Some(2), "{model}");
    }
}

#[test]
fn a_printer_tells_its_paper_once() {
    let printer = Emulator::open("printer-escpos").unwrap();
    printer.tell("paper low").unwrap();
    let port = printer.path().to_str().unwrap();
    let output = run(&["listen", "printer-escpos", "--port", port, "--once"], "");
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(lines(&output)[0]["status"]["paper"], "low");
}

/// Whatever ends the program, the cuff is let down.
#[test]
fn a_signal_stops_a_pressure_board() {
    for signal in ["-INT", "-TERM", "-HUP"] {
        let (mut board, host) = TTYPort::pair().unwrap();
        board.set_timeout(Duration::from_secs(5)).unwrap();
        let mut listen = Command::new(env!("CARGO_BIN_EXE_hut-devices"))
            .args(["listen", "bp-nibp-stx", "--port", &host.name().unwrap()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut heard = Vec::new();
        let mut hear = |wanted: &[u8]| {
            let mut byte = [0];
            while !heard.ends_with(wanted) {
                board.read_exact(&mut byte).unwrap();
                heard.push(byte[0]);
            }
        };
        hear(b"\x0201;;D7\x03");
        let killed = Command::new("kill").args([signal, &listen.id().to_string()]).status().unwrap();
        assert!(killed.success());
        hear(b"X");
        assert_eq!(listen.wait().unwrap().code(), Some(0), "{signal}");
    }
}
