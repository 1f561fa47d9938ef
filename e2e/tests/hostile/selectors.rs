//! The selector of a Rollout: it cannot be changed, so every value is tried in a Rollout that is made with it.

use anyhow::{Context, Result};
use kube::api::{Api, DeleteParams, DynamicObject, PostParams};
use serde_json::json;
use sluice_e2e::hostile::leaf::Leaf;
use sluice_e2e::hostile::trial::{Trial, Verdict, trials};

use crate::board::Board;
use crate::named::{names, short};
use crate::tally::{Outcome, Tally};
use crate::{home, rollouts, stage};

/// One field of the selector.
pub(crate) async fn field(
    api: &Api<DynamicObject>,
    board: &Board,
    tally: &Tally,
    name: &str,
    leaf: &Leaf,
) -> Result<()> {
    for (number, trial) in trials(leaf).iter().enumerate() {
        attempt(api, board, tally, &format!("{name}-{number}"), leaf, trial).await?;
    }
    fixed(api, board, tally, name, leaf).await
}

async fn attempt(
    api: &Api<DynamicObject>,
    board: &Board,
    tally: &Tally,
    name: &str,
    leaf: &Leaf,
    trial: &Trial,
) -> Result<()> {
    let what = format!("{} = {}", leaf.path, short(trial.value.as_ref()));
    let mut home = home::plain(name).spec;
    // Expressions of the trials speak of an app called web.
    if leaf.path.to_string().contains("matchExpressions") {
        home["template"]["metadata"]["labels"]["app"] = json!("web");
        home["selector"] = json!({});
    }
    let hostile = home::with(&home, name, leaf, trial.value.as_ref());
    let made = api.create(&PostParams::default(), &rollouts::rollout(name, &hostile)?).await;
    let told = match made {
        Err(error) => Some((Outcome::Refused, stage::refusal(&error).map(str::to_owned).context(error)?)),
        Ok(object) => {
            let status = rollouts::observed(board, name, rollouts::generation(&object)).await.context(what.clone())?;
            api.delete(name, &DeleteParams::default()).await?;
            rollouts::told(&status).map(|words| (Outcome::Reported, words))
        }
    };
    tally.came_to(told.as_ref().map_or(Outcome::Accepted, |(outcome, _)| *outcome));
    match told {
        Some((_, words)) if trial.verdict == Verdict::Good => {
            tally.miss(format!("{what}: refused although it is good: {words}"));
        }
        Some((_, words)) if !names(&words, &leaf.path, "") => {
            tally.miss(format!("{what}: refused without its field: {words}"));
        }
        None if trial.verdict == Verdict::Bad => tally.miss(format!("{what}: ignored without a word")),
        _ => {}
    }
    Ok(())
}

/// Another selector for a Rollout that is there is refused, and changes nothing.
async fn fixed(api: &Api<DynamicObject>, board: &Board, tally: &Tally, name: &str, leaf: &Leaf) -> Result<()> {
    let home = home::plain(name).spec;
    let hash = rollouts::install(api, board, name, &home).await?;
    let mut other = home.clone();
    other["selector"]["matchLabels"]["other"] = json!("x");
    match stage::replace(api, name, &other).await {
        Err(error) => {
            let words = stage::refusal(&error).map(str::to_owned).context(error)?;
            tally.came_to(Outcome::Refused);
            if !words.contains("selector") {
                tally.miss(format!("{}: refused without its field: {words}", leaf.path));
            }
        }
        Ok(_) => tally.miss(format!("{}: another selector is taken", leaf.path)),
    }
    let mut next = home;
    next["template"]["spec"]["containers"][0]["image"] = json!("sluice-demo/app:v2");
    rollouts::release(api, board, name, &next, &hash).await?;
    api.delete(name, &DeleteParams::default()).await?;
    tally.recovered();
    Ok(())
}
