//! Arguments of `simulate`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::duration;

/// Arguments of `simulate`.
#[derive(Args, Debug)]
#[command(after_help = "Exit status: 0 the new version is promoted and healthy; 1 it cannot be simulated; \
                        3 it is taken back or stuck; 4 it has not come to an end.")]
pub(crate) struct SimulateArgs {
    /// Which Rollout, where the files hold several.
    pub(crate) name: Option<String>,
    /// A file of manifests, or - for standard input; may be given several times.
    #[arg(short = 'f', long = "filename", required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// A file that says what goes wrong, and what people do.
    #[arg(long, value_name = "FILE")]
    pub(crate) scenario: Option<PathBuf>,
    /// How to tell it.
    #[arg(short, long, value_enum, default_value_t = Output::Text)]
    pub(crate) output: Output,
    /// This metric (NAME, or TEMPLATE/NAME) is bad, from that step on; may be given several times.
    #[arg(long = "bad-metric", value_name = "NAME[@STEP]", value_parser = bad_metric)]
    pub(crate) bad_metrics: Vec<BadMetric>,
    /// Pods of the new version never become ready.
    #[arg(long)]
    pub(crate) pods_never_ready: bool,
    /// The router refuses its configuration from the start.
    #[arg(long)]
    pub(crate) router_refuses: bool,
    /// A person aborts so long after the update.
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(crate) abort_at: Option<Duration>,
    /// A person promotes so long after the update, and at no other time; may be given several times.
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(crate) promote_at: Vec<Duration>,
    /// Nobody promotes. Without it a person ends each pause that waits for one, after a minute.
    #[arg(long, conflicts_with = "promote_at")]
    pub(crate) no_promote: bool,
}

/// How to tell it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// A line for each thing that happens.
    Text,
    /// All that is known, for programs.
    Json,
    /// The same as YAML.
    Yaml,
    /// A picture of weight, pods and analyses over time.
    Svg,
}

/// A metric that is bad.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BadMetric {
    /// Its name; its template's may stand before it.
    pub(crate) name: String,
    /// From which step on, counted from 1; always where none is given.
    pub(crate) from_step: Option<usize>,
}

fn bad_metric(text: &str) -> Result<BadMetric, String> {
    let Some((name, step)) = text.rsplit_once('@') else {
        return Ok(BadMetric { name: text.to_owned(), from_step: None });
    };
    match step.parse() {
        Ok(step) if step > 0 => Ok(BadMetric { name: name.to_owned(), from_step: Some(step) }),
        _ => Err(format!("{step:?} is no step; write NAME@2 for the second step")),
    }
}
