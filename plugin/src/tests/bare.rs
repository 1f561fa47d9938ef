//! A cluster without our definitions, or one in which the user may not do what they want.

use std::fmt::Write as _;

use bytes::Bytes;
use expect_test::expect;
use http::{Request, Response, StatusCode};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};
use kube::client::Body;
use serde_json::json;
use sluice_world::api::ApiService;
use tower::{BoxError, ServiceExt};

use super::Scene;

/// What is not to be had.
#[derive(Clone, Copy)]
pub(super) enum Lack {
    /// The definitions of this group are not installed.
    Group(&'static str),
    /// The user may do nothing with these resources.
    Rights(&'static [&'static str]),
}

/// Answers as an API server does that lacks it, down to the form of its answer.
pub(super) async fn answer(
    api: ApiService,
    request: Request<Body>,
    lack: Lack,
) -> Result<Response<UnsyncBoxBody<Bytes, BoxError>>, BoxError> {
    let (status, form, text) = match refused(request.uri().path(), lack) {
        None => return Ok(api.oneshot(request).await?.map(|body| body.map_err(Into::into).boxed_unsync())),
        Some(Lack::Group(_)) => (StatusCode::NOT_FOUND, "text/plain; charset=utf-8", "404 page not found\n".to_owned()),
        Some(Lack::Rights(which)) => {
            let message = format!("{}.argoproj.io is forbidden: User \"alice\" cannot do that", which.concat());
            let status = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
                "message": message, "reason": "Forbidden", "code": 403});
            (StatusCode::FORBIDDEN, "application/json", status.to_string())
        }
    };
    let body = Full::from(text).map_err(Into::into).boxed_unsync();
    Ok(Response::builder().status(status).header("content-type", form).body(body)?)
}

/// Which lack a request meets, if it meets one.
fn refused(path: &str, lack: Lack) -> Option<Lack> {
    let parts = || path.split('/');
    match lack {
        Lack::Group(group) => path.starts_with(&format!("/apis/{group}/")).then_some(lack),
        Lack::Rights(which) => {
            let met = which.iter().position(|resource| parts().any(|part| part == *resource));
            met.map(|at| Lack::Rights(&which[at..=at]))
        }
    }
}

#[test]
fn a_right_that_is_missing_is_no_name_that_is_missing() {
    let told = |rights, lines: &[&str]| {
        let scene = Scene { lacks: Some(Lack::Rights(rights)), ..Scene::paused() };
        lines.iter().fold(String::new(), |told, line| told + &format!("$ {line}\n{}", scene.says(line)))
    };
    let lines = ["get shop", "get rollout shop", "get -l app=shop", "retry shop", "list rollouts", "promote shop"];
    expect![[r#"
        $ get shop
        Error: read rollout 'shop': rollouts.argoproj.io is forbidden: User "alice" cannot do that: have somebody give you that right; doctor lists what each command needs
        $ get rollout shop
        Error: read rollout 'shop': rollouts.argoproj.io is forbidden: User "alice" cannot do that: have somebody give you that right; doctor lists what each command needs
        $ get -l app=shop
        Error: rollouts.argoproj.io is forbidden: User "alice" cannot do that: have somebody give you that right; doctor lists what each command needs
        $ retry shop
        Error: read rollout 'shop': rollouts.argoproj.io is forbidden: User "alice" cannot do that: have somebody give you that right; doctor lists what each command needs
        $ list rollouts
        Error: list Rollouts: rollouts.argoproj.io is forbidden: User "alice" cannot do that: have somebody give you that right; doctor lists what each command needs
        $ promote shop
        Error: read rollout 'shop': rollouts.argoproj.io is forbidden: User "alice" cannot do that: have somebody give you that right; doctor lists what each command needs
    "#]].assert_eq(&told(&["rollouts", "experiments"], &lines));
    // Whoever may not read Experiments means a Rollout, and is helped with its name.
    expect![[r#"
        $ retry shop
        rollout 'shop' is not aborted: there is nothing to retry
        $ get shpo
        Error: rollouts.argoproj.io "shpo" not found in namespace "prod"; did you mean "shop"?
    "#]]
    .assert_eq(&told(&["experiments"], &["retry shop", "get shpo"]));
    expect![[r#"
        $ retry shop
        Error: read rollout 'shop': rollouts.argoproj.io is forbidden: User "alice" cannot do that: have somebody give you that right; doctor lists what each command needs
    "#]].assert_eq(&told(&["rollouts"], &["retry shop"]));
}

#[test]
fn a_cluster_without_definitions_is_said_to_have_none() {
    let scene = Scene { lacks: Some(Lack::Group("argoproj.io")), ..Scene::new() };
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
    let scene = Scene { lacks: Some(Lack::Group("argoproj.io")), ..Scene::new() };
    let told = scene.says("doctor");
    let found: String = told.split_inclusive('\n').filter(|line| line.contains("efinitions")).collect();
    expect![[r#"
        ✖ Definitions of argoproj.io: not served: rollouts, rollouts/status, analysistemplates, clusteranalysistemplates, analysisruns, experiments
            install Sluice's definitions: kubectl apply --server-side -f crds/yaml, or its Helm chart
        ✔ Definitions of Traefik: traefik.io/v1alpha1 is served
    "#]].assert_eq(&found);
}
