//! Speaking with the provider.

use super::settings::OpenId;
use crate::access::{NameError, Role, valid_name};
use crate::keys::{Keys, SealError, Sealer};
use crate::outbound::{AskError, Asker, SetUpError};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::Uri;
use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreErrorResponseType, CoreGenderClaim, CoreJsonWebKey,
    CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm, CoreProviderMetadata, CoreResponseType,
    CoreRevocableToken, CoreRevocationErrorResponse, CoreTokenIntrospectionResponse, CoreTokenType,
};
use openidconnect::{
    AccessTokenHash, AdditionalClaims, AsyncHttpClient, AuthenticationFlow, AuthorizationCode, ClaimsVerificationError,
    Client, ClientId, ClientSecret, CsrfToken, EmptyExtraTokenFields, EndpointMaybeSet, EndpointNotSet, EndpointSet,
    HttpRequest, HttpResponse, IdTokenFields, IssuerUrl, Nonce, OAuth2TokenResponse, PkceCodeChallenge,
    PkceCodeVerifier, RedirectUrl, Scope, StandardErrorResponse, StandardTokenResponse, TokenResponse, UserInfoClaims,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;
use std::future::Future;
use std::path::Path;
use std::pin::Pin;
use std::time::{Duration, Instant};
use tokio::sync::Mutex;
use weir_model::Timestamp;
use zeroize::Zeroizing;

/// Claims beside those that every provider has. Names of people: no text in `Debug`.
#[derive(Deserialize, Serialize)]
struct Claims(serde_json::Map<String, Value>);

impl AdditionalClaims for Claims {}

impl fmt::Debug for Claims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Claims")
    }
}

type Tokens = StandardTokenResponse<
    IdTokenFields<
        Claims,
        EmptyExtraTokenFields,
        CoreGenderClaim,
        CoreJweContentEncryptionAlgorithm,
        CoreJwsSigningAlgorithm,
    >,
    CoreTokenType,
>;
type Relying = Client<
    Claims,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    Tokens,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// The library asks by our client.
struct Asking(Asker);

impl<'c> AsyncHttpClient<'c> for Asking {
    type Error = AskError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, AskError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.0.ask(request))
    }
}

/// The provider, as this node knows it.
pub struct Provider {
    settings: OpenId,
    issuer: IssuerUrl,
    redirect: RedirectUrl,
    secret: Option<ClientSecret>,
    asker: Asking,
    sealer: Sealer,
    known: Mutex<Option<(Instant, CoreProviderMetadata)>>,
}

/// Somebody is on their way to the provider.
pub struct Begun {
    /// Where the browser goes.
    pub to: String,
    /// What it keeps meanwhile: state, nonce and verifier, sealed.
    pub cookie: Zeroizing<String>,
}

/// Who somebody is, by the provider's word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Never given to somebody else: the issuer, and its name for them.
    pub subject: String,
    /// What their account is called.
    pub name: String,
    /// What they may do.
    pub role: Role,
}

/// Nobody is signed in. No text names a person or holds a token.
#[derive(Debug, thiserror::Error)]
pub enum CompleteError {
    /// It was not begun in this browser, or too long ago.
    #[error("the sign-in was not begun in this browser, or more than ten minutes ago")]
    Stale,
    /// The provider cannot be asked.
    #[error("the provider of sign-ins cannot be asked: {0}")]
    Provider(String),
    /// The provider's answer is not to be believed.
    #[error("the provider's token is not to be believed: {0}")]
    Token(String),
    /// None of their groups has a role.
    #[error("none of their groups has a role here")]
    NoRole,
    /// Their name is no name of an account.
    #[error("the claim `{claim}` is no name of an account")]
    Name {
        /// Which claim.
        claim: String,
        /// Why; absent where there is none.
        source: Option<NameError>,
    },
    /// Sealing.
    #[error(transparent)]
    Seal(#[from] SealError),
}

/// What is remembered while somebody is at the provider.
#[derive(Deserialize, Serialize)]
struct Errand {
    state: String,
    nonce: Nonce,
    verifier: PkceCodeVerifier,
    until: Timestamp,
}

/// Milliseconds somebody may take at the provider.
pub(crate) const ERRAND: i64 = 600_000;
/// What the provider says of itself is asked again after this.
const KNOWN: Duration = Duration::from_secs(300);
/// And at once where a key is not known, but not more often than this: whoever sends odd tokens must not make us ask.
const KNOWN_AT_LEAST: Duration = Duration::from_secs(30);
/// Where the provider sends browsers back to.
pub(crate) const CALLBACK: &str = "/api/v1/session/openid/callback";

impl Provider {
    /// Nobody is asked yet.
    ///
    /// # Errors
    /// An address, a secret or an authority cannot be used.
    pub fn open(settings: &OpenId, home: &Path, keys: &Keys) -> Result<Self, SetUpError> {
        let wrong = |text: &str| SetUpError::Address(text.to_owned());
        let url = settings.url.trim_end_matches('/');
        let uri: Uri = url.parse().map_err(|_| wrong(url))?;
        // Cookies are held to TLS: without it nobody could sign in.
        let bare = uri.scheme_str() == Some("https") && uri.path() == "/" && uri.query().is_none();
        if !bare {
            return Err(wrong(url));
        }
        let redirect = RedirectUrl::new(format!("{url}{CALLBACK}")).map_err(|_| wrong(url))?;
        let issuer = IssuerUrl::new(settings.issuer.clone()).map_err(|_| wrong(&settings.issuer))?;
        let secret = settings
            .client_secret
            .as_ref()
            .map(|secret| secret.read(home))
            .transpose()?;
        Ok(Self {
            issuer,
            redirect,
            secret: secret.map(|secret| ClientSecret::new(secret.expose().to_owned())),
            asker: Asking(Asker::new(home, settings.ca.as_ref())?),
            sealer: Sealer::new(&keys.receipt, b"sign-ins by openid v1")?,
            known: Mutex::new(None),
            settings: settings.clone(),
        })
    }

    /// As the sign-in page names it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.settings.name
    }

    /// Sends somebody to the provider.
    ///
    /// # Errors
    /// It cannot be asked.
    pub async fn begin(&self, now: Timestamp) -> Result<Begun, CompleteError> {
        let relying = self.relying(KNOWN).await?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let flow = AuthenticationFlow::<CoreResponseType>::AuthorizationCode;
        let mut request = relying
            .authorize_url(flow, CsrfToken::new_random, Nonce::new_random)
            .set_pkce_challenge(challenge);
        for scope in &self.settings.scopes {
            request = request.add_scope(Scope::new(scope.clone()));
        }
        let (to, state, nonce) = request.url();
        let errand = Errand {
            state: state.into_secret(),
            nonce,
            verifier,
            until: now.plus_millis(ERRAND),
        };
        // Texts and a number can always be written.
        let errand = Zeroizing::new(serde_json::to_vec(&errand).unwrap_or_default());
        let sealed = self.sealer.seal(OWNER, &errand)?;
        Ok(Begun {
            to: to.into(),
            cookie: Zeroizing::new(URL_SAFE_NO_PAD.encode(sealed)),
        })
    }

    /// Somebody comes back from the provider.
    ///
    /// # Errors
    /// It is not known who they are, or they may do nothing here.
    pub async fn complete(
        &self,
        code: String,
        state: &str,
        cookie: &str,
        now: Timestamp,
    ) -> Result<Person, CompleteError> {
        let errand = self.errand(cookie).ok_or(CompleteError::Stale)?;
        let ours = verify_slices_are_equal(errand.state.as_bytes(), state.as_bytes()).is_ok();
        if !ours || errand.until <= now {
            return Err(CompleteError::Stale);
        }
        let relying = self.relying(KNOWN).await?;
        let exchange = relying.exchange_code(AuthorizationCode::new(code));
        let exchange = exchange.map_err(|error| CompleteError::Provider(error.to_string()))?;
        let tokens = exchange
            .set_pkce_verifier(errand.verifier)
            .request_async(&self.asker)
            .await;
        let tokens = tokens.map_err(|error| asked(&error))?;
        let (subject, claims) = match claims(&relying, &tokens, &errand.nonce) {
            // Keys that sign tokens change: the ones we know may be of yesterday.
            Err(Disbelief::Key) => claims(&self.relying(KNOWN_AT_LEAST).await?, &tokens, &errand.nonce),
            read => read,
        }
        .map_err(|disbelief| CompleteError::Token(disbelief.to_string()))?;
        if self.complete_in(&claims) {
            return self.person(&subject, &claims);
        }
        let more = self.user_info(&relying, &tokens, &subject).await?;
        let all = claims.into_iter().chain(more).collect();
        self.person(&subject, &all)
    }

    /// Some providers tell groups only to those who ask for more.
    async fn user_info(
        &self,
        relying: &Relying,
        tokens: &Tokens,
        subject: &str,
    ) -> Result<serde_json::Map<String, Value>, CompleteError> {
        let subject = openidconnect::SubjectIdentifier::new(subject.to_owned());
        let Ok(request) = relying.user_info(tokens.access_token().clone(), Some(subject)) else {
            return Ok(serde_json::Map::new());
        };
        let told: Result<UserInfoClaims<Claims, CoreGenderClaim>, _> = request.request_async(&self.asker).await;
        let told = told.map_err(|error| CompleteError::Provider(error.to_string()))?;
        Ok(plain(&told))
    }

    fn complete_in(&self, claims: &serde_json::Map<String, Value>) -> bool {
        [&self.settings.name_claim, &self.settings.groups_claim]
            .iter()
            .all(|claim| claims.contains_key(*claim))
    }

    fn person(&self, subject: &str, claims: &serde_json::Map<String, Value>) -> Result<Person, CompleteError> {
        let claim = &self.settings.name_claim;
        let wrong = |source| CompleteError::Name {
            claim: claim.clone(),
            source,
        };
        let groups = match claims.get(&self.settings.groups_claim) {
            Some(Value::Array(groups)) => groups.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            Some(Value::String(group)) => vec![group.clone()],
            _ => Vec::new(),
        };
        let role = self.settings.role(&groups).ok_or(CompleteError::NoRole)?;
        let name = claims.get(claim).and_then(Value::as_str).ok_or_else(|| wrong(None))?;
        Ok(Person {
            subject: format!("{}|{subject}", self.issuer.as_str()),
            name: valid_name(name).map_err(|error| wrong(Some(error)))?,
            role,
        })
    }

    fn errand(&self, cookie: &str) -> Option<Errand> {
        let sealed = URL_SAFE_NO_PAD.decode(cookie).ok()?;
        serde_json::from_slice(&self.sealer.unseal(OWNER, &sealed)?).ok()
    }

    async fn relying(&self, fresh: Duration) -> Result<Relying, CompleteError> {
        let client_id = ClientId::new(self.settings.client_id.clone());
        let metadata = self.metadata(fresh).await?;
        Ok(Client::from_provider_metadata(metadata, client_id, self.secret.clone())
            .set_redirect_uri(self.redirect.clone()))
    }

    /// What the provider says of itself, not older than `fresh`. One request at a time asks for it.
    async fn metadata(&self, fresh: Duration) -> Result<CoreProviderMetadata, CompleteError> {
        let mut known = self.known.lock().await;
        if let Some((when, metadata)) = &*known
            && when.elapsed() < fresh
        {
            return Ok(metadata.clone());
        }
        let metadata = CoreProviderMetadata::discover_async(self.issuer.clone(), &self.asker).await;
        let metadata = metadata.map_err(|error| CompleteError::Provider(weir_model::chain(&error)))?;
        *known = Some((Instant::now(), metadata.clone()));
        Ok(metadata)
    }
}

/// Whose the sealed cookie is: nobody's yet.
const OWNER: &str = "openid";

/// Why a token is not believed, without what stands in it.
enum Disbelief {
    Missing,
    /// Perhaps the provider signs with another key by now.
    Key,
    Claims(&'static str),
    AccessToken,
}

impl fmt::Display for Disbelief {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "there is none",
            Self::Key => "it is not signed by a key of the provider",
            Self::Claims(what) => what,
            Self::AccessToken => "it belongs to another access token",
        })
    }
}

/// The verified claims: subject, and all of them by name.
fn claims(
    relying: &Relying,
    tokens: &Tokens,
    nonce: &Nonce,
) -> Result<(String, serde_json::Map<String, Value>), Disbelief> {
    let token = tokens.id_token().ok_or(Disbelief::Missing)?;
    let verifier = relying.id_token_verifier();
    let claims = token.claims(&verifier, nonce).map_err(|error| match error {
        ClaimsVerificationError::SignatureVerification(_) => Disbelief::Key,
        ClaimsVerificationError::Expired(_) => Disbelief::Claims("its time is over"),
        ClaimsVerificationError::InvalidAudience(_) => Disbelief::Claims("it is for another client"),
        ClaimsVerificationError::InvalidIssuer(_) => Disbelief::Claims("it is of another issuer"),
        ClaimsVerificationError::InvalidNonce(_) => Disbelief::Claims("it is of another sign-in"),
        _ => Disbelief::Claims("it cannot be read"),
    })?;
    if let Some(expected) = claims.access_token_hash() {
        let algorithm = token.signing_alg().map_err(|_| Disbelief::AccessToken)?;
        let key = token.signing_key(&verifier).map_err(|_| Disbelief::AccessToken)?;
        let actual = AccessTokenHash::from_token(tokens.access_token(), algorithm, key);
        if actual.map_err(|_| Disbelief::AccessToken)? != *expected {
            return Err(Disbelief::AccessToken);
        }
    }
    Ok((claims.subject().as_str().to_owned(), plain(claims)))
}

/// Claims by name, whether the library knows them or not.
fn plain(claims: &impl Serialize) -> serde_json::Map<String, Value> {
    match serde_json::to_value(claims) {
        Ok(Value::Object(claims)) => claims,
        _ => serde_json::Map::new(),
    }
}

/// The provider's refusal, by its code alone: descriptions may name people.
fn asked(
    error: &openidconnect::RequestTokenError<AskError, StandardErrorResponse<CoreErrorResponseType>>,
) -> CompleteError {
    use openidconnect::RequestTokenError;
    CompleteError::Provider(match error {
        RequestTokenError::ServerResponse(refusal) => format!("it answers `{}`", refusal.error()),
        RequestTokenError::Request(error) => weir_model::chain(error),
        RequestTokenError::Parse(..) | RequestTokenError::Other(_) => "its answer cannot be read".to_owned(),
    })
}
