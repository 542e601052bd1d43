//! What the platform can do, from its CapabilityStatement (S3.3).

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Answer, json};

/// How a resource is created so that sending it twice makes one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strategy {
    /// (a) `PUT Type/our-id`: the client chooses ids.
    PutById,
    /// (b) `POST Type` with `ifNoneExist`.
    CreateOnce,
    /// (c) `PUT Type?identifier=`.
    UpdateByIdentifier,
}

/// The strategy of each resource type.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Strategies {
    by_type: BTreeMap<String, Strategy>,
    otherwise: Option<Strategy>,
}

impl Strategies {
    /// One for all, as the configuration says: servers misreport.
    pub fn all(strategy: Strategy) -> Self {
        Self { by_type: BTreeMap::new(), otherwise: Some(strategy) }
    }

    /// Another one for a single resource type.
    pub fn with(mut self, kind: &str, strategy: Strategy) -> Self {
        self.by_type.insert(kind.to_owned(), strategy);
        self
    }

    /// The strategy of a resource type; `None` when there is no safe one (S3.3 d).
    pub fn of(&self, kind: &str) -> Option<Strategy> {
        self.by_type.get(kind).copied().or(self.otherwise)
    }

    /// Reads a CapabilityStatement; `None` when it is not one.
    pub fn read(answer: &Answer) -> Option<Self> {
        let statement = json(answer).filter(|_| answer.status == 200)?;
        if statement["resourceType"] != "CapabilityStatement" {
            return None;
        }
        let rest = statement["rest"].as_array()?.iter().find(|rest| rest["mode"] == "server")?;
        let listed = rest["resource"].as_array()?;
        let by_type = listed.iter().filter_map(|it| Some((it["type"].as_str()?.to_owned(), best(it)?))).collect();
        Some(Self { by_type, otherwise: common(listed) })
    }
}

/// What every listed type can: servers leave types out of the list that they take all the same.
fn common(listed: &[Value]) -> Option<Strategy> {
    let first = best(listed.first()?)?;
    listed.iter().all(|it| best(it) == Some(first)).then_some(first)
}

fn best(resource: &Value) -> Option<Strategy> {
    let can = |ability: &str| resource[ability] == true;
    if can("updateCreate") {
        Some(Strategy::PutById)
    } else if can("conditionalCreate") {
        Some(Strategy::CreateOnce)
    } else if can("conditionalUpdate") {
        Some(Strategy::UpdateByIdentifier)
    } else {
        None
    }
}
