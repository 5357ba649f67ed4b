// Which files hold secrets, by their names: they never enter a prompt, nor a training text unless a person says so.
// Names alone are looked at, so that such a file need not be opened to be told apart.

/** Names that hold keys or passwords by convention, in any folder. */
const SECRET_NAMES = [
  /^\.env(?:\..+)?$/,
  /(?:^|[._-])env$/,
  /^\.?env\.(?:local|prod(?:uction)?|dev(?:elopment)?|staging|test|secret)$/,
  /^\.envrc$/,
  /\.(?:pem|key|p8|p12|pfx|pkcs12|jks|keystore|kdbx?|ppk|gpg|pgp|age)$/,
  /^id_(?:rsa|dsa|ecdsa|ed25519|xmss)(?:[._-].*)?$/,
  /^(?:\.netrc|_netrc|\.npmrc|\.pypirc|\.pgpass|\.my\.cnf|\.htpasswd)$/,
  /^\.(?:git-credentials|dockercfg|vault-token)$/,
  /^(?:secrets?|credentials)\.(?:json|ya?ml|toml|ini|properties|txt)$/,
  /\.(?:tfvars|tfstate)(?:\.(?:json|backup))?$/,
  /^\.?kube[-_]?config(?:[-_.].*)?$|^[\w-]+[-.]kubeconfig(?:\.ya?ml)?$/,
  /^(?:client_secret|service[-_]account)[\w.-]*\.json$/,
  /^(?:shadow|master\.key|wallet\.dat|wp-config\.php|\.?boto|\.s3cfg|rclone\.conf|\.(?:bash|zsh|python|psql|mysql)_history)$/,
  /\.(?:ovpn|mobileprovision|agekey|keytab|rdp)$/,
];

/**
 * What a person calls a file of passwords or keys. Text files alone: a program that deals with secrets is named so too.
 */
const SECRET_LISTS =
  /^(?:(?:my|the|all|old|new|deploy|ssh|gpg|api|aws|server|access|private|service[-_ ]?account|client)[-_ ]?)*(?:passw(?:or)?ds?|pass?w(?:o|ö)rte?r?|kenn(?:wort|wörter)|logins?|credentials?|secrets?|api[-_ ]?keys?|(?:deploy|private|access|signing|server|ssh)[-_ ]?keys?|tokens?|pins?|(?:recovery|backup)[-_ ]?(?:codes?|phrase|keys?)|seed[-_ ]?(?:phrase|words)|mots?[-_ ]de[-_ ]passe|contraseñas?|contrasenas?|senhas?|пароли|пароль|密码|密碼|パスワード|비밀번호|secret[-_ ]?key|client[-_ ]?secret|service[-_ ]?account)(?:[-_ .]?(?:\d+|prod|production|dev|staging|local|backup|copy|old|new))*(?:\.(?:txt|text|csv|tsv|json|ya?ml|toml|ini|conf|cfg|properties|xlsx?|ods|docx?|odt|rtf|env|kdbx?))?$/;
/** `passwords` in a folder of code is a package, and its key files are no list of words. */
const AMBIGUOUS_WITHOUT_END =
  /^(?:secrets?|tokens?|logins?|pins?|passwords?|credentials?|пароль)$/;
/** Lists of these are the data of a program that reads texts. */
const HARMLESS_LISTS =
  /^(?:tokens?|pins?|logins?)[^.]*\.(?:json|csv|tsv|ya?ml|toml|ini|conf|cfg|properties)$/;

/** The same without any secret in them. */
const HARMLESS_NAMES = [
  /^\.?env[._-](?:dist|example|sample|template)$/,
  /^(?:example|sample|template)\.env$/,
  /[._-](?:example|sample|template|dist)(?:\.\w+)?$/,
  /^id_\w+\.pub$/,
];

/** Folders all of whose files count as secret, and single files that are secret in their folder alone. */
const SECRET_PLACES = [
  /(?:^|\/)\.(?:ssh|gnupg|password-store)\//,
  /(?:^|\/)\.aws\/credentials$/,
  /(?:^|\/)\.kube\/config$/,
  /(?:^|\/)\.docker\/config\.json$/,
];

/** Whether a path, with slashes, is that of a file that holds secrets. */
export function isSecretFile(path: string): boolean {
  const lowerCase = path.toLowerCase();
  if (SECRET_PLACES.some((pattern) => pattern.test(lowerCase))) return true;
  const given = lowerCase.slice(lowerCase.lastIndexOf("/") + 1);
  return [given, withoutCopy(given)].some(isSecretName);
}

function isSecretName(name: string): boolean {
  const matches = (pattern: RegExp) => pattern.test(name);
  if (HARMLESS_NAMES.some(matches)) return false;
  if (SECRET_NAMES.some(matches)) return true;
  if (AMBIGUOUS_WITHOUT_END.test(name) || HARMLESS_LISTS.test(name)) {
    return false;
  }
  return SECRET_LISTS.test(name);
}

/** What editors and people add to the name of a copy, and the end that makes a text file of it. */
const COPY_END =
  /(?:~|\.(?:bak|backup|old|orig|save|sav|swp|tmp|copy|disabled|\d{1,8})| ?\(\d{1,3}\)|[ _-](?:copy|kopie|copie|copia|backup|old))$/;
const TEXT_END = /\.(?:txt|text|md|markdown)$/;
/** So many ends one after the other are taken off. */
const MAX_ENDS = 3;

/** `.env~`, `id_rsa.bak` and `env (1).txt` by the name of what they are a copy of. */
function withoutCopy(name: string): string {
  let original = name;
  for (let i = 0; i < MAX_ENDS; i++) original = original.replace(COPY_END, "");
  const stem = original.replace(TEXT_END, "");
  // A text about keys is called "keys.md"; one that is called after a key file holds what that holds.
  const isCopyOfFile =
    stem !== original && SECRET_NAMES.some((each) => each.test(stem));
  return isCopyOfFile ? stem : original;
}
