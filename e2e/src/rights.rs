//! What roles grant, beside what was asked for.

use std::collections::BTreeSet;

use anyhow::{Context, Result, ensure};
use k8s_openapi::api::rbac::v1::PolicyRule;
use serde_json::Value;

use crate::audit::Request;
use crate::manifests;

/// Verbs, each on one resource of one API group: `list pods`, `patch rollouts of argoproj.io`.
pub type Rights = BTreeSet<String>;

/// Rights that no test uses: verbs, resources and their group, and why a role has them all the same.
pub type Unused = (&'static [&'static str], &'static [&'static str], &'static str, &'static str);

/// What the roles of these kinds (`Role`, `ClusterRole`) among the objects of a YAML text grant. Fails where there is none.
pub fn granted(yaml: &str, kinds: &[&str]) -> Result<Rights> {
    let mut rights = Rights::new();
    for object in manifests::parse::<Value>(yaml)? {
        if !object.get("kind").and_then(Value::as_str).is_some_and(|kind| kinds.contains(&kind)) {
            continue;
        }
        let rules = object.get("rules").cloned().unwrap_or_default();
        let rules: Vec<PolicyRule> = serde_json::from_value(rules).context("read a role's rules")?;
        rights.extend(rules.iter().flat_map(of_rule));
    }
    ensure!(!rights.is_empty(), "there is no {}", kinds.join(" and no "));
    Ok(rights)
}

/// What requests needed.
pub fn needed<'a>(requests: impl IntoIterator<Item = &'a Request>) -> Rights {
    requests.into_iter().map(of_request).collect()
}

/// What is excused.
pub fn excused(unused: &[Unused]) -> Rights {
    let rights = |(verbs, resources, group, _): &Unused| rights(verbs, resources, group);
    unused.iter().flat_map(rights).collect()
}

/// Fails with everything that there is of these.
pub fn ensure_none(complaints: &[(&str, Rights)]) -> Result<()> {
    let complaints = complaints.iter().filter(|(_, rights)| !rights.is_empty());
    let complaints: Vec<String> = complaints.map(|(what, rights)| format!("{what}: {rights:?}")).collect();
    ensure!(complaints.is_empty(), "{}", complaints.join("\n"));
    Ok(())
}

fn of_rule(rule: &PolicyRule) -> Rights {
    let texts = |list: &Option<Vec<String>>| -> Vec<String> { list.clone().unwrap_or_default() };
    let (groups, resources) = (texts(&rule.api_groups), texts(&rule.resources));
    groups.iter().flat_map(|group| rights(&rule.verbs, &resources, group)).collect()
}

fn rights(verbs: &[impl AsRef<str>], resources: &[impl AsRef<str>], group: &str) -> Rights {
    let of_one =
        |resource: &str| -> Vec<String> { verbs.iter().map(|verb| right(verb.as_ref(), resource, group)).collect() };
    resources.iter().flat_map(|resource| of_one(resource.as_ref())).collect()
}

/// Who acts as an account needs the right to that alone: what the account may is the account's.
fn of_request(request: &Request) -> String {
    if request.is_impersonated {
        return right("impersonate", "serviceaccounts", "");
    }
    right(&request.verb, &request.resource, &request.group)
}

fn right(verb: &str, resource: &str, group: &str) -> String {
    if group.is_empty() { format!("{verb} {resource}") } else { format!("{verb} {resource} of {group}") }
}
