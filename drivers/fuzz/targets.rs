//! The targets: plain functions on bytes.

use std::path::Path;
use std::time::{Duration, Instant};
use std::{fs, str};

use hut_drivers::descriptor::Descriptor;
use hut_drivers::transcript::Transcript;
use hut_drivers::{Catalog, Order, Output};

/// A parser under attack.
pub struct Target {
    /// A model id, or the name of a text format.
    pub name: String,
    /// Feeds it; a panic is a finding.
    pub run: Run,
}

/// What a target does with its input.
type Run = Box<dyn Fn(&[u8]) + std::panic::RefUnwindSafe>;

/// Every model (each its own decoder or its own tables on the shared ones), and the two text formats people write.
pub fn all() -> Vec<Target> {
    let models = Catalog::built_in()
        .all()
        .iter()
        .map(|model| Target { name: model.model.clone(), run: Box::new(move |bytes| feed(model, bytes)) });
    let descriptors = Target {
        name: "descriptor".to_owned(),
        run: Box::new(|bytes| {
            let parsed = str::from_utf8(bytes).ok().and_then(|text| Descriptor::parse("fuzzed", text).ok());
            if let Some(model) = parsed {
                feed(&model, bytes);
            }
        }),
    };
    let transcripts = Target {
        name: "transcript".to_owned(),
        run: Box::new(|bytes| {
            let _ = str::from_utf8(bytes).map(Transcript::parse);
        }),
    };
    models.chain([descriptors, transcripts]).collect()
}

/// The first byte says how the rest is cut and what the device was told before.
fn feed(model: &Descriptor, bytes: &[u8]) {
    let Some((how, rest)) = bytes.split_first() else { return };
    let mut device = model.device();
    let (mut at, mut out) = (Instant::now(), Vec::new());
    let orders: Vec<Order> = model.orders.iter().filter_map(|skill| skill.order()).collect();
    if let (Some(conversation), true) = (device.conversation(), how & 1 == 1 && !orders.is_empty()) {
        conversation.start(at, orders[usize::from(how >> 4) % orders.len()], &mut out);
    }
    let size = [1, 2, 7, 64, 1024, rest.len().max(1)][usize::from(how >> 1) % 6];
    for (place, piece) in rest.chunks(size).enumerate() {
        device.decoder().handle_bytes(at, piece, &mut out);
        if place % 5 == 4 {
            at += Duration::from_millis(700);
            device.decoder().handle_timeout(at, &mut out);
        }
        if let Some(conversation) = device.conversation().filter(|_| place % 3 == 2) {
            conversation.kept(at, &mut out);
        }
    }
    // A device that is asked again and again never ends by itself.
    for _ in 0..64 {
        let Some(deadline) = device.decoder().deadline() else { break };
        device.decoder().handle_timeout(deadline, &mut out);
    }
    out.iter().for_each(|output| drop(output.to_json()));
    let told = out.iter().filter(|output| !matches!(output, Output::Send(_))).count();
    assert!(told <= 4 * bytes.len() + 1024, "{told} results of {} bytes", bytes.len());
}

/// Where mutations begin: vectors and transcripts of the model, or the files of the format.
pub fn corpus(target: &Target) -> Vec<Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let seeds: Vec<Vec<u8>> = match target.name.as_str() {
        "descriptor" => files(&root.join("devices")),
        "transcript" => files(&root.join("transcripts")),
        model => wires(root, model).into_iter().map(|wire| [vec![1], wire].concat()).collect(),
    };
    if seeds.is_empty() { vec![vec![0; 16]] } else { seeds }
}

/// What the transcripts of a model hold as bytes from the device, and its vectors.
fn wires(root: &Path, model: &str) -> Vec<Vec<u8>> {
    let transcripts = files(&root.join("transcripts").join(model));
    let texts = transcripts.iter().filter_map(|text| str::from_utf8(text).ok());
    let heard = texts.filter_map(|text| Transcript::parse(text).ok()).map(|transcript| transcript.heard());
    let vectors = fs::read_to_string(root.join(format!("tests/vectors/{model}.toml"))).unwrap_or_default();
    let hex = vectors.split("bytes = '''").skip(1).filter_map(|rest| rest.split("'''").next());
    let bytes = hex.map(|hex| hex.split_whitespace().filter_map(|pair| u8::from_str_radix(pair, 16).ok()).collect());
    heard.chain(bytes).collect()
}

fn files(folder: &Path) -> Vec<Vec<u8>> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let each = entries.map(|entry| entry.path());
    each.flat_map(|path| if path.is_dir() { files(&path) } else { fs::read(&path).into_iter().collect() }).collect()
}
