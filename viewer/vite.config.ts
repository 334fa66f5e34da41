import { defineConfig } from "vitest/config";

/** `vite build` makes the page in dist/page, `--mode widget` the one module of the notebook widget in dist/widget. */
export default defineConfig(({ mode }) => ({
  base: "./",
  build:
    mode === "widget"
      ? {
          // Libraries keep their white space otherwise: 20 KB more.
          rolldownOptions: { output: { minify: { compress: true, mangle: true, codegen: true } } },
          chunkSizeWarningLimit: 900,
          outDir: "dist/widget",
          assetsInlineLimit: Number.MAX_SAFE_INTEGER,
          lib: { entry: "src/host/widget.ts", formats: ["es"], fileName: () => "widget.js" },
        }
      : { outDir: "dist/page", assetsInlineLimit: 0, chunkSizeWarningLimit: 900 },
  test: {
    projects: [
      { extends: true, test: { name: "unit", include: ["tests/unit/**/*.test.ts"] } },
      {
        extends: true,
        test: {
          name: "browser",
          include: ["tests/browser/**/*.test.ts", "tests/e2e/**/*.test.ts"],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
}));
