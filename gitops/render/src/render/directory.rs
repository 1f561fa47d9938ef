//! A folder of plain manifests.

use std::sync::Arc;

use super::{Opened, Rendering};
use crate::cache::{Hashed, Kept, Key};
use crate::directory::{self, Program};
use crate::environment::Environment;
use crate::error::RenderError;

impl Rendering<'_> {
    pub(super) async fn directory(&self, source: &Opened<'_>, folder: &str) -> Result<(Key, Arc<Kept>), RenderError> {
        let settings = source.source.directory.clone().unwrap_or_default();
        let environment = self.environment(source);
        let more = &self.workshop.environment;
        let program = Program::new(folder, settings.jsonnet.as_ref(), &environment, more)?;
        let (manifests, libraries) = directory::wanted(&source.reader, folder, &settings, &program)?;
        let mut hashed = Hashed::new("directory");
        for file in manifests.iter().chain(&libraries) {
            hashed.add(&file.path);
            hashed.add(&file.id);
        }
        if manifests.iter().any(|file| file.path.ends_with(".jsonnet")) {
            hashed.add(program.said());
        }
        let key = hashed.key();
        if let Some(kept) = self.kept(&key, source) {
            return Ok(kept);
        }
        let _seat = self.workshop.seat().await;
        let jail = &self.workshop.programs.jail;
        let output = directory::render(&source.reader, (&manifests, &libraries), &program, jail).await?;
        Ok(self.keep(key, output))
    }

    pub(super) fn environment(&self, source: &Opened<'_>) -> Environment {
        Environment::new(&crate::environment::About {
            application: self.request.application,
            namespace: self.request.namespace,
            project: self.request.project,
            revision: &source.revision,
            url: &source.source.repo_url,
            path: source.source.path.as_deref().unwrap_or_default(),
            target: source.source.target_revision.as_deref().unwrap_or_default(),
        })
    }
}
