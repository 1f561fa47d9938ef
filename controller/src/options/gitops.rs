//! Flags of the loop of Applications.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use sluice_gitops::project::Homes;

use super::{heading, positive};

/// How Applications are kept.
#[derive(Args, Clone, Debug)]
pub struct Gitops {
    /// Keep Applications: what git describes is what the cluster has. Only one controller may, so switch off any other before.
    #[arg(long, help_heading = heading::GITOPS, value_name = "BOOL", default_value_t = false, num_args = 0..=1,
          default_missing_value = "true", action = clap::ArgAction::Set)]
    pub gitops: bool,
    /// The namespace of AppProjects, of the Secrets of repositories and clusters, of the ConfigMaps argocd-cm and the like, and
    /// of Applications; else the pod's own.
    #[arg(long, help_heading = heading::GITOPS, value_name = "NAMESPACE")]
    pub gitops_namespace: Option<String>,
    /// Other namespaces that Applications may be in, as patterns or /regex/. A project has to allow them too.
    #[arg(long, help_heading = heading::GITOPS, value_name = "PATTERN", value_delimiter = ',')]
    pub application_namespaces: Vec<String>,
    /// Where git servers may tell of pushes, at /api/webhook; nowhere unless given. What signs them is in the Secret argocd-secret.
    #[arg(long, help_heading = heading::GITOPS, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    pub webhook_port: Option<u16>,
    /// How often repositories are asked for news. What `timeout.reconciliation` of argocd-cm says comes before the default.
    #[arg(long, help_heading = heading::GITOPS, value_name = "DURATION", value_parser = positive)]
    pub app_resync: Option<Duration>,
    /// Applications looked at at the same time.
    #[arg(long, help_heading = heading::GITOPS, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..))]
    pub application_threads: u16,
    /// Writes, and questions what a write would change, at the same time in one Application.
    #[arg(long, help_heading = heading::GITOPS, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..))]
    pub application_writes: u16,
    /// Applications that are rendered at the same time. Who waits for a server meanwhile does not count.
    #[arg(long, help_heading = heading::GITOPS, value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..))]
    pub render_threads: u16,
    /// Where repositories are kept. A folder of its own, that may be lost at any time.
    #[arg(long, help_heading = heading::GITOPS, value_name = "FOLDER", default_value = "/tmp/sluice-repositories")]
    pub repo_cache_dir: PathBuf,
    /// Memory that one run of Helm, Kustomize or jsonnet may take, in MiB.
    #[arg(long, help_heading = heading::GITOPS, value_name = "MIB", default_value_t = 1024, value_parser = clap::value_parser!(u64).range(64..))]
    pub render_memory: u64,
    /// How long such a run may take.
    #[arg(long, help_heading = heading::GITOPS, value_name = "DURATION", default_value = "1m", value_parser = positive)]
    pub render_timeout: Duration,
    /// How long fetching a commit or a chart may take.
    #[arg(long, help_heading = heading::GITOPS, value_name = "DURATION", default_value = "90s", value_parser = positive)]
    pub fetch_timeout: Duration,
    /// What sources of Applications may ask for by `{{env "NAME"}}` in variables of jsonnet; nothing else of the controller's own
    /// environment is told. May be given more than once; a value has no comma.
    #[arg(long, help_heading = heading::GITOPS, value_name = "NAME=VALUE", value_delimiter = ',', value_parser = sluice_render::given)]
    pub render_env: Vec<(String, String)>,
    /// Git, 2.30 or later.
    #[arg(long, help_heading = heading::GITOPS, value_name = "PROGRAM", default_value = "git")]
    pub git: PathBuf,
    /// Helm, 3 or 4.
    #[arg(long, help_heading = heading::GITOPS, value_name = "PROGRAM", default_value = "helm")]
    pub helm: PathBuf,
    /// Kustomize, 5.
    #[arg(long, help_heading = heading::GITOPS, value_name = "PROGRAM", default_value = "kustomize")]
    pub kustomize: PathBuf,
}

impl Gitops {
    /// The namespace of what says how Applications are kept, and of theirs: the pod's own unless another is given.
    pub fn control(&self, own: &str) -> String {
        self.gitops_namespace.clone().unwrap_or_else(|| own.to_owned())
    }

    /// Namespaces that Applications may be in, beside the controller's own. The error names what is no pattern.
    pub fn homes(&self) -> Result<Homes, String> {
        Homes::of(&self.application_namespaces).map_err(|why| format!("--application-namespaces: {why}"))
    }
}
