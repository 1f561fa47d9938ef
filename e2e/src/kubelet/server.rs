//! Serving an application on the pod's address, with an orderly end.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use anyhow::{Context, Result};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::app::App;
use super::container::Stop;

/// Serves `app` at every port until `stop`; then takes no new connection, finishes the requests in flight and returns.
///
/// Dropping the future breaks off every connection at once, as SIGKILL does.
pub(super) async fn serve(app: Arc<App>, ip: IpAddr, ports: &[u16], stop: &Stop) -> Result<()> {
    let mut listeners = JoinSet::new();
    for port in ports {
        let address = SocketAddr::new(ip, *port);
        let listener = TcpListener::bind(address).await.with_context(|| format!("listen at {address}"))?;
        listeners.spawn(listen(app.clone(), listener, stop.clone()));
    }
    while listeners.join_next().await.is_some() {}
    Ok(())
}

async fn listen(app: Arc<App>, listener: TcpListener, mut stop: Stop) {
    let graceful = GracefulShutdown::new();
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            Ok((stream, _)) = listener.accept() => {
                connections.spawn(connection(app.clone(), stream, &graceful));
            }
            Some(_) = connections.join_next() => {}
            () = stop.asked() => break,
        }
    }
    drop(listener);
    graceful.shutdown().await;
}

fn connection(app: Arc<App>, stream: TcpStream, graceful: &GracefulShutdown) -> impl Future<Output = ()> + use<> {
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| {
        let app = app.clone();
        async move { Ok::<_, Infallible>(app.answer(&request).await) }
    });
    let mut builder = http1::Builder::new();
    let connection = builder.timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), service);
    let watched = graceful.watch(connection);
    // A client that breaks off is no failure of the server's.
    async move { drop(watched.await) }
}
