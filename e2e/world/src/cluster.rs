//! One simulated cluster, and the way of a controller into it.

use std::sync::Arc;

use futures::FutureExt;
use http::Uri;
use jiff::Timestamp;
use kube::Client;
use serde_json::{Value, json};
use sluice_analysis::provider::Clients;
use sluice_analysis::provider::prometheus::Defaults;
use sluice_controller::clock::Clock;
use sluice_controller::metrics::Requests;
use sluice_controller::options::Options;
use sluice_controller::surroundings::{Own, Replica, Surroundings};

use crate::actors::{self, Actors, Settings};
use crate::api::{Status, Store, catalog};
use crate::rng::Rng;
use crate::scenario::NAMESPACE;

/// Where Traefik's API is.
const ROUTER: &str = "http://traefik.test:8080";

/// A cluster in virtual time. A clone is the same one.
#[derive(Clone, Debug)]
pub struct Cluster {
    /// What its API server keeps.
    pub store: Store,
    /// Its time.
    pub clock: Clock,
    /// What works around the API server.
    pub actors: Arc<Actors>,
}

impl Cluster {
    /// A cluster in good order, with one empty namespace, on the current runtime. It begins at the start of 2026.
    pub fn start(store: Store, clock: Clock, rng: Rng, settings: Settings) -> Self {
        let actors = Arc::new(Actors::start(store.clone(), clock.clone(), rng, settings));
        Self { store, clock, actors }
    }

    /// Makes an object of any kind that is served.
    pub fn create(&self, object: &Value, by: &str) -> Result<Arc<Value>, Status> {
        let kind = object.get("kind").and_then(Value::as_str).unwrap_or_default();
        match catalog::all().iter().find(|of| of.kind == kind && of.stored) {
            Some(of) => self.store.create(of, object.clone(), by),
            None => Err(Status::new(404, "NotFound", format!("no kind \"{kind}\" is served here"))),
        }
    }

    /// What a controller process reaches, when it comes by this client.
    pub fn surroundings(&self, client: Client, identity: String) -> Surroundings {
        let replicas: Vec<Replica> = self.actors.traefiks().iter().map(replica).collect();
        Surroundings {
            client,
            requests: Requests::default(),
            clock: self.clock.clone(),
            measure: Clients::over(self.actors.prometheus().http()),
            prometheus: Defaults::default(),
            notify: sluice_notify::send::Clients::over(self.actors.slack().http()),
            routers: Arc::new(move |_| std::future::ready(Ok(replicas.clone())).boxed()),
            sources: sluice_controller::sources::none(),
            clusters: sluice_controller::destinations::none(),
            own: Own { namespace: NAMESPACE.to_owned(), ..Own::default() },
            identity,
            lease_namespace: NAMESPACE.to_owned(),
            namespace: None,
        }
    }
}

/// How a controller is run there: it asks Traefik's API.
pub fn options() -> Options {
    Options { traefik_api: vec![Uri::from_static(ROUTER)], ..Options::default() }
}

/// The namespace that stories are in.
pub fn namespace() -> Value {
    json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}})
}

/// When every simulation begins; any time would do.
pub fn beginning() -> Timestamp {
    Timestamp::constant(1_767_225_600, 0)
}

fn replica(traefik: &actors::Replica) -> Replica {
    Replica { name: format!("traefik-{}", traefik.index()), base: ROUTER.to_owned(), http: traefik.http() }
}
