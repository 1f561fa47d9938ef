//! Manifests, and what is said of them.

use expect_test::{Expect, expect};

use super::*;

fn check(text: &str, expected: &Expect) {
    let file = std::env::temp_dir().join(format!("sluice-lint-{}-{:x}.yaml", std::process::id(), text.len()));
    std::fs::write(&file, text).unwrap();
    let wanted = LintArgs { form: crate::args::Form::default(), files: vec![file.clone()] };
    let said = match run(&wanted, None) {
        Ok(report) => [report.lines, report.errors].concat().join("\n"),
        Err(error) => crate::trouble::explain(&error),
    };
    std::fs::remove_file(&file).unwrap();
    expected.assert_eq(&said);
}

const ROLLOUT: &str = "
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {name: shop}
spec:
  selector: {matchLabels: {app: shop}}
  template:
    metadata: {labels: {app: shop}}
    spec: {containers: [{name: web, image: web:1}]}
";

#[test]
fn what_is_right_is_not_spoken_of() {
    let canary =
        "  strategy: {canary: {canaryService: new, stableService: old, steps: [{setWeight: 20}, {pause: {}}]}}\n";
    check(&format!("{ROLLOUT}{canary}"), &expect![[""]]);
}

#[test]
fn mistakes_are_named_with_their_field() {
    let canary = "  strategy: {canary: {steps: [{setWeight: 120}], typo: 1}}\n";
    check(
        &format!("{ROLLOUT}{canary}"),
        &expect![[r#"
        Rollout shop: spec.strategy.canary.steps[0].setWeight: is 120; must be 0 to 100
        Rollout shop: spec.strategy.canary.typo: is no field of this API; correct its name or remove it
        2 mistakes"#]],
    );
    let canary = "  replicas: many\n  strategy: {canary: {}}\n";
    check(
        &format!("{ROLLOUT}{canary}"),
        &expect![[r#"
        Rollout shop: spec.replicas: invalid type: string "many", expected i32
        1 mistake"#]],
    );
}

#[test]
fn services_and_templates_in_the_files_must_fit() {
    let rest = "  strategy:
    canary:
      canaryService: new
      stableService: old
      steps: [{setWeight: 20}, {analysis: {templates: [{templateName: errors}]}}]
---
apiVersion: v1
kind: Service
metadata: {name: new}
spec: {selector: {app: cart}, ports: [{port: 80}]}
---
apiVersion: argoproj.io/v1alpha1
kind: AnalysisTemplate
metadata: {name: errors}
spec:
  args: [{name: service}]
  metrics: [{name: rate, successCondition: 'result <', provider: {prometheus: {query: up}}}]
";
    check(
        &format!("{ROLLOUT}{rest}"),
        &expect![[r#"
            AnalysisTemplate errors: spec.metrics[0].successCondition: parse condition at character 9: did not expect the end here
            Rollout shop: spec.strategy.canary.canaryService: Service "new" selects app=cart, which spec.template.metadata.labels lacks; make them the same
            Rollout shop: spec.strategy.canary.steps[1].analysis.args: argument "service" has no value; give it one, or a default in the template
            3 mistakes"#]],
    );
    let rest = rest.replace("'result <'", "'result < 1'");
    check(
        &format!("{ROLLOUT}{rest}"),
        &expect![[r#"
        Rollout shop: spec.strategy.canary.canaryService: Service "new" selects app=cart, which spec.template.metadata.labels lacks; make them the same
        Rollout shop: spec.strategy.canary.steps[1].analysis.args: argument "service" has no value; give it one, or a default in the template
        2 mistakes"#]],
    );
}

#[test]
fn files_without_anything_to_check_are_no_success() {
    check(
        "apiVersion: v1\nkind: Service\nmetadata: {name: web}\n",
        &expect!["the files hold no object of argoproj.io/v1alpha1"],
    );
}
