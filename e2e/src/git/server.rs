//! Git over https: git's own server program behind a door that asks for a password, counts, and may keep who comes waiting; and
//! beside it the API of pull requests.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, Result};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::process::Command;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use super::forge::{Forge, PullRequest};

/// Who may fetch.
pub const USER: &str = "sluice";
/// By this password.
pub const PASSWORD: &str = "e2e-password";
/// Whose repositories are in the forge.
const OWNER: &str = "shop";
/// `sluice:e2e-password`, as the header has it.
const BASIC: &str = "Basic c2x1aWNlOmUyZS1wYXNzd29yZA==";

/// How the server treats who comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manners {
    /// As it should.
    Kind,
    /// It takes requests and says nothing.
    Silent,
    /// It has no repositories.
    Gone,
}

/// A running server of the repositories in a folder. Dropping it ends it.
#[derive(Debug)]
pub struct Server {
    port: u16,
    shared: Arc<Shared>,
    _task: JoinSet<()>,
}

#[derive(Debug)]
struct Shared {
    root: PathBuf,
    manners: watch::Sender<Manners>,
    looks: AtomicUsize,
    fetches: AtomicUsize,
    forge: Forge,
}

impl Server {
    /// Serves the repositories in `root` at a free port, with the certificate and key of these files.
    pub async fn start(root: &Path, certificate: &Path, key: &Path) -> Result<Self> {
        let chain = CertificateDer::pem_file_iter(certificate).context("read the git server's certificate")?;
        let chain = chain.collect::<Result<Vec<_>, _>>().context("read the git server's certificate")?;
        let key = PrivateKeyDer::from_pem_file(key).context("read the git server's key")?;
        let config = ServerConfig::builder().with_no_client_auth().with_single_cert(chain, key);
        let acceptor = TlsAcceptor::from(Arc::new(config.context("use the git server's certificate")?));
        let listener = TcpListener::bind("127.0.0.1:0").await.context("listen for git")?;
        let port = listener.local_addr().context("find the git server's port")?.port();
        let (looks, fetches, forge) = Default::default();
        let (root, manners) = (root.to_owned(), watch::Sender::new(Manners::Kind));
        let shared = Arc::new(Shared { root, manners, looks, fetches, forge });
        let mut task = JoinSet::new();
        task.spawn(listen(listener, acceptor, shared.clone()));
        Ok(Self { port, shared, _task: task })
    }

    /// Its URL; a repository is the folder `.git` of its own below.
    pub fn url(&self) -> String {
        format!("https://127.0.0.1:{}", self.port)
    }

    /// The URL of a repository.
    pub fn repository(&self, name: &str) -> String {
        format!("{}/{name}/.git", self.url())
    }

    /// The URL of the same repository as a forge has it, where pull requests may be opened.
    pub fn in_forge(&self, name: &str) -> String {
        format!("{}/{OWNER}/{name}.git", self.url())
    }

    /// The pull requests of a repository.
    pub fn pull_requests(&self, name: &str) -> Vec<PullRequest> {
        self.shared.forge.of(&format!("{OWNER}/{name}"))
    }

    /// How often it was asked for the branches and tags of a repository.
    pub fn looks(&self) -> usize {
        self.shared.looks.load(Ordering::Relaxed)
    }

    /// How often objects were fetched.
    pub fn fetches(&self) -> usize {
        self.shared.fetches.load(Ordering::Relaxed)
    }

    /// Treats everybody so from now on; who waits is let go.
    pub fn behave(&self, manners: Manners) {
        self.shared.manners.send_replace(manners);
    }
}

async fn listen(listener: TcpListener, acceptor: TlsAcceptor, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            Ok((stream, _)) = listener.accept() => {
                connections.spawn(serve(stream, acceptor.clone(), shared.clone()));
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

/// An error of the service is a connection cut.
async fn serve(stream: TcpStream, acceptor: TlsAcceptor, shared: Arc<Shared>) {
    let Ok(stream) = acceptor.accept(stream).await else { return };
    let service = service_fn(move |request| {
        let shared = shared.clone();
        async move { answer(&shared, request).await }
    });
    let mut builder = http1::Builder::new();
    drop(builder.timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), service).await);
}

async fn answer(shared: &Shared, request: Request<Incoming>) -> Result<Response<Full<Bytes>>> {
    let mut manners = shared.manners.subscribe();
    // The sender lives as long as the server.
    let _ = manners.wait_for(|manners| *manners != Manners::Silent).await;
    if *manners.borrow() == Manners::Gone {
        return refusal(404);
    }
    if Forge::has(request.uri().path()) {
        return forge(shared, request).await;
    }
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if header("authorization") != BASIC {
        return refusal(401);
    }
    if request.uri().path().ends_with("/info/refs") {
        shared.looks.fetch_add(1, Ordering::Relaxed);
    }
    backend(shared, request).await
}

fn refusal(status: u16) -> Result<Response<Full<Bytes>>> {
    let mut response = Response::builder().status(status);
    if status == 401 {
        response = response.header("www-authenticate", "Basic realm=\"git\"");
    }
    Ok(response.body(Full::default())?)
}

/// Answers a request of the API of pull requests.
async fn forge(shared: &Shared, request: Request<Incoming>) -> Result<Response<Full<Bytes>>> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.context("read the request")?.to_bytes();
    let token = head.headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let asked = (head.uri.path(), head.uri.query().unwrap_or_default());
    let (status, answer) = shared.forge.answer(&head.method, asked, token, &body);
    Ok(Response::builder().status(status).body(Full::from(answer.to_string()))?)
}

/// The path of a repository's own folder: a forge tells another.
fn path(asked: &str) -> String {
    let name = asked.strip_prefix('/').and_then(|asked| asked.strip_prefix(OWNER));
    name.map_or_else(|| asked.to_owned(), |name| name.replacen(".git/", "/.git/", 1))
}

/// Runs `git http-backend` for one request.
async fn backend(shared: &Shared, request: Request<Incoming>) -> Result<Response<Full<Bytes>>> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.context("read the request")?.to_bytes();
    let header = |name: &str| head.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    // In the second protocol, listing and fetching are told apart by their bodies alone.
    let fetches = body.windows(13).any(|part| part == b"command=fetch");
    shared.fetches.fetch_add(usize::from(fetches), Ordering::Relaxed);
    let mut git = Command::new("git");
    git.arg("http-backend").env("GIT_PROJECT_ROOT", &shared.root).env("GIT_HTTP_EXPORT_ALL", "1");
    git.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_COUNT", "1").env("GIT_CONFIG_KEY_0", "safe.directory");
    git.env("GIT_CONFIG_VALUE_0", "*")
        .env("PATH_INFO", path(head.uri.path()))
        .env("REQUEST_METHOD", head.method.as_str());
    git.env("QUERY_STRING", head.uri.query().unwrap_or_default()).env("CONTENT_TYPE", header("content-type"));
    git.env("CONTENT_LENGTH", body.len().to_string()).env("HTTP_CONTENT_ENCODING", header("content-encoding"));
    git.env("GIT_PROTOCOL", header("git-protocol")).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = git.kill_on_drop(true).spawn().context("start git")?;
    let mut input = child.stdin.take().context("write to git")?;
    let ((), output) = tokio::join!(
        async move {
            // Git may end before it has read all: what it says then tells why.
            let _ = input.write_all(&body).await;
        },
        child.wait_with_output()
    );
    told(&output.context("read from git")?.stdout)
}

/// What a CGI program says as a response.
fn told(output: &[u8]) -> Result<Response<Full<Bytes>>> {
    let end = output.windows(4).position(|part| part == b"\r\n\r\n").context("git said nothing")?;
    let (head, body) = output.split_at(end);
    let mut response = Response::builder();
    for (name, value) in String::from_utf8_lossy(head).lines().filter_map(|line| line.split_once(": ")) {
        response = match name {
            "Status" => response.status(value.get(..3).unwrap_or_default()),
            _ => response.header(name, value),
        };
    }
    let body = Bytes::copy_from_slice(body.get(4..).unwrap_or_default());
    Ok(response.body(Full::new(body))?)
}
