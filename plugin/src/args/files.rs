//! Arguments of commands that read manifests.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::common::{Form, Format};

/// Arguments of `create`.
#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct CreateArgs {
    #[command(subcommand)]
    pub(crate) what: Option<Create>,
    #[command(flatten)]
    pub(crate) form: Form,
    /// A file of manifests, or - for standard input; may be given several times.
    #[arg(short = 'f', long = "filename", value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Stays and shows what was made, where that is one Rollout or Experiment.
    #[arg(short, long, conflicts_with = "output")]
    pub(crate) watch: bool,
}

impl CreateArgs {
    /// In which form to tell what was made.
    pub(crate) fn form(&self) -> Option<Format> {
        match &self.what {
            Some(Create::AnalysisRun(run)) => run.form.output,
            None => self.form.output,
        }
    }
}

/// What else can be made.
#[derive(Debug, Subcommand)]
pub(crate) enum Create {
    /// Makes an AnalysisRun of an analysis template.
    #[command(name = "analysisrun", visible_alias = "ar")]
    AnalysisRun(CreateRun),
}

/// Arguments of `create analysisrun`.
#[derive(Args, Debug)]
#[command(group = clap::ArgGroup::new("source").required(true))]
pub(crate) struct CreateRun {
    #[command(flatten)]
    pub(crate) form: Form,
    /// The AnalysisTemplate in the cluster.
    #[arg(long, value_name = "NAME", group = "source")]
    pub(crate) from: Option<String>,
    /// A file of the template, or - for standard input.
    #[arg(long, value_name = "FILE", group = "source")]
    pub(crate) from_file: Option<PathBuf>,
    /// It is a ClusterAnalysisTemplate.
    #[arg(long)]
    pub(crate) global: bool,
    /// What to call the run.
    #[arg(long, conflicts_with = "generate_name")]
    pub(crate) name: Option<String>,
    /// What the name of the run begins with. Default: the template's name.
    #[arg(long, value_name = "PREFIX")]
    pub(crate) generate_name: Option<String>,
    /// The controller instance that is to take it.
    #[arg(long, value_name = "ID")]
    pub(crate) instance_id: Option<String>,
    /// A value for an argument of the template; may be given several times.
    #[arg(short = 'a', long = "argument", value_name = "NAME=VALUE", value_parser = argument)]
    pub(crate) arguments: Vec<(String, String)>,
}

fn argument(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("arguments must be in the form NAME=VALUE".to_owned()),
    }
}

/// Arguments of `lint`.
#[derive(Args, Debug)]
pub(crate) struct LintArgs {
    #[command(flatten)]
    pub(crate) form: Form,
    /// A file of manifests, or - for standard input; may be given several times.
    #[arg(short = 'f', long = "filename", required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
}
