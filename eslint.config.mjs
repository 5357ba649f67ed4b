import js from "@eslint/js";
import tseslint from "typescript-eslint";

export default tseslint.config(
  { ignores: ["dist/", "out/", ".cache/", "models/", "**/node_modules/"] },
  js.configs.recommended,
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: {
      parserOptions: {
        projectService: true,
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      "@typescript-eslint/no-explicit-any": "error",
      // Methods that answer an interface with a promise need not await anything.
      "@typescript-eslint/require-await": "off",
      // Functions handed in as options are members of plain objects, none of which uses `this`.
      "@typescript-eslint/unbound-method": "off",
    },
  },
  {
    // What is renamed without being flushed is lost in a power failure. A lock holds nothing that could be.
    files: ["src/**/*.ts"],
    ignores: ["src/common/atomicFile.ts", "src/client/trainingLock.ts"],
    rules: {
      "no-restricted-imports": [
        "error",
        {
          paths: ["node:fs", "node:fs/promises"].map((name) => ({
            name,
            importNames: ["rename", "renameSync"],
            message: "Use moveIntoPlace() of common/atomicFile.ts.",
          })),
        },
      ],
    },
  },
  {
    files: ["**/*.{js,mjs}"],
    languageOptions: {
      globals: {
        process: "readonly",
        console: "readonly",
        require: "readonly",
        module: "readonly",
        __dirname: "readonly",
        setTimeout: "readonly",
        clearTimeout: "readonly",
        setInterval: "readonly",
        clearInterval: "readonly",
        fetch: "readonly",
        performance: "readonly",
        Buffer: "readonly",
        URL: "readonly",
        AbortController: "readonly",
      },
    },
  },
);
