//! Two small pages for those who watch the process: its health, and its metrics.

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use http::{Request, Response, StatusCode, header};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tracing::debug;

use crate::context::Context;

/// What is answered: a status, the type of the text, and the text.
type Page = (StatusCode, &'static str, String);

const TEXT: &str = "text/plain; charset=utf-8";
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Opens the port on all addresses.
pub async fn listen(port: u16) -> std::io::Result<TcpListener> {
    TcpListener::bind(SocketAddr::from((Ipv4Addr::UNSPECIFIED, port))).await
}

/// `/healthz`: the process runs. `/readyz`: its caches are filled.
pub fn health(ctx: &Context, path: &str) -> Page {
    match path {
        "/healthz" => (StatusCode::OK, TEXT, "ok\n".to_owned()),
        "/readyz" if ctx.caches.is_settled() => (StatusCode::OK, TEXT, "ok\n".to_owned()),
        "/readyz" => (StatusCode::SERVICE_UNAVAILABLE, TEXT, "caches are being filled\n".to_owned()),
        _ => not_found(),
    }
}

/// `/metrics`.
pub fn metrics(ctx: &Context, path: &str) -> Page {
    match path {
        "/metrics" => (StatusCode::OK, OPEN_METRICS, ctx.metrics.page()),
        _ => not_found(),
    }
}

fn not_found() -> Page {
    (StatusCode::NOT_FOUND, TEXT, "no such page\n".to_owned())
}

/// Answers requests until dropped.
pub async fn serve(listener: TcpListener, ctx: Arc<Context>, page: fn(&Context, &str) -> Page) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // Out of file descriptors, most likely: let some go before the next try.
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            continue;
        };
        let tasks = ctx.tasks.clone();
        let ctx = ctx.clone();
        tasks.spawn(async move {
            let service =
                service_fn(move |request| std::future::ready(Ok::<_, Infallible>(answer(page(&ctx, path(&request))))));
            if let Err(error) =
                hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await
            {
                debug!(%error, "connection ended");
            }
        });
    }
}

fn path(request: &Request<Incoming>) -> &str {
    request.uri().path()
}

fn answer((status, kind, text): Page) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(text));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static(kind));
    response
}
