//! How much of everything is allowed.

use std::time::Duration;

const KIB: u64 = 1024;
const MIB: u64 = 1024 * KIB;

/// How much of everything is allowed: where somebody else's input could be endless, it ends here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// For one question to a repository, such as what its branches are.
    pub ask: Duration,
    /// For fetching a commit or a chart.
    pub fetch: Duration,
    /// For one run of Helm, Kustomize or jsonnet.
    pub run: Duration,
    /// How long a repository that failed is left alone.
    pub retry: Duration,
    /// Bytes of one pack that is fetched.
    pub pack: u64,
    /// Bytes of all that is kept of a repository, before it is fetched anew.
    pub store: u64,
    /// Files in one commit.
    pub files: usize,
    /// Bytes of one file.
    pub file: u64,
    /// Bytes of all files that one source reads.
    pub source: u64,
    /// Bytes of all manifests of a directory; jsonnet does not count.
    pub manifests: u64,
    /// Objects that one Application may have.
    pub objects: usize,
    /// Bytes that a program may write to its output.
    pub output: u64,
    /// Bytes of memory that a program may take.
    pub memory: u64,
    /// Bytes of a Helm repository's index.
    pub index: u64,
    /// Bytes of a chart, packed.
    pub chart: u64,
    /// Applications that may be rendered at once, from reading their files on.
    pub at_once: usize,
    /// Programs that may run at once, beside those that talk to a server.
    pub programs: usize,
    /// Talks with servers that there may be at once.
    pub talks: usize,
    /// Talks with one and the same server.
    pub talks_to_one: usize,
    /// Bytes of what is kept rendered.
    pub cache: usize,
    /// How many renders are kept.
    pub renders: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            ask: Duration::from_secs(15),
            fetch: Duration::from_secs(90),
            run: Duration::from_mins(1),
            retry: Duration::from_secs(10),
            pack: 1024 * MIB,
            store: 2048 * MIB,
            files: 100_000,
            file: 16 * MIB,
            source: 128 * MIB,
            // As the established controller has it.
            manifests: 10 * MIB,
            objects: 10_000,
            output: 64 * MIB,
            memory: 1024 * MIB,
            index: 64 * MIB,
            chart: 20 * MIB,
            at_once: 16,
            programs: 4,
            talks: 32,
            talks_to_one: 4,
            cache: 64 * 1024 * 1024,
            renders: 20_000,
        }
    }
}

/// A number of bytes as people write it.
pub(crate) fn bytes(count: u64) -> String {
    match count {
        0..KIB => format!("{count} bytes"),
        KIB..MIB => format!("{} KiB", count.div_ceil(KIB)),
        _ => format!("{} MiB", count.div_ceil(MIB)),
    }
}
