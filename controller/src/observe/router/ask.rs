//! Asks every replica of Traefik by its API.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures::future::join_all;
use http::Uri;
use serde_json::Value;
use sluice_traffic::traefik::loaded::{Answers, Wanted, loaded};

/// Longest wait for an answer.
const PATIENCE: Duration = Duration::from_secs(2);
/// Longest answer, in bytes.
const LONGEST: usize = 10 << 20;

/// One client for each replica, so that its connection is kept.
#[derive(Default)]
pub(super) struct Replicas {
    clients: Mutex<HashMap<(String, SocketAddr), reqwest::Client>>,
}

impl Replicas {
    /// Whether every replica behind these addresses does what is wanted; else which one lacks what.
    pub(super) async fn all_do(&self, apis: &[Uri], wanted: &Wanted) -> Result<(), String> {
        let found = join_all(apis.iter().map(resolve)).await;
        let replicas = found.into_iter().collect::<Result<Vec<_>, _>>()?.concat();
        let verdicts = join_all(replicas.iter().map(|replica| self.does(replica, wanted))).await;
        verdicts.into_iter().collect()
    }

    async fn does(&self, replica: &Replica, wanted: &Wanted) -> Result<(), String> {
        let client =
            self.client(replica).map_err(|error| format!("set up a client for Traefik at {}: {error}", replica.at))?;
        let mut answers = Answers::new();
        for part in [wanted.by_weight(), wanted.clone()] {
            let open = part.paths().into_iter().filter(|path| !answers.contains_key(path));
            let asked = open.map(|path| async {
                let answer = ask(&client, &format!("{}{path}", replica.base)).await;
                (path, answer)
            });
            let asked: Vec<_> = asked.collect();
            answers.extend(join_all(asked).await);
            loaded(&answers, &part).map_err(|lacking| format!("Traefik at {}: {lacking}", replica.at))?;
        }
        Ok(())
    }

    /// The client that reaches this replica under the API's own name.
    fn client(&self, replica: &Replica) -> Result<reqwest::Client, reqwest::Error> {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        let id = (replica.base.clone(), replica.at);
        if let Some(client) = clients.get(&id) {
            return Ok(client.clone());
        }
        let builder = reqwest::Client::builder().user_agent("sluice").no_proxy().timeout(PATIENCE);
        let client = builder.resolve(&replica.host, replica.at).build()?;
        clients.insert(id, client.clone());
        Ok(client)
    }
}

/// One Traefik pod.
#[derive(Clone)]
struct Replica {
    base: String,
    host: String,
    at: SocketAddr,
}

/// All addresses behind the API's name: a headless Service gives every pod.
async fn resolve(api: &Uri) -> Result<Vec<Replica>, String> {
    let host = api.host().ok_or_else(|| format!("read --traefik-api {api}: it has no host; write http://HOST:PORT"))?;
    let scheme = api.scheme_str().unwrap_or("http");
    let port = api.port_u16().unwrap_or(if scheme == "https" { 443 } else { 80 });
    let base = format!("{scheme}://{host}:{port}{}", api.path().trim_end_matches('/'));
    let name = host.trim_start_matches('[').trim_end_matches(']');
    let found = tokio::time::timeout(PATIENCE, tokio::net::lookup_host((name, port))).await;
    let found = found.map_err(|_| format!("look up Traefik's API {host}: no answer in {} s", PATIENCE.as_secs()))?;
    let addresses = found.map_err(|error| format!("look up Traefik's API {host}: {error}"))?;
    let replicas: Vec<Replica> =
        addresses.map(|at| Replica { base: base.clone(), host: name.to_owned(), at }).collect();
    if replicas.is_empty() { Err(format!("look up Traefik's API {host}: it has no address")) } else { Ok(replicas) }
}

async fn ask(client: &reqwest::Client, url: &str) -> Result<Value, String> {
    let mut response = client.get(url).send().await.map_err(|error| words(&error))?;
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

/// An error with its innermost cause, which is the one that tells.
fn words(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    if error.is_timeout() { format!("no answer in {} s", PATIENCE.as_secs()) } else { cause.to_string() }
}
