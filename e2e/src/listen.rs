//! A server for what the programs under test send out: it gets each request whole.

use std::convert::Infallible;
use std::net::SocketAddr;

use anyhow::{Context, Result};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};

/// Serves HTTP on loopback, at a port of its own, until the process ends; returns the address. Where `answer` has none, the answer is
/// 400 with the reason.
pub async fn serve<F>(answer: impl Fn(Request<Bytes>) -> F + Clone + Send + Sync + 'static) -> Result<SocketAddr>
where
    F: Future<Output = Result<Response<Bytes>>> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.context("listen")?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(connection(stream, answer.clone()));
        }
    });
    Ok(address)
}

async fn connection<F>(stream: TcpStream, answer: impl Fn(Request<Bytes>) -> F + Clone + Send + Sync + 'static)
where
    F: Future<Output = Result<Response<Bytes>>> + Send + 'static,
{
    let service = service_fn(move |request| {
        let answer = answer.clone();
        async move { Ok::<_, Infallible>(told(request, answer).await.unwrap_or_else(|error| refused(&error))) }
    });
    // A connection that breaks is the sender's to mend.
    drop(http1::Builder::new().serve_connection(TokioIo::new(stream), service).await);
}

async fn told<F>(request: Request<Incoming>, answer: impl Fn(Request<Bytes>) -> F) -> Result<Response<Full<Bytes>>>
where
    F: Future<Output = Result<Response<Bytes>>>,
{
    let (head, body) = request.into_parts();
    let body = body.collect().await.context("read the request")?.to_bytes();
    Ok(answer(Request::from_parts(head, body)).await?.map(Full::new))
}

fn refused(error: &anyhow::Error) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(format!("{error:#}")));
    *response.status_mut() = StatusCode::BAD_REQUEST;
    response
}
