//! The example of `examples/bookverse`: its charts are clean, its Applications are rendered, and its projects say what they
//! let through.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use expect_test::{Expect, expect};
use serde_json::{Value, json};
use sluice_crds::{AppProject, Application};
use sluice_gitops::project::{Place, Project};
use sluice_gitops::{Object, validate};
use sluice_render::Rendered;

use crate::bench::{Bench, Repo, tool};

const CHARTS: &str = "https://github.com/bookverse/helm-charts";
const GITOPS: &str = "https://github.com/bookverse/gitops";

fn example() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/bookverse")
}

fn read<T: serde::de::DeserializeOwned>(file: &str) -> T {
    let file = example().join(file);
    let text = fs::read_to_string(&file).unwrap_or_else(|why| panic!("{}: {why}", file.display()));
    serde_saphyr::from_str(&text).unwrap_or_else(|why| panic!("{}: {why}", file.display()))
}

fn files(dir: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { all.extend(files(&path)) } else { all.push(path) }
    }
    all.sort();
    all
}

/// Both repositories, with the commit that prod is pinned to.
struct Books {
    bench: Bench,
    charts: Repo,
    gitops: Repo,
}

impl Books {
    async fn new() -> Self {
        let bench = Bench::new().await;
        let (charts, gitops) = (bench.repository("helm-charts"), bench.repository("gitops"));
        for (repo, folder) in [(&charts, "helm-charts"), (&gitops, "gitops")] {
            let folder = example().join(folder);
            for file in files(&folder) {
                repo.write(file.strip_prefix(&folder).unwrap().to_str().unwrap(), fs::read(&file).unwrap());
            }
            repo.commit();
        }
        charts.git(&["tag", "v1.2.3"]);
        Self { bench, charts, gitops }
    }

    /// What an Application deploys.
    async fn rendered(&self, application: &Application) -> Rendered {
        let mut source = serde_json::to_value(application.spec.source.as_ref().unwrap()).unwrap();
        let repo = match source["repoURL"].as_str().unwrap() {
            CHARTS => &self.charts,
            GITOPS => &self.gitops,
            other => panic!("nobody has {other}"),
        };
        source["repoURL"] = json!(repo.url());
        let name = application.metadata.name.as_deref().unwrap_or_default();
        self.bench.render(source).await.unwrap_or_else(|why| panic!("{name}: {}", why.text))
    }
}

/// How many objects of each kind, and what the services run.
fn shown(rendered: &Rendered) -> String {
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    let mut images: BTreeMap<&str, String> = BTreeMap::new();
    for object in &rendered.objects {
        *kinds.entry(object["kind"].as_str().unwrap()).or_default() += 1;
        let image = object.pointer("/spec/template/spec/containers/0/image").and_then(Value::as_str);
        if let Some(image) = image {
            let replicas =
                object["spec"]["replicas"].as_u64().map_or(String::new(), |replicas| format!("{replicas} × "));
            images.insert(object["metadata"]["name"].as_str().unwrap(), format!("{replicas}{image}"));
        }
    }
    let kinds: Vec<String> = kinds.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
    let images: String = images.iter().map(|(name, image)| format!("  {name}: {image}\n")).collect();
    let warnings: String = rendered.warnings.iter().map(|warning| format!("  warning: {warning}\n")).collect();
    format!("{}\n{images}{warnings}", kinds.join(", "))
}

async fn check(file: &str, expected: Expect) {
    let application: Application = read(&format!("gitops/{file}"));
    let (_, told) = validate::spec(&application.spec).unwrap_or_else(|wrong| panic!("{file}: {wrong:?}"));
    let mut seen = shown(&Books::new().await.rendered(&application).await);
    seen.extend(told.iter().map(|told| format!("  told: {told}\n")));
    expected.assert_eq(&seen);
}

#[tokio::test]
async fn dev_is_rendered() {
    check(
        "environments/dev/applications/bookverse-platform.yaml",
        expect![[r#"
        1 ConfigMap, 5 Deployment, 1 Ingress, 2 Job, 5 Service, 5 ServiceAccount
          bookverse-checkout: 1 × bookverse/checkout:latest
          bookverse-inventory: 1 × bookverse/inventory:latest
          bookverse-migrate: bookverse/tasks:latest
          bookverse-recommendations: 1 × bookverse/recommendations:latest
          bookverse-server: 1 × bookverse/server:latest
          bookverse-smoke-test: bookverse/tasks:latest
          bookverse-web: 1 × bookverse/web:latest
    "#]],
    )
    .await;
}

#[tokio::test]
async fn qa_is_rendered() {
    check(
        "environments/qa/applications/bookverse-platform.yaml",
        expect![[r#"
        1 ConfigMap, 5 Deployment, 1 Ingress, 2 Job, 5 Service, 5 ServiceAccount
          bookverse-checkout: 1 × bookverse/checkout:latest
          bookverse-inventory: 1 × bookverse/inventory:latest
          bookverse-migrate: bookverse/tasks:latest
          bookverse-recommendations: 1 × bookverse/recommendations:latest
          bookverse-server: 1 × bookverse/server:latest
          bookverse-smoke-test: bookverse/tasks:latest
          bookverse-web: 1 × bookverse/web:latest
    "#]],
    )
    .await;
}

#[tokio::test]
async fn staging_is_rendered() {
    check("environments/staging/applications/bookverse-platform.yaml", expect![[r#"
        1 ConfigMap, 5 Deployment, 1 HorizontalPodAutoscaler, 1 Ingress, 2 Job, 5 PodDisruptionBudget, 6 Service, 5 ServiceAccount, 1 StatefulSet
          bookverse-checkout: 2 × bookverse/checkout:1.3.0-rc.1
          bookverse-database: 1 × postgres:17
          bookverse-inventory: bookverse/inventory:1.3.0-rc.1
          bookverse-migrate: bookverse/tasks:1.3.0-rc.1
          bookverse-recommendations: 2 × bookverse/recommendations:1.3.0-rc.1
          bookverse-server: 2 × bookverse/server:1.3.0-rc.1
          bookverse-smoke-test: bookverse/tasks:1.3.0-rc.1
          bookverse-web: 2 × bookverse/web:1.3.0-rc.1
    "#]]).await;
}

#[tokio::test]
async fn prod_is_rendered() {
    check("environments/prod/applications/bookverse-platform.yaml", expect![[r#"
        1 ConfigMap, 5 Deployment, 1 HorizontalPodAutoscaler, 1 Ingress, 2 Job, 5 PodDisruptionBudget, 6 Service, 5 ServiceAccount, 1 StatefulSet
          bookverse-checkout: 5 × bookverse/checkout:1.2.3
          bookverse-database: 3 × postgres:17
          bookverse-inventory: bookverse/inventory:1.2.3
          bookverse-migrate: bookverse/tasks:1.2.3
          bookverse-recommendations: 5 × bookverse/recommendations:1.2.3
          bookverse-server: 5 × bookverse/server:1.2.3
          bookverse-smoke-test: bookverse/tasks:1.2.3
          bookverse-web: 5 × bookverse/web:1.2.3
    "#]]).await;
}

#[tokio::test]
async fn prod_in_steps_is_rendered() {
    check("environments/prod/applications/bookverse-progressive.yaml", expect![[r#"
        5 AnalysisTemplate, 1 ConfigMap, 1 HorizontalPodAutoscaler, 1 Ingress, 2 Job, 5 PodDisruptionBudget, 5 Rollout, 10 Service, 5 ServiceAccount, 4 TraefikService
          bookverse-checkout: 5 × bookverse/checkout:1.2.3
          bookverse-inventory: bookverse/inventory:1.2.3
          bookverse-migrate: bookverse/tasks:1.2.3
          bookverse-recommendations: 5 × bookverse/recommendations:1.2.3
          bookverse-server: 5 × bookverse/server:1.2.3
          bookverse-smoke-test: bookverse/tasks:1.2.3
          bookverse-web: 5 × bookverse/web:1.2.3
          told: spec.syncPolicy.syncOptions[3]: is read as the wave of this Application itself; write it as its annotation
    "#]]).await;
}

#[tokio::test]
async fn the_rollback_policy_is_rendered() {
    check(
        "apps/rollback-automation.yaml",
        expect![[r#"
        1 ConfigMap
    "#]],
    )
    .await;
}

/// The weights are those of the Application, and the shop takes turns instead.
#[tokio::test]
async fn releases_go_in_the_steps_that_the_application_says() {
    let application: Application = read("gitops/environments/prod/applications/bookverse-progressive.yaml");
    let rendered = Books::new().await.rendered(&application).await;
    let mut told = String::new();
    for rollout in rendered.objects.iter().filter(|object| object["kind"] == "Rollout") {
        told +=
            &format!("{}: {}\n", rollout["metadata"]["name"].as_str().unwrap(), strategy(&rollout["spec"]["strategy"]));
    }
    expect![[r#"
        bookverse-checkout: {"setWeight":5} {"pause":{"duration":"10m"}} {"setWeight":25} {"pause":{"duration":"10m"}} {"setWeight":50} {"pause":{"duration":"10m"}} {"setWeight":100}
        bookverse-inventory: {"setWeight":5} {"pause":{"duration":"10m"}} {"setWeight":25} {"pause":{"duration":"10m"}} {"setWeight":50} {"pause":{"duration":"10m"}} {"setWeight":100}
        bookverse-recommendations: {"setWeight":5} {"pause":{"duration":"10m"}} {"setWeight":25} {"pause":{"duration":"10m"}} {"setWeight":50} {"pause":{"duration":"10m"}} {"setWeight":100}
        bookverse-server: {"setWeight":5} {"pause":{"duration":"10m"}} {"setWeight":25} {"pause":{"duration":"10m"}} {"setWeight":50} {"pause":{"duration":"10m"}} {"setWeight":100}
        bookverse-web: blue-green, promoted false
    "#]].assert_eq(&told);
}

fn strategy(strategy: &Value) -> String {
    let Some(steps) = strategy["canary"]["steps"].as_array() else {
        return format!("blue-green, promoted {}", strategy["blueGreen"]["autoPromotionEnabled"]);
    };
    steps.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

/// What the project of the guide keeps out, object by object: its lists are kept to the letter.
#[tokio::test]
async fn the_project_names_each_object_that_it_blocks() {
    let seen = blocked("bookverse-platform").await;
    expect![[r#"
        bookverse-rollback-automation
        bookverse-root
          namespace "argocd" of cluster in-cluster is not allowed; add it to the list (spec.destinations of project bookverse-platform)
        bookverse-dev
        bookverse-prod
        bookverse-prod-progressive
          argoproj.io/AnalysisTemplate bookverse-prod/bookverse-checkout-success-rate is of a kind that is not allowed; add {group: "argoproj.io", kind: AnalysisTemplate} (spec.namespaceResourceWhitelist of project bookverse-platform)
          argoproj.io/AnalysisTemplate bookverse-prod/bookverse-inventory-success-rate is of a kind that is not allowed; add {group: "argoproj.io", kind: AnalysisTemplate} (spec.namespaceResourceWhitelist of project bookverse-platform)
          argoproj.io/AnalysisTemplate bookverse-prod/bookverse-recommendations-success-rate is of a kind that is not allowed; add {group: "argoproj.io", kind: AnalysisTemplate} (spec.namespaceResourceWhitelist of project bookverse-platform)
          argoproj.io/AnalysisTemplate bookverse-prod/bookverse-server-success-rate is of a kind that is not allowed; add {group: "argoproj.io", kind: AnalysisTemplate} (spec.namespaceResourceWhitelist of project bookverse-platform)
          argoproj.io/AnalysisTemplate bookverse-prod/bookverse-web-success-rate is of a kind that is not allowed; add {group: "argoproj.io", kind: AnalysisTemplate} (spec.namespaceResourceWhitelist of project bookverse-platform)
          argoproj.io/Rollout bookverse-prod/bookverse-checkout is of a kind that is not allowed; add {group: "argoproj.io", kind: Rollout} (spec.namespaceResourceWhitelist of project bookverse-platform)
          argoproj.io/Rollout bookverse-prod/bookverse-inventory is of a kind that is not allowed; add {group: "argoproj.io", kind: Rollout} (spec.namespaceResourceWhitelist of project bookverse-platform)
          argoproj.io/Rollout bookverse-prod/bookverse-recommendations is of a kind that is not allowed; add {group: "argoproj.io", kind: Rollout} (spec.namespaceResourceWhitelist of project bookverse-platform)
          argoproj.io/Rollout bookverse-prod/bookverse-server is of a kind that is not allowed; add {group: "argoproj.io", kind: Rollout} (spec.namespaceResourceWhitelist of project bookverse-platform)
          argoproj.io/Rollout bookverse-prod/bookverse-web is of a kind that is not allowed; add {group: "argoproj.io", kind: Rollout} (spec.namespaceResourceWhitelist of project bookverse-platform)
          traefik.io/TraefikService bookverse-prod/bookverse-checkout is of a kind that is not allowed; add {group: "traefik.io", kind: TraefikService} (spec.namespaceResourceWhitelist of project bookverse-platform)
          traefik.io/TraefikService bookverse-prod/bookverse-inventory is of a kind that is not allowed; add {group: "traefik.io", kind: TraefikService} (spec.namespaceResourceWhitelist of project bookverse-platform)
          traefik.io/TraefikService bookverse-prod/bookverse-recommendations is of a kind that is not allowed; add {group: "traefik.io", kind: TraefikService} (spec.namespaceResourceWhitelist of project bookverse-platform)
          traefik.io/TraefikService bookverse-prod/bookverse-server is of a kind that is not allowed; add {group: "traefik.io", kind: TraefikService} (spec.namespaceResourceWhitelist of project bookverse-platform)
        bookverse-qa
        bookverse-staging
    "#]].assert_eq(&seen);
}

#[tokio::test]
async fn the_project_of_releases_blocks_nothing_of_theirs() {
    let seen = blocked("bookverse-releases").await;
    expect![[r#"
        bookverse-rollback-automation
        bookverse-root
          namespace "argocd" of cluster in-cluster is not allowed; add it to the list (spec.destinations of project bookverse-releases)
        bookverse-dev
        bookverse-prod
        bookverse-prod-progressive
        bookverse-qa
        bookverse-staging
    "#]].assert_eq(&seen);
}

/// What a project lets through of every Application.
async fn blocked(project: &str) -> String {
    let project: AppProject = read(&format!("gitops/projects/{project}.yaml"));
    let name = project.metadata.name.clone().unwrap();
    let (project, _) = Project::read(&name, &project.spec).unwrap();
    let books = Books::new().await;
    let mut seen = String::new();
    for file in files(&example().join("gitops")) {
        let Some(application) = application(&file) else { continue };
        let place = place(&application);
        seen += &format!("{}\n", application.metadata.name.as_deref().unwrap());
        if let Err(refusal) = project.permits_place(&place) {
            seen += &format!("  {refusal}\n");
            continue;
        }
        let objects = books.rendered(&application).await.objects;
        let objects: Vec<Object> = objects.iter().map(|object| at_home(object, &place.namespace)).collect();
        seen.extend(project.blocked(&objects, &place).iter().map(|blocked| format!("  {}\n", blocked.refusal)));
    }
    seen
}

fn application(file: &Path) -> Option<Application> {
    file.extension().filter(|ending| *ending == "yaml")?;
    let text = fs::read_to_string(file).unwrap();
    let value: Value = serde_saphyr::from_multiple(&text).unwrap().into_iter().next()?;
    (value["kind"] == "Application").then(|| serde_json::from_value(value).unwrap())
}

fn place(application: &Application) -> Place {
    let [server, name] = ["https://kubernetes.default.svc", "in-cluster"].map(str::to_owned);
    let namespace = application.spec.destination.namespace.clone().unwrap_or_default();
    Place { server, name, namespace, project: None }
}

/// The object in the Application's namespace, if it names none. Everything here is of namespaces.
fn at_home(object: &Value, namespace: &str) -> Object {
    let mut object = object.clone();
    let own = object["metadata"]["namespace"].as_str().unwrap_or_default();
    if own.is_empty() {
        object["metadata"]["namespace"] = json!(namespace);
    }
    Object::from(object)
}

#[test]
fn charts_are_clean() {
    let dir = tempfile::tempdir().unwrap();
    let from = example().join("helm-charts/charts");
    for file in files(&from) {
        let to = dir.path().join(file.strip_prefix(&from).unwrap());
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(&file, to).unwrap();
    }
    let helm = |arguments: &[&str]| {
        let output = Command::new(tool("helm"))
            .args(arguments)
            .current_dir(dir.path())
            .env("HOME", dir.path())
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "helm {arguments:?}: {text}");
        text
    };
    for chart in ["platform", "inventory", "recommendations", "checkout", "web"] {
        let chart = format!("bookverse-{chart}");
        helm(&["dependency", "build", &chart]);
        for environment in ["dev", "qa", "staging", "prod"] {
            helm(&["lint", "--strict", "--values", &format!("{chart}/values-{environment}.yaml"), &chart]);
        }
    }
}
