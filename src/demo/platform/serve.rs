//! The HTTP side of the platform: accepts connections, does mischief, hands the rest to the records.

use std::io::{self, Read};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use flate2::read::GzDecoder;
use http_body_util::{BodyExt, Either, Full};
use hyper::body::{Body, Bytes, Frame, Incoming};
use hyper::header::{CONTENT_ENCODING, CONTENT_TYPE, ETAG, LOCATION, RETRY_AFTER};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::fhir::{Manners, Refusal, capability, etag, outcome};
use super::{Line, Mischief, Seen, Shared};

type Reply = Response<Either<Full<Bytes>, Cut>>;

/// Longest body that is unpacked.
const LONGEST: u64 = 64 * 1024 * 1024;

/// Serves until the line ends.
pub(super) async fn run(
    listener: std::net::TcpListener,
    address: SocketAddr,
    shared: Arc<Shared>,
    mut line: watch::Receiver<Line>,
) {
    let mut serving = JoinSet::new();
    if let Ok(listener) = TcpListener::from_std(listener) {
        serving.spawn(accept(listener, Arc::clone(&shared)));
    }
    while line.changed().await.is_ok() {
        let now = *line.borrow_and_update();
        match now {
            Line::Ended => return,
            // With the task goes its listener, and every connection it accepted.
            Line::Unplugged => serving.shutdown().await,
            Line::Listening if serving.is_empty() => {
                if let Some(listener) = bind_again(address).await {
                    serving.spawn(accept(listener, Arc::clone(&shared)));
                }
            }
            Line::Listening => {}
        }
    }
}

/// The port was free for others in the meantime, and one of them may hold it for a moment.
async fn bind_again(address: SocketAddr) -> Option<TcpListener> {
    for _ in 0..250 {
        match TcpListener::bind(address).await {
            Ok(listener) => return Some(listener),
            Err(_) => std::thread::sleep(Duration::from_millis(20)),
        }
    }
    None
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        match listener.accept().await {
            Ok((stream, _)) => {
                connections.spawn(talk(stream, Arc::clone(&shared)));
            }
            Err(_) => tokio::task::yield_now().await,
        }
    }
}

async fn talk(stream: TcpStream, shared: Arc<Shared>) {
    let service = service_fn(|request| answer(request, Arc::clone(&shared)));
    // An error here is a connection that was cut, by the other side or by mischief.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

/// Why the connection is closed without an answer.
#[derive(Debug, thiserror::Error)]
#[error("the answer is withheld")]
struct Withheld;

async fn answer(request: Request<Incoming>, shared: Arc<Shared>) -> Result<Reply, Withheld> {
    let (parts, body) = request.into_parts();
    let packed = parts.headers.get(CONTENT_ENCODING).is_some_and(|value| value == "gzip");
    let raw = body.collect().await.map_err(|_| Withheld)?.to_bytes();
    let body = if packed { unpacked(&raw) } else { raw.to_vec() };
    let path = parts.uri.path_and_query().map(ToString::to_string).unwrap_or_default();
    let base =
        format!("http://{}/fhir", parts.headers.get("host").and_then(|host| host.to_str().ok()).unwrap_or_default());
    let ask = Ask { method: parts.method, path, base, packed, body };
    let mischief = shared.state().mischief_for(ask.method == Method::POST);
    for deed in &mischief {
        if let Mischief::Slow(time) = deed {
            tokio::time::sleep(*time).await;
        }
    }
    let reply = ask.serve(&shared, &mischief);
    let status = reply.as_ref().ok().map(|reply| reply.status().as_u16());
    let Ask { method, path, body, .. } = ask;
    shared.state().seen.push(Seen { method: method.to_string(), path, body, status });
    reply
}

fn unpacked(raw: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    // What cannot be unpacked is no JSON either and is refused as such.
    let _ = GzDecoder::new(raw).take(LONGEST).read_to_end(&mut body);
    body
}

struct Ask {
    method: Method,
    path: String,
    base: String,
    packed: bool,
    body: Vec<u8>,
}

impl Ask {
    fn serve(&self, shared: &Shared, mischief: &[Mischief]) -> Result<Reply, Withheld> {
        if let Some(reply) = mischief.iter().find_map(|deed| self.before(deed)) {
            return reply;
        }
        let reply = self.properly(shared, manners(mischief));
        mischief.iter().try_fold(reply, after)
    }

    /// Mischief that keeps the request from being read.
    fn before(&self, deed: &Mischief) -> Option<Result<Reply, Withheld>> {
        let has = |id: &str| self.method == Method::POST && String::from_utf8_lossy(&self.body).contains(id);
        Some(match deed {
            Mischief::Down => Err(Withheld),
            Mischief::Status(status) => Ok(plain(*status, "")),
            Mischief::Html200 => Ok(html()),
            Mischief::EmptyBody => Ok(plain(200, "")),
            Mischief::Redirect => Ok(redirect()),
            Mischief::TooManyRequests { retry_after } => Ok(too_many(retry_after.as_deref())),
            Mischief::TooBig(most) if self.body.len() > *most => Ok(plain(413, "")),
            Mischief::GzipUnsupported if self.packed => Ok(plain(500, "")),
            Mischief::StumbleOver(id) if has(id) => Ok(plain(500, "")),
            Mischief::RefuseId { id, says } if has(id) => Ok(json(422, &outcome(says))),
            Mischief::Refuse422(kind) if has(&format!("\"resourceType\":\"{kind}\"")) => {
                Ok(json(422, &outcome(&format!("{kind} is not accepted"))))
            }
            _ => return None,
        })
    }

    fn properly(&self, shared: &Shared, manners: Manners) -> Reply {
        let Some(rest) = self.path.strip_prefix("/fhir") else { return plain(404, "") };
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let path = path.trim_matches('/');
        let mut state = shared.state();
        match (&self.method, path) {
            (&Method::GET, "metadata") => json(200, &capability(manners)),
            (&Method::POST, "") => {
                let bundle: Value = serde_json::from_slice(&self.body).unwrap_or(Value::Null);
                match state.records.transaction(&bundle, &self.base, manners) {
                    Ok(answer) => json(200, &answer),
                    Err(Refusal(status, says)) => json(status, &outcome(&says)),
                }
            }
            (&Method::GET, path) if path.contains('/') => match state.records.read(path) {
                Some(held) => tagged(json(200, &held.resource), &etag(held)),
                None => json(404, &outcome("no such resource")),
            },
            (&Method::GET, kind) if !kind.is_empty() => json(200, &state.records.search(kind, query, &self.base)),
            _ => plain(405, ""),
        }
    }
}

fn manners(mischief: &[Mischief]) -> Manners {
    Manners {
        no_update_create: mischief.contains(&Mischief::NoUpdateCreate),
        uuid_etags: mischief.contains(&Mischief::UuidEtags),
        guard_is_400: mischief.contains(&Mischief::GuardIs400),
    }
}

/// Mischief that spoils the answer to what was done.
fn after(reply: Reply, deed: &Mischief) -> Result<Reply, Withheld> {
    let Either::Left(body) = reply.body() else { return Ok(reply) };
    let bytes = now_or_never(body.clone());
    Ok(match deed {
        Mischief::LoseAnswerAfterCommit => return Err(Withheld),
        Mischief::TruncatedBody => reply.map(|_| Either::Left(Full::new(bytes.slice(..bytes.len() / 2)))),
        Mischief::CutAnswer => reply.map(|_| Either::Right(Cut(Some(bytes.slice(..bytes.len() / 2))))),
        Mischief::BadBundleType => {
            let other = String::from_utf8_lossy(&bytes).replace("transaction-response", "searchset");
            reply.map(|_| Either::Left(Full::new(Bytes::from(other))))
        }
        _ => reply,
    })
}

/// The bytes of a body that is all there.
fn now_or_never(mut body: Full<Bytes>) -> Bytes {
    let mut context = Context::from_waker(std::task::Waker::noop());
    match Pin::new(&mut body).poll_frame(&mut context) {
        Poll::Ready(Some(Ok(frame))) => frame.into_data().unwrap_or_default(),
        _ => Bytes::new(),
    }
}

fn json(status: u16, body: &Value) -> Reply {
    with_type(plain(status, body.to_string()), "application/fhir+json")
}

fn html() -> Reply {
    with_type(plain(200, "<!DOCTYPE html><title>login</title>"), "text/html")
}

fn redirect() -> Reply {
    with_header(plain(302, ""), LOCATION, "http://127.0.0.1:9/login")
}

fn too_many(retry_after: Option<&str>) -> Reply {
    let reply = plain(429, "");
    match retry_after {
        Some(value) => with_header(reply, RETRY_AFTER, value),
        None => reply,
    }
}

fn tagged(reply: Reply, etag: &str) -> Reply {
    with_header(reply, ETAG, etag)
}

fn with_type(reply: Reply, kind: &str) -> Reply {
    with_header(reply, CONTENT_TYPE, kind)
}

fn with_header(mut reply: Reply, name: hyper::header::HeaderName, value: &str) -> Reply {
    if let Ok(value) = value.parse() {
        reply.headers_mut().insert(name, value);
    }
    reply
}

fn plain(status: u16, body: impl Into<Bytes>) -> Reply {
    let mut reply = Response::new(Either::Left(Full::new(body.into())));
    *reply.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    reply
}

/// A body that ends in an error after its first part, so that the connection is cut.
struct Cut(Option<Bytes>);

impl Body for Cut {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        Poll::Ready(Some(match self.0.take() {
            Some(part) => Ok(Frame::data(part)),
            None => Err(io::ErrorKind::ConnectionAborted.into()),
        }))
    }
}
