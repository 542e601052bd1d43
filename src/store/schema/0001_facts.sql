-- Facts, the tables folded from them, and what the store keeps of its own (outbox, receipts, PINs).
-- Released steps are never edited: a change is a new file. UUIDs are 16-byte blobs.

CREATE TABLE fact (
  -- Strictly increasing; order never rests on a clock.
  seq INTEGER PRIMARY KEY,
  -- The client's own id: storing the same Fact twice stores it once.
  id BLOB NOT NULL UNIQUE,
  -- The name in the serial form; kinds of a newer program are carried too.
  kind TEXT NOT NULL,
  -- The visit it belongs to, if it belongs to one.
  visit BLOB,
  -- The resident it is about, when it names one and no visit.
  person BLOB,
  -- Wall time with offset, RFC 3339, exactly as it was recorded.
  wall TEXT NOT NULL,
  -- Milliseconds on the monotonic clock of `boot`.
  since_boot_ms INTEGER NOT NULL,
  boot BLOB NOT NULL,
  -- 0 unset, 1 suspect, 2 trusted.
  trust INTEGER NOT NULL,
  -- The Fact as JSON; keys that are null are left out when the kind is known.
  body TEXT NOT NULL
) STRICT;
CREATE INDEX fact_of_visit ON fact (visit, seq) WHERE visit IS NOT NULL;
CREATE INDEX fact_of_person ON fact (person, seq) WHERE person IS NOT NULL;
CREATE INDEX fact_of_station ON fact (kind, seq) WHERE kind IN ('site_configured', 'staff_added');
CREATE TRIGGER fact_is_never_edited BEFORE UPDATE ON fact
BEGIN SELECT RAISE(ABORT, 'a fact is never edited'); END;
CREATE TRIGGER fact_is_never_deleted BEFORE DELETE ON fact
BEGIN SELECT RAISE(ABORT, 'a fact is never deleted'); END;

-- Folded from Facts: `fold.rs`. Each can be emptied and rebuilt.

CREATE TABLE site (
  -- One row.
  one INTEGER PRIMARY KEY CHECK (one = 1),
  -- The newest SiteConfigured.
  seq INTEGER NOT NULL
) STRICT;

CREATE TABLE staff (
  id BLOB PRIMARY KEY,
  -- The newest StaffAdded of this person.
  seq INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

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
  id BLOB PRIMARY KEY,
  -- Whose: a resident, or a guest with this number (sex and age band stand in the Fact).
  resident BLOB REFERENCES resident (id) DEFERRABLE INITIALLY DEFERRED,
  slip INTEGER,
  -- VisitOpened.
  opened_seq INTEGER NOT NULL,
  -- Local day of its first Fact, and whether that day can be trusted.
  day TEXT NOT NULL,
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
) STRICT, WITHOUT ROWID;
CREATE INDEX visit_of_resident ON visit (resident, opened_seq) WHERE resident IS NOT NULL;
CREATE INDEX visit_of_guest ON visit (slip, day) WHERE slip IS NOT NULL;
CREATE INDEX visit_open ON visit (opened_seq) WHERE concluded_seq IS NULL;
CREATE INDEX visit_urgent ON visit (opened_seq) WHERE ending = 'urgent_page' AND staff_came = 0;
CREATE INDEX visit_day ON visit (day, guided) WHERE concluded_seq IS NOT NULL;

CREATE TABLE flag (
  id BLOB PRIMARY KEY,
  task BLOB NOT NULL,
  visit BLOB NOT NULL REFERENCES visit (id),
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
  -- As in `fact`.
  trust INTEGER PRIMARY KEY,
  -- The Fact with the latest wall time among those of this trust, and that time in milliseconds since 1970.
  seq INTEGER NOT NULL,
  wall_ms INTEGER NOT NULL
) STRICT;

-- Kept by the store itself, not folded.

CREATE TABLE unit (
  -- In the order they were made.
  n INTEGER PRIMARY KEY,
  id BLOB NOT NULL UNIQUE,
  -- As in `model::unit`: site, visit, evaluation, addendum, review.
  kind TEXT NOT NULL,
  lane INTEGER NOT NULL CHECK (lane BETWEEN 1 AND 4),
  -- Whose: a resident, or a guest as JSON; neither for the station's own.
  resident BLOB,
  guest TEXT,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'delivered', 'stuck', 'kept_back')),
  -- Why it is kept back: no_consent, guest. Null in every other state.
  kept_back TEXT CHECK ((kept_back IS NOT NULL) = (state = 'kept_back')),
  -- What its message may refer to: Facts up to here, so that each try builds the same bytes.
  as_of_seq INTEGER NOT NULL,
  -- Refusals of its content, the last one's local day, and on how many different days.
  refusals INTEGER NOT NULL DEFAULT 0,
  refused_on TEXT,
  refused_days INTEGER NOT NULL DEFAULT 0,
  -- What the platform or the line said last; no personal data.
  says TEXT,
  -- Wall time of the delivery, RFC 3339.
  delivered_at TEXT
) STRICT;
CREATE INDEX unit_pending ON unit (state, lane, n) WHERE state <> 'delivered';
CREATE INDEX unit_pending_of_resident ON unit (resident) WHERE state <> 'delivered';

CREATE TABLE unit_fact (
  unit INTEGER NOT NULL REFERENCES unit (n),
  -- Its place in the unit, from 0.
  place INTEGER NOT NULL,
  fact INTEGER NOT NULL REFERENCES fact (seq),
  PRIMARY KEY (unit, place)
) STRICT, WITHOUT ROWID;

CREATE TABLE unit_after (
  unit INTEGER NOT NULL REFERENCES unit (n),
  -- A unit that must be acknowledged first.
  needs INTEGER NOT NULL REFERENCES unit (n),
  PRIMARY KEY (unit, needs)
) STRICT, WITHOUT ROWID;

CREATE TABLE receipt (
  -- The resource as the platform knows it: our id, and its type.
  id BLOB NOT NULL,
  type TEXT NOT NULL,
  -- The server's own id where it chose one, and its last ETag: opaque.
  server_id TEXT,
  etag TEXT,
  -- The unit it was last delivered with.
  unit INTEGER NOT NULL REFERENCES unit (n),
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
