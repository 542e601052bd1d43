//! Prints slips: asks the printer for paper and cover, sends the slip, asks again, and tells what became of it. Printing
//! never holds anything up, and a slip that cannot be printed is dropped at once: nothing is kept to be printed later.

use std::io;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use fast_qr::{ECL, QRBuilder};
use hut_drivers::print::{self, Align, Cut, INITIALISE, Size, Width};
use hut_drivers::reading::PaperLeft;
use hut_drivers::transport::serial::Address;
use hut_drivers::{Descriptor, Line as PortLine, Order, Output, Port, PortEvent, Status};
use zeroize::Zeroizing;

use super::settings::PrinterSettings;
use crate::model::device::{DeviceEvent, PrintTrouble};
use crate::session::slip::{Line, Slip, Style};

/// The printer of a station, on a thread of its own.
pub struct Printer {
    inbox: Sender<Heard>,
    settings: PrinterSettings,
    thread: Option<JoinHandle<()>>,
}

/// What the thread hears.
enum Heard {
    Port(PortEvent),
    Slip(Zeroizing<Vec<u8>>),
    Stop,
}

impl Printer {
    /// Starts it; `tell` is called from its thread.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn open(
        descriptor: &Descriptor,
        address: Address,
        line: Option<PortLine>,
        settings: PrinterSettings,
        mut tell: impl FnMut(DeviceEvent) + Send + 'static,
    ) -> io::Result<Self> {
        let (inbox, heard) = mpsc::channel();
        let ear = inbox.clone();
        // The thread ends before its inbox, so nothing that the port tells is lost.
        let port = Port::open(descriptor, address, line, move |event| _ = ear.send(Heard::Port(event)))?;
        let thread =
            thread::Builder::new().name("printer".to_owned()).spawn(move || serve(&port, &heard, &mut tell))?;
        Ok(Self { inbox, settings, thread: Some(thread) })
    }

    /// Prints a slip; what became of it is told.
    pub fn print(&self, slip: &Slip) {
        // Fails only when the thread is gone; then the session waits in vain and says so.
        _ = self.inbox.send(Heard::Slip(bytes(slip, self.settings)));
    }
}

impl Drop for Printer {
    fn drop(&mut self) {
        _ = self.inbox.send(Heard::Stop);
        if let Some(thread) = self.thread.take() {
            // A panic has been reported by its own thread.
            _ = thread.join();
        }
    }
}

fn serve(port: &Port, heard: &Receiver<Heard>, tell: &mut impl FnMut(DeviceEvent)) {
    let mut up = false;
    let mut job: Option<Job> = None;
    loop {
        let now = Instant::now();
        let patience = job.as_ref().map_or(IDLE, |job| job.due.saturating_duration_since(now));
        let step = match heard.recv_timeout(patience) {
            Err(RecvTimeoutError::Disconnected) | Ok(Heard::Stop) => return,
            Err(RecvTimeoutError::Timeout) => job.as_mut().map(|job| job.waited(Instant::now())),
            Ok(Heard::Slip(_)) if !up => {
                tell(DeviceEvent::Printed(Err(PrintTrouble::Gone)));
                None
            }
            Ok(Heard::Slip(slip)) => {
                job = Some(Job::new(slip, Instant::now()));
                Some(Step::Ask)
            }
            Ok(Heard::Port(PortEvent::Up)) => {
                up = true;
                tell(DeviceEvent::Up);
                None
            }
            Ok(Heard::Port(PortEvent::Down { why })) => {
                log::warn!("printer: {why}");
                up = false;
                tell(DeviceEvent::Gone);
                job.is_some().then_some(Step::Done(Err(PrintTrouble::Gone)))
            }
            Ok(Heard::Port(PortEvent::Output(Output::Status(status)))) => {
                job.as_mut().map(|job| job.hears(&status, Instant::now()))
            }
            Ok(Heard::Port(_)) => None,
        };
        match step {
            // The descriptor of every printer lists the order.
            Some(Step::Ask) => _ = port.order(Order::Status),
            Some(Step::Send(slip)) => _ = port.send(slip.to_vec()),
            Some(Step::Done(how)) => {
                job = None;
                tell(DeviceEvent::Printed(how));
            }
            Some(Step::Wait) | None => {}
        }
    }
}

/// A slip on its way; pure.
struct Job {
    stage: Stage,
    /// When its stage is over, whatever the printer says.
    due: Instant,
}

enum Stage {
    /// The printer was asked whether it can.
    Before(Zeroizing<Vec<u8>>),
    /// The paper runs.
    Under,
    /// The printer was asked whether it could.
    After,
}

/// What is to be done about it.
enum Step {
    Wait,
    Ask,
    Send(Zeroizing<Vec<u8>>),
    Done(Result<(), PrintTrouble>),
}

impl Job {
    fn new(slip: Zeroizing<Vec<u8>>, now: Instant) -> Self {
        Self { stage: Stage::Before(slip), due: now + ANSWER }
    }

    fn hears(&mut self, status: &Status, now: Instant) -> Step {
        match status {
            Status::Paper { paper: PaperLeft::Out } => Step::Done(Err(PrintTrouble::NoPaper)),
            Status::Cover { cover_open: true } => Step::Done(Err(PrintTrouble::CoverOpen)),
            // The last that a printer says: nothing speaks against it. Many never answer, and print all the same.
            Status::Cover { .. } | Status::Paper { paper: PaperLeft::Unknown }
                if !matches!(self.stage, Stage::Under) =>
            {
                self.waited(now)
            }
            _ => Step::Wait,
        }
    }

    fn waited(&mut self, now: Instant) -> Step {
        match std::mem::replace(&mut self.stage, Stage::Under) {
            Stage::Before(slip) => {
                self.due = now + PAPER_RUNS;
                Step::Send(slip)
            }
            Stage::Under => {
                (self.stage, self.due) = (Stage::After, now + ANSWER);
                Step::Ask
            }
            Stage::After => Step::Done(Ok(())),
        }
    }
}

/// A slip as the printer takes it.
fn bytes(slip: &Slip, settings: PrinterSettings) -> Zeroizing<Vec<u8>> {
    let mut paper = print::Slip::new(if settings.paper_mm == 80 { Width::Mm80 } else { Width::Mm58 });
    for line in &slip.0 {
        paper = match line {
            Line::Rule => paper.rule(),
            Line::Code(text, below) if settings.code => match code(text) {
                Some(rows) => paper.picture(&rows).align(Align::Centre).line(below).align(Align::Left),
                None => paper,
            },
            Line::Code(..) => paper,
            Line::Text(style, left, right) => {
                let (size, strong, align) = match style {
                    Style::Title => (Size::Tall, true, Align::Centre),
                    Style::Value => (Size::Large, false, Align::Left),
                    Style::Strong => (Size::Normal, true, Align::Left),
                    Style::Plain => (Size::Normal, false, Align::Left),
                };
                let paper = paper.align(align).size(size).bold(strong);
                let paper = if right.is_empty() { paper.line(left) } else { paper.pair(left, right) };
                paper.bold(false).size(Size::Normal)
            }
        };
    }
    let mut bytes = paper.feed(TAIL).cut(Cut::Partial).into_bytes();
    // The next slip begins on a printer that remembers nothing of this one.
    bytes.extend(INITIALISE);
    Zeroizing::new(bytes)
}

/// The modules of a QR code, each two pixels wide, with its quiet zone; `None`: too long a text.
fn code(text: &str) -> Option<Vec<Vec<bool>>> {
    let code = QRBuilder::new(text).ecl(ECL::L).build().ok()?;
    let edge = code.size + 2 * QUIET;
    let module = |x: usize, y: usize| {
        let inside = |at: usize| (QUIET..QUIET + code.size).contains(&at);
        inside(x) && inside(y) && code[y - QUIET][x - QUIET].value()
    };
    Some((0..2 * edge).map(|y| (0..2 * edge).map(|x| module(x / 2, y / 2)).collect()).collect())
}

/// Light modules around a code.
const QUIET: usize = 4;
/// Lines after the last one, up to the knife.
const TAIL: u8 = 4;
/// A printer that can answer does so within twice its time-out; see the protocol page.
const ANSWER: Duration = Duration::from_millis(1200);
/// How long a slip runs before it can be said to have come out.
const PAPER_RUNS: Duration = Duration::from_millis(2500);
/// Nothing to wait for but the next slip.
const IDLE: Duration = Duration::from_secs(3600);
