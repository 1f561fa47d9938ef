//! Renders an Application's sources here, with this machine's git, Helm and Kustomize, in the controller's own jail.
//!
//! Of this machine's user nothing is taken: no settings and no credentials of git, no plugins of Helm. What comes of it is what
//! the controller would get. Only who signed a commit is not looked at.

pub(crate) mod credentials;
pub(crate) mod local;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Error, Result, anyhow};
use kube::ResourceExt;
use sluice_crds::{Application, ApplicationSource};
use sluice_gitops::project::{Integrity, Repos};
use sluice_render::{Keyring, Kind, Limits, Meter, Programs, RenderError, Rendered, Request, Workshop};
use tempfile::TempDir;

use self::credentials::Found;
use super::project;
use crate::clock;

/// The hidden first argument by which this program is the jail of others.
pub(crate) const JAIL: &str = "__jail";

/// How old what a repository said of its branches may be: of one command all of it is of one moment.
const AGE: Duration = Duration::from_mins(10);

/// What rendering takes. Its folder goes with it.
pub(crate) struct Renderer {
    workshop: Workshop,
    folder: TempDir,
}

/// What is rendered, and with what.
pub(crate) struct Job<'a> {
    /// The Application.
    pub(crate) app: &'a Application,
    /// Its sources, or what stands in their place.
    pub(crate) sources: &'a [ApplicationSource],
    /// Commits and versions to take, one a source; empty is what the sources say.
    pub(crate) revisions: &'a [String],
    /// What repositories are reached with.
    pub(crate) found: &'a Found,
    /// The repositories that its project permits, as far as that is known.
    pub(crate) repos: Option<&'a Repos>,
    /// What charts are told of the cluster.
    pub(crate) cluster: &'a sluice_render::Cluster,
}

impl Renderer {
    /// Opens one in a temporary folder. `limit` is how long one question, fetch or program may take; none is the usual. `given` is what
    /// sources may ask for.
    pub(crate) async fn open(limit: Option<Duration>, given: &[(String, String)]) -> Result<Self> {
        // Only the first one counts, and a cluster's client may have been that.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let folder = tempfile::Builder::new().prefix("kubectl-sluice-").tempdir().context("make a temporary folder")?;
        let own = std::env::current_exe().context("find this program, which limits others")?;
        let programs = Programs {
            git: "git".into(),
            helm: "helm".into(),
            kustomize: "kustomize".into(),
            jail: vec![own, JAIL.into()],
        };
        let environment: BTreeMap<String, String> = given.iter().cloned().collect();
        let place = folder.path().join("workshop");
        let workshop = Workshop::open(&place, programs, limits(limit), environment, Meter::default()).await;
        Ok(Self { workshop: workshop.context("prepare to render")?, folder })
    }

    /// A new folder, for the copy of a local one.
    pub(crate) fn room(&self) -> Result<PathBuf> {
        let room = tempfile::Builder::new().prefix("copy-").tempdir_in(self.folder.path());
        Ok(room.context("make a temporary folder")?.keep())
    }

    /// Renders all sources, or fails.
    pub(crate) async fn render(&self, job: &Job<'_>) -> std::result::Result<Rendered, Unrendered> {
        let request = Request {
            application: &job.app.name_any(),
            project: project::name(job.app),
            namespace: job.app.spec.destination.namespace.as_deref().unwrap_or_default(),
            sources: job.sources,
            revisions: job.revisions,
            credentials: &job.found.credentials,
            repos: job.repos,
            // What is looked at here may be a branch, or a folder, that nobody has signed yet.
            integrity: &Integrity::default(),
            keyring: &Keyring::default(),
            cluster: job.cluster,
            builds: &job.found.builds,
            age: AGE,
        };
        let rendered = self.workshop.render(&request, clock::now()).await;
        rendered.map_err(|error| Unrendered { error, advice: job.found.advice.clone() })
    }
}

fn limits(limit: Option<Duration>) -> Limits {
    let usual = Limits::default();
    match limit.filter(|limit| !limit.is_zero()) {
        Some(limit) => Limits { ask: limit, fetch: limit, run: limit, ..usual },
        None => usual,
    }
}

/// Why sources could not be rendered.
#[derive(Debug)]
pub(crate) struct Unrendered {
    error: RenderError,
    advice: Option<String>,
}

impl Unrendered {
    /// Whether the sources may be all right, and are only out of reach from here.
    pub(crate) fn is_out_of_reach(&self) -> bool {
        self.error.kind.may_pass()
    }

    /// Why, and what to do.
    pub(crate) fn told(&self) -> String {
        let about_access = matches!(self.error.kind, Kind::Unreachable | Kind::NotFound);
        match self.advice.as_ref().filter(|_| about_access) {
            Some(advice) => format!("{}; {advice}", self.error),
            None => self.error.to_string(),
        }
    }
}

impl From<Unrendered> for Error {
    fn from(unrendered: Unrendered) -> Self {
        anyhow!(unrendered.told())
    }
}
