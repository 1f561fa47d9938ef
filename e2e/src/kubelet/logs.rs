//! What containers say, and the door at which the API server asks for it (`pods/log`).

use std::collections::HashMap;
use std::convert::Infallible;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::{Context as _, Result};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use super::NODE_IP;

/// Where kubelets are asked.
pub(super) const PORT: u16 = 10250;
/// How the API server asks for a container's log: then come its namespace, its pod and its name.
const QUESTION: &str = "/containerLogs/";

/// What the containers of all pods have said. A clone is the same.
#[derive(Clone, Debug, Default)]
pub(super) struct Logs(Arc<Mutex<HashMap<String, String>>>);

/// What one container says.
#[derive(Clone, Debug)]
pub(super) struct Log {
    logs: Logs,
    name: String,
}

impl Logs {
    /// The log of a container: its namespace, its pod and its name, with `/` between.
    pub(super) fn of(&self, name: String) -> Log {
        Log { logs: self.clone(), name }
    }

    /// Opens the door, with the certificate and key of these files; it is closed when the task ends.
    pub(super) async fn serve(&self, certificate: &Path, key: &Path) -> Result<impl Future<Output = ()> + use<>> {
        let chain = CertificateDer::pem_file_iter(certificate).context("read the kubelet's certificate")?;
        let chain = chain.collect::<Result<Vec<_>, _>>().context("read the kubelet's certificate")?;
        let key = PrivateKeyDer::from_pem_file(key).context("read the kubelet's key")?;
        let config = ServerConfig::builder().with_no_client_auth().with_single_cert(chain, key);
        let acceptor = TlsAcceptor::from(Arc::new(config.context("use the kubelet's certificate")?));
        let listener = TcpListener::bind((NODE_IP, PORT)).await.context("listen as a kubelet")?;
        let logs = self.clone();
        Ok(async move {
            let mut connections = JoinSet::new();
            loop {
                tokio::select! {
                    Ok((stream, _)) = listener.accept() => drop(connections.spawn(answer(logs.clone(), stream, acceptor.clone()))),
                    Some(_) = connections.join_next() => {}
                }
            }
        })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Log {
    /// Says a line.
    pub(super) fn say(&self, line: &str) {
        let mut all = self.logs.lock();
        let said = all.entry(self.name.clone()).or_default();
        said.push_str(line);
        said.push('\n');
    }
}

async fn answer(logs: Logs, stream: TcpStream, acceptor: TlsAcceptor) {
    let Ok(stream) = acceptor.accept(stream).await else { return };
    let service = service_fn(move |request: Request<Incoming>| {
        let said = request.uri().path().strip_prefix(QUESTION).and_then(|name| logs.lock().get(name).cloned());
        let status = if said.is_some() { StatusCode::OK } else { StatusCode::NOT_FOUND };
        let mut response = Response::new(Full::new(Bytes::from(said.unwrap_or_default())));
        *response.status_mut() = status;
        std::future::ready(Ok::<_, Infallible>(response))
    });
    // Who breaks off is no failure of the server's.
    drop(http1::Builder::new().serve_connection(TokioIo::new(stream), service).await);
}
