//! The object whose pod template a Rollout follows: itself, or the workload that lends it one.

use anyhow::{Result, bail};
use kube::core::ApiResource;
use serde_json::Value;

use crate::kind::{self, Kind};

/// Where a Rollout's pod template is written.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Holder {
    /// What messages call it.
    pub(crate) what: String,
    /// Where the API has it.
    pub(crate) resource: ApiResource,
    /// Its name.
    pub(crate) name: String,
    /// The template in it, as a JSON pointer.
    pub(crate) template: &'static str,
}

/// The object that holds the Rollout's template. Fails where `workloadRef` names nothing that could.
pub(crate) fn of(rollout: &Value) -> Result<Holder> {
    let text = |pointer: &str| rollout.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
    let own = text("/metadata/name");
    if rollout.pointer("/spec/workloadRef").is_none_or(Value::is_null) {
        let resource = Kind::Rollout.resource();
        return Ok(Holder { what: "rollout".to_owned(), resource, name: own, template: "/spec/template" });
    }
    let (kind, name) = (text("/spec/workloadRef/kind"), text("/spec/workloadRef/name"));
    let (version, plural, template) = match kind.as_str() {
        "Deployment" => ("apps/v1", "deployments", "/spec/template"),
        "ReplicaSet" => ("apps/v1", "replicasets", "/spec/template"),
        "PodTemplate" => ("v1", "podtemplates", "/template"),
        _ => bail!("rollout '{own}': spec.workloadRef.kind is \"{kind}\", not Deployment, ReplicaSet or PodTemplate"),
    };
    if name.is_empty() {
        bail!("rollout '{own}': spec.workloadRef.name is missing");
    }
    Ok(Holder { what: kind.to_lowercase(), resource: resource(version, &kind, plural), name, template })
}

fn resource(api_version: &str, kind: &str, plural: &str) -> ApiResource {
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    ApiResource {
        group: group.to_owned(),
        version: version.to_owned(),
        api_version: api_version.to_owned(),
        ..kind::resource(kind, plural)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(spec: &Value, expected: &str) {
        let told = match of(&json!({"metadata": {"name": "shop"}, "spec": spec})) {
            Ok(holder) => {
                let Holder { what, resource, name, template } = holder;
                format!("{what} {name}: {}/{}{template}", resource.api_version, resource.plural)
            }
            Err(error) => error.to_string(),
        };
        assert_eq!(told, expected);
    }

    #[test]
    fn a_template_is_changed_where_it_is_written() {
        check(&json!({"template": {}}), "rollout shop: argoproj.io/v1alpha1/rollouts/spec/template");
        let lent = |kind| json!({"workloadRef": {"apiVersion": "apps/v1", "kind": kind, "name": "web"}});
        check(&lent("Deployment"), "deployment web: apps/v1/deployments/spec/template");
        check(&lent("PodTemplate"), "podtemplate web: v1/podtemplates/template");
        check(
            &lent("StatefulSet"),
            "rollout 'shop': spec.workloadRef.kind is \"StatefulSet\", not Deployment, ReplicaSet or PodTemplate",
        );
    }
}
