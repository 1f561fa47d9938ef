//! Which objects a command is about: names as they were typed, or a label selector.

use anyhow::{Error, Result, anyhow, bail};
use futures::future::join_all;
use kube::ResourceExt;
use kube::api::ListParams;

use crate::args::Names;
use crate::client::Cluster;
use crate::kind::Kind;
use crate::near;

/// The most objects that are looked through for near names.
const LOOKED_THROUGH: u32 = 1000;

/// One object that a command is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Target {
    /// Its kind.
    pub(crate) kind: Kind,
    /// Its name.
    pub(crate) name: String,
}

/// What was typed, read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// These, of that kind where one was given.
    Named(Vec<(Option<Kind>, String)>),
    /// Those with these labels, of that kind where one was given.
    Labelled(Option<Kind>, String),
}

impl Wanted {
    /// Reads names: the kind may stand before them, or before each as in `rollout/shop`. `kinds` are those that the
    /// command knows.
    pub(crate) fn of(names: &Names, kinds: &[Kind]) -> Result<Self> {
        let known = |word: &str| Kind::of(word).filter(|kind| kinds.contains(kind));
        let (kind, words) = match names.words.split_first() {
            Some((first, rest)) if known(first).is_some() => (known(first), rest),
            _ => (None, names.words.as_slice()),
        };
        match &names.selector {
            Some(_) if !words.is_empty() => bail!("give names or --selector, not both"),
            Some(selector) => Ok(Self::Labelled(kind, selector.clone())),
            None if words.is_empty() => bail!("name {}, or select some with -l", article(kinds, "or")),
            None => words.iter().map(|word| named(word, kind, kinds)).collect::<Result<_>>().map(Self::Named),
        }
    }

    /// The objects, in the order in which they were named; selected ones by name. A name that nothing has, or two have, is an error
    /// of its own.
    pub(crate) async fn targets(self, cluster: &Cluster, kinds: &[Kind]) -> Result<Vec<Result<Target>>> {
        match self {
            Self::Named(names) => {
                Ok(join_all(names.into_iter().map(|(kind, name)| one(cluster, kind, name, kinds))).await)
            }
            Self::Labelled(kind, selector) => {
                let kinds = kind.map_or_else(|| kinds.to_vec(), |kind| vec![kind]);
                Ok(labelled(cluster, &selector, &kinds).await?.into_iter().map(Ok).collect())
            }
        }
    }
}

fn named(word: &str, kind: Option<Kind>, kinds: &[Kind]) -> Result<(Option<Kind>, String)> {
    let Some((before, name)) = word.split_once('/') else { return Ok((kind, word.to_owned())) };
    match Kind::of(before).filter(|kind| kinds.contains(kind)) {
        Some(own) if !name.is_empty() => Ok((Some(own), name.to_owned())),
        _ => bail!("\"{word}\" names no {}", singulars(kinds).join(" or ")),
    }
}

fn singulars(kinds: &[Kind]) -> Vec<&'static str> {
    kinds.iter().map(|kind| kind.singular()).collect()
}

/// The kinds with their articles.
fn article(kinds: &[Kind], joint: &str) -> String {
    let with = |word: &&str| if word.starts_with(['a', 'e']) { format!("an {word}") } else { format!("a {word}") };
    singulars(kinds).iter().map(with).collect::<Vec<_>>().join(&format!(" {joint} "))
}

/// The object of that name. Without a kind there must be one of that name among all kinds that the command knows.
async fn one(cluster: &Cluster, kind: Option<Kind>, name: String, kinds: &[Kind]) -> Result<Target> {
    let kind = match (kind, kinds) {
        (Some(kind), _) => kind,
        (None, [kind]) => *kind,
        (None, _) => told_apart(cluster, &name, kinds).await?,
    };
    Ok(Target { kind, name })
}

async fn told_apart(cluster: &Cluster, name: &str, kinds: &[Kind]) -> Result<Kind> {
    let looks = kinds.iter().map(|kind| async move { (*kind, cluster.of_kind(*kind).get_metadata_opt(name).await) });
    let (mut found, mut refused) = (Vec::new(), Vec::new());
    for (kind, look) in join_all(looks).await {
        match look {
            Ok(there) => found.extend(there.map(|_| kind)),
            // Whoever may not read one kind means the other.
            Err(kube::Error::Api(refusal)) if refusal.code == 403 => refused.push((kind, refusal)),
            Err(error) => return Err(error.into()),
        }
    }
    match found.as_slice() {
        [kind] => Ok(*kind),
        [] => match refused.into_iter().next() {
            // That there is none of the first kind would be said of what was not seen.
            Some((kind, refusal)) if kinds.first() == Some(&kind) => {
                Err(Error::new(kube::Error::Api(refusal)).context(format!("read {} '{name}'", kind.singular())))
            }
            _ => Err(missing(cluster, name, kinds).await),
        },
        several => {
            let each: Vec<String> = several.iter().map(|kind| format!("{} {name}", kind.singular())).collect();
            bail!("\"{name}\" is {}: say which one, as in {}", article(several, "and"), each.join(", or "))
        }
    }
}

async fn labelled(cluster: &Cluster, selector: &str, kinds: &[Kind]) -> Result<Vec<Target>> {
    let params = ListParams::default().labels(selector);
    let (mut targets, mut refused) = (Vec::new(), None);
    for kind in kinds {
        match cluster.of_kind(*kind).list_metadata(&params).await {
            Ok(found) => targets.extend(found.iter().map(|one| Target { kind: *kind, name: one.name_any() })),
            // Whoever may not list one kind means the other.
            Err(kube::Error::Api(refusal)) if refusal.code == 403 => refused = refused.or(Some(refusal)),
            Err(error) => return Err(Error::new(error).context(format!("list {}s", kind.kind()))),
        }
    }
    if let Some(refusal) = refused.filter(|_| targets.is_empty()) {
        return Err(kube::Error::Api(refusal).into());
    }
    if targets.is_empty() {
        let what = singulars(kinds).join(" or ");
        bail!("no {what} in namespace \"{}\" has the labels {selector}", cluster.namespace);
    }
    Ok(targets)
}

/// Says that there is none of that name, and which one may have been meant.
pub(crate) async fn missing(cluster: &Cluster, name: &str, kinds: &[Kind]) -> Error {
    let mut names = Vec::new();
    for kind in kinds {
        match cluster.of_kind(*kind).list_metadata(&ListParams::default().limit(LOOKED_THROUGH)).await {
            Ok(found) => names.extend(found.iter().map(ResourceExt::name_any)),
            // Whoever may read one object only gets no suggestion; what else is wrong is the better answer.
            Err(kube::Error::Api(refusal)) if refusal.code == 403 => {}
            Err(error) => return error.into(),
        }
    }
    let what = kinds.first().copied().unwrap_or(Kind::Rollout);
    let what = format!("{}.{} \"{name}\"", what.plural(), sluice_crds::names::GROUP);
    let hint = near::question(name, &names);
    let hint = hint.map(|hint| format!("; {hint}")).unwrap_or_default();
    anyhow!("{what} not found in namespace \"{}\"{hint}", cluster.namespace)
}

#[cfg(test)]
mod tests;
