//! Words for what Applications name.

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use sluice_crds::{ApplicationSource, Destination, InitiatedBy};

/// The address of the cluster that a controller runs in.
const HERE: &str = "https://kubernetes.default.svc";

/// A kind, with its group behind it.
pub(super) fn kind(group: &str, kind: &str) -> String {
    if group.is_empty() { kind.to_owned() } else { format!("{kind}.{group}") }
}

/// Who asked for something.
pub(super) fn by(who: Option<&InitiatedBy>) -> String {
    let Some(who) = who else { return String::new() };
    match &who.username {
        Some(name) if !name.is_empty() => name.clone(),
        _ if who.automated => "itself".to_owned(),
        _ => String::new(),
    }
}

/// Where it comes from, source by source.
pub(crate) fn sources(one: Option<&ApplicationSource>, several: &[ApplicationSource]) -> Vec<String> {
    let all: Vec<_> = if several.is_empty() { one.into_iter().collect() } else { several.iter().collect() };
    all.into_iter().map(source).collect()
}

/// Where it goes.
pub(crate) fn destination(to: &Destination) -> String {
    let server = to.server.clone().unwrap_or_default();
    let cluster = to.name.clone().filter(|name| !name.is_empty()).unwrap_or(server);
    let cluster = if cluster == HERE { "in-cluster".to_owned() } else { cluster };
    match to.namespace.as_deref().filter(|namespace| !namespace.is_empty()) {
        Some(namespace) => format!("{cluster} / {namespace}"),
        None => cluster,
    }
}

/// A commit or version, or those of several sources.
pub(super) fn revision(one: &str, several: &[String]) -> String {
    if several.is_empty() { one.to_owned() } else { several.join(", ") }
}

/// Commits as people write them.
pub(super) fn short(text: &str) -> String {
    let is_commit = |word: &str| word.len() == 40 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    let words = text.split(", ").flat_map(|word| word.split(','));
    words.map(|word| if is_commit(word) { word.get(..8).unwrap_or(word) } else { word }).collect::<Vec<_>>().join(", ")
}

/// A time as the API has it.
pub(super) fn time(time: Option<&Time>) -> Option<Timestamp> {
    time.map(|time| time.0)
}

fn source(one: &ApplicationSource) -> String {
    let text = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    let place = text(&one.chart).or_else(|| text(&one.path));
    let at = text(&one.target_revision).map(|at| format!("@ {at}"));
    [Some(bare(&one.repo_url)), place, at].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// A URL without the credentials that some people write into it.
fn bare(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let (host, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    format!("{scheme}://{host}{path}")
}

/// Whether it is the cluster that the dashboard shows.
pub(crate) fn is_here(to: &Destination) -> bool {
    let name = to.name.as_deref().unwrap_or_default();
    let server = to.server.as_deref().unwrap_or_default();
    name == "in-cluster" || (name.is_empty() && (server.is_empty() || server == HERE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_in_a_url_are_not_shown() {
        for (url, shown) in [
            ("https://ann:secret@git.test/shop.git", "https://git.test/shop.git"),
            ("https://git.test/a@b", "https://git.test/a@b"),
            ("https://a:b@c@git.test", "https://git.test"),
            ("git@git.test:shop.git", "git@git.test:shop.git"),
            ("oci://registry.test/charts", "oci://registry.test/charts"),
        ] {
            assert_eq!(bare(url), shown);
        }
    }

    #[test]
    fn commits_are_short_and_other_revisions_whole() {
        let commit = "0123456789abcdef0123456789abcdef01234567";
        assert_eq!(short(commit), "01234567");
        assert_eq!(short(&format!("{commit},1.2.3")), "01234567, 1.2.3");
        assert_eq!(short("release-of-the-day-that-is-quite-longish1"), "release-of-the-day-that-is-quite-longish1");
    }
}
