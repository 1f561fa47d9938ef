//! A cluster without our definitions.

use std::fmt::Write as _;

use bytes::Bytes;
use expect_test::expect;
use http::{Request, Response, StatusCode};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};
use kube::client::Body;
use sluice_world::api::ApiService;
use tower::{BoxError, ServiceExt};

use super::Scene;

/// Answers as an API server does that does not know the group, down to the form of its answer.
pub(super) async fn answer(
    api: ApiService,
    request: Request<Body>,
    group: &str,
) -> Result<Response<UnsyncBoxBody<Bytes, BoxError>>, BoxError> {
    if !request.uri().path().starts_with(&format!("/apis/{group}/")) {
        return Ok(api.oneshot(request).await?.map(|body| body.map_err(Into::into).boxed_unsync()));
    }
    let body = Full::from("404 page not found\n").map_err(Into::into).boxed_unsync();
    let answer = Response::builder().status(StatusCode::NOT_FOUND).header("content-type", "text/plain; charset=utf-8");
    Ok(answer.body(body)?)
}

#[test]
fn a_cluster_without_definitions_is_said_to_have_none() {
    let scene = Scene { lacks: Some("argoproj.io"), ..Scene::new() };
    let mut told = String::new();
    for line in [
        "get rollout shop",
        "get experiment probe",
        "list rollouts",
        "list experiments",
        "status shop",
        "explain shop",
        "history shop",
        "promote shop",
        "promote -l app=shop",
        "abort shop",
        "retry rollout shop",
        "retry experiment probe",
        "pause shop",
        "restart shop",
        "undo shop",
        "set image shop web=web:2",
        "terminate analysisrun probe",
        "app list",
        "app get web",
        "app sync web",
    ] {
        write!(told, "$ {line}\n{}", scene.says(line)).unwrap();
    }
    expect![[r#"
        $ get rollout shop
        Error: read rollout 'shop': the cluster does not know this kind; install Sluice's definitions, or look with doctor
        $ get experiment probe
        Error: read experiment 'probe': the cluster does not know this kind; install Sluice's definitions, or look with doctor
        $ list rollouts
        Error: list Rollouts: the cluster does not know this kind; install Sluice's definitions, or look with doctor
        $ list experiments
        Error: list Experiments: the cluster does not know this kind; install Sluice's definitions, or look with doctor
        $ status shop
        Error: read rollout 'shop': the cluster does not know this kind; install Sluice's definitions, or look with doctor
        $ explain shop
        Error: read rollout 'shop': the cluster does not know this kind; install Sluice's definitions, or look with doctor
        $ history shop
        Error: read rollout 'shop': the cluster does not know this kind; install Sluice's definitions, or look with doctor
        $ promote shop
        Error: read rollout 'shop': the cluster does not know this kind; install Sluice's definitions, or look with doctor
        $ promote -l app=shop
        Error: list Rollouts: the cluster does not know this kind; install Sluice's definitions, or look with doctor
        $ abort shop
        Error: read rollout 'shop': the cluster does not know this kind; install Sluice's definitions, or look with doctor
        $ retry rollout shop
        Error: read rollout 'shop': the cluster does not know this kind; install Sluice's definitions, or look with doctor
        $ retry experiment probe
        Error: read experiment 'probe': the cluster does not know this kind; install Sluice's definitions, or look with doctor
        $ pause shop
        Error: read rollout 'shop': the cluster does not know this kind; install Sluice's definitions, or look with doctor
        $ restart shop
        Error: read rollout 'shop': the cluster does not know this kind; install Sluice's definitions, or look with doctor
        $ undo shop
        Error: read rollout 'shop': the cluster does not know this kind; install Sluice's definitions, or look with doctor
        $ set image shop web=web:2
        Error: read rollout 'shop': the cluster does not know this kind; install Sluice's definitions, or look with doctor
        $ terminate analysisrun probe
        Error: read analysisrun 'probe': the cluster does not know this kind; install Sluice's definitions, or look with doctor
        $ app list
        Error: list Applications: the cluster does not know this kind; install Sluice's definitions, or look with doctor
        $ app get web
        Error: read application 'prod/web': the cluster does not know this kind; install Sluice's definitions, or look with doctor
        $ app sync web
        Error: read application 'prod/web': the cluster does not know this kind; install Sluice's definitions, or look with doctor
    "#]].assert_eq(&told);
}

#[test]
fn the_doctor_says_how_to_install_them() {
    let scene = Scene { lacks: Some("argoproj.io"), ..Scene::new() };
    let told = scene.says("doctor");
    let found: String = told.split_inclusive('\n').filter(|line| line.contains("efinitions")).collect();
    expect![[r#"
        ✖ Definitions of argoproj.io: not served: rollouts, rollouts/status, analysistemplates, clusteranalysistemplates, analysisruns, experiments
            install Sluice's definitions: kubectl apply --server-side -f crds/yaml, or its Helm chart
        ✔ Definitions of Traefik: traefik.io/v1alpha1 is served
    "#]].assert_eq(&found);
}
