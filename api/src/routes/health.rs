//! `GET /livez`, `/readyz`, `/metrics`

use crate::{Config, Problem};
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

/// All is well.
#[derive(Serialize, ToSchema)]
pub(crate) struct Fine {
    #[schema(example = "ok")]
    status: &'static str,
}

/// Whether the process answers at all.
#[utoipa::path(get, path = "/livez", tag = "service", responses((status = 200, body = Fine)))]
pub(crate) async fn livez() -> Json<Fine> {
    Json(Fine { status: "ok" })
}

/// Whether answers can be trusted: database reachable and migrated, mirror not too far behind.
#[utoipa::path(
    get,
    path = "/readyz",
    tag = "service",
    responses(
        (status = 200, body = Fine),
        (status = 500, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json", description = "Not ready; `detail` says why"),
    )
)]
pub(crate) async fn readyz(State(config): State<Config>) -> Result<Json<Fine>, Problem> {
    config.mirror.check().await?;
    let as_of = config.mirror.snapshot().await?.as_of;
    let head = *config.head.borrow();
    let age = config.clock.now().saturating_sub(as_of.timestamp);
    if age > config.age_seconds_max {
        return Err(Problem::not_ready(format!(
            "The last mirrored block is {age} seconds old."
        )));
    }
    let lag = head.map_or(0, |head| head.saturating_sub(as_of.number));
    if lag > config.lag_blocks_max {
        return Err(Problem::not_ready(format!(
            "The mirror is {lag} blocks behind the chain."
        )));
    }
    Ok(Json(Fine { status: "ok" }))
}

/// The process's metrics in Prometheus' text format.
#[utoipa::path(
    get,
    path = "/metrics",
    tag = "service",
    responses((status = 200, body = String, content_type = "text/plain"))
)]
pub(crate) async fn metrics(State(config): State<Config>) -> String {
    (config.metrics)()
}
