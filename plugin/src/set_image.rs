//! `set image`: other images for containers, wherever the pod template is written.

use anyhow::{Context, Result, anyhow, bail};
use kube::api::{Patch, PatchParams};
use serde_json::{Value, json};

use crate::act::MANAGER;
use crate::args::Names;
use crate::client::Cluster;
use crate::each::{Done, each};
use crate::holder;
use crate::kind::Kind;
use crate::report::Report;
use crate::target::{self, Target};

/// How often it is tried anew when others change the same object meanwhile.
const TRIES: usize = 5;
/// Every container.
const ALL: &str = "*";
/// The lists of containers in a pod template.
const LISTS: [&str; 3] = ["initContainers", "containers", "ephemeralContainers"];

/// A container's name and its image.
type Image = (String, String);

/// Sets the images in every Rollout named.
pub(crate) async fn run(cluster: &Cluster, names: &Names) -> Result<Report> {
    let (images, names) = sorted(names)?;
    each(cluster, &names, &[Kind::Rollout], async |target: &Target| one(cluster, target, &images).await).await
}

/// Words with an equals sign are images, the others are names.
fn sorted(names: &Names) -> Result<(Vec<Image>, Names)> {
    let (images, words): (Vec<_>, Vec<_>) = names.words.iter().cloned().partition(|word| word.contains('='));
    let image = |word: &String| match word.split_once('=') {
        Some((container, image)) if !container.is_empty() && !image.is_empty() => {
            Ok((container.to_owned(), image.to_owned()))
        }
        _ => Err(anyhow!("\"{word}\" is no image; write CONTAINER=IMAGE, or *=IMAGE for all containers")),
    };
    let images = images.iter().map(image).collect::<Result<Vec<_>>>()?;
    if images.is_empty() {
        bail!("say which image: CONTAINER=IMAGE, or *=IMAGE for all containers");
    }
    Ok((images, Names { words, selector: names.selector.clone() }))
}

async fn one(cluster: &Cluster, target: &Target, images: &[Image]) -> Result<Done> {
    let name = &target.name;
    for _ in 0..TRIES {
        let found = cluster.of_kind(Kind::Rollout).get_opt(name).await;
        let Some(rollout) = found.with_context(|| format!("read rollout '{name}'"))? else {
            return Err(target::missing(cluster, name, &[Kind::Rollout]).await);
        };
        let rollout = serde_json::to_value(&rollout).context("read the Rollout")?;
        let holder = holder::of(&rollout)?;
        let api = cluster.of_resource(&holder.resource);
        let object = match holder.what.as_str() {
            "rollout" => rollout,
            what => {
                let lender = api.get(&holder.name).await.with_context(|| format!("read {what} '{}'", holder.name))?;
                serde_json::to_value(&lender).context("read the workload")?
            }
        };
        let patch: json_patch::Patch = serde_json::from_value(patch(&object, holder.template, images)?)?;
        match api.patch(&holder.name, &PatchParams::apply(MANAGER), &Patch::<Value>::Json(patch)).await {
            Err(kube::Error::Api(refusal)) if is_overtaken(refusal.code, &refusal.message) => {}
            done => {
                done.with_context(|| format!("write {} '{}'", holder.what, holder.name))?;
                return Ok(said(cluster, &holder));
            }
        }
    }
    bail!("rollout '{name}' is written too often by others; nothing was done. Try again")
}

/// Whether somebody else changed the containers since they were read.
fn is_overtaken(code: u16, message: &str) -> bool {
    code == 409 || (code == 422 && message.contains("test"))
}

fn said(cluster: &Cluster, holder: &holder::Holder) -> Done {
    let line = format!("{} \"{}\" image updated", holder.what, holder.name);
    let document = json!({
        "kind": holder.resource.kind, "namespace": cluster.namespace, "name": holder.name, "result": "image updated",
    });
    Done { lines: vec![line], document }
}

/// The JSON patch: each image, if the container is still where it was seen.
fn patch(object: &Value, template: &str, images: &[Image]) -> Result<Value> {
    let mut operations = Vec::new();
    for (container, image) in images {
        let before = operations.len();
        for (path, name) in containers(object, template) {
            if container == ALL || *container == name {
                operations.push(json!({"op": "test", "path": format!("{path}/name"), "value": name}));
                operations.push(json!({"op": "add", "path": format!("{path}/image"), "value": image}));
            }
        }
        if operations.len() == before {
            let there: Vec<String> = containers(object, template).into_iter().map(|(_, name)| name).collect();
            bail!("unable to find container named \"{container}\"; there are {}", there.join(", "));
        }
    }
    Ok(Value::Array(operations))
}

/// The containers in a template: where each is, and its name.
fn containers(object: &Value, template: &str) -> Vec<(String, String)> {
    let of_list = |list: &str| {
        let path = format!("{template}/spec/{list}");
        let all = object.pointer(&path).and_then(Value::as_array).cloned().unwrap_or_default();
        let named = all.into_iter().enumerate().filter_map(move |(at, container)| {
            Some((format!("{path}/{at}"), container.get("name")?.as_str()?.to_owned()))
        });
        named.collect::<Vec<_>>()
    };
    LISTS.iter().flat_map(|list| of_list(list)).collect()
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn check(words: &[&str], expected: &Expect) {
        let template = json!({"spec": {
            "initContainers": [{"name": "migrate", "image": "db:1"}],
            "containers": [{"name": "web", "image": "web:1"}, {"name": "proxy", "image": "proxy:1"}],
        }});
        let names = Names { words: words.iter().map(|word| (*word).to_owned()).collect(), selector: None };
        let told = sorted(&names)
            .and_then(|(images, _)| patch(&json!({"spec": {"template": template}}), "/spec/template", &images));
        expected.assert_eq(&match told {
            Ok(patch) => {
                let lines = patch.as_array().into_iter().flatten();
                let told = |one: &Value| {
                    format!(
                        "{} {} {}\n",
                        one["op"].as_str().unwrap_or_default(),
                        one["path"].as_str().unwrap_or_default(),
                        one["value"]
                    )
                };
                lines.map(told).collect::<String>()
            }
            Err(error) => error.to_string(),
        });
    }

    #[test]
    fn an_image_is_set_in_the_container_of_that_name() {
        check(
            &["shop", "web=web:2"],
            &expect![[r#"
            test /spec/template/spec/containers/0/name "web"
            add /spec/template/spec/containers/0/image "web:2"
        "#]],
        );
    }

    #[test]
    fn a_star_means_all_containers() {
        check(
            &["shop", "*=app@sha256:1"],
            &expect![[r#"
            test /spec/template/spec/initContainers/0/name "migrate"
            add /spec/template/spec/initContainers/0/image "app@sha256:1"
            test /spec/template/spec/containers/0/name "web"
            add /spec/template/spec/containers/0/image "app@sha256:1"
            test /spec/template/spec/containers/1/name "proxy"
            add /spec/template/spec/containers/1/image "app@sha256:1"
        "#]],
        );
    }

    #[test]
    fn a_container_that_is_not_there_is_named_with_those_that_are() {
        check(
            &["shop", "api=api:2"],
            &expect![[r#"unable to find container named "api"; there are migrate, web, proxy"#]],
        );
        check(&["shop"], &expect!["say which image: CONTAINER=IMAGE, or *=IMAGE for all containers"]);
        check(
            &["shop", "web="],
            &expect![[r#""web=" is no image; write CONTAINER=IMAGE, or *=IMAGE for all containers"#]],
        );
    }
}
