//! The nouns that every room shares. No I/O, no clock, no decisions.
//!
//! A [`Measurement`] is a reading accepted for a person or a slip number; an [`Assessment`] is what the rules say of
//! it; a [`Fact`] is something that happened and is kept for good; a [`Commit`] is the Facts that are stored together,
//! with the [`Unit`]s of upload that they complete.

pub mod consent_text;
pub mod device;
pub mod due;
pub mod fact;
pub mod finding;
pub mod id_number;
pub mod ids;
pub mod measurement;
pub mod moment;
pub mod note;
pub mod outbox;
pub mod past;
pub mod resident;
pub mod review;
pub mod station;
pub mod trend;
pub mod unit;
pub mod units;

pub use consent_text::ConsentText;
pub use fact::{Commit, Fact, NewFact, StoredFact};
pub use finding::{Assessment, Register, RowId, Urgency};
pub use id_number::{IdNumber, IdNumberFault};
pub use ids::*;
pub use measurement::{Measurement, Quality, Source, Value};
pub use moment::{ClockTrust, Moment};
pub use note::{NotSaved, Note};
pub use past::Past;
pub use resident::{Answers, Consent, Resident, Sex, Subject};
pub use review::{CaseRow, Decision};
pub use station::{Duty, Station};
pub use unit::{Lane, Unit, UnitKind};
