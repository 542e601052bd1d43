//! Ascensia and Bayer Contour, ASTM frames over a serial cable or in USB reports. Source: protocol page
//! `glucose-contour-astm`.
//!
//! The meter sends its whole memory, frame by frame; each is acknowledged. What is inside: `contour_text`.

use std::time::{Duration, Instant};

use super::ask::{self, Talk, bad_check, cut, malformed};
use super::contour_text::{
    ACK, ENQ, EOT, Frame, Frames, Header, Incoming, LONGEST, NAK, Piece, Report, alone, reports, result, text_of_report,
};
use crate::decoder::{Converse, Decoder, Order, Output};
use crate::framing::Framer;
use crate::reading::{Fault, FaultCode, Status};

/// Decoder of the Contour family.
#[derive(Debug)]
pub struct Contour {
    /// Whether what is said goes out in reports.
    usb: bool,
    /// What comes in: reports, or frames as they are.
    incoming: Framer<Incoming>,
    /// The text of reports: a frame may be spread over several.
    framer: Framer<Frames>,
    /// The meter whose header was heard last.
    meter: Option<Header>,
    /// The frame heard last while no conversation was under way.
    overheard: Vec<u8>,
    talk: Option<Talk<Step>>,
    state: State,
}

/// How far a transfer is.
#[derive(Clone, Copy, Debug, Default)]
struct State {
    /// Digit of the frame that was acknowledged last.
    digit: Option<u8>,
    /// Frames in a row that brought nothing new.
    wasted: u8,
    /// The frame that ends with ETX came.
    complete: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// Asked to begin.
    Begin,
    /// The header came; some meters ask for permission after it, some just go on.
    Header,
    Frames,
}

impl Contour {
    /// Returns a decoder for a serial cable.
    pub fn serial() -> Contour {
        Contour::on(false)
    }

    /// Returns a decoder for USB reports.
    pub fn usb() -> Contour {
        Contour::on(true)
    }

    fn on(usb: bool) -> Contour {
        Contour {
            usb,
            incoming: Framer::new(Incoming(Report { zeros: !usb }), 4 * LONGEST, PATIENCE),
            framer: Framer::new(Frames, 4 * LONGEST, PATIENCE),
            meter: None,
            overheard: Vec::new(),
            talk: None,
            state: State::default(),
        }
    }

    /// What goes to the meter: bytes as they are, or one report.
    fn to_wire(&self, control: u8) -> Vec<u8> {
        if self.usb { reports(&[control]).concat() } else { vec![control] }
    }

    fn ask(&mut self, at: Instant, step: Step, control: u8, out: &mut Vec<Output>) {
        let bytes = self.to_wire(control);
        if let Some(talk) = &mut self.talk {
            talk.ask(at, step, bytes, WAIT, out);
        }
    }

    fn piece(&mut self, at: Instant, piece: Piece, out: &mut Vec<Output>) {
        match piece {
            Piece::Frame(frame) => self.hear(at, frame, out),
            Piece::Report(report) => {
                for frame in self.framer.push(at, text_of_report(&report)) {
                    self.hear(at, frame, out);
                }
            }
        }
    }

    /// What a frame means when no conversation is under way.
    fn overhear(&mut self, frame: Frame, out: &mut Vec<Output>) {
        match frame {
            Frame::Control(EOT) => {
                self.overheard.clear();
                out.push(Output::Status(Status::Event { event: "end".into() }));
            }
            Frame::Control(_) => {}
            // Nobody acknowledged it in time, so it was said again.
            Frame::Text { raw, .. } if raw == self.overheard => {}
            Frame::Text { text, raw, .. } => {
                alone(&text, &raw, &mut self.meter, out);
                self.overheard = raw;
            }
            Frame::BadSum(raw) => out.push(Output::Fault(bad_check(&raw))),
            Frame::Broken(raw) => out.push(Output::Fault(cut(&raw))),
        }
    }

    fn hear(&mut self, at: Instant, frame: Frame, out: &mut Vec<Output>) {
        let Some(step) = self.talk.as_ref().map(|talk| talk.step) else {
            return self.overhear(frame, out);
        };
        match (step, frame) {
            (Step::Begin | Step::Header, Frame::Control(ENQ)) => {
                self.state.digit = None;
                self.ask(at, Step::Frames, ACK, out);
            }
            (Step::Begin, Frame::Control(NAK)) => {
                if let Some(talk) = &mut self.talk {
                    // Out of tries, silence ends it.
                    talk.again(at, TRIES, out);
                }
            }
            (Step::Frames, Frame::Control(EOT)) if self.state.complete => ask::finish(&mut self.talk, out),
            (Step::Frames, Frame::Control(EOT)) if self.state.digit.is_some() => {
                ask::fail(&mut self.talk, Fault::new(FaultCode::Malformed, SAYS_EARLY, &[]), out);
            }
            (_, Frame::Control(_)) => {}
            // Left on the line from a conversation that was broken off: this one begins with a header.
            (Step::Begin, Frame::Text { text, .. }) if !text.starts_with("H|") => {}
            (_, Frame::Text { digit, text, last, raw }) => self.record(at, step, (digit, last), &text, &raw, out),
            (_, Frame::BadSum(raw)) => self.once_more(at, step, bad_check(&raw), out),
            (_, Frame::Broken(raw)) => self.once_more(at, step, cut(&raw), out),
        }
    }

    fn once_more(&mut self, at: Instant, step: Step, fault: Fault, out: &mut Vec<Output>) {
        self.state.wasted += 1;
        if self.state.wasted > WASTED {
            return ask::fail(&mut self.talk, fault, out);
        }
        if let Some(talk) = &mut self.talk {
            talk.remember(fault);
        }
        let step = if step == Step::Begin { Step::Begin } else { Step::Frames };
        self.ask(at, step, NAK, out);
    }

    fn record(
        &mut self,
        at: Instant,
        step: Step,
        (digit, last): (u8, bool),
        text: &str,
        raw: &[u8],
        out: &mut Vec<Output>,
    ) {
        let Some(talk) = &mut self.talk else { return };
        talk.understood();
        match self.state.digit {
            Some(known) if known == digit => {
                // Our word did not reach the meter.
                self.state.wasted += 1;
                if self.state.wasted > WASTED {
                    return ask::fail(&mut self.talk, Fault::new(FaultCode::Malformed, SAYS_ORDER, raw), out);
                }
                return self.ask(at, Step::Frames, ACK, out);
            }
            Some(known) if (known + 1) % 8 != digit => {
                return ask::fail(&mut self.talk, Fault::new(FaultCode::Malformed, SAYS_ORDER, raw), out);
            }
            _ => {}
        }
        if !self.take(text, raw, out) {
            return;
        }
        self.state.wasted = 0;
        if step == Step::Begin {
            // Some meters show their header, ask, and begin again with it.
            if let Some(talk) = &mut self.talk {
                talk.step = Step::Header;
                talk.wait_until(at, FOR_ENQ);
            }
            self.state.digit = Some(digit);
            return;
        }
        self.state.digit = Some(digit);
        self.state.complete |= last;
        self.ask(at, Step::Frames, ACK, out);
    }

    /// Takes what a record says; `false`: that ended the conversation.
    fn take(&mut self, text: &str, raw: &[u8], out: &mut Vec<Output>) -> bool {
        let Some(talk) = &mut self.talk else { return false };
        let before = self.meter.as_ref().map(|meter| meter.serial.clone());
        let told = match (text.split('|').next(), &self.meter) {
            (Some("H"), _) => {
                let mut told = Vec::new();
                alone(text, raw, &mut self.meter, &mut told);
                let Some(meter) = &self.meter else {
                    ask::fail(&mut self.talk, malformed(raw), out);
                    return false;
                };
                if before.is_none() {
                    let (faults, told): (Vec<_>, Vec<_>) =
                        told.into_iter().partition(|told| matches!(told, Output::Fault(_)));
                    out.extend(told);
                    faults.into_iter().for_each(|fault| talk.keep_aside(fault));
                    talk.memory(meter.total, out);
                }
                return true;
            }
            (Some("R"), Some(_)) if talk.done < MOST => result(text, raw, self.meter.as_ref()),
            (Some("P" | "O" | "C" | "L"), Some(_)) => return true,
            _ => None,
        };
        match told {
            Some(told) => talk.keep(told, out),
            None => ask::fail(&mut self.talk, malformed(raw), out),
        }
        self.talk.is_some()
    }

    fn silence(&mut self, at: Instant, out: &mut Vec<Output>) {
        let Some(talk) = &mut self.talk else { return };
        let step = talk.step;
        match step {
            Step::Begin if talk.again(at, TRIES, out) => {}
            Step::Header => self.ask(at, Step::Frames, ACK, out),
            // Only the farewell is missing.
            Step::Frames if self.state.complete => ask::finish(&mut self.talk, out),
            Step::Frames if self.state.wasted == 0 => {
                self.state.wasted = 1;
                self.ask(at, Step::Frames, NAK, out);
            }
            _ => ask::give_up(&mut self.talk, ask::SAYS_SILENT, out),
        }
    }
}

impl Decoder for Contour {
    fn handle_bytes(&mut self, at: Instant, bytes: &[u8], out: &mut Vec<Output>) {
        for piece in self.incoming.push(at, bytes) {
            self.piece(at, piece, out);
        }
    }

    fn handle_timeout(&mut self, at: Instant, out: &mut Vec<Output>) {
        for piece in self.incoming.expire(at) {
            self.piece(at, piece, out);
        }
        for frame in self.framer.expire(at) {
            self.hear(at, frame, out);
        }
        if self.talk.as_ref().is_some_and(|talk| talk.until <= at) {
            self.silence(at, out);
        }
    }

    fn deadline(&self) -> Option<Instant> {
        let talk = self.talk.as_ref().map(|talk| talk.until);
        [talk, self.incoming.deadline(), self.framer.deadline()].into_iter().flatten().min()
    }
}

impl Converse for Contour {
    fn start(&mut self, at: Instant, order: Order, out: &mut Vec<Output>) {
        self.talk = None;
        if !matches!(order, Order::Download | Order::WatchForNew) {
            return;
        }
        self.incoming.clear();
        self.framer.clear();
        self.overheard.clear();
        (self.meter, self.state) = (None, State::default());
        self.talk = Some(Talk::waiting(at, Step::Begin, WAIT));
        self.ask(at, Step::Begin, EOT, out);
    }
}

const TRIES: u8 = 2;
/// So many frames in a row may be damaged or said again.
const WASTED: u8 = 3;
/// The largest memory holds 2000.
const MOST: u16 = 5000;
/// Within a frame or a report.
const PATIENCE: Duration = Duration::from_millis(500);
const WAIT: Duration = Duration::from_secs(2);
const FOR_ENQ: Duration = Duration::from_millis(300);
const SAYS_EARLY: &str = "the meter ended before its last record and nothing was kept; read again";
const SAYS_ORDER: &str = "the frames from the meter came out of order and nothing was kept; read again";
