//! The established ConfigMaps and Secrets, as far as they say something about Applications.

mod ignored;
mod reader;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::api::core::v1::{ConfigMap, Secret};
use kube::ResourceExt;
use sluice_gitops::policies::Policies;
use sluice_gitops::project::Belongings;
use sluice_gitops::tracking::Tracking;
use sluice_live::Kinds;
use sluice_render::credentials::{Credentials, SecretType, Trust};
use sluice_render::webhook::Secrets;
use sluice_render::{Builds, Keyring};
use tracing::{info, warn};

use self::ignored::Ignored;
use self::reader::Reader;
use super::globals::Globals;
use crate::destinations::Connection;
use crate::options::Gitops as Flags;

/// The label by which Secrets say what they are.
pub const SECRET_TYPE: &str = "argocd.argoproj.io/secret-type";

/// The Secret that signs what git servers tell.
pub const OWN_SECRET: &str = "argocd-secret";

/// How often repositories are asked, where nobody says it.
const RESYNC: Duration = Duration::from_mins(2);

/// The ConfigMaps that are read, in the namespace of the controller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Setting {
    /// How Applications are kept.
    General,
    /// More of that, as the established controller's processes are told it.
    Parameters,
    /// Hosts that are known to ssh.
    KnownHosts,
    /// Authorities by host.
    Authorities,
    /// GPG keys that commits may be signed by.
    Keys,
    /// Rules that keep Applications from being synced by themselves.
    Policies,
    /// Rules about people, which are Kubernetes' to keep.
    People,
}

impl Setting {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::General,
        Self::Parameters,
        Self::KnownHosts,
        Self::Authorities,
        Self::Keys,
        Self::Policies,
        Self::People,
    ];

    /// The ConfigMap's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::General => "argocd-cm",
            Self::Parameters => "argocd-cmd-params-cm",
            Self::KnownHosts => "argocd-ssh-known-hosts-cm",
            Self::Authorities => "argocd-tls-certs-cm",
            Self::Keys => "argocd-gpg-keys-cm",
            Self::Policies => "argocd-sync-policies",
            Self::People => "argocd-rbac-cm",
        }
    }
}

/// What is configured of Applications.
#[derive(Clone, Debug)]
pub struct Config {
    /// How objects say to which Application they belong.
    pub tracking: Tracking,
    /// Kinds that are looked at.
    pub kinds: Kinds,
    /// Whether the cluster that this process runs in may be deployed to.
    pub this_cluster: bool,
    /// How often repositories are asked; `None`: only when somebody asks.
    pub interval: Option<Duration>,
    /// Differences that count as none, in all Applications.
    pub ignored: Ignored,
    /// Whether an Application acts as a service account of its project: where one fits, always, or never.
    pub impersonation: Impersonation,
    /// Who we are to repositories.
    pub credentials: Arc<Credentials>,
    /// GPG keys that commits may be signed by.
    pub keyring: Arc<Keyring>,
    /// How kustomizations are built.
    pub builds: Arc<Builds>,
    /// What signs what git servers tell.
    pub webhooks: Secrets,
    /// Projects whose rules others inherit.
    pub globals: Globals,
    /// Which Applications do not sync by themselves, whatever their specs say.
    pub policies: Policies,
    /// Repositories and clusters that belong to a project alone, by the project's name.
    pub belongings: BTreeMap<String, Belongings>,
    /// What is wrong in it, or does nothing.
    problems: BTreeSet<String>,
    pub(super) stamp: Stamp,
}

/// Whether an Application acts as a service account of its project.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Impersonation {
    /// Where its project names one for its place.
    #[default]
    WhereNamed,
    /// It must.
    Always,
    /// It does not.
    Never,
}

/// What it was read from: names and versions.
pub(super) type Stamp = Vec<(String, String)>;

impl Default for Config {
    fn default() -> Self {
        Self {
            tracking: Tracking::Annotation,
            kinds: Kinds::default(),
            this_cluster: true,
            interval: Some(RESYNC),
            ignored: Ignored::default(),
            impersonation: Impersonation::default(),
            credentials: Arc::default(),
            keyring: Arc::default(),
            builds: Arc::default(),
            webhooks: Secrets::default(),
            globals: Globals::default(),
            policies: Policies::default(),
            belongings: BTreeMap::new(),
            problems: BTreeSet::new(),
            stamp: Stamp::default(),
        }
    }
}

/// What a Secret is, by its label.
pub(super) fn secret_type(secret: &Secret) -> &str {
    secret.labels().get(SECRET_TYPE).map(String::as_str).unwrap_or_default()
}

/// Tells one state of what is read from another. Never empty once anything was read.
pub(super) fn stamp(secrets: &[Arc<Secret>], maps: &BTreeMap<Setting, Arc<ConfigMap>>) -> Stamp {
    let secrets = secrets.iter().map(|secret| (format!("secret/{}", secret.name_any()), secret.resource_version()));
    let maps = maps.values().map(|map| (map.name_any(), map.resource_version()));
    let mut stamp: Stamp = secrets.chain(maps).map(|(name, version)| (name, version.unwrap_or_default())).collect();
    stamp.sort_unstable();
    stamp.push(("read".to_owned(), String::new()));
    stamp
}

impl Config {
    /// Reads all of it. What is wrong keeps its default, and is told.
    pub(super) fn read(
        secrets: &[Arc<Secret>],
        maps: &BTreeMap<Setting, Arc<ConfigMap>>,
        flags: &Flags,
        stamp: Stamp,
    ) -> Self {
        let mut reader = Reader::new(maps);
        let mut config = Self { stamp, ..Self::default() };
        config.tracking = reader.tracking();
        config.kinds = reader.kinds();
        config.this_cluster = reader.text("cluster.inClusterEnabled").as_deref() != Some("false");
        let interval = reader.duration("timeout.reconciliation");
        config.interval = match flags.app_resync {
            Some(flag) => Some(flag),
            None => interval.map_or(Some(RESYNC), |written| Some(written).filter(|written| !written.is_zero())),
        };
        config.impersonation = match reader.text("application.sync.impersonation.enabled").as_deref() {
            Some("true") => Impersonation::Always,
            Some("false") => Impersonation::Never,
            _ => Impersonation::WhereNamed,
        };
        config.ignored = reader.ignored();
        config.builds = Arc::new(reader.builds());
        reader.health();
        reader.homes(&flags.application_namespaces);
        config.globals = reader.globals();
        config.problems = reader.finish();
        config.take_policies(maps.get(&Setting::Policies).map(|map| &**map));
        config.problems.extend(maps.get(&Setting::People).and_then(|map| about_people(map)));
        config.take_credentials(secrets, maps);
        config.belongings = belongings(secrets.iter().map(|secret| &**secret));
        config
    }

    fn take_policies(&mut self, map: Option<&ConfigMap>) {
        let text = map.and_then(|map| map.data.as_ref()?.get("policy.csv")).map(String::as_str).unwrap_or_default();
        let (policies, void) = Policies::read(text);
        self.policies = policies;
        self.problems.extend(void.into_iter().map(|one| format!("argocd-sync-policies: {one}")));
    }

    fn take_credentials(&mut self, secrets: &[Arc<Secret>], maps: &BTreeMap<Setting, Arc<ConfigMap>>) {
        let data = |setting| maps.get(&setting).and_then(|map| map.data.clone()).unwrap_or_default();
        let known_hosts = data(Setting::KnownHosts).remove("ssh_known_hosts").unwrap_or_default();
        let mut credentials = Credentials::new(Trust { known_hosts, authorities: data(Setting::Authorities) });
        for secret in secrets {
            if secret.name_any() == OWN_SECRET {
                self.webhooks = Secrets::new(&texts(secret));
            }
            let Some(kind) = SecretType::of(secret_type(secret)) else { continue };
            credentials.add(kind, &secret.name_any(), &texts(secret));
        }
        self.credentials = Arc::new(credentials);
        self.keyring = Arc::new(Keyring::new(&data(Setting::Keys)));
    }

    /// Kinds and rules that cannot be read leave those in force that could be read before.
    pub(super) fn keep_what_was_good(&mut self, before: &Self) {
        self.ignored.keep(&before.ignored);
        if self.kinds.why_broken().is_some() && !before.stamp.is_empty() && before.kinds.why_broken().is_none() {
            self.kinds = before.kinds.clone();
        }
    }

    /// Logs what is wrong, unless it was so before.
    pub(super) fn tell(&self, before: &Self) {
        self.problems.difference(&before.problems).for_each(|problem| warn!("{problem}"));
        before.problems.difference(&self.problems).for_each(|problem| info!("no longer so: {problem}"));
    }
}

/// What is said of rules about people, where there are some.
fn about_people(map: &ConfigMap) -> Option<String> {
    let is_rule = |line: &&str| !line.is_empty() && !line.starts_with('#');
    let rules = map.data.iter().flatten().filter(|(key, _)| key.starts_with("policy.") && key.ends_with("csv"));
    let count = rules.map(|(_, text)| text.lines().map(str::trim).filter(is_rule).count()).sum::<usize>();
    (count > 0).then(|| {
        format!(
            "argocd-rbac-cm: its {count} rules count for nothing: who may do what is said by Kubernetes' own rights; give RoleBindings on \
             Applications"
        )
    })
}

/// The repositories and clusters that belong to projects alone, by the project's name.
pub fn belongings<'a>(secrets: impl Iterator<Item = &'a Secret>) -> BTreeMap<String, Belongings> {
    let mut all: BTreeMap<String, Belongings> = BTreeMap::new();
    let mut secrets: Vec<&Secret> = secrets.collect();
    secrets.sort_by_key(|secret| secret.name_any());
    for secret in secrets {
        let text = |key: &str| {
            let text = String::from_utf8(secret.data.as_ref()?.get(key)?.0.clone()).ok()?;
            Some(text.trim().to_owned()).filter(|text| !text.is_empty())
        };
        let Some(project) = text("project") else { continue };
        match (secret_type(secret), text("url")) {
            ("repository", Some(url)) => all.entry(project).or_default().repositories.push(url),
            ("cluster", _) => {
                let Connection { server, namespaces, .. } = Connection::read(secret);
                all.entry(project).or_default().clusters.push((server, namespaces));
            }
            _ => {}
        }
    }
    all
}

/// A Secret's data as texts. What is no text is left out: no key that is read is anything else.
fn texts(secret: &Secret) -> BTreeMap<String, String> {
    let data = secret.data.iter().flatten();
    data.filter_map(|(key, bytes)| Some((key.clone(), String::from_utf8(bytes.0.clone()).ok()?))).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use sluice_gitops::Key;

    use super::*;

    fn texts_of(data: &[(&str, &str)]) -> BTreeMap<String, String> {
        data.iter().map(|(key, text)| ((*key).to_owned(), (*text).to_owned())).collect()
    }

    fn read(data: &[(&str, &str)]) -> Config {
        let map = ConfigMap { data: Some(texts_of(data)), ..ConfigMap::default() };
        let maps = BTreeMap::from([(Setting::General, Arc::new(map))]);
        let flags = crate::options::Options::default().gitops;
        Config::read(&[], &maps, &flags, Stamp::default())
    }

    #[test]
    fn what_the_established_keys_say_counts() {
        let config = read(&[
            ("application.resourceTrackingMethod", "annotation+label"),
            ("application.instanceLabelKey", "team/app"),
            ("installationID", "blue"),
            ("timeout.reconciliation", "300s"),
            ("resource.customizations.ignoreDifferences.apps_Deployment", "jsonPointers:\n- /spec/replicas\n"),
            ("resource.customizations", "batch/Job:\n  ignoreDifferences: |\n    jsonPointers: [/spec/suspend]\n"),
            ("cluster.inClusterEnabled", "false"),
            ("dex.config", "x"),
            ("server.insecure", "true"),
        ]);
        let marks = Tracking::AnnotationAndLabel("team/app".to_owned());
        assert_eq!(config.tracking, marks.of_installation(Some("blue".to_owned())));
        assert_eq!(config.interval, Some(Duration::from_mins(5)));
        assert_eq!((config.ignored.rules().count(), config.this_cluster), (2, false));
        let job = Key::new("batch", "Job", "shop", "once");
        assert!(config.ignored.rules().any(|rule| rule.is_for(&job)));
        assert!(config.problems.is_empty(), "{:?}", config.problems);
        assert_eq!(read(&[("timeout.reconciliation", "0")]).interval, None);
        let rules = "p, environment:prod, applications, sync, *, deny\np, role:dev, applications, sync, *, allow";
        let mut config = Config::default();
        config
            .take_policies(Some(&ConfigMap { data: Some(texts_of(&[("policy.csv", rules)])), ..ConfigMap::default() }));
        assert!(config.policies.denies(Some("prod"), "p", "web").is_some());
        assert!(config.problems.iter().all(|one| one.starts_with("argocd-sync-policies: p, role:dev")), "{config:?}");
    }

    #[test]
    fn kinds_that_cannot_be_read_open_nothing() {
        let excludes = |config: &Config, kind: &str| config.kinds.excludes("", kind, "https://any");
        let mut before = read(&[("resource.exclusions", "- kinds: [Secret]\n  description: x")]);
        assert_eq!(before.problems.len(), 1, "{:?}", before.problems);
        before.stamp = vec![("read".to_owned(), String::new())];
        let mut broken = read(&[("resource.exclusions", "- kinds: Secret")]);
        broken.keep_what_was_good(&Config::default());
        assert!(excludes(&broken, "Secret") && excludes(&broken, "ConfigMap"), "nothing was read before");
        broken.keep_what_was_good(&before);
        assert!(excludes(&broken, "Secret") && !excludes(&broken, "ConfigMap"));
    }

    #[test]
    fn rules_about_people_are_told_to_count_for_nothing() {
        let told = |text: &str| {
            let data = Some(texts_of(&[("policy.csv", text), ("policy.default", "role:readonly")]));
            about_people(&ConfigMap { data, ..ConfigMap::default() })
        };
        let said = told("# teams\np, role:dev, applications, *, bookverse-dev/*, allow\ng, developers, role:dev\n");
        assert!(said.is_some_and(|said| said.starts_with("argocd-rbac-cm: its 2 rules count for nothing")));
        assert_eq!(told("# none\n"), None);
    }

    #[test]
    fn what_is_wrong_or_does_nothing_is_told() {
        let config = read(&[
            ("application.resourceTrackingMethod", "labels"),
            ("timeout.reconciliation", "soon"),
            ("resource.customizations.ignoreDifferences.all", "- x"),
            ("globalProjects", "- x"),
            ("kustomize.buildOptions", "--enable-helm --enable-exec"),
            ("application.namespaces", "team-a, team-b"),
            ("controller.sync.timeout.seconds", "300"),
            ("controller.self.heal.timeout.seconds", "5"),
            ("controller.repo.error.grace.period.seconds", "180"),
            ("controller.status.processors", "20"),
            ("resource.customizations", "apps/Deployment:\n  ignoreDifferences: |\n    - x\n"),
        ]);
        let told: Vec<&str> = config.problems.iter().map(String::as_str).collect();
        assert_eq!(
            told,
            [
                "argocd-cm: application.namespaces has team-a,team-b, where Applications are left alone: what says which namespaces are kept is --application-namespaces (gitops.applicationNamespaces of the chart)",
                "argocd-cm: application.resourceTrackingMethod is \"labels\"; write annotation, label or annotation+label. Until then it is annotation",
                "argocd-cm: controller.repo.error.grace.period.seconds is not supported by this version of Sluice, and does nothing",
                "argocd-cm: controller.self.heal.timeout.seconds is not supported by this version of Sluice, and does nothing",
                "argocd-cm: controller.sync.timeout.seconds is not supported by this version of Sluice, and does nothing",
                "argocd-cm: globalProjects is no list of labelSelector and projectName: [0]: invalid type: string \"x\", expected struct Entry",
                "argocd-cm: kustomize.buildOptions: --enable-exec is refused: it lets a repository run programs",
                "argocd-cm: resource.customizations.ignoreDifferences.all is no YAML of jsonPointers, jqPathExpressions and managedFieldsManagers",
                "argocd-cm: resource.customizations: apps/Deployment: ignoreDifferences is no YAML of jsonPointers, jqPathExpressions and managedFieldsManagers",
                "argocd-cm: timeout.reconciliation is \"soon\"; write a duration such as 180s",
            ]
        );
    }
}
