//! What an answer means (sync-protocol 6). Pure.

use chrono::{DateTime, FixedOffset};
use serde_json::Value;

use super::fhir::Entry;
use super::{Answer, json};
use crate::model::Note;
use crate::model::outbox::Receipt;

/// The meaning of an answer to a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Every entry was accepted (S3.8); one receipt each, in order.
    Accepted(Vec<Receipt>),
    /// Its content was refused: 400, 404 or 410 with an OperationOutcome, 409, 412, 422.
    Refused {
        /// The HTTP status.
        status: u16,
        /// The platform's words, or that there were none.
        says: Note,
        /// True when the platform explained itself in an OperationOutcome.
        explained: bool,
        /// True when a guard may have failed rather than the content.
        precondition: bool,
    },
    /// 413.
    TooBig,
    /// 429, 503.
    Busy {
        /// It asked to wait this long.
        retry_after_s: Option<u64>,
    },
    /// 401, 403.
    Credentials,
    /// 404, 405, 501 without an OperationOutcome, or a redirect: this address takes no transactions.
    Elsewhere {
        /// What is wrong.
        says: Note,
    },
    /// Everything else: a server in trouble, or an answer that is none.
    Broken {
        /// What is wrong.
        says: Note,
    },
}

/// Says what `answer` means to a transaction of these entries.
pub fn judge(answer: &Answer, entries: &[Entry]) -> Verdict {
    let outcome = outcome(answer);
    match answer.status {
        200..=299 => accepted(answer, entries).unwrap_or_else(|says| Verdict::Broken { says }),
        300..=399 => Verdict::Elsewhere { says: Note::LoginPage },
        401 | 403 => Verdict::Credentials,
        404 | 410 if outcome.is_none() => Verdict::Elsewhere { says: Note::WrongAddress },
        405 | 501 => Verdict::Elsewhere { says: Note::NotReceiving },
        413 => Verdict::TooBig,
        429 | 503 => Verdict::Busy { retry_after_s: retry_after_s(answer) },
        400 | 404 | 409 | 410 | 412 | 422 => refused(answer.status, outcome),
        status => Verdict::Broken { says: Note::PlatformError { status } },
    }
}

/// Seconds that the server asked to wait; a date is judged with the server's own clock (S9.4).
pub fn retry_after_s(answer: &Answer) -> Option<u64> {
    let text = answer.retry_after.as_deref()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(seconds);
    }
    let until = http_date(text)?;
    let now = http_date(answer.date.as_deref()?)?;
    u64::try_from((until - now).num_seconds()).ok()
}

fn http_date(text: &str) -> Option<DateTime<FixedOffset>> {
    DateTime::parse_from_rfc2822(text.trim()).ok()
}

fn refused(status: u16, outcome: Option<Value>) -> Verdict {
    let said = outcome.as_ref().map(words).filter(|words| !words.is_empty());
    let says = said.map_or(Note::Declined { status }, Note::Words);
    // Some servers answer 400 to a failed guard and name it in the text only.
    let precondition = status == 412 || status == 409 || status == 400;
    Verdict::Refused { status, says, explained: outcome.is_some(), precondition }
}

fn outcome(answer: &Answer) -> Option<Value> {
    json(answer).filter(|body| body["resourceType"] == "OperationOutcome")
}

/// The texts of an OperationOutcome, cut to what fits a screen.
fn words(outcome: &Value) -> String {
    let issues = outcome["issue"].as_array().map(Vec::as_slice).unwrap_or_default();
    let texts = issues.iter().filter_map(|issue| issue["details"]["text"].as_str().or(issue["diagnostics"].as_str()));
    texts.collect::<Vec<_>>().join("；").chars().take(LONGEST_WORDS).collect()
}

const LONGEST_WORDS: usize = 400;

fn accepted(answer: &Answer, entries: &[Entry]) -> Result<Verdict, Note> {
    let body = json(answer).ok_or_else(|| no_json(answer))?;
    if body["resourceType"] != "Bundle" || body["type"] != "transaction-response" {
        return Err(Note::BadAnswer);
    }
    let answers = body["entry"].as_array().map(Vec::as_slice).unwrap_or_default();
    if answers.len() != entries.len() {
        return Err(Note::BadAnswer);
    }
    let receipts: Option<Vec<Receipt>> =
        answers.iter().zip(entries).map(|(answer, entry)| receipt(answer, entry)).collect();
    receipts.map(Verdict::Accepted).ok_or(Note::BadAnswer)
}

/// What an answer is that should have been JSON.
pub(crate) fn no_json(answer: &Answer) -> Note {
    let page = answer.body.trim_ascii_start().starts_with(b"<");
    if page { Note::LoginPage } else { Note::BadAnswer }
}

fn receipt(answer: &Value, entry: &Entry) -> Option<Receipt> {
    let response = &answer["response"];
    if !response["status"].as_str()?.starts_with('2') {
        return None;
    }
    let (kind, ours) = entry.resource.split_once('/')?;
    let named = response["location"].as_str().and_then(|location| id_in(location, kind));
    let named = named.or(answer["resource"]["id"].as_str()).map(str::to_owned);
    if entry.server_names_it && named.is_none() {
        return None;
    }
    let etag = response["etag"].as_str().map(str::to_owned);
    let server_id = named.filter(|id| entry.server_names_it || id != ours);
    Some(Receipt { resource: entry.resource.clone(), server_id, etag })
}

/// The id in `.../Type/id/_history/1`.
fn id_in<'a>(location: &'a str, kind: &str) -> Option<&'a str> {
    let mut parts = location.split(['/', '?']).skip_while(|part| *part != kind);
    parts.next()?;
    parts.next().filter(|id| !id.is_empty())
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::model::UnitId;

    fn entries(n: usize) -> Vec<Entry> {
        let entry = |i| Entry {
            unit: UnitId(Uuid::nil()),
            resource: format!("Observation/{i}"),
            guarded: None,
            server_names_it: false,
        };
        (0..n).map(entry).collect()
    }

    fn answer(status: u16, body: &str) -> Answer {
        Answer { status, body: body.as_bytes().to_vec(), ..Answer::default() }
    }

    fn response(kind: &str, statuses: &[&str]) -> String {
        let entry: Vec<Value> = statuses
            .iter()
            .enumerate()
            .map(|(i, status)| {
                serde_json::json!({"response": {"status": status, "location": format!("https://p/Observation/{i}/_history/1"),
                    "etag": "W/\"1\""}})
            })
            .collect();
        serde_json::json!({"resourceType": "Bundle", "type": kind, "entry": entry}).to_string()
    }

    #[test]
    fn s3_8_only_a_whole_transaction_response_counts() {
        let good = response("transaction-response", &["201 Created", "200 OK"]);
        assert!(matches!(judge(&answer(200, &good), &entries(2)), Verdict::Accepted(receipts) if receipts.len() == 2));
        let cut = &good[..good.len() - 9];
        let batch = response("batch-response", &["201", "201"]);
        let failed = response("transaction-response", &["201", "422"]);
        for body in ["", "<html>login</html>", cut, &batch, &failed, "{}", "null"] {
            assert!(matches!(judge(&answer(200, body), &entries(2)), Verdict::Broken { .. }), "{body}");
        }
        assert!(matches!(judge(&answer(200, &good), &entries(3)), Verdict::Broken { .. }));
    }

    #[test]
    fn s3_4_200_and_201_both_mean_done_and_s3_6_etags_are_opaque() {
        let body = response("transaction-response", &["200"]).replace("W/\\\"1\\\"", "W/\\\"98a45623-0a\\\"");
        let Verdict::Accepted(receipts) = judge(&answer(200, &body), &entries(1)) else { panic!("not accepted") };
        assert_eq!(receipts[0].etag.as_deref(), Some("W/\"98a45623-0a\""));
        assert_eq!(receipts[0].server_id, None);
    }

    #[test]
    fn s3_11_a_chosen_id_is_learnt_from_the_location() {
        let mut wanted = entries(1);
        wanted[0].server_names_it = true;
        let body = response("transaction-response", &["201"]);
        let Verdict::Accepted(receipts) = judge(&answer(200, &body), &wanted) else { panic!("not accepted") };
        assert_eq!(receipts[0].server_id.as_deref(), Some("0"));
        let silent = body.replace("location", "elsewhere");
        assert!(matches!(judge(&answer(200, &silent), &wanted), Verdict::Broken { .. }));
    }

    #[test]
    fn section_6_what_each_answer_means() {
        let told = r#"{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"value","details":{"text":"值超出范围"}}]}"#;
        let of = |status, body: &str| judge(&answer(status, body), &entries(1));
        for status in [400, 404, 409, 410, 412, 422] {
            let Verdict::Refused { says, explained, .. } = of(status, told) else { panic!("{status}") };
            assert!(says == Note::Words("值超出范围".to_owned()) && explained);
        }
        assert!(matches!(of(404, "<html>"), Verdict::Elsewhere { .. }));
        assert!(matches!(of(302, ""), Verdict::Elsewhere { .. }));
        assert!(matches!(of(401, ""), Verdict::Credentials));
        assert!(matches!(of(403, told), Verdict::Credentials));
        assert!(matches!(of(413, ""), Verdict::TooBig));
        assert!(matches!(of(500, told), Verdict::Broken { .. }));
    }

    #[test]
    fn section_6_retry_after_in_both_forms() {
        let mut busy = answer(429, "");
        busy.retry_after = Some("120".into());
        assert_eq!(judge(&busy, &entries(1)), Verdict::Busy { retry_after_s: Some(120) });
        busy.retry_after = Some("Sun, 22 Nov 2026 08:01:30 GMT".into());
        busy.date = Some("Sun, 22 Nov 2026 08:00:00 GMT".into());
        assert_eq!(judge(&busy, &entries(1)), Verdict::Busy { retry_after_s: Some(90) });
        busy.retry_after = Some("soon".into());
        assert_eq!(judge(&busy, &entries(1)), Verdict::Busy { retry_after_s: None });
    }
}
