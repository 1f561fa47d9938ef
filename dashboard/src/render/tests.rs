use expect_test::{ExpectFile, expect_file};

use super::*;
use crate::view::application_tests::shown;
use crate::view::tests::{seen, t};
use crate::view::{AppRow, ApplicationView, Filter, Page, Release, Row};

fn check(html: &str, expected: &ExpectFile) {
    expected.assert_eq(&(html.replace("><", ">\n<") + "\n"));
}

fn owner() -> Viewer {
    Viewer { csrf: "secret".to_owned(), may_order: true, may_edit: true, ..Viewer::default() }
}

#[test]
fn the_page_of_a_release() {
    let release = Release::of(&seen(), t("10:02:00"));
    check(&super::release(&release, &owner()), &expect_file!["golden/release.html"]);
}

#[test]
fn the_list_of_rollouts() {
    let rollout = seen().rollout;
    let mut page = Page::of(Filter::default(), std::iter::once(Row::of(&rollout)));
    page.troubles = vec!["Rollout a/<b> cannot be read".to_owned()];
    check(
        &list(&page, &Viewer { user: Some("<ann>".to_owned()), ..owner() }, "since=1"),
        &expect_file!["golden/list.html"],
    );
}

#[test]
fn the_page_of_an_application() {
    check(&application(&shown(), &owner()), &expect_file!["golden/application.html"]);
    let reader = Viewer { may_edit: false, ..owner() };
    let page = application(&shown(), &reader);
    assert!(page.contains("You may look at this Application, and not change it."), "{page}");
    assert!(!page.contains("class=\"act\""), "{page}");
}

#[test]
fn a_past_deployment_can_be_gone_back_to_while_nothing_else_goes_on() {
    let ids = |shown: &ApplicationView| {
        let page = application(shown, &owner());
        page.matches("id=\"ask-rollback-").count()
    };
    let mut shown = shown();
    assert_eq!(ids(&shown), 0, "an operation runs");
    shown.is_busy = false;
    assert_eq!(ids(&shown), 1, "to the one before, not to the one that runs");
    shown.is_automated = true;
    assert_eq!(ids(&shown), 0, "it would go forward again");
}

#[test]
fn the_list_of_applications() {
    let one = std::iter::once(AppRow::of(&crate::view::application_tests::application()));
    check(&list(&Page::of(Filter::default(), one), &owner(), "since=1"), &expect_file!["golden/applications.html"]);
}

#[test]
fn no_text_of_an_application_is_markup() {
    let evil = "<script>\"'&";
    let mut json = serde_json::to_value(crate::view::application_tests::application()).unwrap();
    poison(&mut json, evil);
    let hostile: sluice_crds::Application = serde_json::from_value(json).unwrap();
    let shown = ApplicationView::of(&hostile, |_, _| None);
    for html in [
        application(&ApplicationView { is_busy: false, is_automated: false, ..shown.clone() }, &owner()),
        application(&shown, &owner()),
        list(&Page::of(Filter::default(), std::iter::once(AppRow::of(&hostile))), &owner(), ""),
    ] {
        assert!(!html.contains("<script>") && !html.contains("\"'&"), "{html}");
        assert!(html.contains("&lt;script&gt;&quot;'&amp;"), "{html}");
    }
}

/// Puts the text in the place of every other, but for times.
fn poison(value: &mut serde_json::Value, text: &str) {
    match value {
        serde_json::Value::String(one) if one.parse::<jiff::Timestamp>().is_err() => text.clone_into(one),
        serde_json::Value::Array(all) => all.iter_mut().for_each(|one| poison(one, text)),
        serde_json::Value::Object(fields) => fields.values_mut().for_each(|one| poison(one, text)),
        _ => {}
    }
}

#[test]
fn pages_without_rollouts() {
    check(&login(&Root::default(), Some("<no>")), &expect_file!["golden/login.html"]);
    let near = [("shop/\"web".to_owned(), "/rollouts/shop/\"web".to_owned())];
    check(&problem(&owner(), "Not <found>", "there is no <x>", &near), &expect_file!["golden/problem.html"]);
}

#[test]
fn no_text_of_an_object_is_markup() {
    let evil = "<script>\"'&";
    let mut release = Release::of(&seen(), t("10:02:00"));
    release.standing.message = evil.to_owned();
    for text in [&mut release.namespace, &mut release.name, &mut release.place] {
        evil.clone_into(text);
    }
    release.steps.iter_mut().for_each(|step| evil.clone_into(&mut step.text));
    release.containers = vec![(evil.to_owned(), evil.to_owned())];
    release.trouble = Some(evil.to_owned());
    for revision in release.revisions.iter_mut().flatten() {
        for text in [&mut revision.name, &mut revision.hash] {
            evil.clone_into(text);
        }
        revision.images = vec![evil.to_owned()];
        revision.past = Some(evil.to_owned());
        for pod in &mut revision.pods {
            for text in [&mut pod.name, &mut pod.state, &mut pod.node] {
                evil.clone_into(text);
            }
        }
    }
    for run in release.runs.iter_mut().flatten() {
        for text in [&mut run.name, &mut run.purpose, &mut run.message] {
            evil.clone_into(text);
        }
        for metric in &mut run.metrics {
            metric.rules = vec![evil.to_owned()];
            evil.clone_into(&mut metric.name);
            evil.clone_into(&mut metric.message);
            metric.measured.iter_mut().for_each(|one| evil.clone_into(&mut one.value));
        }
    }
    for chart in &mut release.charts {
        evil.clone_into(&mut chart.title);
        evil.clone_into(&mut chart.about);
    }
    let viewer = Viewer { user: Some(evil.to_owned()), said: Some(evil.to_owned()), ..owner() };
    let html = super::release(&release, &viewer);
    assert!(!html.contains("<script>"), "{html}");
    assert!(!html.contains("\"'&"), "{html}");
    let written = html.matches("&lt;script&gt;&quot;'&amp;").count();
    assert!(written > 40, "all of them are shown: {written}");
}
