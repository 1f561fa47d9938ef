//! Worlds out of bytes: few names, so that they meet; numbers at the edges of what they may be.

use std::collections::BTreeMap;

use arbitrary::{Result, Unstructured};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use sluice_core::guard::{Blind, Checks, Guard, Reins};
use sluice_core::observed::{
    Analysis, Aside, Handover, Hash, Lending, Loaded, Loan, Marks, Observed, Past, Pod, Revision, Role, Routed, Service,
    Sight,
};
use sluice_core::spec::{Lender, LenderKind, ScaleDown};
use sluice_core::{ping_pong, validate};
use sluice_core::weight::Weight;
use sluice_crds::{
    AnalysisPhase, AnalysisRunRef, Condition, Metadata, PauseCondition, ReleaseRecord, RolloutPhase, RolloutSpec, RolloutStatus, Time,
    Violation, names,
};

type Bytes<'a, 'b> = &'a mut Unstructured<'b>;

const HASHES: [&str; 4] = ["v1", "v2", "v3", "v4"];
const PHASES: [AnalysisPhase; 6] = [
    AnalysisPhase::Unset,
    AnalysisPhase::Running,
    AnalysisPhase::Successful,
    AnalysisPhase::Failed,
    AnalysisPhase::Error,
    AnalysisPhase::Inconclusive,
];

/// A world, and the time in it.
pub(super) fn world(bytes: Bytes) -> Result<(Observed, Timestamp)> {
    let now = moment(bytes)?;
    let spec: RolloutSpec = serde_json::from_value(spec(bytes)?).expect("the generator writes specs");
    let routed = spec.strategy.canary.as_ref().is_some_and(|canary| canary.traffic_routing.is_some());
    let mut seen = Observed {
        name: "web".to_owned(),
        generation: bytes.arbitrary()?,
        spec: Err(Vec::new()),
        loan: loan(bytes)?,
        hash: hash(bytes)?,
        steps_hash: Hash::from("steps"),
        selector: "app=web".to_owned(),
        revisions: revisions(bytes)?,
        marks: marks(bytes)?,
        pods: Some(pods(bytes)?),
        services: services(bytes)?,
        routed: if routed { Some(route(bytes)?) } else { None },
        analyses: analyses(bytes)?,
        aside: some(bytes, 3, aside)?,
        guard: maybe(bytes, guard)?,
        status: status(bytes)?,
    };
    seen.spec = validate::spec(&spec, ping_pong::arms(&spec, &seen.status));
    Ok((seen, now))
}

/// A Deployment that lends the template, may be missing, and may have been on its way before.
fn loan(bytes: Bytes) -> Result<Option<Loan>> {
    if !bytes.arbitrary()? {
        return Ok(None);
    }
    let scale_down = *bytes.choose(&[ScaleDown::Never, ScaleDown::OnSuccess, ScaleDown::Progressively])?;
    let lender = Lender { kind: LenderKind::Deployment, name: "web".to_owned(), scale_down };
    let handover = Handover { from: bytes.arbitrary()?, over: bytes.arbitrary()? };
    let handover = bytes.arbitrary::<bool>()?.then_some(handover);
    let lending = Lending { generation: bytes.arbitrary()?, pods: bytes.arbitrary()?, handover };
    let missing = Violation::new("spec.workloadRef", "there is no Deployment \"web\"");
    Ok(Some(Loan { lender, lending: if bytes.arbitrary()? { Ok(lending) } else { Err(missing) } }))
}

fn marks(bytes: Bytes) -> Result<BTreeMap<Hash, Marks>> {
    let one = |bytes: Bytes| {
        let marks = Marks { recorded: metadata(bytes)?, template: metadata(bytes)?, own: metadata(bytes)? };
        Ok((hash(bytes)?, marks))
    };
    (0..bytes.int_in_range(0..=3)?).map(|_| one(bytes)).collect()
}

fn pods(bytes: Bytes) -> Result<Vec<Pod>> {
    let one = |bytes: Bytes, at| {
        Ok(Pod {
            hash: hash(bytes)?,
            name: format!("pod-{at}"),
            uid: format!("uid-{at}"),
            created: moment(bytes)?,
            available: bytes.arbitrary()?,
            marks: metadata(bytes)?,
            leaving: bytes.arbitrary()?,
        })
    };
    (0..bytes.int_in_range(0..=4)?).map(|at| one(bytes, at)).collect()
}

/// Any of what the specs give their roles.
fn metadata(bytes: Bytes) -> Result<Metadata> {
    let values = ["canary", "stable"];
    let role = bytes.arbitrary::<bool>()?.then(|| bytes.choose(&values)).transpose()?;
    let labels = role.map(|role| ("role".to_owned(), (*role).to_owned()));
    Ok(Metadata { labels: labels.into_iter().collect(), annotations: BTreeMap::new() })
}

fn number(bytes: Bytes) -> Result<u32> {
    bytes.choose(&[0, 1, 2, 3, 5, 10, 100, i32::MAX as u32]).copied()
}

fn moment(bytes: Bytes) -> Result<Timestamp> {
    let second = *bytes.choose(&[1_800_000_000, 1_800_000_001, 1_800_000_030, 1_800_000_601, 0, i64::MIN, i64::MAX])?;
    let end = if second < 0 { Timestamp::MIN } else { Timestamp::MAX };
    Ok(Timestamp::from_second(second).unwrap_or(end))
}

fn hash(bytes: Bytes) -> Result<Hash> {
    bytes.choose(&HASHES).map(|hash| Hash::from(*hash))
}

fn maybe<T>(bytes: Bytes, one: impl FnOnce(Bytes) -> Result<T>) -> Result<Option<T>> {
    if bytes.arbitrary()? { one(bytes).map(Some) } else { Ok(None) }
}

fn some<T>(bytes: Bytes, most: usize, one: impl Fn(Bytes) -> Result<T>) -> Result<Vec<T>> {
    (0..bytes.int_in_range(0..=most)?).map(|_| one(bytes)).collect()
}

fn spec(bytes: Bytes) -> Result<Value> {
    let mut spec = json!({
        "replicas": number(bytes)?,
        "paused": bytes.arbitrary::<bool>()?,
        "revisionHistoryLimit": number(bytes)?,
        "progressDeadlineAbort": bytes.arbitrary::<bool>()?,
        "selector": {"matchLabels": {"app": "web"}},
        "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "web", "image": "web"}]}},
        "strategy": if bytes.arbitrary()? { canary(bytes)? } else { blue_green(bytes)? },
    });
    if bytes.arbitrary()? {
        spec["progressDeadlineSeconds"] = json!(number(bytes)?);
        spec["restartAt"] = json!(moment(bytes)?.to_string());
        spec["analysis"] = json!({"successfulRunHistoryLimit": 1, "unsuccessfulRunHistoryLimit": 0});
    }
    Ok(spec)
}

fn canary(bytes: Bytes) -> Result<Value> {
    let mut canary = json!({"steps": some(bytes, 6, step)?, "abortScaleDownDelaySeconds": number(bytes)?});
    if bytes.arbitrary()? {
        canary["canaryService"] = json!("one");
        canary["stableService"] = json!("two");
        if bytes.arbitrary()? {
            canary["trafficRouting"] = json!({"traefik": {"weightedTraefikServiceName": "web"}});
            canary["scaleDownDelaySeconds"] = json!(number(bytes)?);
            if bytes.int_in_range(0..=3)? == 0 {
                take_turns(&mut canary);
            }
        }
    }
    for role in ["canary", "stable"] {
        if bytes.arbitrary()? {
            canary[format!("{role}Metadata")] = json!({"labels": {"role": role}});
        }
    }
    if bytes.arbitrary()? {
        canary["maxSurge"] = budget(bytes)?;
        canary["maxUnavailable"] = budget(bytes)?;
    }
    if bytes.arbitrary()? {
        canary["analysis"] = json!({"templates": [{"templateName": "errors"}], "startingStep": number(bytes)?});
    }
    Ok(json!({"canary": canary}))
}

fn take_turns(canary: &mut Value) {
    canary["pingPong"] = json!({"pingService": "two", "pongService": "one"});
    canary.as_object_mut().expect("a map").retain(|field, _| !field.ends_with("Service"));
}

fn budget(bytes: Bytes) -> Result<Value> {
    Ok(if bytes.arbitrary()? { json!(number(bytes)?) } else { json!(format!("{}%", number(bytes)?)) })
}

fn step(bytes: Bytes) -> Result<Value> {
    Ok(match bytes.int_in_range(0..=5)? {
        0 => json!({"setWeight": bytes.int_in_range(0..=100)?}),
        1 => json!({"pause": {}}),
        2 => json!({"pause": {"duration": number(bytes)?}}),
        3 => json!({"experiment": {"templates": [{"name": "try", "specRef": "canary"}]}}),
        4 => json!({"experiment": {"templates": [{"name": "try", "specRef": "canary", "weight": number(bytes)?}]}}),
        _ => json!({"analysis": {"templates": [{"templateName": "errors"}]}}),
    })
}

fn blue_green(bytes: Bytes) -> Result<Value> {
    let analysis = json!({"templates": [{"templateName": "errors"}]});
    let mut blue_green = json!({"activeService": "one", "scaleDownDelaySeconds": number(bytes)?});
    for (field, value) in [
        ("previewService", json!("two")),
        ("autoPromotionEnabled", json!(false)),
        ("prePromotionAnalysis", analysis.clone()),
        ("postPromotionAnalysis", analysis),
        ("abortScaleDownDelaySeconds", json!(number(bytes)?)),
        ("autoPromotionSeconds", json!(number(bytes)?)),
    ] {
        if bytes.arbitrary()? {
            blue_green[field] = value;
        }
    }
    Ok(json!({"blueGreen": blue_green}))
}

/// Revisions of different names. What is asked for and what is there may be far apart.
fn revisions(bytes: Bytes) -> Result<Vec<Revision>> {
    let mut revisions = Vec::new();
    for hash in HASHES {
        let revision = maybe(bytes, |bytes| {
            let current = number(bytes)?;
            let ready = number(bytes)?.min(current);
            Ok(Revision {
                hash: Hash::from(hash),
                number: *bytes.choose(&[0, 1, 2, 3, u64::MAX])?,
                desired: number(bytes)?,
                current,
                ready,
                available: number(bytes)?.min(ready),
                shrink_after: maybe(bytes, moment)?,
                created: maybe(bytes, moment)?,
                past: *bytes.choose(&[Past::Unknown, Past::Unfinished, Past::Completed, Past::Aborted])?,
                record: maybe(bytes, record)?,
            })
        })?;
        revisions.extend(revision);
    }
    Ok(revisions)
}

/// What an earlier release left.
fn record(bytes: Bytes) -> Result<ReleaseRecord> {
    Ok(ReleaseRecord {
        began: Time(moment(bytes)?),
        ended: Time(moment(bytes)?),
        how: (*bytes.choose(&["Completed", "Aborted", "by magic"])?).to_owned(),
        waited_seconds: *bytes.choose(&[0, 600, i64::MIN, i64::MAX])?,
        ordered_by: some(bytes, 2, |_| Ok("ann".to_owned()))?,
        why: (*bytes.choose(&["", "errors"])?).to_owned(),
    })
}

fn services(bytes: Bytes) -> Result<BTreeMap<String, Service>> {
    let mut services = BTreeMap::new();
    for name in ["one", "two"] {
        // Rarely missing.
        if bytes.int_in_range(0..=7)? != 0 {
            services.insert(name.to_owned(), Service { selects: maybe(bytes, hash)? });
        }
    }
    Ok(services)
}

fn route(bytes: Bytes) -> Result<Routed> {
    if bytes.int_in_range(0..=15)? == 0 {
        return Ok(Routed::Broken("no such object".to_owned()));
    }
    let loaded = match bytes.int_in_range(0..=3)? {
        0 => Loaded::NotBefore(moment(bytes)?),
        1 => Loaded::NotYet("reloading".to_owned()),
        _ => Loaded::Yes,
    };
    let others = some(bytes, 2, |bytes| Ok(((*bytes.choose(&ASIDE)?).to_owned(), weight(bytes)?)))?;
    let others = others.into_iter().collect();
    let managed = Some(Vec::new());
    Ok(Routed::Live { canary: maybe(bytes, weight)?, others, managed, no_routes: None, loaded })
}

/// Services of experiments.
const ASIDE: [&str; 3] = ["try", "other", "gone"];

fn aside(bytes: Bytes) -> Result<Aside> {
    Ok(Aside {
        experiment: (*bytes.choose(&names_of_runs())?).to_owned(),
        template: (*bytes.choose(&ASIDE)?).to_owned(),
        service: (*bytes.choose(&ASIDE)?).to_owned(),
        hash: hash(bytes)?,
        is_ready: bytes.arbitrary()?,
    })
}

fn weight(bytes: Bytes) -> Result<Weight> {
    Ok(Weight::new(bytes.int_in_range(0..=100)?).unwrap_or_default())
}

/// By which rules.
fn rules(bytes: Bytes) -> Result<String> {
    Ok((*bytes.choose(&["these", "those"])?).to_owned())
}

/// What a rollback policy asks.
fn guard(bytes: Bytes) -> Result<Guard> {
    Ok(Guard {
        asks: rules(bytes)?,
        decides: some(bytes, 1, |_| Ok("errors".to_owned()))?.into_iter().collect(),
        bake: SignedDuration::from_secs(bytes.int_in_range(0..=1000)?),
        dry_run: bytes.arbitrary()?,
        reins: maybe(bytes, |bytes| Ok(Reins { why: "cooldown".to_owned(), until: moment(bytes)? }))?,
        remembered: some(bytes, 1, |_| Ok("web-1-1-policy".to_owned()))?.into_iter().collect(),
        blind: maybe(bytes, |bytes| {
            Ok(Blind { why: "no query".to_owned(), holds: bytes.arbitrary()?, all: bytes.arbitrary()? })
        })?,
        gradual: maybe(bytes, |bytes| Ok(SignedDuration::from_secs(bytes.int_in_range(0..=100)?)))?,
        checks: checks(bytes)?,
        broken: maybe(bytes, |_| Ok("broken".to_owned()))?,
    })
}

fn checks(bytes: Bytes) -> Result<Checks> {
    Ok(match bytes.int_in_range(0..=2)? {
        0 => Checks::None,
        1 => Checks::Ready,
        _ => Checks::Broken("no template".to_owned()),
    })
}

fn sight(bytes: Bytes) -> Result<Sight> {
    Ok(match bytes.int_in_range(0..=4)? {
        0 => Sight::Good,
        1 => Sight::Unsure("errors".to_owned()),
        2 => Sight::Shared("errors".to_owned()),
        3 => Sight::Nothing,
        _ => Sight::Blind("errors".to_owned()),
    })
}

fn analyses(bytes: Bytes) -> Result<Vec<Analysis>> {
    let mut analyses: Vec<Analysis> = some(bytes, 5, |bytes| {
        Ok(Analysis {
            name: (*bytes.choose(&names_of_runs())?).to_owned(),
            hash: hash(bytes)?,
            role: match bytes.int_in_range(0..=8)? {
                0 => Role::Background,
                1 => Role::PrePromotion,
                2 => Role::PostPromotion,
                3 => Role::Other,
                4 => Role::Experiment(bytes.int_in_range(0..=6)?),
                5 => Role::Policy,
                6 => Role::Bake,
                7 => Role::Checks,
                _ => Role::Step(bytes.int_in_range(0..=6)?),
            },
            phase: *bytes.choose(&PHASES)?,
            message: String::new(),
            stopped: bytes.arbitrary()?,
            cut_short: bytes.arbitrary()?,
            created: maybe(bytes, moment)?,
            measured: bytes.arbitrary()?,
            cannot_tell: maybe(bytes, |_| Ok("cannot tell".to_owned()))?,
            sight: sight(bytes)?,
            would: maybe(bytes, |_| Ok("would".to_owned()))?,
            failed: some(bytes, 1, |_| Ok("errors".to_owned()))?,
            asked: maybe(bytes, rules)?,
        })
    })?;
    // The API server has one object of a name.
    analyses.sort_by(|one, other| one.name.cmp(&other.name));
    analyses.dedup_by(|one, other| one.name == other.name);
    Ok(analyses)
}

fn names_of_runs() -> [&'static str; 6] {
    ["web-v2-2", "web-v2-2-1", "web-v2-2-pre", "web-v2-2-post", "web-v1-1", "another"]
}

fn status(bytes: Bytes) -> Result<RolloutStatus> {
    let mut status = RolloutStatus {
        phase: *bytes.choose(&[RolloutPhase::Unset, RolloutPhase::Progressing, RolloutPhase::Paused])?,
        abort: bytes.int_in_range(0..=3)? == 0,
        aborted_at: maybe(bytes, |bytes| moment(bytes).map(Time))?,
        promote_full: bytes.int_in_range(0..=7)? == 0,
        controller_pause: bytes.arbitrary()?,
        pause_conditions: some(bytes, 2, pause)?,
        current_pod_hash: maybe(bytes, hash)?.map(|hash| hash.0),
        current_step_hash: maybe(bytes, |bytes| {
            bytes.choose(&["steps", "sluice-other"]).map(|hash| (*hash).to_owned())
        })?,
        current_step_index: maybe(bytes, |bytes| bytes.choose(&[0, 1, 2, 3, 7, -1, i32::MAX]).copied())?,
        stable_rs: maybe(bytes, hash)?.map(|hash| hash.0),
        conditions: some(bytes, 2, condition)?,
        ..RolloutStatus::default()
    };
    status.canary.current_step_analysis_run_status = maybe(bytes, reference)?;
    status.canary.current_experiment = maybe(bytes, |bytes| Ok((*bytes.choose(&names_of_runs())?).to_owned()))?;
    status.canary.current_background_analysis_run_status = maybe(bytes, reference)?;
    status.blue_green.pre_promotion_analysis_run_status = maybe(bytes, reference)?;
    status.blue_green.post_promotion_analysis_run_status = maybe(bytes, reference)?;
    status.canary.stable_ping_pong =
        maybe(bytes, |bytes| Ok((*bytes.choose(&["ping", "pong", "pang"])?).to_owned()))?;
    Ok(status)
}

fn pause(bytes: Bytes) -> Result<PauseCondition> {
    let inconclusive = [names::pause::INCONCLUSIVE_ANALYSIS, names::pause::INCONCLUSIVE_EXPERIMENT];
    let reasons = [names::pause::CANARY_STEP, names::pause::BLUE_GREEN, inconclusive[0], inconclusive[1], "other"];
    let reason = (*bytes.choose(&reasons)?).to_owned();
    Ok(PauseCondition { reason, start_time: maybe(bytes, |bytes| moment(bytes).map(Time))? })
}

fn condition(bytes: Bytes) -> Result<Condition> {
    let kinds = [names::condition::PROGRESSING, names::condition::PAUSED];
    Ok(Condition {
        r#type: (*bytes.choose(&kinds)?).to_owned(),
        status: "True".to_owned(),
        reason: (*bytes.choose(&[names::reason::ABORTED, names::reason::PAUSED, ""])?).to_owned(),
        last_update_time: maybe(bytes, |bytes| moment(bytes).map(Time))?,
        ..Condition::default()
    })
}

fn reference(bytes: Bytes) -> Result<AnalysisRunRef> {
    let name = (*bytes.choose(&names_of_runs())?).to_owned();
    Ok(AnalysisRunRef { name, status: *bytes.choose(&PHASES)?, message: None })
}
