import assert from "node:assert/strict";
import { isSecretFile } from "../../../src/documents/secretFiles";

suite("isSecretFile()", () => {
  for (const path of [
    "/home/a/project/.env",
    "/project/.env.production",
    "/project/deploy/prod.ENV",
    "/project/certificates/server.pem",
    "/project/server.key",
    "/home/a/.ssh/config",
    "/home/a/id_rsa",
    "/home/a/id_ed25519_work",
    "/home/a/.aws/credentials",
    "/home/a/.npmrc",
    "/project/secrets.yaml",
    "/project/production.tfvars",
    ".env",
    "/project/env.txt",
    "/project/.env~",
    "/project/.env.bak",
    "/project/prod.env.txt",
    "/project/.env (1)",
    "/project/passwords.txt",
    "/home/a/My Passwords.csv",
    "/home/a/Passwörter.txt",
    "/home/a/mots de passe.odt",
    "/home/a/contraseñas.xlsx",
    "/home/a/パスワード.txt",
    "/home/a/密码.txt",
    "/project/kubeconfig.yaml",
    "/project/prod-kubeconfig.yml",
    "/project/deploy_key",
    "/project/deploy-key.txt",
    "/project/id_rsa.old",
    "/project/server.key.txt",
    "/project/client_secret_12.apps.json",
    "/project/service-account-prod.json",
    "/home/a/recovery-codes.txt",
    "/home/a/office.ovpn",
    "/home/a/logins.txt",
  ]) {
    test(`${path} holds secrets`, () => assert.equal(isSecretFile(path), true));
  }

  for (const path of [
    "/project/.env.example",
    "/project/environment.md",
    "/project/id_rsa.pub",
    "/project/keys.md",
    "/project/src/credentials.ts",
    "/project/docs/secrets.md",
    "Untitled-1",
    "/project/env.example",
    "/project/sample.env",
    "/project/secrets.example.yaml",
    "/project/docs/passwords.md",
    "/project/docs/environment.txt",
    "/project/src/secrets/index.ts",
    "/project/data/tokens.json",
    "/project/passwords/README.md",
    "/project/src/token",
    "/project/keyboard.txt",
    "/project/compass.txt",
  ]) {
    test(`${path} does not`, () => assert.equal(isSecretFile(path), false));
  }
});
