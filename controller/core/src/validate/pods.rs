//! A selector and a pod template, as a Rollout and an Experiment both have them.

use sluice_crds::PodTemplate;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;

use super::fields::Checker;
use super::selector;

/// Notes everything that is wrong with the selector and the template of the object at that path.
pub(crate) fn check(check: &mut Checker, here: &str, selector: Option<&LabelSelector>, template: Option<&PodTemplate>) {
    let asks = selector.is_some_and(|selector| {
        selector.match_labels.iter().flatten().next().is_some()
            || selector.match_expressions.iter().flatten().next().is_some()
    });
    if !asks {
        check.wrong(
            &format!("{here}.selector"),
            "is missing or empty; name the labels of the pods, such as matchLabels: {app: NAME}",
        );
    }
    match template {
        Some(template) if !template.is_empty() => self::template(check, here, selector, template),
        _ => check.wrong(&format!("{here}.template"), "is missing; say which pods to run"),
    }
}

fn template(check: &mut Checker, here: &str, selector: Option<&LabelSelector>, template: &PodTemplate) {
    let field = format!("{here}.template");
    let parsed = match template.parse() {
        Ok(parsed) => parsed,
        Err(error) => return check.wrong(&field, format!("is no pod template: {error}")),
    };
    selector::fits(check, here, selector, &format!("{field}.metadata.labels"), &template.labels());
    let Some(pod) = parsed.spec else {
        return check.wrong(&format!("{field}.spec"), "is missing; it needs at least one container");
    };
    if pod.containers.is_empty() {
        check.wrong(&format!("{field}.spec.containers"), "is empty; it needs at least one container");
    }
    if let Some(policy) = pod.restart_policy.filter(|policy| policy != "Always") {
        check.wrong(&format!("{field}.spec.restartPolicy"), format!("is {policy:?}; only Always can be rolled out"));
    }
}
