-- Whom a provider of OpenID Connect means: its issuer and its name for them. Such accounts have no password.
ALTER TABLE accounts ADD COLUMN subject TEXT;
CREATE UNIQUE INDEX accounts_by_subject ON accounts (subject) WHERE subject IS NOT NULL;
