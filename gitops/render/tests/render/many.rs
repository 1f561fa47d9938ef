//! A thousand Applications of one repository, and what they cost.

use std::fs;
use std::sync::Arc;

use serde_json::{Value, json};
use sluice_render::Rendered;

use crate::bench::{Bench, config};
use crate::servers::git::backend;
use crate::servers::http::Server;

const APPLICATIONS: usize = 1000;

/// Seconds of the processor, this process's own and those of its children that ended.
fn spent() -> [f64; 2] {
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    let behind_name = stat.rsplit_once(") ").unwrap().1;
    let ticks: Vec<f64> = behind_name.split(' ').skip(11).take(4).map(|ticks| ticks.parse().unwrap()).collect();
    [(ticks[0] + ticks[1]) / 100.0, (ticks[2] + ticks[3]) / 100.0]
}

/// The most memory that this process ever had, in MiB.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1024
}

/// Renders all, and says what it cost.
async fn all(bench: &Bench, what: &str, sources: &[Value]) -> Vec<Rendered> {
    let before = spent();
    let each = sources.iter().map(|source| bench.render(source.clone()));
    let rendered = futures::future::join_all(each).await.into_iter().map(Result::unwrap).collect();
    let [own, children] = [0, 1].map(|of| spent()[of] - before[of]);
    println!("{what}: {own:.2} s of the processor, {children:.2} s of programs; {} MiB at most", peak());
    rendered
}

/// How often the repository was asked: each fetch is two questions, for what there is and for what is wanted.
fn asked(server: &Server) -> usize {
    std::mem::take(&mut *server.asked.lock().unwrap()).len()
}

/// One question for what a repository has, one fetch, and one render for each folder that changed, however many Applications there are.
#[tokio::test]
async fn a_thousand_applications_of_a_repository_share_one_fetch_and_render_what_changed() {
    let mut bench = Bench::new().await;
    let repo = bench.repository("fleet");
    for n in 0..APPLICATIONS {
        repo.write(&format!("apps/{n}/config.yaml"), config("a", "1"));
    }
    repo.commit();
    let root = bench.dir().to_owned();
    let server = Server::start(move |ask| backend(&root, ask));
    let url = format!("{}/fleet/.git", server.url());
    let sources: Vec<_> = (0..APPLICATIONS).map(|n| json!({"repoURL": url, "path": format!("apps/{n}")})).collect();
    let first = all(&bench, "installed", &sources).await;
    let alone = asked(&server);
    assert!(alone <= 6, "{alone} questions");

    let again = all(&bench, "asked again", &sources).await;
    assert_eq!((again == first, asked(&server)), (true, 0));

    repo.write("apps/7/config.yaml", config("a", "2")).commit();
    bench.later(100);
    let after = all(&bench, "after a commit", &sources).await;
    assert!(asked(&server) <= alone);
    let same = |one: &Rendered, other: &Rendered| {
        one.key == other.key && one.objects.iter().zip(&other.objects).all(|(one, other)| Arc::ptr_eq(one, other))
    };
    let changed: Vec<_> = (0..APPLICATIONS).filter(|&n| !same(&first[n], &after[n])).collect();
    assert_eq!(changed, [7]);
}
