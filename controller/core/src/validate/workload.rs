//! A Rollout whose pods another workload describes: which one it names, and the Rollout as it reads with what that one lends.
//!
//! What is lent is never written into the Rollout: it is put into a copy, and everything else is checked as if its owner had
//! written it there.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use serde_json::Value;
use sluice_crds::names::label;
use sluice_crds::{PodTemplate, RolloutSpec, Violation, WorkloadRef, decode};

use super::fields::Checker;
use super::spec as whole;
use crate::spec::{CanaryServices, Lender, LenderKind, ScaleDown, Spec};

const FIELD: &str = "spec.workloadRef";

/// What a workload gives to the Rollouts that name it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lent {
    /// Its pod template.
    pub template: PodTemplate,
    /// Which pods are its own; a PodTemplate has none.
    pub selector: Option<LabelSelector>,
}

/// The workload that a spec names; `None` where it brings a template of its own.
pub fn lender(spec: &RolloutSpec) -> Result<Option<Lender>, Vec<Violation>> {
    let Some(named) = &spec.workload_ref else { return Ok(None) };
    let mut check = Checker::default();
    let lender = reference(&mut check, named);
    check.finish(lender).map(Some)
}

/// Checks what a spec says of its lender, and that it says nothing in its stead.
pub(super) fn check(check: &mut Checker, named: &WorkloadRef, template: Option<&PodTemplate>) {
    reference(check, named);
    if template.is_some_and(|template| !template.is_empty()) {
        check.wrong("spec.template", "template must be empty for workload reference rollout");
    }
}

fn reference(check: &mut Checker, named: &WorkloadRef) -> Option<Lender> {
    check.unknown(FIELD, &named.unknown);
    let kind = kind(check, named);
    let name = check.name(&format!("{FIELD}.name"), Some(named.name.as_ref().unwrap_or(&String::new())));
    let scale_down = scale_down(check, named.scale_down.as_deref(), kind);
    Some(Lender { kind: kind?, name: name?, scale_down })
}

fn kind(check: &mut Checker, named: &WorkloadRef) -> Option<LenderKind> {
    let text = named.kind.as_deref().unwrap_or_default();
    let Some(kind) = LenderKind::ALL.into_iter().find(|kind| kind.name() == text) else {
        check.wrong(&format!("{FIELD}.kind"), format!("is {text:?}; must be Deployment, ReplicaSet or PodTemplate"));
        return None;
    };
    let version = named.api_version.as_deref().unwrap_or_default();
    if version != kind.api_version() {
        let text = format!("is {version:?}; must be {} for a {text}", kind.api_version());
        check.wrong(&format!("{FIELD}.apiVersion"), text);
    }
    Some(kind)
}

/// Other kinds have no pods of their own that an owner could want gone: a ReplicaSet is its Deployment's.
fn scale_down(check: &mut Checker, named: Option<&str>, kind: Option<LenderKind>) -> ScaleDown {
    let field = format!("{FIELD}.scaleDown");
    let mode = match named {
        None | Some("" | "never") => return ScaleDown::Never,
        Some("onsuccess") => ScaleDown::OnSuccess,
        Some("progressively") => ScaleDown::Progressively,
        Some(other) => {
            check.wrong(&field, format!("is {other:?}; must be never, onsuccess or progressively"));
            return ScaleDown::Never;
        }
    };
    if kind.is_some_and(|kind| kind != LenderKind::Deployment) {
        check.wrong(&field, "needs a Deployment; pods of other kinds are not scaled down, so set never");
    }
    mode
}

/// The spec as it reads with what is lent. A selector of its own goes before the lender's.
pub fn filled(spec: &RolloutSpec, lent: &Lent) -> RolloutSpec {
    let mut spec = spec.clone();
    let Lent { template, selector } = lent.clone().without_hash();
    spec.workload_ref = None;
    spec.selector = spec.selector.or(selector);
    spec.template = Some(template);
    spec
}

impl Lent {
    /// What an object of a kind that lends has to lend.
    pub fn of(object: &Value) -> Self {
        let part = |pointer| object.pointer(pointer).filter(|part| !part.is_null()).cloned();
        Self {
            template: PodTemplate(part("/spec/template").or_else(|| part("/template")).unwrap_or_default()),
            selector: part("/spec/selector").and_then(|selector| decode(selector).ok()),
        }
    }

    /// A Deployment gives its ReplicaSets the label `pod-template-hash`. With it, the same pods would be another revision each
    /// time, and two ReplicaSets would ask for each other's pods.
    fn without_hash(mut self) -> Self {
        if let Some(Value::Object(labels)) = self.template.0.pointer_mut("/metadata/labels") {
            labels.remove(label::DEPLOYMENT_HASH);
        }
        if let Some(labels) = self.selector.as_mut().and_then(|selector| selector.match_labels.as_mut()) {
            labels.remove(label::DEPLOYMENT_HASH);
        }
        self
    }
}

/// Checks a spec with what its workload lends.
pub fn borrowed(
    spec: &RolloutSpec,
    lender: &Lender,
    lent: &Lent,
    derived: Option<CanaryServices>,
) -> Result<Spec, Vec<Violation>> {
    let own = whole(spec, derived.clone()).err().unwrap_or_default();
    let checked = whole(&filled(spec, lent), derived);
    let lent = checked.as_ref().err().into_iter().flatten().filter(|one| !own.contains(one)).cloned();
    let found: Vec<Violation> = own.iter().cloned().chain(lent.map(|one| at_lender(one, spec, lender))).collect();
    if found.is_empty() { checked } else { Err(found) }
}

/// What is wrong where there is no such workload.
pub fn no_lender(lender: &Lender, namespace: &str) -> Violation {
    let text = format!("there is no {lender} in namespace {namespace}; create it, or correct the reference");
    Violation::new(FIELD, text)
}

/// What is wrong where nobody can tell whether there is one.
pub fn unknown_lender(lender: &Lender, why: &str) -> Violation {
    Violation::new(FIELD, format!("{lender} cannot be read: {why}"))
}

/// What is wrong with lent fields is to be mended at the lender, so it says which object that is.
fn at_lender(violation: Violation, spec: &RolloutSpec, lender: &Lender) -> Violation {
    let is_lent = violation.field.starts_with("spec.template")
        || (violation.field.starts_with("spec.selector") && spec.selector.is_none());
    if !is_lent {
        return violation;
    }
    let text = format!("{} (lent by {lender})", violation.message);
    Violation::new(&violation.field, text)
}
