//! Kinds: those that may not be read, that come later, that are broken; and what is read of them.

use anyhow::{Result, ensure};
use serde_json::{Value, json};
use sluice_e2e::wait::until;
use sluice_gitops::application::change::Manner;
use sluice_gitops::application::observed::Tried;
use sluice_gitops::spec::Propagation;
use sluice_gitops::{Key, Object};
use sluice_live::{As, Known};

use crate::rig::{Rig, apply};

pub(crate) async fn forbidden(rig: Rig) -> Result<()> {
    let user = format!("reader-of-{}", rig.namespace);
    let rules = json!([{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "list", "watch"]}]);
    grant(&rig, "ClusterRole", "ClusterRoleBinding", &user, &rules).await?;
    let live = rig.opened_as(&user)?;
    let map = rig.config_map("a", &json!({}));
    rig.apply_as(&map, "test").await?;
    live.want(rig.app(), [map.key()].into());
    live.want("other", [Key::new("", "Secret", &rig.namespace, "s")].into());
    let why =
        until("it is told", || async { if let Known::Failed(why) = live.view("other") { Some(why) } else { None } });
    let why = why.await?;
    for words in ["secrets of the core group", "cluster test", "get, list and watch", user.as_str()] {
        ensure!(why.contains(words), "{words}: {why}");
    }
    ensure!(live.troubles() == [why.clone()], "{:?}", live.troubles());
    ensure!(rig.view_of(&live).await?.named.len() == 1, "others are unharmed");
    // Once it is granted, nobody has to be restarted.
    let rules = json!([{"apiGroups": [""], "resources": ["configmaps", "secrets"], "verbs": ["get", "list", "watch"]}]);
    grant(&rig, "ClusterRole", "ClusterRoleBinding", &user, &rules).await?;
    until("it is read", || async { live.view("other").ready() }).await?;
    Ok(())
}

/// Grants a user a role of the user's name.
pub(crate) async fn grant(rig: &Rig, role: &str, binding: &str, user: &str, rules: &Value) -> Result<()> {
    let version = "rbac.authorization.k8s.io/v1";
    let namespace = if role == "Role" { json!(rig.namespace) } else { Value::Null };
    let metadata = json!({"name": user, "namespace": namespace});
    let of = json!({"apiVersion": version, "kind": role, "metadata": metadata, "rules": rules});
    apply(&rig.client, &of, "test").await?;
    let subject = json!([{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": user}]);
    let to = json!({"apiGroup": "rbac.authorization.k8s.io", "kind": role, "name": user});
    let binding =
        json!({"apiVersion": version, "kind": binding, "metadata": metadata, "subjects": subject, "roleRef": to});
    apply(&rig.client, &binding, "test").await?;
    Ok(())
}

fn definition() -> Object {
    let schema = json!({"type": "object", "properties": {"spec": {"type": "object", "properties": {"size": {"type": "integer"}}}}});
    let version = json!({"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": schema}});
    Object::from(json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "widgets.live.test"},
        "spec": {"group": "live.test", "scope": "Namespaced", "names": {"kind": "Widget", "plural": "widgets"}, "versions": [version]},
    }))
}

pub(crate) async fn later(rig: Rig) -> Result<()> {
    let widget = rig.object("live.test/v1", "Widget", "w", json!({"spec": {"size": 1}}));
    let definition = definition();
    rig.want(&[&widget, &definition]);
    ensure!(rig.view().await?.named.is_empty(), "a kind that is not served has no objects");
    let tried = rig.live.tried_new(&widget, Manner::default(), &As::Itself).await;
    ensure!(matches!(&tried, Tried::UnknownKind(why) if why.contains("Widget of live.test")), "{tried:?}");
    rig.write(&definition).await?;
    let written = until("the widget is written", || async { rig.write(&widget).await.ok() }).await?;
    ensure!(written.number("/spec/size") == Some(1));
    rig.seen(&widget.key()).await?;
    let api = rig.live.api().ready().expect("was ready");
    ensure!(api.is_namespaced("live.test", "Widget") == Some(true));
    ensure!(api.api_versions().contains(&"live.test/v1/Widget".to_owned()));
    ensure!(rig.tried(&widget).await?.0 == Tried::Same);
    // It goes, and its objects with it; what is left to delete is gone already.
    rig.live.delete(&definition.key(), Propagation::Background, &As::Itself).await?;
    until("the widget is gone", || async {
        let view = rig.live.view(rig.app()).ready()?;
        (!view.named.contains_key(&widget.key())).then_some(())
    })
    .await?;
    until("the kind is gone", || async {
        rig.live.api().ready()?.resource("live.test", "Widget").is_none().then_some(())
    })
    .await?;
    rig.live.delete(&widget.key(), Propagation::Background, &As::Itself).await?;
    Ok(())
}

pub(crate) async fn broken(rig: Rig) -> Result<()> {
    let service = json!({"name": "nowhere", "namespace": rig.namespace});
    let spec = json!({"group": "broken.test", "version": "v1", "groupPriorityMinimum": 100, "versionPriority": 100,
        "insecureSkipTLSVerify": true, "service": service});
    let broken = json!({"apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService", "metadata": {"name": "v1.broken.test"}, "spec": spec});
    apply(&rig.client, &broken, "test").await?;
    let map = rig.config_map("a", &json!({}));
    rig.want(&[&map]);
    until("it is known to be broken", || async {
        let api = rig.live.api().ready()?;
        api.broken().contains_key("broken.test/v1").then_some(())
    })
    .await?;
    ensure!(rig.view().await?.named.is_empty(), "others are read");
    let of_it = rig.object("broken.test/v1", "Thing", "t", json!({}));
    rig.live.want("other", [of_it.key()].into());
    let why = until("it is told", || async {
        if let Known::Failed(why) = rig.live.view("other") { Some(why) } else { None }
    });
    let why = why.await?;
    ensure!(why.contains("broken.test/v1"), "{why}");
    // Nobody may believe that its objects are gone.
    let deleted = rig.live.delete(&of_it.key(), Propagation::Background, &As::Itself).await;
    ensure!(deleted.is_err_and(|why| why.is_passing()));
    let path = "/apis/apiregistration.k8s.io/v1/apiservices/v1.broken.test";
    rig.client.request_text(http::Request::delete(path).body(Vec::new())?).await?;
    Ok(())
}

pub(crate) async fn namespaces(rig: Rig) -> Result<()> {
    let map = rig.config_map("a", &json!({}));
    rig.apply_as(&map, "test").await?;
    let own = rig.namespace.clone();
    let (live, asked) = rig.anew(|settings| {
        settings.namespaces = Some(vec![own]);
        settings.cluster_resources = false;
    });
    let space = Key::new("", "Namespace", "", &rig.namespace);
    live.want(rig.app(), [map.key(), space.clone()].into());
    let seen = rig.view_of(&live).await?;
    ensure!(seen.named.keys().eq([&map.key()]) && seen.tracked.len() == 1, "{seen:?}");
    ensure!(asked.count(&["/api/v1/configmaps"]) == 0 && asked.count(&["/api/v1/namespaces?"]) == 0);
    live.want("other", [Key::new("", "ConfigMap", "default", "b")].into());
    let why =
        until("it is told", || async { if let Known::Failed(why) = live.view("other") { Some(why) } else { None } });
    let why = why.await?;
    ensure!(why.contains("namespace \"default\"") && why.contains("cluster test"), "{why}");
    Ok(())
}

pub(crate) async fn late(rig: Rig) -> Result<()> {
    let (first, second) = (rig.config_map("first", &json!({})), unmarked(&rig, "second"));
    rig.apply_as(&first, "test").await?;
    rig.apply_as(&second, "test").await?;
    rig.want(&[&first]);
    rig.seen(&first.key()).await?;
    rig.live.want("other", [second.key(), unmarked(&rig, "missing").key()].into());
    let view = until("it is seen", || async { rig.live.view("other").ready() }).await?;
    ensure!(view.tracked.is_empty() && view.named.keys().eq([&second.key()]), "{view:?}");
    ensure!(rig.asked.about("second") == (0, 0, 1) && rig.asked.about("missing") == (0, 0, 0));
    Ok(())
}

fn unmarked(rig: &Rig, name: &str) -> Object {
    let metadata = json!({"name": name, "namespace": rig.namespace});
    Object::from(json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}))
}

pub(crate) async fn orphans(rig: Rig) -> Result<()> {
    let mut owned = rig.apply_as(&unmarked(&rig, "owner"), "test").await?;
    let uid = owned.metadata.uid.take().unwrap_or_default();
    let mut dependent = unmarked(&rig, "dependent").to_value();
    dependent["metadata"]["ownerReferences"] =
        json!([{"apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": uid}]);
    apply(&rig.client, &dependent, "test").await?;
    rig.apply_as(&rig.config_map("marked", &json!({})), "test").await?;
    until("kinds are known", || async { rig.live.api().ready() }).await?;
    let found = until("orphans are told", || async { rig.live.orphans(&rig.namespace).ready() }).await?;
    ensure!(found.contains(&unmarked(&rig, "owner").key()), "{found:?}");
    ensure!(found.iter().all(|key| !matches!(key.name.as_str(), "dependent" | "marked")), "{found:?}");
    Ok(())
}
