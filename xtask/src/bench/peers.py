"""What other programs find and how fast they are, one thread: `peers.py TOOL LABELLED TEXTS OUT`.

Writes lines {"id","findings"} to OUT and prints {"mb_per_second"} as JSON. Places are bytes; names are ours.
"""
import json
import sys
import time

PRESIDIO = {
    "CREDIT_CARD": "credit_card", "CRYPTO": "crypto_wallet", "EMAIL_ADDRESS": "email", "IBAN_CODE": "iban", "IP_ADDRESS": "ip_address",
    "MAC_ADDRESS": "mac_address", "PHONE_NUMBER": "phone", "PERSON": "person_name", "US_BANK_NUMBER": "bank_account",
    "US_DRIVER_LICENSE": "driver_licence", "US_ITIN": "us_itin", "US_PASSPORT": "passport", "US_SSN": "us_ssn", "US_NPI": "us_npi",
    "US_MBI": "us_mbi", "ABA_ROUTING_NUMBER": "us_routing", "UK_NHS": "uk_nhs", "UK_NINO": "uk_nino", "UK_PASSPORT": "passport",
    "UK_DRIVING_LICENCE": "driver_licence", "ES_NIF": "es_dni", "ES_NIE": "es_nie", "ES_PASSPORT": "passport", "IT_FISCAL_CODE": "it_cf",
    "IT_DRIVER_LICENSE": "driver_licence", "IT_PASSPORT": "passport", "PL_PESEL": "pl_pesel", "SG_NRIC_FIN": "sg_nric", "AU_TFN": "au_tfn",
    "AU_MEDICARE": "au_medicare", "IN_PAN": "in_pan", "IN_AADHAAR": "in_aadhaar", "IN_PASSPORT": "passport", "FI_PERSONAL_IDENTITY_CODE": "fi_hetu",
    "KR_RRN": "kr_rrn", "KR_PASSPORT": "passport", "KR_DRIVER_LICENSE": "driver_licence", "TR_NATIONAL_ID": "tr_tckn", "SE_PERSONNUMMER": "se_personnummer",
    "CA_SIN": "ca_sin", "DE_TAX_ID": "de_steuer_id", "DE_PASSPORT": "passport", "MEDICAL_LICENSE": "us_dea",
}
SECRETS = {
    "AWS Access Key": "aws_access_key_id", "Azure Storage Account access key": "azure_storage_key", "Basic Auth Credentials": "basic_auth",
    "GitHub Token": "github_token", "GitLab Token": "gitlab_token", "JSON Web Token": "jwt", "NPM tokens": "npm_token", "OpenAI Token": "openai_key",
    "Private Key": "private_key", "PyPI Token": "pypi_token", "SendGrid API Key": "sendgrid_key", "Slack Token": "slack_token",
    "Stripe Access Key": "stripe_key", "Telegram Bot Token": "other_provider_token", "Twilio API Key": "twilio_key",
    "Discord Bot Token": "other_provider_token", "Mailchimp Access Key": "other_provider_token", "Secret Keyword": "password",
    "Base64 High Entropy String": "generic_secret", "Hex High Entropy String": "generic_secret", "Public IP (ipv4)": "ip_address",
}
# Parts of rule names of Kingfisher, the more exact first.
KINGFISHER = {
    "slack-webhook": "slack_webhook", "slack": "slack_token", "openai": "openai_key", "anthropic": "anthropic_key", "github": "github_token",
    "gitlab": "gitlab_token", "stripe": "stripe_key", "gcp-service": "gcp_service_account", "gcp-api": "google_api_key", "google": "google_api_key",
    "azure-sas": "azure_sas", "azure": "azure_storage_key", "twilio": "twilio_key", "sendgrid": "sendgrid_key", "npm": "npm_token",
    "pypi": "pypi_token", "hugging": "huggingface_token", "databricks": "databricks_token", "digitalocean": "digitalocean_token", "jwt": "jwt",
    "json-web": "jwt", "private-key": "private_key", "privatekey": "private_key", "connection": "db_connection_string", "postgres": "db_connection_string",
    "mongodb": "db_connection_string", "mysql": "db_connection_string", "basic": "basic_auth", "bearer": "bearer_token", "aws-secret": "aws_secret_key",
    "aws": "aws_access_key_id", "password": "password", "generic": "generic_secret",
}
IGNORED = {"URL", "DATE_TIME", "NRP", "LOCATION", "ORGANIZATION"}


def presidio():
    """The recognisers it loads by itself, without a language model: none can be had from PyPI."""
    import spacy
    import tldextract
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
    from presidio_analyzer.nlp_engine import SpacyNlpEngine

    # Its list of suffixes comes with the package; it need not ask the network for a newer one.
    tldextract.extract = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)

    class Blank(SpacyNlpEngine):
        def __init__(self):
            super().__init__()
            self.nlp = {"en": spacy.blank("en")}
            self.nlp["en"].max_length = 1 << 24

        def load(self):
            pass

    engine = Blank()
    recognisers = RecognizerRegistry(supported_languages=["en"])
    recognisers.load_predefined_recognizers(languages=["en"], nlp_engine=engine)
    analyzer = AnalyzerEngine(registry=recognisers, nlp_engine=engine, supported_languages=["en"])

    def find(text):
        for found in analyzer.analyze(text=text, language="en", score_threshold=0.35):
            if found.entity_type not in IGNORED:
                yield found.start, found.end, PRESIDIO.get(found.entity_type, found.entity_type.lower())

    return find


def detect_secrets():
    """As it scans files; lines alone would be read without its thresholds. Nothing is verified over the network."""
    import pathlib
    import tempfile

    from detect_secrets.core.scan import scan_file
    from detect_secrets.settings import default_settings, get_settings

    settings = default_settings()
    settings.__enter__()
    get_settings().disable_filters("detect_secrets.filters.common.is_ignored_due_to_verification_policies")
    folder = tempfile.TemporaryDirectory()
    file = pathlib.Path(folder.name) / "text.txt"

    def find(text):
        file.write_text(text, encoding="utf-8", newline="")
        lines = text.split("\n")
        for secret in scan_file(str(file)):
            if not secret.secret_value or secret.line_number > len(lines):
                continue
            before = sum(len(line) + 1 for line in lines[: secret.line_number - 1])
            start = text.find(secret.secret_value, before)
            if start >= 0:
                yield start, start + len(secret.secret_value), SECRETS.get(secret.type, "other_provider_token")

    find.alive = (settings, folder)  # closing them would forget the plugins, and the folder
    return find


def kingfisher(labelled, texts, out):
    """The program reads files: one for each text. Its turbo mode, one job; what it needs to start is taken off."""
    import pathlib
    import resource
    import subprocess
    import tempfile

    program = pathlib.Path(sys.executable).with_name("kingfisher")

    def scan(folder, answers):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        command = [program, "scan", folder, "-j", "1", "-n", "--git-history", "none", "--no-update-check", "--format", "jsonl"]
        subprocess.run([*command, "--turbo", "--no-dedup", "-o", answers], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    def name(rule):
        rule = rule.lower()
        return next((ours for part, ours in KINGFISHER.items() if part in rule), "other_provider_token")

    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for sub in ("labelled", "texts", "empty"):
            (folder / sub).mkdir()
        items = {}
        for line in open(labelled, encoding="utf-8"):
            item = json.loads(line)
            items[item["id"]] = (item["text"], [])
            (folder / "labelled" / (item["id"] + ".txt")).write_text(item["text"], encoding="utf-8")
        size = 0
        for index, line in enumerate(open(texts, encoding="utf-8")):
            text = json.loads(line)
            size += len(text.encode())
            (folder / "texts" / f"{index}.txt").write_text(text, encoding="utf-8")
        scan(folder / "labelled", folder / "found")
        for line in open(folder / "found", encoding="utf-8"):
            found = json.loads(line)
            if "finding" not in found:
                continue
            text, findings = items[pathlib.Path(found["finding"]["path"]).stem]
            start = text.find(found["finding"]["snippet"])
            if start >= 0:
                end = start + len(found["finding"]["snippet"])
                place = [len(text[:at].encode()) for at in (start, end)]
                findings.append({"start": place[0], "end": place[1], "type": name(found["rule"]["id"])})
        with open(out, "w", encoding="utf-8") as answers:
            for key, (_, findings) in items.items():
                answers.write(json.dumps({"id": key, "findings": findings}) + "\n")
        spent = scan(folder / "texts", folder / "found") - scan(folder / "empty", folder / "found")
    print(json.dumps({"mb_per_second": size / 1e6 / spent}))


def main():
    tool, labelled, texts, out = sys.argv[1:]
    if tool == "kingfisher":
        return kingfisher(labelled, texts, out)
    find = {"presidio": presidio, "detect-secrets": detect_secrets}[tool]()
    with open(labelled, encoding="utf-8") as lines, open(out, "w", encoding="utf-8") as answers:
        for line in lines:
            item = json.loads(line)
            text = item["text"]
            place = lambda at: len(text[:at].encode())
            findings = [{"start": place(s), "end": place(e), "type": name} for s, e, name in find(text)]
            answers.write(json.dumps({"id": item["id"], "findings": findings}) + "\n")
    # A slow program reads as much as it can in ten seconds.
    read, started = 0, time.thread_time()
    with open(texts, encoding="utf-8") as lines:
        for line in lines:
            text = json.loads(line)
            for _ in find(text):
                pass
            read += len(text.encode())
            if time.thread_time() - started > 10:
                break
    print(json.dumps({"mb_per_second": read / 1e6 / (time.thread_time() - started)}))


main()
