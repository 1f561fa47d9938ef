//! `create analysisrun`: a run of a template, with values for its arguments.

use anyhow::{Context, Result, bail};
use kube::Api;
use kube::api::PostParams;
use kube::core::DynamicObject;
use serde_json::{Value, json};
use sluice_crds::names::{self, label};
use sluice_crds::{AnalysisRun, AnalysisTemplateSpec, Argument, decode};

use crate::act::MANAGER;
use crate::args::CreateRun;
use crate::client::Cluster;
use crate::kind;
use crate::report::Report;
use crate::simulate::read;

/// Makes the run.
pub(super) async fn run(cluster: &Cluster, wanted: &CreateRun) -> Result<Report> {
    let template = template(cluster, wanted).await?;
    let run: AnalysisRun = decode(made(&template, wanted)?).context("read the template")?;
    let params = PostParams { field_manager: Some(MANAGER.to_owned()), ..PostParams::default() };
    let run = cluster.objects::<AnalysisRun>().create(&params, &run).await.context("create the AnalysisRun")?;
    let name = run.metadata.name.as_deref().unwrap_or_default();
    Report::of(vec![format!("analysisrun.{}/{name} created", names::GROUP)], &json!([run]))
}

async fn template(cluster: &Cluster, wanted: &CreateRun) -> Result<Value> {
    let kind = if wanted.global { "ClusterAnalysisTemplate" } else { "AnalysisTemplate" };
    if let Some(file) = &wanted.from_file {
        let mut objects = read::objects(std::slice::from_ref(file))?;
        objects.retain(|object| object.pointer("/kind").and_then(Value::as_str) == Some(kind));
        return match (objects.pop(), objects.is_empty()) {
            (Some(object), true) => Ok(object),
            (Some(_), false) => bail!("the file holds more than one {kind}; give one"),
            (None, _) => bail!("the file holds no {kind}"),
        };
    }
    let name = wanted.from.as_deref().unwrap_or_default();
    let resource = kind::resource(kind, &format!("{}s", kind.to_lowercase()));
    let api: Api<DynamicObject> =
        if wanted.global { Api::all_with(cluster.client.clone(), &resource) } else { cluster.of_resource(&resource) };
    let found = api.get(name).await.with_context(|| format!("read {kind} {name}"))?;
    serde_json::to_value(&found).context("read the template")
}

/// The run as it is to be made.
fn made(template: &Value, wanted: &CreateRun) -> Result<Value> {
    let name = template.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default();
    let spec = template.get("spec").cloned().unwrap_or_default();
    let spec: AnalysisTemplateSpec = decode(spec).with_context(|| format!("read {name}"))?;
    if !spec.templates.is_empty() {
        bail!("{name} names further templates, which a run by hand cannot have; give one with metrics of its own");
    }
    let args = filled(spec.args, &wanted.arguments)?;
    let metadata = match (&wanted.name, &wanted.generate_name) {
        (Some(name), _) => json!({"name": name}),
        (None, Some(prefix)) => json!({"generateName": prefix}),
        (None, None) => json!({"generateName": format!("{name}-")}),
    };
    let mut run = json!({
        "apiVersion": names::API_VERSION, "kind": "AnalysisRun", "metadata": metadata,
        "spec": {
            "metrics": spec.metrics, "args": args, "dryRun": spec.dry_run,
            "measurementRetention": spec.measurement_retention,
        },
    });
    if let Some(id) = &wanted.instance_id {
        json_patch::merge(&mut run, &json!({"metadata": {"labels": {label::INSTANCE_ID: id}}}));
    }
    Ok(run)
}

/// The template's arguments with the values that were given.
fn filled(args: Vec<Argument>, given: &[(String, String)]) -> Result<Vec<Argument>> {
    let known: Vec<String> = args.iter().map(|arg| arg.name.clone()).collect();
    if let Some((name, _)) = given.iter().find(|(name, _)| !known.contains(name)) {
        bail!("the template has no argument \"{name}\"; it has {}", or_none(&known));
    }
    let fill = |mut arg: Argument| {
        if let Some((_, value)) = given.iter().rev().find(|(name, _)| *name == arg.name) {
            (arg.value, arg.value_from) = (Some(value.clone()), None);
        }
        arg
    };
    let args: Vec<Argument> = args.into_iter().map(fill).collect();
    let lacking: Vec<String> =
        args.iter().filter(|arg| arg.value.is_none() && arg.value_from.is_none()).map(|arg| arg.name.clone()).collect();
    if !lacking.is_empty() {
        bail!("args {} have no value; give each with -a NAME=VALUE", lacking.join(", "));
    }
    Ok(args)
}

fn or_none(names: &[String]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn check(given: &[(&str, &str)], expected: &Expect) {
        let template = json!({"metadata": {"name": "errors"}, "spec": {
            "args": [{"name": "service"}, {"name": "limit", "value": "0.01"}],
            "metrics": [{"name": "rate", "successCondition": "result < {{args.limit}}",
                "provider": {"prometheus": {"query": "q"}}}],
        }});
        let arguments = given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let wanted = CreateRun {
            form: crate::args::Form::default(),
            from: Some("errors".to_owned()),
            from_file: None,
            global: false,
            name: None,
            generate_name: None,
            instance_id: Some("blue".to_owned()),
            arguments,
        };
        expected.assert_eq(&made(&template, &wanted).map_or_else(|error| error.to_string(), |run| run.to_string()));
    }

    #[test]
    fn a_run_has_the_template_s_metrics_and_the_values_given() {
        check(
            &[("service", "shop")],
            &expect![[
                r#"{"apiVersion":"argoproj.io/v1alpha1","kind":"AnalysisRun","metadata":{"generateName":"errors-","labels":{"argo-rollouts.argoproj.io/controller-instance-id":"blue"}},"spec":{"args":[{"name":"service","value":"shop"},{"name":"limit","value":"0.01"}],"dryRun":[],"measurementRetention":[],"metrics":[{"name":"rate","provider":{"prometheus":{"query":"q"}},"successCondition":"result < {{args.limit}}"}]}}"#
            ]],
        );
    }

    #[test]
    fn values_that_are_missing_or_belong_to_nothing_are_named() {
        check(&[], &expect!["args service have no value; give each with -a NAME=VALUE"]);
        check(&[("servise", "shop")], &expect![[r#"the template has no argument "servise"; it has service, limit"#]]);
    }
}
