//! A client in a box with a line, and the servers it talks to.

use std::io::{Read, Write};
use std::net::TcpStream;

use health_hut::demo::records::{Chapter, Story};
use health_hut::demo::{MemoryOutbox, Platform};
use health_hut::model::outbox::UnitState;
use health_hut::model::{NewFact, Unit, UnitId};
use health_hut::sync::http::Http;
use health_hut::sync::wire::OWN_TERMS;
use health_hut::sync::wire::capability::{Strategies, Strategy};
use health_hut::sync::{Answer, Engine, RoundSummary, Timing, Wire, WireFault};
use serde_json::Value;

/// A server the promises are tried on.
pub trait Server {
    /// Its base address.
    fn url(&self) -> String;

    /// Strategies that must be configured, because its CapabilityStatement does not tell.
    fn strategies(&self) -> Option<Strategies> {
        None
    }

    /// Strategies for letting it choose ids.
    fn choosing(&self) -> Strategies {
        Strategies::all(Strategy::CreateOnce)
    }

    /// A resource as it stands there.
    fn resource(&self, reference: &str) -> Option<Value> {
        get(&format!("{}/{reference}", self.url())).filter(|it| it["resourceType"] != "OperationOutcome")
    }

    /// How many resources of a type it holds.
    fn count(&self, kind: &str) -> u64 {
        get(&format!("{}/{kind}?_count=1", self.url())).and_then(|it| it["total"].as_u64()).unwrap_or(0)
    }
}

impl Server for Platform {
    fn url(&self) -> String {
        Platform::url(self)
    }
}

/// A plain GET, independent of the client's own line.
pub fn get(url: &str) -> Option<Value> {
    let rest = url.strip_prefix("http://")?;
    let (host, path) = rest.split_once('/')?;
    let mut stream = TcpStream::connect(host).ok()?;
    write!(stream, "GET /{path} HTTP/1.0\r\nHost: {host}\r\nAccept: application/fhir+json\r\n\r\n").ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    let body = answer.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    serde_json::from_slice(&answer[body..]).ok()
}

/// A clock that moves when somebody waits, and dice that fall in the middle.
#[derive(Debug, Default)]
pub struct FakeTiming {
    pub now_ms: u64,
}

impl Timing for FakeTiming {
    fn now_ms(&mut self) -> u64 {
        self.now_ms
    }

    fn jitter(&mut self) -> f64 {
        0.5
    }

    fn pause(&mut self, ms: u64) {
        self.now_ms += ms;
    }
}

/// A line that loses answers: the server has them, the client does not.
pub struct Forgetful {
    pub inner: Http,
    pub lose: u32,
}

impl Wire for Forgetful {
    fn capability(&mut self) -> Result<Answer, WireFault> {
        self.inner.capability()
    }

    fn post_transaction(&mut self, body: &[u8]) -> Result<Answer, WireFault> {
        let answer = self.inner.post_transaction(body)?;
        if self.lose == 0 {
            return Ok(answer);
        }
        self.lose -= 1;
        Err(WireFault::TimedOut)
    }

    fn read(&mut self, resource: &str) -> Result<Answer, WireFault> {
        self.inner.read(resource)
    }
}

/// One client.
pub struct Client {
    pub story: Story,
    pub outbox: MemoryOutbox,
    pub engine: Engine,
    pub wire: Forgetful,
    pub timing: FakeTiming,
}

impl Client {
    /// A client whose station is stored but not sent.
    pub fn new(url: &str, seed: u8) -> Self {
        let mut story = Story::new(seed);
        let mut outbox = MemoryOutbox::default();
        let (facts, units) = story.site();
        outbox.keep(facts, units);
        let inner = Http::open(url, None, None).expect("a loopback address");
        let wire = Forgetful { inner, lose: 0 };
        Self { story, outbox, engine: Engine::new(url, OWN_TERMS), wire, timing: FakeTiming::default() }
    }

    /// A client of a server.
    pub fn of(server: &dyn Server, seed: u8) -> Self {
        let client = Self::new(&server.url(), seed);
        match server.strategies() {
            Some(strategies) => client.with_strategies(strategies),
            None => client,
        }
    }

    /// The same with fixed strategies.
    pub fn with_strategies(mut self, strategies: Strategies) -> Self {
        self.engine = self.engine.with_strategies(strategies);
        self
    }

    pub fn keep(&mut self, (facts, units): (Vec<NewFact>, Vec<Unit>)) -> Vec<UnitId> {
        let ids = units.iter().map(|unit| unit.id).collect();
        self.outbox.keep(facts, units);
        ids
    }

    pub fn keep_chapter(&mut self, chapter: &Chapter) -> Vec<UnitId> {
        self.keep((chapter.facts.clone(), chapter.units.clone()))
    }

    pub fn visit(&mut self, n: u16) -> UnitId {
        let chapter = self.story.visit(n);
        self.keep_chapter(&chapter)[0]
    }

    pub fn visits(&mut self, people: std::ops::Range<u16>) {
        for n in people {
            self.visit(n);
        }
    }

    pub fn round(&mut self) -> RoundSummary {
        self.engine.run_round(&mut self.outbox, &mut self.wire, &mut self.timing).expect("the outbox is in memory")
    }

    /// Rounds, each after the waiting time of the one before, until everything that may go has gone.
    pub fn rounds(&mut self, most: u32) -> Vec<RoundSummary> {
        let mut told = Vec::new();
        while self.outbox.count(UnitState::Waiting) > 0 && told.len() < most as usize {
            told.push(self.round());
            self.timing.now_ms += 3_600_000;
        }
        told
    }

    pub fn state(&self, unit: UnitId) -> UnitState {
        self.outbox.state(unit).expect("a unit of this client")
    }
}
