// What people call a secret where they write one down: the names before a value, in the languages most written.
// They are looked for in a text whose Latin capitals are made small, so that one form serves for all ways of writing.

/** A password of a person's own, which may be short and have a word in it. */
export const PASSWORD_NAMES: readonly string[] = [
  // English, and names in code and configuration.
  "passw(?:or)?d",
  "pass[ _-]?phrase",
  "pass[ _-]?code",
  "(?<=[_-])pass",
  "(?<![a-z])(?:pwd|pass)(?=[\"' ]{0,2}[:=])",
  // German, French, Spanish, Portuguese, Italian, Dutch, Polish, Turkish, Indonesian.
  "pass?wort",
  "kennwort",
  "mot[ _-]de[ _-]passe",
  "contrase(?:ñ|n)a",
  "(?<![a-zà-ÿ])clave(?:[ _-]de[ _-]acceso)?",
  "(?<![a-zà-ÿ])senha",
  "palavra[ -]passe",
  "parola[ -]d'ordine",
  "wachtwoord",
  "(?<![a-zà-ÿ])hasło",
  "(?<![a-zà-ÿ])(?:parola|[şŞ]ifre)",
  "kata[ -]sandi",
  // Russian and Ukrainian, Chinese, Japanese, Korean.
  "[Пп]арол[ья]|ПАРОЛЬ",
  "密[码碼]",
  "口令",
  "パスワード",
  "暗証番号",
  "비밀번호",
  "암호",
  // Hindi, Bengali, Arabic, Urdu.
  "पासवर्ड",
  "कूटशब्द",
  "পাসওয়ার্ড",
  "كلمة (?:المرور|السر)",
  "پاس ورڈ",
];

/** A key or a token, which a machine has drawn. */
export const KEY_NAMES: readonly string[] = [
  "secret",
  "(?:api|access|account|auth|private|encryption|signing|master|licen[cs]e|service)[ _-]?key",
  "token",
  "credentials?",
  // German, French, Spanish, Portuguese, Russian, Chinese, Japanese, Korean, Hindi, Arabic.
  "api[ -]?schlüssel",
  "(?:geheim|zugangs|zugriffs)(?:er |nis|schlüssel)",
  "clé[ _-](?:api|secrète|d'api|privée)",
  "(?:clave|llave)[ _-](?:de[ _-])?(?:api|secreta|privada)",
  "chave[ _-](?:de[ _-]|da[ _-])?(?:api|secreta|privada|acesso)",
  "[Кк]люч(?: api)?",
  "[Тт]окен",
  "(?:api ?|访问|私)?(?:密钥|金鑰|令牌)",
  "(?:api ?|秘密)(?:キー|鍵)",
  "トークン",
  "(?:api ?|비밀 ?)키",
  "토큰",
  "(?:api ?)?कुंजी",
  "مفتاح(?: api| الواجهة| سري)?",
];

/** The words from which a wallet or an account can be made again. */
export const SEED_NAMES: readonly string[] = [
  "(?:seed|recovery|backup|secret|mnemonic)[ _-](?:phrase|words?)",
  "(?:seed|mnemonic)s?(?=[\"' ]{0,3}[:=])",
  "(?:wiederherstellungs|seed-?)(?:phrase|wörter)",
  "phrase (?:de récupération|secrète|mnémonique)",
  "frase (?:de recuperaci[oó]n|semilla|de recuperação|secreta)",
  "(?:[Сс]ид|[Мм]немоническая)[ -]фраза",
  "助[记記][词詞]",
  "ニーモニック|シードフレーズ",
  "니모닉|시드 ?구문",
];

/** Codes that open an account when its second factor is lost. */
export const CODE_NAMES: readonly string[] = [
  "(?:recovery|backup|rescue|scratch|emergency|2fa|mfa|one-time)[ _-]codes?",
  "(?:wiederherstellungs|notfall|backup-?|ersatz)codes?",
  "codes de (?:secours|récupération|sauvegarde)",
  "códigos de (?:recuperación|respaldo|recuperação|backup|segurança)",
  "(?:[Рр]езервные|[Зз]апасные) коды|[Кк]оды восстановления",
  "(?:恢复|备用|復原|備用)(?:代码|码|碼|代碼)",
  "(?:リカバリー|バックアップ|復旧)コード",
  "(?:복구|백업) ?코드",
  "(?:रिकवरी|बैकअप) कोड",
  "رموز (?:الاسترداد|النسخ الاحتياطي)",
];
