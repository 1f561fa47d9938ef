//! A small HTTP server for tests, which asks a function what to answer, and clients that find it under any address.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::Request;
use serde_json::Value;
use sluice_analysis::provider::{Http, network};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tower::ServiceExt;

use super::Clients;

/// What was asked.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// The method and the whole address.
    pub(crate) line: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

impl Asked {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    /// The headers that matter, and the body, as JSON in one line where it is JSON.
    pub(crate) fn shown(&self) -> String {
        let kept = ["authorization", "content-type", "idempotency-key", "x-"];
        let kept = |name: &str| kept.iter().any(|start| name.starts_with(start)) && name != ADDRESS;
        let headers =
            self.headers.iter().filter(|(name, _)| kept(name)).map(|(name, value)| format!("{name}: {value}"));
        let body = serde_json::from_str::<Value>(&self.body)
            .map_or_else(|_| self.body.clone(), |json| serde_json::to_string_pretty(&json).unwrap());
        [self.line.clone()].into_iter().chain(headers).chain([body]).collect::<Vec<_>>().join("\n")
    }
}

/// What is answered.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: String,
}

pub(crate) fn reply(status: u16, body: impl ToString) -> Reply {
    Reply { status, headers: Vec::new(), body: body.to_string() }
}

/// Everything it was asked, in order.
pub(crate) type Log = Arc<Mutex<Vec<Asked>>>;

/// Clients of a server that answers like that, whatever address they ask.
pub(crate) async fn server(answer: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> (Clients, Log) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (log, answer) = (Log::default(), Arc::new(answer));
    let seen = Arc::clone(&log);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(one(stream, Arc::clone(&answer), Arc::clone(&seen)));
        }
    });
    (Clients::over(everywhere(address)), log)
}

/// Where a request was to go.
const ADDRESS: &str = "x-address";

fn everywhere(address: String) -> Http {
    // Other tests of this process may have installed it already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let network = network(reqwest::Client::new());
    Http::new(tower::service_fn(move |mut request: Request<Bytes>| {
        let asked = request.uri().to_string();
        request.headers_mut().insert(ADDRESS, asked.parse().unwrap());
        let path = request.uri().path_and_query().unwrap().clone();
        *request.uri_mut() = format!("http://{address}{path}").parse().unwrap();
        network.clone().oneshot(request)
    }))
}

async fn one(mut stream: TcpStream, answer: Arc<impl Fn(&Asked) -> Reply>, log: Log) {
    let asked = read(&mut stream).await;
    let Reply { status, headers, body } = answer(&asked);
    log.lock().unwrap().push(asked);
    let more = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect::<Vec<_>>().concat();
    let head = format!("HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {}\r\n{more}\r\n", body.len());
    // A client that has read enough hangs up: writing then fails, as it should.
    let _ = stream.write_all((head + &body).as_bytes()).await;
}

async fn read(stream: &mut TcpStream) -> Asked {
    let (mut bytes, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let headers: BTreeMap<String, String> = head
                .lines()
                .filter_map(|line| line.split_once(": "))
                .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
                .collect();
            if body.len() >= headers.get("content-length").map_or(0, |length| length.parse().unwrap()) {
                let method = head.split_whitespace().next().unwrap();
                return Asked { line: format!("{method} {}", headers[ADDRESS]), headers, body: body.to_owned() };
            }
        }
        let read = stream.read(&mut buffer).await.unwrap();
        bytes.extend_from_slice(&buffer[..read]);
    }
}
