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
  ]) {
    test(`${path} does not`, () => assert.equal(isSecretFile(path), false));
  }
});
