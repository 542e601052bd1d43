//! A decoder and the emulated device it speaks to, in virtual time: twenty seconds of cuff take no time at all.

use std::collections::VecDeque;
use std::ops::Range;
use std::time::{Duration, Instant};

use chrono::NaiveDateTime;
use hut_drivers::custom::Device;
use hut_drivers::descriptor::Parity;
use hut_drivers::emulate::{Act, Behaviour, Emulate, Say, Wall};
use hut_drivers::settle::Settle;
use hut_drivers::transcript::brief;
use hut_drivers::{Catalog, Converse, Order, Output, Reading};

pub struct Visit {
    start: Instant,
    pub now: Instant,
    device: Device,
    settle: Box<dyn Settle + Send>,
    pub other: Box<dyn Emulate>,
    to_host: Way,
    to_device: Way,
    /// What the decoder sent, and when.
    pub sent: Vec<(u64, Vec<u8>)>,
    /// What was told after settling, and when.
    pub told: Vec<(u64, Output)>,
    /// The device hears and says nothing.
    pub dead: bool,
    /// Which of the device's pieces are damaged, counted from one.
    pub spoil: Vec<usize>,
    /// Which of its pieces get lost.
    pub lose: Vec<usize>,
    /// How it misbehaves, and with which of its pieces, counted from zero.
    pub trouble: (Behaviour, Range<usize>),
    /// How many pieces it has said.
    pub pieces: usize,
    gone: bool,
}

/// One direction of a line.
struct Way {
    /// For one byte; zero for a line that takes no time.
    byte: Duration,
    free: Instant,
    on_it: VecDeque<(Instant, Vec<u8>)>,
    bytes: usize,
}

impl Way {
    fn new(start: Instant) -> Way {
        Way { byte: Duration::ZERO, free: start, on_it: VecDeque::new(), bytes: 0 }
    }

    fn put(&mut self, at: Instant, bytes: &[u8]) {
        self.bytes += bytes.len();
        self.free = self.free.max(at);
        for piece in bytes.chunks(if self.byte.is_zero() { usize::MAX } else { 16 }) {
            self.free += self.byte * u32::try_from(piece.len()).unwrap();
            self.on_it.push_back((self.free, piece.to_vec()));
        }
    }

    fn due(&self) -> Option<Instant> {
        self.on_it.front().map(|(due, _)| *due)
    }

    fn take(&mut self, now: Instant) -> Option<Vec<u8>> {
        self.on_it.pop_front_if(|(due, _)| *due <= now).map(|(_, bytes)| bytes)
    }
}

impl Visit {
    pub fn to(model: &str) -> Visit {
        let start = Instant::now();
        let model = Catalog::built_in().find(model).unwrap();
        let mut device = model.device();
        if let Some(conversation) = device.conversation() {
            conversation.tell_clock(start, clock());
        }
        let other = model.emulated(Wall::new(start, clock()));
        Visit {
            start,
            now: start,
            device,
            settle: model.settle(),
            other: other.unwrap_or_else(|| panic!("{} has no emulator", model.model)),
            to_host: Way::new(start),
            to_device: Way::new(start),
            sent: Vec::new(),
            told: Vec::new(),
            dead: false,
            spoil: Vec::new(),
            lose: Vec::new(),
            trouble: (Behaviour::Good, 0..0),
            pieces: 0,
            gone: false,
        }
    }

    /// The same on a line as fast as the model's own.
    pub fn on_a_line(model: &str) -> Visit {
        let mut visit = Visit::to(model);
        let line = Catalog::built_in().find(model).unwrap().port;
        let bits = 1 + u32::from(line.data) + u32::from(line.parity != Parity::None) + u32::from(line.stop);
        visit.to_host.byte = Duration::from_secs(1) * bits / line.baud;
        visit.to_device.byte = visit.to_host.byte;
        visit
    }

    pub fn act(&mut self, act: Act) {
        assert!(self.try_act(act), "this cannot happen to it");
    }

    /// Whether it can happen to the device; then it has.
    pub fn try_act(&mut self, act: Act) -> bool {
        let mut say = Vec::new();
        let can = self.other.act(self.now, act, &mut say);
        self.queue(say);
        can
    }

    pub fn host(&mut self) -> &mut dyn Converse {
        self.device.conversation().unwrap()
    }

    pub fn order(&mut self, order: Order) {
        let (now, mut out) = (self.now, Vec::new());
        self.host().start(now, order, &mut out);
        self.take(out);
    }

    /// Begins anew and carries out an order until the decoder waits for nothing more; at most ten minutes.
    pub fn carry_out(&mut self, order: Order) {
        self.told.clear();
        self.start = self.now;
        self.order(order);
        while self.device.decoder().deadline().is_some() && self.now < self.start + Duration::from_secs(600) {
            self.now = self.now.max(self.next().unwrap());
            self.turn();
        }
    }

    /// Lets so much time pass.
    pub fn pass(&mut self, ms: u64) {
        let end = self.now + Duration::from_millis(ms);
        for _ in 0..1_000_000 {
            let Some(next) = self.next().filter(|next| *next <= end) else {
                self.now = end;
                return;
            };
            self.now = self.now.max(next);
            self.turn();
        }
        panic!("time does not pass");
    }

    /// When the next thing happens.
    fn next(&mut self) -> Option<Instant> {
        let other = if self.dead { None } else { self.other.deadline() };
        let lines = [self.to_host.due(), self.to_device.due()];
        lines.into_iter().chain([self.device.decoder().deadline(), other]).flatten().min()
    }

    fn turn(&mut self) {
        let mut out = Vec::new();
        while let Some(bytes) = self.to_host.take(self.now) {
            self.device.decoder().handle_bytes(self.now, &bytes, &mut out);
        }
        if self.device.decoder().deadline().is_some_and(|deadline| deadline <= self.now) {
            self.device.decoder().handle_timeout(self.now, &mut out);
        }
        self.take(out);
        while let Some(bytes) = self.to_device.take(self.now) {
            self.reach(&bytes);
        }
        if !self.dead && self.other.deadline().is_some_and(|deadline| deadline <= self.now) {
            let mut say = Vec::new();
            self.other.handle_timeout(self.now, &mut say);
            self.queue(say);
        }
    }

    fn take(&mut self, outputs: Vec<Output>) {
        let at = u64::try_from((self.now - self.start).as_millis()).unwrap();
        for output in outputs {
            if let Output::Send(bytes) = output {
                self.to_device.put(self.now, &bytes);
                // On a line that takes no time it is there at once.
                while let Some(bytes) = self.to_device.take(self.now) {
                    self.reach(&bytes);
                }
                self.sent.push((at, bytes));
                continue;
            }
            let mut settled = Vec::new();
            let reading = matches!(output, Output::Reading(_));
            self.settle.take(output, &mut settled);
            self.told.extend(settled.into_iter().map(|output| (at, output)));
            if let Some(conversation) = self.device.conversation().filter(|_| reading) {
                // It is in somebody's store at once.
                let mut out = Vec::new();
                conversation.kept(self.now, &mut out);
                self.take(out);
            }
        }
    }

    /// Bytes reach the device.
    fn reach(&mut self, bytes: &[u8]) {
        if !self.dead && !self.gone {
            let mut say = Vec::new();
            self.other.handle_bytes(self.now, bytes, &mut say);
            self.queue(say);
        }
    }

    fn queue(&mut self, say: Vec<Say>) {
        for Say { after, mut bytes } in say {
            let (behaviour, wrong) = &self.trouble;
            let wrong = if wrong.contains(&self.pieces) { *behaviour } else { Behaviour::Good };
            self.pieces += 1;
            let lost = self.dead || self.gone || self.lose.contains(&self.pieces);
            match wrong {
                Behaviour::Silent => continue,
                Behaviour::Garbage => bytes = [b"\x00\xFE~noise~\x07\r\n", &bytes[..], b"\x00\xFF"].concat(),
                Behaviour::Half | Behaviour::HangUp => {
                    bytes.truncate(bytes.len() / 2);
                    self.gone = wrong == Behaviour::HangUp;
                }
                _ if wrong == Behaviour::BadChecksum || self.spoil.contains(&self.pieces) => {
                    self.other.spoil(&mut bytes);
                }
                _ => {}
            }
            if !lost {
                self.to_host.put(self.to_host.free.max(self.now) + after, &bytes);
            }
        }
    }

    /// Everything told since this was last asked, in words; progress left out.
    pub fn words(&mut self) -> Vec<String> {
        let words = self.words_so_far();
        self.told.clear();
        words
    }

    /// The same, and may be asked again.
    pub fn words_so_far(&self) -> Vec<String> {
        self.told.iter().map(|(_, output)| brief(output)).filter(|told| !told.starts_with("status {\"done\"")).collect()
    }

    /// The readings told so far.
    pub fn readings(&self) -> Vec<&Reading> {
        self.told
            .iter()
            .filter_map(|(_, output)| if let Output::Reading(reading) = output { Some(reading) } else { None })
            .collect()
    }

    /// Readings, faults, codes and identities told so far, in words.
    pub fn results(&self) -> Vec<String> {
        let told = self.told.iter().map(|(_, output)| output);
        told.filter(|output| !matches!(output, Output::Status(_) | Output::Feature(_))).map(brief).collect()
    }

    /// When the first output came whose words begin so.
    pub fn when(&self, words: &str) -> Option<u64> {
        self.told.iter().find(|(_, output)| brief(output).starts_with(words)).map(|(at, _)| *at)
    }

    /// How long it took until the last thing was told.
    pub fn took(&self) -> Duration {
        Duration::from_millis(self.told.last().map_or(0, |(at, _)| *at))
    }

    /// Bytes on the line so far, both ways.
    pub fn bytes(&self) -> usize {
        self.to_device.bytes + self.to_host.bytes
    }

    /// What was sent, without its times.
    pub fn commands(&self) -> Vec<Vec<u8>> {
        self.sent.iter().map(|(_, bytes)| bytes.clone()).collect()
    }
}

/// What every device's clock shows at first.
pub fn clock() -> NaiveDateTime {
    "2026-11-22T08:30:00".parse().unwrap()
}
