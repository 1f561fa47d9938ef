//! A plain HTTP client for probes, tests and the load generator.

use std::time::Duration;

use anyhow::{Context, Result};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::{HeaderMap, Request, StatusCode};

pub use hyper::Method;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::time::timeout;

/// A client over a pool of connections.
pub type Http = Client<HttpConnector, Full<Bytes>>;

/// An answer, read to its end.
#[derive(Debug)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: String,
}

/// A client that keeps connections open between requests.
pub fn keep_alive() -> Http {
    let mut builder = Client::builder(TokioExecutor::new());
    builder.pool_timer(TokioTimer::new()).pool_idle_timeout(Duration::from_secs(30)).build(connector())
}

/// A client that opens a connection for each request.
pub fn one_shot() -> Http {
    Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build(connector())
}

fn connector() -> HttpConnector {
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    connector
}

/// A GET of `url` under the name `host`, which may differ from that in the URL.
pub fn get_request(url: &str, host: Option<&str>) -> Result<Request<Full<Bytes>>> {
    request(Method::GET, url, host)
}

/// A request without body.
pub fn request(method: Method, url: &str, host: Option<&str>) -> Result<Request<Full<Bytes>>> {
    let builder = Request::builder().method(method).uri(url);
    let builder = host.into_iter().fold(builder, |builder, host| builder.header(hyper::header::HOST, host));
    builder.body(Full::default()).with_context(|| format!("make a request of {url}"))
}

/// Sends the request and reads the answer, all within `limit`.
pub async fn send(client: &Http, request: Request<Full<Bytes>>, limit: Duration) -> Result<Answer> {
    let exchange = async {
        let (head, body) = client.request(request).await.context("send the request")?.into_parts();
        let body = body.collect().await.context("read the answer")?.to_bytes();
        let body = String::from_utf8_lossy(&body).into_owned();
        Ok(Answer { status: head.status, headers: head.headers, body })
    };
    timeout(limit, exchange).await.context("wait for the answer")?
}
