//! Files, and how much of them is read.

#![allow(clippy::unwrap_used)]

use std::fs;

use expect_test::{Expect, expect};

use super::*;

const SERVICE: &str = "{apiVersion: v1, kind: Service, metadata: {name: web}}\n";

/// Reads a file of that text, and tells how many objects it has or what is wrong with it.
fn check(name: &str, text: &str, expected: &Expect) {
    let folder = std::env::temp_dir().join(format!("sluice-simulate-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let file = folder.join(name);
    fs::write(&file, text).unwrap();
    let told = match objects(std::slice::from_ref(&file)) {
        Ok(objects) => format!("{} objects", objects.len()),
        Err(error) => format!("{error:#}").replace(&file.display().to_string(), name),
    };
    fs::remove_file(&file).unwrap();
    expected.assert_eq(&told);
}

#[test]
fn documents_and_lists_are_taken_apart() {
    check("some.yaml", &format!("{SERVICE}---\n---\n# nothing\n---\n{SERVICE}"), &expect!["2 objects"]);
    let list = "{apiVersion: v1, kind: List, items: [{apiVersion: v1, kind: Service, metadata: {name: a}}]}";
    check("list.yaml", list, &expect!["1 objects"]);
}

#[test]
fn what_is_no_object_is_named_with_its_document() {
    check(
        "nameless.yaml",
        &format!("{SERVICE}---\n{{apiVersion: v1, kind: Service}}"),
        &expect!["read nameless.yaml: in document 2: it has no metadata.name"],
    );
    check(
        "text.yaml",
        "hello",
        &expect!["read text.yaml: in document 1: it has no apiVersion and kind: it is no Kubernetes object"],
    );
}

#[test]
fn too_many_bytes_and_objects_are_refused() {
    check(
        "long.yaml",
        &format!("{SERVICE}# {}", "x".repeat(5 << 20)),
        &expect!["read long.yaml: the files have more than 4 MiB; give only what is needed"],
    );
    check(
        "many.yaml",
        &format!("{SERVICE}---\n").repeat(1001),
        &expect!["the files hold more than 1000 objects; give only what is needed"],
    );
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let error = objects(&["missing.yaml".into()]).unwrap_err();
    expect!["open missing.yaml: No such file or directory (os error 2)"].assert_eq(&format!("{error:#}"));
}
