//! A decoder and the emulated device it speaks to, in virtual time: twenty seconds of cuff take no time at all.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use chrono::NaiveDate;
use hut_drivers::custom::Device;
use hut_drivers::emulate::{Act, Emulate, Say, Wall};
use hut_drivers::settle::Settle;
use hut_drivers::transcript::brief;
use hut_drivers::{Catalog, Converse, Order, Output};

pub struct Visit {
    start: Instant,
    now: Instant,
    device: Device,
    settle: Box<dyn Settle + Send>,
    pub other: Box<dyn Emulate>,
    /// Bytes on their way to the host.
    line: VecDeque<(Instant, Vec<u8>)>,
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
    pieces: usize,
}

impl Visit {
    pub fn to(model: &str) -> Visit {
        let start = Instant::now();
        let model = Catalog::built_in().find(model).unwrap();
        let moment = NaiveDate::from_ymd_opt(2026, 11, 22).unwrap().and_hms_opt(8, 30, 0).unwrap();
        let mut device = model.device();
        if let Some(conversation) = device.conversation() {
            conversation.tell_clock(start, moment);
        }
        let other = model.emulated(Wall::new(start, moment));
        Visit {
            start,
            now: start,
            device,
            settle: model.settle(),
            other: other.unwrap_or_else(|| panic!("{} has no emulator", model.model)),
            line: VecDeque::new(),
            sent: Vec::new(),
            told: Vec::new(),
            dead: false,
            spoil: Vec::new(),
            lose: Vec::new(),
            pieces: 0,
        }
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

    /// Lets so much time pass.
    pub fn pass(&mut self, ms: u64) {
        let end = self.now + Duration::from_millis(ms);
        for _ in 0..1_000_000 {
            let line = self.line.front().map(|(due, _)| *due);
            let other = if self.dead { None } else { self.other.deadline() };
            let next = [line, self.device.decoder().deadline(), other].into_iter().flatten().min();
            let Some(next) = next.filter(|next| *next <= end) else {
                self.now = end;
                return;
            };
            self.now = self.now.max(next);
            self.turn();
        }
        panic!("time does not pass");
    }

    fn turn(&mut self) {
        let mut out = Vec::new();
        while let Some((_, bytes)) = self.line.pop_front_if(|(due, _)| *due <= self.now) {
            self.device.decoder().handle_bytes(self.now, &bytes, &mut out);
        }
        if self.device.decoder().deadline().is_some_and(|deadline| deadline <= self.now) {
            self.device.decoder().handle_timeout(self.now, &mut out);
        }
        self.take(out);
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
                if !self.dead {
                    let mut say = Vec::new();
                    self.other.handle_bytes(self.now, &bytes, &mut say);
                    self.queue(say);
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

    fn queue(&mut self, say: Vec<Say>) {
        for Say { after, mut bytes } in say {
            self.pieces += 1;
            if self.spoil.contains(&self.pieces) {
                self.other.spoil(&mut bytes);
            }
            let due = self.line.back().map_or(self.now, |(last, _)| *last).max(self.now) + after;
            if !self.dead && !self.lose.contains(&self.pieces) {
                self.line.push_back((due, bytes));
            }
        }
    }

    /// Everything told since this was last asked, in words; progress left out.
    pub fn words(&mut self) -> Vec<String> {
        let told = std::mem::take(&mut self.told);
        told.iter().map(|(_, output)| brief(output)).filter(|told| !told.starts_with("status {\"done\"")).collect()
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

    /// What was sent, without its times.
    pub fn commands(&self) -> Vec<Vec<u8>> {
        self.sent.iter().map(|(_, bytes)| bytes.clone()).collect()
    }
}
