//! The API of one replica.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, StatusCode, Uri};
use serde_json::{Value, json};
use sluice_analysis::provider::Http;
use sluice_controller::surroundings;
use tower::BoxError;

use super::Trouble;
use super::config::{Balancer, Config, Weighted};
use crate::actors::Shared;
use crate::rng::Rng;

/// One replica of Traefik, as whoever asks its API reaches it.
#[derive(Clone, Debug)]
pub struct Replica {
    index: usize,
    shared: Shared,
    rng: Arc<Mutex<Rng>>,
}

impl Replica {
    pub(in crate::actors) fn new(index: usize, shared: Shared, rng: Rng) -> Self {
        Self { index, shared, rng: Arc::new(Mutex::new(rng)) }
    }

    /// Its number.
    pub fn index(&self) -> usize {
        self.index
    }

    /// The way to its API.
    pub fn http(&self) -> Http {
        let replica = self.clone();
        Http::new(tower::service_fn(move |request| replica.clone().answer(request)))
    }

    /// The way to it, as a controller has it.
    pub(in crate::actors) fn reached(&self) -> surroundings::Replica {
        let name = format!("traefik-{}:8080", self.index);
        surroundings::Replica { base: format!("http://{name}"), name, http: self.http() }
    }

    async fn answer(self, request: Request<Bytes>) -> Result<reqwest::Response, BoxError> {
        tokio::time::sleep(self.wait()).await;
        let cluster = self.shared.lock();
        let Some(engine) = cluster.traefik.engines().get(self.index) else { return Err(refused()) };
        match engine.trouble {
            Some(Trouble::Down | Trouble::Silent) => Err(refused()),
            Some(Trouble::Failing(code)) => Ok(respond(StatusCode::from_u16(code)?, &json!({}))),
            trouble => Ok(match shown(&engine.loaded, request.uri(), trouble == Some(Trouble::Refusing)) {
                Ok(value) => respond(StatusCode::OK, &value),
                Err(message) => respond(StatusCode::NOT_FOUND, &json!({"message": message})),
            }),
        }
    }

    fn wait(&self) -> Duration {
        let cluster = self.shared.lock();
        let trouble = cluster.traefik.engines().get(self.index).and_then(|engine| engine.trouble);
        let extra = if let Some(Trouble::Slow(extra)) = trouble { extra } else { Duration::ZERO };
        let mut rng = self.rng.lock().unwrap_or_else(PoisonError::into_inner);
        cluster.settings.answer.pick(&mut rng) + extra
    }
}

/// What nobody listens for gets.
pub(in crate::actors) fn refused() -> BoxError {
    std::io::Error::from(std::io::ErrorKind::ConnectionRefused).into()
}

fn respond(status: StatusCode, body: &Value) -> reqwest::Response {
    let mut response = Response::new(body.to_string());
    *response.status_mut() = status;
    response.into()
}

/// What is behind a path, or Traefik's words for nothing.
fn shown(config: &Config, uri: &Uri, refusing: bool) -> Result<Value, String> {
    let path = uri.path();
    if path == "/api/http/routers" {
        return Ok(routers(config, uri.query().unwrap_or_default()));
    }
    let Some(asked) = path.strip_prefix("/api/http/services/") else { return Err("404 page not found".to_owned()) };
    let name = asked.strip_suffix("@kubernetescrd").unwrap_or_default();
    let weighted = config.weighted.get(name).map(|one| self::weighted(asked, one, refusing));
    let found = weighted.or_else(|| config.balancers.get(name).map(|one| balancer(asked, one)));
    let found = found.or_else(|| config.mirrors.get(name).map(|percent| mirror(asked, *percent)));
    found.ok_or_else(|| format!("service not found: {asked}"))
}

/// The routers whose names or rules hold what is searched for.
fn routers(config: &Config, query: &str) -> Value {
    let search = query.split('&').find_map(|part| part.strip_prefix("search=")).unwrap_or_default();
    let found = config.routers.iter().filter(|(name, one)| name.contains(search) || one.rule.contains(search));
    let shown = found.map(|(name, one)| {
        json!({
            "rule": one.rule, "priority": one.priority, "status": "enabled", "using": ["web"],
            "name": format!("{name}@kubernetescrd"), "provider": "kubernetescrd",
        })
    });
    shown.collect()
}

fn weighted(name: &str, one: &Weighted, refusing: bool) -> Value {
    let services = one.children.iter().map(|(name, weight)| json!({"name": name, "weight": weight}));
    let mut value = json!({
        "weighted": {"services": services.collect::<Vec<_>>()},
        "status": "enabled", "usedBy": [format!("{}-route@kubernetescrd", one.key.name)],
        "type": "weighted", "name": name, "provider": "kubernetescrd",
    });
    if let (true, Some(fields)) = (refusing, value.as_object_mut()) {
        fields.insert("status".to_owned(), json!("disabled"));
        fields.insert("error".to_owned(), json!(["it is held for broken"]));
    }
    value
}

fn mirror(name: &str, percent: u64) -> Value {
    json!({
        "mirroring": {"mirrors": [{"percent": percent}]}, "status": "enabled",
        "type": "mirroring", "name": name, "provider": "kubernetescrd",
    })
}

fn balancer(name: &str, one: &Balancer) -> Value {
    let url = |server: &super::config::Server| format!("http://{}:{}", server.address, server.port);
    let servers = one.servers.iter().map(|server| {
        let mut shown = json!({"url": url(server)});
        if let (true, Some(fields)) = (server.fenced, shown.as_object_mut()) {
            fields.insert("fenced".to_owned(), json!(true));
        }
        shown
    });
    let status: serde_json::Map<_, _> = one.servers.iter().map(|server| (url(server), json!("UP"))).collect();
    json!({
        "loadBalancer": {"servers": servers.collect::<Vec<_>>(), "strategy": "wrr", "passHostHeader": true},
        "status": "enabled", "serverStatus": status,
        "type": "loadbalancer", "name": name, "provider": "kubernetescrd",
    })
}
