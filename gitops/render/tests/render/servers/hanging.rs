//! Servers and programs that hang, and their neighbours.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

use futures::future::{Either, select_all};
use serde_json::{Value, json};
use sluice_render::{Limits, Programs};

use crate::bench::{Bench, config, programs};

/// Long before the hanging ones are given up.
const SOON: Duration = Duration::from_secs(8);

fn patient() -> Limits {
    Limits { ask: Duration::from_mins(1), fetch: Duration::from_mins(1), ..Limits::default() }
}

/// Renders twenty Applications of what hangs, and beside them one of a repository that does not.
async fn check(bench: &Bench, hanging: impl Fn(usize) -> Value) {
    let repo = bench.repository("neighbour");
    let first = repo.write("app/a.yaml", config("a", "1")).commit();
    let stuck = select_all((0..20).map(|n| Box::pin(bench.render(hanging(n)))));
    let neighbour = Box::pin(async {
        // Once the others hang.
        tokio::time::sleep(Duration::from_secs(1)).await;
        let began = Instant::now();
        (bench.render(json!({"repoURL": repo.url(), "path": "app"})).await, began.elapsed())
    });
    match futures::future::select(stuck, neighbour).await {
        Either::Left(((ended, ..), _)) => panic!("it was to hang: {ended:?}"),
        Either::Right(((rendered, took), _)) => {
            assert_eq!(rendered.unwrap().sources[0].revision, first);
            assert!(took < SOON, "{took:?}");
        }
    }
}

/// The address of a server that accepts, and says nothing.
fn silent() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || listener.incoming().map(Result::unwrap).collect::<Vec<_>>());
    url
}

#[tokio::test]
async fn repositories_of_a_silent_server_delay_no_other() {
    let (bench, url) = (Bench::with(patient()).await, silent());
    check(&bench, |n| json!({"repoURL": format!("{url}/{n}.git"), "path": "app"})).await;
}

#[tokio::test]
async fn charts_that_need_others_of_a_silent_server_delay_no_other() {
    let (bench, url) = (Bench::with(Limits { at_once: 2, ..patient() }).await, silent());
    let repo = bench.repository("charts");
    let needs = format!("dependencies: [{{name: lib, version: 1.0.0, repository: {url:?}}}]");
    let chart = format!("apiVersion: v2\nname: shop\nversion: 1.0.0\n{needs}\n");
    repo.write("shop/Chart.yaml", chart).write("shop/templates/a.yaml", config("a", "1")).commit();
    check(&bench, |_| json!({"repoURL": repo.url(), "path": "shop"})).await;
}

#[tokio::test]
async fn a_git_that_hangs_at_one_server_delays_no_other() {
    let scripts = tempfile::tempdir().unwrap();
    let git = scripts.path().join("git");
    fs::write(&git, "#!/bin/sh\ncase \"$*\" in *hangs.example*) exec sleep 600 ;; *) exec git \"$@\" ;; esac\n")
        .unwrap();
    fs::set_permissions(&git, fs::Permissions::from_mode(0o755)).unwrap();
    let bench = Bench::with_programs(patient(), Programs { git, ..programs() }).await;
    check(&bench, |n| json!({"repoURL": format!("https://hangs.example/{n}.git"), "path": "app"})).await;
}
