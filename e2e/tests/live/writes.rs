//! Writes, and what the API server says to them.

use anyhow::{Result, ensure};
use kube::api::{DeleteParams, Patch, PatchParams};
use serde_json::json;
use sluice_e2e::wait::until;
use sluice_gitops::application::change::Manner;
use sluice_gitops::application::observed::Tried;
use sluice_gitops::spec::Propagation;
use sluice_live::{As, WriteError};

use crate::kinds::grant;
use crate::rig::{Rig, api, managers};

pub(crate) async fn force(rig: Rig) -> Result<()> {
    let (old, new) = (rig.deployment("web", "old", &json!([])), rig.deployment("web", "new", &json!([])));
    rig.want(&[&old]);
    rig.write(&old).await?;
    let uid = rig.read(&old.key()).await?.text("/metadata/uid").to_owned();
    let (tried, _) = rig.tried(&new).await?;
    ensure!(matches!(&tried, Tried::Refused(why) if why.contains("immutable")), "{tried:?}");
    let refused = rig.write(&new).await;
    ensure!(matches!(&refused, Err(WriteError::Refused(why)) if why.contains("immutable")), "{refused:?}");
    let forced = Manner { force: true, ..Manner::default() };
    let there = rig.seen(&new.key()).await?;
    ensure!(rig.live.tried(&new, &there, &[], forced, &As::Itself).await.0 == Tried::Differs);
    let written = rig.live.write(&new, forced, &As::Itself).await?;
    ensure!(written.text("/metadata/uid") != uid && written.text("/spec/selector/matchLabels/app") == "new");
    ensure!(rig.seen(&new.key()).await?.text("/metadata/uid") == written.text("/metadata/uid"));
    // What is wrong in any case is not deleted.
    let mut wrong = new.to_value();
    wrong["spec"]["replicas"] = (-1).into();
    let refused = rig.live.write(&wrong.into(), forced, &As::Itself).await;
    ensure!(matches!(&refused, Err(WriteError::Refused(_))), "{refused:?}");
    ensure!(rig.read(&new.key()).await?.text("/metadata/uid") == written.text("/metadata/uid"));
    Ok(())
}

pub(crate) async fn replace(rig: Rig) -> Result<()> {
    let object = rig.config_map("a", &json!({"key": "1", "later": "1"}));
    rig.want(&[&object]);
    let replaced = Manner { replace: true, ..Manner::default() };
    rig.live.write(&object, replaced, &As::Itself).await?;
    let more = json!({"data": {"more": "2"}});
    api(&rig.client, &object).patch("a", &PatchParams::default(), &Patch::Merge(&more)).await?;
    let written = rig.live.write(&object, replaced, &As::Itself).await?;
    ensure!(written.value()["data"] == json!({"key": "1", "later": "1"}), "{written:?}");
    ensure!(rig.tried(&object).await?.0 == Tried::Same);
    // What was replaced is ours, and goes when git drops it.
    let less = rig.config_map("a", &json!({"key": "1"}));
    let (tried, difference) = rig.tried(&less).await?;
    ensure!(tried == Tried::Differs && difference.to_string().contains("/data/later"), "{difference}");
    let written = rig.write(&less).await?;
    ensure!(written.value()["data"] == json!({"key": "1"}), "{written:?} {:?}", managers(&written));
    Ok(())
}

pub(crate) async fn unknown_field(rig: Rig) -> Result<()> {
    let mut wrong = rig.deployment("web", "web", &json!([])).to_value();
    wrong["spec"]["replica"] = 3.into();
    let wrong = wrong.into();
    rig.want(&[&wrong]);
    rig.view().await?;
    let tried = rig.live.tried_new(&wrong, Manner::default(), &As::Itself).await;
    let refused = rig.write(&wrong).await;
    ensure!(matches!(&refused, Err(WriteError::Refused(why)) if why.contains("replica")), "{refused:?}");
    ensure!(matches!(&tried, Tried::Refused(why) if why.contains("replica")), "{tried:?}");
    let unchecked = Manner { unchecked: true, ..Manner::default() };
    let written = rig.live.write(&wrong, unchecked, &As::Itself).await?;
    ensure!(written.value()["spec"]["replica"].is_null());
    Ok(())
}

pub(crate) async fn secret(rig: Rig) -> Result<()> {
    let wrong =
        rig.object("v1", "Secret", "s", json!({"type": "kubernetes.io/tls", "data": {"tls.key": "aHVudGVyMg=="}}));
    let broken = rig.object("v1", "Secret", "s", json!({"data": {"password": "hunter2!"}}));
    for secret in [wrong, broken] {
        let why = rig.write(&secret).await.expect_err("refused").to_string();
        ensure!(why.contains("Secret") && !why.contains("hunter2") && !why.contains("aHVudGVyMg"), "{why}");
    }
    Ok(())
}

pub(crate) async fn string_data(rig: Rig) -> Result<()> {
    let secret = |texts: serde_json::Value| rig.object("v1", "Secret", "s", json!({"stringData": texts}));
    let (two, one) = (secret(json!({"a": "1", "b": "2"})), secret(json!({"a": "1"})));
    rig.want(&[&two]);
    rig.write(&two).await?;
    ensure!(rig.tried(&two).await?.0 == Tried::Same);
    let (tried, difference) = rig.tried(&one).await?;
    ensure!(tried == Tried::Differs && !difference.to_string().contains("Mg=="), "{difference}");
    let written = rig.write(&one).await?;
    ensure!(written.value()["data"] == json!({"a": "MQ=="}), "{written:?}");
    Ok(())
}

pub(crate) async fn delete(rig: Rig) -> Result<()> {
    let object = rig.config_map("a", &json!({}));
    rig.want(&[&object]);
    rig.view().await?;
    rig.live.delete(&object.key(), Propagation::Background, &As::Itself).await?;
    rig.write(&object).await?;
    rig.live.delete(&object.key(), Propagation::Foreground, &As::Itself).await?;
    until("it is gone", || async { rig.live.view(rig.app()).ready()?.named.is_empty().then_some(()) }).await?;
    // One that was made anew, unseen, is not the one that was meant.
    rig.write(&object).await?;
    rig.live.close();
    let maps = api(&rig.client, &object);
    maps.delete("a", &DeleteParams::default()).await?;
    let anew = rig.apply_as(&object, "somebody").await?;
    let deleted = rig.live.delete(&object.key(), Propagation::Background, &As::Itself).await;
    ensure!(matches!(&deleted, Err(WriteError::Conflict(why)) if why.contains("made anew")), "{deleted:?}");
    ensure!(maps.get("a").await?.metadata.uid == anew.metadata.uid);
    Ok(())
}

pub(crate) async fn hook(rig: Rig) -> Result<()> {
    let hook = |run: &str| {
        let metadata =
            json!({"annotations": {"sluice.dev/hook-run": run}, "finalizers": ["argocd.argoproj.io/hook-finalizer"]});
        rig.object("v1", "ConfigMap", "hook", json!({"metadata": metadata}))
    };
    let key = hook("1").key();
    rig.want(&[&hook("1")]);
    rig.view().await?;
    let made = rig.live.make(&hook("1"), &As::Itself).await?;
    let again = rig.live.make(&hook("1"), &As::Itself).await?;
    ensure!(made.text("/metadata/uid") == again.text("/metadata/uid"));
    let other = rig.live.make(&hook("2"), &As::Itself).await;
    ensure!(matches!(&other, Err(WriteError::Conflict(why)) if why.contains("another run")), "{other:?}");
    rig.live.delete(&key, Propagation::Background, &As::Itself).await?;
    ensure!(
        rig.live.view(rig.app()).ready().is_some_and(|view| view.named[&key].is_deleting()),
        "its finalizer holds it"
    );
    rig.live.release(&key, "argocd.argoproj.io/hook-finalizer", &As::Itself).await?;
    ensure!(rig.live.view(rig.app()).ready().is_some_and(|view| view.named.is_empty()), "it is gone at once");
    rig.live.release(&key, "argocd.argoproj.io/hook-finalizer", &As::Itself).await?;
    let mut unnamed = hook("3").to_value();
    unnamed["metadata"]["name"].take();
    unnamed["metadata"]["generateName"] = "hook-".into();
    let made = rig.live.make(&unnamed.into(), &As::Itself).await?;
    ensure!(made.name().starts_with("hook-") && made.name().len() > 5);
    rig.live.release(&made.key(), "argocd.argoproj.io/hook-finalizer", &As::Itself).await?;
    Ok(())
}

pub(crate) async fn impersonated(rig: Rig) -> Result<()> {
    let user = format!("system:serviceaccount:{}:deployer", rig.namespace);
    let rules = json!([{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["create", "patch"]}]);
    grant(&rig, "Role", "RoleBinding", &user, &rules).await?;
    let by = As::ServiceAccount(user.clone());
    let map = rig.config_map("a", &json!({}));
    rig.want(&[&map]);
    rig.view().await?;
    until("it may write", || async { rig.live.write(&map, Manner::default(), &by).await.ok() }).await?;
    let secret = rig.object("v1", "Secret", "s", json!({}));
    let refused = rig.live.write(&secret, Manner::default(), &by).await;
    ensure!(
        matches!(&refused, Err(WriteError::Forbidden(why)) if why.contains(&user) && why.contains("patch secrets of")),
        "{refused:?}"
    );
    let tried = rig.live.tried_new(&secret, Manner::default(), &by).await;
    ensure!(matches!(tried, Tried::Refused(_)), "{tried:?}");
    ensure!(rig.live.tried_new(&secret, Manner::default(), &As::Itself).await == Tried::Differs);
    let (live, _) = rig.anew(|_| ());
    live.want(rig.app(), [map.key()].into());
    ensure!(rig.view_of(&live).await?.tracked.len() == 1);
    Ok(())
}
