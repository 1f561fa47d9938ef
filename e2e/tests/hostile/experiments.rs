//! Every field of an Experiment, with good values and bad: whatever it says, it harms nobody else.

use anyhow::{Context, Result};
use kube::api::{DeleteParams, PostParams};
use serde_json::{Value, json};
use sluice_e2e::harness::Scene;
use sluice_e2e::hostile::leaf::{Leaf, leaves};
use sluice_e2e::hostile::path::complete;
use sluice_e2e::hostile::trial::{Trial, Verdict, unsupported};

use crate::board::Board;
use crate::named::{names, short};
use crate::tally::{Outcome, Tally};
use crate::{neighbour, stage};

pub(crate) async fn abuse(scene: Scene) -> Result<()> {
    stage::controller(&scene).await?;
    let board = Board::of(stage::api(&scene, "Rollout"));
    let tally = Tally::default();
    neighbour::beside(&scene, &board, all(&scene, &tally)).await?;
    tally.conclude("Experiment", 100)?;
    stage::no_panic(&scene).await
}

async fn all(scene: &Scene, tally: &Tally) -> Result<()> {
    let [_, _, _, _, definition, ..] = sluice_crds::definitions();
    let api = stage::api(scene, "Experiment");
    for leaf in leaves(&definition, "spec") {
        for trial in unsupported(&leaf) {
            let what = format!("Experiment {} = {}", leaf.path, short(trial.value.as_ref()));
            let object = object(&leaf, &trial);
            match api.create(&PostParams::default(), &serde_json::from_value(object)?).await {
                Ok(_) => {
                    tally.came_to(Outcome::Accepted);
                    api.delete("experiment", &DeleteParams::default()).await?;
                }
                Err(error) => {
                    let words = stage::refusal(&error).map(str::to_owned).context(error)?;
                    tally.came_to(Outcome::Refused);
                    if trial.verdict == Verdict::Good || !names(&words, &leaf.path, "") {
                        tally.miss(format!("{what}: {words}"));
                    }
                }
            }
        }
        tally.leaf();
    }
    Ok(())
}

/// An Experiment with a value in a field, and with what it needs to be taken at all.
pub(crate) fn object(leaf: &Leaf, trial: &Trial) -> Value {
    let mut object =
        json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Experiment", "metadata": {"name": "experiment"}});
    let sound = json!([{"name": "one", "selector": {"matchLabels": {"app": "one"}}, "template": {}}]);
    complete(&mut object, &leaf.around);
    complete(&mut object, &json!({"spec": {"templates": sound}}));
    leaf.path.put(&mut object, trial.value.clone().unwrap_or_default());
    object
}
