//! The analysis templates that a Rollout names, and those that they name.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use sluice_analysis::given::Place;
use sluice_analysis::template::{self, Prepared};
use sluice_crds::{
    AnalysisTemplate, AnalysisTemplateSpec, CanaryStrategy, ClusterAnalysisTemplate, Rollout, RolloutAnalysis,
    StepExperiment, StepExperimentAnalysis, TemplateRef, Violation,
};

use crate::caches::Guarded;
use crate::context::Context;
use crate::key::Key;
use crate::observe::memo::Source;

/// Templates by how they are named. One that does not decode is missing here, with the reason kept.
#[derive(Default)]
pub struct Templates {
    found: BTreeMap<(bool, String), Found>,
}

enum Found {
    Local(Arc<Guarded<AnalysisTemplate>>),
    Cluster(Arc<Guarded<ClusterAnalysisTemplate>>),
}

/// The analyses of a spec, those of its experiments too, each with the path of its field.
pub(super) fn analyses(rollout: &Rollout) -> Vec<(String, Cow<'_, RolloutAnalysis>)> {
    let own = own(rollout).into_iter().map(|(field, one)| (field, Cow::Borrowed(one)));
    own.chain(rollout.spec.strategy.canary.iter().flat_map(experiments)).collect()
}

fn own(rollout: &Rollout) -> Vec<(String, &RolloutAnalysis)> {
    let strategy = &rollout.spec.strategy;
    let mut found = Vec::new();
    if let Some(canary) = &strategy.canary {
        found.extend(
            canary.analysis.iter().map(|beside| ("spec.strategy.canary.analysis".to_owned(), &beside.analysis)),
        );
        let steps = canary.steps.iter().enumerate();
        found.extend(steps.filter_map(|(index, step)| {
            Some((format!("spec.strategy.canary.steps[{index}].analysis"), step.analysis.as_ref()?))
        }));
    }
    if let Some(blue_green) = &strategy.blue_green {
        let before = blue_green.pre_promotion_analysis.iter();
        let after = blue_green.post_promotion_analysis.iter();
        found.extend(before.map(|analysis| ("spec.strategy.blueGreen.prePromotionAnalysis".to_owned(), analysis)));
        found.extend(after.map(|analysis| ("spec.strategy.blueGreen.postPromotionAnalysis".to_owned(), analysis)));
    }
    found
}

fn experiments(canary: &CanaryStrategy) -> Vec<(String, Cow<'_, RolloutAnalysis>)> {
    let steps = canary.steps.iter().enumerate().filter_map(|(at, step)| Some((at, step.experiment.as_ref()?)));
    let each = steps.flat_map(|(step, experiment)| {
        experiment.analyses.iter().enumerate().map(move |(at, one)| {
            let field = format!("spec.strategy.canary.steps[{step}].experiment.analyses[{at}]");
            (field, Cow::Owned(of_experiment(experiment, one)))
        })
    });
    each.collect()
}

/// An analysis of an experiment, as if it stood alone.
fn of_experiment(experiment: &StepExperiment, one: &StepExperimentAnalysis) -> RolloutAnalysis {
    RolloutAnalysis {
        templates: vec![TemplateRef {
            template_name: one.template_name.clone(),
            cluster_scope: one.cluster_scope,
            ..TemplateRef::default()
        }],
        args: one.args.clone(),
        dry_run: experiment.dry_run.clone(),
        ..RolloutAnalysis::default()
    }
}

impl Templates {
    /// Those that this Rollout's analyses need.
    pub(super) fn of(ctx: &Context, key: &Key, rollout: &Rollout) -> Self {
        let named = analyses(rollout).into_iter().flat_map(|(_, analysis)| analysis.into_owned().templates);
        Self::named(ctx, key, named.collect())
    }

    /// These, and those that they name.
    pub(crate) fn named(ctx: &Context, key: &Key, mut open: Vec<TemplateRef>) -> Self {
        let mut templates = Self::default();
        while let Some(one) = open.pop() {
            if templates.found.contains_key(&id(&one)) {
                continue;
            }
            if let Some(found) = find(ctx, key, &one) {
                open.extend(found.spec().into_iter().flat_map(|spec| spec.templates.clone()));
                templates.found.insert(id(&one), found);
            }
        }
        templates
    }

    /// Each in the state it was found in.
    pub(super) fn sources(&self) -> impl Iterator<Item = Source> {
        self.found.values().map(|found| match found {
            Found::Local(template) => Source::of(template),
            Found::Cluster(template) => Source::of(template),
        })
    }

    /// The run that an analysis asks for, or everything that is in its way.
    pub fn prepare(
        &self,
        analysis: &RolloutAnalysis,
        place: impl Fn(Place<'_>) -> Option<String>,
    ) -> Result<Prepared, Vec<Violation>> {
        template::prepare(analysis, |one| self.found.get(&id(one)).and_then(Found::spec), place)
    }

    /// What is wrong with those that do not decode.
    pub(crate) fn undecodable(&self, field: &str, analysis: &RolloutAnalysis) -> Vec<Violation> {
        let named = analysis.templates.iter().enumerate();
        let errors = named.filter_map(|(index, one)| Some((index, one, self.found.get(&id(one))?.error()?)));
        errors
            .map(|(index, one, error)| {
                Violation::new(
                    format!("{field}.templates[{index}]"),
                    format!("template {} does not decode: {error}", one.template_name),
                )
            })
            .collect()
    }
}

impl Found {
    fn spec(&self) -> Option<&AnalysisTemplateSpec> {
        match self {
            Self::Local(template) => template.0.as_ref().ok().map(|template| &template.spec),
            Self::Cluster(template) => template.0.as_ref().ok().map(|template| &template.spec.0),
        }
    }

    fn error(&self) -> Option<&str> {
        match self {
            Self::Local(template) => template.0.as_ref().err().map(|invalid| invalid.error.as_str()),
            Self::Cluster(template) => template.0.as_ref().err().map(|invalid| invalid.error.as_str()),
        }
    }
}

fn id(one: &TemplateRef) -> (bool, String) {
    (one.cluster_scope, one.template_name.clone())
}

fn find(ctx: &Context, key: &Key, one: &TemplateRef) -> Option<Found> {
    if one.cluster_scope {
        ctx.caches.cluster_template(&one.template_name).map(Found::Cluster)
    } else {
        ctx.caches.template(&key.beside(&one.template_name)).map(Found::Local)
    }
}
