//! Bytes to a reading: no port, no device.

use std::time::Instant;

use hut_drivers::Catalog;

fn main() {
    let mut scale = Catalog::built_in().find("scale-st-gs").expect("a known model").device();
    let mut out = Vec::new();
    scale.decoder().handle_bytes(Instant::now(), b"ST,GS,+   64.4  kg\r\n", &mut out);
    for line in out.iter().filter_map(|output| output.to_json()) {
        println!("{line}");
    }
}
