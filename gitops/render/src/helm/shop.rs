//! Where charts are had: indexes are kept for a while, and charts as long as there is room.

use std::collections::{HashMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tempfile::TempDir;
use tokio::sync::Mutex as AsyncMutex;

use super::archive::{Archive, hash};
use super::fetch::Fetch;
use super::index::Index;
use super::registry;
use crate::address;
use crate::child::Jail;
use crate::credentials::Access;
use crate::error::{Kind, OnThisMachine, RenderError};
use crate::git::Answer;
use crate::limits::Limits;

/// Charts, and places that have them, that are kept at once.
const CHARTS: usize = 64;
const PLACES: usize = 256;

/// Where charts are had.
#[derive(Debug)]
pub(crate) struct Shop {
    folder: PathBuf,
    helm: PathBuf,
    limits: Limits,
    places: Mutex<HashMap<Which, Arc<Place>>>,
    charts: Mutex<VecDeque<(Which, Arc<Archive>)>>,
    /// One index is read at a time: some are tens of megabytes, and take several times that while they are read.
    reading: AsyncMutex<()>,
}

/// A repository, or a chart as it has it, and as whom we are there.
type Which = (String, Access);

/// Charts of a registry, by name and the version that was asked for.
type Pulled = HashMap<(String, String), Answer<Arc<Archive>>>;

/// A repository's index, or one chart of a registry at one version; who asks meanwhile waits, and shares the answer.
#[derive(Debug, Default)]
struct Place {
    index: AsyncMutex<Option<Answer<Arc<Index>>>>,
    pulled: AsyncMutex<Pulled>,
}

/// A chart that is asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted<'a> {
    pub repository: &'a str,
    pub chart: &'a str,
    /// A version or a range.
    pub version: &'a str,
    pub access: &'a Access,
    pub pass_credentials: bool,
}

impl Wanted<'_> {
    /// Registries are told by their scheme, or by what their Secret says.
    fn is_oci(&self) -> bool {
        self.repository.starts_with("oci://") || self.access.oci || !self.repository.contains("://")
    }
}

impl Shop {
    pub(crate) fn new(folder: &Path, helm: &Path, limits: &Limits) -> Self {
        let (folder, helm, limits) = (folder.to_owned(), helm.to_owned(), limits.clone());
        Self {
            folder,
            helm,
            limits,
            places: Mutex::default(),
            charts: Mutex::default(),
            reading: AsyncMutex::default(),
        }
    }

    /// The chart, unpacked, and its version. What the repository said up to `age` ago will do.
    pub(crate) async fn chart(
        &self,
        jail: &Jail,
        wanted: Wanted<'_>,
        (now, age): (Timestamp, Duration),
    ) -> Result<Arc<Archive>, RenderError> {
        let place = self.place(&wanted);
        let what = format!("{}: chart {}", address::shown(wanted.repository), wanted.chart);
        let chart = if wanted.is_oci() {
            self.of_registry(jail, &place, wanted, (now, age)).await
        } else {
            self.of_repository(jail, &place, wanted, (now, age)).await
        };
        chart.map_err(|error| error.within(what))
    }

    async fn of_repository(
        &self,
        jail: &Jail,
        place: &Place,
        wanted: Wanted<'_>,
        (now, age): (Timestamp, Duration),
    ) -> Result<Arc<Archive>, RenderError> {
        let index = self.index(jail, place, wanted, (now, age)).await?;
        let packed = index.find(wanted.chart, wanted.version)?;
        let url =
            packed.urls.first().ok_or_else(|| RenderError::new(Kind::NotFound, "its index says not where it is"))?;
        let base = wanted.repository.trim_end_matches('/');
        let url = if url.contains("://") { url.clone() } else { format!("{base}/{}", url.trim_start_matches('/')) };
        // A chart may be pushed anew at the same version; its digest tells.
        let which = format!("{base} {url} {}", packed.digest.as_deref().unwrap_or_default());
        let key = (which, wanted.access.clone());
        if let Some(chart) = self.kept(&key) {
            return Ok(chart);
        }
        let seat = jail.talk_to(address::server(&url)).await;
        let body = fetch(&wanted, self.limits.fetch, self.limits.chart).get(&url).await?;
        drop(seat);
        let differs = packed.digest.as_deref().map(|digest| digest.trim_start_matches("sha256:").to_lowercase());
        if differs.is_some_and(|digest| !digest.is_empty() && digest != hash(&body)) {
            return Err(RenderError::new(Kind::Unreachable, "it is not what the index says: its digest differs"));
        }
        self.unpack(key, body, packed.digest.is_some())
    }

    async fn index(
        &self,
        jail: &Jail,
        place: &Place,
        wanted: Wanted<'_>,
        (now, age): (Timestamp, Duration),
    ) -> Result<Arc<Index>, RenderError> {
        let mut kept = place.index.lock().await;
        if let Some(known) = kept.as_ref().and_then(|answer| answer.counts(now, (age, self.limits.retry))) {
            return known;
        }
        let answer = Answer::to(async { self.ask_index(jail, wanted).await.map(Arc::new) }, now).await;
        kept.insert(answer).what()
    }

    async fn ask_index(&self, jail: &Jail, wanted: Wanted<'_>) -> Result<Index, RenderError> {
        let url = format!("{}/index.yaml", wanted.repository.trim_end_matches('/'));
        let seat = jail.talk_to(address::server(&url)).await;
        let body = fetch(&wanted, self.limits.fetch, self.limits.index).get(&url).await?;
        drop(seat);
        let _alone = self.reading.lock().await;
        let read = tokio::task::spawn_blocking(move || Index::parse(&body)).await;
        let read = read.map_err(|error| RenderError::new(Kind::Machine, error))?;
        read.map_err(|why| RenderError::new(Kind::Manifest, format!("index.yaml: {why}")))
    }

    async fn of_registry(
        &self,
        jail: &Jail,
        place: &Place,
        wanted: Wanted<'_>,
        (now, age): (Timestamp, Duration),
    ) -> Result<Arc<Archive>, RenderError> {
        let mut pulled = place.pulled.lock().await;
        let key = (wanted.chart.to_owned(), wanted.version.to_owned());
        if let Some(known) = pulled.get(&key).and_then(|answer| answer.counts(now, (age, self.limits.retry))) {
            return known;
        }
        let answer = Answer::to(self.pull(jail, wanted), now).await;
        let outcome = answer.what();
        if pulled.len() >= CHARTS {
            pulled.clear();
        }
        pulled.insert(key, answer);
        outcome
    }

    async fn pull(&self, jail: &Jail, wanted: Wanted<'_>) -> Result<Arc<Archive>, RenderError> {
        let home = TempDir::new_in(&self.folder).on_this_machine("make a folder")?;
        let run = (self.helm.as_path(), home.path(), &self.limits);
        let which = (wanted.repository, wanted.chart, wanted.version);
        let packed = registry::pull(jail, run, which, wanted.access).await?;
        Archive::unpack(packed, &self.limits).map(Arc::new)
    }

    fn unpack(&self, key: Which, body: Vec<u8>, is_known: bool) -> Result<Arc<Archive>, RenderError> {
        let archive = Arc::new(Archive::unpack(body, &self.limits)?);
        let mut charts = self.charts.lock().unwrap_or_else(PoisonError::into_inner);
        // Without a digest nobody knows whether it is still the same.
        if is_known {
            charts.push_front((key, Arc::clone(&archive)));
            charts.truncate(CHARTS);
        }
        Ok(archive)
    }

    fn kept(&self, key: &Which) -> Option<Arc<Archive>> {
        let charts = self.charts.lock().unwrap_or_else(PoisonError::into_inner);
        charts.iter().find(|(kept, _)| kept == key).map(|(_, chart)| Arc::clone(chart))
    }

    fn place(&self, wanted: &Wanted<'_>) -> Arc<Place> {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        if places.len() >= PLACES {
            places.clear();
        }
        Arc::clone(places.entry((wanted.repository.to_owned(), wanted.access.clone())).or_default())
    }
}

fn fetch<'a>(wanted: &Wanted<'a>, time: Duration, most: u64) -> Fetch<'a> {
    let Wanted { repository, access, pass_credentials, .. } = *wanted;
    Fetch { repository, access, pass_credentials, time, most }
}
