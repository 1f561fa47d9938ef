//! Makes one spec of the templates a Rollout names, and of the templates those name.

use sluice_crds::{
    AnalysisRunSpec, AnalysisTemplateSpec, Argument, DryRun, MeasurementRetention, Metric, RolloutAnalysis,
    RolloutArgument, TemplateRef, Violation,
};

use crate::given::{self, Place};

/// Several templates as one.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Flat {
    /// The metrics of all of them; their names are unique.
    pub metrics: Vec<Metric>,
    /// The arguments of all of them, merged by name.
    pub args: Vec<Argument>,
    /// Which metrics decide nothing.
    pub dry_run: Vec<DryRun>,
    /// How many measurements are kept.
    pub measurement_retention: Vec<MeasurementRetention>,
}

/// The spec of a run, and what its maker should be warned of.
#[derive(Debug, Clone, PartialEq)]
pub struct Prepared {
    /// What to run.
    pub spec: AnalysisRunSpec,
    /// Arguments given that no template has.
    pub unknown_args: Vec<String>,
}

/// Prepares the run of a Rollout's analysis. `template` finds a template, `place` a value.
///
/// A template that is named twice, directly or through others, counts once.
pub fn prepare<'a>(
    analysis: &RolloutAnalysis,
    template: impl Fn(&TemplateRef) -> Option<&'a AnalysisTemplateSpec>,
    place: impl Fn(Place<'_>) -> Option<String>,
) -> Result<Prepared, Vec<Violation>> {
    let flat = flatten(&analysis.templates, template)?;
    flat.into_run(&analysis.args, &analysis.dry_run, &analysis.measurement_retention, place)
}

/// Collects templates, and those they name, in the order in which they are named.
///
/// Violations: a template that is not there, that names itself in the end or has a field nobody knows, two metrics
/// of one name, an argument with two different defaults.
pub fn flatten<'a>(
    refs: &[TemplateRef],
    lookup: impl Fn(&TemplateRef) -> Option<&'a AnalysisTemplateSpec>,
) -> Result<Flat, Vec<Violation>> {
    let mut walk = Walk { lookup, path: Vec::new(), seen: Vec::new(), violations: Vec::new() };
    for (index, one) in refs.iter().enumerate() {
        walk.visit(one, &format!("templates[{index}]"));
    }
    let Walk { seen, mut violations, .. } = walk;
    let flat = merge(&seen, &mut violations);
    if violations.is_empty() { Ok(flat) } else { Err(violations) }
}

/// How deeply templates may name others.
const DEPTH_LIMIT: usize = 64;

/// How many templates, and how many metrics and arguments in all of them, one analysis may have.
const COUNT_LIMIT: usize = 1000;

struct Walk<'a, Lookup> {
    lookup: Lookup,
    /// The templates that led here, outermost first.
    path: Vec<TemplateRef>,
    seen: Vec<(TemplateRef, &'a AnalysisTemplateSpec)>,
    violations: Vec<Violation>,
}

impl<'a, Lookup: Fn(&TemplateRef) -> Option<&'a AnalysisTemplateSpec>> Walk<'a, Lookup> {
    fn visit(&mut self, one: &TemplateRef, field: &str) {
        if self.path.contains(one) {
            let path = self.path.iter().chain([one]).map(title).collect::<Vec<_>>().join(" → ");
            return self.violations.push(Violation::new(field, format!("templates go round in a circle: {path}")));
        }
        if self.seen.iter().any(|(seen, _)| seen == one) {
            return;
        }
        for name in one.unknown.keys() {
            self.violations.push(Violation::new(field, format!("has a field {name:?} that does not exist")));
        }
        let Some(spec) = (self.lookup)(one) else {
            return self.violations.push(Violation::new(field, format!("there is no {}", title(one))));
        };
        if self.path.len() >= DEPTH_LIMIT || self.seen.len() >= COUNT_LIMIT {
            let message = format!(
                "{} is one too many: templates may name others {DEPTH_LIMIT} deep, and be {COUNT_LIMIT} in all",
                title(one)
            );
            return self.violations.push(Violation::new(field, message));
        }
        self.seen.push((one.clone(), spec));
        for name in spec.unknown.keys() {
            self.violations
                .push(Violation::new(field, format!("{} has a field {name:?} that does not exist", title(one))));
        }
        self.path.push(one.clone());
        for inner in &spec.templates {
            self.visit(inner, field);
        }
        self.path.pop();
    }
}

fn title(one: &TemplateRef) -> String {
    let kind = if one.cluster_scope { "ClusterAnalysisTemplate" } else { "AnalysisTemplate" };
    format!("{kind} {}", one.template_name)
}

fn merge(templates: &[(TemplateRef, &AnalysisTemplateSpec)], violations: &mut Vec<Violation>) -> Flat {
    let mut flat = Flat::default();
    let crowds = crowds(templates);
    if !crowds.is_empty() {
        violations.extend(crowds);
        return flat;
    }
    let mut owners: Vec<(&str, &TemplateRef)> = Vec::new();
    for (one, spec) in templates {
        for metric in &spec.metrics {
            if let Some((_, owner)) = owners.iter().find(|(name, _)| *name == metric.name) {
                let message =
                    format!("metric {:?} is in {} and in {}; rename one", metric.name, title(owner), title(one));
                violations.push(Violation::new("templates", message));
            }
            owners.push((&metric.name, one));
            flat.metrics.push(metric.clone());
        }
        for arg in &spec.args {
            if let Err(message) = merge_arg(&mut flat.args, arg) {
                violations.push(Violation::new("templates", message));
            }
        }
        flat.dry_run.extend_from_slice(&spec.dry_run);
        flat.measurement_retention.extend_from_slice(&spec.measurement_retention);
    }
    flat
}

/// What there is too much of to be looked at.
fn crowds(templates: &[(TemplateRef, &AnalysisTemplateSpec)]) -> Vec<Violation> {
    let metrics: usize = templates.iter().map(|(_, spec)| spec.metrics.len()).sum();
    let args: usize = templates.iter().map(|(_, spec)| spec.args.len()).sum();
    let crowds = [("metrics", metrics), ("arguments", args)].into_iter().filter(|(_, count)| *count > COUNT_LIMIT);
    crowds
        .map(|(things, count)| {
            Violation::new("templates", format!("have {count} {things} in all; {COUNT_LIMIT} is the most"))
        })
        .collect()
}

fn merge_arg(args: &mut Vec<Argument>, arg: &Argument) -> Result<(), String> {
    let Some(known) = args.iter_mut().find(|known| known.name == arg.name) else {
        args.push(arg.clone());
        return Ok(());
    };
    match (&known.value, &arg.value) {
        (Some(one), Some(other)) if one != other => Err(format!(
            "argument {:?} has the default {one:?} in one template and {other:?} in another; make them the same",
            arg.name
        )),
        (Some(_), _) => Ok(()),
        (None, None) if known.value_from.is_some() => Ok(()),
        (None, _) => {
            *known = arg.clone();
            Ok(())
        }
    }
}

impl Flat {
    /// The spec of a run with these arguments; the Rollout's dry-run and retention rules come before the templates'.
    pub fn into_run(
        self,
        given: &[RolloutArgument],
        dry_run: &[DryRun],
        retention: &[MeasurementRetention],
        lookup: impl Fn(Place<'_>) -> Option<String>,
    ) -> Result<Prepared, Vec<Violation>> {
        let given = given::give(self.args, given, lookup)?;
        let spec = AnalysisRunSpec {
            metrics: self.metrics,
            args: given.args,
            dry_run: [dry_run, &self.dry_run].concat(),
            measurement_retention: [retention, &self.measurement_retention].concat(),
            ..AnalysisRunSpec::default()
        };
        Ok(Prepared { spec, unknown_args: given.unknown })
    }
}

#[cfg(test)]
mod tests;
