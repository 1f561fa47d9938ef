//! How kustomizations are built: the keys of `argocd-cm` that say so.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::options::Options;
use crate::error::RenderError;
use crate::request::Cluster;
use crate::version::Version;

/// A version's program, by the version's name; under its old name too.
const PROGRAMS: [&str; 2] = ["kustomize.path.", "kustomize.version."];

/// The first version of Kustomize that hands no options of a repository's to Helm.
const SOUND: &str = "5.8.2";
/// The option that tells charts the version of the cluster.
const KUBE_VERSION: &str = "--helm-kube-version";

/// How kustomizations are built.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Builds {
    usual: Options,
    /// What an Application may ask for by `kustomize.version`.
    versions: BTreeMap<String, Registered>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Registered {
    program: PathBuf,
    options: Options,
}

impl Builds {
    /// The key of the usual options; with a dot and a version's name behind it, that of a version's.
    pub const OPTIONS: &str = "kustomize.buildOptions";

    /// Takes the keys that are about it, and says what in them is wrong or left out.
    pub fn take(keys: &mut BTreeMap<String, String>) -> (Self, BTreeSet<String>) {
        let mut problems = BTreeSet::new();
        let mut options: BTreeMap<String, Options> = BTreeMap::new();
        for (key, text) in keys.extract_if(.., |key, _| is_options(key)) {
            let read = Options::read(&text);
            problems.extend(read.refused.iter().chain(&read.unknown).map(|why| format!("{key}: {why}")));
            let version = key.strip_prefix(Builds::OPTIONS).unwrap_or_default().trim_start_matches('.');
            options.insert(version.to_owned(), read);
        }
        let usual = options.remove("").unwrap_or_default();
        let mut versions = BTreeMap::new();
        for prefix in PROGRAMS {
            for (key, path) in keys.extract_if(.., |key, _| key.starts_with(prefix)) {
                let name = key.trim_start_matches(prefix).to_owned();
                let program = PathBuf::from(path.trim());
                if program.is_absolute() {
                    let options = options.remove(&name).unwrap_or_default();
                    versions.insert(name, Registered { program, options });
                } else {
                    problems.insert(format!("{key} is {path:?}; write the whole path of a program"));
                }
            }
        }
        problems.extend(
            options
                .keys()
                .map(|name| format!("{}.{name} does nothing: kustomize.path.{name} names no program", Self::OPTIONS)),
        );
        (Self { usual, versions }, problems)
    }

    /// The program and the options for an Application that asks for that version; nothing is the usual ones.
    pub(crate) fn of<'a>(&'a self, version: Option<&str>, usual: &'a Path) -> Result<Build<'a>, RenderError> {
        let (program, options, key) = match version.filter(|version| !version.is_empty()) {
            None => (usual, &self.usual, Self::OPTIONS.to_owned()),
            Some(name) => {
                let version = self.versions.get(name).ok_or_else(|| {
                    RenderError::spec(format!(
                        "kustomize.version {name:?} is not known: name its program by kustomize.path.{name} in argocd-cm, or \
                         leave it out"
                    ))
                })?;
                (version.program.as_path(), &version.options, format!("{}.{name}", Self::OPTIONS))
            }
        };
        match &options.unknown {
            Some(why) => Err(RenderError::spec(format!("argocd-cm: {key}: {why}"))),
            None => Ok(Build { program, options, key }),
        }
    }
}

/// How one kustomization is built.
#[derive(Debug)]
pub(crate) struct Build<'a> {
    pub program: &'a Path,
    pub options: &'a Options,
    /// The key of `argocd-cm` that the options are of.
    key: String,
}

/// What Kustomize is told.
#[derive(Debug)]
pub(crate) struct Told<'a> {
    pub program: &'a Path,
    pub arguments: Vec<String>,
}

impl<'a> Build<'a> {
    /// With what charts are rendered: Sluice's own Helm, and what it may tell them of the cluster.
    pub(crate) fn told(&self, helm: &Path, cluster: &Cluster) -> Told<'a> {
        let mut arguments = self.options.arguments.clone();
        if self.options.helm {
            arguments.push(format!("--helm-command={}", helm.display()));
            if !self.options.names(KUBE_VERSION) && !cluster.kube_version.is_empty() {
                arguments.push(format!("{KUBE_VERSION}={}", cluster.kube_version));
            }
            arguments.extend(cluster.api_versions.iter().map(|version| format!("--helm-api-versions={version}")));
        }
        Told { program: self.program, arguments }
    }

    /// Whether Kustomize of that version, as it tells it itself, may be let near Helm.
    ///
    /// Before 5.8.2 the `releaseName` of a chart could be an option of Helm: `--post-renderer` runs a program, `--set-file` reads any file.
    pub(crate) fn may_render_charts(&self, version: &str) -> Result<(), RenderError> {
        let sound = Version::parse(SOUND).zip(Version::parse(version)).is_some_and(|(sound, this)| this >= sound);
        if !self.options.helm || sound {
            return Ok(());
        }
        Err(RenderError::spec(format!(
            "argocd-cm: {}: --enable-helm is refused with Kustomize {version:?}, which lets a repository run programs by way of Helm: \
             take {SOUND} or later",
            self.key
        )))
    }

    /// What went wrong, with the options that are left out: one of them may be what is lacking.
    pub(crate) fn explained(&self, mut error: RenderError) -> RenderError {
        if !self.options.refused.is_empty() {
            error.text = format!("{}; {}: {}", error.text, self.key, self.options.refused.join("; "));
        }
        error
    }
}

fn is_options(key: &str) -> bool {
    key.strip_prefix(Builds::OPTIONS).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn builds(keys: &[(&str, &str)]) -> (Builds, Vec<String>) {
        let mut keys = keys.iter().map(|(key, text)| ((*key).to_owned(), (*text).to_owned())).collect();
        let (builds, problems) = Builds::take(&mut keys);
        assert_eq!(keys.into_keys().collect::<Vec<_>>(), ["other"], "all others are left");
        (builds, problems.into_iter().collect())
    }

    #[test]
    fn a_version_has_a_program_and_options_of_its_own() {
        let (builds, problems) = builds(&[
            ("kustomize.buildOptions", "--enable-helm"),
            ("kustomize.buildOptions.v4", "--reorder none"),
            ("kustomize.path.v4", "/tools/kustomize-4"),
            ("kustomize.version.v3", "/tools/kustomize-3"),
            ("other", ""),
        ]);
        assert!(problems.is_empty(), "{problems:?}");
        let of = |version| {
            let build = builds.of(version, Path::new("kustomize")).map_err(|error| error.text)?;
            Ok::<_, String>(format!("{} {}", build.program.display(), build.options.arguments.join(" ")))
        };
        assert_eq!(of(None).as_deref(), Ok("kustomize --enable-helm"));
        assert_eq!(of(Some("")).as_deref(), Ok("kustomize --enable-helm"));
        assert_eq!(of(Some("v4")).as_deref(), Ok("/tools/kustomize-4 --reorder=none"));
        assert_eq!(of(Some("v3")).as_deref(), Ok("/tools/kustomize-3 "));
        let unknown = "kustomize.version \"v2\" is not known: name its program by kustomize.path.v2 in argocd-cm, or leave it out";
        assert_eq!(of(Some("v2")), Err(unknown.to_owned()));
    }

    #[test]
    fn an_old_kustomize_is_not_let_near_helm() {
        let (builds, _) =
            builds(&[("kustomize.buildOptions", "--enable-helm"), ("kustomize.path.old", "/k"), ("other", "")]);
        let usual = builds.of(None, Path::new("kustomize")).unwrap();
        for (version, sound) in
            [("v5.8.2", true), ("v5.10.0", true), ("v6.0.0", true), ("v5.8.1", false), ("v4.5.7", false), ("", false)]
        {
            assert_eq!(usual.may_render_charts(version).is_ok(), sound, "{version}");
        }
        let error = usual.may_render_charts("v5.8.1").unwrap_err().text;
        assert!(
            error.starts_with("argocd-cm: kustomize.buildOptions: --enable-helm is refused with Kustomize"),
            "{error}"
        );
        assert!(
            builds.of(Some("old"), Path::new("kustomize")).unwrap().may_render_charts("v3.0.0").is_ok(),
            "without Helm"
        );
    }

    #[test]
    fn what_is_wrong_is_told_by_its_key() {
        let (builds, problems) = builds(&[
            ("kustomize.buildOptions", "--enable-exec"),
            ("kustomize.buildOptions.v4", "--more"),
            ("kustomize.buildOptions.v5", ""),
            ("kustomize.path.v4", "/tools/kustomize-4"),
            ("kustomize.path.v6", "kustomize"),
            ("other", ""),
        ]);
        assert_eq!(
            problems,
            [
                "kustomize.buildOptions.v4: --more is not known to this version of Sluice: take it out",
                "kustomize.buildOptions.v5 does nothing: kustomize.path.v5 names no program",
                "kustomize.buildOptions: --enable-exec is refused: it lets a repository run programs",
                "kustomize.path.v6 is \"kustomize\"; write the whole path of a program",
            ]
        );
        let unknown = builds.of(Some("v4"), Path::new("kustomize")).map(|_| ()).map_err(|error| error.text);
        let why = "argocd-cm: kustomize.buildOptions.v4: --more is not known to this version of Sluice: take it out";
        assert_eq!(unknown, Err(why.to_owned()));
        let usual = builds.of(None, Path::new("kustomize")).map(|build| build.explained(RenderError::spec("no")).text);
        let why = "no; kustomize.buildOptions: --enable-exec is refused: it lets a repository run programs";
        assert_eq!(usual.map_err(|error| error.text).as_deref(), Ok(why));
    }
}
