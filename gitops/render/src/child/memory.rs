//! How much memory a program really has.
//!
//! The kernel's limit alone does not hold a Go program: it reserves room first, which counts for nothing, and what is then mapped
//! over that room is not counted against the limit either (Linux takes the pages that are replaced off before it compares, whatever
//! they were). Helm was seen with 2 GB under a limit of 300 MiB.

use std::fs;
use std::future::pending;
use std::time::Duration;

use tokio::time::sleep;

/// How often it is looked at. Memory is filled with some gigabytes a second at most.
const LOOK: Duration = Duration::from_millis(20);

/// Returns once that process, with those that it started, has more than so many bytes of memory of its own; never, if it never does.
pub(super) async fn above(process: Option<u32>, most: u64) {
    let Some(process) = process else { return pending().await };
    while with_children(process) <= most {
        sleep(LOOK).await;
    }
}

/// What a process has, and what its children have: Kustomize runs Helm. Where this kernel does not tell of children, they are left out.
fn with_children(process: u32) -> u64 {
    let threads = fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten();
    let children = threads.filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
    let of_children = children.map(|list| list.split_whitespace().filter_map(|id| own(id.parse().ok()?)).sum::<u64>());
    own(process).unwrap_or_default() + of_children.sum::<u64>()
}

/// The bytes that a process has in memory, files apart. `None` where it is gone.
fn own(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let kilobytes = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()
    };
    Some((kilobytes("RssAnon:")? + kilobytes("RssShmem:")?) * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_has_some_memory_and_one_that_is_gone_has_none() {
        assert!(own(std::process::id()).is_some_and(|own| own > 100_000));
        assert_eq!(own(u32::MAX), None);
    }
}
