//! Where an Application belongs and where it deploys to, or all that is wrong with that.

use sluice_crds::{Violation, violation};
use sluice_gitops::application::observed::{Home, Homeless};
use sluice_gitops::project::{Place, Project};
use sluice_gitops::repo_url;
use sluice_gitops::spec::Spec;
use sluice_live::As;

use crate::context::Context;
use crate::destinations::Destination;
use crate::gitops::config::{Config, Impersonation};
use crate::key::Key;

/// Its project and place, its cluster, and what in the project is doubtful.
type Found = (Home, Destination, Vec<Violation>);

/// Finds them. What the project refuses of the Application as a whole is wrong with its place too.
pub(super) fn find(ctx: &Context, config: &Config, key: &Key, spec: &Spec) -> Result<Found, Homeless> {
    let project = project(ctx, &spec.project);
    let destination = ctx.gitops.destinations.find(&spec.destination.cluster);
    let (destination, (project, doubts)) = match (destination, project) {
        (Ok(destination), Ok(project)) => (destination, project),
        (destination, project) => {
            let no_cluster = destination.is_err();
            let why = destination.err().into_iter().chain(project.err()).collect();
            return Err(Homeless { why, no_cluster });
        }
    };
    let place = Place {
        server: destination.server.clone(),
        name: destination.name.clone(),
        namespace: spec.destination.namespace.clone(),
        project: destination.project.clone(),
    };
    let why = refusals(ctx, config, key, (spec, &project, &place));
    if why.is_empty() {
        Ok((Home { project, place }, destination, doubts))
    } else {
        Err(Homeless { why, no_cluster: false })
    }
}

fn project(ctx: &Context, name: &str) -> Result<(Project, Vec<Violation>), String> {
    let key = Key::new(ctx.gitops.control.clone(), name);
    let namespace = &key.namespace;
    let Some(cached) = ctx.caches.project(&key) else {
        return Err(format!(
            "spec.project: there is no AppProject {name} in namespace {namespace}; make it, or name another one"
        ));
    };
    match &cached.0 {
        Ok(project) => match &*ctx.gitops.memo.project(&key, project) {
            Ok(read) => Ok(read.clone()),
            Err(wrong) => Err(format!("AppProject {name}: {}", violation::in_one_line(wrong))),
        },
        Err(invalid) => Err(format!("AppProject {name} cannot be read: {}", invalid.error)),
    }
}

/// What the project refuses of the Application as a whole.
fn refusals(
    ctx: &Context,
    config: &Config,
    key: &Key,
    (spec, project, place): (&Spec, &Project, &Place),
) -> Vec<String> {
    let home = (key.namespace != ctx.gitops.control).then(|| project.permits_home(&key.namespace).err()).flatten();
    let own = |url: &str| {
        let is = |(of, own): &(String, String)| *of == project.name && repo_url::normal(own) == repo_url::normal(url);
        config.own_repositories.iter().any(is)
    };
    let urls = spec.sources.iter().map(|source| source.repo_url.as_str()).filter(|url| !own(url));
    let sources = urls.filter_map(|url| project.permits_source(url).err());
    let foreign = place.project.as_ref().filter(|of| **of != project.name);
    let foreign = foreign.map(|of| format!("cluster {} belongs to project {of} alone", place.name));
    let refused = home.into_iter().chain(sources).chain(project.permits_place(place).err());
    let signed = project.signatures.first().map(|field| {
        format!(
            "project {} asks for signed commits ({field}), which cannot be checked yet; remove that field",
            project.name
        )
    });
    refused.map(|refusal| refusal.to_string()).chain(foreign).chain(signed).collect()
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
