//! The OpenAPI description, made from the table of endpoints.

use super::guard::{COOKIE_NAME, CSRF};
use super::problem::{PROBLEM, Problem};
use super::{Needs, table};
use axum::Json;
use std::sync::LazyLock;
use utoipa::openapi::path::{HttpMethod, Operation, ParameterBuilder, ParameterIn};
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{
    ComponentsBuilder, ContentBuilder, InfoBuilder, OpenApi, OpenApiBuilder, Paths, Ref, RefOr, Required,
    ResponseBuilder,
};
use utoipa::{PartialSchema, ToSchema};

/// The description itself.
#[utoipa::path(get, path = "/api/v1/openapi.json", tag = "description",
    responses((status = 200, body = Object, content_type = "application/json")))]
pub(super) async fn openapi() -> Json<&'static OpenApi> {
    static DOCUMENT: LazyLock<OpenApi> = LazyLock::new(document);
    Json(&DOCUMENT)
}

/// Made from the table.
#[must_use]
pub fn document() -> OpenApi {
    let mut components = ComponentsBuilder::new()
        .security_scheme(
            "session",
            SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new(COOKIE_NAME))),
        )
        .security_scheme(
            "token",
            SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build()),
        )
        .schema(Problem::name(), Problem::schema());
    let mut all = Paths::new();
    for endpoint in table() {
        let (schemas, paths, _) = endpoint.routes;
        for (name, schema) in schemas {
            components = components.schema(name, schema);
        }
        for (path, item) in paths.paths {
            let operations = [
                (HttpMethod::Get, item.get),
                (HttpMethod::Put, item.put),
                (HttpMethod::Post, item.post),
                (HttpMethod::Delete, item.delete),
                (HttpMethod::Patch, item.patch),
            ];
            for (method, operation) in operations {
                if let Some(operation) = operation {
                    let operation = completed(operation, &method, endpoint.needs);
                    all.add_path_operation(&path, vec![method], operation);
                }
            }
        }
    }
    let about = "What people and programs administer Weir by. Sign in for a cookie, or send an API token as `Authorization: \
                 Bearer weir_api_…`. Requests that change something by a cookie carry the header `x-weir-csrf` and an \
                 `origin` that names the server. Times are milliseconds since 1970.";
    OpenApiBuilder::new()
        .info(
            InfoBuilder::new()
                .title("Weir admin API")
                .version("1")
                .description(Some(about))
                .build(),
        )
        .paths(all)
        .components(Some(components.build()))
        .build()
}

/// With what holds for all: who may, and how it is said that something is not granted.
fn completed(mut operation: Operation, method: &HttpMethod, needs: Needs) -> Operation {
    let changes = !matches!(method, HttpMethod::Get);
    if needs == Needs::Nothing {
        operation.security = Some(Vec::new());
    } else {
        let by = |name: &str| SecurityRequirement::new(name, Vec::<String>::new());
        operation.security = Some(vec![by("session"), by("token")]);
    }
    let whose = match needs {
        Needs::Nothing => "Anybody may.".to_owned(),
        Needs::SignedIn => "Whoever is signed in may.".to_owned(),
        Needs::Grant(permission) => {
            let name = serde_json::to_value(permission).unwrap_or_default();
            format!("Needs the permission `{}`.", name.as_str().unwrap_or_default())
        }
    };
    // Handlers are named within their subject.
    let subject = operation
        .tags
        .iter()
        .flatten()
        .next()
        .map_or("", String::as_str)
        .replace(' ', "_");
    let name = operation.operation_id.unwrap_or_default();
    operation.operation_id = Some(format!("{subject}_{name}"));
    operation.description = Some(match operation.description {
        Some(said) => format!("{said}\n\n{whose}"),
        None => whose,
    });
    if changes {
        let header = ParameterBuilder::new()
            .name(CSRF.as_str())
            .parameter_in(ParameterIn::Header)
            .required(Required::False)
            .description(Some("Anything; must be there where a cookie says who asks."))
            .schema(Some(String::schema()));
        operation
            .parameters
            .get_or_insert_default()
            .push(RefOr::T(header.build()));
    }
    let problem = ContentBuilder::new()
        .schema(Some(RefOr::Ref(Ref::from_schema_name(Problem::name()))))
        .build();
    let refusal = ResponseBuilder::new()
        .description("Why it was not granted (RFC 9457)")
        .content(PROBLEM, problem)
        .build();
    operation
        .responses
        .responses
        .insert("default".to_owned(), RefOr::T(refusal));
    operation
}
