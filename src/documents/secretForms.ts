// Forms that the makers of keys and tokens give them, as a table of facts: what each begins with, of which characters
// it is made and how long it is. The table goes by the makers' own pages and by the rules of gitleaks (MIT licence,
// https://github.com/gitleaks/gitleaks, config/gitleaks.toml), the list that is kept up best; no text is taken from it.
// A new form is a line here and an example in bench/secrets/kinds.ts.

/** A maker's name, and the form of what it gives out. */
type SecretForm = readonly [maker: string, form: string];

const FORMS: readonly SecretForm[] = [
  // Clouds and their machines.
  ["AWS", "(?:AKIA|ASIA|ABIA|ACCA|AGPA|AROA)[A-Z0-9]{16}"],
  ["Alibaba Cloud", "LTAI[A-Za-z0-9]{12,20}"],
  ["Tencent Cloud", "AKID[A-Za-z0-9]{32}"],
  ["Azure client", "[\\w~.]{3}\\dQ~[\\w~.-]{31,34}"],
  ["Azure storage", "(?:Account|SharedAccess)Key=[A-Za-z0-9+/]{40,90}={0,2}"],
  ["Google", "AIza[\\w-]{35}"],
  ["Google OAuth", "ya29\\.[\\w-]{30,}"],
  ["Google client", "GOCSPX-[\\w-]{28}"],
  ["DigitalOcean", "do[oprt]_v1_[a-f0-9]{64}"],
  ["Heroku", "HRKU-[\\w-]{36,}"],
  ["Cloudflare origin", "v1\\.0-[a-f0-9]{24}-[a-f0-9]{146}"],
  ["Fly.io", "(?:fo1_[\\w-]{43}|fm[12][ar]?_[A-Za-z0-9+/=]{80,})"],
  ["Netlify", "nfp_[A-Za-z0-9]{36,}"],
  ["Render", "rnd_[A-Za-z0-9]{28,}"],
  ["Tailscale", "tskey-(?:auth|api|client)-[\\w-]{20,}"],
  ["OpenShift", "sha256~[\\w-]{43}"],
  ["Dynatrace", "dt0[a-z]\\d\\d\\.[A-Z0-9]{24}\\.[A-Z0-9]{64}"],
  ["HashiCorp Vault", "hv[sbr]\\.[\\w-]{24,}"],
  ["Terraform", "[A-Za-z0-9]{14}\\.atlasv1\\.[\\w=-]{60,70}"],
  ["Pulumi", "pul-[a-f0-9]{40}"],
  ["Doppler", "dp\\.(?:pt|st|sa|ct|scim|audit)\\.[\\w.]{40,}"],
  ["1Password", "ops_eyJ[A-Za-z0-9+/=_-]{100,}"],
  ["age", "AGE-SECRET-KEY-1[0-9A-Z]{58}"],
  ["PlanetScale", "pscale_(?:tkn|pw|oauth)_[\\w.=-]{32,}"],
  ["Supabase", "(?:sbp_[a-f0-9]{40}|sb_secret_[\\w-]{30,})"],
  ["Databricks", "dapi[a-f0-9]{32}(?:-\\d)?"],
  [
    "Snowflake and other web tokens",
    "eyJ[\\w-]{10,}\\.eyJ[\\w-]{10,}\\.[\\w-]{20,}",
  ],
  // Code, packages and their builds.
  ["GitHub", "gh[pousr]_[A-Za-z0-9]{36,}"],
  ["GitHub, fine-grained", "github_pat_\\w{50,}"],
  [
    "GitLab",
    "gl(?:pat|rt|rtr|dt|ptt|cbt|soat|ft|imt|agent|oas|ffct|wt)-[\\w.-]{20,}",
  ],
  ["GitLab runner", "GR1348941[\\w-]{20}"],
  ["Bitbucket and Atlassian", "AT(?:ATT3|BB|CTT3)[\\w=-]{20,}"],
  ["npm", "npm_[A-Za-z0-9]{36}"],
  ["PyPI", "pypi-AgE[\\w-]{50,}"],
  ["RubyGems", "rubygems_[a-f0-9]{48}"],
  ["crates.io", "cio[A-Za-z0-9]{32}"],
  ["NuGet", "oy2[a-z0-9]{43}"],
  ["Clojars", "CLOJARS_[a-z0-9]{60}"],
  ["Docker", "dckr_(?:pat|oat)_[\\w-]{27,}"],
  ["JFrog", "(?:AKCp[A-Za-z0-9]{69}|cmVmdGtuO[A-Za-z0-9]{54,})"],
  ["Sourcegraph", "sgp_[a-fA-F0-9_]{40,}"],
  ["SonarQube", "sq[aup]_[a-f0-9]{40}"],
  ["Buildkite", "bk(?:ua|at)_[a-f0-9]{40}"],
  ["CircleCI", "CCIPAT_[A-Za-z0-9]{22}_[a-f0-9]{40}"],
  ["Postman", "PMAK-[a-f0-9]{24}-[a-f0-9]{34}"],
  ["Prefect", "pn[bu]_[A-Za-z0-9]{36}"],
  ["Infracost", "ico-[A-Za-z0-9]{32}"],
  // Models.
  [
    "OpenAI, Anthropic and others",
    "sk-(?:ant-|proj-|svcacct-|or-v1-)?[\\w-]{32,}",
  ],
  ["Hugging Face", "(?:hf|api_org)_[A-Za-z0-9]{30,}"],
  ["Replicate", "r8_[A-Za-z0-9]{37}"],
  ["Groq", "gsk_[A-Za-z0-9]{50,}"],
  ["xAI", "xai-[A-Za-z0-9]{70,}"],
  ["Perplexity", "pplx-[A-Za-z0-9]{40,}"],
  ["Tavily", "tvly-[\\w-]{30,}"],
  // Messages and mail.
  ["Slack", "xox[abeoprs]-[A-Za-z0-9-]{10,}"],
  ["Slack app", "xapp-\\d-[A-Z0-9]{8,}-\\d{8,}-[a-z0-9]{40,}"],
  ["Slack hook", "hooks\\.slack\\.com/(?:services|workflows)/[\\w/-]{36,}"],
  ["Discord hook", "discord(?:app)?\\.com/api/webhooks/\\d{17,20}/[\\w-]{60,}"],
  ["Discord bot", "[MNO][A-Za-z\\d]{23,27}\\.[\\w-]{6}\\.[\\w-]{27,38}"],
  [
    "Teams hook",
    "webhook\\.office\\.com/webhookb2/[\\w@-]{60,}/IncomingWebhook/[a-f0-9]{32}",
  ],
  ["Telegram bot", "(?:bot)?\\d{8,10}:A[\\w-]{34}"],
  ["Twilio", "SK[a-f0-9]{32}"],
  ["SendGrid", "SG\\.[\\w-]{20,24}\\.[\\w-]{40,}"],
  ["Mailgun", "key-[a-f0-9]{32}"],
  ["Mailchimp", "[a-f0-9]{32}-us\\d{1,2}"],
  ["Brevo", "xkeysib-[a-f0-9]{64}-[A-Za-z0-9]{16}"],
  ["Resend", "re_[A-Za-z0-9]{8}_[A-Za-z0-9]{20,}"],
  // Money and shops.
  ["Stripe", "[rs]k_(?:live|test|prod)_[A-Za-z0-9]{16,}"],
  ["Stripe hook", "whsec_[A-Za-z0-9+/=]{24,}"],
  ["Square", "(?:sq0(?:atp|csp)-[\\w-]{22,43}|EAAA[\\w-]{60})"],
  [
    "PayPal",
    "access_token\\$(?:production|sandbox)\\$[a-z0-9]{16}\\$[a-f0-9]{32}",
  ],
  ["Razorpay", "rzp_(?:live|test)_[A-Za-z0-9]{14,}"],
  ["Flutterwave", "FLWSECK(?:_TEST)?-[a-zA-Z0-9]{12,}-X"],
  ["Shopify", "shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}"],
  ["EasyPost", "EZ[AT]K[A-Za-z0-9]{54}"],
  ["Shippo", "shippo_(?:live|test)_[a-f0-9]{40}"],
  [
    "Bitcoin",
    "(?:[5KL][1-9A-HJ-NP-Za-km-z]{50,51}|xprv[1-9A-HJ-NP-Za-km-z]{100,})",
  ],
  // Everything else that people work with.
  ["Linear", "lin_(?:api|oauth)_[A-Za-z0-9]{40,}"],
  ["Notion", "(?:ntn_[A-Za-z0-9]{40,}|secret_[A-Za-z0-9]{43})"],
  ["Airtable", "pat[A-Za-z0-9]{14}\\.[a-f0-9]{64}"],
  ["Asana", "\\d/\\d{16}(?:/\\d{16})?:[a-f0-9]{32}"],
  ["Figma", "fig[dou][a-z]?_[\\w-]{40,}"],
  ["Contentful", "CFPAT-[\\w-]{43}"],
  ["Typeform", "tfp_[\\w.=-]{59}"],
  ["New Relic", "NR(?:AK|JS|II|IQ)-[A-Za-z0-9-]{19,}"],
  ["Grafana", "(?:glsa_[A-Za-z0-9]{32}_[a-f0-9]{8}|glc_[A-Za-z0-9+/=]{32,})"],
  ["Sentry", "(?:sntrys_eyJ[\\w+/=-]{60,}|sntryu_[a-f0-9]{64})"],
  ["PostHog", "phx_[A-Za-z0-9]{40,}"],
  ["Mapbox", "sk\\.eyJ[\\w-]{20,}\\.[\\w-]{20,}"],
  ["Facebook", "EAA[A-Za-z0-9]{80,}"],
  ["Duffel", "duffel_(?:live|test)_[\\w=-]{43}"],
  ["ReadMe", "rdme_[a-z0-9]{70}"],
  ["Adafruit", "aio_[A-Za-z0-9]{28}"],
  [
    "LaunchDarkly",
    "(?:sdk|api|mob)-[a-f0-9]{8}-[a-f0-9]{4}-4[a-f0-9]{3}-[a-f0-9]{4}-[a-f0-9]{12}",
  ],
];

/**
 * Any of the forms. One begins where no run of such characters goes on, so that a long run is looked at from its
 * beginning alone: else a text of a million repeated beginnings would be read a million times.
 */
export const SECRET_FORM = new RegExp(
  `(?<![\\w+-])(?:${FORMS.map(([, form]) => form).join("|")})`,
  "g",
);
