//! What the tests of one process share: a database cluster, and a chain that was deployed once.

use btsc::dev::account;
use btsc::services::metrics_handle;
use chain::Contracts;
use devstack::{Anvil, AnvilOptions, ForgeScript, Postgres, PostgresOptions, StateDir, Urls, forge_script};
use metrics_exporter_prometheus::PrometheusHandle;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock, Weak};
use tempfile::TempDir;
use tokio::sync::Mutex;

/// Held weakly, so that the last test to end also ends the children.
static SHARED: Mutex<Weak<Shared>> = Mutex::const_new(Weak::new());
static METRICS: OnceLock<PrometheusHandle> = OnceLock::new();
static DATABASES: AtomicU32 = AtomicU32::new(0);

pub(crate) struct Shared {
    // The children before the directory that they write to.
    postgres: Postgres,
    deployment: PathBuf,
    saved_chain: PathBuf,
    _state: StateDir,
    _directory: TempDir,
}

impl Shared {
    pub(crate) async fn get() -> Arc<Self> {
        let mut shared = SHARED.lock().await;
        if let Some(shared) = shared.upgrade() {
            return shared;
        }
        let fresh = Arc::new(Self::start().await);
        *shared = Arc::downgrade(&fresh);
        fresh
    }

    async fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let state = StateDir::open(directory.path().join("shared")).unwrap();
        let mut settings = PostgresOptions::new(root());
        settings.durable = false;
        settings.max_connections = 300;
        let postgres = Postgres::start(&settings, &state).await.unwrap();
        let (deployment, saved_chain) = deploy(&state, directory.path()).await;
        Self {
            postgres,
            deployment,
            saved_chain,
            _state: state,
            _directory: directory,
        }
    }

    /// A chain of its own with the contracts on it, which keeps its files in `directory`.
    pub(crate) async fn chain(&self, directory: &Path) -> (StateDir, Anvil, Contracts) {
        let state = StateDir::open(directory.join("chain")).unwrap();
        let place = state.path().join("anvil");
        std::fs::create_dir_all(&place).unwrap();
        std::fs::copy(&self.saved_chain, place.join("chain.json.gz")).unwrap();
        let anvil = Anvil::start(&AnvilOptions::new(root()), &state).await.unwrap();
        assert!(anvil.loaded(), "the deployed chain was loaded");
        (state, anvil, Contracts::read(&self.deployment).unwrap())
    }

    pub(crate) fn deployment(&self) -> &Path {
        &self.deployment
    }

    /// A database that no other test has.
    pub(crate) async fn database(&self, name: &str) -> Urls {
        let number = DATABASES.fetch_add(1, Ordering::Relaxed);
        self.postgres
            .create_database(&format!("{name}_{number}"))
            .await
            .unwrap()
    }
}

/// The process's metrics: it can have one recorder only.
pub(crate) fn metrics() -> PrometheusHandle {
    METRICS.get_or_init(|| metrics_handle().unwrap()).clone()
}

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .unwrap()
}

/// Deploys by the one script, and saves the chain: where the deployment is described, and the saved chain.
async fn deploy(state: &StateDir, directory: &Path) -> (PathBuf, PathBuf) {
    let anvil = Anvil::start(&AnvilOptions::new(root()), state).await.unwrap();
    let mut script = ForgeScript::new(root(), "scripts/Deploy.s.sol", anvil.url(), state.log("deploy"));
    script.signature = Some("run(string)".into());
    script.arguments = vec!["local".into()];
    script.sender = Some(account(0).unwrap().address());
    script.work_dir = Some(directory.join("forge"));
    forge_script(&script).await.unwrap();
    let deployment = directory.join("deployment.json");
    std::fs::copy(root().join("scripts/deployments/31337.json"), &deployment).unwrap();
    anvil.stop().await.unwrap();
    let saved = directory.join("deployed.json.gz");
    std::fs::copy(state.path().join("anvil/chain.json.gz"), &saved).unwrap();
    (deployment, saved)
}
