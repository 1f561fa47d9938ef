//! What a program in the jail may and may not do, with scripts in Helm's place.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use sluice_render::{Kind, Limits, Programs, RenderError, Rendered};

use crate::bench::{Bench, programs};

/// Renders a chart with a script in Helm's place.
async fn render(limits: Limits, script: &str) -> (Bench, Result<Rendered, RenderError>) {
    let dir = tempfile::tempdir().unwrap().keep();
    let helm = dir.join("helm");
    fs::write(&helm, format!("#!/bin/bash\n[ \"$1\" = version ] && exit\n{script}\n")).unwrap();
    fs::set_permissions(&helm, fs::Permissions::from_mode(0o755)).unwrap();
    let bench = Bench::with_programs(limits, Programs { helm, ..programs() }).await;
    let repo = bench.repository("app");
    repo.write("Chart.yaml", "apiVersion: v2\nname: c\nversion: 0.1.0\n").commit();
    let rendered = bench.render(json!({"repoURL": repo.url(), "path": "."})).await;
    fs::remove_dir_all(dir).unwrap();
    (bench, rendered)
}

fn quick() -> Limits {
    Limits { run: Duration::from_secs(10), output: 1 << 20, file: 1 << 20, ..Limits::default() }
}

/// A ConfigMap with what a command says.
fn says(command: &str) -> String {
    format!(
        "echo '{{\"apiVersion\": \"v1\", \"kind\": \"ConfigMap\", \"metadata\": {{\"name\": \"a\"}}, \"data\": {{\"said\": \"'$({command} | base64 -w0)'\"}}}}'"
    )
}

fn said(rendered: &Rendered) -> String {
    use base64::Engine;
    let text = rendered.objects[0].pointer("/data/said").and_then(Value::as_str).unwrap();
    String::from_utf8(base64::prelude::BASE64_STANDARD.decode(text).unwrap()).unwrap()
}

/// A process of that number that still runs, and is no zombie.
fn runs(pid: &str) -> bool {
    let status = fs::read_to_string(Path::new("/proc").join(pid.trim()).join("stat")).unwrap_or_default();
    !status.is_empty() && !status.contains(") Z ")
}

async fn gone(pid: &str) {
    for _ in 0..100 {
        if !runs(pid) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("process {pid} runs still");
}

#[tokio::test]
async fn children_do_not_outlive_a_run() {
    for (end, is_ok) in [("exit 0", true), ("sleep 1000", false)] {
        let pid = tempfile::NamedTempFile::new().unwrap();
        let file = pid.path().display();
        let object = says("echo hi");
        let (_, rendered) =
            render(quick(), &format!("sleep 1000 >/dev/null 2>&1 </dev/null & echo $! > {file}\n{object}\n{end}"))
                .await;
        assert_eq!(rendered.is_ok(), is_ok, "{:?}", rendered.err());
        let pid = fs::read_to_string(pid.path()).unwrap();
        assert!(!pid.is_empty());
        gone(&pid).await;
    }
}

#[tokio::test]
async fn a_render_that_is_given_up_leaves_nothing() {
    let pid = tempfile::NamedTempFile::new().unwrap();
    let script = format!("echo $$ > {}; sleep 1000", pid.path().display());
    let begun = async {
        loop {
            let seen = fs::read_to_string(pid.path()).unwrap();
            if seen.ends_with('\n') {
                return seen;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let pid = tokio::select! {
        pid = begun => pid,
        _ = render(Limits::default(), &script) => panic!("it ended by itself"),
    };
    gone(&pid).await;
}

#[tokio::test]
async fn output_and_files_end_where_they_may() {
    let (_, endless) = render(quick(), "yes").await;
    let error = endless.unwrap_err();
    assert_eq!(
        (error.kind, error.text.as_str()),
        (Kind::Limit, "helm template: it was stopped: it renders more than 1 MiB")
    );
    let (_, large) = render(quick(), "head -c 2000000 /dev/zero > large || exit 7").await;
    assert_eq!(large.unwrap_err().kind, Kind::Tool);
}

#[tokio::test]
async fn memory_ends_where_it_may() {
    let limits = Limits { memory: 300 << 20, run: Duration::from_secs(30), ..Limits::default() };
    let bench = Bench::with(limits).await;
    let repo = bench.repository("app");
    repo.write("chart/Chart.yaml", "apiVersion: v2\nname: c\nversion: 0.1.0\n");
    repo.write("chart/templates/a.yaml", r#"{{ repeat 2000000000 "x" | len }}"#);
    repo.write("jsonnet/a.jsonnet", "std.length(std.repeat('xxxxxxxxxxxxxxxx', 100000000))").commit();
    for (path, who) in [
        ("chart", "helm template: it was stopped: it wants more than 300 MiB"),
        ("jsonnet", "jsonnet/a.jsonnet: jsonnet was stopped (it may take 300 MiB"),
    ] {
        let error = bench.render(json!({"repoURL": repo.url(), "path": path})).await.unwrap_err();
        assert_eq!(error.kind, Kind::Limit, "{}", error.text);
        assert!(error.text.starts_with(who), "{}", error.text);
    }
}

/// What is shared, if only with itself, the kernel's limit does not count, as it does not count what Go maps over room that it reserved.
#[tokio::test]
async fn memory_that_the_kernel_does_not_count_ends_too() {
    let limits = Limits { memory: 100 << 20, ..quick() };
    let fill = "python3 -c 'import mmap, time; m = mmap.mmap(-1, 200 << 20); [m.write(bytes(1 << 20)) for _ in range(200)]; time.sleep(60)'";
    // The program itself, and one that it starts.
    for script in [format!("exec {fill}"), format!("{fill}; exit")] {
        let (_, rendered) = render(limits.clone(), &script).await;
        let error = rendered.unwrap_err();
        assert_eq!(error.kind, Kind::Limit);
        assert_eq!(error.text, "helm template: it was stopped: it wants more than 100 MiB of memory");
    }
}

#[tokio::test]
async fn a_program_is_told_nothing_of_ours() {
    let (_, rendered) = render(quick(), &says("env")).await;
    let told = said(&rendered.unwrap());
    let mut names: Vec<&str> = told.lines().filter_map(|line| Some(line.split_once('=')?.0)).collect();
    names.sort_unstable();
    let proxies = names.iter().filter(|name| name.to_lowercase().ends_with("_proxy")).count();
    names.retain(|name| !name.to_lowercase().ends_with("_proxy"));
    // The last three are the shell's own.
    let ours =
        ["HELM_CACHE_HOME", "HELM_CONFIG_HOME", "HELM_DATA_HOME", "HELM_PLUGINS", "HOME", "KUBECONFIG", "LANG", "PATH"];
    assert_eq!((names, proxies), ([&ours[..], &["PWD", "SHLVL", "TMPDIR", "_"]].concat(), 6));
}

#[tokio::test]
async fn a_program_has_no_network_where_the_kernel_can_cut_it_off() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let reach = format!("(exec 3<>/dev/tcp/127.0.0.1/{port}) 2>/dev/null && echo reached || echo cut off");
    let (bench, rendered) = render(quick(), &says(&format!("({reach})"))).await;
    let expected = if bench.workshop.cuts_off() { "cut off" } else { "reached" };
    assert_eq!(said(&rendered.unwrap()).trim(), expected);
}

/// A condition that changed its text with each try would be written each time.
#[tokio::test]
async fn the_same_trouble_is_told_in_the_same_words() {
    let bench = Bench::new().await;
    let repo = bench.repository("app");
    repo.write("gone/kustomization.yaml", "resources: [nope.yaml]\n");
    repo.write("chart/Chart.yaml", "apiVersion: v2\nname: c\nversion: 0.1.0\n")
        .write("chart/values.yaml", "a: [")
        .commit();
    for path in ["gone", "chart"] {
        let mut texts = Vec::new();
        for _ in 0..2 {
            texts.push(bench.render(json!({"repoURL": repo.url(), "path": path})).await.unwrap_err().text);
        }
        assert_eq!(texts[0], texts[1]);
        assert!(!texts[0].contains(".tmp"), "{}", texts[0]);
    }
}
