//! The thread of a port: opens, reads, fulfils wishes, tells, and opens again.

use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError};
use std::time::{Duration, Instant};

use chrono::Local;

use super::PortEvent;
use super::watch::Watch;
use crate::custom::Device;
use crate::decoder::{Order, Output};
use crate::descriptor::Descriptor;
use crate::reading::FaultCode;
use crate::settle::Settle;
use crate::transcript::Heard;
use crate::transport::{Opener, Transport, Trouble};

pub(super) type Tell = Box<dyn FnMut(PortEvent) + Send>;
pub(super) type Tap = Box<dyn FnMut(Instant, Heard<'_>) + Send>;

/// The thread of a port.
pub(super) struct Worker {
    descriptor: Descriptor,
    opener: Opener,
    inbox: Receiver<Wish>,
    tell: Tell,
    tap: Tap,
    settle: Box<dyn Settle + Send>,
    job: Job,
    down: Option<Trouble>,
    /// Whether silence was told already.
    silent: bool,
    /// When the last byte came.
    heard: Instant,
    /// The decoder of the line before, if what it remembers is of use.
    device: Option<Device>,
    /// What a fresh decoder is to recall.
    memory: Option<String>,
}

/// What the holder of a port says to its thread.
pub(super) enum Wish {
    Order(Order),
    Kept,
    Send(Vec<u8>),
    Recall(String),
}

/// What the port was told to do.
enum Job {
    Idle,
    /// Done once, and over when the decoder waits for nothing more.
    Once(Order),
    /// Done until told otherwise.
    Standing(Order),
    Watch(Watch),
}

/// An open transport with the decoder that listens to it.
struct Session {
    transport: Box<dyn Transport>,
    device: Device,
}

/// The handle of the port was dropped.
struct Dropped;

impl Worker {
    /// Returns a worker that has not begun.
    pub fn new(descriptor: &Descriptor, opener: Opener, inbox: Receiver<Wish>, tell: Tell, tap: Tap) -> Worker {
        Worker {
            descriptor: descriptor.clone(),
            opener,
            inbox,
            tell,
            tap,
            settle: descriptor.settle(),
            job: Job::Idle,
            down: None,
            silent: false,
            heard: Instant::now(),
            device: None,
            memory: None,
        }
    }

    /// Works until the handle is dropped.
    pub fn run(mut self) {
        loop {
            match (self.opener)() {
                Ok(transport) => {
                    self.down = None;
                    let device = self.device.take().unwrap_or_else(|| self.fresh());
                    let mut session = Session { transport, device };
                    match self.serve(&mut session) {
                        Err(Dropped) => return,
                        Ok(why) => {
                            let useful = session.device.conversation().is_some_and(|talk| talk.hung_up());
                            self.device = Some(session.device).filter(|_| useful);
                            drop(session.transport);
                            self.drop_what_was_begun();
                            self.went_down(why);
                        }
                    }
                }
                Err(why) => self.went_down(why),
            }
            if self.wait_closed().is_err() {
                return;
            }
        }
    }

    fn went_down(&mut self, why: Trouble) {
        self.settle.clear();
        if self.down.as_ref() != Some(&why) {
            self.down = Some(why.clone());
            (self.tell)(PortEvent::Down { why });
        }
    }

    /// A download or a measurement that was broken off is not begun again unasked.
    fn drop_what_was_begun(&mut self) {
        if matches!(self.job, Job::Once(_)) {
            self.job = Job::Idle;
        }
    }

    /// A decoder that recalls what it knew before a restart.
    fn fresh(&self) -> Device {
        let mut device = self.descriptor.device();
        if let Some((conversation, text)) = device.conversation().zip(self.memory.as_deref()) {
            conversation.recall(text);
        }
        device
    }

    /// Waits without a handle: an open one would make the kernel choose another number at the replug.
    fn wait_closed(&mut self) -> Result<(), Dropped> {
        let until = Instant::now() + REOPEN_EVERY;
        loop {
            match self.inbox.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(Wish::Order(order)) => self.job = Job::of(order),
                // The connection that waited for it is gone.
                Ok(Wish::Kept | Wish::Send(_)) => {}
                Ok(Wish::Recall(text)) => {
                    self.device = None;
                    self.memory = Some(text);
                }
                Err(RecvTimeoutError::Timeout) => return Ok(()),
                Err(RecvTimeoutError::Disconnected) => return Err(Dropped),
            }
        }
    }

    /// Serves an open port until it goes away.
    fn serve(&mut self, session: &mut Session) -> Result<Trouble, Dropped> {
        (self.tell)(PortEvent::Up);
        (self.silent, self.heard) = (false, Instant::now());
        if let Err(why) = self.begin(session) {
            return Ok(why);
        }
        loop {
            match self.turn(session) {
                Ok(None) => {}
                Ok(Some(why)) => return Ok(why),
                Err(Dropped) => {
                    self.rest(session);
                    return Err(Dropped);
                }
            }
        }
    }

    /// Whatever happens to the program, a cuff does not stay inflated.
    fn rest(&mut self, session: &mut Session) {
        let mut out = Vec::new();
        if let Some(conversation) = session.device.conversation() {
            conversation.start(Instant::now(), Order::Rest, &mut out);
        }
        for output in out {
            if let Output::Send(bytes) = output {
                // The device may be gone; then there is nothing to stop.
                let _ = session.transport.write(&bytes);
            }
        }
    }

    /// One turn: all wishes, then bytes, then whatever is due. Bytes go first, so a late thread does not lose a frame.
    fn turn(&mut self, session: &mut Session) -> Result<Option<Trouble>, Dropped> {
        loop {
            match self.inbox.try_recv() {
                Ok(wish) => {
                    if let Err(why) = self.fulfil(session, wish) {
                        return Ok(Some(why));
                    }
                }
                Err(TryRecvError::Empty) => return Ok(self.listen(session).err()),
                Err(TryRecvError::Disconnected) => return Err(Dropped),
            }
        }
    }

    fn fulfil(&mut self, session: &mut Session, wish: Wish) -> Result<(), Trouble> {
        match wish {
            Wish::Order(order) => {
                self.job = Job::of(order);
                self.begin(session)
            }
            // Not for a recorder: a slip is a person's data.
            Wish::Send(bytes) => session.transport.write(&bytes),
            Wish::Recall(text) => {
                if let Some(conversation) = session.device.conversation() {
                    conversation.recall(&text);
                }
                self.memory = Some(text);
                Ok(())
            }
            Wish::Kept => {
                let (now, mut out) = (Instant::now(), Vec::new());
                (self.tap)(now, Heard::Kept);
                if let Some(conversation) = session.device.conversation() {
                    conversation.kept(now, &mut out);
                }
                self.pass_on(session, now, out)
            }
        }
    }

    fn listen(&mut self, session: &mut Session) -> Result<(), Trouble> {
        let mut bytes = [0; 1024];
        let patience = self.patience(session, Instant::now());
        let count = session.transport.read(&mut bytes, patience)?;
        let now = Instant::now();
        let mut out = Vec::new();
        if count > 0 {
            self.heard = now;
            (self.tap)(now, Heard::In(&bytes[..count]));
            session.device.decoder().handle_bytes(now, &bytes[..count], &mut out);
        } else {
            self.note_silence(now);
        }
        self.pass_on(session, now, out)?;
        if session.device.decoder().deadline().is_some_and(|deadline| deadline <= now) {
            (self.tap)(now, Heard::Waited);
            let mut out = Vec::new();
            session.device.decoder().handle_timeout(now, &mut out);
            self.pass_on(session, now, out)?;
        }
        if let Some(text) = session.device.conversation().and_then(|conversation| conversation.remembered()) {
            self.memory = Some(text.clone());
            (self.tell)(PortEvent::Remember(text));
        }
        self.look_again(session, now)
    }

    fn patience(&self, session: &mut Session, now: Instant) -> Duration {
        let again = match &self.job {
            Job::Watch(watch) => watch.again,
            _ => None,
        };
        let due = [session.device.decoder().deadline(), again].into_iter().flatten().min();
        let patience = due.map_or(LISTEN, |due| due.saturating_duration_since(now).min(LISTEN));
        patience.max(SHORTEST)
    }

    /// Begins what was ordered on a fresh connection, or newly.
    fn begin(&mut self, session: &mut Session) -> Result<(), Trouble> {
        let order = match &mut self.job {
            Job::Idle => Order::Rest,
            Job::Once(order) | Job::Standing(order) => *order,
            Job::Watch(watch) => {
                watch.gathered.clear();
                watch.again = None;
                Order::WatchForNew
            }
        };
        let mut out = Vec::new();
        let now = Instant::now();
        if let Some(conversation) = session.device.conversation() {
            let moment = Local::now().naive_local();
            (self.tap)(now, Heard::Clock(moment));
            conversation.tell_clock(now, moment);
            (self.tap)(now, Heard::Order(order));
            conversation.start(now, order, &mut out);
        }
        self.pass_on(session, now, out)
    }

    fn pass_on(&mut self, session: &mut Session, now: Instant, outputs: Vec<Output>) -> Result<(), Trouble> {
        let mut settled = Vec::new();
        for output in outputs {
            (self.tap)(now, Heard::Out(&output));
            match output {
                Output::Send(bytes) => session.transport.write(&bytes)?,
                Output::Feature(report) => session.transport.feature(&report)?,
                output => self.settle.take(output, &mut settled),
            }
        }
        for output in settled {
            self.sort(output);
        }
        Ok(())
    }

    fn sort(&mut self, output: Output) {
        let unanswered = matches!(&output, Output::Fault(fault) if fault.code == FaultCode::NoAnswer);
        if unanswered && !matches!(self.job, Job::Once(_)) {
            if let Job::Watch(watch) = &mut self.job {
                watch.troubled = true;
            }
            return self.tell_silence();
        }
        self.silent = false;
        match &mut self.job {
            Job::Watch(watch) => {
                for event in watch.sort(output) {
                    (self.tell)(event);
                }
            }
            _ => (self.tell)(PortEvent::Output(output)),
        }
    }

    /// A device that streams and has stopped is unplugged on a line that cannot tell.
    fn note_silence(&mut self, now: Instant) {
        let Some(limit) = self.descriptor.silence_ms.map(Duration::from_millis) else {
            return;
        };
        if now.duration_since(self.heard) >= limit && !self.silent {
            self.settle.clear();
            self.tell_silence();
        }
    }

    fn tell_silence(&mut self) {
        if !self.silent {
            self.silent = true;
            (self.tell)(PortEvent::NoAnswer);
        }
    }

    /// Ends a download that was asked for once; begins the next look of a watch when its time has come.
    fn look_again(&mut self, session: &mut Session, now: Instant) -> Result<(), Trouble> {
        let over = session.device.decoder().deadline().is_none();
        match &mut self.job {
            Job::Once(_) if over => self.job = Job::Idle,
            Job::Watch(watch) => match watch.again {
                None if over => watch.again = Some(now + LOOK_EVERY),
                Some(again) if again <= now => return self.begin(session),
                _ => {}
            },
            _ => {}
        }
        Ok(())
    }
}

impl Job {
    fn of(order: Order) -> Job {
        match order {
            Order::Rest => Job::Idle,
            Order::Measure | Order::Stop | Order::Download | Order::SetClock(_) | Order::Status => Job::Once(order),
            Order::Stream | Order::FindCards => Job::Standing(order),
            Order::WatchForNew => Job::Watch(Watch::default()),
        }
    }
}

const REOPEN_EVERY: Duration = Duration::from_millis(250);
/// How long a read waits when nothing is due; an order waits as long.
const LISTEN: Duration = Duration::from_millis(100);
/// A read with no wait at all would let an overdue decoder spin.
const SHORTEST: Duration = Duration::from_millis(1);
/// Pause between two looks at a meter's memory.
const LOOK_EVERY: Duration = Duration::from_secs(2);
