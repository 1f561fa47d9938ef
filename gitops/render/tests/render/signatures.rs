//! Commits that are signed, by real keys, and those that only look so.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use sluice_gitops::project::Project;
use sluice_render::Keyring;

use crate::bench::{Bench, Repo, config, shown};

/// A person with a GPG key. Her agent ends with her.
struct Person {
    home: PathBuf,
    fingerprint: String,
    /// What she takes the time to be, as an option of gpg; empty: what it is.
    time: &'static str,
}

impl Drop for Person {
    fn drop(&mut self) {
        let _ = Command::new("gpgconf").arg("--homedir").arg(&self.home).args(["--kill", "gpg-agent"]).status();
    }
}

impl Person {
    fn new(folder: &Path, name: &str) -> Self {
        Self::of(folder, name, "never", "")
    }

    /// One whose key is good for so long, from that time.
    fn of(folder: &Path, name: &str, long: &str, time: &'static str) -> Self {
        let home = folder.join(name);
        fs::create_dir(&home).unwrap();
        fs::set_permissions(&home, fs::Permissions::from_mode(0o700)).unwrap();
        let mut person = Self { home, fingerprint: String::new(), time };
        person.gpg(&["--passphrase", "", "--quick-gen-key", &format!("{name} <{name}@x>"), "ed25519", "sign", long]);
        let listed = person.gpg(&["--list-keys", "--with-colons"]);
        let line = listed.lines().find(|line| line.starts_with("fpr:")).unwrap();
        line.split(':').nth(9).unwrap().clone_into(&mut person.fingerprint);
        person
    }

    fn gpg(&self, arguments: &[&str]) -> String {
        let mut gpg = Command::new("gpg");
        gpg.arg("--homedir").arg(&self.home).args(["--batch", "--quiet"]);
        let output = gpg.args(self.time.split_whitespace()).args(arguments).output().unwrap();
        assert!(output.status.success(), "gpg {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Says that her key is not hers any more, by what gpg made for that when it made the key.
    fn revoke(&self) {
        let made = self.home.join(format!("openpgp-revocs.d/{}.rev", self.fingerprint));
        let file = self.home.join("revocation");
        fs::write(&file, fs::read_to_string(made).unwrap().replace(":-----BEGIN", "-----BEGIN")).unwrap();
        self.gpg(&["--import", file.to_str().unwrap()]);
    }

    /// What the ConfigMap has of her.
    fn public(&self) -> String {
        self.gpg(&["--armor", "--export"])
    }

    /// Signs what `git` makes with these arguments.
    fn signs(&self, repo: &Repo, arguments: &[&str]) -> String {
        let program = self.home.join("sign");
        fs::write(&program, format!("#!/bin/sh\nexec gpg --homedir '{}' {} \"$@\"\n", self.home.display(), self.time))
            .unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        let settings = [format!("gpg.program={}", program.display()), format!("user.signingKey={}", self.fingerprint)];
        repo.git(&[&["-c", &settings[0], "-c", &settings[1]], arguments].concat())
    }

    fn commits(&self, repo: &Repo, message: &str) -> String {
        repo.git(&["add", "--all"]);
        self.signs(repo, &["commit", "--quiet", "--allow-empty", "--gpg-sign", "--message", message]);
        repo.git(&["rev-parse", "HEAD"])
    }
}

fn asks(bench: &mut Bench, spec: Value) {
    bench.integrity = Project::read("team", &serde_json::from_value(spec).unwrap()).unwrap().0.integrity;
}

fn asks_for(bench: &mut Bench, mode: &str, keys: &[&str]) {
    let policy = json!({"repos": [{"url": "*"}], "gpg": {"mode": mode, "keys": keys}});
    asks(bench, json!({"sourceIntegrity": {"git": {"policies": [policy]}}}));
}

fn knows(bench: &mut Bench, people: &[&Person]) {
    let data = people.iter().map(|person| (person.fingerprint[24..].to_owned(), person.public()));
    bench.keyring = Keyring::new(&data.collect::<BTreeMap<_, _>>());
}

/// What comes of the repository's folder at that revision: the object, or why not, but for the repository's name.
async fn comes(bench: &Bench, repo: &Repo, revision: &str) -> String {
    let source = json!({"repoURL": repo.url(), "path": "app", "targetRevision": revision});
    shown(&bench.render(source).await).replace(&repo.url(), "REPO")
}

const GOOD: &str = "ConfigMap a {\"value\":\"1\"}\n";

#[tokio::test]
async fn a_commit_must_be_signed_by_a_key_that_the_project_names() {
    let mut bench = Bench::new().await;
    let (ann, bob) = (Person::new(bench.dir(), "ann"), Person::new(bench.dir(), "bob"));
    let repo = bench.repository("app");
    repo.write("app/a.yaml", config("a", "1"));
    let unsigned = repo.commit();
    let signed = ann.commits(&repo, "signed");
    let by_bob = bob.commits(&repo, "by bob");
    let (anns, bobs) = (&ann.fingerprint[24..], &bob.fingerprint[24..]);
    asks(&mut bench, json!({"signatureKeys": [{"keyID": anns}]}));
    let end = "(spec.signatureKeys of project team)\n";

    let said = comes(&bench, &repo, &signed).await;
    let why = format!("is signed by key {anns}, which is not in the ConfigMap argocd-gpg-keys-cm: add it there");
    assert_eq!(said, format!("signature: REPO: commit {signed} {why} {end}"));

    knows(&mut bench, &[&ann, &bob]);
    assert_eq!(comes(&bench, &repo, &signed).await, GOOD);
    let why = "is not signed: sign it, or deploy one that is";
    assert_eq!(comes(&bench, &repo, &unsigned).await, format!("signature: REPO: commit {unsigned} {why} {end}"));
    let why =
        format!("is signed by key {}, which may not sign: add that, or have it signed by another", bob.fingerprint);
    assert_eq!(comes(&bench, &repo, &by_bob).await, format!("signature: REPO: commit {by_bob} {why} {end}"));
    asks(&mut bench, json!({"signatureKeys": [{"keyID": anns}, {"keyID": bobs}]}));
    assert_eq!(comes(&bench, &repo, &by_bob).await, GOOD);
}

#[tokio::test]
async fn a_commit_that_was_changed_after_it_was_signed_is_refused() {
    let mut bench = Bench::new().await;
    let ann = Person::new(bench.dir(), "ann");
    let repo = bench.repository("app");
    repo.write("app/a.yaml", config("a", "1"));
    let signed = ann.commits(&repo, "signed");
    repo.write("app/a.yaml", config("a", "evil")).commit();
    let evil = repo.git(&["rev-parse", "HEAD^{tree}"]);
    let raw = repo.git(&["cat-file", "commit", &signed]);
    let tree = repo.git(&["rev-parse", &format!("{signed}^{{tree}}")]);
    let forge = |raw: String| {
        fs::write(repo.path().join("forged"), raw + "\n").unwrap();
        let id = repo.git(&["hash-object", "-t", "commit", "-w", "forged"]);
        repo.git(&["update-ref", "refs/heads/evil", &id]);
        id
    };
    asks_for(&mut bench, "head", &[&ann.fingerprint]);
    knows(&mut bench, &[&ann]);
    let changed = forge(raw.replace(&tree, &evil));
    let said = comes(&bench, &repo, &changed).await;
    assert!(said.contains("was changed after key"), "{said}");
    // A good signature beside a second one is none.
    let twice = forge(raw.replacen("gpgsig ", "gpgsig -----BEGIN PGP SIGNATURE-----\n \n -----END\ngpgsig ", 1));
    let said = comes(&bench, &repo, &twice).await;
    assert!(said.contains("has several signatures"), "{said}");
}

#[tokio::test]
async fn a_tag_may_be_signed_instead_of_its_commit() {
    let mut bench = Bench::new().await;
    let ann = Person::new(bench.dir(), "ann");
    let repo = bench.repository("app");
    repo.write("app/a.yaml", config("a", "1"));
    let commit = repo.commit();
    ann.signs(&repo, &["tag", "--sign", "--message=x", "v1.0.0"]);
    repo.git(&["tag", "--annotate", "--message=x", "plain"]);
    ann.signs(&repo, &["tag", "--sign", "--message=x", "nested", "plain"]);
    asks_for(&mut bench, "head", &[&ann.fingerprint]);
    knows(&mut bench, &[&ann]);
    assert_eq!(comes(&bench, &repo, "v1.0.0").await, GOOD);
    assert_eq!(comes(&bench, &repo, "1.*").await, GOOD);
    for (revision, why) in [
        ("main", "is not signed: sign it, or deploy one that is"),
        ("plain", "; its tag refs/tags/plain is not signed"),
        ("nested", "and tag refs/tags/nested is not of this commit itself"),
    ] {
        let said = comes(&bench, &repo, revision).await;
        assert!(said.contains(why), "{revision}: {said}");
    }
    bench.revisions = vec![commit];
    assert_eq!(comes(&bench, &repo, "v1.0.0").await, GOOD, "a sync names the commit that the tag was of");
}

#[tokio::test]
async fn ssh_keys_are_named_by_their_fingerprint_alone() {
    let mut bench = Bench::new().await;
    let repo = bench.repository("app");
    repo.write("app/a.yaml", config("a", "1"));
    for kind in ["ed25519", "ecdsa", "rsa"] {
        let key = bench.dir().join(kind);
        let made = Command::new("ssh-keygen").args(["-q", "-t", kind, "-N", "", "-f"]).arg(&key).status().unwrap();
        assert!(made.success());
        let output = Command::new("ssh-keygen").arg("-lf").arg(&key).output().unwrap();
        let told = String::from_utf8(output.stdout).unwrap();
        let fingerprint = told.split(' ').nth(1).unwrap();
        repo.git(&["add", "--all"]);
        let signing = format!("user.signingKey={}", key.display());
        repo.git(&["-c", "gpg.format=ssh", "-c", &signing, "commit", "--quiet", "--allow-empty", "-S", "--message=x"]);
        let commit = repo.git(&["rev-parse", "HEAD"]);
        asks_for(&mut bench, "head", &[fingerprint]);
        assert_eq!(comes(&bench, &repo, &commit).await, GOOD, "{kind}");
        asks_for(&mut bench, "head", &["SHA256:ohD8VZEXGWo6Ez8GSEJQ9WpafgLFsOfLOtGGQCQo6Og"]);
        let said = comes(&bench, &repo, &commit).await;
        assert!(said.contains(&format!("is signed by key {fingerprint}, which may not sign")), "{said}");
        let raw = repo.git(&["cat-file", "commit", &commit]);
        fs::write(repo.path().join("forged"), raw + "\nmore\n").unwrap();
        let forged = repo.git(&["hash-object", "-t", "commit", "-w", "forged"]);
        repo.git(&["update-ref", "refs/heads/evil", &forged]);
        asks_for(&mut bench, "head", &[fingerprint]);
        let said = comes(&bench, &repo, &forged).await;
        assert!(said.contains("was changed after it was signed"), "{said}");
    }
}

#[tokio::test]
async fn a_strict_policy_looks_at_all_that_a_commit_is_made_of() {
    let mut bench = Bench::new().await;
    let (ann, bob) = (Person::new(bench.dir(), "ann"), Person::new(bench.dir(), "bob"));
    let repo = bench.repository("app");
    repo.write("app/a.yaml", config("a", "1"));
    let unsigned = repo.commit();
    let first = ann.commits(&repo, "signed");
    asks_for(&mut bench, "strict", &[&ann.fingerprint]);
    knows(&mut bench, &[&ann, &bob]);
    let said = comes(&bench, &repo, &first).await;
    let field = "spec.sourceIntegrity.git.policies[0]";
    let why = format!("commit {unsigned} is not signed: sign it, or deploy one that is ({field} of project team)");
    assert_eq!(said, format!("signature: REPO: {why}\n"));

    // Only a seal of one who may sign vouches for what was before.
    let by_bob = bob.commits(&repo, "seal\n\nArgocd-gpg-seal: trust me");
    let said = comes(&bench, &repo, &by_bob).await;
    assert!(said.contains(&format!("commit {by_bob} is signed by key {}", bob.fingerprint)), "{said}");
    assert!(said.contains(&unsigned), "{said}");
    ann.commits(&repo, "seal\n\nArgocd-gpg-seal: from here on");
    let next = ann.commits(&repo, "more");
    assert_eq!(comes(&bench, &repo, &next).await, GOOD);
    let later = repo.commit();
    let said = comes(&bench, &repo, &later).await;
    assert!(said.contains(&later) && !said.contains(&unsigned), "{said}");
}

#[tokio::test]
async fn keys_that_are_over_sign_nothing() {
    let mut bench = Bench::new().await;
    let ann = Person::new(bench.dir(), "ann");
    let eve = Person::of(bench.dir(), "eve", "1y", "--faked-system-time=20200101T000000!");
    let repo = bench.repository("app");
    repo.write("app/a.yaml", config("a", "1"));
    let (by_ann, by_eve) = (ann.commits(&repo, "x"), eve.commits(&repo, "x"));
    asks_for(&mut bench, "head", &[&ann.fingerprint, &eve.fingerprint]);
    knows(&mut bench, &[&ann, &eve]);
    assert_eq!(comes(&bench, &repo, &by_ann).await, GOOD);
    let said = comes(&bench, &repo, &by_eve).await;
    assert!(said.contains("which has expired: extend it in the ConfigMap argocd-gpg-keys-cm"), "{said}");
    ann.revoke();
    knows(&mut bench, &[&ann, &eve]);
    let said = comes(&bench, &repo, &by_ann).await;
    assert!(said.contains("which is revoked: have it signed by another"), "{said}");
}
