//! A Rollout whose pods another workload of the files describes.

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use sluice_core::spec::Lender;
use sluice_core::validate::{self, Lent};
use sluice_crds::{Rollout, decode};

use super::case::{text, title};

/// The Rollout with what its workload lends, and the other objects without that workload. What is wrong with the reference is
/// left to be told with all the rest.
pub(super) fn filled(
    rollout: Value,
    others: Vec<Value>,
    namespace: &str,
    said: &mut Vec<String>,
) -> Result<(Value, Vec<Value>)> {
    let what = title(&rollout);
    let parsed: Rollout = decode(rollout.clone()).with_context(|| format!("read {what}"))?;
    let own =
        validate::spec(&parsed.spec, None).is_err_and(|found| found.iter().any(|one| one.field == "spec.template"));
    let Some(lender) = validate::lender(&parsed.spec).ok().flatten().filter(|_| !own) else {
        return Ok((rollout, others));
    };
    let (found, others): (Vec<_>, Vec<_>) = others.into_iter().partition(|object| is(object, &lender, namespace));
    let Some(workload) = found.first() else {
        bail!("the files hold no {lender}, which spec.workloadRef of {what} names; give its file with -f too");
    };
    said.push(format!("no pods of {}, which only lends its template", title(workload)));
    let mut rollout = rollout;
    if let Some(spec) = rollout.get_mut("spec") {
        *spec = json!(validate::filled(&parsed.spec, &Lent::of(workload)));
    }
    Ok((rollout, others))
}

fn is(object: &Value, lender: &Lender, namespace: &str) -> bool {
    text(object, "/kind") == Some(lender.kind.name())
        && text(object, "/apiVersion") == Some(&lender.kind.api_version())
        && text(object, "/metadata/name") == Some(&lender.name)
        && text(object, "/metadata/namespace").unwrap_or(namespace) == namespace
}
