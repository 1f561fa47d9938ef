//! `simulate`: shows which way an update of a Rollout would take, without a cluster.
//!
//! The whole controller runs in a simulated cluster and in virtual time. Read in this order: [`case`] is what is simulated,
//! [`scenario`] what happens to it, [`play`] lets it happen, [`tale`] is what comes out, and [`text`] and [`svg`] show that.

mod answers;
mod case;
mod lender;
mod metrics;
mod play;
pub(crate) mod read;
mod record;
mod runs;
mod scenario;
mod stage;
mod state;
mod supply;
mod svg;
mod tale;
mod templates;
#[cfg(test)]
mod tests;
mod text;
mod words;

use std::process::ExitCode;

use anyhow::{Context, Result};

use crate::args::{Output, SimulateArgs};
use crate::out::Out;
use case::Case;
use scenario::Scenario;
use tale::Tale;

/// Simulates, and tells what happened. `namespace` is where objects are that do not say so.
pub(crate) fn run(wanted: &SimulateArgs, namespace: Option<&str>, out: Out) -> Result<ExitCode> {
    let objects = read::objects(&wanted.files)?;
    let case = Case::of(objects, wanted.name.as_deref(), namespace)?;
    let scenario = Scenario::of(wanted, case.spec.steps().len())?;
    let tale = play::play(&case, &scenario)?;
    out.block(&shown(&tale, wanted.output)?)?;
    Ok(tale.outcome.end.exit_code())
}

fn shown(tale: &Tale, output: Output) -> Result<Vec<String>> {
    Ok(match output {
        Output::Text => text::lines(tale),
        Output::Json => vec![serde_json::to_string_pretty(tale).context("write JSON")?],
        Output::Yaml => vec![serde_saphyr::to_string(tale).context("write YAML")?.trim_end().to_owned()],
        Output::Svg => vec![svg::picture(tale)],
    })
}
