//! Charts out of Helm repositories and registries.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::{Arc, Mutex};

use flate2::Compression;
use flate2::write::GzEncoder;
use ring::digest::{SHA256, digest};
use serde_json::json;
use sluice_render::credentials::SecretType;
use sluice_render::{Builds, Kind};

use super::http::{Answer, Server};
use crate::bench::{Bench, Repo, config, shown};

fn pack(name: &str, version: &str, more: &[(&str, &str)]) -> Vec<u8> {
    let mut builder = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    let chart = format!("apiVersion: v2\nname: {name}\nversion: {version}\n");
    let template = config(&format!("{name}-{version}"), "{{ .Values.x }}");
    let own = [
        ("Chart.yaml", chart.as_str()),
        ("values.yaml", "x: 1\n"),
        ("prod.yaml", "x: 2\n"),
        ("templates/a.yaml", &template),
    ];
    let files: BTreeMap<&str, &str> = own.into_iter().chain(more.iter().copied()).collect();
    for (path, text) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, format!("{name}/{path}"), text.as_bytes()).unwrap();
    }
    builder.into_inner().unwrap().finish().unwrap()
}

fn sha(content: &[u8]) -> String {
    digest(&SHA256, content).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

type Charts = Arc<Mutex<BTreeMap<String, Vec<u8>>>>;

/// A Helm repository of these charts, `name-version` each.
fn repository(charts: &Charts) -> Server {
    let charts = Arc::clone(charts);
    Server::start(move |ask| {
        let charts = charts.lock().unwrap();
        if ask.path == "/charts/index.yaml" {
            let mut index = "apiVersion: v1\nentries:\n  web:\n".to_owned();
            for (name, packed) in charts.iter().filter(|(name, _)| name.starts_with("web-")) {
                let version = &name[4..];
                index += &format!(
                    "  - {{name: web, version: {version}, urls: ['packed/{name}.tgz'], digest: {}}}\n",
                    sha(packed)
                );
            }
            return Answer::of(200, index);
        }
        let name = ask.path.trim_start_matches("/charts/packed/").trim_end_matches(".tgz");
        charts.get(name).map_or(Answer::of(404, "gone"), |packed| Answer::of(200, packed.clone()))
    })
}

#[tokio::test]
async fn a_chart_is_taken_at_a_version_or_the_newest_of_a_range() {
    let mut bench = Bench::new().await;
    let charts = Charts::default();
    for version in ["1.0.0", "1.2.0", "2.0.0-rc.1"] {
        charts.lock().unwrap().insert(format!("web-{version}"), pack("web", version, &[]));
    }
    let server = repository(&charts);
    let source = |version: &str| {
        json!({"repoURL": format!("{}/charts", server.url()), "chart": "web", "targetRevision": version,
            "helm": {"valueFiles": ["prod.yaml"]}})
    };
    for (asked, version) in [("1.0.0", "1.0.0"), ("^1", "1.2.0"), ("", "1.2.0"), (">0-0", "2.0.0-rc.1")] {
        let rendered = bench.render(source(asked)).await;
        assert_eq!(shown(&rendered), format!("ConfigMap web-{version} {{\"value\":\"2\"}}\n"), "{asked}");
        assert_eq!(rendered.unwrap().sources[0].revision, version);
        assert_eq!(bench.resolve(source(asked)).await.unwrap(), [version]);
    }
    let count = server.asked.lock().unwrap().len();
    assert_eq!(count, 4, "an index, and each chart once");
    charts.lock().unwrap().insert("web-1.3.0".to_owned(), pack("web", "1.3.0", &[]));
    assert_eq!(bench.resolve(source("^1")).await.unwrap(), ["1.2.0"]);
    bench.later(100);
    assert_eq!(bench.resolve(source("^1")).await.unwrap(), ["1.3.0"]);
    for (version, said) in
        [("9", "none of the 4 versions of chart \"web\" is 9"), ("main", "neither a version nor a range")]
    {
        let error = bench.render(source(version)).await.unwrap_err();
        assert!(error.text.contains(said), "{}", error.text);
    }
}

#[tokio::test]
async fn a_chart_that_is_not_what_the_index_says_is_refused() {
    let bench = Bench::new().await;
    let charts = Charts::default();
    charts.lock().unwrap().insert("web-1.0.0".to_owned(), pack("web", "1.0.0", &[]));
    let (inner, log) = (repository(&charts), pack("web", "1.0.0", &[("evil", "x")]));
    let base = inner.url();
    let server = Server::start(move |ask| {
        if ask.path.ends_with("index.yaml") {
            let index = format!(
                "entries:\n  web:\n  - {{version: 1.0.0, urls: ['{base}/charts/packed/web-1.0.0.tgz'], digest: {}}}\n",
                sha(&log)
            );
            return Answer::of(200, index);
        }
        Answer::of(404, "")
    });
    let error = bench.render(json!({"repoURL": server.url(), "chart": "web"})).await.unwrap_err();
    assert!(error.text.ends_with("its digest differs"), "{}", error.text);
}

#[tokio::test]
async fn credentials_go_to_the_repository_alone_unless_they_are_passed() {
    let mut bench = Bench::new().await;
    let packed = pack("web", "1.0.0", &[]);
    let body = packed.clone();
    let elsewhere = Server::start(move |_| Answer::of(200, body.clone()));
    let there = elsewhere.url().replace("127.0.0.1", "localhost");
    let server = Server::start(move |ask| match ask.header("authorization") {
        "" => Answer::of(401, "who are you?"),
        _ => Answer::of(200, format!("entries:\n  web:\n  - {{version: 1.0.0, urls: ['{there}/web.tgz']}}\n")),
    });
    let source = |pass: bool| json!({"repoURL": server.url(), "chart": "web", "helm": {"passCredentials": pass}});
    let error = bench.render(source(false)).await.unwrap_err();
    assert!(error.kind == Kind::Unreachable && error.text.contains("give it a Secret"), "{}", error.text);
    let data = [("url", server.url()), ("username", "user".to_owned()), ("password", "hunter2".to_owned())];
    let data: BTreeMap<_, _> = data.map(|(key, value)| (key.to_owned(), value)).into();
    bench.credentials.add(SecretType::Repository, "charts", &data);
    bench.later(100);
    bench.render(source(false)).await.unwrap();
    assert_eq!(elsewhere.authorizations(), [""]);
    bench.render(source(true)).await.unwrap();
    assert!(elsewhere.authorizations()[1].starts_with("Basic "));
}

/// An index may name a chart by an address that looks like the repository's own.
#[tokio::test]
async fn credentials_go_by_the_host_that_is_connected_to() {
    let mut bench = Bench::new().await;
    let body = pack("web", "1.0.0", &[]);
    let thief = Server::start(move |_| Answer::of(200, body.clone()));
    let there = thief.url();
    let server = Server::start(move |ask| {
        let url = format!("{there}?@{}/web.tgz", ask.header("host"));
        Answer::of(200, format!("entries:\n  web:\n  - {{version: 1.0.0, urls: ['{url}']}}\n"))
    });
    let data = [("url", server.url()), ("username", "user".to_owned()), ("password", "hunter2".to_owned())];
    let data: BTreeMap<_, _> = data.map(|(key, value)| (key.to_owned(), value)).into();
    bench.credentials.add(SecretType::Repository, "charts", &data);
    bench.render(json!({"repoURL": server.url(), "chart": "web"})).await.unwrap();
    assert!(server.authorizations()[0].starts_with("Basic "));
    assert_eq!(thief.authorizations(), [""]);
}

#[tokio::test]
async fn charts_need_charts_of_other_repositories() {
    let bench = Bench::new().await;
    let charts = Charts::default();
    charts.lock().unwrap().insert("web-1.0.0".to_owned(), pack("web", "1.0.0", &[]));
    charts.lock().unwrap().insert("web-1.5.0".to_owned(), pack("web", "1.5.0", &[]));
    let server = repository(&charts);
    let repo = bench.repository("app");
    let needs = format!("dependencies:\n- {{name: web, version: ^1, repository: '{}/charts'}}\n", server.url());
    for name in ["ranged", "locked"] {
        repo.write(&format!("{name}/Chart.yaml"), format!("apiVersion: v2\nname: {name}\nversion: 0.1.0\n{needs}"));
        repo.write(&format!("{name}/values.yaml"), "web: {x: 7}");
    }
    repo.write("locked/Chart.lock", needs.replace("^1", "1.0.0")).commit();
    for (path, version) in [("ranged", "1.5.0"), ("locked", "1.0.0")] {
        let rendered = bench.render(json!({"repoURL": repo.url(), "path": path})).await;
        assert_eq!(shown(&rendered), format!("ConfigMap web-{version} {{\"value\":\"7\"}}\n"));
    }
}

/// As much of the OCI distribution API as Helm asks for.
#[tokio::test]
async fn a_chart_is_pulled_from_a_registry() {
    let mut bench = Bench::new().await;
    let packed = pack("web", "1.2.0", &[]);
    let settings = br#"{"name":"web","version":"1.2.0","apiVersion":"v2"}"#.to_vec();
    let part = |kind: &str, content: &[u8]| json!({"mediaType": kind, "digest": format!("sha256:{}", sha(content)), "size": content.len()});
    let manifest = json!({
        "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": part("application/vnd.cncf.helm.config.v1+json", &settings),
        "layers": [part("application/vnd.cncf.helm.chart.content.v1.tar+gzip", &packed)],
    })
    .to_string()
    .into_bytes();
    let server = Server::start(move |ask| {
        if ask.header("authorization") != "Basic dXNlcjpodW50ZXIy" {
            return Answer::of(401, "").with("WWW-Authenticate", "Basic realm=\"r\"");
        }
        let path = ask.path.trim_start_matches("/v2/charts/web/");
        let blob = |content: &[u8]| path == format!("blobs/sha256:{}", sha(content));
        match path {
            "/v2/" => Answer::of(200, "{}"),
            "tags/list" => Answer::of(200, r#"{"name":"charts/web","tags":["1.0.0","1.2.0","latest"]}"#),
            _ if path.starts_with("manifests/") && (path.ends_with("1.2.0") || path.contains(&sha(&manifest))) => {
                Answer::of(200, manifest.clone())
                    .with("Content-Type", "application/vnd.oci.image.manifest.v1+json")
                    .with("Docker-Content-Digest", format!("sha256:{}", sha(&manifest)))
            }
            _ if blob(&packed) => Answer::of(200, packed.clone()),
            _ if blob(&settings) => Answer::of(200, settings.clone()),
            _ => Answer::of(404, r#"{"errors":[{"code":"MANIFEST_UNKNOWN"}]}"#),
        }
    });
    let registry = format!("127.0.0.1:{}/charts", server.port);
    let source = |version: &str| json!({"repoURL": registry, "chart": "web", "targetRevision": version});
    let add = |bench: &mut Bench, password: &str| {
        let data = [
            ("url", registry.as_str()),
            ("username", "user"),
            ("password", password),
            ("insecureOCIForceHttp", "true"),
            ("type", "helm"),
        ];
        let data: BTreeMap<_, _> = data.map(|(key, value)| (key.to_owned(), value.to_owned())).into();
        bench.credentials = sluice_render::credentials::Credentials::default();
        bench.credentials.add(SecretType::Repository, "registry", &data);
    };
    add(&mut bench, "hunter2-wrong");
    let error = bench.render(source("1.2.0")).await.unwrap_err();
    assert!(!error.text.contains("hunter2"), "{}", error.text);
    add(&mut bench, "hunter2");
    for version in ["1.2.0", "^1.0.0"] {
        let rendered = bench.render(source(version)).await;
        assert_eq!(shown(&rendered), "ConfigMap web-1.2.0 {\"value\":\"1\"}\n", "{version}");
        assert_eq!(rendered.unwrap().sources[0].revision, "1.2.0");
    }
    let error = bench.render(source("7.0.0")).await.unwrap_err();
    assert_eq!(error.kind, Kind::NotFound, "{}", error.text);
}

/// A bomb of a chart, from a repository that may send anything.
#[tokio::test]
async fn a_chart_that_unpacks_to_too_much_is_refused() {
    let bench = Bench::with(sluice_render::Limits { source: 1 << 20, ..sluice_render::Limits::default() }).await;
    let mut bomb = GzEncoder::new(Vec::new(), Compression::best());
    bomb.write_all(&vec![0; 200 << 20]).unwrap();
    let bomb = bomb.finish().unwrap();
    let index = "entries:\n  web:\n  - {version: 1.0.0, urls: [web.tgz]}\n";
    let server =
        Server::start(
            move |ask| if ask.path == "/index.yaml" { Answer::of(200, index) } else { Answer::of(200, bomb.clone()) },
        );
    assert!(bench.render(json!({"repoURL": server.url(), "chart": "web"})).await.is_err());
    let endless = Server::start(|_| Answer::of(200, vec![b' '; 70 << 20]));
    let error = bench.render(json!({"repoURL": endless.url(), "chart": "web"})).await.unwrap_err();
    assert_eq!(error.kind, Kind::Limit, "{}", error.text);
}

#[tokio::test]
async fn a_kustomization_has_charts_of_other_repositories_rendered() {
    let mut bench = Bench::new().await;
    let charts = Charts::default();
    charts.lock().unwrap().insert("web-1.0.0".to_owned(), pack("web", "1.0.0", &[]));
    let server = repository(&charts);
    let chart = format!(
        "{{name: web, version: 1.0.0, repo: '{}/charts', releaseName: shop, valuesInline: {{x: 7}}}}",
        server.url()
    );
    let repo = bench.repository("app");
    repo.write("app/kustomization.yaml", format!("helmCharts: [{chart}]\n")).commit();
    bench.builds = Builds::take(&mut [("kustomize.buildOptions".to_owned(), "--enable-helm".to_owned())].into()).0;
    let rendered = bench.render(json!({"repoURL": repo.url(), "path": "app"})).await;
    assert_eq!(shown(&rendered), "ConfigMap web-1.0.0 {\"value\":\"7\"}\n");
}

/// A repository of charts that wants to know who asks, and its address.
fn private(charts: &Charts) -> Server {
    let charts = Arc::clone(charts);
    Server::start(move |ask| match (ask.header("authorization"), ask.path.as_str()) {
        ("", _) => Answer::of(401, "who are you?"),
        (_, "/charts/index.yaml") => {
            Answer::of(200, "entries:\n  web:\n  - {version: 1.0.0, urls: ['packed/web-1.0.0.tgz']}\n")
        }
        _ => Answer::of(200, charts.lock().unwrap()["web-1.0.0"].clone()),
    })
}

/// A chart, and a kustomization, that have the chart `web` of that repository rendered.
fn needy(bench: &Bench, repository: &str) -> (Repo, [&'static str; 2]) {
    let repo = bench.repository("app");
    repo.write(
        "chart/Chart.yaml",
        format!("apiVersion: v2\nname: chart\nversion: 0.1.0\ndependencies: [{{name: web, version: ^1, repository: '{repository}'}}]\n"),
    );
    let chart = format!("{{name: web, version: 1.0.0, repo: '{repository}', releaseName: shop}}");
    repo.write("build/kustomization.yaml", format!("helmCharts: [{chart}]\n")).commit();
    (repo, ["chart", "build"])
}

fn with_helm(bench: &mut Bench) {
    bench.builds = Builds::take(&mut [("kustomize.buildOptions".to_owned(), "--enable-helm".to_owned())].into()).0;
}

#[tokio::test]
async fn what_a_source_needs_of_others_is_fetched_only_from_where_its_project_may_deploy_from() {
    let mut bench = Bench::new().await;
    with_helm(&mut bench);
    let charts = Charts::default();
    charts.lock().unwrap().insert("web-1.0.0".to_owned(), pack("web", "1.0.0", &[]));
    let server = repository(&charts);
    let (repo, paths) = needy(&bench, &format!("{}/charts", server.url()));
    let there = format!("{}/*", server.url());
    bench.be_of("team", &[&repo.url()]);
    let mut told = String::new();
    for path in paths {
        told += &shown(&bench.render(json!({"repoURL": repo.url(), "path": path})).await);
    }
    let told = told.replace(&server.url(), "http://server");
    expect_test::expect![[r#"
        spec: chart/Chart.yaml: dependency web: repository http://server/charts is not allowed; add it to the list (spec.sourceRepos of project team)
        spec: build: kustomization: helmCharts: web: repository http://server/charts is not allowed; add it to the list (spec.sourceRepos of project team)
    "#]]
    .assert_eq(&told);
    assert!(server.authorizations().is_empty(), "it was asked");
    let listing = "apiVersion: v2\nname: secret\nversion: 0.1.0\ndependencies: [{name: web, version: ^1, repository: 'https://me:hunter2@charts.corp'}]\n";
    repo.write("secret/Chart.yaml", listing).commit();
    bench.later(100);
    let error = bench.render(json!({"repoURL": repo.url(), "path": "secret"})).await.unwrap_err();
    assert!(error.text.contains("repository https://charts.corp is not allowed"), "{}", error.text);
    // What one project may have rendered, another one does not get, nor the same one once it may not any more.
    for path in paths {
        let source = json!({"repoURL": repo.url(), "path": path});
        bench.be_of("team", &[&repo.url(), &there]);
        assert_eq!(shown(&bench.render(source.clone()).await), "ConfigMap web-1.0.0 {\"value\":\"1\"}\n");
        for (project, may) in
            [("team", ["*".to_owned(), format!("!{there}")]), ("other", [repo.url(), repo.url() + "/x"])]
        {
            bench.be_of(project, &may.each_ref().map(String::as_str));
            let error = bench.render(source.clone()).await.unwrap_err();
            assert!(
                error.kind == Kind::Spec && error.text.contains(&format!("of project {project})")),
                "{}",
                error.text
            );
        }
    }
}

#[tokio::test]
async fn what_was_fetched_with_the_credentials_of_one_project_is_not_given_to_another() {
    let mut bench = Bench::new().await;
    with_helm(&mut bench);
    let charts = Charts::default();
    charts.lock().unwrap().insert("web-1.0.0".to_owned(), pack("web", "1.0.0", &[]));
    let server = private(&charts);
    let address = format!("{}/charts", server.url());
    let (repo, paths) = needy(&bench, &address);
    let data = [("url", address.as_str()), ("username", "user"), ("password", "hunter2"), ("project", "team")];
    let data: BTreeMap<_, _> = data.map(|(key, value)| (key.to_owned(), value.to_owned())).into();
    bench.credentials.add(SecretType::Repository, "charts", &data);
    for path in paths {
        let source = json!({"repoURL": repo.url(), "path": path});
        bench.be_of("team", &["*"]);
        assert_eq!(shown(&bench.render(source.clone()).await), "ConfigMap web-1.0.0 {\"value\":\"1\"}\n");
        bench.be_of("other", &["*"]);
        let error = bench.render(source).await.unwrap_err();
        assert!(error.kind == Kind::Unreachable && error.text.contains("401"), "{path}: {}", error.text);
    }
}
