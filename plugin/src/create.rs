//! `create`: objects from files, and AnalysisRuns from templates.

mod run;

use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use kube::Api;
use kube::api::PostParams;
use kube::core::{ApiResource, DynamicObject};
use serde_json::{Value, json};
use sluice_crds::{decode, names};

use crate::act::MANAGER;
use crate::args::{Create, CreateArgs};
use crate::client::Cluster;
use crate::get;
use crate::kind::{self, Kind};
use crate::out::Out;
use crate::report::Report;
use crate::simulate::read;
use crate::target::Target;
use crate::trouble::explain;

/// The kinds that can be made: kind, plural, and whether they live in namespaces.
const KINDS: [(&str, &str, bool); 5] = [
    ("Rollout", "rollouts", true),
    ("Experiment", "experiments", true),
    ("AnalysisRun", "analysisruns", true),
    ("AnalysisTemplate", "analysistemplates", true),
    ("ClusterAnalysisTemplate", "clusteranalysistemplates", false),
];

/// An object that was made, and its kind.
type Made = (String, DynamicObject);

/// Makes what is asked for.
pub(crate) async fn report(cluster: &Cluster, wanted: &CreateArgs) -> Result<Report> {
    match &wanted.what {
        Some(Create::AnalysisRun(wanted)) => run::run(cluster, wanted).await,
        None => Ok(made(cluster, wanted).await?.0),
    }
}

/// Makes one object, and shows it for as long as it is there.
pub(crate) async fn watched(cluster: &Cluster, wanted: &CreateArgs, out: Out) -> Result<ExitCode> {
    let (report, made) = made(cluster, wanted).await?;
    let code = report.print(None, out)?;
    let [(kind, object)] = made.as_slice() else { return Ok(code) };
    let Some(kind) = Kind::of(&kind.to_lowercase()).filter(|kind| *kind != Kind::AnalysisRun) else {
        bail!("--watch shows Rollouts and Experiments only");
    };
    let name = object.metadata.name.clone().unwrap_or_default();
    let namespace = object.metadata.namespace.clone().unwrap_or_default();
    let there = Cluster { namespace, ..cluster.clone() };
    Box::pin(get::watch(&there, &Target { kind, name }, out)).await?;
    Ok(code)
}

/// Makes what the files say; one that fails does not stop those after it.
async fn made(cluster: &Cluster, wanted: &CreateArgs) -> Result<(Report, Vec<Made>)> {
    if wanted.files.is_empty() {
        bail!("say which file: create -f FILE");
    }
    let objects = read::objects(&wanted.files)?;
    // What is wrong with one of them is said before any is made.
    let places = objects.iter().map(place).collect::<Result<Vec<_>>>()?;
    if wanted.watch && objects.len() != 1 {
        bail!("--watch shows one object; the files hold {}", objects.len());
    }
    let (mut report, mut made) = (Report::default(), Vec::new());
    for (object, (resource, namespaced)) in objects.iter().zip(&places) {
        match one(cluster, object, resource, *namespaced).await {
            Ok(object) => made.push((resource.kind.clone(), object)),
            Err(error) => report.errors.push(explain(&error)),
        }
    }
    report.lines = made.iter().map(|(kind, object)| line(kind, object)).collect();
    report.document = made.iter().map(|(_, object)| json!(object)).collect();
    Ok((report, made))
}

/// The established words for it.
fn line(kind: &str, object: &DynamicObject) -> String {
    format!("{}.{}/{} created", kind.to_lowercase(), names::GROUP, object.metadata.name.as_deref().unwrap_or_default())
}

/// Where the API has the object's kind, and whether it lives in a namespace.
fn place(object: &Value) -> Result<(ApiResource, bool)> {
    let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let (version, kind) = (text("/apiVersion"), text("/kind"));
    let known = KINDS.iter().find(|(name, ..)| *name == kind && version == names::API_VERSION);
    match known {
        Some((kind, plural, namespaced)) => Ok((kind::resource(kind, plural), *namespaced)),
        None => bail!("creates of {version}/{kind} unsupported; use kubectl create for {}", text("/metadata/name")),
    }
}

async fn one(cluster: &Cluster, object: &Value, resource: &ApiResource, namespaced: bool) -> Result<DynamicObject> {
    let what = format!("{} {}", resource.kind, object.pointer("/metadata/name").and_then(Value::as_str).unwrap_or(""));
    let object: DynamicObject = decode(object.clone()).with_context(|| format!("read {what}"))?;
    let namespace = object.metadata.namespace.clone().unwrap_or_else(|| cluster.namespace.clone());
    let api: Api<DynamicObject> = if namespaced {
        Api::namespaced_with(cluster.client.clone(), &namespace, resource)
    } else {
        Api::all_with(cluster.client.clone(), resource)
    };
    let params = PostParams { field_manager: Some(MANAGER.to_owned()), ..PostParams::default() };
    api.create(&params, &object).await.with_context(|| format!("create {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_of_others_are_left_to_kubectl() {
        let object = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}});
        let error = place(&object).unwrap_err().to_string();
        assert_eq!(error, "creates of apps/v1/Deployment unsupported; use kubectl create for web");
        let object = json!({"apiVersion": names::API_VERSION, "kind": "ClusterAnalysisTemplate"});
        assert!(!place(&object).unwrap().1, "it lives in no namespace");
    }
}
