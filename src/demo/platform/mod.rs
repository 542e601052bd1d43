//! A FHIR R4 platform in this process: real HTTP on a loopback port, everything in memory, misbehaving on request.
//!
//! It is strict where real servers differ: a transaction is all or nothing, no resource may stand in it twice, every
//! reference must lead somewhere, required elements are checked. It bumps the version at every `PUT`, as real ones do,
//! and counts an effect only when the content changed. Its clock is a counter, so that runs can be compared.
//!
//! Served by hyper, which comes with reqwest anyway and lets an answer be withheld or cut in the middle; a framework
//! would be one more dependency, and `tiny_http` has had no release for years.

mod checks;
mod fhir;
mod serve;

use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use serde_json::Value;
use tokio::sync::watch;

use fhir::Records;

/// What the platform does wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mischief {
    /// Closes the connection before it reads.
    Down,
    /// Answers with this status and no explanation.
    Status(u16),
    /// The login page of a captive portal, with 200.
    Html200,
    /// 200 and nothing else.
    EmptyBody,
    /// Commits, then sends the first half of the JSON as if it were all.
    TruncatedBody,
    /// Commits, then cuts the connection in the middle of the answer.
    CutAnswer,
    /// Commits, then closes the connection without an answer.
    LoseAnswerAfterCommit,
    /// Answers after this time.
    Slow(Duration),
    /// Refuses transactions with a resource of this type, with 422.
    Refuse422(String),
    /// Refuses transactions in which this id occurs, with 422 and these words.
    RefuseId {
        /// The id.
        id: String,
        /// The words.
        says: String,
    },
    /// 500 whenever this id occurs: a fault of the server that only one record brings out.
    StumbleOver(String),
    /// 429; the header as it stands, in seconds or as a date.
    TooManyRequests {
        /// `Retry-After`.
        retry_after: Option<String>,
    },
    /// 302 to somewhere else.
    Redirect,
    /// Commits, but answers with a Bundle of another type.
    BadBundleType,
    /// 413 to bodies of more bytes than this.
    TooBig(usize),
    /// 500 to gzip bodies.
    GzipUnsupported,
    /// Neither offers nor accepts ids chosen by the client.
    NoUpdateCreate,
    /// Versions are UUIDs, not numbers.
    UuidEtags,
    /// A failed `ifMatch` is a 400 and says so in the text only.
    GuardIs400,
}

/// For how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Times {
    /// For the next transactions; everything else is served well meanwhile.
    Next(u32),
    /// For every request, until [`Platform::behave`].
    UntilCleared,
}

/// One request as it came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// `GET`, `POST`.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// The body, unpacked.
    pub body: Vec<u8>,
    /// The status answered; `None` when the answer was withheld.
    pub status: Option<u16>,
}

/// The platform. It stops when it is dropped.
#[derive(Debug)]
pub struct Platform {
    shared: Arc<Shared>,
    address: SocketAddr,
    line: watch::Sender<Line>,
    thread: Option<JoinHandle<()>>,
}

impl Platform {
    /// Starts it on a free port of this machine.
    pub fn start() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared::default());
        let (line, changes) = watch::channel(Line::Listening);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
        let served = Arc::clone(&shared);
        let thread = thread::Builder::new()
            .name("platform".into())
            .spawn(move || runtime.block_on(serve::run(listener, address, served, changes)))?;
        Ok(Self { shared, address, line, thread: Some(thread) })
    }

    /// Its base address.
    pub fn url(&self) -> String {
        format!("http://{}/fhir", self.address)
    }

    /// From now on it does this wrong, besides what it does wrong already.
    pub fn misbehave(&self, mischief: Mischief, times: Times) {
        self.shared.state().mischief.push((mischief, times));
    }

    /// From now on it behaves.
    pub fn behave(&self) {
        self.shared.state().mischief.clear();
    }

    /// Pulls the cable: connections are refused, open ones are cut.
    pub fn unplug(&self) {
        self.line.send_replace(Line::Unplugged);
        self.wait_until(false);
    }

    /// Plugs the cable in again, at the same address.
    pub fn plug_in(&self) {
        self.line.send_replace(Line::Listening);
        self.wait_until(true);
    }

    /// Comes back as soon as connections are taken, or refused; the cable is in other hands than the caller's.
    fn wait_until(&self, taken: bool) {
        for _ in 0..500 {
            if TcpStream::connect(self.address).is_ok() == taken {
                return;
            }
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// How many resources it holds, by type.
    pub fn counts(&self) -> BTreeMap<String, usize> {
        self.shared.state().records.counts()
    }

    /// How many resources of a type it holds.
    pub fn count(&self, kind: &str) -> usize {
        self.counts().get(kind).copied().unwrap_or(0)
    }

    /// How often something under this id, or with an identifier of this value, was created or changed its content.
    /// A replay has no effect.
    pub fn effects(&self, id: &str) -> usize {
        self.shared.state().records.effects(id)
    }

    /// Identifiers that more than one resource of a type has.
    pub fn doubles(&self) -> Vec<String> {
        self.shared.state().records.doubles()
    }

    /// A resource by `Type/id`.
    pub fn resource(&self, reference: &str) -> Option<Value> {
        self.shared.state().records.read(reference).map(|held| held.resource.clone())
    }

    /// The resources of a type.
    pub fn all(&self, kind: &str) -> Vec<Value> {
        self.shared.state().records.all(kind).map(|held| held.resource.clone()).collect()
    }

    /// Stores a resource as the platform's own people would; its version changes.
    pub fn change(&self, resource: Value) {
        self.shared.state().records.write(resource, false);
    }

    /// Every request so far.
    pub fn seen(&self) -> Vec<Seen> {
        self.shared.state().seen.clone()
    }

    /// The bodies of the transactions so far, also of those that failed.
    pub fn transactions(&self) -> Vec<Vec<u8>> {
        let posts = self.seen().into_iter().filter(|seen| seen.method == "POST");
        posts.map(|seen| seen.body).collect()
    }
}

impl Drop for Platform {
    fn drop(&mut self) {
        self.line.send_replace(Line::Ended);
        if let Some(thread) = self.thread.take() {
            // A panic in the platform has been printed by then; dropping must not add another.
            let _ = thread.join();
        }
    }
}

/// Is the cable in?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Line {
    Listening,
    Unplugged,
    Ended,
}

#[derive(Debug, Default)]
struct Shared(Mutex<State>);

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Debug, Default)]
struct State {
    records: Records,
    mischief: Vec<(Mischief, Times)>,
    seen: Vec<Seen>,
}

impl State {
    /// The mischief that hits this request; what is done so many times is counted down.
    fn mischief_for(&mut self, transaction: bool) -> Vec<Mischief> {
        let mut hits = Vec::new();
        for (mischief, times) in &mut self.mischief {
            match times {
                Times::UntilCleared => hits.push(mischief.clone()),
                Times::Next(left) if transaction && *left > 0 => {
                    *left -= 1;
                    hits.push(mischief.clone());
                }
                Times::Next(_) => {}
            }
        }
        self.mischief.retain(|(_, times)| *times != Times::Next(0));
        hits
    }
}
