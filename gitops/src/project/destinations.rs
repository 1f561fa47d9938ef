//! Clusters and namespaces that may be deployed to, and as whom.

use std::collections::BTreeSet;

use sluice_crds::{AppProjectSpec, DestinationServiceAccount, ProjectDestination};

use crate::check::Checker;
use crate::glob::Glob;
use crate::project::MOST;

/// A cluster and a namespace in it, as they were found: the cluster by both its names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// URL of its API server.
    pub server: String,
    /// Its name.
    pub name: String,
    /// The namespace.
    pub namespace: String,
    /// The project that the cluster belongs to, if it belongs to one.
    pub project: Option<String>,
}

/// Where may be deployed to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Destinations {
    items: Vec<Item>,
    accounts: Vec<Account>,
    /// Set where only clusters of that project may be deployed to.
    own_clusters_of: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Item {
    server: Pattern,
    name: Pattern,
    namespace: Pattern,
}

/// A pattern, or none: which fits nothing but an empty text.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Pattern {
    Empty,
    Any,
    Like(Glob),
    Not(Glob),
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Account {
    server: Glob,
    namespace: Glob,
    acts_as: ServiceAccount,
}

/// A service account to act as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceAccount {
    /// Its namespace; `None`: that of the destination.
    pub namespace: Option<String>,
    /// Its name.
    pub name: String,
}

impl ServiceAccount {
    /// The user that the API server knows it as.
    pub fn user(&self, destination: &str) -> String {
        format!("system:serviceaccount:{}:{}", self.namespace.as_deref().unwrap_or(destination), self.name)
    }
}

impl Destinations {
    pub(super) fn read(check: &mut Checker, project: &str, spec: &AppProjectSpec) -> Self {
        check.count("spec.destinations", spec.destinations.len(), MOST);
        check.count("spec.destinationServiceAccounts", spec.destination_service_accounts.len(), MOST);
        duplicates(check, &spec.destinations);
        let items = spec.destinations.iter().take(MOST).enumerate();
        let accounts = spec.destination_service_accounts.iter().take(MOST).enumerate();
        Self {
            items: items.filter_map(|(at, one)| Item::read(check, &format!("spec.destinations[{at}]"), one)).collect(),
            accounts: accounts
                .filter_map(|(at, one)| account(check, &format!("spec.destinationServiceAccounts[{at}]"), one))
                .collect(),
            own_clusters_of: spec.permit_only_project_scoped_clusters.then(|| project.to_owned()),
        }
    }

    /// One entry must fit, and none may refuse. An entry refuses where its `!` pattern hits and the rest of it fits.
    pub(super) fn permits(&self, place: &Place) -> Result<(), String> {
        let shown = format!("namespace {:?} of cluster {}", place.namespace, cluster(place));
        if self.items.iter().any(|item| item.refuses(place)) {
            return Err(format!("{shown} is refused"));
        }
        if !self.items.iter().any(|item| item.fits(place)) {
            return Err(format!("{shown} is not allowed; add it to the list"));
        }
        match &self.own_clusters_of {
            Some(_) if place.project != self.own_clusters_of => {
                let cluster = cluster(place);
                Err(format!(
                    "cluster {cluster} does not belong to this project, as permitOnlyProjectScopedClusters asks"
                ))
            }
            _ => Ok(()),
        }
    }

    /// Whom to act as there: the first entry that fits.
    pub fn account(&self, place: &Place) -> Option<&ServiceAccount> {
        let fits = |one: &&Account| one.server.is_match(&place.server) && one.namespace.is_match(&place.namespace);
        self.accounts.iter().find(fits).map(|one| &one.acts_as)
    }
}

fn cluster(place: &Place) -> &str {
    if place.name.is_empty() { &place.server } else { &place.name }
}

impl Item {
    fn read(check: &mut Checker, field: &str, one: &ProjectDestination) -> Option<Self> {
        check.unknown(field, &one.unknown);
        let server = pattern(check, &format!("{field}.server"), one.server.as_deref());
        let name = pattern(check, &format!("{field}.name"), one.name.as_deref());
        let namespace = pattern(check, &format!("{field}.namespace"), one.namespace.as_deref());
        if one.server.is_none() && one.name.is_none() {
            check.wrong(field, "names no cluster; write server or name, or server: \"*\" for all");
        }
        Some(Self { server: server?, name: name?, namespace: namespace? })
    }

    fn fits_cluster(&self, place: &Place) -> bool {
        let server = !place.server.is_empty() && self.server.fits(&place.server);
        server || (!place.name.is_empty() && self.name.fits(&place.name))
    }

    fn fits(&self, place: &Place) -> bool {
        self.fits_cluster(place) && self.namespace.fits(&place.namespace)
    }

    fn refuses(&self, place: &Place) -> bool {
        let cluster = self.server.refuses(&place.server) || self.name.refuses(&place.name);
        (cluster && self.namespace.fits(&place.namespace))
            || (self.namespace.refuses(&place.namespace) && self.fits_cluster(place))
    }
}

impl Pattern {
    fn fits(&self, text: &str) -> bool {
        match self {
            Self::Empty => text.is_empty(),
            Self::Any => true,
            Self::Like(glob) => glob.is_match(text),
            Self::Not(glob) => !glob.is_match(text),
        }
    }

    fn refuses(&self, text: &str) -> bool {
        matches!(self, Self::Not(glob) if glob.is_match(text))
    }
}

fn pattern(check: &mut Checker, field: &str, text: Option<&str>) -> Option<Pattern> {
    let text = text.unwrap_or_default();
    let read = match text.strip_prefix('!') {
        Some("*") => {
            check.wrong(field, "\"!*\" refuses everything; take the entry out");
            return None;
        }
        Some(denied) => Glob::of_names(denied).map(Pattern::Not),
        None if text.is_empty() => Ok(Pattern::Empty),
        None if text == "*" => Ok(Pattern::Any),
        None => Glob::of_names(text).map(Pattern::Like),
    };
    read.map_err(|error| check.wrong(field, format!("{text:?} {error}"))).ok()
}

fn duplicates(check: &mut Checker, destinations: &[ProjectDestination]) {
    let mut seen = BTreeSet::new();
    for (at, one) in destinations.iter().enumerate() {
        if !seen.insert((&one.server, &one.name, &one.namespace)) {
            check.doubtful(&format!("spec.destinations[{at}]"), "is given twice");
        }
    }
}

fn account(check: &mut Checker, field: &str, one: &DestinationServiceAccount) -> Option<Account> {
    check.unknown(field, &one.unknown);
    let mut glob = |name: &str, text: &str| {
        let read = Glob::of_names(text);
        read.map_err(|error| check.wrong(&format!("{field}.{name}"), format!("{text:?} {error}"))).ok()
    };
    let server = glob("server", &one.server);
    let namespace = glob("namespace", one.namespace.as_deref().unwrap_or_default());
    let account = match one.default_service_account.split_once(':') {
        Some((namespace, name)) => ServiceAccount { namespace: Some(namespace.to_owned()), name: name.to_owned() },
        None => ServiceAccount { namespace: None, name: one.default_service_account.clone() },
    };
    if !is_account(&account) {
        let text = format!("is {:?}; write NAME or NAMESPACE:NAME", one.default_service_account);
        check.wrong(&format!("{field}.defaultServiceAccount"), text);
    }
    Some(Account { server: server?, namespace: namespace?, acts_as: account })
}

/// No text that would name another user to the API server.
fn is_account(account: &ServiceAccount) -> bool {
    let fit = |text: &str| {
        !text.is_empty() && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.')
    };
    fit(&account.name) && account.namespace.as_deref().is_none_or(fit)
}
