-- Facts, the tables folded from them, and what the store keeps of its own (outbox, receipts, PINs).
-- Released files are never edited: a change is a new file. UUIDs are 16-byte blobs, days count from 1 January 1970, and
-- a column `seq` or `..._seq` holds the number of a Fact.

CREATE TABLE step (
  -- Number of its last Fact; the others have the numbers before it. Strictly increasing; order never rests on a clock.
  seq INTEGER PRIMARY KEY,
  -- The visit it belongs to, if it belongs to one: `visit.seq`.
  visit INTEGER,
  -- Whose record or consent it holds, if it holds one.
  person BLOB,
  -- Without visit and person: the client's own id of its first Fact. Storing the same step twice stores it once.
  id BLOB,
  -- The Facts: `body.rs`.
  body BLOB NOT NULL
) STRICT;
CREATE INDEX step_of_visit ON step (visit) WHERE visit IS NOT NULL;
CREATE INDEX step_of_person ON step (person) WHERE person IS NOT NULL;
CREATE UNIQUE INDEX step_by_id ON step (id) WHERE id IS NOT NULL;
CREATE TRIGGER step_is_never_edited BEFORE UPDATE ON step
BEGIN SELECT RAISE(ABORT, 'a fact is never edited'); END;
CREATE TRIGGER step_is_never_deleted BEFORE DELETE ON step
BEGIN SELECT RAISE(ABORT, 'a fact is never deleted'); END;

-- Folded from Facts: `fold.rs`. Each can be emptied and rebuilt.

CREATE TABLE site (
  -- Each SiteConfigured; the newest counts.
  seq INTEGER PRIMARY KEY
) STRICT;

CREATE TABLE staff (
  -- Each StaffAdded; the newest of a person counts.
  seq INTEGER PRIMARY KEY,
  id BLOB NOT NULL
) STRICT;

CREATE TABLE resident (
  id BLOB PRIMARY KEY,
  -- The citizen number; two records of one number are kept apart, the first one is found.
  number TEXT NOT NULL,
  -- The first ResidentKept, and the newest.
  first_seq INTEGER NOT NULL,
  seq INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX resident_number ON resident (number, first_seq);

CREATE TABLE consent (
  -- Also of somebody whose record is not kept.
  resident BLOB PRIMARY KEY,
  -- The newest ConsentAnswered.
  seq INTEGER NOT NULL,
  text_version TEXT NOT NULL,
  -- The switches as answered; the other two count only with `keep`.
  keep INTEGER NOT NULL,
  doctor_view INTEGER NOT NULL,
  upload INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE visit (
  -- VisitOpened.
  seq INTEGER PRIMARY KEY,
  id BLOB NOT NULL UNIQUE,
  -- Whose: a resident, or a guest with this number (sex and age band stand in the Fact).
  resident BLOB REFERENCES resident (id) DEFERRABLE INITIALLY DEFERRED,
  slip INTEGER,
  -- Local day of its first Fact, and whether that day can be trusted.
  day INTEGER NOT NULL,
  trusted INTEGER NOT NULL,
  -- VisitConcluded, if it is.
  concluded_seq INTEGER,
  -- As in the Fact: result, urgent_page, left, interrupted.
  ending TEXT,
  -- Session mean, whole mmHg.
  systolic INTEGER,
  diastolic INTEGER,
  -- The newest RiskEvaluated, and whether it says high-risk register.
  evaluation_seq INTEGER,
  high_risk INTEGER NOT NULL DEFAULT 0,
  -- The newest SymptomsAnswered.
  symptoms_seq INTEGER,
  -- Guidance was given.
  guided INTEGER NOT NULL DEFAULT 0,
  -- Staff closed the urgent page with their PIN.
  staff_came INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX visit_of_resident ON visit (resident) WHERE resident IS NOT NULL;
CREATE INDEX visit_of_guest ON visit (slip, day) WHERE slip IS NOT NULL;
CREATE INDEX visit_open ON visit (seq) WHERE concluded_seq IS NULL;
CREATE INDEX visit_urgent ON visit (seq) WHERE ending = 'urgent_page' AND staff_came = 0;
CREATE INDEX visit_day ON visit (day, guided) WHERE concluded_seq IS NOT NULL;

CREATE TABLE flag (
  id BLOB PRIMARY KEY,
  task BLOB NOT NULL,
  visit INTEGER NOT NULL REFERENCES visit (seq),
  -- RiskFlagged.
  raised_seq INTEGER NOT NULL,
  -- How soon: 0 none, 1 routine, 2 soon, 3 urgent, 4 emergency; as last raised.
  level INTEGER NOT NULL,
  -- The newest RiskReviewed, and what was decided (key of the decision); null: to review.
  review_seq INTEGER,
  decision TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX flag_to_review ON flag (level, raised_seq) WHERE review_seq IS NULL;
CREATE INDEX flag_of_visit ON flag (visit);

CREATE TABLE flag_history (
  -- FlagRaised and RiskReviewed, which name a flag and no visit.
  seq INTEGER PRIMARY KEY,
  flag BLOB NOT NULL REFERENCES flag (id)
) STRICT;
CREATE INDEX history_of_flag ON flag_history (flag, seq);

CREATE TABLE registration (
  -- HighRiskRegistered.
  seq INTEGER PRIMARY KEY,
  id BLOB NOT NULL,
  flag BLOB NOT NULL REFERENCES flag (id),
  resident BLOB NOT NULL
) STRICT;
CREATE INDEX registration_of_resident ON registration (resident);

CREATE TABLE newest_wall (
  -- 0 unset, 1 suspect, 2 trusted.
  trust INTEGER PRIMARY KEY,
  -- The Fact with the latest wall time among those of this trust, and that time in milliseconds since 1970.
  seq INTEGER NOT NULL,
  wall_ms INTEGER NOT NULL
) STRICT;

-- Kept by the store itself, not folded.

CREATE TABLE unit (
  -- What the platform does not have yet, in the order it was made.
  n INTEGER PRIMARY KEY,
  id BLOB NOT NULL UNIQUE,
  -- As in `model::unit`: site, visit, evaluation, addendum, review.
  kind TEXT NOT NULL,
  lane INTEGER NOT NULL CHECK (lane BETWEEN 1 AND 4),
  -- Whose: a resident, or a guest as JSON; neither for the station's own.
  resident BLOB,
  guest TEXT,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'stuck', 'kept_back')),
  -- Why it is kept back: no_consent, guest. Null in every other state.
  kept_back TEXT CHECK ((kept_back IS NOT NULL) = (state = 'kept_back')),
  -- Moment of its first Fact, as JSON.
  since TEXT NOT NULL,
  -- What its message may refer to: Facts up to here, so that each try builds the same bytes.
  as_of_seq INTEGER NOT NULL,
  -- Refusals of its content, the last one's local day, and on how many different days.
  refusals INTEGER NOT NULL DEFAULT 0,
  refused_on TEXT,
  refused_days INTEGER NOT NULL DEFAULT 0,
  -- What the platform or the line said last; no personal data.
  says TEXT
) STRICT;
CREATE INDEX unit_by_state ON unit (state, lane, n);
CREATE INDEX unit_of_resident ON unit (resident) WHERE resident IS NOT NULL;

CREATE TABLE unit_fact (
  unit INTEGER NOT NULL REFERENCES unit (n) ON DELETE CASCADE,
  -- Its place in the unit, from 0.
  place INTEGER NOT NULL,
  -- The Fact.
  seq INTEGER NOT NULL,
  id BLOB NOT NULL,
  PRIMARY KEY (unit, place)
) STRICT, WITHOUT ROWID;

CREATE TABLE unit_after (
  unit INTEGER NOT NULL REFERENCES unit (n) ON DELETE CASCADE,
  -- A unit that must be acknowledged first.
  needs INTEGER NOT NULL REFERENCES unit (n) ON DELETE CASCADE,
  PRIMARY KEY (unit, needs)
) STRICT, WITHOUT ROWID;
CREATE INDEX unit_needed ON unit_after (needs);

CREATE TABLE delivered (
  -- A unit that the platform has. Only its id stays, so that later units may name it.
  id BLOB PRIMARY KEY
) STRICT, WITHOUT ROWID;

CREATE TABLE deliveries (
  -- One row: how many rows `delivered` has, and the wall time of the last delivery, RFC 3339.
  one INTEGER PRIMARY KEY CHECK (one = 1),
  units INTEGER NOT NULL,
  last TEXT NOT NULL
) STRICT;

CREATE TABLE receipt (
  -- The resource as the platform knows it: our id, and its type.
  id BLOB NOT NULL,
  type TEXT NOT NULL,
  -- The server's own id where it chose one, and its last ETag: opaque.
  server_id TEXT,
  etag TEXT,
  PRIMARY KEY (id, type)
) STRICT, WITHOUT ROWID;

CREATE TABLE pin (
  staff BLOB PRIMARY KEY,
  -- Argon2id over the PIN keyed with the device pepper; cost as it was when set.
  salt BLOB NOT NULL,
  hash BLOB NOT NULL,
  memory_kib INTEGER NOT NULL,
  passes INTEGER NOT NULL,
  -- Failures since the last success.
  failures INTEGER NOT NULL DEFAULT 0,
  -- Moment of the last failure as JSON, and the seconds of running or trusted time to wait from it.
  failed_at TEXT,
  wait_s INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

CREATE TABLE pin_day (
  -- One row: failures of the whole machine in the day that began at `began` (Moment as JSON).
  one INTEGER PRIMARY KEY CHECK (one = 1),
  failures INTEGER NOT NULL,
  began TEXT NOT NULL
) STRICT;
