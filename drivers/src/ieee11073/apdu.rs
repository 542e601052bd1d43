//! The messages (APDUs), read and written.

use super::mder::{Attribute, Broken, Input, put_attributes, put_list, put_octets, whole};

/// A message of either side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Apdu<'a> {
    /// AARQ: an agent wants to associate.
    AssociationRequest {
        /// Bit set of association versions.
        version: u32,
        /// Data protocols it offers, each with its information.
        protocols: Vec<(u16, &'a [u8])>,
    },
    /// AARE: the manager's answer.
    AssociationResponse {
        /// See [`result`].
        result: u16,
        /// The data protocol.
        protocol: u16,
        /// Its information.
        info: &'a [u8],
    },
    /// RLRQ, with its reason.
    ReleaseRequest(u16),
    /// RLRE, with its reason.
    ReleaseResponse(u16),
    /// ABRT, with its reason: see [`reason`].
    Abort(u16),
    /// PRST: data.
    Data {
        /// Pairs an answer with its request.
        invoke: u16,
        /// What is said.
        message: Message<'a>,
    },
}

/// What a DATA APDU says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message<'a> {
    /// Something happened at the agent.
    Report {
        /// Whether the agent waits for a confirmation.
        confirmed: bool,
        /// What happened.
        event: Event<'a>,
    },
    /// The manager asks for attributes; an empty list asks for all.
    Get {
        /// The object.
        handle: u16,
        /// Attribute ids.
        ids: Vec<u16>,
    },
    /// The manager changes attributes.
    Set {
        /// Whether an answer is wanted.
        confirmed: bool,
        /// The object.
        handle: u16,
        /// Operators (0 = replace) and attributes.
        changes: Vec<(u16, Attribute<'a>)>,
    },
    /// The manager asks an object to do something.
    Action {
        /// Whether an answer is wanted.
        confirmed: bool,
        /// What is to be done.
        act: Act<'a>,
    },
    /// Confirms a report.
    ReportResponse(Event<'a>),
    /// Answers a GET.
    GetResponse {
        /// The object.
        handle: u16,
        /// What it tells.
        attributes: Vec<Attribute<'a>>,
    },
    /// Answers a confirmed SET.
    SetResponse {
        /// The object.
        handle: u16,
        /// What it has now.
        attributes: Vec<Attribute<'a>>,
    },
    /// Answers a confirmed action.
    ActionResponse(Act<'a>),
    /// ROER: it was understood and cannot be done.
    Error {
        /// Error number.
        error: u16,
        /// More about it.
        parameter: &'a [u8],
    },
    /// RORJ: it was not understood.
    Reject {
        /// See [`problem`].
        problem: u16,
    },
    /// A tag that the standard does not have, with a sound length.
    Unknown {
        /// The tag.
        tag: u16,
    },
}

/// An event report, or the answer to one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event<'a> {
    /// The object; 0 is the device itself.
    pub handle: u16,
    /// The device's relative time.
    pub time: u32,
    /// Event type.
    pub kind: u16,
    /// What there is to say.
    pub info: &'a [u8],
}

/// An action, or the answer to one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Act<'a> {
    /// The object.
    pub handle: u16,
    /// Action type.
    pub kind: u16,
    /// Arguments or results.
    pub args: &'a [u8],
}

impl<'a> Apdu<'a> {
    /// Reads one whole message. Every length in it must agree.
    pub fn parse(bytes: &'a [u8]) -> Result<Apdu<'a>, Broken> {
        let (choice, body) = whole(bytes, |input| Ok((input.u16()?, input.octets()?)))?;
        whole(body, |input| {
            Ok(match choice {
                AARQ => Apdu::AssociationRequest {
                    version: input.u32()?,
                    protocols: input.list(|input| Ok((input.u16()?, input.octets()?)))?,
                },
                AARE => {
                    Apdu::AssociationResponse { result: input.u16()?, protocol: input.u16()?, info: input.octets()? }
                }
                RLRQ => Apdu::ReleaseRequest(input.u16()?),
                RLRE => Apdu::ReleaseResponse(input.u16()?),
                ABRT => Apdu::Abort(input.u16()?),
                PRST => {
                    let (invoke, message) = whole(input.octets()?, |input| {
                        let (invoke, tag) = (input.u16()?, input.u16()?);
                        Ok((invoke, whole(input.octets()?, |input| Message::read(tag, input))?))
                    })?;
                    Apdu::Data { invoke, message }
                }
                _ => return Err(Broken),
            })
        })
    }

    /// Writes it.
    pub fn bytes(&self) -> Vec<u8> {
        let mut body = Vec::new();
        let choice = match self {
            Apdu::AssociationRequest { version, protocols } => {
                body.extend(version.to_be_bytes());
                put_list(&mut body, protocols, |bytes, (id, info)| {
                    bytes.extend(id.to_be_bytes());
                    put_octets(bytes, info);
                });
                AARQ
            }
            Apdu::AssociationResponse { result, protocol, info } => {
                body.extend(result.to_be_bytes());
                body.extend(protocol.to_be_bytes());
                put_octets(&mut body, info);
                AARE
            }
            Apdu::ReleaseRequest(reason) => {
                body.extend(reason.to_be_bytes());
                RLRQ
            }
            Apdu::ReleaseResponse(reason) => {
                body.extend(reason.to_be_bytes());
                RLRE
            }
            Apdu::Abort(reason) => {
                body.extend(reason.to_be_bytes());
                ABRT
            }
            Apdu::Data { invoke, message } => {
                let (tag, said) = message.write();
                let mut data = [invoke.to_be_bytes(), tag.to_be_bytes()].concat();
                put_octets(&mut data, &said);
                put_octets(&mut body, &data);
                PRST
            }
        };
        let mut bytes = choice.to_be_bytes().to_vec();
        put_octets(&mut bytes, &body);
        bytes
    }
}

impl<'a> Message<'a> {
    fn read(tag: u16, input: &mut Input<'a>) -> Result<Message<'a>, Broken> {
        Ok(match tag {
            0x0100 | 0x0101 => Message::Report { confirmed: tag == 0x0101, event: Event::read(input)? },
            0x0103 => Message::Get { handle: input.u16()?, ids: input.list(Input::u16)? },
            0x0104 | 0x0105 => Message::Set {
                confirmed: tag == 0x0105,
                handle: input.u16()?,
                changes: input.list(|input| Ok((input.u16()?, input.attribute()?)))?,
            },
            0x0106 | 0x0107 => Message::Action { confirmed: tag == 0x0107, act: Act::read(input)? },
            0x0201 => Message::ReportResponse(Event::read(input)?),
            0x0203 => Message::GetResponse { handle: input.u16()?, attributes: input.attributes()? },
            0x0205 => Message::SetResponse { handle: input.u16()?, attributes: input.attributes()? },
            0x0207 => Message::ActionResponse(Act::read(input)?),
            0x0300 => Message::Error { error: input.u16()?, parameter: input.octets()? },
            0x0400 => Message::Reject { problem: input.u16()? },
            tag => {
                input.all();
                Message::Unknown { tag }
            }
        })
    }

    fn write(&self) -> (u16, Vec<u8>) {
        let mut body = Vec::new();
        let tag = match self {
            Message::Report { confirmed, event } => {
                event.write(&mut body);
                0x0100 + u16::from(*confirmed)
            }
            Message::Get { handle, ids } => {
                body.extend(handle.to_be_bytes());
                put_list(&mut body, ids, |bytes, id| bytes.extend(id.to_be_bytes()));
                0x0103
            }
            Message::Set { confirmed, handle, changes } => {
                body.extend(handle.to_be_bytes());
                put_list(&mut body, changes, |bytes, (operator, attribute)| {
                    bytes.extend(operator.to_be_bytes());
                    bytes.extend(attribute.id.to_be_bytes());
                    put_octets(bytes, attribute.value);
                });
                0x0104 + u16::from(*confirmed)
            }
            Message::Action { confirmed, act } => {
                act.write(&mut body);
                0x0106 + u16::from(*confirmed)
            }
            Message::ReportResponse(event) => {
                event.write(&mut body);
                0x0201
            }
            Message::GetResponse { handle, attributes } | Message::SetResponse { handle, attributes } => {
                body.extend(handle.to_be_bytes());
                put_attributes(&mut body, attributes);
                if matches!(self, Message::GetResponse { .. }) { 0x0203 } else { 0x0205 }
            }
            Message::ActionResponse(act) => {
                act.write(&mut body);
                0x0207
            }
            Message::Error { error, parameter } => {
                body.extend(error.to_be_bytes());
                put_octets(&mut body, parameter);
                0x0300
            }
            Message::Reject { problem } => {
                body.extend(problem.to_be_bytes());
                0x0400
            }
            Message::Unknown { tag } => *tag,
        };
        (tag, body)
    }
}

impl<'a> Event<'a> {
    fn read(input: &mut Input<'a>) -> Result<Event<'a>, Broken> {
        Ok(Event { handle: input.u16()?, time: input.u32()?, kind: input.u16()?, info: input.octets()? })
    }

    fn write(&self, bytes: &mut Vec<u8>) {
        bytes.extend(self.handle.to_be_bytes());
        bytes.extend(self.time.to_be_bytes());
        bytes.extend(self.kind.to_be_bytes());
        put_octets(bytes, self.info);
    }

    /// Returns the message that answers it.
    pub fn answer<'b>(&self, reply: &'b [u8]) -> Message<'b> {
        Message::ReportResponse(Event { handle: self.handle, time: self.time, kind: self.kind, info: reply })
    }
}

impl<'a> Act<'a> {
    fn read(input: &mut Input<'a>) -> Result<Act<'a>, Broken> {
        Ok(Act { handle: input.u16()?, kind: input.u16()?, args: input.octets()? })
    }

    fn write(&self, bytes: &mut Vec<u8>) {
        bytes.extend(self.handle.to_be_bytes());
        bytes.extend(self.kind.to_be_bytes());
        put_octets(bytes, self.args);
    }
}

/// Returns the invoke-id of a DATA APDU that cannot be read whole.
pub fn invoke_of(bytes: &[u8]) -> Option<u16> {
    let mut input = Input::new(bytes);
    let _lengths = (input.u16().ok().filter(|choice| *choice == PRST)?, input.u32().ok()?);
    input.u16().ok()
}

/// Association request.
pub const AARQ: u16 = 0xE200;
/// Association response.
pub const AARE: u16 = 0xE300;
/// Release request.
pub const RLRQ: u16 = 0xE400;
/// Release response.
pub const RLRE: u16 = 0xE500;
/// Abort.
pub const ABRT: u16 = 0xE600;
/// Presentation.
pub const PRST: u16 = 0xE700;
/// The longest body of a message.
pub const LONGEST: usize = 64512;
/// Results of an association request.
pub mod result {
    /// The configuration is known: go on.
    pub const ACCEPTED: u16 = 0;
    /// Never.
    pub const REJECTED_PERMANENT: u16 = 1;
    /// The configuration must be told.
    pub const UNKNOWN_CONFIG: u16 = 3;
    /// Another data protocol.
    pub const NO_COMMON_PROTOCOL: u16 = 4;
    /// Another version or encoding.
    pub const NO_COMMON_PARAMETER: u16 = 5;
    /// Another association version.
    pub const UNSUPPORTED_VERSION: u16 = 8;
}

/// Reasons of an abort.
pub mod reason {
    /// None of the others.
    pub const UNDEFINED: u16 = 0;
    /// An answer did not come.
    pub const RESPONSE_TIMEOUT: u16 = 2;
    /// The configuration did not come.
    pub const CONFIG_TIMEOUT: u16 = 3;
}

/// Problems of a reject, and the one error that is told.
pub mod problem {
    /// No such message.
    pub const UNRECOGNIZED_APDU: u16 = 0;
    /// The lengths disagree.
    pub const BADLY_STRUCTURED: u16 = 2;
    /// A manager does not do this.
    pub const UNRECOGNIZED_OPERATION: u16 = 101;
    /// ROER: there is no such object, or not yet.
    pub const NO_SUCH_OBJECT: u16 = 1;
}
