//! The messages of each sender, as far as they tell of a push.

use serde_json::Value;

use super::Push;

fn text(value: &Value, pointer: &str) -> Option<String> {
    value.pointer(pointer).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
}

fn texts(value: &Value, pointers: &[&str]) -> Vec<String> {
    pointers.iter().filter_map(|pointer| text(value, pointer)).collect()
}

fn list<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    value.pointer(pointer).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// GitHub, and who sends the same: Gitea, Gogs.
pub(super) fn github(value: &Value) -> Push {
    Push {
        addresses: texts(
            value,
            &["/repository/html_url", "/repository/clone_url", "/repository/ssh_url", "/repository/git_url"],
        ),
        refs: texts(value, &["/ref"]),
        own_branch: text(value, "/repository/default_branch"),
        changed: changed(value, value.get("total_commits")),
    }
}

pub(super) fn gitlab(value: &Value) -> Push {
    Push {
        addresses: texts(value, &["/project/web_url", "/project/git_http_url", "/project/git_ssh_url"]),
        refs: texts(value, &["/ref"]),
        own_branch: text(value, "/project/default_branch"),
        changed: changed(value, value.get("total_commits_count")),
    }
}

/// Bitbucket in the cloud tells no files.
pub(super) fn bitbucket(value: &Value) -> Push {
    let name = text(value, "/repository/full_name").unwrap_or_default();
    let change = |change: &Value| {
        let pushed = change.get("new").filter(|new| !new.is_null()).or_else(|| change.get("old"))?;
        let kind = if text(pushed, "/type")? == "tag" { "tags" } else { "heads" };
        Some(format!("refs/{kind}/{}", text(pushed, "/name")?))
    };
    let mut addresses = texts(value, &["/repository/links/html/href"]);
    addresses.extend((!name.is_empty()).then(|| format!("git@bitbucket.org:{name}.git")));
    Push {
        addresses,
        refs: list(value, "/push/changes").iter().filter_map(change).collect(),
        own_branch: text(value, "/repository/mainbranch/name"),
        changed: None,
    }
}

/// Bitbucket on one's own server tells no files, either.
pub(super) fn bitbucket_server(value: &Value) -> Push {
    Push {
        addresses: list(value, "/repository/links/clone").iter().filter_map(|link| text(link, "/href")).collect(),
        refs: list(value, "/changes").iter().filter_map(|change| text(change, "/ref/id")).collect(),
        own_branch: None,
        changed: None,
    }
}

/// The files of all commits. Where there are more commits than are told, nobody knows; where there are none, a branch was made or
/// moved back.
fn changed(value: &Value, count: Option<&Value>) -> Option<Vec<String>> {
    let commits = list(value, "/commits");
    let all = count.and_then(Value::as_u64).is_none_or(|count| count <= commits.len() as u64);
    let forced = value.get("forced").and_then(Value::as_bool).unwrap_or_default();
    if !all || forced || commits.is_empty() {
        return None;
    }
    let of = |commit: &Value| {
        let lists = ["/added", "/modified", "/removed"].map(|name| list(commit, name).to_vec());
        lists.concat().iter().filter_map(|file| file.as_str().map(str::to_owned)).collect::<Vec<_>>()
    };
    let mut files: Vec<String> = commits.iter().flat_map(of).collect();
    files.sort();
    files.dedup();
    Some(files)
}

/// Bytes out of hexadecimal digits.
pub(super) fn unhexed(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u32>> = text.chars().map(|digit| digit.to_digit(16)).collect();
    let pairs = digits.filter(|digits| digits.len() % 2 == 0)?;
    pairs.chunks_exact(2).map(|pair| u8::try_from(pair.iter().fold(0, |all, digit| all * 16 + digit)).ok()).collect()
}
