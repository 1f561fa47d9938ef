//! Whether an object is as git says: asked seldom, and of the API server.

use anyhow::{Result, ensure};
use kube::api::{Patch, PatchParams};
use serde_json::json;
use sluice_e2e::wait::until;
use sluice_gitops::application::change::Manner;
use sluice_gitops::application::observed::Tried;
use sluice_live::As;

use crate::rig::{Rig, api, apply};

pub(crate) async fn once(rig: Rig) -> Result<()> {
    let object = rig.config_map("a", &json!({"key": "1"}));
    rig.want(&[&object]);
    ensure!(rig.view().await?.named.is_empty());
    let (by, manner) = (As::Itself, Manner::default());
    for _ in 0..3 {
        ensure!(rig.live.tried_new(&object, manner, &by).await == Tried::Differs);
    }
    ensure!(rig.asked.about("a") == (1, 0, 0), "{:?}", rig.asked.about("a"));
    rig.write(&object).await?;
    // What was written is seen at once, and needs no question.
    let view = rig.live.view(rig.app()).ready().expect("was ready");
    ensure!(view.tracked.len() == 1 && view.named.len() == 1, "{view:?}");
    ensure!(rig.tried(&object).await?.0 == Tried::Same);
    // Nor does it when the watch has shown it.
    let marker = rig.config_map("marker", &json!({}));
    rig.want(&[&object, &marker]);
    rig.apply_as(&marker, "test").await?;
    rig.seen(&marker.key()).await?;
    ensure!(rig.tried(&object).await?.0 == Tried::Same);
    eprintln!("first compare, write, compare again: {:?} dry runs, writes, reads", rig.asked.about("a"));
    ensure!(rig.asked.about("a") == (1, 1, 0), "{:?}", rig.asked.about("a"));
    // A drift is told, seen and healed: one question, one write.
    let (api, drift) = (api(&rig.client, &object), json!({"data": {"key": "2"}}));
    let told = rig.told.count(rig.app());
    api.patch("a", &PatchParams::default(), &Patch::Merge(&drift)).await?;
    until("the drift is told", || async { (rig.told.count(rig.app()) > told).then_some(()) }).await?;
    let (tried, difference) = rig.tried(&object).await?;
    ensure!(tried == Tried::Differs && difference.to_string() == "/data/key: \"2\" → \"1\"\n", "{difference}");
    rig.write(&object).await?;
    ensure!(rig.tried(&object).await?.0 == Tried::Same);
    ensure!(rig.asked.about("a") == (2, 2, 0), "{:?}", rig.asked.about("a"));
    Ok(())
}

pub(crate) async fn defaults(rig: Rig) -> Result<()> {
    let deployment = rig.deployment("web", "web", &json!([{"name": "A", "value": "1"}]));
    let port = json!([{"port": 80, "targetPort": "http"}]);
    let service = rig.object("v1", "Service", "web", json!({"spec": {"selector": {"app": "web"}, "ports": port}}));
    let objects = [deployment, service];
    for object in &objects {
        rig.write(object).await?;
    }
    // Somebody who was not there when it was written asks, and is told the same.
    let (live, asked) = rig.anew(|_| ());
    live.want(rig.app(), objects.iter().map(sluice_gitops::Object::key).collect());
    let seen = rig.view_of(&live).await?;
    for object in &objects {
        let there = &seen.named[&object.key()];
        ensure!(there.value()["spec"] != object.value()["spec"], "nothing was filled in");
        let (tried, difference) = live.tried(object, there, &[], Manner::default(), &As::Itself).await;
        ensure!(tried == Tried::Same, "{}: {tried:?} {difference:?}", object.key());
    }
    // A new status is no news.
    let status = json!({"status": {"replicas": 3, "unavailableReplicas": 3}});
    let deployments = api(&rig.client, &objects[0]);
    deployments.patch_status("web", &PatchParams::default(), &Patch::Merge(&status)).await?;
    let there = until("the status is seen", || async {
        let there = live.view(rig.app()).ready()?.named.remove(&objects[0].key())?;
        there.number("/status/replicas").map(|_| there)
    });
    let (tried, _) = live.tried(&objects[0], &there.await?, &[], Manner::default(), &As::Itself).await;
    ensure!(tried == Tried::Same && asked.about("web") == (2, 0, 0), "{:?}", asked.about("web"));
    Ok(())
}

/// A policy that changes what git says, and adds to it.
pub(crate) async fn admission(rig: Rig) -> Result<()> {
    let (version, name) = ("admissionregistration.k8s.io/v1", format!("changes-{}", rig.namespace));
    let rule = json!({"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE", "UPDATE"], "resources": ["configmaps"]});
    let here = json!({"matchLabels": {"kubernetes.io/metadata.name": rig.namespace}});
    let expression = r#"Object{data: {"key": "changed", "added": "1"}}"#;
    let spec = json!({
        "matchConstraints": {"namespaceSelector": here, "resourceRules": [rule]}, "reinvocationPolicy": "Never",
        "mutations": [{"patchType": "ApplyConfiguration", "applyConfiguration": {"expression": expression}}],
    });
    let policy =
        json!({"apiVersion": version, "kind": "MutatingAdmissionPolicy", "metadata": {"name": name}, "spec": spec});
    apply(&rig.client, &policy, "test").await?;
    let spec = json!({"policyName": name});
    let binding = json!({"apiVersion": version, "kind": "MutatingAdmissionPolicyBinding", "metadata": {"name": name}, "spec": spec});
    apply(&rig.client, &binding, "test").await?;
    let probe = rig.config_map("probe", &json!({}));
    until("the policy is in force", || async {
        let probed = rig.apply_as(&probe, "test").await.ok()?;
        probed.data.pointer("/data/added").map(drop)
    })
    .await?;

    let object = rig.config_map("a", &json!({"key": "1", "own": "1"}));
    let written = rig.write(&object).await?;
    ensure!(written.text("/data/key") == "changed" && written.text("/data/added") == "1", "{written:?}");
    let (live, asked) = rig.anew(|_| ());
    live.want(rig.app(), [object.key()].into());
    let there = rig.view_of(&live).await?.named[&object.key()].clone();
    let (tried, difference) = live.tried(&object, &there, &[], Manner::default(), &As::Itself).await;
    ensure!(tried == Tried::Same && asked.about("a") == (1, 0, 0), "{difference:?}");
    // What it lets pass is told.
    let other = rig.config_map("a", &json!({"key": "2", "own": "2"}));
    let (tried, difference) = live.tried(&other, &there, &[], Manner::default(), &As::Itself).await;
    let difference = difference.unwrap_or_default().to_string();
    ensure!(tried == Tried::Differs && difference == "/data/own: \"1\" → \"2\"\n", "{difference}");
    Ok(())
}

pub(crate) async fn others(rig: Rig) -> Result<()> {
    let deployment = rig.deployment("web", "web", &json!([{"name": "A", "value": "1"}]));
    rig.want(&[&deployment]);
    rig.write(&deployment).await?;
    let scaled = json!({"metadata": {"annotations": {"scaled": "by hand"}}, "spec": {"replicas": 4}});
    let by_scaler = PatchParams { field_manager: Some("scaler".to_owned()), ..PatchParams::default() };
    api(&rig.client, &deployment).patch("web", &by_scaler, &Patch::Merge(&scaled)).await?;
    until("the scale is seen", || async {
        let there = rig.live.view(rig.app()).ready()?.named.remove(&deployment.key())?;
        (there.number("/spec/replicas") == Some(4)).then_some(())
    })
    .await?;
    let (tried, difference) = rig.tried(&deployment).await?;
    ensure!(tried == Tried::Same, "{difference}");
    // A rule about who owns a field is followed, with a look at who does.
    let mut fixed = deployment.to_value();
    fixed["spec"]["replicas"] = 1.into();
    let (fixed, there) = (fixed.into(), rig.seen(&deployment.key()).await?);
    let rules = rules(&json!([{"group": "apps", "kind": "Deployment", "managedFieldsManagers": ["scaler"]}]));
    let (tried, _) = rig.live.tried(&fixed, &there, &[], Manner::default(), &As::Itself).await;
    ensure!(tried == Tried::Differs);
    let (tried, difference) = rig.live.tried(&fixed, &there, &rules, Manner::default(), &As::Itself).await;
    ensure!(tried == Tried::Same, "{difference:?}");
    let respecting = rig.live.respecting(&fixed, &rules, &As::Itself).await?;
    ensure!(respecting.number("/spec/replicas") == Some(4), "{respecting:?}");
    Ok(())
}

fn rules(rules: &serde_json::Value) -> Vec<sluice_gitops::diff::Ignore> {
    let spec = json!({
        "project": "default", "destination": {"name": "in-cluster", "namespace": "x"}, "ignoreDifferences": rules,
        "source": {"repoURL": "https://example.com/a.git", "path": "."},
    });
    let spec = serde_json::from_value(spec).expect("the spec of an Application");
    sluice_gitops::validate::spec(&spec).expect("a valid one").0.ignore
}

pub(crate) async fn versions(rig: Rig) -> Result<()> {
    let target = json!({"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"});
    let spec = json!({"scaleTargetRef": target, "maxReplicas": 3, "targetCPUUtilizationPercentage": 50});
    let old = rig.object("autoscaling/v1", "HorizontalPodAutoscaler", "web", json!({"spec": spec}));
    rig.write(&old).await?;
    rig.want(&[&old]);
    let there = rig.seen(&old.key()).await?;
    ensure!(there.version() == "v2", "{there:?}");
    let (tried, difference) = rig.tried(&old).await?;
    ensure!(tried == Tried::Same, "{difference}");
    ensure!(
        rig.tried(&old).await?.0 == Tried::Same && rig.asked.about("web") == (1, 1, 1),
        "{:?}",
        rig.asked.about("web")
    );
    Ok(())
}
