//! What is committed, and what people do.

use serde_json::{Value, json};
use sluice_world::api::{Resource, catalog};
use sluice_world::scenario::TEMPLATE;

use super::repository::Commit;

/// One thing that happens.
#[derive(Clone, Debug)]
pub(super) enum Deed {
    Push(Commit),
    Edit(&'static Resource, &'static str, Value),
    Delete(&'static Resource, &'static str),
    /// Whether metrics are good from now on.
    Metric(bool),
    DeleteApplication,
    /// Somebody of that name asks for a sync, unless another is asked for.
    Sync(&'static str),
    /// Somebody of that name does so as soon as a sync runs.
    SyncMeanwhile(&'static str),
    /// Somebody lets more than half be deleted at that commit.
    Approve(&'static str),
    Nothing,
}

/// A story: what happens, one after the other.
#[derive(Clone, Debug)]
pub(super) struct Story {
    pub(super) name: &'static str,
    pub(super) deeds: Vec<Deed>,
    /// What the Application's spec says beside the usual.
    pub(super) policy: Value,
}

/// Every story. New ones go to the end: seeds count through them.
pub(super) fn all() -> Vec<Story> {
    vec![follow(), heal(), waves(), rejected(), deleted(), asked(), passing_hooks(), undone(), emptied()]
}

fn push(revision: &'static str, objects: Vec<Value>) -> Deed {
    Deed::Push(Commit { revision, objects: Some(objects) })
}

fn automated() -> Value {
    json!({"automated": {"prune": true, "selfHeal": true}, "retry": {"limit": 5, "backoff": {"duration": "5s", "maxDuration": "1m"}}})
}

/// Commits that add, change and leave out, one that cannot be rendered, and an empty one.
fn follow() -> Story {
    let deeds = vec![
        push("r1", vec![map("a", "1"), map("b", "1"), map("c", "1")]),
        push("r2", vec![map("a", "2"), map("b", "1")]),
        Deed::Push(Commit { revision: "r3", objects: None }),
        push("r4", Vec::new()),
        push("r5", vec![map("a", "5"), map("d", "1")]),
        Deed::Nothing,
    ];
    Story { name: "commits are followed", deeds, policy: automated() }
}

/// People change and delete what git describes.
fn heal() -> Story {
    let deeds = vec![
        push("r1", vec![map("a", "1"), map("b", "1")]),
        Deed::Edit(&catalog::CONFIG_MAP, "a", json!({"data": {"says": "somebody"}})),
        Deed::Delete(&catalog::CONFIG_MAP, "b"),
        push("r2", vec![map("a", "2"), map("b", "1")]),
        Deed::Edit(&catalog::CONFIG_MAP, "a", json!({"data": {"says": "somebody", "more": "said"}})),
    ];
    Story { name: "changes by hand are undone", deeds, policy: automated() }
}

/// Waves between hooks.
fn waves() -> Story {
    let in_wave =
        |name: &str, says: &str, wave: &str| annotated(map(name, says), json!({"argocd.argoproj.io/sync-wave": wave}));
    let commit = |says: &str| {
        vec![
            hook("before", "PreSync", "BeforeHookCreation"),
            in_wave("early", says, "-1"),
            in_wave("late", says, "3"),
            hook("after", "PostSync", "BeforeHookCreation"),
        ]
    };
    let deeds = vec![push("r1", commit("1")), push("r2", commit("2")), Deed::Nothing, push("r3", commit("3"))];
    Story { name: "waves go between hooks", deeds, policy: automated() }
}

/// A version that analysis takes back.
fn rejected() -> Story {
    let commit = |version: &str| vec![rollout(version), template(), map("a", version)];
    let deeds = vec![
        Deed::Metric(true),
        push("r1", commit("v1")),
        Deed::Metric(false),
        push("r2", commit("v2")),
        Deed::Nothing,
        Deed::Nothing,
        Deed::Metric(true),
        Deed::Nothing,
        push("r3", commit("v3")),
        Deed::Nothing,
    ];
    Story { name: "a version that was taken back stays back", deeds, policy: automated() }
}

/// An Application that takes its objects along.
fn deleted() -> Story {
    let deeds = vec![push("r1", vec![map("a", "1"), map("b", "1")]), Deed::DeleteApplication];
    Story { name: "a deleted Application takes its objects along", deeds, policy: automated() }
}

/// Nothing is synced by itself, and everything that somebody asks for is.
fn asked() -> Story {
    let deeds = vec![
        push("r1", vec![map("a", "1"), map("b", "1")]),
        Deed::Sync("ann"),
        push("r2", vec![map("a", "2"), hook("tell", "PostSync", "BeforeHookCreation")]),
        Deed::Sync("ben"),
        Deed::Edit(&catalog::CONFIG_MAP, "a", json!({"data": {"says": "somebody"}})),
        Deed::Sync("cleo"),
        Deed::Sync("dora"),
    ];
    Story { name: "what people ask for is done", deeds, policy: json!({}) }
}

/// Hooks that go once they succeeded, and are not missed.
fn passing_hooks() -> Story {
    let commit = |says: &str| {
        let hook = |name: &str, when: &str| hook(name, when, "HookSucceeded");
        vec![hook("before", "PreSync"), map("a", says), map("b", says), hook("after", "PostSync")]
    };
    let deeds = vec![
        push("r1", commit("1")),
        Deed::Nothing,
        Deed::SyncMeanwhile("ann"),
        push("r2", commit("2")),
        Deed::Nothing,
    ];
    Story { name: "hooks that went are not missed", deeds, policy: automated() }
}

/// A version that analysis takes back, and that somebody then undoes in the cluster.
fn undone() -> Story {
    let commit = |version: &str| vec![rollout(version), template(), map("a", version)];
    let template = json!({"spec": {"containers": [{"name": "web", "image": "web:v1"}]}});
    let deeds = vec![
        Deed::Metric(true),
        push("r1", commit("v1")),
        Deed::Metric(false),
        push("r2", commit("v2")),
        Deed::Nothing,
        Deed::Edit(&catalog::ROLLOUT, "web", json!({"spec": {"template": template}})),
        Deed::Nothing,
        Deed::Metric(true),
        push("r3", commit("v3")),
        Deed::Nothing,
    ];
    Story { name: "what is undone after a rollback stays undone", deeds, policy: automated() }
}

/// A commit that lacks most objects, and a person who says that it is meant.
fn emptied() -> Story {
    let all = ["a", "b", "c", "d"].map(|name| map(name, "1")).to_vec();
    let deeds =
        vec![push("r1", all), push("r2", vec![map("a", "2")]), Deed::Nothing, Deed::Approve("r2"), Deed::Nothing];
    Story { name: "most is deleted when a person says so", deeds, policy: automated() }
}

fn map(name: &str, says: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"says": says}})
}

fn annotated(mut object: Value, annotations: Value) -> Value {
    object["metadata"]["annotations"] = annotations;
    object
}

fn hook(name: &str, when: &str, policy: &str) -> Value {
    let pod = json!({"restartPolicy": "Never", "containers": [{"name": "it", "image": "it:1"}]});
    let annotations = json!({"argocd.argoproj.io/hook": when, "argocd.argoproj.io/hook-delete-policy": policy});
    let spec = json!({"backoffLimit": 0, "template": {"spec": pod}});
    json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name, "annotations": annotations}, "spec": spec})
}

fn rollout(version: &str) -> Value {
    let steps = json!([{"setWeight": 50}, {"analysis": {"templates": [{"templateName": TEMPLATE}]}}]);
    let container = json!({"name": "web", "image": format!("web:{version}")});
    json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "metadata": {"name": "web"},
        "spec": {
            "replicas": 2, "selector": {"matchLabels": {"app": "web"}}, "strategy": {"canary": {"steps": steps}},
            "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [container]}},
        },
    })
}

fn template() -> Value {
    let prometheus = json!({"address": "http://prometheus.test:9090", "query": TEMPLATE});
    let metric = json!({
        "name": TEMPLATE, "interval": "10s", "count": 3, "successCondition": "result[0] < 0.05",
        "provider": {"prometheus": prometheus},
    });
    json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "AnalysisTemplate", "metadata": {"name": TEMPLATE},
        "spec": {"metrics": [metric]},
    })
}
