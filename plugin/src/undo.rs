//! `undo`: the pod template of an earlier revision becomes that of the Rollout again.

use anyhow::{Context, Result, bail};
use k8s_openapi::api::apps::v1::ReplicaSet;
use kube::ResourceExt;
use kube::api::{ListParams, Patch, PatchParams};
use serde_json::{Value, json};
use sluice_core::same;
use sluice_crds::names::annotation;
use sluice_crds::{Metadata, Rollout};

use crate::act::MANAGER;
use crate::args::Names;
use crate::client::Cluster;
use crate::each::{Done, each};
use crate::kind::Kind;
use crate::report::Report;
use crate::seen::{self, is_owned};
use crate::target::Target;
use crate::{holder, selector};

/// Goes back with every Rollout named, to that revision or, for 0, to the one before the newest.
pub(crate) async fn run(cluster: &Cluster, names: &Names, to: u64) -> Result<Report> {
    each(cluster, names, &[Kind::Rollout], async |target: &Target| one(cluster, target, to).await).await
}

async fn one(cluster: &Cluster, target: &Target, to: u64) -> Result<Done> {
    let name = &target.name;
    let rollout = seen::rollout(cluster, name).await?;
    let params = ListParams::default().labels_from(&selector::pods(&rollout));
    let found = cluster.api::<ReplicaSet>().list(&params).await.context("list ReplicaSets")?;
    let own: Vec<ReplicaSet> = found.items.into_iter().filter(|one| is_owned(one, &rollout)).collect();
    let (number, earlier) = match chosen(&own, to) {
        Ok(chosen) => chosen,
        Err(why) => bail!("rollout '{name}': {why}"),
    };
    if is_in_force(&rollout, earlier) {
        let said = format!("skipped rollback (current template already matches revision {number})");
        return Ok(Done::said(cluster, target, &said));
    }
    write(cluster, &rollout, earlier)
        .await
        .with_context(|| format!("restore revision {number} of rollout '{name}'"))?;
    Ok(Done::said(cluster, target, "undo"))
}

async fn write(cluster: &Cluster, rollout: &Rollout, earlier: &ReplicaSet) -> Result<()> {
    let object = serde_json::to_value(rollout).context("read the Rollout")?;
    let holder = holder::of(&object)?;
    let patch = json!([{"op": "replace", "path": holder.template, "value": template(earlier)?}]);
    let patch: json_patch::Patch = serde_json::from_value(patch)?;
    let api = cluster.of_resource(&holder.resource);
    api.patch(&holder.name, &PatchParams::apply(MANAGER), &Patch::<Value>::Json(patch)).await?;
    Ok(())
}

/// The revision of that number; for 0, the one before the newest.
fn chosen(own: &[ReplicaSet], to: u64) -> Result<(u64, &ReplicaSet), String> {
    let mut revisions: Vec<_> = own.iter().filter_map(|one| Some((number(one)?, one))).collect();
    revisions.sort_by_key(|(number, _)| *number);
    match to {
        0 => revisions.iter().rev().nth(1).copied().ok_or_else(|| "has no earlier revision to go back to".to_owned()),
        _ => revisions.iter().find(|(number, _)| *number == to).copied().ok_or_else(|| {
            let there: Vec<String> = revisions.iter().map(|(number, _)| number.to_string()).collect();
            format!("unable to find specified revision {to} in history; there are {}", there.join(", "))
        }),
    }
}

/// The number of a revision.
pub(crate) fn number(replica_set: &ReplicaSet) -> Option<u64> {
    replica_set.annotations().get(annotation::REVISION)?.parse().ok()
}

/// What a revision was given for its role only.
fn ephemeral(replica_set: &ReplicaSet) -> Metadata {
    let kept = replica_set.annotations().get(annotation::EPHEMERAL_METADATA);
    kept.and_then(|kept| serde_json::from_str(kept).ok()).unwrap_or_default()
}

/// The template as a user asked for it.
fn template(replica_set: &ReplicaSet) -> Result<Value> {
    let template = replica_set.spec.as_ref().and_then(|spec| spec.template.as_ref());
    let template = template.with_context(|| format!("ReplicaSet {} has no template", replica_set.name_any()))?;
    Ok(same::asked(serde_json::to_value(template)?, &ephemeral(replica_set)))
}

/// Whether the Rollout asks for that revision's pods now.
fn is_in_force(rollout: &Rollout, replica_set: &ReplicaSet) -> bool {
    let kept = replica_set.spec.as_ref().and_then(|spec| spec.template.as_ref());
    let asked = rollout.spec.template.as_ref();
    asked.zip(kept).is_some_and(|(asked, kept)| same::template(asked, kept, &ephemeral(replica_set)))
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn revision(number: &str, template: &Value) -> ReplicaSet {
        let role = json!({"labels": {"role": "stable"}}).to_string();
        let object = json!({"metadata": {"name": format!("shop-{number}"), "annotations": {
            annotation::REVISION: number, annotation::EPHEMERAL_METADATA: role,
        }}, "spec": {"selector": {}, "template": template}});
        serde_json::from_value(object).unwrap()
    }

    fn check(numbers: &[&str], to: u64, expected: &Expect) {
        let own: Vec<_> = numbers.iter().map(|number| revision(number, &json!({}))).collect();
        expected.assert_eq(&match chosen(&own, to) {
            Ok((number, set)) => format!("{number}: {}", set.name_any()),
            Err(why) => why,
        });
    }

    #[test]
    fn the_revision_before_the_newest_is_gone_back_to_unless_another_is_named() {
        check(&["3", "10", "9"], 0, &expect!["9: shop-9"]);
        check(&["3", "10", "9"], 3, &expect!["3: shop-3"]);
        check(&["3", "10"], 4, &expect!["unable to find specified revision 4 in history; there are 3, 10"]);
        check(&["3"], 0, &expect!["has no earlier revision to go back to"]);
    }

    #[test]
    fn what_a_revision_had_for_its_role_does_not_come_back() {
        let hash = json!({"key": "rollouts-pod-template-hash", "operator": "In", "values": ["b"]});
        let kept = json!({"metadata": {"labels": {"app": "shop", "role": "stable", "rollouts-pod-template-hash": "a"}},
        "spec": {"containers": [{"name": "web", "image": "web:1"}], "affinity": {"podAntiAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution": [
                {"topologyKey": "kubernetes.io/hostname", "labelSelector": {"matchExpressions": [hash]}},
            ]}}}});
        let template = template(&revision("1", &kept)).unwrap();
        assert_eq!(template["metadata"]["labels"], json!({"app": "shop"}));
        let terms = "/spec/affinity/podAntiAffinity/requiredDuringSchedulingIgnoredDuringExecution";
        assert_eq!(template.pointer(terms), Some(&json!([])));
    }
}
