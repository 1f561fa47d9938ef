//! All Rollouts and Applications, and how the Rollouts' weights and metrics went.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use futures::StreamExt;
use jiff::Timestamp;
use k8s_openapi::NamespaceResourceScope;
use kube::{Client, Resource, ResourceExt};
use kube_runtime::WatchStreamExt;
use kube_runtime::watcher::{Config, Event};
use sluice_crds::{AnalysisRun, Application, Rollout};
use sluice_read::{Guarded, Objects};
use tracing::warn;

use super::Known;
use crate::history::{History, Moment};
use crate::kind::Kind;
use crate::samples::{ByMetric, Samples};
use crate::view::Weight;

/// Which Rollouts and Applications are looked at.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// Those of this namespace; else of all.
    pub namespace: Option<String>,
    /// Those with these labels.
    pub selector: Option<String>,
    /// Of those, the ones in these namespaces; else in any.
    pub among: Option<Among>,
}

/// Namespaces that the API server cannot be asked for alone.
#[derive(Clone)]
pub struct Among(Arc<dyn Fn(&str) -> bool + Send + Sync>);

impl Among {
    /// Those of which `has` is so.
    pub fn those(has: impl Fn(&str) -> bool + Send + Sync + 'static) -> Self {
        Self(Arc::new(has))
    }

    /// Whether that is one of them.
    pub fn has(&self, namespace: &str) -> bool {
        (self.0)(namespace)
    }
}

impl fmt::Debug for Among {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Among")
    }
}

impl Scope {
    fn has<K: Resource>(&self, object: &K) -> bool {
        self.among.as_ref().is_none_or(|among| among.has(&object.namespace().unwrap_or_default()))
    }

    fn of<K>(&self, client: Client) -> (Objects<K>, Config)
    where
        K: Resource<DynamicType = (), Scope = NamespaceResourceScope>,
    {
        let objects = match &self.namespace {
            Some(namespace) => Objects::namespaced(client, namespace),
            None => Objects::all(client),
        };
        (objects, self.selector.iter().fold(Config::default(), |config, selector| config.labels(selector)))
    }
}

/// All Rollouts and Applications in a scope, and what was measured of the Rollouts.
#[derive(Debug)]
pub struct Fleet {
    /// The Rollouts.
    pub rollouts: Known<Rollout>,
    /// The Applications.
    pub applications: Known<Application>,
    measured: RwLock<Measured>,
}

#[derive(Debug, Default)]
struct Measured {
    history: History,
    samples: Samples,
}

impl Default for Fleet {
    fn default() -> Self {
        let (rollouts, applications) = (Known::new(Kind::Rollout), Known::new(Kind::Application));
        Self { rollouts, applications, measured: RwLock::default() }
    }
}

impl Fleet {
    /// Keeps Rollouts up to date; never ends.
    pub async fn watch(self: Arc<Self>, client: Client, scope: Scope, now: Arc<dyn Fn() -> Timestamp + Send + Sync>) {
        let (objects, config) = scope.of::<Guarded<Rollout>>(client);
        let mut events = objects.watch(config).default_backoff().boxed();
        while let Some(event) = events.next().await {
            match event {
                Ok(event) => self.take(event, now()),
                Err(error) => self.rollouts.fail(&error),
            }
        }
    }

    /// Keeps Applications up to date. A cluster that does not know them is asked again now and then, and without
    /// a scope nothing is asked.
    pub async fn watch_applications(self: Arc<Self>, client: Client, scope: Option<Scope>) {
        let Some(scope) = scope else {
            return self.applications.lack("Applications are not kept here: the controller runs without --gitops.");
        };
        let (objects, config) = scope.of::<Guarded<Application>>(client);
        let mut events = objects.watch(config).default_backoff().boxed();
        while let Some(event) = events.next().await {
            match event {
                Ok(Event::InitApply(application) | Event::Apply(application)) if !scope.has(&application) => {}
                Ok(event) => self.applications.take(event),
                Err(error) => self.applications.fail(&error),
            }
        }
    }

    /// Keeps what AnalysisRuns measure; never ends. Where they may not be watched, charts show what each run still has.
    pub async fn watch_runs(self: Arc<Self>, client: Client, scope: Scope) {
        let (objects, config) = scope.of::<Guarded<AnalysisRun>>(client);
        let mut events = objects.watch(config).default_backoff().boxed();
        let mut listed = BTreeSet::new();
        while let Some(event) = events.next().await {
            let mut state = self.write();
            match event {
                Ok(Event::Init) => listed.clear(),
                Ok(Event::InitDone) => state.samples.keep(|uid| listed.contains(uid)),
                Ok(Event::Delete(run)) => state.samples.forget(&run.uid().unwrap_or_default()),
                Ok(Event::InitApply(Guarded(Ok(run)))) => {
                    listed.extend(run.uid());
                    state.samples.note(&run);
                }
                Ok(Event::Apply(Guarded(Ok(run)))) => state.samples.note(&run),
                // One that cannot be read is the controller's to tell of.
                Ok(Event::InitApply(_) | Event::Apply(_)) => {}
                Err(error) => warn!(%error, "watch of AnalysisRuns for the dashboard fails; it is tried again"),
            }
        }
    }

    /// How the metrics of these runs went, by uid.
    pub fn samples<'a>(&self, runs: impl Iterator<Item = &'a AnalysisRun>) -> BTreeMap<String, ByMetric> {
        let state = self.read();
        runs.filter_map(ResourceExt::uid).map(|uid| (uid.clone(), state.samples.of(&uid))).collect()
    }

    fn take(&self, event: Event<Guarded<Rollout>>, now: Timestamp) {
        let is_list = matches!(event, Event::InitDone);
        self.write().weigh(&event, now);
        self.rollouts.take(event);
        if is_list {
            // A list tells that those it lacks are gone.
            let there: BTreeSet<String> = self.rollouts.all().iter().filter_map(|rollout| rollout.uid()).collect();
            self.write().history.keep(|uid| there.contains(uid));
        }
    }

    /// How the weight of a Rollout went.
    pub fn history(&self, rollout: &Rollout) -> Vec<Moment> {
        self.read().history.of(rollout.metadata.uid.as_deref().unwrap_or_default())
    }

    fn read(&self) -> RwLockReadGuard<'_, Measured> {
        self.measured.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Measured> {
        self.measured.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Measured {
    /// Notes a Rollout's weight.
    fn weigh(&mut self, event: &Event<Guarded<Rollout>>, now: Timestamp) {
        let uid = |object: &Guarded<Rollout>| object.uid().unwrap_or_default();
        match event {
            Event::Delete(object) => self.history.forget(&uid(object)),
            Event::InitApply(object) | Event::Apply(object) => {
                if let Some(weight) = object.0.as_ref().ok().and_then(Weight::of) {
                    self.history.note(&uid(object), now, weight);
                }
            }
            Event::Init | Event::InitDone => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::sync::Mutex;

    use http::{Request, Response};
    use kube::client::Body;
    use serde_json::json;
    use tokio::time::{Duration, timeout};
    use tower::service_fn;

    use super::*;

    /// Which list the watch of Applications asks for first; empty where it ends without asking.
    async fn asked(scope: Option<Scope>) -> String {
        let asked = Arc::new(Mutex::new(String::new()));
        let (fleet, paths) = (Arc::new(Fleet::default()), asked.clone());
        let answer = move |request: Request<Body>| {
            request.uri().path().clone_into(&mut paths.lock().unwrap());
            std::future::pending::<Result<Response<Body>, Infallible>>()
        };
        let watch = fleet.clone().watch_applications(Client::new(service_fn(answer), "default"), scope);
        let is_over = timeout(Duration::from_millis(200), watch).await.is_ok();
        let path = asked.lock().unwrap().clone();
        assert_eq!(is_over, path.is_empty());
        assert_eq!(fleet.applications.trouble().is_some(), is_over, "people are told why there are none");
        path
    }

    #[tokio::test]
    async fn of_all_namespaces_only_those_that_are_meant_are_shown() {
        let answer = |request: Request<Body>| async move {
            if request.uri().query().unwrap_or_default().contains("watch=true") {
                return std::future::pending().await;
            }
            let of = |namespace: &str| json!({"metadata": {"name": "shop", "namespace": namespace}, "spec": {}});
            let list = json!({
                "apiVersion": "argoproj.io/v1alpha1", "kind": "ApplicationList", "metadata": {"resourceVersion": "1"},
                "items": [of("argocd"), of("team-web"), of("others")],
            });
            Ok::<_, Infallible>(Response::new(Body::from(list.to_string().into_bytes())))
        };
        let fleet = Arc::new(Fleet::default());
        let among = Among::those(|namespace| namespace == "argocd" || namespace.starts_with("team-"));
        let scope = Scope { among: Some(among), ..Scope::default() };
        let watch = fleet.clone().watch_applications(Client::new(service_fn(answer), "default"), Some(scope));
        let _ = timeout(Duration::from_millis(500), watch).await;
        assert!(fleet.applications.is_ready());
        let shown: Vec<_> = fleet.applications.all().iter().filter_map(|one| one.namespace()).collect();
        assert_eq!(shown, ["argocd", "team-web"]);
    }

    #[tokio::test]
    async fn applications_are_asked_for_where_they_are_kept_and_nowhere_else() {
        let one = Scope { namespace: Some("argocd".to_owned()), ..Scope::default() };
        assert_eq!(asked(Some(one)).await, "/apis/argoproj.io/v1alpha1/namespaces/argocd/applications");
        assert_eq!(asked(Some(Scope::default())).await, "/apis/argoproj.io/v1alpha1/applications");
        assert_eq!(asked(None).await, "");
    }
}
