import { language, words } from '@weir/shared/words.ts';

/** Data types as people call them, by the part behind the slash. Numbers of states are named by `official`. */
const names: Record<string, Record<string, string>> = words({
  en: {
    security: {
      anthropic_key: 'Anthropic key',
      aws_access_key_id: 'AWS access key',
      aws_secret_key: 'AWS secret key',
      azure_sas: 'Azure access signature',
      azure_storage_key: 'Azure storage key',
      basic_auth: 'name and password in an address',
      bearer_token: 'access token',
      crypto_private_key: 'private key of a wallet',
      crypto_seed_phrase: 'recovery phrase of a wallet',
      databricks_token: 'Databricks token',
      db_connection_string: 'database address with password',
      digitalocean_token: 'DigitalOcean token',
      gcp_service_account: 'Google Cloud service account',
      generic_secret: 'secret',
      github_token: 'GitHub token',
      gitlab_token: 'GitLab token',
      google_api_key: 'Google key',
      huggingface_token: 'Hugging Face token',
      jwt: 'signed token (JWT)',
      npm_token: 'npm token',
      openai_key: 'OpenAI key',
      other_provider_token: 'access key of a service',
      password: 'password',
      private_key: 'private key',
      pypi_token: 'PyPI token',
      sendgrid_key: 'SendGrid key',
      slack_token: 'Slack token',
      slack_webhook: 'Slack webhook',
      stripe_key: 'Stripe key',
      twilio_key: 'Twilio key',
    },
    financial: {
      bank_account: 'bank account number',
      credit_card: 'payment card number',
      crypto_wallet: 'address of a wallet',
      iban: 'IBAN',
      swift_bic: 'BIC',
      us_routing: 'US routing number',
    },
    personal: {
      dob: 'date of birth',
      email: 'email address',
      geo_position: 'position of a person',
      imei: 'device number (IMEI)',
      ip_address: 'IP address',
      licence_plate: 'licence plate',
      mac_address: 'MAC address',
      person_name: 'name of a person',
      phone: 'phone number',
      postal_address: 'postal address',
      vin: 'vehicle number',
    },
    medical: { icd10: 'diagnosis', medication: 'medication', mrn: 'patient number' },
    business: {
      confidential_marking: 'confidentiality marking',
      contract: 'text of a contract',
      financial_projection: 'financial projection',
      internal_host: 'name of an internal system',
      merger: 'plan of a merger',
      proprietary_header: 'proprietary notice',
      source_code: 'source code',
    },
    hostile: {
      hidden_text: 'hidden text',
      prompt_injection: 'planted instruction',
      role_marker: 'planted change of role',
    },
    governmental: {
      passport: 'passport number',
      driver_licence: 'driving licence number',
      us_ssn: 'US social security number',
      de_steuer_id: 'German tax number',
      de_personalausweis: 'German identity card number',
      de_svnr: 'German social security number',
      at_svnr: 'Austrian social security number',
      ch_ahv: 'Swiss social security number',
      uk_nino: 'UK national insurance number',
      eu_vat: 'VAT number',
    },
  },
  de: {
    security: {
      anthropic_key: 'Anthropic-Schlüssel',
      aws_access_key_id: 'AWS-Zugangsschlüssel',
      aws_secret_key: 'geheimer AWS-Schlüssel',
      azure_sas: 'Azure-Zugriffssignatur',
      azure_storage_key: 'Azure-Speicherschlüssel',
      basic_auth: 'Name und Passwort in einer Adresse',
      bearer_token: 'Zugriffstoken',
      crypto_private_key: 'privater Schlüssel einer Wallet',
      crypto_seed_phrase: 'Wiederherstellungsphrase einer Wallet',
      databricks_token: 'Databricks-Token',
      db_connection_string: 'Datenbankadresse mit Passwort',
      digitalocean_token: 'DigitalOcean-Token',
      gcp_service_account: 'Google-Cloud-Dienstkonto',
      generic_secret: 'Geheimnis',
      github_token: 'GitHub-Token',
      gitlab_token: 'GitLab-Token',
      google_api_key: 'Google-Schlüssel',
      huggingface_token: 'Hugging-Face-Token',
      jwt: 'signiertes Token (JWT)',
      npm_token: 'npm-Token',
      openai_key: 'OpenAI-Schlüssel',
      other_provider_token: 'Zugangsschlüssel eines Dienstes',
      password: 'Passwort',
      private_key: 'privater Schlüssel',
      pypi_token: 'PyPI-Token',
      sendgrid_key: 'SendGrid-Schlüssel',
      slack_token: 'Slack-Token',
      slack_webhook: 'Slack-Webhook',
      stripe_key: 'Stripe-Schlüssel',
      twilio_key: 'Twilio-Schlüssel',
    },
    financial: {
      bank_account: 'Kontonummer',
      credit_card: 'Kartennummer',
      crypto_wallet: 'Adresse einer Wallet',
      iban: 'IBAN',
      swift_bic: 'BIC',
      us_routing: 'US-Bankleitzahl',
    },
    personal: {
      dob: 'Geburtsdatum',
      email: 'E-Mail-Adresse',
      geo_position: 'Standort einer Person',
      imei: 'Gerätenummer (IMEI)',
      ip_address: 'IP-Adresse',
      licence_plate: 'Kfz-Kennzeichen',
      mac_address: 'MAC-Adresse',
      person_name: 'Name einer Person',
      phone: 'Telefonnummer',
      postal_address: 'Postanschrift',
      vin: 'Fahrgestellnummer',
    },
    medical: { icd10: 'Diagnose', medication: 'Medikament', mrn: 'Patientennummer' },
    business: {
      confidential_marking: 'Vertraulichkeitsvermerk',
      contract: 'Vertragstext',
      financial_projection: 'Finanzprognose',
      internal_host: 'Name eines internen Systems',
      merger: 'Fusionsplan',
      proprietary_header: 'Schutzvermerk',
      source_code: 'Quelltext',
    },
    hostile: {
      hidden_text: 'verborgener Text',
      prompt_injection: 'untergeschobene Anweisung',
      role_marker: 'untergeschobener Rollenwechsel',
    },
    governmental: {
      passport: 'Reisepassnummer',
      driver_licence: 'Führerscheinnummer',
      us_ssn: 'US-Sozialversicherungsnummer',
      de_steuer_id: 'Steuer-Identifikationsnummer',
      de_personalausweis: 'Personalausweisnummer',
      de_svnr: 'deutsche Sozialversicherungsnummer',
      at_svnr: 'österreichische Sozialversicherungsnummer',
      ch_ahv: 'Schweizer AHV-Nummer',
      uk_nino: 'britische Sozialversicherungsnummer',
      eu_vat: 'Umsatzsteuernummer',
    },
  },
});

const text = words({
  en: { official: (land: string) => `official number (${land})` },
  de: { official: (land: string) => `amtliche Nummer (${land})` },
});

const lands = new Intl.DisplayNames(language, { type: 'region' });

/** A data type in words: `security/openai_key` is an OpenAI key. What has no word here keeps its own name. */
export function typeName(type: string): string {
  const [category = '', name = ''] = type.split('/', 2);
  const known = names[category]?.[name];
  if (known !== undefined) return known;
  const land = category === 'governmental' ? /^([a-z]{2})_/.exec(name)?.[1] : undefined;
  return land === undefined ? type : text.official(landName(land));
}

function landName(land: string): string {
  return lands.of(land === 'uk' ? 'GB' : land.toUpperCase()) ?? land;
}
