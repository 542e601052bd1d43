//! How an association begins: who is let in, and what an agent says it can report.

use std::time::{Duration, Instant};

use super::apdu::{Apdu, Event, Message, problem, result};
use super::config::Config;
use super::info::{Info, MDER, PROTOCOL, VERSION_1};
use super::manager::{Agent, Manager, State};
use super::mder::Broken;
use super::mds::Mds;
use super::nomenclature::{self as names, event};
use super::requests::Request;
use crate::decoder::{Output, STILL_SILENT};
use crate::reading::{Fault, FaultCode, Status, hex};

/// Why an association request is not accepted.
enum Refusal {
    Result(u16, &'static str),
    Broken,
}

impl Manager {
    pub(super) fn associate(
        &mut self,
        at: Instant,
        version: u32,
        protocols: &[(u16, &[u8])],
        raw: &[u8],
        out: &mut Vec<Output>,
    ) {
        let info = match self.admit(version, protocols) {
            Ok(info) => info,
            Err(Refusal::Broken) => return self.hear_broken(raw, out),
            Err(Refusal::Result(result, refused)) => {
                // 2.11
                self.respond(result, out);
                return out.push(Output::Status(Status::Refused { refused }));
            }
        };
        let Ok(system_id) = <[u8; 8]>::try_from(info.system_id) else {
            self.respond(result::NO_COMMON_PARAMETER, out);
            return out.push(Output::Status(Status::Refused { refused: "no_common_parameter" }));
        };
        let by_heart = self.settings.standards.then(|| Config::standard(info.config)).flatten();
        let config = by_heart.or_else(|| self.cache.find(&system_id, info.config));
        let known = config.is_some();
        self.agent = Some(Agent {
            system_id,
            config_id: info.config,
            config: config.unwrap_or_default(),
            refused: None,
            mds: Mds::default(),
            introduced: None,
        });
        if known {
            // 2.9
            self.respond(result::ACCEPTED, out);
            return self.begin_operating(at, out);
        }
        // 2.10
        self.respond(result::UNKNOWN_CONFIG, out);
        self.await_config(at);
    }

    fn admit<'a>(&self, version: u32, protocols: &[(u16, &'a [u8])]) -> Result<Info<'a>, Refusal> {
        if !self.settings.admits {
            return Err(Refusal::Result(result::REJECTED_PERMANENT, "not_admitted"));
        }
        if version & VERSION_1 == 0 {
            return Err(Refusal::Result(result::UNSUPPORTED_VERSION, "unsupported_association_version"));
        }
        let Some((_, info)) = protocols.iter().find(|(id, _)| *id == PROTOCOL) else {
            return Err(Refusal::Result(result::NO_COMMON_PROTOCOL, "no_common_protocol"));
        };
        let info = Info::parse(info).map_err(|Broken| Refusal::Broken)?;
        if info.protocol_version & VERSION_1 == 0 || info.encoding_rules & MDER == 0 {
            return Err(Refusal::Result(result::NO_COMMON_PARAMETER, "no_common_parameter"));
        }
        Ok(info)
    }

    fn respond(&self, result: u16, out: &mut Vec<Output>) {
        let info = Info::of_manager(&self.settings.system_id).bytes();
        self.send(&Apdu::AssociationResponse { result, protocol: PROTOCOL, info: &info }, out);
    }

    fn await_config(&mut self, at: Instant) {
        self.state = State::WaitingForConfig;
        self.until = self.live.then(|| at + CONFIG);
        self.still_silent = self.live.then(|| at + STILL_SILENT);
    }

    /// Rows 6.x: only a configuration is taken.
    pub(super) fn configure(
        &mut self,
        at: Instant,
        invoke: u16,
        message: &Message<'_>,
        raw: &[u8],
        out: &mut Vec<Output>,
    ) {
        match message {
            Message::Report { confirmed: true, event } if event.kind == event::CONFIG && event.handle == 0 => {
                self.check_config(at, invoke, event, raw, out);
            }
            // 6.25: readings before a configuration are never decoded by guess.
            Message::Report { confirmed: true, .. }
            | Message::Get { .. }
            | Message::Set { confirmed: true, .. }
            | Message::Action { confirmed: true, .. } => {
                let message = Message::Error { error: problem::NO_SUCH_OBJECT, parameter: &[] };
                self.send(&Apdu::Data { invoke, message }, out);
            }
            _ => {}
        }
    }

    /// The state CheckingConfig.
    pub(super) fn check_config(
        &mut self,
        at: Instant,
        invoke: u16,
        event: &Event<'_>,
        raw: &[u8],
        out: &mut Vec<Output>,
    ) {
        let Some(agent) = &mut self.agent else { return };
        let told = event.info.split_at_checked(2).and_then(|(id, objects)| {
            let id = u16::from_be_bytes(id.try_into().ok()?);
            Some((id, objects, Config::parse(objects).ok()?))
        });
        let Some((id, objects, config)) = told else {
            out.push(Output::Fault(Fault::new(FaultCode::Malformed, SAYS_CONFIG_BROKEN, raw)));
            return self.reject(invoke, problem::BADLY_STRUCTURED, out);
        };
        let again = agent.refused == Some(id);
        let empty = config.objects.is_empty();
        let by_heart = Config::standard(id).filter(|_| empty && self.settings.standards);
        let taken = match by_heart {
            Some(standard) => Ok(standard),
            None if empty && again => Ok(config),
            None if empty && STANDARD.contains(&id) => Err(STANDARD_UNKNOWN),
            None if config.is_usable() => {
                self.cache.keep(&agent.system_id, id, objects);
                self.learned = true;
                Ok(config)
            }
            None => Err(UNSUPPORTED),
        };
        let answer = |result: u16| [id.to_be_bytes(), result.to_be_bytes()].concat();
        match taken {
            // 7.32
            Ok(config) => {
                (agent.config, agent.config_id) = (config, id);
                self.send(&Apdu::Data { invoke, message: event.answer(&answer(0)) }, out);
                self.begin_operating(at, out);
            }
            // 7.31
            Err(result) => {
                agent.refused = Some(id);
                self.send(&Apdu::Data { invoke, message: event.answer(&answer(result)) }, out);
                if result == UNSUPPORTED {
                    out.push(Output::Status(Status::Refused { refused: "unsupported_config" }));
                }
                self.await_config(at);
            }
        }
    }

    fn begin_operating(&mut self, at: Instant, out: &mut Vec<Output>) {
        self.state = State::Operating;
        (self.until, self.still_silent) = (None, None);
        self.introduce(out);
        self.queue.clear();
        self.asked = None;
        if !self.live {
            return;
        }
        self.queue.push_back(Request::Mds);
        if let Some(agent) = &self.agent {
            self.queue.extend(agent.config.scanners().map(Request::Scanner));
        }
        self.look_anew();
        self.look_at_once(at);
        self.pump(at, out);
    }

    /// Tells who is there, as far as it is known and was not told.
    pub(super) fn introduce(&mut self, out: &mut Vec<Output>) {
        let Some(agent) = &mut self.agent else { return };
        let by_config = agent.config.device_type().or_else(|| names::standard_type(agent.config_id));
        let mds = agent.mds.clone();
        let status = Status::Associated {
            associated: hex(&agent.system_id),
            config: format!("{:04x}", agent.config_id),
            device_type: mds.device_type.or(by_config),
            maker: mds.maker,
            model: mds.model,
            serial: mds.serial,
            battery: mds.battery,
        };
        if agent.introduced.as_ref() != Some(&status) {
            agent.introduced = Some(status.clone());
            out.push(Output::Status(status));
        }
    }
}

/// How long an agent may take to tell its configuration.
const CONFIG: Duration = Duration::from_secs(10);
/// Ids of standard configurations.
const STANDARD: std::ops::RangeInclusive<u16> = 0x0001..=0x3FFF;
/// Results of a configuration report.
const UNSUPPORTED: u16 = 1;
const STANDARD_UNKNOWN: u16 = 2;
const SAYS_CONFIG_BROKEN: &str = "the device described itself in a broken message; switch it off and on again";
