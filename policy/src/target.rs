//! Reads targets, and the settings that the policy and each target may have.

use jiff::SignedDuration;
use serde_json::Value;

use crate::fields::{Fields, Found, text_of};
use crate::{Budget, Channel, Check, Settings, Strategy, Target, quantity, trigger};

impl Default for Settings {
    fn default() -> Self {
        Self {
            interval: SignedDuration::from_secs(10),
            bake: SignedDuration::from_mins(10),
            dry_run: false,
            cooldown: SignedDuration::from_mins(30),
            budget: None,
            prometheus: None,
        }
    }
}

/// Reads settings; what is left out is as `before` has it.
pub(crate) fn settings(fields: &mut Fields, before: &Settings, found: &mut Found) -> Settings {
    Settings {
        interval: fields.time("interval", found).unwrap_or(before.interval),
        bake: fields.time("bake_time", found).unwrap_or(before.bake),
        dry_run: fields.flag("dry_run", found).unwrap_or(before.dry_run),
        cooldown: fields.time("cooldown", found).unwrap_or(before.cooldown),
        budget: budget(fields, found).or(before.budget),
        prometheus: prometheus(fields, found).or_else(|| before.prometheus.clone()),
    }
}

fn budget(fields: &mut Fields, found: &mut Found) -> Option<Budget> {
    let at = fields.at("budget");
    let mut own = Fields::of(&at, fields.take("budget")?, found);
    let rollbacks = own.text("rollbacks", found);
    let within = own.time("within", found);
    let rollbacks = rollbacks.and_then(|text| found.note(&own.at("rollbacks"), quantity::count(&text)));
    own.end(found);
    let budget = rollbacks.zip(within).map(|(rollbacks, within)| Budget { rollbacks, within });
    if budget.is_none() {
        found.wrong(&at, "needs both rollbacks and within, such as {rollbacks: 3, within: 24h}");
    }
    budget
}

fn prometheus(fields: &mut Fields, found: &mut Found) -> Option<String> {
    let at = fields.at("prometheus");
    let mut own = Fields::of(&at, fields.take("prometheus")?, found);
    let address = own.text("address", found);
    own.end(found);
    let web = |address: &String| address.starts_with("http://") || address.starts_with("https://");
    if !address.as_ref().is_some_and(web) {
        found.wrong(&at, "needs the address of a Prometheus, such as {address: http://prometheus.monitoring:9090}");
    }
    address.filter(web)
}

const STRATEGIES: [(&str, Strategy); 2] = [("immediate", Strategy::Immediate), ("gradual", Strategy::Gradual)];

/// Reads one target.
pub(crate) fn target(path: &str, value: Value, before: &Settings, found: &mut Found) -> Target {
    let mut fields = Fields::of(path, value, found);
    let strategy = fields.word("strategy", &STRATEGIES, found).unwrap_or_default();
    let checks = fields.list("validation_checks", found).unwrap_or_default();
    let checks = checks.into_iter().filter_map(|(path, item)| check(&path, &item, found)).collect();
    let channels = fields.list("notification_channels", found).unwrap_or_default();
    let channels = channels.into_iter().filter_map(|(path, item)| channel(&path, &item, found)).collect();
    let (at, own) = (fields.at("triggers"), fields.list("triggers", found));
    let triggers = own.map(|items| trigger::triggers(items, &at, found));
    let settings = settings(&mut fields, before, found);
    fields.end(found);
    Target { strategy, checks, channels, settings, triggers }
}

/// A check by its name alone, or `{smoke_test: ADDRESS}`, or `{template: NAME}`.
fn check(path: &str, item: &Value, found: &mut Found) -> Option<Check> {
    let known = "must be health_check, smoke_test, {smoke_test: ADDRESS} or {template: NAME of an AnalysisTemplate}";
    let named = match item {
        Value::Object(one) if one.len() == 1 => {
            one.iter().next().and_then(|(key, value)| Some((key.clone(), Some(text_of(value).ok()?))))
        }
        Value::Object(_) => None,
        other => text_of(other).ok().map(|name| (name, None)),
    };
    let check = match named {
        Some((name, None)) if name == "health_check" => Some(Check::Health),
        Some((name, address)) if name == "smoke_test" => Some(Check::Smoke(address)),
        Some((name, Some(template))) if name == "template" => Some(Check::Template(template)),
        _ => None,
    };
    found.note(path, check.ok_or_else(|| known.to_owned()))
}

/// `{SERVICE: RECIPIENT}`.
fn channel(path: &str, item: &Value, found: &mut Found) -> Option<Channel> {
    let one = match item {
        Value::Object(one) if one.len() == 1 => one.iter().next(),
        _ => None,
    };
    let channel = one.and_then(|(service, recipient)| {
        let recipient = text_of(recipient).ok().filter(|recipient| !recipient.is_empty())?;
        Some(Channel { service: service.clone(), recipient })
    });
    found.note(
        path,
        channel.ok_or_else(|| "must be one service with a recipient, such as {slack: \"#alerts\"}".to_owned()),
    )
}
