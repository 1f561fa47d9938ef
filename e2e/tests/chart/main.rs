//! The chart, as Helm renders it: one truth with `deploy/sluice.yaml`, few rights, and nothing left unsaid.

// A `Value` that is an object takes any key.
#![allow(clippy::indexing_slicing)]

mod alerts;
mod rights;
mod table;

use std::collections::BTreeSet;
use std::fs;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail, ensure};
use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::{Value, json};
use sluice_e2e::boards;
use sluice_e2e::helm::{Helm, chart};
use sluice_e2e::manifests;
use sluice_e2e::programs::Programs;
use sluice_e2e::rundir::RunDir;
use sluice_e2e::tools::{Tools, package_dir};

/// What differs most from the default values.
const SETTINGS: [&[&str]; 7] = [
    &[],
    &["namespaced=true", "rbac.secretNamespaces={shop,sluice}"],
    &[
        "rbac.traefik=false",
        "rbac.gatewayApi=false",
        "rbac.istio=false",
        "rbac.ingress=false",
        "rbac.smi=false",
        "rbac.apisix=false",
    ],
    &[
        "gitops.enabled=true",
        "gitops.namespace=argocd",
        "gitops.applicationNamespaces={team-*}",
        "gitops.renderEnv.ENVIRONMENT=prod",
        "gitops.rules[0].verbs={get,list,watch,create,patch,update,delete}",
        "gitops.rules[0].apiGroups={apps}",
        "gitops.rules[0].resources={deployments}",
    ],
    &["serviceMonitor.enabled=true", "prometheusRule.enabled=true", "dashboards.enabled=true", "replicas=1"],
    &[
        "config.instance-id=blue",
        "config.metrics-port=9000",
        "leaderElection.namespace=argo-rollouts",
        "rbac.jobs=false",
    ],
    &[
        "config.dashboard-port=8100",
        "config.webhook-port=9091",
        "rbac.aggregate=false",
        "extraVolumes[0].name=authority",
        "extraVolumes[0].configMap.name=authority",
        "extraVolumeMounts[0].name=authority",
        "extraVolumeMounts[0].mountPath=/etc/authority",
    ],
];

type Check = fn(&Helm) -> Result<()>;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let cases: [(&str, Check); 14] = [
        ("helm_finds_nothing_to_complain_about", lint),
        ("the_manifest_without_helm_is_the_charts_default_rendering", one_truth),
        ("the_charts_definitions_are_those_of_crds_yaml", definitions),
        ("the_readme_has_every_value_and_its_default", table::complete),
        ("the_controller_takes_the_configuration_that_the_chart_renders", taken),
        ("values_that_make_no_sense_are_refused", refused),
        ("rights_have_no_wildcard_and_read_no_secrets_of_the_cluster", rights::least),
        ("a_controller_of_one_namespace_has_no_rights_beyond_it", rights::of_one_namespace),
        ("pods_keep_to_the_restricted_standard", restricted),
        ("doors_that_are_opened_can_be_gone_through", doors),
        ("its_pods_and_services_are_found_by_the_established_labels", labelled),
        ("every_alert_says_what_happened_and_has_its_runbook", told),
        ("every_alert_fires_in_its_state_and_not_before", alerts::fire),
        ("alerts_name_labels_that_their_queries_leave", alerts::name_labels_that_there_are),
    ];
    let trial = |(name, check): (&str, Check)| {
        Trial::test(name, move || {
            check(&Helm::new(&Tools::ensure()?)).map_err(|error| Failed::from(format!("{error:#}")))
        })
    };
    libtest_mimic::run(&arguments, cases.map(trial).into()).exit_code()
}

fn lint(helm: &Helm) -> Result<()> {
    let chart = chart();
    let chart = chart.to_str().context("the chart's path is no text")?;
    for values in SETTINGS {
        let set = values.iter().flat_map(|value| ["--set", *value]);
        let arguments: Vec<&str> = ["lint", "--strict", chart].into_iter().chain(set).collect();
        helm.run(&arguments)?;
        manifests::parse::<Value>(&helm.template(values)?).with_context(|| format!("with {values:?}"))?;
    }
    Ok(())
}

/// `kubectl wait --for=condition=Ready pod -l app.kubernetes.io/component=server` of people's scripts finds a pod. What a Deployment
/// selects can never be changed, so that these labels are not in it.
fn labelled(helm: &Helm) -> Result<()> {
    for (values, component, part_of) in
        [(&["gitops.enabled=true"][..], "server", "argocd"), (&[], "rollouts-controller", "argo-rollouts")]
    {
        for object in manifests::parse::<Value>(&helm.template(values)?)? {
            let label = |pointer: &str, name: &str| {
                let labels = object.pointer(pointer).and_then(Value::as_object);
                labels.and_then(|labels| labels.get(&format!("app.kubernetes.io/{name}"))).and_then(Value::as_str)
            };
            let (place, selector) = match object.get("kind").and_then(Value::as_str) {
                Some("Deployment") => ("/spec/template/metadata/labels", "/spec/selector/matchLabels"),
                Some("Service") => ("/metadata/labels", "/spec/selector"),
                _ => continue,
            };
            let found = (label(place, "component"), label(place, "part-of"), label(selector, "component"));
            ensure!(found == (Some(component), Some(part_of), None), "{values:?}: {found:?} of {object}");
        }
    }
    Ok(())
}

const HEAD: &str = "\
# The controller, cluster-wide: what charts/sluice renders with its default values (UPDATE_EXPECT=1 writes it anew).
# Apply crds/yaml/ first, and set the image below.
apiVersion: v1
kind: Namespace
metadata:
  name: sluice
  labels:
    pod-security.kubernetes.io/enforce: restricted
";

fn one_truth(helm: &Helm) -> Result<()> {
    let rendered = helm.template(&["crds.install=false"])?;
    let wanted = format!(
        "{HEAD}{}",
        rendered.replace("app.kubernetes.io/managed-by: Helm\n", "app.kubernetes.io/managed-by: kubectl\n")
    );
    let file = package_dir().join("../deploy/sluice.yaml");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(&file, &wanted).context("write deploy/sluice.yaml")?;
    }
    let there = fs::read_to_string(&file).context("read deploy/sluice.yaml")?;
    ensure!(there == wanted, "deploy/sluice.yaml is not what the chart renders: run this test with UPDATE_EXPECT=1");
    Ok(())
}

fn definitions(helm: &Helm) -> Result<()> {
    let own = manifests::own_crds()?;
    for file in &own {
        let name = file.file_name().context("a file has a name")?;
        let copy = chart().join("files/crds").join(name);
        ensure!(fs::read(file)? == fs::read(&copy)?, "{} differs: copy crds/yaml to it", copy.display());
    }
    let copies = manifests::yaml_files(&chart().join("files/crds"))?.len();
    ensure!(copies == own.len(), "the chart has {copies} definitions, crds/yaml has {}", own.len());
    let rendered = objects(helm, &[], "CustomResourceDefinition")?;
    ensure!(rendered.len() == own.len(), "{} definitions are rendered", rendered.len());
    for one in rendered {
        let kept = &one["metadata"]["annotations"]["helm.sh/resource-policy"];
        ensure!(kept == "keep", "{} would go with the chart, and every Rollout with it", one["metadata"]["name"]);
    }
    Ok(())
}

fn refused(helm: &Helm) -> Result<()> {
    let wrong = [
        "replicas=0",
        "replica=2",
        "image.pullPolicy=Sometimes",
        "config.config=x",
        "config.namespaced=true",
        "config.healthzPort=8081",
        "config.metricsport=8091",
        "rbac.jobs=maybe",
        "gitops.enabled=sometimes",
        "terminationGracePeriodSeconds=1",
    ];
    for value in wrong {
        if helm.template(&[value]).is_ok() {
            bail!("{value} is taken");
        }
    }
    let beyond = ["namespaced=true", "gitops.enabled=true", "gitops.clusterAdmin=true"];
    ensure!(helm.template(&beyond).is_err(), "a controller of one namespace may be cluster-admin");
    Ok(())
}

fn restricted(helm: &Helm) -> Result<()> {
    let [deployment] = &objects(helm, &[], "Deployment")?[..] else { bail!("there is one Deployment") };
    let pod = &deployment["spec"]["template"]["spec"];
    ensure!(pod["securityContext"]["runAsNonRoot"] == true, "pods may run as root");
    ensure!(pod["securityContext"]["seccompProfile"]["type"] == "RuntimeDefault", "pods may make any system call");
    let wanted =
        json!({"allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true, "capabilities": {"drop": ["ALL"]}});
    for container in pod["containers"].as_array().context("pods have containers")? {
        ensure!(container["securityContext"] == wanted, "{}", container["securityContext"]);
    }
    Ok(())
}

/// The dashboard and the webhook: a port of the container, let through by the policy, behind a Service of its own.
fn doors(helm: &Helm) -> Result<()> {
    let values = ["config.dashboard-port=8100", "config.webhook-port=9091"];
    let [deployment] = &objects(helm, &values, "Deployment")?[..] else { bail!("there is one Deployment") };
    let [policy] = &objects(helm, &values, "NetworkPolicy")?[..] else { bail!("there is one NetworkPolicy") };
    let services = objects(helm, &values, "Service")?;
    let pod = &deployment["spec"]["template"]["spec"];
    // For a Service `sluice-dashboard` the kubelet would set SLUICE_DASHBOARD_PORT, which is the variable of a flag.
    ensure!(pod["enableServiceLinks"] == false, "variables are made of Services");
    for (door, port) in [("dashboard", 8100), ("webhook", 9091)] {
        let ports = pod["containers"][0]["ports"].as_array().context("the container has ports")?;
        ensure!(ports.contains(&json!({"name": door, "containerPort": port})), "the container has no port {door}");
        let let_in = policy["spec"]["ingress"].as_array().context("the policy lets in")?;
        ensure!(let_in.contains(&json!({"ports": [{"port": door}]})), "the policy keeps out who comes to {door}");
        let leads = |service: &&Value| service["spec"]["ports"][0]["targetPort"] == door;
        ensure!(services.iter().filter(leads).count() == 1, "no Service leads to {door}");
    }
    Ok(())
}

/// The controller reads its file before it looks for a cluster: of one that it takes it gets as far as to miss the cluster.
fn taken(helm: &Helm) -> Result<()> {
    let program = Programs::build("dev")?.controller;
    let folder = RunDir::create()?;
    let (file, nowhere) = (folder.path().join("config.yaml"), folder.path().join("no-kubeconfig"));
    for values in SETTINGS {
        let maps = objects(helm, values, "ConfigMap")?;
        let config = maps.iter().find_map(|map| map["data"]["config.yaml"].as_str()).context("no config.yaml")?;
        fs::write(&file, config).context("write config.yaml")?;
        let mut started = Command::new(&program);
        started.arg("controller").arg("--config").arg(&file).arg("--kubeconfig").arg(&nowhere);
        let said = started.output().context("start the controller")?.stderr;
        let said = String::from_utf8_lossy(&said);
        ensure!(said.starts_with("Error: read the kubeconfig"), "with {values:?} and\n{config}\nit says {said}");
    }
    Ok(())
}

fn told(_: &Helm) -> Result<()> {
    let page = fs::read_to_string(package_dir().join("../docs/operations.md")).context("read docs/operations.md")?;
    let sections: BTreeSet<String> =
        page.lines().filter_map(|line| line.strip_prefix("### ")).map(str::to_lowercase).collect();
    let alerts = boards::alerts()?;
    ensure!(alerts.len() > 10, "only {} alerts", alerts.len());
    for alert in &alerts {
        let (name, told) = (alert.name.to_lowercase(), &alert.annotations);
        ensure!(!told.summary.is_empty() && told.description.len() > 80, "{name} says too little");
        ensure!(told.runbook == format!("docs/operations.md#{name}"), "{name} has another's runbook: {}", told.runbook);
        ensure!(sections.contains(&name), "docs/operations.md has no section {}", alert.name);
    }
    let told = told_series()?;
    for (panel, query) in boards::queries(&boards::BOARDS.concat(), ".*", "web")? {
        let unknown: Vec<_> = series(&query).into_iter().filter(|name| !told.contains(name)).collect();
        ensure!(unknown.is_empty(), "the panel {panel:?} asks for {unknown:?}, which docs/operations.md does not have");
    }
    Ok(())
}

/// The series that docs/operations.md tells of.
fn told_series() -> Result<BTreeSet<String>> {
    let page = fs::read_to_string(package_dir().join("../docs/operations.md")).context("read docs/operations.md")?;
    Ok(page.split('`').skip(1).step_by(2).map(str::to_owned).collect())
}

/// The names of the series in a query: words with an underscore that are no functions, no labels and no texts.
fn series(query: &str) -> Vec<String> {
    let plain: String = query.split('"').step_by(2).collect::<Vec<_>>().join("\"");
    let words = plain.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
    let known = ["label_values", "histogram_quantile", "sync_status", "health_status"];
    let named = words.filter(|word| word.contains('_') && !known.contains(word));
    named.map(|name| name.trim_end_matches("_bucket").trim_end_matches("_count").to_owned()).collect()
}

/// The objects of a kind that the chart renders.
fn objects(helm: &Helm, values: &[&str], kind: &str) -> Result<Vec<Value>> {
    let all = manifests::parse::<Value>(&helm.template(values)?)?;
    Ok(all.into_iter().filter(|object| object["kind"] == kind).collect())
}
