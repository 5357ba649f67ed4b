// Which files hold secrets, by their names: they never enter a prompt nor a training text.
// Names alone are looked at, so that such a file need not be opened to be told apart.

/** Names that hold keys or passwords by convention, in any folder. */
const SECRET_NAMES = [
  /^\.env(?:\..+)?$/,
  /\.env$/,
  /^\.envrc$/,
  /\.(?:pem|key|p8|p12|pfx|pkcs12|jks|keystore|kdbx?|ppk|gpg|pgp|age)$/,
  /^id_(?:rsa|dsa|ecdsa|ed25519|xmss)(?:[._-].*)?$/,
  /^(?:\.netrc|_netrc|\.npmrc|\.pypirc|\.pgpass|\.my\.cnf|\.htpasswd)$/,
  /^\.(?:git-credentials|dockercfg|vault-token)$/,
  /^(?:secrets?|credentials)\.(?:json|ya?ml|toml|ini|properties|txt)$/,
  /\.(?:tfvars|tfstate)(?:\.(?:json|backup))?$/,
];

/** The same without any secret in them. */
const HARMLESS_NAMES = [
  /^\.env\.(?:dist|example|sample|template)$/,
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
  const name = lowerCase.slice(lowerCase.lastIndexOf("/") + 1);
  const matches = (pattern: RegExp) => pattern.test(name);
  if (HARMLESS_NAMES.some(matches)) return false;
  return (
    SECRET_NAMES.some(matches) ||
    SECRET_PLACES.some((pattern) => pattern.test(lowerCase))
  );
}
