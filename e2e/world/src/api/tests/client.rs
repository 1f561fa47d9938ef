//! The real client and its watcher, for a virtual day.

use std::collections::BTreeSet;
use std::pin::pin;
use std::time::Duration;

use futures::{StreamExt, TryStreamExt};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::{DeleteParams, ListParams, Patch, PatchParams, PostParams, Preconditions, WatchParams};
use kube::{Api, Client, ResourceExt};
use kube_runtime::watcher::{self, Event, watcher};
use serde_json::json;
use sluice_controller::clock::Clock;

use super::super::Store;

const MINUTES: usize = 24 * 60;

#[tokio::test(start_paused = true)]
async fn a_watcher_sees_each_write_of_a_day_by_pages_and_by_a_stream() {
    for config in [watcher::Config::default().page_size(2), watcher::Config::default().streaming_lists()] {
        let store = Store::new(Clock::starting_at("2026-01-01T00:00:00Z".parse().unwrap()));
        let client = Client::new(store.service("sluice"), "default");
        let maps: Api<ConfigMap> = Api::default_namespaced(client);
        for name in ["a", "b", "c"] {
            let map: ConfigMap = serde_json::from_value(json!({"metadata": {"name": name}})).unwrap();
            maps.create(&PostParams::default(), &map).await.unwrap();
        }
        let writer = tokio::spawn(write_each_minute(maps.clone(), store.clone()));
        let mut events = pin!(watcher(maps, config));
        let mut seen = BTreeSet::new();
        let mut relists = 0;
        while seen.len() < MINUTES {
            match events.next().await.unwrap() {
                // After a compaction that it has slept through, it finds what it missed by listing.
                Ok(Event::InitApply(map) | Event::Apply(map)) => {
                    seen.extend(map.data.unwrap_or_default().into_values());
                }
                Ok(Event::Init) => relists += 1,
                Ok(Event::InitDone | Event::Delete(_)) | Err(_) => {}
            }
        }
        assert!((2..20).contains(&relists), "{relists} lists");
        writer.await.unwrap();
    }
}

/// Compacts now and then, before the watcher has seen the last write: it has to begin anew.
async fn write_each_minute(maps: Api<ConfigMap>, store: Store) {
    for minute in 0..MINUTES {
        tokio::time::sleep(Duration::from_mins(1)).await;
        let patch = json!({"data": {"minute": minute.to_string()}});
        maps.patch("a", &PatchParams::default(), &Patch::Merge(patch)).await.unwrap();
        if minute % 100 == 0 {
            store.compact(store.version());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_client_reads_every_kind_of_answer() {
    let store = Store::new(Clock::starting_at("2026-01-01T00:00:00Z".parse().unwrap()));
    let client = Client::new(store.service("sluice"), "default");
    let maps: Api<ConfigMap> = Api::default_namespaced(client.clone());
    let map = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"x": "1"}});
    let applied = maps.patch("a", &PatchParams::apply("test"), &Patch::Apply(&map)).await.unwrap();
    assert_eq!(applied.uid().unwrap(), maps.get_metadata("a").await.unwrap().uid().unwrap());
    assert_eq!(maps.list(&ListParams::default().labels("x notin (y)")).await.unwrap().items.len(), 1);
    let other = Preconditions { uid: Some("other".to_owned()), resource_version: None };
    let stale = maps.delete("a", &DeleteParams::default().preconditions(other)).await;
    assert!(matches!(stale, Err(kube::Error::Api(status)) if status.is_conflict()));
    maps.delete("a", &DeleteParams::background()).await.unwrap();
    assert!(maps.get_opt("a").await.unwrap().is_none());
    let events = maps.watch_metadata(&WatchParams::default().timeout(1), "0").await.unwrap();
    assert_eq!(events.try_collect::<Vec<_>>().await.unwrap().len(), 0);
    assert_eq!(client.apiserver_version().await.unwrap().minor, "36");
}
