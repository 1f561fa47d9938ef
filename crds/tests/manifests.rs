//! Manifests load, nothing they say is lost, and nothing is pruned by the definitions' schemas.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs)]

mod pruning;

use std::{collections::BTreeSet, fs, path::Path};

use pruning::{named_fields, pruned};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use sluice_crds::{
    AnalysisRun, AnalysisTemplate, AppProject, Application, ClusterAnalysisTemplate, Experiment, IntOrString, Rollout,
    definitions,
};

fn read(file: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(file);
    let mut manifest = serde_saphyr::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    drop_nulls(&mut manifest);
    manifest
}

/// An API server drops a null where a field is not nullable, and none of ours is.
fn drop_nulls(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|_, field| !field.is_null());
            fields.values_mut().for_each(drop_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_nulls),
        _ => {}
    }
}

/// The schema installed for the manifest's kind.
fn schema(manifest: &Value) -> Value {
    let kind = manifest["kind"].as_str().unwrap();
    let crd = definitions().into_iter().find(|crd| crd.spec.names.kind == kind).unwrap();
    serde_json::to_value(&crd.spec.versions[0].schema).unwrap()["openAPIV3Schema"].clone()
}

/// Loads the manifest as a `T`, and finds everything it says in what `T` writes and in the fields the schema names.
fn check<T: Serialize + DeserializeOwned>(file: &str) -> T {
    let manifest = read(file);
    let typed: T = serde_json::from_value(manifest.clone()).unwrap();
    assert_eq!(serde_json::to_value(&typed).unwrap(), manifest, "{file} changes on its way through the type");
    let unnamed = named_fields::missing(&manifest, &schema(&manifest));
    assert_eq!(unnamed, Vec::<String>::new(), "{file} has fields that the schema does not name");
    typed
}

#[test]
fn manifests_as_users_write_them_load_whole() {
    check::<Rollout>("rollout_canary.yaml");
    check::<Rollout>("rollout_blue_green.yaml");
    check::<AnalysisTemplate>("analysistemplate_success_rate.yaml");
    check::<AppProject>("appproject_platform.yaml");
    for application in ["dev", "prod", "root", "self_managed"] {
        check::<Application>(&format!("application_{application}.yaml"));
    }
}

#[test]
fn an_application_has_hooks_health_checks_and_numbers_in_quotes() {
    let hooks = check::<Application>("application_hooks.yaml").spec.sync_policy.unwrap().hooks;
    let types = ["PreSync", "PostSync"];
    assert_eq!(hooks.iter().map(|hook| hook.r#type.as_str()).collect::<Vec<_>>(), types);
    let service = check::<Application>("application_service.yaml").spec;
    assert_eq!(service.revision_history_limit, Some(IntOrString::String("10".into())));
    assert_eq!(service.health.unwrap()[0].kind, "Deployment");
    let empty = check::<Application>("application_no_checks.yaml").spec;
    assert_eq!((empty.health, empty.sync_policy.unwrap().automated), (None, None));
}

#[test]
fn a_field_of_an_application_that_nobody_knows_is_kept_and_can_be_named() {
    let mut manifest = read("application_dev.yaml");
    manifest["spec"]["syncPolicy"]["automated"]["selfheal"] = true.into();
    assert_eq!(pruned(&manifest, &schema(&manifest)), Vec::<String>::new());
    let typed: Application = serde_json::from_value(manifest.clone()).unwrap();
    assert_eq!(typed.spec.sync_policy.as_ref().unwrap().automated.as_ref().unwrap().unknown["selfheal"], true);
    assert_eq!(serde_json::to_value(&typed).unwrap(), manifest);
}

#[test]
fn every_field_of_every_kind_loads_whole() {
    check::<Rollout>("rollout_all_fields.yaml");
    check::<AnalysisTemplate>("analysistemplate_all_fields.yaml");
    check::<ClusterAnalysisTemplate>("clusteranalysistemplate_all_fields.yaml");
    check::<AnalysisRun>("analysisrun_all_fields.yaml");
    check::<Experiment>("experiment_all_fields.yaml");
    check::<Application>("application_all_fields.yaml");
    check::<AppProject>("appproject_all_fields.yaml");
}

#[test]
fn the_all_fields_manifests_leave_no_field_of_the_schemas_out() {
    for crd in definitions() {
        let kind = crd.spec.names.singular.unwrap();
        let manifest = read(&format!("{kind}_all_fields.yaml"));
        let unused = named_fields::unused(&manifest, &schema(&manifest));
        assert_eq!(unused, BTreeSet::new(), "{kind}_all_fields.yaml does not try these fields");
    }
}

#[test]
fn a_router_nobody_knows_is_kept_and_can_be_named() {
    let mut manifest = read("rollout_canary.yaml");
    let gateway = serde_json::json!({ "httpRoute": "inventory" });
    manifest["spec"]["strategy"]["canary"]["trafficRouting"]["gatewayApi"] = gateway.clone();
    manifest["spec"]["strategy"]["canary"]["steps"][0]["setWieght"] = 5.into();

    let schema = schema(&manifest);
    assert_eq!(pruned(&manifest, &schema), Vec::<String>::new());

    let rollout: Rollout = serde_json::from_value(manifest.clone()).unwrap();
    let canary = rollout.spec.strategy.canary.as_ref().unwrap();
    assert_eq!(canary.traffic_routing.as_ref().unwrap().unknown["gatewayApi"], gateway);
    assert_eq!(canary.steps[0].unknown["setWieght"], 5);
    assert_eq!(serde_json::to_value(&rollout).unwrap(), manifest);
}

#[test]
fn the_pruning_of_this_test_does_prune() {
    let mut manifest = read("rollout_canary.yaml");
    manifest["spec"]["selector"]["matchNames"] = "inventory".into();
    let found = pruned(&manifest, &schema(&manifest));
    assert_eq!(found, ["spec.selector.matchNames"]);
}

#[test]
fn a_status_that_says_nothing_writes_nothing() {
    assert_eq!(serde_json::to_string(&sluice_crds::RolloutStatus::default()).unwrap(), "{}");
    assert_eq!(serde_json::to_string(&sluice_crds::AnalysisRunStatus::default()).unwrap(), "{}");
    assert_eq!(serde_json::to_string(&sluice_crds::ExperimentStatus::default()).unwrap(), "{}");
    assert_eq!(serde_json::to_string(&sluice_crds::ApplicationStatus::default()).unwrap(), "{}");
    assert_eq!(serde_json::to_string(&sluice_crds::AppProjectStatus::default()).unwrap(), "{}");
}
