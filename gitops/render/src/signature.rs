//! Whether a commit is signed by whom its project trusts.
//!
//! What is signed is taken apart here, and judged by `gpg` and `ssh-keygen` in the jail, as git does it. The crates tried were pgp
//! 0.21 (60 crates, eight of them second versions) and ssh-key (a candidate of a release).
//!
//! GPG keys come from the ConfigMap `argocd-gpg-keys-cm`. An SSH key needs no place of its own: its fingerprint, which the project
//! names, says all of it.

mod object;
mod programs;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use sluice_gitops::project::{Mode, Policy};

use self::object::Signed;
use self::programs::Verifier;
use crate::cache::{Hashed, Key};
use crate::error::{Kind, RenderError};
use crate::git::{Commit, Repository};
use crate::request::Request;
use crate::workshop::Workshop;

/// Commits that a strict policy looks at, at most: each takes a run of a program.
const HISTORY: usize = 1000;
/// Verdicts that are remembered.
const VERDICTS: usize = 20_000;
/// Bad commits that are named.
const NAMED: usize = 10;

/// GPG keys that commits may be signed by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keyring(pub(crate) String);

impl Keyring {
    /// From the data of the ConfigMap `argocd-gpg-keys-cm`: a public key in ASCII armour each.
    pub fn new(data: &BTreeMap<String, String>) -> Self {
        Self(data.values().map(String::as_str).collect::<Vec<_>>().join("\n"))
    }
}

type Verdict = Result<(), RenderError>;

/// What was found out about commits. That of a commit never changes, unless a key runs out while it is remembered.
#[derive(Debug, Default)]
pub(crate) struct Verdicts(Mutex<HashMap<Key, Arc<tokio::sync::Mutex<Option<Verdict>>>>>);

impl Verdicts {
    /// What is remembered, or what `find` finds. Of many who ask at once one finds out.
    async fn of<F: Future<Output = Verdict>>(&self, key: Key, find: impl FnOnce() -> F) -> Verdict {
        let place = self.place(key);
        let mut kept = place.lock().await;
        if let Some(verdict) = kept.as_ref() {
            return verdict.clone();
        }
        let verdict = find().await;
        let lasts = verdict.as_ref().err().is_none_or(|error| !error.kind.may_pass());
        *kept = lasts.then(|| verdict.clone());
        verdict
    }

    fn place(&self, key: Key) -> Arc<tokio::sync::Mutex<Option<Verdict>>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= VERDICTS {
            kept.clear();
        }
        Arc::clone(kept.entry(key).or_default())
    }
}

/// A commit to be judged.
pub(crate) struct Question<'a> {
    pub workshop: &'a Workshop,
    pub request: &'a Request<'a>,
    pub policy: &'a Policy,
    pub repository: &'a Repository,
    pub commit: &'a Commit,
    /// What the Application names: maybe a tag that is signed.
    pub revision: &'a str,
    pub now: Timestamp,
}

/// Refuses a commit that is not signed as its project's policy wants it, with what to do about it.
pub(crate) async fn check(question: &Question<'_>) -> Result<(), RenderError> {
    let find = async || match question.policy.mode {
        Mode::Nothing => Ok(()),
        Mode::Head => question.head().await,
        Mode::Strict => question.strict().await,
    };
    question.workshop.verdicts.of(question.key(&question.commit.id, "all"), find).await
}

impl Question<'_> {
    fn key(&self, id: &str, what: &str) -> Key {
        let mut hashed = Hashed::new("signature");
        let signers = format!("{:?} {:?} {}", self.policy.mode, self.policy.signers, self.policy.field);
        for part in [what, id, self.request.project, signers.as_str(), self.revision, self.request.keyring.0.as_str()] {
            hashed.add(part);
        }
        hashed.key()
    }

    fn refuse(&self, text: &str) -> RenderError {
        let (field, project) = (&self.policy.field, self.request.project);
        let text = format!("{}: {text} ({field} of project {project})", self.repository.shown());
        RenderError::new(Kind::Signature, text)
    }

    /// The commit itself, or the annotated tag that the Application names it by.
    async fn head(&self) -> Result<(), RenderError> {
        let verifier = Verifier::new(self.workshop, self.request.keyring).await?;
        let id = &self.commit.id;
        let raw = self.raw(std::slice::from_ref(id)).await?;
        let signed = raw.get(id).map(|raw| object::commit(raw)).unwrap_or_default();
        let Err(of_commit) = self.judge(&verifier, &signed).await? else { return Ok(()) };
        let tag = self.tag().await?;
        let Some((name, signed)) = tag else { return Err(self.refuse(&format!("commit {id} {of_commit}"))) };
        if signed.names.as_slice() != std::slice::from_ref(id) {
            return Err(self.refuse(&format!("commit {id} {of_commit}, and tag {name} is not of this commit itself")));
        }
        match self.judge(&verifier, &signed).await? {
            Ok(()) => Ok(()),
            Err(of_tag) => Err(self.refuse(&format!("commit {id} {of_commit}; its tag {name} {of_tag}"))),
        }
    }

    /// Every commit that this one is made of, but none before one that seals.
    async fn strict(&self) -> Result<(), RenderError> {
        let verifier = Verifier::new(self.workshop, self.request.keyring).await?;
        let stores = &self.workshop.stores;
        let ids = stores.history(&self.workshop.jail, self.repository, self.commit, HISTORY + 1, self.now).await?;
        let raw = self.raw(&ids).await?;
        let (mut open, mut seen, mut bad) = (vec![self.commit.id.clone()], HashSet::new(), Vec::new());
        while let Some(id) = open.pop() {
            if !seen.insert(id.clone()) || bad.len() == NAMED {
                continue;
            }
            let Some(content) = raw.get(&id).filter(|_| seen.len() <= HISTORY) else {
                let text = format!(
                    "commit {} is made of more than {HISTORY} commits, which are not all looked at: seal its history by a \
                     signed commit with a line \"Argocd-gpg-seal: WHY\"",
                    self.commit.id
                );
                return Err(self.refuse(&text));
            };
            let signed = object::commit(content);
            let verdict = self.one(&verifier, &id, &signed).await?;
            if verdict.is_err() || !signed.seals {
                open.extend(signed.names);
            }
            bad.extend(verdict.err().map(|why| format!("commit {id} {why}")));
        }
        if bad.is_empty() { Ok(()) } else { Err(self.refuse(&bad.join("; "))) }
    }

    /// One of many, as it was judged before.
    async fn one(&self, verifier: &Verifier<'_>, id: &str, signed: &Signed) -> Result<Result<(), String>, RenderError> {
        let find = async || self.judge(verifier, signed).await?.map_err(|text| RenderError::new(Kind::Signature, text));
        match self.workshop.verdicts.of(self.key(id, "one"), find).await {
            Err(error) if error.kind == Kind::Signature => Ok(Err(error.text)),
            verdict => verdict.map(Ok),
        }
    }

    /// Whether one is signed by one who may; otherwise what is wrong with it.
    async fn judge(&self, verifier: &Verifier<'_>, signed: &Signed) -> Result<Result<(), String>, RenderError> {
        let names = match verifier.signer(signed).await? {
            Ok(names) => names,
            Err(why) => return Ok(Err(why)),
        };
        let shown = names.first().map(String::as_str).unwrap_or_default();
        let why = || format!("is signed by key {shown}, which may not sign: add that, or have it signed by another");
        Ok(if self.policy.permits(&names) { Ok(()) } else { Err(why()) })
    }

    async fn raw(&self, ids: &[String]) -> Result<HashMap<String, Vec<u8>>, RenderError> {
        self.workshop.stores.raw(&self.workshop.jail, self.commit, ids).await
    }

    /// The annotated tag that the Application names, if it does.
    async fn tag(&self) -> Result<Option<(String, Signed)>, RenderError> {
        let (stores, jail) = (&self.workshop.stores, &self.workshop.jail);
        let times = (self.now, self.request.age);
        let Some((name, id)) = stores.annotated(jail, self.repository, self.revision, times).await? else {
            return Ok(None);
        };
        stores.fetch_tag(jail, self.repository, self.commit, &name, self.now).await?;
        let raw = self.raw(std::slice::from_ref(&id)).await?;
        Ok(raw.get(&id).map(|raw| (name, object::tag(raw))))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// How often somebody looks when so many ask at once, and then again.
    async fn looks(verdict: Verdict) -> usize {
        let (verdicts, count) = (Verdicts::default(), AtomicUsize::new(0));
        for _ in 0..2 {
            let find = async || {
                count.fetch_add(1, Ordering::Relaxed);
                tokio::task::yield_now().await;
                verdict.clone()
            };
            let all = (0..100).map(|_| verdicts.of(Key("commit".to_owned()), find));
            assert!(futures::future::join_all(all).await.into_iter().all(|found| found == verdict));
        }
        count.into_inner()
    }

    #[tokio::test]
    async fn a_commit_is_looked_at_once_for_all_who_ask() {
        assert_eq!(looks(Ok(())).await, 1);
        assert_eq!(looks(Err(RenderError::new(Kind::Signature, "is not signed"))).await, 1);
        assert_eq!(looks(Err(RenderError::new(Kind::Machine, "there is no gpg"))).await, 200);
    }
}
