//! Where an Application belongs and where it deploys to, or all that is wrong with that.

use std::sync::Arc;

use sluice_crds::Violation;
use sluice_gitops::application::observed::{Home, Homeless};
use sluice_gitops::project::{Place, Project};
use sluice_gitops::spec::Spec;
use sluice_live::As;

use crate::context::Context;
use crate::destinations::{Destination, Missing};
use crate::gitops::config::{Config, Impersonation};
use crate::gitops::rules;
use crate::key::Key;

/// Its project and place, its cluster, and what in the project is doubtful.
type Found = (Home, Destination, Vec<Violation>);

/// Finds them. What the project refuses of the Application as a whole is wrong with its place too.
pub(super) fn find(ctx: &Context, config: &Arc<Config>, key: &Key, spec: &Spec) -> Result<Found, Homeless> {
    let project = rules::project(ctx, config, &spec.project);
    let destination = ctx.gitops.destinations.find(&spec.destination.cluster);
    let (destination, (project, doubts)) = match (destination, project) {
        (Ok(destination), Ok(project)) => (destination, project),
        (destination, project) => {
            let no_cluster = matches!(destination, Err(Missing::Unknown(_)));
            let destination = destination.err().map(|missing| missing.to_string());
            let why = destination.into_iter().chain(project.err()).collect();
            return Err(Homeless { why, no_cluster });
        }
    };
    let place = Place {
        server: destination.server.clone(),
        name: destination.name.clone(),
        namespace: spec.destination.namespace.clone(),
        project: destination.project.clone(),
    };
    let why = refusals(ctx, key, (spec, &project, &place));
    if why.is_empty() {
        Ok((Home { project, place }, destination, doubts))
    } else {
        Err(Homeless { why, no_cluster: false })
    }
}

/// What the project refuses of the Application as a whole.
fn refusals(ctx: &Context, key: &Key, (spec, project, place): (&Spec, &Project, &Place)) -> Vec<String> {
    let home = (key.namespace != ctx.gitops.control).then(|| project.permits_home(&key.namespace).err()).flatten();
    let sources = spec.sources.iter().filter_map(|source| project.permits_source(&source.repo_url).err());
    let foreign = place.project.as_ref().filter(|of| **of != project.name);
    let foreign = foreign.map(|of| format!("cluster {} belongs to project {of} alone", place.name));
    let refused = home.into_iter().chain(sources).chain(project.permits_place(place).err());
    refused.map(|refusal| refusal.to_string()).chain(foreign).collect()
}

/// As whom an Application's cluster is asked and written.
pub(super) fn acts_as(home: &Home, config: &Config) -> Result<As, String> {
    let account = home.project.destinations.account(&home.place);
    match (config.impersonation, account) {
        (Impersonation::Never, _) | (Impersonation::WhereNamed, None) => Ok(As::Itself),
        (_, Some(account)) => Ok(As::ServiceAccount(account.user(&home.place.namespace))),
        (Impersonation::Always, None) => Err(format!(
            "no entry of spec.destinationServiceAccounts of project {} fits, and application.sync.impersonation.enabled asks for one",
            home.project.name
        )),
    }
}
