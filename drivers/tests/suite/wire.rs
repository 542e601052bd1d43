//! A conversation and an emulated device, coupled by a line of a certain speed, in a time that only jumps.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use chrono::NaiveDateTime;
use hut_drivers::custom::Device;
use hut_drivers::descriptor::Parity;
use hut_drivers::emulate::{Act, Behaviour, Emulate, Say, Wall};
use hut_drivers::reading::Status;
use hut_drivers::transcript::brief;
use hut_drivers::{Catalog, Order, Output, Reading};

/// A decoder, the other side of its conversation, and the line between them.
pub struct Wired {
    device: Device,
    pub meter: Box<dyn Emulate>,
    start: Instant,
    pub now: Instant,
    /// How the device misbehaves, and after so many good frames.
    pub behaviour: Behaviour,
    pub from: usize,
    /// It misbehaves so many times.
    pub times: usize,
    to_host: Way,
    to_meter: Way,
    gone: bool,
    /// What the decoder told, and when.
    pub told: Vec<(Duration, Output)>,
    /// What it sent.
    pub sent: Vec<Vec<u8>>,
}

/// One direction of a line.
struct Way {
    /// For one byte.
    byte: Duration,
    free: Instant,
    pieces: VecDeque<(Instant, Vec<u8>)>,
    bytes: usize,
}

impl Way {
    fn put(&mut self, at: Instant, bytes: Vec<u8>) {
        self.bytes += bytes.len();
        for piece in bytes.chunks(16) {
            self.free = self.free.max(at) + self.byte * u32::try_from(piece.len()).unwrap();
            self.pieces.push_back((self.free, piece.to_vec()));
        }
    }
}

impl Wired {
    pub fn of(model: &str) -> Wired {
        let descriptor = Catalog::built_in().find(model).unwrap();
        let start = Instant::now();
        let line = descriptor.port;
        let bits = 1 + u32::from(line.data) + u32::from(line.parity != Parity::None) + u32::from(line.stop);
        let way =
            || Way { byte: Duration::from_secs(1) * bits / line.baud, free: start, pieces: VecDeque::new(), bytes: 0 };
        Wired {
            device: descriptor.device(),
            meter: descriptor.emulated(Wall::new(start, clock())).unwrap(),
            start,
            now: start,
            behaviour: Behaviour::Good,
            from: 0,
            times: usize::MAX,
            to_host: way(),
            to_meter: way(),
            gone: false,
            told: Vec::new(),
            sent: Vec::new(),
        }
    }

    pub fn act(&mut self, act: Act) -> bool {
        let mut say = Vec::new();
        let known = self.meter.act(self.now, act, &mut say);
        self.hear(say);
        known
    }

    /// Carries out an order until the decoder waits for nothing more; at most ten minutes.
    pub fn order(&mut self, order: Order) -> &mut Wired {
        self.told.clear();
        self.start = self.now;
        let mut out = Vec::new();
        self.device.conversation().unwrap().start(self.now, order, &mut out);
        self.take(out);
        while self.device.decoder().deadline().is_some() && self.now < self.start + Duration::from_secs(600) {
            self.step();
        }
        self
    }

    /// The next thing that happens.
    fn step(&mut self) {
        let due = |way: &Way| way.pieces.front().map(|piece| piece.0);
        let (host, meter) = (due(&self.to_host), due(&self.to_meter));
        let (decoder, device) = (self.device.decoder().deadline(), self.meter.deadline());
        let next = [host, meter, decoder, device].into_iter().flatten().min().unwrap();
        self.now = self.now.max(next);
        let (mut say, mut out) = (Vec::new(), Vec::new());
        if host == Some(next) {
            let (_, bytes) = self.to_host.pieces.pop_front().unwrap();
            self.device.decoder().handle_bytes(self.now, &bytes, &mut out);
        } else if meter == Some(next) {
            let (_, bytes) = self.to_meter.pieces.pop_front().unwrap();
            if !self.gone {
                self.meter.handle_bytes(self.now, &bytes, &mut say);
            }
        } else if decoder == Some(next) {
            self.device.decoder().handle_timeout(self.now, &mut out);
        } else {
            self.meter.handle_timeout(self.now, &mut say);
        }
        self.hear(say);
        self.take(out);
    }

    fn hear(&mut self, say: Vec<Say>) {
        let mut at = self.now;
        for Say { after, mut bytes } in say {
            at += after;
            if self.gone {
                continue;
            }
            let wrong = self.from == 0 && self.times > 0;
            self.from = self.from.saturating_sub(1);
            if wrong && self.behaviour != Behaviour::Good {
                self.times -= 1;
                match self.behaviour {
                    Behaviour::Silent => continue,
                    Behaviour::BadChecksum => self.meter.spoil(&mut bytes),
                    Behaviour::Garbage => bytes = [b"\x00\xFE~noise~\x07\r\n", &bytes[..], b"\x00\xFF"].concat(),
                    _ => {
                        bytes.truncate(bytes.len() / 2);
                        self.gone = self.behaviour == Behaviour::HangUp;
                    }
                }
            }
            self.to_host.put(at, bytes);
        }
    }

    fn take(&mut self, out: Vec<Output>) {
        for output in out {
            match output {
                Output::Send(bytes) => {
                    self.sent.push(bytes.clone());
                    self.to_meter.put(self.now, bytes);
                }
                output => self.told.push((self.now - self.start, output)),
            }
        }
    }

    pub fn readings(&self) -> Vec<&Reading> {
        let reading = |told: &'_ (Duration, Output)| matches!(told.1, Output::Reading(_));
        let told = self.told.iter().filter(|told| reading(told));
        told.filter_map(|(_, output)| if let Output::Reading(reading) = output { Some(reading) } else { None })
            .collect()
    }

    /// Everything but progress, as transcripts write it.
    pub fn results(&self) -> Vec<String> {
        let told = self.told.iter().map(|(_, output)| output);
        told.filter(|output| !matches!(output, Output::Status(Status::Progress { .. }))).map(brief).collect()
    }

    /// How long the order took.
    pub fn took(&self) -> Duration {
        self.told.last().map_or(Duration::ZERO, |told| told.0)
    }

    /// Bytes on the line: to the meter, to the host.
    pub fn bytes(&self) -> (usize, usize) {
        (self.to_meter.bytes, self.to_host.bytes)
    }
}

/// What every coupled device's clock shows at first.
pub fn clock() -> NaiveDateTime {
    "2026-11-22T08:30:00".parse().unwrap()
}
