//! The tables `accounts`, `sessions` and `api_tokens`.

use super::roles::Role;
use crate::journal::Entry;
use crate::repo::{Postgres, RepoError, Sqlite, array};
use sqlx::Row;
use weir_model::Timestamp;

/// Who may sign in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Lower case; names it for ever.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// The password must be changed before anything else.
    pub one_time: bool,
    /// Signing in takes a code as well.
    pub codes: bool,
    /// When it was made.
    pub created: Timestamp,
    /// A provider says who it is; there is no password.
    pub by_provider: bool,
    /// When a provider last did.
    pub arrived: Option<Timestamp>,
    /// Since when it may not sign in.
    pub disabled: Option<Timestamp>,
}

/// An account with its secrets. No `Debug`.
pub struct Credentials {
    /// Whose.
    pub account: Account,
    /// A PHC string.
    pub password: String,
    /// The sealed secret of the code generator.
    pub totp: Option<Vec<u8>>,
    /// The same, before its first code was shown.
    pub pending: Option<Vec<u8>>,
    /// The last step whose code was used.
    pub step: i64,
}

/// An account that is to be made. No `Debug`.
pub struct NewAccount {
    /// Its name.
    pub name: String,
    /// Its role.
    pub role: Role,
    /// A PHC string.
    pub password: String,
    /// Whether the password must be changed.
    pub one_time: bool,
    /// Whom the provider means, where no password but a provider says who it is.
    pub subject: Option<String>,
    /// When.
    pub created: Timestamp,
}

/// What became of a change to an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Changed {
    /// It is so now, and was not before.
    Yes,
    /// There is no such account, or it was so before.
    No,
    /// It is the last administrator: nobody could undo this.
    LastAdmin,
}

/// A session that begins. No `Debug`.
#[derive(Clone)]
pub struct NewSession {
    /// SHA-256 of the cookie.
    pub digest: [u8; 32],
    /// Whose.
    pub account: String,
    /// The kept password that was verified for it; `None` where a provider said who it is.
    pub verified: Option<String>,
    /// When it began.
    pub created: Timestamp,
    /// When it ends at the latest.
    pub expires: Timestamp,
}

/// A session that goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Whose.
    pub account: Account,
    /// When it was last used, to about a minute.
    pub seen: Timestamp,
    /// When it ends at the latest.
    pub expires: Timestamp,
}

/// A token for programs, without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiToken {
    /// Names it.
    pub id: [u8; 8],
    /// SHA-256 of the secret.
    pub digest: [u8; 32],
    /// What it is for.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// Who made it: it does no more than that account may, now. `None`: the command line.
    pub account: Option<String>,
    /// The person who made it, also on the command line. `None`: not known.
    pub made_by: Option<String>,
    /// When it was made.
    pub created: Timestamp,
    /// From when on it is worth nothing.
    pub expires: Timestamp,
    /// When it was last used, to about a minute.
    pub used: Option<Timestamp>,
}

/// What is asked of the three tables. What people change is entered in the journal with the change, or not at all.
#[async_trait::async_trait]
pub trait AccessTable: Send + Sync {
    /// Makes an account. False when the name or the subject is taken.
    async fn add_account(&self, account: &NewAccount, entry: &Entry) -> Result<bool, RepoError>;
    /// All accounts by name.
    async fn accounts(&self) -> Result<Vec<Account>, RepoError>;
    /// One with its secrets.
    async fn credentials(&self, name: &str) -> Result<Option<Credentials>, RepoError>;
    /// Gives another role, and ends its sessions. Of administrators whom a provider names those are left who came after `here`.
    async fn set_role(&self, name: &str, role: Role, here: Timestamp, entry: &Entry) -> Result<Changed, RepoError>;
    /// Lets it sign in no more (and ends its sessions), or again. Of administrators as above.
    async fn set_disabled(
        &self,
        name: &str,
        since: Option<Timestamp>,
        here: Timestamp,
        entry: &Entry,
    ) -> Result<Changed, RepoError>;
    /// Gives another password, and ends its sessions. A one-time password comes without a code generator. False where a
    /// provider says who it is, and where the one that is kept is not the one that was `verified`.
    async fn set_password(
        &self,
        name: &str,
        password: (&str, bool),
        verified: Option<&str>,
        entry: &Entry,
    ) -> Result<bool, RepoError>;
    /// Keeps a code generator until its first code was shown. Changes nothing else.
    async fn set_pending_codes(&self, name: &str, sealed: &[u8]) -> Result<(), RepoError>;
    /// The pending generator is in use, from behind this step.
    async fn confirm_codes(&self, name: &str, step: i64, entry: &Entry) -> Result<bool, RepoError>;
    /// No generator any more.
    async fn drop_codes(&self, name: &str, entry: &Entry) -> Result<bool, RepoError>;
    /// Uses the code of a step. False when that step, or a later one, was used before.
    async fn use_step(&self, name: &str, step: i64) -> Result<bool, RepoError>;
    /// Begins a session, ends `replaced`, and forgets those that have ended. False where the account may not sign in, or its password
    /// is not the one that was verified.
    async fn add_session(
        &self,
        session: &NewSession,
        replaced: Option<[u8; 32]>,
        entry: &Entry,
    ) -> Result<bool, RepoError>;
    /// A session that has not ended by `now`, was used since `idle`, and whose account may sign in.
    async fn session(&self, digest: [u8; 32], now: Timestamp, idle: Timestamp) -> Result<Option<Session>, RepoError>;
    /// Remembers that it was used.
    async fn touch_session(&self, digest: [u8; 32], now: Timestamp) -> Result<(), RepoError>;
    /// Ends it. False when there is none.
    async fn drop_session(&self, digest: [u8; 32], entry: &Entry) -> Result<bool, RepoError>;
    /// Ends all there are.
    async fn end_sessions(&self, entry: &Entry) -> Result<(), RepoError>;
    /// Keeps a token.
    async fn add_api_token(&self, token: &ApiToken, entry: &Entry) -> Result<(), RepoError>;
    /// All tokens, oldest first.
    async fn api_tokens(&self) -> Result<Vec<ApiToken>, RepoError>;
    /// One token.
    async fn api_token(&self, id: [u8; 8]) -> Result<Option<ApiToken>, RepoError>;
    /// One account.
    async fn account(&self, name: &str) -> Result<Option<Account>, RepoError>;
    /// The account of somebody whom a provider knows.
    async fn account_of(&self, subject: &str) -> Result<Option<Account>, RepoError>;
    /// Remembers that a provider said who it is.
    async fn arrived(&self, name: &str, now: Timestamp) -> Result<(), RepoError>;
    /// Takes a token away. False when there is none.
    async fn drop_api_token(&self, id: [u8; 8], entry: &Entry) -> Result<bool, RepoError>;
    /// Remembers that it was used.
    async fn touch_api_token(&self, id: [u8; 8], now: Timestamp) -> Result<(), RepoError>;
}

const ADD_ACCOUNT: &str = "INSERT INTO accounts (name, role, password, one_time, totp_step, created, subject) \
                           VALUES ($1, $2, $3, $4, 0, $5, $6) ON CONFLICT DO NOTHING";
const ACCOUNTS: &str =
    "SELECT name, role, one_time, totp, created, disabled, subject, arrived FROM accounts ORDER BY name";
const CREDENTIALS: &str = "SELECT name, role, one_time, totp, totp_pending, totp_step, password, created, disabled, \
                           subject, arrived FROM accounts WHERE name = $1";
const OF_SUBJECT: &str =
    "SELECT name, role, one_time, totp, created, disabled, subject, arrived FROM accounts WHERE subject = $1";
/// Whether somebody whom a provider names may still sign in is the provider's to know: who has not come for long may have left.
const OTHER_ADMINS: &str = "SELECT count(*) AS others FROM accounts WHERE role = 'admin' AND disabled IS NULL AND name <> $1 \
                            AND (subject IS NULL OR arrived >= $2)";
/// Somebody may have reset it since it was verified.
const PASSWORD: &str = "UPDATE accounts SET password = $2, one_time = 0 \
                        WHERE name = $1 AND subject IS NULL AND (CAST($3 AS TEXT) IS NULL OR password = $3)";
const ONE_TIME: &str = "UPDATE accounts SET password = $2, one_time = 1, totp = NULL, totp_pending = NULL \
                        WHERE name = $1 AND subject IS NULL AND (CAST($3 AS TEXT) IS NULL OR password = $3)";
const ADD_SESSION: &str = "INSERT INTO sessions (digest, account, created, seen, expires) SELECT $1, name, $3, $3, $4 FROM accounts \
                           WHERE name = $2 AND disabled IS NULL AND (CAST($5 AS TEXT) IS NULL OR password = $5)";
const SESSION: &str = "SELECT a.name, a.role, a.one_time, a.totp, a.created, a.disabled, a.subject, a.arrived, s.seen, s.expires \
                       FROM sessions s JOIN accounts a ON a.name = s.account \
                       WHERE s.digest = $1 AND s.expires > $2 AND s.seen > $3 AND a.disabled IS NULL";
const ADD_API_TOKEN: &str = "INSERT INTO api_tokens (id, digest, name, role, account, made_by, created, expires) \
                             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
const API_TOKENS: &str =
    "SELECT id, digest, name, role, account, made_by, created, expires, used FROM api_tokens ORDER BY created, id";
const API_TOKEN: &str =
    "SELECT id, digest, name, role, account, made_by, created, expires, used FROM api_tokens WHERE id = $1";

macro_rules! account_of {
    ($row:expr) => {
        Account {
            name: $row.try_get("name")?,
            role: role($row.try_get("role")?, "accounts")?,
            one_time: $row.try_get::<i64, _>("one_time")? != 0,
            codes: $row.try_get::<Option<Vec<u8>>, _>("totp")?.is_some(),
            created: Timestamp::from_millis($row.try_get("created")?),
            by_provider: $row.try_get::<Option<String>, _>("subject")?.is_some(),
            arrived: $row.try_get::<Option<i64>, _>("arrived")?.map(Timestamp::from_millis),
            disabled: $row.try_get::<Option<i64>, _>("disabled")?.map(Timestamp::from_millis),
        }
    };
}

macro_rules! api_token_of {
    ($row:expr) => {
        Ok(ApiToken {
            id: array($row.try_get("id")?, "api_tokens")?,
            digest: array($row.try_get("digest")?, "api_tokens")?,
            name: $row.try_get("name")?,
            role: role($row.try_get("role")?, "api_tokens")?,
            account: $row.try_get("account")?,
            made_by: $row.try_get("made_by")?,
            created: Timestamp::from_millis($row.try_get("created")?),
            expires: Timestamp::from_millis($row.try_get("expires")?),
            used: $row.try_get::<Option<i64>, _>("used")?.map(Timestamp::from_millis),
        })
    };
}

/// Only administrators who may sign in count, and only when it is one of them that would be lost.
macro_rules! is_last_admin {
    ($row:ty, $change:expr, $name:expr, $here:expr) => {{
        let known: Option<$row> = sqlx::query(CREDENTIALS)
            .bind($name)
            .fetch_optional(&mut *$change)
            .await?;
        let others = sqlx::query(OTHER_ADMINS).bind($name).bind($here.as_millis());
        let others: $row = others.fetch_one(&mut *$change).await?;
        match known {
            None => false,
            Some(row) => {
                let account = account_of!(row);
                account.role == Role::Admin && account.disabled.is_none() && others.try_get::<i64, _>("others")? == 0
            }
        }
    }};
}

/// Carries a change out, and commits it with its row of the journal where it has changed anything; gives whether it has.
macro_rules! carried_out {
    ($change:ident, $query:expr) => {{
        let has_changed = $query.execute(&mut *$change).await?.rows_affected() > 0;
        if has_changed {
            $change.commit().await?;
        }
        Ok(has_changed)
    }};
}

macro_rules! end_sessions {
    ($change:expr, $name:expr) => {
        sqlx::query("DELETE FROM sessions WHERE account = $1")
            .bind($name)
            .execute(&mut *$change)
            .await?
    };
}

macro_rules! access_table {
    ($repo:ty, $row:ty) => {
        #[async_trait::async_trait]
        impl AccessTable for $repo {
            async fn add_account(&self, account: &NewAccount, entry: &Entry) -> Result<bool, RepoError> {
                let mut change = self.enter(entry).await?;
                let query = sqlx::query(ADD_ACCOUNT)
                    .bind(&account.name)
                    .bind(account.role.as_str())
                    .bind(&account.password)
                    .bind(i64::from(account.one_time))
                    .bind(account.created.as_millis())
                    .bind(&account.subject);
                carried_out!(change, query)
            }

            async fn accounts(&self) -> Result<Vec<Account>, RepoError> {
                let rows: Vec<$row> = sqlx::query(ACCOUNTS).fetch_all(&self.read).await?;
                rows.iter().map(|row| Ok(account_of!(row))).collect()
            }

            async fn account(&self, name: &str) -> Result<Option<Account>, RepoError> {
                let row: Option<$row> = sqlx::query(CREDENTIALS)
                    .bind(name)
                    .fetch_optional(&self.read)
                    .await?;
                row.map(|row| Ok(account_of!(row))).transpose()
            }

            async fn account_of(&self, subject: &str) -> Result<Option<Account>, RepoError> {
                let row: Option<$row> = sqlx::query(OF_SUBJECT)
                    .bind(subject)
                    .fetch_optional(&self.read)
                    .await?;
                row.map(|row| Ok(account_of!(row))).transpose()
            }

            async fn credentials(&self, name: &str) -> Result<Option<Credentials>, RepoError> {
                let row: Option<$row> = sqlx::query(CREDENTIALS)
                    .bind(name)
                    .fetch_optional(&self.read)
                    .await?;
                row.map(|row| {
                    Ok(Credentials {
                        account: account_of!(row),
                        password: row.try_get("password")?,
                        totp: row.try_get("totp")?,
                        pending: row.try_get("totp_pending")?,
                        step: row.try_get("totp_step")?,
                    })
                })
                .transpose()
            }

            async fn set_role(
                &self,
                name: &str,
                role: Role,
                here: Timestamp,
                entry: &Entry,
            ) -> Result<Changed, RepoError> {
                let mut change = self.enter(entry).await?;
                if role != Role::Admin && is_last_admin!($row, change, name, here) {
                    return Ok(Changed::LastAdmin);
                }
                let query = sqlx::query("UPDATE accounts SET role = $2 WHERE name = $1 AND role <> $2");
                let changed = query.bind(name).bind(role.as_str()).execute(&mut *change).await?;
                if changed.rows_affected() == 0 {
                    return Ok(Changed::No);
                }
                end_sessions!(change, name);
                change.commit().await?;
                Ok(Changed::Yes)
            }

            async fn set_disabled(
                &self,
                name: &str,
                since: Option<Timestamp>,
                here: Timestamp,
                entry: &Entry,
            ) -> Result<Changed, RepoError> {
                let mut change = self.enter(entry).await?;
                if since.is_some() && is_last_admin!($row, change, name, here) {
                    return Ok(Changed::LastAdmin);
                }
                let query = match since {
                    Some(_) => "UPDATE accounts SET disabled = $2 WHERE name = $1 AND disabled IS NULL",
                    None => "UPDATE accounts SET disabled = $2 WHERE name = $1 AND disabled IS NOT NULL",
                };
                let query = sqlx::query(query)
                    .bind(name)
                    .bind(since.map(Timestamp::as_millis));
                if query.execute(&mut *change).await?.rows_affected() == 0 {
                    return Ok(Changed::No);
                }
                end_sessions!(change, name);
                change.commit().await?;
                Ok(Changed::Yes)
            }

            async fn set_password(
                &self,
                name: &str,
                (password, one_time): (&str, bool),
                verified: Option<&str>,
                entry: &Entry,
            ) -> Result<bool, RepoError> {
                let mut change = self.enter(entry).await?;
                let query = match one_time {
                    true => ONE_TIME,
                    false => PASSWORD,
                };
                let changed = sqlx::query(query)
                    .bind(name)
                    .bind(password)
                    .bind(verified)
                    .execute(&mut *change)
                    .await?;
                if changed.rows_affected() == 0 {
                    return Ok(false);
                }
                end_sessions!(change, name);
                change.commit().await?;
                Ok(true)
            }

            async fn set_pending_codes(&self, name: &str, sealed: &[u8]) -> Result<(), RepoError> {
                let query = sqlx::query("UPDATE accounts SET totp_pending = $2 WHERE name = $1");
                query.bind(name).bind(sealed).execute(&self.write).await?;
                Ok(())
            }

            async fn confirm_codes(&self, name: &str, step: i64, entry: &Entry) -> Result<bool, RepoError> {
                let mut change = self.enter(entry).await?;
                let query = "UPDATE accounts SET totp = totp_pending, totp_pending = NULL, totp_step = $2 \
                             WHERE name = $1 AND totp_pending IS NOT NULL AND totp_step < $2";
                let query = sqlx::query(query).bind(name).bind(step);
                carried_out!(change, query)
            }

            async fn drop_codes(&self, name: &str, entry: &Entry) -> Result<bool, RepoError> {
                let mut change = self.enter(entry).await?;
                let query = "UPDATE accounts SET totp = NULL, totp_pending = NULL WHERE name = $1 AND totp IS NOT NULL";
                let query = sqlx::query(query).bind(name);
                carried_out!(change, query)
            }

            async fn use_step(&self, name: &str, step: i64) -> Result<bool, RepoError> {
                let query = sqlx::query("UPDATE accounts SET totp_step = $2 WHERE name = $1 AND totp_step < $2");
                Ok(query
                    .bind(name)
                    .bind(step)
                    .execute(&self.write)
                    .await?
                    .rows_affected()
                    > 0)
            }

            async fn add_session(
                &self,
                session: &NewSession,
                replaced: Option<[u8; 32]>,
                entry: &Entry,
            ) -> Result<bool, RepoError> {
                let mut change = self.enter(entry).await?;
                sqlx::query("DELETE FROM sessions WHERE expires <= $1 OR digest = $2")
                    .bind(session.created.as_millis())
                    .bind(replaced.map(Vec::from))
                    .execute(&mut *change)
                    .await?;
                let query = sqlx::query(ADD_SESSION)
                    .bind(&session.digest[..])
                    .bind(&session.account)
                    .bind(session.created.as_millis())
                    .bind(session.expires.as_millis())
                    .bind(&session.verified);
                carried_out!(change, query)
            }

            async fn session(
                &self,
                digest: [u8; 32],
                now: Timestamp,
                idle: Timestamp,
            ) -> Result<Option<Session>, RepoError> {
                let query = sqlx::query(SESSION)
                    .bind(&digest[..])
                    .bind(now.as_millis())
                    .bind(idle.as_millis());
                let row: Option<$row> = query.fetch_optional(&self.read).await?;
                row.map(|row| {
                    Ok(Session {
                        account: account_of!(row),
                        seen: Timestamp::from_millis(row.try_get("seen")?),
                        expires: Timestamp::from_millis(row.try_get("expires")?),
                    })
                })
                .transpose()
            }

            async fn touch_session(&self, digest: [u8; 32], now: Timestamp) -> Result<(), RepoError> {
                let query = sqlx::query("UPDATE sessions SET seen = $2 WHERE digest = $1");
                query
                    .bind(&digest[..])
                    .bind(now.as_millis())
                    .execute(&self.write)
                    .await?;
                Ok(())
            }

            async fn drop_session(&self, digest: [u8; 32], entry: &Entry) -> Result<bool, RepoError> {
                let mut change = self.enter(entry).await?;
                let query = sqlx::query("DELETE FROM sessions WHERE digest = $1").bind(&digest[..]);
                carried_out!(change, query)
            }

            async fn end_sessions(&self, entry: &Entry) -> Result<(), RepoError> {
                let mut change = self.enter(entry).await?;
                sqlx::query("DELETE FROM sessions").execute(&mut *change).await?;
                Ok(change.commit().await?)
            }

            async fn add_api_token(&self, token: &ApiToken, entry: &Entry) -> Result<(), RepoError> {
                let mut change = self.enter(entry).await?;
                sqlx::query(ADD_API_TOKEN)
                    .bind(&token.id[..])
                    .bind(&token.digest[..])
                    .bind(&token.name)
                    .bind(token.role.as_str())
                    .bind(&token.account)
                    .bind(&token.made_by)
                    .bind(token.created.as_millis())
                    .bind(token.expires.as_millis())
                    .execute(&mut *change)
                    .await?;
                Ok(change.commit().await?)
            }

            async fn api_tokens(&self) -> Result<Vec<ApiToken>, RepoError> {
                let rows: Vec<$row> = sqlx::query(API_TOKENS).fetch_all(&self.read).await?;
                rows.iter().map(|row| api_token_of!(row)).collect()
            }

            async fn api_token(&self, id: [u8; 8]) -> Result<Option<ApiToken>, RepoError> {
                let row: Option<$row> = sqlx::query(API_TOKEN)
                    .bind(&id[..])
                    .fetch_optional(&self.read)
                    .await?;
                row.map(|row| api_token_of!(row)).transpose()
            }

            async fn arrived(&self, name: &str, now: Timestamp) -> Result<(), RepoError> {
                let query = sqlx::query("UPDATE accounts SET arrived = $2 WHERE name = $1");
                query
                    .bind(name)
                    .bind(now.as_millis())
                    .execute(&self.write)
                    .await?;
                Ok(())
            }

            async fn drop_api_token(&self, id: [u8; 8], entry: &Entry) -> Result<bool, RepoError> {
                let mut change = self.enter(entry).await?;
                let query = sqlx::query("DELETE FROM api_tokens WHERE id = $1").bind(&id[..]);
                carried_out!(change, query)
            }

            async fn touch_api_token(&self, id: [u8; 8], now: Timestamp) -> Result<(), RepoError> {
                let query = sqlx::query("UPDATE api_tokens SET used = $2 WHERE id = $1");
                query
                    .bind(&id[..])
                    .bind(now.as_millis())
                    .execute(&self.write)
                    .await?;
                Ok(())
            }
        }
    };
}

access_table!(Sqlite, sqlx::sqlite::SqliteRow);
access_table!(Postgres, sqlx::postgres::PgRow);

fn role(text: &str, table: &'static str) -> Result<Role, RepoError> {
    text.parse().map_err(|_| RepoError::Row(table))
}
