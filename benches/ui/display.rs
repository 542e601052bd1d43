//! A virtual display: looks at its pixels, and touches it.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use x11rb::connection::Connection;
use x11rb::protocol::xproto::{
    BUTTON_PRESS_EVENT, BUTTON_RELEASE_EVENT, ConnectionExt as _, ImageFormat, MOTION_NOTIFY_EVENT,
};
use x11rb::protocol::xtest::ConnectionExt as _;
use x11rb::rust_connection::RustConnection;

/// A place on the display, in pixels.
#[derive(Clone, Copy, Debug)]
pub struct Spot {
    pub x: i16,
    pub y: i16,
    pub width: u16,
    pub height: u16,
}

/// A display without glass, on the second core where there is one.
pub struct Display {
    pub name: String,
    server: Child,
    connection: RustConnection,
    root: u32,
}

impl Display {
    pub fn open((width, height): (u32, u32)) -> Self {
        let screen = format!("{width}x{height}x24");
        let (program, first): (&str, &[&str]) =
            if std::thread::available_parallelism().is_ok_and(|cores| cores.get() > 1) {
                ("taskset", &["-c", "1", "Xvfb"])
            } else {
                ("Xvfb", &[])
            };
        let mut server = Command::new(program)
            .args(first)
            .args(["-displayfd", "1", "-screen", "0", &screen, "-nolisten", "tcp"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("Xvfb starts: `./dev bench ui` installs it");
        let mut number = String::new();
        BufReader::new(server.stdout.take().expect("asked for")).read_line(&mut number).expect("Xvfb tells its number");
        let name = format!(":{}", number.trim());
        let (connection, screen) = x11rb::connect(Some(&name)).expect("the display answers");
        let root = connection.setup().roots[screen].root;
        Self { name, server, connection, root }
    }

    /// The bytes of a place.
    pub fn look(&self, spot: Spot) -> Vec<u8> {
        let Spot { x, y, width, height } = spot;
        let asked = self.connection.get_image(ImageFormat::Z_PIXMAP, self.root, x, y, width, height, !0);
        asked.expect("the display hears").reply().expect("the display answers").data
    }

    /// Presses, or lifts the finger.
    pub fn finger(&self, down: bool, x: i16, y: i16) {
        let kind = if down { BUTTON_PRESS_EVENT } else { BUTTON_RELEASE_EVENT };
        let send = |kind, detail| self.connection.xtest_fake_input(kind, detail, 0, self.root, x, y, 0);
        send(MOTION_NOTIFY_EVENT, 0).expect("the display hears");
        send(kind, 1).expect("the display hears");
        self.connection.flush().expect("the display hears");
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        // It has served; how it ends is nobody's concern.
        _ = self.server.kill();
        _ = self.server.wait();
    }
}
