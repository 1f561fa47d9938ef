#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::needless_pass_by_value, clippy::similar_names)]
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use ::http::StatusCode;
use expect_test::{Expect, expect};
use kube::core::DynamicObject;
use kube_runtime::watcher::Event;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use sluice_traffic::Kind as RouteKind;

use super::*;
use crate::caches::Writers;
use crate::testing::{Asked, Log, context, nothing};

mod behind;
mod blind;
mod breach;
mod gateway;
mod lender;
mod mesh;
mod takeover;
mod turns;

/// Objects by path, as an API server keeps them: enough of one for what passes ask.
#[derive(Default)]
struct Store {
    objects: BTreeMap<String, Value>,
    version: u64,
    /// A quota has no room for new ReplicaSets.
    is_full: bool,
}

const SETS: &str = "/apis/apps/v1/namespaces/shop/replicasets";
const SERVICES: &str = "/api/v1/namespaces/shop/services";
const SLICES: &str = "/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices";
const ROLLOUTS: &str = "/apis/argoproj.io/v1alpha1/namespaces/shop/rollouts";
const RUNS: &str = "/apis/argoproj.io/v1alpha1/namespaces/shop/analysisruns";
const TEMPLATES: &str = "/apis/argoproj.io/v1alpha1/namespaces/shop/analysistemplates";
const ROUTES: &str = "/apis/traefik.io/v1alpha1/namespaces/shop/traefikservices";
const VIRTUAL_SERVICES: &str = "/apis/networking.istio.io/v1alpha3/namespaces/shop/virtualservices";
const DESTINATION_RULES: &str = "/apis/networking.istio.io/v1alpha3/namespaces/shop/destinationrules";
const INGRESSES: &str = "/apis/networking.k8s.io/v1/namespaces/shop/ingresses";
const HTTP_ROUTES: &str = "/apis/gateway.networking.k8s.io/v1/namespaces/shop/httproutes";

impl Store {
    fn put(&mut self, path: &str, mut object: Value) -> Value {
        self.version += 1;
        let name = path.rsplit('/').next().unwrap();
        let meta = json!({"name": name, "namespace": "shop", "uid": path, "resourceVersion": self.version.to_string()});
        json_patch::merge(&mut object, &json!({"metadata": meta}));
        self.objects.insert(path.to_owned(), object.clone());
        object
    }

    fn answer(&mut self, (method, url, body): &Asked) -> (StatusCode, Value) {
        let path = url.split('?').next().unwrap();
        let path = path.strip_suffix("/status").unwrap_or(path);
        let there = self.objects.get(path).cloned();
        match (method.as_str(), there) {
            ("POST", _) if path.ends_with("events") => (StatusCode::CREATED, body.clone()),
            ("POST", _) if self.is_full && path == SETS => refused("exceeded quota: sets", "Forbidden", 403),
            ("POST", _) => {
                let path = format!("{path}/{}", body["metadata"]["name"].as_str().unwrap());
                if self.objects.contains_key(&path) {
                    conflict("AlreadyExists")
                } else {
                    (StatusCode::CREATED, self.put(&path, body.clone()))
                }
            }
            ("GET", Some(object)) => (StatusCode::OK, object),
            ("PATCH", Some(object)) => self.patch(path, object, body),
            ("DELETE", Some(object)) => {
                self.objects.remove(path);
                (StatusCode::OK, object)
            }
            _ => nothing(&Asked::default()),
        }
    }

    fn patch(&mut self, path: &str, mut object: Value, body: &Value) -> (StatusCode, Value) {
        let version = object["metadata"]["resourceVersion"].clone();
        if body.is_array() {
            let patch: json_patch::Patch = serde_json::from_value(body.clone()).unwrap();
            return match json_patch::patch(&mut object, &patch) {
                Ok(()) => (StatusCode::OK, self.put(path, object)),
                Err(_) => conflict("Invalid"),
            };
        }
        if body.pointer("/metadata/resourceVersion").is_some_and(|wanted| *wanted != version) {
            return conflict("Conflict");
        }
        json_patch::merge(&mut object, body);
        (StatusCode::OK, self.put(path, object))
    }
}

fn conflict(reason: &str) -> (StatusCode, Value) {
    refused(reason, reason, 409)
}

fn refused(message: &str, reason: &str, code: u16) -> (StatusCode, Value) {
    let status = json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": message, "reason": reason, "code": code});
    (StatusCode::from_u16(code).unwrap(), status)
}

/// A Rollout in a cluster whose ReplicaSets and EndpointSlices follow at once.
struct Story {
    ctx: Arc<Context>,
    writers: Writers,
    log: Log,
    store: Arc<Mutex<Store>>,
    transcript: String,
}

fn key() -> Key {
    Key::new("shop", "web")
}

impl Story {
    fn new(strategy: Value) -> Self {
        let store = Arc::new(Mutex::new(Store::default()));
        let served = store.clone();
        let (ctx, writers, log) = context(move |asked| served.lock().unwrap().answer(asked));
        let mut story = Self { ctx, writers, log, store, transcript: String::new() };
        let labels = json!({"app": "web"});
        let template =
            json!({"metadata": {"labels": labels}, "spec": {"containers": [{"name": "web", "image": "web:1"}]}});
        let spec =
            json!({"replicas": 2, "selector": {"matchLabels": labels}, "template": template, "strategy": strategy});
        story.put(&format!("{ROLLOUTS}/web"), json!({"metadata": {"generation": 1}, "spec": spec}));
        for name in ["web-canary", "web-stable"] {
            let spec = json!({"selector": labels, "ports": [{"name": "http", "port": 80}]});
            story.put(&format!("{SERVICES}/{name}"), json!({"spec": spec}));
        }
        let entries = json!([{"name": "web-canary", "port": 80}, {"name": "web-stable", "port": 80}]);
        story.put(&format!("{ROUTES}/web"), json!({
            "apiVersion": "traefik.io/v1alpha1", "kind": "TraefikService", "spec": {"weighted": {"services": entries}}
        }));
        story
    }

    fn put(&mut self, path: &str, object: Value) {
        self.store.lock().unwrap().put(path, object);
    }

    /// Changes an object as somebody else would.
    fn edit(&mut self, path: &str, patch: Value) {
        let mut store = self.store.lock().unwrap();
        let mut object = store.objects[path].clone();
        json_patch::merge(&mut object, &patch);
        store.put(path, object);
    }

    fn get(&self, path: &str) -> Value {
        self.store.lock().unwrap().objects.get(path).cloned().unwrap_or_default()
    }

    fn list(&self, kind: &str) -> Vec<Value> {
        let store = self.store.lock().unwrap();
        let prefix = format!("{kind}/");
        store.objects.iter().filter(|(path, _)| path.starts_with(&prefix)).map(|(_, object)| object.clone()).collect()
    }

    /// What the ReplicaSet and EndpointSlice controllers do.
    fn cluster(&mut self) {
        for set in self.list(SETS) {
            let pods = &set["spec"]["replicas"];
            let status =
                json!({"replicas": pods, "readyReplicas": pods, "availableReplicas": pods, "observedGeneration": 0});
            if set["status"] != status {
                self.edit(set["metadata"]["uid"].as_str().unwrap(), json!({"status": status}));
            }
        }
        for service in self.list(SERVICES) {
            let hash = service["spec"]["selector"]["rollouts-pod-template-hash"].as_str().unwrap_or_default();
            let sets =
                self.list(SETS).into_iter().filter(|set| set["metadata"]["name"].as_str().unwrap().ends_with(hash));
            let pods = sets.flat_map(|set| {
                let name = set["metadata"]["name"].as_str().unwrap().to_owned();
                (0..set["spec"]["replicas"].as_u64().unwrap()).map(move |pod| format!("{name}-abcd{pod}"))
            });
            let endpoints: Vec<Value> = pods.enumerate().map(|(index, pod)| json!({
                "addresses": [format!("10.0.0.{index}")], "targetRef": {"kind": "Pod", "name": pod}, "conditions": {"ready": true}
            })).collect();
            let name = service["metadata"]["name"].as_str().unwrap();
            let slice = json!({
                "addressType": "IPv4", "endpoints": endpoints, "ports": [{"name": "http", "port": 8080}],
                "metadata": {"labels": {"kubernetes.io/service-name": name}}
            });
            let path = format!("{SLICES}/{name}");
            if self.get(&path)["endpoints"] != slice["endpoints"] {
                self.put(&path, slice);
            }
        }
    }

    /// Lets the caches see everything.
    fn show(&mut self) {
        fn all<T: DeserializeOwned>(objects: Vec<Value>) -> Vec<T> {
            objects.into_iter().map(|object| serde_json::from_value(object).unwrap()).collect()
        }
        macro_rules! fill {
            ($writer:ident, $kind:expr) => {
                self.writers.$writer.apply_watcher_event(&Event::Init);
                for object in all(self.list($kind)) {
                    self.writers.$writer.apply_watcher_event(&Event::InitApply(object));
                }
                self.writers.$writer.apply_watcher_event(&Event::InitDone);
            };
        }
        fill!(rollouts, ROLLOUTS);
        fill!(replica_sets, SETS);
        fill!(services, SERVICES);
        fill!(slices, SLICES);
        fill!(analysis_runs, RUNS);
        fill!(templates, TEMPLATES);
        for (kind, path) in [
            (RouteKind::TraefikService, ROUTES),
            (RouteKind::HttpRoute, HTTP_ROUTES),
            (RouteKind::VirtualService, VIRTUAL_SERVICES),
            (RouteKind::DestinationRule, DESTINATION_RULES),
            (RouteKind::Ingress, INGRESSES),
        ] {
            let routes: Vec<DynamicObject> = all(self.list(path));
            let writer = self.writers.routes.get_mut(&kind).unwrap();
            writer.apply_watcher_event(&Event::Init);
            for route in routes {
                writer.apply_watcher_event(&Event::InitApply(route));
            }
            writer.apply_watcher_event(&Event::InitDone);
        }
        self.show_lenders();
        let owner = format!("{ROLLOUTS}/web");
        let mut index = self.ctx.caches.index();
        for service in self.list(SERVICES) {
            let named = |pointer: &str| service.pointer(pointer).map(|name| key().beside(name.as_str().unwrap()));
            let owner = named("/metadata/annotations/argo-rollouts.argoproj.io~1managed-by-rollouts");
            index.managed.set(&named("/metadata/name").unwrap(), owner.into_iter().collect());
        }
        for (links, kind) in [(0, SETS), (1, RUNS), (2, SLICES)] {
            for object in self.list(kind) {
                let name = object["metadata"]["name"].as_str().unwrap();
                match links {
                    0 => index.replica_sets.set(&key().beside(name), vec![owner.clone()]),
                    1 => index.runs.set(&key().beside(name), vec![owner.clone()]),
                    _ => index.slices.set(&key().beside(name), vec![key().beside(name)]),
                }
            }
        }
    }

    /// Passes until nothing is written, time going on to each wake; `limit` is the most.
    async fn passes(&mut self, limit: usize) {
        for _ in 0..limit {
            self.cluster();
            self.show();
            let next = reconcile(&self.ctx, &key()).await;
            let asked = self.log.take();
            let writes: Vec<String> = asked.iter().filter(|(method, ..)| method != "GET").map(line).collect();
            self.transcript.extend(writes.iter().map(|line| format!("{line}\n")));
            match next {
                Ok(Next::At(at)) if writes.is_empty() => {
                    let wait = Duration::try_from(at.duration_since(self.ctx.clock.now())).unwrap_or_default();
                    if wait > Duration::from_mins(1) {
                        return;
                    }
                    tokio::time::advance(wait.max(Duration::from_millis(1))).await;
                }
                Ok(Next::OnChange) if writes.is_empty() => return,
                Ok(_) => {}
                Err(error) => self.transcript.extend(["error ", &error.to_string(), "\n"]),
            }
        }
        self.transcript += "never settles\n";
    }

    fn status(&self, pointer: &str) -> Value {
        self.get(&format!("{ROLLOUTS}/web")).pointer(&format!("/status{pointer}")).cloned().unwrap_or_default()
    }

    fn check(&mut self, expected: &Expect) {
        expected.assert_eq(&std::mem::take(&mut self.transcript));
    }
}

/// A write in one line: the object, and of its patch what a release is about.
fn line((method, url, body): &Asked) -> String {
    let path = url.split('?').next().unwrap();
    let short: Vec<&str> = path.rsplitn(4, '/').collect();
    let object = if path.ends_with("/status") {
        format!("{}/{} status", short[2], short[1])
    } else {
        format!("{}/{}", short[1], short[0])
    };
    let said = [
        "/spec/replicas",
        "/spec/selector",
        "/status/phase",
        "/metadata/annotations/scale-down-deadline",
        "/spec/terminate",
    ];
    let said = said.iter().filter_map(|pointer| Some(format!(" {}", body.pointer(pointer)?)));
    let weights =
        body.as_array().into_iter().flatten().filter(|op| op["op"] == "add").map(|op| format!(" {}", op["value"]));
    format!("{method} {object}{}", said.chain(weights).collect::<String>())
}

fn canary(steps: &Value) -> Value {
    json!({"canary": {
        "canaryService": "web-canary", "stableService": "web-stable", "steps": steps,
        "trafficRouting": {"traefik": {"weightedTraefikServiceName": "web"}}
    }})
}

#[tokio::test(start_paused = true)]
async fn a_first_revision_is_installed_and_then_nothing_is_written() {
    let mut story = Story::new(canary(&json!([{"setWeight": 20}, {"pause": {}}])));
    story.passes(50).await;
    assert_eq!(story.status("/phase"), "Healthy");
    story.check(&expect![[r#"
        POST shop/replicasets 0 {"matchLabels":{"app":"web","rollouts-pod-template-hash":"794686fc5b"}}
        PATCH traefikservices/web 0 100
        PATCH rollouts/web status "Progressing"
        PATCH replicasets/web-794686fc5b 2
        PATCH rollouts/web status
        PATCH rollouts/web
        PATCH services/web-stable {"rollouts-pod-template-hash":"794686fc5b"}
        PATCH services/web-canary {"rollouts-pod-template-hash":"794686fc5b"}
        PATCH rollouts/web status
        PATCH rollouts/web status "Healthy"
        PATCH replicasets/web-794686fc5b
    "#]]);
    story.passes(5).await;
    story.check(&expect![[""]]);
}

#[tokio::test(start_paused = true)]
async fn a_new_template_goes_to_its_pause_and_an_abort_takes_it_back() {
    let mut story = Story::new(canary(&json!([{"setWeight": 20}, {"pause": {}}])));
    story.passes(50).await;
    story.transcript.clear();
    let rollout = format!("{ROLLOUTS}/web");
    let image = json!([{"name": "web", "image": "web:2"}]);
    story.edit(&rollout, json!({"metadata": {"generation": 2}, "spec": {"template": {"spec": {"containers": image}}}}));
    story.passes(50).await;
    assert_eq!(story.status("/phase"), "Paused");
    story.check(&expect![[r#"
        POST shop/replicasets 0 {"matchLabels":{"app":"web","rollouts-pod-template-hash":"849fb4b4d5"}}
        PATCH rollouts/web status "Progressing"
        PATCH replicasets/web-849fb4b4d5 1
        PATCH rollouts/web
        PATCH services/web-canary {"rollouts-pod-template-hash":"849fb4b4d5"}
        PATCH rollouts/web status
        PATCH traefikservices/web 20 80
        PATCH rollouts/web status
        PATCH rollouts/web status
        PATCH rollouts/web status "Paused"
    "#]]);
    story.edit(&rollout, json!({"status": {"abort": true}}));
    story.passes(50).await;
    assert_eq!(story.status("/phase"), "Degraded");
    story.check(&expect![[r#"
        PATCH traefikservices/web 0 100
        PATCH rollouts/web status "Degraded"
        PATCH replicasets/web-849fb4b4d5
        PATCH rollouts/web status
        PATCH services/web-canary {"rollouts-pod-template-hash":"794686fc5b"}
        PATCH rollouts/web status
        PATCH replicasets/web-849fb4b4d5 "2026-01-01T00:00:55Z"
        PATCH rollouts/web status
        PATCH replicasets/web-849fb4b4d5 0
        PATCH rollouts/web status
    "#]]);
}

#[tokio::test(start_paused = true)]
async fn five_mistakes_are_reported_at_once_with_their_fields() {
    let mut strategy = canary(&json!([{"setWeight": 120}, {"analysis": {"templates": [{"templateName": "nope"}]}}]));
    strategy["canary"]["canaryService"] = json!("missing");
    let mut story = Story::new(strategy);
    story.edit(&format!("{ROLLOUTS}/web"), json!({"spec": {"replicas": -1, "minReadySeconds": -5}}));
    story.passes(5).await;
    story.check(&expect![[r#"
        PATCH rollouts/web status "Degraded"
    "#]]);
    expect![[r#"
        spec.replicas: is -1; must be 0 or more
        spec.minReadySeconds: is -5; must be 0 or more
        spec.strategy.canary.steps[0].setWeight: is 120; must be 0 to 100
        spec.strategy.canary.canaryService: Service "missing" not found in namespace shop; create it or correct the name
        spec.strategy.canary.steps[1].analysis.templates[0]: there is no AnalysisTemplate nope"#]]
    .assert_eq(&story.status("/conditions/0/message").as_str().unwrap().replace("; spec", "\nspec"));
}

#[tokio::test(start_paused = true)]
async fn a_half_typed_rollout_is_reported_on_itself() {
    let mut story = Story::new(canary(&json!([])));
    story.edit(&format!("{ROLLOUTS}/web"), json!({"spec": {"replicas": "three"}}));
    story.passes(5).await;
    expect![[r#"InvalidSpec: spec.replicas: invalid type: string "three", expected i32; correct its type"#]]
        .assert_eq(story.status("/message").as_str().unwrap());
}

/// What nobody asks for any more loses its users although what is asked for cannot be made.
#[tokio::test(start_paused = true)]
async fn a_revision_that_is_refused_keeps_nothing_from_what_it_takes_the_place_of() {
    let mut story = Story::new(canary(&json!([{"setWeight": 20}, {"pause": {}}])));
    let path = format!("{ROLLOUTS}/web");
    let image = |name: &str, generation: i64| {
        let containers = json!([{"name": "web", "image": name}]);
        json!({"metadata": {"generation": generation}, "spec": {"template": {"spec": {"containers": containers}}}})
    };
    story.passes(50).await;
    story.edit(&path, image("web:2", 2));
    story.passes(50).await;
    story.store.lock().unwrap().is_full = true;
    story.edit(&path, image("web:3", 3));
    story.transcript.clear();
    story.passes(4).await;
    story.check(&expect![[r#"
        PATCH replicasets/web-849fb4b4d5
        POST shop/replicasets 0 {"matchLabels":{"app":"web","rollouts-pod-template-hash":"7dc76988db"}}
        PATCH traefikservices/web 0 100
        PATCH rollouts/web status "Progressing"
        error create 7dc76988db (revision 3)
        POST shop/replicasets 0 {"matchLabels":{"app":"web","rollouts-pod-template-hash":"7dc76988db"}}
        PATCH rollouts/web status
        error create 7dc76988db (revision 3)
        POST shop/replicasets 0 {"matchLabels":{"app":"web","rollouts-pod-template-hash":"7dc76988db"}}
        error create 7dc76988db (revision 3)
        POST shop/replicasets 0 {"matchLabels":{"app":"web","rollouts-pod-template-hash":"7dc76988db"}}
        error create 7dc76988db (revision 3)
        never settles
    "#]]);
    let message = story.status("/message");
    assert!(message.as_str().is_some_and(|said| said.contains("exceeded quota: sets")), "{message}");
}

#[tokio::test(start_paused = true)]
async fn an_abort_of_a_spec_that_is_wrong_is_not_lost() {
    let mut story = Story::new(canary(&json!([{"setWeight": 20}, {"pause": {}}])));
    let path = format!("{ROLLOUTS}/web");
    story.passes(50).await;
    let image = |name: &str| json!({"spec": {"template": {"spec": {"containers": [{"name": "web", "image": name}]}}}});
    story.edit(&path, image("web:2"));
    story.passes(50).await;
    story.edit(&path, json!({"spec": {"replicas": -1}, "status": {"abort": true}}));
    story.passes(50).await;
    let message = story.status("/message");
    let message = message.as_str().unwrap();
    assert!(message.ends_with("; the abort is carried out once that is corrected"), "{message}");
    story.edit(&path, json!({"spec": {"replicas": 2}}));
    story.passes(50).await;
    assert_eq!(story.status("/message"), "RolloutAborted: aborted by hand");
}

#[tokio::test(start_paused = true)]
async fn weights_edited_by_hand_are_put_back() {
    let mut story = Story::new(canary(&json!([{"setWeight": 20}, {"pause": {}}])));
    story.passes(50).await;
    story.transcript.clear();
    let entries =
        json!([{"name": "web-canary", "port": 80, "weight": 50}, {"name": "web-stable", "port": 80, "weight": 50}]);
    story.edit(&format!("{ROUTES}/web"), json!({"spec": {"weighted": {"services": entries}}}));
    story.passes(50).await;
    story.check(&expect![[r#"
        PATCH traefikservices/web 0 100
        PATCH rollouts/web status
    "#]]);
}

/// Whatever comes after a Rollout, a Deployment say, has no hash on its pods.
#[tokio::test(start_paused = true)]
async fn services_of_a_deleted_rollout_select_by_their_own_labels_again() {
    let mut story = Story::new(canary(&json!([])));
    story.passes(50).await;
    story.transcript.clear();
    story.store.lock().unwrap().objects.remove(&format!("{ROLLOUTS}/web"));
    story.passes(5).await;
    story.check(&expect![[r#"
        PATCH services/web-canary {"rollouts-pod-template-hash":null}
        PATCH services/web-stable {"rollouts-pod-template-hash":null}
    "#]]);
    let service = story.get(&format!("{SERVICES}/web-stable"));
    assert_eq!(
        (&service["spec"]["selector"], &service["metadata"]["annotations"]),
        (&json!({"app": "web"}), &json!({}))
    );
}

#[tokio::test(start_paused = true)]
async fn services_of_a_rollout_that_only_the_watch_lost_are_left_alone() {
    let mut story = Story::new(canary(&json!([])));
    story.passes(50).await;
    story.transcript.clear();
    story.writers.rollouts.apply_watcher_event(&Event::Init);
    story.writers.rollouts.apply_watcher_event(&Event::InitDone);
    assert_eq!(reconcile(&story.ctx, &key()).await.unwrap(), Next::OnChange);
    let asked = story.log.take();
    assert!(!asked.is_empty() && asked.iter().all(|(method, ..)| method == "GET"), "{asked:?}");
}

#[tokio::test(start_paused = true)]
async fn services_are_taken_from_the_route_where_the_spec_names_none() {
    let mut strategy = canary(&json!([{"setWeight": 20}]));
    strategy["canary"].as_object_mut().unwrap().retain(|field, _| !field.ends_with("Service"));
    let mut story = Story::new(strategy);
    story.passes(50).await;
    assert_eq!(story.status("/phase"), "Healthy");
}
