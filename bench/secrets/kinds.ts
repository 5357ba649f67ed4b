// Secrets to be found and lines to be let pass, drawn with a fixed seed. They are written as forms and filled when they
// are asked for, so that no scanner takes this file for one that holds secrets.
//
// {a20} twenty letters and digits, {w20} with _ and - too, {h32} hexadecimal, {A16} capitals and digits, {l8} small
// letters, {d10} digits, {b40} base64, {p24} printable characters without quotes, {s12} words of a seed phrase,
// {n} a name, {t} some words of prose.

import { seededRandom } from "../../src/common/random";

const ALPHABETS: Readonly<Record<string, string>> = {
  a: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
  w: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-",
  h: "0123456789abcdef",
  A: "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
  l: "abcdefghijklmnopqrstuvwxyz",
  d: "0123456789",
  b: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
  p: Array.from({ length: 94 }, (_, i) => String.fromCharCode(33 + i))
    .join("")
    .replace(/["'`\\]/g, ""),
};
/** Words of the form that seed phrases have. */
const SEED_WORDS =
  "abandon ability absent acid acoustic bamboo banner battle canvas captain cereal dawn decade dolphin eager eclipse fabric falcon galaxy garlic habit hazard icon inject jacket jungle kidney kitten ladder lava magnet mango nasty nephew oak obscure paddle panda quantum rabbit radar saddle salmon tackle tattoo umbrella vacuum valley wagon walnut yard zebra".split(
    " ",
  );
const NAMES = "db mail admin backup deploy report wiki camera router".split(
  " ",
);
const PROSE =
  "the report was sent to everybody who had asked for it, and nobody read it before noon".split(
    " ",
  );

/** A line with its kind. */
export interface Line {
  kind: string;
  text: string;
}

/** Forms by kind; of each `count` lines are drawn. */
export type Forms = Readonly<Record<string, readonly string[]>>;

/** Fills the forms. */
export function drawLines(forms: Forms, count: number, seed = 1): Line[] {
  const random = seededRandom(seed);
  const draw = (size: number) => Math.floor(random() * size);
  const pick = (from: readonly string[] | string) => from[draw(from.length)]!;
  const fill = (form: string) =>
    form.replace(
      /\{(?:([awhAldbp])(\d+)|s(\d+)|(n)|(t))\}/g,
      (_, alphabet, length, words, name) => {
        if (alphabet) {
          return Array.from({ length: Number(length) }, () =>
            pick(ALPHABETS[alphabet as string]!),
          ).join("");
        }
        if (words) {
          const drawn = Array.from({ length: Number(words) }, () =>
            pick(SEED_WORDS),
          );
          return drawn.join(" ");
        }
        if (name) return pick(NAMES);
        const start = draw(PROSE.length - 6);
        return PROSE.slice(start, start + 6).join(" ");
      },
    );
  return Object.entries(forms).flatMap(([kind, all]) =>
    Array.from({ length: count }, (_, index) => ({
      kind,
      text: fill(all[index % all.length]!),
    })),
  );
}

/** What is not to be learned from. */
export const SECRETS: Forms = {
  "cloud key, bare": ["{t}: {b40}", "{b40}", "| {n} | {b40} |"],
  "cloud key, named": [
    "aws_secret_access_key = {b40}",
    "AKIA{A16}",
    '"AccessKeyId": "ASIA{A16}"',
    "LTAI{a20}",
    "AKID{a32}",
    "AIza{w35}",
    "GOCSPX-{w28}",
    "dop_v1_{h64}",
    "DefaultEndpointsProtocol=https;AccountName={l8};AccountKey={b86}==",
    "AZURE_CLIENT_SECRET={a3}8Q~{a34}",
  ],
  "token of a machine room": [
    "hvs.{w90}",
    "{a14}.atlasv1.{w67}",
    "dapi{h32}",
    "dckr_pat_{w27}",
    "tskey-auth-{a16}-{a32}",
    "pul-{h40}",
    "dp.pt.{a43}",
    "pscale_tkn_{w43}",
    "sbp_{h40}",
    "HRKU-{w58}",
    "sha256~{w43}",
    "AGE-SECRET-KEY-1{A58}",
  ],
  "token of a code host": [
    "ghp_{a36}",
    "github_pat_{a22}_{a59}",
    "glpat-{w20}",
    "glrt-{w20}",
    "glptt-{h40}",
    "ATATT3xFfGF0{w170}",
    "npm_{a36}",
    "rubygems_{h48}",
    "cio{a32}",
    "oy2{l43}",
    "sgp_{h40}",
    "sqp_{h40}",
    "PMAK-{h24}-{h34}",
    "bkua_{h40}",
    "https://{l6}:ghp_{a36}@github.com/{n}/{n}.git",
  ],
  "token of a model": [
    "sk-ant-api03-{w93}",
    "sk-proj-{w74}",
    "sk-{a48}",
    "hf_{a34}",
    "r8_{a37}",
    "gsk_{a52}",
    "xai-{a80}",
    "pplx-{a48}",
  ],
  "hook or bot": [
    "https://hooks.slack.com/services/T{A8}/B{A10}/{a24}",
    "https://discord.com/api/webhooks/{d18}/{w68}",
    "https://api.telegram.org/bot{d10}:AA{w33}/sendMessage",
    "{d10}:AA{w33}",
    "xoxb-{d12}-{d12}-{a24}",
    "xapp-1-A{A10}-{d13}-{h64}",
    "M{a23}.{w6}.{w27}",
    "https://{l8}.webhook.office.com/webhookb2/{h8}-{h4}-{h4}-{h4}-{h12}@{h8}-{h4}-{h4}-{h4}-{h12}/IncomingWebhook/{h32}/{h8}",
    "SK{h32}",
    "SG.{w22}.{w43}",
    "key-{h32}",
    "{h32}-us14",
  ],
  "token of a shop or bank": [
    "sk_live_{a24}",
    "rk_live_{a24}",
    "whsec_{a32}",
    "shpat_{h32}",
    "shpss_{h32}",
    "sq0atp-{w22}",
    "rzp_live_{a14}",
    "access_token$production${l16}${h32}",
    "EZAK{a54}",
  ],
  "token of an office": [
    "lin_api_{a40}",
    "ntn_{a46}",
    "secret_{a43}",
    "pat{a14}.{h64}",
    "figd_{w40}",
    "CFPAT-{w43}",
    "NRAK-{A27}",
    "glsa_{a32}_{h8}",
    "sntryu_{h64}",
    "phx_{a43}",
    "sk.eyJ1{a40}.{w22}",
  ],
  "web token": [
    "eyJ{a30}.eyJ{a60}.{w43}",
    "token=eyJ{a30}.eyJ{a60}.{w43}",
    "Bearer eyJ{a30}.eyJ{a60}.{w43}",
  ],
  "private key": [
    "-----BEGIN RSA PRIVATE KEY-----",
    "-----BEGIN OPENSSH PRIVATE KEY-----",
    "-----BEGIN PGP PRIVATE KEY BLOCK-----",
    "PuTTY-User-Key-File-3: ssh-ed25519",
    "PrivateKey = {b43}=",
  ],
  "password, drawn": [
    'password = "{p24}"',
    "DB_PASSWORD={p24}",
    "password: {p16}",
    '"password": "{p20}",',
    "spring.datasource.password={p24}",
    "PGPASSWORD='{p20}' psql",
    "Password (admin): `{p24}`",
    "The password for {n} is {a20}.",
    "| {n} | password: {p24} |",
    "- **Password:** {a12}",
    "sshpass: pwd = {p24}",
  ],
  "password, by hand": [
    "Password: Sommer2024!",
    "password: Tr0ub4dor&3",
    "passwd = 'P@ssw0rd2019'",
    "login: {n} / pass: Winter#2023",
    "passphrase: Kaffee-7-Tassen!",
  ],
  "password, other languages": [
    "Passwort: {p16}",
    "Kennwort für {n}: {a14}",
    "Mot de passe : {p16}",
    "Contraseña: {p16}",
    "la clave es {a14}",
    "Senha: {p16}",
    "Пароль: {p16}",
    "Пароль для {n}: {a14}",
    "密码：{p16}",
    "密碼: {a14}",
    "パスワード：{p16}",
    "パスワードは「{a14}」です",
    "비밀번호: {p16}",
    "पासवर्ड: {p16}",
    "পাসওয়ার্ড: {a14}",
    "كلمة المرور: {a14}",
    "پاس ورڈ: {a14}",
    "Kata sandi: {p16}",
    "Wachtwoord: {p16}",
    "Hasło: {p16}",
    "Şifre: {a14}",
  ],
  "key, named": [
    "api_key: {a32}",
    'const apiKey = "{a40}";',
    "SECRET_KEY='{p50}'",
    "client_secret: {w32}",
    "X-Api-Key: {h32}",
    "token = {h40}",
    "access_token: {a64}",
    "encryption-key: {b43}=",
    "licence key: {A5}-{A5}-{A5}-{A5}-{A5}",
    "api_key={h8}-{h4}-4{h3}-a{h3}-{h12}",
    "API-Schlüssel: {a32}",
    "Clé API : {a32}",
    "Ключ API: {a32}",
    "API 密钥：{a32}",
    "APIキー: {a32}",
    "API 키: {a32}",
  ],
  "password in an address": [
    "postgres://{n}:{a16}@db.example.org/{n}",
    "mongodb+srv://{n}:{a12}@cluster0.{l5}.mongodb.net",
    "redis://:{a24}@cache:6379/0",
    "amqp://{n}:{w20}@rabbit/",
    "smtp://{n}%40mail.org:{a14}@smtp.mail.org:587",
  ],
  "Authorization line": [
    "Authorization: Bearer {a40}",
    "Authorization: Basic {b30}==",
    'curl -H "Authorization: Token {h40}" https://api.{n}.org',
    "-H 'Authorization: {a32}'",
    "curl -u {n}:{a16} https://{n}.org",
    "Cookie: session={a48}",
    "PRIVATE-TOKEN: {a24}",
  ],
  "seed words": [
    "Seed phrase: {s12}",
    "mnemonic: {s24}",
    "Wallet recovery phrase\n\n{s12}",
    'MNEMONIC="{s12}"',
    "Wiederherstellungsphrase: {s12}",
    "frase de recuperación: {s12}",
    "助记词：{s12}",
    "Сид-фраза: {s24}",
  ],
  "recovery codes": [
    "Recovery codes:\n\n{h5}-{h5}\n{h5}-{h5}\n{h5}-{h5}\n{h5}-{h5}\n{h5}-{h5}\n{h5}-{h5}",
    "Backup codes (each works once)\n- {d8}\n- {d8}\n- {d8}\n- {d8}\n- {d8}",
    "2FA codes: {d4} {d4}, {d4} {d4}, {d4} {d4}, {d4} {d4}",
    "Wiederherstellungscodes:\n1. {h4}-{h4}-{h4}\n2. {h4}-{h4}-{h4}\n3. {h4}-{h4}-{h4}\n4. {h4}-{h4}-{h4}\n5. {h4}-{h4}-{h4}",
    "Codes de secours : {d8} {d8} {d8} {d8} {d8}",
    "恢复代码\n{d8}\n{d8}\n{d8}\n{d8}",
  ],
};

/** What is to be let pass. */
export const HARMLESS: Forms = {
  "id in prose": [
    "The request {h8}-{h4}-4{h3}-a{h3}-{h12} failed at noon.",
    "Order {A10} was sent on 2024-03-{d2}.",
    "See ticket PROJ-{d4} and case {d8}.",
    "| {h8}-{h4}-4{h3}-a{h3}-{h12} | open |",
    "ISBN 978-{d1}-{d3}-{d5}-{d1}, 2nd edition",
    "doi:10.{d4}/{l5}.2024.{d6}",
    "arXiv:2{d3}.{d5}, RFC {d4}, CVE-2024-{d5}",
    "IBAN of the club and its phone, +49 30 {d7}",
  ],
  "hash or commit": [
    "commit {h40}",
    "- fix the build ({h7})",
    "sha256: {h64}",
    "{h64}  inkling-1.{d1}.0.tar.gz",
    '"integrity": "sha512-{b86}=="',
    "resolved {h40} at https://registry.example.org/a.tgz#{h40}",
    "image: nginx@sha256:{h64}",
    "Merge {h40} into {h40}",
    "SHA256:{b43} fingerprint of the host",
    'etag: W/"{h32}"',
  ],
  "encoded picture or font": [
    "![logo](data:image/png;base64,iVBORw0KGgo{b400}==)",
    "src: url(data:font/woff2;base64,d09GMgABAAAAA{b200});",
    "{b76}\n{b76}\n{b76}\n{b76}",
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{b43} {n}@laptop",
    "-----BEGIN CERTIFICATE-----\nMIID{b60}\n{b64}\n-----END CERTIFICATE-----",
    "-----BEGIN PUBLIC KEY-----\nMIIB{b60}",
  ],
  placeholder: [
    "api_key: your-api-key-here",
    "API_KEY=YOUR_API_KEY_GOES_HERE",
    "token=xxxxxxxxxxxxxxxxxxxxxxxx",
    'password: "<your password>"',
    "password = ${DB_PASSWORD}",
    "secret: {{ .Values.{n}.secretKey }}",
    "Authorization: Bearer <token>",
    "Authorization: Bearer $ACCESS_TOKEN",
    "curl -u user:password https://api.example.org",
    "AKIAIOSFODNN7EXAMPLE",
    "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "sk-ant-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    "postgres://user:password@localhost:5432/{n}",
    "mysql://root:changeme@localhost/{n}",
    "password: ********",
    "PASSWORD=changeme123",
    "secret_key_base: insert-a-long-random-string",
    "password: [hidden]",
    "api-key: %API_KEY%",
  ],
  "words about secrets": [
    "password: at least 8 characters, one of them a digit",
    "The password is stored as a hash with Argon2id.",
    "Passwort: mindestens 8 Zeichen",
    "Mot de passe : au moins 12 caractères",
    "Contraseña: mínimo 8 caracteres",
    "Senha: no mínimo 8 caracteres",
    "Пароль: не менее 8 символов",
    "密码：至少8个字符",
    "パスワード：8文字以上",
    "비밀번호: 8자 이상",
    "पासवर्ड: कम से कम 8 अक्षर",
    "A token is a piece of a word; the tokens of this text are counted.",
    "The secret of {n} is that nobody knows it.",
    "Keep the recovery phrase: it has twelve words that nobody else may see, and it is shown once.",
    "Your backup codes: print them and keep them where you keep your passport.",
    "Recovery codes were introduced in version 2.{d1} of 2019.",
    "The seed phrase has 12, 15, 18, 21 or 24 words from a list of 2048.",
    "La clave es escribir todos los días un poco, 2 o 3 páginas.",
    "Authorization: the header that says who asks",
    "Basic authorization sends user and password with every request.",
    "The key is that everybody knows who decides in 2024.",
  ],
  "types, code and options": [
    "password: string;",
    "const password = getPassword(user.name);",
    "password = hashlib.sha256(password.encode()).hexdigest()",
    "this.token = await this.tokenizer.nextToken(position);",
    "private readonly secret: Uint8Array = randomBytes(32);",
    "apiKey: process.env.API_KEY,",
    'password=os.environ["DB_PASSWORD"],',
    "| `--api-key-file` | path of the file with the key |",
    "token: tokens[index + 1].text,",
    '"password": { "type": "string", "minLength": 8 },',
    "export function getUserPasswordFromDatabaseConnection2() {",
    "max_tokens: 4096, temperature: 0.{d1}",
    "secretName: {n}-tls-certificate",
    "tokenizer: Qwen2TokenizerFast",
    "password_hash: bcrypt-sha256",
    "credentials: same-origin",
    "passwordResetUrl: https://{n}.example.org/reset/step2",
    "keyPath = /etc/{n}/tls/private/server1.key",
    "PASS: test_reads_utf8_files (0.0{d1}s)",
    "compass: N42E17, pass: 3 of 12",
  ],
  address: [
    "https://example.org/{n}/2024/0{d1}/a-long-title-of-a-post-with-{d4}-words",
    "https://docs.google.com/document/d/1{w43}/edit",
    "https://www.youtube.com/watch?v={w11}&t={d2}s",
    "https://github.com/{n}/{n}/blob/{h40}/src/main.ts#L{d2}",
    "https://{n}.example.org/search?q=time+table&page={d1}&utm_source=mail{d4}",
    "mailto:{n}@example.org",
    "magnet:?xt=urn:btih:{h40}",
    "file:///home/{n}/Documents/letters/2024-0{d1}-{d2}.odt",
    "s3://{n}-bucket/backups/2024/{d4}/part-{d5}.parquet",
    "http://localhost:{d4}/{n}:latest@main",
  ],
  "names of things": [
    "org.springframework.boot.autoconfigure.jdbc.DataSourceAutoConfiguration",
    "AbstractSingletonProxyFactoryBeanFactoryPostProcessor2",
    "x86_64-unknown-linux-gnu, aarch64-apple-darwin{d2}",
    "smollm2-135m-instruct-q4_1-{d4}.gguf",
    "src/documents/secretText.ts:{d2}:{d1}",
    "IMG_2024{d4}_{d6}.jpg",
    "Boeing 737-800, Airbus A320neo, iPhone 15 Pro, WPA2-PSK, IPv6",
    "C8H10N4O2 is caffeine, C12H22O11 sugar.",
    "1. e4 e5 2. Nf3 Nc6 3. Bb5 a6 4. Ba4 Nf6 5. O-O Be7",
    "#3c4f5a, #FFD{d3}, rgba(12, 34, 56, 0.{d1})",
    "2024-05-{d2}T12:34:56.{d3}Z INFO request took {d2} ms",
    "{t}",
    "{t}; {t}.",
    "| 0x{h8} | 0x{h16} | {d6} |",
  ],
};
