//! `set image`: other images for containers, wherever the pod template is written.

use anyhow::{Context, Result, anyhow, bail};
use serde_json::{Value, json};
use sluice_orders::Verdict;
use sluice_orders::template::{Image, set_images};

use crate::act::{TRIES, written};
use crate::args::Names;
use crate::client::Cluster;
use crate::each::{Done, each};
use crate::holder::{self, Holder};
use crate::kind::Kind;
use crate::report::Report;
use crate::target::{self, Target};

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
    for _ in 0..TRIES {
        let (holder, object) = held(cluster, &target.name).await?;
        let write = match set_images(&object, holder.template, images) {
            // The established command writes what is there already, and says the same.
            Verdict::Nothing(_) => return Ok(said(cluster, &holder)),
            Verdict::Refused(why) => bail!("{} '{}' {why}", holder.what, holder.name),
            Verdict::Write(write) => write,
        };
        let written = written(&cluster.of_resource(&holder.resource), &holder.name, write.requests(None)).await;
        if written.with_context(|| format!("write {} '{}'", holder.what, holder.name))? {
            return Ok(said(cluster, &holder));
        }
    }
    bail!("rollout '{}' is written too often by others; nothing was done. Try again", target.name)
}

/// The object that holds the Rollout's template.
async fn held(cluster: &Cluster, name: &str) -> Result<(Holder, Value)> {
    let found = cluster.of_kind(Kind::Rollout).get_opt(name).await;
    let Some(rollout) = found.with_context(|| format!("read rollout '{name}'"))? else {
        return Err(target::missing(cluster, name, &[Kind::Rollout]).await);
    };
    let rollout = serde_json::to_value(&rollout).context("read the Rollout")?;
    let holder = holder::of(&rollout)?;
    if holder.what == "rollout" {
        return Ok((holder, rollout));
    }
    let lender = cluster.of_resource(&holder.resource).get(&holder.name).await;
    let lender = lender.with_context(|| format!("read {} '{}'", holder.what, holder.name))?;
    Ok((holder, serde_json::to_value(&lender).context("read the workload")?))
}

fn said(cluster: &Cluster, holder: &Holder) -> Done {
    let line = format!("{} \"{}\" image updated", holder.what, holder.name);
    let document = json!({
        "kind": holder.resource.kind, "namespace": cluster.namespace, "name": holder.name, "result": "image updated",
    });
    Done { lines: vec![line], document }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn check(words: &[&str], expected: &Expect) {
        let names = Names { words: words.iter().map(|word| (*word).to_owned()).collect(), selector: None };
        expected.assert_eq(&match sorted(&names) {
            Ok((images, names)) => format!("{images:?} in {:?}", names.words),
            Err(error) => error.to_string(),
        });
    }

    #[test]
    fn words_with_an_equals_sign_are_images() {
        check(
            &["shop", "web=web:2", "cart", "*=app@sha256:1"],
            &expect![[r#"[("web", "web:2"), ("*", "app@sha256:1")] in ["shop", "cart"]"#]],
        );
        check(&["shop"], &expect!["say which image: CONTAINER=IMAGE, or *=IMAGE for all containers"]);
        check(
            &["shop", "web="],
            &expect![[r#""web=" is no image; write CONTAINER=IMAGE, or *=IMAGE for all containers"#]],
        );
    }
}
