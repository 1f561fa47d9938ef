//! Two small pages for those who watch the process: its health, and its metrics.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response, StatusCode, header};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use tokio::net::TcpListener;

use crate::connections;
use crate::context::Context;

/// What is answered: a status, the type of the text, and the text.
type Page = (StatusCode, &'static str, String);

/// A loop that stands still for so long does not go on by itself: the longest pass is given up after a minute.
const STILL: Duration = Duration::from_mins(3);

const TEXT: &str = "text/plain; charset=utf-8";
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Opens the port on all addresses, of IPv6 and of IPv4.
pub async fn listen(port: u16) -> std::io::Result<TcpListener> {
    match TcpListener::bind((Ipv6Addr::UNSPECIFIED, port)).await {
        Err(error) if !matches!(error.kind(), ErrorKind::AddrInUse | ErrorKind::PermissionDenied) => {
            // This machine has no IPv6.
            TcpListener::bind((Ipv4Addr::UNSPECIFIED, port)).await
        }
        opened => opened,
    }
}

/// `/healthz`: the loops go round, where they have begun to. `/readyz`: the caches are filled.
pub fn health(ctx: &Context, path: &str) -> Page {
    match path {
        "/healthz" => match ctx.queues.still(STILL) {
            None => (StatusCode::OK, TEXT, "ok\n".to_owned()),
            Some(why) => (StatusCode::INTERNAL_SERVER_ERROR, TEXT, format!("for {STILL:?} already, {why}\n")),
        },
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
    let tasks = ctx.tasks.clone();
    let answers = move |request: Request<Incoming>| std::future::ready(answer(page(&ctx, request.uri().path())));
    connections::serve(listener, &tasks, answers).await;
}

fn answer((status, kind, text): Page) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(text));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static(kind));
    response
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;
    use tokio::time::advance;

    use super::*;
    use crate::key::Key;
    use crate::testing::{context, nothing};

    fn healthy(ctx: &Context) -> (u16, String) {
        let (status, _, text) = health(ctx, "/healthz");
        (status.as_u16(), text)
    }

    #[tokio::test]
    async fn pages_are_served_by_both_kinds_of_addresses() {
        let port = listen(0).await.unwrap().local_addr().unwrap().port();
        let listener = listen(port).await.unwrap();
        let is_wide = listener.local_addr().unwrap().is_ipv6();
        let (ctx, _writers, _) = context(nothing);
        tokio::spawn(serve(listener, ctx, health));
        let all = ["127.0.0.1", "[::1]"].into_iter().take(if is_wide { 2 } else { 1 });
        for host in all {
            let mut stream = TcpStream::connect(format!("{host}:{port}")).await.unwrap();
            stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).await.unwrap();
            assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("ok\n"), "{answer}");
        }
        assert_eq!(listen(port).await.unwrap_err().kind(), ErrorKind::AddrInUse);
    }

    #[tokio::test(start_paused = true)]
    async fn a_standby_is_alive_though_nobody_takes_its_keys() {
        let (ctx, _writers, _) = context(nothing);
        ctx.queues.rollouts.add(Key::new("ns", "shop"));
        advance(Duration::from_hours(1)).await;
        assert_eq!(healthy(&ctx).0, 200);
    }

    #[tokio::test(start_paused = true)]
    async fn a_pass_that_does_not_end_is_told() {
        let (ctx, _writers, _) = context(nothing);
        ctx.queues.rollouts.add(Key::new("ns", "shop"));
        let key = ctx.queues.rollouts.next().await;
        advance(Duration::from_mins(3)).await;
        assert_eq!(healthy(&ctx).0, 200);
        advance(Duration::from_secs(1)).await;
        assert_eq!(
            healthy(&ctx),
            (500, "for 180s already, loop rollout: the pass of ns/shop does not end\n".to_owned())
        );
        ctx.queues.rollouts.done(&key);
        assert_eq!(healthy(&ctx).0, 200);
    }

    #[tokio::test(start_paused = true)]
    async fn keys_that_nobody_takes_any_more_are_told() {
        let (ctx, _writers, _) = context(nothing);
        let queue = &ctx.queues.analysis_runs;
        queue.add(Key::new("ns", "one"));
        queue.done(&queue.next().await);
        advance(Duration::from_hours(1)).await;
        queue.add(Key::new("ns", "two"));
        assert_eq!(healthy(&ctx).0, 200, "due since a moment ago");
        queue.add_at(Key::new("ns", "three"), tokio::time::Instant::now());
        advance(Duration::from_mins(4)).await;
        let told = "for 180s already, loop analysisrun: 2 objects are due and none is looked at\n";
        assert_eq!(healthy(&ctx), (500, told.to_owned()));
    }
}
