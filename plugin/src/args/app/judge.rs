//! Arguments of commands that render an Application's sources here, and judge what comes of them.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::super::common::Form;
use super::super::duration;
use super::{AppNames, AppWhich};

/// Arguments of `app diff`.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct DiffArgs {
    #[command(flatten)]
    pub(crate) names: AppNames,
    #[command(flatten)]
    pub(crate) form: Form,
    /// The branch, tag, commit or version to compare with, in the place of what the source says.
    #[arg(long, value_name = "REVISION", conflicts_with_all = ["revisions", "local"])]
    pub(crate) revision: Option<String>,
    /// The same, one for each of several sources, in their order; may be given several times.
    #[arg(long, value_name = "REVISION", conflicts_with = "local")]
    pub(crate) revisions: Vec<String>,
    #[command(flatten)]
    pub(crate) local: LocalFlags,
    #[command(flatten)]
    pub(crate) render: RenderFlags,
    #[command(flatten)]
    pub(crate) place: Clusterwise,
    /// false: exit status 0 even where there are differences.
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t = true, default_missing_value = "true")]
    #[arg(action = clap::ArgAction::Set, value_name = "BOOL")]
    pub(crate) exit_code: bool,
}

/// What the controller gives to sources.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct RenderFlags {
    /// What sources may ask for by {{env "NAME"}}, as the controller's own --render-env has it; may be given several times.
    #[arg(long, value_name = "NAME=VALUE", value_parser = sluice_render::given)]
    pub(crate) render_env: Vec<(String, String)>,
}

/// Manifests of this machine in the place of those in git.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct LocalFlags {
    /// Renders this folder in the place of git: the source's own, or the top of a checkout that has it.
    #[arg(long, value_name = "DIR")]
    pub(crate) local: Option<PathBuf>,
    /// The top of the repository that --local is in. Default: the nearest folder above it with a .git in it.
    #[arg(long, value_name = "DIR", requires = "local")]
    pub(crate) local_repo_root: Option<PathBuf>,
}

/// The cluster that an Application is deployed to.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Clusterwise {
    /// The kubeconfig's context of the cluster that the Application deploys to, where that is another.
    #[arg(long, value_name = "CONTEXT")]
    pub(crate) destination_context: Option<String>,
}

/// Arguments of `app lint`.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct LintAppsArgs {
    /// Files of manifests, or names of Applications in the cluster.
    #[arg(value_name = "FILE|NAME")]
    pub(crate) words: Vec<String>,
    /// A file of manifests, or - for standard input; may be given several times.
    #[arg(short = 'f', long = "filename", value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) which: AppWhich,
    #[command(flatten)]
    pub(crate) form: Form,
    #[command(flatten)]
    pub(crate) local: LocalFlags,
    #[command(flatten)]
    pub(crate) render: RenderFlags,
    /// Renders nothing: looks at the Applications and projects alone, and reaches no repository.
    #[arg(long, conflicts_with = "local")]
    pub(crate) offline: bool,
    /// How long one repository or program may take, like 90s.
    #[arg(short, long, default_value = "1m", value_parser = duration, value_name = "DURATION")]
    pub(crate) timeout: Duration,
}
