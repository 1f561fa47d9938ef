//! A template that another workload lends.

use sluice_core::spec::LenderKind;

use super::*;
use crate::caches::trim;

const DEPLOYMENTS: &str = "/apis/apps/v1/namespaces/shop/deployments";
const POD_TEMPLATES: &str = "/api/v1/namespaces/shop/podtemplates";

fn pods(image: &str) -> Value {
    json!({"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "web", "image": image}]}})
}

impl Story {
    /// The Rollout names that workload, and has no template and no selector of its own.
    fn borrowing(reference: Value) -> Self {
        let mut story = Self::new(canary(&json!([{"setWeight": 20}, {"pause": {}}])));
        let spec = json!({"template": null, "selector": null, "workloadRef": reference});
        story.edit(&format!("{ROLLOUTS}/web"), json!({"spec": spec}));
        for kind in LenderKind::ALL {
            story.ctx.caches.lenders.listed(kind);
        }
        story
    }

    /// A Deployment of two pods lends.
    fn of_deployment(scale_down: &str) -> Self {
        let reference = json!({"apiVersion": "apps/v1", "kind": "Deployment", "name": "app", "scaleDown": scale_down});
        let mut story = Self::borrowing(reference);
        let spec = json!({"replicas": 2, "selector": {"matchLabels": {"app": "web"}}, "template": pods("web:1")});
        let object = json!({
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"generation": 1}, "spec": spec,
        });
        story.put(&format!("{DEPLOYMENTS}/app"), object);
        story
    }

    pub(super) fn show_lenders(&mut self) {
        for (kind, path) in [(LenderKind::Deployment, DEPLOYMENTS), (LenderKind::PodTemplate, POD_TEMPLATES)] {
            let mut objects: Vec<DynamicObject> =
                self.list(path).into_iter().map(|object| serde_json::from_value(object).unwrap()).collect();
            objects.iter_mut().for_each(trim::lender);
            let writer = self.writers.lenders.get_mut(&kind).unwrap();
            writer.apply_watcher_event(&Event::Init);
            for object in objects {
                writer.apply_watcher_event(&Event::InitApply(object));
            }
            writer.apply_watcher_event(&Event::InitDone);
        }
    }

    fn deployment(&self) -> Value {
        self.get(&format!("{DEPLOYMENTS}/app"))
    }

    fn annotation(&self, object: &str, name: &str) -> Value {
        self.get(object)["metadata"]["annotations"][name].clone()
    }

    fn image(&mut self, image: &str) {
        let spec = json!({"template": pods(image)});
        self.edit(&format!("{DEPLOYMENTS}/app"), json!({"metadata": {"generation": 2}, "spec": spec}));
    }
}

#[tokio::test(start_paused = true)]
async fn a_deployment_hands_its_pods_over_and_its_next_template_is_a_release() {
    let mut story = Story::of_deployment("progressively");
    story.passes(50).await;
    assert_eq!((story.status("/phase"), story.status("/message")), (json!("Healthy"), Value::Null));
    story.check(&expect![[r#"
        POST shop/replicasets 0 {"matchLabels":{"app":"web","rollouts-pod-template-hash":"794686fc5b"}}
        PATCH traefikservices/web 0 100
        PATCH rollouts/web status "Progressing"
        PATCH replicasets/web-794686fc5b 2
        PATCH rollouts/web status
        PATCH rollouts/web
        PATCH services/web-stable {"rollouts-pod-template-hash":"794686fc5b"}
        PATCH deployments/app 1
        PATCH services/web-canary {"rollouts-pod-template-hash":"794686fc5b"}
        PATCH rollouts/web status
        PATCH rollouts/web status "Healthy"
        PATCH deployments/app 0
        PATCH replicasets/web-794686fc5b
    "#]]);
    assert_eq!(story.deployment()["spec"]["replicas"], 0);
    assert_eq!(
        story.annotation(&format!("{DEPLOYMENTS}/app"), "sluice/handover"),
        json!(format!(r#"{{"to":"{ROLLOUTS}/web","from":2,"over":true}}"#))
    );
    assert_eq!(story.status("/selector"), "app=web");
    assert_eq!(
        story.get(&format!("{ROLLOUTS}/web"))["spec"]["template"],
        Value::Null,
        "what is lent is not written down"
    );

    story.image("web:2");
    story.passes(50).await;
    assert_eq!((story.status("/phase"), story.status("/currentStepIndex")), (json!("Paused"), json!(1)));
    assert_eq!(story.status("/workloadObservedGeneration"), "2");
    let noted = "rollout.argoproj.io/workload-generation";
    assert_eq!(story.annotation(&format!("{ROLLOUTS}/web"), noted), "2");
    let images = |story: &Story| {
        let sets = story.list(SETS).into_iter();
        let told = |set: Value| {
            let of = |pointer| set.pointer(pointer).cloned().unwrap_or_default();
            (
                of("/spec/template/spec/containers/0/image"),
                of("/metadata/annotations/rollout.argoproj.io~1workload-generation"),
            )
        };
        sets.map(told).collect::<Vec<_>>()
    };
    let mut told = images(&story);
    told.sort_by_key(|(image, _)| image.to_string());
    assert_eq!(told, [(json!("web:1"), json!("1")), (json!("web:2"), json!("2"))]);
    assert_eq!(story.deployment()["spec"]["replicas"], 0);

    story.transcript.clear();
    story.passes(5).await;
    story.check(&expect![[""]]);
}

#[tokio::test(start_paused = true)]
async fn a_workload_that_is_not_there_is_named_and_nothing_is_made() {
    let mut story = Story::of_deployment("never");
    story.store.lock().unwrap().objects.remove(&format!("{DEPLOYMENTS}/app"));
    story.passes(50).await;
    assert_eq!(story.status("/phase"), "Degraded");
    assert_eq!(
        story.status("/message"),
        "InvalidSpec: spec.workloadRef: there is no Deployment \"app\" in namespace shop; create it, or correct the reference"
    );
    assert_eq!(story.list(SETS).len(), 0);
    story.transcript.clear();
    story.passes(5).await;
    story.check(&expect![[""]]);
}

#[tokio::test(start_paused = true)]
async fn a_workload_that_is_deleted_in_a_release_holds_it_and_an_abort_takes_it_back() {
    let mut story = Story::of_deployment("onsuccess");
    story.passes(50).await;
    story.image("web:2");
    story.passes(50).await;
    assert_eq!(story.status("/currentStepIndex"), 1);
    let hash = story.status("/currentPodHash");
    story.store.lock().unwrap().objects.remove(&format!("{DEPLOYMENTS}/app"));
    story.edit(&format!("{ROLLOUTS}/web"), json!({"status": {"pauseConditions": []}}));
    story.passes(50).await;
    assert_eq!((story.status("/phase"), story.status("/currentStepIndex")), (json!("Degraded"), json!(1)));
    assert_eq!((story.status("/currentPodHash"), story.status("/workloadObservedGeneration")), (hash, json!("2")));
    story.transcript.clear();
    story.edit(&format!("{ROLLOUTS}/web"), json!({"status": {"abort": true}}));
    story.passes(50).await;
    assert_eq!(
        story.status("/message"),
        "RolloutAborted: aborted by hand; spec.workloadRef: there is no Deployment \"app\" in namespace shop; create it, or correct the reference"
    );
    story.check(&expect![[r#"
        PATCH traefikservices/web 0 100
        PATCH rollouts/web status
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
async fn no_pod_of_a_deployment_goes_by_a_cache_that_is_behind() {
    let mut story = Story::of_deployment("onsuccess");
    story.passes(50).await;
    story.edit(
        &format!("{DEPLOYMENTS}/app"),
        json!({
            "metadata": {"generation": 3, "annotations": {"sluice/handover": null}}, "spec": {"replicas": 2},
        }),
    );
    story.transcript.clear();
    story.cluster();
    story.show();
    let set = story.list(SETS).remove(0)["metadata"]["uid"].as_str().unwrap().to_owned();
    story.edit(&set, json!({"status": {"availableReplicas": 1}}));
    reconcile(&story.ctx, &key()).await.unwrap_err();
    story.edit(&set, json!({"status": {"availableReplicas": 2}}));
    story.edit(&format!("{DEPLOYMENTS}/app"), json!({"metadata": {"generation": 4}}));
    reconcile(&story.ctx, &key()).await.unwrap_err();
    story.edit(&format!("{DEPLOYMENTS}/app"), json!({"metadata": {"generation": 3}}));
    story.edit(&format!("{ROLLOUTS}/web"), json!({"spec": {"workloadRef": {"scaleDown": "never"}}}));
    reconcile(&story.ctx, &key()).await.unwrap_err();
    assert_eq!(story.deployment()["spec"]["replicas"], 2);
}

#[tokio::test(start_paused = true)]
async fn a_pass_waits_until_the_workloads_are_listed() {
    let mut story = Story::of_deployment("never");
    story.ctx.caches.lenders.failed(LenderKind::Deployment, "the controller may not read deployments", true);
    story.passes(50).await;
    assert_eq!(
        story.status("/message"),
        "InvalidSpec: spec.workloadRef: Deployment \"app\" cannot be read: the controller may not read deployments"
    );
    let mut fresh = Story::new(canary(&json!([])));
    let reference = json!({"apiVersion": "apps/v1", "kind": "Deployment", "name": "app"});
    fresh.edit(&format!("{ROLLOUTS}/web"), json!({"spec": {"template": null, "workloadRef": reference}}));
    fresh.passes(50).await;
    fresh.check(&expect![[""]]);
}

#[tokio::test(start_paused = true)]
async fn a_pod_template_lends_its_pods_to_a_rollout_with_a_selector() {
    let mut story = Story::borrowing(json!({"apiVersion": "v1", "kind": "PodTemplate", "name": "app"}));
    story.put(&format!("{POD_TEMPLATES}/app"), json!({"metadata": {"generation": 1}, "template": pods("web:1")}));
    story.passes(50).await;
    assert_eq!(
        story.status("/message"),
        "InvalidSpec: spec.selector: is missing or empty; name the labels of the pods, such as matchLabels: {app: NAME} (lent by PodTemplate \"app\")"
    );
    story.edit(&format!("{ROLLOUTS}/web"), json!({"spec": {"selector": {"matchLabels": {"app": "web"}}}}));
    story.passes(50).await;
    assert_eq!(story.status("/phase"), "Healthy");
}

/// An autoscaler may scale it then, and nobody scales it back.
#[tokio::test(start_paused = true)]
async fn a_deployment_that_has_its_pods_again_is_its_owners() {
    let mut story = Story::of_deployment("progressively");
    while story.deployment()["spec"]["replicas"] != 1 {
        story.passes(1).await;
    }
    story.edit(&format!("{ROLLOUTS}/web"), json!({"status": {"abort": true}}));
    story.passes(20).await;
    assert_eq!((story.status("/phase"), &story.deployment()["spec"]["replicas"]), (json!("Degraded"), &json!(2)));
    assert_eq!(story.annotation(&format!("{DEPLOYMENTS}/app"), "sluice/handover"), Value::Null);
    story.edit(&format!("{DEPLOYMENTS}/app"), json!({"metadata": {"generation": 9}, "spec": {"replicas": 1}}));
    story.passes(20).await;
    assert_eq!(story.deployment()["spec"]["replicas"], 1);
}
