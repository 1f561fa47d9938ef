use expect_test::{Expect, expect};

use super::*;

/// A tree of lines: `path`, `path -> target`, or `path @` for a submodule. A file's hash is its path.
pub(crate) fn tree(lines: &str) -> Tree {
    let entry = |line: &str| {
        let (path, what, target) = match (line.split_once(" -> "), line.strip_suffix(" @")) {
            (Some((path, target)), _) => (path, What::Link, Some(target.to_owned())),
            (_, Some(path)) => (path, What::Submodule, None),
            _ => (line, What::File, None),
        };
        (path.to_owned(), Entry { what, id: path.to_owned(), size: 1, target })
    };
    Tree::new(lines.lines().map(str::trim).filter(|line| !line.is_empty()).map(entry).collect())
}

fn check(lines: &str, folder: &str, expected: &Expect) {
    let tree = tree(lines);
    let shown = |found: Result<Vec<Found>, RenderError>| match found {
        Ok(found) => found.into_iter().map(|file| format!("{} ({})\n", file.path, file.id)).collect(),
        Err(error) => format!("{}\n", error.text),
    };
    let top = shown(tree.listed(folder, Depth::Top));
    let all = shown(tree.listed(folder, Depth::All));
    let export = shown(tree.exported(folder));
    expected.assert_eq(&format!("top:\n{top}all:\n{all}exported:\n{export}"));
}

#[test]
fn links_are_followed_within_the_tree() {
    check(
        "app/a.yaml
         app/b.yaml -> ../lib/b.yaml
         app/gone.yaml -> nowhere.yaml
         app/more/c.yaml
         app/lib -> ../lib
         lib/b.yaml
         lib/d.yaml -> b.yaml",
        "app",
        &expect![[r#"
            top:
            app/a.yaml (app/a.yaml)
            app/b.yaml (lib/b.yaml)
            all:
            app/a.yaml (app/a.yaml)
            app/b.yaml (lib/b.yaml)
            app/more/c.yaml (app/more/c.yaml)
            exported:
            app/a.yaml (app/a.yaml)
            app/b.yaml (lib/b.yaml)
            app/lib/b.yaml (lib/b.yaml)
            app/lib/d.yaml (lib/b.yaml)
            app/more/c.yaml (app/more/c.yaml)
        "#]],
    );
}

#[test]
fn another_repository_among_the_files_is_an_error() {
    check(
        "app/a.yaml
         app/sub @",
        "app",
        &expect![[r#"
            top:
            app/a.yaml (app/a.yaml)
            all:
            app/sub is another repository (a submodule), which is not fetched: make it a source of its own
            exported:
            app/sub is another repository (a submodule), which is not fetched: make it a source of its own
        "#]],
    );
}

#[test]
fn the_folder_may_be_a_link_itself() {
    check(
        "current -> releases/v2
         releases/v2/a.yaml",
        "current",
        &expect![[r#"
            top:
            current/a.yaml (releases/v2/a.yaml)
            all:
            current/a.yaml (releases/v2/a.yaml)
            exported:
            current/a.yaml (releases/v2/a.yaml)
        "#]],
    );
}

#[test]
fn links_out_of_the_tree_and_in_circles_are_errors() {
    for (lines, kind) in [
        ("app/a -> /etc/passwd", Kind::Escape),
        ("app/a -> ../../etc/passwd", Kind::Escape),
        ("app/a -> b\nb -> /etc\napp/b -> ../b/passwd", Kind::Escape),
        ("app/a -> b\napp/b -> a", Kind::Limit),
        ("app/a -> a", Kind::Limit),
    ] {
        let tree = tree(lines);
        assert_eq!(tree.listed("app", Depth::All).unwrap_err().kind, kind, "{lines}");
        assert_eq!(tree.exported("app").unwrap_err().kind, kind, "{lines}");
    }
}

#[test]
fn a_folder_that_holds_itself_is_exported_only_so_far() {
    let up = tree("app/a.yaml\napp/more/up -> ..");
    assert_eq!(up.exported("app").unwrap_err().kind, Kind::Limit);
    assert_eq!(up.listed("app", Depth::All).unwrap().len(), 1);
    // Each folder twice the one below it: 2^20 files of one.
    let mut bomb = "d0/a.yaml\n".to_owned();
    for n in 1..20 {
        let below = n - 1;
        bomb += &format!("d{n}/l -> ../d{below}\nd{n}/r -> ../d{below}\n");
    }
    assert_eq!(tree(&bomb).exported("d19").unwrap_err().kind, Kind::Limit);
}
