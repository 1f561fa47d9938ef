//! Repositories and charts that mean harm, or are only broken: a clear error within limits, and nothing else.

use std::io::Read;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::json;
use sluice_render::{Kind, Limits};

use crate::bench::{Bench, config, shown};

fn quick() -> Limits {
    Limits {
        ask: Duration::from_secs(1),
        fetch: Duration::from_secs(2),
        run: Duration::from_secs(3),
        ..Limits::default()
    }
}

/// A file of this machine that no render may show.
const SECRET: &str = "hunter2-of-this-machine";

#[tokio::test]
async fn no_link_shows_a_file_of_this_machine() {
    let bench = Bench::new().await;
    let secret = bench.dir().join("secret.yaml");
    std::fs::write(&secret, config(SECRET, SECRET)).unwrap();
    let repo = bench.repository("evil");
    repo.link("absolute/a.yaml", secret.to_str().unwrap());
    repo.link("up/a.yaml", "../../secret.yaml");
    repo.link("folder/sub", bench.dir().to_str().unwrap()).write("folder/a.yaml", config("a", "1"));
    repo.link("circle/a.yaml", "b.yaml").link("circle/b.yaml", "a.yaml");
    repo.write("jsonnet/a.jsonnet", format!("{{a: importstr '{}'}}", secret.display()));
    repo.write("jsonnet-up/a.jsonnet", "{a: importstr '../../secret.yaml'}");
    for chart in ["chart", "values", "file", "chart-link"] {
        repo.write(&format!("{chart}/Chart.yaml"), "apiVersion: v2\nname: c\nversion: 0.1.0\n");
        repo.write(&format!("{chart}/templates/a.yaml"), "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  a: {{ .Files.Get \"../../secret.yaml\" | quote }}\n");
    }
    repo.link("values/values.yaml", secret.to_str().unwrap());
    repo.link("file/values-x.yaml", "../../secret.yaml");
    repo.link("chart-link/templates/b.yaml", secret.to_str().unwrap());
    repo.commit();
    let source = |path: &str, more: serde_json::Value| {
        let mut source = json!({"repoURL": repo.url(), "path": path});
        json_patch::merge(&mut source, &more);
        source
    };
    let recurse = json!({"directory": {"recurse": true}});
    let helm = |file: &str| json!({"helm": {"valueFiles": [file]}});
    for (source, kind) in [
        (source("absolute", json!({})), Some(Kind::Escape)),
        (source("up", json!({})), Some(Kind::Escape)),
        (source("folder", recurse), Some(Kind::Escape)),
        (source("circle", json!({})), Some(Kind::Limit)),
        (source("jsonnet", json!({})), Some(Kind::Escape)),
        (source("jsonnet-up", json!({})), Some(Kind::Escape)),
        (source("values", json!({})), Some(Kind::Escape)),
        (source("file", helm("values-x.yaml")), Some(Kind::Escape)),
        (source("chart-link", json!({})), Some(Kind::Escape)),
        (source("chart", helm(secret.to_str().unwrap())), Some(Kind::NotFound)),
        (source("chart", helm("../../secret.yaml")), Some(Kind::Escape)),
        (
            source("chart", json!({"helm": {"fileParameters": [{"name": "a", "path": "/../secret.yaml"}]}})),
            Some(Kind::Escape),
        ),
        (source("chart", json!({})), None),
    ] {
        let rendered = bench.render(source.clone()).await;
        assert!(!shown(&rendered).contains(SECRET), "{source}");
        assert_eq!(rendered.err().map(|error| error.kind), kind, "{source}");
    }
}

#[tokio::test]
async fn parameters_are_no_options_of_helm() {
    let bench = Bench::new().await;
    let repo = bench.repository("evil");
    repo.write("c/Chart.yaml", "apiVersion: v2\nname: c\nversion: 0.1.0\n");
    repo.write("c/templates/a.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n").commit();
    let post = |helm: serde_json::Value| json!({"repoURL": repo.url(), "path": "c", "helm": helm});
    for helm in [
        json!({"releaseName": "--post-renderer=/bin/true"}),
        json!({"valueFiles": ["--post-renderer=/bin/true"]}),
        json!({"parameters": [{"name": "--post-renderer", "value": "/bin/true"}]}),
        json!({"kubeVersion": "--debug"}),
        json!({"namespace": "--post-renderer=/bin/true"}),
    ] {
        let rendered = bench.render(post(helm.clone())).await;
        let harmless = rendered.as_ref().is_ok_and(|rendered| rendered.objects.len() == 1);
        assert!(harmless || rendered.is_err(), "{helm}");
    }
}

#[tokio::test]
async fn bombs_in_manifests_do_not_go_off() {
    let bench = Bench::with(Limits { source: 60 << 20, file: 20 << 20, ..Limits::default() }).await;
    let repo = bench.repository("evil");
    let names: Vec<String> = ('a'..='j').map(String::from).collect();
    let mut laughs =
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: lol}\na: &a [lol,lol,lol,lol,lol,lol,lol,lol,lol]\n"
            .to_owned();
    for pair in names.windows(2) {
        laughs += &format!("{}: &{} [{}]\n", pair[1], pair[1], vec![format!("*{}", pair[0]); 9].join(","));
    }
    repo.write("laughs/a.yaml", laughs);
    repo.write("big/a.yaml", config("big", &"x".repeat(50 << 20)));
    repo.write(
        "many/a.yaml",
        (0..20_000).map(|n| format!("---\n{}", config(&format!("c{n}"), "x"))).collect::<String>(),
    );
    repo.write(
        "deep/a.json",
        format!(
            "{{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{{\"name\":\"a\"}},\"x\":{}{}}}",
            "[".repeat(9000),
            "]".repeat(9000)
        ),
    );
    repo.commit();
    for (path, kind, said) in [
        ("laughs", Kind::Manifest, "laughs/a.yaml: "),
        ("big", Kind::Limit, "the manifests in \"big\" have 51 MiB; a folder may have 10 MiB: "),
        ("many", Kind::Limit, "it has more than 10000 objects: "),
        ("deep", Kind::Manifest, "deep/a.json: recursion limit exceeded"),
    ] {
        let error = bench.render(json!({"repoURL": repo.url(), "path": path})).await.unwrap_err();
        assert_eq!(error.kind, kind, "{path}: {}", error.text);
        assert!(error.text.starts_with(said), "{path}: {}", error.text);
        assert!(error.text.len() < 1000, "{path}");
    }
}

#[tokio::test]
async fn programs_that_never_end_are_ended() {
    let bench = Bench::with(quick()).await;
    let repo = bench.repository("evil");
    let loops = r#"{{ define "again" }}{{ range until 1000000 }}{{ range until 1000000 }}{{ . }}{{ end }}{{ end }}{{ end }}{{ template "again" . }}"#;
    let deep = r#"{{ define "deep" }}{{ template "deep" . }}{{ end }}{{ template "deep" . }}"#;
    let eats = r#"{{ $all := list }}{{ range until 100000 }}{{ $all = append $all (repeat 1000000 "x") }}{{ end }}{{ len $all }}"#;
    let silent = r#"{{ range until 1000000 }}{{ range until 1000000 }}{{ end }}{{ end }}"#;
    for (name, template) in [("loops", loops), ("deep", deep), ("eats", eats), ("silent", silent)] {
        repo.write(&format!("{name}/Chart.yaml"), format!("apiVersion: v2\nname: {name}\nversion: 0.1.0\n"));
        repo.write(&format!("{name}/templates/a.yaml"), template);
    }
    repo.write("jsonnet-loops/a.jsonnet", "local f(n) = if n == 0 then 0 else f(n - 1) + f(n - 1); f(300)");
    repo.write("jsonnet-eats/a.jsonnet", "std.length(std.foldl(function(a, n) a + a, std.range(1, 60), 'xxxxxxxx'))");
    repo.commit();
    for name in ["loops", "deep", "eats", "silent", "jsonnet-loops", "jsonnet-eats"] {
        let error = bench.render(json!({"repoURL": repo.url(), "path": name})).await.unwrap_err();
        let kinds = [Kind::TimedOut, Kind::Limit, Kind::Tool];
        assert!(kinds.contains(&error.kind), "{name}: {:?} {}", error.kind, error.text);
    }
}

#[tokio::test]
async fn a_repository_that_says_nothing_is_waited_for_once() {
    let mut bench = Bench::with(quick()).await;
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    std::thread::spawn(move || {
        let mut held = Vec::new();
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            counted.fetch_add(1, Ordering::Relaxed);
            let _ = stream.read(&mut [0; 10]);
            held.push(stream);
        }
    });
    let git = json!({"repoURL": format!("http://127.0.0.1:{port}/repo"), "path": "app"});
    let charts = json!({"repoURL": format!("http://127.0.0.1:{port}/charts"), "chart": "web"});
    for source in [git.clone(), charts] {
        let error = bench.render(source).await.unwrap_err();
        assert_eq!(error.kind, Kind::TimedOut, "{}", error.text);
        assert!(error.text.contains("did not answer within"), "{}", error.text);
    }
    // A hundred Applications of it do not wait one after the other: nobody asks again so soon.
    let connections = count.load(Ordering::Relaxed);
    for _ in 0..100 {
        assert!(bench.render(git.clone()).await.is_err());
    }
    assert_eq!(count.load(Ordering::Relaxed), connections);
    bench.later(100);
    assert_eq!(bench.render(git).await.unwrap_err().kind, Kind::TimedOut);
}

#[tokio::test]
async fn a_repository_bigger_than_allowed_is_refused() {
    let bench = Bench::with(Limits { pack: 64 << 10, files: 20, file: 10 << 10, ..Limits::default() }).await;
    let many = bench.repository("many");
    for n in 0..30 {
        many.write(&format!("app/{n}.txt"), "x");
    }
    many.commit();
    let error = bench.render(json!({"repoURL": many.url(), "path": "app"})).await.unwrap_err();
    assert_eq!(error.kind, Kind::Limit);
    assert!(error.text.contains("it has more than 20 files"), "{}", error.text);
    let large = bench.repository("large");
    large.write("app/a.yaml", config("a", &"x".repeat(11 << 10))).commit();
    let error = bench.render(json!({"repoURL": large.url(), "path": "app"})).await.unwrap_err();
    assert_eq!(error.text, "app/a.yaml has 12 KiB; a file may have 10 KiB");
    let huge = bench.repository("huge");
    let mut noise = 7_u64;
    let noise: Vec<u8> = std::iter::repeat_with(|| {
        noise = noise.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        noise.to_le_bytes()[7]
    })
    .take(1 << 20)
    .collect();
    huge.write("app/a.bin", noise).commit();
    let error = bench.render(json!({"repoURL": huge.url(), "path": "app"})).await.unwrap_err();
    assert_eq!(error.kind, Kind::Limit, "{}", error.text);
}

/// Git itself writes no such tree; a server may send one.
#[tokio::test]
async fn a_tree_with_names_that_lead_out_is_refused() {
    let bench = Bench::new().await;
    let repo = bench.repository("evil");
    let blob = repo.write("a.yaml", config("a", "1")).commit();
    let blob = repo.git(&["rev-parse", &format!("{blob}:a.yaml")]);
    for name in ["..", ".git"] {
        let tree = repo.path().join("tree");
        let id: Vec<u8> = (0..40).step_by(2).map(|at| u8::from_str_radix(&blob[at..at + 2], 16).unwrap()).collect();
        std::fs::write(&tree, [format!("100644 {name}\0").as_bytes(), &id].concat()).unwrap();
        let tree = repo.git(&["hash-object", "-t", "tree", "-w", "--literally", "tree"]);
        let commit = repo.git(&["commit-tree", "-m", "x", &tree]);
        repo.git(&["branch", "--force", "evil", &commit]);
        let error =
            bench.render(json!({"repoURL": repo.url(), "path": ".", "targetRevision": commit})).await.unwrap_err();
        assert_eq!(error.kind, Kind::Escape, "{}", error.text);
    }
}
