//! The real hands: a workshop on this machine.

use std::collections::BTreeMap;
use std::env;
use std::path::PathBuf;
use std::sync::Arc;

use futures::FutureExt;
use sluice_render::{Limits, Programs, RenderError, Rendered, Request, Workshop};
use tokio::sync::OnceCell;
use tracing::info;

use super::{Ask, Hands, Undo};
use crate::metrics::GitRequests;
use crate::options::Gitops;

/// A workshop that is opened with the first question, so that a standby, and a controller without Applications, run no program.
#[derive(Debug)]
pub struct Workshops {
    options: Gitops,
    requests: GitRequests,
    cell: OnceCell<Workshop>,
}

/// Hands that render on this machine.
pub fn open(options: &Gitops) -> Hands {
    let requests = GitRequests::default();
    let workshops = Workshops { options: options.clone(), requests: requests.clone(), cell: OnceCell::new() };
    let workshops = Arc::new(workshops);
    let others = workshops.clone();
    Hands {
        render: Arc::new(move |ask| {
            let workshops = workshops.clone();
            async move { workshops.answer(ask).await }.boxed()
        }),
        take_back: Arc::new(move |undo| {
            let workshops = others.clone();
            async move { workshops.take_back(undo).await }.boxed()
        }),
        requests,
    }
}

impl Workshops {
    async fn answer(&self, ask: Ask) -> Result<Option<Rendered>, RenderError> {
        let workshop = self.cell.get_or_try_init(|| self.open()).await?;
        let Ask { wish, age, known, now } = ask;
        let request = Request {
            application: &wish.application,
            project: &wish.project,
            namespace: &wish.namespace,
            sources: &wish.sources,
            revisions: &wish.revisions,
            credentials: &wish.credentials,
            repos: Some(&wish.repos),
            integrity: &wish.integrity,
            keyring: &wish.keyring,
            cluster: &wish.cluster,
            builds: &wish.builds,
            age,
        };
        if !known.is_empty() && workshop.resolve(&request, now).await? == known {
            return Ok(None);
        }
        workshop.render(&request, now).await.map(Some)
    }

    async fn take_back(&self, undo: Undo) -> Result<(), RenderError> {
        let workshop = self.cell.get_or_try_init(|| self.open()).await?;
        let Undo { revert, project, credentials, now } = undo;
        let reverted = workshop.revert(&revert, (&project, &credentials), now).await?;
        info!(commit = revert.commit, ?reverted, "taken back in git");
        Ok(())
    }

    async fn open(&self) -> Result<Workshop, RenderError> {
        let options = &self.options;
        let Gitops { repo_cache_dir, git, helm, kustomize, render_memory, render_timeout, fetch_timeout, .. } = options;
        // This very program is the jail: see `main`.
        let this = env::current_exe().unwrap_or_else(|_| PathBuf::from("sluice"));
        let jail = vec![this, PathBuf::from("jail")];
        let programs = Programs { git: git.clone(), helm: helm.clone(), kustomize: kustomize.clone(), jail };
        let limits = Limits {
            memory: render_memory.saturating_mul(1 << 20),
            run: *render_timeout,
            fetch: *fetch_timeout,
            at_once: usize::from(options.render_threads),
            ..Limits::default()
        };
        let environment: BTreeMap<String, String> = options.render_env.iter().cloned().collect();
        Workshop::open(repo_cache_dir, programs, limits, environment, self.requests.meter()).await
    }
}
