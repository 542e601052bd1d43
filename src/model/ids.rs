//! Identifiers. Each is a time-ordered UUID (version 7), made on this client at the moment of the Fact, and at the same
//! time the logical id of the FHIR resource that the Fact becomes: sending twice makes one record (sync-protocol S3.1).

use std::fmt;

use rand_chacha::ChaCha12Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use serde::{Deserialize, Serialize};
use uuid::{Builder, Uuid};

use super::Moment;

macro_rules! id {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }
    )*};
}

id! {
    /// One Fact.
    FactId,
    /// One person; `Patient` on the wire.
    ResidentId,
    /// One stay at the kiosk; `Encounter` on the wire.
    VisitId,
    /// One kept value; `Observation` on the wire.
    MeasurementId,
    /// One run of the rules over a visit; `RiskAssessment` on the wire.
    EvaluationId,
    /// An urgent finding; `DetectedIssue` on the wire.
    IssueId,
    /// The mark "somebody must look at this person"; `Flag` on the wire.
    FlagId,
    /// The request to review a flag; `Task` on the wire.
    TaskId,
    /// The entry in the high-risk register (高危人群登记); `EpisodeOfCare` on the wire.
    RegistrationId,
    /// One act of a doctor on a flag; `Provenance` on the wire.
    ReviewId,
    /// A referral (转诊); `ServiceRequest` on the wire.
    ReferralId,
    /// Guidance shown to a resident; `Communication` on the wire.
    GuidanceId,
    /// One answer to one consent switch; `Consent` on the wire.
    ConsentId,
    /// A member of staff; `Practitioner` on the wire.
    StaffId,
    /// A unit of upload: what one FHIR transaction carries.
    UnitId,
    /// A resource of the station itself: organisation, location, terminal, instrument.
    SiteId,
}

/// The number on a guest's slip (小票号), `0000` to `9999`; unique on this client while it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SlipNumber(pub u16);

impl fmt::Display for SlipNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}", self.0)
    }
}

/// Makes identifiers from a seed and the moments handed in, so that a session can be replayed to the same ids.
///
/// Identifiers of one millisecond count on from the first, which is random (RFC 9562, 6.2, method 2): the store keeps
/// neighbours in a few bytes.
#[derive(Clone, Debug, PartialEq)]
pub struct Mint {
    source: ChaCha12Rng,
    millis: u64,
    random: [u8; 10],
}

impl Mint {
    /// Starts from 32 bytes of the operating system's randomness (tests: any).
    pub fn new(seed: [u8; 32]) -> Self {
        Self { source: ChaCha12Rng::from_seed(seed), millis: 0, random: [0; 10] }
    }

    /// Makes the next identifier; its time part is the wall time of `now`.
    pub fn id<T: From<Uuid>>(&mut self, now: Moment) -> T {
        let millis = u64::try_from(now.wall.timestamp_millis()).unwrap_or(0);
        let mut random = [0; 10];
        self.source.fill_bytes(&mut random);
        if millis == self.millis {
            let [start @ .., a, b, c, d] = self.random;
            let count = u32::from_be_bytes([a, b, c, d]).wrapping_add(1);
            random[..start.len()].copy_from_slice(&start);
            random[start.len()..].copy_from_slice(&count.to_be_bytes());
        }
        (self.millis, self.random) = (millis, random);
        Builder::from_unix_timestamp_millis(millis, &random).into_uuid().into()
    }

    /// Draws a slip number that is not among `taken`; `None` when all 10,000 are.
    pub fn slip(&mut self, taken: &[SlipNumber]) -> Option<SlipNumber> {
        let start = (self.source.next_u32() % 10_000) as u16;
        (0..10_000).map(|step| SlipNumber((start + step) % 10_000)).find(|slip| !taken.contains(slip))
    }
}
