//! Analyses, with every measurement.

use maud::{Markup, html};

use super::time::ago;
use super::{badge, sign, tone};
use crate::view::{Measured, MetricView, Release, RunView, Tone};

pub(super) fn runs(shown: &Release) -> Markup {
    html! {
        @match &shown.runs {
            None => { h2 { "Analyses" } p.note { "You may not list AnalysisRuns here: ask for the verb list on analysisruns." } },
            Some(runs) if runs.is_empty() => {},
            Some(runs) => { h2 { "Analyses" } @for (index, one) in runs.iter().enumerate() { (run(one, index == 0)) } },
        }
    }
}

fn run(one: &RunView, is_newest: bool) -> Markup {
    html! {
        details.run id={ "run-" (one.name) } open[is_newest] {
            summary {
                (badge(Tone::of_analysis(one.phase), &phase(one.phase)))
                span.title { " " (one.name) }
                span.hint {
                    " " (one.purpose)
                    @if let Some(revision) = one.revision { " · revision " (revision) }
                    @if one.is_cut_short { " · cut short: no verdict" }
                }
                " " (ago(one.created))
            }
            @if !one.message.is_empty() { p.message { (one.message) } }
            @for one in &one.metrics { (metric(one)) }
        }
    }
}

fn metric(one: &MetricView) -> Markup {
    let [good, bad, neither, failed] = one.counts;
    html! {
        div.metric {
            h3 { (one.name) " " (badge(Tone::of_analysis(one.phase), &phase(one.phase)))
                @if one.is_dry { span.hint { " decides nothing" } }
            }
            p.hint {
                @for rule in &one.rules { code { (rule) } " " }
                (good) " good, " (bad) " bad, " (neither) " inconclusive, " (failed) " errors"
            }
            @if !one.message.is_empty() { p.message { (one.message) } }
            @if !one.measured.is_empty() {
                ol.measured { @for one in one.measured.iter().rev() { (measured(one)) } }
            }
        }
    }
}

fn measured(one: &Measured) -> Markup {
    let of = Tone::of_analysis(one.phase);
    html! {
        li class=(tone(of)) {
            span.sign { (sign(of)) } " " code { (one.value) }
            span.hint { " " (phase(one.phase)) @if !one.message.is_empty() { ": " (one.message) } " " (ago(one.at)) }
        }
    }
}

fn phase(phase: sluice_crds::AnalysisPhase) -> String {
    if phase.is_unset() { "not started".to_owned() } else { format!("{phase:?}") }
}
