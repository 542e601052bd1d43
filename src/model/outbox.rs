//! A unit of upload on its way: what waits, what it carries, what the platform answered. The store keeps it, the sync
//! plans with it, the shell carries it from one to the other.

use serde::{Deserialize, Serialize};

use super::{Moment, Note, StoredFact, Unit, UnitId};

/// Where a unit stands. Every unit is in exactly one of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnitState {
    /// 待上传
    Waiting,
    /// 平台已收到
    Delivered,
    /// 平台退回: refused for its content, with a reason; nothing else waits for it but its dependents.
    Stuck,
    /// 按本人意愿留在本机
    KeptBack,
}

/// A unit with its story so far.
#[derive(Clone, Debug, PartialEq)]
pub struct Queued {
    /// The unit.
    pub unit: Unit,
    /// Where it stands.
    pub state: UnitState,
    /// Sequence number of its first Fact: creation order.
    pub seq: u64,
    /// When it was made.
    pub since: Moment,
    /// How often the platform refused its content.
    pub refusals: u32,
    /// What the platform or the line said last.
    pub says: Option<Note>,
}

/// What the platform answered for one resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// `Type/our-id`.
    pub resource: String,
    /// The server's own id, where it chose one.
    pub server_id: Option<String>,
    /// Opaque version of the last answer; no arithmetic, no ordering (S3.6).
    pub etag: Option<String>,
}

/// All that is needed to build a unit's message, byte for byte the same at every try.
#[derive(Clone, Debug, PartialEq)]
pub struct Parcel {
    /// The unit.
    pub unit: Unit,
    /// Its Facts, in order.
    pub facts: Vec<StoredFact>,
    /// What they refer to, in order: the site and staff, the person's newest record and consent, and every Fact of the
    /// same visit.
    pub about: Vec<StoredFact>,
    /// What the platform answered for the resources of those Facts so far.
    pub receipts: Vec<Receipt>,
}

/// What became of one try to send a unit.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// Every entry was accepted; the unit is done.
    Delivered(Vec<Receipt>),
    /// The platform read it and refused its content, in its own words (400 or 422 with an OperationOutcome): set aside
    /// at once.
    Refused {
        /// The platform's words, without personal data.
        says: Note,
    },
    /// The platform refused its content without saying why (404, 409, 412): set aside on the third day (S5.3).
    Declined {
        /// The platform's words, without personal data.
        says: Note,
    },
    /// The line, the server as a whole or the credentials failed: no fault of the unit (sync-protocol 6).
    NotSent {
        /// What failed.
        says: Note,
        /// The server asked to wait this long.
        retry_after_s: Option<u64>,
    },
}

/// One report of the sync to the store.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// Which unit was tried.
    pub unit: UnitId,
    /// What became of it.
    pub outcome: Outcome,
}

/// The outbox by lane and state, for staff and `status`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct OutboxCounts {
    /// Waiting in lanes 1 to 4.
    pub waiting: [u32; 4],
    /// Kept back by the person's will, or an unclaimed guest's.
    pub kept_back: u32,
    /// Delivered in all.
    pub delivered: u32,
    /// Refused, with the reason.
    pub refused: Vec<(String, Note)>,
    /// Age of the oldest waiting unit in seconds.
    pub oldest_waiting_s: Option<u64>,
    /// Wall time of the last delivery, RFC 3339.
    pub last_success: Option<String>,
}
