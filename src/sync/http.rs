//! The only file that opens a connection to a platform.
//!
//! TLS 1.2 or later, vouched for by the configured root alone; plain http to this machine only; no redirects, no proxy
//! from the environment; limits in time and size (sync-protocol S7.4, 10).

use std::fs;
use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use reqwest::blocking::{Client, RequestBuilder, Response};
use reqwest::header::{ACCEPT, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap};
use reqwest::{Url, redirect};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

use super::wire::{Answer, Wire, WireFault};

const FHIR_JSON: &str = "application/fhir+json";

/// A line to a platform over HTTP.
pub struct Http {
    client: Client,
    endpoint: Url,
    token: Option<String>,
    limits: Limits,
    /// Switched off for good when the platform turns out not to unpack bodies (sync-protocol 6).
    compress: bool,
}

/// How long and how much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// To set up a connection.
    pub connect: Duration,
    /// For a whole request, before its size is counted.
    pub whole: Duration,
    /// Slowest line that is waited for, bytes a second.
    pub slowest: u64,
    /// Longest answer in bytes.
    pub longest: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            whole: Duration::from_secs(60),
            slowest: 5_000,
            longest: 8 * 1024 * 1024,
        }
    }
}

impl Http {
    /// Prepares a line to the platform at `url`. `authority` is the PEM file of its root, needed for https; `token` is
    /// sent as bearer.
    pub fn open(url: &str, authority: Option<&Path>, token: Option<String>) -> Result<Self, WireFault> {
        Self::with_limits(url, authority, token, Limits::default())
    }

    /// The same with other limits.
    pub fn with_limits(
        url: &str,
        authority: Option<&Path>,
        token: Option<String>,
        limits: Limits,
    ) -> Result<Self, WireFault> {
        let endpoint = address(url)?;
        let mut builder = Client::builder()
            .connect_timeout(limits.connect)
            .timeout(limits.whole)
            .redirect(redirect::Policy::none())
            .referer(false)
            .no_proxy()
            .user_agent(concat!("health-hut/", env!("CARGO_PKG_VERSION")))
            // The name of this machine must not lead elsewhere.
            .resolve("localhost", SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0))
            .tls_backend_preconfigured(trust(&endpoint, authority)?);
        if endpoint.scheme() == "https" {
            builder = builder.https_only(true);
        }
        let client = builder.build().map_err(|cause| WireFault::Unreachable(cause.into()))?;
        Ok(Self { client, endpoint, token, limits, compress: true })
    }

    fn ask(&self, path: &str) -> Result<Answer, WireFault> {
        let mut url = self.endpoint.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path.split('/'));
        }
        self.exchange(self.client.get(url), 0)
    }

    fn post(&self, body: &[u8], compress: bool) -> Result<Answer, WireFault> {
        let request = self.client.post(self.endpoint.clone()).header(CONTENT_TYPE, FHIR_JSON);
        let request = match compress.then(|| packed(body)).flatten() {
            Some(packed) => request.header(CONTENT_ENCODING, "gzip").body(packed),
            None => request.body(body.to_vec()),
        };
        self.exchange(request.header("Prefer", "return=minimal"), body.len() as u64)
    }

    fn exchange(&self, request: RequestBuilder, size: u64) -> Result<Answer, WireFault> {
        // The answer to a transaction is not longer than the transaction; both take their time on a slow line.
        let time = self.limits.whole + Duration::from_secs(2 * size / self.limits.slowest);
        let mut request = request.header(ACCEPT, FHIR_JSON).timeout(time);
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        let response = request.send().map_err(fault)?;
        self.read_answer(response)
    }

    fn read_answer(&self, response: Response) -> Result<Answer, WireFault> {
        let text = |headers: &HeaderMap, name: &str| headers.get(name)?.to_str().ok().map(str::to_owned);
        let headers = response.headers();
        let mut answer = Answer {
            status: response.status().as_u16(),
            content_type: text(headers, "content-type"),
            retry_after: text(headers, "retry-after"),
            date: text(headers, "date"),
            etag: text(headers, "etag"),
            body: Vec::new(),
        };
        let mut limited = response.take(self.limits.longest + 1);
        limited.read_to_end(&mut answer.body).map_err(broken_off)?;
        if answer.body.len() as u64 > self.limits.longest { Err(WireFault::TooLong) } else { Ok(answer) }
    }
}

impl Wire for Http {
    fn capability(&mut self) -> Result<Answer, WireFault> {
        self.ask("metadata")
    }

    fn post_transaction(&mut self, body: &[u8]) -> Result<Answer, WireFault> {
        let answer = self.post(body, self.compress)?;
        if self.compress && matches!(answer.status, 415 | 500) {
            self.compress = false;
            return self.post(body, false);
        }
        Ok(answer)
    }

    fn read(&mut self, resource: &str) -> Result<Answer, WireFault> {
        self.ask(resource)
    }
}

/// Accepts https anywhere, http only to this machine (N1).
fn address(url: &str) -> Result<Url, WireFault> {
    let url = Url::parse(url).map_err(|_| WireFault::Address("which is no address"))?;
    if !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some() {
        return Err(WireFault::Address("which must not hold an account or parameters"));
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_this_machine(&url) => Ok(url),
        "http" => Err(WireFault::Address("since plain http is for this machine only; use https")),
        _ => Err(WireFault::Address("since only https is spoken")),
    }
}

fn is_this_machine(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Trusts the configured root and nothing else.
fn trust(endpoint: &Url, authority: Option<&Path>) -> Result<ClientConfig, WireFault> {
    let mut roots = RootCertStore::empty();
    if let Some(file) = authority {
        let pem = fs::read(file).map_err(WireFault::Authority)?;
        for certificate in CertificateDer::pem_slice_iter(&pem) {
            let certificate = certificate.map_err(|cause| unreadable(cause.to_string()))?;
            roots.add(certificate).map_err(|cause| unreadable(cause.to_string()))?;
        }
    }
    if roots.is_empty() && endpoint.scheme() == "https" {
        return Err(if authority.is_some() {
            unreadable("no certificate in the file".into())
        } else {
            WireFault::NoAuthority
        });
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|cause| WireFault::Untrusted(cause.into()))?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

fn unreadable(cause: String) -> WireFault {
    WireFault::Authority(std::io::Error::new(std::io::ErrorKind::InvalidData, cause))
}

fn packed(body: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(body).ok()?;
    encoder.finish().ok()
}

fn fault(error: reqwest::Error) -> WireFault {
    let error = error.without_url();
    if error.is_connect() {
        return if is_about_trust(&error) {
            WireFault::Untrusted(error.into())
        } else {
            WireFault::Unreachable(error.into())
        };
    }
    if error.is_timeout() { WireFault::TimedOut } else { WireFault::Cut(error.into()) }
}

/// True when rustls refused the certificate: its error lies somewhere below reqwest's.
fn is_about_trust(error: &reqwest::Error) -> bool {
    let mut cause = std::error::Error::source(error);
    while let Some(found) = cause {
        if let Some(tls) = found.downcast_ref::<rustls::Error>() {
            return matches!(tls, rustls::Error::InvalidCertificate(_));
        }
        if let Some(io) = found.downcast_ref::<std::io::Error>()
            && let Some(tls) = io.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>())
        {
            return matches!(tls, rustls::Error::InvalidCertificate(_));
        }
        cause = found.source();
    }
    false
}

fn broken_off(error: std::io::Error) -> WireFault {
    let timed_out = error.kind() == std::io::ErrorKind::TimedOut
        || error
            .get_ref()
            .and_then(|inner| inner.downcast_ref::<reqwest::Error>())
            .is_some_and(reqwest::Error::is_timeout);
    if timed_out { WireFault::TimedOut } else { WireFault::Cut(error.into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(url: &str) -> WireFault {
        match Http::open(url, None, None) {
            Ok(_) => panic!("accepted {url}"),
            Err(fault) => fault,
        }
    }

    #[test]
    fn n1_plain_http_only_to_this_machine() {
        for url in ["http://10.0.0.1/fhir", "http://platform.example/fhir", "http://127.0.0.1.example/", "ftp://x/"] {
            assert!(matches!(refusal(url), WireFault::Address(_)), "{url}");
        }
        for url in ["http://127.0.0.1:8080/fhir", "http://[::1]:8080/fhir", "http://localhost/fhir"] {
            assert!(Http::open(url, None, None).is_ok(), "{url}");
        }
    }

    #[test]
    fn n1_https_needs_the_configured_root() {
        assert!(matches!(refusal("https://platform.example/fhir"), WireFault::NoAuthority));
        let missing = Http::open("https://platform.example/fhir", Some(Path::new("/nonexistent.pem")), None);
        assert!(matches!(missing.err(), Some(WireFault::Authority(_))));
    }

    #[test]
    fn section_10_a_url_carries_no_secret() {
        assert!(matches!(refusal("https://user:secret@platform.example/"), WireFault::Address(_)));
        assert!(matches!(refusal("http://127.0.0.1/?token=1"), WireFault::Address(_)));
    }
}
