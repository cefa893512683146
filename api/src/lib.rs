//! The mirrored state over HTTP.
//!
//! A route file under [`routes`] is the whole feature: path, document, extract, check, query, answer. One error type,
//! [`Problem`], becomes every error response (RFC 9457). The crate knows no RPC and no key: what it needs of them is in
//! [`Config`].

mod extract;
mod layers;
mod problem;
mod routes;

pub use problem::Problem;

use alloy_primitives::Address;
use axum::Router;
use std::sync::Arc;
use std::time::Duration;
use store::{AsOf, Mirror};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// How long clients may take to finish once the service is told to end.
const END_WITHIN: Duration = Duration::from_secs(10);

/// Tells the time, in unix seconds.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> u64;
}

/// What the service is made of. Everything ambient is in here.
#[derive(Clone)]
pub struct Config {
    /// The mirrored state.
    pub mirror: Mirror,
    /// The reward, operation and staking pool.
    pub pools: [Address; 3],
    /// The chain's newest block as an endpoint last told it; none while none has.
    pub head: watch::Receiver<Option<u64>>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Renders the process's metrics in Prometheus' text format.
    pub metrics: Arc<dyn Fn() -> String + Send + Sync>,
    /// How many blocks the mirror may lag behind the head and still be ready.
    pub lag_blocks_max: u64,
    /// How old the last mirrored block may be, in seconds, and the service still be ready.
    pub age_seconds_max: u64,
    /// How long a request may take.
    pub timeout: Duration,
}

impl Config {
    /// The time at which a state read at `as_of` is judged: never before its own block, so that a chain whose clock runs
    /// ahead (a development chain that travelled in time) is judged by its own time.
    fn now(&self, as_of: &AsOf) -> u64 {
        self.clock.now().max(as_of.timestamp)
    }
}

#[derive(OpenApi)]
#[openapi(info(
    title = "BTSChain API",
    description = "Membership, stakes and pools of BTSChain as the contracts state them.\n\n\
        Every answer that comes from the chain carries `as_of`, the block that it is true of. Amounts are decimal \
        strings in wei (18 decimals), times unix seconds. Errors are RFC 9457 problem details."
))]
struct Document;

/// The OpenAPI document, from the code.
pub fn openapi() -> utoipa::openapi::OpenApi {
    documented().split_for_parts().1
}

fn documented() -> OpenApiRouter<Config> {
    OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(routes::members::member))
        .routes(routes!(routes::payments::payments))
        .routes(routes!(routes::pools::pools))
        .routes(routes!(routes::status::status))
        .routes(routes!(routes::health::livez))
        .routes(routes!(routes::health::readyz))
        .routes(routes!(routes::health::metrics))
        .routes(routes!(routes::document::openapi_json))
}

/// The service, all layers on.
pub fn router(config: Config) -> Router {
    let (timeout, run) = (config.timeout, config.clock.now());
    let (router, document) = documented().split_for_parts();
    let router = router
        .merge(routes::document::page())
        .fallback(routes::document::not_found)
        .method_not_allowed_fallback(routes::document::method_not_allowed)
        .layer(axum::Extension(Arc::new(document)))
        .with_state(config);
    layers::wrap(router, timeout, run)
}

/// Answers on `listener` until `stop`, then finishes what is under way, for at most `END_WITHIN`.
pub async fn serve(listener: TcpListener, config: Config, stop: CancellationToken) -> std::io::Result<()> {
    let serve = axum::serve(listener, router(config)).with_graceful_shutdown(stop.clone().cancelled_owned());
    let late = async {
        stop.cancelled().await;
        tokio::time::sleep(END_WITHIN).await;
    };
    tokio::select! {
        ended = serve => ended,
        () = late => {
            tracing::warn!(seconds = END_WITHIN.as_secs(), "some clients were still connected; they are cut off");
            Ok(())
        }
    }
}
