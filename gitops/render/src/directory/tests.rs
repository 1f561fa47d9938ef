use expect_test::{Expect, expect};

use super::*;
use crate::limits::Limits;
use crate::tree::tests::tree;

fn selected(settings: &DirectorySource) -> Result<Vec<String>, RenderError> {
    let tree = tree(
        "app/a.yaml
         app/b.yml
         app/c.json
         app/d.jsonnet
         app/lib.libsonnet
         app/readme.md
         app/env/dev.yaml
         app/env/deep/prod.yaml
         app2/e.yaml",
    );
    Ok(select(&tree, "app", settings, &Limits::default())?.into_iter().map(|file| file.path).collect())
}

fn settings(recurse: bool, include: &str, exclude: &str) -> DirectorySource {
    let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    DirectorySource { recurse, include: some(include), exclude: some(exclude), ..DirectorySource::default() }
}

#[test]
fn files_are_chosen_by_ending_and_patterns() {
    for (recurse, include, exclude, files) in [
        (false, "", "", vec!["a.yaml", "b.yml", "c.json", "d.jsonnet"]),
        (true, "", "", vec!["a.yaml", "b.yml", "c.json", "d.jsonnet", "env/deep/prod.yaml", "env/dev.yaml"]),
        (true, "env/*", "", vec!["env/deep/prod.yaml", "env/dev.yaml"]),
        (true, "{*.yml,env/dev.yaml}", "", vec!["b.yml", "env/dev.yaml"]),
        (true, "*.yaml", "env/*", vec!["a.yaml"]),
        (true, "*.txt", "", vec![]),
    ] {
        let files: Vec<_> = files.into_iter().map(|file| format!("app/{file}")).collect();
        assert_eq!(selected(&settings(recurse, include, exclude)).unwrap(), files, "{include} {exclude}");
    }
    let error = selected(&settings(true, "{a", "")).unwrap_err();
    assert_eq!(error.kind, Kind::Spec);
    assert!(error.text.starts_with("directory.include: "), "{}", error.text);
}

#[test]
fn manifests_bigger_than_allowed_are_refused_before_they_are_read() {
    let limits = Limits { manifests: 3, ..Limits::default() };
    let many = tree("a.yaml\nb.yaml\nc.yaml\nd.jsonnet");
    assert!(select(&many, "", &DirectorySource::default(), &limits).is_ok());
    let more = tree("a.yaml\nb.yaml\nc.yaml\ne.json");
    let error = select(&more, "", &DirectorySource::default(), &limits).unwrap_err();
    assert_eq!(error.kind, Kind::Limit);
    assert!(error.text.contains("4 bytes; a folder may have 3 bytes"), "{}", error.text);
}

fn check(path: &str, text: &str, expected: &Expect) {
    let mut output = Output::default();
    let read = output.read(path, text.as_bytes());
    let mut shown = output.objects.iter().map(|object| format!("{object}\n")).collect::<String>();
    shown.extend(output.warnings.iter().map(|warning| format!("warning: {warning}\n")));
    if let Err(error) = read {
        shown += &format!("{}: {}\n", error.kind.label(), error.text);
    }
    expected.assert_eq(&shown);
}

#[test]
fn a_template_that_nobody_fills_in_says_what_to_do() {
    let template = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: '{{.service}}'}\nspec:\n  source:\n    {{- range .parameters}}\n    - name: x\n    {{- end}}\n";
    check(
        "templates/microservice.yaml",
        template,
        &expect![[r#"
        manifest: templates/microservice.yaml: "-" is only valid inside a block at line 6, column 7. It has {{ }}, which nobody fills in here: make a Helm chart of it (a file of templates/, with {{ .Values.NAME }}), or leave it out by directory.exclude
    "#]],
    );
}

/// What is left out is deleted from the cluster.
#[test]
fn a_manifest_that_cannot_be_read_is_an_error_however_it_is_written() {
    for text in [
        "\"apiVersion\": v1\n\"kind\": Pod\n\"metadata\": {\"name\": [\n",
        "'apiVersion' : v1\n'kind' : Pod\nmetadata: [\n",
        "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"a\"}}\n---\nx: [\n",
        "apiVersion: v1\nkind: List\nitems: [\n",
    ] {
        let read = Output::default().read("a.yaml", text.as_bytes());
        assert_eq!(read.map_err(|error| error.kind), Err(Kind::Manifest), "{text}");
    }
}

const CONFIG: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n";

#[test]
fn a_file_is_its_objects() {
    check(
        "a.yaml",
        &format!(
            "{CONFIG}---\n# none\n---\napiVersion: v1\nkind: List\nitems:\n- {{apiVersion: v1, kind: Pod, metadata: {{name: b}}}}\n"
        ),
        &expect![[r#"
            {"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"}}
            {"apiVersion":"v1","kind":"Pod","metadata":{"name":"b"}}
        "#]],
    );
    check(
        "a.json",
        r#"{"apiVersion":"v1","kind":"Pod","metadata":{"generateName":"a-"}}"#,
        &expect![[r#"
        {"apiVersion":"v1","kind":"Pod","metadata":{"generateName":"a-"}}
    "#]],
    );
}

#[test]
fn what_is_no_manifest_is_left_out_and_what_is_half_of_one_is_an_error() {
    check("values.yaml", "image: {tag: 1}\n", &expect![""]);
    check(
        "template.yaml",
        "{{- range .Values }}\nx: [\n",
        &expect![[r#"
        warning: template.yaml is left out, as it looks like no manifest, nor can it be read: "-" is only valid inside a block at line 1, column 3
    "#]],
    );
    check("a.yaml", &format!("# +argocd:skip-file-rendering\n{CONFIG}"), &expect![""]);
    check(
        "a.yaml",
        &format!("{CONFIG}---\nkind: Pod\n"),
        &expect![[r#"
        {"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"}}
        manifest: a.yaml: apiVersion is missing
    "#]],
    );
    check(
        "a.yaml",
        &format!("{CONFIG}data: [\n"),
        &expect![[r#"
        manifest: a.yaml: unclosed bracket '[' at line 4, column 7
    "#]],
    );
    check(
        "a.yaml",
        "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n",
        &expect![[r#"
        manifest: a.yaml: it is kept by git LFS, which is not supported: keep manifests as ordinary files
    "#]],
    );
    check(
        "a.json",
        "{}{}",
        &expect![[r#"
        manifest: a.json: trailing characters at line 1 column 3: a JSON file holds one object
    "#]],
    );
    check(
        "a.yaml",
        &format!("{CONFIG}data: {{a: b}}\ndata: {{a: c}}\n"),
        &expect![[r#"
        {"apiVersion":"v1","data":{"a":"c"},"kind":"ConfigMap","metadata":{"name":"a"}}
        warning: a.yaml: duplicate mapping key: data at line 5, column 1: the last one counts
    "#]],
    );
}
