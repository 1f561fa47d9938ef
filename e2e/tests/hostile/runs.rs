//! Every field of an AnalysisRun. A run that has ended stays so: each value gets a run of its own.

use anyhow::{Context, Result};
use futures::{StreamExt, stream};
use kube::ResourceExt;
use kube::api::{Api, DeleteParams, DynamicObject, PostParams};
use serde_json::{Value, json};
use sluice_crds::{AnalysisPhase, AnalysisRunStatus};
use sluice_e2e::harness::Scene;
use sluice_e2e::hostile::leaf::{Leaf, leaves};
use sluice_e2e::hostile::meaning::acted_on;
use sluice_e2e::hostile::trial::{Trial, Verdict, trials, unsupported};

use crate::board::Board;
use crate::named::{names, short};
use crate::tally::{Outcome, Tally};
use crate::{neighbour, stage, templates};

const AT_ONCE: usize = 20;

pub(crate) async fn abuse(scene: Scene) -> Result<()> {
    stage::controller(&scene).await?;
    stage::named_things(&scene).await?;
    let [_, _, _, definition, ..] = sluice_crds::definitions();
    let api = stage::api(&scene, "AnalysisRun");
    let (board, rollouts) = (Board::of(api.clone()), Board::of(stage::api(&scene, "Rollout")));
    let tally = Tally::default();
    let home = stage::template_spec().await?;
    let field = |(number, leaf): (usize, Leaf)| {
        let field = Field { api: &api, board: &board, tally: &tally, home: &home };
        async move {
            if let Err(error) = field.abuse(&format!("a{number}"), &leaf).await {
                field.tally.miss(format!("AnalysisRun {}: {error:#}", leaf.path));
            }
            field.tally.leaf();
        }
    };
    let fields = async {
        let all = leaves(&definition, "spec").into_iter().enumerate();
        stream::iter(all).map(field).buffer_unordered(AT_ONCE).collect::<()>().await;
        tally.conclude("AnalysisRun", 1_000)
    };
    neighbour::beside(&scene, &rollouts, fields).await?;
    stage::no_panic(&scene).await
}

struct Field<'a> {
    api: &'a Api<DynamicObject>,
    board: &'a Board,
    tally: &'a Tally,
    home: &'a Value,
}

impl Field<'_> {
    async fn abuse(&self, name: &str, leaf: &Leaf) -> Result<()> {
        let acted_on = acted_on(leaf);
        let all = if acted_on { trials(leaf) } else { unsupported(leaf) };
        for trial in &all {
            let spec = templates::with(self.home, leaf, trial.value.as_ref());
            let what = format!("AnalysisRun {} = {}", leaf.path, short(trial.value.as_ref()));
            let reported = self.attempt(name, leaf, trial, &spec, &what).await.with_context(|| what.clone())?;
            if reported && acted_on {
                self.put_back(name, &what).await?;
            }
        }
        self.put_back(name, &leaf.path.to_string()).await
    }

    /// Makes a run with the value in it and looks what comes of it: whether it was reported.
    async fn attempt(&self, name: &str, leaf: &Leaf, trial: &Trial, spec: &Value, what: &str) -> Result<bool> {
        let told = match self.run(name, spec).await {
            Ok(status) => wrong(&status).map(|words| (Outcome::Reported, words, "spec")),
            Err(error) => {
                let words = error.downcast_ref().and_then(stage::refusal).map(str::to_owned).context(error)?;
                Some((Outcome::Refused, words, ""))
            }
        };
        let Some((outcome, words, top)) = told else {
            self.tally.came_to(Outcome::Accepted);
            if trial.verdict == Verdict::Bad {
                self.tally.miss(format!("{what}: ignored without a word"));
            }
            return Ok(false);
        };
        self.tally.came_to(outcome);
        // A run by itself has no Rollout whose fields it could take.
        let alone = leaf.path.to_string().contains("fieldRef");
        if trial.verdict == Verdict::Good && !alone {
            self.tally.miss(format!("{what}: {outcome:?} although it is good: {words}"));
        } else if !names(&words, &leaf.path, top) {
            self.tally.miss(format!("{what}: {outcome:?} without its field: {words}"));
        }
        Ok(outcome == Outcome::Reported)
    }

    /// A run without the value, under the same name, does its work.
    async fn put_back(&self, name: &str, what: &str) -> Result<()> {
        match self.run(name, self.home).await {
            Ok(status) if status.phase == AnalysisPhase::Successful || status.phase == AnalysisPhase::Running => {
                self.tally.recovered();
            }
            Ok(status) => {
                self.tally.lost(format!("{what}: a good run after it is {:?}: {:?}", status.phase, status.message));
            }
            Err(error) => self.tally.lost(format!("{what}: a good run after it: {error:#}")),
        }
        Ok(())
    }

    /// Makes a run, waits until something came of it, and deletes it.
    async fn run(&self, name: &str, spec: &Value) -> Result<AnalysisRunStatus> {
        let object = json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "AnalysisRun", "metadata": {"name": name}, "spec": spec});
        let made = self.api.create(&PostParams::default(), &serde_json::from_value(object)?).await?;
        let uid = made.uid();
        let began = |object: &DynamicObject| {
            let status: AnalysisRunStatus = serde_json::from_value(object.data.get("status")?.clone()).ok()?;
            let said = status.phase.is_completed() || status.phase == AnalysisPhase::Running;
            (said && object.uid() == uid).then_some(status)
        };
        let status = self.board.until(name, began).await;
        match self.api.delete(name, &DeleteParams::default()).await {
            Err(kube::Error::Api(status)) if status.code == 404 => {}
            deleted => drop(deleted?),
        }
        status.map_err(|last| anyhow::anyhow!("nothing came of it: {}", short(last.data.get("status"))))
    }
}

/// What the controller says is wrong with the spec.
fn wrong(status: &AnalysisRunStatus) -> Option<String> {
    let message = status.message.clone().filter(|_| status.phase == AnalysisPhase::Error)?;
    message.contains("invalid").then_some(message)
}
