//! Objects that another deployer kept before.

use anyhow::{Result, ensure};
use kube::api::{DynamicObject, PostParams};
use serde_json::json;
use sluice_gitops::Object;
use sluice_gitops::application::change::Manner;
use sluice_gitops::application::observed::Tried;
use sluice_gitops::tracking::Tracking;
use sluice_live::As;

use crate::rig::{Rig, api, managers};

/// Makes an object as a client does that computes by itself.
async fn create_as(rig: &Rig, object: &Object, manager: &str) -> Result<()> {
    let parameters = PostParams { field_manager: Some(manager.to_owned()), ..PostParams::default() };
    let object_of: DynamicObject = serde_json::from_value(object.to_value())?;
    api(&rig.client, object).create(&parameters, &object_of).await?;
    Ok(())
}

fn two(rig: &Rig) -> Object {
    rig.deployment("web", "web", &json!([{"name": "STAYS", "value": "1"}, {"name": "GOES", "value": "1"}]))
}

fn one(rig: &Rig) -> Object {
    rig.deployment("web", "web", &json!([{"name": "STAYS", "value": "1"}]))
}

/// Git drops a variable: that is told, and after one write it is gone.
async fn drops(rig: &Rig) -> Result<()> {
    let wanted = one(rig);
    rig.want(&[&wanted]);
    let (tried, difference) = rig.tried(&wanted).await?;
    ensure!(tried == Tried::Differs && difference.to_string().contains("GOES"), "{tried:?} {difference}");
    ensure!(difference.0.len() == 1, "what the API server fills in again is no difference: {difference}");
    // Asked as it is, and without the fields that would go.
    ensure!(rig.asked.about("web") == (2, 0, 0), "a comparison writes nothing: {:?}", rig.asked.about("web"));
    let written = rig.write(&wanted).await?;
    let names: Vec<&str> =
        written.list("/spec/template/spec/containers/0/env").iter().filter_map(|one| one["name"].as_str()).collect();
    ensure!(names == ["STAYS"], "{names:?}");
    ensure!(managers(&written).contains("sluice-gitops Apply"), "{:?}", managers(&written));
    ensure!(
        !managers(&written).iter().any(|one| one.starts_with("argocd") || one.starts_with("kubectl")),
        "{:?}",
        managers(&written)
    );
    ensure!(written.number("/metadata/generation") == Some(2), "one change of what it asks for: {written:?}");
    ensure!(rig.tried(&wanted).await?.0 == Tried::Same);
    // One read, one write that takes over, one that applies.
    ensure!(rig.asked.about("web") == (2, 2, 1), "{:?}", rig.asked.about("web"));
    Ok(())
}

pub(crate) async fn updated(rig: Rig) -> Result<()> {
    create_as(&rig, &two(&rig), "argocd-controller").await?;
    drops(&rig).await
}

pub(crate) async fn applied(rig: Rig) -> Result<()> {
    rig.apply_as(&two(&rig), "argocd-controller").await?;
    drops(&rig).await
}

pub(crate) async fn by_hand(rig: Rig) -> Result<()> {
    create_as(&rig, &two(&rig), "kubectl-client-side-apply").await?;
    drops(&rig).await
}

pub(crate) async fn by_label(rig: Rig) -> Result<()> {
    let labelled = |object: &Object| {
        let mut value = object.to_value();
        value["metadata"]["labels"] = json!({"app.kubernetes.io/instance": rig.app()});
        value["metadata"]["annotations"].take();
        Object::from(value)
    };
    let (two, wanted) = (labelled(&two(&rig)), labelled(&one(&rig)));
    create_as(&rig, &two, "kubectl-client-side-apply").await?;
    let (live, _) = rig.anew(|settings| settings.tracking = Tracking::Label("app.kubernetes.io/instance".to_owned()));
    live.want(rig.app(), [wanted.key()].into());
    let seen = rig.view_of(&live).await?;
    ensure!(seen.tracked.len() == 1, "{seen:?}");
    let (tried, difference) =
        live.tried(&wanted, &seen.named[&wanted.key()], &[], Manner::default(), &As::Itself).await;
    ensure!(tried == Tried::Differs && difference.is_some_and(|one| one.to_string().contains("GOES")));
    let written = live.write(&wanted, Manner::default(), &As::Itself).await?;
    ensure!(!written.value().to_string().contains("GOES"), "{written:?}");
    Ok(())
}

pub(crate) async fn same(rig: Rig) -> Result<()> {
    create_as(&rig, &two(&rig), "argocd-controller").await?;
    let wanted = two(&rig);
    rig.want(&[&wanted]);
    let (tried, difference) = rig.tried(&wanted).await?;
    ensure!(tried == Tried::Same, "{difference}");
    ensure!(
        rig.tried(&wanted).await?.0 == Tried::Same && rig.asked.about("web") == (2, 0, 0),
        "{:?}",
        rig.asked.about("web")
    );
    Ok(())
}
