//! Asks every replica of Traefik by its API.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures::FutureExt;
use futures::future::join_all;
use http::{Request, Uri};
use serde_json::Value;
use sluice_analysis::provider;
use sluice_traffic::traefik::loaded::{Answers, Wanted, loaded};
use tokio::time::timeout;
use tower::ServiceExt;

use crate::surroundings::{Replica, Routers};

/// Longest wait for an answer.
const PATIENCE: Duration = Duration::from_secs(2);
/// Longest answer, in bytes.
const LONGEST: usize = 10 << 20;

/// Whether every replica behind these addresses does what is wanted; else which one lacks what.
pub(super) async fn all_do(routers: &Routers, apis: &[Uri], wanted: &Wanted) -> Result<(), String> {
    let found = join_all(apis.iter().map(|api| routers(api.clone()))).await;
    let replicas = found.into_iter().collect::<Result<Vec<_>, _>>()?.concat();
    let verdicts = join_all(replicas.iter().map(|replica| does(replica, wanted))).await;
    verdicts.into_iter().collect()
}

async fn does(replica: &Replica, wanted: &Wanted) -> Result<(), String> {
    let mut answers = Answers::new();
    for part in [wanted.by_weight(), wanted.clone()] {
        let open = part.paths().into_iter().filter(|path| !answers.contains_key(path));
        let asked: Vec<_> = open.map(|path| answer(replica, path)).collect();
        answers.extend(join_all(asked).await);
        loaded(&answers, &part).map_err(|lacking| format!("Traefik at {}: {lacking}", replica.name))?;
    }
    Ok(())
}

async fn answer(replica: &Replica, path: String) -> (String, Result<Value, String>) {
    let url = format!("{}{path}", replica.base);
    let answer = timeout(PATIENCE, ask(replica, &url)).await;
    (path, answer.unwrap_or_else(|_| Err(format!("no answer in {} s", PATIENCE.as_secs()))))
}

async fn ask(replica: &Replica, url: &str) -> Result<Value, String> {
    let request = Request::get(url).body(Bytes::new()).map_err(|error| error.to_string())?;
    let mut response = replica.http.clone().oneshot(request).await.map_err(|error| words(&*error))?;
    if !response.status().is_success() {
        return Err(format!("HTTP {}", response.status().as_u16()));
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| words(&error))? {
        if body.len() + chunk.len() > LONGEST {
            return Err(format!("answer longer than {} MiB", LONGEST >> 20));
        }
        body.extend_from_slice(&chunk);
    }
    serde_json::from_slice(&body).map_err(|error| format!("answer is no JSON: {error}"))
}

/// Replicas over the network: all addresses that a name has, each asked under that name. A headless Service gives every
/// pod.
pub fn network() -> Routers {
    let known: Arc<Mutex<HashMap<(String, SocketAddr), Replica>>> = Arc::default();
    Arc::new(move |api| {
        let known = known.clone();
        async move {
            let (host, base, addresses) = resolve(&api).await?;
            let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
            // Pods come and go: a client for each address that there ever was would be a leak.
            known.retain(|(of, at), _| *of != base || addresses.contains(at));
            let replicas = addresses.into_iter().map(|at| match known.get(&(base.clone(), at)) {
                Some(replica) => Ok(replica.clone()),
                None => reach(&host, &base, at).inspect(|replica| {
                    known.insert((base.clone(), at), replica.clone());
                }),
            });
            replicas.collect()
        }
        .boxed()
    })
}

/// One client for each replica, so that its connection is kept.
fn reach(host: &str, base: &str, at: SocketAddr) -> Result<Replica, String> {
    let builder = reqwest::Client::builder().user_agent("sluice").no_proxy().resolve(host, at);
    let client = builder.build().map_err(|error| format!("set up a client for Traefik at {at}: {error}"))?;
    Ok(Replica { name: at.to_string(), base: base.to_owned(), http: provider::network(client) })
}

/// The host's name, the base of its URLs, and all its addresses.
async fn resolve(api: &Uri) -> Result<(String, String, Vec<SocketAddr>), String> {
    let host = api.host().ok_or_else(|| format!("read --traefik-api {api}: it has no host; write http://HOST:PORT"))?;
    let scheme = api.scheme_str().unwrap_or("http");
    let port = api.port_u16().unwrap_or(if scheme == "https" { 443 } else { 80 });
    let base = format!("{scheme}://{host}:{port}{}", api.path().trim_end_matches('/'));
    let name = host.trim_start_matches('[').trim_end_matches(']');
    let found = timeout(PATIENCE, tokio::net::lookup_host((name, port))).await;
    let found = found.map_err(|_| format!("look up Traefik's API {host}: no answer in {} s", PATIENCE.as_secs()))?;
    let addresses: Vec<_> = found.map_err(|error| format!("look up Traefik's API {host}: {error}"))?.collect();
    if addresses.is_empty() {
        return Err(format!("look up Traefik's API {host}: it has no address"));
    }
    Ok((name.to_owned(), base, addresses))
}

/// The innermost cause of an error, which is the one that tells.
fn words(error: &(dyn std::error::Error + 'static)) -> String {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}
