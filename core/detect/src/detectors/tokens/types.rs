//! The data types the formats belong to.

use crate::registry::{Info, Standing};
use weir_model::Category;

/// What the formats are of.
#[derive(Clone, Copy)]
pub(in crate::detectors) enum Type {
    OpenAi,
    Anthropic,
    AwsId,
    GitHub,
    GitLab,
    Slack,
    Stripe,
    Google,
    SendGrid,
    Npm,
    PyPi,
    HuggingFace,
    Databricks,
    DigitalOcean,
    Twilio,
    Other,
    Bearer,
}

/// The data type of a format.
pub(in crate::detectors) fn info(of: Type) -> &'static Info {
    &TYPES[of as usize]
}

/// In the order of [`Type`]. Examples are made of words and put together at compile time: no scanner takes them for keys.
pub(super) static TYPES: [Info; 17] = [
    Info::new("security/openai_key", "OpenAI API key", Category::Security, Standing::Typed)
        .from("any", "platform.openai.com, API keys")
        .found_in(&[
            concat!("client = OpenAI(api_key=\"s", "k-proj-", "Weir7Flows2Past9Stones4And3Holds8Back1What6Must5Not0PassWeir7Flows2Past9St", "T3Blb", "kFJ", "Weir7Flows2Past9Stones4And3Holds8Back1What6Must5Not0PassWeir7Flows2Past9St", "\")"),
            concat!("Authorization: Bearer s", "k-admin-", "Weir7Flows2Past9Stones4And3Holds8Back1What6Must5Not0PassWe", "T3Blb", "kFJ", "Weir7Flows2Past9Stones4And3Holds8Back1What6Must5Not0PassWe"),
            concat!("OPENAI_API_KEY=s", "k-proj-", "Weir7Flows2Past9Stones4And3Holds8Back1WhT3Blb", "kFJWeir7Flows2Past9Stones4And3Holds8Back1Wh"),
            concat!("use s", "k-", "Weir7Flows2Past9StonT3Blb", "kFJWeir7Flows2Past9Ston here"),
            concat!("\"s", "k-svcacct-", "Weir7Flows2Past9Stones4And3Holds8Back1What6Must5Not0PassWeir7Flows2Past9StT3Blb", "kFJWeir7Flows2Past9Stones4And3Holds8Back1What6Must5Not0PassWeir7Flows2Past9St\""),
        ])
        .not_in(&[
            concat!("OPENAI_API_KEY=s", "k-proj-YOUR_KEY_HERE"),
            concat!("s", "k-proj-", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"),
            "the class is called sk-spinner-container-for-pages",
            concat!("s", "k-", "Weir7Flows2Past9Stones4And3Hol"),
            "task-proj-Weir7Flows2Past9Ston",
        ]),
    Info::new("security/anthropic_key", "Anthropic API key", Category::Security, Standing::Typed)
        .from("any", "docs.anthropic.com")
        .found_in(&[
            concat!("ANTHROPIC_API_KEY='sk", "-ant-api03-", "Weir7Flows2Past9Stones4And3Holds8Back1What6Must5Not0PassWeir7Flows2Past9Stones4And3Holds8Back", "AA'"),
            concat!("{\"token\": \"sk", "-ant-oat01-", "Weir7Flows2Past9Stones4And3Holds8Back1What6Must5Not0PassWeir7Flows2Past9Stones4And3Holds8Back", "AA\"}"),
            concat!("claude setup printed sk", "-ant-sid01-", "Weir7Flows2Past9Stones4And3Holds8Back1What6Must5Not0PassWeir7Flows2Past9Stones4And3Hol", "-", "Weir7F", "AA"),
            concat!("x-api-key: sk", "-ant-api03-", "Weir7Flows2Past9Stones4And3Holds8Back1What6Must5Not0PassWeir7Flows2Past9Stones4And3Holds8BackAA"),
            concat!("sk", "-ant-admin01-", "Weir7Flows2Past9Stones4And3Holds8Back1What6Must5Not0PassWeir7Flows2Past9Stones4And3Holds8BackAA"),
        ])
        .not_in(&[
            concat!("sk", "-ant-api03-", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxAA"),
            concat!("export ANTHROPIC_API_KEY=sk", "-ant-${ENV}-key"),
            concat!("sk", "-ant-api03-", "..."),
            concat!("sk", "-ant-api03-<your key>"),
            concat!("sk", "-ant-", "Weir7Flows2P"),
        ]),
    Info::new("security/aws_access_key_id", "AWS access key id", Category::Security, Standing::Typed)
        .from("any", "docs.aws.amazon.com, IAM identifiers")
        .found_in(&[
            concat!("credentials: {accessKeyId: 'AK", "IA", "RR3DPQ7TXWZ5LMNK", "'}"),
            concat!("X-Amz-Credential=AK", "IA", "YGPANQWB5PDKHX6P", "/20240501/eu-west-1/s3/aws4_request"),
            concat!("| deploy | AS", "IA", "5LMNKRR3DPQ7TXWZ", " |"),
            concat!("aws_access_key_id = AK", "IA", "QWB5PDKHX6PYGPAN"),
            concat!("key AS", "IA", "NAPGYP6XHKDP5BWQ"),
            // Four equal letters are drawn as any others are.
            concat!("deploy with AK", "IA", "YGXXXX7TFDP5BWQ3", " please"),
        ])
        .not_in(&[
            concat!("AK", "IA", "QWB5PXXXXXXGPANX"),
            concat!("AK", "IAIOSFODNN7EXAMPLE"),
            concat!("AK", "IA", "QWB5PDKHX6PYGPANX7"),
            concat!("AK", "IA", "QWB5PDKHX6PYGPA"),
            "MAKIAVELLI2345678901",
            concat!("AID", "A", "QWB5PDKHX6PYGPAN"),
        ]),
    Info::new("security/github_token", "GitHub token", Category::Security, Standing::Typed)
        .from("any", "github.blog, token formats; CRC-32 at the end")
        .found_in(&[
            concat!("GITHUB_TOKEN=gh", "o_", "Stones4And3Holds8Back1What6Mus0ok3Jp"),
            concat!("gh auth login --with-token <<< gh", "u_", "Holds8Back1What6Must5Not0PassW3LAal7"),
            concat!("token gh", "p_", "Weir7Flows2Past9Stones4And3Hol2N8M4V"),
            concat!("https://ci:gh", "s_", "Weir7Flows2Past9Stones4And3Hox2qKKtW@github.com/org/repo.git"),
            concat!("github", "_pat_", "Weir7Flows2Past9Stones_Weir7Flows2Past9Stones4And3Holds8Back1What6Must5Not0PassWei"),
        ])
        .not_in(&[
            concat!("gh", "p_", "Weir7Flows2Past9Stones4And3Hol000000 has a wrong checksum"),
            concat!("gh", "p_", "Weir7Flows2Past9Ston"),
            concat!("gh", "p_", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"),
            concat!("gh", "p_${GITHUB_TOKEN}"),
            concat!("hash_gh", "p_table_lookup_function_name"),
        ]),
    Info::new("security/gitlab_token", "GitLab token", Category::Security, Standing::Typed)
        .from("any", "docs.gitlab.com, token overview")
        .found_in(&[
            concat!("git clone https://oauth2:gl", "pat-", "Weir7Flows2Past9Ston", "@gitlab.corp.io/x.git"),
            concat!("CI_JOB_TOKEN=gl", "cbt-64_", "Weir7Flows2Past9Ston"),
            concat!("runner: {token: gl", "rt-t1_", "Weir7Flows2Past9Stones4And3", ".01.0w1a2b3c4", "}"),
            concat!("PRIVATE-TOKEN: gl", "pat-", "Weir7Flows2Past9Ston"),
            concat!("gl", "rt-", "Weir7Flows2Past9Ston"),
        ])
        .not_in(&[
            concat!("the gl", "pat-prefix-of-the-token-is-documented"),
            concat!("gl", "rt-", "Weir7Flows2P"),
            concat!("gl", "pat-", "Weir7Flo"),
            concat!("gl", "pat-xxxxxxxxxxxxxxxxxxxx"),
            concat!("gl", "pat-<token>"),
        ]),
    Info::new("security/slack_token", "Slack token", Category::Security, Standing::Typed)
        .from("any", "docs.slack.dev, token types")
        .found_in(&[
            concat!("slack_bot_token: xo", "xb-", "483726150934-", "5938274615023-", "Weir7Flows2Past9Stones4A"),
            concat!("{\"token\":\"xo", "xe.xo", "xp-1-", "Weir7Flows2Past9Stones4And3Holds8Back1What6Must5Not0PassWeir", "\"}"),
            concat!("SLACK_USER_TOKEN=xo", "xp-", "483726150934-", "5938274615023-", "7261509348371-", "4283fefc63f0cd0e873a0000c6d07ef7"),
            concat!("xo", "xb-", "483726150934-5938274615023-", "Weir7Flows2Past9Stones4A"),
            concat!("xa", "pp-1-A048SJ3K2LM-", "5938274615023-", "4283fefc63f0cd0e873a0000c6d07ef7b77e90d3593ad699fc1f7cd5bb2e35cb"),
        ])
        .not_in(&[
            concat!("xo", "xb-${SLACK_TOKEN}"),
            concat!("boxo", "xb-", "483726150934-5938274615023-", "Weir7Flows2Past9Stones4A"),
            concat!("xo", "xb-your-token"),
            concat!("xo", "xb-", "xxxxxxxxxxxx-xxxxxxxxxxxx-xxxxxxxxxxxxxxxxxxxxxxxx"),
            concat!("xo", "xp-short1"),
        ]),
    Info::new("security/stripe_key", "Stripe live key", Category::Security, Standing::Typed)
        .from("any", "docs.stripe.com/keys")
        .found_in(&[
            concat!("curl https://api.stripe.com/v1/charges -u sk", "_live_", "Weir7Flows2Past9Stones4A", ":"),
            concat!("STRIPE_WEBHOOK_SECRET=wh", "sec_", "Weir7Flows2Past9Stones4And3Holds"),
            concat!("Stripe.setApiKey('sk", "_live_51", "Weir7Flows2Past9Stones4And3Holds8Back1What6Must5Not0PassWeir7Flows2Past9Stones4And3Holds8B", "');"),
            concat!("stripe.api_key = \"sk", "_live_", "Weir7Flows2Past9Stones4A\""),
            concat!("rk", "_live_", "Weir7Flows2Past9Stones4And3Holds8Back1What6Must5Not0PassWeir7Flows2Past9Stones4And3Holds8Back1What6"),
        ])
        .not_in(&[
            concat!("publishable: pk", "_live_51", "Weir7Flows2Past9Stones4And3Holds8Back1What6Must5Not0PassWeir7Flows2Past9Stones4And3Holds8B"),
            concat!("pk", "_live_", "Weir7Flows2Past9Stones4A"),
            concat!("sk", "_test_", "Weir7Flows2Past9Stones4A"),
            concat!("sk", "_live_", "..."),
            concat!("sk", "_live_xxxxxxxxxxxxxxxxxxxxxxxx"),
        ]),
    Info::new("security/google_api_key", "Google API key", Category::Security, Standing::Typed)
        .from("any", "cloud.google.com, API keys")
        .found_in(&[
            concat!("https://maps.googleapis.com/maps/api/js?key=AI", "za", "Sy", "Weir7Flows2Past9Stones4And3Holds8", "&callback=init"),
            concat!("GEMINI_API_KEY=AI", "za", "Sy", "ws2Past9Stones4And3Holds8Back1Wha"),
            concat!("x-goog-api-key: AQ", ".Ab8", "Weir7Flows2Past9Stones4And3Holds8Back1What6Must5"),
            concat!("maps AI", "za", "SyWeir7Flows2Past9Stones4And3Holds8"),
            concat!("key=AI", "za", "SyWeir7Flows2Past9Stones4And3Holds-"),
        ])
        .not_in(&[
            concat!("AI", "za", "Sy${MAPS_KEY}"),
            "AIzaSomeVariableNameThatIsNotAKeyButLong",
            concat!("AI", "za", "SyWeir7Flows2Past9Ston"),
            concat!("AI", "za", "SyWeir7Flows2Past9Stones4And3Holds8Back1What6Must5No"),
            concat!("AI", "za", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"),
        ]),
    Info::new("security/sendgrid_key", "SendGrid API key", Category::Security, Standing::Typed)
        .from("any", "www.twilio.com/docs/sendgrid")
        .found_in(&[
            concat!("sg = SendGridAPIClient('SG", ".", "Weir7Flows2Past9Stones", ".", "Weir7Flows2Past9Stones4And3Holds8Back1What6", "')"),
            concat!("smtp password: SG", ".", "2Past9Stones4And3Holds", ".", "es4And3Holds8Back1What6Must5Not0PassWeir7Fl"),
            concat!("Authorization: Bearer SG", ".", "Weir7Flows2Past9Stones", ".", "Flows2Past9Stones4And3Holds8Back1What6Must5"),
            concat!("SG", ".", "Weir7Flows2Past9Stones.Weir7Flows2Past9Stones4And3Holds8Back1What6"),
            concat!("SENDGRID_API_KEY=SG", ".", "Weir7Flows2Past9Ston_-.Weir7Flows2Past9Stones4And3Holds8Back1What6"),
        ])
        .not_in(&[
            concat!("MSG", ".", "Weir7Flows2Past9Stones", ".", "Weir7Flows2Past9Stones4And3Holds8Back1What6"),
            "SG.Services.Notification.Handlers",
            concat!("SG", ".short.value"),
            concat!("SG", ".xxxxxxxxxxxxxxxxxxxxxx.xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"),
            "USG.Weir7Flows2Past9Stones.Weir7Flows",
        ]),
    Info::new("security/npm_token", "npm access token", Category::Security, Standing::Typed)
        .from("any", "docs.npmjs.com, about access tokens; CRC-32 at the end")
        .found_in(&[
            concat!("NPM_TOKEN=np", "m_", "Stones4And3Holds8Back1What6Mus0ok3Jp"),
            concat!("npm config set //registry.npmjs.org/:_authToken np", "m_", "Past9Stones4And3Holds8Back1Wha0y0ef7"),
            concat!("{\"npmToken\":\"np", "m_", "Stones4And3Holds8Back1What6Mus0ok3Jp", "\"}"),
            concat!("//registry.npmjs.org/:_authToken=np", "m_", "Weir7Flows2Past9Stones4And3Hol2N8M4V"),
            concat!("np", "m_", "Weir7Flows2Past9Ston01234032104KJwY2"),
        ])
        .not_in(&[
            concat!("np", "m_", "Weir7Flows2Past9Stones4And3Hol000000 has a wrong checksum"),
            concat!("np", "m_config_registry"),
            concat!("np", "m_", "Weir7Flows2P"),
            concat!("np", "m_", "Weir7Flows2Past9Stones4And3Holds8Back1What6Must5No"),
            concat!("np", "m_${NPM_TOKEN}"),
        ]),
    Info::new("security/pypi_token", "PyPI upload token", Category::Security, Standing::Typed)
        .from("any", "pypi.org/help/#apitoken")
        .found_in(&[
            concat!("TWINE_PASSWORD=py", "pi-AgEIcHlwaS5vcmc", "Weir7Flows2Past9Stones4And3Holds8Back1What6Must5Not0PassWeir7Flows2Past9Stones4And3Holds8Back1What6Must5Not0PassWeir7Flo"),
            concat!("[pypi]\nusername = __token__\npassword = py", "pi-AgEIcHlwaS5vcmc", "Weir7Flows2Past9Stones4And3Holds8Back1What6Must5Not0PassWeir7Flows2Past9Stones4And3Holds8Back1What6Must5Not0PassWeir7Flows2Past9Stones4And3H"),
            concat!("twine upload -p py", "pi-AgEIcHlwaS5vcmc", "Weir7Flows2Past9Stones4And3Holds8Back1What6Must5Not0PassWeir7Flows2Past9Stones4And3Holds8Back1What6Must5Not0Pa", " dist/*"),
            concat!("password = py", "pi-AgEIcHlwaS5vcmc", "Weir7Flows2Past9Stones4And3Holds8Back1What6Must5Not0PassWeir7Flows2Past9Stones4And3Holds8Back1What6Must5Not0PassWeir7Flo"),
            concat!("py", "pi-AgENdGVzdC5weXBpLm9yZw", "Weir7Flows2Past9Stones4And3Holds8Back1What6Must5Not0PassWeir7Flows2Past9Stones4And3Holds8Back1What6M"),
        ])
        .not_in(&[
            concat!("py", "pi-AgEIcHlwaS5vcmc${TOKEN}"),
            concat!("py", "pi-AgEIcHlwaS5vcmcxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"),
            concat!("py", "pi-server"),
            concat!("py", "pi-AgEIcHlwaS5vcmc"),
            concat!("py", "pi-release-notes-2024-and-more"),
        ]),
    Info::new("security/huggingface_token", "Hugging Face token", Category::Security, Standing::Typed)
        .from("any", "huggingface.co/docs/hub/security-tokens")
        .found_in(&[
            concat!("login(token=\"h", "f_", "rFlowsPastStonesAndHoldsBackWhatMu", "\")"),
            concat!("git clone https://user:h", "f_", "WeirFlowsPastStonesAndHoldsBackWha", "@huggingface.co/org/model"),
            concat!("\"HUGGING_FACE_HUB_TOKEN\": \"h", "f_", "PastStonesAndHoldsBackWhatMustNotP", "\""),
            concat!("HF_TOKEN=h", "f_", "WeirFlowsPastStonesAndHoldsBackWha"),
            concat!("h", "f_", "AllTheWaterThatRunsOverTheOldWeirG"),
        ])
        .not_in(&[
            concat!("h", "f_${HF_TOKEN}"),
            concat!("h", "f_", "WeirFlowsPastStonesA"),
            concat!("h", "f_model_name"),
            concat!("h", "f_", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"),
            concat!("h", "f_hub_download_url_for_the_model_card"),
        ]),
    Info::new("security/databricks_token", "Databricks personal access token", Category::Security, Standing::Typed)
        .from("any", "docs.databricks.com/dev-tools/auth/pat")
        .found_in(&[
            concat!("dbutils: token=\"da", "pi", "122b598615dcbe810beacd557705a54b", "\""),
            concat!("Authorization: Bearer da", "pi", "b77e90d3593ad699fc1f7cd5bb2e35cb", "-2"),
            concat!("secret: do", "se", "122b598615dcbe810beacd557705a54b"),
            concat!("DATABRICKS_TOKEN=da", "pi", "4283fefc63f0cd0e873a0000c6d07ef7"),
            concat!("da", "pi", "122b598615dcbe810beacd557705a54b-3"),
        ])
        .not_in(&[
            concat!("da", "pi", "122b598615dcbe810beacd557705a54b", "aa"),
            "dapi: the data API of the platform",
            concat!("da", "pi", "4283fefc63f0cd0e873a"),
            concat!("da", "pi", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"),
            concat!("okda", "pi", "4283fefc63f0cd0e873a0000c6d07ef7"),
        ]),
    Info::new("security/digitalocean_token", "DigitalOcean token", Category::Security, Standing::Typed)
        .from("any", "docs.digitalocean.com/reference/api")
        .found_in(&[
            concat!("DIGITALOCEAN_TOKEN=do", "p_v1_", "122b598615dcbe810beacd557705a54b5edbbbe5ce7f8fbeebef7a58f99d96fb"),
            concat!("Authorization: Bearer do", "p_v1_", "bc53e2bb5dc7f1cf996da3953d09e77b7fe70d6c0000a378e0dc0f36cfef3824"),
            concat!("refresh: do", "r_v1_", "bf69d99f85a7febeebf8f7ec5ebbbde5b45a507755dcaeb018ebcd516895b221"),
            concat!("doctl auth init -t do", "p_v1_", "4283fefc63f0cd0e873a0000c6d07ef7b77e90d3593ad699fc1f7cd5bb2e35cb"),
            concat!("do", "o_v1_", "122b598615dcbe810beacd557705a54b5edbbbe5ce7f8fbeebef7a58f99d96fb"),
        ])
        .not_in(&[
            concat!("do", "p_v1_<token>"),
            concat!("do", "p_v1_${DO_TOKEN}"),
            concat!("do", "p_v1_", "4283fefc63f0cd0e873a0000c6d07e"),
            concat!("do", "p_v1_", "0000000000000000000000000000000000000000000000000000000000000000"),
            concat!("do", "p_v2_", "4283fefc63f0cd0e873a0000c6d07ef7b77e90d3593ad699fc1f7cd5bb2e35cb"),
        ]),
    Info::new("security/twilio_key", "Twilio key", Category::Security, Standing::Typed)
        .from("any", "www.twilio.com/docs/iam/api-keys")
        .found_in(&[
            concat!("Client(\"A", "C", "4283fefc63f0cd0e873a0000c6d07ef7", "\", \"", "122b598615dcbe810beacd557705a54b", "\")"),
            concat!("twilio_auth_token: \"", "5edbbbe5ce7f8fbeebef7a58f99d96fb", "\""),
            concat!("twilio account A", "C", "4283fefc63f0cd0e873a0000c6d07ef7", " auth token ", "122b598615dcbe810beacd557705a54b"),
            concat!("TWILIO_AUTH_TOKEN=", "4283fefc63f0cd0e873a0000c6d07ef7"),
            concat!("S", "K", "eb8450ae2a1c5ed5571342c3967d286c is the api key"),
        ])
        .not_in(&[
            concat!("TWILIO_ACCOUNT_SID=A", "C", "122b598615dcbe810beacd557705a54b"),
            concat!("TWILIO_ACCOUNT_SID=A", "C", "4283fefc63f0cd0e873a0000c6d07ef7"),
            concat!("S", "K", "4283fefc63f0cd0e873a"),
            "TWILIO_AUTH_TOKEN=your_auth_token",
            concat!("TA", "SK", "4283fefc63f0cd0e873a0000c6d07ef7"),
        ]),
    Info::new("security/other_provider_token", "Token of another provider", Category::Security, Standing::Typed)
        .from("any", "the providers' own documentation, see FORMATS")
        .found_in(&[
            concat!("GROQ_API_KEY=gs", "k_", "Weir7Flows2Past9Stones4And3Holds8Back1What6Must5Not0"),
            concat!("curl -H 'Authorization: SS", "WS 00Weir7Flows2Past9Stones4And3Holds8Back1W'"),
            concat!("xa", "i-", "Weir7Flows2Past9Stones4And3Holds8Back1What6Must5Not0PassWeir7Flows2Past9Stones4A"),
            concat!("sk", "-or-v1-", "4283fefc63f0cd0e873a0000c6d07ef7b77e90d3593ad699fc1f7cd5bb2e35cb"),
            concat!("hv", "s.", "CAESIWeir7Flows2Past9Stones4And3Holds8Back1What6Must5Not0PassWeir7Flows2Past9Stones4And3Holds8B"),
            concat!("nv", "api-", "Weir7Flows2Past9Stones4And3Holds8Back1What6Must5Not0PassWeir7Flo"),
            concat!("li", "n_api_", "Weir7Flows2Past9Stones4And3Holds8Back1Wh"),
            concat!("gl", "sa_", "Weir7Flows2Past9Stones4And3Holds_4283fefc"),
            concat!("sh", "pat_", "4283fefc63f0cd0e873a0000c6d07ef7"),
            concat!("PM", "AK-", "4283fefc63f0cd0e873a0000-4283fefc63f0cd0e873a0000c6d07ef7b7"),
            concat!("dckr", "_pat_", "Weir7Flows2Past9Stones4And3"),
            concat!("GOC", "SPX-", "Weir7Flows2Past9Stones4And3H"),
            concat!("Weir7Flows2Pas.atl", "asv1.", "Weir7Flows2Past9Stones4And3Holds8Back1What6Must5Not0PassWeir7Flows2"),
            concat!("49382", "71650:AA", "Weir7Flows2Past9Stones4And3Holds8"),
            concat!("abc8", "Q~", "Weir7Flows2Past9Stones4And3Holds8B"),
            concat!("the laptop asks for the recovery key, it is 466895-217492-569250-069608", "-104434-135707-527241-083622"),
        ])
        .not_in(&[
            concat!("gs", "k_", "Weir7Flows2Past9Ston"),
            concat!("hv", "s.", "short1"),
            concat!("key", "-", "monkey-business-like-this-and-that"),
            concat!("fc", "-", "4283fefc63f0cd0e873a"),
            concat!("re", "_match_group_by_name_and_index"),
            "sha256~0000000000000000000000000000000000000000000",
            concat!("secret", "_santa_list_for_the_whole_office_2024_party"),
            // The last group is not divisible by eleven.
            concat!("466895-217492-569250-069608", "-104434-135707-527241-083623"),
        ]),
    Info::new("security/bearer_token", "Bearer token", Category::Security, Standing::Contextual)
        .from("any", "RFC 6750; Google OAuth access tokens")
        .found_in(&[
            concat!("headers: { Authorization: `Bear", "er ", "Weir7Flows2Past9Stones4And3Holds8Back1Wh", "` }"),
            concat!("curl -H 'Authorization: Token ", "Weir7Flows2Past9Stones4And3Holds", "' https://api.corp.io"),
            concat!("Authorization: Bear", "er ", "Weir7Flows2Past9Stones4And3Holds8Back1Wh"),
            concat!("ya", "29.", "a0AfWeir7Flows2Past9Stones4And3Holds8Back1What6Must5Not0PassWeir7Flows2Past9Stones4A"),
            concat!("-H 'authorization: bear", "er ", "Weir7Flows2Past9St-_.Weir7Flows2Past9St'"),
        ])
        .not_in(&[
            concat!("Authorization: Bear", "er <token>"),
            concat!("Authorization: Bear", "er $TOKEN"),
            concat!("the bear", "er of this letter is known to us"),
            concat!("Bear", "er YOUR_ACCESS_TOKEN"),
            concat!("token_type: Bear", "er"),
        ]),
];
