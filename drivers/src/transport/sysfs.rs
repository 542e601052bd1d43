//! USB devices without a serial port, as the kernel lists them. Opens nothing.

use std::fs;
use std::path::{Path, PathBuf};

/// A device node and its USB id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Below `/dev`.
    pub path: PathBuf,
    /// Vendor, product.
    pub usb: (u16, u16),
}

/// Lists the HID devices on USB, by their raw node.
pub fn hid() -> Vec<Node> {
    hid_below(Path::new("/sys/class/hidraw"))
}

/// Lists the USB devices, by the node of the whole device.
pub fn usb() -> Vec<Node> {
    usb_below(Path::new("/sys/bus/usb/devices"))
}

fn hid_below(root: &Path) -> Vec<Node> {
    let node = |entry: &Path| {
        let event = fs::read_to_string(entry.join("device/uevent")).ok()?;
        let id = event.lines().find_map(|line| line.strip_prefix("HID_ID="))?;
        Some(Node { path: Path::new("/dev").join(entry.file_name()?), usb: hid_id(id)? })
    };
    nodes(root, node)
}

fn usb_below(root: &Path) -> Vec<Node> {
    let node = |entry: &Path| {
        let field = |name| Some(fs::read_to_string(entry.join(name)).ok()?.trim().to_owned());
        let hex = |name| u16::from_str_radix(&field(name)?, 16).ok();
        let number = |name| field(name)?.parse::<u16>().ok();
        let path = format!("/dev/bus/usb/{:03}/{:03}", number("busnum")?, number("devnum")?);
        Some(Node { path: PathBuf::from(path), usb: (hex("idVendor")?, hex("idProduct")?) })
    };
    nodes(root, node)
}

fn nodes(root: &Path, node: impl Fn(&Path) -> Option<Node>) -> Vec<Node> {
    let entries = fs::read_dir(root).into_iter().flatten().flatten();
    let mut nodes: Vec<Node> = entries.filter_map(|entry| node(&entry.path())).collect();
    nodes.sort_by(|one, other| one.path.cmp(&other.path));
    nodes
}

/// Reads `0003:00000590:00000028`: bus 3 is USB.
fn hid_id(text: &str) -> Option<(u16, u16)> {
    let mut parts = text.split(':').map(|part| u32::from_str_radix(part, 16).ok());
    let (bus, vendor, product) = (parts.next()??, parts.next()??, parts.next()??);
    (bus == 3).then_some((u16::try_from(vendor).ok()?, u16::try_from(product).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_kernel_lists_is_read() {
        let root = std::env::temp_dir().join(format!("hut-sysfs-{}", std::process::id()));
        let file = |path: &str, text: &str| {
            let path = root.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        file("hid/hidraw3/device/uevent", "DRIVER=hid-generic\nHID_ID=0003:00000590:00000028\nHID_NAME=OMRON\n");
        file("hid/hidraw1/device/uevent", "HID_ID=0005:0000046D:0000B342\n");
        file("hid/hidraw2/device/uevent", "nothing");
        for (name, text) in [("idVendor", "1247\n"), ("idProduct", "00f8\n"), ("busnum", "2\n"), ("devnum", "17\n")] {
            file(&format!("usb/2-1/{name}"), text);
        }
        file("usb/2-1:1.0/bInterfaceClass", "ff\n");
        let hid = hid_below(&root.join("hid"));
        let usb = usb_below(&root.join("usb"));
        fs::remove_dir_all(&root).unwrap();
        assert_eq!(hid, [Node { path: "/dev/hidraw3".into(), usb: (0x0590, 0x0028) }]);
        assert_eq!(usb, [Node { path: "/dev/bus/usb/002/017".into(), usb: (0x1247, 0x00F8) }]);
        assert_eq!(hid_below(Path::new("/no/such/folder")), []);
    }
}
