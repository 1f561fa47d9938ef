//! The controller on a real cluster: real API server, Traefik, Prometheus, and requests all along.

mod bad_input;
mod blue_green;
mod canary;
mod chart;
mod collector;
mod costs;
mod dashboard;
mod deposed;
mod experiments;
mod gateway;
mod handover;
mod history;
mod incidents;
mod jobs;
mod metadata;
mod migration;
mod notices;
mod plugin;
mod prometheus_faults;
mod release;
mod restarts;
mod rights;
mod rollback_policy;
mod router_faults;
mod routers;
mod rules;
mod slack;
mod slow_version;
mod takeover;
mod traces;
mod traefik_routes;
mod turns;
mod twins;

use std::process::ExitCode;

use sluice_e2e::harness::{Case, run_and_then};

fn main() -> ExitCode {
    let mut cases = vec![
        Case::new("a_good_canary_goes_out_without_a_failed_request", canary::good),
        Case::new("a_bad_canary_is_taken_back_by_its_analysis", canary::bad),
        Case::new("two_versions_are_compared_by_what_traefik_counts", canary::compared),
        Case::new("a_third_version_takes_over_without_a_failed_request", canary::superseded),
        Case::new("a_canary_without_a_router_goes_out_by_pods", canary::by_pods),
        Case::new("a_canary_goes_out_and_a_bad_one_is_taken_back_at_a_gateway", gateway::releases),
        Case::new("pods_of_an_experiment_get_their_share_of_requests_and_none_fails", experiments::share),
        Case::new("an_experiment_that_is_deleted_goes_after_its_traffic_does", experiments::deleted),
        Case::new("the_guides_rollout_runs_as_it_is_written", canary::guide),
        Case::new("a_job_judges_a_version_and_goes_with_an_abort", jobs::judged),
        Case::new("blue_green_switches_without_a_failed_request", blue_green::switch),
        Case::new("blue_green_is_switched_back_when_the_analysis_after_it_fails", blue_green::switch_back),
        Case::new("pods_are_labelled_by_their_role_and_not_restarted", metadata::canary),
        Case::new("preview_pods_are_labelled_active_and_not_restarted", metadata::blue_green),
        Case::new("the_plugin_promotes_aborts_and_retries", plugin::drive),
        Case::new("the_dashboard_shows_and_does_what_its_visitors_may", dashboard::rights),
        Case::new("kubectl_sluice_dashboard_serves_whoever_has_its_address", dashboard::at_home),
        Case::new("what_is_plainly_wrong_is_refused_at_once", rules::plainly_wrong),
        Case::new("every_example_is_taken", rules::examples),
        Case::new("an_object_older_than_the_rules_can_still_be_changed", rules::older_objects),
        Case::new("five_mistakes_are_reported_at_once", bad_input::five_mistakes),
        Case::new("a_half_typed_object_is_reported_and_stops_no_other", bad_input::half_typed),
        Case::new("a_missing_template_and_service_are_reported_and_picked_up", bad_input::missing_references),
        Case::new("prometheus_in_trouble_never_passes_an_analysis", prometheus_faults::never_successful),
        Case::new(
            "a_promoted_version_that_goes_bad_is_taken_back_by_the_rollback_policy",
            rollback_policy::after_promotion,
        ),
        Case::new(
            "a_version_that_goes_bad_at_a_pause_is_taken_back_by_the_rollback_policy",
            rollback_policy::during_release,
        ),
        Case::new("a_version_does_not_answer_for_the_one_before_it", rollback_policy::of_the_version_before),
        Case::new("a_version_that_answers_too_slowly_is_taken_back_by_the_rollback_policy", slow_version::taken_back),
        Case::new("the_guides_rollback_policy_works_as_it_is_written", rollback_policy::guide),
        Case::new("pods_that_fail_their_checks_are_taken_back_by_the_rollback_policy", rollback_policy::unhealthy),
        Case::new("a_policy_that_is_changed_counts_for_the_release_under_way", rollback_policy::changed_under_way),
        Case::new("a_policy_that_cannot_see_or_is_broken_lets_nothing_through", rollback_policy::blind_and_broken),
        Case::new("weights_edited_by_hand_are_put_back", router_faults::drift),
        Case::new("a_missing_traefik_service_holds_the_release_until_it_is_there", router_faults::missing),
        Case::new("a_traefik_service_without_the_canary_holds_the_release", router_faults::lacking),
        Case::new("a_traefik_service_deleted_in_the_middle_holds_the_release", router_faults::deleted),
        Case::new("new_pods_lost_at_weight_20_fail_no_request_of_the_stable_share", router_faults::unready),
        Case::new("new_pods_lost_at_weight_20_heal_the_route_of_a_bare_traefik", router_faults::unready_bare),
        Case::new("testers_reach_the_new_version_at_traefik_and_copies_do", traefik_routes::testers_and_copies),
        Case::new("a_session_keeps_its_version_while_that_has_weight_at_traefik", traefik_routes::sticky),
        Case::new("a_canary_goes_out_through_istio", routers::istio),
        Case::new("a_canary_goes_out_through_subsets_of_a_destination_rule", routers::subsets),
        Case::new("a_canary_goes_out_through_nginx_ingresses", routers::nginx),
        Case::new("a_canary_goes_out_through_alb_ingresses", routers::alb),
        Case::new("a_canary_goes_out_through_a_traffic_split", routers::smi),
        Case::new("a_canary_goes_out_through_apisix", routers::apisix),
        Case::new("an_experiment_gets_its_share_in_the_objects_of_istio_alb_and_smi", routers::experiments),
        Case::new("two_services_take_turns_without_a_failed_request", turns::under_load),
        Case::new("two_services_take_turns_in_the_objects_of_istio_and_alb", turns::by_objects),
        Case::alone("a_step_costs_two_writes_to_the_rollout_at_most", costs::of_a_step),
        Case::new("a_cluster_changes_over_in_the_middle_of_a_release", takeover::at_a_pause),
        Case::new("a_deployment_becomes_a_canary_without_a_failed_request", migration::pod_by_pod),
        Case::new("a_restart_evicts_pods_within_their_budget_and_fails_no_request", restarts::evicted),
        Case::new("the_chart_is_installed_upgraded_and_taken_away", chart::installed_and_upgraded),
        Case::new("every_query_of_dashboards_and_alerts_is_answered_after_a_release", chart::queries),
        Case::new("a_release_is_one_trace_though_its_controller_is_killed_in_the_middle", traces::over_restarts),
        Case::new("a_leader_that_is_stopped_hands_over_within_two_seconds", handover::on_stop),
        Case::new("a_leader_that_was_suspended_tells_nobody_what_the_next_one_tells", deposed::suspended),
    ];
    cases.extend(incidents::cases());
    // Nobody follows on a cluster whose own controllers have yet to get over a restart of the API server.
    cases.extend([
        Case::alone("people_in_slack_are_told_of_a_release_once", notices::slack),
        Case::alone("a_killed_controller_goes_on_where_it_was", restarts::controller_killed),
        Case::alone("a_restarted_api_server_loses_no_release", restarts::api_server_restarted),
    ]);
    run_and_then(cases, Some(Case::new("the_role_has_the_rights_that_this_run_used_and_no_others", rights::all_used)))
}
